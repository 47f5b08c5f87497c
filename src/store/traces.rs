//! The term of what the service needs only while it is under way: logins that have ended, alarms that are over, mails and pings that
//! went out. What was given up stays until somebody has looked at it.

use jiff::Timestamp;

use super::{
    Store, StoreError,
    tx::Tx,
    writer::{Fault, Write},
};

/// Rows a transaction: others write in between.
const ROWS: i64 = 500;

/// What a round has deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeletedTraces {
    pub sessions: i64,
    pub alarms: i64,
    pub orders: i64,
    pub pings: i64,
}

const SESSIONS: &str = "-- store::traces::sessions
DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ended_at < $1 OR expires_at < $1 ORDER BY id LIMIT $2)";

const DRAFTS: &str = "-- store::traces::drafts
DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE changed_at < $1 ORDER BY changed_at LIMIT $2)";

const KEPT_FORMS: &str = "-- store::traces::kept_forms
DELETE FROM kept_form WHERE id IN (SELECT id FROM kept_form WHERE created_at < $1 ORDER BY created_at LIMIT $2)";

const ALARM_MAILS: &str = "-- store::traces::alarm_mails
DELETE FROM alarm_mail WHERE id IN (SELECT m.id FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id
    WHERE a.ended_at < $1 AND m.done_at < $1 ORDER BY m.id LIMIT $2)";

const ALARMS: &str = "-- store::traces::alarms
DELETE FROM alarm WHERE id IN (SELECT a.id FROM alarm a
    WHERE a.ended_at < $1 AND NOT EXISTS (SELECT 1 FROM alarm_mail m WHERE m.alarm_id = a.id) ORDER BY a.id LIMIT $2)";

/// The reminder of a question that is still open stays: it tells that the employer was reminded.
const ORDERS: &str = "-- store::traces::orders
DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.done_at < $1
    AND (o.kind <> 'reminder_mail' OR NOT EXISTS (SELECT 1 FROM report r WHERE r.submission_id = o.submission_id
        AND r.state = 'questioned' AND r.state_by_id = o.outcome_id)) ORDER BY o.id LIMIT $2)";

/// One that arrived after another was given up stays: it tells that the receiver is there again.
const PINGS: &str = "-- store::traces::pings
DELETE FROM ping WHERE id IN (SELECT p.id FROM ping p WHERE p.done_at < $1 AND NOT EXISTS (
    SELECT 1 FROM ping g WHERE g.municipality = p.municipality AND g.given_up_at IS NOT NULL AND g.id < p.id)
    ORDER BY p.id LIMIT $2)";

struct Delete {
    sql: &'static str,
    before: Timestamp,
}

impl Write for Delete {
    type Answer = i64;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<i64, Fault<Self::Refusal>> {
        let query = sqlx::query(self.sql).bind(self.before.as_millisecond()).bind(ROWS);
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(self.sql))?;
        Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [SESSIONS, DRAFTS, ALARM_MAILS, ALARMS, ORDERS, PINGS]
        .map(str::to_owned)
        .to_vec()
}

impl Store {
    /// Deletes what ended or was done before a time. Nothing while the clock is doubted. Can be broken off and repeated.
    ///
    /// # Errors
    /// When the database does not answer; what was deleted until then stays deleted.
    pub async fn delete_traces(&self, before: Timestamp) -> Result<DeletedTraces, StoreError> {
        if self.clock_doubt().await?.is_some() {
            return Ok(DeletedTraces::default());
        }
        let sessions = self.delete_all(SESSIONS, before).await?;
        self.delete_all(ALARM_MAILS, before).await?;
        Ok(DeletedTraces {
            sessions,
            alarms: self.delete_all(ALARMS, before).await?,
            orders: self.delete_all(ORDERS, before).await?,
            pings: self.delete_all(PINGS, before).await?,
        })
    }

    /// Deletes drafts that were last changed, and forms that were kept, before a time; how many. Nothing while the clock is doubted.
    ///
    /// # Errors
    /// As [`Store::delete_traces`].
    pub async fn delete_drafts(&self, before: Timestamp) -> Result<i64, StoreError> {
        if self.clock_doubt().await?.is_some() {
            return Ok(0);
        }
        Ok(self.delete_all(DRAFTS, before).await? + self.delete_all(KEPT_FORMS, before).await?)
    }

    async fn delete_all(&self, sql: &'static str, before: Timestamp) -> Result<i64, StoreError> {
        let mut deleted = 0;
        loop {
            let step = self.writer().write(Delete { sql, before }).await;
            let step = step.map_err(Fault::into_store_error)?;
            deleted += step;
            if step < ROWS {
                return Ok(deleted);
            }
        }
    }
}
