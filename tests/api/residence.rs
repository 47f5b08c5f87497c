//! The residence register, played by a stub that speaks the protocol of docs/residence.md on loopback.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, body::Bytes, extract::State, http::Uri, response::IntoResponse, routing::post};
use fleksport::find_residence::ask_all_due;
use jiff::SignedDuration;
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{CPR, TestApp, submission, submission_with};

/// What the stub does with a question.
#[derive(Clone)]
enum Mode {
    Answer(u16, Value),
    Text(&'static str),
    Slow(Duration),
}

/// What the stub was asked: address, bearer token, body.
type Question = (String, String, Value);

#[derive(Clone)]
struct Stub {
    mode: Arc<Mutex<Mode>>,
    asked: Arc<Mutex<Vec<Question>>>,
    port: u16,
}

impl Stub {
    async fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, mode)
    }

    fn on(listener: TcpListener, mode: Mode) -> Self {
        let stub = Self {
            mode: Arc::new(Mutex::new(mode)),
            asked: Arc::default(),
            port: listener.local_addr().unwrap().port(),
        };
        let router = Router::new().route("/residence", post(answer)).with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stub
    }

    fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

async fn answer(
    State(stub): State<Stub>,
    uri: Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let token = headers[header::AUTHORIZATION.as_str()].to_str().unwrap().to_owned();
    let question = (uri.to_string(), token, serde_json::from_slice(&body).unwrap());
    stub.asked.lock().unwrap().push(question);
    let mode = stub.mode.lock().unwrap().clone();
    match mode {
        Mode::Answer(status, body) => (axum::http::StatusCode::from_u16(status).unwrap(), Json(body)).into_response(),
        Mode::Text(text) => text.into_response(),
        Mode::Slow(wait) => {
            tokio::time::sleep(wait).await;
            Json(json!({ "status": "resident", "municipality_code": "0147" })).into_response()
        }
    }
}

fn resident(code: &str) -> Mode {
    Mode::Answer(200, json!({ "status": "resident", "municipality_code": code }))
}

/// The settings; the service's own worker sleeps, so that a test asks when it wants to.
fn settings(port: u16, more: &str) -> String {
    format!(
        "[outbox]\npoll_milliseconds = 60000\n[residence]\nurl = \"http://127.0.0.1:{port}/residence\"\ntoken = \"hemmelig\"\n\
         timeout_milliseconds = 500\nretry_seconds = [30, 120]\n{more}"
    )
}

/// A report that no postcode and no employer has a municipality for.
async fn held(app: &TestApp) -> String {
    let (status, answer) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(answer["reports"][0]["state"], "held");
    answer["reports"][0]["report_id"].as_str().unwrap().to_owned()
}

async fn ask(app: &TestApp) -> usize {
    ask_all_due(&app.running.app).await.unwrap()
}

fn wait(app: &TestApp, seconds: i64) {
    app.clock.set(app.clock.now() + SignedDuration::from_secs(seconds));
}

async fn report(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/api/v1/reports/{id}"), &app.employer).await.1
}

