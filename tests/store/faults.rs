use std::time::Duration;

use fleksport::{
    access::Scope,
    clock::Clock,
    entropy::Entropy,
    store::{Store, StoreError, TakeInError},
    vault::Vault,
};

use crate::{
    fixture::*,
    ground::{let_go, on_both, start},
};

on_both! {
    async fn a_fault_of_one_submission_never_touches_its_neighbours(ground) {
        let store = ground.store().await;
        store.take_in(intake("used", vec![report("0101")])).await.unwrap();
        let taken_receipt = intake("used", vec![]).receipt_number;
        let calls = (0..60).map(|call| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut sent = intake(&format!("key {call}"), vec![report("0147"), report("0851")]);
                match call % 6 {
                    // A correction of nothing, a row that the database refuses, a key used for something else.
                    1 => sent.reports.push(replacement(report_id(), "0147")),
                    2 => sent.reports[1].id = sent.reports[0].id,
                    3 => {
                        sent.idempotency.key = "used".into();
                    }
                    4 => sent.receipt_number = taken_receipt,
                    _ => {}
                }
                (call, store.take_in(sent).await)
            })
        });
        let answers = futures_util::future::join_all(calls).await;
        let mut stored = 0;
        for (call, answer) in answers.into_iter().map(Result::unwrap) {
            match (call % 6, answer) {
                (1, Err(TakeInError::CorrectionTargetUnknown { position: 2 }))
                | (2, Err(TakeInError::Store(StoreError::Database { .. })))
                | (3, Err(TakeInError::KeyReused { .. })) => {}
                // Ten want the same receipt number: one gets it.
                (4, Ok(_)) => stored += 1,
                (4, Err(TakeInError::Store(StoreError::Database { .. }))) => {}
                (0 | 5, Ok(taken)) => {
                    assert!(!taken.repeated);
                    stored += 1;
                }
                (_, answer) => panic!("{call}: {answer:?}"),
            }
        }
        assert_eq!(stored, 21);
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, 22);
        assert_eq!(ground.count("SELECT COUNT(*) FROM report").await, 43);
        assert_eq!(store.latest_sequence(&municipality("0147")).await.unwrap(), 21);
        assert_eq!(store.latest_sequence(&municipality("0851")).await.unwrap(), 21);
        assert_eq!(ground.count("SELECT COUNT(*) FROM outbox").await, 22);
        assert_eq!(store.audit_verify().await.unwrap().entries, 22);
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
    }

    async fn a_full_queue_says_busy_at_once_and_stores_nothing_of_what_it_refused(ground) {
        let mut settings = ground.settings.clone();
        settings.queue_length = 3;
        let vault = Vault::open_or_make(ground.folder.path(), &Entropy::System, start()).unwrap();
        let store = Store::open(&settings, ground.folder.path(), vault, ground.clock.clone(), Entropy::System).await.unwrap();
        let holder = ground.hold_writes().await;
        let waiting = {
            let store = store.clone();
            let calls = (0..40).map(move |call| {
                let store = store.clone();
                async move { store.take_in(intake(&format!("{call}"), vec![report("0101")])).await }
            });
            tokio::spawn(futures_util::future::join_all(calls))
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        let_go(holder).await;
        let answers = waiting.await.unwrap();
        let taken = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(TakeInError::Busy))));
        assert!((1..40).contains(&taken), "{taken}");
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, i64::try_from(taken).unwrap());
        // There is room again, and even a file larger than the queue gets through.
        let large = intake("large", (0..10).map(|_| report("0101")).collect());
        store.take_in(large).await.unwrap();
    }

    async fn closing_writes_what_waits_and_then_refuses(ground) {
        let store = ground.store().await;
        let calls: Vec<_> = (0..30)
            .map(|call| {
                let store = store.clone();
                tokio::spawn(async move { store.take_in(intake(&format!("{call}"), vec![report("0101")])).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(20)).await;
        store.close().await;
        let answers = futures_util::future::join_all(calls).await;
        let taken = answers.iter().filter(|answer| matches!(answer, Ok(Ok(_)))).count();
        assert!(taken > 0);
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, i64::try_from(taken).unwrap());
        let late = store.take_in(intake("late", vec![report("0101")])).await.unwrap_err();
        assert!(matches!(late, TakeInError::Store(StoreError::Closed)), "{late:?}");
    }

    async fn a_row_that_does_not_fit_is_named_and_nothing_of_it_shown(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let id = sent.reports[0].id;
        for (damage, column) in [
            ("state = 'lost'", "state_bound"),
            ("state = 'held', municipality = NULL", "state_bound"),
            ("state = 'rejected', state_detail = 'bad mood', municipality = '0101'", "state_bound"),
            ("state = 'available', municipality = '9999'", "state_bound"),
            ("municipality = '0101', kind = 'gift'", "report_bound"),
            ("kind = 'full_time_wage', position = -1", "report_bound"),
            ("position = 0, content_digest = sealed", "report_bound"),
        ] {
            ground.execute(&format!("UPDATE report SET {damage}")).await;
            let error = store.report(&Scope::System, id).await.unwrap_err();
            let StoreError::BadRow { table, column: named, row, .. } = &error else { panic!("{damage}: {error:?}") };
            assert_eq!((*table, *named, row.as_str()), ("report", column, id.to_string().as_str()), "{damage}");
            assert!(!format!("{error:?}").contains("gift"), "{error:?}");
        }
    }

    async fn keys_of_another_installation_are_found_out_at_the_start(ground) {
        ground.store().await.close().await;
        let elsewhere = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_make(elsewhere.path(), &Entropy::System, start()).unwrap();
        let clock = Clock::fixed(start());
        let opened = Store::open(&ground.settings, ground.folder.path(), vault, clock, Entropy::System).await;
        assert!(matches!(opened.err(), Some(StoreError::ForeignKeys(_))));
    }

    async fn sealed_values_exchanged_between_rows_are_refused(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let [first, second] = [&sent.reports[0].id, &sent.reports[1].id];
        ground
            .execute(&format!(
                "UPDATE report SET sealed = (SELECT sealed FROM report WHERE id = '{second}') WHERE id = '{first}'"
            ))
            .await;
        let error = store.report(&Scope::System, *first).await.unwrap_err();
        assert!(matches!(error, StoreError::BadRow { column: "sealed", .. }), "{error:?}");
        assert!(store.report(&Scope::System, *second).await.unwrap().is_some());
    }
}
