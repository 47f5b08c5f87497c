//! A case read from JSON, all faults told at once.

use jiff::civil::Date;
use serde_json::Value;

use super::case::{
    Benefit, BenefitAmount, BenefitKind, Ceiling, CeilingPeriod, Income, IncomeBasis, Judged, Pay, SubsidyCase,
};
use super::json_object::{MOST_LINES, Object, amount, date, fault, hours, list, month, text};
use super::rulebook::IncomeType;
use crate::finding::{Findings, Violation};
use crate::value::{Money, Month};

/// An amount earned over more months than this is no wage of those months; it also keeps the exact fractions small.
const MOST_MONTHS: i32 = 36;
/// The most days that a case may tell of a month; how many of them count is a rate.
pub(super) const MOST_BENEFIT_DAYS: u16 = 31;

impl SubsidyCase {
    /// Reads a case. Pointers of what is wrong begin with `pointer_prefix`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; unknown keys too.
    pub fn from_json(value: &Value, pointer_prefix: &str) -> Result<Self, Vec<Violation>> {
        let mut violations = Findings::new();
        let Some(mut object) = Object::new(value, pointer_prefix, &mut violations) else {
            return Err(violations.into());
        };
        let month = object
            .required("subsidy_month", &mut violations)
            .and_then(|(value, at)| month(value, &at, &mut violations));
        scheme(&mut object, &mut violations);
        let ceiling = ceiling(&mut object, &mut violations);
        let (employment_start, employment_end) = employment(&mut object, &mut violations);
        let case = Self {
            income: list(&mut object, "income", MOST_LINES, &mut violations, income),
            ceiling,
            ceiling_supplement: object.amount_or_zero("ceiling_supplement", &mut violations),
            benefits: benefits(&mut object, &mut violations),
            unemployment_benefit_days: object.days(
                "unemployment_benefit_days",
                MOST_BENEFIT_DAYS.into(),
                &mut violations,
            ),
            employment_start,
            employment_end,
            income_basis: income_basis(&mut object, &mut violations),
            paid_weekly_hours: object
                .optional("paid_weekly_hours")
                .and_then(|(value, at)| hours(value, &at, &mut violations)),
            ..Self::new(month.unwrap_or(Month::of(Date::ZERO)))
        };
        object.refuse_unknown(&mut violations);
        if violations.is_empty() {
            Ok(case)
        } else {
            Err(violations.into())
        }
    }
}

/// The scheme, where it is told: another one is read elsewhere.
fn scheme(object: &mut Object<'_>, violations: &mut Findings) {
    if let Some((value, at)) = object.optional("scheme")
        && text(value, &at, violations).is_some_and(|name| name != "employee")
    {
        violations.push(fault(
            &at,
            "unknown-scheme",
            "Skriv `employee` eller `self_employed`, eller udelad feltet for en ansat.",
            "Write `employee` or `self_employed`, or leave the field out for an employee.",
        ));
    }
}

/// First and last day in the job.
fn employment(object: &mut Object<'_>, violations: &mut Findings) -> (Option<Date>, Option<Date>) {
    let start = object
        .optional("employment_start")
        .and_then(|(value, at)| date(value, &at, violations));
    let end = object
        .optional("employment_end")
        .and_then(|(value, at)| date(value, &at, violations).map(|end| (end, at)));
    if let (Some(start), Some((end, at))) = (start, &end)
        && *end < start
    {
        violations.push(fault(
            at,
            "ends-before-it-begins",
            "`employment_end` skal ikke ligge før `employment_start`.",
            "`employment_end` must not lie before `employment_start`.",
        ));
    }
    (start, end.map(|(end, _)| end))
}

fn ceiling_amount(value: &Value, at: &str, violations: &mut Findings) -> Option<Money> {
    let amount = amount(value, at, violations)?;
    if amount == Money::ZERO {
        violations.push(fault(
            at,
            "ceiling-zero",
            "Lønloftet er lønnen for stillingen på fuld tid og kan ikke være nul: skriv den, eller udelad feltet, hvis den ikke kendes.",
            "The ceiling is the full-time wage of the position and cannot be nothing: write it, or leave the field out if it is not known.",
        ));
        return None;
    }
    Some(amount)
}

pub(super) fn income(value: &Value, at: &str, violations: &mut Findings) -> Option<Income> {
    let mut object = Object::new(value, at, violations)?;
    let kind = income_type(&mut object, violations);
    let pay = pay(&mut object, violations);
    let judged = judged(&mut object, kind, violations);
    let income = Income {
        judged,
        ordinary_atp: object.amount_or_zero("ordinary_atp", violations),
        own_pension: object.amount_or_zero("own_pension", violations),
        employer_pension: object.amount_or_zero("employer_pension", violations),
        holiday_supplement: object.amount_or_zero("holiday_supplement", violations),
        free_choice_payout: object.amount_or_zero("free_choice_payout", violations),
        benefits_in_kind: object.amount_or_zero("benefits_in_kind", violations),
        ..Income::new(kind?, pay?)
    };
    object.refuse_unknown(violations);
    Some(income)
}

