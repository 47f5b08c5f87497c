//! What lets a reader prove that nothing is missing, begin anew, and read in a neutral envelope.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{TestApp, read, submission, submission_with};

const FEED: &str = "/api/v1/municipalities/0101/records";
const SNAPSHOT: &str = "/api/v1/municipalities/0101/snapshot";
const BATCH: &str = "application/cloudevents-batch+json";

fn text(value: &Value) -> &str {
    value.as_str().expect("a text stands here")
}

/// Takes in three reports and corrects the first.
async fn with_a_correction() -> TestApp {
    let app = TestApp::start().await;
    let first = app.taken_in().await;
    for position in ["Kok", "Pedel"] {
        app.submit(&submission_with("position_title", json!(position))).await;
    }
    let mut answers = submission()["reports"][0].clone();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let path = format!(
        "/api/v1/reports/{}/corrections",
        text(&first["reports"][0]["report_id"])
    );
    let request = app.request(Method::POST, &path, &app.employer).json(&answers);
    let request = request.header("idempotency-key", "c").header(header::IF_MATCH, "\"1\"");
    let (status, corrected) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{corrected:#}");
    app
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

#[tokio::test]
async fn a_reader_computes_the_combined_digest_from_what_it_stored() {
    let app = with_a_correction().await;
    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    let records = feed["records"].as_array().unwrap();
    for (from, to) in [(1, 4), (2, 3)] {
        let (status, range) = app
            .get(&format!("{FEED}/range?from={from}&to={to}"), &app.copenhagen)
            .await;
        assert_eq!(status, StatusCode::OK, "{range:#}");
        let own = &records[from - 1..to];
        let stored: Vec<u8> = own
            .iter()
            .flat_map(|record| bytes_of(text(&record["digest"])))
            .collect();
        let combined: String = Sha256::digest(stored)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(range["count"], json!(to - from + 1));
        assert_eq!(range["combined_digest"], combined);
        assert_eq!(range["previous_digest"], own[0]["previous_digest"]);
        assert_eq!(range["last_digest"], own[own.len() - 1]["digest"]);
    }
    let (_, whole) = app.get(&format!("{FEED}/range"), &app.copenhagen).await;
    assert_eq!((&whole["from"], &whole["to"]), (&json!(1), &json!(4)));
    let empty = app
        .get("/api/v1/municipalities/0147/records/range", &app.frederiksberg)
        .await;
    assert_eq!((empty.0, &empty.1["count"]), (StatusCode::OK, &json!(0)));
    for wrong in ["from=0", "to=5", "from=3&to=2"] {
        let (status, problem) = app.get(&format!("{FEED}/range?{wrong}"), &app.copenhagen).await;
        assert_eq!(
            (status, text(&problem["code"])),
            (StatusCode::BAD_REQUEST, "invalid-range"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_snapshot_turns_page_by_page_and_leads_on_to_the_feed() {
    let app = with_a_correction().await;
    let (status, first) = app.get(&format!("{SNAPSHOT}?limit=2"), &app.copenhagen).await;
    assert_eq!(status, StatusCode::OK, "{first:#}");
    assert_eq!((&first["as_of"], &first["has_more"]), (&json!(4), &json!(true)));
    // Something comes in between the pages; the snapshot does not shift.
    app.submit(&submission_with("position_title", json!("Gartner"))).await;
    let cursor = text(&first["next_cursor"]);
    let (_, second) = app
        .get(&format!("{SNAPSHOT}?limit=2&cursor={cursor}"), &app.copenhagen)
        .await;
    assert_eq!((&second["as_of"], &second["has_more"]), (&json!(4), &json!(false)));
    let pages = [&first, &second].map(|page| page["records"].as_array().unwrap().clone());
    let numbers: Vec<_> = pages.concat().iter().map(|record| record["sequence"].clone()).collect();
    assert_eq!(numbers, [2, 3, 4], "number 1 was overtaken by its correction");
    assert_eq!(pages.concat()[2]["event"], "report.corrected");
    let on = format!("{FEED}?after={}", text(&second["feed_cursor"]));
    let (_, rest) = app.get(&on, &app.copenhagen).await;
    assert_eq!(rest["records"][0]["sequence"], 5);
    assert_eq!(rest["records"][0]["previous_digest"], second["digest"]);

    let (_, before) = app.get(&format!("{SNAPSHOT}?as_of=3"), &app.copenhagen).await;
    let numbers: Vec<_> = before["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["sequence"].clone())
        .collect();
    assert_eq!(numbers, [1, 2, 3], "as of number 3 there was no correction");
    for (query, code) in [
        ("as_of=6", "invalid-range"),
        ("as_of=-1", "invalid-range"),
        ("cursor=x", "invalid-cursor"),
    ] {
        let (status, problem) = app.get(&format!("{SNAPSHOT}?{query}"), &app.copenhagen).await;
        assert_eq!(
            (status, text(&problem["code"])),
            (StatusCode::BAD_REQUEST, code),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_correction_in_the_feed_says_what_changed() {
    let app = with_a_correction().await;
    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    let difference = &feed["records"][3]["difference"];
    assert_eq!(
        difference["corrects_report_id"],
        feed["records"][0]["report"]["report_id"]
    );
    assert_eq!(
        difference["fields"],
        json!([{ "field": "full_time_total_monthly_wage", "before": "32067.00", "after": "33000.00" }])
    );
    assert_eq!(
        difference["amounts"],
        json!([{ "name": "wage_ceiling", "before": "32067.00", "after": "33000.00" }])
    );
    assert!(feed["records"][0].get("difference").is_none());
}

#[tokio::test]
async fn the_same_entries_come_as_a_batch_of_cloud_events_to_who_asks() {
    let app = with_a_correction().await;
    let (_, feed) = app.get(&format!("{FEED}?limit=3"), &app.copenhagen).await;
    let request = app.request(Method::GET, &format!("{FEED}?limit=3"), &app.copenhagen);
    let response = request.header(header::ACCEPT, BATCH).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], BATCH);
    assert!(response.headers()[header::VARY].to_str().unwrap().contains("Accept"));
    assert!(
        response.headers()[header::LINK]
            .to_str()
            .unwrap()
            .contains("rel=\"next\"")
    );
    let (_, events) = read(response).await;
    let events = events.as_array().unwrap();
    assert_eq!(events.len(), 3);
    for (event, record) in events.iter().zip(feed["records"].as_array().unwrap()) {
        assert_eq!((text(&event["specversion"]), &event["data"]), ("1.0", record));
        assert_eq!(event["id"], record["transfer"]["id"]);
        assert_eq!(event["type"], format!("dk.fleksport.{}", text(&record["event"])));
        assert_eq!(event["subject"], record["report"]["report_id"]);
        assert_eq!(
            (&event["time"], text(&event["sequence"])),
            (
                &record["appended_at"],
                &*format!("{:019}", record["sequence"].as_i64().unwrap())
            )
        );
        assert!(text(&event["source"]).ends_with(FEED));
    }
}

/// The example of docs/pulling.md, as a supplier would copy it.
fn example() -> String {
    let page = include_str!("../../docs/pulling.md");
    let blocks = page.split("```python\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks
        .find(|block| block.contains("def report_digest("))
        .expect("the example is in docs/pulling.md")
        .to_owned()
}

/// What the example says of a page: how many entries it has proven, or why it stopped.
fn proven(code: &str, page: &str) -> Result<usize, String> {
    const FOLLOW: &str = r#"
import sys
previous = "0" * 64
for number, record in enumerate(read(sys.stdin.read())["records"], 1):
    check(record, sys.argv[1], previous)
    previous = record["digest"]
print(number)
"#;
    let mut python = Command::new("python3")
        .args(["-c", &(example() + FOLLOW), code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let mut input = python.stdin.take().unwrap();
    input.write_all(page.as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn the_example_in_the_documentation_proves_every_kind_of_entry() {
    let app = with_a_correction().await;
    let text_of = async |path: &str, key: &str| {
        let response = app.request(Method::GET, path, key).send().await.unwrap();
        response.text().await.unwrap()
    };
    // A calculation whose trace has numbers in it, a question with its answer, and a report that comes in from elsewhere.
    let mut sent = submission_with("position_title", json!("Chauffør"));
    for (field, answer) in [
        ("employment_start_date", "2026-12-01"),
        ("paid_weekly_hours", "12"),
        ("expected_first_wage", "10400.00"),
    ] {
        sent["reports"][0][field] = json!(answer);
    }
    let (status, taken) = app.submit(&sent).await;
    assert_eq!(status, StatusCode::CREATED, "{taken:#}");
    let report = text(&taken["reports"][0]["report_id"]).to_owned();
    let asking = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let (_, asked) = app
        .post(
            &asking,
            &app.copenhagen,
            &json!({"outcome": "question", "text": "Også maj?"}),
        )
        .await;
    let answering = format!("/api/v1/reports/{report}/answers");
    let body = json!({"question_id": asked["outcome_id"], "text": "Ja, \"også\" maj\n🙂"});
    let (status, _) = app.post(&answering, &app.employer, &body).await;
    assert_eq!(status, StatusCode::CREATED);

    let page = text_of(FEED, &app.copenhagen).await;
    assert!(page.contains("\"trace_version\":2"));
    assert_eq!(proven("0101", &page), Ok(6));
    for (from, to) in [
        ("33000.00", "43000.00"),
        ("Løn & Personale", "Bogholderiet"),
        ("\"trace_version\":2", "\"trace_version\":1"),
        ("maj", "juni"),
    ] {
        assert!(page.contains(from));
        let said = proven("0101", &page.replace(from, to)).unwrap_err();
        assert!(said.contains("was changed"), "{from}: {said}");
    }
    let without_one = page.replacen("\"sequence\":3,", "\"sequence\":4,", 1);
    assert_ne!(without_one, page);
    assert!(proven("0101", &without_one).is_err());

    let handing_on = format!("/api/v1/municipalities/0101/records/{report}/transfer");
    let body = json!({"to": "0147", "reason": "Flyttet"});
    let (status, _) = app.post(&handing_on, &app.copenhagen, &body).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(proven("0101", &text_of(FEED, &app.copenhagen).await), Ok(7));
    let there = text_of("/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    assert_eq!(proven("0147", &there), Ok(1));
    assert!(proven("0147", &there.replace("Flyttet", "Fraflyttet")).is_err());
}
