//! Sends the pings that municipalities have asked for: sees which feeds have gone on since their last ping, takes pings under leases,
//! sends several at once outside any transaction, and reports back with the same lease. What fails is tried again on the schedule of
//! the outbox and then given up where people see it.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;

use crate::{
    app::App,
    entropy::NoEntropy,
    ping::{PingError, PingFailure, PingMessage, PingSender},
    store::{PingRow, StoreError},
};

/// How many are under way at once: one slow receiver delays few others.
const AT_ONCE: usize = 8;
/// The longest wait that a receiver can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// Why a ping was not sent this time.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the ping did not arrive")]
    Send(#[source] PingError, Option<Duration>),
    #[error("there are no random bytes for the id of the call")]
    NoEntropy(#[from] NoEntropy),
    #[error("the program broke off while sending")]
    Broken,
    #[error("the store did not answer")]
    Store(#[source] StoreError),
}

impl JobError {
    fn code(&self) -> String {
        match self {
            Self::Send(error, _) => error.code().into_owned(),
            Self::NoEntropy(_) => "entropy".to_owned(),
            Self::Broken => "broken".to_owned(),
            Self::Store(_) => "store".to_owned(),
        }
    }

    /// When to try again, given the wait of the schedule: `None` for never. A receiver may ask for a longer wait, up to a day; one that
    /// says that it is gone is not asked again.
    fn next_try(&self, schedule: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Send(PingError::Gone, _) => None,
            Self::Send(_, asked) => schedule.map(|wait| wait.max(asked.unwrap_or_default().min(LONGEST_WAIT))),
            Self::NoEntropy(_) | Self::Broken | Self::Store(_) => schedule,
        }
    }
}

/// Works until told to stop: as long as pings are due, then sleeps until the next look.
pub async fn run(app: App, sender: PingSender, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = work_off(&app, &sender).await {
            tracing::error!(cause = %error, "the pings can't be read");
        }
        tokio::select! {
            () = app.ping_wakeup.notified() => {}
            () = tokio::time::sleep(app.config.outbox.poll) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Sends every ping that is due now; returns how many were tried. Tests call it by hand.
///
/// # Errors
/// When the store does not answer; a ping's own failure is written to its row.
pub async fn work_off(app: &App, sender: &PingSender) -> Result<usize, StoreError> {
    app.store.order_pings(app.clock.now()).await?;
    let mut tried = 0;
    loop {
        let rows = lease_some(app).await?;
        if rows.is_empty() {
            return Ok(tried);
        }
        tried += rows.len();
        let settled = join_all(rows.iter().map(|row| work_on(app, sender, row))).await;
        for result in settled {
            match result {
                // Taken over by somebody else, or its address is gone: nothing is left to say.
                Ok(()) | Err(StoreError::LeaseLost) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

async fn lease_some(app: &App) -> Result<Vec<PingRow>, StoreError> {
    let mut rows = Vec::new();
    while rows.len() < AT_ONCE
        && let Some(row) = app.store.ping_lease(app.clock.now(), app.config.outbox.lease).await?
    {
        rows.push(row);
    }
    Ok(rows)
}

async fn work_on(app: &App, sender: &PingSender, row: &PingRow) -> Result<(), StoreError> {
    match perform(app, sender, row).await {
        Ok(()) => app.store.ping_done(row, app.clock.now()).await,
        Err(error) => report_failure(app, row, &error).await,
    }
}

async fn perform(app: &App, sender: &PingSender, row: &PingRow) -> Result<(), JobError> {
    let now = app.clock.now();
    let target = app
        .store
        .ping_target(&row.municipality, now)
        .await
        .map_err(JobError::Store)?;
    // Without an address there is nothing to do; the row was settled when the address was taken away.
    let Some(target) = target else { return Ok(()) };
    let transaction_id = app.entropy.uuid(now)?;
    let message = PingMessage::new(
        (row.id, row.kind),
        &row.municipality,
        row.up_to_sequence,
        (row.created_at, now),
        transaction_id,
        &target.secrets,
    );
    let sender = sender.clone();
    let sent = tokio::task::spawn_blocking(move || sender.send(&target.address, &message));
    let sent = sent.await.map_err(|_| JobError::Broken)?;
    tracing::info!(row = row.id, municipality = %row.municipality, %transaction_id, arrived = sent.is_ok(), "a ping was sent");
    sent.map_err(|PingFailure { error, retry_after }| JobError::Send(error, retry_after))
}

/// The next attempt on the schedule, or given up after the last.
async fn report_failure(app: &App, row: &PingRow, error: &JobError) -> Result<(), StoreError> {
    let now = app.clock.now();
    let made = usize::try_from(row.attempts).unwrap_or(usize::MAX).saturating_sub(1);
    let wait = error.next_try(app.config.outbox.retry.get(made).copied());
    let code = error.code();
    tracing::warn!(
        row = row.id,
        municipality = %row.municipality,
        attempts = row.attempts,
        code,
        given_up = wait.is_none(),
        "a ping did not arrive"
    );
    match wait {
        Some(wait) => app.store.ping_retry(row, &code, now + wait).await,
        None => app.store.ping_give_up(row, &code, now).await,
    }
}
