//! What wage and subsidy come to as the hours of a week rise. Pure: every point is a calculation of its own, as the month's would be.

use crate::{
    calculate::{
        self, Assessment, BuildUp, Ceiling, Contribution, FigureName, Income, IncomeType, Pay, Quantity, RateId,
        RateValue, RuleBook, RuleId, SubsidyCase, WageUnit,
    },
    value::{Hours, Money, Month},
};

/// Hundredths of an hour: the week that the page's picture and words end at, and the distance of two points. What is calculated takes the full-time
/// week of the rules; a test keeps the page to the same.
const FULL_WEEK: u16 = 3_700;
const DISTANCE: u16 = 25;
const HOUR: u16 = 100;

/// Figures tried out. They belong to nobody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Job {
    pub month: Month,
    pub wage: Wage,
    /// From 0.01 to a full week.
    pub hours: Hours,
    pub own_pension: Contribution,
    pub employer_pension: Contribution,
    pub beside: Beside,
    /// The full-time wage of the position. Nothing: the same wage and the employer's pension for a full week.
    pub stated_ceiling: Option<Money>,
}

/// What is paid beside the wage in the month, kroner; told for the hours of the job, except what lifts the ceiling.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// *Ferietillæg*, P 51-16.
    pub holiday_supplement: Money,
    /// *Fritvalg, SH*, P 14-22.
    pub free_choice_payout: Money,
    /// Car, telephone, board: counts nowhere, P 39-19.
    pub benefits_in_kind: Money,
    /// What the ceiling of the month has more, at full time.
    pub ceiling_supplement: Money,
}

/// Before tax.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wage {
    Hourly(Money),
    /// For the hours of the job.
    Monthly(Money),
}

/// One number of hours and what it gives in a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    pub hours: Hours,
    /// With the pension that counts.
    pub wage: Money,
    pub subsidy: Money,
    pub total: Money,
}

/// Two points an hour apart.
#[derive(Clone, Copy)]
pub struct Hour {
    pub from: Point,
    pub to: Point,
}

/// Everything that the picture and its tables show.
pub struct Curve {
    /// A quarter of an hour apart, from the first to the full week.
    pub points: Vec<Point>,
    /// From no hour to the full week.
    pub whole_hours: Vec<Point>,
    pub here: Point,
    /// The hour after those of the job; at a full week the last one of it.
    pub next_hour: Hour,
    pub threshold: Money,
    /// Where the wage passes the threshold, if it does.
    pub past_threshold: Option<Point>,
    pub ceiling: Money,
    /// Where wage and subsidy together reach the ceiling, if they do.
    pub at_ceiling: Option<Point>,
}

/// The full week in the type of hours.
pub fn full_week() -> Hours {
    hours(FULL_WEEK)
}

fn hours(hundredths: u16) -> Hours {
    Hours::from_hundredths(hundredths).expect("a week has these hours")
}

impl Job {
    /// The month as it would be with other hours. Nothing where an amount is too large.
    pub fn case(&self, rules: &RuleBook, hours: Hours) -> Option<SubsidyCase> {
        let monthly = self.monthly(rules, hours)?;
        let pay = match self.wage {
            Wage::Hourly(wage) => Pay::Hourly {
                wage,
                weekly_hours: hours,
            },
            Wage::Monthly(_) => Pay::Month(monthly),
        };
        Some(SubsidyCase {
            income: vec![Income {
                own_pension: self.contribution(self.own_pension, monthly, hours)?,
                employer_pension: self.contribution(self.employer_pension, monthly, hours)?,
                holiday_supplement: self.in_proportion(self.beside.holiday_supplement, hours)?,
                free_choice_payout: self.in_proportion(self.beside.free_choice_payout, hours)?,
                benefits_in_kind: self.in_proportion(self.beside.benefits_in_kind, hours)?,
                ..Income::new(IncomeType::FleksjobWage, pay)
            }],
            ceiling: Ceiling::Whole(self.ceiling(rules)?),
            ceiling_supplement: self.beside.ceiling_supplement,
            ..SubsidyCase::new(self.month)
        })
    }

