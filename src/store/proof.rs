//! Looking through all that is stored: whether every row proves itself, opens, and says what its digest commits to.

use futures_util::TryStreamExt;
use sqlx::any::AnyRow;

use super::{
    Store, StoreError, bound,
    reports::{read_detail, report_columns, submission_columns},
    row::Reader,
    sealing,
    watch::UnreadableRow,
};
use crate::{
    record::{CHAIN_START, Digest, FeedEvent, FeedLink},
    value::{MunicipalityCode, ReportId, TransferId},
    vault::Place,
};

/// So many faults are told; the rest is counted.
const MOST_TOLD: usize = 20;
/// Rows read at once: bounds the memory.
const ROWS: i64 = 200;

/// One row that does not hold, and where.
pub type RowFault = UnreadableRow;

/// What a look through a part of the database found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were looked at.
    pub rows: i64,
    /// How many of them do not hold.
    pub faulty: i64,
    /// The first of these.
    pub faults: Vec<RowFault>,
}

impl Checked {
    fn fault(&mut self, fault: RowFault) {
        self.faulty += 1;
        if self.faults.len() < MOST_TOLD {
            self.faults.push(fault);
        }
    }

    /// Counts a row. A fault that is not the row's own stays a fault of the look.
    fn take(&mut self, row: Result<(), StoreError>) -> Result<Option<StoreError>, StoreError> {
        self.rows += 1;
        match row {
            Ok(()) => Ok(None),
            Err(error) => {
                let StoreError::BadRow { table, column, row, .. } = &error else {
                    return Err(error);
                };
                self.fault(RowFault {
                    table: (*table).to_owned(),
                    row: row.clone(),
                    column: (*column).to_owned(),
                });
                Ok(Some(error))
            }
        }
    }
}

/// The content does not say what the digest commits to.
#[derive(Debug, thiserror::Error)]
#[error("the digest is not that of the content")]
struct OtherContent;

/// The entry does not follow the one before it, or does not say what its digest commits to.
#[derive(Debug, thiserror::Error)]
#[error("the entry is not the next of its feed")]
struct NotChained;

const CONTENTS: &str = concat!(
    "-- store::proof::contents
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.id > $1 ORDER BY r.id LIMIT $2"
);

const ORIGINALS: &str = concat!(
    "-- store::proof::originals
SELECT s.id AS submission_id, s.original_sealed, ",
    submission_columns!(),
    " FROM submission s WHERE s.id > $1 ORDER BY s.id LIMIT $2"
);

const CREDENTIALS: &str = "-- store::proof::credentials
SELECT id, role, subject, secret_hash, created_at, expires_at, revoked_at, bound FROM credential WHERE id > $1 ORDER BY id LIMIT $2";

const SESSIONS: &str = "-- store::proof::sessions
SELECT id, token_hash, role, subject, created_at, idle_ms, expires_at, bound, person FROM session
WHERE id > $1 AND ended_at IS NULL ORDER BY id LIMIT $2";

const DRAFTS: &str = "-- store::proof::drafts
SELECT id, employer_cvr, person, created_at, changed_at, version, sealed, submission_id, bound FROM draft WHERE id > $1 ORDER BY id LIMIT $2";

const KEPT_FORMS: &str = "-- store::proof::kept_forms
SELECT id, role, subject, person, created_at, sealed, bound FROM kept_form WHERE id > $1 ORDER BY id LIMIT $2";

const FEEDS: &str = "-- store::proof::feeds
SELECT municipality, last_sequence, head_digest, floor_sequence, floor_digest, bound FROM municipality_feed ORDER BY municipality";

const ENTRIES: &str = "-- store::proof::entries
SELECT sequence, event, transfer_id, report_id, detail_id, appended_at, digest,
    (SELECT r.content_digest FROM report r WHERE r.id = report_id) AS content_digest
FROM feed_entry WHERE municipality = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence";

