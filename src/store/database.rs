//! Connecting and migrating. The only place that knows which of the two databases it is.

use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    AnyConnection, AssertSqlSafe, Connection as _, Error, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::time::timeout;

use super::{StoreError, cause::late, connection::Connection};
use crate::config::DatabaseSettings;

/// The file of the embedded database in the data folder.
pub const SQLITE_FILE: &str = "fleksport.db";

/// How long somebody waits for a connection, or for one to be opened, before hearing that there is none.
pub(super) const WAIT: Duration = Duration::from_secs(5);

/// The longest wait for a lock that somebody else holds.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Writing,
    /// On SQLite it could not write even by mistake.
    Reading,
    /// Migrations and copies: no limit of time.
    Upkeep,
}

/// Where the database is.
pub(super) struct Address {
    kind: Kind,
    url: String,
    /// Of SQLite.
    file: Option<PathBuf>,
    /// The longest that one statement may take.
    limit: Duration,
}

/// Of a file that no settings speak of.
const FILE_LIMIT: Duration = Duration::from_secs(60);

impl Address {
    /// The configured PostgreSQL, or the file in the data folder. A file that is not there is never made by opening it.
    pub fn new(settings: &DatabaseSettings, data_dir: &Path) -> Result<Self, StoreError> {
        let limit = settings.statement_timeout;
        match &settings.url {
            Some(url) if url.expose().starts_with("postgres://") || url.expose().starts_with("postgresql://") => {
                Ok(Self {
                    kind: Kind::Postgres,
                    url: url.expose().clone(),
                    file: None,
                    limit,
                })
            }
            Some(_) => Err(StoreError::Address),
            None => Ok(Self {
                limit,
                ..Self::file(&data_dir.join(SQLITE_FILE))?
            }),
        }
    }

    /// A SQLite file.
    pub fn file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            kind: Kind::Sqlite,
            url: sqlite_url(path)?,
            file: Some(path.to_owned()),
            limit: FILE_LIMIT,
        })
    }

    /// Makes the file of SQLite, empty and for its owner alone, when it is not there.
    pub fn made(self) -> Result<Self, StoreError> {
        if let Some(path) = &self.file {
            let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
            made.map_err(|error| StoreError::Connect(Arc::new(sqlx::Error::Io(error))))?;
        }
        Ok(self)
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether there is a network, or at least another process, between here and the database.
    pub fn is_remote(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// Opens a connection, within [`WAIT`].
    pub async fn connect(&self, purpose: For) -> Result<Connection, Error> {
        sqlx::any::install_default_drivers();
        let opened = timeout(WAIT, async {
            let mut any = AnyConnection::connect(&self.url).await?;
            sqlx::raw_sql(AssertSqlSafe(self.begin_with(purpose)))
                .execute(&mut any)
                .await?;
            Ok(any)
        });
        let any = opened.await.unwrap_or_else(|_| Err(late()))?;
        Ok(Connection::new(any, self.limit))
    }

    /// What is set on each new connection.
    fn begin_with(&self, purpose: For) -> String {
        match (self.kind, purpose) {
            (Kind::Sqlite, For::Reading) => format!("{SQLITE_SETTINGS} PRAGMA query_only = ON;"),
            (Kind::Sqlite, For::Writing | For::Upkeep) => SQLITE_SETTINGS.to_owned(),
            (Kind::Postgres, For::Upkeep) => POSTGRES_SETTINGS.to_owned(),
            (Kind::Postgres, For::Reading | For::Writing) => {
                let limit = self.limit.as_millis();
                let lock = self.limit.min(LONGEST_LOCK).as_millis();
                format!(
                    "{POSTGRES_SETTINGS} SET statement_timeout = {limit}; SET lock_timeout = {lock}; \
                     SET idle_in_transaction_session_timeout = {};",
                    2 * limit
                )
            }
        }
    }

    /// Before a statement whose rows are read one by one, as slowly as it may be.
    pub async fn lift_limit(&self, connection: &mut Connection) -> Result<(), Error> {
        match self.kind {
            Kind::Sqlite => Ok(()),
            Kind::Postgres => set(connection, "SET statement_timeout = 0".to_owned()).await,
        }
    }

    /// After it.
    pub async fn set_limit(&self, connection: &mut Connection) -> Result<(), Error> {
        match self.kind {
            Kind::Sqlite => Ok(()),
            Kind::Postgres => {
                let limit = self.limit.as_millis();
                set(connection, format!("SET statement_timeout = {limit}")).await
            }
        }
    }

    /// How a transaction begins. On SQLite the right to write is taken at once: taken later, it can fail where waiting does not help.
    pub fn begin(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN",
        }
    }

    /// Brings the tables up to date. Safe to run twice, and on PostgreSQL by several nodes at once (it takes a lock).
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.upkeep().await?;
        let migrated = self.migrate_on(&mut connection).await;
        connection.close().await;
        migrated
    }

    /// [`Address::migrate`] on a connection that is open.
    pub async fn migrate_on(&self, connection: &mut Connection) -> Result<(), StoreError> {
        super::schema::refuse_newer(connection, self.kind).await?;
        Migrator::with_migrations(self.kind.migrations().collect())
            .run(connection.unlimited())
            .await
            .map_err(StoreError::Migrate)
    }

    /// A connection without a limit of time.
    pub async fn upkeep(&self) -> Result<Connection, StoreError> {
        let opened = self.connect(For::Upkeep).await;
        opened.map_err(|error| StoreError::Connect(Arc::new(error)))
    }
}

