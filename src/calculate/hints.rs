//! Hints for the faults that the appeals board (*Ankestyrelsen*) finds again and again. They stop nothing.
//!
//! A fault has one code. Where a rule of the form looks for it too, the code is that of the rule, and who joins both tells it once.

use jiff::civil::Date;

use super::case::{Ceiling, CeilingPeriod, Pay, SubsidyCase};
use super::exact::Exact;
use super::report::{Nature, OneOffPayment};
use super::rulebook::{Epoch, IncomeType, RateId, RateValue, RuleBook, RuleId};
use super::run::Used;
use super::trace::{FigureName, Quantity, StepView, Trace};
use super::{
    FreeChoicePayout, WageUnit,
    build_up::{BuildUp, Contribution, HolidayScheme},
};
use crate::value::{Hours, Localized, Money, Month, Percent};
use crate::{fields, finding::Violation};

/// What looks wrong in a case; pointers are into the case. The limits that a hint rests on join what the assessment used, so that the
/// hint comes again when it is replayed from what it carries.
pub(super) fn of_case(epoch: &Epoch, case: &SubsidyCase, trace: &Trace, used: &mut Used) -> Vec<Violation> {
    let mut hints = mixed_up_units(epoch, case);
    if !hints.is_empty() {
        used.add_rate(RateId::HintHourlyHigh);
    }
    let changed = ceilings_changed(epoch, case);
    if !changed.is_empty() {
        used.add_rate(RateId::HintCeilingChange);
    }
    hints.extend(changed);
    if ceiling_below_pay(trace) {
        hints.push(hint(
            "/wage_ceiling",
            "ceiling-below-pay",
            ["Lønloftet er lavere end den løn, der er udbetalt i stillingen. Kontrollér, at det er lønnen på fuld tid uden nedsættelse på grund af handicap.",
             "The ceiling is below the wage paid in the position. Check that it is the full-time wage, not reduced because of the disability."],
            ["Principmeddelelse 48-22.", "Principle decision 48-22."],
        ));
    }
    for (line, income) in case.income.iter().enumerate() {
        let at = |key: &str| format!("/income/{line}/{key}");
        if income.holiday_supplement > Money::ZERO && case.ceiling_supplement == Money::ZERO {
            hints.push(holiday_not_in_ceiling(&at("holiday_supplement"), HOLIDAY_OF_CASE));
        }
        if income.free_choice_payout > Money::ZERO && case.ceiling_supplement == Money::ZERO {
            hints.push(free_choice_not_in_ceiling(&at("free_choice_payout")));
        }
        if income.benefits_in_kind > Money::ZERO {
            hints.push(benefits_left_out(&at("benefits_in_kind")));
        }
        if income.kind == IncomeType::SpreadBonus && !matches!(income.pay, Pay::Spread { .. }) {
            hints.push(bonus_without_period(&at("earned_from")));
        }
        if income.own_pension > Money::ZERO && matches!(income.pay, Pay::Hourly { .. } | Pay::TwoWeeks(_)) {
            hints.push(own_pension_twice(&at("own_pension")));
        }
    }
    hints.extend(trace.steps().filter_map(|step| not_wage_then(&step)));
    hints
}

/// An amount an hour where one a month was asked for, and the other way round; only the wage of the fleksjob and its ceiling are large
/// enough to tell.
fn mixed_up_units(epoch: &Epoch, case: &SubsidyCase) -> Vec<Violation> {
    let Some(high) = kroner(epoch, RateId::HintHourlyHigh) else {
        return Vec::new();
    };
    let like_an_hour = |pay: Money| pay > Money::ZERO && pay < high;
    let jobs = case.income.iter().enumerate();
    let jobs = jobs.filter(|(_, income)| income.kind == IncomeType::FleksjobWage);
    let mut hints: Vec<Violation> = jobs
        .filter_map(|(line, income)| match income.pay {
            Pay::Month(pay) if like_an_hour(pay) => Some(hourly_as_monthly(&format!("/income/{line}/cash_wage"))),
            Pay::TwoWeeks(pay) if like_an_hour(pay) => {
                Some(hourly_as_monthly(&format!("/income/{line}/two_week_wage")))
            }
            Pay::Hourly { wage, .. } if wage > high => Some(monthly_as_hourly(&format!("/income/{line}/hourly_wage"))),
            _ => None,
        })
        .collect();
    match &case.ceiling {
        Ceiling::Whole(ceiling) if like_an_hour(*ceiling) => hints.push(hourly_as_monthly("/wage_ceiling")),
        Ceiling::Periods(periods) => hints.extend(
            periods
                .iter()
                .position(|period| like_an_hour(period.amount))
                .map(|at| hourly_as_monthly(&format!("/wage_ceilings/{at}/amount"))),
        ),
        Ceiling::Whole(_) | Ceiling::Unknown => {}
    }
    hints
}

