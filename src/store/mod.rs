//! Stage 5: the only SQL. One text serves SQLite and PostgreSQL; what is personal goes through the vault.
//!
//! Everything is written by one task with group commit (`writer`); reads use connections of their own and go on meanwhile. Each
//! statement begins with a comment that names its function, so that a log of slow statements leads back here.

mod acknowledgements;
mod alarms;
mod attention;
mod audit;
mod audited;
mod bound;
mod by_ids;
mod cause;
mod chain;
mod change;
mod clock_check;
mod connection;
mod copy;
mod corrections;
mod credentials;
mod database;
mod delivery;
mod dialogue;
mod dialogue_reading;
mod disk;
mod drafts;
mod earlier;
mod error;
mod feed;
mod feed_proof;
mod feed_reading;
mod for_each;
mod gather;
mod given_up;
mod handed_on;
mod handovers;
mod heads;
mod holder;
mod inbox;
mod insert;
mod kept_forms;
mod lease;
mod mail_facts;
mod mail_kinds;
mod marks;
mod moves;
mod news;
mod outbox;
mod page;
mod pings;
mod prepare;
mod proof;
mod proof_mark;
mod pulse;
mod purge;
mod readers;
mod readers_ahead;
mod reports;
mod residence;
mod retention;
mod row;
mod schema;
mod sealing;
mod sessions;
mod settings;
mod standings;
mod state;
mod submissions;
mod take_in;
mod traces;
mod tx;
mod unknowns;
mod watch;
mod wire;
mod withheld;
mod writer;
mod writer_figures;

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use sqlx::any::AnyRow;
use tokio::task::JoinHandle;

use crate::{clock::Clock, config::DatabaseSettings, entropy::Entropy, value::SubmissionId, vault::Vault};
use database::Address;
use disk::Disk;
use gather::Gather;
use marks::Proof;
use news::News;
use pulse::Pulse;
use readers::Readers;
use unknowns::Unknowns;
use watch::Watch;
use wire::Wire;
use writer::{Fault, Work, Write, Writer};

pub use acknowledgements::Acknowledgement;
pub use alarms::{Alarm, AlarmCounts, AlarmLimits, AlarmMailRow, Told};
pub use attention::{FeedStanding, MOST_COUNTED, MunicipalityWaiting, Neglect, Overdue, OverdueAt, Waiting};
pub use chain::Link;
pub use clock_check::{ClockDoubt, DeletionPace};
pub use copy::{CopyEntry, CopyError, CopyFile, CopyState};
pub use credentials::{Credential, NewCredential};
pub use database::SQLITE_FILE;
pub use delivery::{Deliveries, Fetched};
pub use drafts::{Draft, DraftError, DraftFound, DraftId, DraftOwner, DraftTerms, DraftVersion, NotADraftId};
pub use error::{AcknowledgeError, StepError, StoreError, TakeInError};
pub use feed_proof::{FeedFault, FeedsReport};
pub use feed_reading::{FeedEnds, FeedPage, FeedRange, MAX_PAGE, SnapshotPage};
pub use given_up::{About, GivenUpMail, MailId, MailVerdict, NotAMailId};
pub use handed_on::HandedOn;
pub use heads::{Chain, Head, Heads, Lost};
pub use holder::Holder;
pub use inbox::InboxFilter;
pub use kept_forms::{FormOwner, KeptForm, NotCarriedOut};
pub use mail_kinds::{MAIL_KINDS, MailKind};
pub use marks::Standing;
pub use outbox::{Failure, OutboxCounts, OutboxEnd, OutboxRow};
pub use page::{Page, PageRequest};
pub use pings::{Ping, PingCounts, PingRow, PingState};
pub use proof::{Checked, RowFault};
pub use readers_ahead::ReaderAhead;
pub use reports::ReportDetail;
pub use residence::{QuestionState, ResidenceQuestion, register_entry};
pub use retention::Deleted;
pub use sessions::{NewSession, Session};
pub use settings::{MunicipalitySettings, PingRegistration, PingTarget};
pub use standings::{MOST_NAMED, Standings};
pub use submissions::{ReceiptCheck, SubmissionSummary};
pub use take_in::TakenIn;
pub use traces::DeletedTraces;
pub use watch::UnreadableRow;
pub use withheld::{Told as ToldEntry, WithheldEntry};
pub use writer_figures::WriterFigures;

