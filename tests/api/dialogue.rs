//! Municipality and employer answer each other.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{NAME, TestApp};

/// A report that was taken in: its submission and the paths of what is done with it.
struct Sent {
    submission: String,
    report: String,
}

impl Sent {
    async fn to(app: &TestApp) -> Self {
        let answer = app.taken_in().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            submission: format!("/api/v1/submissions/{}", text(&answer["submission_id"])),
            report: text(&answer["reports"][0]["report_id"]),
        }
    }

    async fn decide(&self, app: &TestApp, body: Value) -> (StatusCode, Value) {
        let path = format!("/api/v1/municipalities/0101/records/{}/outcome", self.report);
        app.post(&path, &app.copenhagen, &body).await
    }

    async fn answer(&self, app: &TestApp, question: &Value, text: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/reports/{}/answers", self.report);
        let body = json!({"question_id": question, "text": text});
        app.post(&path, &app.employer, &body).await
    }

    /// The report as its employer sees it.
    async fn seen(&self, app: &TestApp) -> Value {
        app.get(&self.submission, &app.employer).await.1["reports"][0].take()
    }
}

#[tokio::test]
async fn the_employer_sees_each_outcome_and_the_same_again_is_the_same() {
    let app = TestApp::start().await;
    let sent = Sent::to(&app).await;
    assert_eq!(sent.seen(&app).await["outcomes"], json!([]));
    let rejection = json!({"outcome": "rejected", "reason": "wrong_period", "text": "Perioden er ikke begyndt."});
    let (status, outcome) = sent.decide(&app, rejection.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{outcome:#}");
    assert_eq!(
        sent.decide(&app, rejection).await,
        (StatusCode::CREATED, outcome.clone())
    );
    let seen = sent.seen(&app).await;
    assert_eq!(
        (&seen["state"], &seen["outcomes"]),
        (&json!("rejected"), &json!([outcome]))
    );
    let (status, problem) = sent.decide(&app, json!({"outcome": "accepted"})).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("outcome-conflict"))
    );
    assert!(
        problem["detail"].as_str().unwrap().contains("rettelse"),
        "it says how to go on"
    );
}

#[tokio::test]
async fn a_question_is_answered_through_the_interface_and_the_answer_is_an_entry() {
    let app = TestApp::start().await;
    let sent = Sent::to(&app).await;
    let (_, asked) = sent
        .decide(&app, json!({"outcome": "question", "text": "Gælder det også maj?"}))
        .await;
    let seen = sent.seen(&app).await;
    assert_eq!(
        (&seen["state"], &seen["outcomes"][0]["text"]),
        (&json!("questioned"), &json!("Gælder det også maj?"))
    );
    let question = &asked["outcome_id"];
    let (status, answered) = sent.answer(&app, question, "Ja, også maj.").await;
    assert_eq!(status, StatusCode::CREATED, "{answered:#}");
    assert_eq!(sent.answer(&app, question, "Ja, også maj.").await.1, answered);
    let (status, problem) = sent.answer(&app, question, "Nej.").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("question-not-open"))
    );
    assert_eq!(sent.seen(&app).await["outcomes"], json!([answered]));

    let (_, feed) = app
        .get("/api/v1/municipalities/0101/records?after=1", &app.copenhagen)
        .await;
    let record = &feed["records"][0];
    assert_eq!(record["event"], "report.answered");
    assert_eq!(record["answer"]["question_id"], *question);
    assert_eq!(record["answer"]["question"], "Gælder det også maj?");
    assert_eq!(record["answer"]["text"], "Ja, også maj.");
    assert_eq!(record["report"]["report_id"], sent.report);
    let content = fleksport::record::digest_of(&json!({
        "detail": {
            "answered_at": record["answer"]["answered_at"],
            "question_id": question,
            "text": "Ja, også maj.",
        },
        "report": record["report"]["content_digest"],
        "salt": record["report"]["salt"],
    }));
    assert_eq!(
        record["content_digest"],
        fleksport::record::to_hex(&content),
        "a reader can compute it"
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_outcome_is_told_with_its_place() {
    let app = TestApp::start().await;
    let sent = Sent::to(&app).await;
    for (body, pointer) in [
        (json!({"outcome": "maybe"}), "/outcome"),
        (json!({"outcome": "rejected", "reason": "mood"}), "/reason"),
        (json!({"outcome": "question"}), "/text"),
        (json!({"outcome": "question", "text": "x".repeat(2_001)}), "/text"),
        (json!({"outcome": "accepted", "reason": "other"}), "/reason"),
        (json!({"outcome": "accepted", "mood": NAME}), "/mood"),
    ] {
        let (status, problem) = sent.decide(&app, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
        assert_eq!(problem["violations"][0]["pointer"], pointer, "{problem:#}");
        assert!(!problem.to_string().contains(NAME));
    }
    let (status, problem) = sent.answer(&app, &json!("7"), " ").await;
    let pointers: Vec<_> = problem["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["pointer"].clone())
        .collect();
    assert_eq!(
        (status, pointers),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            vec![json!("/question_id"), json!("/text")]
        )
    );
}

/// The mails in the folder that tell of an answer.
fn mails_of_answers(app: &TestApp) -> Vec<String> {
    let folder = std::fs::read_dir(app.running.app.mail_dir()).unwrap();
    let mails = folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    mails.filter(|mail| mail.contains("outcome-")).collect()
}

#[tokio::test]
async fn the_employer_is_mailed_once_and_the_mail_says_nothing_of_the_person() {
    let app = TestApp::start().await;
    let sent = Sent::to(&app).await;
    let body = json!({"outcome": "question", "text": "Er Nancy ansat i 12 timer?"});
    for _ in 0..3 {
        sent.decide(&app, body.clone()).await;
    }
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting = app.running.app.store.outbox_counts().await.unwrap().waiting;
        if waiting == 0 {
            break;
        }
    }
    let mails = mails_of_answers(&app);
    assert_eq!(mails.len(), 1);
    for secret in ["Nancy", "12 timer", "Berggren", "251248", "32067", "København", "0101"] {
        assert!(!mails[0].contains(secret), "{secret}");
    }
}