/// Each ceiling of the month against the one before it.
fn ceilings_changed(epoch: &Epoch, case: &SubsidyCase) -> Vec<Violation> {
    let Ceiling::Periods(periods) = &case.ceiling else {
        return Vec::new();
    };
    let pairs = periods.iter().zip(periods.iter().skip(1)).enumerate();
    let changed = |(at, (before, now)): (usize, (&CeilingPeriod, &CeilingPeriod))| {
        ceiling_changed(
            epoch,
            &format!("/wage_ceilings/{}/amount", at + 1),
            before.amount,
            now.amount,
        )
    };
    pairs.filter_map(changed).collect()
}

fn hourly_as_monthly(pointer: &str) -> Violation {
    hint(
        pointer,
        "hourly-typed-as-monthly",
        [
            "Beløbet ligner en timeløn. Er det løn pr. time, så vælg det som enhed, eller skriv lønnen pr. måned.",
            "The amount looks like an hourly wage. If it is pay per hour, choose that as the unit, or write the wage per month.",
        ],
        PER_MONTH,
    )
}

fn monthly_as_hourly(pointer: &str) -> Violation {
    hint(
        pointer,
        "hourly-wage-unusual",
        [
            "Timelønnen er meget høj. Er det en månedsløn, så vælg måned som enhed.",
            "The hourly wage is very high. If it is a monthly wage, choose month as the unit.",
        ],
        PER_MONTH,
    )
}

const PER_MONTH: [&str; 2] = [
    "Lønloftet opgøres pr. måned, LAB § 123, stk. 3.",
    "The ceiling is per month, LAB § 123(3).",
];

/// Lost earnings and carer's pay of the months before they counted like wage.
fn not_wage_then(step: &StepView<'_>) -> Option<Violation> {
    let counts = step.figure(FigureName::CountsInDeduction)?;
    let kind = step.figure(FigureName::Type)?;
    let care = [IncomeType::LostEarnings, IncomeType::CarerPay].map(Quantity::Type);
    (counts == Quantity::YesNo(false) && care.contains(&kind))
        .then(|| lost_earnings_not_wage(&format!("/income/{}/type", step.line.unwrap_or_default())))
}

fn holiday_not_in_ceiling(pointer: &str, words: [&str; 2]) -> Violation {
    let basis = ["Principmeddelelse 51-16.", "Principle decision 51-16."];
    hint(pointer, "holiday-supplement-not-in-ceiling", words, basis)
}

/// Words of cases stand in stored assessments and stay as they are; those for an employer speak of no field of a case.
const HOLIDAY_OF_CASE: [&str; 2] = [
    "Ferietillægget er løn, men lønloftet har intet ferietillæg i samme måned. Læg ferietillægget på fuld tid til i `ceiling_supplement`.",
    "The holiday supplement is wage, but the ceiling has none in the same month. Add the full-time holiday supplement as `ceiling_supplement`.",
];
const HOLIDAY_PAID: [&str; 2] = [
    "Ferietillæg er løn i den måned, det udbetales. Kontrollér, at lønloftet for samme måned har ferietillægget på fuld tid.",
    "A holiday supplement is wage in the month it is paid. Check that the ceiling of the same month has the full-time holiday supplement.",
];
const HOLIDAY_OF_NOTHING: [&str; 2] = [
    "Ferie med løn giver ferietillæg, men her står 0 %. Uden ferietillæg i lønloftet kan tilskuddet blive sat ned i den måned, det udbetales.",
    "Paid holiday gives a holiday supplement, but here it says 0 %. Without it in the ceiling the subsidy may be cut in the month it is paid.",
];

