//! What happens while somebody turns pages: the four scenarios that lists of records elsewhere get wrong.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_browser::Browser,
    pages_inbox::{listed, older},
    support::{TestApp, submission, submission_with},
};

const FEED: &str = "/api/v1/municipalities/0101/records";
const SNAPSHOT: &str = "/api/v1/municipalities/0101/snapshot";

fn text(value: &Value) -> String {
    value.as_str().expect("a text stands here").to_owned()
}

/// Lists begin with the newest, to the millisecond.
fn a_second_passes(app: &TestApp) {
    app.clock.set(app.clock.now() + jiff::SignedDuration::from_secs(1));
}

/// Sends a report on a job of its own; its id.
async fn sent(app: &TestApp, job: usize) -> String {
    a_second_passes(app);
    let (status, answer) = app
        .submit(&submission_with("position_title", json!(format!("Stilling {job}"))))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    text(&answer["reports"][0]["report_id"])
}

/// A report for which a person has to find the municipality.
async fn held(app: &TestApp, job: usize) -> String {
    a_second_passes(app);
    let mut body = submission_with("municipality_code", json!("0411"));
    body["reports"][0]["position_title"] = json!(format!("Stilling {job}"));
    let (_, answer) = app.submit(&body).await;
    assert_eq!(answer["reports"][0]["state"], "held", "{answer:#}");
    text(&answer["reports"][0]["report_id"])
}

/// Takes a report back; the id of the withdrawal.
async fn withdraw(app: &TestApp, report: &str) -> String {
    let path = format!("/api/v1/reports/{report}");
    let shown = app.request(Method::GET, &path, &app.employer).send().await.unwrap();
    let etag = shown.headers()[header::ETAG].clone();
    let request = app.request(Method::POST, &format!("{path}/withdrawal"), &app.employer);
    let request = request
        .header("idempotency-key", format!("withdraw-{report}"))
        .header(header::IF_MATCH, etag);
    let (status, answer) = crate::support::read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    text(&answer["reports"][0]["report_id"])
}

async fn transfer(app: &TestApp, report: &str, from: &str, to: &str, key: &str, reason: &str) {
    let path = format!("/api/v1/municipalities/{from}/records/{report}/transfer");
    let (status, answer) = app.post(&path, key, &json!({"to": to, "reason": reason})).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
}

/// Number and report of each entry on a page.
fn entries(page: &Value) -> Vec<(i64, String)> {
    let records = page["records"].as_array().unwrap_or_else(|| panic!("{page:#}"));
    let entry = |record: &Value| {
        (
            record["sequence"].as_i64().unwrap(),
            text(&record["report"]["report_id"]),
        )
    };
    records.iter().map(entry).collect()
}

/// The feed from a cursor to its end, two entries a page.
async fn rest_of_feed(app: &TestApp, mut cursor: String) -> Vec<(i64, String)> {
    let mut all = Vec::new();
    loop {
        let (_, page) = app
            .get(&format!("{FEED}?after={cursor}&limit=2"), &app.copenhagen)
            .await;
        all.extend(entries(&page));
        cursor = text(&page["next_cursor"]);
        if page["has_more"] == false {
            return all;
        }
    }
}

fn numbers(entries: &[(i64, String)]) -> Vec<i64> {
    entries.iter().map(|(number, _)| *number).collect()
}

#[tokio::test]
async fn new_rows_while_paging_come_once_each_and_move_nothing() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for job in 0..5 {
        ids.push(sent(&app, job).await);
    }
    let (_, first) = app.get(&format!("{FEED}?limit=2"), &app.copenhagen).await;
    let (_, snapshot) = app.get(&format!("{SNAPSHOT}?limit=2"), &app.copenhagen).await;
    let mut all = entries(&first);
    for job in 5..8 {
        ids.push(sent(&app, job).await);
    }
    all.extend(rest_of_feed(&app, text(&first["next_cursor"])).await);
    assert_eq!(numbers(&all), (1..=8).collect::<Vec<_>>());
    assert_eq!(all.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), ids);

    // The snapshot stays at its number, and the feed goes on from there.
    let (mut of_snapshot, mut page) = (entries(&snapshot), snapshot);
    while page["has_more"] == true {
        let path = format!("{SNAPSHOT}?cursor={}&limit=2", text(&page["next_cursor"]));
        page = app.get(&path, &app.copenhagen).await.1;
        of_snapshot.extend(entries(&page));
    }
    assert_eq!((numbers(&of_snapshot), &page["as_of"]), ((1..=5).collect(), &json!(5)));
    let after = rest_of_feed(&app, text(&page["feed_cursor"])).await;
    assert_eq!(numbers(&after), [6, 7, 8]);
}

