//! What somebody has typed so far, carried from page to page by the form itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    form::{Field, FieldType, Form, Scope},
    http::web::{posted::Posted, ui::DateInput},
    receive::RawSubmission,
    record::ReportKind,
    value::{Cvr, NumberFormat, Redacted},
};

/// Between the parts of a date and the name of its field.
const PARTS: [&str; 3] = ["day", "month", "year"];

/// One report in the making: answers as typed, by field id. Prints nothing of it.
pub struct Entry {
    /// What makes two clicks on "send" one submission.
    pub key: String,
    answers: BTreeMap<String, String>,
}

impl Entry {
    /// Nothing typed yet.
    pub fn new(key: String) -> Self {
        Self { key, answers: BTreeMap::new() }
    }

    /// Everything that the form carries, of this and earlier pages.
    pub fn read(form: &Form, posted: &Posted) -> Self {
        let answered = form.fields().iter().map(|field| (field.id.clone(), typed(field, posted)));
        let answers = answered.filter(|(_, text)| !text.trim().is_empty()).collect();
        Self { key: posted.get("key").to_owned(), answers }
    }

    pub fn answers(&self) -> &BTreeMap<String, String> {
        &self.answers
    }

    pub fn get(&self, field: &str) -> &str {
        self.answers.get(field).map(String::as_str).unwrap_or_default()
    }

    pub fn kind(&self) -> Option<ReportKind> {
        ReportKind::from_code(self.get("report_kind"))
    }

    /// The codes chosen of a list.
    pub fn chosen<'a>(&'a self, field: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.answers.get(field).into_iter().flat_map(|codes| codes.split('|'))
    }

    /// A date in its parts, as typed.
    pub fn date(&self, field: &str) -> DateInput {
        let mut parts = self.get(field).splitn(PARTS.len(), '-').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        DateInput { day: next(), month: next(), year: next() }
    }

    /// The answers that another page asks for, to be carried along.
    pub fn carried(&self, asked_here: &[&str]) -> Vec<(&str, &str)> {
        let others = self.answers.iter().filter(|(id, _)| !asked_here.contains(&id.as_str()));
        others.map(|(id, text)| (id.as_str(), text.as_str())).collect()
    }

    /// The same with every confirmation given, to see what would come of it before the last page asks for it.
    pub fn declared(&self, form: &Form) -> Self {
        let mut answers = self.answers.clone();
        answers.extend(form.fields_of(Scope::Submission).map(|field| (field.id.clone(), "yes".to_owned())));
        Self { key: self.key.clone(), answers }
    }

    /// The submission that the answers make. Answers to questions that no longer belong to the report stay behind: they were given
    /// before another answer changed.
    pub fn submission(&self, form: &Form, cvr: &Cvr) -> RawSubmission {
        let visible = self.kind().map(|kind| form.visible_fields(kind, &self.answers)).unwrap_or_default();
        let mut employer = self.object(form.fields_of(Scope::Employer));
        employer.insert("cvr".to_owned(), Value::from(cvr.as_str()));
        let report = self.object(visible.into_iter().filter(|field| field.scope == Scope::Report));
        let mut body = self.object(form.fields_of(Scope::Submission));
        body.insert("form".to_owned(), Value::from(form.reference().id.as_str()));
        body.insert("form_version".to_owned(), Value::from(form.reference().version.as_str()));
        body.insert("employer".to_owned(), Value::Object(employer));
        body.insert("reports".to_owned(), Value::Array(vec![Value::Object(report)]));
        let body = Value::Object(body);
        RawSubmission {
            form: Some(form.reference().id.clone()),
            form_version: Some(form.reference().version.clone()),
            original: Redacted::new(body.to_string().into_bytes()),
            body,
            number_format: NumberFormat::Danish,
            findings: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn object<'f>(&self, fields: impl Iterator<Item = &'f Field>) -> Map<String, Value> {
        let given = fields.filter_map(|field| Some((field.key.clone(), Value::from(self.answers.get(&field.id)?.as_str()))));
        given.collect()
    }
}

/// The answer to one field as it came: several choices with `|` between them, a date put together from its parts.
fn typed(field: &Field, posted: &Posted) -> String {
    match field.kind {
        FieldType::Choices { .. } => posted.all(&field.id).filter(|code| !code.is_empty()).collect::<Vec<_>>().join("|"),
        FieldType::Date => {
            let parts = PARTS.map(|part| posted.get(&format!("{}.{part}", field.id)).trim().to_owned());
            if parts.iter().all(String::is_empty) { posted.get(&field.id).to_owned() } else { parts.join("-") }
        }
        _ => posted.get(&field.id).to_owned(),
    }
}
