//! Work that follows a stored submission: taken under a lease, many rows at once, done outside any transaction, and settled many at once:
//! done, tried again on the worker's schedule, or given up where people see it ([`super::given_up`]).

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Store, StoreError,
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
    /// Until when nobody else takes it.
    pub leased_until: Timestamp,
    token: String,
}

/// How a leased row ends, or goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxEnd {
    /// The mail has left.
    Sent,
    /// There was nothing to send.
    Nothing,
    /// It failed and is due again then.
    Retry { failure: Failure, at: Timestamp },
    /// It failed for good and waits for a person.
    GiveUp { failure: Failure },
    /// It was not tried and is due then; the attempt does not count.
    Postponed { at: Timestamp },
}

/// Why a row failed. Nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: &'static str,
    /// The three digits that the relay answered, where it did.
    pub reply: Option<u16>,
}

/// The failures that are the mail's own and not the service's: the relay has refused its receiver or its text for good.
macro_rules! refused {
    () => {
        "last_error IN ('recipient', 'refused')"
    };
}

/// So many refusals and no mail that left is no typing error of so many employers: it is the relay.
const REFUSES_ALL: i64 = 3;

/// How much waits and how much was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCounts {
    pub waiting: i64,
    pub given_up: i64,
    /// Of those given up, the ones that the relay refused for good for what they are.
    pub refused: i64,
    /// Of those refused, the ones ordered after the newest mail left.
    pub refused_since: i64,
    /// Since when the oldest waiting row has been there.
    pub oldest: Option<Timestamp>,
    /// The same of the rows ordered after the newest mail left.
    pub oldest_since: Option<Timestamp>,
    /// When the first waiting row is due, or was.
    pub due: Option<Timestamp>,
    /// When the newest mail left.
    pub left: Option<Timestamp>,
}

impl OutboxCounts {
    /// What was given up for the service's own reasons, or the relay's: one employer's typing error is not among it.
    pub fn concerning(&self) -> i64 {
        let refuses_all = self.refused_since >= REFUSES_ALL;
        self.given_up - self.refused + if refuses_all { self.refused_since } else { 0 }
    }

    /// Since when mail has waited, where that is longer than `limit` and none left meanwhile or none was even tried.
    pub fn waits_too_long(&self, now: Timestamp, limit: Duration) -> Option<Timestamp> {
        let long_ago = now - limit;
        let untried = self.due.filter(|due| *due < long_ago);
        let silent = self.oldest_since.filter(|since| *since < long_ago);
        [untried, silent].into_iter().flatten().min()
    }
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

pub(super) fn read_order(row: &Reader<'_>) -> Result<OutboxOrder, StoreError> {
    match row.get::<&str>("kind")? {
        "receipt_mail" => Ok(OutboxOrder::ReceiptMail),
        "outcome_mail" => row.parse("outcome_id").map(OutboxOrder::OutcomeMail),
        "reminder_mail" => row.parse("outcome_id").map(OutboxOrder::ReminderMail),
        _ => Err(row.bad("kind", NotInList)),
    }
}

static INSERT: Insert = Insert::new(
    "-- store::outbox::insert\nINSERT INTO outbox (kind, submission_id, created_at, lease_until, attempts, outcome_id)",
    6,
    "",
);

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

/// Those that have been due longest. The condition stands outside again: on PostgreSQL two workers may choose the same rows, and the
/// second must find them taken.
const LEASE: &str = "-- store::outbox::lease
UPDATE outbox SET lease_until = $1, lease_token = $2, attempts = attempts + 1
WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL AND id IN (
    SELECT id FROM outbox WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL ORDER BY lease_until, id LIMIT $4)
RETURNING id, kind, submission_id, outcome_id, attempts";

const IS_DUE: &str = "-- store::outbox::is_due
SELECT COUNT(*) FROM (
    SELECT id FROM outbox WHERE lease_until <= $1 AND done_at IS NULL AND given_up_at IS NULL LIMIT 1) AS due";

struct Take {
    lease: Lease,
    most: i64,
}

impl Write for Take {
    type Answer = Vec<OutboxRow>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<OutboxRow>, Fault<Self::Refusal>> {
        let taken = self.lease.take_some(tx, LEASE, self.most).await?;
        let rows = taken.iter().map(|row| {
            let row = read_name(row)?;
            Ok(OutboxRow {
                id: row.get("id")?,
                order: read_order(&row)?,
                submission_id: row.parse("submission_id")?,
                attempts: row.get("attempts")?,
                leased_until: self.lease.until,
                token: self.lease.token.clone(),
            })
        });
        let mut rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        rows.sort_by_key(|row| row.id);
        Ok(rows)
    }
}

pub(super) fn read_name(row: &sqlx::any::AnyRow) -> Result<Reader<'_>, StoreError> {
    let id: i64 = Reader::named(row, "outbox", "?".into()).get("id")?;
    Ok(Reader::named(row, "outbox", id.to_string()))
}

