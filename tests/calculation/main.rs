//! The calculation from its outside: the cases a lawyer can read, a second calculation written apart from ours, and what must hold for
//! every input.

mod assumptions;
mod cases;
mod citations;
mod explanation;
mod new_act;
mod properties;
mod random;
mod recalculate;
mod replay;
mod report_hints;
mod second;
mod self_employed;
mod usual;

use fleksport::calculate::{Assessment, RuleBook, SchemeAssessment, SchemeCase, SubsidyCase, calculate};
use serde_json::Value;

fn book() -> RuleBook {
    RuleBook::embedded().expect("the embedded rules have no fault")
}

fn assessed(rules: &RuleBook, case: &Value) -> Assessment {
    let case = SubsidyCase::from_json(case, "").unwrap_or_else(|violations| panic!("{violations:?} in {case}"));
    calculate(rules, &case)
}

fn document(assessment: &Assessment) -> Value {
    serde_json::to_value(assessment).expect("an assessment can be written")
}

/// A case of either scheme calculated.
fn of_scheme(rules: &RuleBook, case: &Value) -> SchemeAssessment {
    let case = SchemeCase::from_json(case, "").unwrap_or_else(|violations| panic!("{violations:?} in {case}"));
    case.calculate(rules)
}

/// The document of a case of either scheme.
fn output(rules: &RuleBook, case: &Value) -> Value {
    serde_json::to_value(of_scheme(rules, case)).expect("an assessment can be written")
}

/// Whether the slow suite runs: a million random cases instead of 20,000.
fn slow() -> bool {
    std::env::var("FLEKSPORT_SLOW_TESTS").is_ok_and(|slow| slow == "1")
}

/// The rules of the program with one text exchanged in them; the text must stand there.
fn book_with(from: &str, to: &str) -> RuleBook {
    let mut found = false;
    let files: Vec<(&str, String)> = RuleBook::embedded_files()
        .iter()
        .map(|(name, text)| {
            found |= text.contains(from);
            (*name, text.replace(from, to))
        })
        .collect();
    assert!(found, "`{from}` stands in no file of rules");
    book_of(&files)
}

fn book_of(files: &[(&str, String)]) -> RuleBook {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    RuleBook::from_toml(&files).unwrap_or_else(|faults| panic!("{faults:?}"))
}
