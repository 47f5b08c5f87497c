use fleksport::{
    access::Scope,
    record::{FeedEvent, ReportState},
    store::{Store, TakeInError},
    value::ReportId,
};

use crate::{
    feed::check_chain,
    fixture::*,
    ground::{on_both, start},
};

async fn told(store: &Store, code: &str) -> Vec<(FeedEvent, ReportId)> {
    let entries = store.feed(&municipality(code), 0, 100).await.unwrap().entries;
    check_chain(&entries);
    entries.iter().map(|entry| (entry.event, entry.report.id)).collect()
}

async fn state(store: &Store, id: ReportId) -> ReportState {
    store.report(&Scope::System, id).await.unwrap().unwrap().report.state
}

async fn take(store: &Store, key: &str, report: fleksport::record::IntakeReport) -> Result<ReportId, TakeInError> {
    Ok(store.take_in(intake(key, vec![report])).await?.submission.reports[0].id)
}

on_both! {
    async fn a_replacement_in_the_same_municipality_is_told_once_as_corrected(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await.unwrap();
        let new = take(&store, "b", replacement(old, "0101")).await.unwrap();
        assert_eq!(told(&store, "0101").await, [(FeedEvent::Available, old), (FeedEvent::Corrected, new)]);
        let place = Some(municipality("0101"));
        assert_eq!(state(&store, old).await, ReportState::Replaced { municipality: place, by: new, at: start() });
        assert_eq!(state(&store, new).await, ReportState::Available { municipality: municipality("0101"), since: start() });
        let read = store.report(&Scope::System, new).await.unwrap().unwrap().report;
        assert_eq!(read.report.correction.unwrap().corrects, old);
        assert_eq!(store.report(&Scope::System, old).await.unwrap().unwrap().report.version, 2);
    }

    async fn a_replacement_that_moves_tells_both_municipalities(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await.unwrap();
        let new = take(&store, "b", replacement(old, "0147")).await.unwrap();
        assert_eq!(told(&store, "0101").await, [(FeedEvent::Available, old), (FeedEvent::Withdrawn, old)]);
        assert_eq!(told(&store, "0147").await, [(FeedEvent::Corrected, new)]);
    }

    async fn a_replacement_that_is_held_takes_the_old_one_back(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await.unwrap();
        let mut held = replacement(old, "0101");
        (held.route, held.state) = (held_report().route, held_report().state);
        let new = take(&store, "b", held).await.unwrap();
        assert_eq!(told(&store, "0101").await, [(FeedEvent::Available, old), (FeedEvent::Withdrawn, old)]);
        assert!(matches!(state(&store, new).await, ReportState::Held { .. }));
    }

    async fn a_replacement_of_a_held_report_is_told_where_it_goes(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", held_report()).await.unwrap();
        let new = take(&store, "b", replacement(old, "0101")).await.unwrap();
        assert_eq!(told(&store, "0101").await, [(FeedEvent::Corrected, new)]);
        assert_eq!(state(&store, old).await, ReportState::Replaced { municipality: None, by: new, at: start() });
    }

    async fn a_withdrawal_leaves_a_tombstone_in_the_feed_that_had_the_report(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0851")).await.unwrap();
        let by = take(&store, "b", withdrawal(old)).await.unwrap();
        assert_eq!(told(&store, "0851").await, [(FeedEvent::Available, old), (FeedEvent::Withdrawn, old)]);
        let place = Some(municipality("0851"));
        assert_eq!(state(&store, old).await, ReportState::Withdrawn { municipality: place, by, at: start() });
        // Its own route named another municipality, which is told nothing.
        assert_eq!(state(&store, by).await, ReportState::Available { municipality: municipality("0851"), since: start() });
        assert_eq!(told(&store, "0101").await, []);
    }

    async fn a_withdrawal_of_a_held_report_is_told_nobody(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", held_report()).await.unwrap();
        let taken = store.take_in(intake("b", vec![withdrawal(old)])).await.unwrap().submission;
        let by = taken.reports[0].id;
        let closed = ReportState::Withdrawn { municipality: None, by, at: start() };
        assert_eq!(taken.reports[0].state, closed, "the answer has the state that was stored");
        assert_eq!((state(&store, old).await, state(&store, by).await), (closed.clone(), closed));
        assert_eq!(ground.count("SELECT COUNT(*) FROM feed_entry").await, 0);
        assert_eq!(ground.count("SELECT COUNT(*) FROM report WHERE state = 'held'").await, 0);
    }

    async fn only_the_last_of_a_chain_can_be_corrected(ground) {
        let store = ground.store().await;
        let first = take(&store, "a", report("0101")).await.unwrap();
        let second = take(&store, "b", replacement(first, "0101")).await.unwrap();
        let again = take(&store, "c", replacement(first, "0101")).await.unwrap_err();
        let is_named = matches!(&again, TakeInError::CorrectionTargetClosed { position: 0, newest, is_withdrawal: false } if *newest == second);
        assert!(is_named, "{again:?}");
        let third = take(&store, "d", replacement(second, "0101")).await.unwrap();
        let by = take(&store, "e", withdrawal(third)).await.unwrap();
        for target in [second, third, by] {
            let error = take(&store, "f", replacement(target, "0101")).await.unwrap_err();
            let is_named = matches!(&error, TakeInError::CorrectionTargetClosed { newest, is_withdrawal: true, .. } if *newest == by);
            assert!(is_named, "{error:?}");
        }
    }

    async fn a_report_of_another_employer_is_as_unknown_as_one_that_is_not_there(ground) {
        let store = ground.store().await;
        let foreign = of_other_employer(intake("a", vec![report("0101")]));
        store.take_in(foreign.clone()).await.unwrap();
        for target in [foreign.reports[0].id, report_id()] {
            let sent = intake("b", vec![report("0101"), replacement(target, "0101")]);
            let error = store.take_in(sent).await.unwrap_err();
            assert!(matches!(error, TakeInError::CorrectionTargetUnknown { position: 1 }), "{error:?}");
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, 1);
        assert!(matches!(state(&store, foreign.reports[0].id).await, ReportState::Available { .. }));
    }

    async fn a_stale_version_is_refused_and_the_seen_one_accepted(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await.unwrap();
        let mut sent = intake("b", vec![replacement(old, "0101")]);
        sent.seen_version = Some(2);
        let error = store.take_in(sent.clone()).await.unwrap_err();
        assert!(matches!(error, TakeInError::Stale { position: 0 }), "{error:?}");
        sent.seen_version = Some(1);
        store.take_in(sent).await.unwrap();
    }

    async fn two_corrections_of_one_report_in_one_submission_are_refused_together(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await.unwrap();
        let sent = intake("b", vec![replacement(old, "0101"), replacement(old, "0147")]);
        let error = store.take_in(sent).await.unwrap_err();
        assert!(matches!(error, TakeInError::CorrectionTargetClosed { position: 1, .. }), "{error:?}");
        assert_eq!(told(&store, "0101").await, [(FeedEvent::Available, old)]);
        assert!(matches!(state(&store, old).await, ReportState::Available { .. }));
    }
}
