//! How the service stands, for those who run it: the same facts as `fleksport doctor`, `/health/ready` and the figures, in words, with what
//! to do and where.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use super::{Frame, Page};
use crate::{
    app::App,
    calls::{Call, Ended},
    clock::in_denmark,
    figures::{CHECKS, Facts, Finding, Found, Known, findings},
    http, reference,
    store::{FeedStanding, MailKind},
    value::{Language, date_to_text},
};

#[derive(Template)]
#[template(path = "operation.html")]
struct OperationPage {
    frame: Frame,
    /// The kind of message at the top, and its text.
    state: (&'static str, &'static str),
    findings: Vec<Row>,
    checks: Vec<(&'static str, &'static str)>,
    /// Empty where it is not known.
    mails: Vec<MailRow>,
    feeds: Vec<FeedRow>,
    calls: Vec<CallRow>,
}

/// One finding of the doctor.
struct Row {
    what: String,
    /// Whether a person has to look.
    look: bool,
    said: String,
    todo: String,
    href: &'static str,
    /// What the link is called.
    link: &'static str,
}

struct MailRow {
    kind: &'static str,
    waiting: i64,
    oldest: String,
    given_up: i64,
}

struct FeedRow {
    municipality: &'static str,
    latest: i64,
    lag: i64,
    oldest: String,
}

struct CallRow {
    endpoint: String,
    calls: u64,
    refused: u64,
    faults: u64,
    gone: u64,
}

/// `GET /kl/drift`
pub async fn show(State(app): State<App>, frame: Frame) -> Response {
    let facts = Facts::look(&app).await;
    let found: Vec<_> = CHECKS
        .iter()
        .map(|(code, judge)| (*code, judge(&facts.vital)))
        .collect();
    let worst = found.iter().map(|(_, found)| *found).max().unwrap_or(Found::Fine);
    let page = OperationPage {
        state: state(worst, &frame),
        findings: findings(&facts).into_iter().map(|one| Row::new(one, &frame)).collect(),
        checks: found
            .into_iter()
            .map(|(code, found)| (code, word(found, &frame)))
            .collect(),
        mails: rows(&facts.mails, |mail| MailRow::new(mail, &frame)),
        feeds: rows(&facts.feeds, |feed| FeedRow::new(feed, &frame)),
        calls: calls(&app, &frame),
        frame,
    };
    Page(page).into_response()
}

fn rows<T, R>(known: &Known<Vec<T>>, row: impl FnMut(&T) -> R) -> Vec<R> {
    known.iter().flatten().map(row).collect()
}

fn state(worst: Found, frame: &Frame) -> (&'static str, &'static str) {
    match worst {
        Found::Fine => (
            "success",
            frame.t(
                "Tjenesten tager imod og giver fra sig.",
                "The service takes in and hands out.",
            ),
        ),
        Found::Degraded => (
            "warning",
            frame.t(
                "Tjenesten virker, men der er noget, som et menneske skal se på.",
                "The service works, but there is something that a person has to look at.",
            ),
        ),
        Found::Unavailable => (
            "error",
            frame.t(
                "Tjenesten kan ikke tage imod eller give fra sig lige nu.",
                "The service can't take in or hand out at the moment.",
            ),
        ),
    }
}

fn word(found: Found, frame: &Frame) -> &'static str {
    match found {
        Found::Fine => frame.t("I orden", "Fine"),
        Found::Degraded => frame.t("Se efter", "Look at it"),
        Found::Unavailable => frame.t("Stopper tjenesten", "Stops the service"),
    }
}

/// The day, or a dash.
fn day(since: Option<Timestamp>, language: Language) -> String {
    since.map_or("–".to_owned(), |at| date_to_text(in_denmark(at).date(), language))
}

impl Row {
    fn new(finding: Finding, frame: &Frame) -> Self {
        Self {
            what: capital(finding.what.get(frame.language)),
            look: finding.look,
            said: finding.said.get(frame.language).to_owned(),
            todo: finding.todo.get(frame.language).to_owned(),
            href: finding.href,
            link: match finding.href {
                "/kl/post" => frame.t("Mails, der er opgivet", "Mails that were given up"),
                _ => frame.t("Holdte indberetninger og kommuner", "Held reports and municipalities"),
            },
        }
    }
}

/// The command line begins with a small letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

impl MailRow {
    fn new(mail: &MailKind, frame: &Frame) -> Self {
        Self {
            kind: super::post::kind(mail.kind, frame),
            waiting: mail.waiting,
            oldest: day(mail.oldest, frame.language),
            given_up: mail.given_up,
        }
    }
}

impl FeedRow {
    fn new(feed: &FeedStanding, frame: &Frame) -> Self {
        Self {
            municipality: reference::municipality(&feed.municipality).full_name,
            latest: feed.latest_sequence,
            lag: feed.latest_sequence - feed.acknowledged,
            oldest: day(feed.unfetched_since, frame.language),
        }
    }
}

/// The endpoints that were called since the process began, and what no endpoint fits.
fn calls(app: &App, frame: &Frame) -> Vec<CallRow> {
    let table = http::endpoints();
    let known = table.iter().map(|endpoint| {
        let method = endpoint.method.as_str();
        (
            format!("{method} {}", endpoint.path),
            Call::new(method, Some(endpoint.path)),
        )
    });
    let unknown = ["GET", "POST"].map(|method| {
        let name = frame.t("(ukendt adresse)", "(unknown address)");
        (format!("{method} {name}"), Call::new(method, None))
    });
    let row = |(endpoint, call): (String, Call)| {
        let count = |ended| app.calls.count(&call, ended);
        CallRow {
            endpoint,
            calls: Ended::ALL.into_iter().map(count).sum(),
            refused: count(Ended::Status(4)),
            faults: count(Ended::Status(5)),
            gone: count(Ended::Gone),
        }
    };
    known.chain(unknown).map(row).filter(|row| row.calls > 0).collect()
}
