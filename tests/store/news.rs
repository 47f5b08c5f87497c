use std::{
    future::pending,
    time::{Duration, Instant},
};

use fleksport::store::Store;

use crate::{fixture::*, ground::on_both};

const LONG: Duration = Duration::from_secs(30);

/// Waits on one node while the other writes; how long after the write it was answered.
async fn answered_after(waiting: &Store, writing: &Store, known: i64) -> Duration {
    let waiter = {
        let store = waiting.clone();
        tokio::spawn(async move {
            store
                .wait_for_entries(&municipality("0101"), known, LONG, pending())
                .await
        })
    };
    // It has looked by now, and looks again in a second.
    tokio::time::sleep(Duration::from_millis(200)).await;
    writing
        .take_in(intake(&format!("key {known}"), vec![report("0101")]))
        .await
        .unwrap();
    let written = Instant::now();
    assert_eq!(waiter.await.unwrap().unwrap(), known + 1);
    written.elapsed()
}

on_both! {
    async fn who_waits_gets_what_the_same_node_writes_at_once(ground) {
        let store = ground.store().await;
        let mut fastest = LONG;
        for known in 0..3 {
            fastest = fastest.min(answered_after(&store, &store, known).await);
        }
        // Looking alone would take 800 ms each time.
        assert!(fastest < Duration::from_millis(500), "{fastest:?}");
    }

    async fn who_waits_gets_what_another_node_writes_within_about_a_second(ground) {
        let (one, other) = (ground.store().await, ground.store().await);
        let waited = answered_after(&one, &other, 0).await;
        assert!(waited < Duration::from_secs(5), "{waited:?}");
    }

    async fn who_waits_is_not_answered_for_another_municipality_and_not_for_ever(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let code = municipality("0147");
        let (begun, short) = (Instant::now(), Duration::from_millis(300));
        let (latest, _) = tokio::join!(
            store.wait_for_entries(&code, 0, short, pending()),
            store.take_in(intake("b", vec![report("0101")])),
        );
        assert_eq!(latest.unwrap(), 0);
        assert!(begun.elapsed() >= short);
        assert_eq!(store.wait_for_entries(&municipality("0101"), 0, LONG, pending()).await.unwrap(), 2, "what is there is told at once");
        assert_eq!(store.wait_for_entries(&code, 0, Duration::ZERO, pending()).await.unwrap(), 0);
    }

    async fn who_waits_is_answered_at_once_when_it_has_waited_enough(ground) {
        let store = ground.store().await;
        let code = municipality("0101");
        let begun = Instant::now();
        let enough = tokio::time::sleep(Duration::from_millis(100));
        assert_eq!(store.wait_for_entries(&code, 0, LONG, enough).await.unwrap(), 0);
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        assert_eq!(store.wait_for_entries(&code, 1, LONG, async {}).await.unwrap(), 1);
        assert!(begun.elapsed() < LONG / 2);
    }
}
