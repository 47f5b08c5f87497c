use std::time::Duration;

use fleksport::{
    audit::Deed,
    record::Route,
    store::{QuestionState, Store, register_entry},
    value::ReportId,
};

use crate::{
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

const LEASE: Duration = Duration::from_secs(30);

async fn take(store: &Store, key: &str, report: fleksport::record::IntakeReport) -> ReportId {
    store
        .take_in(intake(key, vec![report]))
        .await
        .unwrap()
        .submission
        .reports[0]
        .id
}

on_both! {
    async fn what_is_held_is_asked_about_by_one_at_a_time_until_the_register_answers(ground) {
        let store = ground.store().await;
        let now = start();
        assert_eq!(store.residence_take(now, LEASE).await.unwrap(), None);
        take(&store, "a", report("0101")).await;
        let id = take(&store, "b", held_report()).await;
        assert!(store.residence_states(&[id]).await.unwrap().is_empty());
        let first = store.residence_take(now, LEASE).await.unwrap().unwrap();
        assert_eq!((first.report, first.attempts), (id, 1));
        assert_eq!(store.residence_take(now, LEASE).await.unwrap(), None, "somebody is asking");

        // Whoever took it is gone; another one asks again, and the first comes too late to say anything.
        let second = store.residence_take(now + LEASE, LEASE).await.unwrap().unwrap();
        assert_eq!((second.report, second.attempts), (id, 2));
        store.residence_answered(&first, now).await.unwrap();
        let waiting = QuestionState::Waiting { attempts: 2 };
        assert_eq!(store.residence_states(&[id]).await.unwrap().into_iter().collect::<Vec<_>>(), [(id, waiting)]);

        let later = now + Duration::from_secs(600);
        store.residence_failed(&second, "not_reached", later).await.unwrap();
        assert_eq!(store.residence_take(later - Duration::from_secs(1), LEASE).await.unwrap(), None);
        let third = store.residence_take(later, LEASE).await.unwrap().unwrap();
        store.residence_answered(&third, later).await.unwrap();
        assert_eq!(store.residence_take(later + 9 * LEASE, LEASE).await.unwrap(), None, "answered once for all");
        assert_eq!(store.residence_states(&[id]).await.unwrap()[&id], QuestionState::LeftToPeople);
        let asked = "SELECT COUNT(*) FROM audit_entry WHERE action = 'residence_asked' AND role = 'operator' AND purpose = 'delivery'";
        assert_eq!(ground.count(asked).await, 3, "each question is written down");
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
    }

    async fn what_a_person_decides_between_two_tries_is_not_asked_about_again(ground) {
        let store = ground.store().await;
        let mut ids = [take(&store, "a", held_report()).await, take(&store, "b", held_report()).await];
        ids.sort();
        let [decided, left] = ids;
        for id in ids {
            let question = store.residence_take(start(), LEASE).await.unwrap().unwrap();
            assert_eq!(question.report, id);
            store.residence_failed(&question, "not_reached", start() + LEASE).await.unwrap();
        }
        assign(&store, decided, "0101", "Slået op").await.unwrap();
        let later = start() + 2 * LEASE;
        let again = store.residence_take(later, LEASE).await.unwrap().unwrap();
        assert_eq!((again.report, again.attempts), (left, 2));
        assert_eq!(store.residence_take(later, LEASE).await.unwrap(), None);
        assert_eq!(ground.count("SELECT COUNT(*) FROM residence_question WHERE answered_at IS NULL").await, 1);
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'residence_asked'").await, 3);
    }

    async fn two_nodes_ask_about_a_report_once(ground) {
        let (one, other) = (ground.store().await, ground.store().await);
        for at in 0..6 {
            take(&one, &format!("k{at}"), held_report()).await;
        }
        let ask = async |store: &Store| {
            let mut taken = Vec::new();
            // A node that chose what the other took meanwhile comes again.
            for _ in 0..30 {
                taken.extend(store.residence_take(start(), LEASE).await.unwrap().map(|question| question.report));
            }
            taken
        };
        let (first, second) = tokio::join!(ask(&one), ask(&other));
        let mut all = [first, second].concat();
        assert_eq!(all.len(), 6);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }

    async fn the_register_releases_as_a_person_does_and_a_person_can_be_faster(ground) {
        let store = ground.store().await;
        let (found, decided) = (take(&store, "a", held_report()).await, take(&store, "b", held_report()).await);
        let to = municipality("0147");
        assign(&store, decided, "0101", "Slået op").await.unwrap();
        let question = store.residence_take(start(), LEASE).await.unwrap().unwrap();
        assert_eq!(question.report, found, "what a person has decided is not asked about");
        let route = Route::ResidenceRegister { municipality: to };
        let audit = register_entry(Deed::Asked(fleksport::access::Action::AssignHeld), &question, start());
        let handover = store.release_held(found, &to, route.clone(), text("Registret"), audit.clone()).await.unwrap();
        assert_eq!((handover.from, handover.to), (None, to));
        let stored = store.report(&fleksport::access::Scope::System, found).await.unwrap().unwrap().report;
        assert_eq!((stored.route, stored.state.municipality()), (route.clone(), Some(&to)));
        assert_eq!(store.feed(&to, 0, 9).await.unwrap().entries.len(), 1);
        let late = store.release_held(decided, &to, route, text("Registret"), audit).await;
        assert!(late.is_err(), "a person was faster");
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'assign_held' AND role = 'operator'").await, 1);
    }
}
