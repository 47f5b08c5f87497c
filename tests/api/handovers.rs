//! Whose a report is: handing it on, and finding the municipality of one that is held.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{CPR, TestApp, submission_with};

fn text(value: &Value) -> String {
    value.as_str().expect("a text stands here").to_owned()
}

#[tokio::test]
async fn both_feeds_tell_a_transfer_and_the_old_one_no_longer_what_the_report_says() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = text(&answer["reports"][0]["report_id"]);
    let path = format!("/api/v1/municipalities/0101/records/{report}/transfer");
    let body = json!({"to": "0147", "reason": "Flyttet til Frederiksberg"});
    let (status, handover) = app.post(&path, &app.copenhagen, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{handover:#}");
    assert_eq!(
        app.post(&path, &app.copenhagen, &body).await,
        (StatusCode::CREATED, handover.clone())
    );

    let (_, old) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let events: Vec<_> = old["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| text(&record["event"]))
        .collect();
    assert_eq!(events, ["report.available", "report.transferred-out"]);
    for record in old["records"].as_array().unwrap() {
        assert_eq!(
            (&record["handed_on"], &record["assessment"]),
            (&json!(true), &Value::Null)
        );
        assert_eq!(
            (&record["report"]["answers"], &record["report"]["salt"]),
            (&json!({}), &Value::Null)
        );
        assert!(!record.to_string().contains(CPR));
    }
    assert_eq!(old["records"][1]["handover"], handover);
    let (_, new) = app.get("/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    let record = &new["records"][0];
    assert_eq!(
        (text(&record["event"]), &record["handover"]),
        ("report.transferred-in".to_owned(), &handover)
    );
    assert_eq!(record["report"]["answers"]["employee_cpr"], CPR);
    assert_eq!(record["report"]["municipality"]["reason_code"], "handed_over");

    let path = format!("/api/v1/reports/{report}");
    assert_eq!(app.get(&path, &app.copenhagen).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        app.get(&path, &app.frederiksberg).await.1["handovers"],
        json!([handover])
    );
    let (_, own) = app.get(&path, &app.employer).await;
    assert_eq!(own["state"], "transferred");
    assert!(own.get("handovers").is_none(), "the reason is between municipalities");
}

#[tokio::test]
async fn a_transfer_that_can_not_be_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = text(&answer["reports"][0]["report_id"]);
    let path = format!("/api/v1/municipalities/0101/records/{report}/transfer");
    for (to, pointer) in [("0101", "/to"), ("9999", "/to"), ("0411", "/to")] {
        let (status, problem) = app
            .post(&path, &app.copenhagen, &json!({"to": to, "reason": "x"}))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
        assert_eq!(problem["violations"][0]["pointer"], pointer);
    }
    app.post(&path, &app.copenhagen, &json!({"to": "0147", "reason": "Flyttet"}))
        .await;
    let (status, problem) = app
        .post(&path, &app.copenhagen, &json!({"to": "0851", "reason": "Flyttet"}))
        .await;
    assert_eq!(
        (status, text(&problem["code"])),
        (StatusCode::CONFLICT, "report-handed-on".to_owned())
    );
}

#[tokio::test]
async fn kl_finds_the_municipality_of_a_held_report() {
    let app = TestApp::start().await;
    let (_, answer) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
    assert_eq!(answer["reports"][0]["state"], "held");
    let (status, list) = app.get("/api/v1/held", &app.kl).await;
    assert_eq!(status, StatusCode::OK, "{list:#}");
    let held = &list["reports"][0];
    assert_eq!(
        (text(&held["reason_code"]), text(&held["employee_cpr"])),
        ("christianso".to_owned(), CPR.to_owned())
    );
    assert!(!list.to_string().contains("32067"), "no amount is needed for it");
    let path = format!("/api/v1/held/{}/assignment", text(&held["report_id"]));
    let body = json!({"municipality": "0101", "reason": "Afgjort af ministeriet"});
    let (status, handover) = app.post(&path, &app.kl, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{handover:#}");
    assert_eq!(app.post(&path, &app.kl, &body).await.1, handover);
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    assert_eq!(feed["records"][0]["event"], "report.available");
    assert_eq!(
        feed["records"][0]["report"]["municipality"]["reason_code"],
        "decided_by_person"
    );
    assert_eq!(app.get("/api/v1/held", &app.kl).await.1["reports"], json!([]));
    let (status, problem) = app
        .post(&path, &app.kl, &json!({"municipality": "0147", "reason": "x"}))
        .await;
    assert_eq!(
        (status, text(&problem["code"])),
        (StatusCode::CONFLICT, "report-handed-on".to_owned())
    );
}
