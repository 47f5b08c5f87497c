use std::time::Duration;

/// What to wait between two tries of a call when the service does not say.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// What a client that stays waits after a run of tries that all failed, when the service does not say; the last one again and again.
const BACK_OFF: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];

/// How patiently a failing service is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Real seconds are so many times shorter.
    hastened: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { hastened: 1 }
    }
}

impl Pace {
    /// Waits are so many times shorter (at least once), so that a test lives through an hour.
    pub fn hastened(times: u32) -> Self {
        Self { hastened: times.max(1) }
    }

    /// Tries of one call, the first one included.
    pub(super) const TRIES: usize = WAITS.len() + 1;

    /// The wait after try number `made` (from 1) of a call; `None` after the last.
    pub(super) fn between(self, made: usize) -> Option<Duration> {
        WAITS.get(made.checked_sub(1)?).map(|wait| self.of(*wait))
    }

    /// The wait after so many runs of tries that all failed, without one that went well between.
    pub(super) fn back_off(self, failed: usize) -> Duration {
        let [.., longest] = BACK_OFF;
        let wait = BACK_OFF.get(failed.saturating_sub(1)).copied();
        self.of(wait.unwrap_or(longest))
    }

    /// A wait that somebody else asks for.
    pub(super) fn of(self, wait: Duration) -> Duration {
        wait / self.hastened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_then_stay() {
        let pace = Pace::default();
        let waits: Vec<_> = (1..).map_while(|made| pace.between(made)).collect();
        assert_eq!(waits, WAITS);
        assert_eq!(Pace::TRIES, 6);
        let seconds = |failed| pace.back_off(failed).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 99].map(seconds), [30, 60, 120, 300, 300, 300]);
        assert_eq!(Pace::hastened(1000).back_off(4), Duration::from_millis(300));
    }
}
