//! Connections that keep the service waiting are ended, and those who come too many wait for nobody else.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    process::{Place, client},
    support::TestApp,
};

/// Longer than any limit that these tests set; a connection still open then stays open.
const LONG: Duration = Duration::from_secs(20);
const HALF_A_HEAD: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-A: ";

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// What still comes until the other side ends the connection, one way or the other.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    let reading = async {
        loop {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(count) => all.extend_from_slice(&piece[..count]),
            }
        }
    };
    assert!(timeout(LONG, reading).await.is_ok(), "the connection is still open");
    all
}

/// One request on a connection that stays open; the answer's status line.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        let count = timeout(LONG, stream.read(&mut piece)).await.unwrap().unwrap();
        assert!(count > 0, "closed instead of answered");
        answer.extend_from_slice(&piece[..count]);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn is_open(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    timeout(Duration::from_millis(100), stream.read(&mut byte))
        .await
        .is_err()
}

#[tokio::test]
async fn who_sends_half_a_head_or_nothing_is_closed() {
    let app = TestApp::start_with("[server]\nhead_timeout_seconds = 1").await;
    let (mut silent, mut half) = (connect(app.running.address).await, connect(app.running.address).await);
    let (mut reading, mut writing) = connect(app.running.address).await.into_split();
    half.write_all(HALF_A_HEAD).await.unwrap();
    let begun = Instant::now();
    let trickle = async move {
        writing.write_all(HALF_A_HEAD).await.unwrap();
        while writing.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let ended = async {
        let mut bytes = Vec::new();
        let _ = reading.read_to_end(&mut bytes).await;
    };
    let (silent, half, _) = tokio::join!(rest(&mut silent), rest(&mut half), async {
        tokio::select! {
            () = trickle => {}
            () = ended => {}
            () = sleep(LONG) => panic!("a head that never ends is still listened to"),
        }
    });
    assert!(silent.is_empty() && half.is_empty());
    assert!(begun.elapsed() < LONG / 2);
}

#[tokio::test]
async fn a_connection_that_was_answered_may_be_idle_for_longer_than_a_head_may_take() {
    let app = TestApp::start_with("[server]\nhead_timeout_seconds = 1\nidle_timeout_seconds = 3").await;
    let mut stream = connect(app.running.address).await;
    for _ in 0..2 {
        assert!(ask(&mut stream, "/health/live").await.ends_with("200 OK"));
        // The body of the answer is read too.
        while is_open(&mut stream).await && timeout(Duration::from_millis(50), stream.peek(&mut [0])).await.is_ok() {}
        sleep(Duration::from_millis(1_500)).await;
    }
    // The next request begins and never ends: that is a head again.
    assert!(ask(&mut stream, "/health/live").await.ends_with("200 OK"));
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    stream.write_all(HALF_A_HEAD).await.unwrap();
    rest(&mut stream).await;
    assert!(begun.elapsed() < Duration::from_millis(2_500), "{:?}", begun.elapsed());
    // And idle for ever is too long.
    let mut idle = connect(app.running.address).await;
    ask(&mut idle, "/health/live").await;
    rest(&mut idle).await;
}

/// Asks forty times for a long answer and takes nothing for a while; how many bytes come after all.
async fn taken_after(app: &TestApp, pause: Duration) -> usize {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(app.running.address).await.unwrap();
    let request = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(40);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    sleep(pause).await;
    rest(&mut stream).await.len()
}

#[tokio::test]
async fn who_does_not_take_its_answer_is_closed() {
    let app = TestApp::start_with("[server]\nwrite_timeout_seconds = 1").await;
    let whole = taken_after(&app, Duration::ZERO).await;
    assert!(whole > 4_000_000, "long enough not to fit on the way: {whole}");
    // A busy machine may need some seconds to make answers until the way is full.
    for pause in [3, 6, 12] {
        if taken_after(&app, Duration::from_secs(pause)).await < whole {
            return;
        }
    }
    panic!("all was kept for a caller who took nothing");
}

#[tokio::test]
async fn a_body_that_never_comes_ends_its_connection() {
    let app = TestApp::start_with("[server]\nrequest_timeout_seconds = 1").await;
    let head = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: a\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"form\"",
        app.employer
    );
    let mut silent = connect(app.running.address).await;
    silent.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = connect(app.running.address).await.into_split();
    writing.write_all(head.as_bytes()).await.unwrap();
    let trickle = async {
        while writing.write_all(b" ").await.is_ok() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let ended = async {
        let mut bytes = Vec::new();
        let _ = reading.read_to_end(&mut bytes).await;
        bytes
    };
    let trickled = async {
        tokio::select! {
            () = trickle => Vec::new(),
            bytes = ended => bytes,
            () = sleep(LONG) => panic!("a body that never ends is still listened to"),
        }
    };
    let (silent, trickled) = tokio::join!(rest(&mut silent), trickled);
    for answer in [silent, trickled] {
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_arrives_though_the_body_is_still_being_sent() {
    let app = TestApp::start().await;
    let mut stream = connect(app.running.address).await;
    let size = 8_000_000;
    let head = format!("POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
        .write_all(&vec![b' '; size])
        .await
        .expect("what is sent is taken from the wire");
    let answer = String::from_utf8_lossy(&rest(&mut stream).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

/// A long poll under way on a connection of its own.
async fn long_poll(app: &TestApp) -> TcpStream {
    let mut stream = connect(app.running.address).await;
    let request = format!(
        "GET /api/v1/municipalities/0101/records?after=0&wait=20 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        app.copenhagen
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // Until it is under way.
    sleep(Duration::from_millis(300)).await;
    stream
}

#[tokio::test]
async fn one_peer_has_its_number_of_connections_and_another_has_its_own() {
    let app = TestApp::start_with("[server]\nmax_connections_per_peer = 2").await;
    let mut served = [long_poll(&app).await, long_poll(&app).await];
    let mut third = connect(app.running.address).await;
    let answer = String::from_utf8_lossy(&rest(&mut third).await).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("Retry-After"),
        "{answer}"
    );
    let other = reqwest::Client::builder()
        .no_proxy()
        .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)));
    let other = other
        .build()
        .unwrap()
        .get(app.url("/health/live"))
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    for stream in &mut served {
        assert!(is_open(stream).await, "what is under way is not cut off");
    }
    drop(served);
    let free = async {
        loop {
            let mut stream = connect(app.running.address).await;
            if is_open(&mut stream).await {
                return stream;
            }
        }
    };
    let mut again = timeout(LONG, free).await.expect("a place is free again");
    assert!(ask(&mut again, "/health/live").await.ends_with("200 OK"));
}

#[tokio::test]
async fn who_waits_in_silence_gives_way_to_who_asks() {
    let app = TestApp::start_with("[server]\nmax_connections_per_peer = 4\nmax_connections = 4").await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(connect(app.running.address).await);
    }
    for _ in 0..5 {
        let mut asking = connect(app.running.address).await;
        assert!(ask(&mut asking, "/health/live").await.ends_with("200 OK"));
    }
    rest(&mut silent[0]).await;
}

#[tokio::test]
async fn a_trusted_proxy_counts_as_many() {
    let app = TestApp::start_with("[server]\nmax_connections_per_peer = 1\ntrusted_proxies = [\"127.0.0.1\"]").await;
    let mut served = [long_poll(&app).await, long_poll(&app).await];
    let mut third = connect(app.running.address).await;
    assert!(ask(&mut third, "/health/live").await.ends_with("200 OK"));
    for stream in &mut served {
        assert!(is_open(stream).await);
    }
}

#[tokio::test]
async fn the_listener_for_figures_has_the_same_door() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = format!("[server]\nhead_timeout_seconds = 1\n[metrics]\nlisten = \"{free}\"");
    let _app = TestApp::start_with(&settings).await;
    let mut half = connect(free).await;
    half.write_all(HALF_A_HEAD).await.unwrap();
    assert!(rest(&mut half).await.is_empty());
    assert!(ask(&mut connect(free).await, "/metrics").await.ends_with("200 OK"));
}

#[tokio::test]
async fn a_call_of_the_interface_that_came_in_clear_is_refused_and_not_sent_elsewhere() {
    let app = TestApp::start_with("[server]\ntrusted_proxies = [\"127.0.0.1\"]").await;
    let ask = async |path: &str, protocol: &str, local: [u8; 4]| {
        let client = reqwest::Client::builder().no_proxy().local_address(IpAddr::from(local));
        let request = client
            .build()
            .unwrap()
            .get(app.url(path))
            .header("x-forwarded-proto", protocol);
        request.send().await.unwrap()
    };
    for path in ["/api/v1/forms", "/api", "/api/v1/nothing-here", "/api?a=b"] {
        let answer = ask(path, "http", [127, 0, 0, 1]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        assert!(answer.headers().get("location").is_none(), "{path}");
    }
    let document: Value = ask("/api/v1/forms", "http", [127, 0, 0, 1]).await.json().await.unwrap();
    assert_eq!(document["code"], "encryption-required");
    assert_eq!(
        ask("/api/v1/forms", "https", [127, 0, 0, 1]).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        ask("/health/live", "http", [127, 0, 0, 1]).await.status(),
        StatusCode::OK
    );
    // Somebody who is no proxy of ours can say what they like.
    assert_eq!(
        ask("/api/v1/forms", "http", [127, 0, 0, 2]).await.status(),
        StatusCode::OK
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_few_files_it_goes_on_serving_and_holds_to_the_limit() {
    const FILES: usize = 140;
    let place = Place::sqlite();
    let process = place.serve_with_files(FILES);
    let address: SocketAddr = process.address().parse().unwrap();
    let mut slow = Vec::new();
    for _ in 0..2 * FILES {
        let mut stream = connect(address).await;
        // It may have given way already.
        let _ = stream.write_all(HALF_A_HEAD).await;
        slow.push(stream);
    }
    for _ in 0..10 {
        let answer = client()
            .get(format!("{}/health/ready", process.url))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count();
    assert!(open < FILES, "{open}");
    drop(slow);
    process.stop();
}
