//! Pages that are the same for everybody.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Frame, Page,
    guides::{GUIDES, Guide},
    session,
};
use crate::{
    app::App,
    http::api::{OPERATIONS, Operation},
    value::date_to_text,
};

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityPage {
    frame: Frame,
    reviewed: String,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    frame: Frame,
    idle_minutes: u64,
    /// How long a settled report is kept.
    kept_days: u64,
    /// How long what is typed and not sent is kept.
    draft_hours: u64,
    session_cookie: String,
}

#[derive(Template)]
#[template(path = "developers.html")]
struct DevelopersPage {
    frame: Frame,
    operations: &'static [Operation],
    guides: &'static [Guide],
}

/// `GET /`
pub async fn front(frame: Frame) -> Response {
    Page(FrontPage { frame }).into_response()
}

/// `GET /was`: the statement (*tilgængelighedserklæring*) where the authority keeps it, or one of our own. BEK 904/2019.
pub async fn accessibility(State(app): State<App>, frame: Frame) -> Response {
    let elsewhere = &app.config.site.accessibility_statement_url;
    if !elsewhere.is_empty() {
        return Redirect::temporary(elsewhere).into_response();
    }
    let reviewed = date_to_text(app.config.site.accessibility_reviewed, frame.language);
    Page(AccessibilityPage { frame, reviewed }).into_response()
}

/// `GET /privatliv`
pub async fn privacy(State(app): State<App>, frame: Frame) -> Response {
    let idle_minutes = app.config.access.session_idle.as_secs() / 60;
    let kept_days = app.config.retention.reports.as_secs() / 86_400;
    Page(PrivacyPage {
        frame,
        idle_minutes,
        kept_days,
        draft_hours: app.config.retention.drafts.as_secs() / 3_600,
        session_cookie: session::cookie_name(&app),
    })
    .into_response()
}

/// `GET /api`
pub async fn developers(frame: Frame) -> Response {
    Page(DevelopersPage {
        frame,
        operations: OPERATIONS,
        guides: &GUIDES,
    })
    .into_response()
}
