//! Does the outgoing work that transactions have left in the outbox: takes rows under leases, many at once, keeps several mails under
//! way outside any transaction, and reports back with the same leases, again many at once. What fails is tried again on a schedule and
//! then given up where people see it; what the relay refuses for good is given up at once.
//!
//! One mail that hangs, a lease that is lost or a program that breaks off ends that mail and no other.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
};

use super::mail_job;
use crate::{
    app::App,
    notify::Transport,
    store::{Failure, OutboxEnd, OutboxRow, StoreError},
};

/// Rows leased together, for each mail that can be under way.
const LEASED_EACH: usize = 8;
/// Rows settled together at most.
const SETTLED_TOGETHER: usize = 128;
/// How often settling is tried before the rows are left to their leases. The waits between double from the first.
const SETTLE_TRIES: u32 = 6;
const SETTLE_WAIT: Duration = Duration::from_millis(100);
/// Between two looks into the outbox at least: each is a transaction, and while submissions pour in there is always something new.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Works until told to stop, then finishes what is under way.
pub async fn run(app: App, transport: Transport, mut stop: watch::Receiver<bool>) {
    let poll = app.config.outbox.poll;
    let mut round = Round::new(&app, &transport);
    while !*stop.borrow() {
        if let Err(error) = round.fill().await {
            tracing::error!(cause = %error, "the outbox can't be read");
        }
        transport.tidy();
        let due = round.look_at.unwrap_or_else(|| Instant::now() + poll);
        tokio::select! {
            true = round.one_done() => {}
            () = app.outbox_wakeup.notified() => round.look_soon(),
            () = tokio::time::sleep_until(due.into()) => round.look_again(),
            _ = stop.changed() => {}
        }
    }
    if let Err(error) = round.finish().await {
        tracing::error!(cause = %error, "mails that were under way could not be settled");
    }
    transport.close();
}

/// Does every row that is due now; returns how many were tried. Tests call it by hand.
///
/// # Errors
/// When the store does not answer; a row's own failure is written to the row.
pub async fn work_off(app: &App, transport: &Transport) -> Result<usize, StoreError> {
    let mut round = Round::new(app, transport);
    loop {
        round.fill().await?;
        if !round.one_done().await {
            break;
        }
    }
    let tried = round.tried;
    round.finish().await?;
    Ok(tried)
}

/// The mails that are under way, and the rows that are leased and wait for their turn.
struct Round<'a> {
    app: &'a App,
    transport: &'a Transport,
    leased: VecDeque<OutboxRow>,
    under_way: JoinSet<(OutboxRow, OutboxEnd)>,
    ended: mpsc::UnboundedSender<(OutboxRow, OutboxEnd)>,
    settling: JoinHandle<Result<(), StoreError>>,
    /// The last look found all that was due.
    dry: bool,
    /// When that was.
    looked: Instant,
    /// Something new was told of since.
    look_at: Option<Instant>,
    tried: usize,
}

impl<'a> Round<'a> {
    fn new(app: &'a App, transport: &'a Transport) -> Self {
        let (ended, settling) = settler(app);
        Self {
            app,
            transport,
            leased: VecDeque::new(),
            under_way: JoinSet::new(),
            ended,
            settling,
            dry: false,
            looked: Instant::now(),
            look_at: None,
            tried: 0,
        }
    }

    /// At once, unless the last look was a moment ago.
    fn look_soon(&mut self) {
        self.look_at = Some(self.looked + LOOK_EVERY);
    }

    fn look_again(&mut self) {
        self.look_at = None;
        self.dry = false;
    }

    /// Puts as many mails under way as there is room for.
    async fn fill(&mut self) -> Result<(), StoreError> {
        let width = self.app.config.outbox.mails_at_once;
        while self.under_way.len() < width {
            match self.leased.pop_front() {
                Some(row) => self.begin(row),
                None if self.dry => return Ok(()),
                None => self.lease(width * LEASED_EACH).await?,
            }
        }
        Ok(())
    }

