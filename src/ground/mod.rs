//! The ground that the service stands on: keys, database and the files beside them belong together, and are made together or not at all.
//!
//! Before a command opens anything it looks which of our files lie there. None: a new installation may be made. All: it goes on. Anything
//! else is refused with what is there, what is missing and what to do, and nothing is left behind. Then the database must be the newest
//! one (`high_water`), and what had been deleted from it must be gone (`lists`).

mod error;
mod folder;
mod high_water;
mod lists;
mod look;

use std::{
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::{
    clock::Clock,
    config::Config,
    entropy::Entropy,
    store::{Heads, SQLITE_FILE, Standing, Store},
    value::SubmissionId,
    vault::{self, Vault, VaultError},
};
use look::Found;

pub use error::GroundError;
pub use folder::tidy;
pub use high_water::HighWater;
pub use lists::{DeletedList, InvalidReason, Reason};

/// How far the database has come.
pub const HIGH_WATER: &str = "high-water.json";
/// Which submissions have been deleted.
pub const DELETED: &str = "deleted.log";
/// Which older databases were gone on with, and why.
pub const ACCEPTED: &str = "accepted.log";

/// What somebody came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To work; on SQLite a new installation is made where nothing of ours lies.
    Open,
    /// To bring the database up to date, or to make a new installation.
    Migrate,
    /// A new installation, and nothing else.
    New,
    /// What is there, and nothing else.
    Existing,
}

/// The files beside the database, and the keys to sign them with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ground {
    folder: PathBuf,
    vault: Vault,
    /// The database is in the folder too: then the file beside it is always there as well.
    is_sqlite: bool,
}

impl Ground {
    /// Looks what lies there, and makes a new installation where that is wanted and right.
    ///
    /// # Errors
    /// When what lies there does not belong together, can't be read or written, or is open to others. Nothing is left behind then.
    pub async fn open(config: &Config, clock: &Clock, entropy: &Entropy, want: Want) -> Result<Self, GroundError> {
        let maker = Maker {
            config,
            folder: &config.data_dir,
            entropy,
            now: clock.now(),
        };
        let vault = if config.database.url.is_none() {
            maker.sqlite(want).await?
        } else {
            maker.postgres(want).await?
        };
        Ok(Self::of(config, vault))
    }

    fn of(config: &Config, vault: Vault) -> Self {
        Self {
            folder: config.data_dir.clone(),
            vault,
            is_sqlite: config.database.url.is_none(),
        }
    }

    /// The keys.
    pub fn vault(&self) -> Vault {
        self.vault.clone()
    }

    /// Whether the database is the one that was here, and no older. Where there is nothing to tell it from, a first file is written: for
    /// a database into which nothing has been written yet or that an earlier program made, and for a new node on PostgreSQL.
    ///
    /// # Errors
    /// [`GroundError::Lost`] and the like when it is not.
    pub async fn prove(&self, store: &Store, now: Timestamp) -> Result<(), GroundError> {
        let held = folder::hold(&self.folder).await?;
        match HighWater::read(&self.folder, &self.vault)? {
            Some(then) => lost_since(store, &then).await?,
            None => {
                let heads = store.heads().await.map_err(GroundError::Store)?;
                if self.is_sqlite && heads.audit.sequence > 0 && !store.has_old_mark() {
                    return Err(GroundError::NoHighWater);
                }
                self.write(heads, now)?;
            }
        }
        drop(held);
        if store.has_old_mark() {
            store.renew_mark().await.map_err(GroundError::Store)?;
        }
        Ok(())
    }

    /// Writes down how far the database has come, when it has gone on since the last time. A database that has gone back under a
    /// running service is an error, and the file stays as it was.
    ///
    /// # Errors
    /// When the database does not answer, has gone back, or the folder can't be written.
    pub async fn raise(&self, store: &Store, now: Timestamp) -> Result<bool, GroundError> {
        let _held = folder::hold(&self.folder).await?;
        let then = HighWater::read(&self.folder, &self.vault)?;
        let heads = store.heads().await.map_err(GroundError::Store)?;
        if let Some(then) = then {
            if then.heads == heads {
                return Ok(false);
            }
            lost_since(store, &then).await?;
        }
        self.write(heads, now)?;
        Ok(true)
    }

    /// Goes on with the database as it is.
    ///
    /// # Errors
    /// When the database does not answer or the folder can't be written.
    pub async fn accept(
        &self,
        store: &Store,
        reason: &Reason,
        act: uuid::Uuid,
        now: Timestamp,
    ) -> Result<(), GroundError> {
        let _held = folder::hold(&self.folder).await?;
        lists::note_accepted(&self.folder, &self.vault, reason, act, now)?;
        let heads = store.heads().await.map_err(GroundError::Store)?;
        self.write(heads, now)?;
        if store.has_old_mark() {
            store.renew_mark().await.map_err(GroundError::Store)?;
        }
        Ok(())
    }

