use std::{fs, path::Path};

use serde_json::{Map, Value, json};
use toml::Table;

use crate::{book, of_scheme, output};

/// Every case of every file, with the name of its file.
pub fn all() -> Vec<(String, Table)> {
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

/// What came out otherwise than expected, in words.
fn differences(case: &Table, output: &Value) -> Vec<String> {
    let mut found = Vec::new();
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
            "no_state_pension" => Value::Bool(output.get("state_pension").is_none()),
            _ => output[key.as_str()].clone(),
        };
        if came != expected {
            found.push(format!("{key} is {came}, expected {expected}"));
        }
    }
    let step = case["step"].as_str().expect("a text");
    let steps = output["trace"].as_array().expect("a list");
    if output["status"] != "incomplete"
        && output["status"] != "other_scheme"
        && !steps.iter().any(|one| one["rule"] == step)
    {
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
fn every_case_names_its_source_and_has_a_name_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    for (file, case) in all() {
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
fn every_step_of_both_schemes_is_tested_by_a_case() {
    let tested: std::collections::BTreeSet<String> = all()
        .iter()
        .map(|(_, case)| case["step"].as_str().expect("a text").to_owned())
        .collect();
    let (rules, mut taken) = (book(), std::collections::BTreeSet::new());
    for (_, case) in all() {
        for step in output(&rules, &input(&case))["trace"].as_array().expect("a list") {
            taken.insert(step["rule"].as_str().expect("a text").to_owned());
        }
    }
    // It follows from the room under the ceiling, whose cases expect its result.
    let untested: Vec<&String> = taken
        .difference(&tested)
        .filter(|step| *step != "subsidy_after_ceiling")
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
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
