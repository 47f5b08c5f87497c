//! Reading the feeds: page by page, as a snapshot of what still counts, and as digests alone.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{
    Store, StoreError, error,
    reports::{self, read_report, report_columns, submission_columns},
    row::Reader,
};
use crate::{
    record::{CHAIN_START, CombinedDigest, Difference, Digest, FeedEntry, FeedEvent, StoredReport},
    value::MunicipalityCode,
};

/// The largest page of a feed.
pub const MAX_PAGE: u32 = 1_000;

/// A page of a feed.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// In order, without a hole, beginning right after the number asked for.
    pub entries: Vec<FeedEntry>,
    /// The last number there is, 0 when the feed is empty.
    pub latest_sequence: i64,
}

/// A page of a snapshot: of the entries up to a number those that still count there.
#[derive(Debug, Clone)]
pub struct SnapshotPage {
    /// In order of their numbers, which have holes here.
    pub entries: Vec<FeedEntry>,
    /// Whether more follow.
    pub has_more: bool,
    /// The digest of the entry with the number of the snapshot.
    pub digest: Digest,
}

/// A run of entries, proven by digests alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRange {
    /// How many entries there are from the first number to the last.
    pub count: i64,
    /// That of the entry before the first.
    pub previous_digest: Digest,
    /// That of the last entry.
    pub last_digest: Digest,
    /// See [`CombinedDigest`].
    pub combined_digest: Digest,
}

const LATEST: &str = "-- store::feed_reading::latest
SELECT last_sequence FROM municipality_feed WHERE municipality = $1";

/// The columns of `feed_entry f` that [`Store::feed_entry`] reads; `$5` is the digest before the first.
macro_rules! entry_columns {
    () => {
        concat!(
            "f.sequence, f.event, f.transfer_id, f.detail_id, f.appended_at, f.digest,
    COALESCE((SELECT p.digest FROM feed_entry p WHERE p.municipality = f.municipality AND p.sequence = f.sequence - 1), $5)
    AS previous_digest, ",
            report_columns!(),
            ", ",
            submission_columns!(),
            " FROM feed_entry f JOIN report r ON r.id = f.report_id JOIN submission s ON s.id = r.submission_id"
        )
    };
}

const PAGE: &str = concat!(
    "-- store::feed_reading::page
SELECT ",
    entry_columns!(),
    "
WHERE f.municipality = $1 AND f.sequence > $2 AND f.sequence <= $3 ORDER BY f.sequence LIMIT $4"
);

/// What gives a report to the municipality, or adds to it, counts until a later entry takes the report away: a withdrawal, a handing
/// on, a correction.
const SNAPSHOT: &str = concat!(
    "-- store::feed_reading::snapshot
SELECT ",
    entry_columns!(),
    "
WHERE f.municipality = $1 AND f.sequence > $2 AND f.sequence <= $3
    AND f.event IN ('report.available', 'report.corrected', 'report.transferred-in', 'report.answered')
    AND NOT EXISTS (
        SELECT 1 FROM feed_entry e WHERE e.report_id = f.report_id AND e.municipality = $1
            AND e.sequence > f.sequence AND e.sequence <= $3 AND e.event IN ('report.withdrawn', 'report.transferred-out'))
    AND NOT EXISTS (
        SELECT 1 FROM report c JOIN feed_entry e ON e.report_id = c.id WHERE c.corrects_id = f.report_id
            AND e.municipality = $1 AND e.sequence > f.sequence AND e.sequence <= $3 AND e.event = 'report.corrected')
ORDER BY f.sequence LIMIT $4"
);

const DIGEST: &str = "-- store::feed_reading::digest
SELECT digest FROM feed_entry WHERE municipality = $1 AND sequence = $2";

const DIGESTS: &str = "-- store::feed_reading::digests
SELECT digest FROM feed_entry WHERE municipality = $1 AND sequence >= $2 AND sequence <= $3 ORDER BY sequence";

const CORRECTED: &str = concat!(
    "-- store::feed_reading::corrected
SELECT s.received_at, ",
    report_columns!(),
    " FROM report c JOIN report r ON r.id = c.corrects_id JOIN submission s ON s.id = r.submission_id
WHERE c.id = $1 AND r.municipality = $2"
);

