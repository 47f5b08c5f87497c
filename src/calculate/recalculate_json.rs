//! A recalculation read from JSON, all faults told at once. `docs/calculation.md` describes the format.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::Value;

use super::case_json::{MOST_BENEFIT_DAYS, benefit, income, income_basis, period};
use super::json_object::{Object, amount, date, fault, hours, list, month};
use super::recalculate::{Fact, FactContent, RecalculationCase};
use crate::finding::{Findings, Violation};
use crate::value::Month;

/// More than a person's facts of a working life.
const MOST_FACTS: usize = 5_000;
/// Twenty years.
const MOST_MONTHS: i32 = 240;

impl RecalculationCase {
    /// Reads a recalculation.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; unknown keys too.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Violation>> {
        let mut violations = Findings::new();
        let Some(mut object) = Object::new(value, "", &mut violations) else {
            return Err(violations.into());
        };
        let months = months(&mut object, &mut violations);
        let then = required_date(&mut object, "then", &mut violations);
        let now = required_date(&mut object, "now", &mut violations);
        let facts = list(&mut object, "facts", MOST_FACTS, &mut violations, read_fact);
        object.refuse_unknown(&mut violations);
        check_ids(&facts, &mut violations);
        match (months, then, now) {
            (Some(months), Some(then), Some(now)) if violations.is_empty() => Ok(Self {
                months,
                then,
                now,
                facts,
            }),
            _ => Err(violations.into()),
        }
    }
}

fn required_date(object: &mut Object<'_>, key: &'static str, violations: &mut Findings) -> Option<Date> {
    let (value, at) = object.required(key, violations)?;
    date(value, &at, violations)
}

fn months(object: &mut Object<'_>, violations: &mut Findings) -> Option<(Month, Month)> {
    let first = object.required("first_month", violations);
    let last = object.required("last_month", violations);
    let first = first.and_then(|(value, at)| month(value, &at, violations));
    let (value, at) = last?;
    let (first, last) = (first?, month(value, &at, violations)?);
    if (0..MOST_MONTHS).contains(&first.months_until(last)) {
        return Some((first, last));
    }
    violations.push(fault(
        &at,
        "months-out-of-range",
        format!(
            "`last_month` skal være samme måned som `first_month` eller senere, og der kan højst være {MOST_MONTHS} måneder."
        ),
        format!(
            "`last_month` must be the same month as `first_month` or later, and there can be at most {MOST_MONTHS} months."
        ),
    ));
    None
}

fn read_fact(value: &Value, at: &str, violations: &mut Findings) -> Option<Fact> {
    let mut object = Object::new(value, at, violations)?;
    let id = object.required("id", violations);
    let id = id.and_then(|(value, at)| number(value, &at, violations));
    let replaces = match object.optional("replaces") {
        None => None,
        Some((value, at)) => Some(number(value, &at, violations)?),
    };
    let known_from = required_date(&mut object, "known_from", violations);
    let content = content(&mut object, violations);
    object.refuse_unknown(violations);
    Some(Fact {
        id: id?,
        known_from: known_from?,
        replaces,
        content: content?,
    })
}

fn number(value: &Value, at: &str, violations: &mut Findings) -> Option<u64> {
    let number = value.as_u64();
    if number.is_none() {
        violations.push(fault(
            at,
            "not-a-number",
            "Skriv et helt tal uden anførselstegn.",
            "Write a whole number without quotes.",
        ));
    }
    number
}

