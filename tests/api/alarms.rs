//! What waits too long is told by mail, once an episode, to the municipality and to the operator; and the employer is reminded once.

use std::{fs, net::TcpListener, time::Duration};

use fleksport::{notify::Transport, worker};
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    pages_browser::Browser,
    support::{CPR, CVR, NAME, TestApp, submission},
};

const SETTINGS: &str = "[alarms]\noperator_email = \"drift@fleksport.example\"\n";

async fn give_contact(app: &TestApp) {
    let mut browser = Browser::municipality(app, "0101").await;
    let csrf = browser.get("/kommune/oversigt").await.csrf();
    let fields = [("csrf", csrf.as_str()), ("contact_email", "fleks@kommunen.example")];
    let kept = browser.post("/kommune/oversigt/kontakt", &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
}

fn let_pass(app: &TestApp, hours: i64) {
    app.clock.set(app.clock.now() + SignedDuration::from_hours(hours));
}

/// Looks once; tells how many mails were tried.
async fn look(app: &TestApp) -> usize {
    let app = &app.running.app;
    let transport = Transport::new(&app.config.mail, &app.mail_dir()).unwrap();
    worker::alarm::work_off(app, &transport).await.unwrap()
}

/// The mails in the folder whose id begins so, their soft line ends taken out.
fn mails(app: &TestApp, id: &str) -> Vec<String> {
    let Ok(folder) = fs::read_dir(app.running.app.mail_dir()) else {
        return Vec::new();
    };
    let texts = folder.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap().replace("=\r\n", ""));
    texts
        .filter(|text| text.contains(&format!("Message-ID: <{id}-")))
        .collect()
}

async fn acknowledge(app: &TestApp, up_to: i64) {
    let path = "/api/v1/municipalities/0101/acknowledgements";
    let (status, _) = app
        .post(path, &app.copenhagen, &json!({ "up_to_sequence": up_to }))
        .await;
    assert!(status.is_success());
}

#[tokio::test]
async fn the_municipality_and_the_operator_get_one_mail_an_episode_with_nothing_personal_in_it() {
    let app = TestApp::start_with(SETTINGS).await;
    give_contact(&app).await;
    app.taken_in().await;
    assert_eq!(look(&app).await, 0);
    let_pass(&app, 73);
    assert_eq!(look(&app).await, 2);
    app.taken_in().await;
    let_pass(&app, 200);
    assert_eq!(look(&app).await, 0, "it goes on, and was told");
    let told = mails(&app, "alarm");
    assert_eq!(told.len(), 2);
    for (to, page) in [
        ("fleks@kommunen.example", "/kommune/oversigt"),
        ("drift@fleksport.example", "/kl/holdte"),
    ] {
        let mail = told.iter().find(|mail| mail.contains(&format!("To: {to}"))).expect(to);
        assert!(mail.contains("for more than 72 hours: 1"), "{mail}");
        assert!(mail.contains(page), "{mail}");
        for personal in [CPR, &CPR.replace('-', ""), NAME, CVR, "32067", "example.dk"] {
            assert!(!mail.contains(personal), "{personal} in {mail}");
        }
    }

    acknowledge(&app, 2).await;
    assert_eq!(look(&app).await, 0);
    app.taken_in().await;
    let_pass(&app, 73);
    assert_eq!(look(&app).await, 2, "a new episode");
    assert_eq!(mails(&app, "alarm").len(), 4);
}

#[tokio::test]
async fn a_mail_that_can_not_leave_is_tried_again_and_then_shown_until_the_episode_ends() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::start_with(&format!(
        "{SETTINGS}[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {nobody}\nsecurity = \"none\"\n\
         timeout_seconds = 5\n[outbox]\nretry_seconds = [60]\n"
    ))
    .await;
    let mut body = submission();
    body["employer"].as_object_mut().unwrap().remove("contact_email");
    body["employer"]["contact_phone"] = json!("+4533112233");
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let_pass(&app, 73);
    assert_eq!(look(&app).await, 1);
    assert_eq!(
        app.get("/health/ready", "").await.1["status"],
        "ok",
        "it is tried again"
    );
    assert_eq!(look(&app).await, 0, "not before its time");
    let_pass(&app, 1);
    assert_eq!(look(&app).await, 1);
    assert_eq!(app.get("/health/ready", "").await.1["status"], "degraded");
    let_pass(&app, 100);
    assert_eq!(look(&app).await, 0, "given up");
    acknowledge(&app, 1).await;
    look(&app).await;
    assert_eq!(
        app.get("/health/ready", "").await.1["status"],
        "ok",
        "nothing waits any more"
    );
}

/// Asks the employer something; gives the report and the question.
async fn ask(app: &TestApp) -> (String, String) {
    let answer = app.taken_in().await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let report = text(&answer["reports"][0]["report_id"]);
    let path = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let body = json!({ "outcome": "question", "text": "Er tillaegget fast?" });
    let (status, asked) = app.post(&path, &app.copenhagen, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{asked:#}");
    (report, text(&asked["outcome_id"]))
}

#[tokio::test]
async fn the_employer_is_reminded_once_of_a_question_and_not_of_one_that_is_answered() {
    let app = TestApp::start_with(SETTINGS).await;
    let (_, waits) = ask(&app).await;
    let (report, answered) = ask(&app).await;
    let_pass(&app, 337);
    let path = format!("/api/v1/reports/{report}/answers");
    let body = json!({ "question_id": answered, "text": "Ja" });
    let (status, answer) = app.post(&path, &app.employer, &body).await;
    assert!(status.is_success(), "{answer:#}");
    assert_eq!(
        look(&app).await,
        1,
        "the operator; the municipality has given no address"
    );
    let_pass(&app, 500);
    look(&app).await;
    // The worker of the outbox was woken.
    for _ in 0..200 {
        if !mails(&app, "reminder").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let reminders = mails(&app, "reminder");
    assert_eq!(reminders.len(), 1);
    assert!(reminders[0].contains(&format!("reminder-{waits}")) && reminders[0].contains("To: loen@example.dk"));
    for personal in [CPR, NAME, "tillaegget", "32067"] {
        assert!(!reminders[0].contains(personal), "{personal} in {}", reminders[0]);
    }
}
