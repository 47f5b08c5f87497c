//! The example configuration of nginx, run as it stands (with other ports and paths) in front of the real program.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use axum::{Extension, Router, routing::get};
use fleksport::{
    config::{Config, Overrides},
    http::{Peer, door::Door},
    stop::StopSignal,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Place, client, submission, succeed};

const EXAMPLE: &str = include_str!("../../config/nginx.example.conf");
const NAME: &str = "fleksport.example";

/// nginx with the example configuration; ended when dropped.
struct Nginx {
    process: Child,
    folder: TempDir,
    plain: SocketAddr,
    secure: SocketAddr,
}

impl Nginx {
    /// In front of what listens there.
    fn before(service: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path());
        let (plain, secure) = (free_address(), free_address());
        let configuration = fitted(folder.path(), service, plain, secure);
        std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        // Debian's folder for it is not on every user's path.
        let debian = Path::new("/usr/sbin/nginx");
        let program = if debian.exists() { debian } else { Path::new("nginx") };
        let process = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx is here: scripts/setup test installs it");
        let mut nginx = Self {
            process,
            folder,
            plain,
            secure,
        };
        nginx.wait();
        nginx
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while std::net::TcpStream::connect(self.secure).is_err() {
            let ended = self.process.try_wait().unwrap();
            let log = std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default();
            assert!(
                ended.is_none() && begun.elapsed() < Duration::from_secs(20),
                "nginx does not listen: {log}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether the two agree with this version of TLS and no other.
    fn agrees_on(&self, version: &str) -> Result<(), String> {
        let mut command = Command::new("openssl");
        // Old versions are off in the client too unless its level of security is lowered.
        command.args([
            "s_client",
            version,
            "-cipher",
            "DEFAULT:@SECLEVEL=0",
            "-brief",
            "-servername",
            NAME,
        ]);
        command.args(["-connect", &self.secure.to_string()]);
        let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().expect("openssl is here");
        let told = String::from_utf8_lossy(&stderr).into_owned();
        if status.success() { Ok(()) } else { Err(told) }
    }

    /// What curl prints for an address of the service: the headers and the body.
    fn get(&self, path: &str, more: &[&str]) -> String {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--include",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            "--cacert",
        ]);
        command.arg(self.folder.path().join("certificate.pem"));
        command.args(["--resolve", &format!("{NAME}:{}:127.0.0.1", self.secure.port())]);
        command
            .args(more)
            .arg(format!("https://{NAME}:{}{path}", self.secure.port()));
        succeed(command)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // One process, without a master.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A certificate for the name in the example, signed by itself.
fn certificate(folder: &Path) {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]);
    command.args([
        "-subj",
        &format!("/CN={NAME}"),
        "-addext",
        &format!("subjectAltName=DNS:{NAME}"),
    ]);
    command
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"));
    succeed(command);
}

/// The example with the ports and paths of this test. Each must be found in it.
fn fitted(folder: &Path, service: SocketAddr, plain: SocketAddr, secure: SocketAddr) -> String {
    let mut site = EXAMPLE.to_owned();
    let here = folder.to_str().unwrap();
    for (from, to) in [
        ("server 127.0.0.1:8080;", format!("server {service};")),
        ("listen 80;", format!("listen {plain};")),
        ("listen 443 ssl;", format!("listen {secure} ssl;")),
        ("/etc/ssl/fleksport", here.to_owned()),
        ("/var/log/nginx", here.to_owned()),
    ] {
        assert!(site.contains(from), "the example has no {from}");
        site = site.replace(from, &to);
    }
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places: String = kinds.map(|kind| format!("{kind}_temp_path {here}/{kind};\n")).concat();
    format!("daemon off;\nmaster_process off;\npid {here}/pid;\nevents {{}}\nhttp {{\n{places}{site}}}\n")
}

fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let lines = answer.lines().take_while(|line| !line.is_empty());
    let fields = lines.filter_map(|line| line.split_once(": "));
    fields
        .filter(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .next()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_new_versions_of_tls_are_spoken_and_the_interface_is_not_spoken_in_clear() {
    let place = Place::sqlite();
    let process = place.serve_exposed();
    let nginx = Nginx::before(process.address().parse().unwrap());
    for old in ["-tls1", "-tls1_1"] {
        let refused = nginx.agrees_on(old).expect_err(old);
        assert!(
            refused.contains("alert protocol version"),
            "refused by the other side: {refused}"
        );
    }
    nginx.agrees_on("-tls1_2").unwrap();
    nginx.agrees_on("-tls1_3").unwrap();

    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let plain = async |path: &str| {
        client
            .get(format!("http://{}{path}", nginx.plain))
            .send()
            .await
            .unwrap()
    };
    for path in [
        "/api",
        "/api/v1/forms",
        "/api/v1/municipalities/0101/records?after=0",
        "//api/v1/forms",
        "/x/../api/v1/forms",
    ] {
        let answer = plain(path).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        assert!(answer.headers().get("location").is_none(), "{path}");
    }
    let document: Value = plain("/api/v1/forms").await.json().await.unwrap();
    assert_eq!(document["code"], "encryption-required");
    let page = plain("/indberet?lang=en").await;
    assert_eq!(page.status().as_u16(), 301);
    assert_eq!(page.headers()["location"], "https://fleksport.example/indberet?lang=en");

    let forms = nginx.get("/api/v1/forms", &[]);
    assert!(status(&forms).contains(" 200"), "{forms}");
    assert_eq!(
        header(&forms, "strict-transport-security"),
        Some("max-age=31536000; includeSubDomains")
    );
    let sent: Vec<_> = forms
        .lines()
        .filter(|line| line.to_lowercase().starts_with("strict-transport"))
        .collect();
    assert_eq!(sent.len(), 1, "by one of the two only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_poll_passes_and_is_answered_when_there_is_something() {
    let place = Place::sqlite();
    let trusting = [("FLEKSPORT__SERVER__TRUSTED_PROXIES", "10.1.0.0/16, 127.0.0.1")];
    let process = place.serve_with(&trusting, Stdio::null());
    let nginx = Nginx::before(process.address().parse().unwrap());
    let key = format!("Authorization: Bearer {}", place.municipality_key("0101"));
    let employer = place.employer_key();
    let feed = "/api/v1/municipalities/0101/records?after=0&wait=20";
    let begun = Instant::now();
    let answer = std::thread::scope(|threads| {
        let waiting = threads.spawn(|| nginx.get(feed, &["--header", &key]));
        std::thread::sleep(Duration::from_secs(1));
        let address = format!("{}/api/v1/submissions", process.url);
        let sent = async {
            let request = client()
                .post(address)
                .bearer_auth(employer)
                .header("idempotency-key", "a");
            request.json(&submission(&["0101"])).send().await.unwrap().status()
        };
        let status = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(sent));
        assert_eq!(status.as_u16(), 201);
        waiting.join().unwrap()
    });
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "answered before the wait is over: {:?}",
        begun.elapsed()
    );
    assert!(status(&answer).contains(" 200"), "{answer}");
    assert!(answer.contains("\"latest_sequence\":1"), "{answer}");
    // The same ETag before and behind the proxy, so that asking again costs nothing.
    let etag = header(&answer, "etag").unwrap();
    let seen = format!("If-None-Match: {etag}");
    let again = nginx.get(
        "/api/v1/municipalities/0101/records?after=0",
        &["--header", &key, "--header", &seen],
    );
    assert!(status(&again).contains(" 304"), "{again}");
}

/// A service behind our own door that says who asks.
async fn who_asks(trusted: &str) -> (SocketAddr, StopSignal) {
    let settings = format!("[server]\ntrusted_proxies = {trusted}");
    let overrides = Overrides {
        variables: Vec::new(),
        listen: None,
        data_dir: None,
        ..Overrides::default()
    };
    let config = Config::load(Some(("test.toml", &settings)), &overrides).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let say = |Extension(peer): Extension<Peer>| async move { format!("{} {}", peer.address, peer.is_forwarded) };
    let (router, stop) = (Router::new().route("/", get(say)), StopSignal::new());
    let door = Door::new(&config.server, std::num::NonZeroUsize::new(50).unwrap(), stop.clone());
    tokio::spawn(door.serve(listener, router, stop.clone()));
    (address, stop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callers_own_address_arrives_and_no_other_that_it_writes() {
    for (trusted, expected) in [("[\"127.0.0.1\"]", "127.0.0.9 true"), ("[]", "127.0.0.1 true")] {
        let (address, stop) = who_asks(trusted).await;
        let nginx = Nginx::before(address);
        let lies = [
            "X-Forwarded-For: 198.51.100.1",
            "Forwarded: for=198.51.100.1",
            "X-Real-IP: 198.51.100.1",
        ];
        let lies = lies.map(|lie| ["--header", lie]).concat();
        let answer = nginx.get("/", &[&lies[..], &["--interface", "127.0.0.9"]].concat());
        assert!(answer.ends_with(expected), "{answer}");
        stop.give();
    }
    let (address, stop) = who_asks("[]").await;
    let direct = client().get(format!("http://{address}/")).send().await.unwrap();
    assert_eq!(direct.text().await.unwrap(), "127.0.0.1 false");
    stop.give();
}
