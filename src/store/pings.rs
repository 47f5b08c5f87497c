//! Pings on their way: ordered when a feed has gone on, taken under a lease, sent outside any transaction, tried again on the worker's
//! schedule and then given up where the municipality and the operator see it.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{
    Store, StoreError,
    lease::{Lease, settle},
    row::{DoNotGoTogether, Reader},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{audit::AuditEntry, ping::PingKind, value::MunicipalityCode};

/// Pings that arrived are kept up to this many of each municipality, for its page.
const KEPT: i64 = 200;

/// A ping under lease: nobody else works on it until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingRow {
    pub id: i64,
    pub municipality: MunicipalityCode,
    pub kind: PingKind,
    /// What it tells in this try.
    pub up_to_sequence: i64,
    pub created_at: Timestamp,
    /// Counted from 1, this one included.
    pub attempts: i64,
    token: String,
}

/// A ping as its municipality sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    pub id: i64,
    pub kind: PingKind,
    pub up_to_sequence: i64,
    pub created_at: Timestamp,
    pub attempts: i64,
    pub state: PingState,
    /// Stable code of the last failure, or the status that the receiver answered.
    pub last_error: Option<String>,
}

/// How far a ping has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingState {
    /// The next try comes at this time, unless one is under way.
    Waiting {
        until: Timestamp,
    },
    Arrived {
        at: Timestamp,
    },
    GivenUp {
        at: Timestamp,
    },
}

/// How pings stand over all municipalities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingCounts {
    pub waiting: i64,
    /// Waiting ones that have failed at least once.
    pub failing: i64,
    /// Since when the oldest waiting one has been there.
    pub oldest: Option<Timestamp>,
    /// Those that were given up, also where one has arrived since; a municipality's last ones are kept.
    pub given_up: i64,
    /// The municipalities of which a ping was given up and none has arrived since.
    pub lost: Vec<MunicipalityCode>,
}

/// A feed has come further than what was told, and no ping waits that will tell it. A receiver that has said that it is gone (410) is told
/// nothing until one arrives again, which a person can try, or an address is registered anew.
macro_rules! feeds_gone_on {
    () => {
        "FROM ping_address a JOIN municipality_feed f ON f.municipality = a.municipality
WHERE f.last_sequence > a.from_sequence
    AND NOT EXISTS (SELECT 1 FROM ping p WHERE p.municipality = a.municipality AND p.kind <> 'test'
        AND p.up_to_sequence >= f.last_sequence)
    AND NOT EXISTS (SELECT 1 FROM ping p WHERE p.municipality = a.municipality AND p.kind = 'new'
        AND p.done_at IS NULL AND p.given_up_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM ping g WHERE g.municipality = a.municipality AND g.last_error = '410' AND g.given_up_at >= a.changed_at
        AND NOT EXISTS (SELECT 1 FROM ping d WHERE d.municipality = g.municipality AND d.done_at >= g.given_up_at))"
    };
}

const GONE_ON: &str = concat!("-- store::pings::gone_on\nSELECT COUNT(*) ", feeds_gone_on!());

const ORDER: &str = concat!(
    "-- store::pings::order
INSERT INTO ping (municipality, kind, up_to_sequence, created_at, lease_until, attempts)
SELECT a.municipality, 'new', f.last_sequence, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 0 ",
    feeds_gone_on!(),
    " ORDER BY a.municipality
ON CONFLICT DO NOTHING"
);

struct Order(Timestamp);

impl Write for Order {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(ORDER).bind(self.0.as_millisecond());
        query.execute(tx.connection()).await.map_err(StoreError::at(ORDER))?;
        Ok(())
    }
}

const IS_DUE: &str = "-- store::pings::is_due
SELECT COUNT(*) FROM (
    SELECT id FROM ping WHERE lease_until <= $1 AND done_at IS NULL AND given_up_at IS NULL LIMIT 1) AS due";

/// The condition stands outside again, as in the outbox. A new ping takes the newest number with it.
const LEASE: &str = "-- store::pings::lease
UPDATE ping SET lease_until = $1, lease_token = $2, attempts = attempts + 1,
    up_to_sequence = CASE WHEN kind = 'new' THEN COALESCE(
        (SELECT f.last_sequence FROM municipality_feed f WHERE f.municipality = ping.municipality), up_to_sequence)
        ELSE up_to_sequence END
WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL AND id = (
    SELECT id FROM ping WHERE lease_until <= $3 AND done_at IS NULL AND given_up_at IS NULL ORDER BY id LIMIT 1)
RETURNING id, municipality, kind, up_to_sequence, created_at, attempts";

struct Take(Lease);

