//! The receipt: on a page, as PDF and as JSON, always from what is stored.

use std::ops::Range;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{
        Uri,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use super::{
    dialogue::Told,
    receipt_pages::{self as pages, Pages},
    state::Now,
};
use crate::{
    access::Grant,
    app::App,
    give_receipt,
    http::{
        Problem, ProblemType, RequestContext,
        api::receipts::json_response,
        web::{Frame, Page, kept_form::Again, ui::Fault},
    },
    receipt::{Line, Receipt, ReceiptReport},
    record::{StoredSubmission, SubmissionPart},
    value::{ReportId, SubmissionId},
};

#[derive(Template)]
#[template(path = "report-receipt.html")]
pub struct ReceiptPage {
    pub frame: Frame,
    pub faults: Vec<Fault>,
    /// What municipalities have answered, oldest first.
    pub told: Vec<Told>,
    /// What was typed and not sent.
    pub again: Again,
    /// How its reports stand now.
    now: Now,
    receipt: Receipt,
    /// Which of its reports stand on this page.
    pages: Pages,
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
    uri: Uri,
) -> Result<Response, Problem> {
    let mut page = load(&app, &context, &grant, frame, &id, &uri).await?;
    page.put_back();
    Ok(Page(page).into_response())
}

/// The page of a submission of the caller's.
async fn load(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    frame: Frame,
    id: &str,
    uri: &Uri,
) -> Result<ReceiptPage, Problem> {
    let page = pages::asked(uri)?;
    let SubmissionPart {
        submission: stored,
        total,
    } = own(app, context, grant, id, pages::places(page)).await?;
    let receipt = app.receipt(&stored, frame.language)?;
    let outcomes = app.store.outcomes_of_submission(&stored).await;
    let outcomes = outcomes?;
    let mut standings = app.store.standings_of(&[stored.id]).await?;
    let standings = standings.remove(&stored.id).unwrap_or_default();
    Ok(ReceiptPage {
        told: outcomes.values().flatten().map(|one| Told::new(one, &frame)).collect(),
        faults: Vec::new(),
        again: Again::of(app, &frame, uri).await?,
        now: Now::of(&stored.reports, &standings, app, &frame),
        pages: Pages::new(page, total, &format!("/indberet/{}", stored.id)),
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
    let part = own(&app, &context, &grant, &id, give_receipt::FIRST).await?;
    let name = file_name(&part.submission, "pdf");
    let bytes = app.receipt_pdf(&grant.scope, part, context.language).await?;
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
    let part = own(&app, &context, &grant, &id, give_receipt::FIRST).await?;
    let name = file_name(&part.submission, "json");
    let written = json_response(&app, &grant, part, context.language)?;
    Ok(([(CONTENT_DISPOSITION, name)], written).into_response())
}

fn file_name(stored: &StoredSubmission, ending: &str) -> String {
    format!("attachment; filename=\"{}.{ending}\"", stored.receipt_number)
}

/// A foreign submission is as little there as an unknown one.
async fn own(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    id: &str,
    places: Range<u32>,
) -> Result<SubmissionPart, Problem> {
    let missing = || Problem::new(ProblemType::NotFound);
    let id: SubmissionId = id.parse().map_err(|_| missing())?;
    let read = app
        .store
        .read_submission_part(grant, context.transaction_id, id, places);
    read.await?.ok_or_else(missing)
}