    async fn lease(&mut self, most: usize) -> Result<(), StoreError> {
        // Until the next look, also when this one fails.
        self.dry = true;
        self.looked = Instant::now();
        let (now, lease) = (self.app.clock.now(), self.app.config.outbox.lease);
        let rows = self.app.store.outbox_lease_some(now, lease, most).await?;
        self.dry = rows.len() < most;
        self.leased.extend(rows);
        Ok(())
    }

    /// A row whose lease could end before its mail has left is put back instead: else two would send it.
    fn begin(&mut self, row: OutboxRow) {
        let now = self.app.clock.now();
        if now + self.transport.longest() >= row.leased_until {
            self.end(row, OutboxEnd::Postponed { at: now });
            return;
        }
        self.tried += 1;
        let (app, transport) = (self.app.clone(), self.transport.clone());
        self.under_way.spawn(async move {
            let done = AssertUnwindSafe(mail_job::perform(&app, &transport, &row)).catch_unwind();
            let end = done.await.unwrap_or_else(|_| {
                let failure = Failure {
                    code: "broken",
                    reply: None,
                };
                mail_job::failed(&app, &row, failure)
            });
            (row, end)
        });
    }

    /// Waits until one mail that is under way has ended; false when none is.
    async fn one_done(&mut self) -> bool {
        match self.under_way.join_next().await {
            Some(Ok((row, end))) => self.end(row, end),
            // Cut off with the whole program: the lease ends by itself.
            Some(Err(_)) => {}
            None => return false,
        }
        true
    }

    fn end(&mut self, row: OutboxRow, end: OutboxEnd) {
        if let Err(mpsc::error::SendError(ended)) = self.ended.send((row, end)) {
            // The settler broke off; another takes over.
            (self.ended, self.settling) = settler(self.app);
            // A fresh settler listens.
            let _ = self.ended.send(ended);
        }
    }

    /// Lets what is under way end, puts the rest back and settles all.
    async fn finish(mut self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        while let Some(row) = self.leased.pop_front() {
            self.end(row, OutboxEnd::Postponed { at: now });
        }
        while self.one_done().await {}
        drop(self.ended);
        self.settling.await.unwrap_or(Err(StoreError::Broken))
    }
}

type Ended = mpsc::UnboundedSender<(OutboxRow, OutboxEnd)>;

/// A task that writes down how rows ended, as many together as have gathered while it wrote the last ones.
fn settler(app: &App) -> (Ended, JoinHandle<Result<(), StoreError>>) {
    let (ended, mut waiting) = mpsc::unbounded_channel();
    let app = app.clone();
    let task = tokio::spawn(async move {
        let mut ends = Vec::new();
        let mut fault = None;
        while waiting.recv_many(&mut ends, SETTLED_TOGETHER).await > 0 {
            if let Err(error) = settle(&app, std::mem::take(&mut ends)).await {
                tracing::error!(cause = %error, "mails could not be settled; they are tried again when their leases end");
                fault = Some(error);
            }
        }
        fault.map_or(Ok(()), Err)
    });
    (ended, task)
}

/// Settling is worth some patience: a mail that has left and is not written down leaves once more.
async fn settle(app: &App, ends: Vec<(OutboxRow, OutboxEnd)>) -> Result<(), StoreError> {
    let mut wait = SETTLE_WAIT;
    for _ in 1..SETTLE_TRIES {
        match app.store.outbox_settle(ends.clone(), app.clock.now()).await {
            Ok(lost) => {
                tell_lost(lost);
                return Ok(());
            }
            Err(error) => tracing::warn!(cause = %error, "mails are settled later"),
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    app.store.outbox_settle(ends, app.clock.now()).await.map(tell_lost)
}

/// Somebody else has those rows and reports.
fn tell_lost(lost: usize) {
    if lost > 0 {
        tracing::warn!(lost, "leases of mails ended before the mails were settled");
    }
}
