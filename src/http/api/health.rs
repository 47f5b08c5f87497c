//! Whether the service is up; reveals no personal data and no internals.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    figures::{self, CHECKS, Facts, Found, Vital},
    http::{Problem, ProblemType},
};

/// A state in one word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (something was given up or waits too long and needs a person) or `unavailable`.
    pub status: &'static str,
    /// What is wrong, in codes that stay the same; absent when nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<&'static str>,
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
    let vital = Vital::look(&app).await;
    let found: Vec<_> = CHECKS.iter().map(|(code, judge)| (*code, judge(&vital))).collect();
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

/// Figures for the operator, in the text format that Prometheus reads. Without a database too: then with what is known.
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let facts = Facts::look(&app).await;
    let text = figures::exposition(&app, &facts).map_err(|_| Problem::new(ProblemType::Internal))?;
    Ok(([(header::CONTENT_TYPE, figures::CONTENT_TYPE)], text).into_response())
}
