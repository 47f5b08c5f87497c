//! Hints for the faults that the appeals board (*Ankestyrelsen*) finds again and again. They stop nothing.

use super::build_up::{BuildUp, Contribution, WageUnit};
use super::case::{Pay, SubsidyCase};
use super::exact::Exact;
use super::rulebook::{Epoch, IncomeType, RateId, RateValue, RuleId};
use super::trace::{FigureName, Quantity, StepView, Trace};
use crate::validate::Violation;
use crate::value::{Hours, Localized, Money, Percent};

/// What looks wrong in a case; pointers are into the case.
pub(super) fn of_case(case: &SubsidyCase, trace: &Trace) -> Vec<Violation> {
    let mut hints = Vec::new();
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
            hints.push(hint(
                &at("holiday_supplement"),
                "holiday-supplement-not-in-ceiling",
                ["Ferietillægget er løn, men lønloftet har intet ferietillæg i samme måned. Læg ferietillægget på fuld tid til i `ceiling_supplement`.",
                 "The holiday supplement is wage, but the ceiling has none in the same month. Add the full-time holiday supplement as `ceiling_supplement`."],
                ["Principmeddelelse 51-16.", "Principle decision 51-16."],
            ));
        }
        if income.free_choice_payout > Money::ZERO && case.ceiling_supplement == Money::ZERO {
            hints.push(hint(
                &at("free_choice_payout"),
                "free-choice-not-in-ceiling",
                ["Udbetalt fritvalg eller SH er løn i den måned, det udbetales. Kontrollér, at lønloftet også har det i den måned.",
                 "Free-choice or public-holiday savings are wage in the month they are paid. Check that the ceiling has them in that month too."],
                ["Principmeddelelse 14-22.", "Principle decision 14-22."],
            ));
        }
        if income.benefits_in_kind > Money::ZERO {
            hints.push(hint(
                &at("benefits_in_kind"),
                "benefits-in-kind-left-out",
                ["Personalegoder som fri bil, telefon og kost tæller hverken som løn eller i lønloftet og er ikke regnet med.",
                 "Benefits in kind such as car, telephone and board count neither as wage nor in the ceiling and are left out."],
                ["Principmeddelelse 39-19.", "Principle decision 39-19."],
            ));
        }
        if income.kind == IncomeType::SpreadBonus && !matches!(income.pay, Pay::Spread { .. }) {
            hints.push(bonus_without_period(&at("earned_from")));
        }
        if income.own_pension > Money::ZERO && matches!(income.pay, Pay::Hourly { .. } | Pay::TwoWeeks(_)) {
            hints.push(hint(
                &at("own_pension"),
                "own-pension-added-twice",
                ["Eget pensionsbidrag ligger normalt inde i den aftalte løn og tælles så to gange. Skriv det kun, hvis lønnen er opgjort efter, at det er trukket.",
                 "The own pension contribution normally lies inside the agreed pay and is then counted twice. Write it only if the pay is what is left after it."],
                ["BEK 227/2024 § 1, stk. 1, nr. 2.", "BEK 227/2024 § 1(1) no. 2."],
            ));
        }
    }
    hints.extend(trace.steps().filter_map(|step| not_wage_then(&step)));
    hints
}

