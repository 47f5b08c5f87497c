//! Every code that the service or the form can give is shown to be given.

use std::collections::BTreeSet;

use fleksport::{
    finding::Violation,
    form::{Form, READING_CODES, Sources},
    receive,
    validate::{self, ENGINE_CODES},
};

use super::{RULES, TODAY, cases, check, form, send};

/// What comes back for a file, whichever stage says it.
fn codes_of_csv(text: &str) -> Vec<Violation> {
    let result =
        receive::csv(text.as_bytes(), form(), &receive::FileChoices::default()).and_then(|raw| check(&raw).map(|_| ()));
    result.err().unwrap_or_default()
}

fn codes_of_json(text: &str) -> Vec<Violation> {
    let result = receive::json(text.as_bytes()).and_then(|raw| check(&raw).map(|_| ()));
    result.err().unwrap_or_default()
}

/// Findings about bytes and files, which no case of answers can show.
fn beyond_cases() -> Vec<Violation> {
    let many = |report: &str, times: usize| format!("{{\"reports\":[{}]}}", vec![report; times].join(","));
    let list = |item: &str, times: usize| format!("[{}]", vec![item; times].join(","));
    let names: Vec<String> = (0..1_001).map(|name| format!("\"n{name}\":0")).collect();
    let mut all = receive::json(b"\xff").unwrap_err();
    all.extend(receive::xlsx(b"no workbook", form(), &receive::FileChoices::default()).unwrap_err());
    for text in [
        "",
        "{",
        r#"{"form": "a", "form": "b"}"#,
        &"[".repeat(20),
        &format!("[\"{}\"]", "x".repeat(5_000)),
        &format!("{{\"a\": {}}}", list("0", 10_001)),
        &format!("{{{}}}", names.join(",")),
        &format!("{{\"a\": {}}}", list(&list("0", 9_999), 41)),
        &many("{}", 10_001),
        &many(r#"{"report_kind":"unchanged_confirmation"}"#, 5_000),
    ] {
        all.extend(codes_of_json(text));
    }
    all.extend(total_not_computable());
    all.extend(about_hint_answers());
    all.extend(super::intake_traps::told());
    all.extend(of_choices());
    all.extend(codes_of_csv("employer_cvr;employer_cvr;what\n1;2;3;4\n2;;\n"));
    all.extend(codes_of_csv("report_kind;declaration_accepted\nfull_time_wage;måske\n"));
    all
}

/// What is said about what a sender chose, and about a date of birth that stands for none.
fn of_choices() -> Vec<Violation> {
    let answers = [
        (
            "employee_cpr",
            concat!("<c t=\"inlineStr\"><is><t>0101", "00-0000</t></is></c>"),
        ),
        ("Afdeling", "<c><v>7</v></c>"),
    ];
    let book = super::intake_books::one_sheet(&super::intake_books::TOTAL, &answers, &[]);
    let choices = receive::FileChoices {
        sheet: Some("Nowhere".to_owned()),
        ignore_unknown_columns: true,
        ..receive::FileChoices::default()
    };
    let mut all = receive::xlsx(&book, form(), &choices).unwrap_err();
    let choices = receive::FileChoices { sheet: None, ..choices };
    let submission = check(&receive::xlsx(&book, form(), &choices).unwrap()).unwrap();
    all.extend(submission.notices);
    all.extend(submission.reports.into_iter().flat_map(|report| report.notices));
    all
}

/// What is said about answers to hints, by their shape and against the hints that a report was given.
fn about_hint_answers() -> Vec<Violation> {
    let file = cases::read();
    let (_, mut body) = file.bodies().find(|(case, _)| case.name == "pay by the month").unwrap();
    body["reports"][0]["hint_answers"] = serde_json::json!([
        { "code": "x", "answer": "explained" },
        { "code": "x", "answer": "explained", "text": "x".repeat(501) },
        { "code": "x", "answer": "explained", "text": "251248-9996" },
    ]);
    let mut all = send(&body).unwrap_err();
    let code = "cpr-check-digit";
    body["reports"][0]["hint_answers"] = serde_json::json!([
        { "code": "x", "answer": "confirmed" },
        { "code": "ceiling-changed-much", "answer": "confirmed" },
        { "code": code, "answer": "confirmed" },
        { "code": code, "answer": "confirmed" },
    ]);
    let mut report = send(&body).unwrap().reports.remove(0);
    let words = fleksport::value::Localized::new("da", "en");
    report
        .notices
        .push(Violation::hint("/reports/0/employee_cpr", code, words));
    all.extend(validate::settle_hint_answers(0, &mut report));
    all.extend(report.notices);
    all
}

/// The form in force stops a date that has no rules before they are needed; one that did not would have to say so.
fn total_not_computable() -> Vec<Violation> {
    let lenient = include_str!("../../forms/fleksjob-wage/1.0/form.toml")
        .replace("date = \"2013-01-01\"", "date = \"1850-01-01\"");
    let sources = Sources {
        folder: "fleksjob-wage/1.0",
        form: &lenient,
        da: include_str!("../../forms/fleksjob-wage/1.0/texts.da.toml"),
        en: include_str!("../../forms/fleksjob-wage/1.0/texts.en.toml"),
    };
    let lenient = Form::load(&sources).unwrap();
    let file = cases::read();
    let (_, mut body) = file.bodies().find(|(case, _)| case.name == "pay by the month").unwrap();
    body["reports"][0]["valid_from"] = "1900-01-01".into();
    validate::validate(&lenient, &RULES, &receive::RawSubmission::of_body(body), TODAY).unwrap_err()
}

#[test]
fn every_code_of_engine_and_form_is_given_by_an_example() {
    let file = cases::read();
    let mut seen: BTreeSet<String> = beyond_cases().into_iter().map(|violation| violation.code).collect();
    for (_, body) in file.bodies() {
        seen.extend(match send(&body) {
            Err(violations) => violations
                .into_iter()
                .map(|violation| violation.code)
                .collect::<Vec<_>>(),
            Ok(submission) => {
                let of_reports = submission.reports.into_iter().flat_map(|report| report.notices);
                submission
                    .notices
                    .into_iter()
                    .chain(of_reports)
                    .map(|notice| notice.code)
                    .collect()
            }
        });
    }
    let all = form().rule_codes().into_iter().chain(ENGINE_CODES).chain(READING_CODES);
    let unseen: Vec<&str> = all.filter(|code| !seen.contains(*code)).collect();
    assert!(unseen.is_empty(), "no example gives {unseen:?}");
}
