use std::collections::BTreeSet;

use fleksport::{
    record::{FeedEvent, IntakeReport, Outcome, ReportState},
    store::{PageRequest, StepError, Store},
    value::{Cpr, MunicipalityCode, ReportId},
};
use jiff::SignedDuration;

use crate::{
    feed::check_chain,
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

/// Of a birth year that nobody alive has.
const ANOTHER: &str = "010190-5000";

async fn take(store: &Store, key: &str, report: IntakeReport) -> ReportId {
    let taken = store.take_in(intake(key, vec![report])).await.unwrap();
    taken.submission.reports[0].id
}

fn of_another(mut report: IntakeReport) -> IntakeReport {
    report.report.employee.cpr = cpr(ANOTHER);
    report
}

/// Where the last report of an employer on each of these people was handed on to.
async fn moved_to(store: &Store, employer: &str, people: &[Cpr]) -> Vec<Option<MunicipalityCode>> {
    let about = |person: &Cpr| {
        let mut about = report("0101").report;
        about.employee.cpr = person.clone();
        about
    };
    let reports: Vec<_> = people.iter().map(about).collect();
    let earlier = store.earlier(&cvr(employer), &reports).await.unwrap();
    reports.iter().map(|report| earlier.moved_to(report)).collect()
}

async fn told(store: &Store, code: &str) -> Vec<(ReportId, FeedEvent)> {
    let entries = store.feed(&municipality(code), 0, 100).await.unwrap().entries;
    check_chain(&entries);
    entries.iter().map(|entry| (entry.report.id, entry.event)).collect()
}

on_both! {
    async fn everything_a_municipality_has_of_a_person_is_handed_on_in_one_act(ground) {
        let store = ground.store().await;
        let (here, there) = (municipality("0101"), municipality("0147"));
        let accepted = take(&store, "a", report("0101")).await;
        decide(&store, "0101", accepted, &Outcome::Accepted).await.unwrap();
        let replaced = take(&store, "b", report("0101")).await;
        let correction = take(&store, "c", replacement(replaced, "0101")).await;
        let gone = take(&store, "d", report("0101")).await;
        let withdrawal = take(&store, "e", withdrawal(gone)).await;
        let elsewhere = take(&store, "f", report("0851")).await;
        let another = take(&store, "g", of_another(report("0101"))).await;
        let opened = take(&store, "h", report("0101")).await;
        let before = told(&store, "0101").await.len();

        assert_eq!(store.others_of_person(&here, opened).await.unwrap(), 2);
        let handed = transfer_all(&store, "0101", opened, "0147", "Flyttet").await.unwrap();
        let reports: Vec<_> = handed.iter().map(|handover| handover.report_id).collect();
        // The opened one first; the others came in one moment here, so their order is that of the dice.
        assert_eq!(reports[0], opened);
        assert_eq!(BTreeSet::from_iter(reports.iter().copied()), BTreeSet::from([opened, accepted, correction]));
        let out = told(&store, "0101").await.split_off(before);
        assert_eq!(out, reports.iter().map(|id| (*id, FeedEvent::TransferredOut)).collect::<Vec<_>>());
        let into = told(&store, "0147").await;
        assert_eq!(into, reports.iter().map(|id| (*id, FeedEvent::TransferredIn)).collect::<Vec<_>>());
        for stays in [replaced, gone, withdrawal, another] {
            let found = store.report(&fleksport::access::Scope::Municipality(here), stays).await.unwrap();
            assert!(found.is_some(), "what is closed, and what is somebody else's, stays");
        }
        assert_eq!(told(&store, "0851").await, [(elsewhere, FeedEvent::Available)]);
        let audited = "SELECT COUNT(DISTINCT object_id) FROM audit_entry WHERE action = 'transfer' AND purpose = 'case_work'";
        assert_eq!(ground.count(audited).await, 3);

        // Whoever lost the answer asks again.
        let again = transfer_all(&store, "0101", opened, "0147", "Flyttet").await.unwrap();
        assert_eq!(again.as_slice(), &handed[..1]);
        assert_eq!(told(&store, "0147").await.len(), 3);
        let refused = transfer_all(&store, "0101", another, "0101", "Flyttet").await;
        assert!(matches!(refused, Err(StepError::SameMunicipality)));
        let foreign = transfer_all(&store, "0147", another, "0851", "Flyttet").await;
        assert!(matches!(foreign, Err(StepError::Unknown)));

        // Each stands among what the municipality has handed on, without what it says.
        let list = store.handed_on(&here, PageRequest::first(2)).await.unwrap();
        assert!(list.has_more);
        let last = list.items.last().unwrap().handover.id;
        let rest = PageRequest { before: Some(last), limit: 2 };
        let rest = store.handed_on(&here, rest).await.unwrap();
        assert_eq!((list.items.len() + rest.items.len(), rest.has_more), (3, false));
        assert_eq!(store.handed_on_of_person(&here, &cpr(NANCY)).await.unwrap().len(), 3);
        assert_eq!(store.handed_on_of_person(&here, &cpr(ANOTHER)).await.unwrap(), []);
        assert_eq!(store.handed_on_of_person(&there, &cpr(NANCY)).await.unwrap(), []);
        let one = store.last_handed_on(&here, opened).await.unwrap().unwrap();
        assert_eq!(one.handover, handed[0]);
        assert_eq!(store.last_handed_on(&there, opened).await.unwrap(), None);

        // What comes back is no longer told with a search.
        transfer(&store, "0147", opened, "0101", "Alligevel ikke").await.unwrap();
        assert_eq!(store.handed_on_of_person(&here, &cpr(NANCY)).await.unwrap().len(), 2);
        assert_eq!(store.others_of_person(&here, opened).await.unwrap(), 0);
    }

    async fn an_employer_learns_where_its_own_reports_went_and_nobody_elses(ground) {
        let store = ground.store().await;
        let here = |store: &Store| {
            let store = store.clone();
            async move { moved_to(&store, CVR, &[cpr(ANOTHER), cpr(NANCY)]).await }
        };
        let first = take(&store, "a", report("0101")).await;
        assert_eq!(here(&store).await, [None, None]);
        transfer(&store, "0101", first, "0147", "Flyttet").await.unwrap();
        assert_eq!(here(&store).await, [None, Some(municipality("0147"))]);
        assert_eq!(moved_to(&store, OTHER_CVR, &[cpr(NANCY)]).await, [None]);
        let many = vec![cpr(NANCY); 75];
        assert_eq!(moved_to(&store, CVR, &many).await, vec![Some(municipality("0147")); 75]);

        // That the receiver accepts it changes nothing; that it goes on does.
        let later = |hours| start() + SignedDuration::from_hours(hours);
        ground.clock.set(later(1));
        decide(&store, "0147", first, &Outcome::Accepted).await.unwrap();
        assert_eq!(here(&store).await[1], Some(municipality("0147")));
        ground.clock.set(later(2));
        transfer(&store, "0147", first, "0851", "Flyttet igen").await.unwrap();
        assert_eq!(here(&store).await[1], Some(municipality("0851")));

        // Who is accepted by another municipality afterwards lives there.
        ground.clock.set(later(3));
        let back = take(&store, "b", report("0101")).await;
        assert_eq!(here(&store).await[1], Some(municipality("0851")));
        decide(&store, "0101", back, &Outcome::Accepted).await.unwrap();
        assert_eq!(here(&store).await[1], None);

        // That a person found the municipality of a held report is no move.
        let held = take(&store, "c", of_another(held_report())).await;
        assign(&store, held, "0147", "Fundet").await.unwrap();
        assert_eq!(here(&store).await[0], None);
        let state = store.report(&fleksport::access::Scope::System, held).await.unwrap().unwrap().report.state;
        assert!(matches!(state, ReportState::Available { .. }));
    }
}
