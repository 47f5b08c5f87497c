//! One transaction of a batch, and what its jobs collect for the end of it: feed entries, outbox rows and audit entries are written
//! together, in the one order that keeps several nodes from waiting for each other in a circle.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{
    StoreError, audit, clock_check,
    connection::Connection,
    feed::{self, NewEntry},
    outbox::{self, NewRow},
    prepare::Prepared,
    take_in,
    watch::Watch,
};
use crate::{audit::AuditEntry, entropy::Entropy, value::MunicipalityCode};

/// Owns its connection: dropped before the commit, both are gone, and the database takes back what was written.
pub(super) struct Tx {
    connection: Connection,
    /// When the batch began.
    pub now: Timestamp,
    pub entropy: Entropy,
    pub watch: Arc<Watch>,
    pending: Pending,
    /// How far `pending` had come at the savepoint.
    mark: Mark,
}

/// What is written at the end.
#[derive(Default)]
struct Pending {
    intakes: Vec<Arc<Prepared>>,
    feed: Vec<(MunicipalityCode, NewEntry)>,
    outbox: Vec<NewRow>,
    audit: Vec<AuditEntry>,
}

#[derive(Default, Clone, Copy)]
struct Mark {
    feed: usize,
    outbox: usize,
    audit: usize,
}

impl Tx {
    /// `begin` is the statement for it.
    pub async fn begin(
        connection: Connection,
        begin: &'static str,
        now: Timestamp,
        entropy: Entropy,
        watch: Arc<Watch>,
    ) -> Result<Self, StoreError> {
        let mut tx = Self {
            connection,
            now,
            entropy,
            watch,
            pending: Pending::default(),
            mark: Mark::default(),
        };
        tx.execute(begin).await?;
        Ok(tx)
    }

    /// The connection, inside the transaction.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Leaves a submission that depends on no other to be written with those of its batch.
    pub fn take_in(&mut self, prepared: Arc<Prepared>) {
        self.pending.intakes.push(prepared);
    }

    /// Puts an entry at the end of a municipality's feed. It gets its number when the batch ends.
    pub fn append(&mut self, municipality: MunicipalityCode, entry: NewEntry) {
        self.pending.feed.push((municipality, entry));
    }

    /// Leaves work for the worker.
    pub fn order(&mut self, row: NewRow) {
        self.pending.outbox.push(row);
    }

    pub fn audit(&mut self, entry: AuditEntry) {
        self.pending.audit.push(entry);
    }

    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.mark = Mark {
            feed: self.pending.feed.len(),
            outbox: self.pending.outbox.len(),
            audit: self.pending.audit.len(),
        };
        self.execute("SAVEPOINT job").await
    }

    pub async fn release(&mut self) -> Result<(), StoreError> {
        self.execute("RELEASE SAVEPOINT job").await
    }

    /// Takes back what the job since the savepoint has written and collected.
    pub async fn undo(&mut self) -> Result<(), StoreError> {
        self.pending.feed.truncate(self.mark.feed);
        self.pending.outbox.truncate(self.mark.outbox);
        self.pending.audit.truncate(self.mark.audit);
        self.execute("ROLLBACK TO SAVEPOINT job").await?;
        self.release().await
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql)
            .execute(&mut self.connection)
            .await
            .map(drop)
            .map_err(StoreError::at(sql))
    }

    /// Writes what was collected. Feeds are taken in the order of their codes and the audit last: every node does it so, and none
    /// waits for one that waits for it. Gives back the municipalities whose feeds go on.
    pub async fn flush(&mut self) -> Result<Vec<MunicipalityCode>, StoreError> {
        let intakes = std::mem::take(&mut self.pending.intakes);
        take_in::write_collected(self, &intakes).await?;
        let Pending {
            intakes: _,
            feed,
            outbox,
            audit,
        } = std::mem::take(&mut self.pending);
        let mut by_municipality: BTreeMap<MunicipalityCode, Vec<NewEntry>> = BTreeMap::new();
        for (municipality, entry) in feed {
            by_municipality.entry(municipality).or_default().push(entry);
        }
        let told = by_municipality.keys().copied().collect();
        outbox::insert(self, &outbox).await?;
        feed::append(self, by_municipality).await?;
        audit::append(self, &audit).await?;
        clock_check::advance(self).await?;
        Ok(told)
    }

    /// Gives the connection back.
    ///
    /// # Errors
    /// [`StoreError::Uncertain`] when nobody knows whether it was committed; after any other error it was not.
    pub async fn commit(mut self) -> Result<Connection, StoreError> {
        let done = sqlx::query("COMMIT").execute(&mut self.connection).await;
        done.map_err(StoreError::at_commit)?;
        Ok(self.connection)
    }
}
