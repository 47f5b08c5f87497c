//! Reading the feeds: page by page, as a snapshot of what still counts, and as digests alone.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{
    Store, StoreError, breathe,
    by_ids::ByIds,
    error,
    reports::{Employers, read_report, report_columns, submission_columns},
    row::Reader,
    withheld::{Found, WithheldEntry},
};
use crate::{
    record::{CHAIN_START, CombinedDigest, Difference, Digest, FeedEntry, FeedEvent},
    value::{MunicipalityCode, ReportId},
};

/// The largest page of a feed.
pub const MAX_PAGE: u32 = 1_000;

/// A page of a feed.
#[derive(Debug, Clone)]
pub struct FeedPage {
    /// In order, beginning right after the number asked for; without a hole, together with those that are withheld.
    pub entries: Vec<FeedEntry>,
    /// Entries among them whose reports can't be read.
    pub withheld: Vec<WithheldEntry>,
    /// The last number there is, 0 when the feed is empty.
    pub latest_sequence: i64,
    /// The last number that has been deleted, as it was kept long enough; 0 for none. Who asks from below it gets no entries.
    pub floor_sequence: i64,
    /// The digest of the entry with the last number.
    pub head: Digest,
}

/// From where to where a feed can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedEnds {
    /// The last number that has been deleted, 0 for none: reading begins after it.
    pub floor: i64,
    /// The last number there is, 0 when the feed is empty.
    pub latest: i64,
    /// The digest of the entry with that number, which tells this feed from another one of the same length; [`CHAIN_START`] when empty.
    pub head: Digest,
}

