//! Computing the chains of all feeds anew, as a municipality does with what it has been given.

use super::{MAX_PAGE, Store, StoreError, heads::Head};
use crate::{
    record::{Digest, FeedEntry, FeedLink},
    value::MunicipalityCode,
};

/// What a check of all feeds found.
#[derive(Debug, Clone, Default)]
pub struct FeedsReport {
    pub feeds: usize,
    /// Entries that were checked, from each floor on.
    pub entries: i64,
    /// The first fault of each feed that has one.
    pub faults: Vec<FeedFault>,
}

/// How a feed is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedFault {
    #[error("entry {sequence} of the feed of {municipality} is missing")]
    Missing {
        municipality: MunicipalityCode,
        sequence: i64,
    },
    #[error("entry {sequence} of the feed of {municipality} was changed, or what it tells of")]
    Changed {
        municipality: MunicipalityCode,
        sequence: i64,
    },
    #[error("the feed of {municipality} can't be read after entry {after}: {fault}")]
    Unreadable {
        municipality: MunicipalityCode,
        after: i64,
        fault: String,
    },
}

impl Store {
    /// Checks every feed from its floor to its end as it is when the feed's turn comes.
    ///
    /// # Errors
    /// When the database does not answer. A broken feed is not an error but one of [`FeedsReport::faults`].
    pub async fn verify_feeds(&self) -> Result<FeedsReport, StoreError> {
        let mut report = FeedsReport::default();
        for (municipality, head, floor) in self.feed_heads().await? {
            report.feeds += 1;
            match self.verify_feed(municipality, head, floor).await? {
                Ok(entries) => report.entries += entries,
                Err(fault) => report.faults.push(fault),
            }
        }
        Ok(report)
    }

    /// How many entries there are, or the first fault.
    async fn verify_feed(
        &self,
        municipality: MunicipalityCode,
        head: Head,
        floor: i64,
    ) -> Result<Result<i64, FeedFault>, StoreError> {
        let (mut at, mut digest) = (floor, self.digest_at(&municipality, floor).await?);
        while at < head.sequence {
            let page = match self.feed(&municipality, at, MAX_PAGE).await {
                Ok(page) => page,
                Err(error @ (StoreError::BadRow { .. } | StoreError::Vault(_))) => {
                    let (after, fault) = (at, error.to_string());
                    return Ok(Err(FeedFault::Unreadable {
                        municipality,
                        after,
                        fault,
                    }));
                }
                Err(error) => return Err(error),
            };
            if page.entries.is_empty() {
                let sequence = at + 1;
                return Ok(Err(FeedFault::Missing { municipality, sequence }));
            }
            if let Some(entry) = page.withheld.first() {
                let fault = format!("entry {} can't be read", entry.sequence);
                let after = at;
                return Ok(Err(FeedFault::Unreadable {
                    municipality,
                    after,
                    fault,
                }));
            }
            for entry in page.entries.iter().take_while(|entry| entry.sequence <= head.sequence) {
                at += 1;
                digest = link(entry, &digest);
                let fault = if entry.sequence != at {
                    Some(FeedFault::Missing {
                        municipality,
                        sequence: at,
                    })
                } else if entry.digest != digest || !is_committed(entry) {
                    Some(FeedFault::Changed {
                        municipality,
                        sequence: at,
                    })
                } else {
                    None
                };
                if let Some(fault) = fault {
                    return Ok(Err(fault));
                }
            }
        }
        let sequence = head.sequence;
        if digest != head.digest {
            return Ok(Err(FeedFault::Changed { municipality, sequence }));
        }
        Ok(Ok(sequence - floor))
    }
}

/// The digest that the entry must have after the one before it.
fn link(entry: &FeedEntry, previous: &Digest) -> Digest {
    let content = entry.content();
    FeedLink {
        municipality: &entry.municipality,
        sequence: entry.sequence,
        event: entry.event,
        transfer_id: entry.transfer_id,
        report_id: entry.report.id,
        appended_at: entry.appended_at,
        content: &content,
    }
    .digest(previous)
}

/// Whether the report is what its digest was made of.
fn is_committed(entry: &FeedEntry) -> bool {
    let committed = entry.report.committed(&entry.employer, &entry.form);
    committed.digest(entry.report.recipe) == entry.report.content_digest
}
