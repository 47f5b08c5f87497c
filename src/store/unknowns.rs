//! Who asks for what is not there, and how often: one entry of the audit a minute and caller tells of it. What was there is written down
//! each time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::access::{Caller, Proof};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Most callers that are told apart.
const MOST: usize = 10_000;

/// Bounded in memory.
#[derive(Default)]
pub(super) struct Unknowns(Mutex<BTreeMap<Option<Uuid>, Asked>>);

struct Asked {
    written_at: Timestamp,
    /// Since then.
    more: u64,
}

impl Unknowns {
    /// Whether this time is to be written down: the first of a minute. The others are counted, and the count goes to the log.
    pub fn is_first(&self, caller: &Caller, now: Timestamp) -> bool {
        // Nothing that holds it leaves it half changed.
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut caller = caller.proof().map(|proof| match proof {
            Proof::Credential(id) => *id.as_uuid(),
            Proof::Session(id) => id,
        });
        if callers.len() >= MOST && !callers.contains_key(&caller) {
            callers.retain(|_, asked| is_recent(asked.written_at, now));
            if callers.len() >= MOST {
                // Together with those who show nothing.
                caller = None;
            }
        }
        match callers.get_mut(&caller) {
            Some(asked) if is_recent(asked.written_at, now) => {
                asked.more += 1;
                return false;
            }
            Some(asked) if asked.more > 0 => {
                tracing::warn!(times = asked.more, "a caller went on asking for what is not there");
            }
            Some(_) | None => {}
        }
        let asked = Asked {
            written_at: now,
            more: 0,
        };
        callers.insert(caller, asked);
        true
    }
}

/// A clock that went back makes nothing recent for ever.
fn is_recent(written_at: Timestamp, now: Timestamp) -> bool {
    written_at.duration_until(now).abs() < MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn kl(session: u128) -> Caller {
        Caller::Kl {
            proof: Proof::Session(Uuid::from_u128(session)),
        }
    }

    #[test]
    fn one_of_a_minute_is_written_down_for_each_caller() {
        let unknowns = Unknowns::default();
        let written = (0..150).filter(|second| unknowns.is_first(&kl(1), at(*second)));
        assert_eq!(written.count(), 3);
        assert!(unknowns.is_first(&kl(2), at(10)) && unknowns.is_first(&Caller::Anonymous, at(10)));
        assert!(!unknowns.is_first(&Caller::Anonymous, at(20)));
        assert!(unknowns.is_first(&kl(2), at(-7_200)), "the clock went back");
    }

    #[test]
    fn memory_is_bounded() {
        let unknowns = Unknowns::default();
        let written = (0..30_000).filter(|session| unknowns.is_first(&kl(*session), at(0)));
        assert_eq!(written.count(), MOST + 1);
        assert!(unknowns.0.lock().unwrap().len() <= MOST + 1);
        assert!(unknowns.is_first(&kl(40_000), at(61)));
        assert_eq!(unknowns.0.lock().unwrap().len(), 1);
    }
}
