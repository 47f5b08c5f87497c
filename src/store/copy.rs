//! A municipality's own copy of its feed in a SQLite file: one row an entry, and how far the copy goes, changed together or not at all.
//! It belongs to the municipality, not to the service; only `fleksport pull` writes it.

use std::{path::Path, time::Duration};

use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// The table layout that this program writes.
const FORMAT: i64 = 1;

/// The names are outward contract: municipalities read them. docs/pulling.md describes them.
const TABLES: &str = "-- store::copy::tables
CREATE TABLE IF NOT EXISTS fleksport_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    format INTEGER NOT NULL,
    municipality TEXT NOT NULL,
    stored_sequence INTEGER NOT NULL,
    stored_digest TEXT NOT NULL,
    acknowledged_sequence INTEGER NOT NULL,
    acknowledgement TEXT
);
CREATE TABLE IF NOT EXISTS fleksport_entry (
    sequence INTEGER NOT NULL PRIMARY KEY,
    event TEXT NOT NULL,
    report_id TEXT NOT NULL,
    corrects_report_id TEXT,
    kind TEXT NOT NULL,
    received_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    previous_digest TEXT NOT NULL,
    record TEXT NOT NULL,
    assessment TEXT
);
CREATE INDEX IF NOT EXISTS fleksport_entry_of_report ON fleksport_entry (report_id, sequence);
CREATE INDEX IF NOT EXISTS fleksport_entry_correcting ON fleksport_entry (corrects_report_id, sequence)
    WHERE corrects_report_id IS NOT NULL;
CREATE VIEW IF NOT EXISTS fleksport_report AS
SELECT e.report_id, e.kind, e.received_at, e.sequence, e.record, e.assessment, COALESCE((
        SELECT CASE t.event WHEN 'report.corrected' THEN 'corrected' WHEN 'report.withdrawn' THEN 'withdrawn' ELSE 'transferred' END
        FROM fleksport_entry t
        WHERE t.sequence > e.sequence AND (t.corrects_report_id = e.report_id
            OR (t.report_id = e.report_id AND t.event IN ('report.withdrawn', 'report.transferred-out')))
        ORDER BY t.sequence LIMIT 1
    ), 'current') AS state
FROM fleksport_entry e
WHERE e.event IN ('report.available', 'report.corrected', 'report.transferred-in') AND NOT EXISTS (
    SELECT 1 FROM fleksport_entry l WHERE l.report_id = e.report_id AND l.sequence > e.sequence
        AND l.event IN ('report.available', 'report.corrected', 'report.transferred-in'));
CREATE VIEW IF NOT EXISTS fleksport_current AS
SELECT report_id, kind, received_at, sequence, record, assessment FROM fleksport_report WHERE state = 'current'";

const BEGIN_STATE: &str = "-- store::copy::begin_state
INSERT INTO fleksport_state (id, format, municipality, stored_sequence, stored_digest, acknowledged_sequence)
VALUES (1, $1, $2, $3, $4, 0) ON CONFLICT (id) DO NOTHING";

const STATE: &str = "-- store::copy::state
SELECT format, municipality, stored_sequence, stored_digest, acknowledged_sequence FROM fleksport_state WHERE id = 1";

const ADD: &str = "-- store::copy::add
INSERT INTO fleksport_entry
    (sequence, event, report_id, corrects_report_id, kind, received_at, digest, previous_digest, record, assessment)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const MOVE_ON: &str = "-- store::copy::move_on
UPDATE fleksport_state SET stored_sequence = $1, stored_digest = $2 WHERE id = 1 AND stored_sequence = $3";

const ACKNOWLEDGED: &str = "-- store::copy::acknowledged
UPDATE fleksport_state SET acknowledged_sequence = $1, acknowledgement = $2 WHERE id = 1";

const FOLD: &str = "-- store::copy::fold
PRAGMA wal_checkpoint(TRUNCATE)";

