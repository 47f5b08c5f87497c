//! What one report gives by itself, before the income of the month is known.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::assessment::{Assessment, calculate};
use super::build_up::{BuildUp, CeilingBuildUp, build_up};
use super::case::{Ceiling, CeilingPeriod, Income, IncomeBasis, Pay, SubsidyCase};
use super::exact::Exact;
use super::hints;
use super::one_off::OneOffSteps;
use super::rulebook::{Epoch, IncomeType, RuleBook};
use super::stored::UnreadableAssessment;
use crate::validate::Violation;
use crate::value::{Hours, Localized, Money, Month};

/// One report, as plain values. Holds amounts, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub enum ReportFacts {
    FullTimeWage(FullTimeWage),
    OneOffPayment(OneOffPayment),
    EmploymentEnd { last_day: Date },
    UnchangedConfirmation { as_of: Date },
    Withdrawal,
}

/// A first or changed full-time wage.
#[derive(Clone, PartialEq, Eq)]
pub struct FullTimeWage {
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub wage: StatedWage,
    pub full_time_weekly_hours: Option<Hours>,
    pub paid_weekly_hours: Option<Hours>,
    /// Kroner in the first month, with pension.
    pub expected_first_wage: Option<Money>,
    pub employment_start: Option<Date>,
    /// Whether the employer says that these are counted in; nothing where it was not asked.
    pub counts_employer_pension: Option<bool>,
    pub counts_supplements: Option<bool>,
    /// What was last reported for the same job, kroner a month.
    pub previous_total: Option<Money>,
}

/// The full-time wage as the employer states it.
#[derive(Clone, PartialEq, Eq)]
pub enum StatedWage {
    /// Kroner a month with pension and supplements.
    Total(Money),
    BuildUp(BuildUp),
}

/// An amount paid once. Written with what follows from it, so that it can be worked out again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneOffPayment {
    pub amount: Money,
    pub paid_on: Date,
    /// First and last day of the time it was earned in.
    pub earned: Option<(Date, Date)>,
    pub depends_on_own_work: bool,
    pub same_for_all_staff: SameForAll,
    pub is_recurring_entitlement: bool,
    /// Whether the employer calls it a gift.
    pub called_a_gift: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameForAll {
    SameAmount,
    SameBasis,
    No,
}

/// What a report gives. Stored with it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReportAssessment {
    FullTimeWage(Box<CeilingAssessment>),
    OneOffPayment(OneOffAssessment),
    EmploymentEnd(EndAssessment),
    UnchangedConfirmation { as_of: Date, message: Localized },
    Withdrawal { message: Localized },
}

impl ReportAssessment {
    /// What the calculation noticed, by pointers into the report.
    pub fn hints(&self) -> &[Violation] {
        match self {
            Self::FullTimeWage(ceiling) => &ceiling.hints,
            Self::OneOffPayment(payment) => &payment.hints,
            Self::EmploymentEnd(_) | Self::UnchangedConfirmation { .. } | Self::Withdrawal { .. } => &[],
        }
    }
}

/// A ceiling from a day on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeilingAssessment {
    /// Kroner a month; nothing where the parts could not be added up.
    pub wage_ceiling: Option<Money>,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    /// The first month whose subsidy it decides: the one after the month it begins in.
    pub first_subsidy_month: Month,
    /// Where it begins inside a month, that month has two ceilings.
    pub begins_inside_a_month: bool,
    pub build_up: Option<CeilingBuildUp>,
    /// The first month by the wage that the employer expects; provisional.
    pub first_month: Option<Assessment>,
    pub message: Localized,
    pub hints: Vec<Violation>,
}

/// An amount paid once, both ways that the municipality can judge it.
#[derive(Clone)]
pub struct OneOffAssessment {
    pub amount: Money,
    pub paid_on: Date,
    /// Judged as wage: the even share of each month it was earned in.
    pub as_wage: Vec<MonthShare>,
    /// Judged as a gift: nothing of it counts.
    pub as_gift: Money,
    /// What speaks for wage and for gift in principle decision 27-23, from the employer's answers.
    pub speaks_for_wage: Vec<Localized>,
    pub speaks_for_gift: Vec<Localized>,
    /// What the municipality must decide.
    pub must_decide: Localized,
    pub hints: Vec<Violation>,
    /// What it was worked out from; nothing where it was stored before that was kept.
    pub(super) payment: Option<OneOffPayment>,
    pub(super) steps: OneOffSteps,
}

