//! The operator's page, as a browser without scripts uses it: what waits, with what to do and where.

use std::time::Duration;

use fleksport::store::Holder;
use reqwest::{Method, header};
use serde_json::json;

use crate::support::{CPR, NAME, TestApp, submission_with};

const PAGE: &str = "/kl/drift";

async fn seen_by(app: &TestApp, holder: Holder, path: &str) -> String {
    let day = Duration::from_secs(86_400);
    let begun = app.running.app.store.session_begin(holder, day, day).await.unwrap();
    let request = app.request(Method::GET, path, "");
    let request = request.header(header::COOKIE, format!("session={}", begun.token.expose()));
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_page_tells_what_waits_with_what_to_do_and_where() {
    let app = TestApp::start().await;
    let quiet = seen_by(&app, Holder::Kl, PAGE).await;
    assert!(quiet.contains("Tjenesten tager imod og giver fra sig.") && !quiet.contains("<strong>Se efter"));
    assert!(
        quiet.contains("<code>database-write</code>"),
        "the checks of ready are there"
    );

    app.taken_in().await;
    app.submit(&submission_with("municipality_code", json!("0411"))).await;
    app.get("/api/v1/municipalities/0101/records?after=99", &app.copenhagen)
        .await;
    let page = seen_by(&app, Holder::Kl, PAGE).await;
    assert!(
        page.contains("1 venter på, at nogen finder kommunen") && page.contains("<a href=\"/kl/holdte\">"),
        "{page}"
    );
    assert!(
        page.contains("længere fremme end strømmen") && page.contains("0101 København har 99, strømmen 1"),
        "{page}"
    );
    assert!(page.contains("Københavns Kommune") && page.contains("<code>POST /api/v1/submissions</code>"));
    assert!(!page.contains(NAME) && !page.contains(CPR), "nothing of a person");

    let english = seen_by(&app, Holder::Operator, "/kl/drift?lang=en").await;
    assert!(
        english.contains("1 wait for a person to find the municipality")
            && english.contains("the service was set back")
            && english.contains("docs/pulling.md"),
        "{english}"
    );
}

#[tokio::test]
async fn who_runs_the_service_finds_the_page_in_the_menu_and_others_do_not() {
    let app = TestApp::start().await;
    let entry = "href=\"/kl/drift\"";
    assert!(seen_by(&app, Holder::Kl, "/blanket").await.contains(entry));
    assert!(
        seen_by(&app, Holder::Operator, PAGE)
            .await
            .contains("aria-current=\"page\"")
    );
    let municipality = Holder::Municipality("0101".parse().unwrap());
    assert!(!seen_by(&app, municipality, "/blanket").await.contains(entry));
}

#[tokio::test]
async fn the_page_comes_up_while_the_database_is_away_for_who_is_known_already() {
    let app = TestApp::start().await;
    app.running.app.store.close().await;
    let vital = fleksport::figures::Vital::look(&app.running.app).await;
    let facts = fleksport::figures::Facts::look(&app.running.app).await;
    assert!(vital.reads.is_err());
    let found = fleksport::figures::findings(&facts);
    let database = found.iter().find(|one| one.code == "database").unwrap();
    assert!(database.look && !database.todo.da.is_empty() && !database.todo.en.is_empty());
    let mail = found.iter().find(|one| one.code == "held").unwrap();
    assert_eq!(mail.said.en, "not asked, because the database does not answer");
}
