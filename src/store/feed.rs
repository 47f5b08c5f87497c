//! Writing the feeds: dense numbers per municipality, each entry chained to the one before it.

use std::collections::BTreeMap;

use super::{
    StoreError,
    bound::{self, FeedParts},
    insert::Insert,
    row::Reader,
    tx::Tx,
    watch,
};
use crate::{
    record::{CHAIN_START, Digest, EntryDetail, FeedEvent, FeedLink, StoredReport},
    value::{MunicipalityCode, ReportId, TransferId},
    vault::Vault,
};

/// An entry before it has its number.
pub(super) struct NewEntry {
    pub event: FeedEvent,
    pub report: ReportId,
    /// The correction that made the report be withdrawn.
    pub cause: Option<ReportId>,
    /// Id of the question that was answered, or of the handover.
    pub detail: Option<String>,
    pub content: Digest,
}

impl NewEntry {
    /// Tells of a report that came in.
    pub fn of(report: &StoredReport, event: FeedEvent) -> Self {
        Self {
            event,
            report: report.id,
            cause: None,
            detail: None,
            content: report.content_digest,
        }
    }

    /// Tells of a report with something that people added.
    pub fn with_detail(report: &StoredReport, event: FeedEvent, detail: &EntryDetail) -> Self {
        let id = match detail {
            EntryDetail::Answer { question, .. } => question.to_string(),
            EntryDetail::Handover(handover) => handover.id.to_string(),
        };
        Self {
            detail: Some(id),
            content: detail.content(report),
            ..Self::of(report, event)
        }
    }

    /// Tells that a report falls away, by the correction named.
    pub fn withdrawn(report: &StoredReport, cause: ReportId) -> Self {
        Self {
            cause: Some(cause),
            ..Self::of(report, FeedEvent::Withdrawn)
        }
    }
}

/// A row of `feed_entry`.
struct EntryRow {
    municipality: &'static str,
    sequence: i64,
    event: &'static str,
    transfer_id: String,
    report_id: String,
    cause_id: Option<String>,
    detail_id: Option<String>,
    appended_at: i64,
    digest: Digest,
}

static INSERT: Insert = Insert::new(
    "-- store::feed::append\nINSERT INTO feed_entry \
           (municipality, sequence, event, transfer_id, report_id, cause_id, detail_id, appended_at, digest)",
    9,
    "",
);

/// Numbers, chains and inserts what a batch has for the feeds. The row lock taken with the first number is held until the commit:
/// numbers become visible in order, and a reader sees no hole.
pub(super) async fn append(tx: &mut Tx, feeds: BTreeMap<MunicipalityCode, Vec<NewEntry>>) -> Result<(), StoreError> {
    let mut heads = take_numbers(tx, &feeds).await?;
    let mut rows = Vec::new();
    for (municipality, entries) in feeds {
        let head = heads.get_mut(&municipality).ok_or(StoreError::Broken)?;
        for entry in entries {
            head.sequence += 1;
            let row = link(tx, municipality, head.sequence, &entry, &head.digest)?;
            head.digest = row.digest;
            rows.push(row);
        }
    }
    insert(tx, &rows).await?;
    move_heads(tx, &heads).await
}

async fn insert(tx: &mut Tx, rows: &[EntryRow]) -> Result<(), StoreError> {
    INSERT
        .rows(tx.connection(), rows, |query, row| {
            query
                .bind(row.municipality)
                .bind(row.sequence)
                .bind(row.event)
                .bind(&row.transfer_id)
                .bind(&row.report_id)
                .bind(row.cause_id.as_deref())
                .bind(row.detail_id.as_deref())
                .bind(row.appended_at)
                .bind(row.digest.as_slice())
        })
        .await
        .map(drop)
}

fn link(
    tx: &Tx,
    municipality: MunicipalityCode,
    sequence: i64,
    entry: &NewEntry,
    previous: &Digest,
) -> Result<EntryRow, StoreError> {
    let transfer_id = TransferId::from_uuid(tx.entropy.uuid(tx.now)?);
    let digest = FeedLink {
        municipality: &municipality,
        sequence,
        event: entry.event,
        transfer_id,
        report_id: entry.report,
        appended_at: tx.now,
        content: &entry.content,
    }
    .digest(previous);
    Ok(EntryRow {
        municipality: municipality.as_str(),
        sequence,
        event: entry.event.as_str(),
        transfer_id: transfer_id.to_string(),
        report_id: entry.report.to_string(),
        cause_id: entry.cause.map(|id| id.to_string()),
        detail_id: entry.detail.clone(),
        appended_at: tx.now.as_millisecond(),
        digest,
    })
}

