use fleksport::{
    access::{Caller, Proof},
    audit::Actor,
    store::{Holder, PageRequest},
};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

on_both! {
    async fn a_key_opens_for_its_holder_until_it_is_revoked(ground) {
        let store = ground.store().await;
        let until = start() + SignedDuration::from_hours(1);
        for (holder, begin) in [
            (Holder::Employer(cvr(CVR)), "fp_e_"),
            (Holder::Municipality(municipality("0101")), "fp_m_"),
            (Holder::Kl, "fp_k_"),
            (Holder::Operator, "fp_o_"),
        ] {
            let made = store.credential_create(holder.clone(), until, Actor::operator()).await.unwrap();
            let key = made.key.expose().clone();
            assert!(key.starts_with(begin), "{key}");
            let caller = store.caller_of_key(&key, start()).await.unwrap();
            assert_eq!(caller, Some(holder.caller(Proof::Credential(made.id))));
            assert!(store.credential_revoke(made.id, Actor::operator()).await.unwrap());
            assert!(!store.credential_revoke(made.id, Actor::operator()).await.unwrap());
            assert_eq!(store.caller_of_key(&key, start()).await.unwrap(), None);
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'credential_created'").await, 4);
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'credential_revoked'").await, 4);
    }

    async fn a_key_ends_at_its_time_and_a_wrong_one_opens_nothing(ground) {
        let store = ground.store().await;
        let until = start() + SignedDuration::from_hours(1);
        let made = store.credential_create(Holder::Kl, until, Actor::operator()).await.unwrap();
        let key = made.key.expose().clone();
        assert!(store.caller_of_key(&key, until - SignedDuration::from_millis(1)).await.unwrap().is_some());
        assert_eq!(store.caller_of_key(&key, until).await.unwrap(), None);
        let flipped = if key.ends_with('0') { '1' } else { '0' };
        let wrong = format!("{}{flipped}", &key[..key.len() - 1]);
        for wrong in [wrong.as_str(), "", "fp_k__", "Bearer x", &key.to_uppercase()] {
            assert_eq!(store.caller_of_key(wrong, start()).await.unwrap(), None, "{wrong}");
        }
    }

    async fn the_role_stands_in_the_row_and_not_in_the_letter(ground) {
        let store = ground.store().await;
        let until = start() + SignedDuration::from_hours(1);
        let made = store.credential_create(Holder::Employer(cvr(CVR)), until, Actor::operator()).await.unwrap();
        let forged = made.key.expose().replacen("fp_e_", "fp_o_", 1);
        let caller = store.caller_of_key(&forged, start()).await.unwrap();
        assert!(matches!(caller, Some(Caller::Employer { .. })), "{caller:?}");
    }

    async fn the_list_tells_of_use_but_never_the_secret(ground) {
        let store = ground.store().await;
        let until = start() + SignedDuration::from_hours(1);
        let made = store.credential_create(Holder::Employer(cvr(CVR)), until, Actor::operator()).await.unwrap();
        store.caller_of_key(made.key.expose(), start()).await.unwrap();
        store.ping().await.unwrap();
        let list = store.credentials(PageRequest::first(10)).await.unwrap().items;
        assert_eq!(list.len(), 1);
        assert_eq!((&list[0].holder, list[0].last_used_at), (&Holder::Employer(cvr(CVR)), Some(start())));
        assert!(list[0].is_valid(start()) && !list[0].is_valid(until));
        let secret = made.key.expose().rsplit('_').next().unwrap();
        assert!(!format!("{list:?} {made:?}").contains(secret));
    }
}
