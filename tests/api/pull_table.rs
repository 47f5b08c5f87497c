//! The pull client's SQLite file: ended at any point, two at once, lied to; and what a municipality reads from it.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    process::{client, fail, submission, succeed},
    pull::{CALLS, CODE, ENTRIES, Event, PAGE, Setting, kill, start, way_with},
};

fn with_table(setting: &Setting, url: &str, table: &Path) -> std::process::Command {
    let mut command = setting.client(url);
    command.arg("--sqlite").arg(table);
    command
}

/// What a municipality's own program would ask of the file; every column as text.
pub async fn ask(table: &Path, sql: &str) -> Vec<Vec<String>> {
    let options = SqliteConnectOptions::new().filename(table);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    rows.iter()
        .map(|row| (0..row.len()).map(|at| row.get_unchecked::<String, _>(at)).collect())
        .collect()
}

/// How far the copy goes, and how far the service knows.
pub async fn state(table: &Path) -> (i64, i64) {
    let rows = ask(
        table,
        "SELECT CAST(stored_sequence AS TEXT), CAST(acknowledged_sequence AS TEXT) FROM fleksport_state",
    )
    .await;
    (rows[0][0].parse().unwrap(), rows[0][1].parse().unwrap())
}

/// Exactly the whole feed is in the file, and acknowledged.
async fn assert_complete(table: &Path) {
    let entries = i64::try_from(ENTRIES).unwrap();
    assert_eq!(state(table).await, (entries, entries));
    let rows = ask(table, "SELECT CAST(sequence AS TEXT), digest, previous_digest, record, assessment FROM fleksport_entry ORDER BY sequence").await;
    assert_eq!(rows.len(), ENTRIES);
    let mut previous = "0".repeat(64);
    for (number, row) in (1..).zip(&rows) {
        let record: Value = serde_json::from_str(&row[3]).unwrap();
        assert_eq!(
            (record["sequence"].as_i64(), row[0].parse().ok()),
            (Some(number), Some(number))
        );
        assert_eq!(row[2], previous);
        assert_eq!(record["assessment"], serde_json::from_str::<Value>(&row[4]).unwrap());
        previous.clone_from(&row[1]);
    }
    let current = ask(table, "SELECT report_id FROM fleksport_current").await;
    assert_eq!(current.len(), ENTRIES);
}

/// How far the service says that the municipality has acknowledged, by the states of the reports.
async fn acknowledged_at_service(setting: &Setting) -> usize {
    let url = format!("{}/api/v1/municipalities/{CODE}/records", setting.process.url);
    let page: Value = client()
        .get(url)
        .bearer_auth(&setting.key)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let mut fetched = 0;
    for record in page["records"].as_array().unwrap() {
        let report = record["report"]["report_id"].as_str().unwrap();
        let url = format!("{}/api/v1/reports/{report}", setting.process.url);
        let asked = client().get(url).bearer_auth(&setting.key).send().await.unwrap();
        let now: Value = asked.json().await.unwrap();
        fetched += usize::from(now["state"] == "fetched");
    }
    fetched
}

