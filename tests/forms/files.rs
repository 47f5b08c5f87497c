//! Files as people save them.

use fleksport::{receive, record::Submission, validate};

use super::{check, form, send};

const DATA: &str = "tests/data/one-employer-38-municipalities";

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{DATA}/{name}")).unwrap()
}

/// Corrections name reports by an id that is only known once they are received; any id will do here.
fn with_ids(text: &str) -> String {
    let mut parts = text.split("{{id:");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        let (_, rest) = part.split_once("}}").unwrap();
        whole.push_str(&format!("01935a6f-0000-7000-8000-{number:012}"));
        whole.push_str(rest);
    }
    whole
}

fn errors(result: Result<Submission, Vec<validate::Violation>>) -> Vec<String> {
    let violations = result.err().unwrap_or_default();
    violations
        .iter()
        .filter(|one| one.is_error())
        .map(|one| format!("{} {}", one.pointer, one.code))
        .collect()
}

#[test]
fn the_spreadsheet_of_an_employer_in_38_municipalities_says_the_same_as_its_json() {
    let csv = with_ids(&String::from_utf8(read("indberetning.csv")).unwrap());
    let json = with_ids(&String::from_utf8(read("submission.json")).unwrap());
    let raw = receive::csv(csv.as_bytes(), form()).unwrap();
    let from_file = check(&raw);
    assert_eq!(errors(from_file.clone()), Vec::<String>::new());
    let from_json = send(&serde_json::from_str(&json).unwrap());
    assert_eq!(errors(from_json.clone()), Vec::<String>::new());
    let (from_file, from_json) = (from_file.unwrap(), from_json.unwrap());
    assert_eq!(from_file.reports.len(), from_json.reports.len());
    assert_eq!(from_file.employer, from_json.employer);
    for (position, (one, other)) in from_file.reports.iter().zip(&from_json.reports).enumerate() {
        assert!(one.answers == other.answers, "report {position} differs");
    }
}

#[test]
fn twenty_faults_are_told_at_once_each_at_its_place() {
    #[derive(serde::Deserialize)]
    struct Expected {
        pointer: String,
    }
    let expected: Vec<Expected> = serde_json::from_slice(&read("twenty-faults.expected.json")).unwrap();
    let mut expected: Vec<String> = expected.into_iter().map(|fault| fault.pointer).collect();
    let violations = send(&serde_json::from_slice(&read("twenty-faults.json")).unwrap()).unwrap_err();
    let mut found: Vec<String> = violations
        .iter()
        .filter(|one| one.is_error())
        .map(|one| one.pointer.clone())
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
