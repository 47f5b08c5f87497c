//! How much one caller may ask for: counted per key or login, per municipality, and per address that shows neither. Counted on each node
//! alone (decision 0027).

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    access::{Caller, Proof},
    buckets::{Buckets, Exhausted, Left},
    config::LimitSettings,
    value::MunicipalityCode,
};

/// Most addresses, and most keys and logins, that are counted each for itself.
const MOST: usize = 50_000;
/// Most keys of each of two generations that are remembered as right.
const MOST_PROVEN: usize = 10_000;

/// The classes of calls. Each has its own count, so that who has read too much can still send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Not counted: it costs next to nothing, and whoever watches over the service must get an answer.
    Free,
    Read,
    Write,
    /// What could be tried until it fits: receipts and logins.
    Guess,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Proven(Uuid),
    Municipality(MunicipalityCode),
    Address(IpAddr),
}

/// The counts of this node.
pub struct Limits {
    callers: Buckets<(Who, Class)>,
    municipalities: Buckets<(Who, Class)>,
    peers: Buckets<(Who, Class)>,
    guesses: Buckets<Who>,
    proven: Mutex<Proven>,
}

/// Digests of keys that were right a while ago, in two generations: bounded, the oldest forgotten first.
#[derive(Default)]
struct Proven {
    young: BTreeSet<[u8; 32]>,
    old: BTreeSet<[u8; 32]>,
}

impl Limits {
    pub fn new(settings: &LimitSettings) -> Self {
        Self {
            callers: Buckets::new(settings.caller, MOST),
            municipalities: Buckets::new(settings.municipality, MOST),
            peers: Buckets::new(settings.peer, MOST),
            guesses: Buckets::new(settings.guesses, MOST),
            proven: Mutex::default(),
        }
    }

    /// Counts one call.
    ///
    /// # Errors
    /// When too many came: how long the caller has to wait.
    pub fn take(&self, caller: &Caller, peer: IpAddr, class: Class) -> Result<Option<Left>, Exhausted> {
        let own = match (class, caller.proof()) {
            (Class::Free, _) => return Ok(None),
            (Class::Guess, _) => self.guesses.take(Who::Address(network(peer))),
            (Class::Read | Class::Write, Some(proof)) => self.callers.take((Who::Proven(id(proof)), class)),
            (Class::Read | Class::Write, None) => self.peers.take((Who::Address(network(peer)), class)),
        };
        let own = own?;
        let Caller::Municipality { code, .. } = caller else {
            return Ok(Some(own));
        };
        let all = self.municipalities.take((Who::Municipality(*code), class));
        let all = all?;
        Ok(Some(if all.remaining < own.remaining { all } else { own }))
    }

    /// Before a key is looked up: from an address that has tried too many wrong ones only those are let through that were right before,
    /// so that who works there goes on.
    ///
    /// # Errors
    /// How long the caller has to wait.
    pub fn may_show(&self, peer: IpAddr, key: &str) -> Result<(), Exhausted> {
        match self.guesses.is_exhausted(&Who::Address(network(peer))) {
            Some(exhausted) if !self.proven().contains(&digest(key)) => Err(exhausted),
            Some(_) | None => Ok(()),
        }
    }

    /// What came of looking up a key.
    pub fn was_shown(&self, peer: IpAddr, key: &str, was_right: bool) {
        if was_right {
            self.proven().keep(digest(key));
        } else {
            self.proven().forget(&digest(key));
            // Refused or not, it was looked up already; the next one is not.
            let _ = self.guesses.take(Who::Address(network(peer)));
        }
    }

    fn proven(&self) -> std::sync::MutexGuard<'_, Proven> {
        // Nothing that holds it leaves it half changed.
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proven {
    fn contains(&self, digest: &[u8; 32]) -> bool {
        self.young.contains(digest) || self.old.contains(digest)
    }

    fn keep(&mut self, digest: [u8; 32]) {
        if self.young.len() >= MOST_PROVEN {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest);
    }

    fn forget(&mut self, digest: &[u8; 32]) {
        self.young.remove(digest);
        self.old.remove(digest);
    }
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

fn id(proof: Proof) -> Uuid {
    match proof {
        Proof::Credential(id) => *id.as_uuid(),
        Proof::Session(id) => id,
    }
}

/// What one subscriber has: an IPv4 address, or an IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;

    fn limits() -> Limits {
        let rate = |burst| crate::config::Rate {
            burst: std::num::NonZeroU32::new(burst).unwrap(),
            every: Duration::from_secs(3_600),
        };
        Limits::new(&LimitSettings {
            caller: rate(2),
            municipality: rate(3),
            peer: rate(2),
            guesses: rate(2),
            mails: rate(2),
        })
    }

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn of_copenhagen(session: u128) -> Caller {
        Caller::Municipality {
            code: "0101".parse().unwrap(),
            proof: Proof::Session(Uuid::from_u128(session)),
        }
    }

    #[test]
    fn a_caller_has_its_own_count_and_a_municipality_one_for_all_its_keys() {
        let limits = limits();
        let take = |session| limits.take(&of_copenhagen(session), HERE, Class::Read);
        assert!(take(1).is_ok() && take(1).is_ok());
        assert!(take(1).is_err());
        assert!(take(2).is_ok());
        assert!(take(3).is_err(), "all keys of the municipality together");
        let write = limits.take(&of_copenhagen(1), HERE, Class::Write);
        assert!(write.is_ok(), "another class of call");
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_address() {
        let limits = limits();
        let take = |address: &str| limits.take(&Caller::Anonymous, address.parse().unwrap(), Class::Read);
        assert!(take("2001:db8::1").is_ok() && take("2001:db8::ffff:2").is_ok());
        assert!(take("2001:db8::3").is_err());
        assert!(take("2001:db8:0:1::3").is_ok());
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()),
            "192.0.2.1".parse::<IpAddr>().unwrap()
        );
    }

    #[test]
    fn who_has_tried_too_many_keys_shows_only_those_that_were_right() {
        let limits = limits();
        limits.was_shown(HERE, "right", true);
        for key in ["a", "b", "c"] {
            assert!(limits.may_show(HERE, key).is_ok());
            limits.was_shown(HERE, key, false);
        }
        let refused = limits.may_show(HERE, "d").unwrap_err();
        assert!(refused.wait > Duration::from_secs(3_000));
        assert!(limits.may_show(HERE, "right").is_ok());
        assert!(limits.may_show("192.0.2.1".parse().unwrap(), "d").is_ok());
        limits.was_shown(HERE, "right", false);
        assert!(limits.may_show(HERE, "right").is_err(), "it was right once");
    }

    #[test]
    fn keys_that_were_right_are_bounded() {
        let limits = limits();
        for number in 0..25_000 {
            limits.was_shown(HERE, &number.to_string(), true);
        }
        let proven = limits.proven();
        assert!(proven.young.len() + proven.old.len() <= 2 * MOST_PROVEN);
        assert!(proven.contains(&digest("24999")) && !proven.contains(&digest("0")));
    }
}
