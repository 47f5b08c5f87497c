//! Telling people of what waits too long: an episode for each municipality and kind, its mails, and the employer's reminder. An episode
//! begins when something is too old and ends when nothing is any more; each receiver is told once in it.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{
    Store, StoreError,
    lease::Lease,
    outbox::Settle,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    record::{AlarmKind, AlarmReceiver},
    value::MunicipalityCode,
};

/// What is too old now, and whom to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmLimits {
    /// Reports that have waited since before this time.
    pub unfetched: Timestamp,
    /// Questions that have.
    pub unanswered: Timestamp,
    /// Whether the operator has given an address.
    pub tells_operator: bool,
}

/// A mail under lease: nobody else works on it until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmMailRow {
    pub id: i64,
    pub municipality: MunicipalityCode,
    pub kind: AlarmKind,
    pub receiver: AlarmReceiver,
    /// When the episode began.
    pub begun_at: Timestamp,
    /// Counted from 1, this one included.
    pub attempts: i64,
    token: String,
}

/// An episode that has not ended, and how its mail to the municipality fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    pub municipality: MunicipalityCode,
    pub kind: AlarmKind,
    pub begun_at: Timestamp,
    pub told: Told,
}

/// How far the mail to a municipality has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It has given no address.
    NoAddress,
    OnItsWay,
    At(Timestamp),
    GivenUp,
}

/// How alarms stand over all municipalities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmCounts {
    /// Episodes that have not ended.
    pub under_way: i64,
    /// Mails of theirs that were given up.
    pub given_up: i64,
    /// Of those, the ones whose address the relay refused for good.
    pub refused: i64,
    /// Stable code of the last failure among those.
    pub last_error: Option<String>,
}

/// The statements of one kind: which reports `r` wait so.
macro_rules! episodes {
    ($kind:literal, $waits:literal) => {
        (
            concat!(
                "-- store::alarms::end_",
                $kind,
                "
UPDATE alarm SET ended_at = $1 WHERE ended_at IS NULL AND kind = '",
                $kind,
                "' AND NOT EXISTS (
    SELECT 1 FROM report r WHERE r.municipality = alarm.municipality AND ",
                $waits,
                " AND r.state_at < CASE WHEN $2 > alarm.before_at THEN $2 ELSE alarm.before_at END)"
            ),
            concat!(
                "-- store::alarms::begin_",
                $kind,
                "
INSERT INTO alarm (municipality, kind, begun_at, before_at)
SELECT r.municipality, '",
                $kind,
                "', CAST($1 AS BIGINT), CAST($2 AS BIGINT) FROM report r WHERE ",
                $waits,
                " AND r.state_at < CAST($2 AS BIGINT)
GROUP BY r.municipality ORDER BY r.municipality ON CONFLICT DO NOTHING"
            ),
        )
    };
}

/// End, then begin. That an episode goes on while anything waits that was too old when it began keeps two nodes whose clocks differ a
/// little from ending and beginning it in turn.
const EPISODES: [(&str, &str); 2] = [
    episodes!("unfetched", "r.state IN ('available', 'transferred')"),
    episodes!("unanswered", "r.state = 'questioned'"),
];

const TELL_MUNICIPALITIES: &str = "-- store::alarms::tell_municipalities
INSERT INTO alarm_mail (alarm_id, receiver, created_at, lease_until, attempts)
SELECT a.id, 'municipality', CAST($1 AS BIGINT), CAST($1 AS BIGINT), 0
FROM alarm a JOIN municipality_contact c ON c.municipality = a.municipality
WHERE a.ended_at IS NULL ORDER BY a.id ON CONFLICT DO NOTHING";

const TELL_OPERATOR: &str = "-- store::alarms::tell_operator
INSERT INTO alarm_mail (alarm_id, receiver, created_at, lease_until, attempts)
SELECT a.id, 'operator', CAST($1 AS BIGINT), CAST($1 AS BIGINT), 0
FROM alarm a WHERE a.ended_at IS NULL ORDER BY a.id ON CONFLICT DO NOTHING";

/// Once for each question, whatever comes of the mail.
const REMIND: &str = "-- store::alarms::remind
INSERT INTO outbox (kind, submission_id, created_at, lease_until, attempts, outcome_id)
SELECT 'reminder_mail', r.submission_id, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 0, r.state_by_id
FROM report r WHERE r.state = 'questioned' AND r.state_at < $2
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.kind = 'reminder_mail' AND o.outcome_id = r.state_by_id)
ORDER BY r.state_by_id ON CONFLICT DO NOTHING";

