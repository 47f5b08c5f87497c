use fleksport::store::{MOST_COUNTED, Waiting};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

on_both! {
    async fn what_waits_too_long_is_told_until_somebody_acts(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), report("0101"), report("0147"), held_report()]);
        let reports = store.take_in(sent).await.unwrap().submission.reports;
        let (first, at) = (reports[0].id, start());
        let later = at + SignedDuration::from_hours(100);
        let since = |count| Waiting { count, since: Some(at) };

        let none = store.overdue(at, at).await.unwrap();
        assert_eq!((none.unfetched, none.municipalities, none.unanswered), (Waiting::default(), 0, Waiting::default()));
        assert_eq!(none.held, since(1), "what is held always needs a person");
        let all = store.overdue(later, later).await.unwrap();
        assert_eq!((all.unfetched, all.municipalities), (since(3), 2));
        let behind = [(municipality("0101"), since(2)), (municipality("0147"), since(1))];
        assert_eq!(store.behind(later).await.unwrap(), behind);

        // A case worker's question is as good as fetching; then it is the employer who is waited for.
        let asked = decide(&store, "0101", first, &question("Hvorfor?")).await.unwrap();
        let here = store.waiting_at(&municipality("0101")).await.unwrap();
        assert_eq!((here.latest_sequence, here.acknowledged), (2, 0));
        assert_eq!((here.unfetched, here.unanswered), (since(1), since(1)));
        assert_eq!(store.overdue(later, later).await.unwrap().unanswered, since(1));

        let feeds = store.feed_standings().await.unwrap();
        let feeds: Vec<_> = feeds.iter().map(|feed| (feed.latest_sequence, feed.acknowledged, feed.unfetched_since)).collect();
        assert_eq!(feeds, [(2, 0, Some(at)), (1, 0, Some(at))]);
        let mails = store.mail_kinds().await.unwrap();
        let mails: Vec<_> = mails.iter().map(|mail| (mail.kind, mail.waiting, mail.oldest, mail.given_up)).collect();
        assert_eq!(mails[0], ("receipt_mail", 1, Some(at), 0));
        assert_eq!(mails[3], ("alarm_mail", 0, None, 0));

        answer(&store, first, asked.id, "Derfor").await.unwrap();
        acknowledge(&store, "0101", 3).await.unwrap();
        acknowledge(&store, "0147", 1).await.unwrap();
        assign(&store, reports[3].id, "0851", "Fundet").await.unwrap();
        let here = store.waiting_at(&municipality("0101")).await.unwrap();
        assert_eq!((here.acknowledged, here.unfetched.count, here.unanswered.count), (3, 0, 0));
        let left = store.overdue(later, later).await.unwrap();
        assert_eq!((left.unfetched, left.unanswered, left.held), (since(1), Waiting::default(), Waiting::default()));
    }

    async fn what_waits_at_a_municipality_is_counted_only_so_far(ground) {
        let store = ground.store().await;
        let many = usize::try_from(MOST_COUNTED).unwrap() - 1;
        let reports = |count| (0..count).map(|_| report("0101")).collect();
        store.take_in(intake("a", reports(many))).await.unwrap();
        let here = store.waiting_at(&municipality("0101")).await.unwrap();
        assert_eq!((here.unfetched.count, here.unfetched.is_cut()), (MOST_COUNTED - 1, false));
        store.take_in(intake("b", reports(5))).await.unwrap();
        let here = store.waiting_at(&municipality("0101")).await.unwrap();
        assert_eq!((here.unfetched.count, here.unfetched.is_cut(), here.latest_sequence), (MOST_COUNTED, true, MOST_COUNTED + 4));
        let later = start() + SignedDuration::from_hours(100);
        assert_eq!(store.overdue(later, later).await.unwrap().unfetched.count, MOST_COUNTED + 4, "the alarm counts them all");
    }

    async fn what_was_handed_on_waits_for_the_receiver(ground) {
        let store = ground.store().await;
        let id = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission.reports[0].id;
        acknowledge(&store, "0101", 1).await.unwrap();
        transfer(&store, "0101", id, "0147", "Flyttet").await.unwrap();
        assert_eq!(store.waiting_at(&municipality("0101")).await.unwrap().unfetched.count, 0);
        assert_eq!(store.waiting_at(&municipality("0147")).await.unwrap().unfetched.count, 1);
    }
}
