use fleksport::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    store::{Deliveries, Store},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() / 3_600 * 3_600).unwrap()
}

async fn acknowledge(store: &Store, up_to: i64, at: Timestamp) {
    let audit = AuditEntry {
        at,
        actor: Actor::operator(),
        deed: Deed::CredentialCreated,
        target: Target::List,
        purpose: Purpose::Delivery,
        transaction_id: Uuid::nil(),
    };
    store.acknowledge(&municipality("0101"), up_to, audit).await.unwrap();
}

on_both! {
    async fn deliveries_are_counted_by_the_hour_and_each_entry_is_fetched_once(ground) {
        let store = ground.store().await;
        let code = municipality("0101");
        assert_eq!(store.deliveries(&code, start()).await.unwrap(), Deliveries::default());
        let (early, late) = (start(), start() + SignedDuration::from_hours(30));
        // Three in one transaction, of which a page of the feed takes two.
        store.take_in(intake("a", vec![report("0101"), report("0101"), report("0101")])).await.unwrap();
        acknowledge(&store, 2, early + SignedDuration::from_secs(90)).await;
        ground.clock.set(late);
        store.take_in(intake("b", vec![report("0101"), report("0147")])).await.unwrap();
        acknowledge(&store, 4, late + SignedDuration::from_mins(5)).await;

        let all = store.deliveries(&code, hour_of(early)).await.unwrap();
        assert_eq!(all.available, [(hour_of(early), 3), (hour_of(late), 1)]);
        assert!(all.answered.is_empty());
        let fetched = |found: &Deliveries| -> Vec<_> {
            found.fetched.iter().map(|part| (part.count, part.waited.as_secs())).collect()
        };
        assert_eq!(fetched(&all), [(2, 90), (1, 30 * 3_600 + 300), (1, 300)]);
        // What was put up before the days that are shown and fetched in them counts with its whole wait.
        let since = store.deliveries(&code, hour_of(late)).await.unwrap();
        assert_eq!(since.available, [(hour_of(late), 1)]);
        assert_eq!(fetched(&since), [(1, 30 * 3_600 + 300), (1, 300)]);
        // A lower number that is acknowledged last takes nothing back.
        acknowledge(&store, 1, late + SignedDuration::from_mins(10)).await;
        let after = hour_of(late + SignedDuration::from_hours(1));
        ground.clock.set(after);
        store.take_in(intake("c", vec![report("0101")])).await.unwrap();
        acknowledge(&store, 5, after + SignedDuration::from_secs(7)).await;
        assert_eq!(fetched(&store.deliveries(&code, after).await.unwrap()), [(1, 7)]);
    }
}
