//! Beginning anew, and proving that nothing is missing: what holds as of a number, and digests of a run of numbers.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    cursor::{self, SnapshotCursor},
    extract,
    feed::{FeedRecord, record, too_old},
    query::QueryValues,
};
use crate::{
    access::Grant,
    app::App,
    http::{Problem, ProblemType, RequestContext},
    record::to_hex,
    store::{FeedEnds, ToldEntry},
    value::MunicipalityCode,
};

/// Most numbers of one range.
const LONGEST_RANGE: i64 = 100_000;

/// Which part of a snapshot.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SnapshotParameters {
    /// The number up to which entries count; the last one there is when absent.
    pub as_of: Option<i64>,
    /// `next_cursor` of the page before; it knows the number.
    pub cursor: Option<String>,
    /// Entries per page, at most the documented maximum.
    pub limit: Option<u32>,
}

/// A page of a snapshot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotAnswer {
    pub as_of: i64,
    /// The digest of the entry with that number: the feed goes on from it.
    pub digest: String,
    /// Of the entries up to that number those that still count, in order; the numbers of the others are left out.
    pub records: Vec<FeedRecord>,
    /// Of the next page of this snapshot; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    pub has_more: bool,
    /// `after=` for the feed once the whole snapshot is stored.
    pub feed_cursor: String,
}

/// What holds as of a number.
pub async fn read(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Path(code): Path<MunicipalityCode>,
    QueryValues(parameters): QueryValues<SnapshotParameters>,
) -> Result<Response, Problem> {
    let ends = ends(&app, &code).await?;
    let at = place(&code, &parameters, ends)?;
    let limit = parameters
        .limit
        .unwrap_or(app.config.feed.default_limit)
        .clamp(1, app.config.feed.max_limit);
    let page = app
        .store
        .read_snapshot(&grant, context.transaction_id, &code, (at.as_of, at.after), limit)
        .await?;
    let told = page.told();
    let last = told.last().map_or(at.after, ToldEntry::sequence);
    let next_cursor = page.has_more.then(|| SnapshotCursor { after: last, ..at }.write(&code));
    let next = next_cursor
        .as_ref()
        .map(|cursor| format!("/api/v1/municipalities/{code}/snapshot?cursor={cursor}&limit={limit}"));
    let answer = SnapshotAnswer {
        as_of: at.as_of,
        digest: to_hex(&page.digest),
        records: told.iter().map(|told| record(told, context.language)).collect(),
        next_cursor,
        has_more: page.has_more,
        feed_cursor: cursor::write(&code, at.as_of),
    };
    Ok(extract::with_next(&app, next, Json(answer).into_response()))
}

/// Where to begin: from the cursor, else before the first entry.
fn place(code: &MunicipalityCode, parameters: &SnapshotParameters, ends: FeedEnds) -> Result<SnapshotCursor, Problem> {
    let at = match &parameters.cursor {
        Some(text) => SnapshotCursor::read(code, text).ok_or_else(|| Problem::new(ProblemType::InvalidCursor))?,
        None => SnapshotCursor {
            as_of: parameters.as_of.unwrap_or(ends.latest),
            after: 0,
        },
    };
    if parameters.as_of.is_some_and(|as_of| as_of != at.as_of) {
        return Err(Problem::new(ProblemType::InvalidCursor));
    }
    if !(0..=ends.latest).contains(&at.as_of) {
        return Err(Problem::new(ProblemType::InvalidRange));
    }
    if at.as_of < ends.floor {
        return Err(too_old(ends));
    }
    Ok(at)
}

/// Which run of numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RangeParameters {
    /// The first number; 1 when absent.
    pub from: Option<i64>,
    /// The last number; the last one there is when absent.
    pub to: Option<i64>,
}

/// Count and digests of a run of entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct RangeAnswer {
    pub municipality: String,
    pub from: i64,
    pub to: i64,
    /// `to - from + 1`: there are no holes.
    pub count: i64,
    /// The digest of the entry before `from`; 64 zeros before the first.
    pub previous_digest: String,
    /// The digest of entry `to`.
    pub last_digest: String,
    /// SHA-256 over the `digest` of each entry, as its 32 bytes, in order.
    pub combined_digest: String,
    pub latest_sequence: i64,
}

/// What a reader compares its own line with.
pub async fn range(
    State(app): State<App>,
    Path(code): Path<MunicipalityCode>,
    QueryValues(parameters): QueryValues<RangeParameters>,
) -> Result<Json<RangeAnswer>, Problem> {
    let ends = ends(&app, &code).await?;
    let latest_sequence = ends.latest;
    let from = parameters.from.unwrap_or(ends.floor + 1);
    let to = parameters.to.unwrap_or(latest_sequence);
    // An empty feed has the empty range 1 to 0, and only that; so has one of which everything was deleted, behind its end.
    let is_empty = from == to + 1 && to == latest_sequence && to == ends.floor;
    let fits = from >= 1 && to <= latest_sequence && (from <= to || is_empty);
    if !fits || to - from >= LONGEST_RANGE {
        return Err(Problem::new(ProblemType::InvalidRange));
    }
    if from <= ends.floor {
        return Err(too_old(ends));
    }
    let range = app.store.feed_range(&code, from, to).await;
    let range = range?;
    Ok(Json(RangeAnswer {
        municipality: code.to_string(),
        from,
        to,
        count: range.count,
        previous_digest: to_hex(&range.previous_digest),
        last_digest: to_hex(&range.last_digest),
        combined_digest: to_hex(&range.combined_digest),
        latest_sequence,
    }))
}

async fn ends(app: &App, code: &MunicipalityCode) -> Result<FeedEnds, Problem> {
    Ok(app.store.feed_ends(code).await?)
}