    /// The same position with another wage or other hours. A pension told in kroner follows the pay.
    pub fn beside(&self, rules: &RuleBook, wage: Wage, hours: Hours) -> Option<Self> {
        let other = Self { wage, hours, ..*self };
        let (here, there) = (self.monthly(rules, self.hours)?, other.monthly(rules, hours)?);
        let follow = |contribution| match contribution {
            Contribution::Amount(amount) => share_of(amount, there.ore(), here.ore()).map(Contribution::Amount),
            Contribution::None | Contribution::Percent(_) => Some(contribution),
        };
        Some(Self {
            own_pension: follow(self.own_pension)?,
            employer_pension: follow(self.employer_pension)?,
            beside: Beside {
                holiday_supplement: share_of(self.beside.holiday_supplement, there.ore(), here.ore())?,
                free_choice_payout: share_of(self.beside.free_choice_payout, there.ore(), here.ore())?,
                ..self.beside
            },
            ..other
        })
    }

    /// The ceiling stated, or the wage of a full week with the employer's pension.
    pub fn ceiling(&self, rules: &RuleBook) -> Option<Money> {
        if let Some(stated) = self.stated_ceiling {
            return Some(stated);
        }
        let week = match rules.rate(RateId::FullTimeHours, self.month)?.value {
            RateValue::Hours(hours) => hours,
            _ => return None,
        };
        let full = self.monthly(rules, week)?;
        full.checked_add(self.contribution(self.employer_pension, full, week)?)
    }

    /// The pay of a month with other hours, to the øre.
    fn monthly(&self, rules: &RuleBook, hours: Hours) -> Option<Money> {
        match self.wage {
            Wage::Hourly(wage) => {
                calculate::build_up(rules, &BuildUp::new(self.month, WageUnit::Hour, wage, hours)).total
            }
            Wage::Monthly(wage) => self.in_proportion(wage, hours),
        }
    }

    /// A percentage follows the pay; an amount was told for the hours of the job and follows them.
    fn contribution(&self, contribution: Contribution, monthly: Money, hours: Hours) -> Option<Money> {
        match contribution {
            Contribution::None => Some(Money::ZERO),
            Contribution::Percent(percent) => monthly.share(percent),
            Contribution::Amount(amount) => self.in_proportion(amount, hours),
        }
    }

    fn in_proportion(&self, amount: Money, hours: Hours) -> Option<Money> {
        share_of(amount, hours.hundredths().into(), self.hours.hundredths().into())
    }
}

/// The amount times a fraction, rounded half up to the øre. Nothing where it does not fit or the divisor is not above zero.
fn share_of(amount: Money, numerator: i64, denominator: i64) -> Option<Money> {
    let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
    if denominator <= 0 {
        return None;
    }
    let doubled = 2 * i128::from(amount.ore()) * numerator + denominator;
    i64::try_from(doubled.div_euclid(2 * denominator))
        .ok()
        .map(Money::from_ore)
}

impl Point {
    pub fn of(assessment: &Assessment, hours: Hours) -> Option<Self> {
        let wage = match assessment
            .trace()
            .step(RuleId::IncomeTotal)?
            .figure(FigureName::CountedIncome)?
        {
            Quantity::Amount(wage) => wage.to_money().ok()?,
            _ => return None,
        };
        let subsidy = assessment.subsidy()?;
        Some(Self {
            hours,
            wage,
            subsidy,
            total: wage.checked_add(subsidy)?,
        })
    }
}

impl Hour {
    /// What the hour changes: wage, subsidy, both together. The subsidy mostly falls.
    pub fn gain(&self) -> [Money; 3] {
        let gain = |of: fn(&Point) -> Money| of(&self.to).checked_sub(of(&self.from)).unwrap_or_default();
        [
            gain(|point| point.wage),
            gain(|point| point.subsidy),
            gain(|point| point.total),
        ]
    }
}

