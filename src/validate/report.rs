//! One report: which fields it has, what they say, and whether they go together.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{build_up, envelope::an_object, hint_answers, messages, probable, rules, tell};
use crate::{
    calculate::RuleBook,
    fields,
    finding::{Findings, Violation, unknown_field, unknown_names},
    form::{Content, Field, Form, Kind, Reading, Scope, Sheet},
    record::{Answer, Answers, Correction, CorrectionAction, Employee, HINT_ANSWERS, HintAnswer, Report, ReportKind},
    value::Redacted,
};

/// A report that was read, perhaps with faults.
pub(super) struct Draft<'a> {
    pub position: usize,
    pub kind: ReportKind,
    /// For a replacing correction the kind it replaces.
    content: Option<ReportKind>,
    pub answers: Answers,
    hint_answers: Vec<HintAnswer>,
    raw: &'a Value,
}

/// Reads one report and tells all that is wrong with it. Nothing where not even its kind is known.
pub(super) fn check<'a>(
    form: &Form,
    book: &RuleBook,
    position: usize,
    value: &'a Value,
    reading: Reading,
    findings: &mut Findings,
) -> Option<Draft<'a>> {
    let place = format!("/reports/{position}");
    let Some(object) = value.as_object() else {
        findings.push(messages::wrong_type(&place, an_object()));
        return None;
    };
    let mut sheet = Sheet::new(form, reading);
    let Some(kind) = kind_of(form, object, reading) else {
        check_without_kind(form, position, object, sheet, findings);
        return None;
    };
    let mut wanted: BTreeSet<&str> = kind.field_ids().collect();
    sheet.fill(&wanted, object);
    let content = form.content_of(kind, &sheet, object);
    if let Content::Of(content) = content {
        let more: BTreeSet<&str> = content.field_ids().filter(|id| !wanted.contains(id)).collect();
        sheet.fill(&more, object);
        wanted.extend(more);
    }
    let content = settle_content(form, kind, content, position, &mut sheet, findings);
    tell(std::mem::take(&mut sheet.findings), position, findings);
    if content.is_known {
        tell_strangers(form, kind, &wanted, position, object, findings);
    }
    build_up::compute(&mut sheet, book, position, findings);
    rules::check(form.fields_of(Scope::Report), &sheet, position, reading.today, findings);
    probable::check(
        form.fields_of(Scope::Report),
        &sheet.answers,
        position,
        reading.today,
        findings,
    );
    Some(Draft {
        position,
        kind: kind.code,
        content: content.kind,
        answers: sheet.answers,
        hint_answers: hint_answers::read(object, position, reading.today, findings),
        raw: value,
    })
}

fn kind_of<'f>(form: &'f Form, object: &Map<String, Value>, reading: Reading) -> Option<&'f Kind> {
    let field = form.field(KIND_FIELD)?;
    match field.read(object.get(&field.key)?, reading).ok()? {
        Answer::Choice(code) => form.kind(ReportKind::from_code(&code)?),
        _ => None,
    }
}

const KIND_FIELD: &str = fields::REPORT_KIND.id();

/// Without a kind only what is there can be read: what is missing, or too much, nobody can tell.
fn check_without_kind<'f>(
    form: &'f Form,
    position: usize,
    object: &Map<String, Value>,
    mut sheet: Sheet<'f>,
    findings: &mut Findings,
) {
    let given = form
        .fields_of(Scope::Report)
        .filter(|field| object.contains_key(&field.key) && field.condition.is_none());
    let read = given.map(|field| field.id.as_str()).chain([KIND_FIELD]).collect();
    sheet.fill(&read, object);
    tell(std::mem::take(&mut sheet.findings), position, findings);
    let fields = form.fields_of(Scope::Report).map(|field| field.key.as_str());
    let names: Vec<&str> = fields.chain([HINT_ANSWERS]).collect();
    unknown_names(object, &names, &format!("/reports/{position}"), findings);
}

/// The kind whose fields are answered besides the report's own.
struct ContentKind {
    kind: Option<ReportKind>,
    /// Whether it is clear which fields belong to the report.
    is_known: bool,
}

fn settle_content(
    form: &Form,
    kind: &Kind,
    content: Content<'_>,
    position: usize,
    sheet: &mut Sheet<'_>,
    findings: &mut Findings,
) -> ContentKind {
    let naming = kind.content.as_ref().and_then(|content| form.field(&content.field));
    match (content, naming) {
        (Content::Of(of), Some(field)) => {
            sheet
                .answers
                .insert(&field.id, Answer::Choice(of.code.as_str().to_owned()));
            ContentKind {
                kind: Some(of.code),
                is_known: true,
            }
        }
        (Content::Unclear, Some(field)) => {
            findings.push(messages::corrected_kind_unclear(field, position));
            ContentKind {
                kind: None,
                is_known: false,
            }
        }
        (Content::Open, _) => ContentKind {
            kind: None,
            is_known: false,
        },
        (Content::None | Content::Of(_) | Content::Unclear, _) => ContentKind {
            kind: None,
            is_known: true,
        },
    }
}

/// Members that are no field of this report: of another kind, of another place, or of none.
fn tell_strangers(
    form: &Form,
    kind: &Kind,
    wanted: &BTreeSet<&str>,
    position: usize,
    object: &Map<String, Value>,
    findings: &mut Findings,
) {
    let place = format!("/reports/{position}");
    let of_reports: Vec<&Field> = form.fields_of(Scope::Report).collect();
    let wanted_keys: Vec<&str> = of_reports
        .iter()
        .filter(|field| wanted.contains(field.id.as_str()))
        .map(|field| field.key.as_str())
        .collect();
    let known = |name: &str| name == HINT_ANSWERS || wanted_keys.contains(&name);
    for (name, value) in object.iter().filter(|(name, _)| !known(name)) {
        if findings.is_full() {
            return;
        }
        match of_reports.iter().find(|field| field.key == *name) {
            Some(field) if crate::form::is_answered(field, Some(value)) => {
                findings.push(messages::kind_lacks(field, kind, position));
            }
            Some(_) => {}
            None => {
                let meant = findings.suggestion(name, &wanted_keys);
                findings.push(unknown_field(&place, name, meant));
            }
        }
    }
}

impl Draft<'_> {
    /// The typed report, of a draft in which nothing is wrong.
    pub fn into_report(self, notices: Vec<Violation>) -> Option<Report> {
        let answers = &self.answers;
        let employee = Employee {
            cpr: answers.read(fields::EMPLOYEE_CPR)?.clone(),
            name: Redacted::new(answers.read(fields::EMPLOYEE_NAME)?.to_owned()),
        };
        let correction = match self.kind {
            ReportKind::Correction => Some(Correction {
                corrects: answers.read(fields::CORRECTS_REPORT_ID)?,
                action: match self.content {
                    Some(as_kind) => CorrectionAction::Replace { as_kind },
                    None => CorrectionAction::Withdraw,
                },
            }),
            _ => None,
        };
        Some(Report {
            kind: self.kind,
            correction,
            employee,
            answers: self.answers,
            raw: Redacted::new(self.raw.clone()),
            notices,
            hint_answers: self.hint_answers,
        })
    }
}
