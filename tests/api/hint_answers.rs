//! An employer answers a hint: in the submission or on the page, kept with the report, shown to everybody who sees the report.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    earlier_wages::press,
    pages_browser::Browser,
    support::{CVR, TestApp, read, submission_with},
};

/// What the example's wage is given when no supplement and no pension is counted in.
const PENSION: &str = "employer-pension-not-included";
const SUPPLEMENTS: &str = "supplements-not-counted";
const WHY: &str = "Stillingen har ingen tillæg efter overenskomsten.";

fn with(answers: Value) -> Value {
    let mut body = submission_with("included_components", json!(["none_of_these"]));
    body["reports"][0]["hint_answers"] = answers;
    body
}

fn both() -> Value {
    json!([
        { "pointer": "/included_components", "code": SUPPLEMENTS, "answer": "explained", "text": WHY },
        { "pointer": "/included_components", "code": PENSION, "answer": "confirmed" },
    ])
}

/// The answer that stands beside the hint of a code.
fn beside(violations: &Value, code: &str) -> Value {
    let list = violations.as_array().unwrap();
    let found: Vec<_> = list.iter().filter(|one| one["code"] == code).collect();
    assert_eq!(found.len(), 1, "{code} is told once in {violations:#}");
    found[0]["answer"].clone()
}

async fn refused(app: &TestApp, answers: Value) -> Vec<(String, String)> {
    let body = with(answers);
    let (checked, told) = app.post("/api/v1/submissions/validate", &app.employer, &body).await;
    let (status, problem) = app.submit(&body).await;
    assert_eq!(
        (checked, status),
        (StatusCode::UNPROCESSABLE_ENTITY, checked),
        "{problem:#}"
    );
    assert_eq!(told["violations"], problem["violations"]);
    let violations = problem["violations"].as_array().unwrap().iter();
    let errors = violations.filter(|one| one["level"] == "error");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors.map(|one| (text(&one["pointer"]), text(&one["code"]))).collect()
}

#[tokio::test]
async fn an_answer_stays_with_the_hint_in_receipt_report_and_feed() {
    let app = TestApp::start().await;
    let (status, sent) = app.submit(&with(both())).await;
    assert_eq!(status, StatusCode::CREATED, "{sent:#}");
    let explained = json!({ "answer": "explained", "text": WHY });
    let confirmed = json!({ "answer": "confirmed" });
    let id = sent["reports"][0]["report_id"].as_str().unwrap();
    let (_, report) = app.get(&format!("/api/v1/reports/{id}"), &app.employer).await;
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let record = &feed["records"][0]["report"];
    for shown in [&sent["reports"][0], &report, record] {
        assert_eq!(beside(&shown["violations"], SUPPLEMENTS), explained);
        assert_eq!(beside(&shown["violations"], PENSION), confirmed);
    }
    assert_eq!(record["hint_answers"], both());
    let submission = sent["submission_id"].as_str().unwrap();
    let (_, receipt) = app
        .get(&format!("/api/v1/submissions/{submission}/receipt.json"), &app.employer)
        .await;
    let notices = receipt["reports"][0]["notices"].as_array().unwrap();
    let answer = |code: &str| notices.iter().find(|one| one["code"] == code).unwrap()["answer"].clone();
    assert_eq!(answer(SUPPLEMENTS), json!(format!("Forklaring: {WHY}")));
    assert_eq!(answer(PENSION), json!("Det er rigtigt."));
    for (mut browser, page) in [
        (Browser::employer(&app, CVR).await, format!("/indberet/{submission}")),
        (Browser::municipality(&app, "0101").await, format!("/kommune/{id}")),
    ] {
        let seen = browser.get(&page).await;
        assert!(seen.text.contains(&format!("Forklaring: {WHY}")), "{}", seen.text);
        assert!(seen.text.contains("Det er rigtigt."), "{}", seen.text);
    }
}

