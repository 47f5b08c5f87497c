//! Where an employer begins, and what it has sent.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};

use crate::{
    access::Grant,
    app::App,
    clock::in_denmark,
    http::{
        Problem, RequestContext,
        web::{
            Frame, Page,
            paging::{self, Turns},
        },
    },
    record::Channel,
    store::SubmissionSummary,
    value::{SubmissionId, date_to_text},
};

const ROWS: u32 = 20;

#[derive(Template)]
#[template(path = "report-overview.html")]
struct OverviewPage {
    frame: Frame,
    rows: Vec<Row>,
    turns: Turns,
}

/// One submission in the list.
struct Row {
    id: SubmissionId,
    receipt_number: String,
    received: String,
    channel: &'static str,
    reports: usize,
    /// How many of them no municipality has fetched yet.
    waiting: usize,
}

/// `GET /indberet`
pub async fn overview(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Problem> {
    let request = paging::asked(&uri, ROWS)?;
    let page = app
        .store
        .list_submissions(&grant, context.transaction_id, request)
        .await;
    let page = page?;
    let turns = Turns::of("/indberet", &[], &request, &page, |summary| summary.id);
    let rows = page.items.iter().map(|summary| Row::new(summary, &frame)).collect();
    Ok(Page(OverviewPage { rows, turns, frame }).into_response())
}

impl Row {
    fn new(summary: &SubmissionSummary, frame: &Frame) -> Self {
        let at = in_denmark(summary.received_at);
        Self {
            id: summary.id,
            receipt_number: summary.receipt_number.to_string(),
            received: format!("{} {}", date_to_text(at.date(), frame.language), at.strftime("%H:%M")),
            channel: match summary.channel {
                Channel::Web => frame.t("Her på siden", "These pages"),
                Channel::Api => frame.t("System", "System"),
                Channel::File => frame.t("Fil", "File"),
            },
            reports: summary.reports,
            waiting: summary.waiting,
        }
    }
}
