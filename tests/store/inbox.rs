use fleksport::{
    record::{Outcome, ReportKind},
    store::{InboxFilter, PageRequest, Store},
    value::ReportId,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

async fn listed(store: &Store, code: &str, filter: &InboxFilter) -> Vec<ReportId> {
    let found = store
        .inbox(&municipality(code), filter, PageRequest::first(99))
        .await
        .unwrap();
    let ids: Vec<_> = found.items.iter().map(|detail| detail.report.id).collect();
    let counted = store.inbox_count(&municipality(code), filter, 1_000).await.unwrap();
    assert_eq!(
        counted,
        i64::try_from(ids.len()).unwrap(),
        "the count is that of the list"
    );
    ids
}

/// One report received at this moment.
async fn take_at(store: &Store, key: &str, mut report: fleksport::record::IntakeReport, at: Timestamp) -> ReportId {
    report.id = ReportId::from_uuid(fleksport::entropy::Entropy::System.uuid(at).unwrap());
    let mut sent = intake(key, vec![report]);
    sent.received_at = at;
    store.take_in(sent).await.unwrap().submission.reports[0].id
}

on_both! {
    async fn each_part_of_a_filter_narrows_the_list_down(ground) {
        let store = ground.store().await;
        let first = take_at(&store, "a", report("0101"), start()).await;
        let second = take_at(&store, "b", report("0101"), start() + SignedDuration::from_hours(1)).await;
        let third = take_at(&store, "c", replacement(second, "0101"), start() + SignedDuration::from_hours(2)).await;
        let mut other = intake("d", vec![report("0101")]);
        (other.sender.cvr, other.employer.cvr) = (cvr(OTHER_CVR), cvr(OTHER_CVR));
        let fourth = store.take_in(other).await.unwrap().submission.reports[0].id;
        take_at(&store, "e", report("0147"), start()).await;
        let asked = decide(&store, "0101", first, &question("Hvorfor?")).await;
        asked.unwrap();
        decide(&store, "0101", third, &Outcome::Accepted).await.unwrap();

        let all = InboxFilter::default;
        let mut everything = listed(&store, "0101", &all()).await;
        everything.sort();
        let mut expected = vec![first, second, third, fourth];
        expected.sort();
        assert_eq!(everything, expected);
        let narrowed = [
            (InboxFilter { state: Some("accepted"), ..all() }, vec![third]),
            (InboxFilter { state: Some("replaced"), ..all() }, vec![second]),
            (InboxFilter { kind: Some(ReportKind::Correction), ..all() }, vec![third]),
            (InboxFilter { employer: Some(cvr(OTHER_CVR)), ..all() }, vec![fourth]),
            (InboxFilter { question_waits: true, ..all() }, vec![first]),
            (InboxFilter { question_waits: true, state: Some("accepted"), ..all() }, vec![]),
            (InboxFilter { received_from: Some(start() + SignedDuration::from_hours(1)), ..all() }, vec![third, second]),
            (InboxFilter {
                received_from: Some(start() + SignedDuration::from_hours(1)),
                received_before: Some(start() + SignedDuration::from_hours(2)),
                ..all()
            }, vec![second]),
            (InboxFilter { received_before: Some(start()), ..all() }, vec![]),
        ];
        for (filter, expected) in narrowed {
            assert_eq!(listed(&store, "0101", &filter).await, expected, "{filter:?}");
        }
    }

    async fn a_narrowed_list_turns_page_by_page_without_a_hole(ground) {
        let store = ground.store().await;
        for at in 0..7 {
            let received = start() + SignedDuration::from_mins(at);
            let id = take_at(&store, &format!("k{at}"), report("0101"), received).await;
            if at % 2 == 0 {
                decide(&store, "0101", id, &Outcome::Accepted).await.unwrap();
            }
        }
        let filter = InboxFilter {
            state: Some("accepted"),
            received_before: Some(start() + SignedDuration::from_mins(6)),
            ..InboxFilter::default()
        };
        let whole = listed(&store, "0101", &filter).await;
        assert_eq!(whole.len(), 3);
        let (mut page, mut turned) = (PageRequest::first(2), Vec::new());
        loop {
            let found = store.inbox(&municipality("0101"), &filter, page).await.unwrap();
            turned.extend(found.items.iter().map(|detail| detail.report.id));
            if !found.has_more {
                break;
            }
            page.before = turned.last().copied();
        }
        assert_eq!(turned, whole);
    }
}
