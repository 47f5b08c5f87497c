//! Deletes what has been kept long enough, by itself and at any hour: each step is short, and what waits for somebody stays.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    app::App,
    store::{ClockDoubt, Deleted, DeletedTraces, DeletionPace, StoreError},
};

/// How often it looks. Deadlines are days.
const EVERY: Duration = Duration::from_secs(3_600);

/// How often the clock is looked at: somebody may have set it right, or said that it is.
const LOOK: Duration = Duration::from_secs(60);

/// Works until told to stop.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let begun = Instant::now();
    let mut doubt = None;
    let mut next = begun;
    while !*stop.borrow() {
        doubt = look_at_clock(&app, doubt).await;
        if doubt.is_none() && Instant::now() >= next {
            next = Instant::now() + EVERY;
            let running = begun.elapsed();
            tell(work_off(&app, DeletionPace::Paced { running }).await);
            tell_traces(delete_traces(&app).await);
            tell_drafts(delete_drafts(&app).await);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Tells when the clock begins or ends to be doubted.
async fn look_at_clock(app: &App, before: Option<ClockDoubt>) -> Option<ClockDoubt> {
    match app.store.clock_doubt().await {
        Ok(doubt) => {
            match (before, doubt) {
                (None, Some(doubt)) => tracing::error!("{doubt}"),
                (Some(_), None) => tracing::info!("the clock is right again"),
                (None, None) | (Some(_), Some(_)) => {}
            }
            doubt
        }
        Err(error) => {
            tracing::error!(cause = %error, "the clock can't be looked at");
            before
        }
    }
}

fn tell(deleted: Result<Deleted, StoreError>) {
    match deleted {
        Ok(Deleted {
            entries: 0,
            submissions: 0,
        }) => {}
        Ok(deleted) => tracing::info!(
            entries = deleted.entries,
            submissions = deleted.submissions,
            "deleted what has been kept long enough"
        ),
        Err(error) => tracing::error!(cause = %error, "what has been kept long enough can't be deleted"),
    }
}

fn tell_traces(deleted: Result<DeletedTraces, StoreError>) {
    match deleted {
        Ok(deleted) if deleted == DeletedTraces::default() => {}
        Ok(deleted) => tracing::info!(?deleted, "deleted traces that are over"),
        Err(error) => tracing::error!(cause = %error, "traces that are over can't be deleted"),
    }
}

fn tell_drafts(deleted: Result<i64, StoreError>) {
    match deleted {
        Ok(0) => {}
        Ok(drafts) => tracing::info!(drafts, "deleted drafts and kept forms that nobody went on with"),
        Err(error) => tracing::error!(cause = %error, "drafts that are over can't be deleted"),
    }
}

/// Deletes what is due now, as fast as `pace` lets it. Nothing while the clock is doubted.
///
/// # Errors
/// When the store does not answer.
pub async fn work_off(app: &App, pace: DeletionPace) -> Result<Deleted, StoreError> {
    app.store.delete_before(deadline(app), pace).await
}

/// Deletes logins, alarms, mails and pings that have been over long enough. Nothing while the clock is doubted.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_traces(app: &App) -> Result<DeletedTraces, StoreError> {
    app.store
        .delete_traces(app.clock.now() - app.config.retention.traces)
        .await
}

/// Deletes drafts and kept forms that nobody has touched for their term.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_drafts(app: &App) -> Result<i64, StoreError> {
    app.store
        .delete_drafts(app.clock.now() - app.config.retention.drafts)
        .await
}

/// What was settled before this moment has been kept long enough.
pub fn deadline(app: &App) -> Timestamp {
    app.clock.now() - app.config.retention.reports
}
