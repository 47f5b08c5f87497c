//! Whether the service is up; reveals no personal data and no internals.

use std::{fmt::Write, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::Problem,
    store::{ClockDoubt, StoreError},
};

/// A check that takes longer has failed: who asks decides in seconds where to send people.
const LONGEST: Duration = Duration::from_secs(2);

/// A state in one word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (something was given up or waits too long and needs a person) or `unavailable`.
    pub status: &'static str,
    /// What is wrong, in codes that stay the same; absent when nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<&'static str>,
}

/// What a check came to. The worst of all is the service's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Fine,
    /// It works, but a person has to look.
    Degraded,
    /// It can't take in or hand out.
    Unavailable,
}

/// Something that readiness stands on: its code, and the look at it.
type Check = (&'static str, for<'a> fn(&'a App) -> BoxFuture<'a, Found>);

/// All of it. They are made at the same time.
const CHECKS: &[Check] = &[
    // A stop goes on accepting for a while; balancers shall turn away at once.
    ("stopping", |app| Box::pin(async { unless(app.stop.is_given()) })),
    ("database-read", |app| {
        Box::pin(async { answered(app.store.ping_reading().await) })
    }),
    ("database-write", |app| {
        Box::pin(async { answered(app.store.ping_writing().await) })
    }),
    ("schema", |app| Box::pin(async { unless(!schema_fits(app).await) })),
    ("disk-full", |app| Box::pin(async { unless(app.store.disk_is_low()) })),
    ("writer-stands", |app| {
        Box::pin(async { unless(!app.store.writer_goes_on()) })
    }),
    ("mail-given-up", |app| Box::pin(given_up(app))),
    ("mail-late", |app| Box::pin(mail_is_late(app))),
    ("rows-unreadable", |app| {
        Box::pin(async { needs_a_person(app.store.unreadable(0).await.is_ok_and(|(count, _)| count > 0)) })
    }),
    ("clock-doubted", |app| Box::pin(clock(app))),
];

fn answered(result: Result<(), StoreError>) -> Found {
    match result {
        Ok(()) => Found::Fine,
        Err(error) => {
            tracing::error!(cause = %error, "the database does not answer");
            Found::Unavailable
        }
    }
}

/// A database that does not tell is the affair of other checks.
async fn schema_fits(app: &App) -> bool {
    !matches!(app.store.schema_ok().await, Err(StoreError::Schema { .. }))
}

fn unless(wrong: bool) -> Found {
    if wrong { Found::Unavailable } else { Found::Fine }
}

/// Mails that were given up for other than their receivers' reasons. A database that does not tell is the affair of other checks.
async fn given_up(app: &App) -> Found {
    match tokio::try_join!(app.store.outbox_counts(), app.store.alarm_counts()) {
        Ok((outbox, alarms)) => needs_a_person(outbox.concerning() + alarms.given_up - alarms.refused > 0),
        Err(_) => Found::Fine,
    }
}

/// Mail that has waited longer than `outbox.late_minutes`.
async fn mail_is_late(app: &App) -> Found {
    let counts = app.store.outbox_counts().await;
    needs_a_person(counts.is_ok_and(|counts| counts.waits_too_long(app.clock.now(), app.config.outbox.late).is_some()))
}

fn needs_a_person(wrong: bool) -> Found {
    if wrong { Found::Degraded } else { Found::Fine }
}

/// A clock that is behind gives no receipts; one that is ahead deletes nothing.
async fn clock(app: &App) -> Found {
    match app.store.clock_doubt().await {
        Ok(Some(ClockDoubt::Back(_))) => Found::Unavailable,
        Ok(Some(ClockDoubt::Ahead(_))) => Found::Degraded,
        Ok(None) | Err(_) => Found::Fine,
    }
}

/// The process runs and its writer goes on. What the database does is no reason to start the process anew.
pub async fn live(State(app): State<App>) -> Response {
    if app.store.writer_goes_on() {
        told(Found::Fine, Vec::new())
    } else {
        told(Found::Unavailable, vec!["writer-stands"])
    }
}

/// The process can take in and hand out.
pub async fn ready(State(app): State<App>) -> Response {
    let checks = CHECKS.iter().map(async |(code, look)| {
        let found = timeout(LONGEST, look(&app)).await;
        (*code, found.unwrap_or(Found::Unavailable))
    });
    let found = join_all(checks).await;
    let worst = found.iter().map(|(_, found)| *found).max().unwrap_or(Found::Fine);
    let wrong = found.iter().filter(|(_, found)| *found != Found::Fine);
    told(worst, wrong.map(|(code, _)| *code).collect())
}

fn told(found: Found, wrong: Vec<&'static str>) -> Response {
    let (code, status) = match found {
        Found::Fine => (StatusCode::OK, "ok"),
        Found::Degraded => (StatusCode::OK, "degraded"),
        Found::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    (code, Json(Health { status, wrong })).into_response()
}

/// Figures for the operator, in the text format that Prometheus reads. No label names anybody.
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let counts = app.store.outbox_counts().await?;
    let oldest = counts
        .oldest
        .map_or(0, |since| app.clock.now().as_second() - since.as_second());
    let overdue = app.overdue().await?;
    let pings = app.store.ping_counts().await?;
    let alarms = app.store.alarm_counts().await;
    let alarms = alarms?;
    let (unreadable, _) = app.store.unreadable(0).await?;
    let doubt = app.store.clock_doubt().await?;
    let ahead = app.store.readers_ahead().await?;
    let ahead = i64::try_from(ahead.len()).unwrap_or(i64::MAX);
    let lost = i64::try_from(pings.lost.len()).unwrap_or(i64::MAX);
    let mut text = String::new();
    for (name, help, value) in [
        (
            "fleksport_outbox_waiting",
            "Rows of the outbox that wait",
            counts.waiting,
        ),
        (
            "fleksport_outbox_given_up",
            "Rows of the outbox that were given up",
            counts.given_up,
        ),
        (
            "fleksport_outbox_oldest_seconds",
            "Age of the oldest waiting row in seconds",
            oldest,
        ),
        (
            "fleksport_reports_unfetched_overdue",
            "Reports that their municipality has not taken in time",
            overdue.unfetched.count,
        ),
        (
            "fleksport_municipalities_behind",
            "Municipalities with such reports",
            overdue.municipalities,
        ),
        (
            "fleksport_questions_unanswered_overdue",
            "Questions that the employer has not answered in time",
            overdue.unanswered.count,
        ),
        (
            "fleksport_reports_held",
            "Reports that wait for a person to find their municipality",
            overdue.held.count,
        ),
        (
            "fleksport_alarms",
            "Municipalities where something has waited too long, counted for each side that is waited for",
            alarms.under_way,
        ),
        (
            "fleksport_alarm_mails_given_up",
            "Mails about it that were given up",
            alarms.given_up,
        ),
        (
            "fleksport_rows_unreadable",
            "Rows that can't be read and are withheld",
            unreadable,
        ),
        (
            "fleksport_clock_doubted",
            "1 while the machine's clock does not fit the newest entry",
            i64::from(doubt.is_some()),
        ),
        (
            "fleksport_readers_ahead",
            "Municipalities whose own system is further on than its feed, as after the service was set back",
            ahead,
        ),
        ("fleksport_pings_waiting", "Pings that wait", pings.waiting),
        (
            "fleksport_pings_failing",
            "Waiting pings that have failed at least once",
            pings.failing,
        ),
        (
            "fleksport_ping_receivers_lost",
            "Municipalities of which a ping was given up and none has arrived since",
            lost,
        ),
    ] {
        // Writing to a String can't fail.
        let _ = write!(text, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}\n");
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