#[tokio::test]
async fn new_rows_while_paging_neither_double_nor_hide_a_row_of_the_inbox_or_of_the_held_list() {
    let app = TestApp::start().await;
    for job in 0..30 {
        sent(&app, job).await;
    }
    let mut browser = Browser::municipality(&app, "0101").await;
    let first = browser.get("/kommune").await.text;
    for job in 30..35 {
        sent(&app, job).await;
    }
    let second = browser
        .get(&older(&first).expect("there are more than one page"))
        .await
        .text;
    let seen: BTreeSet<_> = listed(&first).into_iter().chain(listed(&second)).collect();
    assert_eq!((listed(&second).len(), seen.len()), (5, 30));

    for job in 0..3 {
        held(&app, job).await;
    }
    let (_, first) = app.get("/api/v1/held?limit=2", &app.kl).await;
    held(&app, 3).await;
    let path = format!("/api/v1/held?limit=2&cursor={}", text(&first["next_cursor"]));
    let (_, second) = app.get(&path, &app.kl).await;
    assert_eq!((reports(&first).len(), reports(&second).len()), (2, 1));
    assert!(reports(&first).iter().all(|id| !reports(&second).contains(id)));
}

fn reports(page: &Value) -> Vec<String> {
    let reports = page["reports"].as_array().unwrap_or_else(|| panic!("{page:#}"));
    reports.iter().map(|report| text(&report["report_id"])).collect()
}

#[tokio::test]
async fn a_row_deleted_at_the_cursor_of_the_feed_or_the_snapshot_changes_nothing_that_follows() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for job in 0..6 {
        ids.push(sent(&app, job).await);
    }
    let (_, feed) = app.get(&format!("{FEED}?limit=2"), &app.copenhagen).await;
    let (_, snapshot) = app.get(&format!("{SNAPSHOT}?limit=3"), &app.copenhagen).await;
    // The last of the feed's page is taken back, the last of the snapshot's is handed on, and so are their neighbours.
    withdraw(&app, &ids[1]).await;
    transfer(&app, &ids[2], "0101", "0147", &app.copenhagen, "Flyttet").await;
    withdraw(&app, &ids[3]).await;

    let rest = rest_of_feed(&app, text(&feed["next_cursor"])).await;
    assert_eq!(numbers(&rest), (3..=9).collect::<Vec<_>>());
    let told: Vec<_> = rest.iter().map(|(_, id)| id).collect();
    assert_eq!(told, [&ids[2], &ids[3], &ids[4], &ids[5], &ids[1], &ids[2], &ids[3]]);

    // A snapshot is as of its number, whatever was taken away after it.
    let path = format!("{SNAPSHOT}?limit=3&cursor={}", text(&snapshot["next_cursor"]));
    let (_, second) = app.get(&path, &app.copenhagen).await;
    assert_eq!(
        (numbers(&entries(&second)), &second["has_more"]),
        (vec![4, 5, 6], &json!(false))
    );
}

#[tokio::test]
async fn a_row_deleted_at_the_cursor_of_the_inbox_or_of_the_held_list_hides_no_other_row() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for job in 0..30 {
        ids.push(sent(&app, job).await);
    }
    let mut browser = Browser::municipality(&app, "0101").await;
    let first = browser.get("/kommune").await.text;
    // Newest first: the 25th row of the page is the sixth report. It leaves the municipality, and the one after it is taken back.
    transfer(&app, &ids[5], "0101", "0147", &app.copenhagen, "Flyttet").await;
    withdraw(&app, &ids[4]).await;
    let second = browser
        .get(&older(&first).expect("there are more than one page"))
        .await
        .text;
    let listed = listed(&second);
    assert_eq!(listed.len(), 5, "{listed:?}");
    for id in &ids[..5] {
        assert!(listed.iter().any(|address| address.contains(id)), "{id} in {listed:?}");
    }

    let mut waiting = Vec::new();
    for job in 0..4 {
        waiting.push(held(&app, job).await);
    }
    let (_, first) = app.get("/api/v1/held?limit=2", &app.kl).await;
    assert_eq!(reports(&first), [waiting[3].clone(), waiting[2].clone()]);
    let path = format!("/api/v1/held/{}/assignment", waiting[2]);
    let body = json!({"municipality": "0101", "reason": "Fundet"});
    assert_eq!(app.post(&path, &app.kl, &body).await.0, StatusCode::CREATED);
    withdraw(&app, &waiting[1]).await;
    let path = format!("/api/v1/held?limit=2&cursor={}", text(&first["next_cursor"]));
    assert_eq!(reports(&app.get(&path, &app.kl).await.1), [waiting[0].clone()]);
}

