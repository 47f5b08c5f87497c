use fleksport::{
    access::Scope,
    record::{EntryDetail, FeedEvent, OutboxOrder, Outcome, ReportState},
    store::{StepError, Store},
    value::ReportId,
};

use crate::{
    feed::check_chain,
    fixture::*,
    ground::{on_both, start},
    steps::*,
};

async fn taken(store: &Store, key: &str) -> ReportId {
    store
        .take_in(intake(key, vec![report("0101")]))
        .await
        .unwrap()
        .submission
        .reports[0]
        .id
}

async fn state(store: &Store, id: ReportId) -> ReportState {
    store.report(&Scope::System, id).await.unwrap().unwrap().report.state
}

on_both! {
    async fn a_decision_is_kept_with_its_reason_and_the_same_again_is_the_same(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a").await;
        let first = decide(&store, "0101", id, &rejected("Beløbet er for højt")).await.unwrap();
        assert_eq!(decide(&store, "0101", id, &rejected("Beløbet er for højt")).await.unwrap(), first);
        assert!(matches!(state(&store, id).await, ReportState::Rejected { .. }));
        for other in [Outcome::Accepted, rejected("Noget andet"), question("Hvorfor?")] {
            let error = decide(&store, "0101", id, &other).await.unwrap_err();
            assert!(matches!(error, StepError::Decided), "{error:?}");
        }
        let read = store.report(&Scope::System, id).await.unwrap().unwrap().report;
        assert_eq!(store.outcomes_of(&read).await.unwrap().as_slice(), std::slice::from_ref(&first));
        assert_eq!(store.outcome(first.id).await.unwrap(), Some(first));
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'decide'").await, 1);
    }

    async fn the_employer_is_mailed_once_for_each_outcome(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a").await;
        let asked = decide(&store, "0101", id, &question("Hvorfor?")).await.unwrap();
        decide(&store, "0101", id, &question("Hvorfor?")).await.unwrap();
        let accepted = decide(&store, "0101", id, &Outcome::Accepted).await.unwrap();
        let mut orders = Vec::new();
        while let Some(row) = store.outbox_lease(start(), std::time::Duration::from_secs(9)).await.unwrap() {
            orders.push(row.order);
            store.outbox_done(&row, start()).await.unwrap();
        }
        let mails = [OutboxOrder::ReceiptMail, OutboxOrder::OutcomeMail(asked.id), OutboxOrder::OutcomeMail(accepted.id)];
        assert_eq!(orders, mails);
    }

    async fn a_question_is_answered_once_and_the_answer_comes_through_the_feed(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a").await;
        let asked = decide(&store, "0101", id, &question("Gælder det også maj?")).await.unwrap();
        let error = decide(&store, "0101", id, &question("Og juni?")).await.unwrap_err();
        assert!(matches!(error, StepError::Decided), "one question at a time: {error:?}");
        let first = answer(&store, id, asked.id, "Ja, også maj.").await.unwrap();
        assert_eq!(answer(&store, id, asked.id, "Ja, også maj.").await.unwrap(), first);
        let error = answer(&store, id, asked.id, "Nej.").await.unwrap_err();
        assert!(matches!(error, StepError::NotOpen), "{error:?}");
        assert!(matches!(state(&store, id).await, ReportState::Answered { question, .. } if question == asked.id));

        let entries = store.feed(&municipality("0101"), 0, 10).await.unwrap().entries;
        check_chain(&entries);
        let events: Vec<_> = entries.iter().map(|entry| entry.event).collect();
        assert_eq!(events, [FeedEvent::Available, FeedEvent::Answered]);
        let Some(EntryDetail::Answer { question: told, asked: words, answer: said }) = &entries[1].detail else {
            panic!("the answer goes with its entry")
        };
        assert_eq!((told, words.expose(), said.text.expose()), (&asked.id, "Gælder det også maj?", "Ja, også maj."));
        assert_ne!(entries[1].content(), entries[1].report.content_digest, "the entry commits to the answer");

        // Then the municipality goes on: another question, or a decision that overtakes it.
        let again = decide(&store, "0101", id, &question("Og juni?")).await.unwrap();
        decide(&store, "0101", id, &Outcome::Accepted).await.unwrap();
        let error = answer(&store, id, again.id, "For sent").await.unwrap_err();
        assert!(matches!(error, StepError::NotOpen), "{error:?}");
        assert!(matches!(state(&store, id).await, ReportState::Accepted { .. }));
    }

    async fn an_answer_belongs_to_its_own_report(ground) {
        let store = ground.store().await;
        let (one, other) = (taken(&store, "a").await, taken(&store, "b").await);
        let asked = decide(&store, "0101", one, &question("Hvorfor?")).await.unwrap();
        decide(&store, "0101", other, &question("Hvorfor?")).await.unwrap();
        assert!(matches!(answer(&store, other, asked.id, "Derfor").await, Err(StepError::NotOpen)));
        assert!(matches!(answer(&store, report_id(), asked.id, "Derfor").await, Err(StepError::Unknown)));
        let foreign = of_other_employer(intake("c", vec![report("0101")]));
        let foreign = store.take_in(foreign).await.unwrap().submission.reports[0].id;
        let asked = decide(&store, "0101", foreign, &question("Hvorfor?")).await.unwrap();
        assert!(matches!(answer(&store, foreign, asked.id, "Derfor").await, Err(StepError::Unknown)));
    }

    async fn only_the_municipality_that_has_a_report_answers_and_only_to_the_last_of_a_chain(ground) {
        let store = ground.store().await;
        let old = taken(&store, "a").await;
        assert!(matches!(decide(&store, "0147", old, &Outcome::Accepted).await, Err(StepError::Unknown)));
        let first = decide(&store, "0101", old, &Outcome::Accepted).await.unwrap();
        let new = store.take_in(intake("b", vec![replacement(old, "0101")])).await.unwrap().submission.reports[0].id;
        assert!(matches!(decide(&store, "0101", old, &question("Hvorfor?")).await, Err(StepError::Closed)));
        assert_eq!(decide(&store, "0101", old, &Outcome::Accepted).await.unwrap(), first, "a repeat stays a repeat");
        decide(&store, "0101", new, &rejected("Nej")).await.unwrap();
        let by = store.take_in(intake("c", vec![withdrawal(new)])).await.unwrap().submission.reports[0].id;
        for id in [new, by] {
            assert!(matches!(decide(&store, "0101", id, &Outcome::Accepted).await, Err(StepError::Closed)));
        }
    }

    async fn of_two_outcomes_at_once_one_stands(ground) {
        let stores = [ground.store().await, ground.store().await];
        let id = taken(&stores[0], "a").await;
        let calls = (0..12).map(|call| {
            let store = stores[call % 2].clone();
            tokio::spawn(async move {
                let outcome = if call % 3 == 0 { Outcome::Accepted } else { rejected(&format!("{}", call % 3)) };
                decide(&store, "0101", id, &outcome).await
            })
        });
        let answers: Vec<_> =
            futures_util::future::join_all(calls).await.into_iter().map(|answer| answer.unwrap()).collect();
        let taken: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert_eq!(taken.len(), 4, "one of three, and its repeats");
        assert!(taken.iter().all(|outcome| *outcome == taken[0]));
        assert_eq!(ground.count("SELECT COUNT(*) FROM outcome").await, 1);
    }

    async fn what_people_write_is_sealed(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a").await;
        let asked = decide(&store, "0101", id, &question("Spørgsmål om Nancy")).await.unwrap();
        let answered = answer(&store, id, asked.id, "Svar om Nancy").await.unwrap();
        transfer(&store, "0101", id, "0147", "Nancy er flyttet").await.unwrap();
        assert!(!format!("{answered:?}").contains("Nancy"));
        for table in ["outcome", "answer", "handover", "feed_entry", "outbox", "audit_entry"] {
            let mut connection = ground.raw().await;
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&mut connection);
            for row in rows.await.unwrap() {
                use sqlx::Row;
                for column in 0..row.len() {
                    let bytes: Vec<u8> = row.try_get(column).unwrap_or_default();
                    let text: String = row.try_get(column).unwrap_or_default();
                    assert!(!text.contains("Nancy") && !String::from_utf8_lossy(&bytes).contains("Nancy"), "{table}");
                }
            }
        }
    }
}
