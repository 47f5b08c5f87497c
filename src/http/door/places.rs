//! How many connections there are, in all and from one peer. Who comes when all places are taken gets that of a connection that waits
//! for its caller; a request under way is never cut off for another.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::sync::Notify;

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Nothing has been asked on it yet.
    First,
    /// A request is under way.
    Busy,
    /// The answer is made, and not all of it is sent.
    Answered,
    /// Everything is answered.
    Idle,
    /// A later request has begun to come.
    Head,
}

/// What is known of one connection to its task and to who gives out the places.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    given_up: Notify,
}

impl Progress {
    pub fn phase(&self) -> Phase {
        const PHASES: [Phase; 5] = [Phase::First, Phase::Busy, Phase::Answered, Phase::Idle, Phase::Head];
        let phase = usize::from(self.phase.load(Ordering::Relaxed));
        PHASES.get(phase).copied().unwrap_or(Phase::Busy)
    }

    pub fn set(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// Ends when the connection must make room for another.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

/// The places of one listener. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Places {
    most: NonZeroUsize,
    most_per_peer: NonZeroUsize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    /// By age, the oldest first.
    connections: BTreeMap<u64, (Option<IpAddr>, Arc<Progress>)>,
    per_peer: BTreeMap<IpAddr, usize>,
}

/// One connection's place, free again when dropped.
#[derive(Debug)]
pub struct Place {
    number: u64,
    places: Places,
    pub progress: Arc<Progress>,
}

impl Places {
    pub fn new(most: NonZeroUsize, most_per_peer: NonZeroUsize) -> Self {
        Self {
            most,
            most_per_peer,
            taken: Arc::default(),
        }
    }

    /// A place for a connection of this peer; `None` stands for a trusted proxy, which is many. There is none when every
    /// connection that could give way has a request under way.
    pub fn take(&self, peer: Option<IpAddr>) -> Option<Place> {
        let peer = peer.map(network);
        let mut taken = self.lock();
        let of_peer = peer.map_or(0, |peer| taken.of(peer));
        if of_peer >= self.most_per_peer.get() && !taken.free_one(|of| of == peer) {
            return None;
        }
        if taken.connections.len() >= self.most.get() {
            let greediest = taken.greediest();
            if !taken.free_one(|of| of.is_some() && of == greediest) && !taken.free_one(|_| true) {
                return None;
            }
        }
        Some(Place {
            progress: taken.enter(peer),
            number: taken.next,
            places: self.clone(),
        })
    }

