use std::time::Duration;

use fleksport::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    ping::{PingAddress, PingKind, Reach},
    store::{PingState, Store, StoreError},
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

const LEASE: Duration = Duration::from_secs(60);

fn entry(deed: Deed) -> AuditEntry {
    AuditEntry {
        at: start(),
        actor: Actor::operator(),
        deed,
        target: Target::Settings,
        purpose: Purpose::Operation,
        transaction_id: Uuid::nil(),
    }
}

fn address(url: &str) -> PingAddress {
    PingAddress::parse(url, Reach::Public).unwrap()
}

async fn register(store: &Store, code: &str) {
    let audit = entry(Deed::PingRegistered);
    let address = address("https://fleks.example.dk/ping");
    store.register_ping(&municipality(code), address, audit).await.unwrap();
}

async fn take_in(store: &Store, key: &str, code: &str) {
    store.take_in(intake(key, vec![report(code)])).await.unwrap();
}

on_both! {
    async fn a_feed_that_has_gone_on_makes_one_ping_wait_however_many_nodes_look(ground) {
        let store = ground.store().await;
        take_in(&store, "before", "0101").await;
        for code in ["0101", "0147"] {
            register(&store, code).await;
        }
        store.order_pings(start()).await.unwrap();
        assert_eq!(store.ping_counts().await.unwrap().waiting, 0, "what was there before is not told");
        take_in(&store, "a", "0101").await;
        take_in(&store, "b", "0751").await;
        let mut nodes = Vec::new();
        for _ in 0..6 {
            nodes.push(ground.store().await);
        }
        let looks = nodes.iter().map(|node| node.order_pings(start()));
        futures_util::future::try_join_all(looks).await.unwrap();
        assert_eq!(store.ping_counts().await.unwrap().waiting, 1);

        take_in(&store, "c", "0101").await;
        store.order_pings(start()).await.unwrap();
        let leases = nodes.iter().map(|node| node.ping_lease(start(), LEASE));
        let leased: Vec<_> = futures_util::future::try_join_all(leases).await.unwrap().into_iter().flatten().collect();
        assert_eq!(leased.len(), 1, "one node works on it");
        let row = &leased[0];
        assert_eq!((row.municipality, row.kind, row.up_to_sequence), (municipality("0101"), PingKind::New, 3));

        // Comes while the ping is under way: it is not told by it.
        take_in(&store, "d", "0101").await;
        store.order_pings(start()).await.unwrap();
        store.ping_done(row, start()).await.unwrap();
        store.order_pings(start()).await.unwrap();
        let next = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
        assert_eq!((next.up_to_sequence, next.attempts), (4, 1));
        store.ping_done(&next, start()).await.unwrap();
        store.order_pings(start()).await.unwrap();
        assert_eq!(store.ping_lease(start(), LEASE).await.unwrap(), None);
        let shown = store.pings_of(&municipality("0101"), 10).await.unwrap();
        let numbers: Vec<_> = shown.iter().map(|ping| ping.up_to_sequence).collect();
        assert_eq!(numbers, [4, 3]);
        assert!(shown.iter().all(|ping| ping.state == PingState::Arrived { at: start() }));
    }

    async fn a_ping_whose_worker_died_is_taken_by_the_next_one_and_the_dead_one_settles_nothing(ground) {
        let store = ground.store().await;
        register(&store, "0101").await;
        take_in(&store, "a", "0101").await;
        store.order_pings(start()).await.unwrap();
        let dead = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
        assert_eq!(store.ping_lease(start() + SignedDuration::from_secs(59), LEASE).await.unwrap(), None);
        let later = start() + SignedDuration::from_secs(60);
        let taken = store.ping_lease(later, LEASE).await.unwrap().unwrap();
        assert_eq!((taken.id, taken.attempts), (dead.id, 2));
        assert!(matches!(store.ping_done(&dead, later).await, Err(StoreError::LeaseLost)));
        store.ping_retry(&taken, "500", later + SignedDuration::from_secs(5)).await.unwrap();
        assert_eq!(store.ping_lease(later, LEASE).await.unwrap(), None);
        let counts = store.ping_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.failing, counts.lost), (1, 1, Vec::new()));
    }

    async fn what_was_given_up_is_told_until_one_arrives(ground) {
        let store = ground.store().await;
        register(&store, "0101").await;
        take_in(&store, "a", "0101").await;
        store.order_pings(start()).await.unwrap();
        let row = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
        store.ping_give_up(&row, "unreachable", start()).await.unwrap();
        assert_eq!(store.ping_counts().await.unwrap().lost, [municipality("0101")]);
        store.order_pings(start()).await.unwrap();
        assert_eq!(store.ping_lease(start(), LEASE).await.unwrap(), None, "it is not ordered anew for the same entries");

        let audit = || entry(Deed::PingSentAgain);
        assert!(!store.ping_again(&municipality("0147"), row.id, audit()).await.unwrap());
        assert!(store.ping_again(&municipality("0101"), row.id, audit()).await.unwrap());
        assert!(!store.ping_again(&municipality("0101"), row.id, audit()).await.unwrap(), "it waits already");
        // What comes now is told by a ping of its own.
        take_in(&store, "b", "0101").await;
        store.order_pings(start()).await.unwrap();
        let again = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
        let new = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
        assert_eq!((again.id, again.kind, again.up_to_sequence), (row.id, PingKind::Again, 1));
        assert_eq!((new.kind, new.up_to_sequence), (PingKind::New, 2));
        store.ping_give_up(&again, "unreachable", start()).await.unwrap();
        store.ping_done(&new, start()).await.unwrap();
        assert_eq!(store.ping_counts().await.unwrap().lost, []);
    }

    async fn the_last_two_hundred_pings_are_kept(ground) {
        let store = ground.store().await;
        register(&store, "0101").await;
        for _ in 0..203 {
            assert!(store.test_ping(&municipality("0101"), entry(Deed::PingTested)).await.unwrap());
            let row = store.ping_lease(start(), LEASE).await.unwrap().unwrap();
            store.ping_done(&row, start()).await.unwrap();
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM ping").await, 201);
    }

    async fn settings_are_kept_sealed_and_audited(ground) {
        let store = ground.store().await;
        let code = municipality("0101");
        let contact = "fleks@kommunen.example".parse().unwrap();
        let before = store.audit_verify().await.unwrap().entries;
        store.set_contact(&code, None, entry(Deed::ContactChanged)).await.unwrap();
        assert_eq!(store.audit_verify().await.unwrap().entries, before, "nothing was changed");
        store.set_contact(&code, Some(&contact), entry(Deed::ContactChanged)).await.unwrap();
        register(&store, "0101").await;
        assert_eq!(store.audit_verify().await.unwrap().entries, before + 2);
        let found = ground.store().await.settings_of(&code, start()).await.unwrap();
        assert_eq!(found.contact.unwrap(), contact);
        assert_eq!(found.ping.unwrap().address, address("https://fleks.example.dk/ping"));
        assert_eq!(store.contacts().await.unwrap().into_iter().collect::<Vec<_>>(), [(code, contact)]);
        for table in ["municipality_contact", "ping_address"] {
            let cast = match ground.kind {
                crate::ground::Kind::Sqlite => "CAST(sealed AS TEXT)",
                crate::ground::Kind::Postgres => "encode(sealed, 'escape')",
            };
            let open = format!("SELECT COUNT(*) FROM {table} WHERE {cast} LIKE '%example%' OR {cast} LIKE '%whsec%'");
            assert_eq!(ground.count(&open).await, 0, "{table}");
        }
        store.set_contact(&code, None, entry(Deed::ContactChanged)).await.unwrap();
        assert!(store.settings_of(&code, start()).await.unwrap().contact.is_none());
    }
}
