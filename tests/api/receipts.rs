use lopdf::{Document, Object};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{CPR, NAME, TestApp, submission_with};

fn path_of(answer: &Value, file: &str) -> String {
    format!(
        "/api/v1/submissions/{}/{file}",
        answer["submission_id"].as_str().unwrap()
    )
}

/// The files attached to a PDF.
fn attachments(pdf: &[u8]) -> Vec<Vec<u8>> {
    let document = Document::load_mem(pdf).expect("the receipt is a PDF");
    let streams = document.objects.values().filter_map(|object| match object {
        Object::Stream(stream) => Some(stream),
        _ => None,
    });
    let files = streams.filter(|stream| stream.dict.has_type(b"EmbeddedFile"));
    files
        .map(|file| file.decompressed_content().unwrap_or_else(|_| file.content.clone()))
        .collect()
}

async fn result(app: &TestApp, number: &str, fingerprint: &str) -> Value {
    let path = format!("/api/v1/receipts/{number}/verification?fingerprint={fingerprint}");
    let (status, answer) = app.get(&path, "").await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    assert_eq!(answer.as_object().unwrap().len(), 1, "nothing but the result is told");
    answer["result"].clone()
}

#[tokio::test]
async fn the_receipt_holds_everything_that_was_reported_who_sent_it_and_where_it_went() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let (status, receipt) = app.get(&path_of(&answer, "receipt.json"), &app.employer).await;
    assert_eq!(status, StatusCode::OK, "{receipt:#}");
    for member in [
        "receipt_number",
        "submission_id",
        "received_at",
        "form_version",
        "form_hash",
    ] {
        assert_eq!(receipt[member], answer[member], "{member}");
    }
    let text = receipt.to_string();
    for value in [
        NAME,
        CPR,
        "Kontorassistent",
        "32.067,00",
        "Løn & Personale",
        "13585628",
        "0101 Københavns Kommune",
    ] {
        assert!(text.contains(value), "{value} is missing in {receipt:#}");
    }
    assert_eq!(receipt["fingerprint"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn the_receipt_speaks_the_readers_language() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let path = path_of(&answer, "receipt.json");
    let request = app
        .request(Method::GET, &path, &app.employer)
        .header(header::ACCEPT_LANGUAGE, "en");
    let (_, english) = crate::support::read(request.send().await.unwrap()).await;
    let (_, danish) = app.get(&path, &app.employer).await;
    assert_ne!(english["reports"][0]["answers"], danish["reports"][0]["answers"]);
    assert_eq!(english["fingerprint"], danish["fingerprint"]);
}

#[tokio::test]
async fn the_pdf_carries_the_same_content_and_is_the_same_each_time() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let path = path_of(&answer, "receipt.pdf");
    let response = app.request(Method::GET, &path, &app.employer).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/pdf");
    let name = response.headers()[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        name,
        format!(
            "attachment; filename=\"{}.pdf\"",
            answer["receipt_number"].as_str().unwrap()
        )
    );
    let pdf = response.bytes().await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));

    let (_, receipt) = app.get(&path_of(&answer, "receipt.json"), &app.employer).await;
    let attached: Vec<Value> = attachments(&pdf)
        .iter()
        .map(|file| serde_json::from_slice(file).unwrap())
        .collect();
    assert_eq!(attached, [receipt]);

    app.clock.set("2026-11-25T09:00:00Z".parse().unwrap());
    let again = app
        .request(Method::GET, &path, &app.employer)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(pdf, again);
}

