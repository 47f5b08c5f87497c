use std::{collections::BTreeSet, time::Duration};

use fleksport::{
    record::OutboxOrder,
    store::{PageRequest, StoreError},
};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

const LEASE: Duration = Duration::from_secs(60);

on_both! {
    async fn eight_workers_on_three_hundred_rows_make_three_hundred_leases(ground) {
        let first = ground.store().await;
        for batch in 0..3 {
            let calls = (0..100).map(|call| first.take_in(intake(&format!("{batch} {call}"), vec![report("0101")])));
            futures_util::future::try_join_all(calls).await.unwrap();
        }
        // Eight nodes, so that the leases are taken on eight connections at once.
        let mut nodes = Vec::new();
        for _ in 0..8 {
            nodes.push(ground.store().await);
        }
        let workers = nodes.into_iter().map(|store| {
            tokio::spawn(async move {
                let mut leased = Vec::new();
                let mut empty_looks = 0;
                // A look that loses the race against another worker finds nothing, though there is more.
                while empty_looks < 20 {
                    match store.outbox_lease(start(), LEASE).await.unwrap() {
                        Some(row) => leased.push(row),
                        None => empty_looks += 1,
                    }
                }
                leased
            })
        });
        let leased: Vec<_> =
            futures_util::future::join_all(workers).await.into_iter().flat_map(|worker| worker.unwrap()).collect();
        assert_eq!(leased.len(), 300);
        assert_eq!(leased.iter().map(|row| row.id).collect::<BTreeSet<_>>().len(), 300);
        assert!(leased.iter().all(|row| row.attempts == 1));
    }

    async fn a_row_that_is_done_is_never_leased_again(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let row = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        assert_eq!((row.order, row.submission_id, row.attempts), (OutboxOrder::ReceiptMail, sent.id, 1));
        assert_eq!(store.outbox_lease(start(), LEASE).await.unwrap(), None);
        store.outbox_done(&row, start()).await.unwrap();
        let much_later = start() + SignedDuration::from_hours(1000);
        assert_eq!(store.outbox_lease(much_later, LEASE).await.unwrap(), None);
        assert_eq!(store.outbox_counts().await.unwrap().waiting, 0);
    }

    async fn a_row_whose_worker_died_is_leased_again_and_the_dead_one_comes_too_late(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let dead = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        let then = start() + SignedDuration::from_secs(61);
        let row = store.outbox_lease(then, LEASE).await.unwrap().unwrap();
        assert_eq!((row.id, row.attempts), (dead.id, 2));
        assert!(matches!(store.outbox_done(&dead, then).await, Err(StoreError::LeaseLost)));
        store.outbox_done(&row, then).await.unwrap();
    }

    async fn a_failed_row_waits_for_its_time_and_is_shown_when_given_up(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let row = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        let then = start() + SignedDuration::from_mins(5);
        store.outbox_retry(&row, "smtp-refused", then).await.unwrap();
        assert_eq!(store.outbox_lease(then - SignedDuration::from_millis(1), LEASE).await.unwrap(), None);
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.given_up, counts.oldest), (1, 0, Some(start())));

        let row = store.outbox_lease(then, LEASE).await.unwrap().unwrap();
        assert_eq!(row.attempts, 2);
        store.outbox_give_up(&row, "smtp-down", then).await.unwrap();
        let much_later = start() + SignedDuration::from_hours(1000);
        assert_eq!(store.outbox_lease(much_later, LEASE).await.unwrap(), None);
        let failed = store.outbox_failed(PageRequest::first(10)).await.unwrap();
        assert_eq!((failed.items.len(), failed.has_more), (1, false));
        let failed = &failed.items[0];
        assert_eq!((failed.id, failed.submission_id, failed.attempts), (row.id, sent.id, 2));
        assert_eq!((failed.last_error.as_str(), failed.created_at, failed.given_up_at), ("smtp-down", start(), then));
        assert_eq!(store.outbox_counts().await.unwrap().given_up, 1);
    }
}
