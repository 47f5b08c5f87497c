//! The document is made from one table; here that table meets the router, and the document what OpenAPI 3.1 asks.

use std::collections::BTreeSet;

use fleksport::http::{self, Surface, api::OPERATIONS};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestApp, submission};

async fn document(app: &TestApp) -> Value {
    let (status, document) = app.get("/api/openapi.json", "").await;
    assert_eq!(status, StatusCode::OK);
    document
}

/// Every value below `value`, with its pointer.
fn walk<'a>(value: &'a Value, at: String, seen: &mut Vec<(String, &'a Value)>) {
    seen.push((at.clone(), value));
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| walk(member, format!("{at}/{name}"), seen)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| walk(item, format!("{at}/{index}"), seen)),
        _ => {}
    }
}

#[test]
fn the_table_and_the_router_name_the_same_calls() {
    let documented: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|operation| (operation.method.to_uppercase(), operation.path.to_owned()))
        .collect();
    let machine = http::endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.surface == Surface::Machine);
    let served: BTreeSet<_> = machine
        .map(|endpoint| (endpoint.method.to_string(), endpoint.path.to_owned()))
        .collect();
    assert_eq!(documented, served);
    assert_eq!(documented.len(), OPERATIONS.len(), "a call is documented twice");
}

#[test]
fn a_call_that_needs_a_key_says_so() {
    for endpoint in http::endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.surface == Surface::Machine)
    {
        let operation = OPERATIONS.iter().find(|operation| {
            operation.path == endpoint.path && operation.method.eq_ignore_ascii_case(endpoint.method.as_str())
        });
        let needs_key = !endpoint.action.roles().contains(&fleksport::access::Role::Anonymous);
        assert_eq!(
            operation.map(|operation| operation.needs_key),
            Some(needs_key),
            "{} {}",
            endpoint.method,
            endpoint.path
        );
    }
}

#[tokio::test]
async fn the_document_is_what_openapi_3_1_asks() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    assert_eq!(document["openapi"], "3.1.0");
    for member in ["title", "version", "description", "contact"] {
        assert!(!document["info"][member].is_null(), "info.{member}");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(["get", "post", "put", "delete"].contains(&method.as_str()), "{at}");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap()),
                "{at}: the operationId is taken"
            );
            for member in ["summary", "description", "x-klassifikation", "x-dataklassifikation"] {
                assert!(
                    !operation[member].as_str().unwrap_or_default().is_empty(),
                    "{at}: {member}"
                );
            }
            check_parameters(&at, path, operation);
            check_responses(&at, operation);
        }
    }
}

fn check_parameters(at: &str, path: &str, operation: &Value) {
    let parameters = operation["parameters"].as_array().unwrap();
    let named = |place: &str| -> BTreeSet<&str> {
        let there = parameters.iter().filter(|parameter| parameter["in"] == place);
        there.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    };
    let in_path: BTreeSet<_> = path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .collect();
    assert_eq!(named("path"), in_path, "{at}");
    for parameter in parameters {
        assert!(
            parameter["schema"]["type"].is_string() && parameter["description"].is_string(),
            "{at}: {parameter}"
        );
        assert!(
            parameter["in"] != "path" || parameter["required"] == true,
            "{at}: {parameter}"
        );
    }
    let all = named("path").len() + named("query").len() + named("header").len();
    assert_eq!(all, parameters.len(), "{at}: a parameter is there twice");
}

fn check_responses(at: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    assert!(
        responses.keys().any(|status| status.starts_with('2')),
        "{at}: no good answer"
    );
    for (status, response) in responses {
        assert!(
            !response["description"].as_str().unwrap_or_default().is_empty(),
            "{at} {status}"
        );
        let content = response["content"].as_object();
        let is_problem = content.is_some_and(|content| content.contains_key("application/problem+json"));
        assert!(
            status.as_str() < "400" || is_problem || content.is_some(),
            "{at} {status}"
        );
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_component_is_used() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut seen = Vec::new();
    walk(&document, String::new(), &mut seen);
    let references: BTreeSet<_> = seen
        .iter()
        .filter(|(at, _)| at.ends_with("/$ref"))
        .filter_map(|(_, value)| value.as_str())
        .collect();
    assert!(references.len() > 10);
    for reference in &references {
        let pointer = reference
            .strip_prefix('#')
            .unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(
            references.contains(format!("#/components/schemas/{name}").as_str()),
            "{name} is used nowhere"
        );
    }
}

#[tokio::test]
async fn every_code_of_a_problem_is_in_the_document() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        .as_array()
        .unwrap();
    for kind in http::ProblemType::ALL {
        assert!(codes.contains(&kind.code().into()), "{}", kind.code());
    }
}

