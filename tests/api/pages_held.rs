//! The page for reports without a municipality, as a browser without scripts uses it.

use std::time::Duration;

use fleksport::store::Holder;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::support::{CPR, NAME, TestApp, submission_with};

const PAGE: &str = "/kl/holdte";

/// KL, logged in.
struct Visit<'a> {
    app: &'a TestApp,
    cookie: String,
    csrf: String,
}

impl<'a> Visit<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let day = Duration::from_secs(86_400);
        let begun = app.running.app.store.session_begin(Holder::Kl, day, day).await.unwrap();
        let cookie = format!("session={}", begun.token.expose());
        let mut visit = Self {
            app,
            cookie,
            csrf: String::new(),
        };
        let page = visit.get(PAGE).await;
        let csrf = page
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        visit.csrf = csrf.unwrap_or_default().to_owned();
        visit
    }

    async fn get(&self, path: &str) -> String {
        let request = self
            .app
            .request(Method::GET, path, "")
            .header(header::COOKIE, &self.cookie);
        request.send().await.unwrap().text().await.unwrap()
    }

    /// The page that a form with faults leads back to.
    async fn sent_back(&self, refused: &Response) -> String {
        assert_eq!(refused.status(), StatusCode::SEE_OTHER);
        self.get(refused.headers()[header::LOCATION].to_str().unwrap()).await
    }

    async fn post(&self, fields: &[(&str, &str)]) -> Response {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields).append_pair("csrf", &self.csrf);
        let request = self
            .app
            .request(Method::POST, PAGE, "")
            .header(header::COOKIE, &self.cookie);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(body.finish()).send().await.unwrap()
    }
}

#[tokio::test]
async fn kl_decides_a_held_report_on_the_page() {
    let app = TestApp::start().await;
    let (_, answer) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let kl = Visit::begin(&app).await;
    let page = kl.get(PAGE).await;
    assert!(page.contains(NAME) && page.contains(CPR) && page.contains("Christiansø"));
    assert!(!page.contains("32.067"), "no amount is needed for it");

    let refused = kl
        .post(&[("report", report), ("municipality", ""), ("reason", "")])
        .await;
    let refused = kl.sent_back(&refused).await;
    assert!(refused.contains("href=\"#municipality\"") && refused.contains("href=\"#reason\""));
    assert!(!refused.contains("href=\"#report\""), "what was right is kept");

    let fields = [
        ("report", report),
        ("municipality", "0101"),
        ("reason", "Afgjort af ministeriet"),
    ];
    let done = kl.post(&fields).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(done.headers()[header::LOCATION], "/kl/holdte?fundet=1");
    let after = kl.get("/kl/holdte?fundet=1").await;
    assert!(after.contains("lagt til kommunen") && !after.contains(CPR));
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    assert_eq!(feed["records"][0]["report"]["report_id"], report);
}

/// The reports in the order of the table.
fn rows(page: &str) -> Vec<String> {
    let options = page
        .split("<select")
        .find(|part| part.contains("name=\"report\""))
        .unwrap_or_default();
    let options = options
        .split("</select>")
        .next()
        .unwrap_or_default()
        .split("<option value=\"")
        .skip(1);
    options
        .filter_map(|rest| rest.split('"').next())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_longest_held_come_first_and_the_rest_is_reached_by_turning() {
    let app = TestApp::start().await;
    let mut body = submission_with("municipality_code", json!("0411"));
    let one = body["reports"][0].clone();
    let mut sent = Vec::new();
    for part in [30, 25] {
        body["reports"] = (0..part)
            .map(|at| {
                let mut report = one.clone();
                report["position_title"] = json!(format!("Stilling {at}"));
                report
            })
            .collect();
        let (status, answer) = app.submit(&body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        let reports = answer["reports"].as_array().unwrap().iter();
        sent.extend(reports.map(|report| report["report_id"].as_str().unwrap().to_owned()));
    }
    let kl = Visit::begin(&app).await;
    let first = kl.get(PAGE).await;
    let mut seen = rows(&first);
    assert_eq!(seen.len(), 50);
    let next = format!("{PAGE}?efter={}", seen[49]);
    assert!(
        first.contains(&format!("href=\"{next}\"")),
        "the way to the younger ones"
    );
    let second = kl.get(&next).await;
    assert!(second.contains("href=\"/kl/holdte\""), "the way back to the oldest");
    assert!(
        second.contains("Nævnt: Christiansø"),
        "what was answered about the residence"
    );
    seen.extend(rows(&second));
    sent.sort();
    assert_eq!(seen, sent, "all of them, the oldest first");

    // A decision on the second page leads back to it, a faulty one stays on it.
    let report = seen.last().unwrap();
    let place = seen[49].as_str();
    let refused = kl
        .post(&[
            ("report", report),
            ("municipality", "0101"),
            ("reason", ""),
            ("efter", place),
        ])
        .await;
    assert_eq!(rows(&kl.sent_back(&refused).await).len(), 5);
    let done = kl
        .post(&[
            ("report", report),
            ("municipality", "0101"),
            ("reason", "Afgjort"),
            ("efter", place),
        ])
        .await;
    assert_eq!(
        done.headers()[header::LOCATION],
        format!("/kl/holdte?fundet=1&efter={place}")
    );
    assert_eq!(rows(&kl.get(&next).await).len(), 4);
    let request = app
        .request(Method::GET, "/kl/holdte?efter=x", "")
        .header(header::COOKIE, &kl.cookie);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_form_from_elsewhere_decides_nothing() {
    let app = TestApp::start().await;
    let (_, answer) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let mut kl = Visit::begin(&app).await;
    kl.csrf = "another".to_owned();
    let answer = kl
        .post(&[("report", report), ("municipality", "0101"), ("reason", "x")])
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
