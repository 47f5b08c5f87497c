//! What has been kept long enough is gone for everybody, and readers are told where to go on.

use std::time::Duration;

use fleksport::{
    audit::Actor,
    store::{DeletionPace, Holder},
    worker::retention,
};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestApp, key_for, submission_with};

const FEED: &str = "/api/v1/municipalities/0101";

/// Two reports that were acknowledged, and a third that was not; then their time is over.
async fn grown_old() -> (TestApp, String, Vec<Value>) {
    let app = TestApp::start_with("[retention]\nreport_days = 400").await;
    let mut sent = Vec::new();
    for position in ["Gartner", "Kok", "Pedel"] {
        let (status, answer) = app.submit(&submission_with("position_title", json!(position))).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        sent.push(answer);
    }
    let up_to = json!({"up_to_sequence": 2});
    app.post(&format!("{FEED}/acknowledgements"), &app.copenhagen, &up_to)
        .await;
    let store = &app.running.app.store;
    while store.outbox_counts().await.unwrap().waiting > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app.clock.set(app.clock.now() + SignedDuration::from_hours(24 * 401));
    store.accept_clock(Actor::operator()).await.unwrap();
    let key = key_for(&app.running, Holder::Municipality("0101".parse().unwrap())).await;
    (app, key, sent)
}

#[tokio::test]
async fn who_asks_for_what_was_deleted_is_told_where_to_go_on() {
    let (app, key, _) = grown_old().await;
    let (status, before) = app.get(&format!("{FEED}/records"), &key).await;
    assert_eq!(status, StatusCode::OK, "{before:#}");
    let deleted = retention::work_off(&app.running.app, DeletionPace::Uncapped)
        .await
        .unwrap();
    assert_eq!((deleted.entries, deleted.submissions), (2, 2));

    for path in [
        "records",
        "records?after=1",
        "records/range?from=2&to=3",
        "snapshot?as_of=1",
    ] {
        let (status, problem) = app.get(&format!("{FEED}/{path}"), &key).await;
        assert_eq!(status, StatusCode::GONE, "{path}: {problem:#}");
        assert_eq!(
            (
                &problem["code"],
                &problem["floor_sequence"],
                &problem["latest_sequence"]
            ),
            (&json!("cursor-too-old"), &json!(2), &json!(3)),
            "{path}"
        );
        assert!(
            problem["detail"].as_str().unwrap().contains("after=floor_sequence"),
            "{path}"
        );
    }
    let (status, page) = app.get(&format!("{FEED}/records?after=2"), &key).await;
    assert_eq!(status, StatusCode::OK, "{page:#}");
    assert_eq!(page["records"][0], before["records"][2], "what is left is as it was");
    let (_, range) = app.get(&format!("{FEED}/records/range"), &key).await;
    assert_eq!((&range["from"], &range["count"]), (&json!(3), &json!(1)));
    assert_eq!(range["previous_digest"], before["records"][1]["digest"]);
    let (_, snapshot) = app.get(&format!("{FEED}/snapshot"), &key).await;
    assert_eq!(snapshot["records"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn what_was_deleted_is_gone_for_its_employer_and_for_whoever_checks_the_receipt() {
    let (app, _, sent) = grown_old().await;
    let employer = key_for(&app.running, Holder::Employer(crate::support::CVR.parse().unwrap())).await;
    retention::work_off(&app.running.app, DeletionPace::Uncapped)
        .await
        .unwrap();
    for (answer, wanted) in sent
        .iter()
        .zip([StatusCode::NOT_FOUND, StatusCode::NOT_FOUND, StatusCode::OK])
    {
        let id = answer["submission_id"].as_str().unwrap();
        for path in [
            format!("/api/v1/submissions/{id}"),
            format!("/api/v1/submissions/{id}/receipt.pdf"),
        ] {
            let status = app
                .request(Method::GET, &path, &employer)
                .send()
                .await
                .unwrap()
                .status();
            assert_eq!(status, wanted, "{path}");
        }
    }
}

#[tokio::test]
async fn the_privacy_page_tells_how_long_reports_are_kept() {
    let app = TestApp::start_with("[retention]\nreport_days = 400").await;
    let page = app.request(Method::GET, "/privatliv", "").send().await.unwrap();
    assert!(page.text().await.unwrap().contains("400 dage"));
}
