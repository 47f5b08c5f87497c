use reqwest::StatusCode;
use serde_json::json;

use crate::support::{TestApp, submission, submission_with};

#[tokio::test]
async fn a_submission_is_answered_with_its_receipt() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    assert!(answer["receipt_number"].as_str().unwrap().starts_with("FP-"));
    assert_eq!(answer["received_at"], "2026-11-23T12:00:00Z");
    assert_eq!(answer["form_version"], "1.0");
    assert_eq!(answer["form_hash"].as_str().unwrap().len(), 64);
    let report = &answer["reports"][0];
    assert_eq!(report["state"], "available");
    assert_eq!(report["municipality"]["code"], "0101");
    assert_eq!(report["municipality"]["name"], "Københavns Kommune");
    assert!(!report["municipality"]["reason"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn the_sender_reads_it_again_and_nobody_else_does() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let path = format!("/api/v1/submissions/{}", answer["submission_id"].as_str().unwrap());
    let (status, again) = app.get(&path, &app.employer).await;
    assert_eq!(
        (status, &again["receipt_number"]),
        (StatusCode::OK, &answer["receipt_number"])
    );
    assert_eq!(app.get(&path, &app.other_employer).await.0, StatusCode::NOT_FOUND);

    let (_, mine) = app.get("/api/v1/submissions", &app.employer).await;
    assert_eq!(mine["submissions"].as_array().unwrap().len(), 1);
    let (_, theirs) = app.get("/api/v1/submissions", &app.other_employer).await;
    assert_eq!(theirs["submissions"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_key_reports_for_its_own_company_only() {
    let app = TestApp::start().await;
    let (status, problem) = app.submit_as(&app.other_employer, "a", &submission()).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("foreign-employer"))
    );
}

#[tokio::test]
async fn a_check_says_what_would_happen_and_stores_nothing() {
    let app = TestApp::start().await;
    let (status, answer) = app
        .post("/api/v1/submissions/validate", &app.employer, &submission())
        .await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!(answer["reports"][0]["municipality"]["code"], "0101");
    assert!(answer["reports"][0]["assessment"].is_object());
    let (_, mine) = app.get("/api/v1/submissions", &app.employer).await;
    assert_eq!(mine["submissions"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn where_no_municipality_can_be_found_the_report_is_held_and_not_lost() {
    let app = TestApp::start().await;
    let mut abroad = submission_with("employee_lives_abroad", json!(true));
    abroad["reports"][0]["production_unit_p_number"] = json!("1006959421");
    abroad["reports"][0]
        .as_object_mut()
        .unwrap()
        .remove("municipality_code");
    for (body, reason) in [
        (submission_with("municipality_code", json!("0411")), "christianso"),
        (abroad, "abroad"),
    ] {
        let (status, answer) = app.submit(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        assert_eq!(answer["reports"][0]["state"], "held");
        assert_eq!(answer["reports"][0]["municipality"]["reason_code"], reason);
        assert_eq!(answer["reports"][0]["municipality"]["code"], json!(null));
    }
}

#[tokio::test]
async fn a_postcode_decides_only_where_it_lies_in_one_municipality() {
    let app = TestApp::start().await;
    for (postcode, state, code) in [("1050", "available", json!("0101")), ("4100", "held", json!(null))] {
        let mut body = submission_with("employee_postcode", json!(postcode));
        body["reports"][0].as_object_mut().unwrap().remove("municipality_code");
        let (status, answer) = app.submit(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        assert_eq!(answer["reports"][0]["state"], state);
        assert_eq!(answer["reports"][0]["municipality"]["code"], code);
    }
}