fn free_choice_not_in_ceiling(pointer: &str) -> Violation {
    hint(
        pointer,
        "free-choice-not-in-ceiling",
        [
            "Udbetalt fritvalg eller SH er løn i den måned, det udbetales. Kontrollér, at lønloftet også har det i den måned.",
            "Free-choice or public-holiday savings are wage in the month they are paid. Check that the ceiling has them in that month too.",
        ],
        ["Principmeddelelse 14-22.", "Principle decision 14-22."],
    )
}

fn benefits_left_out(pointer: &str) -> Violation {
    hint(
        pointer,
        "benefits-in-kind-left-out",
        [
            "Personalegoder som fri bil, telefon og kost tæller hverken som løn eller i lønloftet og er ikke regnet med.",
            "Benefits in kind such as car, telephone and board count neither as wage nor in the ceiling and are left out.",
        ],
        ["Principmeddelelse 39-19.", "Principle decision 39-19."],
    )
}

fn lost_earnings_not_wage(pointer: &str) -> Violation {
    hint(
        pointer,
        "lost-earnings-not-wage-then",
        [
            "Tabt arbejdsfortjeneste og plejevederlag er ikke løn i den måned: de giver hverken fradrag eller ret til tilskud. Kontrollér måneden.",
            "Lost earnings and carer's pay are not wage in that month: they are neither deducted from nor give a right to a subsidy. Check the month.",
        ],
        ["Principmeddelelse 6-23.", "Principle decision 6-23."],
    )
}

fn own_pension_twice(pointer: &str) -> Violation {
    hint(
        pointer,
        "own-pension-added-twice",
        [
            "Eget pensionsbidrag ligger normalt inde i den aftalte løn og tælles så to gange. Skriv det kun, hvis lønnen er opgjort efter, at det er trukket.",
            "The own pension contribution normally lies inside the agreed pay and is then counted twice. Write it only if the pay is what is left after it.",
        ],
        ["BEK 227/2024 § 1, stk. 1, nr. 2.", "BEK 227/2024 § 1(1) no. 2."],
    )
}

fn bonus_without_period(pointer: &str) -> Violation {
    hint(
        pointer,
        "bonus-without-period",
        [
            "Der står ikke, hvornår beløbet er optjent, så det regnes til den måned, det er udbetalt. Dækker det flere måneder, så skriv dem.",
            "It is not told when the amount was earned, so it is counted in the month it was paid. If it covers several months, write them.",
        ],
        ["Principmeddelelse 27-23.", "Principle decision 27-23."],
    )
}

fn ceiling_below_pay(trace: &Trace) -> bool {
    let Some(step) = trace.step(RuleId::CeilingRoom) else {
        return false;
    };
    let amount = |name| match step.figure(name) {
        Some(Quantity::Amount(amount)) => Some(amount),
        _ => None,
    };
    let ceiling = amount(FigureName::Ceiling).zip(amount(FigureName::CeilingSupplement));
    let allowed = ceiling.and_then(|(ceiling, extra)| ceiling.plus(extra).ok());
    allowed
        .zip(amount(FigureName::PositionWage))
        .is_some_and(|(allowed, wage)| allowed.minus(wage).is_ok_and(Exact::is_negative))
}

pub(super) fn hint(pointer: &str, code: &str, [da, en]: [&str; 2], [basis_da, basis_en]: [&str; 2]) -> Violation {
    Violation::hint(pointer, code, Localized::new(da, en)).with_hint(Localized::new(basis_da, basis_en))
}

