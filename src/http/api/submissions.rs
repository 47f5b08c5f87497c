//! Taking submissions in, and the sender's own ones back.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answers::{CheckAnswer, SubmissionAnswer},
    extract::{self, JsonBytes, PathValue},
    query::QueryValues,
};
use crate::{
    access::Grant,
    app::App,
    http::{OurFault, Problem, ProblemType, RequestContext},
    store::{PageRequest, StoreError, TakeInError},
    submit::{self, Accepted, Incoming, SubmitError},
    value::{Language, SubmissionId},
};

/// Takes in one submission; the answer is the receipt.
pub async fn create(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let idempotency_key = extract::idempotency_key(&headers)?;
    let (raw, _room) = extract::submission(&app, body).await?;
    let incoming = Incoming {
        idempotency_key,
        raw,
        channel: extract::CHANNEL,
        sender: extract::sender(&grant)?,
        transaction_id: context.transaction_id,
        seen_version: None,
    };
    let accepted = submit::submit(&app, incoming).await?;
    Ok(created(&app, &accepted, context.language))
}

/// The receipt as an answer: 201 also for a repeat, which says so in a header.
pub fn created(app: &App, Accepted { submission, repeated }: &Accepted, language: Language) -> Response {
    let answer = SubmissionAnswer::new(submission, &app.public_url, language);
    let location = HeaderValue::try_from(answer.links.itself.as_str());
    let mut response = (StatusCode::CREATED, Json(answer)).into_response();
    response
        .headers_mut()
        .extend(location.ok().map(|location| (header::LOCATION, location)));
    if *repeated {
        response
            .headers_mut()
            .insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// The same checks, routing and calculation; stores nothing.
pub async fn validate(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    JsonBytes(body): JsonBytes,
) -> Result<Json<CheckAnswer>, Problem> {
    let (raw, _room) = extract::submission(&app, body).await?;
    let checked = submit::check(&app, raw, &extract::sender(&grant)?).await?;
    Ok(Json(CheckAnswer::new(&checked, context.language)))
}

/// One of the sender's own submissions.
pub async fn read(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<SubmissionId>,
) -> Result<Json<SubmissionAnswer>, Problem> {
    let found = app.store.read_submission(&grant, context.transaction_id, id).await;
    let submission = found?.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let outcomes = app.store.outcomes_of_submission(&submission).await;
    let outcomes = outcomes?;
    let answer = SubmissionAnswer::new(&submission, &app.public_url, context.language);
    Ok(Json(answer.with_outcomes(&submission, &outcomes)))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 when absent.
    pub limit: Option<u32>,
}

/// One line of the sender's own list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionLine {
    pub submission_id: String,
    pub receipt_number: String,
    pub received_at: String,
    pub reports: usize,
    pub link: String,
}

/// A page of the sender's own submissions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionList {
    pub submissions: Vec<SubmissionLine>,
    pub next_cursor: Option<String>,
    pub has_more: bool,
}

/// The sender's own submissions, newest first.
pub async fn list(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    QueryValues(parameters): QueryValues<ListParameters>,
) -> Result<Response, Problem> {
    let limit = parameters.limit.unwrap_or(50).clamp(1, 100);
    let before = parameters.cursor.as_deref().map(str::parse::<SubmissionId>).transpose();
    let before = before.map_err(|_| Problem::new(ProblemType::InvalidCursor))?;
    let page = app
        .store
        .list_submissions(&grant, context.transaction_id, PageRequest { before, limit })
        .await;
    let page = page?;
    let submissions = page.items.iter().map(|item| SubmissionLine {
        submission_id: item.id.to_string(),
        receipt_number: item.receipt_number.to_string(),
        received_at: item.received_at.to_string(),
        reports: item.reports,
        link: format!("{}/api/v1/submissions/{}", app.public_url, item.id),
    });
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.has_more)
        .map(|item| item.id.to_string());
    let next = next_cursor
        .as_ref()
        .map(|cursor| format!("/api/v1/submissions?cursor={cursor}&limit={limit}"));
    let list = SubmissionList {
        submissions: submissions.collect(),
        next_cursor,
        has_more: page.has_more,
    };
    Ok(extract::with_next(&app, next, Json(list).into_response()))
}

/// Somebody has to publish a form before anything can be reported.
#[derive(Debug, thiserror::Error)]
#[error("no version of the form is in force")]
struct NoForm;

impl OurFault for NoForm {}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Invalid(violations) => Self::new(ProblemType::InvalidSubmission).with_violations(violations),
            SubmitError::ForeignEmployer => Self::new(ProblemType::ForeignEmployer),
            SubmitError::TakeIn(error) => error.into(),
            SubmitError::NoForm => Self::internal(&NoForm),
            SubmitError::NoEntropy(error) => Self::internal(&error),
            SubmitError::CutShort(error) => Self::internal(&error),
        }
    }
}

impl From<TakeInError> for Problem {
    fn from(error: TakeInError) -> Self {
        match error {
            TakeInError::KeyReused { submission, receipt } => Self::new(ProblemType::IdempotencyKeyReused)
                .with_member("submission_id", submission.to_string())
                .with_member("receipt_number", receipt.to_string()),
            TakeInError::CorrectionTargetUnknown { .. } => Self::new(ProblemType::CorrectionTargetUnknown),
            TakeInError::CorrectionTargetClosed {
                newest, is_withdrawal, ..
            } => Self::new(ProblemType::CorrectionTargetClosed)
                .with_member("newest_report_id", newest.to_string())
                .with_member("newest_is_withdrawal", is_withdrawal),
            TakeInError::Stale { .. } => Self::new(ProblemType::Stale),
            TakeInError::Busy => StoreError::Busy.into(),
            TakeInError::Store(error) => error.into(),
        }
    }
}
