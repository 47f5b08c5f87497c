//! Large and hostile bodies to everything that takes one: the answer is short, the memory bounded, and others are answered meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use fleksport::{
    http::{self, BodyLimit, Endpoint, Surface},
    store::Holder,
};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    process::Place,
    support::{CVR, TestApp, submission},
};

const LONG: usize = 15 << 20;
/// In bytes.
const LONGEST_ANSWER: usize = 1 << 20;
/// In KiB.
const MOST_MEMORY: u64 = 200 * 1_024;

/// `open`, then `item` as often as it fits, then `close`.
fn repeated(open: &str, close: &str, mut item: impl FnMut(usize) -> String) -> &'static str {
    let mut body = open.to_owned();
    let mut number = 0;
    while body.len() + 10 < LONG {
        body.push_str(&item(number));
        number += 1;
    }
    body.push_str(close);
    body.leak()
}

/// Made once for all calls.
fn hostile() -> Vec<(&'static str, &'static str)> {
    let names: String = (0..190).map(|name| format!("\"x{name}\":1,")).collect();
    let employer = format!("{{\"employer\":{{\"cvr\":\"{CVR}\"}},\"reports\":[");
    vec![
        ("doubled keys", repeated("{", "\"a\":1}", |_| "\"a\":1,".into())),
        ("unknown names", repeated("{", "\"a\":1}", |n| format!("\"x{n}\":1,"))),
        ("nested", repeated("", "", |_| "[".into())),
        (
            "a long list of reports",
            repeated("{\"reports\":[", "1]}", |_| "1,".into()),
        ),
        ("a long list", repeated("{\"form\":[", "1]}", |_| "1,".into())),
        (
            "lists of lists",
            repeated("[", "1]", |_| format!("[{}1],", "1,".repeat(900))),
        ),
        ("empty reports", repeated(&employer, "{}]}", |_| "{},".into())),
        (
            "reports with unknown names",
            repeated(&employer, "{}]}", |_| format!("{{{names}\"y\":\"\"}},")),
        ),
        ("a long text", repeated("{\"form\":\"", "\"}", |_| "æ".into())),
        ("no JSON", repeated("", "", |_| "}".into())),
    ]
}

fn path_of(endpoint: &Endpoint) -> String {
    let id = "01980000-0000-7000-8000-000000000000";
    let filled = endpoint.path.replace("{code}", "0101").replace("{report_id}", id);
    filled.replace("{id}", id).replace("{ping_id}", "1")
}

fn taking_a_body(surface: Surface) -> Vec<Endpoint> {
    let mut all = http::endpoints();
    all.retain(|endpoint| endpoint.surface == surface && endpoint.body != BodyLimit::None);
    assert!(all.len() > 5, "the table has {} such endpoints", all.len());
    all
}

#[test]
fn only_submissions_take_large_bodies_and_reading_takes_none() {
    for endpoint in http::endpoints() {
        let large = ["/api/v1/submissions", "/api/v1/submissions/validate"].contains(&endpoint.path);
        let is_read = [Method::GET, Method::DELETE].contains(&endpoint.method);
        let at = format!("{} {}", endpoint.method, endpoint.path);
        if is_read {
            assert_eq!(endpoint.body, BodyLimit::None, "{at}");
        } else {
            assert_eq!(endpoint.body == BodyLimit::Submission, large, "{at}");
        }
        assert_eq!(endpoint.waits, endpoint.path.ends_with("/{code}/records"), "{at}");
    }
}

/// Asks again and again whether the service lives; gives the longest wait.
fn watch(client: Client, url: String, over: Arc<AtomicBool>) -> tokio::task::JoinHandle<Duration> {
    tokio::spawn(async move {
        let mut longest = Duration::ZERO;
        while !over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answer = client.get(format!("{url}/health/live")).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            longest = longest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        longest
    })
}

