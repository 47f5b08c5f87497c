//! What somebody has typed so far, carried from page to page by the form itself.

use std::collections::BTreeMap;

use crate::{
    form::{Field, FieldType, Form, Scope},
    http::web::{posted::Posted, ui::DateInput},
    receive::{self, RawSubmission},
    record::ReportKind,
    value::Cvr,
};

/// Between the parts of a date and the name of its field.
const PARTS: [&str; 3] = ["day", "month", "year"];

/// Known from the login, never asked.
pub const CVR: &str = "employer_cvr";

/// One report in the making: answers as typed, by field id. Prints nothing of it.
pub struct Entry {
    /// What makes two clicks on "send" one submission.
    pub key: String,
    answers: BTreeMap<String, String>,
}

impl Entry {
    /// Nothing typed yet.
    pub fn new(key: String) -> Self {
        Self {
            key,
            answers: BTreeMap::new(),
        }
    }

    /// Everything that the form carries, of this and earlier pages.
    pub fn read(form: &Form, posted: &Posted) -> Self {
        let answered = form
            .fields()
            .iter()
            .map(|field| (field.id.clone(), typed(field, posted)));
        let answers = answered.filter(|(_, text)| !text.trim().is_empty()).collect();
        Self {
            key: posted.get("key").to_owned(),
            answers,
        }
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
        DateInput {
            day: next(),
            month: next(),
            year: next(),
        }
    }

    /// The answers that another page asks for, to be carried along: one field for each choice of a list.
    pub fn carried(&self, form: &Form, asked_here: &[&str]) -> Vec<(&str, &str)> {
        let others = self.answers.iter().filter(|(id, _)| !asked_here.contains(&id.as_str()));
        let mut carried = Vec::new();
        for (id, text) in others {
            match form.field(id).map(|field| &field.kind) {
                Some(FieldType::Choices { .. }) => carried.extend(text.split('|').map(|code| (id.as_str(), code))),
                _ => carried.push((id.as_str(), text.as_str())),
            }
        }
        carried
    }

    /// The same with every confirmation given, to see what would come of it before the last page asks for it.
    pub fn declared(&self, form: &Form) -> Self {
        let mut answers = self.answers.clone();
        answers.extend(
            form.fields_of(Scope::Submission)
                .map(|field| (field.id.clone(), "yes".to_owned())),
        );
        Self {
            key: self.key.clone(),
            answers,
        }
    }

    /// The submission that the answers make. Answers to questions that no longer belong to the report stay behind: they were given
    /// before another answer changed. What is computed is left to the pipeline.
    pub fn submission(&self, form: &Form, cvr: &Cvr) -> RawSubmission {
        let sections = self
            .kind()
            .map(|kind| form.visible_sections(kind, &self.answers))
            .unwrap_or_default();
        let visible = sections
            .iter()
            .flat_map(|section| section.fields.iter().filter(|field| !section.computed.contains(field)));
        let asked = visible
            .copied()
            .chain(form.fields_of(Scope::Employer))
            .chain(form.fields_of(Scope::Submission));
        let given = asked.filter_map(|field| Some((field.id.clone(), self.answers.get(&field.id)?.clone())));
        let own = given
            .filter(|(id, _)| id != CVR)
            .chain([(CVR.to_owned(), cvr.as_str().to_owned())]);
        receive::form_fields(own, form)
    }
}

/// The answer to one field as it came: several choices with `|` between them, a date put together from its parts.
fn typed(field: &Field, posted: &Posted) -> String {
    match field.kind {
        FieldType::Choices { .. } => posted
            .all(&field.id)
            .filter(|code| !code.is_empty())
            .collect::<Vec<_>>()
            .join("|"),
        FieldType::Date => {
            let parts = PARTS.map(|part| posted.get(&format!("{}.{part}", field.id)).trim().to_owned());
            if parts.iter().all(String::is_empty) {
                posted.get(&field.id).to_owned()
            } else {
                parts.join("-")
            }
        }
        _ => posted.get(&field.id).to_owned(),
    }
}
