//! How much one caller may ask for, and what is counted: keys, municipalities, addresses, guesses, mails, and questions about nothing.

use std::time::Duration;

use fleksport::{http::LIMIT_HEADERS, store::Holder};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::support::{TestApp, key_for, read, submission, submission_with};

async fn get(app: &TestApp, path: &str, key: &str) -> Response {
    app.request(Method::GET, path, key).send().await.unwrap()
}

#[tokio::test]
async fn a_caller_that_floods_is_told_when_to_come_again_and_others_are_answered() {
    let app = TestApp::start_with("[limits]\ncaller_per_second = 1\ncaller_burst = 5\n").await;
    let mut refused = None;
    for _ in 0..50 {
        let response = get(&app, "/api/v1/submissions", &app.employer).await;
        for name in &LIMIT_HEADERS {
            assert!(
                response.headers().contains_key(name),
                "{name} with {}",
                response.status()
            );
        }
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(response);
            break;
        }
        assert_eq!(response.status(), StatusCode::OK);
    }
    let refused = refused.expect("fifty calls at once are more than five and one a second");
    assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    assert_eq!(refused.headers()["ratelimit-remaining"], "0");
    assert_eq!(refused.headers()["ratelimit-limit"], "5");
    assert_eq!(refused.headers()[header::CONTENT_TYPE], "application/problem+json");
    let (_, told) = read(refused).await;
    assert_eq!(told["code"], "rate-limited");
    let other = get(&app, "/api/v1/submissions", &app.other_employer).await;
    assert_eq!(other.status(), StatusCode::OK);
    let (status, _) = app.submit(&submission()).await;
    assert_eq!(status, StatusCode::CREATED, "who has read too much can still send");
    for _ in 0..50 {
        let live = get(&app, "/health/live", &app.employer).await;
        assert_eq!(live.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn all_keys_of_a_municipality_count_together() {
    let app = TestApp::start_with("[limits]\nmunicipality_per_second = 1\nmunicipality_burst = 4\n").await;
    let second = key_for(&app.running, Holder::Municipality("0101".parse().unwrap())).await;
    let path = "/api/v1/municipalities/0101/records";
    let mut refused = 0;
    for number in 0..40 {
        let key = if number % 2 == 0 { &app.copenhagen } else { &second };
        let status = get(&app, path, key).await.status();
        refused += usize::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 20, "{refused} of 40");
    let other = get(&app, "/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn people_get_a_page_about_it() {
    let app = TestApp::start_with("[limits]\npeer_per_second = 1\npeer_burst = 2\n").await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let response = get(&app, "/", "").await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(
                response.headers()[header::CONTENT_TYPE]
                    .to_str()
                    .unwrap()
                    .starts_with("text/html")
            );
            assert!(response.headers().contains_key(header::RETRY_AFTER));
            assert!(response.text().await.unwrap().contains("Der kommer for mange kald"));
            return;
        }
        statuses.push(response.status());
    }
    panic!("{statuses:?}");
}

#[tokio::test]
async fn receipt_numbers_can_not_be_tried() {
    let app = TestApp::start().await;
    let taken = app.taken_in().await;
    let number = taken["receipt_number"].as_str().unwrap();
    let path = |n: usize| format!("/api/v1/receipts/{number}/verification?fingerprint={n:064x}");
    let (mut answered, mut refused) = (0, 0);
    for n in 0..400 {
        let (status, told) = app.get(&path(n), "").await;
        match status {
            StatusCode::OK => {
                assert_eq!(told["result"], "altered");
                answered += 1;
            }
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(
        answered < 160 && refused > 200,
        "{answered} answered, {refused} refused"
    );
    let page = get(&app, "/kvittering?nummer=FP-1", "").await;
    assert_eq!(
        page.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "pages and machines count together"
    );
}

#[tokio::test]
async fn keys_can_not_be_tried_and_who_works_at_the_same_address_goes_on() {
    let app = TestApp::start().await;
    let works = || get(&app, "/api/v1/submissions", &app.employer);
    assert_eq!(works().await.status(), StatusCode::OK);
    let (mut wrong, mut refused) = (0, 0);
    for n in 0..400 {
        let key = format!("fp_{n:032}");
        match get(&app, "/api/v1/submissions", &key).await.status() {
            StatusCode::UNAUTHORIZED => wrong += 1,
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(wrong < 160 && refused > 200, "{wrong} looked up, {refused} refused");
    for _ in 0..20 {
        assert_eq!(works().await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_not_there_is_written_down_once_a_minute_and_what_is_there_each_time() {
    let app = TestApp::start().await;
    let taken = app.taken_in().await;
    let (own, receipt) = (taken["submission_id"].as_str().unwrap(), "receipt.json");
    let entries = || async { app.running.app.store.audit_verify().await.unwrap().entries };
    let unknown = |n: usize| format!("/api/v1/submissions/01980000-0000-7000-8000-{n:012}/{receipt}");
    let before = entries().await;
    for n in 0..60 {
        let (status, _) = app.get(&unknown(n), &app.employer).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    // Another's is as unknown.
    let (status, _) = app
        .get(&format!("/api/v1/submissions/{own}"), &app.other_employer)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(entries().await - before, 2, "one for each caller");
    app.clock.set("2026-11-23T12:01:01Z".parse().unwrap());
    app.get(&unknown(1), &app.employer).await;
    app.get(&unknown(2), &app.employer).await;
    assert_eq!(entries().await - before, 3, "a minute later");
    for _ in 0..5 {
        let (status, _) = app
            .get(&format!("/api/v1/submissions/{own}/{receipt}"), &app.employer)
            .await;
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(entries().await - before, 8, "each time");
}

#[tokio::test]
async fn mails_to_one_address_beyond_the_limit_wait_without_losing_an_attempt() {
    let app = TestApp::start_with("[limits]\nmails_per_hour = 2\n").await;
    for number in 0..3 {
        let (status, _) = app
            .submit(&submission_with("position_title", json!(format!("Nr. {number}"))))
            .await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let mut other = submission();
    other["employer"]["contact_email"] = json!("andre@example.dk");
    assert_eq!(app.submit(&other).await.0, StatusCode::CREATED);
    let folder = app.running.app.mail_dir();
    let sent = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    let store = &app.running.app.store;
    for _ in 0..200 {
        if sent() == 3 && store.outbox_counts().await.unwrap().waiting == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(sent(), 3, "two to the one address and one to the other");
    assert_eq!(store.outbox_counts().await.unwrap().waiting, 1);
    // Far later it is due; it has all its attempts.
    let later = "2026-11-24T12:00:00Z".parse().unwrap();
    let row = store.outbox_lease(later, Duration::from_secs(60)).await.unwrap();
    assert_eq!(row.expect("the third").attempts, 1);
}
