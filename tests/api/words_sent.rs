//! What leaves the service for people, mails and the receipt's PDF, speaks their language: no code, no id, in every kind and state.

use std::{fs, process::Command, time::Duration};

use fleksport::record::RejectionReason;
use jiff::SignedDuration;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_words::machine_words,
    support::{NOW, TestApp, submission, submission_with},
};

const STORY: &str = include_str!("../data/one-employer-38-municipalities/submission.json");

/// What the parts of a mail say, decoded; addresses are for clicking.
fn words_of_mail(mail: &str) -> String {
    let unfolded = mail.replace("\r\n", "\n").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = unfolded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'=').then(|| after.get(..2)).flatten();
        let code = code.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(!text.contains("base64"), "the test reads what is written plainly");
    // After the first empty line comes what is read; the headers are for machines but the subject.
    let (head, body) = text.split_once("\n\n").expect("a mail has a body");
    let subject = head
        .lines()
        .find(|line| line.starts_with("Subject:"))
        .unwrap_or_default();
    let words = body
        .split_whitespace()
        .filter(|word| !word.contains("://") && !word.starts_with("boundary="));
    format!("{subject} {}", words.collect::<Vec<_>>().join(" "))
}

fn mails(app: &TestApp) -> Vec<String> {
    let folder = app.running.app.mail_dir();
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

async fn mails_come_to(app: &TestApp, number: usize) -> Vec<String> {
    for _ in 0..400 {
        if mails(app).len() >= number {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    mails(app)
}

async fn words_of_pdf(app: &TestApp, submission: &str, language: &str) -> String {
    let path = format!("/api/v1/submissions/{submission}/receipt.pdf");
    let request = app.request(Method::GET, &path, &app.employer);
    let pdf = request.header(header::ACCEPT_LANGUAGE, language).send().await.unwrap();
    assert_eq!(pdf.status(), StatusCode::OK);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receipt.pdf");
    fs::write(&file, pdf.bytes().await.unwrap()).unwrap();
    let text = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output();
    let text = text.expect("pdftotext is there: scripts/setup test installs it");
    assert!(text.status.success());
    String::from_utf8(text.stdout).unwrap()
}

/// The lines that name a report for a file or a system that corrects it, by their label: an id has its place there and nowhere else.
const LABELLED_IDS: [&str; 4] = [
    "Indberetningens id",
    "Id of the report",
    "Ret indberetning",
    "Report being corrected",
];

fn without_labelled_ids(text: &str) -> String {
    let is_labelled = |line: &&str| LABELLED_IDS.iter().any(|label| line.trim_start().starts_with(label));
    text.lines()
        .filter(|line| !is_labelled(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// English has its own plain words for what happens to a report.
fn unwanted(text: &str, language: &str) -> Vec<String> {
    let found = machine_words(text).into_iter();
    found
        .filter(|word| language == "da" || !["rejected", "replaced"].contains(&word.as_str()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Every kind of report, in submissions of a few; corrections of reports that are there.
async fn all_kinds(app: &TestApp) -> Vec<String> {
    let story: Value = serde_json::from_str(STORY).unwrap();
    let mut sent = Vec::new();
    for kind in [
        "full_time_wage",
        "one_off_payment",
        "employment_end",
        "unchanged_confirmation",
    ] {
        let reports = story["reports"].as_array().unwrap().iter();
        let reports: Vec<&Value> = reports
            .filter(|report| report["report_kind"] == kind)
            .take(20)
            .collect();
        assert!(!reports.is_empty(), "{kind}");
        let mut body = submission();
        body["reports"] = json!(reports);
        let (status, answer) = app.submit(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        sent.push(text(&answer["submission_id"]));
        let corrected = text(&answer["reports"][0]["report_id"]);
        for action in ["replace", "withdraw"] {
            let mut report = reports[usize::from(action == "withdraw")].clone();
            let id = if action == "replace" {
                corrected.clone()
            } else {
                text(&answer["reports"][1]["report_id"])
            };
            if action == "replace" {
                report["corrected_report_kind"] = json!(kind);
            } else {
                let employee = [
                    "employee_cpr",
                    "employee_name",
                    "municipality_code",
                    "employee_postcode",
                    "position_title",
                ];
                let kept = employee
                    .iter()
                    .filter_map(|name| Some(((*name).to_owned(), report.get(*name)?.clone())));
                report = Value::Object(kept.collect());
            }
            report["report_kind"] = json!("correction");
            report["correction_action"] = json!(action);
            report["corrects_report_id"] = json!(id);
            let mut body = submission();
            body["reports"] = json!([report]);
            let (status, answer) = app.submit(&body).await;
            assert_eq!(status, StatusCode::CREATED, "{kind} {action}: {answer:#}");
            sent.push(text(&answer["submission_id"]));
        }
    }
    sent
}

#[tokio::test]
async fn no_receipt_on_paper_speaks_a_machines_language() {
    let app = TestApp::start().await;
    let mut sent = all_kinds(&app).await;
    // Held, built up from its parts, and with hints.
    for (field, value) in [("municipality_code", json!("0411")), ("position_title", json!("Kok"))] {
        let mut body = submission_with(field, value);
        body["reports"][0]["paid_weekly_hours"] = json!("15");
        body["reports"][0]["expected_first_wage"] = json!("12000.00");
        body["reports"][0]["employment_start_date"] = json!("2026-12-01");
        let (status, answer) = app.submit(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        sent.push(text(&answer["submission_id"]));
    }
    // So many are a list with totals.
    let mut body: Value = serde_json::from_str(STORY).unwrap();
    let reports = body["reports"].as_array_mut().unwrap();
    reports.retain(|report| report["report_kind"] != "correction");
    assert!(reports.len() > 100);
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    sent.push(text(&answer["submission_id"]));
    for submission in sent {
        for language in ["da", "en"] {
            let words = words_of_pdf(&app, &submission, language).await;
            assert!(words.len() > 500, "{words}");
            let found = unwanted(&without_labelled_ids(&words), language);
            assert!(found.is_empty(), "{language}: {found:?} in {words}");
        }
    }
}

#[tokio::test]
async fn no_mail_speaks_a_machines_language() {
    let settings = "[alarms]\noperator_email = \"drift@fleksport.example\"\n[outbox]\npoll_milliseconds = 20\n[limits]\nmails_per_hour = 1000\n";
    let app = TestApp::start_with(settings).await;
    let outcomes = RejectionReason::ALL
        .map(|reason| json!({"outcome": "rejected", "reason": reason.as_str(), "text": "Ring til os."}));
    let outcomes: Vec<Value> = outcomes
        .into_iter()
        .chain([
            json!({"outcome": "accepted"}),
            json!({"outcome": "question", "text": "Hvornår?"}),
        ])
        .collect();
    for (number, outcome) in outcomes.iter().enumerate() {
        let (_, answer) = app
            .submit(&submission_with("position_title", json!(format!("Kok {number}"))))
            .await;
        let path = format!(
            "/api/v1/municipalities/0101/records/{}/outcome",
            text(&answer["reports"][0]["report_id"])
        );
        let (status, answer) = app.post(&path, &app.copenhagen, outcome).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    }
    let mut told = mails_come_to(&app, 2 * outcomes.len()).await;
    assert!(
        told.len() >= 2 * outcomes.len(),
        "a receipt and an answer each: {}",
        told.len()
    );
    // What waits too long: the operator and the employer are told.
    let start: jiff::Timestamp = NOW.parse().unwrap();
    app.clock.set(start + SignedDuration::from_hours(24 * 40));
    let app_itself = &app.running.app;
    let transport = fleksport::notify::Transport::new(&app_itself.config.mail, &app_itself.mail_dir()).unwrap();
    fleksport::worker::alarm::work_off(app_itself, &transport)
        .await
        .unwrap();
    app_itself.outbox_wakeup.notify_one();
    let before = told.len();
    told = mails_come_to(&app, before + 2).await;
    assert!(told.len() >= before + 2, "{}", told.len());
    for mail in told {
        let words = words_of_mail(&mail);
        let found = unwanted(&words, "en");
        assert!(found.is_empty(), "{found:?} in {words}");
    }
}
