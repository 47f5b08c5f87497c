//! Receipts: for the sender as PDF and JSON, for everybody the answer whether one is genuine.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{extract::PathValue, query::QueryValues};
use crate::{
    access::Grant,
    app::App,
    give_receipt,
    http::{Problem, ProblemType, RequestContext},
    record::SubmissionPart,
    value::{Language, ReceiptNumber, SubmissionId},
};

/// The receipt as PDF, made from the stored record when asked for.
pub async fn pdf(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<SubmissionId>,
) -> Result<Response, Problem> {
    let part = own(&app, &context, &grant, id).await?;
    let name = format!("attachment; filename=\"{}.pdf\"", part.submission.receipt_number);
    let bytes = app.receipt_pdf(&grant.scope, part, context.language).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        bytes,
    )
        .into_response())
}

/// The same content for machines.
pub async fn json(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<SubmissionId>,
) -> Result<Response, Problem> {
    let part = own(&app, &context, &grant, id).await?;
    json_response(&app, &grant, part, context.language)
}

/// The receipt as JSON, written as it is read.
pub fn json_response(app: &App, grant: &Grant, part: SubmissionPart, language: Language) -> Result<Response, Problem> {
    let written = app.receipt_json(grant.scope.clone(), part, language)?;
    let body = Body::from_stream(written);
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn own(app: &App, context: &RequestContext, grant: &Grant, id: SubmissionId) -> Result<SubmissionPart, Problem> {
    let found = app
        .store
        .read_submission_part(grant, context.transaction_id, id, give_receipt::FIRST)
        .await;
    found?.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// The fingerprint printed on the receipt.
#[derive(Debug, Deserialize, IntoParams)]
pub struct VerificationParameters {
    /// 64 hexadecimal digits.
    pub fingerprint: String,
}

/// What anybody may know of a receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verification {
    /// `genuine`, `superseded` (genuine, but a report of it was replaced or withdrawn since) or `altered`; `altered` also for a number
    /// that was never given out, so that numbers can't be tried.
    pub result: &'static str,
}

/// Whether a receipt is genuine; nothing else.
pub async fn verify(
    State(app): State<App>,
    PathValue(number): PathValue<ReceiptNumber>,
    QueryValues(parameters): QueryValues<VerificationParameters>,
) -> Result<Json<Verification>, Problem> {
    let check = app.store.receipt(&number).await?;
    let result = match check.filter(|check| check.agrees_with(&parameters.fingerprint)) {
        Some(check) if check.superseded => "superseded",
        Some(_) => "genuine",
        None => "altered",
    };
    Ok(Json(Verification { result }))
}
