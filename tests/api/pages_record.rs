//! One record of the municipality's: what came, what was done to it, and the calculator with other income.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_browser::{Browser, Seen},
    support::{CPR, NAME, TestApp, submission, submission_with},
};

/// Replaces a report by the example with these answers; gives the id of the correction.
async fn corrected(app: &TestApp, report: &str, changes: &[(&str, Value)]) -> String {
    let mut answers = submission()["reports"][0].take();
    for (field, value) in changes {
        answers[*field] = value.clone();
    }
    let request = app.request(
        Method::POST,
        &format!("/api/v1/reports/{report}/corrections"),
        &app.employer,
    );
    let request = request
        .header("idempotency-key", format!("correct-{report}"))
        .header(header::IF_MATCH, "\"1\"");
    let (status, answer) = crate::support::read(request.json(&answers).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    answer["reports"][0]["report_id"].as_str().unwrap().to_owned()
}

async fn sent(app: &TestApp, body: &Value) -> String {
    let (status, answer) = app.submit(body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    answer["reports"][0]["report_id"].as_str().unwrap().to_owned()
}

async fn audited(app: &TestApp) -> i64 {
    app.running.app.store.audit_verify().await.unwrap().entries
}

/// The text without its tags, spaces made one.
fn words(seen: &Seen) -> String {
    let mut text = String::new();
    for part in seen.text.split('<') {
        text.push(' ');
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_came_stands_beside_what_it_was_understood_as() {
    let app = TestApp::start().await;
    let id = sent(&app, &submission_with("employee_cpr", json!(" 2512489996 "))).await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let words = words(&browser.get(&format!("/kommune/{id}")).await);
    assert!(words.contains("Forstået som Som det kom"), "{words}");
    assert!(words.contains(&format!("{CPR} 2512489996")), "{words}");
    let (_, wage) = words
        .split_once("inkl. arbejdsgivers pension 32.067,00 kr.")
        .expect("as understood");
    assert!(
        wage.trim_start_matches(|one: char| !one.is_ascii_digit())
            .starts_with("32067.00"),
        "{wage}"
    );
    assert!(words.contains("37 timer om ugen 37"), "{words}");
}

#[tokio::test]
async fn the_line_of_a_report_tells_what_each_step_changed() {
    let app = TestApp::start().await;
    let first = sent(&app, &submission()).await;
    let second = corrected(&app, &first, &[("full_time_total_monthly_wage", json!("33000.00"))]).await;
    let third = corrected(
        &app,
        &second,
        &[
            ("full_time_total_monthly_wage", json!("33000.00")),
            ("position_title", json!("Kok")),
        ],
    )
    .await;
    let mut browser = Browser::municipality(&app, "0101").await;
    browser.get("/kommune").await;
    let before = audited(&app).await;
    let seen = browser.get(&format!("/kommune/{second}")).await;
    assert_eq!(
        audited(&app).await,
        before + 3,
        "each report of the line that is read is written down"
    );
    for id in [&first, &third] {
        assert!(
            seen.text.contains(&format!("href=\"/kommune/{id}\"")),
            "the others can be opened"
        );
    }
    let words = words(&seen);
    let (_, history) = words.split_once("Historik").unwrap();
    for told in [
        "Første indberetning Rettet",
        "Rettelse (denne side) Rettet",
        "32.067,00 kr. 33.000,00 kr.",
        "Lønloft 32.067,00 kr. 33.000,00 kr.",
        "Kontorassistent Kok",
        "Erstattet af en rettelse",
        "Lagt til kommunen",
    ] {
        assert!(history.contains(told), "{told} is missing in {history}");
    }
}

#[tokio::test]
async fn of_a_report_that_another_municipality_has_nothing_is_told() {
    let app = TestApp::start().await;
    let first = sent(&app, &submission_with("position_title", json!("Hemmelig stilling"))).await;
    let second = corrected(&app, &first, &[("municipality_code", json!("0147"))]).await;
    let mut browser = Browser::municipality(&app, "0147").await;
    browser.get("/kommune").await;
    let before = audited(&app).await;
    let seen = browser.get(&format!("/kommune/{second}")).await;
    assert_eq!(audited(&app).await, before + 1);
    assert!(words(&seen).contains("En indberetning, som en anden kommune har"));
    assert!(!seen.text.contains("Hemmelig stilling") && !seen.text.contains(&format!("/kommune/{first}")));
}

#[tokio::test]
async fn who_handed_it_on_stands_in_the_history_of_the_receiver() {
    let app = TestApp::start().await;
    let id = sent(&app, &submission()).await;
    let path = format!("/api/v1/municipalities/0101/records/{id}/transfer");
    let body = json!({ "to": "0147", "reason": "Flyttet" });
    let (status, answer) = app.post(&path, &app.copenhagen, &body).await;
    assert!(status.is_success(), "{answer:#}");
    let mut browser = Browser::municipality(&app, "0147").await;
    let words = words(&browser.get(&format!("/kommune/{id}")).await);
    assert!(
        words.contains("Sendt videre fra Københavns Kommune til Frederiksberg Kommune"),
        "{words}"
    );
}

#[tokio::test]
async fn other_income_is_calculated_for_the_person_as_the_interface_would_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let id = sent(&app, &submission()).await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let page = browser.get(&format!("/kommune/{id}")).await;
    let path = format!("/kommune/{id}/beregn");
    assert!(page.text.contains(&format!("action=\"{path}\"")));
    let csrf = page.csrf();
    let begun = browser.post(&path, &[("csrf", &csrf)]).await;
    assert_eq!(begun.status, StatusCode::OK);
    assert!(
        begun.text.contains("value=\"32.067,00\""),
        "the ceiling is that of the report"
    );
    assert!(begun.text.contains("En tænkt beregning") && !begun.text.contains("Resultat af"));

    let before = audited(&app).await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("asked", "yes"),
        ("subsidy_month", "2026-11"),
        ("wage_ceiling", "32.067,00"),
        ("kind_1", "fleksjob_wage"),
        ("amount_1", "10.000"),
        ("kind_2", "employer_pension"),
        ("amount_2", "1.000,00"),
        ("kind_3", "other_wage"),
        ("amount_3", "2.500"),
        ("kind_4", "sickness_benefit"),
        ("amount_4", "500"),
    ];
    let seen = browser.post(&path, &fields).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    assert!(
        seen.text.contains("name=\"amount_7\"") && !seen.text.contains("name=\"amount_8\""),
        "three lines to spare"
    );
    let case = json!({
        "subsidy_month": "2026-11", "wage_ceiling": "32067.00",
        "income": [
            { "type": "fleksjob_wage", "cash_wage": "10000.00", "employer_pension": "1000.00" },
            { "type": "other_wage", "cash_wage": "2500.00" },
        ],
        "benefit": "500.00",
    });
    let (status, answer) = app.post("/api/v1/calculations", "", &case).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    let paid = answer["paid_before_tax"].as_str().unwrap().replace('.', ",");
    let paid = format!("{}.{} kr.", &paid[..paid.len() - 6], &paid[paid.len() - 6..]);
    let words = words(&seen);
    assert!(
        words.contains(&format!("Udbetales før skat {paid}")),
        "{paid} in {words}"
    );
    assert!(words.contains("LAB"), "each step has its paragraph");
    assert_eq!(
        audited(&app).await,
        before + 1,
        "the opened report is written down, and nothing else"
    );
    let list = browser.get("/kommune").await;
    assert!(!list.text.contains("2.500") && list.text.matches(NAME).count() == 1);
}

#[tokio::test]
async fn what_can_not_be_calculated_is_told_at_its_line() {
    let app = TestApp::start().await;
    let id = sent(&app, &submission()).await;
    let path = format!("/kommune/{id}/beregn");
    let mut browser = Browser::municipality(&app, "0101").await;
    let csrf = browser.get(&format!("/kommune/{id}")).await.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("asked", "yes"),
        ("subsidy_month", "2031-01"),
        ("wage_ceiling", "-1"),
        ("kind_1", "fleksjob_wage"),
        ("amount_2", "100"),
        ("kind_3", "other_wage"),
        ("amount_3", "mange"),
    ];
    let seen = browser.post(&path, &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["subsidy_month", "wage_ceiling", "amount_1", "kind_2", "amount_3"] {
        assert!(seen.text.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    assert_eq!(
        browser.post(&path, &[("csrf", "x")]).await.status,
        StatusCode::FORBIDDEN
    );
    let mut other = Browser::municipality(&app, "0147").await;
    let csrf = other.get("/kommune").await.csrf();
    assert_eq!(
        other.post(&path, &[("csrf", &csrf)]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn supplements_and_benefits_in_kind_can_be_tried_out_with_their_hints() {
    let app = TestApp::start().await;
    let id = sent(&app, &submission()).await;
    let path = format!("/kommune/{id}/beregn");
    let mut browser = Browser::municipality(&app, "0101").await;
    let csrf = browser.get(&format!("/kommune/{id}")).await.csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("asked", "yes"),
        ("subsidy_month", "2026-06"),
        ("wage_ceiling", "32.067,00"),
        ("kind_1", "fleksjob_wage"),
        ("amount_1", "10.000"),
        ("kind_2", "holiday_supplement"),
        ("amount_2", "1.200"),
        ("kind_3", "free_choice_payout"),
        ("amount_3", "800"),
        ("kind_4", "benefits_in_kind"),
        ("amount_4", "4.000"),
    ];
    let tried = words(&browser.post(&path, &fields).await);
    for hint in [
        "Ferietillægget er løn, men lønloftet har intet",
        "Udbetalt fritvalg eller SH er løn",
        "Personalegoder som fri bil",
    ] {
        assert_eq!(tried.matches(hint).count(), 1, "{hint}: {tried}");
    }
    assert!(
        tried.contains("12.000,00 kr."),
        "the supplements count and the benefits in kind do not: {tried}"
    );
    let mut lifted = fields.to_vec();
    lifted.push(("ceiling_supplement", "3.600"));
    let lifted = words(&browser.post(&path, &lifted).await);
    assert!(
        !lifted.contains("Ferietillægget er løn, men lønloftet har intet")
            && lifted.contains("Personalegoder som fri bil"),
        "{lifted}"
    );
}