impl Curve {
    /// Nothing where the month cannot be calculated.
    pub fn of(rules: &RuleBook, job: &Job) -> Option<Self> {
        let at = |hundredths: u16| -> Option<(Point, Assessment)> {
            let hours = hours(hundredths);
            let assessment = calculate::calculate(rules, &job.case(rules, hours)?);
            Some((Point::of(&assessment, hours)?, assessment))
        };
        let point = |hundredths| at(hundredths).map(|(point, _)| point);
        let threshold = match rules.rate(RateId::IncomeThreshold, job.month)?.value {
            RateValue::Kroner(amount) => amount,
            _ => return None,
        };
        let from = job.hours.hundredths().min(FULL_WEEK - HOUR);
        Some(Self {
            points: (DISTANCE..=FULL_WEEK)
                .step_by(DISTANCE.into())
                .map(point)
                .collect::<Option<_>>()?,
            whole_hours: (0..=FULL_WEEK).step_by(HOUR.into()).map(point).collect::<Option<_>>()?,
            here: point(job.hours.hundredths())?,
            next_hour: Hour {
                from: point(from)?,
                to: point(from + HOUR)?,
            },
            threshold,
            past_threshold: first(|hundredths| point(hundredths).is_some_and(|point| point.wage > threshold))
                .and_then(point),
            ceiling: job.ceiling(rules)?.checked_add(job.beside.ceiling_supplement)?,
            at_ceiling: first(|hundredths| at(hundredths).is_some_and(|(_, assessment)| is_at_ceiling(&assessment)))
                .and_then(point),
        })
    }
}

/// The ceiling leaves no more than what the deductions leave: from here on to the full week it decides.
fn is_at_ceiling(assessment: &Assessment) -> bool {
    assessment
        .amounts()
        .is_some_and(|amounts| amounts.ceiling_room <= amounts.subsidy_before_ceiling)
}