/// Why a copy could not be read or written. Nothing of the transaction is in the file then.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("the file can't be used as a SQLite database")]
    Database(#[from] sqlx::Error),
    #[error("the file was written by a newer version (format {0}); use that version")]
    NewerFormat(i64),
    #[error("somebody else has changed the copy meanwhile")]
    MovedOn,
}

/// How far a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyState {
    /// Four digits.
    pub municipality: String,
    /// The last entry's number, 0 before the first, and its digest in hexadecimal.
    pub stored: (i64, String),
    pub acknowledged_sequence: i64,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct CopyEntry<'a> {
    pub sequence: i64,
    pub event: &'a str,
    pub report_id: &'a str,
    /// The report that this one replaces.
    pub corrects_report_id: Option<&'a str>,
    pub kind: &'a str,
    pub received_at: &'a str,
    pub digest: &'a str,
    pub previous_digest: &'a str,
    /// The entry as it came, as JSON.
    pub record: &'a str,
    /// The calculation in it, as JSON; `None` where the report is handed on.
    pub assessment: Option<&'a str>,
}

/// The open file.
pub struct CopyFile(SqliteConnection);

impl CopyFile {
    /// Opens a file that is there (an empty one will do) and gives it its tables; those of others in it stay as they are.
    ///
    /// # Errors
    /// When it is no SQLite database, or one of a newer version.
    pub async fn open(path: &Path, municipality: &str, start_digest: &str) -> Result<(Self, CopyState), CopyError> {
        // Others may read while a pull writes; a commit that was answered is on disk.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
        let begin = sqlx::query(BEGIN_STATE).bind(FORMAT).bind(municipality).bind(0_i64);
        begin.bind(start_digest).execute(&mut *transaction).await?;
        let row = sqlx::query(STATE).fetch_one(&mut *transaction).await?;
        let format: i64 = row.try_get("format")?;
        if format > FORMAT {
            return Err(CopyError::NewerFormat(format));
        }
        let state = CopyState {
            municipality: row.try_get("municipality")?,
            stored: (row.try_get("stored_sequence")?, row.try_get("stored_digest")?),
            acknowledged_sequence: row.try_get("acknowledged_sequence")?,
        };
        transaction.commit().await?;
        Ok((Self(connection), state))
    }

    /// Adds entries and moves the state on from number `from`, in one transaction.
    ///
    /// # Errors
    /// When the file can't be written, or the copy does not stand at `from`; then nothing is added.
    pub async fn add(&mut self, entries: &[CopyEntry<'_>], from: i64) -> Result<(), CopyError> {
        let Some(last) = entries.last() else { return Ok(()) };
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let moving = sqlx::query(MOVE_ON).bind(last.sequence).bind(last.digest).bind(from);
        if moving.execute(&mut *transaction).await?.rows_affected() != 1 {
            return Err(CopyError::MovedOn);
        }
        for entry in entries {
            let adding = sqlx::query(ADD)
                .bind(entry.sequence)
                .bind(entry.event)
                .bind(entry.report_id)
                .bind(entry.corrects_report_id)
                .bind(entry.kind)
                .bind(entry.received_at)
                .bind(entry.digest)
                .bind(entry.previous_digest)
                .bind(entry.record)
                .bind(entry.assessment);
            adding.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Keeps the service's receipt, as JSON, for what it was told.
    ///
    /// # Errors
    /// When the file can't be written.
    pub async fn acknowledged(&mut self, up_to: i64, receipt: &str) -> Result<(), CopyError> {
        let keeping = sqlx::query(ACKNOWLEDGED).bind(up_to).bind(receipt);
        keeping.execute(&mut self.0).await?;
        // Who copies the file alone, while a pull stays open, gets everything that was acknowledged.
        sqlx::query(FOLD).fetch_all(&mut self.0).await?;
        Ok(())
    }

    /// Folds the file's journal into it, so that it stands alone.
    ///
    /// # Errors
    /// When that is not possible; everything is in the file and its journal then.
    pub async fn close(self) -> Result<(), CopyError> {
        Ok(self.0.close().await?)
    }
}
