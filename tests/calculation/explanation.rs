//! Every number of an explanation stands in the trace it was made from.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{assessed, book, cases, document, output, random};

/// The numbers of a text, written alike: `15.272,00` and `15,272.00` are both `15272`.
fn numbers(text: &str, thousands: char, decimal: char) -> BTreeSet<String> {
    let characters: Vec<char> = text.chars().collect();
    let digit = |index: usize| characters.get(index).is_some_and(char::is_ascii_digit);
    let (mut found, mut number) = (BTreeSet::new(), String::new());
    for (index, one) in characters.iter().enumerate() {
        let between = index > 0 && digit(index - 1) && digit(index + 1);
        if one.is_ascii_digit() {
            number.push(*one);
        } else if *one == decimal && between && !number.contains('.') {
            number.push('.');
        } else if *one != thousands || !between || number.contains('.') {
            found.extend(canonical(&number));
            number.clear();
        }
    }
    found.extend(canonical(&number));
    found
}

fn canonical(number: &str) -> Option<String> {
    let mut text = number.to_owned();
    if text.contains('.') {
        text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let bare = text.trim_start_matches('0');
    match (number.is_empty(), bare) {
        (true, _) => None,
        (_, "") => Some("0".to_owned()),
        (_, bare) if bare.starts_with('.') => Some(format!("0{bare}")),
        _ => Some(bare.to_owned()),
    }
}

/// Every number that stands anywhere in a part of a document.
fn numbers_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(numbers(text, '\0', '.')),
        Value::Number(number) => found.extend(numbers(&number.to_string(), '\0', '.')),
        Value::Array(items) => items.iter().for_each(|item| numbers_in(item, found)),
        Value::Object(map) => map.values().for_each(|item| numbers_in(item, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The numbers of both texts, short and full, that the trace does not have.
pub fn not_in_trace(document: &Value) -> Vec<String> {
    let mut known = BTreeSet::new();
    numbers_in(&document["trace"], &mut known);
    let mut unknown = Vec::new();
    for (language, thousands, decimal) in [("da", '.', ','), ("en", ',', '.')] {
        for length in ["short", "full"] {
            for line in document["explanation"][language][length]
                .as_array()
                .expect("a list of lines")
            {
                let line = line.as_str().expect("a text");
                let strange = numbers(line, thousands, decimal)
                    .into_iter()
                    .filter(|number| !known.contains(number));
                unknown.extend(strange.map(|number| format!("{number} in {language} {length}: {line}")));
            }
        }
    }
    unknown
}

fn is_calculated(document: &Value) -> bool {
    document["status"] == "final" || document["status"] == "provisional"
}

#[test]
fn every_number_of_both_texts_of_every_case_is_found_in_its_trace() {
    let (rules, mut told) = (book(), 0);
    for (file, case) in cases::all() {
        let document = output(&rules, &cases::input(&case));
        if is_calculated(&document) {
            assert_eq!(not_in_trace(&document), [""; 0], "{file}: {}", case["name"]);
            told += 1;
        }
    }
    assert!(told > 150, "only {told} cases were told");
}

#[test]
fn every_number_of_both_texts_of_random_cases_is_found_in_its_trace() {
    let rules = book();
    for seed in 0..if crate::slow() { 20_000 } else { 1_000 } {
        let document = document(&assessed(&rules, &random::case(&mut random::Random::new(seed))));
        assert!(is_calculated(&document), "seed {seed}");
        assert_eq!(not_in_trace(&document), [""; 0], "seed {seed}");
    }
}

#[test]
fn a_number_that_no_step_has_is_noticed() {
    let case = json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "cash_wage": "15600.00"}], "wage_ceiling": "32066.67"});
    let mut document = document(&assessed(&book(), &case));
    let line = document["explanation"]["da"]["short"][0]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(line.contains("15.272,00"), "{line}");
    document["explanation"]["da"]["short"][0] = json!(line.replace("15.272,00", "15.273,00"));
    assert_eq!(not_in_trace(&document).len(), 1);
}

#[test]
fn the_short_text_has_at_most_five_lines_and_the_full_one_a_line_for_each_step() {
    let rules = book();
    for (file, case) in cases::all() {
        let document = output(&rules, &cases::input(&case));
        if !is_calculated(&document) {
            continue;
        }
        let steps = document["trace"].as_array().expect("a list").len();
        for language in ["da", "en"] {
            let lines = |length: &str| {
                document["explanation"][language][length]
                    .as_array()
                    .expect("a list")
                    .len()
            };
            let short = if document["scheme"] == "employee" { 5 } else { 4 };
            assert_eq!(
                (lines("short"), lines("full")),
                (short, steps + 1),
                "{file}: {}",
                case["name"]
            );
        }
    }
}
