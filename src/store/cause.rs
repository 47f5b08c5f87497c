//! What an error of the database driver means. The only place that reads their codes.

use std::{io, sync::Arc};

use super::StoreError;

/// What becomes of the work that met an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Another transaction was in the way: the same work may succeed when done again.
    Rival,
    /// The database, the way to it or its file failed.
    Away,
    /// It took longer than it may.
    Late,
    /// The disk has no room.
    Full,
    /// We are closing.
    Closing,
    /// A fault in the program or in what it was given: a constraint, a statement that does not parse.
    Ours,
}

impl Cause {
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => error.code().map_or(Self::Ours, |code| Self::of_code(&code)),
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::Late,
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull => Self::Full,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::Away
            }
            sqlx::Error::PoolTimedOut | sqlx::Error::BeginFailed => Self::Rival,
            sqlx::Error::PoolClosed => Self::Closing,
            // The list is sqlx's and may grow; what is not named above is about statements, rows and types.
            _ => Self::Ours,
        }
    }

    /// PostgreSQL has five characters, SQLite a number that is shorter.
    fn of_code(code: &str) -> Self {
        match (code.len(), code.parse::<u32>()) {
            (1..=4, Ok(code)) => Self::of_sqlite(code),
            _ => Self::of_sqlstate(code),
        }
    }

    /// The last eight bits are the kind, what stands above them says more about it.
    fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            // BUSY, LOCKED
            5 | 6 => Self::Rival,
            // NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB
            7 | 8 | 10 | 11 | 14 | 15 | 26 => Self::Away,
            // INTERRUPT
            9 => Self::Late,
            // FULL
            13 => Self::Full,
            _ => Self::Ours,
        }
    }

    fn of_sqlstate(code: &str) -> Self {
        match code {
            // serialization_failure, deadlock_detected, lock_not_available
            "40001" | "40P01" | "55P03" => Self::Rival,
            // query_canceled: what `statement_timeout` ends
            "57014" => Self::Late,
            // disk_full
            "53100" => Self::Full,
            // read_only_sql_transaction (a server that has become a standby), idle_in_transaction_session_timeout
            "25006" | "25P03" => Self::Away,
            // connection_exception, insufficient_resources, operator_intervention, system_error, and data_corrupted with its kind
            _ if ["08", "53", "57P", "58", "XX001", "XX002"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Self::Away
            }
            _ => Self::Ours,
        }
    }
}

/// The error of a statement that did not end within its limit. Our own: the driver has none for it.
pub(super) fn late() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}

/// Why nothing of a batch was written, the same for all its jobs.
#[derive(Debug, Clone)]
pub(super) enum Outage {
    Rival,
    Away(Arc<sqlx::Error>),
    Late,
    Full,
    Closing,
    /// It may have been written.
    Uncertain(Arc<sqlx::Error>),
}

impl Outage {
    /// What an error means for the transaction it was met in; `None`: the transaction can go on.
    pub fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::Busy => Some(Self::Rival),
            StoreError::Connect(source) => Some(Self::Away(source.clone())),
            StoreError::TimedOut => Some(Self::Late),
            StoreError::Full => Some(Self::Full),
            StoreError::Closed => Some(Self::Closing),
            StoreError::Uncertain(source) => Some(Self::Uncertain(source.clone())),
            StoreError::Database { .. }
            | StoreError::Migrate(_)
            | StoreError::Address
            | StoreError::BadRow { .. }
            | StoreError::Vault(_)
            | StoreError::ForeignKeys(_)
            | StoreError::Json(_)
            | StoreError::NoEntropy(_)
            | StoreError::ClockBack
            | StoreError::Schema { .. }
            | StoreError::Broken
            | StoreError::LeaseLost => None,
        }
    }

    /// Whether it is certain that nothing was written and the same work, done again at once, may succeed.
    pub fn allows_another_try(&self) -> bool {
        match self {
            Self::Rival | Self::Away(_) => true,
            Self::Late | Self::Full | Self::Closing | Self::Uncertain(_) => false,
        }
    }
}

impl From<Outage> for StoreError {
    fn from(outage: Outage) -> Self {
        match outage {
            Outage::Rival => Self::Busy,
            Outage::Away(source) => Self::Connect(source),
            Outage::Late => Self::TimedOut,
            Outage::Full => Self::Full,
            Outage::Closing => Self::Closed,
            Outage::Uncertain(source) => Self::Uncertain(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (cause, codes) in [
            (
                Cause::Rival,
                &["5", "261", "517", "773", "6", "262", "40001", "40P01", "55P03"][..],
            ),
            (
                Cause::Away,
                &["10", "266", "778", "8714", "14", "1032", "7", "11", "26"][..],
            ),
            (
                Cause::Away,
                &[
                    "08006", "53300", "53200", "57P01", "57P02", "57P03", "25006", "58030", "XX001",
                ][..],
            ),
            (Cause::Late, &["57014", "9"][..]),
            (Cause::Full, &["13", "53100"][..]),
            (
                Cause::Ours,
                &["1", "19", "2067", "23505", "42601", "25P02", "XX000", ""][..],
            ),
        ] {
            for code in codes {
                assert_eq!(Cause::of_code(code), cause, "{code}");
            }
        }
    }
}
