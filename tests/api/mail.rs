//! The receipt mail and a real SMTP server that is down, refuses, comes back, or offers less than the settings ask for.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fleksport::{notify::Transport, store::Holder, worker};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{CPR, NAME, TestApp, submission_with};

/// The program of the tools that are written in Python, made by `scripts/setup-python`.
fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    assert!(
        python.exists(),
        "run scripts/setup-python first: it installs the SMTP server that this test talks to"
    );
    python
}

/// A running server; ended when dropped.
pub struct Smtp {
    process: Child,
}

impl Smtp {
    /// Starts the server on the port and waits until it listens.
    pub fn start(port: u16, folder: &Path, mode: &str) -> Self {
        Self::start_with(port, folder, mode, &[])
    }

    /// The same, offering STARTTLS with a certificate and its key.
    pub fn start_with(port: u16, folder: &Path, mode: &str, certificate: &[&Path]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/smtp_server.py");
        let mut process = Command::new(python())
            .args([
                script.as_os_str(),
                port.to_string().as_ref(),
                folder.as_os_str(),
                mode.as_ref(),
            ])
            .args(certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the SMTP server starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line.trim(), "ready");
        Self { process }
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The files of a folder whose name ends so.
pub fn files(folder: &Path, ending: &str) -> Vec<String> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let wanted = paths
        .into_iter()
        .filter(|path| path.to_str().unwrap().ends_with(ending));
    wanted.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// A service that mails through the port and whose worker looks only when it is woken, so that the test does the rest by hand.
struct Mailing {
    app: TestApp,
    transport: Transport,
    folder: TempDir,
    minutes: i64,
}

impl Mailing {
    async fn start(port: u16, security: &str, retries: usize) -> Self {
        let retries = vec!["60"; retries].join(", ");
        let app = TestApp::start_with(&format!(
            "[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\n\
             timeout_seconds = 5\n[outbox]\nretry_seconds = [{retries}]\npoll_milliseconds = 60000\n"
        ))
        .await;
        let transport = Transport::new(&app.running.app.config.mail, &app.running.app.mail_dir()).unwrap();
        Self {
            app,
            transport,
            folder: tempfile::tempdir().unwrap(),
            minutes: 0,
        }
    }

    /// Lets five minutes pass and tries what is due.
    async fn try_again(&mut self) -> usize {
        self.minutes += 5;
        let now: jiff::Timestamp = crate::support::NOW.parse().unwrap();
        self.app
            .clock
            .set(now + Duration::from_secs(60 * self.minutes.unsigned_abs()));
        worker::mail::work_off(&self.app.running.app, &self.transport)
            .await
            .unwrap()
    }

    async fn waiting_and_given_up(&self) -> (i64, i64) {
        let counts = self.app.running.app.store.outbox_counts().await.unwrap();
        (counts.waiting, counts.given_up)
    }

    /// Waits until the worker, which a submission wakes, has come to rest: nothing is under lease and all was tried `times` times.
    async fn settled(&mut self) {
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            let counts = self.app.running.app.store.outbox_counts().await.unwrap();
            if counts.waiting == 0 {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_down_refuses_and_comes_back_gets_each_mail_once() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 30).await;
    for position in ["Gartner", "Kok", "Pedel"] {
        let (status, answer) = mailing
            .app
            .submit(&submission_with("position_title", json!(position)))
            .await;
        assert_eq!(
            status,
            StatusCode::CREATED,
            "the receipt does not wait for the mail: {answer:#}"
        );
    }
    // Each row is tried by the worker that the submission woke, or here; either way nobody answers.
    tokio::time::sleep(Duration::from_millis(500)).await;
    mailing.try_again().await;
    assert_eq!(mailing.waiting_and_given_up().await, (3, 0), "down");

    let refusing = Smtp::start(port, mailing.folder.path(), "refuse-for-now");
    let tried = mailing.try_again().await;
    assert_eq!(
        (tried, mailing.waiting_and_given_up().await),
        (3, (3, 0)),
        "refuses for now"
    );
    drop(refusing);
    assert_eq!(files(mailing.folder.path(), ".eml").len(), 0);
    assert_eq!(
        fs::read_dir(mailing.folder.path()).unwrap().count(),
        3,
        "each was offered"
    );

    let _accepting = Smtp::start(port, mailing.folder.path(), "accept");
    assert_eq!(mailing.try_again().await, 3);
    assert_eq!(mailing.waiting_and_given_up().await, (0, 0));
    assert_eq!(mailing.try_again().await, 0);
    let mails = files(mailing.folder.path(), ".eml");
    assert_eq!(mails.len(), 3);
    let ids: std::collections::BTreeSet<_> = mails
        .iter()
        .map(|mail| mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap())
        .collect();
    assert_eq!(ids.len(), 3, "three different mails");
}

#[tokio::test]
async fn an_address_that_the_relay_refuses_is_given_up_at_once_and_the_service_stays_well() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 30).await;
    let refusing = Smtp::start(port, mailing.folder.path(), "no-such-receiver");
    mailing.app.taken_in().await;
    mailing.settled().await;
    assert_eq!(mailing.waiting_and_given_up().await, (0, 1));
    let given_up = mailing.app.running.app.store.given_up_mails(10).await.unwrap();
    assert_eq!(
        (
            given_up[0].last_error.as_str(),
            given_up[0].last_reply,
            given_up[0].attempts
        ),
        ("recipient", Some(550), 1)
    );
    let (_, health) = mailing.app.get("/health/ready", "").await;
    assert_eq!(health["status"], "ok", "one typing error is nobody's alarm");
    drop(refusing);

    // The relay was never heard to take a mail: once it does, what it refused before is tried once more, by itself.
    let _accepting = Smtp::start(port, mailing.folder.path(), "accept");
    mailing
        .app
        .submit(&submission_with("position_title", json!("Kok")))
        .await;
    mailing.settled().await;
    mailing.try_again().await;
    assert_eq!(mailing.waiting_and_given_up().await, (0, 0));
    assert_eq!(files(mailing.folder.path(), ".eml").len(), 2);
}

#[tokio::test]
async fn a_relay_that_asks_for_a_login_is_no_fault_of_the_receiver() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 30).await;
    let _refusing = Smtp::start(port, mailing.folder.path(), "wants-login");
    mailing.app.taken_in().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    mailing.try_again().await;
    assert_eq!(
        mailing.waiting_and_given_up().await,
        (1, 0),
        "it waits for better settings"
    );
}