async fn bytes(app: &TestApp, path: &str) -> Vec<u8> {
    let response = app.request(Method::GET, path, &app.employer).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn the_receipt_says_what_was_so_when_it_was_given() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let paths = ["receipt.pdf", "receipt.json"].map(|file| path_of(&answer, file));
    let first = [bytes(&app, &paths[0]).await, bytes(&app, &paths[1]).await];
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let records = format!("/api/v1/municipalities/0101/records/{id}");
    let steps = [
        (
            "/api/v1/municipalities/0101/acknowledgements".to_owned(),
            json!({"up_to_sequence": 1}),
        ),
        (
            format!("{records}/outcome"),
            json!({"outcome": "question", "text": "Hvornår begynder jobbet?"}),
        ),
        (format!("{records}/outcome"), json!({"outcome": "accepted"})),
        (
            format!("{records}/transfer"),
            json!({"to": "0851", "reason": "Flyttet"}),
        ),
    ];
    for (path, body) in steps {
        let (status, told) = app.post(&path, &app.copenhagen, &body).await;
        assert!(status.is_success(), "{path}: {told:#}");
        for (path, first) in paths.iter().zip(&first) {
            assert!(*first == bytes(&app, path).await, "{path} after {body}");
        }
    }
    let (_, report) = app
        .get(
            &format!("/api/v1/submissions/{}", answer["submission_id"].as_str().unwrap()),
            &app.employer,
        )
        .await;
    assert_eq!(
        report["reports"][0]["municipality"]["code"], "0851",
        "now it is elsewhere"
    );
    let replaced = app.request(
        Method::POST,
        &format!("/api/v1/reports/{id}/corrections"),
        &app.employer,
    );
    let replaced = replaced
        .header("idempotency-key", "put-right")
        .header(header::IF_MATCH, version_of(&app, id).await)
        .json(&crate::support::submission()["reports"][0]);
    let (status, replaced) = crate::support::read(replaced.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{replaced:#}");
    let newest = replaced["reports"][0]["report_id"].as_str().unwrap();
    let withdrawal = app.request(
        Method::POST,
        &format!("/api/v1/reports/{newest}/withdrawal"),
        &app.employer,
    );
    let withdrawn = withdrawal
        .header("idempotency-key", "take-back")
        .header(header::IF_MATCH, version_of(&app, newest).await);
    let withdrawn = withdrawn.send().await.unwrap();
    assert_eq!(withdrawn.status(), StatusCode::CREATED);
    for (path, first) in paths.iter().zip(&first) {
        assert!(
            *first == bytes(&app, path).await,
            "{path} after correction and withdrawal"
        );
    }
}

async fn version_of(app: &TestApp, report: &str) -> String {
    let request = app.request(Method::GET, &format!("/api/v1/reports/{report}"), &app.employer);
    request.send().await.unwrap().headers()[header::ETAG]
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn the_fingerprint_is_computed_from_the_file_alone() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let pdf = bytes(&app, &path_of(&answer, "receipt.pdf")).await;
    let attached = attachments(&pdf).pop().unwrap();
    assert_eq!(attached, bytes(&app, &path_of(&answer, "receipt.json")).await);
    let receipt: Value = serde_json::from_slice(&attached).unwrap();
    let fingerprint = receipt["fingerprint"].as_str().unwrap();
    assert_eq!(checked(&attached), Some(fingerprint.to_owned()));
    for (from, to) in [("32067", "32068"), (NAME, "Nancy Ann Test Bergmann")] {
        let changed = String::from_utf8(attached.clone()).unwrap().replace(from, to);
        assert_eq!(checked(changed.as_bytes()), None, "{from}");
    }
}

/// What the program in docs/receipt.md prints for such a file, where it is content.
fn checked(file: &[u8]) -> Option<String> {
    let docs = include_str!("../../docs/receipt.md");
    let (_, program) = docs.split_once("```python\n").unwrap();
    let (program, _) = program.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.json");
    std::fs::write(&path, file).unwrap();
    let run = std::process::Command::new("python3")
        .args(["-c", program])
        .arg(&path)
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    run.status.success().then(|| printed.trim().to_owned())
}

#[tokio::test]
async fn a_receipt_of_many_reports_is_a_list_with_all_of_them_attached() {
    let app = TestApp::start().await;
    let mut body = crate::support::submission();
    let one = body["reports"][0].clone();
    let report = |number: usize| {
        let mut report = one.clone();
        let (day, month) = (1 + number % 28, 1 + number / 28 % 12);
        report["employee_cpr"] = json!(format!("{day:02}{month:02}58-5000"));
        report["employee_name"] = json!(format!("Test Person {number}"));
        report
    };
    body["reports"] = (0..250).map(report).collect();
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let pdf = bytes(&app, &path_of(&answer, "receipt.pdf")).await;
    assert!(
        pdf == bytes(&app, &path_of(&answer, "receipt.pdf")).await,
        "the same bytes again"
    );
    let pages = Document::load_mem(&pdf).unwrap().get_pages().len();
    assert!(pages < 12, "{pages} pages");
    let attached = attachments(&pdf).pop().unwrap();
    assert_eq!(attached, bytes(&app, &path_of(&answer, "receipt.json")).await);
    let receipt: Value = serde_json::from_slice(&attached).unwrap();
    assert_eq!(receipt["reports"].as_array().unwrap().len(), 250);
    assert_eq!(
        receipt["reports"][249]["report_id"],
        answer["reports"][249]["report_id"]
    );
    assert_eq!(checked(&attached).as_deref(), receipt["fingerprint"].as_str());
}

#[tokio::test]
async fn anybody_can_tell_a_genuine_receipt_from_an_altered_one() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let number = answer["receipt_number"].as_str().unwrap();
    let (_, receipt) = app.get(&path_of(&answer, "receipt.json"), &app.employer).await;
    let fingerprint = receipt["fingerprint"].as_str().unwrap();

    assert_eq!(result(&app, number, fingerprint).await, "genuine");
    assert_eq!(
        result(&app, &number.to_lowercase(), &fingerprint.to_uppercase()).await,
        "genuine",
        "as a person types it"
    );
    let altered = if fingerprint.starts_with('0') { "1" } else { "0" }.to_owned() + &fingerprint[1..];
    assert_eq!(result(&app, number, &altered).await, "altered");
    assert_eq!(result(&app, number, "").await, "altered");

    let other = app.submit(&submission_with("position_title", json!("Kok"))).await.1;
    assert_eq!(
        result(&app, other["receipt_number"].as_str().unwrap(), fingerprint).await,
        "altered"
    );

    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let request = app.request(Method::POST, &format!("/api/v1/reports/{id}/withdrawal"), &app.employer);
    let request = request
        .header("idempotency-key", "take-back")
        .header(header::IF_MATCH, "\"1\"");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(result(&app, number, fingerprint).await, "superseded");
    assert_eq!(result(&app, number, &altered).await, "altered");
}

#[tokio::test]
async fn a_receipt_that_was_never_given_out_looks_like_an_altered_one() {
    let app = TestApp::start().await;
    let never = fleksport::value::ReceiptNumber::from_random([7; 8]).to_string();
    assert_eq!(result(&app, &never, &"0".repeat(64)).await, "altered");
}

#[tokio::test]
async fn a_receipt_is_its_senders_alone() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    for file in ["receipt.json", "receipt.pdf"] {
        let path = path_of(&answer, file);
        assert_eq!(app.get(&path, &app.other_employer).await.0, StatusCode::NOT_FOUND);
        assert_eq!(app.get(&path, &app.copenhagen).await.0, StatusCode::FORBIDDEN);
        assert_eq!(app.get(&path, "").await.0, StatusCode::UNAUTHORIZED);
    }
}