impl Kind {
    fn all_migrations(self) -> &'static [(i64, &'static str, &'static str)] {
        match self {
            Self::Sqlite => SQLITE_MIGRATIONS,
            Self::Postgres => POSTGRES_MIGRATIONS,
        }
    }

    /// The number of the newest migration in this program.
    pub fn newest_migration(self) -> i64 {
        self.all_migrations().last().map_or(0, |(version, ..)| *version)
    }

    /// The numbers of all migrations, in order; not every number is one.
    pub fn versions(self) -> impl Iterator<Item = i64> {
        self.all_migrations().iter().map(|(version, ..)| *version)
    }

    fn migrations(self) -> impl Iterator<Item = Migration> {
        self.all_migrations().iter().map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
    }
}

async fn set(connection: &mut Connection, sql: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// A server whose client has vanished notices it within about half a minute; the other way round our own limit does.
const POSTGRES_SETTINGS: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;";

/// `synchronous = FULL`: a commit that was answered is on disk. Freed pages are overwritten, so that deleted is deleted. A writer waits
/// five seconds for another process (a command beside the server) before its batch is tried again.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;";

/// Percent-encodes what has a meaning in a URL.
fn sqlite_url(path: &Path) -> Result<String, StoreError> {
    let path = path.to_str().ok_or(StoreError::Address)?;
    let mut url = String::from("sqlite://");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url.push_str("?mode=rw");
    Ok(url)
}

const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "begin", include_str!("../../migrations/sqlite/0001_begin.sql")),
    (2, "dialogue", include_str!("../../migrations/sqlite/0002_dialogue.sql")),
    (3, "pings", include_str!("../../migrations/sqlite/0003_pings.sql")),
    (
        4,
        "residence",
        include_str!("../../migrations/sqlite/0004_residence.sql"),
    ),
    (5, "reading", include_str!("../../migrations/sqlite/0005_reading.sql")),
    (6, "neglect", include_str!("../../migrations/sqlite/0006_neglect.sql")),
    (
        7,
        "retention",
        include_str!("../../migrations/sqlite/0007_retention.sql"),
    ),
    (8, "proofs", include_str!("../../migrations/sqlite/0008_proofs.sql")),
    (9, "mail", include_str!("../../migrations/sqlite/0009_mail.sql")),
    (
        10,
        "readers ahead",
        include_str!("../../migrations/sqlite/0010_readers_ahead.sql"),
    ),
    (11, "earlier", include_str!("../../migrations/sqlite/0011_earlier.sql")),
    (12, "drafts", include_str!("../../migrations/sqlite/0012_drafts.sql")),
    (13, "arrival", include_str!("../../migrations/sqlite/0013_arrival.sql")),
    (14, "alike", include_str!("../../migrations/sqlite/0014_alike.sql")),
    (
        15,
        "kept forms",
        include_str!("../../migrations/sqlite/0015_kept_forms.sql"),
    ),
];
const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "begin", include_str!("../../migrations/postgres/0001_begin.sql")),
    (
        2,
        "dialogue",
        include_str!("../../migrations/postgres/0002_dialogue.sql"),
    ),
    (3, "pings", include_str!("../../migrations/postgres/0003_pings.sql")),
    (
        4,
        "residence",
        include_str!("../../migrations/postgres/0004_residence.sql"),
    ),
    (5, "reading", include_str!("../../migrations/postgres/0005_reading.sql")),
    (6, "neglect", include_str!("../../migrations/postgres/0006_neglect.sql")),
    (
        7,
        "retention",
        include_str!("../../migrations/postgres/0007_retention.sql"),
    ),
    (8, "proofs", include_str!("../../migrations/postgres/0008_proofs.sql")),
    (9, "mail", include_str!("../../migrations/postgres/0009_mail.sql")),
    (
        10,
        "readers ahead",
        include_str!("../../migrations/postgres/0010_readers_ahead.sql"),
    ),
    (
        11,
        "earlier",
        include_str!("../../migrations/postgres/0011_earlier.sql"),
    ),
    (12, "drafts", include_str!("../../migrations/postgres/0012_drafts.sql")),
    (
        13,
        "arrival",
        include_str!("../../migrations/postgres/0013_arrival.sql"),
    ),
    (14, "alike", include_str!("../../migrations/postgres/0014_alike.sql")),
    (
        15,
        "kept forms",
        include_str!("../../migrations/postgres/0015_kept_forms.sql"),
    ),
];
