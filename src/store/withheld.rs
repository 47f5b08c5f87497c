//! Entries of a feed whose report can't be read: the entry keeps its number and its digest, so that the line stays whole, and says
//! nothing.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{FeedPage, SnapshotPage, Store, StoreError, error, row::Reader};
use crate::{
    record::{Digest, FeedEntry, FeedEvent},
    value::{MunicipalityCode, ReportId, TransferId},
};

/// An entry without its report, which can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldEntry {
    pub municipality: MunicipalityCode,
    pub sequence: i64,
    pub event: FeedEvent,
    pub transfer_id: TransferId,
    pub report_id: ReportId,
    pub appended_at: Timestamp,
    /// As stored: what it commits to can't be told.
    pub digest: Digest,
    pub previous_digest: Digest,
}

/// What a feed tells under one number.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    Entry(&'a FeedEntry),
    Withheld(&'a WithheldEntry),
}

impl Told<'_> {
    pub fn sequence(&self) -> i64 {
        match self {
            Self::Entry(entry) => entry.sequence,
            Self::Withheld(entry) => entry.sequence,
        }
    }
}

fn in_order<'a>(entries: &'a [FeedEntry], withheld: &'a [WithheldEntry]) -> Vec<Told<'a>> {
    let entries = entries.iter().map(Told::Entry);
    let mut told: Vec<_> = entries.chain(withheld.iter().map(Told::Withheld)).collect();
    told.sort_by_key(Told::sequence);
    told
}

impl FeedPage {
    /// All entries of the page in the order of their numbers.
    #[must_use]
    pub fn told(&self) -> Vec<Told<'_>> {
        in_order(&self.entries, &self.withheld)
    }
}

impl SnapshotPage {
    /// All entries of the page in the order of their numbers.
    #[must_use]
    pub fn told(&self) -> Vec<Told<'_>> {
        in_order(&self.entries, &self.withheld)
    }
}

/// A run of entries as they were found.
#[derive(Default)]
pub(super) struct Found {
    pub entries: Vec<FeedEntry>,
    pub withheld: Vec<WithheldEntry>,
}

impl Found {
    pub fn len(&self) -> usize {
        self.entries.len() + self.withheld.len()
    }

    /// The lowest number among them.
    pub fn first(&self) -> Option<i64> {
        let first = |entry: &FeedEntry| entry.sequence;
        let entries = self.entries.first().map(first).into_iter();
        entries.chain(self.withheld.iter().map(|entry| entry.sequence)).min()
    }

    /// Takes the entry with the highest number away.
    pub fn pop(&mut self) {
        let last = self.withheld.iter().map(|entry| entry.sequence).max();
        if last > self.entries.last().map(|entry| entry.sequence) {
            self.withheld.retain(|entry| Some(entry.sequence) != last);
        } else {
            self.entries.pop();
        }
    }
}

impl Store {
    /// What can be told of an entry without reading its report.
    pub(super) fn withheld(municipality: MunicipalityCode, row: &AnyRow) -> Result<WithheldEntry, StoreError> {
        let sequence = Reader::named(row, "feed_entry", municipality.to_string()).get("sequence")?;
        let entry = Reader::named(row, "feed_entry", error::feed_row(&municipality, sequence));
        Ok(WithheldEntry {
            municipality,
            sequence,
            event: entry.code("event", FeedEvent::from_code)?,
            transfer_id: entry.parse("transfer_id")?,
            report_id: entry.parse("report_id")?,
            appended_at: entry.time("appended_at")?,
            digest: entry.bytes("digest")?,
            previous_digest: entry.bytes("previous_digest")?,
        })
    }
}
