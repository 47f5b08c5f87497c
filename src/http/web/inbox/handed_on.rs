//! What the municipality has handed on: the list, and one report of it. Neither tells what a report says: that is the other's now.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};

use super::{moment, own_code};
use crate::{
    access::Grant,
    app::App,
    http::{
        Problem, RequestContext,
        web::{
            Frame, Page,
            frame::query_of,
            paging::{self, Turns},
            ui::Fact,
        },
    },
    reference,
    store::HandedOn,
    value::{MunicipalityCode, ReportId},
};

const PATH: &str = "/kommune/oversendt";
const ROWS: u32 = 25;
/// Stands in the address after handing on, with how many reports it were.
const DONE: &str = "gjort";

#[derive(Template)]
#[template(path = "inbox-handed-on-list.html")]
struct HandedOnList {
    frame: Frame,
    municipality: String,
    /// What was done just now, in a sentence; empty for nothing.
    done: String,
    rows: Vec<Row>,
    turns: Turns,
}

#[derive(Template)]
#[template(path = "inbox-handed-on.html")]
struct HandedOnPage {
    frame: Frame,
    facts: Vec<Fact>,
}

/// One decision.
pub struct Row {
    pub report: ReportId,
    pub at: String,
    pub to: String,
    pub reason: String,
    pub receipt_number: String,
}

impl Row {
    pub fn new(one: &HandedOn, frame: &Frame) -> Self {
        let handover = &one.handover;
        Self {
            report: handover.report_id,
            at: moment(handover.at, frame),
            to: reference::municipality(&handover.to).full_name.to_owned(),
            reason: handover.reason.expose().to_owned(),
            receipt_number: one.receipt_number.to_string(),
        }
    }
}

/// `GET /kommune/oversendt`
pub async fn handed_on(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Problem> {
    let code = own_code(&grant)?;
    let request = paging::asked(&uri, ROWS)?;
    let found = app
        .store
        .read_handed_on_list(&grant, context.transaction_id, code, request)
        .await;
    let found = found?;
    let done = query_of(&uri).find(|(name, _)| name == DONE);
    let page = HandedOnList {
        municipality: reference::municipality(code).full_name.to_owned(),
        done: done.map(|(_, count)| done_words(&count, &frame)).unwrap_or_default(),
        rows: found.items.iter().map(|one| Row::new(one, &frame)).collect(),
        turns: Turns::of(PATH, &[], &request, &found, |one| one.handover.id),
        frame,
    };
    Ok(Page(page).into_response())
}

/// Where a browser goes after so many reports were handed on.
pub fn confirmed(count: usize) -> String {
    format!("{PATH}?{DONE}={count}")
}

fn done_words(count: &str, frame: &Frame) -> String {
    match count.parse::<u32>() {
        Ok(0) | Err(_) => String::new(),
        Ok(1) => frame
            .t(
                "Indberetningen er sendt videre. Den står øverst i listen, og begge kommuners lister fortæller det.",
                "The report has been handed on. It stands first in the list, and both municipalities' feeds tell it.",
            )
            .to_owned(),
        Ok(count) if frame.is_danish() => {
            format!(
                "{count} indberetninger er sendt videre. De står øverst i listen, og begge kommuners lister fortæller det."
            )
        }
        Ok(count) => {
            format!(
                "{count} reports have been handed on. They stand first in the list, and both municipalities' feeds tell it."
            )
        }
    }
}

/// The page of a report that the municipality handed on. `None` when it never did. The look at the report is written down already.
pub async fn page_of(
    app: &App,
    code: &MunicipalityCode,
    report: ReportId,
    frame: Frame,
) -> Result<Option<Response>, Problem> {
    let found = app.store.last_handed_on(code, report).await;
    let found = found?;
    Ok(found.map(|one| {
        let row = Row::new(&one, &frame);
        let fact = |da: &str, en: &str, value: String| Fact {
            label: if frame.is_danish() { da } else { en }.to_owned(),
            value,
        };
        let facts = vec![
            fact("Sendt videre", "Handed on", row.at),
            fact("Til", "To", row.to),
            fact("Begrundelse", "Reason", row.reason),
            fact("Kvittering", "Receipt", row.receipt_number),
        ];
        Page(HandedOnPage { frame, facts }).into_response()
    }))
}
