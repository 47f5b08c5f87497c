//! The full-time wage built from its parts: answers into the plain values of the calculation, and the total back into the answers.

use super::{messages, rules};
use crate::{
    calculate::{
        self, BuildUp, Contribution, FreeChoice, FreeChoicePayout, HolidayScheme, PensionOn, RuleBook, WageUnit,
    },
    finding::Findings,
    form::{Field, Scope, Sheet},
    record::{Answer, Answers, Report},
    value::{Money, Month},
};

/// What the report tells of the parts of the wage; nothing where the total was known.
pub fn build_up_of(report: &Report) -> Option<BuildUp> {
    from_answers(&report.answers)
}

/// Computes the fields that the form computes and puts them among the answers.
///
/// Where a part is wrong there is nothing to compute, and saying so would only repeat the fault.
pub(super) fn compute(sheet: &mut Sheet<'_>, book: &RuleBook, position: usize, findings: &mut Findings) {
    let waiting = std::mem::take(&mut sheet.to_compute);
    if waiting.is_empty() || rules::refuse_anything(sheet, Scope::Report) {
        return;
    }
    let Some(input) = from_answers(&sheet.answers) else {
        return;
    };
    let total = calculate::build_up(book, &input).total;
    for field in waiting {
        match total {
            Some(total) => put(sheet, field, total, position, findings),
            None => findings.push(messages::total_not_computable(field, position)),
        }
    }
}

fn put(sheet: &mut Sheet<'_>, field: &Field, total: Money, position: usize, findings: &mut Findings) {
    let computed = Answer::Money(total);
    if sheet
        .sent_for_computed
        .get(field.id.as_str())
        .is_some_and(|sent| *sent != computed)
    {
        findings.push(messages::total_differs(field, position));
    }
    sheet.answers.insert(&field.id, computed);
}

fn from_answers(answers: &Answers) -> Option<BuildUp> {
    if answers.choice("entry_mode")? != "build_up" {
        return None;
    }
    let amount = |field: &str| answers.money(field).copied().unwrap_or(Money::ZERO);
    Some(BuildUp {
        month: Month::of(*answers.date("valid_from")?),
        wage_unit: match answers.choice("wage_unit")?.as_str() {
            "hour" => WageUnit::Hour,
            "two_weeks" => WageUnit::TwoWeeks,
            _ => WageUnit::Month,
        },
        base_wage: *answers.money("base_wage")?,
        fixed_supplements_total: *answers.money("fixed_supplements_total")?,
        full_time_weekly_hours: *answers.hours("full_time_weekly_hours")?,
        variable_supplements_average: amount("variable_supplements_average"),
        employer_pension: contribution(answers, "employer_pension"),
        employee_pension: contribution(answers, "employee_pension"),
        pension_on_supplements: pension_on(answers),
        free_choice: free_choice(answers),
        holiday: holiday(answers),
        agreed_fixed_bonus_yearly: amount("agreed_fixed_bonus_yearly"),
    })
}

fn contribution(answers: &Answers, field: &str) -> Contribution {
    match answers.get(field) {
        Some(Answer::Percent(percent)) => Contribution::Percent(*percent),
        Some(Answer::Money(amount)) => Contribution::Amount(*amount),
        _ => Contribution::None,
    }
}

fn pension_on(answers: &Answers) -> PensionOn {
    let has = |code: &str| {
        answers
            .choices("pension_on_supplements")
            .is_some_and(|chosen| chosen.iter().any(|one| one == code))
    };
    PensionOn {
        fixed_supplements: has("fixed"),
        variable_supplements: has("variable"),
        bonus: has("bonus"),
    }
}

fn free_choice(answers: &Answers) -> Option<FreeChoice> {
    let percent = *answers.percent("free_choice_percent")?;
    let payout = match answers.choice("free_choice_payout")?.as_str() {
        "lump_sum" => FreeChoicePayout::LumpSum,
        "to_pension" => FreeChoicePayout::ToPension,
        _ => FreeChoicePayout::EachPay,
    };
    Some(FreeChoice { percent, payout })
}

fn holiday(answers: &Answers) -> HolidayScheme {
    match (
        answers.choice("holiday_scheme").map(String::as_str),
        answers.percent("holiday_supplement_percent"),
    ) {
        (Some("paid_holiday"), Some(supplement)) => HolidayScheme::PaidHoliday {
            supplement: *supplement,
        },
        _ => HolidayScheme::HolidayAllowance,
    }
}
