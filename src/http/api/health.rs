//! Whether the service is up; reveals no personal data and no internals.

use std::fmt::Write;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, http::Problem, store::StoreError};

/// A state in one word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (something was given up and needs a person) or `unavailable`.
    pub status: &'static str,
}

/// The process runs.
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The process can take in and hand out: the database answers a read and a write.
pub async fn ready(State(app): State<App>) -> Response {
    match given_up(&app).await {
        Ok(0) => Json(Health { status: "ok" }).into_response(),
        Ok(_) => Json(Health { status: "degraded" }).into_response(),
        Err(error) => {
            tracing::error!(cause = %error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unavailable" })).into_response()
        }
    }
}

/// Mails that were given up, when the database answers a read and a write.
async fn given_up(app: &App) -> Result<i64, StoreError> {
    app.store.ping().await?;
    let (outbox, alarms) = tokio::try_join!(app.store.outbox_counts(), app.store.alarm_counts())?;
    Ok(outbox.given_up + alarms.given_up)
}

/// Figures for the operator, in the text format that Prometheus reads. No label names anybody.
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let counts = app
        .store
        .outbox_counts()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let oldest = counts
        .oldest
        .map_or(0, |since| app.clock.now().as_second() - since.as_second());
    let overdue = app.overdue().await.map_err(|error| Problem::internal(&error))?;
    let pings = app
        .store
        .ping_counts()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let alarms = app.store.alarm_counts().await;
    let alarms = alarms.map_err(|error| Problem::internal(&error))?;
    let ahead = app
        .store
        .readers_ahead()
        .await
        .map_err(|error| Problem::internal(&error))?;
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
