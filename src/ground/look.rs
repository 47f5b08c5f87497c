//! Which of our files lie in the data folder. What other people keep there does not count.

use std::{fs, io, path::Path};

use super::{ACCEPTED, DELETED, GroundError, HIGH_WATER, folder::fault};
use crate::{store::SQLITE_FILE, vault};

/// The database while an installation is being made.
pub(super) const DATABASE_DRAFT: &str = "fleksport.db.new";
/// What SQLite keeps beside its file.
const BESIDE: [&str; 2] = ["fleksport.db-wal", "fleksport.db-shm"];
/// What an installation that broke off can leave: it counts for nothing and is written over.
const DRAFTS: [&str; 7] = [
    vault::DRAFT_NAME,
    DATABASE_DRAFT,
    "fleksport.db.new-wal",
    "fleksport.db.new-shm",
    "fleksport.db.new-journal",
    "high-water.json.new",
    "deleted.log.new",
];

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub database: bool,
    pub database_draft: bool,
    pub keys: bool,
    pub keys_draft: bool,
    /// All of ours by name, drafts left out.
    pub there: Vec<String>,
}

impl Found {
    /// Nothing when there is no folder.
    pub fn of(folder: &Path) -> Result<Self, GroundError> {
        let mut there = Vec::new();
        let ours = [
            SQLITE_FILE,
            BESIDE[0],
            BESIDE[1],
            vault::FILE_NAME,
            HIGH_WATER,
            DELETED,
            ACCEPTED,
        ];
        for name in ours {
            if exists(folder, name)? {
                there.push(name.to_owned());
            }
        }
        let has = |name: &str| there.iter().any(|found| found == name);
        Ok(Self {
            database: has(SQLITE_FILE),
            database_draft: exists(folder, DATABASE_DRAFT)?,
            keys: has(vault::FILE_NAME),
            keys_draft: exists(folder, vault::DRAFT_NAME)?,
            there,
        })
    }

    pub fn is_anything(&self) -> bool {
        !self.there.is_empty()
    }

    /// Keys that have their name already, and the database that was made with them does not yet: the last step of a new installation.
    pub fn is_unfinished(&self) -> bool {
        self.keys && self.database_draft && self.there.len() == 1
    }

    /// The error of a folder in which something is missing.
    pub fn incomplete(self, folder: &Path, missing: &[&str]) -> GroundError {
        GroundError::Incomplete {
            folder: folder.to_owned(),
            there: self.there,
            missing: missing.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

/// A link that leads nowhere is there too: following it would make a file elsewhere.
fn exists(folder: &Path, name: &str) -> Result<bool, GroundError> {
    match fs::symlink_metadata(folder.join(name)) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(fault("data folder", folder, "read")(error)),
    }
}

pub(super) fn remove_drafts(folder: &Path) -> Result<(), GroundError> {
    for name in DRAFTS {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(fault("file", &folder.join(name), "removed")(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
