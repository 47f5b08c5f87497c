//! Stage 1: bytes in, a [`RawSubmission`] out. Pure.
//!
//! All channels end in the same shape: the JSON object of a submission, with every value as it was written. What a value means is for
//! [`validate`](crate::validate) to say.

mod cell;
mod csv;
mod decimal;
mod encoding;
mod form_fields;
mod gathered;
mod headings;
mod json;
mod kind;
pub(crate) mod messages;
mod number_format;
mod table;
mod xlsx;

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

pub use csv::csv;
pub use form_fields::form_fields;
pub use json::{json, json_until, json_value};
pub use xlsx::xlsx;

use crate::{
    finding::{Findings, Places},
    form::canonical::{Numbers, canonical_json},
    record::HINT_ANSWERS,
    value::{NumberFormat, Redacted, clean},
};

/// The longest answer has 300 characters; nobody writes this much by mistake.
const MAX_CHARACTERS: usize = 4_000;

/// A submission as it came. Prints nothing of it.
#[derive(Clone)]
pub struct RawSubmission {
    /// The form that it names.
    pub form: Option<String>,
    /// The version that it names; the one in force where it names none.
    pub form_version: Option<String>,
    /// The submission object, values as written.
    pub body: Value,
    /// How numbers are written in it.
    pub number_format: NumberFormat,
    /// The bytes, kept as they came.
    pub original: Redacted<Vec<u8>>,
    /// What was wrong with the bytes without making them unreadable, such as a repeated name or an unknown column; told together
    /// with all else by [`validate`](crate::validate::validate).
    pub findings: Findings,
    /// For a file: where each answer stands in it.
    pub places: Places,
}

/// What the sender of a file has chosen where the file leaves a choice.
#[derive(Debug, Clone, Default)]
pub struct FileChoices {
    /// Whether rows that are not shown go along; asked where nothing is chosen.
    pub hidden_rows: Option<HiddenRows>,
    /// Leave out columns that the form does not know.
    pub ignore_unknown_columns: bool,
    /// The sheet of a workbook; the only one with headings where none is named.
    pub sheet: Option<String>,
}

/// What becomes of rows that are hidden by hand or by a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenRows {
    Send,
    LeaveOut,
}

impl RawSubmission {
    /// A submission that the service puts together itself, from answers that it read before.
    pub fn of_body(body: Value) -> Self {
        let original = Redacted::new(body.to_string().into_bytes());
        Self::new(body, NumberFormat::Machine, original)
    }

    /// The one report of a page with what was answered to its hints.
    #[must_use]
    pub fn with_hint_answers(mut self, answers: Vec<Value>) -> Self {
        let report = self.body.pointer_mut("/reports/0").and_then(Value::as_object_mut);
        if let (Some(report), false) = (report, answers.is_empty()) {
            report.insert(HINT_ANSWERS.to_owned(), Value::Array(answers));
            self.original = Redacted::new(self.body.to_string().into_bytes());
        }
        self
    }

    fn new(mut body: Value, number_format: NumberFormat, original: Redacted<Vec<u8>>) -> Self {
        clean_texts(&mut body);
        let named = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            form: named("form"),
            form_version: named("form_version"),
            body,
            number_format,
            original,
            findings: Findings::new(),
            places: Places::default(),
        }
    }
}

/// Makes every text one that can be compared; the bytes stay as they came.
fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_ascii() => *text = clean(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(clean_texts),
        Value::Object(members) => members.values_mut().for_each(clean_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl fmt::Debug for RawSubmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSubmission")
            .field("number_format", &self.number_format)
            .finish_non_exhaustive()
    }
}

/// SHA-256 over the canonical JSON (RFC 8785) of the content, so that the order of names and blanks between them don't matter.
///
/// Text in another number format is other content, even when the characters are the same.
pub fn content_digest(raw: &RawSubmission) -> [u8; 32] {
    let text = canonical_json(&raw.body, Numbers::AsWritten)
        .expect("with numbers as they are written every JSON value has a canonical text");
    let mut digest = Sha256::new();
    if raw.number_format != NumberFormat::Machine {
        digest.update(b"danish\n");
    }
    digest.update(text.as_bytes());
    digest.finalize().into()
}
