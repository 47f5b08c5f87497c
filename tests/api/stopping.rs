//! A stop first says so, serves on for a while, answers who waits, finishes what is under way, and ends.

use std::{
    process::Stdio,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::process::{Place, Process, client, submission};

const DRAIN: &str = "FLEKSPORT__SERVER__DRAIN_SECONDS";
/// Much longer than a stop takes, much shorter than a long poll.
const LONG: Duration = Duration::from_secs(15);

async fn ended_within(process: &mut Process, longest: Duration) -> Option<std::process::ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < longest {
        if let Some(status) = process.ended() {
            return Some(status);
        }
        sleep(Duration::from_millis(20)).await;
    }
    None
}

async fn ready(url: &str) -> Option<StatusCode> {
    let answer = client().get(format!("{url}/health/ready")).send().await.ok()?;
    Some(answer.status())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_answers_the_long_polls_fails_nobody_and_ends() {
    let place = Place::sqlite();
    let mut process = place.serve_with(&[(DRAIN, "2")], Stdio::null());
    let (employer, municipality) = (place.employer_key(), place.municipality_key("0101"));
    let polls: Vec<_> = (0..40)
        .map(|_| {
            let feed = format!("{}/api/v1/municipalities/0101/records?after=0&wait=25", process.url);
            let asked = client().get(feed).bearer_auth(&municipality).send();
            tokio::spawn(async { asked.await.unwrap().status() })
        })
        .collect();
    let (mut silent, mut idle) = (open(&process).await, open(&process).await);
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_millis(500)).await;

    // Callers who turn away when the service says that it is not ready, as a balancer does.
    let (answered, turn_away) = (AtomicUsize::new(0), AtomicBool::new(false));
    let caller = async |number: usize| {
        let client = client();
        for call in 0.. {
            if turn_away.load(Ordering::Relaxed) {
                return;
            }
            let request = client
                .post(format!("{}/api/v1/submissions", process.url))
                .bearer_auth(&employer);
            let request = request
                .header("idempotency-key", format!("{number}-{call}"))
                .json(&submission(&["0147"]));
            assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let operator = async {
        sleep(Duration::from_millis(500)).await;
        let asked = Instant::now();
        process.ask_to_stop();
        while ready(&process.url).await.expect("still accepting") != StatusCode::SERVICE_UNAVAILABLE {
            assert!(asked.elapsed() < Duration::from_secs(1), "not ready at once");
        }
        let before = answered.load(Ordering::Relaxed);
        let live = client()
            .get(format!("{}/health/live", process.url))
            .send()
            .await
            .unwrap();
        assert_eq!(live.status(), StatusCode::OK);
        assert_eq!(live.headers()["connection"], "close");
        sleep(Duration::from_secs(1)).await;
        assert!(answered.load(Ordering::Relaxed) > before, "it serves on");
        turn_away.store(true, Ordering::Relaxed);
        asked
    };
    let (asked, ..) = tokio::join!(operator, caller(1), caller(2), caller(3));
    for poll in polls {
        assert_eq!(poll.await.unwrap(), StatusCode::OK);
    }
    assert!(asked.elapsed() < LONG, "no long poll was waited for");
    let status = ended_within(&mut process, LONG).await.expect("it ends");
    assert!(status.success());
    assert!(asked.elapsed() < LONG, "{:?}", asked.elapsed());
    let mut left = Vec::new();
    let _ = silent.read_to_end(&mut left).await;
    let _ = idle.read_to_end(&mut left).await;
}

async fn open(process: &Process) -> TcpStream {
    TcpStream::connect(process.address()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_body_is_on_its_way_is_finished() {
    let place = Place::sqlite();
    let mut process = place.serve_with(&[(DRAIN, "0")], Stdio::null());
    let body = submission(&["0101"]).to_string();
    let head = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: a\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        place.employer_key(),
        body.len()
    );
    let mut stream = open(&process).await;
    let (first, second) = body.split_at(body.len() / 2);
    stream.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    process.ask_to_stop();
    sleep(Duration::from_millis(700)).await;
    assert!(
        TcpStream::connect(process.address()).await.is_err(),
        "nothing new is taken"
    );
    assert!(process.ended().is_none());
    stream.write_all(second.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(ended_within(&mut process, LONG).await.expect("it ends").success());
}

#[tokio::test]
async fn what_is_never_finished_is_cut_off_in_the_end() {
    let place = Place::sqlite();
    let settings = [(DRAIN, "0"), ("FLEKSPORT__SERVER__SHUTDOWN_SECONDS", "1")];
    let mut process = place.serve_with(&settings, Stdio::null());
    let mut stream = open(&process).await;
    let head = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: a\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        place.employer_key()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(300)).await;
    process.ask_to_stop();
    assert!(ended_within(&mut process, LONG).await.expect("it ends").success());
}

#[tokio::test]
async fn asked_a_second_time_it_ends_at_once() {
    let place = Place::sqlite();
    let mut process = place.serve_with(&[(DRAIN, "120")], Stdio::null());
    process.ask_to_stop();
    let begun = Instant::now();
    while ready(&process.url).await != Some(StatusCode::SERVICE_UNAVAILABLE) {
        assert!(begun.elapsed() < LONG);
    }
    assert!(process.ended().is_none());
    process.ask_to_stop();
    let status = ended_within(&mut process, LONG).await.expect("it ends");
    assert_eq!(status.code(), Some(1));
}
