use fleksport::{
    access::Scope,
    record::{EntryDetail, FeedEvent, Outcome, ReportState, Route},
    store::{PageRequest, StepError, Store},
    value::ReportId,
};

use crate::{
    feed::check_chain,
    fixture::*,
    ground::{on_both, start},
    reader::Copy,
    steps::*,
};

async fn take(store: &Store, key: &str, report: fleksport::record::IntakeReport) -> ReportId {
    store
        .take_in(intake(key, vec![report]))
        .await
        .unwrap()
        .submission
        .reports[0]
        .id
}

async fn told(store: &Store, code: &str) -> Vec<FeedEvent> {
    let entries = store.feed(&municipality(code), 0, 100).await.unwrap().entries;
    check_chain(&entries);
    entries.iter().map(|entry| entry.event).collect()
}

async fn state(store: &Store, id: ReportId) -> ReportState {
    store.report(&Scope::System, id).await.unwrap().unwrap().report.state
}

on_both! {
    async fn a_transfer_is_told_in_both_feeds_and_takes_the_report_along(ground) {
        let store = ground.store().await;
        let id = take(&store, "a", report("0101")).await;
        acknowledge(&store, "0101", 1).await.unwrap();
        decide(&store, "0101", id, &Outcome::Accepted).await.unwrap();
        let first = transfer(&store, "0101", id, "0147", "Flyttet til Frederiksberg").await.unwrap();
        assert_eq!(told(&store, "0101").await, [FeedEvent::Available, FeedEvent::TransferredOut]);
        assert_eq!(told(&store, "0147").await, [FeedEvent::TransferredIn]);
        let (from, to) = (municipality("0101"), municipality("0147"));
        assert_eq!(state(&store, id).await, ReportState::Transferred { from, to, at: start() });

        // Access moves with it, and the history is there on both sides.
        assert!(store.report(&Scope::Municipality(from), id).await.unwrap().is_none());
        let there = store.report(&Scope::Municipality(to), id).await.unwrap().unwrap().report;
        assert_eq!(there.route, Route::HandedOver { from, municipality: to });
        assert_eq!(store.handovers_of(&there).await.unwrap().as_slice(), std::slice::from_ref(&first));
        for (code, number) in [(from, 2), (to, 1)] {
            let entries = store.feed(&code, number - 1, 9).await.unwrap().entries;
            assert_eq!(entries[0].detail, Some(EntryDetail::Handover(first.clone())));
        }
        assert!(store.feed(&from, 0, 9).await.unwrap().entries.iter().all(|entry| entry.is_handed_on()));
        assert!(!store.feed(&to, 0, 9).await.unwrap().entries[0].is_handed_on());

        // The same again is the same, another is refused, and the receiver goes on.
        assert_eq!(transfer(&store, "0101", id, "0147", "Flyttet til Frederiksberg").await.unwrap(), first);
        assert!(matches!(transfer(&store, "0101", id, "0851", "Aalborg").await, Err(StepError::HandedOn)));
        assert!(matches!(decide(&store, "0101", id, &rejected("Nej")).await, Err(StepError::Unknown)));
        acknowledge(&store, "0147", 1).await.unwrap();
        assert_eq!(state(&store, id).await, ReportState::Fetched { municipality: to, at: start() });
        decide(&store, "0147", id, &rejected("Nej")).await.unwrap();
    }

    async fn a_report_that_was_handed_on_before_arrivals_were_kept_arrived_as_its_answers_say(ground) {
        let store = ground.store().await;
        let id = take(&store, "a", report("0101")).await;
        let seen = async || store.report(&Scope::System, id).await.unwrap().unwrap().report;
        let first = seen().await.arrival;
        transfer(&store, "0101", id, "0147", "Flyttet til Frederiksberg").await.unwrap();
        assert_eq!(seen().await.arrival, first);
        ground.execute(&format!("UPDATE report SET arrival_sealed = NULL WHERE id = '{id}'")).await;
        let older = seen().await;
        assert_eq!(older.arrival, first);
        assert_ne!(older.route, first.route, "it is elsewhere now");
    }

    async fn a_report_comes_back_and_goes_on_as_often_as_it_must(ground) {
        let store = ground.store().await;
        let id = take(&store, "a", report("0101")).await;
        decide(&store, "0101", id, &rejected("Ukendt")).await.unwrap();
        for (from, to) in [("0101", "0147"), ("0147", "0101"), ("0101", "0147"), ("0147", "0851"), ("0851", "0101")] {
            transfer(&store, from, id, to, "Flyttet").await.unwrap();
        }
        let again = decide(&store, "0101", id, &rejected("Ukendt")).await.unwrap();
        assert!(matches!(state(&store, id).await, ReportState::Rejected { .. }), "decided anew, though in the same words");
        let read = store.report(&Scope::System, id).await.unwrap().unwrap().report;
        assert_eq!(store.outcomes_of(&read).await.unwrap().len(), 2);
        assert_eq!(store.outcomes_of(&read).await.unwrap()[1], again);
        for code in ["0101", "0147", "0851"] {
            let code = municipality(code);
            let whole = Copy::of_feed(&store, &code).await;
            assert_eq!(whole.0.len(), usize::from(code.as_str() == "0101"));
            for as_of in 0..=store.latest_sequence(&code).await.unwrap() {
                assert_eq!(Copy::of_snapshot(&store, &code, as_of).await, whole);
            }
        }
    }

    async fn what_can_not_be_handed_on_is_refused(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await;
        assert!(matches!(transfer(&store, "0101", old, "0101", "x").await, Err(StepError::SameMunicipality)));
        assert!(matches!(transfer(&store, "0147", old, "0851", "x").await, Err(StepError::Unknown)));
        assert!(matches!(transfer(&store, "0101", report_id(), "0851", "x").await, Err(StepError::Unknown)));
        let by = take(&store, "b", withdrawal(old)).await;
        for id in [old, by] {
            assert!(matches!(transfer(&store, "0101", id, "0147", "x").await, Err(StepError::Closed)));
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM handover").await, 0);
    }

    async fn a_correction_follows_a_report_that_was_handed_on(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await;
        transfer(&store, "0101", old, "0147", "Flyttet").await.unwrap();
        // The employer names the same municipality as before: that was seen through.
        let taken = store.take_in(intake("b", vec![replacement(old, "0101")])).await.unwrap().submission;
        let new = taken.reports[0].id;
        assert_eq!(told(&store, "0147").await, [FeedEvent::TransferredIn, FeedEvent::Corrected]);
        assert_eq!(told(&store, "0101").await, [FeedEvent::Available, FeedEvent::TransferredOut]);
        let stored = store.report(&Scope::System, new).await.unwrap().unwrap().report;
        assert_eq!((&stored.route, &stored.state), (&taken.reports[0].route, &taken.reports[0].state));
        assert_eq!(stored.state.municipality(), Some(&municipality("0147")));
        let entry = store.feed(&municipality("0147"), 1, 1).await.unwrap().entries.remove(0);
        assert!(entry.difference.is_some(), "Frederiksberg has the corrected report");
        // Another municipality is news, and followed.
        take(&store, "c", replacement(new, "0851")).await;
        assert_eq!(told(&store, "0851").await, [FeedEvent::Corrected]);
        assert_eq!(told(&store, "0147").await.last(), Some(&FeedEvent::Withdrawn));
    }

    async fn a_held_report_goes_where_a_person_decides(ground) {
        let store = ground.store().await;
        let id = take(&store, "a", held_report()).await;
        let first = assign(&store, id, "0147", "Adressen er slået op").await.unwrap();
        assert_eq!(told(&store, "0147").await, [FeedEvent::Available]);
        let stored = store.report(&Scope::System, id).await.unwrap().unwrap().report;
        assert_eq!(stored.state, ReportState::Available { municipality: municipality("0147"), since: start() });
        assert_eq!(stored.route, Route::DecidedByPerson { municipality: municipality("0147") });
        assert_eq!(store.handovers_of(&stored).await.unwrap().as_slice(), std::slice::from_ref(&first));
        assert!(store.held(PageRequest::first(9)).await.unwrap().items.is_empty());
        assert_eq!(assign(&store, id, "0147", "Adressen er slået op").await.unwrap(), first);
        assert!(matches!(assign(&store, id, "0101", "Nej, her").await, Err(StepError::HandedOn)));
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'assign_held' AND role = 'kl'").await, 1);

        let plain = take(&store, "b", report("0101")).await;
        assert!(matches!(assign(&store, plain, "0147", "x").await, Err(StepError::NotHeld)));
        assert!(matches!(assign(&store, report_id(), "0147", "x").await, Err(StepError::Unknown)));
        let gone = take(&store, "c", held_report()).await;
        take(&store, "d", withdrawal(gone)).await;
        assert!(matches!(assign(&store, gone, "0147", "x").await, Err(StepError::NotHeld)));
    }

    async fn a_held_correction_is_told_as_a_correction_once_it_has_a_municipality(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await;
        let mut held = replacement(old, "0101");
        (held.route, held.state) = (held_report().route, held_report().state);
        let new = take(&store, "b", held).await;
        assign(&store, new, "0101", "Fundet").await.unwrap();
        assert_eq!(told(&store, "0101").await, [FeedEvent::Available, FeedEvent::Withdrawn, FeedEvent::Corrected]);
        assert_eq!(Copy::of_feed(&store, &municipality("0101")).await.0.into_keys().collect::<Vec<_>>(), [new]);
    }
}
