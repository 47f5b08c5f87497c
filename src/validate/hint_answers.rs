//! What the employer answers to hints: read with the report, and held against its hints once all of them are known. Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::messages;
use crate::{
    finding::{Findings, Violation, pointer, unknown_names},
    form::holds_cpr_number,
    receive::messages::list_too_long,
    record::{HINT_ANSWERS, HintAnswer, HintReply, MAX_EXPLANATION, Report},
    value::{FreeText, Localized},
};

/// More than any report is given hints.
const MAX_ANSWERS: usize = 100;

const MEMBERS: [&str; 4] = ["pointer", "code", "answer", "text"];

/// Hints that hang on earlier reports. That one is not given any more is no fault of the sender's: the same body must go through on
/// every channel and at every time.
const OF_EARLIER_REPORTS: [&str; 6] = [
    "ceiling-changed-much",
    "first-without-start-date",
    "person-moved",
    "position-title-nearly-known",
    "reported-before",
    "wage-far-from-last",
];

/// Reads the answers of one report and tells what is wrong with their shape.
pub(super) fn read(
    report: &Map<String, Value>,
    position: usize,
    today: Date,
    findings: &mut Findings,
) -> Vec<HintAnswer> {
    let place = format!("/reports/{position}/{HINT_ANSWERS}");
    let items = match report.get(HINT_ANSWERS) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(items)) if items.len() > MAX_ANSWERS => {
            findings.push(list_too_long(place, MAX_ANSWERS));
            return Vec::new();
        }
        Some(Value::Array(items)) => items,
        Some(_) => {
            findings.push(messages::wrong_type(&place, a_list()));
            return Vec::new();
        }
    };
    let each = items.iter().enumerate();
    each.filter_map(|(index, item)| read_one(item, &format!("{place}/{index}"), today, findings))
        .collect()
}

fn read_one(item: &Value, place: &str, today: Date, findings: &mut Findings) -> Option<HintAnswer> {
    let Some(members) = item.as_object() else {
        findings.push(messages::wrong_type(place, a_list()));
        return None;
    };
    unknown_names(members, &MEMBERS, place, findings);
    let mut text_of = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => {
            findings.push(messages::wrong_type(&format!("{place}/{name}"), a_text()));
            None
        }
    };
    let (pointer, code, answer, text) = (
        text_of("pointer")?,
        text_of("code")?,
        text_of("answer")?,
        text_of("text")?,
    );
    let Some(answer) = answer.as_deref().map(str::trim).and_then(HintReply::from_code) else {
        findings.push(messages::wrong_type(&format!("{place}/answer"), one_of_two()));
        return None;
    };
    Some(HintAnswer {
        pointer: pointer.map(|pointer| pointer.trim().to_owned()),
        code: code.unwrap_or_default().trim().to_owned(),
        answer,
        text: explanation(answer, text.as_deref(), place, today, findings)?,
    })
}

/// The text, where there is one. Nothing at all where it is wrong.
fn explanation(
    answer: HintReply,
    text: Option<&str>,
    place: &str,
    today: Date,
    findings: &mut Findings,
) -> Option<Option<FreeText>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let place = format!("{place}/text");
    let Some(text) = text else {
        if answer == HintReply::Explained {
            findings.push(messages::hint_text_missing(place));
            return None;
        }
        return Some(None);
    };
    if text.chars().count() > MAX_EXPLANATION {
        findings.push(messages::hint_text_too_long(place, MAX_EXPLANATION));
        return None;
    }
    if holds_cpr_number(text, today) {
        findings.push(messages::hint_text_has_cpr_number(place));
        return None;
    }
    match text.parse::<FreeText>() {
        Ok(text) => Some(Some(text)),
        Err(refusal) => {
            findings.push(Violation::refused(place, &refusal));
            None
        }
    }
}

/// Holds the answers of a report against the warnings and hints that it was given, all of them known by now. What was answered without
/// having been asked is told; the rest is kept with the hint it answers.
pub fn settle(position: usize, report: &mut Report) -> Vec<Violation> {
    let sent = std::mem::take(&mut report.hint_answers);
    let mut answered = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, answer) in sent.into_iter().enumerate() {
        let place = format!("/reports/{position}/{HINT_ANSWERS}/{index}");
        let hints: Vec<String> = hints_of(&answer, report).map(str::to_owned).collect();
        if hints.is_empty() {
            if OF_EARLIER_REPORTS.contains(&answer.code.as_str()) {
                report.notices.push(messages::hint_answer_not_needed(place));
            } else {
                wrong.push(messages::hint_answer_unknown(place));
            }
            continue;
        }
        for pointer in hints {
            if answered.insert((pointer.clone(), answer.code.clone())) {
                report.hint_answers.push(HintAnswer {
                    pointer: Some(pointer),
                    ..answer.clone()
                });
            } else {
                wrong.push(messages::hint_answered_twice(place.clone()));
            }
        }
    }
    wrong
}

/// The places of the hints that an answer is about, each once.
fn hints_of<'a>(answer: &'a HintAnswer, report: &'a Report) -> impl Iterator<Item = &'a str> {
    let mut seen = BTreeSet::new();
    let places = report
        .notices
        .iter()
        .map(|notice| (notice.code.as_str(), pointer::in_report(&notice.pointer)));
    places
        .filter(|(code, place)| answer.answers(code, place))
        .map(|(_, place)| place)
        .filter(move |place| seen.insert(*place))
}

fn a_list() -> Localized {
    Localized::new(
        "Skriv en liste af svar, hvert med code, answer og eventuelt pointer og text.",
        "Write a list of answers, each with code, answer and perhaps pointer and text.",
    )
}

fn a_text() -> Localized {
    Localized::new("Skriv det som tekst.", "Write it as text.")
}

fn one_of_two() -> Localized {
    Localized::new("Skriv confirmed eller explained.", "Write confirmed or explained.")
}
