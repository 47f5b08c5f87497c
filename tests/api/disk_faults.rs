//! A disk that refuses to be written (SQLite's IOERR): told as 503 on every call, nothing lost, nothing twice, and over by itself when the
//! cause is. The fault is real: the kernel lets the process write no file beyond a size.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::process::{Place, Process, client, submission, succeed};

/// Before the disk refuses; each takes some KiB.
const MOST: usize = 2_000;

/// Lets the process write files up to this size only; `None`: of any size.
fn let_write(process: &Process, most: Option<u64>) {
    let most = most.map_or("unlimited".to_owned(), |most| most.to_string());
    let mut command = Command::new("prlimit");
    command.args(["--pid", &process.id().to_string(), &format!("--fsize={most}:unlimited")]);
    succeed(command);
}

async fn send(client: &Client, url: &str, key: &str, number: usize) -> (StatusCode, bool) {
    let sent = client
        .post(format!("{url}/api/v1/submissions"))
        .bearer_auth(key)
        .header("idempotency-key", format!("disk-{number}"))
        .json(&submission(&["0101"]))
        .send()
        .await
        .unwrap();
    (sent.status(), sent.headers().contains_key("retry-after"))
}

async fn feed(client: &Client, url: &str, key: &str) -> (StatusCode, Value) {
    let asked = client
        .get(format!("{url}/api/v1/municipalities/0101/records?limit=1"))
        .bearer_auth(key)
        .send()
        .await
        .unwrap();
    (asked.status(), asked.json().await.unwrap())
}

#[tokio::test]
async fn a_disk_that_can_not_be_written_is_told_as_503_and_over_by_itself() {
    let place = Place::sqlite();
    let served = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("bash");
    // Without it the signal that comes with the refused write would end the process.
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(served.get_program()).args(served.get_args());
    let process = Process::start(command, Stdio::null());
    let (employer, municipality) = (place.employer_key(), place.municipality_key("0101"));
    let (client, url) = (client(), process.url.clone());

    assert_eq!(send(&client, &url, &employer, 0).await.0, StatusCode::CREATED);
    let log = place.data().join("fleksport.db-wal");
    let_write(&process, Some(log.metadata().unwrap().len() + 64 * 1_024));
    let mut stored = 1;
    loop {
        match send(&client, &url, &employer, stored).await {
            (StatusCode::CREATED, _) => stored += 1,
            (StatusCode::SERVICE_UNAVAILABLE, true) => break,
            other => panic!("{other:?} after {stored}"),
        }
        assert!(stored < MOST, "the disk refuses in the end");
    }
    // Now not even what a small write would need.
    let_write(&process, Some(4_096));
    for _ in 0..5 {
        let (status, _) = feed(&client, &url, &municipality).await;
        // What a municipality is handed enters the audit first, so nothing may be handed out either.
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            send(&client, &url, &employer, stored).await,
            (StatusCode::SERVICE_UNAVAILABLE, true)
        );
    }
    let live = client.get(format!("{url}/health/live")).send().await.unwrap();
    assert_eq!(live.status(), StatusCode::OK, "a restart would not help");
    let ready = client.get(format!("{url}/health/ready")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);

    let_write(&process, None);
    let begun = Instant::now();
    while send(&client, &url, &employer, stored).await.0 != StatusCode::CREATED {
        assert!(begun.elapsed() < Duration::from_secs(10), "it recovers by itself");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (status, page) = feed(&client, &url, &municipality).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(page["latest_sequence"], stored + 1, "nothing lost, nothing twice");
    process.stop();
    succeed(place.command(&["verify"]));
}
