//! What a process of ours leaves behind on the machine: its log, its files, its memory.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    mail::{Smtp, files, free_port},
    process::{Place, Process, client, fail, submission, succeed},
};

const USER: &str = "relay-user";
const PASSWORD: &str = "relay-hemmelighed-4711";

async fn submit(place: &Place, service: &Process) -> Value {
    let request = client()
        .post(format!("{}/api/v1/submissions", service.url))
        .bearer_auth(place.employer_key())
        .header("idempotency-key", "once")
        .json(&submission(&["0101"]));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    response.json().await.unwrap()
}

/// The newest mail in a folder, once there is one.
pub async fn mail_of(folder: &Path, ending: &str) -> String {
    for _ in 0..400 {
        if let Some(mail) = folder.is_dir().then(|| files(folder, ending).pop()).flatten()
            && mail.contains("\n--")
        {
            return mail;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no mail within 10 seconds");
}

/// The lines of a log written as JSON.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn no_filter_lets_other_peoples_code_write_logins_and_mails_into_the_log() {
    for filter in [
        "trace",
        "info,lettre=trace,sqlx=trace,hyper=trace,rustls=trace,fleksport=trace",
    ] {
        let (place, port) = (Place::sqlite(), free_port());
        let relay_folder = tempfile::tempdir().unwrap();
        let _relay = Smtp::start(port, relay_folder.path(), "accept");
        let log = place.folder.path().join("log");
        let settings = [
            ("FLEKSPORT__MAIL__TRANSPORT", "smtp"),
            ("FLEKSPORT__MAIL__SMTP__HOST", "127.0.0.1"),
            ("FLEKSPORT__MAIL__SMTP__PORT", &port.to_string()),
            ("FLEKSPORT__MAIL__SMTP__SECURITY", "none"),
            ("FLEKSPORT__MAIL__SMTP__USERNAME", USER),
            ("FLEKSPORT__MAIL__SMTP__PASSWORD", PASSWORD),
            ("FLEKSPORT__LOG__FILTER", filter),
            ("FLEKSPORT__LOG__FORMAT", "json"),
            ("RUST_LOG", "trace"),
        ];
        let service = place.serve_with(&settings, fs::File::create(&log).unwrap());
        submit(&place, &service).await;
        let mail = mail_of(relay_folder.path(), ".eml").await;
        let logins = fs::read_to_string(relay_folder.path().join("logins")).unwrap();
        assert_eq!(logins.lines().next(), Some(USER), "the relay has seen the login");
        service.stop();

        let text = fs::read_to_string(&log).unwrap();
        let on_the_wire = BASE64_STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
        let in_parts = BASE64_STANDARD.encode(PASSWORD);
        let of_the_mail = mail.lines().filter(|line| line.len() > 20);
        let secrets = [
            PASSWORD,
            &on_the_wire,
            &in_parts,
            "loen@vaerkstedet",
            "Kvitteringsnummer",
        ];
        for secret in secrets.into_iter().chain(of_the_mail) {
            assert!(!text.contains(secret), "{filter}: {secret} is in the log");
        }
        let ours = |line: &Value| {
            line["target"]
                .as_str()
                .is_some_and(|target| target.starts_with("fleksport"))
        };
        let heard = lines(&log);
        assert!(heard.iter().any(ours), "the service's own lines are there");
        for line in heard.iter().filter(|line| !ours(line)) {
            assert!(line["level"] == "WARN" || line["level"] == "ERROR", "{filter}: {line}");
        }
    }
}

#[test]
fn a_filter_that_cannot_be_read_is_told_and_nothing_starts() {
    let place = Place::sqlite();
    let mut command = place.command(&["serve"]);
    command.env("FLEKSPORT__LOG__FILTER", "fleksport=loud");
    let said = fail(command);
    assert!(said.contains("log.filter"), "{said}");
    assert!(!place.data().exists());
}

/// Files and folders below, each with the rights of others on it.
fn rights(folder: &Path, found: &mut Vec<(String, u32)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        found.push((entry.path().display().to_string(), mode));
        if entry.path().is_dir() {
            rights(&entry.path(), found);
        }
    }
}

#[tokio::test]
async fn what_a_command_writes_is_for_its_own_user_alone() {
    let place = Place::sqlite();
    let service = place.serve();
    let answer = submit(&place, &service).await;
    mail_of(&place.data().join("mail"), ".eml").await;
    let key = place.file("key", &place.municipality_key("0101"));
    let (out, receipt) = (place.folder.path().join("out"), place.folder.path().join("receipt.pdf"));
    let out_text = out.to_str().unwrap();
    let pull = [
        "pull",
        "--municipality",
        "0101",
        "--out",
        out_text,
        "--url",
        &service.url,
        "--key-file",
        &key,
    ];
    succeed(place.command(&pull));
    let file = place.file("again.json", &submission(&["0147"]).to_string());
    succeed(place.command(&["submit", &file, "--receipt", receipt.to_str().unwrap()]));

    let mut found = Vec::new();
    rights(&place.data(), &mut found);
    rights(&out, &mut found);
    found.push((
        "the receipt".to_owned(),
        fs::metadata(&receipt).unwrap().permissions().mode() & 0o077,
    ));
    assert!(found.len() > 6, "{found:?}");
    let open: Vec<_> = found.into_iter().filter(|(_, mode)| *mode != 0).collect();
    assert!(open.is_empty(), "others have rights on {open:?}");
    assert!(answer["receipt_number"].is_string());
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_of_the_service_leaves_no_memory_behind() {
    let place = Place::sqlite();
    let service = place.serve();
    let limits = fs::read_to_string(format!("/proc/{}/limits", service.id())).unwrap();
    let cores = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<_> = cores.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{cores}");
    let status = fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    assert!(status.contains("Umask:\t0077"), "{status}");
}
