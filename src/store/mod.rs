//! Stage 5: the only SQL. One text serves SQLite and PostgreSQL; what is personal goes through the vault.
//!
//! Everything is written by one task with group commit (`writer`); reads use connections of their own and go on meanwhile. Each
//! statement begins with a comment that names its function, so that a log of slow statements leads back here.

mod acknowledgements;
mod alarms;
mod attention;
mod audit;
mod audited;
mod by_ids;
mod chain;
mod change;
mod copy;
mod corrections;
mod credentials;
mod database;
mod delivery;
mod dialogue;
mod dialogue_reading;
mod error;
mod feed;
mod feed_reading;
mod handed_on;
mod handovers;
mod holder;
mod inbox;
mod insert;
mod lease;
mod moves;
mod news;
mod outbox;
mod page;
mod pings;
mod prepare;
mod readers_ahead;
mod reports;
mod residence;
mod retention;
mod row;
mod sealing;
mod sessions;
mod settings;
mod state;
mod submissions;
mod take_in;
mod tx;
mod wages;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::AnyPool;
use tokio::task::JoinHandle;

use crate::{clock::Clock, config::DatabaseSettings, entropy::Entropy, vault::Vault};
use database::{Address, Pool};
use news::News;
use row::Reader;
use writer::{Fault, Write, Writer};

pub use acknowledgements::Acknowledgement;
pub use alarms::{Alarm, AlarmCounts, AlarmLimits, AlarmMailRow, Told};
pub use attention::{MOST_COUNTED, MunicipalityWaiting, Neglect, Overdue, Waiting};
pub use chain::Link;
pub use copy::{CopyEntry, CopyError, CopyFile, CopyState};
pub use credentials::{Credential, NewCredential};
pub use database::SQLITE_FILE;
pub use delivery::{Deliveries, Fetched};
pub use error::{AcknowledgeError, StepError, StoreError, TakeInError};
pub use feed_reading::{FeedEnds, FeedPage, FeedRange, MAX_PAGE, SnapshotPage};
pub use handed_on::HandedOn;
pub use holder::Holder;
pub use inbox::InboxFilter;
pub use outbox::{FailedRow, OutboxCounts, OutboxRow};
pub use page::{Page, PageRequest};
pub use pings::{Ping, PingCounts, PingRow, PingState};
pub use readers_ahead::ReaderAhead;
pub use reports::ReportDetail;
pub use residence::{QuestionState, ResidenceQuestion, register_entry};
pub use retention::Deleted;
pub use sessions::{NewSession, Session};
pub use settings::{MunicipalitySettings, PingRegistration, PingTarget};
pub use submissions::{ReceiptCheck, SubmissionSummary};
pub use take_in::TakenIn;

/// The statements that reading stands on, each with its name in front, for the test of how databases run them.
#[doc(hidden)]
#[must_use]
pub fn hot_statements() -> Vec<String> {
    [
        acknowledgements::hot(),
        attention::hot(),
        delivery::hot(),
        dialogue_reading::hot(),
        feed_reading::hot(),
        inbox::hot(),
        reports::hot(),
        residence::hot(),
    ]
    .concat()
}

