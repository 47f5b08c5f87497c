//! A municipality says up to which number it has everything.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    AcknowledgeError, Store, StoreError,
    bound::{self, StateParts},
    change::ATTEMPTS,
    insert::Insert,
    row::Reader,
    tx::Tx,
    watch,
    writer::{Fault, Write},
};
use crate::{audit::AuditEntry, record::Digest, value::MunicipalityCode, vault::Vault};

/// The receipt for an acknowledgement. The same number always gets the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub id: Uuid,
    pub municipality: MunicipalityCode,
    pub up_to_sequence: i64,
    pub at: Timestamp,
}

/// A report that was fetched: as it was read, and the proof of how it stands then.
struct Moved {
    id: String,
    version: i64,
    at: i64,
    proof: Digest,
}

struct Acknowledge {
    id: Uuid,
    municipality: MunicipalityCode,
    up_to: i64,
    audit: AuditEntry,
}

const INSERT: &str = "-- store::acknowledgements::insert
INSERT INTO acknowledgement (id, municipality, up_to_sequence, acknowledged_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (municipality, up_to_sequence) DO NOTHING";

const FIND: &str = "-- store::acknowledgements::find
SELECT id, acknowledged_at FROM acknowledgement WHERE municipality = $1 AND up_to_sequence = $2";

const BEFORE: &str = "-- store::acknowledgements::before
SELECT COALESCE(MAX(up_to_sequence), 0) FROM acknowledgement WHERE municipality = $1 AND up_to_sequence < $2";

const LATEST: &str = "-- store::acknowledgements::latest
SELECT last_sequence FROM municipality_feed WHERE municipality = $1";

/// What is fetched up to a number: how it stands, to be moved on. The entry of a withdrawal names the withdrawn report; what is fetched by it is the withdrawal. A report that went away and came back
/// is fetched with the entry that brought it back, not with an earlier one. Joining `''` keeps the reports from being looked up by
/// municipality and state, which would read all that was never fetched; the `+` keeps SQLite to the index by report, as by number it would
/// read the rest of the feed for each report.
const FETCHED: &str = "-- store::acknowledgements::fetched
SELECT id, state, state_at, state_by_id, state_detail, municipality, version, state_bound FROM report
WHERE municipality || '' = $1 AND state || '' IN ('available', 'transferred') AND id IN (
    SELECT COALESCE(cause_id, report_id) FROM feed_entry WHERE municipality = $1 AND sequence > $2 AND sequence <= $3)
    AND NOT EXISTS (
        SELECT 1 FROM feed_entry l WHERE l.report_id = report.id AND l.municipality = $1 AND +l.sequence > $3
            AND l.event IN ('report.available', 'report.corrected', 'report.transferred-in'))";

/// Only those that stand as they were read.
static MARK_FETCHED: Insert = Insert::new(
    "-- store::acknowledgements::mark_fetched\nWITH fetched (of_id, at_version, at, proof) AS (",
    4,
    ")\nUPDATE report SET state = 'fetched', state_at = fetched.at, state_detail = NULL, version = version + 1, \
           state_bound = fetched.proof FROM fetched WHERE id = fetched.of_id AND version = fetched.at_version RETURNING id",
);

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let one_by_one = [FIND, BEFORE, LATEST, FETCHED].map(str::to_owned);
    one_by_one.into_iter().chain([MARK_FETCHED.sql(8)]).collect()
}

impl Write for Acknowledge {
    type Answer = Acknowledgement;
    type Refusal = AcknowledgeError;

    fn gives_receipt(&self) -> bool {
        true
    }

    /// Before the others of its batch: what they move gets its entries only when the batch ends, and must not be taken for fetched by
    /// an earlier entry.
    fn order(&self) -> &str {
        ""
    }

    async fn run(&self, tx: &mut Tx) -> Result<Acknowledgement, Fault<AcknowledgeError>> {
        let latest: Option<i64> = sqlx::query_scalar(LATEST)
            .bind(self.municipality.as_str())
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(LATEST))?;
        let latest = latest.unwrap_or(0);
        if self.up_to > latest {
            return Err(Fault::Refused(AcknowledgeError::BeyondLatest { latest }));
        }
        if self.insert(tx).await? {
            self.mark_fetched(tx).await?;
            tx.audit(self.audit.clone());
        }
        Ok(self.read(tx).await?)
    }
}

impl Acknowledge {
    /// False when the number was acknowledged before.
    async fn insert(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        let done = sqlx::query(INSERT)
            .bind(self.id.to_string())
            .bind(self.municipality.as_str())
            .bind(self.up_to)
            .bind(self.audit.at.as_millisecond())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        Ok(done.rows_affected() == 1)
    }

