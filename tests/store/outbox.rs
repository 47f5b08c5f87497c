use std::{collections::BTreeSet, time::Duration};

use fleksport::{
    audit::Actor,
    record::OutboxOrder,
    store::{Failure, MailId, MailVerdict, OutboxEnd, StoreError},
};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

const LEASE: Duration = Duration::from_secs(60);

fn failed(code: &'static str, reply: Option<u16>) -> Failure {
    Failure { code, reply }
}

on_both! {
    async fn eight_workers_on_three_hundred_rows_make_three_hundred_leases(ground) {
        let first = ground.store().await;
        for batch in 0..3 {
            let calls = (0..100).map(|call| first.take_in(intake(&format!("{batch} {call}"), vec![report("0101")])));
            futures_util::future::try_join_all(calls).await.unwrap();
        }
        // Eight nodes, so that the leases are taken on eight connections at once.
        let mut nodes = Vec::new();
        for _ in 0..8 {
            nodes.push(ground.store().await);
        }
        let workers = nodes.into_iter().map(|store| {
            tokio::spawn(async move {
                let mut leased = Vec::new();
                let mut empty_looks = 0;
                // A look that loses the race against another worker finds nothing, though there is more.
                while empty_looks < 20 {
                    match store.outbox_lease(start(), LEASE).await.unwrap() {
                        Some(row) => leased.push(row),
                        None => empty_looks += 1,
                    }
                }
                leased
            })
        });
        let leased: Vec<_> =
            futures_util::future::join_all(workers).await.into_iter().flat_map(|worker| worker.unwrap()).collect();
        assert_eq!(leased.len(), 300);
        assert_eq!(leased.iter().map(|row| row.id).collect::<BTreeSet<_>>().len(), 300);
        assert!(leased.iter().all(|row| row.attempts == 1));
    }

    async fn a_row_that_is_done_is_never_leased_again(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let row = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        assert_eq!((row.order, row.submission_id, row.attempts), (OutboxOrder::ReceiptMail, sent.id, 1));
        assert_eq!(store.outbox_lease(start(), LEASE).await.unwrap(), None);
        store.outbox_done(&row, start()).await.unwrap();
        let much_later = start() + SignedDuration::from_hours(1000);
        assert_eq!(store.outbox_lease(much_later, LEASE).await.unwrap(), None);
        assert_eq!(store.outbox_counts().await.unwrap().waiting, 0);
    }

    async fn a_row_whose_worker_died_is_leased_again_and_the_dead_one_comes_too_late(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let dead = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        let then = start() + SignedDuration::from_secs(61);
        let row = store.outbox_lease(then, LEASE).await.unwrap().unwrap();
        assert_eq!((row.id, row.attempts), (dead.id, 2));
        assert!(matches!(store.outbox_done(&dead, then).await, Err(StoreError::LeaseLost)));
        store.outbox_done(&row, then).await.unwrap();
    }

    async fn a_failed_row_waits_for_its_time_and_is_shown_when_given_up(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let row = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        let then = start() + SignedDuration::from_mins(5);
        let failure = failed("refused-for-now", Some(451));
        store.outbox_end(&row, OutboxEnd::Retry { failure, at: then }, start()).await.unwrap();
        assert_eq!(store.outbox_lease(then - SignedDuration::from_millis(1), LEASE).await.unwrap(), None);
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.given_up, counts.oldest), (1, 0, Some(start())));

        let row = store.outbox_lease(then, LEASE).await.unwrap().unwrap();
        assert_eq!(row.attempts, 2);
        let failure = failed("unreachable", None);
        store.outbox_end(&row, OutboxEnd::GiveUp { failure }, then).await.unwrap();
        let much_later = start() + SignedDuration::from_hours(1000);
        assert_eq!(store.outbox_lease(much_later, LEASE).await.unwrap(), None);
        let given_up = store.given_up_mails(10).await.unwrap();
        assert_eq!(given_up.len(), 1);
        assert_eq!((given_up[0].id, given_up[0].attempts), (MailId::Order(row.id), 2));
        let told = (given_up[0].last_error.as_str(), given_up[0].last_reply, given_up[0].created_at, given_up[0].given_up_at);
        assert_eq!(told, ("unreachable", None, start(), then));
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!((counts.given_up, counts.concerning()), (1, 1));
    }

    async fn many_rows_are_leased_and_settled_at_once_and_a_lost_lease_ends_none_of_the_others(ground) {
        let store = ground.store().await;
        for number in 0..5 {
            store.take_in(intake(&number.to_string(), vec![report("0101")])).await.unwrap();
        }
        let rows = store.outbox_lease_some(start(), LEASE, 3).await.unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(store.outbox_lease_some(start(), LEASE, 10).await.unwrap().len(), 2, "the rest");
        let then = start() + SignedDuration::from_secs(61);
        let taken_over = store.outbox_lease_some(then, LEASE, 1).await.unwrap();
        let ends = rows.iter().map(|row| (row.clone(), OutboxEnd::Sent)).collect();
        assert_eq!(store.outbox_settle(ends, then).await.unwrap(), 1, "one was taken over");
        assert_eq!(store.outbox_counts().await.unwrap().waiting, 3);
        store.outbox_done(&taken_over[0], then).await.unwrap();
    }

    async fn a_row_that_is_postponed_has_used_up_no_attempt(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let row = store.outbox_lease(start(), LEASE).await.unwrap().unwrap();
        let then = start() + SignedDuration::from_mins(5);
        store.outbox_postpone(&row, then, start()).await.unwrap();
        assert_eq!(store.outbox_lease(start(), LEASE).await.unwrap(), None);
        assert_eq!(store.outbox_lease(then, LEASE).await.unwrap().unwrap().attempts, 1);
    }

    async fn what_failed_while_nothing_left_is_due_as_soon_as_a_mail_leaves_and_only_once(ground) {
        let store = ground.store().await;
        for number in 0..3 {
            store.take_in(intake(&number.to_string(), vec![report("0101")])).await.unwrap();
        }
        let rows = store.outbox_lease_some(start(), LEASE, 3).await.unwrap();
        let tomorrow = start() + SignedDuration::from_hours(24);
        let refused = OutboxEnd::GiveUp { failure: failed("recipient", Some(550)) };
        let silent = OutboxEnd::Retry { failure: failed("timeout", None), at: tomorrow };
        let ends = vec![(rows[0].clone(), refused.clone()), (rows[1].clone(), silent)];
        store.outbox_settle(ends, start()).await.unwrap();
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.given_up, counts.refused, counts.concerning()), (2, 1, 1, 0));
        assert_eq!(counts.left, None);

        store.outbox_done(&rows[2], start()).await.unwrap();
        let again = store.outbox_lease_some(start(), LEASE, 3).await.unwrap();
        assert_eq!(again.iter().map(|row| row.attempts).collect::<Vec<_>>(), [1, 2], "one anew, one goes on");
        store.outbox_end(&again[0], refused, start()).await.unwrap();
        let later = start() + SignedDuration::from_secs(30);
        store.outbox_done(&again[1], later).await.unwrap();
        assert_eq!(store.outbox_counts().await.unwrap().given_up, 1, "a mail has left since it was ordered: it is the address");
        assert_eq!(store.outbox_counts().await.unwrap().left, Some(later));
    }

    async fn mail_waits_too_long_when_it_is_not_even_tried_or_none_leaves(ground) {
        let store = ground.store().await;
        let limit = Duration::from_secs(1_800);
        let soon = start() + SignedDuration::from_mins(20);
        let late = start() + SignedDuration::from_mins(40);
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!(counts.waits_too_long(soon, limit), None);
        assert_eq!(counts.waits_too_long(late, limit), Some(start()), "nobody has tried it");
        let row = store.outbox_lease(soon, LEASE).await.unwrap().unwrap();
        let silent = OutboxEnd::Retry { failure: failed("timeout", None), at: late + SignedDuration::from_hours(1) };
        store.outbox_end(&row, silent, soon).await.unwrap();
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!(counts.waits_too_long(late, limit), Some(start()), "none has left since it was ordered");
    }

    async fn what_was_given_up_is_sent_again_or_dismissed_and_both_are_written_down(ground) {
        let store = ground.store().await;
        for number in 0..2 {
            store.take_in(intake(&number.to_string(), vec![report("0101")])).await.unwrap();
        }
        let rows = store.outbox_lease_some(start(), LEASE, 2).await.unwrap();
        for row in &rows {
            let failure = failed("login", Some(535));
            store.outbox_end(row, OutboxEnd::GiveUp { failure }, start()).await.unwrap();
        }
        let mails = store.given_up_mails(10).await.unwrap();
        let transaction = uuid::Uuid::from_u128(7);
        for (mail, verdict) in mails.iter().zip([MailVerdict::Again, MailVerdict::Dismiss]) {
            let decided = store.decide_mails(&[mail], verdict, Actor::operator(), transaction).await.unwrap();
            assert_eq!(decided, 1);
            let twice = store.decide_mails(&[mail], verdict, Actor::operator(), transaction).await.unwrap();
            assert_eq!(twice, 0, "it is not given up any more");
        }
        let counts = store.outbox_counts().await.unwrap();
        assert_eq!((counts.waiting, counts.given_up), (1, 0));
        assert_eq!(store.outbox_lease(ground.clock.now(), LEASE).await.unwrap().unwrap().attempts, 1);
        let written = "SELECT COUNT(*) FROM audit_entry WHERE action IN ('mail_sent_again', 'mail_dismissed')";
        assert_eq!(ground.count(written).await, 2);
    }
}
