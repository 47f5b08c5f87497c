use fleksport::{
    record::{CHAIN_START, FeedEntry, FeedLink, ReportState, content_digest},
    store::MAX_PAGE,
};

use crate::{
    fixture::*,
    ground::{on_both, start},
};

/// What a reader can prove with what it was given: no entry is missing, none was changed, each report is the one the entry told of.
pub fn check_chain(entries: &[FeedEntry]) {
    let mut previous = CHAIN_START;
    for (entry, due) in entries.iter().zip(1..) {
        let content = content_digest(
            entry.report.id,
            &entry.employer.cvr,
            &entry.report.report,
            entry.report.salt.expose(),
        );
        assert_eq!(entry.report.content_digest, content);
        let link = FeedLink {
            municipality: &entry.municipality,
            sequence: due,
            event: entry.event,
            transfer_id: entry.transfer_id,
            report_id: entry.report.id,
            appended_at: entry.appended_at,
            content: &content,
        };
        previous = link.digest(&previous);
        assert_eq!(entry.digest, previous, "entry {due} of {}", entry.municipality);
    }
}

on_both! {
    async fn a_feed_has_its_own_reports_in_order_and_only_those(ground) {
        let store = ground.store().await;
        let first = intake("a", vec![report("0101"), report("0147"), held_report(), report("0101")]);
        let second = intake("b", vec![report("0101")]);
        store.take_in(first.clone()).await.unwrap();
        store.take_in(second.clone()).await.unwrap();

        let page = store.feed(&municipality("0101"), 0, 100).await.unwrap();
        assert_eq!(page.latest_sequence, 3);
        let told: Vec<_> = page.entries.iter().map(|entry| (entry.sequence, entry.report.id)).collect();
        assert_eq!(told, [(1, first.reports[0].id), (2, first.reports[3].id), (3, second.reports[0].id)]);
        for entry in &page.entries {
            assert_eq!(entry.event.as_str(), "report.available");
            assert_eq!((&entry.employer, &entry.form), (&first.employer, &first.form));
            assert_eq!(entry.appended_at, start());
            assert!(matches!(entry.report.state, ReportState::Available { .. }));
        }
        check_chain(&page.entries);
        let empty = store.feed(&municipality("0851"), 0, 100).await.unwrap();
        assert_eq!((empty.entries.len(), empty.latest_sequence), (0, 0));
    }

    async fn pages_are_bounded_and_fit_together(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", (0..25).map(|_| report("0101")).collect())).await.unwrap();
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |entry: &FeedEntry| entry.sequence);
            let page = store.feed(&municipality("0101"), after, 10).await.unwrap();
            assert!(page.entries.len() <= 10);
            assert_eq!(page.latest_sequence, 25);
            if page.entries.is_empty() {
                break;
            }
            all.extend(page.entries);
        }
        assert_eq!(all.len(), 25);
        check_chain(&all);
        assert_eq!(store.feed(&municipality("0101"), 0, 0).await.unwrap().entries.len(), 1);
        assert_eq!(store.feed(&municipality("0101"), 0, u32::MAX).await.unwrap().entries.len(), 25);
        assert_eq!(store.feed(&municipality("0101"), 25, MAX_PAGE).await.unwrap().entries.len(), 0);
        assert_eq!(store.feed(&municipality("0101"), i64::MAX, MAX_PAGE).await.unwrap().entries.len(), 0);
        assert_eq!(store.feed(&municipality("0101"), i64::MIN, MAX_PAGE).await.unwrap().entries.len(), 25);
    }

    async fn entries_can_be_neither_changed_nor_deleted(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        for sql in ["UPDATE feed_entry SET sequence = 2", "DELETE FROM feed_entry", "DELETE FROM audit_entry",
            "UPDATE audit_entry SET purpose = 'x'"] {
            let mut connection = ground.raw().await;
            assert!(sqlx::raw_sql(sql).execute(&mut connection).await.is_err(), "{sql}");
        }
    }
}