/// What looks wrong in a full-time wage built from its parts; pointers are the fields of the form.
pub(super) fn of_build_up(epoch: &Epoch, input: &BuildUp, total: Option<Money>) -> Vec<Violation> {
    let mut hints = Vec::new();
    let hourly_high = kroner(epoch, RateId::HintHourlyHigh);
    let (pay, unit) = (input.base_wage, input.wage_unit);
    if unit != WageUnit::Hour && hourly_high.is_some_and(|high| pay < high) {
        hints.push(hourly_as_monthly(&fields::WAGE_UNIT.in_report()));
    }
    if unit == WageUnit::Hour && hourly_high.is_some_and(|high| pay > high) {
        hints.push(monthly_as_hourly(&fields::BASE_WAGE.in_report()));
    }
    if input.employer_pension == Contribution::None {
        hints.push(pension_not_counted(&fields::PENSION_MODE.in_report()));
    }
    if own_pension_among_supplements(input) {
        hints.push(hint(
            &fields::EMPLOYEE_PENSION.in_report(),
            "own-pension-added-twice",
            [
                "Et tillæg er lige så stort som medarbejderens eget pensionsbidrag. Det ligger inde i grundlønnen og tælles to gange, hvis det også er lagt til som tillæg.",
                "A supplement is as large as the employee's own pension contribution. That lies inside base pay and counts twice if it is added as a supplement too.",
            ],
            ["BEK 227/2024 § 1, stk. 1, nr. 2.", "BEK 227/2024 § 1(1) no. 2."],
        ));
    }
    hints.extend(holiday_and_free_choice(input));
    if input.fixed_supplements_total == Money::ZERO && input.variable_supplements_average == Money::ZERO {
        hints.push(supplements_not_counted(&fields::FIXED_SUPPLEMENTS_TOTAL.in_report()));
    }
    hints.extend(full_time_hours(epoch, input.full_time_weekly_hours));
    hints.extend(total.and_then(|total| low_total(epoch, total)));
    hints
}

/// Whether the own contribution, to within a krone, stands among the supplements too.
fn own_pension_among_supplements(input: &BuildUp) -> bool {
    let a_month = input.wage_unit == WageUnit::Month;
    let (own, per_unit) = match input.employee_pension {
        Contribution::None => return false,
        Contribution::Percent(percent) => (input.base_wage.share(percent), true),
        Contribution::Amount(amount) => (Some(amount), a_month),
    };
    let near = |other: Money| {
        let difference = own.and_then(|own| own.checked_sub(other));
        other > Money::ZERO && difference.is_some_and(|difference| difference.ore().abs() < ORE_OF_A_KRONE)
    };
    (per_unit && near(input.fixed_supplements_total)) || (a_month && near(input.variable_supplements_average))
}

const ORE_OF_A_KRONE: i64 = 100;

/// What is paid in single months of the year, as far as the parts show that the ceiling may lack it there.
fn holiday_and_free_choice(input: &BuildUp) -> Vec<Violation> {
    let mut hints = Vec::new();
    if matches!(input.holiday, HolidayScheme::PaidHoliday { supplement } if supplement == Percent::default()) {
        hints.push(holiday_not_in_ceiling(
            &fields::HOLIDAY_SUPPLEMENT_PERCENT.in_report(),
            HOLIDAY_OF_NOTHING,
        ));
    }
    if input
        .free_choice
        .is_some_and(|saved| saved.payout == FreeChoicePayout::LumpSum)
    {
        hints.push(hint(
            &fields::FREE_CHOICE_PAYOUT.in_report(),
            "free-choice-not-in-ceiling",
            [
                "Fritvalg eller SH, der udbetales på én gang, er løn i den måned, det udbetales. Fortæl kommunen, hvilken måned det er, så lønloftet får det med i samme måned.",
                "Free-choice or public-holiday savings paid all at once are wage in the month they are paid. Tell the municipality which month, so that the ceiling has them in the same month.",
            ],
            ["Principmeddelelse 14-22.", "Principle decision 14-22."],
        ));
    }
    hints
}

pub(super) fn pension_not_counted(pointer: &str) -> Violation {
    hint(
        pointer,
        "employer-pension-not-included",
        [
            "Der er ingen pension fra arbejdsgiveren i lønloftet. Har stillingen pension på fuld tid, skal den regnes med.",
            "There is no employer's pension in the ceiling. If the position has pension at full time, it must be counted in.",
        ],
        [
            "BEK 227/2024 § 1, stk. 1, nr. 1 og 2.",
            "BEK 227/2024 § 1(1) no. 1 and 2.",
        ],
    )
}

