//! The municipality's own page, as a browser without scripts uses it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use fleksport::{notify::Transport, store::Holder, worker};
use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::json;

use crate::support::{CPR, NAME, TestApp};

const PAGE: &str = "/kommune/oversigt";

/// Somebody logged in.
struct Visit<'a> {
    app: &'a TestApp,
    cookie: String,
    csrf: String,
}

impl<'a> Visit<'a> {
    async fn begin(app: &'a TestApp, holder: Holder) -> Self {
        let day = Duration::from_secs(86_400 * 60);
        let store = &app.running.app.store;
        let begun = store.session_begin(holder, day, day).await.unwrap();
        let found = store.session_find(begun.token.expose(), app.clock.now()).await;
        Self {
            app,
            cookie: format!("session={}", begun.token.expose()),
            csrf: found.unwrap().unwrap().csrf.expose().clone(),
        }
    }

    async fn copenhagen(app: &'a TestApp) -> Self {
        Self::begin(app, Holder::Municipality("0101".parse().unwrap())).await
    }

    async fn get(&self, path: &str) -> String {
        let request = self.app.request(Method::GET, path, "");
        let answer = request.header(header::COOKIE, &self.cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// The page that a form with faults leads back to.
    async fn sent_back(&self, refused: &Response) -> String {
        assert_eq!(refused.status(), StatusCode::SEE_OTHER);
        let page = refused.headers()[header::LOCATION].to_str().unwrap();
        self.get(page).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut form = fields.to_vec();
        form.push(("csrf", &self.csrf));
        let request = self.app.request(Method::POST, &format!("{PAGE}{path}"), "");
        let request = request.header(header::COOKIE, &self.cookie);
        request.form(&form).send().await.unwrap()
    }
}

async fn audit_entries(app: &TestApp) -> i64 {
    app.running.app.store.audit_verify().await.unwrap().entries
}

#[tokio::test]
async fn the_contact_is_kept_and_shown_to_the_operator_when_something_waits_too_long() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let visit = Visit::copenhagen(&app).await;
    let refused = visit.post("/kontakt", &[("contact_email", "ikke en adresse")]).await;
    let refused = visit.sent_back(&refused).await;
    assert!(refused.contains("href=\"#contact_email\"") && refused.contains("value=\"ikke en adresse\""));

    let before = audit_entries(&app).await;
    let kept = visit
        .post("/kontakt", &[("contact_email", "fleks@kommunen.example")])
        .await;
    assert_eq!(kept.status(), StatusCode::SEE_OTHER);
    assert_eq!(audit_entries(&app).await, before + 1);
    let page = visit.get(kept.headers()[header::LOCATION].to_str().unwrap()).await;
    assert!(page.contains("Kontakten er gemt.") && page.contains("value=\"fleks@kommunen.example\""));

    let kl = Visit::begin(&app, Holder::Kl).await;
    assert!(
        !kl.get("/kl/holdte").await.contains("fleks@kommunen.example"),
        "nothing is late yet"
    );
    app.clock.set(app.clock.now() + SignedDuration::from_hours(24 * 7));
    let page = kl.get("/kl/holdte").await;
    assert!(page.contains("mailto:fleks@kommunen.example") && page.contains("Københavns Kommune"));
}

/// The page and the list above which the same is told.
const BOTH: [&str; 2] = [PAGE, "/kommune"];

#[tokio::test]
async fn what_waits_too_long_is_an_alarm_on_the_page_and_above_the_list_with_what_to_do() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    app.taken_in().await;
    let visit = Visit::copenhagen(&app).await;
    let pass = |hours: i64| app.clock.set(app.clock.now() + SignedDuration::from_hours(hours));
    pass(71);
    for page in BOTH {
        assert!(
            !visit.get(page).await.contains("class=\"alert "),
            "{page}: nothing is too old"
        );
    }
    pass(2);
    for page in BOTH {
        let seen = visit.get(page).await;
        assert!(
            seen.contains("class=\"alert alert-warning\"") && seen.contains("2 indberetninger har ventet for længe")
        );
        assert!(
            seen.contains("Grænsen er 3 døgn; det ældste har ventet siden 23. november 2026."),
            "{seen}"
        );
        assert!(seen.contains("se efter, om jeres system henter"));
        assert!(!seen.contains("spørgsmål er ikke besvaret"));
    }
    let other = Visit::begin(&app, Holder::Municipality("0147".parse().unwrap())).await;
    for page in BOTH {
        assert!(
            !other.get(page).await.contains("class=\"alert "),
            "{page}: it is not theirs"
        );
    }

    // One is acknowledged, the other asked about: now it is the employer who takes too long, in the end.
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let question = json!({ "outcome": "question", "text": "Er tillægget fast?" });
    assert_eq!(app.post(&path, &app.copenhagen, &question).await.0, StatusCode::CREATED);
    let path = "/api/v1/municipalities/0101/acknowledgements";
    app.post(path, &app.copenhagen, &json!({ "up_to_sequence": 2 })).await;
    pass(335);
    for page in BOTH {
        assert!(
            !visit.get(page).await.contains("class=\"alert "),
            "{page}: it may take two weeks"
        );
    }
    pass(2);
    for page in BOTH {
        let seen = visit.get(page).await;
        assert!(
            seen.contains("1 spørgsmål er ikke besvaret") && seen.contains("Grænsen er 14 døgn"),
            "{seen}"
        );
        assert!(seen.contains("href=\"/kommune?sporgsmaal=yes\""));
        assert!(!seen.contains("har ventet for længe"));
    }
}