impl Write for Take {
    type Answer = Option<PingRow>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Option<PingRow>, Fault<Self::Refusal>> {
        let Some(row) = self.0.take(tx, LEASE).await? else {
            return Ok(None);
        };
        let row = named(&row)?;
        Ok(Some(PingRow {
            id: row.get("id")?,
            municipality: row.parse("municipality")?,
            kind: row.code("kind", PingKind::from_code)?,
            up_to_sequence: row.get("up_to_sequence")?,
            created_at: row.time("created_at")?,
            attempts: row.get("attempts")?,
            token: self.0.token.clone(),
        }))
    }
}

fn named(row: &AnyRow) -> Result<Reader<'_>, StoreError> {
    let id: i64 = Reader::named(row, "ping", "?".into()).get("id")?;
    Ok(Reader::named(row, "ping", id.to_string()))
}

/// How a leased ping ends, or goes on.
struct Settle {
    sql: &'static str,
    row: PingRow,
    at: Timestamp,
    error: Option<String>,
}

const DONE: &str = "-- store::pings::done
UPDATE ping SET done_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const RETRY: &str = "-- store::pings::retry
UPDATE ping SET lease_until = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

const GIVE_UP: &str = "-- store::pings::give_up
UPDATE ping SET given_up_at = $3, lease_token = NULL, last_error = $4 WHERE id = $1 AND lease_token = $2";

/// What lies far back is of no use to anybody.
const FORGET: &str = "-- store::pings::forget
DELETE FROM ping WHERE municipality = $1 AND (done_at IS NOT NULL OR given_up_at IS NOT NULL) AND id < (
    SELECT id FROM ping WHERE municipality = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";

impl Write for Settle {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let PingRow { id, token, .. } = &self.row;
        settle(tx, self.sql, (*id, token), self.at, self.error.as_deref()).await?;
        let query = sqlx::query(FORGET).bind(self.row.municipality.as_str()).bind(KEPT);
        query.execute(tx.connection()).await.map_err(StoreError::at(FORGET))?;
        Ok(())
    }
}

const TEST: &str = "-- store::pings::test
INSERT INTO ping (municipality, kind, up_to_sequence, created_at, lease_until, attempts)
SELECT a.municipality, 'test', COALESCE((SELECT f.last_sequence FROM municipality_feed f WHERE f.municipality = a.municipality), 0),
    CAST($2 AS BIGINT), CAST($2 AS BIGINT), 0
FROM ping_address a WHERE a.municipality = $1";

/// The same ping under the same id, with all its tries before it.
const AGAIN: &str = "-- store::pings::again
UPDATE ping SET kind = CASE WHEN kind = 'test' THEN 'test' ELSE 'again' END, given_up_at = NULL, attempts = 0, lease_until = $3
WHERE municipality = $1 AND id = $2 AND given_up_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM ping_address a WHERE a.municipality = $1)";

/// What a person asks for. `again`: the id of the ping that was given up; none for a test.
struct Ask {
    municipality: MunicipalityCode,
    again: Option<i64>,
    audit: AuditEntry,
}

impl Write for Ask {
    type Answer = bool;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<bool, Fault<Self::Refusal>> {
        let now = self.audit.at.as_millisecond();
        let code = self.municipality.as_str();
        let (sql, query) = match self.again {
            Some(id) => (AGAIN, sqlx::query(AGAIN).bind(code).bind(id).bind(now)),
            None => (TEST, sqlx::query(TEST).bind(code).bind(now)),
        };
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
        let asked = done.rows_affected() == 1;
        if asked {
            tx.audit(self.audit.clone());
        }
        Ok(asked)
    }
}

const OF_MUNICIPALITY: &str = "-- store::pings::of_municipality
SELECT id, kind, up_to_sequence, created_at, lease_until, attempts, last_error, done_at, given_up_at FROM ping
WHERE municipality = $1 ORDER BY id DESC LIMIT $2";

const COUNTS: &str = "-- store::pings::counts
SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN last_error IS NULL THEN 0 ELSE 1 END), 0) AS failing,
    MIN(created_at) AS oldest, (SELECT COUNT(*) FROM ping WHERE given_up_at IS NOT NULL) AS given_up
FROM ping WHERE done_at IS NULL AND given_up_at IS NULL";

const LOST: &str = "-- store::pings::lost
SELECT DISTINCT p.municipality || '' AS municipality FROM ping p JOIN ping_address a ON a.municipality = p.municipality
WHERE p.given_up_at IS NOT NULL AND p.given_up_at >= a.changed_at AND p.last_error <> 'address-removed' AND NOT EXISTS (
    SELECT 1 FROM ping d WHERE d.municipality = p.municipality AND d.done_at >= p.given_up_at)
ORDER BY 1";

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [
        GONE_ON,
        ORDER,
        IS_DUE,
        LEASE,
        DONE,
        RETRY,
        GIVE_UP,
        FORGET,
        TEST,
        AGAIN,
        OF_MUNICIPALITY,
        COUNTS,
        LOST,
    ]
    .map(str::to_owned)
    .to_vec()
}