/// The share of one month.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthShare {
    pub income_month: Month,
    pub subsidy_month: Month,
    /// Kroner, rounded to the øre; the last month carries what rounding leaves, so that the shares add up.
    pub share: Money,
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndAssessment {
    pub last_day: Date,
    /// The last month with the job.
    pub last_month: Month,
    /// The month whose subsidy the last wage would decide.
    pub last_subsidy_month: Month,
    pub message: Localized,
}

macro_rules! prints_no_amount {
    ($($name:ident($shown:ident)),+) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field(stringify!($shown), &self.$shown).finish_non_exhaustive()
            }
        }
    )+ };
}
prints_no_amount!(
    CeilingAssessment(valid_from),
    OneOffAssessment(paid_on),
    MonthShare(income_month)
);

impl ReportAssessment {
    /// The same worked out again, from the input and the rules that it carries and nothing else. Hints are what was said at the time, and
    /// are kept; a wage stated as a total is the input itself.
    pub(super) fn again(&self) -> Result<Self, UnreadableAssessment> {
        Ok(match self {
            Self::FullTimeWage(ceiling) => Self::FullTimeWage(Box::new(ceiling.again()?)),
            Self::OneOffPayment(payment) => Self::OneOffPayment(payment.again()?),
            Self::EmploymentEnd(end) => Self::EmploymentEnd(employment_end(end.last_day)),
            Self::UnchangedConfirmation { as_of, .. } => unchanged(*as_of),
            Self::Withdrawal { .. } => withdrawal(),
        })
    }
}

impl CeilingAssessment {
    fn again(&self) -> Result<Self, UnreadableAssessment> {
        let build_up = self.build_up.as_ref().map(CeilingBuildUp::again).transpose()?;
        let wage_ceiling = build_up.as_ref().map_or(self.wage_ceiling, |built| built.total);
        let month = Month::of(self.valid_from);
        Ok(Self {
            wage_ceiling,
            first_subsidy_month: month.next(),
            begins_inside_a_month: self.valid_from.day() != 1,
            first_month: self
                .first_month
                .as_ref()
                .zip(wage_ceiling)
                .map(|(first, ceiling)| first.under(ceiling)),
            message: ceiling_message(self.valid_from, month),
            build_up,
            ..self.clone()
        })
    }
}

/// What a report alone gives. Total.
pub fn assess_report(rules: &RuleBook, report: &ReportFacts) -> ReportAssessment {
    match report {
        ReportFacts::FullTimeWage(wage) => ReportAssessment::FullTimeWage(Box::new(full_time_wage(rules, wage))),
        ReportFacts::OneOffPayment(payment) => ReportAssessment::OneOffPayment(one_off_payment(rules, payment)),
        ReportFacts::EmploymentEnd { last_day } => ReportAssessment::EmploymentEnd(employment_end(*last_day)),
        ReportFacts::UnchangedConfirmation { as_of } => unchanged(*as_of),
        ReportFacts::Withdrawal => withdrawal(),
    }
}

fn unchanged(as_of: Date) -> ReportAssessment {
    ReportAssessment::UnchangedConfirmation {
        as_of,
        message: Localized::new(
            "Det lønloft, der sidst er oplyst, gælder fortsat.",
            "The ceiling last reported still holds.",
        ),
    }
}

fn withdrawal() -> ReportAssessment {
    ReportAssessment::Withdrawal {
        message: Localized::new(
            "Indberetningen falder bort: det, der gjaldt før den, gælder igen.",
            "The report falls away: what held before it holds again.",
        ),
    }
}