#[tokio::test]
async fn a_relay_that_goes_silent_costs_one_mail_its_time_and_the_others_leave() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 30).await;
    let _silent = Smtp::start(port, mailing.folder.path(), "first-hangs");
    for position in ["Gartner", "Kok", "Pedel"] {
        mailing
            .app
            .submit(&submission_with("position_title", json!(position)))
            .await;
    }
    // The limit of one mail is five seconds here.
    tokio::time::sleep(Duration::from_secs(7)).await;
    mailing.try_again().await;
    mailing.settled().await;
    assert_eq!(mailing.waiting_and_given_up().await, (0, 0));
    let mails = files(mailing.folder.path(), ".eml");
    let ids: std::collections::BTreeSet<_> = mails
        .iter()
        .map(|mail| mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap())
        .collect();
    assert_eq!((mails.len(), ids.len()), (3, 3), "each once");
}

#[tokio::test]
async fn where_encryption_is_asked_for_and_not_offered_no_mail_leaves_and_people_see_it() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "starttls", 2).await;
    let _server = Smtp::start(port, mailing.folder.path(), "accept");
    mailing.app.taken_in().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mailing.waiting_and_given_up().await, (1, 0), "it stays in the outbox");
    for _ in 0..3 {
        mailing.try_again().await;
    }
    assert_eq!(
        files(mailing.folder.path(), ".eml").len(),
        0,
        "nothing left in the clear"
    );
    assert_eq!(mailing.waiting_and_given_up().await, (0, 1));
    let given_up = mailing.app.running.app.store.given_up_mails(10).await.unwrap();
    assert_eq!(given_up[0].last_error, "encryption");
    let (status, health) = mailing.app.get("/health/ready", "").await;
    assert_eq!((status, health["status"].as_str()), (StatusCode::OK, Some("degraded")));
}

