//! A municipality's feed: fetch, then acknowledge. Numbers are dense, so a reader sees a hole at once.

use std::{future::pending, time::Duration};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    answers::{DifferenceAnswer, FeedReport, plain},
    cloud_events::{self, CloudEvent},
    conditional, cursor,
    extract::{self, Body},
    handovers::HandoverAnswer,
    query::QueryValues,
};
use crate::{
    access::Grant,
    app::App,
    http::{Problem, ProblemType, RequestContext},
    record::{Digest, EntryDetail, FeedEntry, to_hex},
    reference,
    store::{AcknowledgeError, FeedEnds, FeedPage, StoreError, ToldEntry, WithheldEntry},
    value::{Language, MunicipalityCode, TransferId},
};

/// The statute under which the wage is reported and handed over.
const LEGAL_BASIS: &str = "LAB § 123, stk. 3";
/// Why an entry is withheld.
const UNREADABLE: &str = "unreadable";
/// KL's subject number for fleksløntilskud.
const KLE: &str = "32.27.10";

/// Longest wait of a long poll that comes while the service is stopping.
const WAIT_WHILE_STOPPING: Duration = Duration::from_secs(1);

/// Which part of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FeedParameters {
    /// `next_cursor` of the page before, or the last number you have stored; absent or 0 gives everything.
    pub after: Option<String>,
    /// Entries per page, at most the documented maximum.
    pub limit: Option<u32>,
    /// Seconds to wait for something new when there is nothing (long poll).
    pub wait: Option<u64>,
}

/// Who hands what to whom, and by which right (fetching is a transfer of responsibility between authorities).
#[derive(Debug, Serialize, ToSchema)]
pub struct Transfer {
    pub id: String,
    /// Null where the entry is withheld.
    pub sender_cvr: Option<String>,
    pub receiver_code: String,
    pub receiver_cvr: String,
    pub legal_basis: String,
    pub kle: String,
}

/// One entry of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedRecord {
    /// 1, 2, 3 … without a hole.
    pub sequence: i64,
    /// `report.available`, `report.corrected`, `report.withdrawn`, `report.transferred-in`, `report.transferred-out` or `report.answered`.
    pub event: String,
    pub appended_at: String,
    pub transfer: Transfer,
    /// SHA-256 that commits to this entry and, through `previous_digest`, to all before it.
    pub digest: String,
    pub previous_digest: String,
    /// What `digest` commits to besides the entry's own members: `report.content_digest`, with an answer or a handing on SHA-256 over
    /// canonical JSON of `report` (that digest), `salt` and `detail`. The recipes are in docs/pulling.md. Null where the entry is withheld.
    pub content_digest: Option<String>,
    /// Null where the entry is withheld.
    pub report: Option<FeedReport>,
    /// `unreadable`: the service can't read the report, which is damaged; the operator is told. The entry keeps its number and its digests,
    /// so that the line stays whole, and says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<&'static str>,
    /// The report of an entry that is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// You have handed the report on, as a later entry tells: its answers, salt and assessment are left out.
    pub handed_on: bool,
    /// The calculation with its trace; null where the report is handed on.
    #[schema(value_type = Option<Object>)]
    pub assessment: Value,
    /// With `report.answered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerTold>,
    /// With `report.transferred-in` and `report.transferred-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandoverAnswer>,
    /// With every entry of a correction: the report that it corrects. With `report.corrected` that one no longer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects_report_id: Option<String>,
    /// With `report.withdrawn`: the report that takes this one back, or that replaces it and went to another municipality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn_by_report_id: Option<String>,
    /// With `report.corrected`: what changed, where the municipality has the corrected report too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<DifferenceAnswer>,
}

/// What the employer answered to which question.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerTold {
    pub question_id: String,
    pub question: String,
    pub answered_at: String,
    pub text: String,
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedAnswer {
    pub records: Vec<FeedRecord>,
    /// Where to go on; the same as before when the page is empty.
    pub next_cursor: String,
    pub has_more: bool,
    /// The last number there is now.
    pub latest_sequence: i64,
}

