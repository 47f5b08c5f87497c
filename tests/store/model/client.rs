//! A municipality's client, which can end anywhere and can run twice at once on one copy.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use fleksport::{
    record::{CHAIN_START, Digest, FeedEntry},
    store::{AcknowledgeError, Acknowledgement, Store},
    value::ReportId,
};

use super::script::Ends;
use crate::{
    fixture::municipality,
    reader::{Copy, Told},
    steps::acknowledge,
};

/// What a client has durably.
#[derive(Default)]
pub struct Kept {
    pub copy: Copy,
    /// All that was ever told of a report, what is no longer here included.
    pub history: BTreeMap<ReportId, Vec<Told>>,
    pub digests: Vec<Digest>,
}

impl Kept {
    pub fn up_to(&self) -> i64 {
        i64::try_from(self.digests.len()).unwrap()
    }

    /// Writes what follows; what another run has written since must be the same.
    fn write(&mut self, entries: &[FeedEntry]) {
        for entry in entries {
            let at = usize::try_from(entry.sequence - 1).unwrap();
            if let Some(here) = self.digests.get(at) {
                assert_eq!(*here, entry.digest, "another run was given another entry");
                continue;
            }
            assert_eq!(entry.sequence, self.up_to() + 1, "a hole or a double");
            assert_eq!(&entry.previous_digest, self.digests.last().unwrap_or(&CHAIN_START));
            self.copy.take(entry);
            self.history.entry(entry.report.id).or_default().push(entry.into());
            self.digests.push(entry.digest);
        }
    }
}

/// The node went down before it answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Unheard;

#[derive(Clone)]
pub struct Client {
    pub code: &'static str,
    kept: Arc<Mutex<Kept>>,
}

impl Client {
    pub fn new(code: &'static str) -> Self {
        Self {
            code,
            kept: Arc::default(),
        }
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// One run.
    pub async fn run(&self, store: &Store, limit: u32, ends: Ends) -> Result<(), Unheard> {
        let code = municipality(self.code);
        let after = self.kept().up_to();
        let page = store.feed(&code, after, limit).await.map_err(|_| Unheard)?;
        if ends == Ends::BeforeWriting {
            return Ok(());
        }
        self.kept().write(&page.entries);
        let stored = page.entries.last().map_or(after, |entry| entry.sequence);
        if ends == Ends::BeforeAcknowledging || stored == 0 {
            return Ok(());
        }
        // Twice, as who has lost the first receipt.
        let receipt = self.acknowledge(store, stored).await?;
        assert_eq!(self.acknowledge(store, stored).await?, receipt);
        Ok(())
    }

    async fn acknowledge(&self, store: &Store, up_to: i64) -> Result<Acknowledgement, Unheard> {
        acknowledge(store, self.code, up_to).await.map_err(|error| match error {
            AcknowledgeError::Store(_) => Unheard,
            refused => panic!("what was fetched can be acknowledged: {refused}"),
        })
    }

    /// Whoever begins with a snapshot at the client's number has the client's copy.
    pub async fn compare_with_snapshot(&self, store: &Store) {
        let up_to = self.kept().up_to();
        let anew = Copy::of_snapshot_alone(store, &municipality(self.code), up_to).await;
        assert_eq!(anew, self.kept().copy, "a snapshot at {up_to} is the copy at {up_to}");
    }
}
