//! A person moves: the whole story on both sides, and what the employer is told of it.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_browser::Browser,
    support::{CVR, NAME, OTHER_CVR, TestApp, submission, submission_with},
};

fn text(value: &Value) -> String {
    value.as_str().expect("a text stands here").to_owned()
}

/// The reports on the person: which event told them to whom.
async fn told(app: &TestApp, code: &str, key: &str) -> Vec<(String, String)> {
    let (_, feed) = app.get(&format!("/api/v1/municipalities/{code}/records"), key).await;
    let records = feed["records"].as_array().unwrap();
    records
        .iter()
        .map(|record| (text(&record["event"]), text(&record["report"]["report_id"])))
        .collect()
}

fn event(event: &str, report: &str) -> (String, String) {
    (format!("report.{event}"), report.to_owned())
}

/// What was said of moves in an answer: pointer, level and message.
fn hints(answer: &Value) -> Vec<(String, String, String)> {
    let violations = answer["reports"][0]["violations"].as_array().unwrap();
    let moved = violations.iter().filter(|one| one["code"] == "person-moved");
    moved
        .map(|one| (text(&one["pointer"]), text(&one["level"]), text(&one["message"])))
        .collect()
}

async fn transfer(app: &TestApp, report: &str) {
    let path = format!("/api/v1/municipalities/0101/records/{report}/transfer");
    let body = json!({ "to": "0147", "reason": "Flyttet til Frederiksberg" });
    let (status, answer) = app.post(&path, &app.copenhagen, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
}

/// The same answers with another wage.
async fn corrected(app: &TestApp, report: &str, version: &str) -> Value {
    let mut answers = submission()["reports"][0].take();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let path = format!("/api/v1/reports/{report}/corrections");
    let request = app.request(Method::POST, &path, &app.employer);
    let request = request
        .header("idempotency-key", format!("correct-{report}"))
        .header(header::IF_MATCH, format!("\"{version}\""));
    let (status, answer) = crate::support::read(request.json(&answers).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    answer
}

#[tokio::test]
async fn a_move_is_told_on_both_sides_from_the_first_report_to_the_last() {
    let app = TestApp::start().await;
    let first = text(&app.taken_in().await["reports"][0]["report_id"]);
    transfer(&app, &first).await;

    // A correction follows by itself, and so nobody has to be told.
    let correction = corrected(&app, &first, "2").await;
    assert_eq!(hints(&correction), []);
    let correction = text(&correction["reports"][0]["report_id"]);

    // New reports to the municipality of before are taken in, with a hint.
    let mut new = Vec::new();
    for title in ["Kok", "Pedel"] {
        let (status, answer) = app.submit(&submission_with("position_title", json!(title))).await;
        assert_eq!(status, StatusCode::CREATED);
        let [(pointer, level, message)] = hints(&answer).try_into().expect("one hint");
        assert_eq!(
            (pointer.as_str(), level.as_str()),
            ("/reports/0/municipality_code", "hint")
        );
        assert!(
            message.contains("Frederiksberg Kommune") && !message.contains(NAME),
            "{message}"
        );
        new.push(text(&answer["reports"][0]["report_id"]));
    }

    // The old municipality decides on one of them, and hands on all that it has of the person from the other one's page.
    let decided = format!("/api/v1/municipalities/0101/records/{}/outcome", new[0]);
    app.post(&decided, &app.copenhagen, &json!({ "outcome": "accepted" }))
        .await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let page = browser.get(&format!("/kommune/{}", new[1])).await;
    assert!(page.text.contains("Send også den anden indberetning"), "{}", page.text);
    let csrf = page.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("to", "0147"),
        ("why", "Flyttet"),
        ("all", "yes"),
    ];
    let done = browser.post(&format!("/kommune/{}/oversend", new[1]), &fields).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/kommune/oversendt?gjort=2")
    );
    let list = browser.get("/kommune/oversendt?gjort=2").await;
    assert!(list.text.contains("2 indberetninger er sendt videre"));
    assert!(
        !browser.get("/kommune").await.text.contains(NAME),
        "nothing of the person is left"
    );

    let old = [
        event("available", &first),
        event("transferred-out", &first),
        event("available", &new[0]),
        event("available", &new[1]),
        event("transferred-out", &new[1]),
        event("transferred-out", &new[0]),
    ];
    assert_eq!(told(&app, "0101", &app.copenhagen).await, old);
    let there = [
        event("transferred-in", &first),
        event("corrected", &correction),
        event("transferred-in", &new[1]),
        event("transferred-in", &new[0]),
    ];
    assert_eq!(told(&app, "0147", &app.frederiksberg).await, there);

    // Who names the right one hears nothing.
    let (_, answer) = app.submit(&submission_with("municipality_code", json!("0147"))).await;
    assert_eq!(hints(&answer), []);
}

#[tokio::test]
async fn every_channel_hints_and_another_employer_learns_nothing() {
    let app = TestApp::start().await;
    let first = text(&app.taken_in().await["reports"][0]["report_id"]);
    let path = "/api/v1/submissions/validate";
    assert_eq!(hints(&app.post(path, &app.employer, &submission()).await.1), []);
    transfer(&app, &first).await;
    let (status, checked) = app.post(path, &app.employer, &submission()).await;
    assert_eq!((status, hints(&checked).len()), (StatusCode::OK, 1), "{checked:#}");

    let mut other = submission();
    other["employer"]["cvr"] = json!(OTHER_CVR);
    let (status, answer) = app.submit_as(&app.other_employer, "other", &other).await;
    assert_eq!((status, hints(&answer)), (StatusCode::CREATED, Vec::new()));

    // On the page it stands where everything is looked over once more.
    let mut browser = Browser::employer(&app, CVR).await;
    let page = browser.new_report().await;
    let mut answers = submission()["reports"][0].take();
    answers["full_time_total_monthly_wage"] = json!("32.067,00");
    let fields: Vec<(String, String)> = answers
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .chain(
            ["qualification_supplement", "employer_pension"]
                .map(|one| ("included_components".to_owned(), one.to_owned())),
        )
        .chain([
            ("valid_from.day".to_owned(), "1".to_owned()),
            ("valid_from.month".to_owned(), "12".to_owned()),
            ("valid_from.year".to_owned(), "2026".to_owned()),
            ("csrf".to_owned(), page.csrf()),
            ("contact_name".to_owned(), "Løn & Personale".to_owned()),
            ("contact_email".to_owned(), "loen@example.dk".to_owned()),
            ("action".to_owned(), "to:review".to_owned()),
        ])
        .collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let review = browser.post(&page.step("review"), &fields).await;
    let review = browser.follow(review).await;
    assert!(
        review.text.contains("er sendt videre til Frederiksberg Kommune"),
        "{}",
        review.text
    );
}
