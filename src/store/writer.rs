//! Group commit: one task writes. While one transaction is being committed the next batch gathers by itself; there is no timer.
//!
//! Each job runs in a savepoint of its own, so that its fault never touches its neighbours, and is answered only after the commit. A
//! batch that loses against another node (deadlock, serialisation, a locked file) is run again from the start: a job is data and a
//! function of it, and leaves nothing behind when its transaction does not commit.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    StoreError, cause::Outage, database::Address, disk::Disk, news::News, pulse::Pulse, tx::Tx, watch::Watch,
    wire::Wire, writer_figures::WriterFigures,
};
use crate::{clock::Clock, entropy::Entropy};

/// How often a batch is tried before its jobs are told that the store is busy; and for how long.
const ATTEMPTS: u32 = 5;
const TRYING: Duration = Duration::from_secs(10);

/// What a job may be waiting behind, in reports: a batch ends when it has this many, so that one file of ten thousand does not make
/// everybody wait for the next one too.
const BATCH_WEIGHT: usize = 4_000;

/// Something to be written: data and what to do with it. Run again when its transaction is lost, so it takes nothing out of itself.
pub(super) trait Write: Send + Sync + 'static {
    type Answer: Send + 'static;
    type Refusal: Send + 'static;

    /// Jobs of a batch run in the order of this key, the same on every node, so that nodes wait for each other in one direction only.
    fn order(&self) -> &str {
        " "
    }

    /// What it costs, in reports.
    fn weight(&self) -> usize {
        1
    }

    /// True for a job that makes room: it is done even when the disk is nearly full.
    fn makes_room(&self) -> bool {
        false
    }

    /// False for a job that only leaves something for the end of its batch, and so has nothing that could be taken back.
    fn writes_at_once(&self) -> bool {
        true
    }

    /// Whether somebody gets a time from it that must hold: then it is refused while the clock is behind what was written already.
    fn gives_receipt(&self) -> bool {
        false
    }

    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Answer, Fault<Self::Refusal>>> + Send;
}

/// Why a job wrote nothing.
#[derive(Debug)]
pub(super) enum Fault<R> {
    /// The answer is no.
    Refused(R),
    Store(StoreError),
}

impl<R> From<StoreError> for Fault<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// For jobs that are never refused.
impl Fault<std::convert::Infallible> {
    pub fn into_store_error(self) -> StoreError {
        match self {
            Self::Refused(never) => match never {},
            Self::Store(error) => error,
        }
    }
}

/// The way into the writer. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::UnboundedSender<Waiting>,
    room: Arc<Semaphore>,
    capacity: usize,
    stop: Arc<Notify>,
    watch: Arc<Watch>,
    clock: Clock,
    figures: WriterFigures,
}

struct Waiting {
    job: Box<dyn Queued>,
    since: Instant,
    room: OwnedSemaphorePermit,
}

impl Writer {
    /// Starts the task. `queue_length` bounds what may wait, in reports; `batch_size` what one transaction takes, in jobs.
    pub fn start(work: Work, queue_length: usize, batch_size: usize) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let stop = Arc::new(Notify::new());
        let (watch, clock) = (work.watch.clone(), work.clock.clone());
        let figures = WriterFigures::default();
        let task = Task {
            figures: figures.clone(),
            work,
            waiting,
            stop: stop.clone(),
            batch_size,
        };
        let capacity = queue_length.clamp(1, Semaphore::MAX_PERMITS);
        let writer = Self {
            queue,
            room: Arc::new(Semaphore::new(capacity)),
            capacity,
            stop,
            watch,
            clock,
            figures,
        };
        (writer, tokio::spawn(task.run()))
    }

    /// Queues a job and waits until it is on disk. Dropping the future does not take the job back.
    pub async fn write<W: Write>(&self, work: W) -> Result<W::Answer, Fault<W::Refusal>> {
        if work.gives_receipt() && self.watch.clock.is_back(self.clock.now()) {
            return Err(Fault::Store(StoreError::ClockBack));
        }
        let (answer, answered) = oneshot::channel();
        self.enqueue(Box::new(Job {
            work,
            outcome: None,
            answer,
        }))?;
        answered.await.unwrap_or(Err(Fault::Store(StoreError::Closed)))
    }

    /// Queues a job that nobody waits for; nothing happens when there is no room.
    pub fn write_if_idle<W: Write>(&self, work: W) {
        // It never takes the last room: somebody who waits for an answer could come next.
        if self.room.available_permits() > (self.capacity / 2).max(1) {
            // The only faults are "busy" and "closed": then the job may be left out.
            let _ = self.enqueue(Box::new(Job {
                work,
                outcome: None,
                answer: oneshot::channel().0,
            }));
        }
    }

    /// No job counts for more than half of the queue: otherwise a large file would never find room beside small submissions.
    fn enqueue(&self, job: Box<dyn Queued>) -> Result<(), StoreError> {
        let weight = job.weight().clamp(1, self.capacity.div_ceil(2));
        let permits = u32::try_from(weight).map_err(|_| StoreError::Busy)?;
        let room = self.room.clone().try_acquire_many_owned(permits).map_err(|_| {
            self.figures.refused.inc();
            StoreError::Busy
        })?;
        let since = Instant::now();
        let waiting = Waiting { job, since, room };
        self.queue.send(waiting).map_err(|_| StoreError::Closed)
    }

    pub fn figures(&self) -> &WriterFigures {
        &self.figures
    }

    /// How much waits, and how much may, in reports.
    pub fn queue(&self) -> (usize, usize) {
        let free = self.room.available_permits();
        (self.capacity.saturating_sub(free), self.capacity)
    }

    /// Takes no more jobs; those that wait are still written.
    pub fn stop(&self) {
        self.stop.notify_one();
    }
}