/// Exactly one thing is told by a fact.
fn content(object: &mut Object<'_>, violations: &mut Findings) -> Option<FactContent> {
    const OF_A_MONTH: [&str; 6] = [
        "income",
        "ceiling_supplement",
        "benefit",
        "unemployment_benefit_days",
        "income_basis",
        "paid_weekly_hours",
    ];
    const TOLD: [&str; 4] = ["ceiling", "employment_start", "employment_end", "withdrawn"];
    let of_a_month = OF_A_MONTH.iter().filter(|key| object.has(key)).count();
    let told = of_a_month + TOLD.iter().filter(|key| object.has(key)).count();
    if told != 1 || object.has("income_month") != (of_a_month == 1) {
        violations.push(fault(
            &object.pointer,
            "fact-told-otherwise-than-once",
            "Skriv én ting: `income`, `ceiling_supplement`, `benefit`, `unemployment_benefit_days`, `income_basis` eller `paid_weekly_hours` med `income_month`, eller `ceiling`, `employment_start`, `employment_end` eller `withdrawn`.",
            "Tell one thing: `income`, `ceiling_supplement`, `benefit`, `unemployment_benefit_days`, `income_basis` or `paid_weekly_hours` with `income_month`, or `ceiling`, `employment_start`, `employment_end` or `withdrawn`.",
        ));
    }
    let of = object.optional("income_month");
    let of = of.and_then(|(value, at)| month(value, &at, violations));
    let [paid, supplement, received] = ["income", "ceiling_supplement", "benefit"].map(|key| object.optional(key));
    let has_days = object.has("unemployment_benefit_days");
    let days = object.days("unemployment_benefit_days", MOST_BENEFIT_DAYS.into(), violations);
    let (ceiling, withdrawn) = (object.optional("ceiling"), object.optional("withdrawn"));
    let [start, end] = ["employment_start", "employment_end"].map(|key| object.optional(key));
    let has_basis = object.has("income_basis");
    let basis = income_basis(object, violations);
    let paid_hours = object.optional("paid_weekly_hours");
    if let Some((value, at)) = paid {
        return income(value, &at, violations).and_then(|income| Some(FactContent::Income(of?, income)));
    }
    if let Some((value, at)) = supplement {
        return amount(value, &at, violations).and_then(|amount| Some(FactContent::CeilingSupplement(of?, amount)));
    }
    if let Some((value, at)) = received {
        return benefit(value, &at, violations).and_then(|benefit| Some(FactContent::Benefit(of?, benefit)));
    }
    if has_days {
        return of.map(|of| FactContent::UnemploymentBenefitDays(of, days));
    }
    if has_basis {
        return of.map(|of| FactContent::IncomeBasis(of, basis));
    }
    if let Some((value, at)) = paid_hours {
        return hours(value, &at, violations).and_then(|hours| Some(FactContent::PaidWeeklyHours(of?, hours)));
    }
    if let Some((value, at)) = start {
        return date(value, &at, violations).map(FactContent::EmploymentStart);
    }
    if let Some((value, at)) = end {
        return date(value, &at, violations).map(FactContent::EmploymentEnd);
    }
    if let Some((value, at)) = ceiling {
        return period(value, &at, violations).map(FactContent::Ceiling);
    }
    let (value, at) = withdrawn?;
    if value.as_bool() != Some(true) {
        violations.push(fault(
            &at,
            "not-withdrawn",
            "Skriv `true`, eller udelad feltet.",
            "Write `true`, or leave the field out.",
        ));
    }
    Some(FactContent::Withdrawn)
}

/// Each id stands once, and what is replaced is there.
fn check_ids(facts: &[Fact], violations: &mut Findings) {
    let all: BTreeSet<u64> = facts.iter().map(|fact| fact.id).collect();
    let mut seen = BTreeSet::new();
    for fact in facts {
        if violations.is_full() {
            return;
        }
        if !seen.insert(fact.id) {
            violations.push(fault(
                "/facts",
                "fact-id-twice",
                format!("Oplysning {} står to gange: giv hver sit nummer.", fact.id),
                format!("Fact {} stands twice: give each its own number.", fact.id),
            ));
        }
        if fact.replaces.is_some_and(|replaced| !all.contains(&replaced)) {
            violations.push(fault(
                "/facts",
                "replaced-fact-missing",
                format!("Oplysning {} retter en, der ikke står i listen.", fact.id),
                format!("Fact {} corrects one that is not in the list.", fact.id),
            ));
        }
        if matches!(fact.content, FactContent::Withdrawn) && fact.replaces.is_none() {
            violations.push(fault(
                "/facts",
                "withdrawn-replaces-nothing",
                format!("Oplysning {} falder bort, men `replaces` mangler.", fact.id),
                format!("Fact {} is withdrawn, but `replaces` is missing.", fact.id),
            ));
        }
    }
}
