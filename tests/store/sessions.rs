use std::time::Duration;

use fleksport::{
    access::{Caller, Proof},
    store::Holder,
};
use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

const IDLE: Duration = Duration::from_secs(30 * 60);
const LONGEST: Duration = Duration::from_secs(8 * 3600);

on_both! {
    async fn a_login_holds_while_it_is_used_and_at_most_its_longest_time(ground) {
        let store = ground.store().await;
        let made = store.session_begin(Holder::Municipality(municipality("0101")), IDLE, LONGEST).await.unwrap();
        let token = made.token.expose();
        let mut now = start();
        let end = start() + SignedDuration::from_hours(8);
        while now + SignedDuration::from_mins(20) < end {
            now += SignedDuration::from_mins(20);
            let session = store.session_find(token, now).await.unwrap().expect("it was used within the half hour");
            let expected = Caller::Municipality { code: municipality("0101"), proof: Proof::Session(made.id) };
            assert_eq!((session.id, session.caller, session.expires_at), (made.id, expected, end));
            // The sign of life is written without waiting for it.
            store.ping().await.unwrap();
        }
        assert!(store.session_find(token, end).await.unwrap().is_none());
    }

    async fn a_login_that_is_not_used_ends(ground) {
        let store = ground.store().await;
        let made = store.session_begin(Holder::Kl, IDLE, LONGEST).await.unwrap();
        let at = |minutes| start() + SignedDuration::from_mins(minutes);
        assert!(store.session_find(made.token.expose(), at(31)).await.unwrap().is_none());
        assert!(store.session_find(made.token.expose(), at(30)).await.unwrap().is_some());
        assert!(store.session_find("", start()).await.unwrap().is_none());
        assert!(store.session_find(&made.id.to_string(), start()).await.unwrap().is_none());
    }

    async fn after_logging_out_the_token_opens_nothing(ground) {
        let store = ground.store().await;
        let made = store.session_begin(Holder::Employer(cvr(CVR)), IDLE, LONGEST).await.unwrap();
        let session = store.session_find(made.token.expose(), start()).await.unwrap().unwrap();
        store.session_end(&session).await.unwrap();
        store.session_end(&session).await.unwrap();
        assert!(store.session_find(made.token.expose(), start()).await.unwrap().is_none());
        assert_eq!(ground.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'session_ended'").await, 1);
    }

    async fn the_form_secret_is_the_sessions_own(ground) {
        let store = ground.store().await;
        let first = store.session_begin(Holder::Kl, IDLE, LONGEST).await.unwrap();
        let second = store.session_begin(Holder::Kl, IDLE, LONGEST).await.unwrap();
        let csrf = |token: String| {
            let store = store.clone();
            async move { store.session_find(&token, start()).await.unwrap().unwrap().csrf.expose().clone() }
        };
        let own = csrf(first.token.expose().clone()).await;
        assert_eq!(own, csrf(first.token.expose().clone()).await);
        assert_ne!(own, csrf(second.token.expose().clone()).await);
        assert_ne!(&own, first.token.expose());
    }
}
