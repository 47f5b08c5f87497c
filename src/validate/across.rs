//! What only shows when the reports of a submission are seen together.

use std::collections::BTreeMap;

use super::{report::Draft, rules};
use crate::{
    finding::{Findings, Violation},
    form::{Check, Field, Form, Rule, Scope},
    record::{Answer, Answers},
    value::Localized,
};

/// Compares each report with those before it.
pub(super) fn check(form: &Form, drafts: &[Draft<'_>], findings: &mut Findings) {
    find_same_reports(form, drafts, findings);
    for field in form.fields_of(Scope::Report) {
        for rule in &field.rules {
            if let Check::OnePer { field: other } = &rule.check {
                find_second_owners(field, rule, other, drafts, findings);
            }
        }
    }
}

fn find_same_reports(form: &Form, drafts: &[Draft<'_>], findings: &mut Findings) {
    let mut seen = BTreeMap::new();
    for draft in drafts {
        let Some(same) = form.kind(draft.kind).map(|kind| &kind.same_report) else {
            continue;
        };
        let values: Option<Vec<String>> = same
            .fields
            .iter()
            .map(|field| compared(&draft.answers, field))
            .collect();
        let Some(values) = values else { continue };
        let first = *seen.entry((draft.kind, values)).or_insert(draft.position);
        if first != draft.position {
            let violation = Violation {
                pointer: format!("/reports/{}", draft.position),
                code: "same-report".to_owned(),
                level: same.level,
                message: same.message.clone(),
                hint: Some(first_one(first)),
            };
            findings.push(violation);
        }
    }
}

fn first_one(position: usize) -> Localized {
    let number = position + 1;
    Localized::new(
        format!("Den første er indberetning nr. {number}."),
        format!("The first one is report no. {number}."),
    )
}

/// The answer in a form in which equal answers are equal: capital letters don't matter.
fn compared(answers: &Answers, field: &str) -> Option<String> {
    answers
        .get(field)
        .map(|answer| answer.to_plain_json().to_string().to_lowercase())
}

/// Reports whose answer stood with another answer to `other` before.
fn find_second_owners(field: &Field, rule: &Rule, other: &str, drafts: &[Draft<'_>], findings: &mut Findings) {
    let mut owners: BTreeMap<String, &Answer> = BTreeMap::new();
    for draft in drafts {
        let (Some(value), Some(owner)) = (compared(&draft.answers, &field.id), draft.answers.get(other)) else {
            continue;
        };
        let first = *owners.entry(value).or_insert(owner);
        if first != owner {
            findings.push(rules::violation(rule, field.pointer(draft.position)));
        }
    }
}
