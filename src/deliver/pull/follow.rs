use std::time::Duration;

use super::{PullError, PullSettings, PullSummary, Run, Stop};
use crate::{clock::Clock, entropy::Entropy};

/// How long a call waits at the service for something new; the service may answer earlier.
const LONG_POLL: Duration = Duration::from_secs(25);
/// A service that answers "nothing new" at once is asked no oftener than this.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);
/// What to wait after a run of tries that all failed, when the service does not say; the last one again and again.
const BACK_OFF: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];
/// The longest wait that the service can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What a following pull has to tell.
pub enum News<'a> {
    /// Entries were stored and acknowledged.
    Fetched(&'a PullSummary),
    /// The service can't be had; it is tried again after this time.
    Trouble { error: &'a PullError, again_in: Duration },
}

/// Fetches what the copy lacks, then waits for what comes, until it is asked to stop. A service that is busy or out of reach is tried
/// again, with growing waits or those that it asks for.
///
/// # Errors
/// A [`PullError`] that needs a person; not one that may pass.
pub fn follow(
    settings: &PullSettings,
    clock: &Clock,
    entropy: &Entropy,
    stop: &Stop,
    tell: impl Fn(News<'_>),
) -> Result<(), PullError> {
    let mut run = Run::begin(settings, clock, entropy, stop)?;
    let mut failed = 0;
    loop {
        let rested = match run.round(&tell) {
            Ok(rest) => {
                failed = 0;
                stop.wait(rest)
            }
            Err(error) => match error.passing() {
                None => Err(error),
                Some(asked) => {
                    let again_in = asked.unwrap_or(BACK_OFF[failed]).min(LONGEST_WAIT);
                    failed = (failed + 1).min(BACK_OFF.len() - 1);
                    tell(News::Trouble {
                        error: &error,
                        again_in,
                    });
                    stop.wait(again_in)
                }
            },
        };
        match rested {
            Err(PullError::Stopped) => return Ok(()),
            other => other?,
        }
    }
}

impl Run {
    /// One page; what to wait before the next one.
    fn round(&mut self, tell: &impl Fn(News<'_>)) -> Result<Duration, PullError> {
        let before = self.copies.stored().sequence;
        // What a run that was ended has stored but not acknowledged is not left to wait.
        let owed = self.copies.acknowledged_up_to() < before;
        let wait = if owed { Duration::ZERO } else { LONG_POLL };
        let began = self.service.clock().now();
        self.withheld = 0;
        self.step(wait)?;
        let summary = self.summary(before);
        if summary.fetched > 0 {
            tell(News::Fetched(&summary));
            return Ok(Duration::ZERO);
        }
        let took = self.service.clock().now().duration_since(began).unsigned_abs();
        Ok(SHORTEST_ROUND.saturating_sub(took))
    }
}
