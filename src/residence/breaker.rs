use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// Leaves somebody alone who has failed several times in a row: for a while, then one question tries again, and its failure begins the
/// pause anew.
#[derive(Debug)]
pub struct Breaker {
    most: NonZeroU32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Breaker {
    /// After `most` failures in a row a `pause`.
    pub fn new(most: NonZeroU32, pause: Duration) -> Self {
        Self {
            most,
            pause,
            state: Mutex::default(),
        }
    }

    pub fn lets_through(&self, now: Timestamp) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed_until.is_none_or(|until| until <= now)
    }

    pub fn answered(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    pub fn failed(&self, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= self.most.get() {
            state.closed_until = Some(now + self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_after_failures_in_a_row_and_one_question_opens_it_again() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let breaker = Breaker::new(NonZeroU32::new(2).unwrap(), Duration::from_secs(60));
        breaker.failed(at(0));
        breaker.answered();
        breaker.failed(at(1));
        assert!(breaker.lets_through(at(1)), "not in a row");
        breaker.failed(at(2));
        assert!(!breaker.lets_through(at(61)));
        assert!(breaker.lets_through(at(62)));
        breaker.failed(at(62));
        assert!(!breaker.lets_through(at(63)), "one failure is enough by now");
        assert!(breaker.lets_through(at(122)));
        breaker.answered();
        breaker.failed(at(123));
        assert!(breaker.lets_through(at(123)));
    }
}