/// The statements that reading, taking in, acknowledging and the worker stand on, each with its name in front, for the test of how
/// databases run them. Those that only insert given values have no plan and are not among them.
#[doc(hidden)]
#[must_use]
pub fn hot_statements() -> Vec<String> {
    [
        acknowledgements::hot(),
        alarms::hot(),
        attention::hot(),
        audit::hot(),
        change::hot(),
        clock_check::hot(),
        corrections::hot(),
        credentials::hot(),
        delivery::hot(),
        dialogue::hot(),
        dialogue_reading::hot(),
        earlier::hot(),
        feed_reading::hot(),
        given_up::hot(),
        handed_on::hot(),
        handovers::hot(),
        inbox::hot(),
        mail_facts::hot(),
        moves::hot(),
        outbox::hot(),
        pings::hot(),
        purge::hot(),
        reports::hot(),
        residence::hot(),
        retention::hot(),
        standings::hot(),
        submissions::hot(),
        traces::hot(),
    ]
    .concat()
}

/// What a step of the writer may take besides its statement: opening a connection, waiting for its turn on a busy machine.
const SPARE: Duration = Duration::from_secs(15);

/// The records. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: Writer,
    news: Arc<News>,
    readers: Readers,
    credentials: Gather<String, Option<AnyRow>>,
    earlier: Gather<earlier::Asked, earlier::Found>,
    mail_facts: Gather<i64, Option<AnyRow>>,
    disk: Option<Arc<Disk>>,
    pulse: Arc<Pulse>,
    /// Longer than this no step of the writer takes.
    longest_step: Duration,
    watch: Arc<Watch>,
    clock: Clock,
    entropy: Entropy,
    writing: Mutex<Option<JoinHandle<()>>>,
    unknowns: Unknowns,
    /// What the mark proved when the store was opened.
    proof: Proof,
    deleted: OnceLock<TellDeleted>,
}

/// Rows that are unsealed in one go; then others have their turn, and a caller that has gone is noticed.
const AT_A_STRETCH: usize = 16;

/// Lets others have their turn after the row at this position of a list, where it is time.
async fn breathe(position: usize) {
    if position % AT_A_STRETCH == AT_A_STRETCH - 1 {
        tokio::task::yield_now().await;
    }
}

type TellDeleted = Box<dyn Fn(&[SubmissionId]) + Send + Sync>;

impl Store {
    /// Opens the configured database, which must be up to date (see [`Store::migrate`]).
    ///
    /// # Errors
    /// When it is not there or can't be reached, is of another schema, or was written with other keys.
    pub async fn open(
        settings: &DatabaseSettings,
        data_dir: &Path,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, StoreError> {
        let address = Arc::new(Address::new(settings, data_dir)?);
        let proof = prove_keys(&address, &vault, &entropy).await?;
        let readers = Readers::open(address.clone(), settings.readers.get()).await?;
        let (news, pulse) = (Arc::new(News::default()), Arc::new(Pulse::new()));
        let watch = Arc::new(Watch::new(vault));
        let disk = (!address.is_remote()).then(|| Arc::new(Disk::new(data_dir.into(), settings.disk_reserve_bytes)));
        let work = Work {
            address: address.clone(),
            wire: Wire::new(address, pulse.clone()),
            disk: disk.clone(),
            pulse: pulse.clone(),
            news: news.clone(),
            watch: watch.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let (writer, task) = Writer::start(work, settings.queue_length, settings.batch_size);
        let store = Self(Arc::new(Inner {
            writer,
            news,
            credentials: Gather::start(readers.clone(), for_each::MOST, credentials::look_up),
            earlier: Gather::start(readers.clone(), for_each::MOST, earlier::look_up),
            mail_facts: Gather::start(readers.clone(), for_each::MOST, mail_facts::look_up),
            readers,
            disk,
            pulse,
            longest_step: 2 * settings.statement_timeout + SPARE,
            watch,
            clock,
            entropy,
            writing: Mutex::new(Some(task)),
            unknowns: Unknowns::default(),
            proof,
            deleted: OnceLock::new(),
        }));
        store.prove().await?;
        Ok(store)
    }

    /// Brings the database up to date; makes it when it is a file that is not there yet. Safe to run twice.
    ///
    /// # Errors
    /// When it can't be reached or was written by a newer version.
    pub async fn migrate(settings: &DatabaseSettings, data_dir: &Path) -> Result<(), StoreError> {
        Address::new(settings, data_dir)?.made()?.migrate().await
    }

    /// Copies the SQLite database into a new file for its owner alone, whole and consistent, while others go on writing.
    ///
    /// # Errors
    /// When the database can't be reached or the file can't be written.
    pub async fn copy(settings: &DatabaseSettings, data_dir: &Path, target: &Path) -> Result<(), StoreError> {
        // An empty file is filled; SQLite would make one that others can read.
        Address::file(target)?.made()?;
        let target = target.to_str().ok_or(StoreError::Address)?;
        let mut connection = Address::new(settings, data_dir)?.upkeep().await?;
        let copied = sqlx::query(COPY).bind(target).execute(connection.unlimited()).await;
        connection.close().await;
        copied.map(drop).map_err(StoreError::at(COPY))
    }

    /// Whether the file of the SQLite database is whole, in SQLite's own words.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn file_integrity(&self) -> Result<String, StoreError> {
        sqlx::query_scalar(INTEGRITY)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(INTEGRITY))
    }