#[tokio::test]
async fn the_operator_sees_which_municipality_waits_for_employers_and_whether_it_was_told() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let question = json!({ "outcome": "question", "text": "Er tillægget fast?" });
    let (status, asked) = app.post(&path, &app.copenhagen, &question).await;
    assert_eq!(status, StatusCode::CREATED, "{asked:#}");
    let visit = Visit::copenhagen(&app).await;
    visit
        .post("/kontakt", &[("contact_email", "fleks@kommunen.example")])
        .await;
    let kl = Visit::begin(&app, Holder::Kl).await;
    assert!(!kl.get("/kl/holdte").await.contains("Københavns Kommune"));
    app.clock.set(app.clock.now() + SignedDuration::from_hours(337));
    let page = kl.get("/kl/holdte").await;
    assert!(
        page.contains("Spørgsmål uden svar\">1 siden 23. november 2026</td>"),
        "{page}"
    );
    assert!(page.contains("Københavns Kommune") && !page.contains("Mail sendt"));
    let mailer = &app.running.app;
    let transport = Transport::new(&mailer.config.mail, &mailer.mail_dir()).unwrap();
    worker::alarm::work_off(mailer, &transport).await.unwrap();
    assert!(kl.get("/kl/holdte").await.contains("Mail sendt 7. december 2026"));
    let path = format!("/api/v1/reports/{report}/answers");
    let (status, said) = app
        .post(
            &path,
            &app.employer,
            &json!({ "question_id": asked["outcome_id"], "text": "Ja" }),
        )
        .await;
    assert!(status.is_success(), "{said:#}");
    assert!(
        !kl.get("/kl/holdte").await.contains("Københavns Kommune"),
        "it is answered"
    );
}

#[tokio::test]
async fn pings_are_registered_tried_and_sent_again_on_the_page() {
    let settings = "[ping]\nallow_loopback = true\n[outbox]\npoll_milliseconds = 20\nretry_seconds = [1]\n";
    let app = TestApp::start_with(settings).await;
    let visit = Visit::copenhagen(&app).await;
    assert!(
        !visit.get(PAGE).await.contains("Send en prøve"),
        "there is nothing to try yet"
    );
    let refused = visit.post("/ping", &[("ping_url", "https://10.0.0.1/")]).await;
    assert!(visit.sent_back(&refused).await.contains("href=\"#ping_url\""));

    // Refuses twice, then takes everything.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let status = if number < 2 { 503 } else { 200 };
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    });
    let registered = visit.post("/ping", &[("ping_url", &url)]).await;
    assert_eq!(registered.headers()[header::CACHE_CONTROL], "no-store");
    assert!(registered.text().await.unwrap().contains("whsec_"));
    assert!(!visit.get(PAGE).await.contains("whsec_"), "the secret is shown once");

    let tried = visit.post("/ping/proev", &[]).await;
    assert_eq!(tried.headers()[header::LOCATION], "/kommune/oversigt?gjort=proeve");
    let page = until(&visit, "Modtageren svarede 503").await;
    assert!(page.contains("Prøves igen") && !page.contains("/igen\""));
    app.clock.set(app.clock.now() + SignedDuration::from_secs(1));
    let page = until(&visit, "/igen\"").await;
    assert!(page.contains("Opgivet"));
    let path = page
        .split("action=\"/kommune/oversigt")
        .find(|rest| rest.contains("/igen\""));
    let path = path.and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let again = visit.post(&path, &[]).await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER, "{path}");
    until(&visit, "Nåede frem").await;
    assert_eq!(visit.post("/ping/fjern", &[]).await.status(), StatusCode::SEE_OTHER);
    assert!(!visit.get(PAGE).await.contains("Send en prøve"));
}

async fn until(visit: &Visit<'_>, text: &str) -> String {
    for _ in 0..500 {
        let page = visit.get(PAGE).await;
        if page.contains(text) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{text} does not come: {}", visit.get(PAGE).await);
}

#[tokio::test]
async fn the_page_tells_what_waits_and_the_deliveries_day_by_day_and_nothing_personal() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.taken_in().await;
    }
    app.clock.set(app.clock.now() + SignedDuration::from_mins(90));
    let path = "/api/v1/municipalities/0101/acknowledgements";
    let (status, _) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 2})).await;
    assert_eq!(status, StatusCode::CREATED);
    let visit = Visit::copenhagen(&app).await;
    let page = visit.get(PAGE).await;
    assert!(page.contains("I alt kom 3 ind i jeres liste, 2 blev hentet, og I gav 0 svar."));
    assert!(page.contains("95 af 100 hentet inden for 1 t 30 min."));
    assert!(page.contains("1; den ældste er fra i dag"));
    assert_eq!(
        page.matches("<svg class=\"fs-curve").count(),
        4,
        "two pictures in two sizes"
    );
    assert!(!page.contains(CPR) && !page.contains(NAME));
    let other = Visit::begin(&app, Holder::Municipality("0147".parse().unwrap())).await;
    let empty = other.get(PAGE).await;
    assert!(empty.contains("I alt kom 0 ind i jeres liste") && !empty.contains("<svg class=\"fs-curve"));
    let english = visit.get("/kommune/oversigt?lang=en").await;
    assert!(english.contains("In all 3 came into your feed"));
}

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let app = TestApp::start().await;
    let mut visit = Visit::copenhagen(&app).await;
    visit.csrf = "another".to_owned();
    for path in ["/kontakt", "/ping", "/ping/fjern", "/ping/proev", "/ping/1/igen"] {
        let answer = visit.post(
            path,
            &[("contact_email", "a@b.example"), ("ping_url", "https://a.example/")],
        );
        assert_eq!(answer.await.status(), StatusCode::FORBIDDEN, "{path}");
    }
}
