use std::{io::ErrorKind, path::PathBuf};

use jiff::Timestamp;

use crate::{
    store::{Lost, StoreError},
    vault::VaultError,
};

/// Differences that are listed one by one; a database of another day differs in every feed.
const LISTED: usize = 5;

/// Why the service does not begin on what lies there. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    #[error("the {what} {} can't be {doing}: {}", path.display(), reason(*cause))]
    Io {
        what: &'static str,
        path: PathBuf,
        doing: &'static str,
        cause: ErrorKind,
    },
    #[error("the data folder {} belongs to another user (uid {owner}): run as that user, or name another folder with --data", path.display())]
    AnothersFolder { path: PathBuf, owner: u32 },
    #[error("the data folder {} is used by others too: name a folder of its own with --data", path.display())]
    SharedFolder { path: PathBuf },
    #[error("the {what} {} can be read by others than its owner: run `chmod 600 {}`", path.display(), path.display())]
    OpenToOthers { what: &'static str, path: PathBuf },
    #[error("another process has held the data folder {} for too long", path.display())]
    Held { path: PathBuf },
    /// Some of what belongs together is there.
    #[error("in {} there is {}, but no {}: {}", folder.display(), joined(there), joined(missing), cures(missing))]
    Incomplete {
        folder: PathBuf,
        there: Vec<String>,
        missing: Vec<String>,
    },
    #[error("there is no installation in {}: name its folder with --data, or make a new one with `fleksport init`", folder.display())]
    NothingThere { folder: PathBuf },
    #[error(
        "a new installation is only made where none of ours lies, and here is {}",
        joined(there)
    )]
    AlreadyThere { there: Vec<String> },
    #[error("the database has no tables yet: run `fleksport migrate`")]
    NeedsMigrate,
    #[error(
        "high-water.json is missing beside the keys, so nobody can tell whether this is the newest database: put it back, or, when it is, \
         say so with `fleksport verify --accept REASON`"
    )]
    NoHighWater,
    #[error(
        "high-water.json was changed or is not that of these keys: put the right one back, or, when the database is right, say so with \
         `fleksport verify --accept REASON`"
    )]
    ForeignHighWater,
    /// It is not the database that was here, or an older one.
    #[error(
        "the database is not the newest one, which was here at {at}: {}. Put the newest one back; when an older one was put back on purpose, \
         `fleksport verify --accept REASON` goes on from it",
        listed(lost)
    )]
    Lost { at: Timestamp, lost: Vec<Lost> },
    #[error("the key file in the data folder can't be used")]
    Vault(#[source] VaultError),
    #[error("the database {} can't be made", path.display())]
    NotMade {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
    #[error("the database can't be opened")]
    Store(#[source] StoreError),
}

fn reason(cause: ErrorKind) -> String {
    match cause {
        ErrorKind::PermissionDenied => "no permission".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left".to_owned(),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "there is a file in the place of a folder".to_owned(),
        ErrorKind::IsADirectory => "there is a folder in its place".to_owned(),
        other => other.to_string(),
    }
}

fn joined(names: &[String]) -> String {
    names.join(" and ")
}

fn cures(missing: &[String]) -> String {
    let keys = missing.iter().any(|name| name == crate::vault::FILE_NAME);
    let keys_only = keys && missing.len() == 1;
    if keys_only {
        "put the key file back from where its copy is kept; without it nothing in the database can be read".to_owned()
    } else {
        let what = if keys { "both" } else { "the database" };
        format!("put {what} back from the backup; for a new installation move what is there away first")
    }
}

fn listed(lost: &[Lost]) -> String {
    let mut lines: Vec<String> = lost.iter().take(LISTED).map(ToString::to_string).collect();
    if lost.len() > LISTED {
        lines.push(format!("and {} more", lost.len() - LISTED));
    }
    lines.join("; ")
}