#[tokio::test]
async fn the_register_finds_the_municipality_of_what_is_held() {
    let stub = Stub::start(resident("0147")).await;
    let app = TestApp::start_with(&settings(stub.port, "")).await;
    let id = held(&app).await;
    assert_eq!(ask(&app).await, 1);
    let found = report(&app, &id).await;
    assert_eq!(found["state"], "available");
    assert_eq!(found["municipality"]["code"], "0147");
    assert_eq!(found["municipality"]["reason_code"], "residence_register");
    let (_, feed) = app.get("/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    assert_eq!(feed["records"][0]["report"]["report_id"], id.as_str());
    assert_eq!(ask(&app).await, 0);

    let asked = stub.asked.lock().unwrap().clone();
    let [(address, token, body)] = asked.as_slice() else {
        panic!("one question, not {}", asked.len())
    };
    assert_eq!((address.as_str(), token.as_str()), ("/residence", "Bearer hemmelig"));
    assert_eq!(
        *body,
        json!({ "cpr": CPR.replace('-', "") }),
        "the number and nothing more, in the body"
    );
    assert_eq!(app.running.app.store.audit_verify().await.unwrap().fault, None);
}

#[tokio::test]
async fn whom_the_register_does_not_tell_of_a_person_finds_and_it_is_asked_once() {
    for status in ["protected", "unknown"] {
        let stub = Stub::start(Mode::Answer(200, json!({ "status": status }))).await;
        let app = TestApp::start_with(&settings(stub.port, "")).await;
        let id = held(&app).await;
        assert_eq!(ask(&app).await, 1);
        wait(&app, 86_400);
        assert_eq!((ask(&app).await, stub.asked()), (0, 1));
        assert_eq!(report(&app, &id).await["state"], "held");
        let body = json!({ "municipality": "0101", "reason": "Slået op" });
        let (status, answer) = app.post(&format!("/api/v1/held/{id}/assignment"), &app.kl, &body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        assert_eq!(
            report(&app, &id).await["municipality"]["reason_code"],
            "decided_by_person"
        );
    }
}

#[tokio::test]
async fn a_register_that_fails_delays_and_loses_nothing() {
    let faults = [
        Mode::Answer(500, json!({})),
        Mode::Answer(401, json!({})),
        Mode::Answer(302, json!({})),
        Mode::Text("<html>"),
        Mode::Answer(200, json!({ "status": "resident", "municipality_code": "9999" })),
        Mode::Slow(Duration::from_secs(5)),
    ];
    let stub = Stub::start(faults[0].clone()).await;
    let app = TestApp::start_with(&settings(stub.port, "breaker_failures = 1000")).await;
    let id = held(&app).await;
    for (made, fault) in (1..).zip(faults) {
        stub.set(fault);
        assert_eq!((ask(&app).await, stub.asked()), (1, made));
        assert_eq!(report(&app, &id).await["state"], "held");
        wait(&app, if made == 1 { 29 } else { 119 });
        assert_eq!(ask(&app).await, 0, "not before its time");
        wait(&app, 1);
    }
    stub.set(resident("0147"));
    assert_eq!(ask(&app).await, 1);
    assert_eq!(report(&app, &id).await["municipality"]["code"], "0147");
}

#[tokio::test]
async fn a_register_that_was_down_is_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let app = TestApp::start_with(&settings(port, "")).await;
    let ids = [held(&app).await, held(&app).await];
    assert_eq!(ask(&app).await, 2);
    let stub = Stub::on(TcpListener::bind(("127.0.0.1", port)).await.unwrap(), resident("0101"));
    wait(&app, 30);
    assert_eq!((ask(&app).await, stub.asked()), (2, 2));
    for id in ids {
        assert_eq!(report(&app, &id).await["state"], "available");
    }
}

#[tokio::test]
async fn after_failures_in_a_row_the_register_is_left_alone_for_a_while() {
    let stub = Stub::start(Mode::Answer(503, json!({}))).await;
    let more = "breaker_failures = 2\nbreaker_pause_seconds = 60";
    let app = TestApp::start_with(&settings(stub.port, more)).await;
    for _ in 0..4 {
        held(&app).await;
    }
    assert_eq!(
        (ask(&app).await, stub.asked()),
        (2, 2),
        "two failures, then none is troubled"
    );
    wait(&app, 59);
    assert_eq!(ask(&app).await, 0);
    wait(&app, 1);
    assert_eq!(ask(&app).await, 1, "one tries again");
    stub.set(resident("0101"));
    wait(&app, 120);
    assert_eq!(ask(&app).await, 4);
    assert_eq!(ask(&app).await, 0);
}

#[tokio::test]
async fn what_the_employer_names_can_be_verified_first() {
    let stub = Stub::start(resident("0147")).await;
    let app = TestApp::start_with(&settings(stub.port, "verify_stated = true")).await;
    let sent = async || {
        let (_, answer) = app.submit(&submission()).await;
        assert_eq!(answer["reports"][0]["state"], "held");
        assert_eq!(
            answer["reports"][0]["municipality"]["reason_code"],
            "register_not_reached"
        );
        answer["reports"][0]["report_id"].as_str().unwrap().to_owned()
    };
    let moved = sent().await;
    ask(&app).await;
    assert_eq!(
        report(&app, &moved).await["municipality"]["code"],
        "0147",
        "the employer was wrong"
    );
    stub.set(Mode::Answer(200, json!({ "status": "unknown" })));
    let stated = sent().await;
    ask(&app).await;
    let found = report(&app, &stated).await;
    assert_eq!(
        found["municipality"]["code"], "0101",
        "nobody knows better than the employer"
    );
    assert_eq!(found["municipality"]["reason_code"], "named_by_employer");
}

#[tokio::test]
async fn a_slow_register_keeps_no_employer_waiting() {
    let stub = Stub::start(Mode::Slow(Duration::from_secs(5))).await;
    let patient = settings(stub.port, "")
        .replace("60000", "10")
        .replace("= 500", "= 5000");
    let app = TestApp::start_with(&patient).await;
    held(&app).await;
    for _ in 0..500 {
        if stub.asked() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stub.asked(), 1, "the service asks by itself");
    let begun = Instant::now();
    for _ in 0..3 {
        app.taken_in().await;
    }
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "taken in while the register thinks"
    );
}

#[tokio::test]
async fn nobody_is_asked_unless_an_address_is_set() {
    let app = TestApp::start().await;
    let id = held(&app).await;
    assert_eq!(ask(&app).await, 0);
    assert_eq!(report(&app, &id).await["state"], "held");
}