fn full_time_wage(rules: &RuleBook, report: &FullTimeWage) -> CeilingAssessment {
    let built = match &report.wage {
        StatedWage::Total(_) => None,
        StatedWage::BuildUp(input) => Some(build_up(rules, input)),
    };
    let ceiling = match (&report.wage, &built) {
        (StatedWage::Total(total), _) => Some(*total),
        (StatedWage::BuildUp(_), Some(built)) => built.total,
        (StatedWage::BuildUp(_), None) => None,
    };
    let month = Month::of(report.valid_from);
    CeilingAssessment {
        wage_ceiling: ceiling,
        valid_from: report.valid_from,
        valid_to: report.valid_to,
        first_subsidy_month: month.next(),
        begins_inside_a_month: report.valid_from.day() != 1,
        first_month: ceiling.and_then(|ceiling| first_month(rules, report, ceiling)),
        message: ceiling_message(report.valid_from, month),
        hints: wage_hints(rules, report, ceiling, built.as_ref()),
        build_up: built,
    }
}

fn ceiling_message(valid_from: Date, month: Month) -> Localized {
    use crate::value::{Language, date_to_text};
    let text = |language| (date_to_text(valid_from, language), month.next().to_text(language));
    let ((day_da, next_da), (day_en, next_en)) = (text(Language::Da), text(Language::En));
    Localized::new(
        format!(
            "Lønloftet gælder fra {day_da} og får virkning for fleksløntilskuddet fra {next_da}, som beregnes af indtægten i måneden før."
        ),
        format!(
            "The ceiling holds from {day_en} and takes effect for the subsidy from {next_en}, which is calculated from the income of the month before."
        ),
    )
}

/// The subsidy of the month after the first, by the expected wage.
fn first_month(rules: &RuleBook, report: &FullTimeWage, ceiling: Money) -> Option<Assessment> {
    let expected = report.expected_first_wage?;
    let start = report.employment_start.unwrap_or(report.valid_from);
    let period = CeilingPeriod {
        valid_from: report.valid_from.min(start),
        valid_to: report.valid_to,
        amount: ceiling,
    };
    let case = SubsidyCase {
        income: vec![Income::new(IncomeType::FleksjobWage, Pay::Month(expected))],
        ceiling: Ceiling::Periods(vec![period]),
        employment_start: Some(start),
        income_basis: IncomeBasis::Expected,
        paid_weekly_hours: report.paid_weekly_hours,
        ..SubsidyCase::new(Month::of(start).next())
    };
    Some(calculate(rules, &case))
}

fn wage_hints(
    rules: &RuleBook,
    report: &FullTimeWage,
    ceiling: Option<Money>,
    built: Option<&CeilingBuildUp>,
) -> Vec<Violation> {
    let epoch = rules.epoch(Month::of(report.valid_from));
    let mut found = built.map_or_else(Vec::new, |built| built.hints.clone());
    if built.is_none() {
        found.extend(
            report
                .full_time_weekly_hours
                .and_then(|hours| hints::full_time_hours(epoch, hours)),
        );
        found.extend(ceiling.and_then(|ceiling| hints::low_total(epoch, ceiling)));
        if report.counts_employer_pension == Some(false) {
            found.push(hints::pension_not_counted("/included_components"));
        }
        if report.counts_supplements == Some(false) {
            found.push(hints::supplements_not_counted("/included_components"));
        }
    }
    if let Some(ceiling) = ceiling {
        found.extend(
            report
                .previous_total
                .and_then(|before| hints::ceiling_changed(epoch, before, ceiling)),
        );
        if let Some(expected) = report.expected_first_wage {
            if expected > ceiling {
                found.push(hints::ceiling_below_expected());
            }
            let hours = report.paid_weekly_hours.zip(report.full_time_weekly_hours);
            found.extend(hours.and_then(|(paid, full)| hints::expected_wage(epoch, expected, ceiling, paid, full)));
        }
    }
    found
}

fn one_off_payment(rules: &RuleBook, payment: &OneOffPayment) -> OneOffAssessment {
    let mut assessment = one_off(rules.epoch(Month::of(payment.paid_on)), payment);
    assessment.hints = hints::of_one_off(
        payment.earned.is_none() && !payment.called_a_gift,
        payment.is_recurring_entitlement,
    );
    assessment
}