#[tokio::test]
async fn what_the_receipt_is_proven_by_covers_the_answers() {
    let app = TestApp::start().await;
    let (_, sent) = app.submit(&with(both())).await;
    let (_, feed) = app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let report = &feed["records"][0]["report"];
    let notice = |one: &Value| json!({ "code": one["code"], "level": one["level"], "pointer": one["pointer"] });
    let notices: Vec<Value> = report["violations"].as_array().unwrap().iter().map(notice).collect();
    let mut content = json!({
        "recipe": "2", "answers": report["answers"], "assessment": feed["records"][0]["assessment"], "corrects": null,
        "employer": report["employer"], "form": report["form"], "form_hash": report["form_hash"],
        "form_version": report["form_version"], "kind": "full_time_wage", "notices": notices, "raw": report["raw"],
        "received_at": report["received_at"], "report_id": sent["reports"][0]["report_id"], "salt": report["salt"],
        "submission_id": sent["submission_id"], "hint_answers": report["hint_answers"],
    });
    let digest = |content: &Value| fleksport::record::to_hex(&fleksport::record::digest_of(content));
    assert_eq!(report["content_digest"], json!(digest(&content)));
    content["hint_answers"][0]["text"] = json!("Noget andet.");
    assert_ne!(report["content_digest"], json!(digest(&content)));
}

#[tokio::test]
async fn the_same_key_with_another_answer_is_other_content() {
    let app = TestApp::start().await;
    let (status, first) = app.submit_as(&app.employer, "one", &with(both())).await;
    assert_eq!(status, StatusCode::CREATED, "{first:#}");
    let (status, again) = app.submit_as(&app.employer, "one", &with(both())).await;
    assert_eq!((status, &again), (StatusCode::CREATED, &first));
    let (status, problem) = app.submit_as(&app.employer, "one", &with(json!([]))).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("idempotency-key-reused"))
    );
}

