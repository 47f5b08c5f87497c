use std::time::Duration;

use fleksport::{
    record::{AlarmKind, AlarmReceiver, OutboxOrder, Outcome},
    store::{AlarmLimits, AlarmMailRow, Neglect, Store, Told, Waiting},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

const LEASE: Duration = Duration::from_secs(60);

fn hours(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

/// A day is too long for both sides; the operator wants to be told.
async fn look(store: &Store, now: Timestamp) -> bool {
    let before = now - SignedDuration::from_hours(24);
    let limits = AlarmLimits {
        unfetched: before,
        unanswered: before,
        tells_operator: true,
    };
    store.look_for_alarms(now, limits).await.unwrap()
}

/// Does what is due; tells who got a mail about what.
async fn mails(store: &Store, now: Timestamp) -> Vec<(String, AlarmKind, AlarmReceiver)> {
    let mut sent = Vec::new();
    while let Some(row) = store.alarm_mail_lease(now, LEASE).await.unwrap() {
        store.alarm_mail_done(&row, now).await.unwrap();
        let AlarmMailRow {
            municipality,
            kind,
            receiver,
            ..
        } = row;
        sent.push((municipality.to_string(), kind, receiver));
    }
    sent
}

fn mail(code: &str, kind: AlarmKind, receiver: AlarmReceiver) -> (String, AlarmKind, AlarmReceiver) {
    (code.to_owned(), kind, receiver)
}

on_both! {
    async fn each_receiver_is_told_once_an_episode_however_many_nodes_look(ground) {
        let (store, other) = (ground.store().await, ground.store().await);
        give_contact(&store, "0101", "fleks@kommunen.example").await;
        store.take_in(intake("a", vec![report("0101"), report("0101"), report("0147")])).await.unwrap();
        look(&store, hours(23)).await;
        assert_eq!(mails(&store, hours(23)).await, [], "nothing is too old yet");

        let looks = (0..20).map(|at| {
            let store = if at % 2 == 0 { store.clone() } else { other.clone() };
            tokio::spawn(async move { look(&store, hours(25)).await })
        });
        futures_util::future::join_all(looks).await;
        let (to_municipality, to_operator) = (AlarmReceiver::Municipality, AlarmReceiver::Operator);
        let due = [
            mail("0101", AlarmKind::Unfetched, to_municipality),
            mail("0101", AlarmKind::Unfetched, to_operator),
            mail("0147", AlarmKind::Unfetched, to_operator),
        ];
        let sent = mails(&store, hours(25)).await;
        assert_eq!(sent.len(), due.len(), "{sent:?}");
        assert!(due.iter().all(|mail| sent.contains(mail)), "{sent:?}");
        let told: Vec<_> = store.alarms_under_way().await.unwrap().iter().map(|alarm| alarm.told).collect();
        assert_eq!(told, [Told::At(hours(25)), Told::NoAddress]);

        // More of the same is the same episode; who gives an address later is told then.
        store.take_in(intake("b", vec![report("0101")])).await.unwrap();
        give_contact(&store, "0147", "fleks@frederiksberg.example").await;
        look(&store, hours(72)).await;
        assert_eq!(mails(&store, hours(72)).await, [mail("0147", AlarmKind::Unfetched, to_municipality)]);

        // It ends when all that is old is gone, and then something new begins another.
        acknowledge(&store, "0101", 3).await.unwrap();
        look(&store, hours(73)).await;
        let under_way = store.alarms_under_way().await.unwrap();
        assert_eq!(under_way.iter().map(|alarm| alarm.municipality).collect::<Vec<_>>(), [municipality("0147")]);
        ground.clock.set(hours(80));
        store.take_in(intake("c", vec![report("0101")])).await.unwrap();
        look(&store, hours(105)).await;
        assert_eq!(
            mails(&store, hours(105)).await,
            [mail("0101", AlarmKind::Unfetched, to_municipality), mail("0101", AlarmKind::Unfetched, to_operator)]
        );
    }

    async fn a_node_whose_clock_is_behind_does_not_end_what_another_began(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let moment = SignedDuration::from_secs(1);
        look(&store, hours(24) + moment).await;
        assert_eq!(mails(&store, hours(25)).await.len(), 1);
        for _ in 0..3 {
            look(&store, hours(24) - moment).await;
            look(&store, hours(24) + moment).await;
        }
        assert_eq!(mails(&store, hours(25)).await, []);
        assert_eq!(ground.count("SELECT COUNT(*) FROM alarm").await, 1);
    }

    async fn a_question_without_an_answer_reminds_the_employer_once(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), report("0101")]);
        let reports = store.take_in(sent).await.unwrap().submission.reports;
        let asked = decide(&store, "0101", reports[0].id, &question("Hvorfor?")).await.unwrap();
        decide(&store, "0101", reports[1].id, &Outcome::Accepted).await.unwrap();
        while let Some(row) = store.outbox_lease(hours(1), LEASE).await.unwrap() {
            store.outbox_done(&row, hours(1)).await.unwrap();
        }
        assert!(!look(&store, hours(23)).await);
        assert!(look(&store, hours(25)).await);
        assert!(!look(&store, hours(26)).await, "once");
        let row = store.outbox_lease(hours(26), LEASE).await.unwrap().unwrap();
        assert_eq!(row.order, OutboxOrder::ReminderMail(asked.id));
        store.outbox_done(&row, hours(26)).await.unwrap();
        assert!(!look(&store, hours(500)).await, "and never again");
        assert_eq!(store.outbox_lease(hours(500), LEASE).await.unwrap(), None);

        let old = Waiting { count: 1, since: Some(start()) };
        assert_eq!(store.without_answers(hours(1)).await.unwrap(), [(municipality("0101"), old)]);
        let here = store.overdue_at(&municipality("0101"), hours(1), hours(1)).await.unwrap();
        assert_eq!(here, Neglect { unfetched: Waiting::default(), unanswered: old });
        let there = store.overdue_at(&municipality("0147"), hours(1), hours(1)).await.unwrap();
        assert_eq!(there, Neglect::default());
    }

    async fn a_mail_that_was_given_up_is_seen_until_its_episode_ends(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        look(&store, hours(25)).await;
        let first = store.alarm_mail_lease(hours(25), LEASE).await.unwrap().unwrap();
        assert_eq!(store.alarm_mail_lease(hours(25), LEASE).await.unwrap(), None, "it is under lease");
        store.alarm_mail_retry(&first, "unreachable", hours(26)).await.unwrap();
        assert_eq!(store.alarm_mail_lease(hours(25), LEASE).await.unwrap(), None, "it waits");
        let second = store.alarm_mail_lease(hours(26), LEASE).await.unwrap().unwrap();
        assert_eq!((second.id, second.attempts), (first.id, 2));
        assert!(store.alarm_mail_done(&first, hours(26)).await.is_err(), "that lease is over");
        store.alarm_mail_give_up(&second, "unreachable", hours(26)).await.unwrap();
        let counts = store.alarm_counts().await.unwrap();
        assert_eq!((counts.under_way, counts.given_up, counts.last_error.as_deref()), (1, 1, Some("unreachable")));
        acknowledge(&store, "0101", 1).await.unwrap();
        look(&store, hours(27)).await;
        let counts = store.alarm_counts().await.unwrap();
        assert_eq!((counts.under_way, counts.given_up, counts.last_error), (0, 0, None));
    }
}
