use fleksport::{
    access::Scope,
    store::{PageRequest, TakeInError},
};

use crate::{fixture::*, ground::on_both};

on_both! {
    async fn what_is_taken_in_reads_back_equal(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), held_report(), report("0851")]);
        let taken = store.take_in(sent.clone()).await.unwrap();
        assert!(!taken.repeated);

        let read = store.submission(&Scope::System, sent.id).await.unwrap().unwrap();
        assert_eq!(read.receipt_number, sent.receipt_number);
        assert_eq!(read.received_at, sent.received_at);
        assert_eq!((read.channel, &read.sender, &read.form), (sent.channel, &sent.sender, &sent.form));
        assert_eq!((&read.employer, &read.notices), (&sent.employer, &sent.notices));
        assert_eq!(read.reports.len(), 3);
        for (position, (stored, sent)) in read.reports.iter().zip(&sent.reports).enumerate() {
            assert_eq!((stored.position, stored.id, stored.version), (position, sent.id, 1));
            assert_eq!(stored.report, sent.report);
            assert_eq!(stored.report.raw.expose().to_string(), sent.report.raw.expose().to_string());
            assert_eq!((&stored.route, &stored.state), (&sent.route, &sent.state));
            assert_eq!(stored.assessment, sent.assessment);
            assert_eq!(stored.received_at, read.received_at);
        }
        // The answer given at once is the same as the one read later.
        assert_eq!(format!("{:?}", taken.submission), format!("{read:?}"));
        assert_eq!(taken.submission.digest, read.digest);
    }

    async fn nulls_and_values_of_every_optional_column_read_back(ground) {
        let store = ground.store().await;
        let mut sent = intake("a", vec![report("0101")]);
        let key = uuid::Uuid::from_u128(77);
        sent.sender.credential = Some(fleksport::value::CredentialId::from_uuid(key));
        sent.employer.contact_email = None;
        sent.employer.se_number = Some("24256790".parse().unwrap());
        store.take_in(sent.clone()).await.unwrap();
        let read = store.submission(&Scope::System, sent.id).await.unwrap().unwrap();
        assert_eq!(read.sender, sent.sender);
        assert_eq!(read.employer, sent.employer);
    }

    async fn a_repeat_gets_the_first_answer(ground) {
        let store = ground.store().await;
        let first = intake("a", vec![report("0101")]);
        store.take_in(first.clone()).await.unwrap();
        let again = store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        assert!(again.repeated);
        assert_eq!(again.submission.id, first.id);
        assert_eq!(again.submission.receipt_number, first.receipt_number);
        assert_eq!(again.submission.reports[0].id, first.reports[0].id);
        let found = store.find_repeat(&cvr(CVR), &first.idempotency).await.unwrap().unwrap();
        assert_eq!(found.id, first.id);
        assert_eq!(store.feed(&municipality("0101"), 0, 10).await.unwrap().latest_sequence, 1);
    }

    async fn fifty_repeats_at_once_make_one_submission(ground) {
        let stores = [ground.store().await, ground.store().await];
        let calls = (0..50).map(|call| {
            let store = stores[call % 2].clone();
            tokio::spawn(async move { store.take_in(intake("a", vec![report("0101")])).await.unwrap() })
        });
        let answers = futures_util::future::join_all(calls).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
        assert!(answers.iter().all(|answer| answer.submission.id == answers[0].submission.id));
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, 1);
        assert_eq!(ground.count("SELECT COUNT(*) FROM report").await, 1);
        assert_eq!(ground.count("SELECT COUNT(*) FROM feed_entry").await, 1);
        assert_eq!(ground.count("SELECT COUNT(*) FROM outbox").await, 1);
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry").await, 1);
    }

    async fn a_used_key_with_other_content_is_refused(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let mut other = intake("a", vec![report("0147")]);
        other.idempotency.content_digest = [9; 32];
        let refused = store.take_in(other.clone()).await.unwrap_err();
        assert!(matches!(refused, TakeInError::KeyReused { .. }), "{refused:?}");
        let refused = store.find_repeat(&cvr(CVR), &other.idempotency).await.unwrap_err();
        assert!(matches!(refused, TakeInError::KeyReused { .. }), "{refused:?}");
        assert_eq!(store.latest_sequence(&municipality("0147")).await.unwrap(), 0);
    }

    async fn two_senders_may_use_the_same_key(ground) {
        let store = ground.store().await;
        let first = store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let second = store.take_in(of_other_employer(intake("a", vec![report("0101")]))).await.unwrap();
        assert!(!second.repeated);
        assert_ne!(first.submission.id, second.submission.id);
    }

    async fn a_file_of_many_reports_is_one_submission(ground) {
        let store = ground.store().await;
        let reports = (0..601).map(|at| report(if at % 2 == 0 { "0101" } else { "0147" })).collect();
        let sent = intake("a", reports);
        store.take_in(sent.clone()).await.unwrap();
        let read = store.submission(&Scope::System, sent.id).await.unwrap().unwrap();
        let order = |reports: &mut dyn Iterator<Item = fleksport::value::ReportId>| reports.collect::<Vec<_>>();
        assert_eq!(
            order(&mut read.reports.iter().map(|report| report.id)),
            order(&mut sent.reports.iter().map(|report| report.id))
        );
        assert_eq!(store.latest_sequence(&municipality("0101")).await.unwrap(), 301);
        assert_eq!(store.latest_sequence(&municipality("0147")).await.unwrap(), 300);
    }

    async fn an_employers_list_turns_page_by_page(ground) {
        let store = ground.store().await;
        let mut sent = Vec::new();
        for key in ["a", "b", "c", "d", "e"] {
            let intake = intake(key, vec![report("0101"), held_report()]);
            sent.push(intake.id);
            store.take_in(intake).await.unwrap();
        }
        store.take_in(of_other_employer(intake("x", vec![report("0101")]))).await.unwrap();
        sent.sort();
        sent.reverse();

        let mut seen = Vec::new();
        let mut request = PageRequest::first(2);
        loop {
            let page = store.submissions_of(&cvr(CVR), request).await.unwrap();
            assert!(page.items.iter().all(|line| (line.reports, line.waiting) == (2, 2)));
            seen.extend(page.items.iter().map(|line| line.id));
            if !page.has_more {
                break;
            }
            request.before = seen.last().copied();
        }
        assert_eq!(seen, sent);
    }

    async fn a_receipt_can_be_checked_and_tells_when_it_is_superseded(ground) {
        let store = ground.store().await;
        let first = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission;
        let check = store.receipt(&first.receipt_number).await.unwrap().unwrap();
        assert_eq!((check.digest, check.superseded), (first.digest, false));
        let corrected = intake("b", vec![replacement(first.reports[0].id, "0101")]);
        store.take_in(corrected).await.unwrap();
        assert!(store.receipt(&first.receipt_number).await.unwrap().unwrap().superseded);
        let unknown = fleksport::value::ReceiptNumber::from_random([1; 8]);
        assert_eq!(store.receipt(&unknown).await.unwrap(), None);
    }
}