#[tokio::test]
async fn an_answer_without_a_hint_a_text_or_a_choice_is_refused() {
    let app = TestApp::start().await;
    let at = |rest: &str| format!("/reports/0/hint_answers/0{rest}");
    let one = |answer: Value| json!([answer]);
    for (answers, pointer, code) in [
        (
            one(json!({ "code": "ceiling-below-pay", "answer": "confirmed" })),
            at(""),
            "hint-answer-unknown",
        ),
        (
            one(json!({ "code": PENSION, "pointer": "/valid_from", "answer": "confirmed" })),
            at(""),
            "hint-answer-unknown",
        ),
        (
            one(json!({ "code": PENSION, "answer": "explained" })),
            at("/text"),
            "hint-text-missing",
        ),
        (
            one(json!({ "code": PENSION, "answer": "explained", "text": " " })),
            at("/text"),
            "hint-text-missing",
        ),
        (
            one(json!({ "code": PENSION, "answer": "explained", "text": "æ".repeat(501) })),
            at("/text"),
            "hint-text-too-long",
        ),
        (
            one(json!({ "code": PENSION, "answer": "explained", "text": "Se 251248-9996" })),
            at("/text"),
            "hint-text-has-cpr-number",
        ),
        (
            one(json!({ "code": PENSION, "answer": "maybe" })),
            at("/answer"),
            "wrong-type",
        ),
        (json!("confirmed"), "/reports/0/hint_answers".to_owned(), "wrong-type"),
        (
            json!([{ "code": PENSION, "answer": "confirmed" }, { "code": PENSION, "answer": "confirmed" }]),
            "/reports/0/hint_answers/1".to_owned(),
            "hint-answered-twice",
        ),
    ] {
        assert_eq!(refused(&app, answers).await, [(pointer, code.to_owned())]);
    }
    let longest = json!([{ "code": PENSION, "answer": "explained", "text": "æ".repeat(500) }]);
    assert_eq!(app.submit(&with(longest)).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn an_answer_to_a_hint_that_hung_on_earlier_reports_is_no_error_once_the_hint_is_gone() {
    let app = TestApp::start().await;
    let body = with(json!([{ "code": "ceiling-changed-much", "answer": "confirmed" }]));
    let (status, sent) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{sent:#}");
    let violations = sent["reports"][0]["violations"].as_array().unwrap();
    let told = violations
        .iter()
        .find(|one| one["code"] == "hint-answer-not-needed")
        .unwrap();
    assert_eq!(
        (told["level"].as_str(), told["pointer"].as_str()),
        (Some("hint"), Some("/reports/0/hint_answers/0"))
    );
}

#[tokio::test]
async fn a_correction_answers_its_own_hints() {
    let app = TestApp::start().await;
    let (_, sent) = app.submit(&with(both())).await;
    let id = sent["reports"][0]["report_id"].as_str().unwrap();
    let mut answers = with(json!([{ "code": PENSION, "answer": "confirmed" }]))["reports"][0].take();
    answers.as_object_mut().unwrap().remove("report_kind");
    let request = app.request(
        Method::POST,
        &format!("/api/v1/reports/{id}/corrections"),
        &app.employer,
    );
    let request = request
        .header("idempotency-key", "again")
        .header(header::IF_MATCH, "\"1\"");
    let (status, corrected) = read(request.json(&answers).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{corrected:#}");
    let violations = &corrected["reports"][0]["violations"];
    assert_eq!(beside(violations, PENSION), json!({ "answer": "confirmed" }));
    assert_eq!(
        beside(violations, SUPPLEMENTS),
        Value::Null,
        "the corrected report's answer stays there"
    );
}

#[tokio::test]
async fn a_hint_is_answered_on_the_page_without_scripts() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    // The same fields in the page's words: 12.000,00 kr. is low for a month at full time.
    let low = ("full_time_total_monthly_wage", "12.000,00");
    let name = "hint.full-time-wage-unusual/full_time_total_monthly_wage";
    let text = "hint-text.full-time-wage-unusual/full_time_total_monthly_wage";
    let review = press(&mut browser, &[low, ("action", "to:review")]).await;
    assert!(
        review
            .text
            .contains(&format!("type=\"radio\" id=\"{}\"", name.replace(['.', '/'], "-"))),
        "{}",
        review.text
    );
    assert!(review.text.contains(&format!("name=\"{text}\"")), "{}", review.text);

    let without = press(&mut browser, &[low, ("action", "send"), (name, "explained")]).await;
    assert!(
        without
            .text
            .contains("Skriv forklaringen, eller svar, at oplysningen er rigtig."),
        "{}",
        without.text
    );
    // On the way to another page and back the answer is kept.
    let there = press(
        &mut browser,
        &[
            low,
            ("action", "to:full_time_wage.job"),
            (name, "explained"),
            (text, WHY),
        ],
    )
    .await;
    assert!(there.text.contains("name=\"position_title\""), "{}", there.text);
    let back = browser.get(&there.step("review")).await;
    assert!(back.text.contains(WHY), "{}", back.text);

    // Words alone are an explanation.
    let sent = press(&mut browser, &[low, ("action", "send"), (text, WHY)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let receipt = browser.get(sent.header("location")).await;
    assert!(receipt.text.contains(&format!("Forklaring: {WHY}")), "{}", receipt.text);
    // An answer to what is not asked any more sends nothing and says so.
    let gone = press(&mut browser, &[("action", "send"), (name, "confirmed")]).await;
    assert!(gone.text.contains("Bemærkningerne har ændret sig"), "{}", gone.text);
}

#[tokio::test]
async fn a_file_answers_hints_in_a_column() {
    use fleksport::receive;
    let app = TestApp::start().await;
    let form = app.running.app.forms.find("fleksjob-wage", "1.0").unwrap();
    let file = format!(
        "employer_cvr;contact_name;contact_email;declaration_accepted;report_kind;employee_cpr;employee_name;municipality_code;\
         position_title;valid_from;full_time_weekly_hours;entry_mode;full_time_total_monthly_wage;included_components;hint_answers\n\
         {CVR};Løn;loen@example.dk;ja;full_time_wage;251248-9996;Nancy Ann Test Berggren;0101;Kok;01-12-2026;37;total_known;\
         32.067,00;none_of_these;{PENSION} | {SUPPLEMENTS}: {WHY}\n"
    );
    let raw = receive::csv(file.as_bytes(), form, &receive::FileChoices::default()).unwrap();
    let answers = &raw.body["reports"][0]["hint_answers"];
    assert_eq!(answers[0], json!({ "code": PENSION, "answer": "confirmed" }));
    let (status, sent) = app.submit(&with(answers.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{sent:#}");
    assert_eq!(
        beside(&sent["reports"][0]["violations"], SUPPLEMENTS),
        json!({ "answer": "explained", "text": WHY })
    );
}