/// How a leased row of another table ends, or goes on.
pub(super) struct Settle {
    pub sql: &'static str,
    pub id: i64,
    pub token: String,
    pub at: Timestamp,
    /// Bound where the statement has a place for it.
    pub error: Option<&'static str>,
}

impl Write for Settle {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        Ok(settle(tx, self.sql, (self.id, &self.token), self.at, self.error).await?)
    }
}

/// Many at once. Those whose lease somebody else has are left out.
static DONE: Insert = Insert::new(
    "-- store::outbox::done\nWITH ended (of_id, token, at) AS (",
    3,
    ")\nUPDATE outbox SET done_at = ended.at, lease_token = NULL, last_error = NULL, last_reply = NULL FROM ended \
     WHERE id = ended.of_id AND lease_token = ended.token RETURNING id",
);

const RETRY: &str = "-- store::outbox::retry
UPDATE outbox SET lease_until = $3, lease_token = NULL, last_error = $4, last_reply = $5 WHERE id = $1 AND lease_token = $2";

const GIVE_UP: &str = "-- store::outbox::give_up
UPDATE outbox SET given_up_at = $3, lease_token = NULL, last_error = $4, last_reply = $5 WHERE id = $1 AND lease_token = $2";

const POSTPONE: &str = "-- store::outbox::postpone
UPDATE outbox SET lease_until = $3, lease_token = NULL, attempts = attempts - 1 WHERE id = $1 AND lease_token = $2";

const LEFT: &str = "-- store::outbox::left
SELECT at FROM mail_left WHERE id = 1";

/// Not each time: nodes would wait for each other.
const MARK: &str = "-- store::outbox::mark
UPDATE mail_left SET at = $1 WHERE id = 1 AND at < $1 - $2";

/// The mark is kept this exact, in milliseconds.
const MARKED_TO: i64 = 1_000;

/// Mail leaves again: what has failed since the newest one left before is due now, and what was given up in that time begins anew.
/// Nothing is met twice by this, for from now on a mail has left since it was ordered.
const AGAIN: [&str; 2] = [
    "-- store::outbox::hasten
UPDATE outbox SET lease_until = $1
WHERE done_at IS NULL AND given_up_at IS NULL AND lease_token IS NULL AND attempts > 0 AND lease_until > $1 AND created_at > $2",
    "-- store::outbox::revive
UPDATE outbox SET given_up_at = NULL, attempts = 0, lease_until = $1
WHERE given_up_at IS NOT NULL AND created_at > $2 AND last_error NOT IN ('gone', 'address')",
];

/// Rows that end together. A lease that was lost ends nothing and disturbs no other row.
struct SettleMany {
    ends: Vec<(OutboxRow, OutboxEnd)>,
    now: Timestamp,
}

impl Write for SettleMany {
    type Answer = usize;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<usize, Fault<Self::Refusal>> {
        let is_done = |end: &OutboxEnd| matches!(end, OutboxEnd::Sent | OutboxEnd::Nothing);
        let done: Vec<&OutboxRow> = self
            .ends
            .iter()
            .filter(|(_, end)| is_done(end))
            .map(|(row, _)| row)
            .collect();
        let mut kept = self.done(tx, &done).await?;
        for (row, end) in &self.ends {
            kept += self.end(tx, row, end).await?;
        }
        if self.ends.iter().any(|(_, end)| *end == OutboxEnd::Sent) {
            self.mark(tx).await?;
        }
        Ok(self.ends.len().saturating_sub(kept))
    }
}

impl SettleMany {
    /// How many of these were still ours.
    async fn done(&self, tx: &mut Tx, rows: &[&OutboxRow]) -> Result<usize, StoreError> {
        let now = self.now.as_millisecond();
        let done = DONE.rows(tx.connection(), rows, |query, row| {
            query.bind(row.id).bind(&row.token).bind(now)
        });
        Ok(done.await?.len())
    }

    /// Ends a row that is not done: 1 where it was still ours.
    async fn end(&self, tx: &mut Tx, row: &OutboxRow, end: &OutboxEnd) -> Result<usize, StoreError> {
        let (sql, at, failure) = match end {
            OutboxEnd::Sent | OutboxEnd::Nothing => return Ok(0),
            OutboxEnd::Retry { failure, at } => (RETRY, *at, Some(failure)),
            OutboxEnd::GiveUp { failure } => (GIVE_UP, self.now, Some(failure)),
            OutboxEnd::Postponed { at } => (POSTPONE, *at, None),
        };
        let mut query = sqlx::query(sql).bind(row.id).bind(&row.token).bind(at.as_millisecond());
        if let Some(failure) = failure {
            query = query.bind(failure.code).bind(failure.reply.map(i64::from));
        }
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
        Ok(usize::from(done.rows_affected() == 1))
    }

