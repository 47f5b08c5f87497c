//! Kept forms are their owner's, and nothing of them can be read or given away past the service.

use fleksport::{
    access::Role,
    store::{FormOwner, KeptForm, NotCarriedOut},
};
use jiff::SignedDuration;

use crate::ground::{on_both, start};

const SECRET: &str = "Nancy Ann Test Berggren 251248";

fn owner(role: Role, subject: &str, person: u8) -> FormOwner {
    FormOwner {
        role,
        subject: subject.to_owned(),
        person: [person; 32],
    }
}

fn form() -> KeptForm {
    KeptForm {
        page: "/kommune/oversigt".to_owned(),
        action: "/kommune/oversigt/kontakt".to_owned(),
        why: NotCarriedOut::Faulty,
        fields: vec![("text".to_owned(), SECRET.to_owned())],
    }
}

on_both! {
    async fn a_kept_form_is_seen_and_forgotten_by_its_owner_alone(ground) {
        let (store, since) = (ground.store().await, start());
        let own = owner(Role::Municipality, "0101", 1);
        let id = store.keep_form(&own, &form(), 3).await.unwrap();
        let others = [
            owner(Role::Municipality, "0101", 2), owner(Role::Municipality, "0147", 1),
            owner(Role::Employer, "0101", 1), owner(Role::Kl, "", 1),
        ];
        for other in &others {
            assert!(store.kept_form(other, id, since).await.unwrap().is_none());
            store.forget_form(other, id).await.unwrap();
        }
        let found = store.kept_form(&own, id, since).await.unwrap().unwrap();
        assert_eq!(found.fields[0].1, SECRET);
        assert!(store.kept_form(&own, id, start() + SignedDuration::from_secs(1)).await.unwrap().is_none(), "too old");
        let ticket = store.form_ticket(&own, "/kommune/oversigt").unwrap();
        assert_eq!(store.form_ticket_of(&ticket, since), Some((own.clone(), "/kommune/oversigt".to_owned())));
        assert_eq!(store.form_ticket_of(&ticket, start() + SignedDuration::from_secs(1)), None);
        store.forget_form(&own, id).await.unwrap();
        assert_eq!(ground.count("SELECT COUNT(*) FROM kept_form").await, 0);
    }

    async fn the_oldest_kept_form_gives_way(ground) {
        let (store, since) = (ground.store().await, start());
        let own = owner(Role::Kl, "", 1);
        store.keep_form(&owner(Role::Kl, "", 2), &form(), 2).await.unwrap();
        let mut ids = Vec::new();
        for second in 1..=3 {
            ground.clock.set(start() + SignedDuration::from_secs(second));
            ids.push(store.keep_form(&own, &form(), 2).await.unwrap());
        }
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(store.kept_form(&own, *id, since).await.unwrap().is_some(), number > 0);
        }
        assert_eq!(store.delete_drafts(start() + SignedDuration::from_secs(3)).await.unwrap(), 2);
        assert_eq!(ground.count("SELECT COUNT(*) FROM kept_form").await, 1);
    }

    async fn a_kept_form_that_was_edited_past_the_service_is_none(ground) {
        let (store, since) = (ground.store().await, start());
        let (own, thief) = (owner(Role::Employer, "13585628", 1), owner(Role::Employer, "64942212", 1));
        let id = store.keep_form(&own, &form(), 3).await.unwrap();
        assert_eq!(store.verify_credentials().await.unwrap().faulty, 0);
        ground.execute("UPDATE kept_form SET subject = '64942212'").await;
        assert!(store.kept_form(&thief, id, since).await.unwrap().is_none());
        assert_eq!(store.verify_credentials().await.unwrap().faulty, 1);
    }
}
