//! A municipality's copy: what a reader has who takes in entries one after the other.

use std::collections::BTreeMap;

use fleksport::{
    record::{Answers, Digest, EntryDetail, FeedEntry, FeedEvent, FormRef},
    store::Store,
    value::{MunicipalityCode, ReportId},
};

/// What one entry told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub digest: Digest,
    pub event: FeedEvent,
    pub answers: Answers,
    pub form: FormRef,
    pub detail: Option<EntryDetail>,
}

impl From<&FeedEntry> for Told {
    fn from(entry: &FeedEntry) -> Self {
        Self {
            digest: entry.digest,
            event: entry.event,
            answers: entry.report.report.answers.clone(),
            form: entry.form.clone(),
            detail: entry.detail.clone(),
        }
    }
}

/// Each report that the municipality has, with what the entries told of it, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copy(pub BTreeMap<ReportId, Vec<Told>>);

impl Copy {
    pub fn take(&mut self, entry: &FeedEntry) {
        let report = entry.report.id;
        match entry.event {
            FeedEvent::Available | FeedEvent::TransferredIn => {
                self.0.insert(report, vec![entry.into()]);
            }
            FeedEvent::Corrected => {
                let corrected = entry
                    .report
                    .report
                    .correction
                    .expect("a correction names what it corrects");
                self.0.remove(&corrected.corrects);
                self.0.insert(report, vec![entry.into()]);
            }
            FeedEvent::Answered => {
                let told = self.0.get_mut(&report).expect("an answer is to a report that is here");
                told.push(entry.into());
            }
            FeedEvent::Withdrawn | FeedEvent::TransferredOut => {
                self.0.remove(&report);
            }
        }
    }

    /// From the feed alone.
    pub async fn of_feed(store: &Store, municipality: &MunicipalityCode) -> Self {
        let mut copy = Self::default();
        copy.go_on(store, municipality, 0).await;
        copy
    }

    /// From the snapshot at a number and the feed after it, in small pages.
    pub async fn of_snapshot(store: &Store, municipality: &MunicipalityCode, as_of: i64) -> Self {
        let mut copy = Self::of_snapshot_alone(store, municipality, as_of).await;
        copy.go_on(store, municipality, as_of).await;
        copy
    }

    /// What holds as of a number.
    pub async fn of_snapshot_alone(store: &Store, municipality: &MunicipalityCode, as_of: i64) -> Self {
        let (mut copy, mut after) = (Self::default(), 0);
        loop {
            let page = store.snapshot(municipality, as_of, after, 2).await.unwrap();
            for entry in &page.entries {
                assert!(after < entry.sequence && entry.sequence <= as_of);
                after = entry.sequence;
                copy.take(entry);
            }
            if !page.has_more {
                return copy;
            }
        }
    }

    async fn go_on(&mut self, store: &Store, municipality: &MunicipalityCode, mut after: i64) {
        loop {
            let page = store.feed(municipality, after, 3).await.unwrap();
            let Some(last) = page.entries.last() else { break };
            after = last.sequence;
            page.entries.iter().for_each(|entry| self.take(entry));
        }
    }
}
