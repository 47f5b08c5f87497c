use jiff::civil::Date;

use crate::{
    finding::{Findings, Level, Violation},
    form::{Field, Rule, Scope, Sheet, Truth},
    record::Answer,
};

/// Holds the answers of one place against the rules of their fields.
///
/// A warning or hint about an answer is kept back where an error about the same answer speaks already.
pub(super) fn check<'f>(
    fields: impl Iterator<Item = &'f Field>,
    sheet: &Sheet<'_>,
    position: usize,
    today: Date,
    findings: &mut Findings,
) {
    for field in fields {
        let Some(answer) = sheet.answers.get(&field.id) else {
            continue;
        };
        let broken: Vec<&Rule> = field
            .rules
            .iter()
            .filter(|rule| is_broken(rule, answer, sheet, today))
            .collect();
        let is_refused = broken.iter().any(|rule| rule.level == Level::Error);
        for rule in broken
            .into_iter()
            .filter(|rule| rule.level == Level::Error || !is_refused)
        {
            findings.push(violation(rule, field.pointer(position)));
        }
    }
}

/// Whether an error rule of any field is broken.
pub(super) fn refuse_anything(sheet: &Sheet<'_>, scope: Scope) -> bool {
    let today = sheet.reading().today;
    let mut fields = sheet
        .form()
        .fields_of(scope)
        .filter_map(|field| Some((field, sheet.answers.get(&field.id)?)));
    fields.any(|(field, answer)| {
        let mut errors = field.rules.iter().filter(|rule| rule.level == Level::Error);
        errors.any(|rule| is_broken(rule, answer, sheet, today))
    })
}

fn is_broken(rule: &Rule, answer: &Answer, sheet: &Sheet<'_>, today: Date) -> bool {
    let speaks = rule.when.as_ref().is_none_or(|when| sheet.holds(when) == Truth::Yes);
    speaks && rule.check.is_broken(answer, &sheet.answers, today)
}

/// What a broken rule says, about a place.
pub(super) fn violation(rule: &Rule, pointer: String) -> Violation {
    Violation {
        pointer,
        code: rule.code.clone(),
        level: rule.level,
        message: rule.message.clone(),
        hint: None,
    }
}
