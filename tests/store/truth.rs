//! What proves that a database is whole, of this program, of these keys, and the newest there was.

use std::fs;

use fleksport::{
    access::Scope,
    entropy::Entropy,
    store::{Chain, FeedFault, Lost, Standing, Store, StoreError},
    value::{ReportId, SubmissionId},
    vault::{FILE_NAME, Vault, VaultError},
};
use jiff::Timestamp;

use crate::{
    feed::check_chain_after,
    fixture::*,
    ground::{Ground, Kind, on_both, start},
};

async fn sent(store: &Store, key: &str, code: &str) -> (SubmissionId, ReportId) {
    let taken = store.take_in(intake(key, vec![report(code)])).await.unwrap();
    (taken.submission.id, taken.submission.reports[0].id)
}

async fn opened(ground: &Ground, vault: Vault) -> Result<Store, StoreError> {
    let (clock, entropy) = (ground.clock.clone(), Entropy::System);
    Store::open(&ground.settings, ground.folder.path(), vault, clock, entropy).await
}

fn keys(ground: &Ground) -> Vault {
    Vault::read(ground.folder.path()).unwrap()
}

/// The same sealing key with another index key.
fn with_other_index_key(ground: &Ground) -> Vault {
    let elsewhere = tempfile::tempdir().unwrap();
    Vault::open_or_make(elsewhere.path(), &Entropy::System, start()).unwrap();
    let line = |folder: &std::path::Path| {
        let text = fs::read_to_string(folder.join(FILE_NAME)).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("index_key"))
            .unwrap()
            .to_owned();
        (text, line)
    };
    let ((ours, our_line), (_, their_line)) = (line(ground.folder.path()), line(elsewhere.path()));
    // The file is closed to others already: it is only written over.
    fs::write(elsewhere.path().join(FILE_NAME), ours.replace(&our_line, &their_line)).unwrap();
    Vault::read(elsewhere.path()).unwrap()
}

