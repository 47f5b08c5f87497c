//! Says to everybody at once that the service has been asked to stop.

use tokio::sync::watch;

/// Given once, seen by all who hold a copy, and never taken back.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Sender<bool>);

impl StopSignal {
    /// Not given yet.
    #[expect(
        clippy::new_without_default,
        reason = "a signal that nobody can give would be a fault"
    )]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub fn give(&self) {
        self.0.send_replace(true);
    }

    pub fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the signal is given, at once when it was given before.
    pub async fn given(&self) {
        // The sender is held by `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(|given| *given).await;
    }

    /// For tasks that look at it between their steps.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}
