//! Runs `forms/*/cases.toml`.

use std::collections::BTreeMap;

use fleksport::{
    finding::{Level, Violation},
    record::Submission,
    route,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{TODAY, send};

type Answers = Map<String, Value>;

/// All of a `cases.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    today: String,
    submission: Answers,
    employer: Answers,
    example: BTreeMap<String, Answers>,
    case: Vec<Case>,
}

/// How a report is made from an example.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    from: String,
    #[serde(default)]
    change: Answers,
    #[serde(default)]
    without: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    from: String,
    #[serde(default)]
    change: Answers,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    also: Vec<Made>,
    #[serde(default)]
    employer: Answers,
    #[serde(default)]
    employer_without: Vec<String>,
    #[serde(default)]
    submission: Answers,
    #[serde(default)]
    submission_without: Vec<String>,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    hints: Vec<String>,
    route: Option<String>,
    total: Option<String>,
    #[serde(default)]
    answers: Answers,
}

pub fn read() -> CaseFile {
    toml::from_str(include_str!("../../forms/fleksjob-wage/1.0/cases.toml")).expect("the cases are readable")
}

impl CaseFile {
    /// Every case with the body that it sends.
    pub fn bodies(&self) -> impl Iterator<Item = (&Case, Value)> {
        self.case.iter().map(|case| (case, self.body(case)))
    }

    fn body(&self, case: &Case) -> Value {
        let first = self.report(&case.from, &case.change, &case.without);
        let others = case
            .also
            .iter()
            .map(|made| self.report(&made.from, &made.change, &made.without));
        let mut body = self.submission.clone();
        body.insert(
            "employer".to_owned(),
            changed(&self.employer, &case.employer, &case.employer_without),
        );
        body.insert(
            "reports".to_owned(),
            Value::from([first].into_iter().chain(others).collect::<Vec<_>>()),
        );
        changed(&body, &case.submission, &case.submission_without)
    }

    fn report(&self, from: &str, change: &Answers, without: &[String]) -> Value {
        let example = self
            .example
            .get(from)
            .unwrap_or_else(|| panic!("there is no example {from}"));
        changed(example, change, without)
    }
}

fn changed(object: &Answers, change: &Answers, without: &[String]) -> Value {
    let mut object = object.clone();
    object.extend(change.clone());
    object.retain(|name, _| !without.contains(name));
    Value::Object(object)
}

#[test]
fn every_worked_example_comes_out_as_it_says() {
    let file = read();
    assert_eq!(file.today, TODAY.to_string());
    assert!(file.case.len() >= 100, "{} cases", file.case.len());
    let mut wrong = Vec::new();
    for (case, body) in file.bodies() {
        if let Err(difference) = compare(case, &body) {
            wrong.push(format!("{}:\n{difference}", case.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

/// What a spreadsheet does to a code is mended when it comes in, but nobody should write it so.
const MENDED: &str = "a municipality code of three digits gets its zero back";

/// Whoever checks with the schema before sending is refused nothing that would be taken in, but for [`MENDED`].
#[test]
fn the_json_schema_agrees_with_the_worked_examples() {
    let schema = jsonschema::validator_for(&super::form().json_schema()).expect("the schema is one");
    let file = read();
    let mut fits = 0;
    for (case, body) in file.bodies() {
        if case.errors.is_empty() {
            let faults: Vec<String> = schema.iter_errors(&body).map(|fault| fault.to_string()).collect();
            assert_eq!(
                faults.is_empty(),
                case.name != MENDED,
                "{}: {}",
                case.name,
                faults.join("\n")
            );
            fits += 1;
        }
    }
    assert!(fits > 50, "{fits} cases");
    for wrong in [json!({}), json!([]), json!({ "form": "another" })] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

fn compare(case: &Case, body: &Value) -> Result<(), String> {
    let outcome = send(body);
    let found: Vec<&Violation> = match &outcome {
        Ok(submission) => submission
            .notices
            .iter()
            .chain(submission.reports.iter().flat_map(|report| &report.notices))
            .collect(),
        Err(violations) => violations.iter().collect(),
    };
    let mut differences = Vec::new();
    for (level, expected) in [
        (Level::Error, &case.errors),
        (Level::Warning, &case.warnings),
        (Level::Hint, &case.hints),
    ] {
        let mut expected: Vec<String> = expected.iter().map(|line| in_full(line)).collect();
        let mut got: Vec<String> = found
            .iter()
            .filter(|one| one.level == level)
            .map(|one| format!("{} {}", one.pointer, one.code))
            .collect();
        expected.sort();
        got.sort();
        if expected != got {
            differences.push(format!(
                "  {level:?} expected {expected:?}\n  {level:?} found    {got:?}"
            ));
        }
    }
    if let Ok(submission) = &outcome {
        differences.extend(compare_valid(case, submission));
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

/// A place without a slash in front is a field of the first report.
fn in_full(line: &str) -> String {
    if line.starts_with('/') {
        line.to_owned()
    } else {
        format!("/reports/0/{line}")
    }
}

fn compare_valid(case: &Case, submission: &Submission) -> Vec<String> {
    let report = &submission.reports[0];
    let answers = report.answers.to_plain_json();
    let mut expected = case.answers.clone();
    if let Some(total) = &case.total {
        expected.insert("full_time_total_monthly_wage".to_owned(), json!(total));
    }
    let mut differences: Vec<String> = expected
        .iter()
        .filter(|(field, value)| answers.get(*field) != Some(value))
        .map(|(field, value)| format!("  {field} expected {value}, found {:?}", answers.get(field)))
        .collect();
    let way = route::route(report);
    if case.route.as_deref().is_some_and(|route| route != way.code()) {
        differences.push(format!("  route expected {:?}, found {}", case.route, way.code()));
    }
    differences
}

#[test]
fn case_names_are_different_sentences() {
    let file = read();
    let names: std::collections::BTreeSet<&str> = file.case.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), file.case.len());
}
