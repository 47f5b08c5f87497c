use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::TestApp;

const PATH: &str = "/api/v1/calculations";

/// The case of the design: 15,600 a month from the fleksjob, a ceiling of 32,066.67.
pub fn case() -> Value {
    json!({
        "subsidy_month": "2024-05",
        "income": [ { "type": "fleksjob_wage", "cash_wage": "15600.00", "own_pension": "0.00", "employer_pension": "0.00" } ],
        "wage_ceiling": "32066.67", "ceiling_supplement": "0.00", "benefit": "0.00", "unemployment_benefit_days": 0
    })
}

#[tokio::test]
async fn anybody_calculates_and_the_answer_explains_itself() {
    let app = TestApp::start().await;
    let (status, answer) = app.post(PATH, "", &case()).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    for amount in [
        "deduction_30",
        "deduction_55",
        "subsidy_before_ceiling",
        "ceiling_room",
        "subsidy",
        "atp",
        "paid_before_tax",
    ] {
        let text = answer[amount]
            .as_str()
            .unwrap_or_else(|| panic!("{amount} is missing in {answer:#}"));
        assert!(
            text.split_once('.').is_some_and(|(_, cents)| cents.len() == 2),
            "{amount} is {text}"
        );
    }
    assert!(answer["ceiling_applies"].is_boolean());
    assert!(["final", "provisional"].contains(&answer["status"].as_str().unwrap()));
    assert!(!answer["rates_used"].as_array().unwrap().is_empty());
    let trace = answer["trace"].as_array().unwrap();
    assert!(!trace.is_empty());
}

#[tokio::test]
async fn a_calculation_stores_nothing_and_gives_the_same_each_time() {
    let app = TestApp::start().await;
    let before = app.running.app.store.audit_verify().await.unwrap().entries;
    let first = app.post(PATH, "", &case()).await;
    let second = app.post(PATH, "", &case()).await;
    assert_eq!(first, second);
    assert_eq!(app.running.app.store.audit_verify().await.unwrap().entries, before);
}

#[tokio::test]
async fn every_fault_of_a_case_is_told_at_once_by_pointer() {
    let app = TestApp::start().await;
    let mut case = case();
    case["subsidy_month"] = json!("2024-13");
    case["wage_ceiling"] = json!("12.345");
    case["income"][0]["type"] = json!("lottery");
    case["unknown"] = json!(1);
    let (status, problem) = app.post(PATH, "", &case).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("invalid-request")),
        "{problem:#}"
    );
    let pointers: Vec<_> = problem["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["pointer"].as_str().unwrap())
        .collect();
    for pointer in ["/subsidy_month", "/wage_ceiling", "/income/0/type", "/unknown"] {
        assert!(pointers.contains(&pointer), "{pointer} is not among {pointers:?}");
    }
}
