//! What is not the service's own word, on the pull client's way: faults of proxies and firewalls, certificates, an hour of 500.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::Request, http::StatusCode, response::IntoResponse};
use fleksport::{
    clock::Clock,
    deliver::pull::{News, Pace, PullError, PullKey, PullSettings, Stop, follow, pull},
    entropy::Entropy,
};

use crate::{
    process::{client, fail, succeed},
    pull::{CODE, ENTRIES, Event, Setting, way_with},
};

/// Waits are so many times shorter: an hour is 3.6 seconds.
const HASTE: u32 = 1_000;

fn settings(setting: &Setting, url: &str, folder: &Path) -> PullSettings {
    PullSettings {
        municipality: CODE.parse().unwrap(),
        url: url.to_owned(),
        key: PullKey::given(&setting.key).unwrap(),
        folder: Some(folder.to_owned()),
        table: None,
        page_size: Some(2),
        authorities: None,
        pace: Pace::hastened(HASTE),
    }
}

async fn pulled(settings: PullSettings) -> Result<i64, PullError> {
    let run = move || pull(&settings, &Clock::System, &Entropy::System).map(|summary| summary.fetched);
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_something_on_the_way_answers_is_tried_again() {
    let setting = Setting::new().await;
    for status in [
        500, 408, 520, 524, 502, 504, 200, 204, 403, 401, 404, 410, 302, 308, 418,
    ] {
        // The first call, and the acknowledgement after it.
        let instead = || Event::Instead(StatusCode::from_u16(status).unwrap());
        let events = [instead(), Event::Pass, instead()];
        let route = way_with(&setting.process.url, events).await;
        let folder = setting.folder.path().join(status.to_string());
        let fetched = pulled(settings(&setting, &route.url, &folder)).await;
        assert_eq!(fetched.unwrap(), i64::try_from(ENTRIES).unwrap(), "{status}");
        setting.assert_complete(&folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_stays_wrong_is_told_as_what_it_is() {
    let setting = Setting::new().await;
    for (status, words) in [
        (
            500,
            "or something on the way to it, failed 6 times in a row (status 500)",
        ),
        (
            200,
            "something on the way answered instead of the service 6 times in a row (status 200)",
        ),
        (
            403,
            "something on the way answered instead of the service 6 times in a row (status 403)",
        ),
        (
            302,
            "the address leads on to https://portal.example/login 6 times in a row (status 302)",
        ),
    ] {
        let always = std::iter::repeat_n(Event::Instead(StatusCode::from_u16(status).unwrap()), 6);
        let route = way_with(&setting.process.url, always).await;
        let folder = setting.folder.path().join(status.to_string());
        let told = pulled(settings(&setting, &route.url, &folder)).await.unwrap_err();
        assert!(told.to_string().contains(words), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_moment_to_come_again_is_waited_for() {
    let setting = Setting::new().await;
    let now = Clock::System.now();
    let at = |seconds: i64| {
        let moment = now + jiff::SignedDuration::from_secs(seconds);
        moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let far = Event::SendAway(StatusCode::SERVICE_UNAVAILABLE, Box::leak(at(3_600).into_boxed_str()));
    let route = way_with(&setting.process.url, [far]).await;
    let folder = setting.folder.path().join("far");
    let told = pulled(settings(&setting, &route.url, &folder)).await.unwrap_err();
    let PullError::AskedToWait { seconds, status: 503 } = told else {
        panic!("{told}");
    };
    assert!((3_500..=3_600).contains(&seconds), "{seconds}");
    let near = Event::SendAway(StatusCode::SERVICE_UNAVAILABLE, Box::leak(at(4).into_boxed_str()));
    let route = way_with(&setting.process.url, [near]).await;
    let began = Instant::now();
    let mut settings = settings(&setting, &route.url, &setting.folder.path().join("near"));
    settings.pace = Pace::default();
    assert!(pulled(settings).await.is_ok());
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

/// A service that answers nothing but 500 while `broken`.
async fn failing(service: &str, broken: Arc<AtomicBool>) -> String {
    let (service, client) = (service.to_owned(), client());
    let answer = move |request: Request| {
        let (service, client, broken) = (service.clone(), client.clone(), broken.clone());
        async move {
            if broken.load(Ordering::SeqCst) {
                return (StatusCode::INTERNAL_SERVER_ERROR, "<html>".to_owned()).into_response();
            }
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let call = client.request(parts.method, format!("{service}{}", parts.uri));
            let answer = call.headers(parts.headers).body(body).send().await.unwrap();
            (answer.status(), answer.text().await.unwrap()).into_response()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(answer)).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_stays_lives_through_an_hour_of_500() {
    let setting = Setting::new().await;
    let broken = Arc::new(AtomicBool::new(true));
    let url = failing(&setting.process.url, broken.clone()).await;
    let (stop, troubles) = (Stop::default(), Arc::new(Mutex::new(Vec::new())));
    let settings = settings(&setting, &url, &setting.folder.path().join("copy"));
    let (stopping, telling) = (stop.clone(), troubles.clone());
    let (fetched, mut fetches) = tokio::sync::mpsc::unbounded_channel();
    let following = tokio::task::spawn_blocking(move || {
        follow(
            &settings,
            &Clock::System,
            &Entropy::System,
            &stopping,
            |news| match news {
                News::Fetched(summary) => fetched.send(summary.acknowledged_up_to).unwrap(),
                News::Trouble { error, .. } => telling.lock().unwrap().push(error.to_string()),
            },
        )
    });
    tokio::time::sleep(Duration::from_secs(3_600) / HASTE).await;
    assert!(!following.is_finished(), "it ended: {:?}", troubles.lock().unwrap());
    broken.store(false, Ordering::SeqCst);
    let all = i64::try_from(ENTRIES).unwrap();
    let until = async { while fetches.recv().await.is_some_and(|up_to| up_to < all) {} };
    tokio::time::timeout(Duration::from_secs(30), until)
        .await
        .expect("it fetches again");
    tokio::task::spawn_blocking(move || stop.ask(Duration::from_secs(5)))
        .await
        .unwrap();
    following.await.unwrap().unwrap();
    let troubles = troubles.lock().unwrap();
    assert!(
        troubles.len() >= 3 && troubles.iter().all(|told| told.contains("status 500")),
        "{troubles:?}"
    );
    setting.assert_complete(&setting.folder.path().join("copy"));
}

/// An authority of one's own and a certificate of it for this machine; the folder holds `ca.pem`, `server.pem` and `server.key`.
pub fn certificates(folder: &Path) {
    let new_key = |key: &str, more: &[&str]| {
        let new = [
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key,
        ];
        openssl(folder, &[&new[..], more].concat());
    };
    new_key("ca.key", &["-x509", "-out", "ca.pem", "-subj", "/CN=Own authority"]);
    new_key("server.key", &["-out", "server.csr", "-subj", "/CN=localhost"]);
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    sign(folder, "server.pem", 30);
}

/// A further certificate of that authority, good for so many days.
pub fn sign(folder: &Path, certificate: &str, days: u32) {
    let days = days.to_string();
    let sign = [
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
    ];
    openssl(
        folder,
        &[&sign[..], &["-extfile", "names", "-days", &days, "-out", certificate]].concat(),
    );
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_certificate_of_an_own_authority_is_trusted_when_that_is_said_and_else_told_at_once() {
    let setting = Setting::new().await;
    let folder = setting.folder.path();
    certificates(folder);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/tls_front.py");
    let mut front = Command::new("python3");
    front
        .arg(script)
        .args([folder.join("server.pem"), folder.join("server.key")])
        .arg(&setting.process.url);
    let mut front = front.stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(front.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    let url = format!("https://localhost:{}", port.trim());

    let began = Instant::now();
    for follow in [false, true] {
        let mut command = setting.pull(&url, &folder.join("copy"));
        command.args(follow.then_some("--follow"));
        let said = fail(command);
        assert!(said.contains("certificate is not one to trust"), "{said}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "at once: {:?}",
        began.elapsed()
    );
    let mut trusting = setting.pull(&url, &folder.join("copy"));
    trusting.arg("--ca").arg(folder.join("ca.pem"));
    succeed(trusting);
    setting.assert_complete(&folder.join("copy"));
    let mut unfit = setting.pull(&url, &folder.join("copy"));
    unfit.arg("--ca").arg(folder.join("server.key"));
    assert!(fail(unfit).contains("authorities to trust"));
    front.kill().unwrap();
    front.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_file_with_a_byte_order_mark_opens_as_without() {
    let setting = Setting::new().await;
    let file = setting.folder.path().join("key");
    std::fs::write(&file, format!("\u{feff}{}\r\n", setting.key)).unwrap();
    let folder = setting.folder.path().join("copy");
    let mut command = setting.pull(&setting.process.url, &folder);
    command.env_remove("FLEKSPORT_KEY").arg("--key-file").arg(&file);
    succeed(command);
    setting.assert_complete(&folder);
}