/// The least hundredths of an hour from which on to the full week something holds.
fn first(holds: impl Fn(u16) -> bool) -> Option<u16> {
    if !holds(FULL_WEEK) {
        return None;
    }
    let (mut below, mut found) = (0, FULL_WEEK);
    while found - below > 1 {
        let middle = below + (found - below) / 2;
        if holds(middle) {
            found = middle;
        } else {
            below = middle;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Percent;

    fn rules() -> RuleBook {
        RuleBook::embedded().expect("the embedded rules have no fault")
    }

    /// The example of the national agency: 200 kr., 18 hours, 2024.
    fn star() -> Job {
        Job {
            month: "2024-05".parse().expect("a month"),
            wage: Wage::Hourly(Money::from_kroner(200)),
            hours: hours(1_800),
            own_pension: Contribution::None,
            employer_pension: Contribution::None,
            beside: Beside::default(),
            stated_ceiling: None,
        }
    }

    fn curve(job: &Job) -> Curve {
        Curve::of(&rules(), job).expect("the rates of the month are known")
    }

    #[test]
    fn the_example_of_the_national_agency_is_a_point_of_its_curve() {
        let curve = curve(&star());
        assert_eq!(curve.here.wage, Money::from_kroner(15_600));
        assert_eq!(curve.here.subsidy, Money::from_kroner(15_272));
        assert_eq!(curve.here.total, Money::from_kroner(30_872));
        assert_eq!(curve.ceiling, Money::from_ore(3_206_667));
        assert!(curve.points.contains(&curve.here) && curve.whole_hours.contains(&curve.here));
    }

    #[test]
    fn the_week_that_the_page_ends_at_is_the_full_time_week_of_the_rules_in_every_month() {
        let rules = rules();
        let (mut month, last) = rules.complete_months().expect("there are months");
        while month <= last {
            let week = rules.rate(RateId::FullTimeHours, month).map(|rate| rate.value);
            assert_eq!(week, Some(RateValue::Hours(full_week())), "{month}");
            month = month.next();
        }
    }

    #[test]
    fn threshold_and_ceiling_are_where_they_are_first_passed() {
        let curve = curve(&star());
        // 16,323 kr. of 866.67 kr. an hour a week; at 18.83 hours the wage is still below.
        assert_eq!(curve.past_threshold.map(|point| point.hours.hundredths()), Some(1_884));
        let at_ceiling = curve
            .at_ceiling
            .expect("200 kr. an hour reach their own full-time wage");
        assert!(
            (32_066..=32_067).contains(&(at_ceiling.total.ore() / 100)),
            "{at_ceiling:?}"
        );
        let before = curve.points.iter().filter(|point| point.hours < at_ceiling.hours);
        assert!(before.clone().count() > 0 && before.into_iter().all(|point| point.total <= at_ceiling.total));
    }

    #[test]
    fn nothing_is_passed_where_the_wage_is_small_or_the_ceiling_is_high() {
        let job = Job {
            wage: Wage::Hourly(Money::from_kroner(90)),
            stated_ceiling: Some(Money::from_kroner(60_000)),
            ..star()
        };
        let curve = curve(&job);
        assert_eq!(curve.past_threshold, None);
        assert_eq!(curve.at_ceiling, None);
    }

    #[test]
    fn wage_and_subsidy_never_pass_the_ceiling_and_the_total_never_falls_below_it() {
        for employer_pension in [Contribution::None, Contribution::Percent(percent(1_000))] {
            let curve = curve(&Job {
                employer_pension,
                ..star()
            });
            for pair in curve.points.windows(2) {
                let [one, other] = pair else { panic!("two") };
                // The subsidy is rounded to the krone, so either may be off by half of one.
                assert!(other.total.ore() >= one.total.ore() - 100, "{one:?} {other:?}");
                assert!(other.total.ore() <= curve.ceiling.ore() + 50, "{other:?}");
            }
        }
    }

    #[test]
    fn a_monthly_wage_is_the_same_as_the_hourly_wage_it_comes_from() {
        let monthly = Job {
            wage: Wage::Monthly(Money::from_kroner(15_600)),
            ..star()
        };
        let (monthly, hourly) = (curve(&monthly), curve(&star()));
        assert_eq!(monthly.here, hourly.here);
        assert_eq!(monthly.ceiling, hourly.ceiling);
        assert_eq!(monthly.points, hourly.points);
    }

    #[test]
    fn a_pension_told_in_kroner_follows_the_hours_as_a_percentage_does() {
        let percentage = Job {
            employer_pension: Contribution::Percent(percent(1_000)),
            ..star()
        };
        let amount = Job {
            employer_pension: Contribution::Amount(Money::from_kroner(1_560)),
            ..star()
        };
        let (percentage, amount) = (curve(&percentage), curve(&amount));
        assert_eq!(percentage.here.wage, Money::from_kroner(17_160));
        assert_eq!(percentage.whole_hours, amount.whole_hours);
        assert_eq!(percentage.ceiling, Money::from_ore(3_527_334));
    }

    #[test]
    fn beside_it_the_same_position_has_the_same_percentages() {
        let job = Job {
            employer_pension: Contribution::Amount(Money::from_kroner(1_560)),
            ..star()
        };
        let other = job.beside(&rules(), Wage::Hourly(Money::from_kroner(220)), hours(2_000));
        let pension = other.map(|other| other.employer_pension);
        // A tenth of 220 kr. times 20 times 52/12.
        assert!(pension == Some(Contribution::Amount(Money::from_ore(190_667))));
    }

    #[test]
    fn the_next_hour_gives_seven_tenths_below_the_threshold_and_nothing_at_the_ceiling() {
        // From 8,666.67 to 9,533.33 kr.
        let below = curve(&Job {
            hours: hours(1_000),
            ..star()
        })
        .next_hour
        .gain();
        assert_eq!(
            below,
            [
                Money::from_ore(86_666),
                Money::from_kroner(-260),
                Money::from_ore(60_666)
            ]
        );
        let full = curve(&Job {
            hours: full_week(),
            ..star()
        })
        .next_hour;
        assert_eq!(
            (full.from.hours.hundredths(), full.to.hours.hundredths()),
            (3_600, 3_700)
        );
        assert!(full.gain()[2].ore().abs() <= 100);
    }

    fn percent(basis_points: u16) -> Percent {
        Percent::from_basis_points(basis_points).expect("below a hundred per cent")
    }
}
