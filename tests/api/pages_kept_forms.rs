//! What was typed into a form of the employer, the municipality or KL is not lost when the login ends or something in it is wrong, and
//! nobody but the one who typed it sees it.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    pages_browser::{Browser, Seen},
    support::{CVR, NOW, OTHER_CVR, TestApp, submission_with},
};

/// What somebody types; nothing else on any page says it.
const TYPED: &str = "Hun begyndte den tredje, og vi har ventet med at skrive";

const LOOPBACK: &str = "[ping]\nallow_loopback = true\n";

/// One form: who fills it in, who must not see it, where it stands and goes, and what is typed.
struct Case {
    who: Vec<(&'static str, &'static str)>,
    others: Vec<Vec<(&'static str, &'static str)>>,
    page: String,
    action: String,
    fields: Vec<(&'static str, String)>,
    /// The same with something wrong, and the field at which it is told.
    faulty: (Vec<(&'static str, String)>, String),
}

fn typed(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

fn as_employer(cvr: &'static str, person: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("role", "employer"), ("cvr", cvr), ("person", person)]
}

fn as_municipality(code: &'static str, person: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("role", "municipality"), ("municipality", code), ("person", person)]
}

/// The employer's answer to a question.
async fn answer(app: &TestApp) -> Case {
    let sent = app.taken_in().await;
    let (submission, report) = (
        sent["submission_id"].as_str().unwrap(),
        sent["reports"][0]["report_id"].as_str().unwrap(),
    );
    let path = format!("/api/v1/municipalities/0101/records/{report}/outcome");
    let asked = json!({"outcome": "question", "text": "Hvornår begyndte hun?"});
    let (status, outcome) = app.post(&path, &app.copenhagen, &asked).await;
    assert_eq!(status, StatusCode::CREATED, "{outcome:#}");
    let id = outcome["outcome_id"].as_str().unwrap();
    Case {
        who: as_employer(CVR, "NB"),
        others: vec![
            as_employer(CVR, "XX"),
            as_employer(OTHER_CVR, "NB"),
            as_municipality("0101", "NB"),
        ],
        page: format!("/indberet/{submission}"),
        action: format!("/indberet/{submission}/svar"),
        fields: typed(&[("text", TYPED)]),
        faulty: (typed(&[("text", "\u{200b}")]), format!("answer-{id}")),
    }
}

/// A form of the municipality on a report.
async fn record(
    app: &TestApp,
    form: &str,
    fields: &[(&'static str, &str)],
    faulty: &[(&'static str, &str)],
    at: &str,
) -> Case {
    let sent = app.taken_in().await;
    let page = format!("/kommune/{}", sent["reports"][0]["report_id"].as_str().unwrap());
    Case {
        who: as_municipality("0101", "SB"),
        others: vec![
            as_municipality("0101", "XX"),
            as_municipality("0147", "SB"),
            as_employer(CVR, "SB"),
        ],
        action: format!("{page}/{form}"),
        page: page.clone(),
        fields: typed(fields),
        faulty: (typed(faulty), at.to_owned()),
    }
}

/// The municipality's answer, and handing on.
async fn records(app: &TestApp) -> [Case; 2] {
    let answer = [("outcome", "question"), ("text", TYPED)];
    let hand_on = [("to", "0147"), ("why", TYPED)];
    [
        record(app, "svar", &answer, &[("text", TYPED)], "outcome").await,
        record(app, "oversend", &hand_on, &[("to", ""), ("why", TYPED)], "to").await,
    ]
}

/// The municipality's settings.
fn settings() -> [Case; 2] {
    let case = |form: &str, name: &'static str, right: &str, wrong: &str| Case {
        who: as_municipality("0101", "SB"),
        others: vec![as_municipality("0101", ""), as_municipality("0147", "SB")],
        page: "/kommune/oversigt".to_owned(),
        action: format!("/kommune/oversigt/{form}"),
        fields: typed(&[(name, right)]),
        faulty: (typed(&[(name, wrong)]), name.to_owned()),
    };
    [
        case(
            "kontakt",
            "contact_email",
            "fleks.team@kommunen.example",
            "ikke en adresse",
        ),
        case("ping", "ping_url", "http://127.0.0.1:9/vaek", "ingen adresse"),
    ]
}

/// KL's decision on a report without a municipality.
async fn held(app: &TestApp) -> Case {
    let (_, sent) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
    let report = sent["reports"][0]["report_id"].as_str().unwrap();
    Case {
        who: vec![("role", "kl"), ("person", "KL1")],
        others: vec![vec![("role", "kl"), ("person", "KL2")], as_municipality("0101", "KL1")],
        page: "/kl/holdte".to_owned(),
        action: "/kl/holdte".to_owned(),
        fields: typed(&[("report", report), ("municipality", "0101"), ("reason", TYPED)]),
        faulty: (
            typed(&[("report", report), ("municipality", ""), ("reason", TYPED)]),
            "municipality".to_owned(),
        ),
    }
}

async fn all(app: &TestApp) -> Vec<Case> {
    let mut all = vec![answer(app).await, held(app).await];
    all.extend(records(app).await);
    all.extend(settings());
    all
}

impl Case {
    /// What of it must be seen again.
    fn told(&self) -> &str {
        &self.fields.last().unwrap().1
    }

    fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    async fn send(&self, browser: &mut Browser<'_>, page: &Seen) -> Seen {
        browser
            .send_form(page, &self.action, &Self::borrowed(&self.fields))
            .await
    }

    async fn logged_in<'a>(&self, app: &'a TestApp) -> Browser<'a> {
        let mut browser = Browser::new(app);
        browser.log_in(&self.who).await;
        browser
    }
}

fn next_of(login: &Seen) -> String {
    let place = login.header("location");
    let (path, query) = place.split_once('?').unwrap();
    assert_eq!(
        (login.status, path),
        (StatusCode::SEE_OTHER, "/log-ind"),
        "{}",
        login.text
    );
    form_urlencoded::parse(query.as_bytes()).next().unwrap().1.into_owned()
}

#[tokio::test]
async fn a_login_that_ends_while_somebody_types_loses_nothing() {
    let app = TestApp::start_with(LOOPBACK).await;
    let start: jiff::Timestamp = NOW.parse().unwrap();
    for (number, case) in (0..).zip(all(&app).await) {
        app.clock.set(start + SignedDuration::from_mins(40 * number));
        let mut browser = case.logged_in(&app).await;
        let page = browser.get(&case.page).await;
        app.clock.set(start + SignedDuration::from_mins(40 * number + 31));
        let login = case.send(&mut browser, &page).await;
        let next = next_of(&login);
        assert!(next.starts_with(&case.page), "{next}");
        for place in [next.as_str(), login.header("set-cookie"), login.text.as_str()] {
            assert!(
                !place.contains(case.told().split(' ').next().unwrap()),
                "{}: in the open",
                case.action
            );
        }
        let asks = browser.get(login.header("location")).await;
        assert!(asks.text.contains("Det, du skrev, er gemt."), "{}", case.action);

        for other in &case.others {
            let mut theirs = Browser::new(&app);
            theirs.log_in(&[other.as_slice(), &[("videre", &next)]].concat()).await;
            let seen = theirs.get(&next).await;
            assert!(
                !seen.text.contains(case.told()),
                "{} shows it to {other:?}",
                case.action
            );
        }
        let seen = browser
            .log_in(&[case.who.as_slice(), &[("videre", &next)]].concat())
            .await;
        assert_eq!(seen.header("location"), next, "{}", case.action);
        let back = browser.follow(seen).await;
        assert!(
            back.text.contains("Dit login blev fornyet undervejs"),
            "{}: {}",
            case.action,
            back.text
        );
        assert!(back.text.contains(case.told()), "{}: {}", case.action, back.text);
        assert!(
            !back.text.contains("error-summary"),
            "nobody has tried to send it: {}",
            case.action
        );

        // From there it is sent, and then nothing of it is kept.
        let done = case.send(&mut browser, &back).await;
        assert!(
            done.status.is_redirection() || done.text.contains("Gem hemmeligheden nu"),
            "{}",
            done.text
        );
        assert!(
            !done.header("location").contains("gemt="),
            "{}",
            done.header("location")
        );
        let gone = browser.get(&next).await;
        assert!(!gone.text.contains("Dit login blev fornyet"), "{}", case.action);
    }
}

#[tokio::test]
async fn a_login_made_anew_in_another_window_loses_nothing_either() {
    let app = TestApp::start_with(LOOPBACK).await;
    for case in all(&app).await {
        let mut browser = case.logged_in(&app).await;
        let page = browser.get(&case.page).await;
        browser.log_in(&case.who).await;
        let seen = case.send(&mut browser, &page).await;
        assert!(seen.header("location").starts_with(&case.page), "{}", case.action);
        let back = browser.follow(seen).await;
        assert!(
            back.text.contains(case.told()) && back.text.contains("Intet er sendt."),
            "{}",
            case.action
        );

        // Somebody else has logged in meanwhile: kept for whose page it was.
        let mut other = Browser::new(&app);
        other.log_in(&case.others[0]).await;
        let next = next_of(&case.send(&mut other, &page).await);
        assert!(!other.get(&next).await.text.contains(case.told()), "{}", case.action);
        assert!(browser.get(&next).await.text.contains(case.told()), "{}", case.action);
    }
}

#[tokio::test]
async fn a_form_with_faults_leads_to_a_page_that_can_be_fetched_again() {
    let app = TestApp::start_with(LOOPBACK).await;
    for case in all(&app).await {
        let mut browser = case.logged_in(&app).await;
        let page = browser.get(&case.page).await;
        let (fields, at) = &case.faulty;
        let sent = browser.send_form(&page, &case.action, &Case::borrowed(fields)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", case.action);
        let place = sent.header("location").to_owned();
        for _ in 0..2 {
            let back = browser.get(&place).await;
            assert_eq!(back.status, StatusCode::OK);
            assert!(back.text.contains("<title>Fejl: "), "{}", case.action);
            assert!(
                back.text.contains(&format!("href=\"#{at}\"")),
                "{}: {}",
                case.action,
                back.text
            );
            assert!(
                back.text.contains(&format!("id=\"{at}\"")),
                "{}: the link leads to nothing",
                case.action
            );
            let value = &fields.last().unwrap().1;
            assert!(back.text.contains(value.as_str()), "{}", case.action);
        }
        // Put right on that page, it is carried out.
        let back = browser.get(&place).await;
        let done = case.send(&mut browser, &back).await;
        assert!(
            !done.header("location").contains("gemt="),
            "{}",
            done.header("location")
        );
        assert!(!browser.get(&place).await.text.contains("Fejl: "), "{}", case.action);
    }
}

#[tokio::test]
async fn without_what_shows_whose_page_it_is_nothing_is_kept() {
    let app = TestApp::start_with(LOOPBACK).await;
    let case = answer(&app).await;
    let mut browser = case.logged_in(&app).await;
    let page = browser.get(&case.page).await;
    let ticket = page.hidden("ticket").unwrap();
    for wrong in [
        "",
        "00ff",
        &ticket[..60],
        &ticket.replace(&ticket[40..42], "zz"),
        &"ab".repeat(ticket.len() / 2),
    ] {
        let fields = [("ticket", wrong), ("text", TYPED)];
        let nobody = Browser::new(&app).post(&case.action, &fields).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{wrong}");
        let not_ours = browser.post(&case.action, &fields).await;
        assert_eq!(not_ours.status, StatusCode::FORBIDDEN, "{wrong}");
    }
    // One of yesterday shows nothing any more.
    let start: jiff::Timestamp = NOW.parse().unwrap();
    app.clock.set(start + SignedDuration::from_hours(25));
    let late = Browser::new(&app)
        .post(&case.action, &[("ticket", ticket.as_str()), ("text", TYPED)])
        .await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_was_settled_meanwhile_is_told_and_not_answered() {
    let app = TestApp::start_with(LOOPBACK).await;
    let case = answer(&app).await;
    let mut first = case.logged_in(&app).await;
    let page = first.get(&case.page).await;
    first.log_in(&case.who).await;
    let seen = case.send(&mut first, &page).await;
    // A colleague is faster.
    let mut other = Browser::new(&app);
    other.log_in(&case.others[0]).await;
    let theirs = other.get(&case.page).await;
    other.send_form(&theirs, &case.action, &[("text", "Den første.")]).await;
    let back = first.follow(seen).await;
    assert!(back.text.contains("er afgjort i mellemtiden"), "{}", back.text);
}

#[tokio::test]
async fn kept_forms_are_few_and_end() {
    let app = TestApp::start_with("[retention]\ndrafts_per_person = 2\ndraft_hours = 2\n").await;
    let [case, _] = settings();
    let mut browser = case.logged_in(&app).await;
    let page = browser.get(&case.page).await;
    let mut places = Vec::new();
    let start: jiff::Timestamp = NOW.parse().unwrap();
    for minute in 0..3 {
        app.clock.set(start + SignedDuration::from_mins(minute));
        let (fields, _) = &case.faulty;
        let sent = browser.send_form(&page, &case.action, &Case::borrowed(fields)).await;
        places.push(sent.header("location").to_owned());
    }
    for (number, place) in places.iter().enumerate() {
        let is_there = browser.get(place).await.text.contains("ikke en adresse");
        assert_eq!(is_there, number > 0, "{number}");
    }
    app.clock
        .set(start + SignedDuration::from_mins(121) + SignedDuration::from_secs(30));
    let mut browser = case.logged_in(&app).await;
    assert!(!browser.get(&places[1]).await.text.contains("ikke en adresse"));
    assert!(browser.get(&places[2]).await.text.contains("ikke en adresse"));
    let deleted = fleksport::worker::retention::delete_drafts(&app.running.app)
        .await
        .unwrap();
    assert_eq!(deleted, 1);
}
