use fleksport::record::{CHAIN_START, to_hex};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{TestApp, submission, submission_with};

const FEED: &str = "/api/v1/municipalities/0101/records";

#[tokio::test]
async fn a_municipality_pulls_its_own_records_in_order_and_acknowledges_them() {
    let app = TestApp::start().await;
    for position in ["Gartner", "Kok", "Pedel"] {
        app.submit(&submission_with("position_title", json!(position))).await;
    }
    let (_, elsewhere) = app.submit(&submission_with("municipality_code", json!("0147"))).await;

    let (status, first) = app.get(&format!("{FEED}?after=0&limit=2"), &app.copenhagen).await;
    assert_eq!(status, StatusCode::OK, "{first:#}");
    assert_eq!(
        (first["has_more"].as_bool(), first["latest_sequence"].as_i64()),
        (Some(true), Some(3))
    );
    let next = format!("{FEED}?after={}&limit=2", first["next_cursor"].as_str().unwrap());
    let (_, second) = app.get(&next, &app.copenhagen).await;
    let records = [
        first["records"].as_array().unwrap().as_slice(),
        second["records"].as_array().unwrap(),
    ]
    .concat();
    let numbers: Vec<_> = records
        .iter()
        .map(|record| record["sequence"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(records[0]["report"]["answers"]["position_title"], "Gartner");
    assert_eq!(records[0]["event"], "report.available");
    assert_eq!(records[1]["previous_digest"], records[0]["digest"]);
    assert!(records[0]["assessment"].is_object());

    let path = "/api/v1/municipalities/0101/acknowledgements";
    let (status, receipt) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 3})).await;
    assert_eq!(status, StatusCode::CREATED, "{receipt:#}");
    let (_, again) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 3})).await;
    assert_eq!(receipt, again);
    let (status, problem) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 4})).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("acknowledged-beyond-latest"))
    );

    let id = elsewhere["submission_id"].as_str().unwrap();
    let (_, own) = app.get(&format!("/api/v1/submissions/{id}"), &app.employer).await;
    assert_eq!(
        own["reports"][0]["state"], "available",
        "Frederiksberg has not acknowledged"
    );
}

#[tokio::test]
async fn the_employer_sees_that_the_municipality_has_fetched() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    app.post(
        "/api/v1/municipalities/0101/acknowledgements",
        &app.copenhagen,
        &json!({"up_to_sequence": 1}),
    )
    .await;
    let path = format!("/api/v1/submissions/{}", answer["submission_id"].as_str().unwrap());
    assert_eq!(app.get(&path, &app.employer).await.1["reports"][0]["state"], "fetched");
}

#[tokio::test]
async fn another_municipalitys_feed_is_as_unknown_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let (foreign_status, mut foreign) = app.get(FEED, &app.frederiksberg).await;
    let (unknown_status, mut unknown) = app.get("/api/v1/municipalities/9999/records", &app.frederiksberg).await;
    assert_eq!(
        (foreign_status, unknown_status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    foreign["transaction_id"].take();
    unknown["transaction_id"].take();
    assert_eq!(foreign, unknown);
}

#[tokio::test]
async fn a_cursor_that_cant_be_honoured_is_an_error_that_says_how_to_go_on() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let (_, page) = app.get(FEED, &app.copenhagen).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let foreign = format!("/api/v1/municipalities/0147/records?after={cursor}");
    for (path, key) in [
        (foreign, &app.frederiksberg),
        (format!("{FEED}?after=nonsense"), &app.copenhagen),
        (format!("{FEED}?after=-1"), &app.copenhagen),
    ] {
        let (status, problem) = app.get(&path, key).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("invalid-cursor")),
            "{path}"
        );
        assert!(problem["detail"].as_str().unwrap().contains("after=0"));
    }
}

