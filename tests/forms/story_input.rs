//! The input of the story is what its README says: faultless where it should be, with exactly twenty faults where it should have them.

use std::collections::{BTreeMap, BTreeSet};

use fleksport::{
    finding::Violation,
    receive,
    record::{ReportKind, Submission},
    route,
    value::Language,
};
use serde_json::Value;

const AUTUMN: &str = include_str!("../data/one-employer-38-municipalities/autumn.json");
const FILE: &str = include_str!("../data/one-employer-38-municipalities/submission.json");
const FAULTS: &str = include_str!("../data/one-employer-38-municipalities/twenty-faults.json");

fn expected(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The file as it is sent: with an id where a correction has a placeholder.
fn with_ids(text: &str) -> String {
    let mut parts = text.split("{{id:");
    let mut whole = parts.next().unwrap().to_owned();
    for (number, part) in parts.enumerate() {
        let (_, rest) = part.split_once("}}").unwrap();
        whole += &format!("0193e000-0000-7000-8000-{number:012}{rest}");
    }
    whole
}

fn check(text: &str) -> Result<Submission, Vec<Violation>> {
    super::check(&receive::json(text.as_bytes())?)
}

fn told(violations: &[Violation]) -> String {
    let line = |violation: &Violation| {
        let view = violation.in_language(Language::En);
        format!(
            "{} {} {}: {}\n",
            violation.level.as_str(),
            violation.pointer,
            violation.code,
            view.message
        )
    };
    violations.iter().map(line).collect()
}

fn accepted(text: &str) -> Submission {
    check(&with_ids(text)).unwrap_or_else(|violations| panic!("{}", told(&violations)))
}

#[test]
fn the_file_holds_all_kinds_and_reaches_38_municipalities() {
    let expected = expected(include_str!("../data/one-employer-38-municipalities/expected.json"));
    let submission = accepted(FILE);
    let kinds: BTreeSet<&str> = submission.reports.iter().map(|report| report.kind.as_str()).collect();
    assert_eq!(kinds.len(), ReportKind::ALL.len());

    let (mut reached, mut held) = (BTreeMap::new(), Vec::new());
    for report in &submission.reports {
        match route::route(report).municipality() {
            Some(code) => *reached.entry(code.as_str()).or_insert(0) += 1,
            None => held.push(
                report
                    .answers
                    .read(fleksport::fields::EMPLOYMENT_REFERENCE)
                    .unwrap()
                    .to_owned(),
            ),
        }
    }
    let wanted = expected["municipalities"].as_object().unwrap();
    let wanted: BTreeMap<&str, i32> = wanted
        .iter()
        .map(|(code, place)| {
            (
                code.as_str(),
                i32::try_from(place["reports"].as_i64().unwrap()).unwrap(),
            )
        })
        .collect();
    assert_eq!(reached, wanted);
    assert_eq!(reached.len(), 38);
    let wanted = expected["held"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry["references"].as_array().unwrap());
    assert_eq!(
        held,
        wanted.map(|reference| reference.as_str().unwrap()).collect::<Vec<_>>()
    );
}

#[test]
fn the_earlier_sending_is_faultless() {
    assert_eq!(accepted(AUTUMN).reports.len(), 8);
}

#[test]
fn a_submission_with_twenty_faults_gets_twenty_violations_at_once_in_both_languages() {
    let expected = expected(include_str!(
        "../data/one-employer-38-municipalities/twenty-faults.expected.json"
    ));
    let violations = check(FAULTS).unwrap_err();
    let found: BTreeSet<(&str, &str)> = violations
        .iter()
        .map(|one| (one.pointer.as_str(), one.code.as_str()))
        .collect();
    let wanted = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["pointer"].as_str().unwrap(), one["code"].as_str().unwrap()));
    assert_eq!(found, wanted.collect(), "{}", told(&violations));
    assert_eq!(
        (violations.len(), violations.iter().filter(|one| one.is_error()).count()),
        (20, 20)
    );
    for violation in &violations {
        let messages = [Language::Da, Language::En].map(|language| violation.in_language(language).message.to_owned());
        assert!(
            messages.iter().all(|message| !message.is_empty()) && messages[0] != messages[1],
            "{}",
            violation.code
        );
    }
}
