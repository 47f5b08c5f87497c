//! The form definitions against their worked examples, and what must hold whatever is sent.

mod added_fields;
mod cases;
mod coverage;
mod files;
mod intake;
mod intake_books;
mod intake_traps;
mod properties;
mod published;
mod story_input;

use std::sync::LazyLock;

use fleksport::{
    calculate::RuleBook,
    finding::Violation,
    form::{Form, FormLibrary},
    receive::{self, RawSubmission},
    record::Submission,
    validate::{self},
};
use jiff::civil::{Date, date};
use serde_json::Value;

/// The forms as they are built in.
static LIBRARY: LazyLock<FormLibrary> = LazyLock::new(|| FormLibrary::embedded().expect("the forms pass lint"));

/// The rules as they are built in.
static RULES: LazyLock<RuleBook> = LazyLock::new(|| RuleBook::embedded().expect("the rules load"));

/// The day of all tests that don't say another.
const TODAY: Date = date(2026, 11, 22);

fn form() -> &'static Form {
    LIBRARY.find("fleksjob-wage", "1.0").expect("the form is built in")
}

/// Sends a body through stages 1 and 2, as every channel does.
fn send(body: &Value) -> Result<Submission, Vec<Violation>> {
    check(&receive::json(body.to_string().as_bytes())?)
}

/// Stage 2 for what stage 1 made of some bytes.
fn check(raw: &RawSubmission) -> Result<Submission, Vec<Violation>> {
    validate::validate(form(), &RULES, raw, TODAY)
}
