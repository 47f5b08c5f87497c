//! What somebody has typed so far, kept between its pages as a draft.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::steps::Step;
use crate::{
    fields,
    form::{Field, FieldType, Form, Scope},
    http::web::{posted::Posted, ui::DateInput},
    receive::{self, RawSubmission},
    record::{HintReply, ReportKind},
    value::Cvr,
};

/// Between the parts of a date and the name of its field.
const PARTS: [&str; 3] = ["day", "month", "year"];

/// Known from the login, never asked.
pub const CVR: &str = fields::EMPLOYER_CVR.id();

/// All answers together, in bytes: far above what anybody types, far below what would fill a disk.
const MOST_BYTES: usize = 128 * 1_024;

/// One report in the making: answers as typed, by field id. Prints nothing of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the form that was begun on.
    pub form_version: String,
    answers: BTreeMap<String, String>,
    /// What is answered to hints, by the names of the fields that ask for it.
    replies: BTreeMap<String, String>,
    /// The fields of pages that somebody tried to leave: what is wrong with them is told.
    told: BTreeSet<String>,
}

/// How the names of the fields about a hint begin; its code and its place in the report follow.
const REPLY: &str = "hint.";
const REPLY_TEXT: &str = "hint-text.";
/// A report has a few hints; what is more comes from nobody's page.
const MOST_REPLIES: usize = 100;

/// The name of the field that asks how a hint is answered, and of the one for its explanation.
pub fn reply_names(code: &str, pointer: &str) -> [String; 2] {
    [REPLY, REPLY_TEXT].map(|start| format!("{start}{code}{pointer}"))
}

impl Entry {
    /// Nothing typed yet.
    pub fn new(form_version: String) -> Self {
        Self {
            form_version,
            answers: BTreeMap::new(),
            replies: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Takes in what a page sent: its own questions are answered anew, the others stay as they are.
    pub fn take(&mut self, form: &Form, step: &Step, posted: &Posted) {
        let shown: BTreeSet<&str> = posted.get("shown").split(' ').collect();
        for field in form.fields() {
            let is_here = shown.contains(field.id.as_str()) || names(field).iter().any(|name| posted.has(name));
            let text = if is_here { typed(field, posted) } else { continue };
            if text.trim().is_empty() {
                self.answers.remove(&field.id);
            } else {
                self.answers.insert(field.id.clone(), text);
            }
        }
        if *step == Step::Review {
            let replies = posted.beginning(REPLY).chain(posted.beginning(REPLY_TEXT));
            let replies = replies.filter(|(_, text)| !text.trim().is_empty()).take(MOST_REPLIES);
            self.replies = replies.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        }
    }

    /// Answers a field as if it had been typed; empty for no answer.
    pub fn put(&mut self, field: &str, text: String) {
        if text.trim().is_empty() {
            self.answers.remove(field);
        } else {
            self.answers.insert(field.to_owned(), text);
        }
    }

    /// From now on what is wrong with these fields is told.
    pub fn tell<'f>(&mut self, fields: impl Iterator<Item = &'f Field>) {
        self.told.extend(fields.map(|field| field.id.clone()));
    }

    pub fn is_told(&self, field: &str) -> bool {
        self.told.contains(field)
    }

    /// Whether it is more than a report could be.
    pub fn is_too_long(&self) -> bool {
        let each = self.answers.iter().chain(&self.replies);
        each.map(|(name, text)| name.len() + text.len()).sum::<usize>() > MOST_BYTES
    }

    pub fn answers(&self) -> &BTreeMap<String, String> {
        &self.answers
    }

    pub fn get(&self, field: &str) -> &str {
        self.answers.get(field).map(String::as_str).unwrap_or_default()
    }

    pub fn kind(&self) -> Option<ReportKind> {
        ReportKind::from_code(self.get(fields::REPORT_KIND.id()))
    }

    /// What was typed into a field about a hint.
    pub fn reply(&self, name: &str) -> &str {
        self.replies.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The hints answered, by what follows the beginning of the fields' names, in the order in which they are sent.
    pub fn replied(&self) -> Vec<&str> {
        let names = self.replies.keys();
        let hints = names.filter_map(|name| name.strip_prefix(REPLY).or_else(|| name.strip_prefix(REPLY_TEXT)));
        let hints: BTreeSet<&str> = hints.collect();
        hints.into_iter().collect()
    }

    /// An explanation without a choice explains.
    fn hint_answers(&self) -> Vec<Value> {
        let answer = |hint: &str| {
            let (code, pointer) = hint.find('/').map_or((hint, ""), |at| hint.split_at(at));
            let [choice, text] = reply_names(code, pointer);
            let (choice, text) = (self.reply(&choice), self.reply(&text).trim());
            let choice = if choice.is_empty() {
                HintReply::Explained.as_str()
            } else {
                choice
            };
            let mut answer = json!({ "code": code, "pointer": pointer, "answer": choice });
            if !text.is_empty() {
                answer["text"] = json!(text);
            }
            answer
        };
        self.replied().into_iter().map(answer).collect()
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

    /// The same with every confirmation given and no hint answered, to see what would come of it before the last page asks for both.
    pub fn declared(&self, form: &Form) -> Self {
        let mut answers = self.answers.clone();
        answers.extend(
            form.fields_of(Scope::Submission)
                .map(|field| (field.id.clone(), "yes".to_owned())),
        );
        Self {
            answers,
            replies: BTreeMap::new(),
            ..self.clone()
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
        receive::form_fields(own, form).with_hint_answers(self.hint_answers())
    }
}

/// The names under which a field's answer comes.
fn names(field: &Field) -> Vec<String> {
    match field.kind {
        FieldType::Date => {
            let parts = PARTS.iter().map(|part| format!("{}.{part}", field.id));
            parts.chain([field.id.clone()]).collect()
        }
        _ => vec![field.id.clone()],
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