    /// What was known of the database when it was last written down; `None` when nothing was.
    ///
    /// # Errors
    /// When the file can't be read, was changed, or is signed with other keys.
    pub fn high_water(&self) -> Result<Option<HighWater>, GroundError> {
        HighWater::read(&self.folder, &self.vault)
    }

    /// Notes that submissions are gone. They are gone all the same when that fails: it is told in the log.
    pub fn note_deleted(&self, ids: &[SubmissionId], now: Timestamp) {
        if let Err(error) = lists::note_deleted(&self.folder, &self.vault, ids, now) {
            tracing::error!(cause = %error, submissions = ids.len(), "what was deleted can't be noted for the time after a restore");
        }
    }

    /// What has been deleted as far back as backups are kept; what is older is forgotten.
    ///
    /// # Errors
    /// When the list can't be read or written.
    pub async fn deleted(&self, now: Timestamp) -> Result<DeletedList, GroundError> {
        let _held = folder::hold(&self.folder).await?;
        lists::trim_deleted(&self.folder, &self.vault, now)?;
        lists::read_deleted(&self.folder, &self.vault)
    }

    /// Copies keys, list and, for a copy of the database that has come so far, a high-water file into another folder.
    ///
    /// # Errors
    /// When that folder can't be written or holds keys already.
    pub fn copy_to(&self, target: &Path, heads: Heads, now: Timestamp) -> Result<(), GroundError> {
        folder::make(target)?;
        vault::copy_keys(&self.folder, target).map_err(GroundError::Vault)?;
        let copied = HighWater { written_at: now, heads };
        copied.write(target, &self.vault)?;
        let (from, to) = (self.folder.join(DELETED), target.join(DELETED));
        if from.exists() {
            fs::copy(&from, &to).map_err(folder::fault("file", &to, "written"))?;
        }
        Ok(())
    }

    fn write(&self, heads: Heads, now: Timestamp) -> Result<(), GroundError> {
        HighWater { written_at: now, heads }.write(&self.folder, &self.vault)
    }
}

async fn lost_since(store: &Store, then: &HighWater) -> Result<(), GroundError> {
    let lost = store.lost_since(&then.heads).await.map_err(GroundError::Store)?;
    if lost.is_empty() {
        return Ok(());
    }
    Err(GroundError::Lost {
        at: then.written_at,
        lost,
    })
}

/// Looks, and makes.
struct Maker<'a> {
    config: &'a Config,
    folder: &'a Path,
    entropy: &'a Entropy,
    now: Timestamp,
}

