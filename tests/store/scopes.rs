use fleksport::{
    access::{Action, Caller, Grant, Proof, Scope},
    audit::Purpose,
    store::{InboxFilter, PageRequest},
};
use uuid::Uuid;

use crate::{fixture::*, ground::on_both};

fn scopes() -> [(Scope, &'static str); 6] {
    [
        (Scope::Employer(cvr(CVR)), "own employer"),
        (Scope::Employer(cvr(OTHER_CVR)), "other employer"),
        (Scope::Municipality(municipality("0101")), "own municipality"),
        (Scope::Municipality(municipality("0147")), "other municipality"),
        (Scope::Public, "public"),
        (Scope::System, "system"),
    ]
}

on_both! {
    async fn what_is_foreign_is_not_there(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101"), held_report()]);
        store.take_in(sent.clone()).await.unwrap();
        for (scope, name) in scopes() {
            let submission = store.submission(&scope, sent.id).await.unwrap().is_some();
            let routed = store.report(&scope, sent.reports[0].id).await.unwrap().is_some();
            let held = store.report(&scope, sent.reports[1].id).await.unwrap().is_some();
            let found = store.search_by_cpr(&scope, &cpr(NANCY), PageRequest::first(9)).await.unwrap().items.len();
            let expected = match name {
                "own employer" | "system" => (true, true, true, 2),
                "own municipality" => (false, true, false, 1),
                _ => (false, false, false, 0),
            };
            assert_eq!((submission, routed, held, found), expected, "{name}");
        }
    }

    async fn a_person_is_found_by_the_whole_number_only(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let found = |number| {
            let (store, number) = (store.clone(), cpr(number));
            async move { store.search_by_cpr(&Scope::System, &number, PageRequest::first(9)).await.unwrap().items.len() }
        };
        assert_eq!(found("2512489996").await, 1);
        assert_eq!(found("010190-5000").await, 0);
    }

    async fn the_inbox_and_the_held_queue_turn_page_by_page(ground) {
        let store = ground.store().await;
        let mut sent = intake("a", (0..7).map(|at| if at < 5 { report("0101") } else { held_report() }).collect());
        sent.reports.push(report("0147"));
        store.take_in(sent.clone()).await.unwrap();
        let code = municipality("0101");
        let first = store.inbox(&code, &InboxFilter::default(), PageRequest::first(3)).await.unwrap();
        let before = first.items.last().map(|detail| detail.report.id);
        let second = store.inbox(&code, &InboxFilter::default(), PageRequest { before, limit: 3 }).await.unwrap();
        assert_eq!((first.items.len(), first.has_more), (3, true));
        assert_eq!((second.items.len(), second.has_more), (2, false));
        let mut seen: Vec<_> = first.items.iter().chain(&second.items).map(|detail| detail.report.id).collect();
        let mut expected: Vec<_> = sent.reports[..5].iter().map(|report| report.id).collect();
        expected.sort();
        seen.reverse();
        assert_eq!(seen, expected);
        assert_eq!(first.items[0].receipt_number, sent.receipt_number);
        assert_eq!(store.held(PageRequest::first(100)).await.unwrap().items.len(), 2);
    }

    async fn every_read_for_a_caller_leaves_one_audit_entry(ground) {
        let store = ground.store().await;
        let sent = intake("a", vec![report("0101")]);
        store.take_in(sent.clone()).await.unwrap();
        let proof = Proof::Session(Uuid::from_u128(5));
        let employer = |action| Grant {
            caller: Caller::Employer { cvr: cvr(CVR), proof },
            action,
            scope: Scope::Employer(cvr(CVR)),
        };
        let officer = |action| Grant {
            caller: Caller::Municipality { code: municipality("0101"), proof },
            action,
            scope: Scope::Municipality(municipality("0101")),
        };
        let (call, code, page) = (Uuid::from_u128(9), municipality("0101"), PageRequest::first(9));
        let own = employer(Action::ReadOwnSubmissions);
        assert!(store.read_submission(&own, call, sent.id).await.unwrap().is_some());
        assert_eq!(store.list_submissions(&own, call, PageRequest::first(9)).await.unwrap().items.len(), 1);
        assert!(store.read_report(&officer(Action::ReadReport), call, sent.reports[0].id).await.unwrap().is_some());
        assert_eq!(store.read_feed(&officer(Action::ReadFeed), call, &code, 0, 9).await.unwrap().entries.len(), 1);
        assert_eq!(store.read_inbox(&officer(Action::ReadInbox), call, &code, &InboxFilter::default(), page).await.unwrap().items.len(), 1);
        assert_eq!(store.read_by_cpr(&officer(Action::ReadInbox), call, &cpr(NANCY), page).await.unwrap().items.len(), 1);
        // Nothing new is no use of anybody's data.
        assert_eq!(store.read_feed(&officer(Action::ReadFeed), call, &code, 1, 9).await.unwrap().entries.len(), 0);

        let of_call = format!("SELECT COUNT(*) FROM audit_entry WHERE transaction_id = '{call}'");
        assert_eq!(ground.count(&of_call).await, 6);
        assert_eq!(ground.count(&format!("{of_call} AND purpose = 'case_work' AND subject = '0101'")).await, 3);
        assert_eq!(ground.count(&format!("{of_call} AND purpose = 'delivery' AND action = 'read_feed'")).await, 1);
        assert_eq!(ground.count(&format!("{of_call} AND role = 'employer' AND proof = 'session:{}'", Uuid::from_u128(5))).await, 2);
        // A list handed out is one use, with its own purpose; none where it is too long to be handed out.
        let (filter, export) = (InboxFilter::default(), officer(Action::ExportInbox));
        for (most, handed_out) in [(0, 0), (1, 1)] {
            let mut rows = 0;
            let whole = store.export_inbox(&export, call, &code, &filter, Purpose::Oversight, most, |_| rows += 1).await.unwrap();
            assert_eq!((whole, rows), (handed_out == 1, handed_out));
        }
        assert_eq!(ground.count(&format!("{of_call} AND purpose = 'oversight' AND action = 'export_inbox'")).await, 1);
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
    }
}
