//! Assessments stored by earlier programs come out the same, byte for byte, for as long as there is this program.
//!
//! A file is what `fleksport calculate CASE` printed, or what is stored with a report of each kind. They are only ever added: one that no longer replays is a fault of the program.

use std::{fs, path::Path};

use fleksport::{
    calculate::{Replay, ReportAssessment, replay},
    record::{Employer, digest_of, to_hex},
};
use serde_json::{Value, json};

fn stored() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/replay");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|file| {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .filter(|(name, _)| name.ends_with(".json"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_stored_assessment_comes_out_byte_for_byte() {
    let stored = stored();
    assert!(stored.len() >= 20, "only {} files were found", stored.len());
    for (name, text) in stored {
        let replayed =
            replay(&text).unwrap_or_else(|error| panic!("{name}: {error}: {:?}", std::error::Error::source(&error)));
        assert_eq!(replayed, Replay::Same, "{name}");
    }
}

/// Entries of a feed as an earlier program handed them over, one of each kind of report. Their digests cover the assessment and the
/// employer, so both must come out as they went in: a municipality's client refuses an entry that says something else.
#[test]
fn what_was_handed_over_comes_out_as_it_was_digested() {
    let page: Value = serde_json::from_str(include_str!("../data/handed-over/recipe-2.json")).expect("JSON");
    let records = page["records"].as_array().expect("a page of a feed");
    let mut kinds = Vec::new();
    for record in records {
        let report = &record["report"];
        let assessment: ReportAssessment = serde_json::from_value(record["assessment"].clone()).expect("an assessment");
        let employer: Employer = serde_json::from_value(report["employer"].clone()).expect("an employer");
        let notices = report["violations"].as_array().expect("a list");
        let notice = |one: &Value| json!({"code": one["code"], "level": one["level"], "pointer": one["pointer"]});
        let digest = digest_of(&json!({
            "answers": report["answers"],
            "assessment": assessment,
            "corrects": record["corrects_report_id"],
            "employer": employer,
            "form": report["form"],
            "form_hash": report["form_hash"],
            "form_version": report["form_version"],
            "kind": report["report_kind"],
            "notices": notices.iter().map(notice).collect::<Vec<_>>(),
            "raw": report["raw"],
            "received_at": report["received_at"],
            "recipe": "2",
            "report_id": report["report_id"],
            "salt": report["salt"],
            "submission_id": report["submission_id"],
        }));
        assert_eq!(
            report["content_digest"],
            to_hex(&digest),
            "entry {}",
            record["sequence"]
        );
        kinds.push(report["report_kind"].as_str().expect("a kind"));
    }
    kinds.sort_unstable();
    let wanted = [
        "correction",
        "employment_end",
        "full_time_wage",
        "full_time_wage",
        "one_off_payment",
        "unchanged_confirmation",
    ];
    assert_eq!(kinds, wanted);
}

/// Every text of a document, with the way to it.
fn texts(value: &Value, way: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) | Value::Bool(_) => found.push(way.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &format!("{way}/{index}"), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                texts(item, &format!("{way}/{key}"), found);
            }
        }
        Value::Null | Value::Number(_) => {}
    }
}

#[test]
fn a_changed_byte_of_an_amount_of_a_step_or_of_a_sentence_is_found() {
    for (name, text) in stored() {
        let document: Value = serde_json::from_str(&text).expect("JSON");
        // What has no figures has nothing to change: no rates, no ceiling, another scheme.
        if ["incomplete", "other_scheme"].contains(&document["status"].as_str().unwrap_or_default()) {
            continue;
        }
        let mut ways = Vec::new();
        texts(&document, "", &mut ways);
        let told = [
            "/subsidy",
            "/trace/",
            "/explanation/",
            "/deduction",
            "/atp",
            "/yearly",
            "/monthly",
            "/must_decide",
            "/as_wage",
            "/full_time_total_monthly_wage",
            "/build_up/trace/",
            "/build_up/full_time_total_monthly_wage",
            "/first_month/subsidy",
            "/last_month",
            "/last_subsidy",
            "/message",
        ];
        // Every third one is enough to look at, and they are not the same ones in each file.
        for way in ways
            .iter()
            .step_by(3)
            .filter(|way| told.iter().any(|start| way.starts_with(start)))
        {
            // Words of a rule and where it stands are taken from the text itself: they are stored and not made again.
            let carried = ["/name/", "/formula/", "/paragraph", "/in_force/", "/status"];
            if way.contains("/trace/") && carried.iter().any(|part| way.contains(part)) {
                continue;
            }
            let mut forged = document.clone();
            let place = forged.pointer_mut(way).expect("the way leads there");
            let Some(before) = place.as_str() else { continue };
            *place = Value::from(changed(before));
            let same = matches!(replay(&forged.to_string()), Ok(Replay::Same));
            assert!(!same, "{name}: {way} was changed and not found");
        }
    }
}

/// The text with its last digit one higher, or with a letter more.
fn changed(text: &str) -> String {
    match text.char_indices().rev().find(|(_, one)| one.is_ascii_digit()) {
        Some((place, digit)) => {
            let other = if digit == '9' { '8' } else { char::from(digit as u8 + 1) };
            format!("{}{other}{}", &text[..place], &text[place + 1..])
        }
        None => format!("{text}x"),
    }
}