on_both! {
    async fn an_exchanged_index_key_is_refused(ground) {
        ground.store().await.close().await;
        let found = opened(&ground, with_other_index_key(&ground)).await.err();
        assert!(matches!(found, Some(StoreError::ForeignKeys(VaultError::OtherIndexKey))), "{found:?}");
        opened(&ground, keys(&ground)).await.unwrap();
    }

    async fn a_mark_of_before_proves_the_index_key_by_what_is_stored_and_is_renewed(ground) {
        let store = ground.store().await;
        assert!(!store.has_old_mark());
        sent(&store, "a", "0101").await;
        store.close().await;
        crate::proofs::as_before_proofs(&ground).await;
        let found = opened(&ground, with_other_index_key(&ground)).await.err();
        assert!(matches!(found, Some(StoreError::ForeignKeys(VaultError::OtherIndexKey))), "{found:?}");
        let store = opened(&ground, keys(&ground)).await.unwrap();
        assert!(store.has_old_mark());
        store.renew_mark().await.unwrap();
        store.close().await;
        assert!(!opened(&ground, keys(&ground)).await.unwrap().has_old_mark());
    }

    async fn a_used_database_without_its_mark_takes_no_new_one(ground) {
        let standing = async || Store::standing(&ground.settings, ground.folder.path()).await.unwrap();
        assert_eq!(standing().await, Standing::Unmarked { used: false });
        let store = ground.store().await;
        assert_eq!(standing().await, Standing::Marked);
        sent(&store, "a", "0101").await;
        store.close().await;
        ground.execute("DELETE FROM vault_check").await;
        assert_eq!(standing().await, Standing::Unmarked { used: true });
        let found = opened(&ground, keys(&ground)).await.err();
        assert!(matches!(found, Some(StoreError::ForeignKeys(VaultError::NoMark))), "{found:?}");
        assert_eq!(ground.count("SELECT COUNT(*) FROM vault_check").await, 0);
    }

    async fn another_schema_is_refused_at_the_start_and_told_while_running(ground) {
        let store = ground.store().await;
        store.schema_ok().await.unwrap();
        let needed = ground.count("SELECT MAX(version) FROM _sqlx_migrations").await;
        let refused = async |found: i64| {
            for error in [store.schema_ok().await.unwrap_err(), opened(&ground, keys(&ground)).await.err().unwrap()] {
                let StoreError::Schema { found: told, needed: due } = error else { panic!("{error:?}") };
                assert_eq!((told, due), (found, needed));
            }
        };
        let broken_off = match ground.kind {
            Kind::Sqlite => "UPDATE _sqlx_migrations SET success = 0 WHERE version = 3",
            Kind::Postgres => "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 3",
        };
        ground.execute(broken_off).await;
        refused(2).await;
        ground.execute(&broken_off.replace("= 0", "= 1").replace("FALSE", "TRUE")).await;
        store.schema_ok().await.unwrap();
        ground.execute(&format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             SELECT {needed} + 1, 'later', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1"
        )).await;
        refused(needed + 1).await;
        let migrated = Store::migrate(&ground.settings, ground.folder.path()).await;
        assert!(matches!(migrated, Err(StoreError::Schema { .. })), "{migrated:?}");
        ground.execute(&format!("DELETE FROM _sqlx_migrations WHERE version >= {needed}")).await;
        refused(needed - 1).await;
    }

    async fn a_database_that_has_gone_back_or_another_way_is_told_by_its_heads(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c"] {
            sent(&store, key, "0101").await;
        }
        sent(&store, "d", "0147").await;
        let heads = store.heads().await.unwrap();
        assert_eq!((heads.audit.sequence, heads.feeds.len()), (4, 2));
        assert_eq!(store.lost_since(&heads).await.unwrap(), []);
        sent(&store, "e", "0101").await;
        assert_eq!(store.lost_since(&heads).await.unwrap(), [], "it has gone on");

        let mut later = heads.clone();
        later.audit.sequence = 9;
        later.feeds.get_mut(&municipality("0147")).unwrap().sequence = 3;
        later.feeds.insert(municipality("0851"), later.audit);
        assert_eq!(store.lost_since(&later).await.unwrap(), [
            Lost::Shorter { chain: Chain::Audit, had: 9, has: 5 },
            Lost::Shorter { chain: Chain::Feed(municipality("0147")), had: 3, has: 1 },
            Lost::Shorter { chain: Chain::Feed(municipality("0851")), had: 9, has: 0 },
        ]);
        let mut other = heads.clone();
        other.audit.digest[0] ^= 1;
        other.feeds.get_mut(&municipality("0101")).unwrap().digest[31] ^= 1;
        assert_eq!(store.lost_since(&other).await.unwrap(), [
            Lost::Other { chain: Chain::Audit, sequence: 4 },
            Lost::Other { chain: Chain::Feed(municipality("0101")), sequence: 3 },
        ]);
    }

    async fn every_feed_is_computed_anew_and_a_changed_entry_found(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c"] {
            sent(&store, key, "0101").await;
        }
        sent(&store, "d", "0147").await;
        let whole = store.verify_feeds().await.unwrap();
        assert_eq!((whole.feeds, whole.entries, whole.faults.len()), (2, 4, 0));
        let triggers = match ground.kind {
            Kind::Sqlite => "DROP TRIGGER feed_entry_no_update; DROP TRIGGER feed_entry_no_delete",
            Kind::Postgres => "ALTER TABLE feed_entry DISABLE TRIGGER ALL",
        };
        ground.execute(triggers).await;
        ground.execute("UPDATE feed_entry SET appended_at = appended_at + 1 WHERE municipality = '0101' AND sequence = 2").await;
        let found = store.verify_feeds().await.unwrap();
        let changed = FeedFault::Changed { municipality: municipality("0101"), sequence: 2 };
        assert_eq!((found.faults.as_slice(), found.entries), ([changed].as_slice(), 1));
        ground.execute("DELETE FROM feed_entry WHERE municipality = '0101' AND sequence >= 2").await;
        let found = store.verify_feeds().await.unwrap();
        assert_eq!(found.faults, [FeedFault::Missing { municipality: municipality("0101"), sequence: 2 }]);
    }

    async fn what_was_deleted_goes_again_with_the_feed_up_to_it_and_what_corrects_it_first(ground) {
        let store = ground.store().await;
        let (first, corrected) = sent(&store, "a", "0101").await;
        sent(&store, "b", "0147").await;
        let correction = store.take_in(intake("c", vec![replacement(corrected, "0101")])).await.unwrap();
        let (stays, _) = sent(&store, "d", "0101").await;
        let heads = store.heads().await.unwrap();

        assert_eq!(store.delete_again(&[first]).await.unwrap(), 0, "another corrects it");
        let gone = [first, correction.submission.id];
        assert_eq!(store.delete_again(&gone).await.unwrap(), 2);
        assert_eq!(store.delete_again(&gone).await.unwrap(), 0);
        for id in gone {
            assert!(store.submission(&Scope::System, id).await.unwrap().is_none());
        }
        assert!(store.submission(&Scope::System, stays).await.unwrap().is_some());
        let ends = store.feed_ends(&municipality("0101")).await.unwrap();
        assert_eq!((ends.floor, ends.latest), (2, 3));
        let page = store.feed(&municipality("0101"), 2, 10).await.unwrap();
        let range = store.feed_range(&municipality("0101"), 3, 3).await.unwrap();
        check_chain_after(2, range.previous_digest, &page.entries);
        assert_eq!(store.feed_ends(&municipality("0147")).await.unwrap().floor, 0);
        assert!(store.verify_feeds().await.unwrap().faults.is_empty());
        assert_eq!(store.verify_chains().await.unwrap().faulty, 0, "the feed's end keeps its proof");
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
        assert_eq!(store.lost_since(&heads).await.unwrap(), [], "a floor that rises is no loss");
    }

    async fn whoever_asks_is_told_of_each_submission_that_age_has_deleted(ground) {
        let store = ground.store().await;
        let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let hears = told.clone();
        store.when_deleted(move |ids| hears.lock().unwrap().extend_from_slice(ids));
        let (id, _) = sent(&store, "a", "0101").await;
        crate::steps::acknowledge(&store, "0101", 1).await.unwrap();
        while let Some(row) = store.outbox_lease(ground.clock.now(), std::time::Duration::from_secs(60)).await.unwrap() {
            store.outbox_done(&row, ground.clock.now()).await.unwrap();
        }
        let later: Timestamp = "2033-01-01T00:00:00Z".parse().unwrap();
        ground.clock.set(later);
        store.accept_clock(fleksport::audit::Actor::operator()).await.unwrap();
        store.delete_before(later, fleksport::store::DeletionPace::Uncapped).await.unwrap();
        assert_eq!(*told.lock().unwrap(), [id]);
    }
}