/// An amount paid once by the rules given, without hints.
pub(super) fn one_off(rules: &Arc<Epoch>, payment: &OneOffPayment) -> OneOffAssessment {
    let (first, last) = payment.earned.map_or_else(
        || (Month::of(payment.paid_on), Month::of(payment.paid_on)),
        |(from, to)| (Month::of(from), Month::of(to)),
    );
    let as_wage = shares(payment.amount, first, last);
    let (speaks_for_wage, speaks_for_gift) = criteria(payment);
    OneOffAssessment {
        amount: payment.amount,
        paid_on: payment.paid_on,
        steps: OneOffSteps::of(rules, payment.amount, &as_wage),
        as_wage,
        as_gift: Money::ZERO,
        speaks_for_wage,
        speaks_for_gift,
        must_decide: Localized::new(
            "Kommunen skal afgøre, om beløbet er løn eller en gave (principmeddelelse 27-23). Er det løn, fordeles det ligeligt på de måneder, det er optjent i; er det en gave, tæller det ikke med.",
            "The municipality must decide whether the amount is wage or a gift (principle decision 27-23). As wage it is spread evenly over the months it was earned in; as a gift it does not count.",
        ),
        hints: Vec::new(),
        payment: Some(payment.clone()),
    }
}

/// The amount spread evenly over the months from the first to the last, in øre that add up to it.
fn shares(amount: Money, first: Month, last: Month) -> Vec<MonthShare> {
    let months = i64::from(first.months_until(last).clamp(0, 1_199)) + 1;
    let even = Exact::new(amount.ore().into(), months.into())
        .and_then(|share| share.to_money().ok())
        .unwrap_or(amount);
    let mut left = amount;
    let mut month = first;
    let mut shares = Vec::new();
    for index in 1..=months {
        let share = if index == months { left } else { even };
        left = left.checked_sub(share).unwrap_or(Money::ZERO);
        shares.push(MonthShare {
            income_month: month,
            subsidy_month: month.next(),
            share,
        });
        month = month.next();
    }
    shares
}

/// What the answers say about the criteria of principle decision 27-23; weighing them is the municipality's.
fn criteria(payment: &OneOffPayment) -> (Vec<Localized>, Vec<Localized>) {
    let (mut wage, mut gift) = (Vec::new(), Vec::new());
    if payment.depends_on_own_work {
        wage.push(Localized::new(
            "Beløbet afhænger af medarbejderens egen indsats.",
            "The amount depends on the employee's own work.",
        ));
    } else {
        gift.push(Localized::new(
            "Beløbet afhænger ikke af medarbejderens egen indsats.",
            "The amount does not depend on the employee's own work.",
        ));
    }
    match payment.same_for_all_staff {
        SameForAll::SameAmount => gift.push(Localized::new(
            "Alle ansatte får det samme beløb.",
            "All staff get the same amount.",
        )),
        SameForAll::SameBasis => wage.push(Localized::new(
            "Alle ansatte er med på samme grundlag, men beløbene er forskellige.",
            "All staff take part on the same basis, but the amounts differ.",
        )),
        SameForAll::No => wage.push(Localized::new("Ikke alle ansatte får det.", "Not all staff get it.")),
    }
    if payment.is_recurring_entitlement {
        wage.push(Localized::new(
            "Beløbet er en fast del af aftalen.",
            "The amount is a fixed part of the agreement.",
        ));
    }
    (wage, gift)
}

fn employment_end(last_day: Date) -> EndAssessment {
    let last_month = Month::of(last_day);
    EndAssessment {
        last_day,
        last_month,
        last_subsidy_month: last_month.next(),
        message: Localized::new(
            "Fleksjobbet er slut, og lønloftet gælder ikke længere. Kommunen afgør, hvad den sidste løn betyder for tilskuddet.",
            "The fleksjob has ended and the ceiling no longer holds. The municipality decides what the last wage means for the subsidy.",
        ),
    }
}
