//! Work that follows a stored submission: taken under a lease, done outside any transaction, tried again on the worker's schedule and
//! then given up where people see it.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Page, PageRequest, Store, StoreError,
    insert::Insert,
    lease::{Lease, settle},
    row::{NotInList, Reader},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    record::OutboxOrder,
    value::{Email, SubmissionId},
};

/// Work to be left for the worker.
pub(super) struct NewRow {
    pub order: OutboxOrder,
    pub submission: SubmissionId,
}

/// A row under lease: nobody else works on it until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: i64,
    pub order: OutboxOrder,
    pub submission_id: SubmissionId,
    /// Counted from 1, this one included.
    pub attempts: i64,
    token: String,
}

/// A row that was given up, for people to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    pub id: i64,
    pub order: OutboxOrder,
    pub submission_id: SubmissionId,
    pub attempts: i64,
    /// Stable code of the last failure.
    pub last_error: String,
    pub created_at: Timestamp,
    pub given_up_at: Timestamp,
}

/// How much waits and how much was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCounts {
    pub waiting: i64,
    pub given_up: i64,
    /// Since when the oldest waiting row has been there.
    pub oldest: Option<Timestamp>,
}

fn code(order: OutboxOrder) -> &'static str {
    match order {
        OutboxOrder::ReceiptMail => "receipt_mail",
        OutboxOrder::OutcomeMail(_) => "outcome_mail",
        OutboxOrder::ReminderMail(_) => "reminder_mail",
    }
}

fn outcome(order: OutboxOrder) -> Option<String> {
    match order {
        OutboxOrder::ReceiptMail => None,
        OutboxOrder::OutcomeMail(id) | OutboxOrder::ReminderMail(id) => Some(id.to_string()),
    }
}

fn read_order(row: &Reader<'_>) -> Result<OutboxOrder, StoreError> {
    match row.get::<&str>("kind")? {
        "receipt_mail" => Ok(OutboxOrder::ReceiptMail),
        "outcome_mail" => row.parse("outcome_id").map(OutboxOrder::OutcomeMail),
        "reminder_mail" => row.parse("outcome_id").map(OutboxOrder::ReminderMail),
        _ => Err(row.bad("kind", NotInList)),
    }
}

const INSERT: Insert = Insert {
    head: "-- store::outbox::insert\nINSERT INTO outbox (kind, submission_id, created_at, lease_until, attempts, outcome_id)",
    columns: 6,
    tail: "",
};

/// Due at once.
pub(super) async fn insert(tx: &mut Tx, rows: &[NewRow]) -> Result<(), StoreError> {
    let now = tx.now.as_millisecond();
    INSERT
        .rows(tx.connection(), rows, |query, row| {
            query
                .bind(code(row.order))
                .bind(row.submission.to_string())
                .bind(now)
                .bind(now)
                .bind(0_i64)
                .bind(outcome(row.order))
        })
        .await
        .map(drop)
}

/// The condition stands outside again: on PostgreSQL two workers may choose the same row, and the second must find it taken.
const LEASE: &str = "-- store::outbox::lease
UPDATE outbox SET lease_until = $1, lease_token = $2, attempts = attempts + 1
WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL AND id = (
    SELECT id FROM outbox WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL ORDER BY id LIMIT 1)
RETURNING id, kind, submission_id, outcome_id, attempts";

const IS_DUE: &str = "-- store::outbox::is_due
SELECT COUNT(*) FROM (
    SELECT id FROM outbox WHERE lease_until <= $1 AND done_at IS NULL AND given_up_at IS NULL LIMIT 1) AS due";

struct Take(Lease);

impl Write for Take {
    type Answer = Option<OutboxRow>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Option<OutboxRow>, Fault<Self::Refusal>> {
        let Some(row) = self.0.take(tx, LEASE).await? else {
            return Ok(None);
        };
        let row = read_name(&row)?;
        Ok(Some(OutboxRow {
            id: row.get("id")?,
            order: read_order(&row)?,
            submission_id: row.parse("submission_id")?,
            attempts: row.get("attempts")?,
            token: self.0.token.clone(),
        }))
    }
}

fn read_name(row: &sqlx::any::AnyRow) -> Result<Reader<'_>, StoreError> {
    let id: i64 = Reader::named(row, "outbox", "?".into()).get("id")?;
    Ok(Reader::named(row, "outbox", id.to_string()))
}

/// How a leased row ends, or goes on.
pub(super) struct Settle {
    pub sql: &'static str,
    pub id: i64,
    pub token: String,
    pub at: Timestamp,
    /// Bound where the statement has a place for it.
    pub error: Option<&'static str>,
}