/// How far a feed has come.
struct Head {
    sequence: i64,
    digest: Digest,
    floor: (i64, Option<Digest>),
    /// Whether it was what the service had written.
    is_proven: bool,
}

static TAKE_NUMBERS: Insert = Insert::new(
    "-- store::feed::take_numbers\nINSERT INTO municipality_feed (municipality, last_sequence, head_digest)",
    3,
    "\nON CONFLICT (municipality) DO UPDATE SET last_sequence = municipality_feed.last_sequence + excluded.last_sequence
           RETURNING municipality, last_sequence, head_digest, floor_sequence, floor_digest, bound",
);

/// Moves the last numbers on, in the order of the codes: every node locks the rows in this order and none waits in a circle. Gives
/// back where the feeds stood before.
async fn take_numbers(
    tx: &mut Tx,
    feeds: &BTreeMap<MunicipalityCode, Vec<NewEntry>>,
) -> Result<BTreeMap<MunicipalityCode, Head>, StoreError> {
    let counts: Vec<_> = feeds
        .iter()
        .map(|(municipality, entries)| (*municipality, count(entries.len())))
        .collect();
    let rows = TAKE_NUMBERS
        .rows(tx.connection(), &counts, |query, (municipality, count)| {
            query
                .bind(municipality.as_str())
                .bind(count)
                .bind(CHAIN_START.as_slice())
        })
        .await?;
    let mut heads = BTreeMap::new();
    for row in &rows {
        let row = Reader::new(row, "municipality_feed", "municipality")?;
        let municipality: MunicipalityCode = row.parse("municipality")?;
        let taken = feeds.get(&municipality).map_or(0, |entries| count(entries.len()));
        let head = read_head(&tx.watch.vault, &row, taken);
        if let Err(error) = &head
            && let Some(row) = tx.watch.note(error)
        {
            watch::remember(tx, &row).await?;
        }
        let floor_digest: Option<&[u8]> = row.get("floor_digest")?;
        let head = Head {
            sequence: row.get::<i64>("last_sequence")? - taken,
            digest: row.bytes("head_digest")?,
            floor: (
                row.get("floor_sequence")?,
                floor_digest.and_then(|digest| digest.try_into().ok()),
            ),
            is_proven: head.is_ok(),
        };
        heads.insert(municipality, head);
    }
    Ok(heads)
}

/// Whether the row was, before the numbers were taken, what the service had written. One that was just made has no proof yet.
fn read_head(vault: &Vault, row: &Reader<'_>, taken: i64) -> Result<(), StoreError> {
    let last: i64 = row.get::<i64>("last_sequence")? - taken;
    let found: Option<&[u8]> = row.get("bound")?;
    if last == 0 && found.is_none() {
        return Ok(());
    }
    let parts = FeedParts {
        municipality: row.name(),
        last_sequence: last,
        head_digest: row.get("head_digest")?,
        floor_sequence: row.get("floor_sequence")?,
        floor_digest: row.get("floor_digest")?,
    };
    bound::check(row, "bound", &parts.mac(vault))
}

fn count(entries: usize) -> i64 {
    i64::try_from(entries).expect("a batch has fewer than 2^63 entries")
}

/// The rows are there and locked: of each only the digest is set, and the proof. A row that did not prove itself keeps the proof that
/// does not fit: going on must not heal it.
static MOVE_HEADS: Insert = Insert::new(
    "-- store::feed::move_heads\nINSERT INTO municipality_feed (municipality, last_sequence, head_digest, bound)",
    4,
    "\nON CONFLICT (municipality) DO UPDATE SET head_digest = excluded.head_digest,
           bound = COALESCE(excluded.bound, municipality_feed.bound)",
);

async fn move_heads(tx: &mut Tx, heads: &BTreeMap<MunicipalityCode, Head>) -> Result<(), StoreError> {
    let vault = tx.watch.vault.clone();
    let proof = |municipality: &MunicipalityCode, head: &Head| {
        let parts = FeedParts {
            municipality: municipality.as_str(),
            last_sequence: head.sequence,
            head_digest: &head.digest,
            floor_sequence: head.floor.0,
            floor_digest: head.floor.1.as_ref().map(<[u8; 32]>::as_slice),
        };
        head.is_proven.then(|| parts.mac(&vault).to_vec())
    };
    let heads: Vec<_> = heads
        .iter()
        .map(|(municipality, head)| (municipality, head, proof(municipality, head)))
        .collect();
    MOVE_HEADS
        .rows(tx.connection(), &heads, |query, (municipality, head, proof)| {
            query
                .bind(municipality.as_str())
                .bind(head.sequence)
                .bind(head.digest.as_slice())
                .bind(proof.clone())
        })
        .await
        .map(drop)
}
