//! What there is to know of the service, each thing asked for in one place and no longer than a limit.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use tokio::time::timeout;

use crate::{
    app::App,
    ground::HighWater,
    store::{
        AlarmCounts, ClockDoubt, FeedStanding, GivenUpMail, MailKind, OutboxCounts, Overdue, OverdueAt, PingCounts,
        ReaderAhead, StoreError, UnreadableRow,
    },
};

/// What takes longer to find out is not known: who asks decides in seconds where to send people.
pub const LONGEST: Duration = Duration::from_secs(2);
/// Most unreadable rows that are named.
const NAMED: u32 = 20;

/// A fact, or why it is not known.
pub type Known<T> = Result<T, Unknown>;

/// Why something is not known.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    #[error("it did not answer within {} seconds", LONGEST.as_secs())]
    TookTooLong,
    #[error(transparent)]
    Failed(#[from] StoreError),
    /// The database does not answer at all, so it was not asked.
    #[error("not asked, because the database does not answer")]
    NotAsked,
    #[error("{0}")]
    HighWater(String),
}

/// What taking in and handing out stand on.
#[derive(Debug)]
pub struct Vital {
    pub at: Timestamp,
    pub stopping: bool,
    pub reads: Known<()>,
    pub writes: Known<()>,
    pub schema: Known<()>,
    pub disk_is_low: bool,
    pub writer_goes_on: bool,
    pub outbox: Known<OutboxCounts>,
    /// Longer than this no mail may wait.
    pub late: Duration,
    pub alarms: Known<AlarmCounts>,
    /// How many rows can't be read, and the first of them.
    pub unreadable: Known<(i64, Vec<UnreadableRow>)>,
    pub clock: Known<Option<ClockDoubt>>,
}

/// Everything that an operator has to know.
#[derive(Debug)]
pub struct Facts {
    pub vital: Vital,
    pub mails: Known<Vec<MailKind>>,
    /// The mail that was given up last.
    pub last_given_up: Known<Option<GivenUpMail>>,
    pub overdue: Known<Overdue>,
    /// The same by municipality.
    pub overdue_at: Known<Vec<OverdueAt>>,
    pub pings: Known<PingCounts>,
    pub readers_ahead: Known<Vec<ReaderAhead>>,
    pub feeds: Known<Vec<FeedStanding>>,
    /// How far the database had come when that was last written down.
    pub high_water: Known<Option<HighWater>>,
    /// Ids of the sealing keys, the one that seals last.
    pub keys: Vec<u32>,
    /// Whether they are those of the database.
    pub keys_fit: Known<()>,
    /// What waits for the writer, and what may, in reports.
    pub writer_queue: (usize, usize),
}

async fn known<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Known<T> {
    match timeout(LONGEST, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Unknown::TookTooLong),
    }
}

impl Vital {
    /// Asks for everything at the same time.
    pub async fn look(app: &App) -> Self {
        let store = &app.store;
        let (reads, writes, schema, outbox, alarms, unreadable, clock) = tokio::join!(
            known(store.ping_reading()),
            known(store.ping_writing()),
            known(store.schema_ok()),
            known(store.outbox_counts()),
            known(store.alarm_counts()),
            known(store.unreadable(NAMED)),
            known(store.clock_doubt()),
        );
        Self {
            at: app.clock.now(),
            stopping: app.stop.is_given(),
            reads,
            writes,
            schema,
            disk_is_low: store.disk_is_low(),
            writer_goes_on: store.writer_goes_on(),
            outbox,
            late: app.config.outbox.late,
            alarms,
            unreadable,
            clock,
        }
    }

    /// Seconds since a moment; 0 for one to come.
    #[must_use]
    pub fn seconds_since(&self, moment: Timestamp) -> i64 {
        self.at.duration_since(moment).as_secs().max(0)
    }
}

impl Facts {
    /// Asks for what is vital, then for the rest where the database answers: twice [`LONGEST`] at most.
    pub async fn look(app: &App) -> Self {
        let vital = Vital::look(app).await;
        let answers = vital.reads.is_ok();
        let (store, feed, at) = (&app.store, &app.config.feed, vital.at);
        let (overdue_at, held, mails, given_up, pings, readers_ahead, feeds, keys_fit, high_water) = tokio::join!(
            ask(
                answers,
                store.overdue_by_municipality(at - feed.alarm_unfetched, at - feed.alarm_unanswered)
            ),
            ask(answers, store.held_waiting()),
            ask(answers, store.mail_kinds()),
            ask(answers, store.given_up_mails(1)),
            ask(answers, store.ping_counts()),
            ask(answers, store.readers_ahead()),
            ask(answers, store.feed_standings()),
            ask(answers, store.check_mark()),
            high_water(app),
        );
        let overdue = match (&overdue_at, held) {
            (Ok(each), Ok(held)) => Ok(Overdue::sum(each, held)),
            (Err(_), _) => Err(Unknown::NotAsked),
            (Ok(_), Err(unknown)) => Err(unknown),
        };
        Self {
            vital,
            mails,
            last_given_up: given_up.map(|mails| mails.into_iter().next()),
            overdue,
            overdue_at,
            pings,
            readers_ahead,
            feeds,
            high_water,
            keys: store.sealing_keys(),
            keys_fit,
            writer_queue: store.writer_queue(),
        }
    }
}

async fn ask<T>(answers: bool, asked: impl Future<Output = Result<T, StoreError>>) -> Known<T> {
    if answers {
        known(asked).await
    } else {
        Err(Unknown::NotAsked)
    }
}

/// Reads a file, so it is done aside: a disk that hangs holds up nobody else.
async fn high_water(app: &App) -> Known<Option<HighWater>> {
    let ground = app.ground.clone();
    let read = tokio::task::spawn_blocking(move || ground.high_water());
    match timeout(LONGEST, read).await {
        Ok(Ok(read)) => read.map_err(|error| Unknown::HighWater(error.to_string())),
        Ok(Err(error)) => Err(Unknown::HighWater(error.to_string())),
        Err(_) => Err(Unknown::TookTooLong),
    }
}
