use fleksport::{
    access::{Action, Caller, Grant, Proof, Scope},
    record::ReportState,
    store::{AcknowledgeError, Acknowledgement, PageRequest, Store},
    value::ReportId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    fixture::*,
    ground::{let_go, on_both, start},
    steps::transfer,
};

async fn acknowledge(store: &Store, code: &str, up_to: i64) -> Result<Acknowledgement, AcknowledgeError> {
    let code = municipality(code);
    let caller = Caller::Municipality {
        code,
        proof: Proof::Session(Uuid::nil()),
    };
    let grant = Grant {
        caller,
        action: Action::Acknowledge,
        scope: Scope::Municipality(code),
    };
    let entry = store.acknowledgement_entry(&grant, Uuid::nil());
    store.acknowledge(&code, up_to, entry).await
}

async fn state(store: &Store, id: ReportId) -> ReportState {
    store.report(&Scope::System, id).await.unwrap().unwrap().report.state
}

fn later() -> Timestamp {
    start() + SignedDuration::from_secs(5)
}

on_both! {
    async fn up_to_its_number_everything_is_fetched_and_nothing_beyond(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), report("0101"), report("0101"), report("0147")]);
        store.take_in(sent.clone()).await.unwrap();
        ground.clock.set(later());
        let receipt = acknowledge(&store, "0101", 2).await.unwrap();
        assert_eq!((receipt.up_to_sequence, receipt.at), (2, later()));
        let (own, since) = (municipality("0101"), start());
        assert_eq!(state(&store, sent.reports[0].id).await, ReportState::Fetched { municipality: own, at: later() });
        assert_eq!(state(&store, sent.reports[1].id).await, ReportState::Fetched { municipality: own, at: later() });
        assert_eq!(state(&store, sent.reports[2].id).await, ReportState::Available { municipality: own, since });
        assert!(matches!(state(&store, sent.reports[3].id).await, ReportState::Available { .. }));
        assert_eq!(store.acknowledged(&own).await.unwrap(), 2);
        assert_eq!(store.acknowledged(&municipality("0147")).await.unwrap(), 0);
    }

    async fn the_same_number_gets_the_same_receipt_for_ever(ground) {
        let stores = [ground.store().await, ground.store().await];
        stores[0].take_in(intake("a", vec![report("0101"), report("0101")])).await.unwrap();
        let receipts = (0..20).map(|call| acknowledge(&stores[call % 2], "0101", 2));
        let receipts = futures_util::future::join_all(receipts).await;
        let first = receipts[0].as_ref().unwrap();
        assert!(receipts.iter().all(|receipt| receipt.as_ref().unwrap() == first));
        ground.clock.set(later());
        assert_eq!(&acknowledge(&stores[1], "0101", 2).await.unwrap(), first);
        let lower = acknowledge(&stores[1], "0101", 1).await.unwrap();
        assert_ne!(lower.id, first.id);
        assert_eq!(stores[0].acknowledged(&municipality("0101")).await.unwrap(), 2);
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'acknowledge'").await, 2);
    }

    async fn a_number_that_is_not_there_is_refused(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let beyond = acknowledge(&store, "0101", 2).await.unwrap_err();
        assert!(matches!(beyond, AcknowledgeError::BeyondLatest { latest: 1 }), "{beyond:?}");
        let empty = acknowledge(&store, "0147", 1).await.unwrap_err();
        assert!(matches!(empty, AcknowledgeError::BeyondLatest { latest: 0 }), "{empty:?}");
        for number in [0, -1, i64::MIN] {
            assert!(matches!(acknowledge(&store, "0101", number).await, Err(AcknowledgeError::BelowFirst)));
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM acknowledgement").await, 0);
    }

    async fn a_fetched_tombstone_marks_the_withdrawal_and_leaves_the_withdrawn(ground) {
        let store = ground.store().await;
        let old = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission.reports[0].id;
        let by = store.take_in(intake("b", vec![withdrawal(old)])).await.unwrap().submission.reports[0].id;
        acknowledge(&store, "0101", 2).await.unwrap();
        assert!(matches!(state(&store, old).await, ReportState::Withdrawn { .. }));
        assert!(matches!(state(&store, by).await, ReportState::Fetched { .. }));
    }

    async fn a_fetched_report_can_still_be_corrected(ground) {
        let store = ground.store().await;
        let old = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission.reports[0].id;
        acknowledge(&store, "0101", 1).await.unwrap();
        let mut sent = intake("b", vec![replacement(old, "0101")]);
        sent.seen_version = Some(2);
        store.take_in(sent).await.unwrap();
        assert!(matches!(state(&store, old).await, ReportState::Replaced { .. }));
    }

    async fn a_report_that_came_back_is_fetched_with_the_entry_that_brought_it_back(ground) {
        let store = ground.store().await;
        let id = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission.reports[0].id;
        transfer(&store, "0101", id, "0147", "Flyttet").await.unwrap();
        transfer(&store, "0147", id, "0101", "Flyttet tilbage").await.unwrap();
        // Entry 1 brought it, 2 took it away, 3 brought it back.
        for up_to in [1, 2] {
            acknowledge(&store, "0101", up_to).await.unwrap();
            assert!(matches!(state(&store, id).await, ReportState::Transferred { .. }), "up to {up_to}");
        }
        let summary = store.submissions_of(&cvr(CVR), PageRequest::first(1)).await.unwrap();
        assert_eq!(summary.items[0].waiting, 1, "who looks from the employer's side sees that it waits");
        acknowledge(&store, "0101", 3).await.unwrap();
        assert!(matches!(state(&store, id).await, ReportState::Fetched { municipality: at, .. } if at == municipality("0101")));
        let summary = store.submissions_of(&cvr(CVR), PageRequest::first(1)).await.unwrap();
        assert_eq!(summary.items[0].waiting, 0);
        // The one in between never took it, and its acknowledgement changes nothing any more.
        acknowledge(&store, "0147", 2).await.unwrap();
        assert!(matches!(state(&store, id).await, ReportState::Fetched { municipality: at, .. } if at == municipality("0101")));
    }
}

on_both! {
    async fn a_report_handed_back_in_the_same_batch_is_not_fetched_by_its_first_entry(ground) {
        let store = ground.store().await;
        let sent = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission;
        let id = sent.reports[0].id;
        transfer(&store, "0101", id, "0147", "moved").await.unwrap();
        // The first call waits in a batch of its own; what comes meanwhile goes together into the next one.
        let other = ground.hold_writes().await;
        let waiting = store.clone();
        let before = tokio::spawn(async move { waiting.take_in(intake("b", vec![report("0147")])).await });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let waiting = store.clone();
        let back = tokio::spawn(async move { transfer(&waiting, "0147", id, "0101", "back").await });
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let waiting = store.clone();
        let acknowledged = tokio::spawn(async move { acknowledge(&waiting, "0101", 1).await });
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let_go(other).await;
        before.await.unwrap().unwrap();
        back.await.unwrap().unwrap();
        acknowledged.await.unwrap().unwrap();
        assert!(matches!(state(&store, id).await, ReportState::Transferred { .. }));
        acknowledge(&store, "0101", 3).await.unwrap();
        assert!(matches!(state(&store, id).await, ReportState::Fetched { .. }));
    }
}