#[tokio::test]
async fn ids_and_numbers_are_never_given_twice() {
    let app = TestApp::start().await;
    let first = sent(&app, 0).await;
    let withdrawal = withdraw(&app, &first).await;
    // The same said again is another report; the withdrawn one stays what it is.
    let again = sent(&app, 0).await;
    assert_eq!(BTreeSet::from([&first, &withdrawal, &again]).len(), 3);
    assert_eq!(
        rest_of_feed(&app, "0".to_owned()).await,
        [(1, first.clone()), (2, first.clone()), (3, again.clone())]
    );

    // The key of what was taken back still leads to it, and to nothing new.
    let (_, used) = app.submit_as(&app.employer, "used", &submission()).await;
    let id = text(&used["reports"][0]["report_id"]);
    withdraw(&app, &id).await;
    let (status, same) = app.submit_as(&app.employer, "used", &submission()).await;
    assert_eq!(
        (status, text(&same["reports"][0]["report_id"])),
        (StatusCode::CREATED, id)
    );
    let (_, refused) = app
        .submit_as(&app.employer, "used", &submission_with("position_title", json!("Kok")))
        .await;
    assert_eq!(refused["code"], "idempotency-key-reused");
    assert_eq!(rest_of_feed(&app, "3".to_owned()).await.len(), 2);

    // Handed on and back it keeps its id, and each delivery has a number and a transfer of its own.
    transfer(&app, &again, "0101", "0147", &app.copenhagen, "Flyttet").await;
    transfer(&app, &again, "0147", "0101", &app.frederiksberg, "Flyttet tilbage").await;
    let (_, page) = app.get(FEED, &app.copenhagen).await;
    let records = page["records"].as_array().unwrap();
    let deliveries: Vec<_> = records
        .iter()
        .filter(|record| record["report"]["report_id"] == again.as_str())
        .map(|record| (record["sequence"].as_i64().unwrap(), text(&record["event"])))
        .collect();
    let wanted = ["report.available", "report.transferred-out", "report.transferred-in"].map(str::to_owned);
    assert_eq!(deliveries, [3, 6, 7].into_iter().zip(wanted).collect::<Vec<_>>());
    let transfers: BTreeSet<_> = records.iter().map(|record| text(&record["transfer"]["id"])).collect();
    assert_eq!(transfers.len(), 7);
}

#[tokio::test]
async fn a_dead_cursor_is_an_error_that_says_how_to_go_on_and_never_nothing_new() {
    let app = TestApp::start().await;
    for job in 0..3 {
        sent(&app, job).await;
    }
    let (_, page) = app.get(&format!("{FEED}?limit=1"), &app.copenhagen).await;
    let (_, snapshot) = app.get(&format!("{SNAPSHOT}?limit=1"), &app.copenhagen).await;
    let (own, of_snapshot) = (text(&page["next_cursor"]), text(&snapshot["next_cursor"]));
    let feed_of = |code: &str, cursor: &str| format!("/api/v1/municipalities/{code}/records?after={cursor}");
    let snapshot_of = |code: &str, cursor: &str| format!("/api/v1/municipalities/{code}/snapshot?cursor={cursor}");
    for (what, path, key) in [
        ("of another municipality", feed_of("0147", &own), &app.frederiksberg),
        ("cut off", feed_of("0101", &own[..own.len() - 2]), &app.copenhagen),
        ("malformed", feed_of("0101", "næste%20side"), &app.copenhagen),
        ("of a snapshot", feed_of("0101", &of_snapshot), &app.copenhagen),
        ("negative", feed_of("0101", "-1"), &app.copenhagen),
        ("beyond the end", feed_of("0101", "4"), &app.copenhagen),
        ("beyond the end, waiting", feed_of("0101", "99&wait=1"), &app.copenhagen),
        (
            "of another's snapshot",
            snapshot_of("0147", &of_snapshot),
            &app.frederiksberg,
        ),
        ("of the feed", snapshot_of("0101", &own), &app.copenhagen),
        ("of no list", "/api/v1/held?cursor=next".to_owned(), &app.kl),
    ] {
        let (status, problem) = app.get(&path, key).await;
        assert!(
            status.is_client_error() && status != StatusCode::NOT_FOUND,
            "{what}: {status}"
        );
        assert!(
            problem["records"].is_null() && problem["reports"].is_null(),
            "{what}: {problem:#}"
        );
        let detail = text(&problem["detail"]);
        let says_how = ["after", "next_cursor", "nummer"]
            .iter()
            .any(|word| detail.contains(word));
        assert!(says_how, "{what}: {detail}");
    }
    // The living one still leads on.
    assert_eq!(numbers(&rest_of_feed(&app, own).await), [2, 3]);
}
