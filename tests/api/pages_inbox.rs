//! The municipality's list, as a browser without scripts uses it.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    pages_browser::Browser,
    support::{CPR, CVR, NAME, OTHER_CVR, TestApp, submission_with},
};

/// The addresses of the records that a page lists.
pub fn listed(page: &str) -> Vec<String> {
    let table = page
        .split("<tbody>")
        .nth(1)
        .and_then(|rest| rest.split("</tbody>").next());
    let links = table.unwrap_or_default().split("href=\"").skip(1);
    links
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

pub fn older(page: &str) -> Option<String> {
    let links = page.split("href=\"").skip(1);
    let mut found = links
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.contains("foer=") && !href.contains("lang="));
    found
        .next()
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn the_list_is_narrowed_down_by_its_address_and_turned_by_its_links() {
    let app = TestApp::start().await;
    for at in 0..30 {
        app.taken_in().await;
        if at == 10 {
            app.clock.set("2026-11-25T09:00:00Z".parse().unwrap());
        }
    }
    let mut browser = Browser::municipality(&app, "0101").await;
    let mut path = format!("/kommune?status=available&art=full_time_wage&cvr={CVR}&fra=25.11.2026&til=25-11-2026");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.text.contains("value=\"25.11.2026\""),
            "what was asked for stands in the form"
        );
        seen.extend(listed(&page.text));
        let Some(next) = older(&page.text) else { break };
        path = next;
    }
    assert_eq!(
        seen.len(),
        19,
        "those of the second day, over no more than one page of 25"
    );
    seen.dedup();
    assert_eq!(seen.len(), 19);

    let page = browser.get("/kommune?fra=24.11.2026").await;
    assert_eq!(listed(&page.text).len(), 19);
    let page = browser.get("/kommune?til=23.11.2026").await;
    assert_eq!(listed(&page.text).len(), 11);
    for empty in [
        "status=accepted",
        "art=correction",
        &format!("cvr={OTHER_CVR}"),
        "sporgsmaal=yes",
        "fra=26.11.2026",
    ] {
        let page = browser.get(&format!("/kommune?{empty}")).await;
        assert_eq!((page.status, listed(&page.text).len()), (StatusCode::OK, 0), "{empty}");
    }

    // Over the edge of a page the filter goes along.
    let page = browser.get(&format!("/kommune?cvr={CVR}")).await;
    assert_eq!(listed(&page.text).len(), 25);
    let next = older(&page.text).unwrap();
    assert!(next.contains(&format!("cvr={CVR}")), "{next}");
    let page = browser.get(&next).await;
    assert_eq!(listed(&page.text).len(), 5);
    assert_eq!(older(&page.text), None);
    assert!(
        page.text.contains(&format!("href=\"/kommune?cvr={CVR}\"")),
        "back to the newest of the same list"
    );
    assert_eq!(browser.get("/kommune?foer=x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_can_not_be_read_is_told_at_its_field_and_nothing_is_listed() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let before = app.running.app.store.audit_verify().await.unwrap().entries;
    for (query, field) in [
        ("status=held", "status"),
        ("art=none", "art"),
        ("cvr=12345678", "cvr"),
        ("fra=32.13.2026", "fra"),
        ("til=i+dag", "til"),
    ] {
        let page = browser.get(&format!("/kommune?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(page.text.contains(&format!("href=\"#{field}\"")), "{query}");
        assert!(!page.text.contains(NAME), "{query}");
    }
    let after = app.running.app.store.audit_verify().await.unwrap().entries;
    assert_eq!(after, before, "nobody saw anything");
}

#[tokio::test]
async fn a_search_for_a_person_turns_its_pages_with_the_number_in_the_body() {
    let app = TestApp::start().await;
    for _ in 0..30 {
        app.taken_in().await;
    }
    let mut browser = Browser::municipality(&app, "0101").await;
    let csrf = browser.get("/kommune").await.csrf();
    let first = browser
        .post("/kommune", &[("csrf", &csrf), ("employee_cpr", CPR)])
        .await;
    assert_eq!(listed(&first.text).len(), 25);
    assert!(first.text.contains("Der er flere indberetninger om borgeren"));
    let (number, before) = (first.hidden("employee_cpr").unwrap(), first.hidden("foer").unwrap());
    assert!(
        !first.text.contains(&format!("={CPR}")),
        "the number stands in no address"
    );
    let second = browser
        .post(
            "/kommune",
            &[("csrf", &csrf), ("employee_cpr", &number), ("foer", &before)],
        )
        .await;
    let mut all = [listed(&first.text), listed(&second.text)].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 30);
    assert_eq!(second.hidden("foer"), None);
    assert!(!second.text.contains("Der er flere indberetninger"));
    let wrong = browser
        .post("/kommune", &[("csrf", &csrf), ("employee_cpr", CPR), ("foer", "x")])
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_where_a_question_waits() {
    let app = TestApp::start().await;
    let asked = app.taken_in().await;
    app.submit(&submission_with("position_title", json!("Kok"))).await;
    let report = asked["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let question = json!({ "outcome": "question", "text": "Er tillægget fast?" });
    assert_eq!(app.post(&path, &app.copenhagen, &question).await.0, StatusCode::CREATED);
    let mut browser = Browser::municipality(&app, "0101").await;
    let page = browser.get("/kommune?sporgsmaal=yes").await;
    assert_eq!(listed(&page.text), [format!("/kommune/{report}")]);
    assert!(!page.text.contains(CPR), "the list shows no personal number");
}
