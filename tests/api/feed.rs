use fleksport::record::{CHAIN_START, digest_of, to_hex};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{TestApp, submission, submission_with};

const FEED: &str = "/api/v1/municipalities/0101/records";

#[tokio::test]
async fn a_municipality_pulls_its_own_records_in_order_and_acknowledges_them() {
    let app = TestApp::start().await;
    for position in ["Gartner", "Kok", "Pedel"] {
        app.submit(&submission_with("position_title", json!(position))).await;
    }
    let (_, elsewhere) = app.submit(&submission_with("municipality_code", json!("0147"))).await;

    let (status, first) = app.get(&format!("{FEED}?after=0&limit=2"), &app.copenhagen).await;
    assert_eq!(status, StatusCode::OK, "{first:#}");
    assert_eq!(
        (first["has_more"].as_bool(), first["latest_sequence"].as_i64()),
        (Some(true), Some(3))
    );
    let next = format!("{FEED}?after={}&limit=2", first["next_cursor"].as_str().unwrap());
    let (_, second) = app.get(&next, &app.copenhagen).await;
    let records = [
        first["records"].as_array().unwrap().as_slice(),
        second["records"].as_array().unwrap(),
    ]
    .concat();
    let numbers: Vec<_> = records
        .iter()
        .map(|record| record["sequence"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(records[0]["report"]["answers"]["position_title"], "Gartner");
    assert_eq!(records[0]["event"], "report.available");
    assert_eq!(records[1]["previous_digest"], records[0]["digest"]);
    assert!(records[0]["assessment"].is_object());

    let path = "/api/v1/municipalities/0101/acknowledgements";
    let (status, receipt) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 3})).await;
    assert_eq!(status, StatusCode::CREATED, "{receipt:#}");
    let (_, again) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 3})).await;
    assert_eq!(receipt, again);
    let (status, problem) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 4})).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("acknowledged-beyond-latest"))
    );

    let id = elsewhere["submission_id"].as_str().unwrap();
    let (_, own) = app.get(&format!("/api/v1/submissions/{id}"), &app.employer).await;
    assert_eq!(
        own["reports"][0]["state"], "available",
        "Frederiksberg has not acknowledged"
    );
}

#[tokio::test]
async fn the_employer_sees_that_the_municipality_has_fetched() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    app.post(
        "/api/v1/municipalities/0101/acknowledgements",
        &app.copenhagen,
        &json!({"up_to_sequence": 1}),
    )
    .await;
    let path = format!("/api/v1/submissions/{}", answer["submission_id"].as_str().unwrap());
    assert_eq!(app.get(&path, &app.employer).await.1["reports"][0]["state"], "fetched");
}

#[tokio::test]
async fn another_municipalitys_feed_is_as_unknown_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let (foreign_status, mut foreign) = app.get(FEED, &app.frederiksberg).await;
    let (unknown_status, mut unknown) = app.get("/api/v1/municipalities/9999/records", &app.frederiksberg).await;
    assert_eq!(
        (foreign_status, unknown_status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    foreign["transaction_id"].take();
    unknown["transaction_id"].take();
    assert_eq!(foreign, unknown);
}

#[tokio::test]
async fn a_cursor_that_cant_be_honoured_is_an_error_that_says_how_to_go_on() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let (_, page) = app.get(FEED, &app.copenhagen).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let foreign = format!("/api/v1/municipalities/0147/records?after={cursor}");
    for (path, key) in [
        (foreign, &app.frederiksberg),
        (format!("{FEED}?after=nonsense"), &app.copenhagen),
        (format!("{FEED}?after=-1"), &app.copenhagen),
        (format!("{FEED}?after=99"), &app.copenhagen),
    ] {
        let (status, problem) = app.get(&path, key).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("invalid-cursor")),
            "{path}"
        );
        assert!(problem["detail"].as_str().unwrap().contains("after=0"));
    }
}