impl Store {
    /// What a municipality has been told after a number: at most `limit` entries (1 to 1,000; bounded here too), oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn feed(&self, municipality: &MunicipalityCode, after: i64, limit: u32) -> Result<FeedPage, StoreError> {
        // First the end, then the entries: a page never reaches beyond the end that it tells.
        let latest_sequence = self.latest_sequence(municipality).await?;
        let limit = i64::from(limit.clamp(1, MAX_PAGE));
        let entries = self.entries(PAGE, municipality, after, latest_sequence, limit).await?;
        Ok(FeedPage {
            entries,
            latest_sequence,
        })
    }

    /// Of the entries up to number `as_of` those that still count there, after number `after`: at most `limit`, as in [`Store::feed`].
    /// Who takes them in and then reads the feed after `as_of` has what a reader of the whole feed has.
    ///
    /// # Errors
    /// As [`Store::feed`].
    pub async fn snapshot(
        &self,
        municipality: &MunicipalityCode,
        as_of: i64,
        after: i64,
        limit: u32,
    ) -> Result<SnapshotPage, StoreError> {
        let limit = i64::from(limit.clamp(1, MAX_PAGE));
        let mut entries = self.entries(SNAPSHOT, municipality, after, as_of, limit + 1).await?;
        let has_more = i64::try_from(entries.len()).unwrap_or(i64::MAX) > limit;
        if has_more {
            entries.pop();
        }
        Ok(SnapshotPage {
            entries,
            has_more,
            digest: self.digest_at(municipality, as_of).await?,
        })
    }

    /// Count and digests of the entries from one number to another, both included. Cheap for a reader that wants to know whether its
    /// line is unbroken: nothing personal is read.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn feed_range(
        &self,
        municipality: &MunicipalityCode,
        from: i64,
        to: i64,
    ) -> Result<FeedRange, StoreError> {
        let previous_digest = self.digest_at(municipality, from - 1).await?;
        let mut rows = sqlx::query(DIGESTS)
            .bind(municipality.as_str())
            .bind(from)
            .bind(to)
            .fetch(self.readers());
        let (mut count, mut last_digest, mut combined) = (0, previous_digest, CombinedDigest::default());
        while let Some(row) = rows.try_next().await.map_err(StoreError::at(DIGESTS))? {
            last_digest =
                Reader::named(&row, "feed_entry", error::feed_row(municipality, from + count)).bytes("digest")?;
            combined.add(&last_digest);
            count += 1;
        }
        Ok(FeedRange {
            count,
            previous_digest,
            last_digest,
            combined_digest: combined.finish(),
        })
    }

    /// The last number of a municipality's feed, 0 when it is empty. Cheap: for `wait=` and for telling what is new.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn latest_sequence(&self, municipality: &MunicipalityCode) -> Result<i64, StoreError> {
        let found = sqlx::query_scalar(LATEST)
            .bind(municipality.as_str())
            .fetch_optional(self.readers())
            .await;
        Ok(found.map_err(StoreError::at(LATEST))?.unwrap_or(0))
    }

    /// [`CHAIN_START`] before the first entry.
    async fn digest_at(&self, municipality: &MunicipalityCode, sequence: i64) -> Result<Digest, StoreError> {
        let query = sqlx::query(DIGEST).bind(municipality.as_str()).bind(sequence);
        let row = query
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(DIGEST))?;
        row.map_or(Ok(CHAIN_START), |row| {
            Reader::named(&row, "feed_entry", error::feed_row(municipality, sequence)).bytes("digest")
        })
    }

    async fn entries(
        &self,
        sql: &'static str,
        municipality: &MunicipalityCode,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        let rows = sqlx::query(sql)
            .bind(municipality.as_str())
            .bind(after)
            .bind(up_to)
            .bind(limit)
            .bind(CHAIN_START.as_slice())
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::at(sql))?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut entry = self.feed_entry(*municipality, row)?;
            if entry.event == FeedEvent::Corrected && !entry.is_handed_on() {
                entry.difference = self.difference(municipality, &entry.report).await?;
            }
            let detail: Option<&str> = Reader::named(row, "feed_entry", municipality.to_string()).get("detail_id")?;
            if let Some(id) = detail {
                entry.detail = self.entry_detail(id).await?;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn feed_entry(&self, municipality: MunicipalityCode, row: &AnyRow) -> Result<FeedEntry, StoreError> {
        let sequence = Reader::named(row, "feed_entry", municipality.to_string()).get("sequence")?;
        let entry = Reader::named(row, "feed_entry", error::feed_row(&municipality, sequence));
        let appended_at: Timestamp = entry.time("appended_at")?;
        let detail = reports::read_detail(self.vault(), row)?;
        Ok(FeedEntry {
            municipality,
            sequence,
            event: entry.code("event", FeedEvent::from_code)?,
            transfer_id: entry.parse("transfer_id")?,
            appended_at,
            digest: entry.bytes("digest")?,
            previous_digest: entry.bytes("previous_digest")?,
            report: detail.report,
            employer: detail.employer,
            form: detail.form,
            difference: None,
            detail: None,
        })
    }

    /// What a correction changed, where the municipality has the corrected report: of another's it learns nothing.
    async fn difference(
        &self,
        municipality: &MunicipalityCode,
        correction: &StoredReport,
    ) -> Result<Option<Difference>, StoreError> {
        let query = sqlx::query(CORRECTED)
            .bind(correction.id.to_string())
            .bind(municipality.as_str());
        let row = query
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(CORRECTED))?;
        row.map(|row| {
            let before = read_report(self.vault(), &row)?;
            Ok(Difference::between(&before, correction))
        })
        .transpose()
    }
}
