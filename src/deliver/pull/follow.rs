use std::time::Duration;

use super::{PullError, PullSettings, PullSummary, Run, Stop};
use crate::{clock::Clock, entropy::Entropy};

/// How long a call waits at the service for something new; the service may answer earlier.
const LONG_POLL: Duration = Duration::from_secs(25);
/// A service that answers "nothing new" at once is asked no oftener than this.
const SHORTEST_ROUND: Duration = Duration::from_secs(1);
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
/// again, with growing waits or those that it asks for. A certificate that is not to be trusted ends it at once before the first answer;
/// later it is told and tried again, as it is the network that has changed.
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
    let (mut failed, mut answered) = (0, false);
    loop {
        let rested = match run.round(&tell) {
            Ok(rest) => {
                (failed, answered) = (0, true);
                stop.wait(rest)
            }
            Err(error @ PullError::Certificate(_)) if !answered => Err(error),
            Err(error) => match error.passing() {
                None => Err(error),
                Some(asked) => {
                    failed += 1;
                    let asked = asked.map(|asked| settings.pace.of(asked.min(LONGEST_WAIT)));
                    let again_in = asked.unwrap_or_else(|| settings.pace.back_off(failed));
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
