//! A full-time wage is compared with what was reported before for the same job, on every channel alike, and stops nothing.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_browser::{Browser, Seen},
    support::{CVR, OTHER_CVR, TestApp, read, submission},
};

const CODE: &str = "ceiling-changed-much";

/// The example with another wage from another day on.
fn raised(wage: &str, from: &str) -> Value {
    let mut body = submission();
    body["reports"][0]["full_time_total_monthly_wage"] = json!(wage);
    body["reports"][0]["valid_from"] = json!(from);
    body
}

/// How often each report of the answer is told that the wage changed much; always as a hint.
fn told(answer: &Value) -> Vec<usize> {
    let reports = answer["reports"].as_array().unwrap().iter();
    let of_report = |report: &Value| {
        let all = report["violations"].as_array().unwrap().iter();
        let found = all.filter(|violation| violation["code"] == CODE);
        found
            .inspect(|violation| assert_eq!(violation["level"], "hint"))
            .count()
    };
    reports.map(of_report).collect()
}

async fn checked(app: &TestApp, body: &Value) -> Vec<usize> {
    let (status, answer) = app.post("/api/v1/submissions/validate", &app.employer, body).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    told(&answer)
}

async fn sent(app: &TestApp, body: &Value) -> (Vec<usize>, String) {
    let (status, answer) = app.submit(body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    (
        told(&answer),
        answer["reports"][0]["report_id"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_wage_more_than_a_fifth_from_the_last_one_is_hinted_at_by_check_and_by_sending() {
    let app = TestApp::start().await;
    // A fifth of 32,067.00 is 6,413.40.
    for (wage, hints) in [("38480.40", 0), ("38480.41", 1), ("25653.60", 0), ("25653.59", 1)] {
        assert_eq!(
            checked(&app, &raised(wage, "2027-01-01")).await,
            [0],
            "nothing was reported yet"
        );
        let (first, id) = sent(&app, &submission()).await;
        assert_eq!(first, [0]);
        assert_eq!(checked(&app, &raised(wage, "2027-01-01")).await, [hints], "{wage}");
        let (second, second_id) = sent(&app, &raised(wage, "2027-01-01")).await;
        assert_eq!(second, [hints], "{wage}");
        // The way back: what is taken back is no longer compared with.
        for id in [id, second_id] {
            withdraw(&app, &id).await;
        }
    }
}

async fn withdraw(app: &TestApp, id: &str) {
    let request = app.request(Method::POST, &format!("/api/v1/reports/{id}/withdrawal"), &app.employer);
    let request = request
        .header("idempotency-key", format!("withdraw-{id}"))
        .header(header::IF_MATCH, "\"1\"");
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
}

#[tokio::test]
async fn only_the_same_job_of_the_same_employer_counts_and_only_what_held_before() {
    let app = TestApp::start().await;
    sent(&app, &submission()).await;
    let with = |field: &str, value: Value| {
        let mut body = raised("60000.00", "2027-01-01");
        body["reports"][0][field] = value;
        body
    };
    assert_eq!(
        checked(&app, &with("position_title", json!("Kok"))).await,
        [0],
        "another job"
    );
    assert_eq!(
        checked(&app, &with("position_title", json!(" KONTORassistent "))).await,
        [1],
        "the same job, written otherwise"
    );
    assert_eq!(
        checked(&app, &with("valid_from", json!("2026-11-30"))).await,
        [0],
        "what holds later"
    );
    let mut other = with("valid_from", json!("2027-01-01"));
    other["employer"]["cvr"] = json!(OTHER_CVR);
    let (status, answer) = app
        .post("/api/v1/submissions/validate", &app.other_employer, &other)
        .await;
    assert_eq!((status, told(&answer)), (StatusCode::OK, vec![0]), "another employer");
}

#[tokio::test]
async fn a_report_is_compared_with_those_before_it_in_the_same_submission() {
    let app = TestApp::start().await;
    let mut body = submission();
    for (wage, from) in [("40000.00", "2027-01-01"), ("41000.00", "2027-04-01")] {
        let next = raised(wage, from)["reports"][0].take();
        body["reports"].as_array_mut().unwrap().push(next);
    }
    assert_eq!(checked(&app, &body).await, [0, 1, 0]);
    assert_eq!(sent(&app, &body).await.0, [0, 1, 0]);
}

#[tokio::test]
async fn a_correction_is_compared_with_what_held_before_the_corrected_report() {
    let app = TestApp::start().await;
    sent(&app, &submission()).await;
    let (_, wrong) = sent(&app, &raised("320670.00", "2027-01-01")).await;
    let answers = raised("33000.00", "2027-01-01")["reports"][0].take();
    let request = app.request(
        Method::POST,
        &format!("/api/v1/reports/{wrong}/corrections"),
        &app.employer,
    );
    let request = request
        .header("idempotency-key", "put-right")
        .header(header::IF_MATCH, "\"1\"");
    let (status, answer) = read(request.json(&answers).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    assert_eq!(told(&answer), [0], "33,000.00 is near 32,067.00");
    assert_eq!(
        checked(&app, &raised("60000.00", "2027-02-01")).await,
        [1],
        "the correction holds from now on"
    );
}

/// The example as the pages carry it, with another wage.
pub const FIELDS: [(&str, &str); 14] = [
    ("report_kind", "full_time_wage"),
    ("employee_cpr", crate::support::CPR),
    ("employee_name", crate::support::NAME),
    ("municipality_code", "0101"),
    ("position_title", "Kontorassistent"),
    ("valid_from", "2027-01-01"),
    ("full_time_weekly_hours", "37"),
    ("entry_mode", "total_known"),
    ("full_time_total_monthly_wage", "50.000,00"),
    ("included_components", "qualification_supplement"),
    ("included_components", "employer_pension"),
    ("contact_name", "Løn & Personale"),
    ("contact_email", "loen@example.dk"),
    ("declaration_accepted", "yes"),
];

/// Sends the flow's form with these fields more, or with other values than the example's.
pub async fn press(browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Seen {
    let page = browser.new_report().await;
    let csrf = page.csrf();
    let changed = |name: &str| more.iter().any(|(other, _)| *other == name);
    let mut fields: Vec<_> = FIELDS.into_iter().filter(|(name, _)| !changed(name)).collect();
    fields.push(("csrf", csrf.as_str()));
    fields.extend_from_slice(more);
    let seen = browser.post(&page.step("review"), &fields).await;
    if seen.header("location").contains("/ny/") {
        browser.follow(seen).await
    } else {
        seen
    }
}

#[tokio::test]
async fn the_page_shows_the_hint_before_sending_and_on_the_receipt() {
    let app = TestApp::start().await;
    sent(&app, &submission()).await;
    let mut browser = Browser::employer(&app, CVR).await;
    let words = "Lønloftet er ændret meget siden sidst.";
    let review = press(&mut browser, &[("action", "to:review")]).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text);
    assert_eq!(review.text.matches(words).count(), 1, "{}", review.text);
    let answer = press(&mut browser, &[("action", "send")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let receipt = browser.get(answer.header("location")).await;
    assert_eq!(receipt.text.matches(words).count(), 1, "{}", receipt.text);
}

/// The codes that a report of an answer was told.
fn codes(answer: &Value) -> Vec<&str> {
    let all = answer["reports"][0]["violations"].as_array().unwrap().iter();
    all.map(|violation| violation["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_was_reported_before_is_told_with_its_receipt_to_the_employer_and_the_municipality() {
    let app = TestApp::start().await;
    let (_, first) = app.submit(&submission()).await;
    assert!(!codes(&first).contains(&"reported-before"), "{first:#}");
    let mut again = submission();
    again["reports"][0]["position_title"] = json!(" kontorASSISTENT ");
    let (status, second) = app.submit(&again).await;
    assert_eq!(status, StatusCode::CREATED, "a warning stops nothing: {second:#}");
    let warning = |answer: &Value| -> String {
        let all = answer["violations"].as_array().unwrap().iter();
        let mut of_code = all.filter(|violation| violation["code"] == "reported-before");
        let found = of_code.next().unwrap_or_else(|| panic!("{answer:#}"));
        assert_eq!(found["level"], "warning");
        found["message"].as_str().unwrap().to_owned()
    };
    let receipt = first["receipt_number"].as_str().unwrap();
    assert!(warning(&second["reports"][0]).contains(receipt));
    let (_, feed) = app
        .get("/api/v1/municipalities/0101/records?after=1", &app.copenhagen)
        .await;
    assert!(warning(&feed["records"][0]["report"]).contains(receipt), "{feed:#}");

    // Another amount, another day, and what was taken back are not the same.
    for (field, value) in [
        ("full_time_total_monthly_wage", "32068.00"),
        ("valid_from", "2026-12-02"),
    ] {
        let mut other = submission();
        other["reports"][0][field] = json!(value);
        let (_, answer) = app.post("/api/v1/submissions/validate", &app.employer, &other).await;
        assert!(!codes(&answer).contains(&"reported-before"), "{field}: {answer:#}");
    }
    for answer in [&first, &second] {
        withdraw(&app, answer["reports"][0]["report_id"].as_str().unwrap()).await;
    }
    let (_, answer) = app
        .post("/api/v1/submissions/validate", &app.employer, &submission())
        .await;
    assert!(!codes(&answer).contains(&"reported-before"), "{answer:#}");
}
