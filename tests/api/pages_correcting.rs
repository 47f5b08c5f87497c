//! A correction is begun on the page of the report, with its answers filled in and no id to copy.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    pages_browser::{Browser, Seen},
    support::{CVR, NAME, OTHER_CVR, TestApp},
};

const NEW: &str = "/indberet/ny";

/// Sends a report as a machine; its page, and its id.
async fn sent(app: &TestApp) -> (String, String) {
    let answer = app.taken_in().await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let id = text(&answer["reports"][0]["report_id"]);
    (format!("/indberet/{}", text(&answer["submission_id"])), id)
}

async fn begin(browser: &mut Browser<'_>, page: &str, what: &str) -> Seen {
    let page = browser.get(page).await;
    let seen = browser.send_form(&page, NEW, &[("hvad", what)]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
    browser.follow(seen).await
}

/// Sends the page's form as it was drawn, with these fields.
async fn press(browser: &mut Browser<'_>, page: &Seen, fields: &[(&str, &str)]) -> Seen {
    let action = page.action("report");
    let hidden = ["csrf", "ticket", "retur"].map(|name| (name, page.hidden(name)));
    let mut all: Vec<_> = hidden
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
        .collect();
    all.extend_from_slice(fields);
    let seen = browser.post(&action, &all).await;
    browser.follow(seen).await
}

#[tokio::test]
async fn a_report_is_corrected_from_its_page() {
    let app = TestApp::start().await;
    let (page, old) = sent(&app).await;
    let mut browser = Browser::employer(&app, CVR).await;
    let before = browser.get(&page).await;
    let shown: String = before
        .text
        .split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| text)
        .collect();
    assert!(!shown.contains(&old), "no id is shown to be copied");

    let first = begin(&mut browser, &page, "ret").await;
    assert!(
        first.text.contains(NAME) && first.text.contains("251248-9996"),
        "{}",
        first.text
    );
    let review = press(&mut browser, &first, &[("action", "to:review")]).await;
    for part in [
        "Kontorassistent",
        "32.067,00",
        "1. december 2026",
        "Løn &#38; Personale",
        "Erstat med nye oplysninger",
    ] {
        assert!(review.text.contains(part), "{part}: {}", review.text);
    }
    assert!(!review.text.contains(&old), "no id on the check");
    let changed = press(
        &mut browser,
        &review,
        &[("position_title", "Kok"), ("action", "to:review")],
    )
    .await;
    let fields = [("declaration_accepted", "yes"), ("action", "send")];
    let receipt = press(&mut browser, &changed, &fields).await;
    assert!(
        receipt.text.contains("Kok") && receipt.text.contains("Kvitteringsnummer"),
        "{}",
        receipt.text
    );

    let after = browser.get(&page).await;
    assert!(after.text.contains("Rettet"), "{}", after.text);
    assert!(
        !after.text.contains("name=\"hvad\""),
        "what is replaced is not corrected again"
    );
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let records = feed["records"].as_array().unwrap();
    let last = records.last().unwrap();
    assert_eq!(
        (&last["event"], &last["corrects_report_id"]),
        (&json!("report.corrected"), &json!(old))
    );
}

#[tokio::test]
async fn a_report_is_withdrawn_from_its_page() {
    let app = TestApp::start().await;
    let (page, _) = sent(&app).await;
    let mut browser = Browser::employer(&app, CVR).await;
    let review = begin(&mut browser, &page, "traek").await;
    assert!(
        review.text.contains("Tjek dine svar") && review.text.contains(NAME),
        "{}",
        review.text
    );
    let receipt = press(
        &mut browser,
        &review,
        &[("declaration_accepted", "yes"), ("action", "send")],
    )
    .await;
    assert!(receipt.text.contains("Kvitteringsnummer"), "{}", receipt.text);
    assert!(!receipt.text.contains("name=\"hvad\""), "a withdrawal is not withdrawn");
    assert!(browser.get(&page).await.text.contains("Trukket tilbage"));
}

#[tokio::test]
async fn a_correction_is_corrected_as_the_report_that_it_is() {
    let app = TestApp::start().await;
    let (page, _) = sent(&app).await;
    let mut browser = Browser::employer(&app, CVR).await;
    let first = begin(&mut browser, &page, "ret").await;
    let review = press(
        &mut browser,
        &first,
        &[("position_title", "Kok"), ("action", "to:review")],
    )
    .await;
    let seen = press(
        &mut browser,
        &review,
        &[("declaration_accepted", "yes"), ("action", "send")],
    )
    .await;
    let id = seen.text.split("/indberet/").nth(1).unwrap().split('/').next().unwrap();
    let again = begin(&mut browser, &format!("/indberet/{id}"), "ret").await;
    let review = press(&mut browser, &again, &[("action", "to:review")]).await;
    assert!(
        review.text.contains("Kok") && review.text.contains("32.067,00"),
        "{}",
        review.text
    );
}

#[tokio::test]
async fn only_a_report_of_ones_own_is_corrected_and_only_from_its_page() {
    let app = TestApp::start().await;
    let (page, id) = sent(&app).await;
    let mut other = Browser::employer(&app, OTHER_CVR).await;
    let csrf = other.new_report().await.csrf();
    let form = |hvad| {
        [
            ("csrf", csrf.clone()),
            ("report", id.clone()),
            ("hvad", String::from(hvad)),
        ]
    };
    for (what, status) in [
        ("ret", StatusCode::NOT_FOUND),
        ("traek", StatusCode::NOT_FOUND),
        ("x", StatusCode::BAD_REQUEST),
    ] {
        let fields = form(what);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(other.post(NEW, &fields).await.status, status, "{what}");
    }
    let mut own = Browser::employer(&app, CVR).await;
    let unshown = own.post(NEW, &[("report", &id), ("hvad", "ret")]).await;
    assert_eq!(unshown.status, StatusCode::FORBIDDEN);
    // The login has ended: back to the page, where the button still is.
    let seen = own.get(&page).await;
    own.log_in(&[("role", "employer"), ("cvr", CVR)]).await;
    let back = own.send_form(&seen, NEW, &[("hvad", "ret")]).await;
    let back = own.follow(back).await;
    assert!(
        back.text.contains("Intet er sendt") && back.text.contains("name=\"hvad\""),
        "{}",
        back.text
    );
}
