use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    AcknowledgementReceipt, Destination, PullError,
    files::{failed, lock, make_private_folder, private_file},
    page::{Position, Record},
};
use crate::value::MunicipalityCode;

/// A municipality's folder: one file for each entry, named by its number, and `state.json`, which says how far it goes. Only this
/// user can read it. Locked as long as the value lives.
pub struct Folder {
    path: PathBuf,
    state: State,
    _lock: File,
}

/// `state.json`: what is durably here, and what the service has been told.
#[derive(Serialize, Deserialize)]
struct State {
    municipality: String,
    /// How far the folder durably goes.
    stored: Position,
    /// What the service answered to the last acknowledgement.
    acknowledgement: Option<AcknowledgementReceipt>,
}

impl Folder {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// When another pull is at work in it, it belongs to another municipality, or it can't be read or written.
    pub fn open(path: &Path, municipality: &MunicipalityCode) -> Result<Self, PullError> {
        make_private_folder(path).map_err(failed("making the folder", path))?;
        let lock = lock(&path.join(".lock"), path)?;
        let state = read_state::<State>(&path.join(STATE))?;
        if let Some(state) = &state
            && state.municipality != municipality.as_str()
        {
            return Err(PullError::OfAnother {
                path: path.to_owned(),
                found: state.municipality.clone(),
            });
        }
        let fresh = || State {
            municipality: municipality.as_str().to_owned(),
            stored: Position::start(),
            acknowledgement: None,
        };
        Ok(Self {
            path: path.to_owned(),
            state: state.unwrap_or_else(fresh),
            _lock: lock,
        })
    }

    fn write_state(&self) -> Result<(), PullError> {
        self.write(STATE, &self.state)?;
        self.sync()
    }

    /// Under its name there is always a whole file: it is written beside, made durable, then renamed.
    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), PullError> {
        let (path, beside) = (self.path.join(name), self.path.join(format!("{name}.part")));
        let written = || {
            let mut file = private_file().truncate(true).open(&beside)?;
            let mut text = serde_json::to_vec_pretty(value)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        written().map_err(failed("writing", &path))
    }

    /// Makes the names durable, which syncing the files alone does not.
    fn sync(&self) -> Result<(), PullError> {
        let synced = || {
            if cfg!(unix) {
                File::open(&self.path)?.sync_all()
            } else {
                Ok(())
            }
        };
        synced().map_err(failed("making durable", &self.path))
    }
}

impl Destination for Folder {
    fn stored(&self) -> &Position {
        &self.state.stored
    }

    fn acknowledged_up_to(&self) -> i64 {
        let receipt = self.state.acknowledgement.as_ref();
        receipt.map_or(0, |receipt| receipt.up_to_sequence)
    }

    /// Writes the entries, then counts them. An entry that a crash left uncounted is written anew over the same file.
    fn store(&mut self, records: &[Record]) -> Result<(), PullError> {
        let Some(last) = records.last() else { return Ok(()) };
        for record in records {
            let name = format!("{:012}.json", record.position.sequence);
            self.write(&name, &record.whole)?;
        }
        self.sync()?;
        self.state.stored = last.position.clone();
        self.write_state()
    }

    fn acknowledged(&mut self, receipt: &AcknowledgementReceipt) -> Result<(), PullError> {
        self.state.acknowledgement = Some(receipt.clone());
        self.write_state()
    }
}

const STATE: &str = "state.json";

fn read_state<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, PullError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| PullError::StateUnreadable(path.to_owned(), error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("reading", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::page::made::{code, feed},
        *,
    };

    #[test]
    fn what_was_stored_is_there_when_the_folder_is_opened_again() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("0101");
        let mut folder = Folder::open(&path, &code("0101")).unwrap();
        folder.store(&feed(3)).unwrap();
        folder
            .acknowledged(&AcknowledgementReceipt {
                up_to_sequence: 2,
                rest: serde_json::Map::new(),
            })
            .unwrap();
        drop(folder);

        let folder = Folder::open(&path, &code("0101")).unwrap();
        assert_eq!((folder.stored().sequence, folder.acknowledged_up_to()), (3, 2));
        let third: serde_json::Value =
            serde_json::from_slice(&fs::read(path.join("000000000003.json")).unwrap()).unwrap();
        assert_eq!(third["report"]["report_id"], "r3");
        assert!(!path.join("000000000003.json.part").exists());
    }

    #[test]
    fn a_folder_is_one_municipalitys_and_one_pulls_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(temporary.path(), &code("0101")).unwrap();
        folder.store(&feed(1)).unwrap();
        assert!(matches!(
            Folder::open(temporary.path(), &code("0101")),
            Err(PullError::InUse(_))
        ));
        drop(folder);
        let refused = Folder::open(temporary.path(), &code("0147"));
        assert!(matches!(refused, Err(PullError::OfAnother { found, .. }) if found == "0101"));
    }

    #[test]
    fn a_state_file_that_is_cut_off_is_an_error_and_no_new_start() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join(STATE), r#"{"municipality": "01"#).unwrap();
        assert!(matches!(
            Folder::open(temporary.path(), &code("0101")),
            Err(PullError::StateUnreadable(..))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_records() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("new");
        Folder::open(&path, &code("0101")).unwrap().store(&feed(1)).unwrap();
        for (name, wanted) in [("", 0o700), ("000000000001.json", 0o600), ("state.json", 0o600)] {
            assert_eq!(
                fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777,
                wanted,
                "{name}"
            );
        }
    }
}
