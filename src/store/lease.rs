//! Work that is done under a lease: a worker takes a row for a while, with a token, and only that token ends it. The outbox, the pings and
//! the mails about what waits too long share it; each has a table with the same columns for it, and statements of its own.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Store, StoreError, tx::Tx};

/// A lease that is wanted.
pub(super) struct Lease {
    now: Timestamp,
    pub until: Timestamp,
    pub token: String,
}

impl Store {
    /// A lease for `length` from `now`, if `is_due` counts a row that can be taken.
    pub(super) async fn lease_if_due(
        &self,
        is_due: &'static str,
        now: Timestamp,
        length: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        // An idle worker asks again and again; that must not cost a transaction.
        let due: i64 = sqlx::query_scalar(is_due)
            .bind(now.as_millisecond())
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(is_due))?;
        if due == 0 {
            return Ok(None);
        }
        Ok(Some(Lease {
            now,
            until: now + length,
            token: self.entropy().uuid(now)?.to_string(),
        }))
    }
}

impl Lease {
    /// Takes up to so many rows by a statement with end, token, now and that number as its parameters; none when others were faster.
    pub async fn take_some(&self, tx: &mut Tx, sql: &'static str, most: i64) -> Result<Vec<AnyRow>, StoreError> {
        sqlx::query(sql)
            .bind(self.until.as_millisecond())
            .bind(&self.token)
            .bind(self.now.as_millisecond())
            .bind(most)
            .fetch_all(tx.connection())
            .await
            .map_err(StoreError::at(sql))
    }

    /// Takes a row by a statement with end, token and now as its parameters; nothing when others were faster.
    pub async fn take(&self, tx: &mut Tx, sql: &'static str) -> Result<Option<AnyRow>, StoreError> {
        sqlx::query(sql)
            .bind(self.until.as_millisecond())
            .bind(&self.token)
            .bind(self.now.as_millisecond())
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(sql))
    }
}

/// Ends a lease by a statement with id, token, time and error as its parameters.
///
/// # Errors
/// [`StoreError::LeaseLost`] when it ended and somebody else took the row.
pub(super) async fn settle(
    tx: &mut Tx,
    sql: &'static str,
    (id, token): (i64, &str),
    at: Timestamp,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let done = sqlx::query(sql)
        .bind(id)
        .bind(token)
        .bind(at.as_millisecond())
        .bind(error)
        .execute(tx.connection())
        .await
        .map_err(StoreError::at(sql))?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost)
    }
}