    /// Lets one waiting connection go, where there is one.
    pub fn free_one(&self) {
        self.lock().free_one(|_| true);
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn of(&self, peer: IpAddr) -> usize {
        self.per_peer.get(&peer).copied().unwrap_or(0)
    }

    fn greediest(&self) -> Option<IpAddr> {
        self.per_peer
            .iter()
            .max_by_key(|(_, count)| **count)
            .map(|(peer, _)| *peer)
    }

    fn enter(&mut self, peer: Option<IpAddr>) -> Arc<Progress> {
        let progress = Arc::<Progress>::default();
        self.next += 1;
        self.connections.insert(self.next, (peer, progress.clone()));
        if let Some(peer) = peer {
            *self.per_peer.entry(peer).or_default() += 1;
        }
        progress
    }

    fn leave(&mut self, number: u64) -> Option<Arc<Progress>> {
        let (peer, progress) = self.connections.remove(&number)?;
        let count = peer.and_then(|peer| Some((peer, self.per_peer.get_mut(&peer)?)));
        if let Some((peer, count)) = count {
            *count -= 1;
            if *count == 0 {
                self.per_peer.remove(&peer);
            }
        }
        Some(progress)
    }

    /// Takes the place of a connection that waits for its caller: first of one that has never asked anything, then of one that has
    /// been answered, then of one whose next request has begun to come; the oldest each time.
    fn free_one(&mut self, whose: impl Fn(Option<IpAddr>) -> bool) -> bool {
        let mut chosen = None;
        for (number, (peer, progress)) in &self.connections {
            let rank = match progress.phase() {
                Phase::First => 0,
                Phase::Idle => 1,
                Phase::Head => 2,
                Phase::Busy | Phase::Answered => continue,
            };
            if whose(*peer) && chosen.is_none_or(|(best, _)| rank < best) {
                chosen = Some((rank, *number));
                if rank == 0 {
                    break;
                }
            }
        }
        let Some(progress) = chosen.and_then(|(_, number)| self.leave(number)) else {
            return false;
        };
        progress.given_up.notify_one();
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().leave(self.number);
    }
}

/// An IPv6 network of 64 bits is one peer: whoever has one address of it has them all.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(peer) => peer.into(),
        IpAddr::V6(peer) => Ipv6Addr::from_bits(peer.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: usize, most_per_peer: usize) -> Places {
        Places::new(
            NonZeroUsize::new(most).unwrap(),
            NonZeroUsize::new(most_per_peer).unwrap(),
        )
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn count(places: &Places) -> usize {
        places.lock().connections.len()
    }

    async fn is_given_up(place: &Place) -> bool {
        let moment = std::time::Duration::from_millis(10);
        tokio::time::timeout(moment, place.progress.given_up()).await.is_ok()
    }

    #[tokio::test]
    async fn who_waits_gives_way_and_who_is_served_does_not() {
        let places = places(10, 3);
        let taken: Vec<_> = (0..3).map(|_| places.take(ip("192.0.2.1")).unwrap()).collect();
        taken[0].progress.set(Phase::Busy);
        taken[1].progress.set(Phase::Idle);
        let fourth = places.take(ip("192.0.2.1")).unwrap();
        assert!(is_given_up(&taken[2]).await, "it has never asked anything");
        fourth.progress.set(Phase::Answered);
        let fifth = places.take(ip("192.0.2.1")).unwrap();
        assert!(is_given_up(&taken[1]).await, "it was answered");
        fifth.progress.set(Phase::Head);
        let sixth = places.take(ip("192.0.2.1")).unwrap();
        assert!(is_given_up(&fifth).await, "its next request has begun");
        sixth.progress.set(Phase::Busy);
        assert!(places.take(ip("192.0.2.1")).is_none(), "all are served");
        assert!(!is_given_up(&taken[0]).await && !is_given_up(&fourth).await && !is_given_up(&sixth).await);
        assert!(
            places.take(ip("192.0.2.2")).is_some(),
            "another peer has its own places"
        );
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let places = places(10, 2);
        for _ in 0..5 {
            let (one, two) = (
                places.take(ip("192.0.2.1")).unwrap(),
                places.take(ip("192.0.2.1")).unwrap(),
            );
            one.progress.set(Phase::Busy);
            two.progress.set(Phase::Busy);
            assert!(places.take(ip("192.0.2.1")).is_none());
        }
        assert_eq!(count(&places), 0);
        assert!(places.lock().per_peer.is_empty());
    }

    #[tokio::test]
    async fn beyond_all_places_the_peer_with_most_gives_way() {
        let places = places(4, 3);
        let few = places.take(ip("192.0.2.9")).unwrap();
        let many: Vec<_> = (0..3).map(|_| places.take(ip("192.0.2.1")).unwrap()).collect();
        let proxy = places.take(None).unwrap();
        assert!(is_given_up(&many[0]).await);
        assert!(!is_given_up(&few).await && !is_given_up(&proxy).await);
        assert_eq!(count(&places), 4);
    }

    #[test]
    fn a_trusted_proxy_counts_as_many() {
        let places = places(10, 2);
        let all: Vec<_> = (0..8).filter_map(|_| places.take(None)).collect();
        all.iter().for_each(|place| place.progress.set(Phase::Busy));
        assert_eq!(all.len(), 8);
    }

    #[test]
    fn an_ipv6_network_is_one_peer_and_an_ipv4_address_in_ipv6_clothes_is_itself() {
        let places = places(10, 1);
        let one = places.take(ip("2001:db8::1")).unwrap();
        one.progress.set(Phase::Busy);
        assert!(places.take(ip("2001:db8::ffff:2")).is_none());
        assert!(places.take(ip("2001:db8:0:1::1")).is_some());
        let four = places.take(ip("192.0.2.1")).unwrap();
        four.progress.set(Phase::Busy);
        assert!(places.take(ip("::ffff:192.0.2.1")).is_none());
        assert!(places.take(ip("::ffff:192.0.2.2")).is_some());
    }
}
