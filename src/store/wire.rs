//! The writer's own connection. It is given out for one transaction and comes back only from one that ended well; otherwise another
//! is opened, after a pause that grows while the database stays away. Meanwhile the answer is "away" at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    cause::Outage,
    connection::Connection,
    database::{Address, For},
    pulse::Pulse,
};

/// The first pause after a connection could not be opened; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest: a database that is back is noticed within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Wire {
    address: Arc<Address>,
    pulse: Arc<Pulse>,
    connection: Option<Connection>,
    failed: Option<Failed>,
}

/// The last try to connect.
struct Failed {
    error: Arc<sqlx::Error>,
    pause: Duration,
    at: Instant,
}

impl Wire {
    pub fn new(address: Arc<Address>, pulse: Arc<Pulse>) -> Self {
        Self {
            address,
            pulse,
            connection: None,
            failed: None,
        }
    }

    /// The connection, opened when there is none.
    ///
    /// # Errors
    /// [`Outage::Away`], at once when it was tried a moment ago.
    pub async fn take(&mut self) -> Result<Connection, Outage> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        if let Some(failed) = &self.failed
            && failed.at.elapsed() < failed.pause
        {
            return Err(Outage::Away(failed.error.clone()));
        }
        self.pulse.beat();
        match self.address.connect(For::Writing).await {
            Ok(connection) => {
                if self.failed.take().is_some() {
                    tracing::info!("the database can be reached again");
                }
                Ok(connection.with_pulse(self.pulse.clone()))
            }
            Err(error) => {
                let error = Arc::new(error);
                let pause = self.failed.as_ref().map_or(FIRST_PAUSE, |failed| failed.pause * 2);
                self.failed = Some(Failed {
                    error: error.clone(),
                    pause: pause.min(LONGEST_PAUSE),
                    at: Instant::now(),
                });
                Err(Outage::Away(error))
            }
        }
    }

    /// Keeps a connection whose transaction was committed.
    pub fn keep(&mut self, connection: Connection) {
        if connection.is_sound() {
            self.connection = Some(connection);
        }
    }

    pub async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }
}