impl Store {
    /// Orders a ping for each municipality that wants them, whose feed has gone on since the last one, and for which none waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn order_pings(&self, now: Timestamp) -> Result<(), StoreError> {
        // An idle worker asks again and again; that must not cost a transaction.
        let found = sqlx::query_scalar::<_, i64>(GONE_ON).fetch_one(self.readers());
        if found.await.map_err(StoreError::at(GONE_ON))? == 0 {
            return Ok(());
        }
        self.writer().write(Order(now)).await.map_err(Fault::into_store_error)
    }

    /// Takes the oldest ping that is due, for `lease` from `now`. `None` when there is nothing to do.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ping_lease(&self, now: Timestamp, lease: Duration) -> Result<Option<PingRow>, StoreError> {
        let Some(lease) = self.lease_if_due(IS_DUE, now, lease).await? else {
            return Ok(None);
        };
        self.writer().write(Take(lease)).await.map_err(Fault::into_store_error)
    }

    /// The ping has arrived.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when the lease ended and somebody else took it, or the address was taken away.
    pub async fn ping_done(&self, row: &PingRow, now: Timestamp) -> Result<(), StoreError> {
        self.settle_ping(DONE, row, now, None).await
    }

    /// The ping failed and is due again at `at`. `error` is a stable code, nothing personal.
    ///
    /// # Errors
    /// As [`Store::ping_done`].
    pub async fn ping_retry(&self, row: &PingRow, error: &str, at: Timestamp) -> Result<(), StoreError> {
        self.settle_ping(RETRY, row, at, Some(error)).await
    }

    /// The ping failed for good.
    ///
    /// # Errors
    /// As [`Store::ping_done`].
    pub async fn ping_give_up(&self, row: &PingRow, error: &str, now: Timestamp) -> Result<(), StoreError> {
        self.settle_ping(GIVE_UP, row, now, Some(error)).await
    }

    async fn settle_ping(
        &self,
        sql: &'static str,
        row: &PingRow,
        at: Timestamp,
        error: Option<&str>,
    ) -> Result<(), StoreError> {
        let work = Settle {
            sql,
            row: row.clone(),
            at,
            error: error.map(str::to_owned),
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Orders a ping that says that it is a test. False when the municipality has no address. `audit` is the entry for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn test_ping(&self, municipality: &MunicipalityCode, audit: AuditEntry) -> Result<bool, StoreError> {
        self.ask_for_ping(municipality, None, audit).await
    }

    /// Sends a ping again that was given up. False when there is none with this id, or no address. `audit` is the entry for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ping_again(
        &self,
        municipality: &MunicipalityCode,
        id: i64,
        audit: AuditEntry,
    ) -> Result<bool, StoreError> {
        self.ask_for_ping(municipality, Some(id), audit).await
    }

    async fn ask_for_ping(
        &self,
        municipality: &MunicipalityCode,
        again: Option<i64>,
        audit: AuditEntry,
    ) -> Result<bool, StoreError> {
        let work = Ask {
            municipality: *municipality,
            again,
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// The last pings of a municipality, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn pings_of(&self, municipality: &MunicipalityCode, limit: u32) -> Result<Vec<Ping>, StoreError> {
        let query = sqlx::query(OF_MUNICIPALITY)
            .bind(municipality.as_str())
            .bind(i64::from(limit));
        let rows = query.fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(OF_MUNICIPALITY))?;
        rows.iter().map(read).collect()
    }

    /// For metrics and the operator.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ping_counts(&self) -> Result<PingCounts, StoreError> {
        let row = sqlx::query(COUNTS).fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(COUNTS))?;
        let row = Reader::named(&row, "ping", "all".into());
        let lost = sqlx::query(LOST).fetch_all(self.readers()).await;
        let lost = lost.map_err(StoreError::at(LOST))?;
        let read = |row: &AnyRow| Reader::new(row, "ping", "municipality")?.parse("municipality");
        Ok(PingCounts {
            waiting: row.get("waiting")?,
            failing: row.get("failing")?,
            oldest: row.time_optional("oldest")?,
            given_up: row.get("given_up")?,
            lost: lost.iter().map(read).collect::<Result<_, _>>()?,
        })
    }
}

fn read(row: &AnyRow) -> Result<Ping, StoreError> {
    let row = named(row)?;
    let state = match (row.time_optional("done_at")?, row.time_optional("given_up_at")?) {
        (Some(at), None) => PingState::Arrived { at },
        (None, Some(at)) => PingState::GivenUp { at },
        (None, None) => PingState::Waiting {
            until: row.time("lease_until")?,
        },
        (Some(_), Some(_)) => return Err(row.bad("done_at", DoNotGoTogether)),
    };
    Ok(Ping {
        id: row.get("id")?,
        kind: row.code("kind", PingKind::from_code)?,
        up_to_sequence: row.get("up_to_sequence")?,
        created_at: row.time("created_at")?,
        attempts: row.get("attempts")?,
        state,
        last_error: row.get("last_error")?,
    })
}
