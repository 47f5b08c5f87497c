//! Where an employer begins, what waits for it, and what it has sent with how each report stands.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;

use super::state::{self, Part, ReportLine};
use crate::{
    access::{Caller, Grant},
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
    store::{Standings, SubmissionSummary},
    value::{SubmissionId, date_to_text},
};

const ROWS: u32 = 20;

/// What waits for the employer is looked for among the reports of a year: what is older is settled or has been told by mail and phone.
const WANTED_FOR: SignedDuration = SignedDuration::from_hours(366 * 24);

#[derive(Template)]
#[template(path = "report-overview.html")]
struct OverviewPage {
    frame: Frame,
    /// What waits for the employer, newest first.
    wanted: Vec<ReportLine>,
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
    /// How its reports stand.
    parts: Vec<Part>,
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
    let ids: Vec<SubmissionId> = page.items.iter().map(|summary| summary.id).collect();
    let standings = app.store.standings_of(&ids).await;
    let mut standings = standings?;
    let rows = page.items.iter().map(|summary| {
        let groups = standings.remove(&summary.id).unwrap_or_default();
        Row::new(summary, &groups, &app, &frame)
    });
    let rows = rows.collect();
    let wanted = wanted(&app, &grant, &frame).await?;
    Ok(Page(OverviewPage {
        wanted,
        rows,
        turns,
        frame,
    })
    .into_response())
}

async fn wanted(app: &App, grant: &Grant, frame: &Frame) -> Result<Vec<ReportLine>, Problem> {
    let Caller::Employer { cvr, .. } = &grant.caller else {
        return Ok(Vec::new());
    };
    let found = app.store.wanted_of(cvr, app.clock.now() - WANTED_FOR).await?;
    Ok(found.iter().map(|report| ReportLine::new(report, app, frame)).collect())
}

impl Row {
    fn new(summary: &SubmissionSummary, groups: &[Standings], app: &App, frame: &Frame) -> Self {
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
            parts: state::parts(summary.reports > 1, groups, app, frame),
        }
    }
}