#[tokio::test]
async fn nothing_new_is_told_without_sending_it_again() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let response = app.request(Method::GET, FEED, &app.copenhagen).send().await.unwrap();
    let etag = response.headers()[header::ETAG].clone();
    let again = app
        .request(Method::GET, FEED, &app.copenhagen)
        .header(header::IF_NONE_MATCH, etag.clone());
    assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    app.submit(&submission_with("position_title", json!("Kok"))).await;
    let changed = app
        .request(Method::GET, FEED, &app.copenhagen)
        .header(header::IF_NONE_MATCH, etag);
    assert_eq!(changed.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_long_poll_answers_as_soon_as_something_comes() {
    let app = TestApp::start().await;
    let waiting = app.get("/api/v1/municipalities/0101/records?after=0&wait=20", &app.copenhagen);
    let sending = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        app.taken_in().await
    };
    let ((status, page), _) = tokio::join!(waiting, sending);
    assert_eq!((status, page["records"].as_array().unwrap().len()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn a_correction_comes_through_the_feed_and_leaves_the_old_report_in_the_history() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/reports/{id}");
    let shown = app.request(Method::GET, &path, &app.employer).send().await.unwrap();
    let etag = shown.headers()[header::ETAG].clone();
    let mut answers = submission()["reports"][0].clone();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let correct = |etag: Option<header::HeaderValue>, key: &'static str| {
        let request = app.request(Method::POST, &format!("{path}/corrections"), &app.employer);
        let request = request.header("idempotency-key", key).json(&answers);
        match etag {
            Some(etag) => request.header(header::IF_MATCH, etag),
            None => request,
        }
    };
    assert_eq!(
        correct(None, "c0").send().await.unwrap().status(),
        StatusCode::PRECONDITION_REQUIRED
    );
    let stale = header::HeaderValue::from_static("\"99\"");
    assert_eq!(
        correct(Some(stale), "c1").send().await.unwrap().status(),
        StatusCode::PRECONDITION_FAILED
    );
    let (status, corrected) = crate::support::read(correct(Some(etag), "c2").send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{corrected:#}");

    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    let events: Vec<_> = feed["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["event"].clone())
        .collect();
    assert_eq!(events, ["report.available", "report.corrected"]);
    assert_eq!(
        feed["records"][1]["report"]["answers"]["full_time_total_monthly_wage"],
        "33000.00"
    );
    assert_eq!(app.get(&path, &app.employer).await.1["state"], "replaced");
}

#[tokio::test]
async fn a_withdrawal_is_a_tombstone_in_the_feed() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let withdraw = |key: &'static str| {
        let request = app.request(Method::POST, &format!("/api/v1/reports/{id}/withdrawal"), &app.employer);
        request
            .header("idempotency-key", key)
            .header(header::IF_MATCH, "\"1\"")
            .send()
    };
    let (status, withdrawn) = crate::support::read(withdraw("w1").await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{withdrawn:#}");
    let (_, feed) = app.get(FEED, &app.copenhagen).await;
    assert_eq!(feed["records"][1]["event"], "report.withdrawn");
    let by = &feed["records"][1]["withdrawn_by_report_id"];
    assert_eq!(*by, withdrawn["reports"][0]["report_id"]);
    let again = withdraw("w2").await.unwrap().status();
    assert!(
        [StatusCode::CONFLICT, StatusCode::PRECONDITION_FAILED].contains(&again),
        "{again}"
    );
}

/// A reader that is further on than the feed has not made a mistake in its call, and must not begin anew by itself.
#[tokio::test]
async fn a_reader_ahead_of_the_feed_is_told_how_far_it_goes_and_what_to_do() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let response = app.request(Method::GET, &format!("{FEED}?after=99&wait=20"), &app.copenhagen);
    let response = response.header(header::ACCEPT_LANGUAGE, "en").send().await.unwrap();
    assert!(!response.headers().contains_key(header::ETAG));
    let (status, problem) = crate::support::read(response).await;
    assert_eq!(
        (status, &problem["code"], &problem["latest_sequence"]),
        (StatusCode::BAD_REQUEST, &json!("cursor-beyond-latest"), &json!(1))
    );
    let detail = problem["detail"].as_str().unwrap();
    for word in ["records/range", "operator", "snapshot", "acknowledge nothing"] {
        assert!(detail.contains(word), "{word} in {detail}");
    }
    assert!(!detail.contains("begin with the last number"), "{detail}");
    let (status, last) = app.get(&format!("{FEED}?after=1"), &app.copenhagen).await;
    assert_eq!((status, &last["records"]), (StatusCode::OK, &json!([])));
    assert!(last.get("latest_sequence").is_some_and(|latest| *latest == 1));
}

#[tokio::test]
async fn each_entry_says_who_hands_what_to_whom_and_by_which_right() {
    let app = TestApp::start().await;
    for (position, place) in [("Gartner", "0101"), ("Kok", "0101"), ("Pedel", "0147")] {
        let mut body = submission_with("position_title", json!(position));
        body["reports"][0]["municipality_code"] = json!(place);
        assert_eq!(app.submit(&body).await.0, StatusCode::CREATED);
    }
    let mut transfers = std::collections::BTreeSet::new();
    for (code, cvr, key, entries) in [
        ("0101", "64942212", &app.copenhagen, 2),
        ("0147", "11259979", &app.frederiksberg, 1),
    ] {
        let (_, page) = app.get(&format!("/api/v1/municipalities/{code}/records"), key).await;
        let records = page["records"].as_array().unwrap();
        assert_eq!(records.len(), entries);
        let mut previous = to_hex(&CHAIN_START);
        for record in records {
            let mut transfer = record["transfer"].clone();
            let id = transfer["id"].take().as_str().unwrap().to_owned();
            assert!(uuid::Uuid::parse_str(&id).is_ok(), "{id}");
            assert!(transfers.insert(id), "a transfer id stands twice");
            let wanted = json!({
                "id": null, "sender_cvr": crate::support::CVR, "receiver_code": code, "receiver_cvr": cvr,
                "legal_basis": "LAB § 123, stk. 3", "kle": "32.27.10",
            });
            assert_eq!(transfer, wanted);
            assert_eq!(record["previous_digest"], previous);
            let digest = record["digest"].as_str().unwrap();
            let hexadecimal = digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(digest.len() == 64 && hexadecimal && digest != previous, "{digest}");
            previous = digest.to_owned();
        }
    }
}

/// What a reader has stored stays right: later events are told by later entries, and the `ETag` may be relied on.
#[tokio::test]
async fn an_entry_does_not_change_with_what_happens_to_its_report_later() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let page = async |etag: Option<&header::HeaderValue>| {
        let request = app.request(Method::GET, FEED, &app.copenhagen);
        let request = match etag {
            Some(etag) => request.header(header::IF_NONE_MATCH, etag),
            None => request,
        };
        let response = request.send().await.unwrap();
        let etag = response.headers()[header::ETAG].clone();
        (response.status(), etag, response.bytes().await.unwrap())
    };
    let (_, etag, before) = page(None).await;
    let acknowledging = "/api/v1/municipalities/0101/acknowledgements";
    app.post(acknowledging, &app.copenhagen, &json!({"up_to_sequence": 1}))
        .await;
    let deciding = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let (status, _) = app
        .post(&deciding, &app.copenhagen, &json!({"outcome": "accepted"}))
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, same, after) = page(None).await;
    assert_eq!(
        (&same, &after),
        (&etag, &before),
        "what was said is said again, byte for byte"
    );
    assert_eq!(page(Some(&etag)).await.0, StatusCode::NOT_MODIFIED);
    let text = String::from_utf8(before.to_vec()).unwrap();
    for member in ["\"state\"", "\"state_details\"", "\"version\""] {
        assert!(!text.contains(member), "{member}");
    }
    let (_, now) = app.get(&format!("/api/v1/reports/{report}"), &app.copenhagen).await;
    assert_eq!(now["state"], "accepted", "how it stands is told elsewhere");
}

#[tokio::test]
async fn an_entry_of_a_report_that_was_handed_on_does_not_follow_it_further() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let transfer = async |from: &str, key: &str, to: &str| {
        let path = format!("/api/v1/municipalities/{from}/records/{report}/transfer");
        let (status, _) = app.post(&path, key, &json!({"to": to, "reason": "Flyttet"})).await;
        assert_eq!(status, StatusCode::CREATED);
    };
    let (_, mine) = app.get(FEED, &app.copenhagen).await;
    transfer("0101", &app.copenhagen, "0147").await;
    let response = app.request(Method::GET, FEED, &app.copenhagen).send().await.unwrap();
    let etag = response.headers()[header::ETAG].clone();
    let handed_on = response.bytes().await.unwrap();
    assert!(!String::from_utf8_lossy(&handed_on).contains("Frederiksberg Kommune"));
    transfer("0147", &app.frederiksberg, "0851").await;
    let response = app.request(Method::GET, FEED, &app.copenhagen).send().await.unwrap();
    assert_eq!(response.headers()[header::ETAG], etag);
    assert_eq!(response.bytes().await.unwrap(), handed_on);
    assert_eq!(mine["records"][0]["report"]["municipality"]["code"], "0101");
}

