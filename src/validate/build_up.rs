//! The full-time wage built from its parts: answers into the plain values of the calculation, and the total back into the answers.

use super::{messages, rules};
use crate::{
    calculate::{self, BuildUp, Contribution, FreeChoice, HolidayScheme, PensionOn, RuleBook},
    fields::{self, EntryMode, HolidayCode, PensionBase},
    finding::Findings,
    form::{Field, Scope, Sheet},
    record::{Answer, Answers, Report, Share},
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
    if answers.read(fields::ENTRY_MODE)? != EntryMode::BuildUp {
        return None;
    }
    let amount = |field| answers.read(field).unwrap_or(Money::ZERO);
    Some(BuildUp {
        month: Month::of(answers.read(fields::VALID_FROM)?),
        wage_unit: answers.read(fields::WAGE_UNIT)?,
        base_wage: answers.read(fields::BASE_WAGE)?,
        fixed_supplements_total: answers.read(fields::FIXED_SUPPLEMENTS_TOTAL)?,
        full_time_weekly_hours: answers.read(fields::FULL_TIME_WEEKLY_HOURS)?,
        variable_supplements_average: amount(fields::VARIABLE_SUPPLEMENTS_AVERAGE),
        employer_pension: contribution(answers.read(fields::EMPLOYER_PENSION)),
        employee_pension: contribution(answers.read(fields::EMPLOYEE_PENSION)),
        pension_on_supplements: pension_on(&answers.read(fields::PENSION_ON_SUPPLEMENTS).unwrap_or_default()),
        free_choice: free_choice(answers),
        holiday: holiday(answers)?,
        agreed_fixed_bonus_yearly: amount(fields::AGREED_FIXED_BONUS_YEARLY),
    })
}

/// The field is not shown where there is no pension.
fn contribution(told: Option<Share>) -> Contribution {
    match told {
        Some(Share::Percent(percent)) => Contribution::Percent(percent),
        Some(Share::Amount(amount)) => Contribution::Amount(amount),
        None => Contribution::None,
    }
}

fn pension_on(told: &[PensionBase]) -> PensionOn {
    PensionOn {
        fixed_supplements: told.contains(&PensionBase::Fixed),
        variable_supplements: told.contains(&PensionBase::Variable),
        bonus: told.contains(&PensionBase::Bonus),
    }
}

fn free_choice(answers: &Answers) -> Option<FreeChoice> {
    Some(FreeChoice {
        percent: answers.read(fields::FREE_CHOICE_PERCENT)?,
        payout: answers.read(fields::FREE_CHOICE_PAYOUT)?,
    })
}

fn holiday(answers: &Answers) -> Option<HolidayScheme> {
    Some(match answers.read(fields::HOLIDAY_SCHEME)? {
        HolidayCode::PaidHoliday => HolidayScheme::PaidHoliday {
            supplement: answers.read(fields::HOLIDAY_SUPPLEMENT_PERCENT)?,
        },
        HolidayCode::HolidayAllowance => HolidayScheme::HolidayAllowance,
    })
}