/// What running a job came to, as far as its batch is concerned.
enum Ran {
    Kept,
    /// Its part is to be rolled back; the rest of the batch stands.
    Undone,
    /// The transaction is gone.
    Lost(Outage),
}

/// A job with its types hidden.
trait Queued: Send {
    fn order(&self) -> &str;
    fn weight(&self) -> usize;
    fn makes_room(&self) -> bool;
    fn writes_at_once(&self) -> bool;
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Ran>;
    /// Tells the waiter what came out, or instead the fault of the whole batch.
    fn answer(self: Box<Self>, batch_fault: Option<StoreError>);
}

struct Job<W: Write> {
    work: W,
    outcome: Option<Result<W::Answer, Fault<W::Refusal>>>,
    answer: oneshot::Sender<Result<W::Answer, Fault<W::Refusal>>>,
}

impl<W: Write> Queued for Job<W> {
    fn order(&self) -> &str {
        self.work.order()
    }

    fn weight(&self) -> usize {
        self.work.weight()
    }

    fn makes_room(&self) -> bool {
        self.work.makes_room()
    }

    fn writes_at_once(&self) -> bool {
        self.work.writes_at_once()
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Ran> {
        Box::pin(async move {
            let done = AssertUnwindSafe(self.work.run(tx)).catch_unwind().await;
            let outcome = done.unwrap_or(Err(Fault::Store(StoreError::Broken)));
            let ran = match &outcome {
                Ok(_) => Ran::Kept,
                Err(Fault::Store(error)) => Outage::of(error).map_or(Ran::Undone, Ran::Lost),
                Err(Fault::Refused(_)) => Ran::Undone,
            };
            self.outcome = Some(outcome);
            ran
        })
    }

    fn answer(self: Box<Self>, batch_fault: Option<StoreError>) {
        let outcome = match batch_fault {
            Some(fault) => Err(Fault::Store(fault)),
            None => self.outcome.unwrap_or(Err(Fault::Store(StoreError::Broken))),
        };
        // The waiter may have gone; what was written stays written.
        let _ = self.answer.send(outcome);
    }
}

/// Why a batch was not committed.
enum BatchFault {
    /// The same work, done again at once, may succeed; certain that nothing was written.
    Again(Outage),
    Outage(Outage),
    /// The fault lies in one of its jobs, or in us.
    Failed(StoreError),
}

impl From<Outage> for BatchFault {
    fn from(outage: Outage) -> Self {
        if outage.allows_another_try() {
            Self::Again(outage)
        } else {
            Self::Outage(outage)
        }
    }
}

impl From<StoreError> for BatchFault {
    fn from(error: StoreError) -> Self {
        Outage::of(&error).map_or(Self::Failed(error), Self::from)
    }
}

/// What the task works with.
pub(super) struct Work {
    pub address: Arc<Address>,
    pub wire: Wire,
    /// `None` where the disk is not ours.
    pub disk: Option<Arc<Disk>>,
    pub pulse: Arc<Pulse>,
    pub news: Arc<News>,
    pub watch: Arc<Watch>,
    pub clock: Clock,
    pub entropy: Entropy,
}

struct Task {
    figures: WriterFigures,
    work: Work,
    waiting: mpsc::UnboundedReceiver<Waiting>,
    stop: Arc<Notify>,
    batch_size: usize,
}

/// Marks the end of the loop, also that by a panic.
struct Ending(Arc<Pulse>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Task {
    /// Ends when told to stop, or when every handle is gone, after everything that waits has been written.
    async fn run(mut self) {
        let _ending = Ending(self.work.pulse.clone());
        while let Some(first) = self.next().await {
            self.work.pulse.beat();
            let batch = self.gather(first);
            let began = Instant::now();
            self.figures
                .begun(batch.iter().map(|waiting| began.duration_since(waiting.since)));
            let batch = self.work.refuse_on_full_disk(batch);
            self.work.write(batch).await;
            self.figures.ended(began.elapsed());
            self.work.pulse.rest();
        }
        self.work.wire.close().await;
    }

    async fn next(&mut self) -> Option<Waiting> {
        tokio::select! {
            biased;
            () = self.stop.notified() => {
                self.waiting.close();
                self.waiting.recv().await
            }
            next = self.waiting.recv() => next,
        }
    }

    fn gather(&mut self, first: Waiting) -> Vec<Waiting> {
        let mut weight = first.job.weight();
        let mut batch = vec![first];
        while batch.len() < self.batch_size
            && weight < BATCH_WEIGHT
            && let Ok(next) = self.waiting.try_recv()
        {
            weight += next.job.weight();
            batch.push(next);
        }
        batch.sort_by(|a, b| a.job.order().cmp(b.job.order()));
        batch
    }
}

impl Work {
    /// Answers those that would take of the last room; the others go on.
    fn refuse_on_full_disk(&self, batch: Vec<Waiting>) -> Vec<Waiting> {
        if !self.disk.as_ref().is_some_and(|disk| disk.is_low()) {
            return batch;
        }
        let (makes_room, takes_room) = batch.into_iter().partition(|waiting| waiting.job.makes_room());
        answer_all(takes_room, || Some(StoreError::Full));
        makes_room
    }

    /// Writes a batch, and when it fails as a whole for a reason that may lie in one of its jobs, each of its jobs alone.
    async fn write(&mut self, mut batch: Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        match self.try_until_committed(&mut batch).await {
            Ok(()) => answer_all(batch, || None),
            Err(BatchFault::Again(outage) | BatchFault::Outage(outage)) => {
                tracing::error!(cause = ?outage, jobs = batch.len(), "a batch could not be written");
                if matches!(outage, Outage::Full) {
                    self.pulse.found_no_room();
                }
                answer_all(batch, || Some(outage.clone().into()));
            }
            Err(BatchFault::Failed(error)) if batch.len() == 1 => {
                let mut error = Some(error);
                answer_all(batch, || error.take());
            }
            Err(BatchFault::Failed(error)) => {
                tracing::warn!(fault = ?error, jobs = batch.len(), "a batch failed; its jobs are written one by one");
                for waiting in batch {
                    Box::pin(self.write(vec![waiting])).await;
                }
            }
        }
    }

    async fn try_until_committed(&mut self, batch: &mut [Waiting]) -> Result<(), BatchFault> {
        let began = Instant::now();
        let mut attempt = 1;
        loop {
            match self.transact(batch).await {
                Err(BatchFault::Again(cause)) if attempt < ATTEMPTS && began.elapsed() < TRYING => {
                    tracing::info!(?cause, attempt, "a batch was lost before its commit and is run again");
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 10)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    /// One attempt: every job, then what they have collected, then the commit. The connection comes back from a commit only; whatever
    /// else happens, it is dropped with the transaction.
    async fn transact(&mut self, batch: &mut [Waiting]) -> Result<(), BatchFault> {
        let connection = self.wire.take().await.map_err(BatchFault::Outage)?;
        let (now, entropy) = (self.clock.now(), self.entropy.clone());
        let mut tx = Tx::begin(connection, self.address.begin(), now, entropy, self.watch.clone()).await?;
        for Waiting { job, .. } in batch {
            let savepoint = job.writes_at_once();
            if savepoint {
                tx.savepoint().await?;
            }
            match job.run(&mut tx).await {
                Ran::Kept if savepoint => tx.release().await?,
                Ran::Kept => {}
                Ran::Undone => tx.undo().await?,
                Ran::Lost(outage) => return Err(outage.into()),
            }
        }
        let told = tx.flush().await?;
        let connection = tx.commit().await?;
        self.wire.keep(connection);
        self.news.tell(&told);
        Ok(())
    }
}

fn answer_all(batch: Vec<Waiting>, mut fault: impl FnMut() -> Option<StoreError>) {
    for Waiting { job, room, .. } in batch {
        // First, so that whoever is answered can queue the next one.
        drop(room);
        job.answer(fault());
    }
}
