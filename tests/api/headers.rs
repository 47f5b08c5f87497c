use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{TestApp, submission};

const ID: &str = "01980000-0000-7000-8000-0000000000ab";
/// Of another writer, whose letters come back as they came.
const REQUEST: &str = "01980000-0000-7000-8000-0000000000CD";
const FEED: &str = "/api/v1/municipalities/0101/records";

#[tokio::test]
async fn the_callers_ids_come_back_unchanged_on_good_and_bad_answers() {
    let app = TestApp::start().await;
    for (path, status) in [
        ("/api/v1/forms", StatusCode::OK),
        ("/api/v1/nothing", StatusCode::NOT_FOUND),
    ] {
        let request = app.request(Method::GET, path, "").header("x-TransaktionsId", ID);
        let request = request
            .header("x-TransaktionsTid", "2026-11-23T13:00:00+01:00")
            .header("x-RequestId", REQUEST);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let headers = response.headers();
        assert_eq!(headers["x-transaktionsid"], ID);
        assert_eq!(headers["x-transaktionstid"], "2026-11-23T13:00:00+01:00");
        assert_eq!(headers["x-requestid"], REQUEST);
    }
}

#[tokio::test]
async fn a_call_without_an_id_gets_one_made() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let response = app.request(Method::GET, "/api/v1/forms", "").send().await.unwrap();
        let id = response.headers()["x-transaktionsid"].to_str().unwrap().to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn a_wrong_id_or_time_is_refused_and_never_replaced_in_silence() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("x-TransaktionsId", "251248-9996"),
        ("x-TransaktionsId", ""),
        ("x-RequestId", "abc-1"),
        ("x-RequestId", &"x".repeat(101)),
        ("x-TransaktionsTid", "23-11-2026 13:00"),
    ] {
        for (path, key) in [("/api/v1/forms", ""), (FEED, app.copenhagen.as_str())] {
            let response = app
                .request(Method::GET, path, key)
                .header(name, value)
                .send()
                .await
                .unwrap();
            assert!(!response.headers().contains_key("x-requestid"), "{value}");
            let (status, problem) = crate::support::read(response).await;
            assert_eq!(
                (status, problem["code"].as_str()),
                (StatusCode::BAD_REQUEST, Some("transaction-header-unfit")),
                "{name}: {value}"
            );
        }
    }
    let page = app
        .request(Method::GET, "/", "")
        .header("x-RequestId", "abc-1")
        .send()
        .await
        .unwrap();
    assert_eq!(
        page.status(),
        StatusCode::OK,
        "a person's browser is not refused for what a proxy adds"
    );
}

