//! What comes back when something is wrong: everything at once, in the caller's language, never what was sent.

use std::collections::BTreeSet;

use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{CPR, NAME, TestApp, read, submission};

const TWENTY: &str = include_str!("../data/one-employer-38-municipalities/twenty-faults.json");
const TWENTY_EXPECTED: &str = include_str!("../data/one-employer-38-municipalities/twenty-faults.expected.json");
const VALIDATE: &str = "/api/v1/submissions/validate";

async fn send(app: &TestApp, path: &str, language: &str, kind: &str, body: impl Into<reqwest::Body>) -> Response {
    let request = app
        .request(Method::POST, path, &app.employer)
        .header(header::ACCEPT_LANGUAGE, language);
    let request = request
        .header(header::CONTENT_TYPE, kind)
        .header("idempotency-key", "problems");
    request.body(body).send().await.unwrap()
}

/// Reads a problem document and checks what every one of them has.
async fn problem(response: Response) -> Value {
    let kind = response.headers()[header::CONTENT_TYPE].clone();
    let transaction = response.headers()["x-transaktionsid"].to_str().unwrap().to_owned();
    let (status, document) = read(response).await;
    assert_eq!(kind, "application/problem+json", "{status} {document:#}");
    assert_eq!(document["status"], status.as_u16());
    assert_eq!(document["transaction_id"], transaction);
    for member in ["title", "detail", "code"] {
        assert!(
            !document[member].as_str().unwrap().is_empty(),
            "{member} in {document:#}"
        );
    }
    let code = document["code"].as_str().unwrap();
    assert_eq!(document["type"], format!("/api/problems#{code}"));
    document
}

fn pointers(document: &Value) -> BTreeSet<String> {
    let list = document["violations"].as_array().unwrap();
    list.iter()
        .map(|violation| violation["pointer"].as_str().unwrap().to_owned())
        .collect()
}

