//! Logging in and off, and what a login opens.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::StatusCode;

use super::{
    pages_browser::Browser,
    support::{CVR, NOW, TestApp},
};

#[tokio::test]
async fn who_is_not_logged_in_is_led_to_the_login_and_on_from_there() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let seen = browser.get("/indberet/ny").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(seen.header("location"), "/log-ind?videre=%2Findberet%2Fny");
    let seen = browser
        .log_in(&[("role", "employer"), ("cvr", CVR), ("videre", "/indberet/ny")])
        .await;
    assert_eq!(seen.header("location"), "/indberet/ny");
    assert_eq!(browser.new_report().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_login_never_leads_to_another_site() {
    let app = TestApp::start().await;
    for next in [
        "https://example.com",
        "//example.com/indberet",
        "/indberetning",
        "/kommune",
        "javascript:x",
        "//evil",
        "/\\evil",
        "/\t/evil",
        "\\\\evil/indberet",
        "/indberet@evil.example",
    ] {
        let seen = Browser::new(&app)
            .log_in(&[("role", "employer"), ("cvr", CVR), ("videre", next)])
            .await;
        assert_eq!(seen.header("location"), "/indberet", "{next}");
    }
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites_and_is_new_each_time() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.set_cookie(
        "session",
        "0000000000000000000000000000000000000000000000000000000000000000",
    );
    let seen = browser.log_in(&[("role", "kl")]).await;
    let cookie = seen.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("session=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let first = browser.cookie("session").unwrap().to_owned();
    assert_eq!(first.len(), 64);
    browser.log_in(&[("role", "employer"), ("cvr", CVR)]).await;
    assert_ne!(browser.cookie("session").unwrap(), first);
    browser.set_cookie("session", &first);
    assert_eq!(
        browser.get("/indberet").await.status,
        StatusCode::SEE_OTHER,
        "the earlier login has ended"
    );
}

#[tokio::test]
async fn a_login_ends_by_logging_off_and_that_takes_the_token_of_the_page() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let token = browser.cookie("session").unwrap().to_owned();
    assert_eq!(
        browser.post("/log-af", &[("csrf", "wrong")]).await.status,
        StatusCode::FORBIDDEN
    );
    let page = browser.get("/indberet").await;
    let csrf = page
        .text
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let seen = browser.post("/log-af", &[("csrf", &csrf)]).await;
    assert_eq!(seen.header("location"), "/logget-af");
    assert_eq!(browser.cookie("session"), None);
    browser.set_cookie("session", &token);
    assert_eq!(browser.get("/indberet").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_login_ends_by_itself_after_half_an_hour_of_quiet() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let start: jiff::Timestamp = NOW.parse().unwrap();
    app.clock.set(start + SignedDuration::from_mins(29));
    assert_eq!(browser.get("/indberet").await.status, StatusCode::OK);
    // The sign of life is written when the writer has nothing better to do.
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.clock.set(start + SignedDuration::from_mins(58));
    assert_eq!(browser.get("/indberet").await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.clock.set(start + SignedDuration::from_mins(90));
    assert_eq!(browser.get("/indberet").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn each_role_has_its_own_pages() {
    let app = TestApp::start().await;
    let mut employer = Browser::employer(&app, CVR).await;
    assert_eq!(employer.get("/kommune").await.status, StatusCode::FORBIDDEN);
    let mut municipality = Browser::municipality(&app, "0101").await;
    assert_eq!(municipality.get("/indberet").await.status, StatusCode::FORBIDDEN);
    assert!(municipality.get("/kommune").await.text.contains("Københavns Kommune"));
}

#[tokio::test]
async fn a_wrong_number_is_told_at_the_field_and_nobody_is_logged_in() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let seen = browser.log_in(&[("role", "employer"), ("cvr", "12345678")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("href=\"#cvr\"") && seen.text.contains("id=\"cvr-error\""));
    assert_eq!(browser.cookie("session"), None);
}

#[tokio::test]
async fn a_login_that_did_not_come_from_our_form_is_refused() {
    let app = TestApp::start().await;
    let role = ("role", "kl");
    let mut browser = Browser::new(&app);
    let token = browser.get("/log-ind").await.login_token();
    let other = Browser::new(&app).get("/log-ind").await.login_token();
    assert_ne!(token, other);
    for sent in [
        &[role][..],
        &[role, ("login_token", "")],
        &[role, ("login_token", &other)],
    ] {
        let seen = browser.post("/log-ind", sent).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{sent:?}");
        assert_eq!(browser.cookie("session"), None);
    }
    // The form without its cookie, and with one that somebody put there.
    let mut stranger = Browser::new(&app);
    assert_eq!(
        stranger.post("/log-ind", &[role, ("login_token", &token)]).await.status,
        StatusCode::FORBIDDEN
    );
    stranger.set_cookie("login", "x");
    assert_eq!(
        stranger.post("/log-ind", &[role, ("login_token", &token)]).await.status,
        StatusCode::FORBIDDEN
    );

    // A second window of the same browser shares its cookie; what is refused brings a form that works.
    assert_eq!(browser.get("/log-ind").await.login_token(), token);
    let refused = browser.post("/log-ind", &[role, ("login_token", "old")]).await;
    assert_eq!(refused.login_token(), token);
    let seen = browser
        .post("/log-ind", &[role, ("login_token", &refused.login_token())])
        .await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_the_browser_held_before_a_login_is_no_login_after_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.get("/log-ind").await;
    let planted = browser.cookie("login").unwrap().to_owned();
    browser.set_cookie("session", &planted);
    browser.log_in(&[("role", "employer"), ("cvr", CVR)]).await;
    assert_ne!(browser.cookie("session").unwrap(), planted);
    let mut thief = Browser::new(&app);
    thief.set_cookie("session", &planted);
    assert_eq!(thief.get("/indberet").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused_whatever_it_carries() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let token = browser.get("/log-ind").await.login_token();
    for (site, wanted) in [
        ("cross-site", StatusCode::FORBIDDEN),
        ("same-site", StatusCode::FORBIDDEN),
        ("same-origin", StatusCode::SEE_OTHER),
    ] {
        let request = app.request(reqwest::Method::POST, "/log-ind", "");
        let request = request
            .header("cookie", format!("login={}", browser.cookie("login").unwrap()))
            .header("sec-fetch-site", site)
            .form(&[("role", "kl"), ("login_token", &token)]);
        assert_eq!(request.send().await.unwrap().status(), wanted, "{site}");
    }
}