#[tokio::test]
async fn a_municipality_must_send_id_and_time_where_that_is_set() {
    let app = TestApp::start_with("[api]\nrequire_transaction_headers = true\n").await;
    let time = "2023-10-10T17:10:11.34+02:00[Europe/Berlin]";
    for (headers, status) in [
        (&[][..], StatusCode::BAD_REQUEST),
        (&[("x-TransaktionsId", ID)], StatusCode::BAD_REQUEST),
        (&[("x-TransaktionsTid", time)], StatusCode::BAD_REQUEST),
        (&[("x-TransaktionsId", ID), ("x-TransaktionsTid", time)], StatusCode::OK),
    ] {
        let call = app.request(Method::GET, FEED, &app.copenhagen);
        let call = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(*name, *value));
        let (seen, answer) = crate::support::read(call.send().await.unwrap()).await;
        assert_eq!(seen, status, "{headers:?} {answer}");
        if status == StatusCode::BAD_REQUEST {
            assert_eq!(answer["code"], "transaction-header-missing");
        }
    }
    // Who is no municipality, or nobody yet, is asked for its key and not for these.
    assert_eq!(app.get(FEED, "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(app.get("/api/v1/submissions", &app.employer).await.0, StatusCode::OK);
    app.taken_in().await;
}

#[tokio::test]
async fn a_machine_that_writes_one_slash_too_many_gets_a_problem_document() {
    let app = TestApp::start().await;
    for path in ["//api/v1/forms", "///api/v1/nothing", "//health/live"] {
        let response = app.request(Method::GET, path, "").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json",
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_answer_protects_who_reads_it() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let pdf = format!(
        "/api/v1/submissions/{}/receipt.pdf",
        answer["submission_id"].as_str().unwrap()
    );
    for (path, key) in [
        ("/api/v1/submissions", app.employer.as_str()),
        (&pdf, &app.employer),
        ("/api/v1/municipalities/0101/records", &app.copenhagen),
        ("/api/v1/nothing", ""),
        ("/health/live", ""),
        ("/", ""),
        ("/no-such-page", ""),
    ] {
        let response = app.request(Method::GET, path, key).send().await.unwrap();
        let headers = response.headers();
        let header = |name: header::HeaderName| {
            headers
                .get(&name)
                .map_or("", |value| value.to_str().unwrap())
                .to_owned()
        };
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(header(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(header(header::CONTENT_LANGUAGE), "da", "{path}");
        let policy = header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            assert_eq!(headers[name], "same-origin", "{path}");
        }
        let permissions = headers["permissions-policy"].to_str().unwrap();
        for device in ["camera=()", "microphone=()", "geolocation=()"] {
            assert!(permissions.contains(device), "{path}: {permissions}");
        }
        // Over plain HTTP on this machine it would say nothing true.
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
        assert!(!headers.contains_key(header::SERVER), "{path}");
    }
}

#[tokio::test]
async fn what_is_personal_is_kept_by_no_cache() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["submission_id"].as_str().unwrap();
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    for (path, key) in [
        ("/api/v1/submissions".to_owned(), &app.employer),
        (format!("/api/v1/submissions/{id}"), &app.employer),
        (format!("/api/v1/submissions/{id}/receipt.json"), &app.employer),
        (format!("/api/v1/submissions/{id}/receipt.pdf"), &app.employer),
        (format!("/api/v1/reports/{report}"), &app.employer),
        ("/api/v1/municipalities/0101/records".to_owned(), &app.copenhagen),
    ] {
        let response = app.request(Method::GET, &path, key).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_created_submission_says_where_it_is_and_a_repeat_that_it_is_one() {
    let app = TestApp::start().await;
    let send = || {
        let request = app.request(Method::POST, "/api/v1/submissions", &app.employer);
        request.header("idempotency-key", "once").json(&submission()).send()
    };
    let (first, second) = (send().await.unwrap(), send().await.unwrap());
    assert!(!first.headers().contains_key("idempotency-replayed"));
    assert_eq!(second.headers()["idempotency-replayed"], "true");
    let location = first.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(location, second.headers()[header::LOCATION]);
    let answer = first.json::<serde_json::Value>().await.unwrap();
    assert_eq!(answer["links"]["self"], json!(location));
    let path = location.strip_prefix(&app.url("")).unwrap();
    assert_eq!(
        app.get(path, &app.employer).await.1["receipt_number"],
        answer["receipt_number"]
    );
}

#[tokio::test]
async fn who_is_not_known_is_told_how_to_prove_it() {
    let app = TestApp::start().await;
    for key in ["", "fp-wrong", "251248-9996"] {
        let response = app
            .request(Method::GET, "/api/v1/submissions", key)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(
            response.headers()[header::WWW_AUTHENTICATE]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
    }
    let request = app
        .request(Method::GET, "/api/v1/submissions", "")
        .header(header::AUTHORIZATION, "Basic Zm9vOmJhcg==");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn public_documents_may_be_kept_and_are_asked_for_anew() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/forms",
        "/api/v1/forms/fleksjob-wage/versions/1.0",
        "/api/v1/forms/fleksjob-wage/versions/1.0/schema",
        "/api/openapi.json",
        "/api/problems",
    ] {
        let first = app.request(Method::GET, path, "").send().await.unwrap();
        assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let again = app.request(Method::GET, path, "").header(header::IF_NONE_MATCH, &known);
            let again = again.send().await.unwrap();
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {known}");
            assert_eq!(again.headers()[header::ETAG], tag, "{path}");
            assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
        }
        let other = app
            .request(Method::GET, path, "")
            .header(header::IF_NONE_MATCH, "\"other\"");
        assert_eq!(other.send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
    let (_, forms) = app.get("/api/v1/forms", "").await;
    let version = app.request(Method::GET, "/api/v1/forms/fleksjob-wage/versions/1.0", "");
    let hash = forms["forms"][0]["hash"].as_str().unwrap();
    assert_eq!(
        version.send().await.unwrap().headers()[header::ETAG],
        format!("\"{hash}\"")
    );
    let english = app
        .request(Method::GET, "/api/problems", "")
        .header(header::ACCEPT_LANGUAGE, "en");
    let danish = app.request(Method::GET, "/api/problems", "").send().await.unwrap();
    let english = english.send().await.unwrap();
    assert_ne!(english.headers()[header::ETAG], danish.headers()[header::ETAG]);
}

#[tokio::test]
async fn a_list_leads_to_its_next_page() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.taken_in().await;
    }
    let mut next = Some("/api/v1/submissions?limit=2".to_owned());
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = next {
        let response = app.request(Method::GET, &path, &app.employer).send().await.unwrap();
        next = response.headers().get(header::LINK).map(|link| {
            let link = link
                .to_str()
                .unwrap()
                .strip_prefix('<')
                .unwrap()
                .strip_suffix(">; rel=\"next\"")
                .unwrap();
            link.strip_prefix(&app.url("")).unwrap().to_owned()
        });
        let page: serde_json::Value = response.json().await.unwrap();
        for line in page["submissions"].as_array().unwrap() {
            assert!(seen.insert(line["submission_id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn figures_for_the_operator_are_on_a_listener_of_their_own() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let app = TestApp::start_with(&format!("[metrics]\nlisten = \"{free}\"\n")).await;
    assert_eq!(app.get("/metrics", "").await.0, StatusCode::NOT_FOUND);
    let client = crate::process::client();
    let text = client
        .get(format!("http://{free}/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for figure in [
        "fleksport_outbox_waiting ",
        "fleksport_reports_unfetched_overdue 0",
        "fleksport_municipalities_behind 0",
        "fleksport_questions_unanswered_overdue 0",
        "fleksport_reports_held 0",
        "# TYPE",
    ] {
        assert!(text.contains(figure), "{figure} is missing in {text}");
    }
    app.taken_in().await;
    app.clock.set("2026-11-27T12:00:00Z".parse().unwrap());
    let text = client.get(format!("http://{free}/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    assert!(
        text.contains("fleksport_reports_unfetched_overdue 1"),
        "nobody has fetched for four days: {text}"
    );
    assert!(!text.contains(crate::support::NAME), "no figure names anybody");
}