/// Brings episodes, mails and reminders up to date. The same statements in the same order on every node.
struct Look {
    now: Timestamp,
    limits: AlarmLimits,
}

impl Write for Look {
    type Answer = bool;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<bool, Fault<Self::Refusal>> {
        let AlarmLimits {
            unfetched,
            unanswered,
            tells_operator,
        } = self.limits;
        for ((end, begin), limit) in EPISODES.into_iter().zip([unfetched, unanswered]) {
            self.execute(tx, end, Some(limit)).await?;
            self.execute(tx, begin, Some(limit)).await?;
        }
        self.execute(tx, TELL_MUNICIPALITIES, None).await?;
        if tells_operator {
            self.execute(tx, TELL_OPERATOR, None).await?;
        }
        Ok(self.execute(tx, REMIND, Some(unanswered)).await? > 0)
    }
}

impl Look {
    /// How many rows it wrote.
    async fn execute(&self, tx: &mut Tx, sql: &'static str, limit: Option<Timestamp>) -> Result<u64, StoreError> {
        let mut query = sqlx::query(sql).bind(self.now.as_millisecond());
        if let Some(limit) = limit {
            query = query.bind(limit.as_millisecond());
        }
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
        Ok(done.rows_affected())
    }
}

const IS_DUE: &str = "-- store::alarms::is_due
SELECT COUNT(*) FROM (
    SELECT id FROM alarm_mail WHERE lease_until <= $1 AND done_at IS NULL AND given_up_at IS NULL LIMIT 1) AS due";

/// The condition stands outside again, as in the outbox.
const LEASE: &str = "-- store::alarms::lease
UPDATE alarm_mail SET lease_until = $1, lease_token = $2, attempts = attempts + 1
WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL AND id = (
    SELECT id FROM alarm_mail WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL ORDER BY id LIMIT 1)
RETURNING id, alarm_id, receiver, attempts";

const EPISODE_OF: &str = "-- store::alarms::episode_of
SELECT municipality, kind, begun_at FROM alarm WHERE id = $1";

struct Take(Lease);

impl Write for Take {
    type Answer = Option<AlarmMailRow>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Option<AlarmMailRow>, Fault<Self::Refusal>> {
        let Some(row) = self.0.take(tx, LEASE).await? else {
            return Ok(None);
        };
        let mail = named(&row, "alarm_mail", "id")?;
        let alarm: i64 = mail.get("alarm_id")?;
        let query = sqlx::query(EPISODE_OF).bind(alarm);
        let found = query.fetch_one(tx.connection()).await;
        let found = found.map_err(StoreError::at(EPISODE_OF))?;
        let episode = Reader::named(&found, "alarm", alarm.to_string());
        Ok(Some(AlarmMailRow {
            id: mail.get("id")?,
            municipality: episode.parse("municipality")?,
            kind: episode.code("kind", AlarmKind::from_code)?,
            receiver: mail.code("receiver", AlarmReceiver::from_code)?,
            begun_at: episode.time("begun_at")?,
            attempts: mail.get("attempts")?,
            token: self.0.token.clone(),
        }))
    }
}

fn named<'r>(row: &'r AnyRow, table: &'static str, id: &'static str) -> Result<Reader<'r>, StoreError> {
    let number: i64 = Reader::named(row, table, "?".into()).get(id)?;
    Ok(Reader::named(row, table, number.to_string()))
}

const DONE: &str = "-- store::alarms::done
UPDATE alarm_mail SET done_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const RETRY: &str = "-- store::alarms::retry
UPDATE alarm_mail SET lease_until = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const GIVE_UP: &str = "-- store::alarms::give_up
UPDATE alarm_mail SET given_up_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const UNDER_WAY: &str = "-- store::alarms::under_way
SELECT a.id AS alarm_id, a.municipality, a.kind, a.begun_at, m.id AS mail_id, m.done_at, m.given_up_at
FROM alarm a LEFT JOIN alarm_mail m ON m.alarm_id = a.id AND m.receiver = 'municipality'
WHERE a.ended_at IS NULL ORDER BY a.id";