pub(super) fn supplements_not_counted(pointer: &str) -> Violation {
    hint(
        pointer,
        "supplements-not-counted",
        [
            "Der er ingen tillæg i lønloftet. Tillæg for aften, nat, weekend, kvalifikation, anciennitet og funktion skal regnes med, hvis stillingen har dem.",
            "There are no supplements in the ceiling. Those for evening, night, weekend, qualification, seniority and function must be counted in if the position has them.",
        ],
        ["Principmeddelelse 48-22.", "Principle decision 48-22."],
    )
}

pub(super) fn full_time_hours(epoch: &Epoch, hours: Hours) -> Option<Violation> {
    let bound = |id| match epoch.rate(id)?.value {
        RateValue::Hours(hours) => Some(hours),
        _ => None,
    };
    let (low, high) = bound(RateId::HintHoursLow).zip(bound(RateId::HintHoursHigh))?;
    (!(low..=high).contains(&hours)).then(|| {
        hint(
            &fields::FULL_TIME_WEEKLY_HOURS.in_report(),
            "full-time-hours-unusual",
            ["Fuld tid er usædvanlig langt fra den normale arbejdsuge. Kontrollér, at det er fuld tid i stillingen og ikke medarbejderens egne timer.",
             "Full time is unusually far from the normal working week. Check that it is full time in the position and not the employee's own hours."],
            ["LAB § 123, stk. 3: lønnen for ansættelse på fuld tid.", "LAB § 123(3): the wage for full-time employment."],
        )
    })
}

pub(super) fn low_total(epoch: &Epoch, total: Money) -> Option<Violation> {
    let low = kroner(epoch, RateId::HintCeilingLow)?;
    (total < low).then(|| {
        hint(
            &fields::FULL_TIME_TOTAL_MONTHLY_WAGE.in_report(),
            "full-time-wage-unusual",
            ["Lønnen er lav for en måned på fuld tid. Kontrollér, at den er pr. måned, på fuld tid og ikke sat ned på grund af handicap.",
             "The wage is low for a month at full time. Check that it is per month, at full time and not reduced because of the disability."],
            ["Principmeddelelse 48-22.", "Principle decision 48-22."],
        )
    })
}

/// Whether a full-time wage is so far from the last one that somebody should look at it. Kroner a month; `from` is the day that the new
/// one holds from.
#[must_use]
pub fn changed_much(rules: &RuleBook, from: Date, before: Money, now: Money) -> bool {
    ceiling_changed(rules.epoch(Month::of(from)), "", before, now).is_some()
}

pub(super) fn ceiling_changed(epoch: &Epoch, pointer: &str, before: Money, now: Money) -> Option<Violation> {
    let percent = percent(epoch, RateId::HintCeilingChange)?;
    let change = Exact::from(now).minus(before.into()).ok()?;
    let size = if change.is_negative() {
        Exact::ZERO.minus(change).ok()?
    } else {
        change
    };
    let allowed = Exact::from(before).times(percent.into()).ok()?;
    allowed.minus(size).ok()?.is_negative().then(|| {
        hint(
            pointer,
            "ceiling-changed-much",
            [
                "Lønloftet er ændret meget siden sidst. Kontrollér beløbet og datoen.",
                "The ceiling has changed much since last time. Check the amount and the date.",
            ],
            ["Principmeddelelse 48-22.", "Principle decision 48-22."],
        )
    })
}

/// The expected wage against the hours' share of the ceiling.
pub(super) fn expected_wage(
    epoch: &Epoch,
    expected: Money,
    ceiling: Money,
    paid: Hours,
    full: Hours,
) -> Option<Violation> {
    let percent = percent(epoch, RateId::HintExpectedWage)?;
    let share = Exact::from(ceiling)
        .times(Exact::from(paid).over(full.into()).ok()?)
        .ok()?;
    let difference = Exact::from(expected).minus(share).ok()?;
    let size = if difference.is_negative() {
        Exact::ZERO.minus(difference).ok()?
    } else {
        difference
    };
    share.times(percent.into()).ok()?.minus(size).ok()?.is_negative().then(|| {
        hint(
            &fields::EXPECTED_FIRST_WAGE.in_report(),
            "expected-first-wage-unlike-hours",
            ["Den forventede løn passer ikke med timernes andel af fuldtidslønnen. Kontrollér begge beløb og timerne.",
             "The expected wage does not fit the hours' share of the full-time wage. Check both amounts and the hours."],
            ["Den første udbetaling bygger på disse oplysninger.", "The first payment rests on them."],
        )
    })
}