#[tokio::test]
async fn the_mail_names_the_receipt_and_nothing_about_the_employee() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 3).await;
    let _server = Smtp::start(port, mailing.folder.path(), "accept");
    let answer = mailing.app.taken_in().await;
    mailing.settled().await;
    let mails = files(mailing.folder.path(), ".eml");
    assert_eq!(mails.len(), 1);
    let (head, body) = mails[0]
        .split_once("\r\n\r\n")
        .or_else(|| mails[0].split_once("\n\n"))
        .unwrap();
    assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
    assert!(head.contains("To: loen@example.dk"), "{head}");
    let text = decoded(head, body);
    for told in [
        answer["receipt_number"].as_str().unwrap(),
        "13585628",
        "/indberet/",
        "Vi har modtaget",
        "We have received",
    ] {
        assert!(text.contains(told), "{told} is missing in {text}");
    }
    let whole = format!("{head}\n{text}");
    for secret in [
        CPR,
        "2512489996",
        NAME,
        "Nancy",
        "Berggren",
        "32067",
        "32.067",
        "Kontorassistent",
        "0101",
        "Københavns Kommune",
    ] {
        assert!(!whole.contains(secret), "{secret} is in {whole}");
    }
}

/// The body as people read it.
fn decoded(head: &str, body: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let encoding = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "))
        .unwrap_or("7bit")
        .trim();
    match encoding {
        "base64" => String::from_utf8(STANDARD.decode(body.replace(['\r', '\n'], "")).unwrap()).unwrap(),
        "quoted-printable" => unquoted(body),
        _ => body.to_owned(),
    }
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *first == b'=')
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn without_a_server_each_mail_is_a_file() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let folder = app.running.app.mail_dir();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        if !files(&folder, ".eml").is_empty() {
            break;
        }
    }
    assert_eq!(files(&folder, ".eml").len(), 1);
}

#[tokio::test]
async fn kl_sees_what_was_given_up_without_the_address_and_decides_on_the_page() {
    let port = free_port();
    let mut mailing = Mailing::start(port, "none", 30).await;
    let _refusing = Smtp::start(port, mailing.folder.path(), "no-such-receiver");
    let receipt = mailing.app.taken_in().await["receipt_number"].clone();
    mailing.settled().await;
    let day = Duration::from_secs(86_400);
    let store = &mailing.app.running.app.store;
    let session = store.session_begin(Holder::Kl, day, day).await.unwrap();
    let cookie = format!("session={}", session.token.expose());
    let request = |method| {
        mailing
            .app
            .request(method, "/kl/post", "")
            .header(header::COOKIE, &cookie)
    };
    let page = request(Method::GET).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains(receipt.as_str().unwrap()) && page.contains("(550)"),
        "{page}"
    );
    assert!(!page.contains("loen@example.dk"), "{page}");
    let after = |word: &str| page.split(word).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = |csrf: &str| {
        let mail = after("name=\"mail\" value=\"");
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("csrf", csrf), ("mail", &mail), ("hvad", "afvis")])
            .finish()
    };
    let post = |body| {
        request(Method::POST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    assert_eq!(post(fields("x")).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(mailing.waiting_and_given_up().await, (0, 1));
    let done = post(fields(&after("name=\"csrf\" value=\""))).await.unwrap();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(mailing.waiting_and_given_up().await, (0, 0));
}
