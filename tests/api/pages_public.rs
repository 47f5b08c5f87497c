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

/// What stands between tags, in order; only what is in the content.
fn content(page: &str) -> &str {
    page.split("<main")
        .nth(1)
        .and_then(|rest| rest.split("</main>").next())
        .unwrap()
}

fn count(page: &str, tag: &str) -> usize {
    page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count()
}

fn figures(page: &str) -> Vec<String> {
    let text: String = page
        .split('<')
        .filter_map(|part| part.split_once('>'))
        .map(|(_, text)| format!("{text} "))
        .collect();
    let numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty());
    numbers.map(str::to_owned).collect()
}

fn addresses(page: &str) -> Vec<&str> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn the_privacy_page_says_the_same_in_both_languages_and_the_figures_are_the_settings() {
    let settings = "[retention]\nreport_days = 401\ndraft_hours = 37\n[access]\nsession_idle_minutes = 23\n";
    let app = TestApp::start_with(settings).await;
    let danish = Browser::new(&app).get("/privatliv").await.text;
    let english = Browser::new(&app).get("/privatliv?lang=en").await.text;
    let (danish, english) = (content(&danish), content(&english));
    for tag in ["h1", "h2", "p", "a", "table", "th", "tr", "td"] {
        assert!(count(danish, tag) > 0, "{tag}");
        assert_eq!(count(danish, tag), count(english, tag), "{tag}");
    }
    assert_eq!(addresses(danish), addresses(english));
    assert_eq!(figures(danish), figures(english));
    for (da, en) in [
        (
            "i 37 timer, efter at du sidst ændrede det",
            "for 37 hours after you last changed it",
        ),
        ("gået 401 dage", "401 days have passed"),
        ("efter 23 minutter", "after 23 minutes"),
        (
            "med et login for samme virksomhed eller myndighed",
            "with a login for the same company or authority",
        ),
    ] {
        assert!(danish.contains(da), "{da}");
        assert!(english.contains(en), "{en}");
    }
    // The paragraphs are of a length: none is a stub of the other.
    for (da, en) in danish.split("<p").zip(english.split("<p")) {
        let (da, en) = (da.chars().count(), en.chars().count());
        assert!(da.max(en) <= 2 * da.min(en) + 60, "{da} {en}");
    }
}