fn kroner(epoch: &Epoch, id: RateId) -> Option<Money> {
    match epoch.rate(id)?.value {
        RateValue::Kroner(amount) => Some(amount),
        _ => None,
    }
}

fn percent(epoch: &Epoch, id: RateId) -> Option<Percent> {
    match epoch.rate(id)?.value {
        RateValue::Percent(percent) => Some(percent),
        _ => None,
    }
}

pub(super) fn ceiling_below_expected() -> Violation {
    hint(
        &fields::FULL_TIME_TOTAL_MONTHLY_WAGE.in_report(),
        "ceiling-below-pay",
        [
            "Lønnen på fuld tid er lavere end den løn, der ventes udbetalt. Kontrollér begge beløb.",
            "The full-time wage is below the wage expected to be paid. Check both amounts.",
        ],
        ["Principmeddelelse 48-22.", "Principle decision 48-22."],
    )
}

/// What looks wrong in an amount paid once.
pub(super) fn of_one_off(epoch: &Epoch, payment: &OneOffPayment) -> Vec<Violation> {
    let mut hints = Vec::new();
    if payment.earned.is_none() {
        hints.extend(without_period(payment));
    }
    if payment.is_recurring_entitlement && payment.nature != Nature::BackPay {
        hints.push(hint(
            &fields::IS_RECURRING_ENTITLEMENT.in_report(),
            "recurring-entitlement-raises-ceiling",
            ["En fast aftalt bonus hører til lønnen på fuld tid. Indberet også fuldtidslønnen, hvis bonussen ikke er med i den.",
             "A fixed agreed bonus belongs in the full-time wage. Report the full-time wage too if the bonus is not in it."],
            ["Principmeddelelse 27-23.", "Principle decision 27-23."],
        ));
    }
    let at = &fields::PAYMENT_EXPLANATION.in_report();
    let mentions = payment.mentions;
    let lost_earnings = mentions.lost_earnings && !counts_like_wage(epoch);
    let told = [
        (mentions.holiday_supplement, holiday_not_in_ceiling(at, HOLIDAY_PAID)),
        (mentions.free_choice, free_choice_not_in_ceiling(at)),
        (mentions.benefits_in_kind, benefits_left_out(at)),
        (lost_earnings, lost_earnings_not_wage(at)),
    ];
    hints.extend(told.into_iter().filter(|(is_told, _)| *is_told).map(|(_, hint)| hint));
    hints
}

/// A gift is asked for no period; where the answers speak for wage, it may have one.
fn without_period(payment: &OneOffPayment) -> Option<Violation> {
    let like_wage = payment.depends_on_own_work || payment.is_recurring_entitlement;
    match payment.nature {
        Nature::Gift if !like_wage => None,
        Nature::Gift => Some(hint(
            &fields::PAYMENT_TYPE.in_report(),
            "bonus-without-period",
            [
                "Beløbet er kaldt en gave, men svarene taler for løn. Er det løn, regnes det til den måned, det er udbetalt, når der ingen periode står. Dækker det flere måneder, så vælg en anden slags og skriv perioden.",
                "The amount is called a gift, but the answers speak for wage. As wage it counts in the month it was paid where no period is told. If it covers several months, choose another kind and write the period.",
            ],
            ["Principmeddelelse 27-23.", "Principle decision 27-23."],
        )),
        Nature::Open | Nature::BackPay => Some(bonus_without_period(&fields::EARNED_FROM.in_report())),
    }
}

/// Whether lost earnings and carer's pay counted in the month.
fn counts_like_wage(epoch: &Epoch) -> bool {
    epoch
        .income(IncomeType::LostEarnings)
        .is_none_or(|rule| rule.counts_in_deduction)
}