fn errors(document: &Value) -> Vec<&Value> {
    document["violations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|violation| violation["level"] == "error")
        .collect()
}

#[tokio::test]
async fn twenty_faults_are_told_at_once_in_danish_and_english_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let expected: Vec<Value> = serde_json::from_str(TWENTY_EXPECTED).unwrap();
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect();
    let mut messages = Vec::new();
    for language in ["da", "en"] {
        let document = problem(send(&app, "/api/v1/submissions", language, "application/json", TWENTY).await).await;
        assert_eq!(
            (&document["status"], &document["code"]),
            (&json!(422), &json!("invalid-submission"))
        );
        let errors = errors(&document);
        let found: BTreeSet<_> = errors
            .iter()
            .map(|violation| violation["pointer"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, expected);
        assert_eq!(errors.len(), 20, "{document:#}");
        messages.push(
            errors
                .iter()
                .map(|violation| violation["message"].clone())
                .collect::<Vec<_>>(),
        );
    }
    for (danish, english) in messages[0].iter().zip(&messages[1]) {
        assert_ne!(danish, english);
    }
    let (_, mine) = app.get("/api/v1/submissions", &app.employer).await;
    assert_eq!(mine["submissions"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn danish_is_spoken_unless_english_is_asked_for() {
    let app = TestApp::start().await;
    for (asked, spoken) in [
        ("", "da"),
        ("da-DK,da;q=0.9,en;q=0.8", "da"),
        ("en-GB,en;q=0.9", "en"),
        ("de", "da"),
    ] {
        let response = send(&app, VALIDATE, asked, "application/json", TWENTY).await;
        assert_eq!(response.headers()[header::CONTENT_LANGUAGE], spoken, "asked {asked:?}");
        let title = problem(response).await["title"].as_str().unwrap().to_owned();
        assert_eq!(title.contains("Indberetningen"), spoken == "da", "{title}");
    }
}

#[tokio::test]
async fn what_was_sent_is_never_repeated() {
    let app = TestApp::start().await;
    let sent = [
        "290225-1234",
        "1023456784",
        "12345678",
        "loen(at)",
        "nummer fire",
        "Tove Skovbjerg",
        "Søren Ågesen",
        "12.345",
        "0102",
        "2026-02-31",
        "company_car",
        "120664-5004",
    ];
    for language in ["da", "en"] {
        let document = problem(send(&app, VALIDATE, language, "application/json", TWENTY).await).await;
        let text = document["violations"].to_string();
        for value in sent {
            assert!(!text.contains(value), "{value} came back");
        }
    }
    let mut body = submission();
    body["reports"][0]["employee_cpr"] = json!({ CPR: NAME });
    body["reports"][0]["full_time_total_monthly_wage"] = json!([CPR, "98765,43"]);
    body["form_version"] = json!("98.76");
    let text = problem(send(&app, VALIDATE, "en", "application/json", body.to_string()).await)
        .await
        .to_string();
    for value in [CPR, NAME, "98765,43", "98.76"] {
        assert!(!text.contains(value), "{value} came back in {text}");
    }
}

#[tokio::test]
async fn an_unknown_version_is_told_together_with_everything_else() {
    let app = TestApp::start().await;
    let mut body = submission();
    body["form_version"] = json!("7.0");
    body["reports"][0]["valid_from"] = json!("2026-13-01");
    let document = problem(send(&app, VALIDATE, "en", "application/json", body.to_string()).await).await;
    let found = pointers(&document);
    assert!(
        found.contains("/form_version") && found.contains("/reports/0/valid_from"),
        "{found:?}"
    );
}

#[tokio::test]
async fn bytes_that_are_no_submission_are_a_problem_that_says_where() {
    let app = TestApp::start().await;
    let deep = "[".repeat(5_000);
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"{\"reports\": [}",
        b"\xff\xfe",
        b"not json",
        b"{} {}",
        deep.as_bytes(),
        b"{\"form\": \"\\ud800\"}",
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
        let document = problem(send(&app, VALIDATE, "en", "application/json", body.to_vec()).await).await;
        assert_eq!(
            (&document["status"], &document["code"]),
            (&json!(400), &json!("malformed-body")),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_problem_document_too() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/nothing",
        "/api/v1",
        "/api/v1/submissions/",
        "/api/v1/submissions/%FF",
        "/api/v1/submissions/no-id",
    ] {
        let response = app.request(Method::GET, path, &app.employer).send().await.unwrap();
        let document = problem(response).await;
        assert_eq!(
            (&document["status"], &document["code"]),
            (&json!(404), &json!("not-found")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_which_ones_there_are() {
    let app = TestApp::start().await;
    for (method, path, allowed) in [
        (Method::DELETE, "/api/v1/submissions", ["GET", "POST"].as_slice()),
        (Method::PUT, "/api/v1/calculations", &["POST"]),
        (Method::PATCH, "/api/v1/municipalities/0101/records", &["GET"]),
    ] {
        let response = app.request(method, path, &app.employer).send().await.unwrap();
        let allow = response.headers()[header::ALLOW].to_str().unwrap().to_owned();
        for name in allowed {
            assert!(
                allow.split(',').any(|listed| listed.trim() == *name),
                "{path}: Allow is {allow}"
            );
        }
        assert_eq!(problem(response).await["code"], "method-not-allowed");
    }
}

#[tokio::test]
async fn only_json_is_taken_in() {
    let app = TestApp::start().await;
    for kind in ["text/plain", "application/xml", "application/jsonx", ""] {
        let document = problem(send(&app, VALIDATE, "en", kind, submission().to_string()).await).await;
        assert_eq!(document["code"], "unsupported-media-type", "{kind}");
    }
    let response = send(
        &app,
        VALIDATE,
        "en",
        "Application/JSON; charset=utf-8",
        submission().to_string(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn packed_content_is_refused_and_not_misread() {
    let app = TestApp::start().await;
    let request = app
        .request(Method::POST, VALIDATE, &app.employer)
        .header(header::CONTENT_ENCODING, "gzip");
    let document = problem(request.json(&submission()).send().await.unwrap()).await;
    assert_eq!(document["code"], "unsupported-media-type");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let app = TestApp::start_with("[server]\nbody_limit_bytes = 2048\n").await;
    let body = format!("{{\"form\": \"{}\"}}", "x".repeat(4_000));
    let document = problem(send(&app, VALIDATE, "en", "application/json", body).await).await;
    assert_eq!(
        (&document["status"], &document["code"]),
        (&json!(413), &json!("too-large"))
    );
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_a_problem() {
    let app = TestApp::start().await;
    for (path, key) in [
        ("/api/v1/submissions?limit=many", &app.employer),
        ("/api/v1/submissions?limit=-1", &app.employer),
        ("/api/v1/municipalities/0101/records?limit=x", &app.copenhagen),
        ("/api/v1/municipalities/0101/records?wait=x", &app.copenhagen),
    ] {
        let response = app.request(Method::GET, path, key).send().await.unwrap();
        let document = problem(response).await;
        assert_eq!(
            (&document["status"], &document["code"]),
            (&json!(400), &json!("invalid-parameter")),
            "{path}"
        );
    }
    let response = app
        .request(Method::GET, "/api/v1/submissions?cursor=x", &app.employer)
        .send()
        .await
        .unwrap();
    assert_eq!(problem(response).await["code"], "invalid-cursor");
}

#[tokio::test]
async fn each_parameter_that_is_wrong_or_missing_is_named_and_all_at_once() {
    let app = TestApp::start().await;
    let number = app.taken_in().await["receipt_number"].as_str().unwrap().to_owned();
    for (path, key, named) in [
        (
            format!("/api/v1/receipts/{number}/verification"),
            &app.employer,
            "fingerprint missing",
        ),
        (
            "/api/v1/submissions?limit=many&cursos=1&cursor=a&cursor=b".to_owned(),
            &app.employer,
            "cursos unknown, cursor repeated, limit unfit",
        ),
        (
            "/api/v1/municipalities/0101/records?wait=x&limit=-1".to_owned(),
            &app.copenhagen,
            "wait unfit, limit unfit",
        ),
        (
            "/api/v1/municipalities/0101/records/range?from=".to_owned(),
            &app.copenhagen,
            "from unfit",
        ),
    ] {
        let document = problem(app.request(Method::GET, &path, key).send().await.unwrap()).await;
        assert_eq!(document["code"], "invalid-parameter", "{path}");
        let faults = document["parameters"].as_array().unwrap().iter();
        let faults: Vec<String> = faults
            .map(|fault| {
                assert!(fault["message"].as_str().is_some_and(|words| !words.is_empty()));
                format!(
                    "{} {}",
                    fault["name"].as_str().unwrap(),
                    fault["code"].as_str().unwrap()
                )
            })
            .collect();
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        let named = named.split(", ").map(ToOwned::to_owned).collect();
        assert_eq!(sorted(faults), sorted(named), "{path}");
    }
}

#[tokio::test]
async fn a_key_that_was_used_and_a_report_that_was_corrected_name_what_there_is_instead() {
    let app = TestApp::start().await;
    let first = app.taken_in().await;
    let mut other = submission();
    other["reports"][0]["position_title"] = json!("Kok");
    let (status, told) = app.submit_as(&app.employer, "key-of-the-first", &submission()).await;
    assert_eq!(status, StatusCode::CREATED, "{told:#}");
    let (_, reused) = app.submit_as(&app.employer, "key-of-the-first", &other).await;
    assert_eq!(reused["code"], "idempotency-key-reused");
    assert_eq!(
        (&reused["submission_id"], &reused["receipt_number"]),
        (&told["submission_id"], &told["receipt_number"])
    );
    let id = first["reports"][0]["report_id"].as_str().unwrap();
    let correct = async |version: &str, key: &str| {
        let path = format!("/api/v1/reports/{id}/corrections");
        let request = app
            .request(Method::POST, &path, &app.employer)
            .header("idempotency-key", key);
        let answers = &submission()["reports"][0];
        let request = request.header(header::IF_MATCH, version).json(answers);
        read(request.send().await.unwrap()).await.1
    };
    let newest = correct("\"1\"", "c1").await;
    let closed = correct("\"2\"", "c2").await;
    assert_eq!(closed["code"], "correction-target-closed", "{closed:#}");
    assert_eq!(closed["newest_report_id"], newest["reports"][0]["report_id"]);
    assert_eq!(closed["newest_is_withdrawal"], false);
}

#[tokio::test]
async fn a_small_body_of_the_wrong_shape_is_told_by_pointer() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (json!({"up_to_sequence": 0}), "/up_to_sequence"),
        (json!({"up_to_sequence": "1"}), "/up_to_sequence"),
        (json!({"up_to_sequence": 1, "more": 2}), "/more"),
        (json!({}), ""),
        (json!([]), ""),
    ] {
        let request = app.request(
            Method::POST,
            "/api/v1/municipalities/0101/acknowledgements",
            &app.copenhagen,
        );
        let document = problem(request.json(&body).send().await.unwrap()).await;
        assert_eq!(
            (&document["status"], &document["code"]),
            (&json!(422), &json!("invalid-request")),
            "{body}"
        );
        assert_eq!(document["violations"][0]["pointer"], pointer, "{body}");
    }
}

/// Puts every kind of wrong thing in every place of the example: each answer is a verdict, none is a fault of ours.
#[tokio::test]
async fn nothing_in_any_place_brings_the_service_down() {
    let app = TestApp::start().await;
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5e300),
        json!(""),
        json!(" \u{0} "),
        json!("٣"),
        json!("💥".repeat(300)),
        json!([]),
        json!({}),
        json!([[{}]]),
        json!("9".repeat(400)),
    ];
    let whole = submission();
    let mut places = vec![String::new()];
    gather(&whole, "", &mut places);
    assert!(places.len() > 15);
    for place in &places {
        for value in &values {
            let mut body = whole.clone();
            *body.pointer_mut(place).unwrap() = value.clone();
            let response = send(&app, VALIDATE, "da", "application/json", body.to_string()).await;
            let status = response.status();
            assert!(!status.is_server_error(), "{place} = {value}: {status}");
            if !status.is_success() {
                problem(response).await;
            }
        }
    }
}

/// The pointers of every member and item below `value`.
fn gather(value: &Value, at: &str, places: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (format!("{at}/{name}"), member))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("{at}/{index}"), item))
            .collect(),
        _ => Vec::new(),
    };
    for (place, member) in inside {
        places.push(place.clone());
        gather(member, &place, places);
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_the_list_of_them_all() {
    let app = TestApp::start().await;
    let (_, document) = app.get("/api/v1/nothing", "").await;
    let (list, code) = document["type"].as_str().unwrap().split_once('#').unwrap();
    let (status, all) = app.get(list, "").await;
    assert_eq!(status, StatusCode::OK);
    let line = all["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["code"] == code)
        .unwrap();
    assert_eq!(
        (&line["title"], &line["detail"], &line["status"]),
        (&document["title"], &document["detail"], &json!(404))
    );
}

#[tokio::test]
async fn a_wrong_correction_is_told_by_pointers_into_what_was_sent() {
    let app = TestApp::start().await;
    let id = app.taken_in().await["reports"][0]["report_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut report = submission()["reports"][0].take();
    report["valid_from"] = json!("2026-02-31");
    let request = app.request(
        Method::POST,
        &format!("/api/v1/reports/{id}/corrections"),
        &app.employer,
    );
    let request = request
        .header("idempotency-key", "wrong")
        .header(header::IF_MATCH, "\"1\"");
    let document = problem(request.json(&report).send().await.unwrap()).await;
    assert!(pointers(&document).contains("/valid_from"), "{document:#}");
}
