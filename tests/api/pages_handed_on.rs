//! What a municipality has handed on stays told on its pages, without what the report says; and a decided report can be handed on too.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    pages_browser::Browser,
    pages_inbox::listed,
    support::{CPR, NAME, TestApp, submission_with},
};

/// Hands a report on by its page; gives where the browser is sent.
async fn hand_on(browser: &mut Browser<'_>, report: &str, more: &[(&str, &str)]) -> String {
    let csrf = browser.get(&format!("/kommune/{report}")).await.csrf();
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("to", "0147"),
        ("why", "Flyttet til Frederiksberg"),
    ];
    fields.extend(more);
    let done = browser.post(&format!("/kommune/{report}/oversend"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    done.header("location").to_owned()
}

async fn audited(app: &TestApp) -> i64 {
    app.running.app.store.audit_verify().await.unwrap().entries
}

#[tokio::test]
async fn handing_on_is_confirmed_and_stays_in_a_list_and_at_the_report() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let receipt = answer["receipt_number"].as_str().unwrap();
    let mut browser = Browser::municipality(&app, "0101").await;
    let there = hand_on(&mut browser, report, &[]).await;
    assert_eq!(there, "/kommune/oversendt?gjort=1");

    let before = audited(&app).await;
    let list = browser.get(&there).await;
    assert_eq!(audited(&app).await, before + 1, "the look is written down");
    assert!(list.text.contains("alert-success") && list.text.contains("Indberetningen er sendt videre"));
    assert_eq!(listed(&list.text), [format!("/kommune/{report}")]);
    let record = browser.get(&format!("/kommune/{report}")).await;
    assert_eq!(record.status, StatusCode::OK);
    assert!(record.text.contains(report));
    for seen in [&list.text, &record.text] {
        for told in [receipt, "Frederiksberg Kommune", "Flyttet til Frederiksberg"] {
            assert!(seen.contains(told), "{told}");
        }
        for gone in [CPR, NAME, "32.067", "Kontorassistent"] {
            assert!(!seen.contains(gone), "{gone} is the other's now");
        }
    }
    assert!(!browser.get("/kommune/oversendt").await.text.contains("alert-success"));
    let inbox = browser.get("/kommune").await;
    assert!(inbox.text.contains("href=\"/kommune/oversendt\"") && !inbox.text.contains(NAME));

    // A search for the person tells that it was here, and a calculation with it is not for them any more.
    let fields = [("csrf", inbox.csrf()), ("employee_cpr", CPR.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let found = browser.post("/kommune", &fields).await;
    assert!(found.text.contains("Om borgeren har I sendt videre") && found.text.contains(receipt));
    assert!(!found.text.contains(NAME));
    let gone = browser.post(&format!("/kommune/{report}/beregn"), &fields).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);

    // The receiver has the report itself, and nobody else either.
    let mut receiver = Browser::municipality(&app, "0147").await;
    assert!(receiver.get(&format!("/kommune/{report}")).await.text.contains(NAME));
    assert_eq!(listed(&receiver.get("/kommune/oversendt").await.text), [""; 0]);
    let mut third = Browser::municipality(&app, "0851").await;
    assert_eq!(
        third.get(&format!("/kommune/{report}")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_list_of_what_was_handed_on_is_turned_by_its_links() {
    let app = TestApp::start().await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let csrf = browser.get("/kommune").await.csrf();
    for _ in 0..27 {
        let answer = app.taken_in().await;
        let report = answer["reports"][0]["report_id"].as_str().unwrap();
        let fields = [("csrf", csrf.as_str()), ("to", "0147"), ("why", "Flyttet")];
        browser.post(&format!("/kommune/{report}/oversend"), &fields).await;
    }
    let first = browser.get("/kommune/oversendt").await;
    let mut seen = listed(&first.text);
    assert_eq!(seen.len(), 25);
    let older = first
        .text
        .split("href=\"")
        .find(|part| part.starts_with("/kommune/oversendt?foer="));
    let older = older
        .and_then(|part| part.split('"').next())
        .expect("there are older ones");
    seen.extend(listed(&browser.get(older).await.text));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 27);
    assert_eq!(
        browser.get("/kommune/oversendt?foer=x").await.status,
        StatusCode::BAD_REQUEST
    );
    let made_up = browser.get("/kommune/oversendt?gjort=%3Cb%3E").await;
    assert!(
        !made_up.text.contains("alert-success"),
        "only a number of reports is told"
    );
}

#[tokio::test]
async fn a_decided_report_is_handed_on_by_its_page_and_a_closed_one_is_not() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let mut browser = Browser::municipality(&app, "0101").await;
    let page = browser.get(&format!("/kommune/{report}")).await;
    let csrf = page.csrf();
    let (decide, transfer) = (format!("/kommune/{report}/svar"), format!("/kommune/{report}/oversend"));
    assert!(page.text.contains(&decide) && page.text.contains(&transfer));
    assert!(
        !page.text.contains("name=\"all\""),
        "there is no other report on the person"
    );
    browser.post(&decide, &[("csrf", &csrf), ("outcome", "accepted")]).await;
    let page = browser.get(&format!("/kommune/{report}")).await;
    assert!(
        !page.text.contains(&decide) && page.text.contains(&transfer),
        "{}",
        page.text
    );
    let missing = browser.post(&transfer, &[("csrf", &csrf)]).await;
    assert_eq!(missing.status, StatusCode::SEE_OTHER);
    let missing = browser.follow(missing).await;
    assert_eq!(missing.status, StatusCode::OK);
    assert!(missing.text.contains("href=\"#to\"") && missing.text.contains("href=\"#why\""));
    hand_on(&mut browser, report, &[]).await;
    let (_, feed) = app.get("/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    assert_eq!(feed["records"][0]["report"]["report_id"], report);

    let (_, answer) = app.submit(&submission_with("position_title", json!("Kok"))).await;
    let closed = answer["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/reports/{closed}/withdrawal");
    let request = app.request(reqwest::Method::POST, &path, &app.employer);
    let request = request.header("idempotency-key", "gone").header("if-match", "\"1\"");
    let (status, taken) = crate::support::read(request.json(&json!({})).send().await.unwrap()).await;
    assert!(status.is_success(), "{taken:#}");
    let withdrawal = taken["reports"][0]["report_id"].as_str().unwrap();
    for report in [closed, withdrawal] {
        let page = browser.get(&format!("/kommune/{report}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.text.contains("/oversend\"") && !page.text.contains("/svar\""),
            "{report}"
        );
    }
}