/// Lost earnings and carer's pay of the months before they counted like wage.
fn not_wage_then(step: &StepView<'_>) -> Option<Violation> {
    let counts = step.figure(FigureName::CountsInDeduction)?;
    let kind = step.figure(FigureName::Type)?;
    let care = [IncomeType::LostEarnings, IncomeType::CarerPay].map(Quantity::Type);
    (counts == Quantity::YesNo(false) && care.contains(&kind)).then(|| {
        hint(
            &format!("/income/{}/type", step.line.unwrap_or_default()),
            "lost-earnings-not-wage-then",
            ["Tabt arbejdsfortjeneste og plejevederlag er ikke løn i den måned: de giver hverken fradrag eller ret til tilskud. Kontrollér måneden.",
             "Lost earnings and carer's pay are not wage in that month: they are neither deducted from nor give a right to a subsidy. Check the month."],
            ["Principmeddelelse 6-23.", "Principle decision 6-23."],
        )
    })
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
        hints.push(hint(
            "/wage_unit",
            "hourly-typed-as-monthly",
            [
                "Beløbet ligner en timeløn. Er lønnen pr. time, så vælg det som enhed.",
                "The amount looks like an hourly wage. If the pay is per hour, choose that as the unit.",
            ],
            [
                "Lønloftet opgøres pr. måned, LAB § 123, stk. 3.",
                "The ceiling is per month, LAB § 123(3).",
            ],
        ));
    }
    if unit == WageUnit::Hour && hourly_high.is_some_and(|high| pay > high) {
        hints.push(hint(
            "/base_wage",
            "monthly-typed-as-hourly",
            [
                "Timelønnen er meget høj. Er det en månedsløn, så vælg måned som enhed.",
                "The hourly wage is very high. If it is a monthly wage, choose month as the unit.",
            ],
            [
                "Lønloftet opgøres pr. måned, LAB § 123, stk. 3.",
                "The ceiling is per month, LAB § 123(3).",
            ],
        ));
    }
    if input.employer_pension == Contribution::None {
        hints.push(pension_not_counted("/pension_mode"));
    }
    if input.employee_pension != Contribution::None {
        hints.push(hint(
            "/employee_pension",
            "own-pension-inside-pay",
            ["Eget pensionsbidrag ligger inde i grundlønnen og er ikke lagt til. Kontrollér, at grundlønnen er før eget bidrag.",
             "The own pension contribution lies inside base pay and is not added. Check that base pay is before it is taken off."],
            ["BEK 227/2024 § 1, stk. 1, nr. 2.", "BEK 227/2024 § 1(1) no. 2."],
        ));
    }
    if input.fixed_supplements_total == Money::ZERO && input.variable_supplements_average == Money::ZERO {
        hints.push(supplements_not_counted("/fixed_supplements_total"));
    }
    hints.extend(full_time_hours(epoch, input.full_time_weekly_hours));
    hints.extend(total.and_then(|total| low_total(epoch, total)));
    hints
}

pub(super) fn pension_not_counted(pointer: &str) -> Violation {
    hint(
        pointer,
        "pension-not-counted",
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
            "/full_time_weekly_hours",
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
            "/full_time_total_monthly_wage",
            "ceiling-low",
            ["Lønnen er lav for en måned på fuld tid. Kontrollér, at den er pr. måned, på fuld tid og ikke sat ned på grund af handicap.",
             "The wage is low for a month at full time. Check that it is per month, at full time and not reduced because of the disability."],
            ["Principmeddelelse 48-22.", "Principle decision 48-22."],
        )
    })
}

pub(super) fn ceiling_changed(epoch: &Epoch, before: Money, now: Money) -> Option<Violation> {
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
            "/full_time_total_monthly_wage",
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
            "/expected_first_wage",
            "expected-wage-differs",
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
        "/full_time_total_monthly_wage",
        "ceiling-below-pay",
        [
            "Lønnen på fuld tid er lavere end den løn, der ventes udbetalt. Kontrollér begge beløb.",
            "The full-time wage is below the wage expected to be paid. Check both amounts.",
        ],
        ["Principmeddelelse 48-22.", "Principle decision 48-22."],
    )
}

/// What looks wrong in an amount paid once.
pub(super) fn of_one_off(without_period: bool, recurring: bool) -> Vec<Violation> {
    let mut hints = Vec::new();
    if without_period {
        hints.push(bonus_without_period("/earned_from"));
    }
    if recurring {
        hints.push(hint(
            "/is_recurring_entitlement",
            "fixed-bonus-belongs-in-ceiling",
            ["En fast aftalt bonus hører til lønnen på fuld tid. Indberet også fuldtidslønnen, hvis bonussen ikke er med i den.",
             "A fixed agreed bonus belongs in the full-time wage. Report the full-time wage too if the bonus is not in it."],
            ["Principmeddelelse 27-23.", "Principle decision 27-23."],
        ));
    }
    hints
}
