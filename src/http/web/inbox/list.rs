//! What has come in, newest first. Personal numbers are left to the single record.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date};

use super::StateWords;
use crate::{
    access::{Caller, Grant},
    app::App,
    clock::in_denmark,
    http::{
        Problem, ProblemType, RequestContext,
        web::{Frame, Page, frame::query_of, session},
    },
    store::{PageRequest, ReportDetail},
    value::{ReportId, date_to_text},
};

const ROWS: u32 = 25;

#[derive(Template)]
#[template(path = "inbox-list.html")]
struct ListPage {
    frame: Frame,
    municipality: String,
    rows: Vec<Row>,
    /// The last one shown, where older ones follow.
    older: Option<ReportId>,
    first_page: bool,
}

/// One report in the list.
struct Row {
    id: ReportId,
    kind: String,
    employer: String,
    received: String,
    age: String,
    state: StateWords,
}

/// `GET /kommune`
pub async fn list(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Problem> {
    let Caller::Municipality { code, .. } = &grant.caller else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let before = query_of(&uri)
        .find(|(name, _)| name == "foer")
        .map(|(_, id)| id.parse::<ReportId>());
    let before = before
        .transpose()
        .map_err(|_| Problem::new(ProblemType::InvalidParameter))?;
    let request = PageRequest { before, limit: ROWS };
    let page = app
        .store
        .read_inbox(&grant, context.transaction_id, code, request)
        .await;
    let page = page.map_err(|error| Problem::internal(&error))?;
    let older = page.items.last().filter(|_| page.has_more).map(|last| last.report.id);
    let today = app.clock.today();
    let rows = page
        .items
        .iter()
        .map(|detail| Row::new(&app, detail, today, &frame))
        .collect();
    let municipality = crate::reference::municipality(code).full_name.to_owned();
    Ok(Page(ListPage {
        municipality,
        rows,
        older,
        first_page: before.is_none(),
        frame,
    })
    .into_response())
}

impl Row {
    fn new(app: &App, detail: &ReportDetail, today: Date, frame: &Frame) -> Self {
        let report = &detail.report;
        Self {
            id: report.id,
            kind: kind_label(app, detail, frame),
            employer: session::company(&detail.employer.cvr),
            received: date_to_text(in_denmark(report.received_at).date(), frame.language),
            age: age(report.received_at, today, frame),
            state: StateWords::new(&report.state, frame),
        }
    }
}

/// What the report is, in the words of the form it was sent on.
pub fn kind_label(app: &App, detail: &ReportDetail, frame: &Frame) -> String {
    let kind = detail.report.report.kind;
    let form = app.forms.find(&detail.form.id, &detail.form.version);
    let label = form
        .and_then(|form| form.kind(kind))
        .map(|kind| kind.label.get(frame.language));
    label.unwrap_or(kind.as_str()).to_owned()
}

fn age(received_at: Timestamp, today: Date, frame: &Frame) -> String {
    let days = in_denmark(received_at)
        .date()
        .until(today)
        .map_or(0, |span| span.get_days());
    match days {
        ..=0 => frame.t("i dag", "today").to_owned(),
        1 => frame.t("i går", "yesterday").to_owned(),
        days => format!("{days} {}", frame.t("dage", "days")),
    }
}
