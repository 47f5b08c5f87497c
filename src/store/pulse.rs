//! Whether the writer's loop goes on: it leaves the time of its last step here, and that it waits for work.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// No step is under way.
const WAITING: u64 = u64::MAX;
/// The loop has ended and will not come back.
const ENDED: u64 = u64::MAX - 1;

/// So long after a write that found no room the disk counts as full: a small write may go through while a submission does not.
const FULL_FOR: Duration = Duration::from_secs(8);

/// Written by the writer, read by anybody.
#[derive(Debug)]
pub(super) struct Pulse {
    start: Instant,
    /// Milliseconds since `start`, or one of the two above.
    last: AtomicU64,
    /// Milliseconds since `start` at which a write last found no room on the disk.
    full: AtomicU64,
}

impl Pulse {
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            last: AtomicU64::new(WAITING),
            full: AtomicU64::new(WAITING),
        }
    }

    /// A step begins.
    pub fn beat(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    /// There is nothing to do.
    pub fn rest(&self) {
        self.last.store(WAITING, Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.last.store(ENDED, Ordering::Relaxed);
    }

    /// Whether the loop waits for work or has begun its last step no longer ago than this.
    pub fn goes_on(&self, most: Duration) -> bool {
        match self.last.load(Ordering::Relaxed) {
            WAITING => true,
            ENDED => false,
            last => Duration::from_millis(self.now().saturating_sub(last)) <= most,
        }
    }

    /// A write found no room on the disk.
    pub fn found_no_room(&self) {
        self.full.store(self.now(), Ordering::Relaxed);
    }

    /// Whether one did a moment ago.
    pub fn has_no_room(&self) -> bool {
        match self.full.load(Ordering::Relaxed) {
            WAITING => false,
            at => Duration::from_millis(self.now().saturating_sub(at)) < FULL_FOR,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).map_or(ENDED - 1, |now| now.min(ENDED - 1))
    }
}

#[cfg(test)]
mod tests {
    use std::{thread::sleep, time::Duration};

    use super::Pulse;

    #[test]
    fn a_step_that_takes_too_long_and_an_end_are_seen_and_waiting_is_not() {
        let (none, long) = (Duration::ZERO, Duration::from_secs(60));
        let pulse = Pulse::new();
        assert!(pulse.goes_on(none));
        pulse.beat();
        sleep(Duration::from_millis(5));
        assert!(pulse.goes_on(long));
        assert!(!pulse.goes_on(none));
        pulse.rest();
        assert!(pulse.goes_on(none));
        pulse.end();
        assert!(!pulse.goes_on(long));
        assert!(!pulse.has_no_room());
        pulse.found_no_room();
        assert!(pulse.has_no_room());
    }
}
