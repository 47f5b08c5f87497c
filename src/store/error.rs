use std::sync::Arc;

use super::cause::{Cause, Outage};
use crate::{
    entropy::NoEntropy,
    value::{MunicipalityCode, ReceiptNumber, ReportId, SubmissionId},
    vault::VaultError,
};

/// The store could not do its work. What happened inside is in the source only and meant for the log, never for an answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A fault in the program or in what it was given. The statement is named as in its first line.
    #[error("the database did not carry out {statement}")]
    Database {
        statement: &'static str,
        #[source]
        source: sqlx::Error,
    },
    /// It is away, its connection broke before anything was committed, or its file can't be read or written.
    #[error("the database can't be reached")]
    Connect(#[source] Arc<sqlx::Error>),
    #[error("the database is not up to date and can't be brought so")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("the database address is neither that of PostgreSQL nor a file")]
    Address,
    /// Names the place, never the value.
    #[error("row {row} of table {table} does not fit its type in column {column}")]
    BadRow {
        table: &'static str,
        column: &'static str,
        row: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a value can't be sealed or opened")]
    Vault(#[from] VaultError),
    #[error("the key file belongs to another database")]
    ForeignKeys(#[source] VaultError),
    #[error("a value can't be written as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// Too many writes wait, all connections are in use, or other transactions won each time. Nothing was stored.
    #[error("the database is too busy")]
    Busy,
    #[error("the store is closing")]
    Closed,
    /// The disk of the database is full, or so nearly that nothing more is written.
    #[error("the disk of the database is full")]
    Full,
    /// A statement took longer than `database.statement_timeout_seconds`; its connection was dropped.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The machine's clock stands before the newest entry: a receipt would carry a wrong time.
    #[error("the clock is behind the newest entry")]
    ClockBack,
    /// The tables are those of another version of the program.
    #[error("the database is of schema {found}, this program works with {needed}: {}", schema_cure(*found, *needed))]
    Schema { found: i64, needed: i64 },
    /// Nobody knows whether it was written; asking again with the same idempotency key tells.
    #[error("the connection was lost while the transaction was being committed")]
    Uncertain(#[source] Arc<sqlx::Error>),
    #[error("a write broke off by a fault in the program")]
    Broken,
    #[error("somebody else holds the lease by now")]
    LeaseLost,
}

impl StoreError {
    /// For `map_err`: names the statement by the comment in its first line.
    pub(super) fn at(sql: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        let statement = sql.lines().next().unwrap_or(sql).trim_start_matches("-- ");
        move |source| {
            let cause = Cause::of(&source);
            // The error that comes of it has no room for which statement it was.
            if matches!(cause, Cause::Late | Cause::Full) {
                tracing::warn!(statement, cause = %source, "the database did not carry out a statement");
            }
            match cause {
                Cause::Rival => Self::Busy,
                Cause::Away => Self::Connect(Arc::new(source)),
                Cause::Late => Self::TimedOut,
                Cause::Full => Self::Full,
                Cause::Closing => Self::Closed,
                Cause::Ours => Self::Database { statement, source },
            }
        }
    }

    /// Whether it lies in the database, its disk or the load, so that the same may work in a while.
    #[must_use]
    pub fn passes(&self) -> bool {
        Outage::of(self).is_some()
    }

    /// The error of a COMMIT. Where the answer to it got lost, or is none, nobody knows whether it was carried out.
    pub(super) fn at_commit(source: sqlx::Error) -> Self {
        match Cause::of(&source) {
            Cause::Away | Cause::Late => Self::Uncertain(Arc::new(source)),
            Cause::Rival | Cause::Full | Cause::Closing | Cause::Ours => Self::at("-- commit")(source),
        }
    }
}

/// Why a submission was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum TakeInError {
    /// The key was used before with other content.
    #[error("the idempotency key was used before with other content")]
    KeyReused {
        submission: SubmissionId,
        receipt: ReceiptNumber,
    },
    /// There is no such report of this employer.
    #[error("the corrected report is not known")]
    CorrectionTargetUnknown { position: usize },
    /// The report has been replaced or withdrawn already, or is itself a withdrawal: only the last of a chain can be corrected.
    #[error("the corrected report is not the last of its chain")]
    CorrectionTargetClosed {
        position: usize,
        /// The last of the chain.
        newest: ReportId,
        /// Whether that one only takes the report back.
        is_withdrawal: bool,
    },
    /// The sender had seen an earlier version of the corrected report.
    #[error("the corrected report has changed since the sender saw it")]
    Stale { position: usize },
    /// Too many writes wait; nothing was stored, try again soon.
    #[error("too many writes are waiting")]
    Busy,
    #[error("the submission could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for TakeInError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            other => Self::Store(other),
        }
    }
}

/// Why an acknowledgement was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgeError {
    #[error("the feed has not come to that number yet")]
    BeyondLatest { latest: i64 },
    #[error("numbers begin at 1")]
    BelowFirst,
    #[error("the acknowledgement could not be stored")]
    Store(#[from] StoreError),
}

/// Why a step of a municipality, an employer or a person at the operator was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no such report of this caller.
    #[error("the report is not known")]
    Unknown,
    /// The report has been replaced or withdrawn, or is itself a withdrawal.
    #[error("the report is no longer the last of its chain")]
    Closed,
    /// Another outcome stands, or another question is open.
    #[error("the report has another outcome already")]
    Decided,
    /// The question is not this report's, or no longer open.
    #[error("the question is not open")]
    NotOpen,
    /// It went to somebody else, or for another reason.
    #[error("the report has been handed on already")]
    HandedOn,
    #[error("the report is with that municipality already")]
    SameMunicipality,
    #[error("the report is not held")]
    NotHeld,
    #[error("the step could not be stored")]
    Store(#[from] StoreError),
}

fn schema_cure(found: i64, needed: i64) -> &'static str {
    if found < needed {
        "run `fleksport migrate`"
    } else {
        "start the newer version of the program that has been at work here"
    }
}

/// Names a municipality's feed in an error without the rest of the row.
pub(super) fn feed_row(municipality: &MunicipalityCode, sequence: i64) -> String {
    format!("{municipality}/{sequence}")
}
