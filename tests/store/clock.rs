//! A clock that can't be right: no receipt carries a wrong time, and nothing is deleted by it.

use std::time::Duration;

use fleksport::{
    access::Scope,
    audit::Actor,
    store::{ClockDoubt, Deleted, DeletedTraces, DeletionPace, Holder, Store, StoreError, TakeInError},
};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{Ground, on_both, start},
    steps::*,
};

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

async fn take(store: &Store, key: &str) -> Result<(), TakeInError> {
    store.take_in(intake(key, vec![report("0101")])).await.map(drop)
}

/// Settled and old enough, once the clock has gone on.
async fn settled(ground: &Ground, store: &Store, keys: &[&str]) {
    for key in keys {
        take(store, key).await.unwrap();
    }
    acknowledge(
        store,
        "0101",
        store.latest_sequence(&municipality("0101")).await.unwrap(),
    )
    .await
    .unwrap();
    while let Some(row) = store
        .outbox_lease(ground.clock.now(), Duration::from_secs(60))
        .await
        .unwrap()
    {
        store.outbox_done(&row, ground.clock.now()).await.unwrap();
    }
}

const HOUR: DeletionPace = DeletionPace::Paced {
    running: Duration::from_secs(3_600),
};

on_both! {
    async fn a_clock_that_goes_back_gives_no_receipts_and_recovers_by_itself(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        let id = sent.reports[0].id;
        store.take_in(sent).await.unwrap();
        ground.clock.set(start() - SignedDuration::from_mins(4));
        take(&store, "b").await.unwrap();
        ground.clock.set(start() - SignedDuration::from_mins(6));
        assert!(matches!(take(&store, "c").await, Err(TakeInError::Store(StoreError::ClockBack))));
        assert!(acknowledge(&store, "0101", 1).await.is_err());
        assert!(matches!(store.clock_doubt().await.unwrap(), Some(ClockDoubt::Back(_))));
        assert!(store.report(&Scope::System, id).await.unwrap().is_some(), "reads go on");
        ground.clock.set(start());
        take(&store, "c").await.unwrap();
    }

    async fn a_clock_far_ahead_takes_in_but_deletes_nothing_until_somebody_says_so(ground) {
        let store = ground.store().await;
        settled(&ground, &store, &["a", "b"]).await;
        let later = start() + days(4_000);
        ground.clock.set(later);
        take(&store, "c").await.unwrap();
        assert_eq!(store.delete_before(later, HOUR).await.unwrap(), Deleted::default());
        assert_eq!(store.delete_traces(later).await.unwrap(), DeletedTraces::default());
        // Another process finds it so too, and what was written meanwhile does not make the wrong future the right one.
        let other = ground.store().await;
        assert!(matches!(other.clock_doubt().await.unwrap(), Some(ClockDoubt::Ahead(_))));
        ground.clock.set(start() + days(1));
        assert_eq!(store.clock_doubt().await.unwrap(), None);
        take(&store, "d").await.unwrap();

        ground.clock.set(later);
        other.accept_clock(Actor::operator()).await.unwrap();
        assert_eq!(store.clock_doubt().await.unwrap(), None, "what one process was told the other finds");
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'clock_accepted'").await, 1);
    }

    async fn the_trusted_moment_goes_on_with_the_clock(ground) {
        let store = ground.store().await;
        for day in 1..=40 {
            ground.clock.set(start() + days(day));
            take(&store, &format!("{day}")).await.unwrap();
        }
        assert_eq!(store.clock_doubt().await.unwrap(), None);
        ground.clock.set(start() + days(20));
        assert!(matches!(store.clock_doubt().await.unwrap(), Some(ClockDoubt::Back(_))));
    }

    async fn a_moment_that_was_edited_counts_as_long_past(ground) {
        let store = ground.store().await;
        ground.execute("UPDATE moment SET at = at + 900000000000").await;
        store.close().await;
        let store = ground.store().await;
        assert!(matches!(store.clock_doubt().await.unwrap(), Some(ClockDoubt::Ahead(_))));
        take(&store, "a").await.unwrap();
        store.accept_clock(Actor::operator()).await.unwrap();
        assert_eq!(store.clock_doubt().await.unwrap(), None);
    }

    async fn deletion_takes_a_few_days_worth_a_day_though_the_clock_was_accepted(ground) {
        let store = ground.store().await;
        // The first round says how far deletion has come: everything is younger.
        store.delete_before(start() - days(1_000), HOUR).await.unwrap();
        settled(&ground, &store, &["a"]).await;
        ground.clock.set(start() + days(4_000));
        store.accept_clock(Actor::operator()).await.unwrap();
        let wanted = start() + days(3_000);
        for hours in [0, 1, 24, 48] {
            let pace = DeletionPace::Paced { running: Duration::from_secs(3_600 * hours) };
            assert_eq!(store.delete_before(wanted, pace).await.unwrap(), Deleted::default(), "{hours}");
        }
        let come = ground.count("SELECT at FROM moment WHERE name = 'deleted_before'").await;
        let due = start() - days(1_000) + days(6);
        assert_eq!(come, due.as_millisecond(), "three days' worth for each day");
        let deleted = store.delete_before(wanted, DeletionPace::Uncapped).await.unwrap();
        assert_eq!(deleted, Deleted { entries: 1, submissions: 1 }, "a person may want it all at once");
    }

    async fn where_nothing_would_be_deleted_the_deadline_simply_goes_on(ground) {
        let store = ground.store().await;
        store.delete_before(start() - days(1_000), HOUR).await.unwrap();
        let pace = DeletionPace::Paced { running: Duration::ZERO };
        store.delete_before(start() - days(10), pace).await.unwrap();
        let come = ground.count("SELECT at FROM moment WHERE name = 'deleted_before'").await;
        assert_eq!(come, (start() - days(10)).as_millisecond());
    }

    async fn what_is_over_goes_after_its_term_and_what_waits_or_was_given_up_stays(ground) {
        let store = ground.store().await;
        settled(&ground, &store, &["a"]).await;
        take(&store, "waits").await.unwrap();
        let day = Duration::from_secs(86_400);
        let ended = store.session_begin(Holder::Employer(cvr(CVR)), day, day).await.unwrap();
        let session = store.session_find(ended.token.expose(), start()).await.unwrap().unwrap();
        store.session_end(&session).await.unwrap();
        store.session_begin(Holder::Employer(cvr(CVR)), day, day * 30).await.unwrap();
        ground
            .execute("INSERT INTO alarm (municipality, kind, begun_at, before_at, ended_at) VALUES ('0101', 'unfetched', 1, 1, 2), ('0147', 'unfetched', 1, 1, NULL)")
            .await;
        ground
            .execute("INSERT INTO ping (municipality, kind, up_to_sequence, created_at, lease_until, attempts, done_at, given_up_at)
                VALUES ('0101', 'new', 1, 1, 1, 1, 2, NULL), ('0147', 'new', 1, 1, 1, 1, NULL, 2), ('0147', 'new', 1, 1, 1, 1, 3, NULL)")
            .await;
        ground.clock.set(start() + days(10));
        let deleted = store.delete_traces(start() + days(2)).await.unwrap();
        assert_eq!(deleted, DeletedTraces { sessions: 1, alarms: 1, orders: 1, pings: 1 });
        for (table, left) in [("session", 1), ("alarm", 1), ("outbox", 1), ("ping", 2)] {
            assert_eq!(ground.count(&format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
        }
    }
}