    /// Tells somebody of each submission that is deleted, after it is gone. The first one who asks is told.
    pub fn when_deleted(&self, tell: impl Fn(&[SubmissionId]) + Send + Sync + 'static) {
        // A second one is not expected, and would hear nothing.
        let _ = self.0.deleted.set(Box::new(tell));
    }

    fn tell_deleted(&self, ids: &[SubmissionId]) {
        if let Some(tell) = self.0.deleted.get().filter(|_| !ids.is_empty()) {
            tell(ids);
        }
    }

    /// Writes what waits, then closes. Later calls get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.0.writer.stop();
        let task = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // A panic of the task has been reported by the runtime; there is nothing left to wait for.
            let _ = task.await;
        }
        self.0.readers.close().await;
    }

    /// Whether the database answers a read and a write.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ping_reading().await?;
        self.ping_writing().await
    }

    /// Whether the database answers a read.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping_reading(&self) -> Result<(), StoreError> {
        sqlx::query_scalar::<_, i64>(PING)
            .fetch_one(self.readers())
            .await
            .map(drop)
            .map_err(StoreError::at(PING))
    }

    /// Whether the writer comes round and the database lets it write.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping_writing(&self) -> Result<(), StoreError> {
        self.writer().write(Touch).await.map_err(Fault::into_store_error)
    }

    /// Whether the writer's loop goes on: it waits for work, or is at a step that has not taken longer than it may. What the database
    /// does has no part in it.
    #[must_use]
    pub fn writer_goes_on(&self) -> bool {
        self.0.pulse.goes_on(self.0.longest_step)
    }

    /// Whether the disk has less room than is kept in reserve, so that nothing is written, or a write has just found none. Of PostgreSQL,
    /// whose disk is elsewhere, only the latter is known.
    #[must_use]
    pub fn disk_is_low(&self) -> bool {
        self.0.pulse.has_no_room() || self.0.disk.as_ref().is_some_and(|disk| disk.is_low())
    }

    /// What the writer has done since the process began.
    #[must_use]
    pub fn writer_figures(&self) -> &WriterFigures {
        self.0.writer.figures()
    }

    /// How much waits for the writer now, and how much may, in reports.
    #[must_use]
    pub fn writer_queue(&self) -> (usize, usize) {
        self.0.writer.queue()
    }

    /// The ids of the sealing keys that are loaded, the one that seals last; never empty.
    #[must_use]
    pub fn sealing_keys(&self) -> Vec<u32> {
        self.vault().sealing_keys()
    }

    fn unknowns(&self) -> &Unknowns {
        &self.0.unknowns
    }

    fn writer(&self) -> &Writer {
        &self.0.writer
    }

    fn news(&self) -> &News {
        &self.0.news
    }

    fn readers(&self) -> &Readers {
        &self.0.readers
    }

    fn vault(&self) -> &Vault {
        &self.0.watch.vault
    }

    fn watch(&self) -> &Watch {
        &self.0.watch
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }
}

/// Refuses tables of another version, and keys that are not those of the database.
async fn prove_keys(address: &Address, vault: &Vault, entropy: &Entropy) -> Result<Proof, StoreError> {
    let mut connection = address.upkeep().await?;
    let proven = async {
        schema::check(&mut connection, address.kind()).await?;
        marks::check(&mut connection, vault, entropy).await
    };
    let proven = proven.await;
    connection.close().await;
    proven
}

const COPY: &str = "-- store::copy
VACUUM INTO $1";

const INTEGRITY: &str = "-- store::integrity
PRAGMA integrity_check(1)";

const PING: &str = "-- store::ping
SELECT last_sequence FROM audit_head WHERE id = 1";

/// A write that changes nothing: a database that only lets read (a standby, a full disk) refuses it.
const TOUCH: &str = "-- store::touch
UPDATE vault_check SET id = id WHERE id = 1";

struct Touch;

impl Write for Touch {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut tx::Tx) -> Result<(), Fault<Self::Refusal>> {
        let done = sqlx::query(TOUCH).execute(tx.connection()).await;
        done.map(drop).map_err(StoreError::at(TOUCH))?;
        Ok(())
    }
}