/// A page of a municipality's records, in order.
pub async fn records(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Path(code): Path<MunicipalityCode>,
    QueryValues(parameters): QueryValues<FeedParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = after(&code, &parameters)?;
    let limit = parameters
        .limit
        .unwrap_or(app.config.feed.default_limit)
        .clamp(1, app.config.feed.max_limit);
    let latest = wait(&app, &code, after, parameters.wait.unwrap_or(0)).await?;
    if after > latest {
        note_ahead(&app, &code, after, latest).await;
        return Err(Problem::new(ProblemType::CursorBeyondLatest).with_member("latest_sequence", latest));
    }
    let batch = cloud_events::wanted(&headers);
    let shape = if batch { "batch" } else { "page" };
    // A page changes only when the feed goes on: an entry says nothing of now, and a report comes or goes with an entry of its own. The
    // digest of the last one tells this feed from one that was set back and has come as far again; the version of the program stands for
    // the shape.
    let tag = |latest: i64, head: &Digest| {
        let (language, version) = (context.language.as_str(), env!("CARGO_PKG_VERSION"));
        let mut head = to_hex(head);
        head.truncate(conditional::SHORT);
        format!("{code}-{after}-{limit}-{latest}-{head}-{language}-{shape}-{version}")
    };
    // What the reader has already is neither read nor written down as read.
    if conditional::asks(&headers) {
        let ends = app.store.feed_ends(&code).await;
        let ends = ends?;
        let tag = tag(ends.latest, &ends.head);
        if after >= ends.floor && conditional::is_known(&headers, &tag) {
            return Ok(conditional::not_modified(&tag));
        }
    }
    let page = app
        .store
        .read_feed(&grant, context.transaction_id, &code, after, limit)
        .await;
    let page = page?;
    if after < page.floor_sequence {
        return Err(too_old(FeedEnds {
            floor: page.floor_sequence,
            latest: page.latest_sequence,
            head: page.head,
        }));
    }
    let etag = conditional::quoted(&tag(page.latest_sequence, &page.head));
    let answer = answer(&code, &page, after, context.language);
    Ok(([(header::ETAG, etag)], written(&app, &code, answer, limit, batch)).into_response())
}

/// Waits for something new, `seconds` long, until there is something or the service is asked to stop. While it stops, a wait is short:
/// whoever asks again and again would otherwise do so without a pause.
async fn wait(app: &App, code: &MunicipalityCode, after: i64, seconds: u64) -> Result<i64, StoreError> {
    let longest = Duration::from_secs(seconds).min(app.config.feed.max_wait);
    if app.stop.is_given() {
        let short = longest.min(WAIT_WHILE_STOPPING);
        return app.store.wait_for_entries(code, after, short, pending()).await;
    }
    app.store.wait_for_entries(code, after, longest, app.stop.given()).await
}

/// What was asked for has been deleted, as it was kept long enough.
pub fn too_old(ends: FeedEnds) -> Problem {
    Problem::new(ProblemType::CursorTooOld)
        .with_member("floor_sequence", ends.floor)
        .with_member("latest_sequence", ends.latest)
}

/// A reader that is further on than the feed has met one that was set back, or has gone to the wrong service: the operator must know.
async fn note_ahead(app: &App, code: &MunicipalityCode, reader: i64, latest: i64) {
    let noted = app.store.note_reader_ahead(code, reader, latest, app.clock.now()).await;
    if let Err(error) = noted {
        tracing::warn!(cause = %error, municipality = %code, "a reader is further on than the feed, which could not be noted");
    }
}

fn after(code: &MunicipalityCode, parameters: &FeedParameters) -> Result<i64, Problem> {
    let text = parameters.after.as_deref().unwrap_or("0");
    cursor::read(code, text).ok_or_else(|| Problem::new(ProblemType::InvalidCursor))
}

fn answer(code: &MunicipalityCode, page: &FeedPage, after: i64, language: Language) -> FeedAnswer {
    let told = page.told();
    let last = told.last().map_or(after, ToldEntry::sequence);
    FeedAnswer {
        records: told.iter().map(|told| record(told, language)).collect(),
        next_cursor: cursor::write(code, last),
        has_more: last < page.latest_sequence,
        latest_sequence: page.latest_sequence,
    }
}

/// As a page, or as a batch of events, with the link to the next.
fn written(app: &App, code: &MunicipalityCode, answer: FeedAnswer, limit: u32, batch: bool) -> Response {
    let feed = format!("/api/v1/municipalities/{code}/records");
    let next = answer
        .has_more
        .then(|| format!("{feed}?after={}&limit={limit}", answer.next_cursor));
    let response = if batch {
        let source = format!("{}{feed}", app.public_url);
        let events = answer
            .records
            .into_iter()
            .map(|record| CloudEvent::new(record, &source));
        let events: Vec<_> = events.collect();
        ([(header::CONTENT_TYPE, cloud_events::MEDIA_TYPE)], Json(events)).into_response()
    } else {
        Json(answer).into_response()
    };
    let vary = [(header::VARY, "Accept, Accept-Language")];
    (vary, extract::with_next(app, next, response)).into_response()
}

/// One entry as it is handed over.
pub fn record(told: &ToldEntry<'_>, language: Language) -> FeedRecord {
    match told {
        ToldEntry::Entry(entry) => whole(entry, language),
        ToldEntry::Withheld(entry) => withheld(entry),
    }
}