/// The status and the length of the answer. A service that has refused a body may close before all of it was sent.
async fn sent(
    client: &Client,
    url: &str,
    endpoint: &Endpoint,
    key: &str,
    body: &'static str,
) -> Option<(StatusCode, usize)> {
    let url = format!("{url}{}", path_of(endpoint));
    let request = client.request(endpoint.method.clone(), url).bearer_auth(key);
    let request = request
        .header("content-type", "application/json")
        .header("if-match", "\"1\"")
        .header("idempotency-key", "hostile");
    let response = request.body(body).send().await.ok()?;
    let status = response.status();
    Some((status, response.bytes().await.ok()?.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_get_a_short_answer_in_little_memory_while_others_are_served() {
    let place = Place::sqlite();
    let (employer, municipality) = (place.employer_key(), place.municipality_key("0101"));
    let kl = place.key(&["--role", "kl"]);
    let service = place.serve();
    let client = Client::builder().no_proxy().build().unwrap();
    let (hostile, over) = (hostile(), Arc::new(AtomicBool::new(false)));
    let watching = watch(client.clone(), service.url.clone(), over.clone());
    for endpoint in taking_a_body(Surface::Machine) {
        let key = match endpoint.path {
            path if path.contains("/municipalities/") => &municipality,
            path if path.contains("/held/") => &kl,
            _ => &employer,
        };
        // What is refused by its length alone is refused whatever it holds.
        let many = match (endpoint.body, endpoint.path.ends_with("/validate")) {
            (BodyLimit::Submission, false) => hostile.len(),
            _ => 2,
        };
        for (what, body) in hostile.iter().copied().take(many) {
            let began = Instant::now();
            let answer = sent(&client, &service.url, &endpoint, key, body).await;
            let Some((status, length)) = answer else { continue };
            let at = format!("{what} to {}: {status}, {length} bytes", endpoint.path);
            println!("{at}, {:?}", began.elapsed());
            assert!(status.is_client_error() && length < LONGEST_ANSWER, "{at}");
            if endpoint.body != BodyLimit::Submission {
                assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{at}");
            }
        }
    }
    let one_by_one = service.peak_kib();
    let at_once = hostile.into_iter().cycle().skip(5).take(8).map(|(_, body)| {
        let (client, url, employer) = (client.clone(), service.url.clone(), employer.clone());
        tokio::spawn(async move {
            let mut all = taking_a_body(Surface::Machine);
            all.retain(|endpoint| endpoint.path.ends_with("/validate"));
            sent(&client, &url, &all[0], &employer, body).await
        })
    });
    for answer in at_once.collect::<Vec<_>>() {
        let Some((status, length)) = answer.await.unwrap() else {
            continue;
        };
        assert!(
            status.is_client_error() && length < LONGEST_ANSWER,
            "{status}, {length} bytes"
        );
    }
    over.store(true, Ordering::Relaxed);
    let (longest, peak) = (watching.await.unwrap(), service.peak_kib());
    println!("peak {one_by_one} KiB one by one, {peak} KiB eight at once; health waited {longest:?} at most");
    assert!(one_by_one < MOST_MEMORY, "{one_by_one} KiB one by one");
    // Bodies that wait and what the allocator keeps for each thread come on top.
    assert!(peak < MOST_MEMORY * 3 / 2, "{peak} KiB eight at once");
    assert!(longest < Duration::from_secs(5), "health waited {longest:?}");
}

#[tokio::test]
async fn pages_take_what_a_page_sends_and_no_more() {
    let app = TestApp::start().await;
    let access = &app.running.app.config.access;
    for endpoint in taking_a_body(Surface::Page) {
        let holder = match endpoint.path {
            path if path.starts_with("/indberet") => Holder::Employer(CVR.parse().unwrap()),
            path if path.starts_with("/kommune") => Holder::Municipality("0101".parse().unwrap()),
            _ => Holder::Kl,
        };
        let store = &app.running.app.store;
        let session = store.session_begin(holder, access.session_idle, access.session_longest);
        let session = session.await.unwrap();
        let request = app.request(endpoint.method.clone(), &path_of(&endpoint), "");
        let request = request
            .header("cookie", format!("session={}", session.token.expose()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("a=1&".repeat(40_000));
        let Ok(response) = request.send().await else { continue };
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{}", endpoint.path);
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_read_up_to_the_limit_only() {
    let app = TestApp::start().await;
    let mut socket = TcpStream::connect(app.running.address).await.unwrap();
    let head = "POST /api/v1/calculations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    // One byte more than the limit, and no end.
    for _ in 0..8 {
        let chunk = format!("2000\r\n{}\r\n", " ".repeat(8_192));
        socket.write_all(chunk.as_bytes()).await.unwrap();
    }
    socket.write_all(b"1\r\n \r\n").await.unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_body_that_a_call_takes_none_of_is_left_unread() {
    let app = TestApp::start().await;
    let request = app.request(Method::GET, "/api/v1/forms", "");
    let response = request.body("x".repeat(100)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_large_file_with_ordinary_faults_is_told_all_of_them() {
    let app = TestApp::start().await;
    let mut body = submission();
    let good = body["reports"][0].clone();
    let reports = (0..2_000).map(|number| {
        let mut report = good.clone();
        report["position_title"] = json!(format!("Stilling {number}"));
        if number % 100 < 15 {
            report["employee_cpr"] = json!("1");
        }
        report
    });
    body["reports"] = reports.collect();
    let (status, told) = app.post("/api/v1/submissions/validate", &app.employer, &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = told["violations"].as_array().unwrap();
    let cpr = |one: &&Value| {
        one["pointer"]
            .as_str()
            .is_some_and(|place| place.ends_with("/employee_cpr"))
    };
    assert_eq!(
        list.iter().filter(cpr).filter(|one| one["level"] == "error").count(),
        300
    );
}
