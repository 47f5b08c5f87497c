//! The figures: each moves when its cause happens, none tells of a person, labels are from lists of ours, and a database that is away or
//! hangs does not take them along.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode, header};
use serde_json::json;
use sqlx::{ConnectOptions, Connection};

use crate::{
    mail::free_port,
    support::{CPR, CVR, NAME, TestApp, submission, submission_with},
};

/// A service with figures whose mail meets nobody.
struct Watched {
    app: TestApp,
    address: String,
}

impl Watched {
    async fn start() -> Self {
        let (metrics, relay) = (free_port(), free_port());
        let app = TestApp::start_with(&format!(
            "[metrics]\nlisten = \"127.0.0.1:{metrics}\"\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\n\
             port = {relay}\nsecurity = \"none\"\ntimeout_seconds = 5\n[outbox]\nretry_seconds = [60]\npoll_milliseconds = 50\n"
        ))
        .await;
        let address = format!("http://127.0.0.1:{metrics}/metrics");
        Self { app, address }
    }

    async fn text(&self) -> String {
        let answer = crate::process::client().get(&self.address).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        answer.text().await.unwrap()
    }

    /// The figure with these labels.
    async fn figure(&self, name: &str) -> Option<i64> {
        figure(&self.text().await, name)
    }

    /// Waits until a figure has a value.
    async fn wait_for(&self, name: &str, wanted: i64) {
        let mut last = None;
        for _ in 0..200 {
            last = self.figure(name).await;
            if last == Some(wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{name} is {last:?}, not {wanted}");
    }

    fn set_clock(&self, at: &str) {
        self.app.clock.set(at.parse().unwrap());
    }

    async fn call(&self, method: &str, path: &str) -> StatusCode {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.app.request(method, path, "").send().await.unwrap().status()
    }
}

fn figure(text: &str, name: &str) -> Option<i64> {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let (_, value) = lines.find(|(found, _)| *found == format!("fleksport_{name}"))?;
    Some(value.parse().unwrap())
}

#[tokio::test]
async fn what_waits_moves_its_figures() {
    let watched = Watched::start().await;
    let text = watched.text().await;
    for name in [
        "outbox_waiting",
        "reports_held",
        "readers_ahead",
        "mails_waiting{kind=\"receipt_mail\"}",
        "clock_doubted",
        "check{check=\"mail-given-up\"}",
    ] {
        assert_eq!(figure(&text, name), Some(0), "{name} in {text}");
    }
    watched.app.taken_in().await;
    watched
        .app
        .submit(&submission_with("municipality_code", json!("0411")))
        .await;
    let text = watched.text().await;
    for (name, value) in [
        ("outbox_waiting", 2),
        ("mails_waiting{kind=\"receipt_mail\"}", 2),
        ("reports_held", 1),
        ("feed_lag_entries{municipality=\"København\"}", 1),
    ] {
        assert_eq!(figure(&text, name), Some(value), "{name} in {text}");
    }
    watched.set_clock("2026-11-23T12:00:30Z");
    let text = watched.text().await;
    for name in [
        "outbox_oldest_seconds",
        "mails_oldest_seconds{kind=\"receipt_mail\"}",
        "reports_held_oldest_seconds",
        "feed_oldest_unfetched_seconds{municipality=\"København\"}",
    ] {
        assert_eq!(figure(&text, name), Some(30), "{name} in {text}");
    }
    // The relay is away: both tries are used up.
    watched.wait_for("mail_lag_seconds", 0).await;
    watched.set_clock("2026-11-23T12:05:00Z");
    watched.wait_for("mails_given_up{kind=\"receipt_mail\"}", 2).await;
    let text = watched.text().await;
    assert_eq!(figure(&text, "outbox_given_up"), Some(2));
    assert_eq!(figure(&text, "check{check=\"mail-given-up\"}"), Some(1));

    let acknowledged = json!({ "up_to_sequence": 1 });
    let path = "/api/v1/municipalities/0101/acknowledgements";
    watched.app.post(path, &watched.app.copenhagen, &acknowledged).await;
    let text = watched.text().await;
    assert_eq!(figure(&text, "feed_lag_entries{municipality=\"København\"}"), Some(0));
    assert_eq!(
        figure(&text, "feed_oldest_unfetched_seconds{municipality=\"København\"}"),
        Some(0)
    );
}

#[tokio::test]
async fn a_client_that_is_further_on_and_a_clock_that_is_behind_move_theirs() {
    let watched = Watched::start().await;
    watched.app.taken_in().await;
    let path = "/api/v1/municipalities/0101/records?after=99";
    watched.app.get(path, &watched.app.copenhagen).await;
    assert_eq!(watched.figure("readers_ahead").await, Some(1));
    watched.set_clock("2026-11-23T10:00:00Z");
    let text = watched.text().await;
    assert_eq!(figure(&text, "clock_doubted"), Some(1));
    assert_eq!(figure(&text, "clock_off_seconds"), Some(-7200));
    assert_eq!(figure(&text, "check{check=\"clock-doubted\"}"), Some(2));
}

#[tokio::test]
async fn calls_and_writes_are_counted_by_endpoint() {
    let watched = Watched::start().await;
    let calls = "http_requests_total{method=\"POST\",route=\"/api/v1/submissions\",status=\"2xx\"}";
    let times = "http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/submissions\"}";
    let before = watched.text().await;
    assert_eq!(figure(&before, calls), None);
    watched.app.taken_in().await;
    let answer = watched.app.submit_as("", "none", &submission()).await;
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
    let text = watched.text().await;
    assert_eq!(figure(&text, calls), Some(1));
    assert_eq!(figure(&text, &calls.replace("2xx", "4xx")), Some(1));
    assert_eq!(figure(&text, times), Some(2));
    assert_eq!(
        figure(&text, "http_requests_under_way"),
        Some(0),
        "the figures have a listener of their own"
    );
    let grown = |name| figure(&text, name).unwrap() - figure(&before, name).unwrap();
    assert!(grown("writer_batch_jobs_count") >= 1 && grown("writer_wait_seconds_count") >= 1);
    assert_eq!(figure(&text, "writer_refused_total"), Some(0));
    assert!(figure(&text, "writer_queue_room").unwrap() > 1_000);
}

/// What the labels of a line say.
fn labels(line: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = line.split_once('{') else {
        return Vec::new();
    };
    let inside = rest.rsplit_once('}').unwrap().0;
    let pairs = inside.split("\",").map(|pair| pair.split_once("=\"").unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned()))
        .collect()
}

#[tokio::test]
async fn nothing_personal_and_nothing_that_a_caller_made_up_is_in_them() {
    let watched = Watched::start().await;
    let answer = watched.app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap().to_owned();
    let receipt = answer["receipt_number"].as_str().unwrap().to_owned();
    watched
        .app
        .get(&format!("/api/v1/reports/{report}"), &watched.app.employer)
        .await;
    watched.app.get("/api/v1/reports/x", "flk_made-up-key").await;
    for number in 0..30 {
        watched.call("GET", &format!("/api/v1/{CPR}/{number}?navn=Nancy")).await;
        watched.call(&format!("BREW{number}"), "/api/v1/submissions").await;
        watched.call("GET", &format!("//kvittering/{number}")).await;
    }
    watched.call("GET", &format!("/kvittering?nummer={receipt}")).await;
    let text = watched.text().await;
    // The values are numbers, in which anything can be found by chance.
    let said: Vec<_> = text.lines().map(|line| line.rsplit_once(' ').unwrap().0).collect();
    let said = said.join("\n");
    for secret in [
        CPR, "251248", "9996", NAME, "Nancy", "32067", CVR, "loen", "flk_", "made-up", "BREW", &report, &receipt,
    ] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
    let mut routes: BTreeSet<_> = fleksport::http::endpoints().iter().map(|one| one.path).collect();
    routes.insert("unknown");
    let calls = text.lines().filter(|line| line.starts_with("fleksport_http_"));
    for (name, value) in calls.flat_map(labels) {
        let known = match name.as_str() {
            "method" => ["GET", "POST", "other"].contains(&value.as_str()),
            "route" => routes.contains(value.as_str()),
            "status" => ["2xx", "3xx", "4xx", "5xx"].contains(&value.as_str()),
            "le" => true,
            _ => false,
        };
        assert!(known, "{name} is {value}");
    }
    let all = "http_requests_total{method=\"GET\",route=\"unknown\",status=\"4xx\"}";
    assert_eq!(figure(&text, all), Some(60), "{text}");
    let all = "http_requests_total{method=\"other\",route=\"/api/v1/submissions\",status=\"4xx\"}";
    assert_eq!(figure(&text, all), Some(30));
}

#[tokio::test]
async fn a_database_that_hangs_or_is_away_is_told_and_the_rest_is_still_there() {
    let watched = Watched::start().await;
    watched.app.taken_in().await;
    assert_eq!(watched.figure("database_up{way=\"write\"}").await, Some(1));
    // Somebody holds the file, so that nobody can write.
    let file = watched
        .app
        ._folder
        .path()
        .join("data")
        .join(fleksport::store::SQLITE_FILE);
    let options = sqlx::any::AnyConnectOptions::from_url(&format!("sqlite://{}", file.display()).parse().unwrap());
    let mut holder = sqlx::AnyConnection::connect_with(&options.unwrap()).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut holder).await.unwrap();
    let began = Instant::now();
    let text = watched.text().await;
    assert!(began.elapsed() < Duration::from_secs(9), "a scrape has ten seconds");
    assert_eq!(figure(&text, "database_up{way=\"write\"}"), Some(0), "{text}");
    assert_eq!(figure(&text, "database_up{way=\"read\"}"), Some(1));
    assert_eq!(figure(&text, "check{check=\"database-write\"}"), Some(2));
    assert_eq!(figure(&text, "feed_lag_entries{municipality=\"København\"}"), Some(1));
    sqlx::query("ROLLBACK").execute(&mut holder).await.unwrap();
    holder.close().await.unwrap();
    watched.wait_for("database_up{way=\"write\"}", 1).await;

