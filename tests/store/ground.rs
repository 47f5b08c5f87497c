//! A fresh database for each test: a file in a folder of its own, or a schema of its own in the PostgreSQL cluster.

use std::{future::Future, num::NonZeroU32};

use fleksport::{
    clock::Clock,
    config::DatabaseSettings,
    entropy::Entropy,
    store::{SQLITE_FILE, Store},
    value::Redacted,
    vault::Vault,
};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

/// Where the cluster is; `scripts/with-postgres` starts one and sets it.
const CLUSTER: &str = "FLEKSPORT_TEST_POSTGRES_URL";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub struct Ground {
    pub kind: Kind,
    pub settings: DatabaseSettings,
    pub folder: tempfile::TempDir,
    pub clock: Clock,
    url: String,
}

/// The moment at which every test begins.
pub fn start() -> Timestamp {
    "2026-12-01T08:00:00.123Z".parse().unwrap()
}

impl Ground {
    /// Without tables.
    async fn bare(kind: Kind, schema: &str) -> Self {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let url = match kind {
            Kind::Sqlite => format!("sqlite://{}?mode=rwc", folder.path().join(SQLITE_FILE).display()),
            Kind::Postgres => {
                on_cluster(&format!("CREATE SCHEMA {schema}")).await;
                let cluster = cluster();
                let separator = if cluster.contains('?') { '&' } else { '?' };
                format!("{cluster}{separator}options[search_path]={schema}")
            }
        };
        let settings = DatabaseSettings {
            url: (kind == Kind::Postgres).then(|| Redacted::new(url.clone())),
            queue_length: 20_000,
            batch_size: 64,
            readers: NonZeroU32::new(4).unwrap(),
            statement_timeout: std::time::Duration::from_secs(20),
            disk_reserve_bytes: 0,
        };
        Self {
            kind,
            settings,
            folder,
            clock: Clock::fixed(start()),
            url,
        }
    }

    /// Another node on the same database, with the same keys.
    pub async fn store(&self) -> Store {
        let vault = Vault::open_or_make(self.folder.path(), &Entropy::System, start()).unwrap();
        Store::open(
            &self.settings,
            self.folder.path(),
            vault,
            self.clock.clone(),
            Entropy::System,
        )
        .await
        .unwrap()
    }

    /// A connection past the store, to look at and to damage what it wrote.
    pub async fn raw(&self) -> AnyConnection {
        AnyConnection::connect(&self.url).await.unwrap()
    }

    /// Keeps every write of the store waiting until [`let_go`].
    pub async fn hold_writes(&self) -> AnyConnection {
        let mut other = self.raw().await;
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN",
        };
        for sql in [begin, "UPDATE audit_head SET last_sequence = last_sequence"] {
            sqlx::raw_sql(sql).execute(&mut other).await.unwrap();
        }
        other
    }

    /// Runs statements past the store.
    pub async fn execute(&self, sql: &str) {
        let mut connection = self.raw().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let mut connection = self.raw().await;
        let count = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        count
    }
}

/// Ends what [`Ground::hold_writes`] began.
pub async fn let_go(mut holder: AnyConnection) {
    sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
    holder.close().await.unwrap();
}

fn cluster() -> String {
    std::env::var(CLUSTER)
        .unwrap_or_else(|_| panic!("{CLUSTER} is not set: run the tests with scripts/with-postgres cargo test"))
}

async fn on_cluster(sql: &str) {
    let mut connection = AnyConnection::connect(&cluster()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// Runs one test on fresh ground, with its tables or without.
pub fn run<F: Future<Output = ()>>(kind: Kind, migrated: bool, test: impl FnOnce(std::sync::Arc<Ground>) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let schema = format!(
            "test_{}",
            uuid::Uuid::from_bytes(Entropy::System.bytes().unwrap()).simple()
        );
        let ground = std::sync::Arc::new(Ground::bare(kind, &schema).await);
        if migrated {
            Store::migrate(&ground.settings, ground.folder.path()).await.unwrap();
        }
        test(ground).await;
        if kind == Kind::Postgres {
            on_cluster(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    });
}

/// Declares tests that run on both databases. `bare` ones find no tables.
macro_rules! on_both {
    ($(async fn $name:ident($ground:ident) $body:block)*) => {
        on_both! { @ true $(async fn $name($ground) $body)* }
    };
    (bare $(async fn $name:ident($ground:ident) $body:block)*) => {
        on_both! { @ false $(async fn $name($ground) $body)* }
    };
    (@ $migrated:literal $(async fn $name:ident($ground:ident) $body:block)*) => {
        $(mod $name {
            use super::*;
            async fn test($ground: std::sync::Arc<$crate::ground::Ground>) $body

            #[test]
            fn on_sqlite() {
                $crate::ground::run($crate::ground::Kind::Sqlite, $migrated, test);
            }

            #[test]
            fn on_postgresql() {
                $crate::ground::run($crate::ground::Kind::Postgres, $migrated, test);
            }
        })*
    };
}
pub(crate) use on_both;
