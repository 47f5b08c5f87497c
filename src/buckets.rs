//! Buckets of tokens, one for each of whatever is counted. Bounded in memory: of more than can be kept, the rest shares one bucket.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};

use crate::config::Rate;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// How often at most all buckets are looked through for those that are full again.
const PRUNED_EVERY: Duration = Duration::from_secs(1);

/// What is left after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// As many as may come at once.
    pub limit: u32,
    pub remaining: u32,
    /// Until all of `limit` may come at once again.
    pub reset: Duration,
}

/// Nothing is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted {
    pub limit: u32,
    /// Until the next one may come.
    pub wait: Duration,
}

/// A bucket for each key.
pub struct Buckets<K> {
    rate: Rate,
    most: usize,
    kept: Mutex<Kept<K>>,
    /// For those that there is no room for.
    shared: Bucket,
}

struct Kept<K> {
    of: BTreeMap<K, Entry>,
    pruned: Instant,
}

struct Entry {
    bucket: Bucket,
    used: Instant,
    empty_until: Option<Instant>,
}

impl<K: Ord> Buckets<K> {
    /// Keeps at most `most` buckets.
    pub fn new(rate: Rate, most: usize) -> Self {
        Self {
            rate,
            most,
            kept: Mutex::new(Kept {
                of: BTreeMap::new(),
                pruned: Instant::now(),
            }),
            shared: bucket(rate),
        }
    }

    /// Takes one token from the bucket of `key`.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(&self, key: K) -> Result<Left, Exhausted> {
        let now = Instant::now();
        let mut kept = self.kept();
        if !kept.of.contains_key(&key) && kept.of.len() >= self.most {
            self.prune(&mut kept, now);
            if kept.of.len() >= self.most {
                drop(kept);
                return self.take_from(&self.shared);
            }
        }
        let entry = kept.of.entry(key).or_insert_with(|| Entry {
            bucket: bucket(self.rate),
            used: now,
            empty_until: None,
        });
        entry.used = now;
        let taken = self.take_from(&entry.bucket);
        entry.empty_until = taken.err().map(|exhausted| now + exhausted.wait);
        taken
    }

    /// Whether the last one asked for was refused and it is not yet time for the next. Takes nothing.
    pub fn is_exhausted(&self, key: &K) -> Option<Exhausted> {
        let until = self.kept().of.get(key)?.empty_until?;
        let wait = until.saturating_duration_since(Instant::now());
        let limit = self.rate.burst.get();
        (!wait.is_zero()).then_some(Exhausted { limit, wait })
    }

    fn take_from(&self, bucket: &Bucket) -> Result<Left, Exhausted> {
        let limit = self.rate.burst.get();
        match bucket.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let reset = self.rate.every * limit.saturating_sub(remaining);
                Ok(Left {
                    limit,
                    remaining,
                    reset,
                })
            }
            Err(refused) => Err(Exhausted {
                limit,
                wait: refused.wait_time_from(DefaultClock::default().now()),
            }),
        }
    }

    /// A bucket that was left alone until it must be full again is as good as none.
    fn prune(&self, kept: &mut Kept<K>, now: Instant) {
        if now.duration_since(kept.pruned) < PRUNED_EVERY.min(self.rate.every) {
            return;
        }
        kept.pruned = now;
        let full_after = self.rate.every.saturating_mul(self.rate.burst.get());
        kept.of.retain(|_, entry| now.duration_since(entry.used) < full_after);
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K>> {
        // Nothing that holds it leaves it half changed.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bucket(rate: Rate) -> Bucket {
    let quota = Quota::with_period(rate.every)
        .unwrap_or(Quota::per_second(rate.burst))
        .allow_burst(rate.burst);
    RateLimiter::direct(quota).with_middleware()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn rate(burst: u32, every: Duration) -> Rate {
        Rate {
            burst: NonZeroU32::new(burst).unwrap(),
            every,
        }
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn as_many_as_the_burst_come_through_and_each_key_for_itself() {
        let buckets = Buckets::new(rate(3, HOUR), 10);
        assert_eq!(buckets.take("a").unwrap().remaining, 2);
        assert!(buckets.take("a").is_ok() && buckets.is_exhausted(&"a").is_none());
        assert_eq!(buckets.take("a").unwrap().remaining, 0);
        let refused = buckets.take("a").unwrap_err();
        assert!(refused.limit == 3 && refused.wait > HOUR / 2 && refused.wait <= HOUR);
        assert!(buckets.is_exhausted(&"a").is_some());
        assert!(buckets.take("b").is_ok() && buckets.is_exhausted(&"b").is_none());
    }

    #[test]
    fn beyond_what_is_kept_one_bucket_is_shared_and_those_kept_keep_theirs() {
        let buckets = Buckets::new(rate(2, HOUR), 3);
        for key in 0..3 {
            assert!(buckets.take(key).is_ok());
        }
        assert!(buckets.take(3).is_ok() && buckets.take(4).is_ok() && buckets.take(5).is_err());
        assert!(buckets.take(0).is_ok(), "kept before");
        assert_eq!(buckets.kept().of.len(), 3);
    }

    #[test]
    fn what_is_full_again_makes_room() {
        let buckets = Buckets::new(rate(1, Duration::from_millis(5)), 100);
        for key in 0..100 {
            assert!(buckets.take(key).is_ok());
        }
        std::thread::sleep(Duration::from_millis(20));
        assert!(buckets.take(100).is_ok());
        assert_eq!(buckets.kept().of.len(), 1);
    }
}
