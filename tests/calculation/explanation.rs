//! Every number of an explanation stands in the trace it was made from.

use std::collections::BTreeSet;

use fleksport::{calculate::build_up, value::Language};
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

/// The numbers of lines that stand neither in the trace nor among those that are known otherwise.
fn strange(lines: &[String], known: &BTreeSet<String>, [thousands, decimal]: [char; 2]) -> Vec<String> {
    let numbers = lines.iter().flat_map(|line| numbers(line, thousands, decimal));
    numbers.filter(|number| !known.contains(number)).collect()
}

#[test]
fn every_number_of_a_ceiling_in_words_is_found_in_its_trace() {
    let (rules, mut told) = (book(), 0);
    for (file, case) in cases::of_reports() {
        let Some(input) = case.get("build_up") else { continue };
        let input = serde_json::to_value(input).expect("TOML without dates is JSON");
        let built = build_up(&rules, &serde_json::from_value(input).expect("the parts of a ceiling"));
        let mut known = BTreeSet::new();
        let document = serde_json::to_value(&built).expect("it can be written");
        numbers_in(&document["trace"], &mut known);
        for (language, signs) in [(Language::Da, ['.', ',']), (Language::En, [',', '.'])] {
            let lines = built.in_words(language);
            assert_eq!(lines.len(), document["trace"].as_array().map_or(0, Vec::len));
            assert_eq!(strange(&lines, &known, signs), [""; 0], "{file}: {}", case["name"]);
        }
        told += 1;
    }
    assert!(told > 10, "only {told} ceilings were told");
}

#[test]
fn a_text_without_a_result_has_no_number_but_the_day_the_month_and_the_paragraph() {
    let (rules, mut told) = (book(), 0);
    for (file, case) in cases::all() {
        let document = output(&rules, &cases::input(&case));
        if document["status"] != "incomplete" {
            continue;
        }
        // LAB § 123(3) stands in the sentence that asks for the ceiling.
        let mut known: BTreeSet<String> = ["123", "3"].map(str::to_owned).into();
        for missing in document["missing"].as_array().expect("a list") {
            numbers_in(&missing["from"], &mut known);
        }
        for key in ["subsidy_month", "year"] {
            numbers_in(&document[key], &mut known);
        }
        for (language, signs) in [("da", ['.', ',']), ("en", [',', '.'])] {
            let lines = document["explanation"][language]["full"].as_array().expect("a list");
            let lines: Vec<String> = lines
                .iter()
                .map(|line| line.as_str().expect("a text").to_owned())
                .collect();
            assert_eq!(strange(&lines, &known, signs), [""; 0], "{file}: {}", case["name"]);
        }
        told += 1;
    }
    assert!(told > 3, "only {told} texts without a result were looked at");
}

#[test]
fn a_bonus_that_nobody_has_judged_is_told_both_ways_in_text_and_figures() {
    let case = json!({"subsidy_month": "2024-05", "wage_ceiling": "40000.00", "income": [
        {"type": "fleksjob_wage", "cash_wage": "15600.00"},
        {"type": "spread_bonus", "total": "6000.00", "earned_from": "2024-02", "earned_to": "2024-04"}]});
    let document = document(&assessed(&book(), &case));
    let question = &document["must_decide"]["question"];
    for (language, words) in [
        ("da", ["Kommunen skal afgøre", "14.353,00 kr.", "15.272,00 kr."]),
        ("en", ["The municipality must decide", "DKK 14,353.00", "DKK 15,272.00"]),
    ] {
        let asked = question[language].as_str().expect("a text");
        assert!(words.iter().all(|word| asked.contains(word)), "{asked}");
        let short = document["explanation"][language]["short"].as_array().expect("a list");
        assert!(
            short
                .last()
                .and_then(Value::as_str)
                .is_some_and(|line| line.starts_with(asked))
        );
        assert!(document["explanation"][language]["full"].to_string().contains(asked));
    }
    let outcomes = &document["must_decide"]["outcomes"];
    assert_eq!(
        (&outcomes[0]["judged_as"], &outcomes[0]["subsidy"]),
        (&json!("wage"), &json!("14353.00"))
    );
    assert_eq!(
        (&outcomes[1]["judged_as"], &outcomes[1]["subsidy"]),
        (&json!("gift"), &json!("15272.00"))
    );
    assert_eq!(not_in_trace(&document), [""; 0]);
}