fn income_type(object: &mut Object<'_>, violations: &mut Findings) -> Option<IncomeType> {
    let (value, at) = object.required("type", violations)?;
    let name = text(value, &at, violations)?;
    let kind = IncomeType::from_name(name).filter(|kind| *kind != IncomeType::Benefit);
    if kind.is_none() {
        let known = "fleksjob_wage, other_wage, lost_earnings, carer_pay, self_employed_surplus, spread_bonus";
        violations.push(fault(
            &at,
            "unknown-income-type",
            format!("Skriv en af indtægtstyperne: {known}."),
            format!("Write one of the income types: {known}."),
        ));
    }
    kind
}

/// What the municipality has judged a bonus to be.
fn judged(object: &mut Object<'_>, kind: Option<IncomeType>, violations: &mut Findings) -> Option<Judged> {
    let (value, at) = object.optional("judged_as")?;
    let name = text(value, &at, violations)?;
    let judged = [Judged::Wage, Judged::Gift]
        .into_iter()
        .find(|one| one.as_str() == name);
    if judged.is_none() || kind.is_some_and(|kind| kind != IncomeType::SpreadBonus) {
        violations.push(fault(
            &at,
            "unknown-judgement",
            "Skriv `wage` eller `gift`, og kun ved `spread_bonus`: det er kommunens afgørelse af, om beløbet er løn eller en gave.",
            "Write `wage` or `gift`, and only with `spread_bonus`: it is the municipality's decision whether the amount is wage or a gift.",
        ));
    }
    judged
}

/// Exactly one of the four ways to tell the pay.
fn pay(object: &mut Object<'_>, violations: &mut Findings) -> Option<Pay> {
    const WAYS: [&str; 4] = ["cash_wage", "hourly_wage", "two_week_wage", "total"];
    let told = WAYS.iter().filter(|way| object.has(way)).count();
    let month_pay = object.optional("cash_wage");
    let (hourly, weekly) = (object.optional("hourly_wage"), object.optional("weekly_hours"));
    let two_weeks = object.optional("two_week_wage");
    let (total, from, to) = (
        object.optional("total"),
        object.optional("earned_from"),
        object.optional("earned_to"),
    );
    if told != 1 {
        violations.push(fault(
            &object.pointer,
            "pay-told-otherwise-than-once",
            "Skriv lønnen på én måde: `cash_wage`, `hourly_wage` med `weekly_hours`, `two_week_wage` eller `total` med `earned_from` og `earned_to`.",
            "Tell the pay in one way: `cash_wage`, `hourly_wage` with `weekly_hours`, `two_week_wage`, or `total` with `earned_from` and `earned_to`.",
        ));
    }
    if hourly.is_some() != weekly.is_some()
        || total.is_some() != (from.is_some() && to.is_some())
        || from.is_some() != to.is_some()
    {
        violations.push(fault(
            &object.pointer,
            "pay-incomplete",
            "Timeløn kræver `weekly_hours`, og et beløb for flere måneder kræver `earned_from` og `earned_to`; de står ikke alene.",
            "Hourly pay needs `weekly_hours`, and an amount for several months needs `earned_from` and `earned_to`; these do not stand alone.",
        ));
    }
    let mut read = |found: Option<(&Value, String)>| found.and_then(|(value, at)| amount(value, &at, violations));
    let (month_pay, wage, two_weeks, total) = (read(month_pay), read(hourly), read(two_weeks), read(total));
    let weekly_hours = weekly.and_then(|(value, at)| hours(value, &at, violations));
    let from = from.and_then(|(value, at)| month(value, &at, violations));
    let to = to.and_then(|(value, at)| month(value, &at, violations).map(|month| (month, at)));
    let months = from
        .zip(to)
        .and_then(|(from, (to, at))| earned_months(from, to, &at, violations));
    let hourly = wage
        .zip(weekly_hours)
        .map(|(wage, weekly_hours)| Pay::Hourly { wage, weekly_hours });
    let spread = total
        .zip(months)
        .map(|(total, (from, to))| Pay::Spread { total, from, to });
    // A pay that was told twice or in half has its violation already.
    month_pay
        .map(Pay::Month)
        .or(hourly)
        .or(two_weeks.map(Pay::TwoWeeks))
        .or(spread)
}

fn earned_months(from: Month, to: Month, at: &str, violations: &mut Findings) -> Option<(Month, Month)> {
    if (0..MOST_MONTHS).contains(&from.months_until(to)) {
        return Some((from, to));
    }
    violations.push(fault(
        at,
        "earned-months-out-of-range",
        format!("`earned_to` skal være samme måned som `earned_from` eller senere, og beløbet kan højst dække {MOST_MONTHS} måneder."),
        format!("`earned_to` must be the same month as `earned_from` or later, and the amount can cover at most {MOST_MONTHS} months."),
    ));
    None
}