impl Maker<'_> {
    async fn sqlite(&self, want: Want) -> Result<Vault, GroundError> {
        let folder = self.folder;
        if !folder.exists() && want == Want::Existing {
            return Err(GroundError::NothingThere { folder: folder.into() });
        }
        folder::make(folder)?;
        self.tidy()?;
        let _held = folder::hold(folder).await?;
        let found = Found::of(folder)?;
        match (found.database, found.keys) {
            (true, true) | (false, true) if want == Want::New && !found.is_unfinished() => {
                return Err(GroundError::AlreadyThere { there: found.there });
            }
            (true, true) => {}
            _ if found.is_unfinished() && want != Want::Existing => self.finish_sqlite()?,
            _ if found.is_anything() => {
                let missing = [(found.keys, vault::FILE_NAME), (found.database, SQLITE_FILE)];
                let missing: Vec<&str> = missing
                    .iter()
                    .filter(|(there, _)| !there)
                    .map(|(_, name)| *name)
                    .collect();
                return Err(found.incomplete(folder, &missing));
            }
            _ if want == Want::Existing => return Err(GroundError::NothingThere { folder: folder.into() }),
            _ => self.new_sqlite().await?,
        }
        self.vault()
    }

    /// Everything is made under other names first. The keys get theirs before the database gets its own: what breaks off between is
    /// known by that and finished at the next start.
    async fn new_sqlite(&self) -> Result<(), GroundError> {
        look::remove_drafts(self.folder)?;
        let made = async {
            let vault = Vault::make_draft(self.folder, self.entropy, self.now).map_err(in_vault)?;
            let draft = self.folder.join(look::DATABASE_DRAFT);
            let founded = Store::found_file(&draft, &vault, self.entropy).await;
            founded.map_err(|source| GroundError::NotMade {
                path: self.folder.join(SQLITE_FILE),
                source,
            })?;
            Vault::keep_draft(self.folder).map_err(in_vault)
        };
        match made.await {
            Ok(_) => self.finish_sqlite(),
            Err(error) => {
                // Drafts count for nothing; that they can't be removed either adds nothing to the fault.
                let _ = look::remove_drafts(self.folder);
                Err(error)
            }
        }
    }

    fn finish_sqlite(&self) -> Result<(), GroundError> {
        let path = self.folder.join(SQLITE_FILE);
        let renamed = fs::rename(self.folder.join(look::DATABASE_DRAFT), &path)
            .and_then(|()| fs::File::open(self.folder)?.sync_all());
        renamed.map_err(folder::fault("database", &path, "made"))?;
        self.first_high_water(&self.vault()?)
    }

    /// On PostgreSQL a new installation is made by `fleksport migrate`, before several nodes start; a further node brings a copy of the
    /// keys.
    async fn postgres(&self, want: Want) -> Result<Vault, GroundError> {
        let standing = Store::standing(&self.config.database, self.folder)
            .await
            .map_err(GroundError::Store)?;
        let found = Found::of(self.folder)?;
        let makes = matches!(want, Want::Migrate | Want::New);
        if want == Want::New && (found.is_anything() || standing == Standing::Marked) {
            let mut there = found.there;
            there.extend((standing == Standing::Marked).then(|| "the PostgreSQL database".to_owned()));
            return Err(GroundError::AlreadyThere { there });
        }
        let has_high_water = found.there.iter().any(|name| name == HIGH_WATER);
        match standing {
            Standing::Empty if has_high_water => {
                return Err(found.incomplete(self.folder, &["database at database.url"]));
            }
            Standing::Unmarked { used: true } => {
                return Err(GroundError::Store(crate::store::StoreError::ForeignKeys(
                    VaultError::NoMark,
                )));
            }
            Standing::Empty | Standing::Unmarked { used: false } if makes => self.new_postgres(found.keys).await?,
            Standing::Empty => return Err(GroundError::NeedsMigrate),
            Standing::Unmarked { used: false } if !found.keys => return Err(GroundError::NeedsMigrate),
            Standing::Marked if !found.keys && found.keys_draft && makes => self.finish_postgres().await?,
            Standing::Marked if !found.keys => {
                let mut found = found;
                found
                    .there
                    .push("a PostgreSQL database with the mark of its keys".to_owned());
                return Err(found.incomplete(self.folder, &[vault::FILE_NAME]));
            }
            Standing::Unmarked { used: false } | Standing::Marked => self.tidy()?,
        }
        self.vault()
    }

    /// The mark in the database comes before the keys get their name: keys that count always belong to a database.
    async fn new_postgres(&self, has_keys: bool) -> Result<(), GroundError> {
        folder::make(self.folder)?;
        self.tidy()?;
        let _held = folder::hold(self.folder).await?;
        let vault = if has_keys {
            Vault::read(self.folder)
        } else {
            look::remove_drafts(self.folder)?;
            Vault::make_draft(self.folder, self.entropy, self.now)
        };
        let vault = vault.map_err(in_vault)?;
        let founded = Store::found(&self.config.database, self.folder, &vault, self.entropy).await;
        if let Err(error) = founded {
            if !has_keys && matches!(error, crate::store::StoreError::ForeignKeys(_)) {
                // Another node was faster; these keys belong to nothing.
                let _ = look::remove_drafts(self.folder);
            }
            return Err(GroundError::Store(error));
        }
        if !has_keys {
            Vault::keep_draft(self.folder).map_err(in_vault)?;
        }
        self.first_high_water(&vault)
    }

    /// The keys of a draft that the database has the mark of.
    async fn finish_postgres(&self) -> Result<(), GroundError> {
        let _held = folder::hold(self.folder).await?;
        let vault = Vault::read_draft(self.folder).map_err(in_vault)?;
        let founded = Store::found(&self.config.database, self.folder, &vault, self.entropy).await;
        founded.map_err(GroundError::Store)?;
        Vault::keep_draft(self.folder).map_err(in_vault).map(drop)
    }

    fn first_high_water(&self, vault: &Vault) -> Result<(), GroundError> {
        let first = HighWater {
            written_at: self.now,
            heads: Heads::of_nothing(),
        };
        first.write(self.folder, vault)
    }

    fn tidy(&self) -> Result<(), GroundError> {
        if tidy(self.folder)? {
            tracing::warn!(
                folder = %self.folder.display(),
                "the data folder could be read by others; it is now for its owner alone"
            );
        }
        Ok(())
    }

    fn vault(&self) -> Result<Vault, GroundError> {
        for name in [SQLITE_FILE, "fleksport.db-wal", "fleksport.db-shm"] {
            folder::check_file("database", &self.folder.join(name))?;
        }
        for name in [HIGH_WATER, DELETED, ACCEPTED] {
            folder::check_file("file", &self.folder.join(name))?;
        }
        Vault::read(self.folder).map_err(in_vault)
    }
}

fn in_vault(error: VaultError) -> GroundError {
    match error {
        VaultError::File { path, doing, source } => folder::fault("key file", &path, doing)(source),
        other => GroundError::Vault(other),
    }
}
