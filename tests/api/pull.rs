//! The pull client against a real service: ended at any point, sent away, cut off, lied to.

use std::{
    collections::VecDeque,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode},
    response::IntoResponse,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::process::{Place, Process, client, fail, read_json, submission, succeed};

pub const CODE: &str = "0101";
/// What the feed holds, and how many entries a page has: four pages, each fetched and acknowledged.
pub const ENTRIES: usize = 7;
pub const PAGE: &str = "2";
pub const CALLS: usize = 8;

/// What happens to one call on its way.
#[derive(Debug, Clone)]
pub enum Event {
    Pass,
    /// Does not reach the service; never answered.
    LoseCall,
    /// Reaches the service; never answered.
    LoseAnswer,
    /// Answered with this status and `Retry-After`, without reaching the service.
    SendAway(StatusCode, &'static str),
    /// Something on the way answers with this status and a page for people.
    Instead(StatusCode),
    /// The answer ends in the middle.
    CutAnswer,
    /// The page is changed.
    Tamper(fn(&mut Vec<Value>)),
}

/// A way to the service on which things happen, in the order of the calls; then all pass.
#[derive(Clone)]
struct Way {
    service: String,
    client: reqwest::Client,
    events: Arc<Mutex<VecDeque<Event>>>,
    /// Tells that a call or an answer was lost.
    lost: mpsc::UnboundedSender<()>,
}

pub struct Route {
    pub url: String,
    pub lost: mpsc::UnboundedReceiver<()>,
}

pub async fn way_with(service: &str, events: impl IntoIterator<Item = Event>) -> Route {
    let (lost, receiver) = mpsc::unbounded_channel();
    let events = Arc::new(Mutex::new(events.into_iter().collect()));
    let way = Way {
        service: service.to_owned(),
        client: client(),
        events,
        lost,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(travel).with_state(way);
    tokio::spawn(async { axum::serve(listener, router).await });
    Route { url, lost: receiver }
}

async fn travel(State(way): State<Way>, request: Request) -> Response<Body> {
    let event = way.events.lock().unwrap().pop_front().unwrap_or(Event::Pass);
    match event {
        Event::Pass => {
            let (status, body) = way.forward(request).await;
            (status, body).into_response()
        }
        Event::LoseCall => way.lose().await,
        Event::LoseAnswer => {
            way.forward(request).await;
            way.lose().await
        }
        Event::SendAway(status, retry_after) => (status, [("retry-after", retry_after)]).into_response(),
        Event::Instead(status) => {
            let headers = [
                ("location", "https://portal.example/login?from=key"),
                ("content-type", "text/html"),
            ];
            (status, headers, "<html>Maintenance</html>").into_response()
        }
        Event::CutAnswer => {
            let (status, body) = way.forward(request).await;
            let half = body.slice(..body.len() / 2);
            let cut = futures_util::stream::iter([Ok(half), Err(std::io::Error::other("cut off"))]);
            (status, Body::from_stream(cut)).into_response()
        }
        Event::Tamper(change) => {
            let (status, body) = way.forward(request).await;
            let mut page: Value = serde_json::from_slice(&body).unwrap();
            change(page["records"].as_array_mut().unwrap());
            (status, page.to_string()).into_response()
        }
    }
}

impl Way {
    async fn forward(&self, request: Request) -> (StatusCode, Bytes) {
        let (parts, body) = request.into_parts();
        let headers: HeaderMap = parts
            .headers
            .into_iter()
            .filter_map(|(name, value)| Some((name?, value)))
            .collect();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let call = self
            .client
            .request(parts.method, format!("{}{}", self.service, parts.uri))
            .headers(headers)
            .body(body);
        let answer = call.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }

    async fn lose(&self) -> Response<Body> {
        self.lost.send(()).unwrap();
        std::future::pending().await
    }
}

/// A service with [`ENTRIES`] entries in the feed of [`CODE`].
pub struct Setting {
    pub place: Place,
    pub process: Process,
    pub key: String,
    pub folder: TempDir,
}

impl Setting {
    pub async fn new() -> Self {
        Self::with(ENTRIES).await
    }

    pub async fn with(entries: usize) -> Self {
        let place = Place::sqlite();
        let process = place.serve();
        let call = client()
            .post(format!("{}/api/v1/submissions", process.url))
            .bearer_auth(place.employer_key());
        let call = call
            .header("idempotency-key", "pull")
            .json(&submission(&vec![CODE; entries]));
        assert_eq!(call.send().await.unwrap().status(), StatusCode::CREATED);
        Self {
            key: place.municipality_key(CODE),
            place,
            process,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The client, on its way over `url` into `folder`.
    pub fn pull(&self, url: &str, folder: &Path) -> Command {
        let mut command = self.client(url);
        command.arg("--out").arg(folder);
        command
    }

    /// The client, on its way over `url`.
    pub fn client(&self, url: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleksport"));
        command.args(["pull", "--municipality", CODE, "--page-size", PAGE, "--url", url]);
        command.env("FLEKSPORT_KEY", &self.key);
        command
    }

    /// Exactly the whole feed is in the folder, and acknowledged.
    pub fn assert_complete(&self, folder: &Path) {
        let names = (1..=ENTRIES).map(|number| format!("{number:012}.json"));
        for (number, name) in (1..).zip(names) {
            assert_eq!(read_json(&folder.join(name))["sequence"], number);
        }
        let files = std::fs::read_dir(folder).unwrap().filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_str().unwrap().ends_with(".json")
        });
        assert_eq!(files.count(), ENTRIES + 1, "the entries and the state");
        let state = read_json(&folder.join("state.json"));
        assert_eq!(
            (
                &state["stored"]["sequence"],
                &state["acknowledgement"]["up_to_sequence"]
            ),
            (&ENTRIES.into(), &ENTRIES.into())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pull_fetches_everything_once_and_then_nothing() {
    let setting = Setting::new().await;
    let folder = setting.folder.path();
    let first = succeed(setting.pull(&setting.process.url, folder));
    assert_eq!(first, "0101 København: 7 fetched, 7 stored, acknowledged up to 7\n");
    setting.assert_complete(folder);
    let second = succeed(setting.pull(&setting.process.url, folder));
    assert_eq!(second, "0101 København: 0 fetched, 7 stored, acknowledged up to 7\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pull_killed_at_any_call_goes_on_and_ends_with_everything_once() {
    let setting = Setting::new().await;
    for lost in [Event::LoseCall, Event::LoseAnswer] {
        for call in 0..CALLS {
            let events = std::iter::repeat_n(Event::Pass, call).chain([lost.clone()]);
            let mut route = way_with(&setting.process.url, events).await;
            let folder = setting.folder.path().join(format!("{lost:?}-{call}"));
            let killed = start(setting.pull(&route.url, &folder));
            route.lost.recv().await.unwrap();
            kill(killed);
            assert_acknowledged_is_on_disk(&folder, call);
            succeed(setting.pull(&setting.process.url, &folder));
            setting.assert_complete(&folder);
        }
    }
}

/// What the service was told until call number `call` (fetch, acknowledge, fetch, …) is there, in whole files.
fn assert_acknowledged_is_on_disk(folder: &Path, call: usize) {
    let page: usize = PAGE.parse().unwrap();
    // A lost acknowledgement may have reached the service, so its page must be there too.
    let told = (call.div_ceil(2) * page).min(ENTRIES);
    for number in 1..=told {
        assert_eq!(
            read_json(&folder.join(format!("{number:012}.json")))["sequence"],
            number
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pull_killed_at_any_moment_goes_on_and_ends_with_everything_once() {
    let setting = Setting::new().await;
    for moment in 0..30 {
        let folder = setting.folder.path().join(moment.to_string());
        let killed = start(setting.pull(&setting.process.url, &folder));
        std::thread::sleep(Duration::from_millis(2 * moment));
        kill(killed);
        succeed(setting.pull(&setting.process.url, &folder));
        setting.assert_complete(&folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_busy_service_is_asked_again_when_it_says_so() {
    let setting = Setting::new().await;
    let (busy, many) = (StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS);
    let events = [
        Event::SendAway(busy, "0"),
        Event::SendAway(many, "2"),
        Event::Pass,
        Event::SendAway(busy, "0"),
        Event::CutAnswer,
    ];
    let route = way_with(&setting.process.url, events).await;
    let began = Instant::now();
    succeed(setting.pull(&route.url, setting.folder.path()));
    assert!(began.elapsed() >= Duration::from_secs(2));
    setting.assert_complete(setting.folder.path());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_service_that_stays_busy_is_given_up() {
    let setting = Setting::new().await;
    let always = std::iter::repeat_n(Event::SendAway(StatusCode::SERVICE_UNAVAILABLE, "0"), 6);
    let route = way_with(&setting.process.url, always).await;
    let said = fail(setting.pull(&route.url, setting.folder.path()));
    assert!(said.contains("busy 6 times in a row (status 503)"), "{said}");

    let route = way_with(
        &setting.process.url,
        [Event::SendAway(StatusCode::TOO_MANY_REQUESTS, "3600")],
    )
    .await;
    let said = fail(setting.pull(&route.url, setting.folder.path()));
    assert!(said.contains("asks to wait 3600 seconds (status 429)"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hole_or_a_double_stops_the_pull_and_nothing_of_that_page_is_kept() {
    let setting = Setting::new().await;
    let hole: fn(&mut Vec<Value>) = |records| drop(records.remove(0));
    let double: fn(&mut Vec<Value>) = |records| records[1] = records[0].clone();
    let exchanged: fn(&mut Vec<Value>) = |records| records[1]["previous_digest"] = "00".repeat(32).into();
    let told_otherwise: fn(&mut Vec<Value>) = |records| records[0]["event"] = "report.withdrawn".into();
    let cases = [
        (
            "changed",
            told_otherwise,
            "entry 3 does not say what its digest commits to",
        ),
        ("hole", hole, "entry 3 should come, 4 came"),
        ("double", double, "tells entry 3 again; 4 should come"),
        ("exchanged", exchanged, "what comes after entry 3 does not belong to it"),
    ];
    for (name, change, message) in cases {
        let route = way_with(&setting.process.url, [Event::Pass, Event::Pass, Event::Tamper(change)]).await;
        let folder = setting.folder.path().join(name);
        let said = fail(setting.pull(&route.url, &folder));
        assert!(said.contains(message), "{said}");
        assert!(!folder.join("000000000003.json").exists());
        succeed(setting.pull(&setting.process.url, &folder));
        setting.assert_complete(&folder);
    }
}

/// Everything that a page says of a report is proven before it is stored; what a proxy changes is refused, wherever it changes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_is_changed_on_the_way_is_refused_and_nothing_of_that_page_is_kept() {
    type Change = (&'static str, fn(&mut Vec<Value>));
    let setting = Setting::new().await;
    let changes: [Change; 9] = [
        ("the wage wherever it stands", |records| {
            let changed = Value::from(records.clone()).to_string().replace("32067", "42067");
            *records = serde_json::from_str(&changed).unwrap();
        }),
        ("the answers", |records| {
            records[0]["report"]["answers"]["full_time_total_monthly_wage"] = "42067.00".into();
        }),
        ("the name", |records| {
            records[0]["report"]["answers"]["employee_name"] = "Nancy".into()
        }),
        ("the raw answers", |records| {
            records[0]["report"]["raw"]["full_time_total_monthly_wage"] = "42067.00".into();
        }),
        ("the assessment", |records| {
            records[0]["assessment"]["wage_ceiling"] = "42067.00".into()
        }),
        ("the contact", |records| {
            records[0]["report"]["employer"]["contact_email"] = "andre@example.dk".into();
        }),
        ("the company", |records| {
            records[0]["report"]["employer"]["cvr"] = "64942212".into();
            records[0]["transfer"]["sender_cvr"] = "64942212".into();
        }),
        ("two entries exchanged", |records| {
            let (first, second) = (records[0]["report"].clone(), records[1]["report"].clone());
            (records[0]["report"], records[1]["report"]) = (second, first);
        }),
        ("the content is left out", |records| {
            records[0]["handed_on"] = true.into();
            records[0]["assessment"] = Value::Null;
        }),
    ];
    for (what, change) in changes {
        let route = way_with(&setting.process.url, [Event::Pass, Event::Pass, Event::Tamper(change)]).await;
        let folder = setting.folder.path().join(what);
        let said = fail(setting.pull(&route.url, &folder));
        assert!(
            said.contains("entry 3 does not say what its digest commits to"),
            "{what}: {said}"
        );
        assert!(!said.contains("42067"), "{what}");
        assert!(!folder.join("000000000003.json").exists(), "{what}");
        succeed(setting.pull(&setting.process.url, &folder));
        setting.assert_complete(&folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_service_or_an_old_backup_is_not_mixed_in() {
    let setting = Setting::new().await;
    let folder = setting.folder.path();
    succeed(setting.pull(&setting.process.url, folder));
    for (entries, message) in [
        (ENTRIES - 1, "the copy goes up to entry 7, the service only to 6"),
        (ENTRIES + 1, "what comes after entry 7"),
    ] {
        let other = Setting::with(entries).await;
        let said = fail(other.pull(&other.process.url, folder));
        assert!(said.contains(message), "{said}");
        setting.assert_complete(folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_not_this_municipalitys_fetches_nothing() {
    let mut setting = Setting::new().await;
    let keys = [
        setting.place.municipality_key("0147"),
        setting.place.employer_key(),
        "fp_not-a-key".to_owned(),
    ];
    for key in keys {
        setting.key = key;
        let said = fail(setting.pull(&setting.process.url, setting.folder.path()));
        assert!(said.contains("key"), "{said}");
        assert!(!said.contains(&setting.key));
        assert!(!setting.folder.path().join("000000000001.json").exists());
    }
}

pub fn start(mut command: Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