/// The records. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: Writer,
    news: Arc<News>,
    readers: Pool,
    vault: Vault,
    clock: Clock,
    entropy: Entropy,
    writing: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    /// Opens the configured database, which must be up to date (see [`Store::migrate`]).
    ///
    /// # Errors
    /// When it can't be reached, or the keys in the data folder are not those it was written with.
    pub async fn open(
        settings: &DatabaseSettings,
        data_dir: &Path,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, StoreError> {
        let address = Address::new(settings, data_dir)?;
        let writing = address.writer().await?;
        let readers = address.readers(settings.readers.get()).await?;
        let news = Arc::new(News::default());
        let (writer, task) = Writer::start(
            writing,
            news.clone(),
            clock.clone(),
            entropy.clone(),
            settings.queue_length,
            settings.batch_size,
        );
        let writing = Mutex::new(Some(task));
        let store = Self(Arc::new(Inner {
            writer,
            news,
            readers,
            vault,
            clock,
            entropy,
            writing,
        }));
        store.check_vault().await?;
        Ok(store)
    }

    /// Brings the database up to date; makes it when it is a file that is not there yet. Safe to run twice.
    ///
    /// # Errors
    /// When it can't be reached or was written by a newer version.
    pub async fn migrate(settings: &DatabaseSettings, data_dir: &Path) -> Result<(), StoreError> {
        let pool = Address::new(settings, data_dir)?.writer().await?;
        let migrated = pool.migrate().await;
        pool.pool.close().await;
        migrated
    }

    /// Copies the SQLite database into a new file, whole and consistent, while others go on writing.
    ///
    /// # Errors
    /// When the database can't be reached or the file can't be written or is there already.
    pub async fn copy(settings: &DatabaseSettings, data_dir: &Path, target: &Path) -> Result<(), StoreError> {
        let target = target.to_str().ok_or(StoreError::Address)?;
        let pool = Address::new(settings, data_dir)?.writer().await?;
        let copied = sqlx::query(COPY).bind(target).execute(&pool.pool).await;
        pool.pool.close().await;
        copied.map(drop).map_err(StoreError::at(COPY))
    }

    /// Writes what waits, then closes. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.0.writer.stop();
        let task = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A panic of the task has been reported by the runtime; there is nothing left to wait for.
            let _ = task.await;
        }
        self.0.readers.pool.close().await;
    }

    /// Whether the database answers a read and a write.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query_scalar::<_, i64>(PING)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(PING))?;
        self.writer().write(Touch).await.map_err(Fault::into_store_error)
    }

    fn writer(&self) -> &Writer {
        &self.0.writer
    }

    fn news(&self) -> &News {
        &self.0.news
    }

    fn readers(&self) -> &AnyPool {
        &self.0.readers.pool
    }

    fn vault(&self) -> &Vault {
        &self.0.vault
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Leaves a sealed mark in a new database; in an old one the mark must open.
    async fn check_vault(&self) -> Result<(), StoreError> {
        let sealed = sealing::seal_bytes(self.vault(), self.entropy(), sealing::VAULT_CHECK, "1", VAULT_MARK)?;
        self.writer()
            .write(Mark(sealed))
            .await
            .map_err(Fault::into_store_error)?;
        let row = sqlx::query(READ_MARK)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(READ_MARK))?;
        let sealed: Vec<u8> = Reader::named(&row, "vault_check", "1".into()).get("sealed")?;
        let (table, column) = sealing::VAULT_CHECK;
        let place = crate::vault::Place {
            table,
            column,
            row: "1",
        };
        self.vault()
            .unseal(place, &sealed)
            .map(drop)
            .map_err(StoreError::ForeignKeys)
    }
}

const VAULT_MARK: &[u8] = b"fleksport";

const COPY: &str = "-- store::copy
VACUUM INTO $1";

const PING: &str = "-- store::ping
SELECT last_sequence FROM audit_head WHERE id = 1";

struct Touch;

impl Write for Touch {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut tx::Tx) -> Result<(), Fault<Self::Refusal>> {
        sqlx::query(PING)
            .fetch_one(tx.connection())
            .await
            .map(drop)
            .map_err(StoreError::at(PING))?;
        Ok(())
    }
}

const LEAVE_MARK: &str = "-- store::leave_mark
INSERT INTO vault_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";

const READ_MARK: &str = "-- store::read_mark
SELECT sealed FROM vault_check WHERE id = 1";

struct Mark(Vec<u8>);

impl Write for Mark {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut tx::Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(LEAVE_MARK).bind(self.0.as_slice());
        query
            .execute(tx.connection())
            .await
            .map(drop)
            .map_err(StoreError::at(LEAVE_MARK))?;
        Ok(())
    }
}