#[tokio::test]
async fn nothing_new_is_told_without_sending_it_again() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let response = app.request(Method::GET, FEED, &app.copenhagen).send().await.unwrap();
    let etag = response.headers()[header::ETAG].clone();
    let again = app
        .request(Method::GET, FEED, &app.copenhagen)
        .header(header::IF_NONE_MATCH, etag.clone());
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    app.submit(&submission_with("position_title", json!("Kok"))).await;
    let changed = app
        .request(Method::GET, FEED, &app.copenhagen)
        .header(header::IF_NONE_MATCH, etag);
    assert_eq!(changed.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_long_poll_answers_as_soon_as_something_comes() {
    let app = TestApp::start().await;
    let waiting = app.get("/api/v1/municipalities/0101/records?after=0&wait=20", &app.copenhagen);
    let sending = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        app.taken_in().await
    };
    let ((status, page), _) = tokio::join!(waiting, sending);
    assert_eq!((status, page["records"].as_array().unwrap().len()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_correction_comes_through_the_feed_and_leaves_the_old_report_in_the_history() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/reports/{id}");
    let shown = app.request(Method::GET, &path, &app.employer).send().await.unwrap();
    let etag = shown.headers()[header::ETAG].clone();
    let mut answers = submission()["reports"][0].clone();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let correct = |etag: Option<header::HeaderValue>, key: &'static str| {
        let request = app.request(Method::POST, &format!("{path}/corrections"), &app.employer);
        let request = request.header("idempotency-key", key).json(&answers);
        match etag {
            Some(etag) => request.header(header::IF_MATCH, etag),
            None => request,
        }
    };
    assert_eq!(
        correct(None, "c0").send().await.unwrap().status(),
        StatusCode::PRECONDITION_REQUIRED
    );
    let stale = header::HeaderValue::from_static("\"99\"");
    assert_eq!(
        correct(Some(stale), "c1").send().await.unwrap().status(),
        StatusCode::PRECONDITION_FAILED
    );
    let (status, corrected) = crate::support::read(correct(Some(etag), "c2").send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{corrected:#}");

    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    let events: Vec<_> = feed["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["event"].clone())
        .collect();
    assert_eq!(events, ["report.available", "report.corrected"]);
    assert_eq!(
        feed["records"][1]["report"]["answers"]["full_time_total_monthly_wage"],
        "33000.00"
    );
    assert_eq!(app.get(&path, &app.employer).await.1["state"], "replaced");
}

#[tokio::test]
async fn a_withdrawal_is_a_tombstone_in_the_feed() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let withdraw = |key: &'static str| {
        let request = app.request(Method::POST, &format!("/api/v1/reports/{id}/withdrawal"), &app.employer);
        request
            .header("idempotency-key", key)
            .header(header::IF_MATCH, "\"1\"")
            .send()
    };
    let (status, withdrawn) = crate::support::read(withdraw("w1").await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{withdrawn:#}");
    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    assert_eq!(feed["records"][1]["event"], "report.withdrawn");
    let again = withdraw("w2").await.unwrap().status();
    assert!(
        [StatusCode::CONFLICT, StatusCode::PRECONDITION_FAILED].contains(&again),
        "{again}"
    );
}

/// What a municipality needs to prove later that it got this and nothing else: the digests can be computed from the page alone.
#[tokio::test]
async fn the_digests_can_be_computed_from_what_was_handed_over() {
    let app = TestApp::start().await;
    app.taken_in().await;
    app.submit(&submission_with("position_title", json!("Kok"))).await;
    let (_, page) = app.get(FEED, &app.copenhagen).await;
    let mut previous = CHAIN_START;
    for record in page["records"].as_array().unwrap() {
        let report = &record["report"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let content = digest_of(&json!({
            "answers": report["answers"],
            "corrects": null,
            "employee_cpr": text(&report["answers"]["employee_cpr"]).replace('-', ""),
            "employee_name": report["answers"]["employee_name"],
            "employer_cvr": report["employer"]["cvr"],
            "kind": report["report_kind"],
            "report_id": report["report_id"],
            "salt": report["salt"],
        }));
        assert_eq!(report["content_digest"], to_hex(&content));
        let link = digest_of(&json!({
            "appended_at": record["appended_at"],
            "content": to_hex(&content),
            "event": record["event"],
            "municipality": "0101",
            "previous": to_hex(&previous),
            "report_id": report["report_id"],
            "sequence": record["sequence"].to_string(),
            "transfer_id": record["transfer"]["id"],
        }));
        assert_eq!(
            (text(&record["previous_digest"]), text(&record["digest"])),
            (to_hex(&previous), to_hex(&link))
        );
        previous = link;
    }
    assert_ne!(previous, CHAIN_START);
}