#[tokio::test]
async fn every_entry_of_a_correction_names_what_it_corrects() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let old = answer["reports"][0]["report_id"].as_str().unwrap();
    let correct = app.request(
        Method::POST,
        &format!("/api/v1/reports/{old}/corrections"),
        &app.employer,
    );
    let mut answers = submission()["reports"][0].clone();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    let correct = correct.header("idempotency-key", "c").header(header::IF_MATCH, "\"1\"");
    let (_, corrected) = crate::support::read(correct.json(&answers).send().await.unwrap()).await;
    let new = corrected["reports"][0]["report_id"].as_str().unwrap();
    let path = format!("/api/v1/municipalities/0101/records/{new}/transfer");
    app.post(&path, &app.copenhagen, &json!({"to": "0147", "reason": "Flyttet"}))
        .await;
    let (_, here) = app.get(FEED, &app.copenhagen).await;
    let (_, there) = app.get("/api/v1/municipalities/0147/records", &app.frederiksberg).await;
    let told: Vec<_> = [
        &here["records"][0],
        &here["records"][1],
        &here["records"][2],
        &there["records"][0],
    ]
    .into_iter()
    .map(|record| (record["event"].as_str().unwrap(), record["corrects_report_id"].as_str()))
    .collect();
    let wanted = [
        ("report.available", None),
        ("report.corrected", Some(old)),
        ("report.transferred-out", Some(old)),
        ("report.transferred-in", Some(old)),
    ];
    assert_eq!(told, wanted);
}

