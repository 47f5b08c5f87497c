use std::{collections::BTreeSet, fs, path::Path};

use fleksport::calculate::{BuildUp, OneOffPayment, ReportFacts, RuleBook, RuleId, assess_report, build_up};
use serde_json::{Map, Value, json};
use toml::Table;

use crate::{book, of_scheme, output};

/// Cases of what a report gives by itself, not of a month or a year.
const OF_REPORTS: [&str; 2] = ["build-up.toml", "one-off.toml"];

/// Every case of a month or a year, with the name of its file.
pub fn all() -> Vec<(String, Table)> {
    let mut cases = read();
    cases.retain(|(file, _)| !OF_REPORTS.contains(&file.as_str()));
    cases
}

/// Every case of a report by itself, with the name of its file.
pub fn of_reports() -> Vec<(String, Table)> {
    let mut cases = read();
    cases.retain(|(file, _)| OF_REPORTS.contains(&file.as_str()));
    cases
}

fn read() -> Vec<(String, Table)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let table: Table = fs::read_to_string(&file)
            .expect("a text")
            .parse()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for case in table["case"].as_array().expect("a list of cases") {
            cases.push((name.clone(), case.as_table().expect("a table").clone()));
        }
    }
    cases
}

/// The input of a case as the interface takes it.
pub fn input(case: &Table) -> Value {
    let mut object = Map::new();
    for (key, value) in case {
        match key.as_str() {
            "name" | "source" | "step" | "expect" => {}
            "month" => drop(object.insert("subsidy_month".to_owned(), json!(value.as_str()))),
            _ => drop(object.insert(
                key.clone(),
                serde_json::to_value(value).expect("TOML without dates is JSON"),
            )),
        }
    }
    Value::Object(object)
}

/// What a report gives by itself: the ceiling built from its parts, or the shares of an amount paid once.
fn output_of_report(rules: &RuleBook, case: &Table) -> Value {
    let of = |key: &str| serde_json::to_value(&case[key]).expect("TOML without dates is JSON");
    if case.contains_key("build_up") {
        let input: BuildUp = serde_json::from_value(of("build_up")).expect("the parts of a ceiling");
        return serde_json::to_value(build_up(rules, &input)).expect("it can be written");
    }
    let payment: OneOffPayment = serde_json::from_value(of("payment")).expect("a payment");
    let assessed = assess_report(rules, &ReportFacts::OneOffPayment(payment));
    serde_json::to_value(assessed).expect("it can be written")
}

/// What came out otherwise than expected, in words.
fn differences(case: &Table, output: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let steps = output["trace"].as_array().expect("a list");
    let tested = steps
        .iter()
        .find(|one| one["rule"] == *case["step"].as_str().expect("a text"));
    let codes = |list: &str, key: &str| -> Value {
        output[list]
            .as_array()
            .map(|items| items.iter().map(|item| item[key].clone()).collect())
            .unwrap_or_default()
    };
    for (key, expected) in case["expect"].as_table().expect("a table") {
        let expected = serde_json::to_value(expected).expect("TOML without dates is JSON");
        let came = match key.as_str() {
            "hints" => codes("hints", "code"),
            "missing" => codes("missing", "what"),
            "step_result" => tested.map_or(Value::Null, |step| step["result"]["value"].clone()),
            "step_rounding" => tested.map_or(Value::Null, |step| step["rounding"].clone()),
            "shares" => codes("as_wage", "share"),
            "missing_from" => codes("missing", "from"),
            "outcomes" => output["must_decide"]["outcomes"]
                .as_array()
                .map(|outcomes| outcomes.iter().map(|one| one["subsidy"].clone()).collect())
                .unwrap_or_else(|| json!([])),
            "no_state_pension" => Value::Bool(output.get("state_pension").is_none()),
            _ => output[key.as_str()].clone(),
        };
        if came != expected {
            found.push(format!("{key} is {came}, expected {expected}"));
        }
    }
    let step = case["step"].as_str().expect("a text");
    if output["status"] != "incomplete" && output["status"] != "other_scheme" && tested.is_none() {
        found.push(format!("the step {step} was not taken"));
    }
    found
}

#[test]
fn every_case_comes_out_as_it_says() {
    let (rules, cases) = (book(), all());
    assert!(cases.len() >= 200, "only {} cases were found", cases.len());
    let mut wrong = Vec::new();
    for (file, case) in &cases {
        let output = output(&rules, &input(case));
        let differences = differences(case, &output);
        if !differences.is_empty() {
            wrong.push(format!(
                "{file}: {} (step {}): {}",
                case["name"],
                case["step"],
                differences.join("; ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_case_of_a_report_comes_out_as_it_says_and_replays() {
    let rules = book();
    for (file, case) in of_reports() {
        let output = output_of_report(&rules, &case);
        assert_eq!(differences(&case, &output), [""; 0], "{file}: {}", case["name"]);
        let replayed = fleksport::calculate::replay(&output.to_string()).expect("it can be read");
        assert_eq!(replayed, fleksport::calculate::Replay::Same, "{file}: {}", case["name"]);
    }
}

#[test]
fn every_case_names_its_source_and_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (file, case) in read() {
        for key in ["name", "source", "step"] {
            assert!(case[key].as_str().is_some_and(|text| !text.is_empty()), "{file}: {key}");
        }
        assert!(
            names.insert(case["name"].to_string()),
            "{file}: {} stands twice",
            case["name"]
        );
    }
}

#[test]
fn every_step_that_there_is_is_tested_by_a_case() {
    let tested: BTreeSet<String> = read()
        .iter()
        .map(|(_, case)| case["step"].as_str().expect("a text").to_owned())
        .collect();
    let all: BTreeSet<String> = RuleId::ALL.iter().map(|rule| rule.as_str().to_owned()).collect();
    // It follows from the room under the ceiling, whose cases expect its result.
    let untested: Vec<&String> = all
        .difference(&tested)
        .filter(|step| *step != "subsidy_after_ceiling")
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
    let unknown: Vec<&String> = tested.difference(&all).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_step_carries_what_went_into_it() {
    let rules = book();
    let months = all().into_iter().map(|(_, case)| output(&rules, &input(&case)));
    let reports = of_reports()
        .into_iter()
        .map(|(_, case)| output_of_report(&rules, &case));
    for document in months.chain(reports) {
        for step in document["trace"].as_array().expect("a list") {
            let inputs = step["inputs"].as_array().expect("a list");
            assert!(!inputs.is_empty(), "{}", step["rule"]);
        }
    }
}

#[test]
fn every_case_replays_from_its_own_text() {
    let rules = book();
    for (file, case) in all() {
        let text = serde_json::to_string(&of_scheme(&rules, &input(&case))).expect("an assessment can be written");
        let replayed = fleksport::calculate::replay(&text).expect("it can be read");
        assert_eq!(replayed, fleksport::calculate::Replay::Same, "{file}: {}", case["name"]);
    }
}

#[test]
fn every_principle_decision_has_a_case_that_triggers_its_hint() {
    let (rules, cases) = (book(), all());
    for number in ["51-16", "39-19", "14-22", "48-22", "6-23", "27-23"] {
        let hints = cases
            .iter()
            .filter(|(_, case)| case["source"].as_str() == Some(&format!("P {number}")))
            .flat_map(|(_, case)| {
                output(&rules, &input(case))["hints"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            });
        let cited = hints
            .filter(|hint| hint["hint"]["da"].as_str().is_some_and(|basis| basis.contains(number)))
            .count();
        assert!(cited > 0, "no case triggers a hint that names {number}");
    }
}
