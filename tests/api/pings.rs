//! Pings to a real receiver on this machine, which checks the signature with code of its own, fails, sends on elsewhere, hangs, or is
//! not there at all.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use fleksport::ping::{PingAddress, PingError, PingKind, PingMessage, PingSecret, PingSender, Reach};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{CPR, NAME, NOW, TestApp, read};

const SETTINGS: &str = "/api/v1/municipalities/0101/settings";
const PINGS: &str = "/api/v1/municipalities/0101/pings";
/// Pings to this machine, quick to fail, looked for often, given up after the third try.
const TRYING_OUT: &str = "[ping]\nallow_loopback = true\ntimeout_seconds = 1\n
[outbox]\npoll_milliseconds = 20\nretry_seconds = [5, 30]\n";

/// What the receiver does with the next call.
#[derive(Debug, Clone)]
enum Reply {
    Status(u16),
    /// 503 with `Retry-After` in seconds.
    Later(u32),
    RedirectTo(String),
    Hang,
    /// 200 and then a body without an end.
    Flood,
}

#[derive(Debug, Clone)]
struct Received {
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Default)]
struct Heard {
    replies: Vec<Reply>,
    received: Vec<Received>,
}

/// A system of a municipality. Answers 204 when no other reply is left.
#[derive(Clone)]
struct Receiver {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

impl Receiver {
    fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
        };
        receiver.heard.lock().unwrap().replies = replies.iter().rev().cloned().collect();
        let heard = receiver.heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let heard = heard.clone();
                thread::spawn(move || answer(stream.unwrap(), &heard));
            }
        });
        receiver
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/ping?of=0101", self.port)
    }

    fn received(&self) -> Vec<Received> {
        self.heard.lock().unwrap().received.clone()
    }

    /// Waits until so many calls have come; more would be told by the caller's own comparison.
    async fn wait_for(&self, calls: usize) -> Vec<Received> {
        let begun = Instant::now();
        while self.received().len() < calls {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", self.received());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.received()
    }
}

fn answer(mut stream: TcpStream, heard: &Mutex<Heard>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    if line.is_empty() {
        return;
    }
    assert!(line.starts_with("POST /ping?of=0101 HTTP/1.1"), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let reply = {
        let mut heard = heard.lock().unwrap();
        let body = String::from_utf8(body).unwrap();
        heard.received.push(Received { headers, body });
        heard.replies.pop().unwrap_or(Reply::Status(204))
    };
    // Whoever called may have hung up.
    let _ = match reply {
        Reply::Status(status) => write!(
            stream,
            "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::Later(seconds) => write!(
            stream,
            "HTTP/1.1 503 x\r\nretry-after: {seconds}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::RedirectTo(to) => write!(
            stream,
            "HTTP/1.1 307 x\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::Hang => {
            thread::sleep(Duration::from_secs(5));
            Ok(())
        }
        Reply::Flood => {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n");
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
            Ok(())
        }
    };
}

/// HMAC-SHA256 by its definition (RFC 2104), so that the check shares nothing with what it checks.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    assert!(key.len() <= 64);
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

/// Whether one of the signatures of a ping is made with this secret, as its receiver finds out.
fn is_signed_with(secret: &str, ping: &Received) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!(
        "{}.{}.{}",
        ping.headers["webhook-id"], ping.headers["webhook-timestamp"], ping.body
    );
    let wanted = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
    ping.headers["webhook-signature"]
        .split(' ')
        .any(|signature| signature == wanted)
}

async fn register(app: &TestApp, url: &str) -> Value {
    let path = format!("{SETTINGS}/ping");
    let (status, answer) = app.post(&path, &app.copenhagen, &json!({ "url": url })).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    answer
}

async fn pings(app: &TestApp) -> Vec<Value> {
    let (status, list) = app.get(PINGS, &app.copenhagen).await;
    assert_eq!(status, StatusCode::OK);
    list["pings"].as_array().unwrap().clone()
}

