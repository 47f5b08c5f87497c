//! The fixed shape around the answers: form, employer, declaration, reports.

use serde_json::{Map, Value};
use validator::Validate;

use super::messages;
use crate::{
    finding::{Findings, unknown_names},
    form::{Form, Scope},
    record::MAX_REPORTS,
    value::Localized,
};

/// A submission taken apart, as far as it has the right shape.
pub(super) struct Envelope<'a> {
    pub top: &'a Map<String, Value>,
    pub employer: Option<&'a Map<String, Value>>,
    pub reports: &'a [Value],
}

/// The parts of the envelope whose size is limited.
#[derive(Validate)]
struct Sizes {
    #[validate(range(min = 1, max = MAX_REPORTS))]
    reports: usize,
}

/// The names beside those of the form's own fields.
const FIXED: [&str; 4] = ["form", "form_version", "employer", "reports"];

/// Takes a submission apart. Nothing when it is not even an object.
pub(super) fn open<'a>(form: &Form, body: &'a Value, findings: &mut Findings) -> Option<Envelope<'a>> {
    let Some(top) = body.as_object() else {
        findings.push(messages::wrong_type("", an_object()));
        return None;
    };
    let mut names: Vec<&str> = FIXED.to_vec();
    names.extend(form.fields_of(Scope::Submission).map(|field| field.key.as_str()));
    unknown_names(top, &names, "", findings);
    check_form(form, top, findings);
    Some(Envelope {
        top,
        employer: open_employer(form, top, findings),
        reports: open_reports(top, findings),
    })
}

fn check_form(form: &Form, top: &Map<String, Value>, findings: &mut Findings) {
    let reference = form.reference();
    if top.get("form").is_some_and(|id| id.as_str() != Some(&reference.id)) {
        findings.push(messages::form_unknown(&reference.id));
    }
    if top
        .get("form_version")
        .is_some_and(|version| version.as_str() != Some(&reference.version))
    {
        findings.push(messages::form_version_unknown(&reference.version));
    }
}

fn open_employer<'a>(
    form: &Form,
    top: &'a Map<String, Value>,
    findings: &mut Findings,
) -> Option<&'a Map<String, Value>> {
    match top.get("employer") {
        None | Some(Value::Null) => findings.push(messages::employer_missing()),
        Some(Value::Object(employer)) => {
            let names: Vec<&str> = form
                .fields_of(Scope::Employer)
                .map(|field| field.key.as_str())
                .collect();
            unknown_names(employer, &names, "/employer", findings);
            return Some(employer);
        }
        Some(_) => findings.push(messages::wrong_type("/employer", an_object())),
    }
    None
}

fn open_reports<'a>(top: &'a Map<String, Value>, findings: &mut Findings) -> &'a [Value] {
    let reports = match top.get("reports") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(reports)) => reports.as_slice(),
        Some(_) => {
            let expected = Localized::new(
                "Skriv indberetningerne som en liste af objekter.",
                "Write the reports as a list of objects.",
            );
            findings.push(messages::wrong_type("/reports", expected));
            return &[];
        }
    };
    if (Sizes { reports: reports.len() }).validate().is_ok() {
        return reports;
    }
    findings.push(match reports.len() {
        0 => messages::reports_missing(),
        _ => messages::reports_too_many(MAX_REPORTS),
    });
    &[]
}

/// What an object should look like.
pub(super) fn an_object() -> Localized {
    Localized::new(
        "Skriv det som et objekt med navne og svar.",
        "Write it as an object with names and answers.",
    )
}
