//! Writes down beside the keys how far the database has come, when it has gone on: seconds behind, and never in the way of a commit.

use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;

/// So much can be lost without being noticed after a crash: what was committed since the last time.
const EVERY: Duration = Duration::from_secs(3);

/// Works until told to stop; the last word is [`App::close`]'s. A fault is told once until it is over.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut told = String::new();
    while !*stop.borrow() {
        match app.ground.raise(&app.store, app.clock.now()).await {
            Ok(_) => told.clear(),
            Err(error) => {
                let fault = error.to_string();
                if fault != told {
                    tracing::error!(cause = %fault, "how far the database has come can't be written down");
                    told = fault;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}
