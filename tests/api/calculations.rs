use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    pages_browser::Browser,
    process::{Place, fail, succeed},
    support::TestApp,
};

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

/// STAR's example, by the hour.
fn star() -> Value {
    json!({
        "subsidy_month": "2024-05",
        "income": [ { "type": "fleksjob_wage", "hourly_wage": "200.00", "weekly_hours": "18" } ],
        "wage_ceiling": "32066.67"
    })
}

#[tokio::test]
async fn the_example_of_star_comes_out_the_same_with_the_same_explanation_on_page_in_the_interface_and_on_the_command_line()
 {
    let app = TestApp::start().await;
    let (status, answer) = app.post(PATH, "", &star()).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!(answer["subsidy"], "15272.00");
    let home = Place::sqlite();
    let file = home.file("star.json", &star().to_string());
    let printed: Value = serde_json::from_str(&succeed(home.command(&["calculate", &file]))).unwrap();
    assert_eq!(printed, answer);
    for (language, amount) in [("da", "15.272,00 kr."), ("en", "DKK 15,272.00")] {
        let short = answer["explanation"][language]["short"].as_array().unwrap();
        assert_eq!(short.len(), 5, "{short:?}");
        assert!(short[0].as_str().unwrap().contains(amount), "{short:?}");
        let path = format!("/beregner?subsidy_month=2024-05&wage_unit=hour&wage=200&weekly_hours=18&lang={language}");
        let page = Browser::new(&app).get(&path).await.text;
        let lines = page.split("<p class=\"fs-line\">").skip(1);
        let lines = lines.filter_map(|line| line.split_once("</p>"));
        let lines: Vec<_> = lines.take(5).map(|(line, _)| unescaped(line)).collect();
        assert_eq!(&json!(lines), &answer["explanation"][language]["short"]);
    }
    // What either of them gave comes out again from its own text.
    let kept = home.file("kept.json", &answer.to_string());
    succeed(home.command(&["calculate", "--replay", &kept]));
}

/// The text of a page as a reader sees it.
fn unescaped(text: &str) -> String {
    let signs = [
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&amp;", "&"),
    ];
    signs
        .iter()
        .fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

#[tokio::test]
async fn a_self_employed_year_is_calculated_by_the_same_entrance() {
    let app = TestApp::start().await;
    let case = json!({ "scheme": "self_employed", "year": 2020, "business_income": "100000.00" });
    let (status, answer) = app.post(PATH, "", &case).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!(
        (&answer["yearly_subsidy"], &answer["monthly_subsidy"]),
        (&json!("113889.00"), &json!("9490.75"))
    );
    let home = Place::sqlite();
    let file = home.file("year.json", &case.to_string());
    let printed: Value = serde_json::from_str(&succeed(home.command(&["calculate", &file]))).unwrap();
    assert_eq!(printed, answer);
}

#[test]
fn a_recalculation_shows_the_difference_and_says_whose_decision_it_is() {
    let home = Place::sqlite();
    let income = |wage: &str| json!({ "type": "fleksjob_wage", "cash_wage": wage });
    let case = json!({
        "first_month": "2024-05", "last_month": "2024-05", "then": "2024-07-31", "now": "2024-10-01",
        "facts": [
            { "id": 1, "known_from": "2024-02-01", "ceiling": { "valid_from": "2024-01-01", "amount": "40000.00" } },
            { "id": 2, "known_from": "2024-05-31", "income_month": "2024-04", "income": income("15600.00") },
            { "id": 3, "known_from": "2024-09-01", "replaces": 2, "income_month": "2024-04", "income": income("18000.00") }
        ]
    });
    let file = home.file("known.json", &case.to_string());
    let printed: Value = serde_json::from_str(&succeed(home.command(&["calculate", "--recalculate", &file]))).unwrap();
    assert_eq!(printed["difference"], "-1139.00");
    assert!(
        printed["notice"]["da"]
            .as_str()
            .unwrap()
            .contains("kommunens egen afgørelse")
    );
    let wrong = home.file("wrong.json", "{}");
    fail(home.command(&["calculate", "--recalculate", &wrong]));
}
