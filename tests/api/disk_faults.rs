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

/// What a page's hidden field of this name says.
fn hidden(page: &str, name: &str) -> String {
    let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
    let rest = page.split(&field).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

fn cookies(answer: &reqwest::Response) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter();
    set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect()
}

/// An employer at the pages, who follows nothing by itself.
struct Visitor {
    client: Client,
    url: String,
    cookies: Vec<String>,
}

impl Visitor {
    async fn get(&self, path: &str) -> reqwest::Response {
        let asked = self.client.get(format!("{}{path}", self.url));
        asked.header("cookie", self.cookies.join("; ")).send().await.unwrap()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let asked = self.client.post(format!("{}{path}", self.url)).form(fields);
        asked.header("cookie", self.cookies.join("; ")).send().await.unwrap()
    }

    async fn log_in(url: &str) -> Self {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut visitor = Self {
            client,
            url: url.to_owned(),
            cookies: Vec::new(),
        };
        let page = visitor.get("/log-ind").await;
        visitor.cookies = cookies(&page);
        let token = hidden(&page.text().await.unwrap(), "login_token");
        let fields = [
            ("role", "employer"),
            ("cvr", "13585628"),
            ("login_token", token.as_str()),
        ];
        let done = visitor.post("/log-ind", &fields).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        visitor.cookies.extend(cookies(&done));
        visitor
    }
}

#[tokio::test]
async fn what_is_typed_while_the_disk_refuses_stays_in_the_form_and_is_kept_later() {
    let place = Place::sqlite();
    let served = place.command(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(served.get_program()).args(served.get_args());
    let process = Process::start(command, Stdio::null());
    let visitor = Visitor::log_in(&process.url).await;
    let start = visitor.get("/indberet/ny").await;
    let first = start.headers()["location"].to_str().unwrap().to_owned();
    let page = visitor.get(&first).await.text().await.unwrap();
    let (csrf, ticket) = (hidden(&page, "csrf"), hidden(&page, "ticket"));
    let typed = |action| {
        [
            ("csrf", csrf.clone()),
            ("ticket", ticket.clone()),
            ("shown", "report_kind".to_owned()),
            ("report_kind", "employment_end".to_owned()),
            ("action", String::from(action)),
        ]
    };

    let_write(&process, Some(4_096));
    for action in ["next", "update", "to:employer"] {
        let fields = typed(action);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = visitor.post(&first, &fields).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "{action}");
        assert_eq!(refused.headers()["retry-after"], "5");
        let said = refused.text().await.unwrap();
        assert!(said.contains("Tjenesten kan ikke nå sine data lige nu"), "{said}");
        assert!(
            said.contains("Vent et øjeblik, og gå videre"),
            "it says what to do: {said}"
        );
        let chosen = said
            .split("value=\"employment_end\"")
            .nth(1)
            .unwrap()
            .split('>')
            .next()
            .unwrap();
        assert!(chosen.contains("checked"), "what was typed is in the form: {chosen}");
    }

    let_write(&process, None);
    let begun = Instant::now();
    let fields = typed("next");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    loop {
        let sent = visitor.post(&first, &fields).await;
        if sent.status() == StatusCode::SEE_OTHER {
            assert!(
                sent.headers()["location"]
                    .to_str()
                    .unwrap()
                    .contains("/employment_end.employee")
            );
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "it recovers by itself");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    process.stop();
}
