//! Connecting and migrating. The only place that knows which of the two databases it is.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    Any, AnyPool, Executor, SqlSafeStr, Transaction,
    any::AnyPoolOptions,
    migrate::{Migration, MigrationType, Migrator},
};

use super::StoreError;
use crate::config::DatabaseSettings;

/// The file of the embedded database in the data folder.
pub const SQLITE_FILE: &str = "fleksport.db";

/// How long somebody waits for a connection before hearing that there is none.
const WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

/// Where the database is.
pub(super) struct Address {
    kind: Kind,
    url: String,
}

impl Address {
    /// The configured PostgreSQL, or the file in the data folder, which is made when missing.
    pub fn new(settings: &DatabaseSettings, data_dir: &Path) -> Result<Self, StoreError> {
        match &settings.url {
            Some(url) if url.expose().starts_with("postgres://") || url.expose().starts_with("postgresql://") => {
                Ok(Self {
                    kind: Kind::Postgres,
                    url: url.expose().clone(),
                })
            }
            Some(_) => Err(StoreError::Address),
            None => Ok(Self {
                kind: Kind::Sqlite,
                url: sqlite_url(&data_dir.join(SQLITE_FILE))?,
            }),
        }
    }

    /// One connection that writes.
    pub async fn writer(&self) -> Result<Pool, StoreError> {
        self.pool(1, "").await
    }

    /// Several that read. On SQLite they could not write even by mistake.
    pub async fn readers(&self, count: u32) -> Result<Pool, StoreError> {
        self.pool(count, "PRAGMA query_only = ON;").await
    }

    async fn pool(&self, connections: u32, also_on_sqlite: &'static str) -> Result<Pool, StoreError> {
        sqlx::any::install_default_drivers();
        let kind = self.kind;
        let mut options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(WAIT);
        if kind == Kind::Sqlite {
            // Nothing else closes SQLite connections; opening one again costs its page cache.
            options = options
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        connection.execute(SQLITE_SETTINGS).await?;
                        connection.execute(also_on_sqlite).await?;
                        Ok(())
                    })
                });
        }
        let pool = options
            .connect(&self.url)
            .await
            .map_err(|error| StoreError::Connect(Arc::new(error)))?;
        Ok(Pool { kind, pool })
    }
}

/// `synchronous = FULL`: a commit that was answered is on disk. Freed pages are overwritten, so that deleted is deleted. A writer waits
/// five seconds for another process (a command beside the server) before its batch is tried again.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;";

/// Percent-encodes what has a meaning in a URL; made when missing.
fn sqlite_url(path: &Path) -> Result<String, StoreError> {
    let path = path.to_str().ok_or(StoreError::Address)?;
    let mut url = String::from("sqlite://");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url.push_str("?mode=rwc");
    Ok(url)
}

/// Connections to one of the two databases.
#[derive(Clone)]
pub(super) struct Pool {
    kind: Kind,
    pub pool: AnyPool,
}

impl Pool {
    /// On SQLite the right to write is taken at once: taken later, it can fail where waiting does not help.
    pub async fn begin(&self) -> Result<Transaction<'static, Any>, StoreError> {
        match self.kind {
            Kind::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Kind::Postgres => self.pool.begin().await,
        }
        .map_err(|error| StoreError::Connect(Arc::new(error)))
    }

    /// Brings the tables up to date. Safe to run twice, and on PostgreSQL by several nodes at once (it takes a lock).
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let all = match self.kind {
            Kind::Sqlite => SQLITE_MIGRATIONS,
            Kind::Postgres => POSTGRES_MIGRATIONS,
        };
        let migrations = all.iter().map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        });
        Migrator::with_migrations(migrations.collect())
            .run(&self.pool)
            .await
            .map_err(StoreError::Migrate)
    }
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
    (
        10,
        "readers ahead",
        include_str!("../../migrations/sqlite/0010_readers_ahead.sql"),
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
    (
        10,
        "readers ahead",
        include_str!("../../migrations/postgres/0010_readers_ahead.sql"),
    ),
];