    async fn mark(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let now = self.now.as_millisecond();
        let before: i64 = sqlx::query_scalar(LEFT)
            .fetch_one(tx.connection())
            .await
            .map_err(StoreError::at(LEFT))?;
        if now <= before + MARKED_TO {
            return Ok(());
        }
        let marked = sqlx::query(MARK)
            .bind(now)
            .bind(MARKED_TO)
            .execute(tx.connection())
            .await;
        if marked.map_err(StoreError::at(MARK))?.rows_affected() == 0 {
            return Ok(());
        }
        for sql in AGAIN {
            let query = sqlx::query(sql).bind(now).bind(before);
            query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
        }
        Ok(())
    }
}

const COUNTS: &str = concat!(
    "-- store::outbox::counts
SELECT (SELECT COUNT(*) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL) AS waiting,
    (SELECT COUNT(*) FROM outbox WHERE given_up_at IS NOT NULL) AS given_up,
    (SELECT COUNT(*) FROM outbox WHERE given_up_at IS NOT NULL AND ",
    refused!(),
    ") AS refused,
    (SELECT COUNT(*) FROM outbox WHERE given_up_at IS NOT NULL AND created_at > l.at AND ",
    refused!(),
    ") AS refused_since,
    (SELECT MIN(created_at) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL) AS oldest,
    (SELECT MIN(created_at) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL AND created_at > l.at) AS oldest_since,
    (SELECT MIN(lease_until) FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL) AS due,
    l.at AS left_at
FROM mail_left l WHERE l.id = 1"
);

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let one_by_one = [LEASE, IS_DUE, RETRY, GIVE_UP, POSTPONE, AGAIN[0], AGAIN[1], COUNTS];
    one_by_one.map(str::to_owned).into_iter().chain([DONE.sql(8)]).collect()
}

impl Store {
    /// Takes up to `most` rows, those that have been due longest, for `lease` from `now`. None when there is nothing to do.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_lease_some(
        &self,
        now: Timestamp,
        lease: Duration,
        most: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let Some(lease) = self.lease_if_due(IS_DUE, now, lease).await? else {
            return Ok(Vec::new());
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let work = Take { lease, most };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// [`Store::outbox_lease_some`] of one row.
    ///
    /// # Errors
    /// As there.
    pub async fn outbox_lease(&self, now: Timestamp, lease: Duration) -> Result<Option<OutboxRow>, StoreError> {
        Ok(self.outbox_lease_some(now, lease, 1).await?.pop())
    }

    /// Ends leased rows, in one transaction; tells how many leases had ended before, so that somebody else has those rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_settle(&self, ends: Vec<(OutboxRow, OutboxEnd)>, now: Timestamp) -> Result<usize, StoreError> {
        let work = SettleMany { ends, now };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Ends one leased row.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the lease ended and somebody else took the row.
    pub async fn outbox_end(&self, row: &OutboxRow, end: OutboxEnd, now: Timestamp) -> Result<(), StoreError> {
        match self.outbox_settle(vec![(row.clone(), end)], now).await? {
            0 => Ok(()),
            _ => Err(StoreError::LeaseLost),
        }
    }

    /// The row is done.
    ///
    /// # Errors
    /// As [`Store::outbox_end`].
    pub async fn outbox_done(&self, row: &OutboxRow, now: Timestamp) -> Result<(), StoreError> {
        self.outbox_end(row, OutboxEnd::Sent, now).await
    }

    /// The row is put back untried and due at `at`; the attempt does not count.
    ///
    /// # Errors
    /// As [`Store::outbox_end`].
    pub async fn outbox_postpone(&self, row: &OutboxRow, at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.outbox_end(row, OutboxEnd::Postponed { at }, now).await
    }

    /// A keyed digest by which mails to one address are counted without keeping it. Capital letters don't matter.
    pub fn mail_mark(&self, address: &Email) -> [u8; 32] {
        let address = address.expose().to_lowercase();
        self.vault().mac("mail-limit", &[address.as_bytes()])
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
        let left = row.time("left_at")?;
        Ok(OutboxCounts {
            waiting: row.get("waiting")?,
            given_up: row.get("given_up")?,
            refused: row.get("refused")?,
            refused_since: row.get("refused_since")?,
            oldest: row.time_optional("oldest")?,
            oldest_since: row.time_optional("oldest_since")?,
            due: row.time_optional("due")?,
            left: (left > Timestamp::UNIX_EPOCH).then_some(left),
        })
    }
}
