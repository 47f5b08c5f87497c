//! Group commit: one task writes. While one transaction is being committed the next batch gathers by itself; there is no timer.
//!
//! Each job runs in a savepoint of its own, so that its fault never touches its neighbours, and is answered only after the commit. A
//! batch that loses against another node (deadlock, serialisation, a locked file) is run again from the start: a job is data and a
//! function of it, and leaves nothing behind when its transaction does not commit.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    StoreError,
    database::Pool,
    news::News,
    tx::{CommitFault, Tx},
    watch::Watch,
};
use crate::{clock::Clock, entropy::Entropy};

/// How often a batch is tried before its jobs are told that the store is busy.
const ATTEMPTS: u32 = 5;

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
}

struct Waiting {
    job: Box<dyn Queued>,
    room: OwnedSemaphorePermit,
}

impl Writer {
    /// Starts the task. `queue_length` bounds what may wait, in reports; `batch_size` what one transaction takes, in jobs.
    pub fn start(
        pool: Pool,
        news: Arc<News>,
        watch: Arc<Watch>,
        clock: Clock,
        entropy: Entropy,
        queue_length: usize,
        batch_size: usize,
    ) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let stop = Arc::new(Notify::new());
        let task = Task {
            pool,
            news,
            watch: watch.clone(),
            clock: clock.clone(),
            entropy,
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
        };
        (writer, tokio::spawn(task.work()))
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
        if self.room.available_permits() > self.capacity / 2 {
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
        let room = self
            .room
            .clone()
            .try_acquire_many_owned(permits)
            .map_err(|_| StoreError::Busy)?;
        self.queue.send(Waiting { job, room }).map_err(|_| StoreError::Closed)
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
    Lost,
}

/// A job with its types hidden.
trait Queued: Send {
    fn order(&self) -> &str;
    fn weight(&self) -> usize;
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

    fn writes_at_once(&self) -> bool {
        self.work.writes_at_once()
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Ran> {
        Box::pin(async move {
            let done = AssertUnwindSafe(self.work.run(tx)).catch_unwind().await;
            let outcome = done.unwrap_or(Err(Fault::Store(StoreError::Broken)));
            let ran = match &outcome {
                Ok(_) => Ran::Kept,
                Err(Fault::Store(error)) if error.transaction_is_lost() => Ran::Lost,
                Err(_) => Ran::Undone,
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
    /// Another transaction won; try again. `None`: a job met it and knows it by itself.
    Lost(Option<StoreError>),
    /// The end of the transaction failed for another reason.
    Failed(StoreError),
    /// It could not even begin.
    Unreachable(Arc<sqlx::Error>),
    /// The connection went away during the commit itself.
    Uncertain(Arc<sqlx::Error>),
}

impl From<StoreError> for BatchFault {
    fn from(error: StoreError) -> Self {
        match error {
            lost if lost.transaction_is_lost() => Self::Lost(Some(lost)),
            StoreError::Connect(source) => Self::Unreachable(source),
            other => Self::Failed(other),
        }
    }
}

impl From<CommitFault> for BatchFault {
    fn from(fault: CommitFault) -> Self {
        match fault {
            CommitFault::NotCommitted(error) => error.into(),
            CommitFault::Uncertain(error) => Self::Uncertain(error),
        }
    }
}

struct Task {
    pool: Pool,
    news: Arc<News>,
    watch: Arc<Watch>,
    clock: Clock,
    entropy: Entropy,
    waiting: mpsc::UnboundedReceiver<Waiting>,
    stop: Arc<Notify>,
    batch_size: usize,
}

impl Task {
    /// Ends when told to stop, or when every handle is gone, after everything that waits has been written.
    async fn work(mut self) {
        while let Some(first) = self.next().await {
            let batch = self.gather(first);
            self.write(batch).await;
        }
        self.pool.pool.close().await;
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

    /// Writes a batch, and when it fails as a whole for a reason that may lie in one of its jobs, each of its jobs alone.
    async fn write(&self, mut batch: Vec<Waiting>) {
        match self.try_until_committed(&mut batch).await {
            Ok(()) => answer_all(batch, || None),
            Err(BatchFault::Unreachable(error)) => {
                tracing::error!(cause = %error, jobs = batch.len(), "the database can't be reached");
                answer_all(batch, || Some(StoreError::Connect(error.clone())));
            }
            Err(BatchFault::Uncertain(error)) => {
                tracing::error!(cause = %error, jobs = batch.len(), "the connection was lost during a commit");
                answer_all(batch, || Some(StoreError::Uncertain(error.clone())));
            }
            Err(BatchFault::Lost(fault)) => {
                tracing::error!(fault = ?fault, jobs = batch.len(), "a batch lost against other transactions each time");
                answer_all(batch, || Some(StoreError::Busy));
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

    async fn try_until_committed(&self, batch: &mut [Waiting]) -> Result<(), BatchFault> {
        let mut attempt = 1;
        loop {
            match self.transact(batch).await {
                Err(BatchFault::Lost(fault)) if attempt < ATTEMPTS => {
                    tracing::info!(fault = ?fault, attempt, "a batch lost against another transaction and is run again");
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 10)).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    /// One attempt: every job, then what they have collected, then the commit.
    async fn transact(&self, batch: &mut [Waiting]) -> Result<(), BatchFault> {
        let mut tx = Tx::begin(&self.pool, self.clock.now(), self.entropy.clone(), self.watch.clone()).await?;
        for Waiting { job, .. } in batch {
            let savepoint = job.writes_at_once();
            if savepoint {
                tx.savepoint().await?;
            }
            match job.run(&mut tx).await {
                Ran::Kept if savepoint => tx.release().await?,
                Ran::Kept => {}
                Ran::Undone => tx.undo().await?,
                Ran::Lost => return Err(BatchFault::Lost(None)),
            }
        }
        let told = tx.flush().await?;
        tx.commit().await?;
        self.news.tell(&told);
        Ok(())
    }
}

fn answer_all(batch: Vec<Waiting>, mut fault: impl FnMut() -> Option<StoreError>) {
    for Waiting { job, room } in batch {
        // First, so that whoever is answered can queue the next one.
        drop(room);
        job.answer(fault());
    }
}
