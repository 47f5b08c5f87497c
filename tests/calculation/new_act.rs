//! A new act is a change of data: a made-up one from 2027 is written into a folder of rule files and read from there.

use std::{fs, path::Path};

use fleksport::calculate::{Replay, RuleBook};
use serde_json::{Value, json};
use toml::{Table, Value as Toml};

use crate::{assessed, book, book_of, cases, document, output, random};

const PARAGRAPH: &str = "Lov om beskæftigelse (opdigtet) § 45";
const SOURCE: &str = "A made-up act of this test";

fn date(text: &str) -> Toml {
    Toml::Datetime(text.parse().expect("a date"))
}

/// Ends what holds on 31 December 2026 and begins a version of the new act the day after, with the values it changes.
fn new_version(versions: &mut Vec<Toml>, value: Option<&str>) {
    let last = versions.last_mut().and_then(Toml::as_table_mut).expect("a version");
    let mut new = last.clone();
    last.insert("valid_to".to_owned(), date("2026-12-31"));
    new.remove("valid_to");
    new.insert("valid_from".to_owned(), date("2027-01-01"));
    new.insert("paragraph".to_owned(), Toml::from(PARAGRAPH));
    new.insert("status".to_owned(), Toml::from("published"));
    new.insert("source".to_owned(), Toml::from(SOURCE));
    if let Some(value) = value {
        new.insert("value".to_owned(), Toml::from(value));
    }
    versions.push(Toml::Table(new));
}

/// The rule files with the new act in them.
fn with_new_act(name: &str, text: &str) -> String {
    let mut table: Table = text.parse().expect("the embedded rules are TOML");
    for (kind, id, list) in [
        ("rate", "name", "values"),
        ("rule", "id", "versions"),
        ("income_type", "id", "versions"),
    ] {
        for item in table
            .get_mut(kind)
            .and_then(Toml::as_array_mut)
            .map_or(&mut [][..], Vec::as_mut_slice)
        {
            let item = item.as_table_mut().expect("a table");
            let new_value = match item[id].as_str().expect("a name") {
                "maximum_subsidy" => Some("22500"),
                "income_threshold" => Some("18400"),
                "deduction_high_percent" => Some("50"),
                "self_employed_base" => Some("176000"),
                _ if kind == "rate" => continue,
                _ => None,
            };
            new_version(
                item.get_mut(list)
                    .and_then(Toml::as_array_mut)
                    .expect("a list of versions"),
                new_value,
            );
        }
    }
    if name == "book.toml" {
        table.insert("version".to_owned(), Toml::from("2027.1.1"));
    }
    toml::to_string(&table).expect("a table can be written")
}

/// Reads all files of a folder, as somebody who keeps the rules would.
fn from_folder(folder: &Path) -> RuleBook {
    let files: Vec<(&str, String)> = RuleBook::embedded_files()
        .iter()
        .map(|(name, _)| (*name, fs::read_to_string(folder.join(name)).expect("a file of rules")))
        .collect();
    book_of(&files)
}

fn book_of_2027() -> RuleBook {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in RuleBook::embedded_files() {
        fs::write(folder.path().join(name), with_new_act(name, text)).expect("a file can be written");
    }
    from_folder(folder.path())
}

fn of_month(month: &str) -> Value {
    json!({"subsidy_month": month, "income": [{"type": "fleksjob_wage", "cash_wage": "20000.00"}], "wage_ceiling": "45000.00"})
}

#[test]
fn months_from_2027_follow_the_new_act_and_name_its_paragraph() {
    let rules = book_of_2027();
    let output = document(&assessed(&rules, &of_month("2027-01")));
    // 30 per cent of 18,400 and 50 per cent of 1,600, of 22,500.
    assert_eq!(output["deduction_30"], "5520.00");
    assert_eq!(output["deduction_55"], "800.00");
    assert_eq!(output["subsidy"], "16180.00");
    assert_eq!(output["status"], "final");
    for step in output["trace"].as_array().expect("a list") {
        assert_eq!(step["paragraph"], PARAGRAPH, "{}", step["rule"]);
        assert_eq!(step["in_force"]["from"], "2027-01-01", "{}", step["rule"]);
    }
    assert!(
        output["explanation"]["da"]["full"]
            .to_string()
            .contains("Lov om beskæftigelse (opdigtet) § 45, i kraft fra 1. januar 2027")
    );
    // Without the new act the month has no rates and so no number.
    assert_eq!(
        document(&assessed(&book(), &of_month("2027-01")))["status"],
        "incomplete"
    );
}

#[test]
fn a_self_employed_year_from_2027_follows_the_new_act() {
    let case = json!({"scheme": "self_employed", "year": 2027, "business_income": "100000.00"});
    let output = output(&book_of_2027(), &case);
    assert_eq!(output["yearly_subsidy"], "146000.00");
    for step in output["trace"].as_array().expect("a list") {
        assert_eq!(step["paragraph"], PARAGRAPH, "{}", step["rule"]);
    }
}

/// A document without what must differ between two books: their version, and when that which was open has ended.
fn without_the_end_of_the_old_act(assessment: &Value) -> String {
    let mut document = assessment.clone();
    document["rules_version"] = json!("");
    fn forget(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(forget),
            Value::Object(map) => {
                if map
                    .get("until")
                    .is_some_and(|until| until == "2026-12-31" || until.is_null())
                {
                    map.remove("until");
                }
                map.values_mut().for_each(forget);
            }
            _ => {}
        }
    }
    forget(&mut document);
    document.to_string()
}

#[test]
fn old_months_are_unchanged_byte_for_byte_but_for_the_day_on_which_the_old_act_ends() {
    let (old, new) = (book(), book_of_2027());
    let mut inputs: Vec<Value> = cases::all().iter().map(|(_, case)| cases::input(case)).collect();
    inputs.extend((0..500).map(|seed| random::case(&mut random::Random::new(seed))));
    inputs.push(of_month("2026-12"));
    let is_old = |input: &Value| {
        let of_month = input["subsidy_month"].as_str().is_some_and(|month| month < "2027");
        of_month || input["year"].as_i64().is_some_and(|year| year < 2027)
    };
    for input in inputs.into_iter().filter(is_old) {
        let (before, after) = (output(&old, &input), output(&new, &input));
        assert_eq!(
            without_the_end_of_the_old_act(&before),
            without_the_end_of_the_old_act(&after),
            "{input}"
        );
    }
}

#[test]
fn what_was_stored_under_the_old_act_replays_from_its_own_text() {
    for rules in [book(), book_of_2027()] {
        let text = serde_json::to_string(&assessed(&rules, &of_month("2026-12"))).expect("it can be written");
        assert_eq!(
            fleksport::calculate::replay(&text).expect("it can be read"),
            Replay::Same
        );
    }
}