fn transfer(id: TransferId, sender_cvr: Option<String>, receiver: &MunicipalityCode) -> Transfer {
    let receiver = reference::municipality(receiver);
    Transfer {
        id: id.to_string(),
        sender_cvr,
        receiver_code: receiver.code.to_string(),
        receiver_cvr: receiver.cvr.to_string(),
        legal_basis: LEGAL_BASIS.to_owned(),
        kle: KLE.to_owned(),
    }
}

fn withheld(entry: &WithheldEntry) -> FeedRecord {
    FeedRecord {
        sequence: entry.sequence,
        event: entry.event.as_str().to_owned(),
        appended_at: entry.appended_at.to_string(),
        transfer: transfer(entry.transfer_id, None, &entry.municipality),
        digest: to_hex(&entry.digest),
        previous_digest: to_hex(&entry.previous_digest),
        content_digest: None,
        report: None,
        withheld: Some(UNREADABLE),
        report_id: Some(entry.report_id.to_string()),
        handed_on: false,
        assessment: Value::Null,
        answer: None,
        handover: None,
        corrects_report_id: None,
        withdrawn_by_report_id: None,
        difference: None,
    }
}

fn whole(entry: &FeedEntry, language: Language) -> FeedRecord {
    let handed_on = entry.is_handed_on();
    let (answer, handover) = told(entry);
    let corrects = entry.report.report.correction;
    FeedRecord {
        sequence: entry.sequence,
        event: entry.event.as_str().to_owned(),
        appended_at: entry.appended_at.to_string(),
        transfer: transfer(
            entry.transfer_id,
            Some(entry.employer.cvr.to_string()),
            &entry.municipality,
        ),
        digest: to_hex(&entry.digest),
        previous_digest: to_hex(&entry.previous_digest),
        content_digest: Some(to_hex(&entry.content())),
        report: Some(FeedReport::new(entry, language)),
        withheld: None,
        report_id: None,
        handed_on,
        assessment: if handed_on {
            Value::Null
        } else {
            plain(&entry.report.assessment)
        },
        answer: answer.filter(|_| !handed_on),
        handover,
        withdrawn_by_report_id: entry.cause.map(|id| id.to_string()),
        corrects_report_id: corrects.map(|correction| correction.corrects.to_string()),
        difference: entry.difference.as_ref().map(DifferenceAnswer::new),
    }
}

/// What people have added.
fn told(entry: &FeedEntry) -> (Option<AnswerTold>, Option<HandoverAnswer>) {
    match &entry.detail {
        None => (None, None),
        Some(EntryDetail::Handover(handover)) => (None, Some(HandoverAnswer::new(handover))),
        Some(EntryDetail::Answer {
            question,
            asked,
            answer,
        }) => {
            let answer = AnswerTold {
                question_id: question.to_string(),
                question: asked.expose().to_owned(),
                answered_at: answer.at.to_string(),
                text: answer.text.expose().to_owned(),
            };
            (Some(answer), None)
        }
    }
}

/// What a municipality says it has.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementBody {
    /// Everything up to and including this number is safely stored.
    #[validate(range(min = 1))]
    pub up_to_sequence: i64,
}

/// The receipt for an acknowledgement; the same number always gets the same one.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcknowledgementAnswer {
    pub acknowledgement_id: String,
    pub municipality: String,
    pub up_to_sequence: i64,
    pub acknowledged_at: String,
}

/// Takes over responsibility for everything up to a number.
pub async fn acknowledge(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Path(code): Path<MunicipalityCode>,
    Body(body): Body<AcknowledgementBody>,
) -> Result<(StatusCode, Json<AcknowledgementAnswer>), Problem> {
    let audit = app.store.acknowledgement_entry(&grant, context.transaction_id);
    let receipt = app.store.acknowledge(&code, body.up_to_sequence, audit).await;
    if let Err(AcknowledgeError::BeyondLatest { latest }) = receipt {
        note_ahead(&app, &code, body.up_to_sequence, latest).await;
    }
    let receipt = receipt?;
    let answer = AcknowledgementAnswer {
        acknowledgement_id: receipt.id.to_string(),
        municipality: receipt.municipality.to_string(),
        up_to_sequence: receipt.up_to_sequence,
        acknowledged_at: receipt.at.to_string(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

impl From<AcknowledgeError> for Problem {
    fn from(error: AcknowledgeError) -> Self {
        match error {
            AcknowledgeError::BeyondLatest { .. } => Self::new(ProblemType::AcknowledgedBeyondLatest),
            AcknowledgeError::BelowFirst => Self::new(ProblemType::InvalidRequest),
            AcknowledgeError::Store(error) => error.into(),
        }
    }
}