/// A page of a snapshot: of the entries up to a number those that still count there.
#[derive(Debug, Clone)]
pub struct SnapshotPage {
    /// In order of their numbers, which have holes here.
    pub entries: Vec<FeedEntry>,
    /// Entries among them whose reports can't be read.
    pub withheld: Vec<WithheldEntry>,
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

const ENDS: &str = "-- store::feed_reading::ends
SELECT floor_sequence, last_sequence, head_digest FROM municipality_feed WHERE municipality = $1";

/// The columns of `feed_entry f` that [`Store::feed_entry`] reads; `$5` is the digest before the first.
macro_rules! entry_columns {
    () => {
        concat!(
            "f.sequence, f.event, f.transfer_id, f.cause_id, f.detail_id, f.appended_at, f.digest,
    COALESCE((SELECT p.digest FROM feed_entry p WHERE p.municipality = f.municipality AND p.sequence = f.sequence - 1),
        (SELECT m.floor_digest FROM municipality_feed m WHERE m.municipality = f.municipality AND m.floor_sequence = f.sequence - 1),
        $5) AS previous_digest, ",
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
/// on, a correction. The later ones are counted and not asked for with `NOT EXISTS`: a planner makes a join of that, and reads the whole
/// feed of the municipality for it.
const SNAPSHOT: &str = concat!(
    "-- store::feed_reading::snapshot
SELECT ",
    entry_columns!(),
    "
WHERE f.municipality = $1 AND f.sequence > $2 AND f.sequence <= $3
    AND f.event IN ('report.available', 'report.corrected', 'report.transferred-in', 'report.answered')
    AND (SELECT COUNT(*) FROM feed_entry e WHERE e.report_id = f.report_id AND e.municipality = f.municipality
            AND e.sequence > f.sequence AND e.sequence <= $3 AND e.event IN ('report.withdrawn', 'report.transferred-out')) = 0
    AND (SELECT COUNT(*) FROM report c JOIN feed_entry e ON e.report_id = c.id WHERE c.corrects_id = f.report_id
            AND e.municipality = f.municipality AND e.sequence > f.sequence AND e.sequence <= $3 AND e.event = 'report.corrected') = 0
ORDER BY f.sequence LIMIT $4"
);

const DIGEST: &str = "-- store::feed_reading::digest
SELECT digest FROM feed_entry WHERE municipality = $1 AND sequence = $2
UNION ALL SELECT floor_digest FROM municipality_feed WHERE municipality = $1 AND floor_sequence = $2 AND floor_digest IS NOT NULL";

const DIGESTS: &str = "-- store::feed_reading::digests
SELECT digest FROM feed_entry WHERE municipality = $1 AND sequence >= $2 AND sequence <= $3 ORDER BY sequence";

/// The reports that corrections replace.
const CORRECTED: ByIds = ByIds {
    head: concat!(
        "-- store::feed_reading::corrected
SELECT s.received_at, ",
        report_columns!(),
        " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.id"
    ),
};

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let by_number = [LATEST, ENDS, PAGE, SNAPSHOT, DIGEST, DIGESTS].map(str::to_owned);
    by_number.into_iter().chain([CORRECTED.sql(8)]).collect()
}

impl Store {
    /// What a municipality has been told after a number: at most `limit` entries (1 to 1,000; bounded here too), oldest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn feed(&self, municipality: &MunicipalityCode, after: i64, limit: u32) -> Result<FeedPage, StoreError> {
        let after = after.max(0);
        // First the end, then the entries: a page never reaches beyond the end that it tells.
        let mut ends = self.feed_ends(municipality).await?;
        let limit = i64::from(limit.clamp(1, MAX_PAGE));
        let mut found = self.entries(PAGE, municipality, after, ends.latest, limit).await?;
        if found.first().is_some_and(|first| first != after + 1) {
            // The floor lies above, perhaps since a moment ago: a page never begins with a hole.
            found = Found::default();
            ends.floor = self.feed_ends(municipality).await?.floor;
        }
        Ok(FeedPage {
            entries: found.entries,
            withheld: found.withheld,
            latest_sequence: ends.latest,
            floor_sequence: ends.floor,
            head: ends.head,
        })
    }

    /// From where to where a municipality's feed can be read.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn feed_ends(&self, municipality: &MunicipalityCode) -> Result<FeedEnds, StoreError> {
        let query = sqlx::query(ENDS).bind(municipality.as_str());
        let row = query.fetch_optional(self.readers()).await;
        let Some(row) = row.map_err(StoreError::at(ENDS))? else {
            return Ok(FeedEnds::default());
        };
        let row = Reader::named(&row, "municipality_feed", municipality.to_string());
        Ok(FeedEnds {
            floor: row.get("floor_sequence")?,
            latest: row.get("last_sequence")?,
            head: row.bytes("head_digest")?,
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
        let mut found = self.entries(SNAPSHOT, municipality, after, as_of, limit + 1).await?;
        let has_more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
        if has_more {
            found.pop();
        }
        Ok(SnapshotPage {
            entries: found.entries,
            withheld: found.withheld,
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
    pub(super) async fn digest_at(&self, municipality: &MunicipalityCode, sequence: i64) -> Result<Digest, StoreError> {
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
    ) -> Result<Found, StoreError> {
        let rows = sqlx::query(sql)
            .bind(municipality.as_str())
            .bind(after)
            .bind(up_to)
            .bind(limit)
            .bind(CHAIN_START.as_slice())
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::at(sql))?;
        let mut employers = Employers::default();
        let mut entries = Vec::with_capacity(rows.len());
        let mut details = Vec::with_capacity(rows.len());
        let mut withheld = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            breathe(position).await;
            let Some(entry) = self.readable(self.feed_entry(*municipality, row, &mut employers))? else {
                withheld.push(Self::withheld(*municipality, row)?);
                continue;
            };
            entries.push(entry);
            let detail: Option<String> = Reader::named(row, "feed_entry", municipality.to_string()).get("detail_id")?;
            details.push(detail);
        }
        self.tell_details(&mut entries, &details).await?;
        // What an entry tells besides its report may be what can't be read.
        let lacking = |(entry, detail): &(FeedEntry, Option<String>)| entry.detail.is_none() && detail.is_some();
        let (lacking, whole): (Vec<_>, Vec<_>) = entries.into_iter().zip(details).partition(lacking);
        withheld.extend(lacking.iter().map(|(entry, _)| without_content(entry)));
        let mut entries: Vec<_> = whole.into_iter().map(|(entry, _)| entry).collect();
        self.tell_differences(municipality, &mut entries).await?;
        Ok(Found { entries, withheld })
    }

    fn feed_entry(
        &self,
        municipality: MunicipalityCode,
        row: &AnyRow,
        employers: &mut Employers,
    ) -> Result<FeedEntry, StoreError> {
        let sequence = Reader::named(row, "feed_entry", municipality.to_string()).get("sequence")?;
        let entry = Reader::named(row, "feed_entry", error::feed_row(&municipality, sequence));
        let appended_at: Timestamp = entry.time("appended_at")?;
        let detail = employers.read_detail(self.vault(), row)?;
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
            cause: entry.parse_optional("cause_id")?,
            difference: None,
            detail: None,
        })
    }

    /// Puts to the entries what they tell besides their reports; `ids` are those that stand in them, in the same order.
    async fn tell_details(&self, entries: &mut [FeedEntry], ids: &[Option<String>]) -> Result<(), StoreError> {
        let of = |answered: bool| -> Vec<String> {
            let pairs = entries.iter().zip(ids);
            let chosen = pairs.filter(|(entry, _)| (entry.event == FeedEvent::Answered) == answered);
            chosen.filter_map(|(_, id)| id.clone()).collect()
        };
        let (questions, handovers) = (of(true), of(false));
        let told = self.entry_details(&questions, &handovers).await?;
        for (entry, id) in entries.iter_mut().zip(ids) {
            entry.detail = id.as_ref().and_then(|id| told.get(id)).cloned();
        }
        Ok(())
    }

    /// Puts to corrections what they changed, where the municipality has the corrected report: of another's it learns nothing.
    async fn tell_differences(
        &self,
        municipality: &MunicipalityCode,
        entries: &mut [FeedEntry],
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = entries.iter().filter_map(corrects).map(|id| id.to_string()).collect();
        let mut corrected = BTreeMap::new();
        for (position, row) in CORRECTED.rows(self.readers(), &ids).await?.iter().enumerate() {
            breathe(position).await;
            let has_it: Option<&str> = Reader::named(row, "report", municipality.to_string()).get("municipality")?;
            if has_it == Some(municipality.as_str()) {
                let Some(before) = self.readable(read_report(self.vault(), row))? else {
                    continue;
                };
                corrected.insert(before.id, before);
            }
        }
        for entry in entries {
            let before = corrects(entry).and_then(|id| corrected.get(&id));
            entry.difference = before.map(|before| Difference::between(before, &entry.report));
        }
        Ok(())
    }
}

fn without_content(entry: &FeedEntry) -> WithheldEntry {
    WithheldEntry {
        municipality: entry.municipality,
        sequence: entry.sequence,
        event: entry.event,
        transfer_id: entry.transfer_id,
        report_id: entry.report.id,
        appended_at: entry.appended_at,
        digest: entry.digest,
        previous_digest: entry.previous_digest,
    }
}

/// The report that an entry tells to be replaced, where the correction may still be read.
fn corrects(entry: &FeedEntry) -> Option<ReportId> {
    let told = entry.event == FeedEvent::Corrected && !entry.is_handed_on();
    let correction = entry.report.report.correction.as_ref().filter(|_| told)?;
    Some(correction.corrects)
}
