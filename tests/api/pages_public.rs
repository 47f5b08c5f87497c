//! Pages for everybody.

use fleksport::{
    clock::Clock,
    config::{Config, Overrides},
};
use reqwest::StatusCode;

use super::{pages_browser::Browser, support::TestApp};

const PAGES: [&str; 8] = [
    "/",
    "/was",
    "/privatliv",
    "/api",
    "/blanket",
    "/kvittering",
    "/beregner",
    "/log-ind",
];

#[tokio::test]
async fn every_page_refuses_what_does_not_come_from_us() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    for path in PAGES.into_iter().chain(["/findes-ikke"]) {
        let seen = browser.get(path).await;
        let policy = seen.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("http"),
            "{path}: {policy}"
        );
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(seen.header("cache-control"), "no-store", "{path}");
        assert!(
            !seen.text.contains("<style") && !seen.text.contains(" style=") && !seen.text.contains(" onclick="),
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_page_has_header_footer_one_heading_and_its_language() {
    let app = TestApp::start().await;
    for path in PAGES {
        for (suffix, language, skip) in [
            ("", "da", "Gå til sidens indhold"),
            ("?lang=en", "en", "Go to the content"),
        ] {
            let seen = Browser::new(&app).get(&format!("{path}{suffix}")).await;
            assert_eq!(seen.status, StatusCode::OK, "{path}");
            assert_eq!(seen.header("content-language"), language, "{path}");
            for needed in [
                format!("<html lang=\"{language}\">").as_str(),
                skip,
                "class=\"portal-info\"",
                "class=\"solution-heading\"",
                "class=\"authority-name\"",
                "href=\"/was\"",
                "href=\"/privatliv\"",
            ] {
                assert!(seen.text.contains(needed), "{path}{suffix}: {needed}");
            }
            assert_eq!(seen.text.matches("<h1").count(), 1, "{path}{suffix}");
            assert!(
                !seen.text.to_lowercase().contains("placeholder="),
                "{path}: a placeholder is no label"
            );
        }
    }
}

#[tokio::test]
async fn the_language_is_that_of_the_choice_then_of_the_cookie_then_of_the_browser() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    assert!(browser.get("/").await.text.contains("<html lang=\"da\">"));
    assert_eq!(browser.cookie("lang"), None, "nothing is kept before somebody chooses");
    assert!(browser.get("/?lang=en").await.text.contains("<html lang=\"en\">"));
    assert_eq!(browser.cookie("lang"), Some("en"));
    let seen = browser.get("/blanket").await;
    assert!(seen.text.contains("<html lang=\"en\">"));
    assert!(seen.text.contains("href=\"/blanket?lang=da\""));
    assert!(browser.get("/?lang=<script>").await.text.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn what_is_not_there_is_told_on_a_page_of_ours() {
    let app = TestApp::start().await;
    let seen = Browser::new(&app).get("/findes-ikke?lang=en").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(
        seen.text.contains("<h1>We can&#39;t find the page</h1>"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("class=\"solution-heading\""));
    let seen = Browser::new(&app).get("/blanket/99.9").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_accessibility_statement_is_where_the_settings_say() {
    let app = TestApp::start_with("[site]\naccessibility_statement_url = \"https://www.was.example/fleksport\"").await;
    let seen = Browser::new(&app).get("/was").await;
    assert!(seen.status.is_redirection());
    assert_eq!(seen.header("location"), "https://www.was.example/fleksport");
}

#[test]
fn the_accessibility_statement_was_reviewed_within_a_year() {
    let config = Config::load(None, &Overrides::default()).unwrap();
    let reviewed = config.site.accessibility_reviewed;
    let today = Clock::System.today();
    assert!(
        reviewed.until((jiff::Unit::Month, today)).unwrap().get_months() < 12,
        "review the statement and its date"
    );
}

#[tokio::test]
async fn the_form_page_explains_every_field_of_every_kind() {
    let app = TestApp::start().await;
    for (path, language) in [
        ("/blanket", fleksport::value::Language::Da),
        ("/blanket/1.0?lang=en", fleksport::value::Language::En),
    ] {
        let seen = Browser::new(&app).get(path).await;
        let form = app.running.app.forms.find("fleksjob-wage", "1.0").unwrap();
        assert!(seen.text.contains(&form.reference().hash), "{path}");
        for field in form.fields() {
            assert!(
                seen.text.contains(&format!("id=\"{}\"", field.id)),
                "{path}: {}",
                field.id
            );
            let reason = field
                .reason
                .get(language)
                .replace('&', "&#38;")
                .replace('"', "&#34;")
                .replace('\'', "&#39;");
            assert!(seen.text.contains(&reason), "{path}: the reason of {}", field.id);
        }
        for kind in form.kinds() {
            assert!(
                seen.text.contains(kind.label.get(language)),
                "{path}: {}",
                kind.code.as_str()
            );
        }
    }
}
