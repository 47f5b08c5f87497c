//! What has been kept long enough goes, really; what waits for somebody stays, and every feed goes on without a hole.

use fleksport::{
    access::Scope,
    audit::Actor,
    record::{Outcome, ReportState},
    store::{ClockDoubt, Deleted, DeletionPace, Store},
    value::{ReportId, SubmissionId},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection;

use crate::{
    feed::check_chain_after,
    fixture::*,
    ground::{Ground, on_both, start},
    steps::*,
};

/// So much later: everything that happened at the start is older than any deadline here.
fn years_later() -> Timestamp {
    start() + SignedDuration::from_hours(6 * 366 * 24)
}

/// The service stands still for years, and then somebody says that the clock is right.
async fn grow_old(ground: &Ground, store: &Store) {
    ground.clock.set(years_later());
    assert!(matches!(store.clock_doubt().await.unwrap(), Some(ClockDoubt::Ahead(_))));
    let nothing = store
        .delete_before(years_later(), DeletionPace::Uncapped)
        .await
        .unwrap();
    assert_eq!(
        nothing,
        Deleted::default(),
        "a clock that nobody has confirmed deletes nothing"
    );
    store.accept_clock(Actor::operator()).await.unwrap();
    assert_eq!(store.clock_doubt().await.unwrap(), None);
}

async fn sent(store: &Store, key: &str, code: &str) -> (SubmissionId, ReportId) {
    let intake = intake(key, vec![report(code)]);
    let taken = store.take_in(intake).await.unwrap().submission;
    (taken.id, taken.reports[0].id)
}

/// The mails of all submissions have left.
async fn mail_everything(ground: &Ground, store: &Store) {
    while let Some(row) = store
        .outbox_lease(ground.clock.now(), std::time::Duration::from_secs(60))
        .await
        .unwrap()
    {
        store.outbox_done(&row, ground.clock.now()).await.unwrap();
    }
}

/// What is left in a table.
async fn left(ground: &Ground, table: &str) -> i64 {
    ground.count(&format!("SELECT COUNT(*) FROM {table}")).await
}

on_both! {
    async fn what_is_settled_and_acknowledged_goes_with_all_that_belongs_to_it(ground) {
        let store = ground.store().await;
        let (submission, id) = sent(&store, "a", "0101").await;
        acknowledge(&store, "0101", 1).await.unwrap();
        let asked = decide(&store, "0101", id, &question("Hvorfor?")).await.unwrap();
        answer(&store, id, asked.id, "Derfor").await.unwrap();
        acknowledge(&store, "0101", 2).await.unwrap();
        transfer(&store, "0101", id, "0147", "flyttet").await.unwrap();
        acknowledge(&store, "0101", 3).await.unwrap();
        acknowledge(&store, "0147", 1).await.unwrap();
        decide(&store, "0147", id, &Outcome::Accepted).await.unwrap();
        mail_everything(&ground, &store).await;

        assert_eq!(store.delete_before(start(), DeletionPace::Uncapped).await.unwrap(), Deleted::default(), "nothing is old yet");
        grow_old(&ground, &store).await;
        let deleted = store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap();
        assert_eq!(deleted, Deleted { entries: 4, submissions: 1 });
        for table in ["submission", "report", "outcome", "answer", "handover", "outbox", "feed_entry"] {
            assert_eq!(left(&ground, table).await, 0, "{table}");
        }
        assert!(store.submission(&Scope::System, submission).await.unwrap().is_none());
        assert_eq!(store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap(), Deleted::default(), "once is enough");
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
        let told = "SELECT COUNT(*) FROM audit_entry WHERE action = 'deleted'";
        assert_eq!(ground.count(told).await, 3, "one submission and two feeds");
    }

    async fn a_feed_goes_on_from_its_floor_without_a_hole(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c"] {
            sent(&store, key, "0101").await;
        }
        acknowledge(&store, "0101", 2).await.unwrap();
        mail_everything(&ground, &store).await;
        let code = municipality("0101");
        let before = store.feed(&code, 0, 10).await.unwrap();
        grow_old(&ground, &store).await;
        let deleted = store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap();
        assert_eq!(deleted, Deleted { entries: 2, submissions: 2 }, "the third is not acknowledged");

        let gone = store.feed(&code, 0, 10).await.unwrap();
        assert_eq!((gone.entries.len(), gone.floor_sequence, gone.latest_sequence), (0, 2, 3));
        let page = store.feed(&code, 2, 10).await.unwrap();
        assert_eq!(page.entries.len(), 1);
        assert_eq!(page.entries[0].previous_digest, before.entries[1].digest, "chained to what was deleted");
        assert_eq!(page.entries[0].digest, before.entries[2].digest);
        sent(&store, "d", "0101").await;
        let page = store.feed(&code, 2, 10).await.unwrap();
        assert_eq!(page.entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 4]);
        check_chain_after(2, before.entries[1].digest, &page.entries);
        let range = store.feed_range(&code, 3, 4).await.unwrap();
        assert_eq!((range.count, range.previous_digest), (2, before.entries[1].digest));
        let snapshot = store.snapshot(&code, 4, 0, 10).await.unwrap();
        assert_eq!(snapshot.entries.len(), 2);
    }

    async fn what_waits_for_somebody_stays_whatever_its_age(ground) {
        let store = ground.store().await;
        let (_, unfetched) = sent(&store, "unfetched", "0101").await;
        let held = store.take_in(intake("held", vec![held_report()])).await.unwrap().submission.reports[0].id;
        let (_, asked) = sent(&store, "asked", "0147").await;
        acknowledge(&store, "0147", 1).await.unwrap();
        decide(&store, "0147", asked, &question("Hvorfor?")).await.unwrap();
        let (_, beside) = sent(&store, "mail", "0851").await;
        acknowledge(&store, "0851", 1).await.unwrap();
        grow_old(&ground, &store).await;
        let deleted = store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap();
        assert_eq!(deleted.submissions, 0, "a mail that waits counts too");
        for id in [unfetched, held, asked, beside] {
            assert!(store.report(&Scope::System, id).await.unwrap().is_some());
        }
        mail_everything(&ground, &store).await;
        assert_eq!(store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap().submissions, 1);
        assert!(store.report(&Scope::System, beside).await.unwrap().is_none());
    }

    async fn a_line_of_corrections_goes_as_a_whole_or_not_at_all(ground) {
        let store = ground.store().await;
        let (_, first) = sent(&store, "a", "0101").await;
        let second = intake("b", vec![replacement(first, "0101")]);
        let second = store.take_in(second).await.unwrap().submission.reports[0].id;
        acknowledge(&store, "0101", 2).await.unwrap();
        let third = intake("c", vec![replacement(second, "0147")]);
        let third = store.take_in(third).await.unwrap().submission.reports[0].id;
        acknowledge(&store, "0101", 3).await.unwrap();
        mail_everything(&ground, &store).await;
        grow_old(&ground, &store).await;
        assert_eq!(store.delete_before(years_later(), DeletionPace::Uncapped).await.unwrap().submissions, 0, "the last was not fetched");
        for id in [first, second, third] {
            assert!(store.report(&Scope::System, id).await.unwrap().is_some());
        }
        acknowledge(&store, "0147", 1).await.unwrap();
        let after_that = years_later() + SignedDuration::from_hours(1);
        assert_eq!(store.delete_before(after_that, DeletionPace::Uncapped).await.unwrap().submissions, 3);
        assert_eq!(left(&ground, "report").await, 0);
    }

    async fn what_was_settled_since_the_deadline_stays(ground) {
        let store = ground.store().await;
        let (_, id) = sent(&store, "a", "0101").await;
        mail_everything(&ground, &store).await;
        let deadline = start() + SignedDuration::from_hours(1);
        ground.clock.set(start() + SignedDuration::from_hours(2));
        acknowledge(&store, "0101", 1).await.unwrap();
        assert_eq!(store.delete_before(deadline, DeletionPace::Uncapped).await.unwrap(), Deleted { entries: 1, submissions: 0 });
        let kept = store.report(&Scope::System, id).await.unwrap().unwrap();
        assert!(matches!(kept.report.state, ReportState::Fetched { .. }));
        // Nothing in the feed speaks of it any more, and it can still be corrected.
        store.take_in(intake("b", vec![replacement(id, "0101")])).await.unwrap();
        let page = store.feed(&municipality("0101"), 1, 10).await.unwrap();
        assert_eq!(page.entries[0].sequence, 2);
    }

    async fn the_database_itself_refuses_to_delete_an_entry_above_the_floor(ground) {
        let store = ground.store().await;
        sent(&store, "a", "0101").await;
        let mut raw = ground.raw().await;
        let deleted = sqlx::raw_sql("DELETE FROM feed_entry").execute(&mut raw).await;
        assert!(deleted.is_err());
        raw.close().await.unwrap();
    }
}
