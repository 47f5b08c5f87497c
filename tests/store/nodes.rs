use std::{collections::BTreeMap, time::Duration};

use fleksport::store::{MAX_PAGE, Store};

use crate::{
    fixture::*,
    ground::{Kind, let_go, on_both, run},
};

const CODES: [&str; 6] = ["0101", "0147", "0851", "0461", "0751", "0561"];

/// Every number from 1 to the last, each once, each report once, and every link of the chain.
async fn check_feeds(store: &Store, expected: usize) {
    let mut seen = BTreeMap::new();
    for code in CODES {
        let municipality = municipality(code);
        let page = store.feed(&municipality, 0, MAX_PAGE).await.unwrap();
        assert_eq!(page.latest_sequence, i64::try_from(page.entries.len()).unwrap());
        crate::feed::check_chain(&page.entries);
        for entry in page.entries {
            assert!(seen.insert(entry.report.id, code).is_none(), "a report is told twice");
        }
    }
    assert_eq!(seen.len(), expected);
}

on_both! {
    async fn two_nodes_write_at_once_without_hole_double_or_deadlock(ground) {
        let stores = [ground.store().await, ground.store().await];
        let calls = (0..240_usize).map(|call| {
            let store = stores[call % 2].clone();
            tokio::spawn(async move {
                // Municipalities in ever other orders: a node that locked them as they come would meet the other one.
                let reports = (0..3).map(|at| report(CODES[(call * 5 + at * (call % 4 + 1)) % 6])).collect();
                store.take_in(intake(&format!("key {call}"), reports)).await.unwrap()
            })
        });
        for answer in futures_util::future::join_all(calls).await {
            assert!(!answer.unwrap().repeated);
        }
        check_feeds(&stores[0], 720).await;
        let report = stores[1].audit_verify().await.unwrap();
        assert_eq!((report.entries, report.fault), (240, None));
    }

    async fn of_many_corrections_at_once_from_two_nodes_one_wins(ground) {
        let stores = [ground.store().await, ground.store().await];
        let first = stores[0].take_in(intake("first", vec![report("0101")])).await.unwrap();
        let target = first.submission.reports[0].id;
        let calls = (0..20).map(|call| {
            let store = stores[call % 2].clone();
            tokio::spawn(async move { store.take_in(intake(&format!("{call}"), vec![replacement(target, "0147")])).await })
        });
        let answers = futures_util::future::join_all(calls).await;
        let taken = answers.into_iter().filter(|answer| answer.as_ref().unwrap().is_ok()).count();
        assert_eq!(taken, 1);
        check_feeds_of_one_correction(&stores[1]).await;
    }

    async fn corrections_that_cross_each_other_on_two_nodes_all_come_through(ground) {
        let stores = [ground.store().await, ground.store().await];
        let reports = (0..40).map(|_| report("0101")).collect();
        let first = stores[0].take_in(intake("first", reports)).await.unwrap().submission;
        // Each node corrects its half in the other's order, half of the reports being wanted by both.
        let mut calls = Vec::new();
        for (node, store) in stores.iter().enumerate() {
            for at in 0..30 {
                let at = if node == 0 { at } else { 39 - at };
                let (store, target) = (store.clone(), first.reports[at].id);
                let sent = intake(&format!("{node} {at}"), vec![withdrawal(target)]);
                calls.push(tokio::spawn(async move { store.take_in(sent).await.is_ok() }));
            }
        }
        let answers = futures_util::future::join_all(calls).await;
        assert_eq!(answers.into_iter().filter(|answer| *answer.as_ref().unwrap()).count(), 40);
        assert_eq!(ground.count("SELECT COUNT(*) FROM report WHERE state = 'withdrawn'").await, 40);
        assert_eq!(stores[0].latest_sequence(&municipality("0101")).await.unwrap(), 80);
    }

    async fn a_reader_never_sees_a_hole_while_others_write(ground) {
        let stores = [ground.store().await, ground.store().await];
        let writing: Vec<_> = (0..150_usize)
            .map(|call| {
                let store = stores[call % 2].clone();
                tokio::spawn(async move {
                    store.take_in(intake(&format!("{call}"), vec![report("0101")])).await.unwrap();
                })
            })
            .collect();
        let (mut seen, mut rounds) = (0, 0);
        while seen < 150 {
            let page = stores[rounds % 2].feed(&municipality("0101"), seen, 40).await.unwrap();
            for entry in &page.entries {
                assert_eq!(entry.sequence, seen + 1);
                seen = entry.sequence;
            }
            assert!(page.latest_sequence >= seen);
            rounds += 1;
            tokio::task::yield_now().await;
        }
        futures_util::future::join_all(writing).await;
    }
}

on_both! {
    async fn a_write_waits_for_another_process_and_is_not_lost(ground) {
        let store = ground.store().await;
        store.take_in(intake("first", vec![report("0101")])).await.unwrap();
        let other = ground.hold_writes().await;
        let waiting = {
            let store = store.clone();
            tokio::spawn(async move { store.take_in(intake("second", vec![report("0101")])).await })
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!waiting.is_finished(), "answered before it could be on disk");
        let_go(other).await;
        waiting.await.unwrap().unwrap();
        assert_eq!(store.latest_sequence(&municipality("0101")).await.unwrap(), 2);
    }
}

/// The other side waits longer before it looks for a deadlock, so the store's transaction is the one that is sacrificed.
#[test]
fn a_batch_that_loses_a_deadlock_is_run_again() {
    run(Kind::Postgres, true, async |ground| {
        let store = ground.store().await;
        store
            .take_in(intake("first", vec![report("0101"), report("0147")]))
            .await
            .unwrap();
        let mut other = ground.raw().await;
        let lock =
            |code| format!("UPDATE municipality_feed SET last_sequence = last_sequence WHERE municipality = '{code}'");
        let begin = format!("BEGIN; SET LOCAL deadlock_timeout = '60s'; {}", lock("0147"));
        sqlx::raw_sql(sqlx::AssertSqlSafe(begin))
            .execute(&mut other)
            .await
            .unwrap();
        let waiting = {
            let store = store.clone();
            let sent = intake("second", vec![report("0147"), report("0101")]);
            tokio::spawn(async move { store.take_in(sent).await })
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        let won = sqlx::raw_sql(sqlx::AssertSqlSafe(lock("0101")))
            .execute(&mut other)
            .await;
        won.expect("the store's transaction gave way");
        sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
        assert!(!waiting.await.unwrap().unwrap().repeated);
        for code in ["0101", "0147"] {
            let page = store.feed(&municipality(code), 0, 10).await.unwrap();
            assert_eq!((page.entries.len(), page.latest_sequence), (2, 2));
            crate::feed::check_chain(&page.entries);
        }
    });
}

async fn check_feeds_of_one_correction(store: &Store) {
    let old = store.feed(&municipality("0101"), 0, 10).await.unwrap();
    let new = store.feed(&municipality("0147"), 0, 10).await.unwrap();
    let events = |page: &fleksport::store::FeedPage| {
        page.entries
            .iter()
            .map(|entry| entry.event.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(events(&old), ["report.available", "report.withdrawn"]);
    assert_eq!(events(&new), ["report.corrected"]);
}
