use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{TestApp, submission};

const ID: &str = "01980000-0000-7000-8000-0000000000ab";

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
            .header("x-RequestId", "abc-1");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let headers = response.headers();
        assert_eq!(headers["x-transaktionsid"], ID);
        assert_eq!(headers["x-transaktionstid"], "2026-11-23T13:00:00+01:00");
        assert_eq!(headers["x-requestid"], "abc-1");
    }
}

#[tokio::test]
async fn a_call_without_an_id_or_with_a_wrong_one_gets_one_made() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for sent in [None, Some("251248-9996"), Some("")] {
        let request = app.request(Method::GET, "/api/v1/forms", "");
        let request = match sent {
            Some(id) => request.header("x-TransaktionsId", id),
            None => request,
        };
        let response = request.send().await.unwrap();
        let id = response.headers()["x-transaktionsid"].to_str().unwrap().to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id}");
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn long_ids_are_not_sent_back() {
    let app = TestApp::start().await;
    let request = app
        .request(Method::GET, "/api/v1/forms", "")
        .header("x-RequestId", "x".repeat(101));
    assert!(!request.send().await.unwrap().headers().contains_key("x-requestid"));
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
async fn a_form_version_may_be_kept_and_is_named_by_its_hash() {
    let app = TestApp::start().await;
    let (_, forms) = app.get("/api/v1/forms", "").await;
    let response = app
        .request(Method::GET, "/api/v1/forms/fleksjob-wage/versions/1.0", "")
        .send()
        .await
        .unwrap();
    let hash = forms["forms"][0]["hash"].as_str().unwrap();
    assert_eq!(response.headers()[header::ETAG], format!("\"{hash}\""));
    assert!(
        response.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("max-age=")
    );
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
    assert!(!text.contains("0101"), "no figure names anybody");
}