impl Store {
    /// Whether every submission and report opens, proves itself and says what its digest commits to. Reads all of them, a few at a
    /// time; what does not hold is kept for the operator as rows that can't be read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_contents(&self) -> Result<Checked, StoreError> {
        self.forget_unreadable(&["report", "submission"]).await?;
        let mut checked = Checked::default();
        self.look_through(ORIGINALS, "submission_id", &mut checked, |row| self.check_original(row))
            .await?;
        self.look_through(CONTENTS, "report_id", &mut checked, |row| self.check_content(row))
            .await?;
        Ok(checked)
    }

    /// Whether every key, every login that still holds, every draft and every kept form is what was written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_credentials(&self) -> Result<Checked, StoreError> {
        self.forget_unreadable(&["credential", "session", "draft", "kept_form"])
            .await?;
        let mut checked = Checked::default();
        self.look_through(CREDENTIALS, "id", &mut checked, |row| {
            let row = Reader::new(row, "credential", "id")?;
            bound::check(&row, "bound", &bound::of_credential(self.vault(), &row)?)
        })
        .await?;
        self.look_through(SESSIONS, "id", &mut checked, |row| {
            let row = Reader::new(row, "session", "id")?;
            bound::check(&row, "bound", &bound::of_session(self.vault(), &row)?)
        })
        .await?;
        self.look_through(DRAFTS, "id", &mut checked, |row| {
            let row = Reader::new(row, "draft", "id")?;
            bound::check(&row, "bound", &bound::of_draft(self.vault(), &row)?)
        })
        .await?;
        self.look_through(KEPT_FORMS, "id", &mut checked, |row| {
            let row = Reader::new(row, "kept_form", "id")?;
            bound::check(&row, "bound", &bound::of_kept_form(self.vault(), &row)?)
        })
        .await?;
        Ok(checked)
    }

    /// Whether every feed is an unbroken chain from its floor to its head, and the head is what was written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_chains(&self) -> Result<Checked, StoreError> {
        self.forget_unreadable(&["municipality_feed", "feed_entry"]).await?;
        let mut checked = Checked::default();
        let rows = sqlx::query(FEEDS).fetch_all(self.readers()).await;
        for row in &rows.map_err(StoreError::at(FEEDS))? {
            let head = Reader::new(row, "municipality_feed", "municipality")?;
            let proven = bound::of_feed(self.vault(), &head).and_then(|due| bound::check(&head, "bound", &due));
            if let Some(error) = checked.take(proven)? {
                self.note_and_keep(&error).await?;
            }
            self.verify_chain(&head, &mut checked).await?;
        }
        Ok(checked)
    }

    async fn verify_chain(&self, head: &Reader<'_>, checked: &mut Checked) -> Result<(), StoreError> {
        let municipality: MunicipalityCode = head.parse("municipality")?;
        let (floor, last): (i64, i64) = (head.get("floor_sequence")?, head.get("last_sequence")?);
        let mut previous: Digest = match head.get::<Option<&[u8]>>("floor_digest")? {
            Some(_) => head.bytes("floor_digest")?,
            None => CHAIN_START,
        };
        let mut due = floor + 1;
        let mut rows = sqlx::query(ENTRIES)
            .bind(municipality.as_str())
            .bind(floor)
            .bind(last)
            .fetch(self.readers());
        let mut faults = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(StoreError::at(ENTRIES))? {
            let entry = Reader::named(&row, "feed_entry", super::error::feed_row(&municipality, due));
            faults.extend(checked.take(check_entry(&municipality, &entry, due, &previous))?);
            previous = entry.bytes("digest").unwrap_or(previous);
            due = entry.get::<i64>("sequence").unwrap_or(due) + 1;
        }
        drop(rows);
        if due != last + 1 || (last > floor && head.bytes::<32>("head_digest")? != previous) {
            let end = checked.take(Err(head.bad("head_digest", NotChained)))?;
            faults.extend(end);
        }
        for error in faults.iter().take(MOST_TOLD) {
            self.note_and_keep(error).await?;
        }
        Ok(())
    }

    fn check_original(&self, row: &AnyRow) -> Result<(), StoreError> {
        let row = Reader::new(row, "submission", "submission_id")?;
        bound::check_submission(self.vault(), &row)?;
        for (alias, (table, column)) in [
            ("submission_sealed", sealing::SUBMISSION),
            ("original_sealed", sealing::ORIGINAL),
        ] {
            let place = Place {
                table,
                column,
                row: row.name(),
            };
            let opened = self.vault().unseal(place, row.get(alias)?);
            opened.map_err(|error| row.bad(column, error))?;
        }
        Ok(())
    }

    fn check_content(&self, row: &AnyRow) -> Result<(), StoreError> {
        let detail = read_detail(self.vault(), row)?;
        let report = &detail.report;
        let digest = report.committed(&detail.employer, &detail.form).digest(report.recipe);
        if digest == report.content_digest {
            Ok(())
        } else {
            Err(Reader::new(row, "report", "report_id")?.bad("content_digest", OtherContent))
        }
    }

    /// Reads a table in the order of its ids, a few rows at a time.
    async fn look_through(
        &self,
        sql: &'static str,
        id: &'static str,
        checked: &mut Checked,
        check: impl Fn(&AnyRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let rows = sqlx::query(sql)
                .bind(after.as_str())
                .bind(ROWS)
                .fetch_all(self.readers())
                .await;
            let rows = rows.map_err(StoreError::at(sql))?;
            for row in &rows {
                if let Some(error) = checked.take(check(row))? {
                    self.note_and_keep(&error).await?;
                }
            }
            match rows.last() {
                Some(last) => after = Reader::new(last, "?", id)?.name().to_owned(),
                None => return Ok(()),
            }
        }
    }
}

/// An entry with something besides its report commits to that too, and is checked by its place only.
fn check_entry(
    municipality: &MunicipalityCode,
    entry: &Reader<'_>,
    due: i64,
    previous: &Digest,
) -> Result<(), StoreError> {
    let sequence: i64 = entry.get("sequence")?;
    if sequence != due {
        return Err(entry.bad("sequence", NotChained));
    }
    if entry.get::<Option<&str>>("detail_id")?.is_some() {
        return Ok(());
    }
    let report_id: ReportId = entry.parse("report_id")?;
    let transfer_id: TransferId = entry.parse("transfer_id")?;
    let link = FeedLink {
        municipality,
        sequence,
        event: entry.code("event", FeedEvent::from_code)?,
        transfer_id,
        report_id,
        appended_at: entry.time("appended_at")?,
        content: &entry.bytes("content_digest")?,
    };
    if link.digest(previous) == entry.bytes("digest")? {
        Ok(())
    } else {
        Err(entry.bad("digest", NotChained))
    }
}
