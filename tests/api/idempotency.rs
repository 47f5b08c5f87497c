use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestApp, submission, submission_with};

#[tokio::test]
async fn the_same_key_with_the_same_content_gets_the_same_answer() {
    let app = TestApp::start().await;
    let (first_status, first) = app.submit_as(&app.employer, "k-1", &submission()).await;
    let (second_status, second) = app.submit_as(&app.employer, "k-1", &submission()).await;
    assert_eq!(
        (first_status, second_status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first, second);
    let (_, list) = app.get("/api/v1/submissions", &app.employer).await;
    assert_eq!(list["submissions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn fifty_repeats_at_once_make_one_submission() {
    let app = TestApp::start().await;
    let body = submission();
    let calls = (0..50).map(|_| app.submit_as(&app.employer, "k-50", &body));
    let answers = futures_util::future::join_all(calls).await;
    for (status, answer) in &answers {
        assert_eq!(*status, StatusCode::CREATED, "{answer:#}");
        assert_eq!(answer["receipt_number"], answers[0].1["receipt_number"]);
    }
    let (_, feed) = app
        .get("/api/v1/municipalities/0101/records?after=0", &app.copenhagen)
        .await;
    assert_eq!(feed["latest_sequence"], 1);
}

#[tokio::test]
async fn the_same_key_with_other_content_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    app.submit_as(&app.employer, "k-2", &submission()).await;
    let other = submission_with("position_title", json!("Gartner"));
    let (status, problem) = app.submit_as(&app.employer, "k-2", &other).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("idempotency-key-reused"))
    );
}

#[tokio::test]
async fn keys_of_two_companies_do_not_meet() {
    let app = TestApp::start().await;
    let (_, mine) = app.submit_as(&app.employer, "shared", &submission()).await;
    let mut body = submission();
    body["employer"]["cvr"] = json!(crate::support::OTHER_CVR);
    let (status, theirs) = app.submit_as(&app.other_employer, "shared", &body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(mine["receipt_number"], theirs["receipt_number"]);
}

#[tokio::test]
async fn without_a_key_the_answer_says_what_to_send() {
    let app = TestApp::start().await;
    let request = app
        .request(Method::POST, "/api/v1/submissions", &app.employer)
        .json(&submission());
    let (status, problem) = crate::support::read(request.send().await.unwrap()).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("idempotency-key-missing"))
    );
}

#[tokio::test]
async fn a_key_that_is_there_but_unfit_is_told_as_that() {
    let app = TestApp::start().await;
    for key in ["", "\"\"", "my key", "\"my key\"", &"a".repeat(256), "n\u{f8}gle"] {
        let call = app.request(Method::POST, "/api/v1/submissions", &app.employer);
        let call = call.header("idempotency-key", key).json(&submission());
        let (status, problem) = crate::support::read(call.send().await.unwrap()).await;
        let told = (status, problem["code"].as_str());
        assert_eq!(told, (StatusCode::BAD_REQUEST, Some("idempotency-key-unfit")), "{key}");
    }
    let twice = app.request(Method::POST, "/api/v1/submissions", &app.employer);
    let twice = twice.header("idempotency-key", "one").header("idempotency-key", "two");
    let (_, problem) = crate::support::read(twice.json(&submission()).send().await.unwrap()).await;
    assert_eq!(problem["code"], "idempotency-key-unfit");
}

#[tokio::test]
async fn a_key_with_quotes_is_the_same_as_without() {
    let app = TestApp::start().await;
    let (_, plain) = app.submit_as(&app.employer, "k-1", &submission()).await;
    let (_, quoted) = app.submit_as(&app.employer, "\"k-1\"", &submission()).await;
    assert_eq!(plain, quoted);
}