fn table_in(setting: &Setting, name: &str) -> PathBuf {
    setting.folder.path().join(name).join("records.db")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pull_into_sqlite_fetches_everything_once_and_then_nothing() {
    let setting = Setting::new().await;
    let table = table_in(&setting, "once");
    let said = succeed(with_table(&setting, &setting.process.url, &table));
    assert_eq!(said, "0101 København: 7 fetched, 7 stored, acknowledged up to 7\n");
    assert_complete(&table).await;
    let said = succeed(with_table(&setting, &setting.process.url, &table));
    assert_eq!(said, "0101 København: 0 fetched, 7 stored, acknowledged up to 7\n");
    assert_complete(&table).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pull_killed_between_commit_and_acknowledgement_goes_on_and_ends_with_everything_once() {
    let setting = Setting::new().await;
    let page: usize = PAGE.parse().unwrap();
    // Call 1 is the first acknowledgement: its page is committed, and the service has not heard of it.
    let mut route = way_with(&setting.process.url, [Event::Pass, Event::LoseCall]).await;
    let table = table_in(&setting, "committed");
    let killed = start(with_table(&setting, &route.url, &table));
    route.lost.recv().await.unwrap();
    kill(killed);
    assert_eq!(state(&table).await, (i64::try_from(page).unwrap(), 0));
    assert_eq!(acknowledged_at_service(&setting).await, 0);
    succeed(with_table(&setting, &setting.process.url, &table));
    assert_complete(&table).await;

    for lost in [Event::LoseCall, Event::LoseAnswer] {
        for call in 0..CALLS {
            let events = std::iter::repeat_n(Event::Pass, call).chain([lost.clone()]);
            let mut route = way_with(&setting.process.url, events).await;
            let table = table_in(&setting, &format!("{lost:?}-{call}"));
            let killed = start(with_table(&setting, &route.url, &table));
            route.lost.recv().await.unwrap();
            kill(killed);
            let told = (call.div_ceil(2) * page).min(ENTRIES);
            assert!(state(&table).await.0 >= i64::try_from(told).unwrap());
            succeed(with_table(&setting, &setting.process.url, &table));
            assert_complete(&table).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_pulls_into_one_file_the_second_is_refused_and_says_why() {
    let setting = Setting::new().await;
    let table = table_in(&setting, "two");
    let mut route = way_with(&setting.process.url, [Event::LoseCall]).await;
    let first = start(with_table(&setting, &route.url, &table));
    route.lost.recv().await.unwrap();
    let said = fail(with_table(&setting, &setting.process.url, &table));
    assert!(
        said.contains("another pull is at work in") && said.contains("records.db"),
        "{said}"
    );
    kill(first);
    succeed(with_table(&setting, &setting.process.url, &table));
    assert_complete(&table).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tampered_chain_is_refused_and_nothing_of_that_page_is_in_the_file() {
    let setting = Setting::new().await;
    let exchanged: fn(&mut Vec<Value>) = |records| records[1]["previous_digest"] = "00".repeat(32).into();
    let told_otherwise: fn(&mut Vec<Value>) = |records| records[1]["event"] = "report.withdrawn".into();
    let paid_otherwise: fn(&mut Vec<Value>) = |records| {
        let changed = records[1].to_string().replace("32067", "42067");
        records[1] = serde_json::from_str(&changed).unwrap();
    };
    for (name, change, message) in [
        (
            "paid-otherwise",
            paid_otherwise,
            "entry 4 does not say what its digest commits to",
        ),
        ("exchanged", exchanged, "what comes after entry 3 does not belong to it"),
        (
            "changed",
            told_otherwise,
            "entry 4 does not say what its digest commits to",
        ),
    ] {
        let route = way_with(&setting.process.url, [Event::Pass, Event::Pass, Event::Tamper(change)]).await;
        let table = table_in(&setting, name);
        let said = fail(with_table(&setting, &route.url, &table));
        assert!(said.contains(message), "{said}");
        assert_eq!(state(&table).await, (2, 2));
        succeed(with_table(&setting, &setting.process.url, &table));
        assert_complete(&table).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_and_sqlite_beside_each_other_each_get_what_they_lack() {
    let setting = Setting::new().await;
    let folder = setting.folder.path().join("files");
    succeed(setting.pull(&setting.process.url, &folder));
    let table = table_in(&setting, "beside");
    let mut both = setting.pull(&setting.process.url, &folder);
    both.arg("--sqlite").arg(&table);
    succeed(both);
    setting.assert_complete(&folder);
    assert_complete(&table).await;
}

/// Posts as the employer about a report that stands at version 1.
async fn about(setting: &Setting, report: &str, what: &str, body: Option<Value>) -> Value {
    let call = client()
        .post(format!("{}/api/v1/reports/{report}/{what}", setting.process.url))
        .bearer_auth(setting.place.employer_key())
        .header("idempotency-key", format!("{what}-{report}"))
        // Taken in, then fetched.
        .header("if-match", "\"2\"");
    let call = match body {
        Some(body) => call.json(&body),
        None => call,
    };
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_file_tells_what_counts_after_corrections_withdrawals_and_handing_on() {
    let setting = Setting::new().await;
    let table = table_in(&setting, "states");
    succeed(with_table(&setting, &setting.process.url, &table));
    let ids: Vec<_> = ask(&table, "SELECT report_id FROM fleksport_entry ORDER BY sequence")
        .await
        .concat();
    let mut corrected = submission(&[CODE])["reports"][0].clone();
    corrected["full_time_total_monthly_wage"] = json!("33000.00");
    let answer = about(&setting, &ids[0], "corrections", Some(corrected)).await;
    let correction = answer["reports"][0]["report_id"].as_str().unwrap();
    about(&setting, &ids[1], "withdrawal", None).await;
    let away = client()
        .post(format!(
            "{}/api/v1/municipalities/{CODE}/records/{}/transfer",
            setting.process.url, ids[2]
        ))
        .bearer_auth(&setting.key)
        .json(&json!({"to": "0147", "reason": "Borgeren bor på Frederiksberg."}));
    assert_eq!(away.send().await.unwrap().status(), StatusCode::CREATED);

    succeed(with_table(&setting, &setting.process.url, &table));
    let sql = format!(
        "SELECT state FROM fleksport_report WHERE report_id IN ('{}', '{}', '{}') ORDER BY sequence",
        ids[0], ids[1], ids[2]
    );
    assert_eq!(
        ask(&table, &sql).await.concat(),
        ["corrected", "withdrawn", "transferred"]
    );
    let current = ask(&table, "SELECT report_id FROM fleksport_current ORDER BY sequence")
        .await
        .concat();
    assert_eq!(current, [&ids[3..], &[correction.to_owned()]].concat());
    let wage = "SELECT json_extract(record, '$.report.answers.full_time_total_monthly_wage') FROM fleksport_current ORDER BY sequence DESC LIMIT 1";
    assert_eq!(ask(&table, wage).await.concat(), ["33000.00"]);
}