    watched.app.running.app.store.close().await;
    let text = watched.text().await;
    assert_eq!(figure(&text, "database_up{way=\"read\"}"), Some(0));
    assert_eq!(figure(&text, "outbox_waiting"), None, "what is not known is left out");
    assert!(text.contains("fleksport_http_requests_total{") && text.contains("fleksport_sealing_keys 1\n"));
}

/// Name, type and labels of every figure, of the list in the documentation.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/figures.md");
    let list = std::fs::read_to_string(path).unwrap();
    let rows = list.lines().filter(|line| line.starts_with("| `fleksport_"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let labels = cells[4].split('`').map(str::trim).filter(|label| !label.is_empty());
        assert!(!cells[3].is_empty() && !cells[5].is_empty(), "unit and meaning: {row}");
        let name = cells[1].trim_matches('`').to_owned();
        (name, (cells[2].to_owned(), labels.map(str::to_owned).collect()))
    })
    .collect()
}

/// The same of what is told.
fn told(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let types = types.map(|line| line.split_once(' ').unwrap());
    types
        .map(|(name, kind)| {
            let family = |line: &&str| {
                let sample = line.split(['{', ' ']).next().unwrap();
                let ending = sample.strip_prefix(name);
                ending.is_some_and(|ending| ["", "_total", "_bucket"].contains(&ending))
            };
            let labels = text.lines().filter(family).flat_map(labels);
            let labels = labels.map(|(name, _)| name).filter(|name| name != "le");
            let name = name.strip_suffix("_total").unwrap_or(name).to_owned();
            (name, (kind.to_owned(), labels.collect()))
        })
        .collect()
}

#[tokio::test]
async fn the_documentation_lists_every_figure_and_no_other() {
    let watched = Watched::start().await;
    watched.app.taken_in().await;
    let store = &watched.app.running.app.store;
    let text = watched.text().await;
    let (mut documented, told) = (documented(), told(&text));
    assert!(store.outbox_counts().await.unwrap().left.is_none());
    assert!(
        documented.remove("fleksport_mail_left_seconds").is_some(),
        "told once a mail has left"
    );
    assert_eq!(told, documented);
    assert!(told.len() > 30);
}
