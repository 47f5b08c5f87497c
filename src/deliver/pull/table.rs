use std::{
    ffi::OsString,
    fs::File,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::{
    AcknowledgementReceipt, Destination, PullError,
    files::{failed, lock, make_private_folder, private_file},
    page::{Position, Record},
};
use crate::{
    store::{CopyEntry, CopyError, CopyFile},
    value::MunicipalityCode,
};

/// A municipality's SQLite file. Only this user can read it. Locked as long as the value lives.
pub struct Table {
    path: PathBuf,
    /// The database speaks through a runtime; the pull does one thing at a time.
    runtime: Runtime,
    file: Option<CopyFile>,
    stored: Position,
    acknowledged_up_to: i64,
    _lock: File,
}

impl Table {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When another pull is at work in it, it belongs to another municipality, or it can't be read or written.
    pub fn open(path: &Path, municipality: &MunicipalityCode) -> Result<Self, PullError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_private_folder(folder).map_err(failed("making the folder", folder))?;
        }
        let lock = lock(&beside(path, ".lock"), path)?;
        let made = private_file().truncate(false).open(path);
        made.map_err(failed("opening", path))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(failed("opening", path))?;
        let start = Position::start().digest;
        let opening = CopyFile::open(path, municipality.as_str(), &start);
        let (file, state) = runtime.block_on(opening).map_err(table(path))?;
        if state.municipality != municipality.as_str() {
            return Err(PullError::OfAnother {
                path: path.to_owned(),
                found: state.municipality,
            });
        }
        let (sequence, digest) = state.stored;
        Ok(Self {
            path: path.to_owned(),
            runtime,
            file: Some(file),
            stored: Position { sequence, digest },
            acknowledged_up_to: state.acknowledged_sequence,
            _lock: lock,
        })
    }

    /// Lets the file do something.
    fn with<'s, F>(&'s mut self, work: impl FnOnce(&'s mut CopyFile) -> F) -> Result<(), PullError>
    where
        F: Future<Output = Result<(), CopyError>>,
    {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        self.runtime.block_on(work(file)).map_err(table(&self.path))
    }
}

impl Drop for Table {
    /// What was committed is safe without it: the next opening reads the journal.
    fn drop(&mut self) {
        if let Some(file) = self.file.take()
            && let Err(error) = self.runtime.block_on(file.close())
        {
            tracing::debug!(cause = %error, "the journal of the copy stays beside it");
        }
    }
}

impl Destination for Table {
    fn stored(&self) -> &Position {
        &self.stored
    }

    fn acknowledged_up_to(&self) -> i64 {
        self.acknowledged_up_to
    }

    fn store(&mut self, records: &[Record]) -> Result<(), PullError> {
        let Some(last) = records.last() else { return Ok(()) };
        let texts: Vec<_> = records.iter().map(Texts::of).collect();
        let rows: Vec<_> = records
            .iter()
            .zip(&texts)
            .map(|(record, texts)| row(record, texts))
            .collect();
        let from = self.stored.sequence;
        self.with(|file| file.add(&rows, from))?;
        self.stored = last.position.clone();
        Ok(())
    }

    fn acknowledged(&mut self, receipt: &AcknowledgementReceipt) -> Result<(), PullError> {
        let text = serde_json::to_string(receipt).map_err(PullError::AnswerUnreadable)?;
        self.with(|file| file.acknowledged(receipt.up_to_sequence, &text))?;
        self.acknowledged_up_to = receipt.up_to_sequence;
        Ok(())
    }
}

/// The parts of a row that are written as JSON.
struct Texts {
    record: String,
    assessment: Option<String>,
}

impl Texts {
    fn of(record: &Record) -> Self {
        let assessment = record.whole.get("assessment").filter(|value| !value.is_null());
        Self {
            record: Value::Object(record.whole.clone()).to_string(),
            assessment: assessment.map(Value::to_string),
        }
    }
}

fn row<'a>(record: &'a Record, texts: &'a Texts) -> CopyEntry<'a> {
    let text = |value: Option<&'a Value>| value.and_then(Value::as_str);
    let event = text(record.whole.get("event")).unwrap_or_default();
    let corrects = text(record.whole.get("corrects_report_id"));
    let of_report = |name| text(record.whole.get("report").and_then(|report| report.get(name))).unwrap_or_default();
    CopyEntry {
        sequence: record.position.sequence,
        event,
        report_id: text(record.whole.get("report_id")).unwrap_or_else(|| of_report("report_id")),
        // Other entries of a correction name it too, and replace nothing.
        corrects_report_id: corrects.filter(|_| event == "report.corrected"),
        kind: of_report("report_kind"),
        received_at: of_report("received_at"),
        digest: &record.position.digest,
        previous_digest: &record.previous_digest,
        record: &texts.record,
        assessment: texts.assessment.as_deref(),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn table(path: &Path) -> impl FnOnce(CopyError) -> PullError {
    move |source| PullError::Table {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::page::made::{code, feed},
        *,
    };

    #[test]
    fn what_was_stored_is_there_when_the_file_is_opened_again() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("new").join("0101.db");
        let mut table = Table::open(&path, &code("0101")).unwrap();
        table.store(&feed(3)).unwrap();
        let receipt = serde_json::json!({"up_to_sequence": 2, "acknowledgement_id": "a"});
        table.acknowledged(&serde_json::from_value(receipt).unwrap()).unwrap();
        drop(table);
        assert!(
            !beside(&path, "-wal").exists(),
            "between two runs the file stands alone"
        );
        let table = Table::open(&path, &code("0101")).unwrap();
        assert_eq!((table.stored().sequence, table.acknowledged_up_to()), (3, 2));
        assert_eq!(table.stored(), &feed(3)[2].position);
    }

    #[test]
    fn entries_that_are_there_already_change_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("0101.db");
        let mut table = Table::open(&path, &code("0101")).unwrap();
        table.store(&feed(2)).unwrap();
        assert!(matches!(
            table.store(&feed(2)),
            Err(PullError::Table {
                source: CopyError::Database(_),
                ..
            })
        ));
        drop(table);
        assert_eq!(Table::open(&path, &code("0101")).unwrap().stored().sequence, 2);
    }

    #[test]
    fn a_file_is_one_municipalitys_and_one_pulls_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("0101.db");
        let table = Table::open(&path, &code("0101")).unwrap();
        assert!(matches!(Table::open(&path, &code("0101")), Err(PullError::InUse(_))));
        drop(table);
        let refused = Table::open(&path, &code("0147"));
        assert!(matches!(refused, Err(PullError::OfAnother { found, .. }) if found == "0101"));
    }

    #[test]
    fn a_file_that_is_no_database_is_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("letter.txt");
        let text = "no database, but a letter that somebody wants to keep. ".repeat(40);
        std::fs::write(&path, &text).unwrap();
        assert!(matches!(
            Table::open(&path, &code("0101")),
            Err(PullError::Table { .. })
        ));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_file_nor_its_journal() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("0101.db");
        let mut table = Table::open(&path, &code("0101")).unwrap();
        table.store(&feed(1)).unwrap();
        for ending in ["", "-wal", ".lock"] {
            let mode = std::fs::metadata(beside(&path, ending)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{ending}");
        }
    }
}