/// What the service answers has the members that the document requires, and none that it does not know.
/// Holds a value to a schema of the document.
fn hold(document: &Value, name: &str, value: &Value) {
    let mut schema = document.clone();
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$ref"] = json!(format!("#/components/schemas/{name}"));
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

#[tokio::test]
async fn what_is_answered_fits_its_schema_also_where_a_report_was_decided_corrected_and_handed_on() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let first = app.taken_in().await;
    let id = first["reports"][0]["report_id"].as_str().unwrap().to_owned();
    let records = format!("/api/v1/municipalities/0101/records/{id}");
    hold(&document, "SubmissionAnswer", &first);
    let (_, again) = app.submit(&submission()).await;
    hold(&document, "SubmissionAnswer", &again);
    for outcome in [
        json!({"outcome": "question", "text": "Hvornår begynder jobbet?"}),
        json!({"outcome": "rejected", "reason": "wrong_period"}),
    ] {
        hold(&document, "OutcomeBody", &outcome);
        let (_, answer) = app.post(&format!("{records}/outcome"), &app.copenhagen, &outcome).await;
        hold(&document, "OutcomeAnswer", &answer);
    }
    let second = again["reports"][0]["report_id"].as_str().unwrap();
    let body = json!({"to": "0851", "reason": "Flyttet"});
    let transfer = format!("/api/v1/municipalities/0101/records/{second}/transfer");
    let (status, handed_on) = app.post(&transfer, &app.copenhagen, &body).await;
    assert!(status.is_success(), "{handed_on:#}");
    hold(&document, "HandoverAnswer", &handed_on);
    let correction = app.request(
        Method::POST,
        &format!("/api/v1/reports/{id}/corrections"),
        &app.employer,
    );
    let correction = correction
        .header("idempotency-key", "put-right")
        .header("if-match", "\"3\"");
    let mut answers = submission()["reports"][0].clone();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let (_, corrected) = crate::support::read(correction.json(&answers).send().await.unwrap()).await;
    hold(&document, "SubmissionAnswer", &corrected);

    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let handed_on = feed["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["handed_on"] == true);
    assert!(handed_on.count() >= 2, "{feed:#}");
    hold(&document, "FeedAnswer", &feed);
    let (_, snapshot) = app.get("/api/v1/municipalities/0101/snapshot", &app.copenhagen).await;
    hold(&document, "SnapshotAnswer", &snapshot);
    let (_, report) = app.get(&format!("/api/v1/reports/{id}"), &app.employer).await;
    hold(&document, "ReportAnswer", &report);
    let (_, whole) = app
        .get(
            &format!("/api/v1/submissions/{}", first["submission_id"].as_str().unwrap()),
            &app.employer,
        )
        .await;
    hold(&document, "SubmissionAnswer", &whole);
    let (_, check) = app
        .post("/api/v1/submissions/validate", &app.employer, &submission())
        .await;
    hold(&document, "CheckAnswer", &check);
    let (_, problem) = app.get("/api/v1/submissions?limit=x", &app.employer).await;
    hold(&document, "Problem", &problem);
}

#[tokio::test]
async fn codes_are_enums_made_from_the_types_that_give_them() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let codes = |name: &str| schemas[name]["enum"].as_array().unwrap().len();
    for (name, many) in [
        ("ReportKindCode", 5),
        ("ReportStateCode", 10),
        ("FeedEventCode", 6),
        ("RejectionReasonCode", 7),
    ] {
        assert_eq!(codes(name), many, "{name}");
    }
    // What reads like a list of codes is one.
    for (name, schema) in schemas
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "Submission" | "Problem"))
    {
        for property in ["state", "event", "level", "report_kind", "reason_code", "outcome"] {
            let described = &schema["properties"][property];
            assert!(
                described["type"] != "string" || name == "PingLine",
                "{name}.{property} is any text"
            );
        }
    }
}

#[tokio::test]
async fn answers_have_the_members_that_the_document_describes() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let answer = app.taken_in().await;
    let id = answer["submission_id"].as_str().unwrap();
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let (_, check) = app
        .post("/api/v1/submissions/validate", &app.employer, &submission())
        .await;
    let (_, list) = app.get("/api/v1/submissions", &app.employer).await;
    let (_, shown) = app.get(&format!("/api/v1/reports/{report}"), &app.employer).await;
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let (_, forms) = app.get("/api/v1/forms", "").await;
    let (_, problems) = app.get("/api/problems", "").await;
    let (_, problem) = app.get(&format!("/api/v1/submissions/{id}"), &app.other_employer).await;
    for (name, value) in [
        ("SubmissionAnswer", &answer),
        ("ReportReceipt", &answer["reports"][0]),
        ("MunicipalityAnswer", &answer["reports"][0]["municipality"]),
        ("SubmissionLinks", &answer["links"]),
        ("CheckAnswer", &check),
        ("CheckedReportAnswer", &check["reports"][0]),
        ("SubmissionList", &list),
        ("SubmissionLine", &list["submissions"][0]),
        ("ReportAnswer", &shown),
        ("FeedAnswer", &feed),
        ("FeedRecord", &feed["records"][0]),
        ("FeedReport", &feed["records"][0]["report"]),
        ("Transfer", &feed["records"][0]["transfer"]),
        ("FormList", &forms),
        ("FormLine", &forms["forms"][0]),
        ("ProblemList", &problems),
        ("ProblemLine", &problems["problems"][0]),
        ("Problem", &problem),
    ] {
        let (known, required) = members(&document, &document["components"]["schemas"][name]);
        assert!(!known.is_empty(), "{name} describes no members");
        let there = value
            .as_object()
            .unwrap_or_else(|| panic!("{name} is no object: {value}"));
        for member in there.keys() {
            assert!(known.contains(member.as_str()), "{name} does not describe {member}");
        }
        for member in required {
            assert!(there.contains_key(member), "{name} lacks {member}");
        }
    }
}

/// The members that a schema describes and those that it requires, with those of the schemas that it is made of.
fn members<'d>(document: &'d Value, schema: &'d Value) -> (BTreeSet<&'d str>, BTreeSet<&'d str>) {
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut known: BTreeSet<_> = own.map(|(name, _)| name.as_str()).collect();
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required: BTreeSet<_> = required.filter_map(Value::as_str).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let part = part["$ref"].as_str().map_or(part, |reference| {
            let pointer = reference.strip_prefix('#').unwrap();
            document.pointer(pointer).unwrap()
        });
        let (more, wanted) = members(document, part);
        known.extend(more);
        required.extend(wanted);
    }
    (known, required)
}