/// Waits until the newest ping has come so far, and with this failure behind it if it has failed.
async fn wait_for(app: &TestApp, state: &str, attempts: i64, error: Option<&str>) -> Value {
    let begun = Instant::now();
    loop {
        let newest = pings(app).await.first().cloned().unwrap_or_default();
        let failed = error.is_none_or(|error| newest["last_error"] == error);
        if failed && newest["state"] == state && newest["attempts"] == attempts {
            return newest;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{newest:#}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn wait_for_failure(app: &TestApp, attempts: i64, error: &str) -> Value {
    wait_for(app, "waiting", attempts, Some(error)).await
}

/// The failure of an earlier try stands there while the next one is under way; the next try must not come due under it.
async fn settled(app: &TestApp) {
    let begun = Instant::now();
    let next = (app.clock.now() + SignedDuration::from_secs(30)).to_string();
    while pings(app).await[0]["at"] != next {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn move_clock(app: &TestApp, seconds: i64) {
    app.clock.set(app.clock.now() + SignedDuration::from_secs(seconds));
}

#[tokio::test]
async fn new_entries_wake_the_municipality_with_a_signed_ping_that_tells_nothing_personal() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let receiver = Receiver::start(&[]);
    app.taken_in().await;
    let registered = register(&app, &receiver.url()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.received().len(), 0, "what was there before is not told");

    app.taken_in().await;
    let ping = receiver.wait_for(1).await.remove(0);
    let body: Value = serde_json::from_str(&ping.body).unwrap();
    let data = json!({ "municipality": "0101", "up_to_sequence": 2 });
    assert_eq!(
        body,
        json!({ "type": "records.available", "timestamp": NOW, "data": data })
    );
    assert!(!ping.body.contains(CPR) && !ping.body.contains(NAME));
    assert!(is_signed_with(registered["secret"].as_str().unwrap(), &ping));
    assert!(!is_signed_with(&format!("whsec_{}", STANDARD.encode([1; 32])), &ping));
    let now = app.clock.now().as_second().to_string();
    assert_eq!(ping.headers["webhook-timestamp"], now);
    assert_eq!(ping.headers["content-type"], "application/json");
    let shown = wait_for(&app, "arrived", 1, None).await;
    assert_eq!((&shown["up_to_sequence"], &shown["kind"]), (&json!(2), &json!("new")));

    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.received().len(), 1, "nothing new, no ping");
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    assert_eq!(feed["latest_sequence"], 2);
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_with_the_newest_number_and_then_given_up_and_sent_again() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let failing = vec![Reply::Status(500); 3];
    let receiver = Receiver::start(&failing);
    let secret = register(&app, &receiver.url()).await["secret"].take();
    app.taken_in().await;
    wait_for_failure(&app, 1, "500").await;
    app.taken_in().await;
    app.taken_in().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(pings(&app).await.len(), 1, "one ping waits, however much comes");
    assert_eq!(receiver.received().len(), 1, "and not before its time");

    move_clock(&app, 5);
    receiver.wait_for(2).await;
    let failed = wait_for_failure(&app, 2, "500").await;
    assert_eq!(failed["up_to_sequence"], 3);
    settled(&app).await;
    move_clock(&app, 30);
    let given_up = wait_for(&app, "given_up", 3, Some("500")).await;
    let counts = app.running.app.store.ping_counts().await.unwrap();
    assert_eq!(counts.lost, ["0101".parse().unwrap()]);

    let again = format!("{PINGS}/{}/again", given_up["ping_id"].as_str().unwrap());
    let (status, _) = app.post(&again, &app.frederiksberg, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "another municipality's ping");
    let (status, _) = app.post(&again, &app.copenhagen, &json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
    let shown = wait_for(&app, "arrived", 1, None).await;
    assert_eq!((&shown["kind"], &shown["up_to_sequence"]), (&json!("again"), &json!(3)));
    let (status, _) = app.post(&again, &app.copenhagen, &json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "what arrived is not sent again");

    let received = receiver.received();
    let ids: Vec<_> = received
        .iter()
        .map(|ping| ping.headers["webhook-id"].as_str())
        .collect();
    assert_ne!(ids[0], ids[1], "another number is another ping");
    assert_eq!(
        (ids[1], ids[1]),
        (ids[2], ids[3]),
        "the same ping again has the same id"
    );
    assert!(
        received
            .iter()
            .all(|ping| is_signed_with(secret.as_str().unwrap(), ping))
    );
    assert!(app.running.app.store.ping_counts().await.unwrap().lost.is_empty());
}

#[tokio::test]
async fn a_ping_that_was_given_up_is_told_to_the_operator() {
    let metrics = format!("127.0.0.1:{}", free_port());
    let app = TestApp::start_with(&format!("{TRYING_OUT}[metrics]\nlisten = \"{metrics}\"\n")).await;
    let figures = async || {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("http://{metrics}/metrics")).send().await.unwrap();
        answer.text().await.unwrap()
    };
    register(&app, &format!("http://127.0.0.1:{}/", free_port())).await;
    app.taken_in().await;
    wait_for_failure(&app, 1, "unreachable").await;
    let text = figures().await;
    assert!(
        text.contains("fleksport_pings_failing 1\n") && text.contains("fleksport_ping_receivers_lost 0\n"),
        "{text}"
    );
    move_clock(&app, 5);
    wait_for_failure(&app, 2, "unreachable").await;
    settled(&app).await;
    move_clock(&app, 30);
    wait_for(&app, "given_up", 3, Some("unreachable")).await;
    let text = figures().await;
    assert!(
        text.contains("fleksport_pings_failing 0\n")
            && text.contains("fleksport_pings_given_up 1\n")
            && text.contains("fleksport_ping_receivers_lost 1\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_test_ping_says_so_and_needs_an_address() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let (status, problem) = app.post(PINGS, &app.copenhagen, &json!({})).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("no-ping-address"))
    );
    let receiver = Receiver::start(&[]);
    register(&app, &receiver.url()).await;
    let (status, _) = app.post(PINGS, &app.copenhagen, &json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
    let ping = receiver.wait_for(1).await.remove(0);
    assert!(ping.body.contains("\"ping.test\""), "{}", ping.body);

    app.taken_in().await;
    let ping = receiver.wait_for(2).await.remove(1);
    assert!(
        ping.body.contains("records.available"),
        "a test tells nothing of the feed"
    );
}

#[tokio::test]
async fn an_old_secret_signs_for_a_day_besides_the_new_one() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let receiver = Receiver::start(&[]);
    let old = register(&app, &receiver.url()).await;
    assert!(old["old_secret_until"].is_null());
    let new = register(&app, &receiver.url()).await;
    assert_ne!(old["secret"], new["secret"]);
    assert_eq!(new["old_secret_until"], "2026-11-24T12:00:00Z");
    let signed = |ping: &Received| [&old, &new].map(|made| is_signed_with(made["secret"].as_str().unwrap(), ping));
    app.taken_in().await;
    assert_eq!(signed(&receiver.wait_for(1).await[0]), [true, true]);
    wait_for(&app, "arrived", 1, None).await;
    move_clock(&app, 86_400);
    app.taken_in().await;
    assert_eq!(signed(&receiver.wait_for(2).await[1]), [false, true]);

    let (_, settings) = app.get(SETTINGS, &app.copenhagen).await;
    assert_eq!(settings["ping"]["url"], receiver.url());
    let text = settings.to_string();
    assert!(
        !text.contains("whsec_") && settings["ping"]["old_secret_until"].is_null(),
        "{text}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_a_hanging_receiver_not_waited_for_and_a_long_answer_not_read() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let elsewhere = Receiver::start(&[]);
    let receiver = Receiver::start(&[Reply::RedirectTo(elsewhere.url()), Reply::Hang, Reply::Flood]);
    register(&app, &receiver.url()).await;
    app.taken_in().await;
    wait_for_failure(&app, 1, "redirect").await;
    move_clock(&app, 5);
    let begun = Instant::now();
    wait_for_failure(&app, 2, "too-slow").await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    move_clock(&app, 30);
    let begun = Instant::now();
    wait_for(&app, "arrived", 3, None).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(elsewhere.received().len(), 0, "nobody else was called");
}

#[tokio::test]
async fn an_address_that_is_taken_away_gets_no_more_pings() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let receiver = Receiver::start(&[Reply::Status(503)]);
    register(&app, &receiver.url()).await;
    app.taken_in().await;
    wait_for_failure(&app, 1, "503").await;
    let path = format!("{SETTINGS}/ping");
    for _ in 0..2 {
        let removed = app
            .request(Method::DELETE, &path, &app.copenhagen)
            .send()
            .await
            .unwrap();
        let (status, settings) = read(removed).await;
        assert_eq!((status, &settings["ping"]), (StatusCode::OK, &Value::Null));
    }
    move_clock(&app, 5);
    app.taken_in().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(pings(&app).await[0]["last_error"], "address-removed");
    assert!(app.running.app.store.ping_counts().await.unwrap().lost.is_empty());
}

#[tokio::test]
async fn only_addresses_on_the_open_internet_are_taken() {
    let app = TestApp::start().await;
    let path = format!("{SETTINGS}/ping");
    for (url, code) in [
        ("http://127.0.0.1:9000/ping", "ping-address-inside"),
        ("https://10.0.0.7/ping", "ping-address-inside"),
        ("https://169.254.169.254/latest/meta-data", "ping-address-inside"),
        ("https://[fd00::1]/", "ping-address-inside"),
        ("https://localhost/", "ping-address-inside"),
        ("http://fleks.example.dk/", "ping-address-not-encrypted"),
        ("https://a:b@fleks.example.dk/", "ping-address-with-extras"),
        ("gopher://fleks.example.dk/", "ping-address-malformed"),
    ] {
        let (status, problem) = app.post(&path, &app.copenhagen, &json!({ "url": url })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        let violation = &problem["violations"][0];
        assert_eq!(
            (&violation["pointer"], &violation["code"]),
            (&json!("/url"), &json!(code)),
            "{url}"
        );
        assert!(!problem.to_string().contains(url), "what was sent is not repeated");
    }
    register(&app, "https://fleks.example.dk/ping").await;
}

/// An address was registered while pings to this machine were allowed, or its name leads elsewhere by now: what counts is where the
/// name leads when the ping is sent.
#[test]
fn a_name_that_leads_inside_is_not_called() {
    let receiver = Receiver::start(&[]);
    let now = NOW.parse().unwrap();
    let code = "0101".parse().unwrap();
    let secrets = [PingSecret::from_random([3; 32])];
    let message = PingMessage::new((1, PingKind::Test), &code, 0, (now, now), uuid::Uuid::nil(), &secrets);
    let port = receiver.port;
    let closed = PingSender::new(Reach::Public, Duration::from_secs(2));
    for host in ["localhost", "127.0.0.1", "[::1]", "a.localhost"] {
        let url = format!("http://{host}:{port}/ping?of=0101");
        let address = PingAddress::parse(&url, Reach::PublicAndLoopback).unwrap();
        let answer = closed.send(&address, &message).map_err(|failure| failure.error);
        let unknown = host == "a.localhost" && answer == Err(PingError::UnknownName);
        assert!(answer == Err(PingError::Inside) || unknown, "{host}: {answer:?}");
    }
    assert_eq!(receiver.received().len(), 0);
    let open = PingSender::new(Reach::PublicAndLoopback, Duration::from_secs(2));
    let address = PingAddress::parse(&receiver.url(), Reach::PublicAndLoopback).unwrap();
    assert_eq!(open.send(&address, &message), Ok(()));
    assert_eq!(receiver.received().len(), 1);
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    let address = PingAddress::parse(&nobody, Reach::PublicAndLoopback).unwrap();
    assert_eq!(
        open.send(&address, &message).map_err(|failure| failure.error),
        Err(PingError::Unreachable)
    );
}

/// Numbers that the machine reads as addresses, though they do not look like any.
#[test]
fn a_number_that_stands_for_this_machine_is_not_called() {
    let receiver = Receiver::start(&[]);
    let sender = PingSender::new(Reach::Public, Duration::from_secs(2));
    let now = NOW.parse().unwrap();
    let code = "0101".parse().unwrap();
    let message = PingMessage::new((1, PingKind::Test), &code, 0, (now, now), uuid::Uuid::nil(), &[]);
    for host in ["127.1", "0x7f.1", "0177.0.0.1", "0.0"] {
        let url = format!("https://{host}:{}/ping", receiver.port);
        let address = PingAddress::parse(&url, Reach::Public).unwrap();
        let answer = sender.send(&address, &message).map_err(|failure| failure.error);
        assert!(
            matches!(answer, Err(PingError::Inside | PingError::UnknownName)),
            "{host}: {answer:?}"
        );
    }
    assert_eq!(receiver.received().len(), 0);
}

#[test]
fn a_receiver_without_a_valid_certificate_is_not_told() {
    let receiver = Receiver::start(&[]);
    let now = NOW.parse().unwrap();
    let code = "0101".parse().unwrap();
    let message = PingMessage::new((1, PingKind::Test), &code, 0, (now, now), uuid::Uuid::nil(), &[]);
    let sender = PingSender::new(Reach::PublicAndLoopback, Duration::from_secs(2));
    let url = receiver.url().replace("http://", "https://");
    let address = PingAddress::parse(&url, Reach::PublicAndLoopback).unwrap();
    let answer = sender.send(&address, &message).map_err(|failure| failure.error);
    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(receiver.received().len(), 0);
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_receiver_that_asks_to_wait_is_left_alone_so_long() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let receiver = Receiver::start(&[Reply::Later(600)]);
    register(&app, &receiver.url()).await;
    app.taken_in().await;
    let failed = wait_for_failure(&app, 1, "503").await;
    let due = (app.clock.now() + SignedDuration::from_secs(600)).to_string();
    assert_eq!(failed["at"], json!(due));
    move_clock(&app, 30);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.received().len(), 1, "not on the schedule");
    move_clock(&app, 570);
    wait_for(&app, "arrived", 2, None).await;
    let calls = receiver.received();
    let id = |call: usize, name: &str| calls[call].headers[name].parse::<uuid::Uuid>().unwrap();
    assert_eq!(id(0, "x-requestid"), id(1, "x-requestid"), "the same over the tries");
    assert_ne!(id(0, "x-transaktionsid"), id(1, "x-transaktionsid"));
    assert!(calls[0].headers["x-transaktionstid"].parse::<jiff::Timestamp>().is_ok());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more_until_one_arrives() {
    let app = TestApp::start_with(TRYING_OUT).await;
    let receiver = Receiver::start(&[Reply::Status(410)]);
    register(&app, &receiver.url()).await;
    app.taken_in().await;
    wait_for(&app, "given_up", 1, Some("410")).await;
    app.taken_in().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((receiver.received().len(), pings(&app).await.len()), (1, 1));
    let counts = app.running.app.store.ping_counts().await.unwrap();
    assert_eq!(counts.lost, ["0101".parse().unwrap()], "the operator sees it");
    let (status, _) = app.post(PINGS, &app.copenhagen, &json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "a person tries it");
    receiver.wait_for(3).await;
    let told: Value = serde_json::from_str(&receiver.received()[2].body).unwrap();
    assert_eq!(told["data"]["up_to_sequence"], 2);
}

#[tokio::test]
async fn an_address_that_can_never_work_is_refused_when_it_is_registered() {
    let app = TestApp::start().await;
    for url in [
        "https://fleks.kommunen.example/ping",
        "https://fleks.test/",
        "https://fleks.example.dk:0/",
        "https://a..dk/",
    ] {
        let (status, problem) = app
            .post(&format!("{SETTINGS}/ping"), &app.copenhagen, &json!({ "url": url }))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert_eq!(problem["violations"][0]["code"], "ping-address-nowhere", "{url}");
    }
}
