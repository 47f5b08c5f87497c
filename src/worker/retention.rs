//! Deletes what has been kept long enough, by itself and at any hour: each step is short, and what waits for somebody stays.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    app::App,
    store::{Deleted, StoreError},
};

/// How often it looks. Deadlines are days.
const EVERY: Duration = Duration::from_secs(3_600);

/// Works until told to stop.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match work_off(&app).await {
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
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Deletes what is due now; `fleksport delete` and tests call it by hand.
///
/// # Errors
/// When the store does not answer.
pub async fn work_off(app: &App) -> Result<Deleted, StoreError> {
    app.store.delete_before(deadline(app)).await
}

/// What was settled before this moment has been kept long enough.
pub fn deadline(app: &App) -> Timestamp {
    app.clock.now() - app.config.retention.reports
}
