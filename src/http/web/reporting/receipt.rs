//! The receipt: on a page, as PDF and as JSON, always from what is stored.

use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{dialogue::Told, state::Now};
use crate::{
    access::Grant,
    app::App,
    http::{
        Problem, ProblemType, RequestContext,
        web::{Frame, Page, ui::Fault},
    },
    receipt::{Line, Receipt, ReceiptReport},
    record::StoredSubmission,
    value::{ReportId, SubmissionId},
};

#[derive(Template)]
#[template(path = "report-receipt.html")]
pub struct ReceiptPage {
    pub frame: Frame,
    pub faults: Vec<Fault>,
    /// What municipalities have answered, oldest first.
    pub told: Vec<Told>,
    /// How its reports stand now.
    now: Now,
    receipt: Receipt,
}

impl ReceiptPage {
    /// What was answered, without ids: they are for machines, and stand in the JSON.
    fn told_answers<'a>(&self, report: &'a ReceiptReport) -> Vec<&'a Line> {
        let lines = report.answers.iter();
        lines.filter(|line| line.value.parse::<ReportId>().is_err()).collect()
    }
}

/// `GET /indberet/{id}`
pub async fn show(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(Page(load(&app, &context, &grant, frame, &id).await?).into_response())
}

/// The page of a submission of the caller's.
pub async fn load(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    frame: Frame,
    id: &str,
) -> Result<ReceiptPage, Problem> {
    let stored = own(app, context, grant, id).await?;
    let receipt = app
        .receipt(&stored, frame.language)
        .map_err(|error| Problem::internal(&error))?;
    let outcomes = app.store.outcomes_of_submission(&stored).await;
    let outcomes = outcomes?;
    Ok(ReceiptPage {
        told: outcomes.values().flatten().map(|one| Told::new(one, &frame)).collect(),
        faults: Vec::new(),
        now: Now::of(&stored.reports, app, &frame),
        frame,
        receipt,
    })
}

/// `GET /indberet/{id}/kvittering.pdf`
pub async fn as_pdf(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let stored = own(&app, &context, &grant, &id).await?;
    let name = file_name(&stored, "pdf");
    let bytes = app
        .receipt_pdf(stored, context.language)
        .await
        .map_err(|error| Problem::internal(&error))?;
    Ok((
        [
            (CONTENT_TYPE, "application/pdf".to_owned()),
            (CONTENT_DISPOSITION, name),
        ],
        bytes,
    )
        .into_response())
}

/// `GET /indberet/{id}/kvittering.json`
pub async fn as_json(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let stored = own(&app, &context, &grant, &id).await?;
    let receipt = app
        .receipt(&stored, context.language)
        .map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_DISPOSITION, file_name(&stored, "json"))], Json(receipt)).into_response())
}

fn file_name(stored: &StoredSubmission, ending: &str) -> String {
    format!("attachment; filename=\"{}.{ending}\"", stored.receipt_number)
}

/// A foreign submission is as little there as an unknown one.
async fn own(app: &App, context: &RequestContext, grant: &Grant, id: &str) -> Result<StoredSubmission, Problem> {
    let missing = || Problem::new(ProblemType::NotFound);
    let id: SubmissionId = id.parse().map_err(|_| missing())?;
    let found = app.store.read_submission(grant, context.transaction_id, id).await;
    found?.ok_or_else(missing)
}