    /// Only what lies after the number acknowledged before: the rest was marked then.
    async fn mark_fetched(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let before: i64 = sqlx::query_scalar(BEFORE)
            .bind(self.municipality.as_str())
            .bind(self.up_to)
            .fetch_one(tx.connection())
            .await
            .map_err(StoreError::at(BEFORE))?;
        for _ in 0..ATTEMPTS {
            let moved = self.fetched(tx, before).await?;
            let done = MARK_FETCHED
                .rows(tx.connection(), &moved, |query, moved| {
                    query
                        .bind(&moved.id)
                        .bind(moved.version)
                        .bind(moved.at)
                        .bind(moved.proof.as_slice())
                })
                .await?;
            if done.len() == moved.len() {
                return Ok(());
            }
        }
        Err(StoreError::Busy)
    }

    /// What moves on. A row that does not prove itself stays as it is: it must not get a new proof.
    async fn fetched(&self, tx: &mut Tx, before: i64) -> Result<Vec<Moved>, StoreError> {
        let rows = sqlx::query(FETCHED)
            .bind(self.municipality.as_str())
            .bind(before)
            .bind(self.up_to)
            .fetch_all(tx.connection())
            .await
            .map_err(StoreError::at(FETCHED))?;
        let watch = tx.watch.clone();
        let mut moved = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.moved(&watch.vault, &Reader::new(row, "report", "id")?) {
                Ok(row) => moved.push(row),
                Err(error) => {
                    if let Some(row) = watch.note(&error) {
                        watch::remember(tx, &row).await?;
                    }
                }
            }
        }
        Ok(moved)
    }

    fn moved(&self, vault: &Vault, row: &Reader<'_>) -> Result<Moved, StoreError> {
        bound::check(row, "state_bound", &bound::of_state(vault, row)?)?;
        let (version, at) = (row.get("version")?, self.audit.at.as_millisecond());
        let state = StateParts {
            id: row.name(),
            state: "fetched",
            at,
            by: row.get("state_by_id")?,
            detail: None,
            municipality: row.get("municipality")?,
            version: version + 1,
        };
        Ok(Moved {
            id: row.name().to_owned(),
            version,
            at,
            proof: state.mac(vault),
        })
    }

    async fn read(&self, tx: &mut Tx) -> Result<Acknowledgement, StoreError> {
        let query = sqlx::query(FIND).bind(self.municipality.as_str()).bind(self.up_to);
        let row = query.fetch_one(tx.connection()).await.map_err(StoreError::at(FIND))?;
        let row = Reader::new(&row, "acknowledgement", "id")?;
        Ok(Acknowledgement {
            id: row.parse("id")?,
            municipality: self.municipality,
            up_to_sequence: self.up_to,
            at: row.time("acknowledged_at")?,
        })
    }
}

impl Store {
    /// Takes the word of a municipality that it has everything up to and including a number. Repeatable. `audit` is the entry for it,
    /// written the first time.
    ///
    /// # Errors
    /// [`AcknowledgeError::BeyondLatest`] when the feed has not come so far.
    pub async fn acknowledge(
        &self,
        municipality: &MunicipalityCode,
        up_to: i64,
        audit: AuditEntry,
    ) -> Result<Acknowledgement, AcknowledgeError> {
        if up_to < 1 {
            return Err(AcknowledgeError::BelowFirst);
        }
        let id = self.entropy().uuid(audit.at).map_err(StoreError::from)?;
        let work = Acknowledge {
            id,
            municipality: *municipality,
            up_to,
            audit,
        };
        self.writer().write(work).await.map_err(|fault| match fault {
            Fault::Refused(refusal) => refusal,
            Fault::Store(error) => AcknowledgeError::Store(error),
        })
    }

    /// The highest number a municipality has acknowledged, 0 for none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn acknowledged(&self, municipality: &MunicipalityCode) -> Result<i64, StoreError> {
        let found = sqlx::query_scalar(BEFORE)
            .bind(municipality.as_str())
            .bind(i64::MAX)
            .fetch_one(self.readers());
        found.await.map_err(StoreError::at(BEFORE))
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

    use super::*;

    /// A municipality that is far behind acknowledges page by page: each page must cost what it holds, not what comes after it.
    #[tokio::test]
    async fn a_report_is_looked_up_and_the_rest_of_the_feed_not_read() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in [
            include_str!("../../migrations/sqlite/0001_begin.sql"),
            include_str!("../../migrations/sqlite/0002_dialogue.sql"),
            "ALTER TABLE report ADD COLUMN state_bound BLOB",
        ] {
            sqlx::raw_sql(migration).execute(&mut connection).await.unwrap();
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {FETCHED}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let looked_up = steps.iter().find(|step| step.starts_with("SEARCH l "));
        assert!(
            looked_up.is_some_and(|step| step.contains("feed_entry_of_report (report_id=?)")),
            "{steps:#?}"
        );
    }
}