const COUNTS: &str = "-- store::alarms::counts
SELECT (SELECT COUNT(*) FROM alarm WHERE ended_at IS NULL) AS under_way,
    (SELECT COUNT(*) FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id WHERE a.ended_at IS NULL AND m.given_up_at IS NOT NULL)
        AS given_up,
    (SELECT COUNT(*) FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id WHERE a.ended_at IS NULL AND m.given_up_at IS NOT NULL
        AND m.last_error IN ('recipient', 'refused')) AS refused,
    (SELECT m.last_error FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id
        WHERE a.ended_at IS NULL AND m.given_up_at IS NOT NULL ORDER BY m.given_up_at DESC, m.id DESC LIMIT 1) AS last_error";

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [
        TELL_MUNICIPALITIES,
        TELL_OPERATOR,
        REMIND,
        IS_DUE,
        LEASE,
        EPISODE_OF,
        DONE,
        RETRY,
        GIVE_UP,
        UNDER_WAY,
        COUNTS,
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Store {
    /// Begins and ends episodes and leaves mails and reminders for the workers. True when an employer is to be reminded.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_for_alarms(&self, now: Timestamp, limits: AlarmLimits) -> Result<bool, StoreError> {
        let work = Look { now, limits };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Takes the oldest mail that is due, for `lease` from `now`. `None` when there is nothing to do.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn alarm_mail_lease(&self, now: Timestamp, lease: Duration) -> Result<Option<AlarmMailRow>, StoreError> {
        let Some(lease) = self.lease_if_due(IS_DUE, now, lease).await? else {
            return Ok(None);
        };
        self.writer().write(Take(lease)).await.map_err(Fault::into_store_error)
    }

    /// The mail has left, or there is nothing to tell any more.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the lease ended and somebody else took the row.
    pub async fn alarm_mail_done(&self, row: &AlarmMailRow, now: Timestamp) -> Result<(), StoreError> {
        self.settle_alarm_mail(DONE, row, now, None).await
    }

    /// The mail failed and is due again at `at`. `error` is a stable code, nothing personal.
    ///
    /// # Errors
    /// As [`Store::alarm_mail_done`].
    pub async fn alarm_mail_retry(
        &self,
        row: &AlarmMailRow,
        error: &'static str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.settle_alarm_mail(RETRY, row, at, Some(error)).await
    }

    /// The mail failed for good, which the operator sees as long as the episode lasts.
    ///
    /// # Errors
    /// As [`Store::alarm_mail_done`].
    pub async fn alarm_mail_give_up(
        &self,
        row: &AlarmMailRow,
        error: &'static str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.settle_alarm_mail(GIVE_UP, row, now, Some(error)).await
    }

    async fn settle_alarm_mail(
        &self,
        sql: &'static str,
        row: &AlarmMailRow,
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

    /// The episodes that have not ended, the longest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn alarms_under_way(&self) -> Result<Vec<Alarm>, StoreError> {
        let rows = sqlx::query(UNDER_WAY).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(UNDER_WAY))?;
        rows.iter().map(read_alarm).collect()
    }

    /// For metrics and the operator.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn alarm_counts(&self) -> Result<AlarmCounts, StoreError> {
        let row = sqlx::query(COUNTS).fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(COUNTS))?;
        let row = Reader::named(&row, "alarm", "all".into());
        Ok(AlarmCounts {
            under_way: row.get("under_way")?,
            given_up: row.get("given_up")?,
            refused: row.get("refused")?,
            last_error: row.get("last_error")?,
        })
    }
}

fn read_alarm(row: &AnyRow) -> Result<Alarm, StoreError> {
    let row = named(row, "alarm", "alarm_id")?;
    let mail: Option<i64> = row.get("mail_id")?;
    let (done, given_up) = (row.time_optional("done_at")?, row.time_optional("given_up_at")?);
    let told = match (mail, done, given_up) {
        (None, _, _) => Told::NoAddress,
        (Some(_), Some(at), _) => Told::At(at),
        (Some(_), None, Some(_)) => Told::GivenUp,
        (Some(_), None, None) => Told::OnItsWay,
    };
    Ok(Alarm {
        municipality: row.parse("municipality")?,
        kind: row.code("kind", AlarmKind::from_code)?,
        begun_at: row.time("begun_at")?,
        told,
    })
}