fn ceiling(object: &mut Object<'_>, violations: &mut Findings) -> Ceiling {
    let whole = object.optional("wage_ceiling");
    if whole.is_some() && object.has("wage_ceilings") {
        violations.push(fault(
            &object.at("wage_ceilings"),
            "ceiling-told-twice",
            "Skriv enten `wage_ceiling` for hele måneden eller `wage_ceilings` med datoer, ikke begge.",
            "Write either `wage_ceiling` for the whole month or `wage_ceilings` with dates, not both.",
        ));
    }
    let periods = list(object, "wage_ceilings", MOST_LINES, violations, period);
    if let Some((value, at)) = whole {
        return ceiling_amount(value, &at, violations).map_or(Ceiling::Unknown, Ceiling::Whole);
    }
    if periods.is_empty() {
        return Ceiling::Unknown;
    }
    for (index, (above, below)) in periods.iter().zip(periods.iter().skip(1)).enumerate() {
        let overlaps = above.valid_to.is_some_and(|last| below.valid_from <= last);
        if below.valid_from <= above.valid_from || overlaps {
            violations.push(fault(
                &format!("{}/{}/valid_from", object.at("wage_ceilings"), index + 1),
                "ceiling-periods-overlap",
                "Skriv lønlofterne i rækkefølge, så hvert begynder, efter at det forrige er slut.",
                "Write the ceilings in order, each beginning after the one before has ended.",
            ));
        }
    }
    Ceiling::Periods(periods)
}

pub(super) fn period(value: &Value, at: &str, violations: &mut Findings) -> Option<CeilingPeriod> {
    let mut object = Object::new(value, at, violations)?;
    let from = object
        .required("valid_from", violations)
        .and_then(|(value, at)| date(value, &at, violations));
    let amount = object
        .required("amount", violations)
        .and_then(|(value, at)| ceiling_amount(value, &at, violations));
    let last = object
        .optional("valid_to")
        .and_then(|(value, at)| date(value, &at, violations).map(|date| (date, at)));
    object.refuse_unknown(violations);
    if let (Some(from), Some((last, at))) = (from, &last)
        && *last < from
    {
        violations.push(fault(
            at,
            "ends-before-it-begins",
            "`valid_to` skal ikke ligge før `valid_from`.",
            "`valid_to` must not lie before `valid_from`.",
        ));
    }
    Some(CeilingPeriod {
        valid_from: from?,
        valid_to: last.map(|(last, _)| last),
        amount: amount?,
    })
}

/// The one amount `benefit` and the list `benefits`, added together.
fn benefits(object: &mut Object<'_>, violations: &mut Findings) -> Vec<Benefit> {
    let single = object.amount_or_zero("benefit", violations);
    let mut benefits = list(object, "benefits", MOST_LINES, violations, benefit);
    if single != Money::ZERO {
        benefits.insert(
            0,
            Benefit {
                kind: BenefitKind::Any,
                amount: BenefitAmount::Paid(single),
            },
        );
    }
    benefits
}

pub(super) fn benefit(value: &Value, at: &str, violations: &mut Findings) -> Option<Benefit> {
    let mut object = Object::new(value, at, violations)?;
    let kind = match object.optional("type") {
        None => Some(BenefitKind::Any),
        Some((value, at)) => {
            let name = text(value, &at, violations);
            let kind = BenefitKind::NAMED
                .iter()
                .find(|(_, known)| Some(*known) == name)
                .map(|(kind, _)| *kind);
            if kind.is_none() && name.is_some() {
                let known = "sickness_benefit, parental_benefit, rehabilitation_benefit";
                violations.push(fault(
                    &at,
                    "unknown-benefit-type",
                    format!("Skriv en af ydelserne: {known}."),
                    format!("Write one of the benefits: {known}."),
                ));
            }
            kind
        }
    };
    let paid = object
        .optional("amount")
        .map(|(value, at)| amount(value, &at, violations));
    let full_month = object
        .optional("full_month_amount")
        .map(|(value, at)| amount(value, &at, violations));
    let has_days = object.has("days");
    let days = object.days("days", 31, violations);
    object.refuse_unknown(violations);
    let amount = match (paid, full_month) {
        (Some(paid), None) if !has_days => BenefitAmount::Paid(paid?),
        (None, Some(full_month)) if has_days => BenefitAmount::Days {
            full_month: full_month?,
            days,
        },
        _ => {
            violations.push(fault(
                at,
                "benefit-told-otherwise-than-once",
                "Skriv enten `amount`, som er udbetalt, eller `full_month_amount` med `days`.",
                "Write either `amount`, which was paid, or `full_month_amount` with `days`.",
            ));
            return None;
        }
    };
    Some(Benefit { kind: kind?, amount })
}

pub(super) fn income_basis(object: &mut Object<'_>, violations: &mut Findings) -> IncomeBasis {
    let Some((value, at)) = object.optional("income_basis") else {
        return IncomeBasis::Reported;
    };
    match text(value, &at, violations) {
        Some("expected") => IncomeBasis::Expected,
        Some("reported") | None => IncomeBasis::Reported,
        Some(_) => {
            violations.push(fault(
                &at,
                "unknown-income-basis",
                "Skriv `reported` eller `expected`.",
                "Write `reported` or `expected`.",
            ));
            IncomeBasis::Reported
        }
    }
}
