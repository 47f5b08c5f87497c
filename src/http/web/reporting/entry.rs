//! What somebody has typed so far, carried from page to page by the form itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    form::{Field, FieldType, Form, Scope},
    http::web::{posted::Posted, ui::DateInput},
    receive::{self, RawSubmission},
    record::{HintReply, ReportKind},
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
    /// What is answered to hints, by the names of the fields that ask for it.
    replies: BTreeMap<String, String>,
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
    pub fn new(key: String) -> Self {
        Self {
            key,
            answers: BTreeMap::new(),
            replies: BTreeMap::new(),
        }
    }

    /// Everything that the form carries, of this and earlier pages.
    pub fn read(form: &Form, posted: &Posted) -> Self {
        let answered = form
            .fields()
            .iter()
            .map(|field| (field.id.clone(), typed(field, posted)));
        let answers = answered.filter(|(_, text)| !text.trim().is_empty()).collect();
        let replies = posted.beginning(REPLY).chain(posted.beginning(REPLY_TEXT));
        let replies = replies.filter(|(_, text)| !text.trim().is_empty()).take(MOST_REPLIES);
        Self {
            key: posted.get("key").to_owned(),
            answers,
            replies: replies.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
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

    /// The answers that another page asks for, to be carried along: one field for each choice of a list.
    pub fn carried(&self, form: &Form, asked_here: &[&str], with_replies: bool) -> Vec<(&str, &str)> {
        let others = self.answers.iter().filter(|(id, _)| !asked_here.contains(&id.as_str()));
        let replies = self.replies.iter().filter(|_| with_replies);
        let mut carried: Vec<_> = replies.map(|(name, text)| (name.as_str(), text.as_str())).collect();
        for (id, text) in others {
            match form.field(id).map(|field| &field.kind) {
                Some(FieldType::Choices { .. }) => carried.extend(text.split('|').map(|code| (id.as_str(), code))),
                _ => carried.push((id.as_str(), text.as_str())),
            }
        }
        carried
    }

    /// The same with every confirmation given and no hint answered, to see what would come of it before the last page asks for both.
    pub fn declared(&self, form: &Form) -> Self {
        let mut answers = self.answers.clone();
        answers.extend(
            form.fields_of(Scope::Submission)
                .map(|field| (field.id.clone(), "yes".to_owned())),
        );
        Self {
            key: self.key.clone(),
            answers,
            replies: BTreeMap::new(),
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
