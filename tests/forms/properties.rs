//! What must hold whatever is sent.

use fleksport::{
    finding::Violation,
    receive::{self, content_digest},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{cases, check, form, send};

/// A piece of text that stands nowhere in the form, so that it shows when it is repeated.
fn secret() -> impl Strategy<Value = String> {
    "ZQ[a-z]{6}[0-9]{0,4}"
}

/// Names that the form has, or nearly has, or does not have.
fn name() -> BoxedStrategy<String> {
    let mut known: Vec<String> = form().fields().iter().map(|field| field.key.clone()).collect();
    known.extend(["form", "form_version", "employer", "reports"].map(str::to_owned));
    prop_oneof![8 => prop::sample::select(known), 1 => secret(), 1 => "[a-z_]{1,8}"].boxed()
}

/// Values that fields take, or nearly take, or do not take.
fn leaf() -> BoxedStrategy<Value> {
    let mut known: Vec<String> = form()
        .fields()
        .iter()
        .flat_map(|field| field.kind.codes())
        .map(str::to_owned)
        .collect();
    let usual = [
        "2026-12-01",
        "32067.00",
        "37",
        "251248-9996",
        "13585628",
        "0101",
        "2100",
        "12.345",
        "-1",
        "",
        " ",
    ];
    known.extend(usual.map(str::to_owned));
    prop_oneof![
        6 => prop::sample::select(known).prop_map(Value::from),
        2 => secret().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => ".{0,12}".prop_map(Value::from),
        1 => Just(Value::Null),
    ]
    .boxed()
}

fn object(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::btree_map(name(), value, 0..14)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
        .boxed()
}

/// Anything from a plain value to nearly a submission.
fn body() -> BoxedStrategy<Value> {
    let value = prop_oneof![4 => leaf(), 1 => prop::collection::vec(leaf(), 0..4).prop_map(Value::from)].boxed();
    let reports = prop::collection::vec(prop_oneof![6 => object(value.clone()), 1 => leaf()], 0..4);
    let shaped = (object(value.clone()), reports, object(leaf())).prop_map(|(employer, reports, rest)| {
        let mut members: Map<String, Value> = rest.as_object().cloned().unwrap_or_default();
        members.insert("employer".to_owned(), employer);
        members.insert("reports".to_owned(), Value::from(reports));
        Value::Object(members)
    });
    prop_oneof![6 => shaped, 1 => object(value), 1 => leaf()].boxed()
}

/// Whether the pointer leads to something, or to a place in something where it is missing.
fn leads_somewhere(body: &Value, pointer: &str) -> bool {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    body.pointer(pointer).is_some() || body.pointer(parent).is_some()
}

/// Every text of a violation.
fn words(violation: &Violation) -> String {
    let hint = violation
        .hint
        .as_ref()
        .map(|hint| format!("{} {}", hint.da, hint.en))
        .unwrap_or_default();
    format!(
        "{} {} {} {} {hint}",
        violation.pointer, violation.code, violation.message.da, violation.message.en
    )
}

/// The secrets that stand in values, and in names with a digit, which no field's name has.
fn secrets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("ZQ") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            if name.starts_with("ZQ") && name.ends_with(|c: char| c.is_ascii_digit()) {
                found.push(name.clone());
            }
            secrets(member, found);
        }),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_sent_gets_an_answer_that_points_at_it_and_repeats_none_of_it(body in body()) {
        let mut hidden = Vec::new();
        secrets(&body, &mut hidden);
        for violation in send(&body).err().unwrap_or_default() {
            prop_assert!(leads_somewhere(&body, &violation.pointer), "{} leads nowhere", violation.pointer);
            let words = words(&violation);
            for secret in &hidden {
                prop_assert!(!words.contains(secret.as_str()), "{} repeats its input", violation.code);
            }
        }
    }

    #[test]
    fn a_page_can_send_anything_too(fields in prop::collection::vec((name(), ".{0,12}"), 0..20)) {
        let raw = receive::form_fields(fields, form());
        let _ = check(&raw);
    }

    #[test]
    fn a_file_can_hold_anything_too(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "([a-z_]{1,12};){1,4}\n(.{0,8};){0,5}\n") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(raw) = receive::csv(bytes, form(), &receive::FileChoices::default()) {
                let _ = check(&raw);
            }
            let _ = receive::xlsx(bytes, form(), &receive::FileChoices::default());
        }
    }

    #[test]
    fn the_digest_does_not_see_the_order_of_names(body in body()) {
        let plain = receive::json(body.to_string().as_bytes());
        let turned = receive::json(turned_round(&body).as_bytes());
        if let (Ok(plain), Ok(turned)) = (plain, turned) {
            prop_assert_eq!(content_digest(&plain), content_digest(&turned));
        }
    }
}

/// The same JSON with the members of every object in the opposite order, and blanks between.
fn turned_round(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{} : {}", json!(name), turned_round(member)))
                .collect();
            members.reverse();
            format!("{{ {} }}", members.join(" , "))
        }
        Value::Array(items) => format!(
            "[ {} ]",
            items.iter().map(turned_round).collect::<Vec<_>>().join(" ,\n")
        ),
        other => other.to_string(),
    }
}

#[test]
fn the_answers_of_a_valid_report_sent_again_give_the_same_answers() {
    let file = cases::read();
    let mut valid = 0;
    for (case, mut body) in file.bodies() {
        let Ok(first) = send(&body) else { continue };
        valid += 1;
        let again: Vec<Value> = first
            .reports
            .iter()
            .map(|report| Value::Object(report.answers.to_plain_json()))
            .collect();
        body["reports"] = Value::from(again);
        let second = send(&body).unwrap_or_else(|violations| panic!("{}: {violations:?}", case.name));
        for (one, other) in first.reports.iter().zip(&second.reports) {
            assert!(one.answers == other.answers, "{}", case.name);
            assert_eq!(one.notices, other.notices, "{}", case.name);
        }
    }
    assert!(valid >= 60, "{valid} valid cases");
}

#[test]
fn every_finding_of_the_cases_speaks_both_languages_in_whole_sentences() {
    let file = cases::read();
    for (case, body) in file.bodies() {
        for violation in send(&body).err().unwrap_or_default() {
            for text in [&violation.message.da, &violation.message.en] {
                assert!(
                    text.ends_with(['.', '?']) && !text.contains('{'),
                    "{}: {text}",
                    case.name
                );
            }
            assert_ne!(violation.message.da, violation.message.en);
        }
    }
}