const DONE: &str = "-- store::outbox::done
UPDATE outbox SET done_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const RETRY: &str = "-- store::outbox::retry
UPDATE outbox SET lease_until = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const PUT_BACK: &str = "-- store::outbox::put_back
UPDATE outbox SET lease_until = $3, lease_token = NULL, last_error = $4, attempts = attempts - 1 WHERE id = $1 AND lease_token = $2";

const GIVE_UP: &str = "-- store::outbox::give_up
UPDATE outbox SET given_up_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

impl Write for Settle {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        Ok(settle(tx, self.sql, (self.id, &self.token), self.at, self.error).await?)
    }
}

const FAILED: &str = "-- store::outbox::failed
SELECT id, kind, submission_id, outcome_id, attempts, last_error, created_at, given_up_at FROM outbox
WHERE given_up_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2";

const COUNTS: &str = "-- store::outbox::counts
SELECT (SELECT COUNT(*) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL) AS waiting,
    (SELECT COUNT(*) FROM outbox WHERE given_up_at IS NOT NULL) AS given_up,
    (SELECT MIN(created_at) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL) AS oldest";

impl Store {
    /// Takes the oldest row that is due, for `lease` from `now`. `None` when there is nothing to do.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_lease(&self, now: Timestamp, lease: Duration) -> Result<Option<OutboxRow>, StoreError> {
        let Some(lease) = self.lease_if_due(IS_DUE, now, lease).await? else {
            return Ok(None);
        };
        self.writer().write(Take(lease)).await.map_err(Fault::into_store_error)
    }

    /// The row is done.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the lease ended and somebody else took the row.
    pub async fn outbox_done(&self, row: &OutboxRow, now: Timestamp) -> Result<(), StoreError> {
        self.settle(DONE, row, now, None).await
    }

    /// The row failed and is due again at `at`. `error` is a stable code, nothing personal.
    ///
    /// # Errors
    /// As [`Store::outbox_done`].
    pub async fn outbox_retry(&self, row: &OutboxRow, error: &'static str, at: Timestamp) -> Result<(), StoreError> {
        self.settle(RETRY, row, at, Some(error)).await
    }

    /// The row was not tried and is due again at `at`. `why` is a stable code, nothing personal.
    ///
    /// # Errors
    /// As [`Store::outbox_done`].
    pub async fn outbox_put_back(&self, row: &OutboxRow, why: &'static str, at: Timestamp) -> Result<(), StoreError> {
        self.settle(PUT_BACK, row, at, Some(why)).await
    }

    /// A keyed digest by which mails to one address are counted without keeping it. Capital letters don't matter.
    pub fn mail_mark(&self, address: &Email) -> [u8; 32] {
        let address = address.expose().to_lowercase();
        self.vault().mac("mail-limit", &[address.as_bytes()])
    }

    /// The row failed for good and waits for a person, see [`Store::outbox_failed`].
    ///
    /// # Errors
    /// As [`Store::outbox_done`].
    pub async fn outbox_give_up(&self, row: &OutboxRow, error: &'static str, now: Timestamp) -> Result<(), StoreError> {
        self.settle(GIVE_UP, row, now, Some(error)).await
    }

    async fn settle(
        &self,
        sql: &'static str,
        row: &OutboxRow,
        at: Timestamp,
        error: Option<&'static str>,
    ) -> Result<(), StoreError> {
        let work = Settle {
            sql,
            id: row.id,
            token: row.token.clone(),
            at,
            error,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Rows that were given up, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn outbox_failed(&self, page: PageRequest<i64>) -> Result<Page<FailedRow>, StoreError> {
        let query = sqlx::query(FAILED)
            .bind(page.before.unwrap_or(i64::MAX))
            .bind(page.fetch());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(FAILED))?;
        let items = rows.iter().map(read_failed).collect::<Result<Vec<_>, _>>()?;
        Ok(page.cut(items))
    }

    /// For metrics and the operator's page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let row = sqlx::query(COUNTS)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(COUNTS))?;
        let row = Reader::named(&row, "outbox", "all".into());
        Ok(OutboxCounts {
            waiting: row.get("waiting")?,
            given_up: row.get("given_up")?,
            oldest: row.time_optional("oldest")?,
        })
    }
}

fn read_failed(row: &sqlx::any::AnyRow) -> Result<FailedRow, StoreError> {
    let row = read_name(row)?;
    Ok(FailedRow {
        id: row.get("id")?,
        order: read_order(&row)?,
        submission_id: row.parse("submission_id")?,
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        created_at: row.time("created_at")?,
        given_up_at: row.time("given_up_at")?,
    })
}
