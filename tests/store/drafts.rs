//! Drafts are their owner's, change from their newest state only, and nothing of them can be read or changed past the service.

use fleksport::store::{DraftError, DraftFound, DraftId, DraftOwner, DraftTerms};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

const SECRET: &str = "Nancy Ann Test Berggren 251248";

fn owner(company: &str, person: u8) -> DraftOwner {
    DraftOwner {
        cvr: cvr(company),
        person: [person; 32],
    }
}

fn terms() -> DraftTerms {
    DraftTerms {
        since: start() - SignedDuration::from_hours(1),
        most: 2,
    }
}

fn id(number: u8) -> DraftId {
    DraftId::from_random([number; 16])
}

/// What is there, as far as one may see.
fn content(found: DraftFound<String>) -> Option<String> {
    match found {
        DraftFound::Open(draft) => Some(draft.content),
        DraftFound::Sent(_) | DraftFound::Nothing => None,
    }
}

on_both! {
    async fn a_draft_is_seen_and_changed_by_its_owner_alone(ground) {
        let (store, since) = (ground.store().await, terms().since);
        let own = owner(CVR, 1);
        let text = SECRET.to_owned();
        let first = store.draft_save(&own, id(1), None, &text, terms()).await.unwrap();
        assert_eq!(content(store.draft(&own, id(1), since).await.unwrap()), Some(text.clone()));
        for other in [owner(CVR, 2), owner("64942212", 1)] {
            assert_eq!(content(store.draft(&other, id(1), since).await.unwrap()), None);
            let taken = store.draft_save(&other, id(1), None, &"x", terms()).await;
            assert!(matches!(taken, Err(DraftError::Changed)));
        }
        let later = store.draft_save(&own, id(1), Some(first), &"second", terms()).await.unwrap();
        let stale = store.draft_save(&own, id(1), Some(first), &"third", terms()).await;
        assert!(matches!(stale, Err(DraftError::Changed)), "another page was faster");
        let submission = store.take_in(intake("a", vec![report("0101")])).await.unwrap().submission.id;
        store.draft_sent(&own, id(1), later, submission).await.unwrap();
        let found = store.draft::<String>(&own, id(1), since).await.unwrap();
        assert!(matches!(found, DraftFound::Sent(sent) if sent == submission));
        assert_eq!(ground.count("SELECT COUNT(*) FROM draft WHERE sealed IS NOT NULL").await, 0, "what was typed is gone");
    }

    async fn the_draft_that_lay_longest_gives_way(ground) {
        let (store, since) = (ground.store().await, terms().since);
        let own = owner(CVR, 1);
        store.draft_save(&owner(CVR, 2), id(9), None, &"other", terms()).await.unwrap();
        for number in 1..=3 {
            ground.clock.set(start() + SignedDuration::from_secs(number.into()));
            store.draft_save(&own, id(number), None, &"x", terms()).await.unwrap();
        }
        assert!(content(store.draft(&own, id(1), since).await.unwrap()).is_none());
        assert!(content(store.draft(&own, id(2), since).await.unwrap()).is_some());
        assert!(content(store.draft(&owner(CVR, 2), id(9), since).await.unwrap()).is_some(), "another person's stays");
        let over = start() + SignedDuration::from_secs(3);
        assert!(content(store.draft(&own, id(2), over).await.unwrap()).is_none(), "too old");
        assert_eq!(store.delete_drafts(over).await.unwrap(), 2);
        assert_eq!(ground.count("SELECT COUNT(*) FROM draft").await, 1);
    }

    async fn a_draft_that_was_edited_past_the_service_is_none(ground) {
        let (store, since) = (ground.store().await, terms().since);
        let thief = owner("64942212", 1);
        for (number, damage) in [
            "employer_cvr = '64942212'",
            "changed_at = changed_at + 1",
            "submission_id = '01980000-0000-7000-8000-000000000000'",
            "version = 5",
        ].into_iter().enumerate() {
            let own = owner(CVR, 1);
            let id = id(u8::try_from(number).unwrap());
            store.draft_save(&own, id, None, &SECRET, DraftTerms { most: 9, ..terms() }).await.unwrap();
            ground.execute(&format!("UPDATE draft SET {damage} WHERE id = '{id}'")).await;
            for owner in [&own, &thief] {
                assert_eq!(content(store.draft(owner, id, since).await.unwrap()), None, "{damage}");
            }
        }
        let checked = store.verify_credentials().await.unwrap();
        assert_eq!((checked.rows, checked.faulty), (4, 4));
    }

    async fn a_ticket_tells_whose_page_it_was(ground) {
        let store = ground.store().await;
        let own = owner(CVR, 1);
        let ticket = store.draft_ticket(&own, id(1)).unwrap();
        assert_eq!(store.draft_ticket_owner(&ticket, id(1), start()), Some(own));
        assert_eq!(store.draft_ticket_owner(&ticket, id(2), start()), None);
        assert_eq!(store.draft_ticket_owner(&ticket, id(1), start() + SignedDuration::from_secs(1)), None);
        assert_eq!(store.draft_ticket_owner(&ticket[2..], id(1), start()), None);
        assert!(!ticket.contains(CVR));
    }
}