/// Packing proxies weaken tags; readers may name several or any.
#[tokio::test]
async fn a_tag_is_known_however_it_is_named() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let response = app.request(Method::GET, FEED, &app.copenhagen).send().await.unwrap();
    let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    for (known, status) in [
        (format!("W/{tag}"), StatusCode::NOT_MODIFIED),
        (format!("\"x\", {tag}"), StatusCode::NOT_MODIFIED),
        ("*".to_owned(), StatusCode::NOT_MODIFIED),
        ("\"x\", W/\"y\"".to_owned(), StatusCode::OK),
    ] {
        let again = app.request(Method::GET, FEED, &app.copenhagen);
        let again = again.header(header::IF_NONE_MATCH, &known).send().await.unwrap();
        assert_eq!(again.status(), status, "{known}");
        assert_eq!(again.headers()[header::ETAG], tag, "{known}");
    }
}

/// Two feeds of the same length, as before and after the restore of an old backup, have different tags.
#[tokio::test]
async fn a_feed_that_was_set_back_and_has_come_as_far_again_is_not_taken_for_the_same() {
    let (before, after) = (TestApp::start().await, TestApp::start().await);
    before.taken_in().await;
    after.taken_in().await;
    let shown = before
        .request(Method::GET, FEED, &before.copenhagen)
        .send()
        .await
        .unwrap();
    let tag = shown.headers()[header::ETAG].clone();
    let again = after
        .request(Method::GET, FEED, &after.copenhagen)
        .header(header::IF_NONE_MATCH, tag);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn what_a_packing_proxy_makes_of_a_version_is_the_version() {
    let app = TestApp::start().await;
    let answer = app.taken_in().await;
    let id = answer["reports"][0]["report_id"].as_str().unwrap();
    let withdraw = async |version: &str, key: &str| {
        let call = app.request(Method::POST, &format!("/api/v1/reports/{id}/withdrawal"), &app.employer);
        let call = call.header("idempotency-key", key).header(header::IF_MATCH, version);
        let (status, answer) = crate::support::read(call.send().await.unwrap()).await;
        (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
    };
    for (version, key) in [("*", "any"), ("\"1\", \"2\"", "two")] {
        assert_eq!(
            withdraw(version, key).await,
            (428, "precondition-required".to_owned()),
            "{version}"
        );
    }
    assert_eq!(withdraw("W/\"7\"", "stale").await, (412, "stale".to_owned()));
    assert_eq!(withdraw("W/\"1\"", "weak").await.0, 201);
}

#[tokio::test]
async fn a_parameter_that_nobody_knows_is_refused_and_never_read_as_everything() {
    let app = TestApp::start().await;
    app.taken_in().await;
    for query in ["afterr=5", "after=0&Limit=1", "after=0&after=1", "wait=1&waits=2"] {
        let (status, problem) = app.get(&format!("{FEED}?{query}"), &app.copenhagen).await;
        let told = (status, problem["code"].as_str());
        assert_eq!(told, (StatusCode::BAD_REQUEST, Some("invalid-parameter")), "{query}");
    }
    for path in [
        format!("{FEED}/range?form=1"),
        FEED.replace("records", "snapshot?asof=1"),
    ] {
        assert_eq!(
            app.get(&path, &app.copenhagen).await.0,
            StatusCode::BAD_REQUEST,
            "{path}"
        );
    }
    assert_eq!(
        app.get("/api/v1/submissions?page=2", &app.employer).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn events_have_numbers_that_sort_as_text() {
    let app = TestApp::start().await;
    for number in 0..11 {
        app.submit(&submission_with("position_title", json!(format!("Stilling {number}"))))
            .await;
    }
    let call = app.request(Method::GET, FEED, &app.copenhagen);
    let call = call.header(header::ACCEPT, "application/cloudevents-batch+json");
    let (_, events) = crate::support::read(call.send().await.unwrap()).await;
    let numbers: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["sequence"].as_str().unwrap())
        .collect();
    assert!(numbers.len() == 11 && numbers.is_sorted(), "{numbers:?}");
    assert_eq!(numbers[10], "0000000000000000011");
    let plain = app.request(Method::GET, FEED, &app.copenhagen);
    let plain = plain.header(
        header::ACCEPT,
        "application/cloudevents-batch+json;q=0.1, application/json",
    );
    assert_eq!(
        plain.send().await.unwrap().headers()[header::CONTENT_TYPE],
        "application/json"
    );
}

/// The operator must know that somebody has more of a feed than there is.
#[tokio::test]
async fn a_reader_that_is_further_on_than_its_feed_is_noted_until_it_acknowledges_again() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let ahead = async || app.running.app.store.readers_ahead().await.unwrap();
    assert_eq!(ahead().await, []);
    for _ in 0..3 {
        app.get(&format!("{FEED}?after=9"), &app.copenhagen).await;
    }
    let noted = ahead().await;
    let [one] = noted.as_slice() else { panic!("{noted:?}") };
    assert_eq!(
        (one.reader_sequence, one.latest_sequence, one.times),
        (9, 1, 1),
        "once a minute"
    );
    app.clock.set("2026-11-23T12:02:00Z".parse().unwrap());
    let path = "/api/v1/municipalities/0101/acknowledgements";
    app.post(path, &app.copenhagen, &json!({"up_to_sequence": 7})).await;
    assert_eq!((ahead().await[0].reader_sequence, ahead().await[0].times), (7, 2));
    app.clock.set("2026-11-23T12:03:00Z".parse().unwrap());
    app.post(path, &app.copenhagen, &json!({"up_to_sequence": 1})).await;
    assert_eq!(ahead().await, []);
}
