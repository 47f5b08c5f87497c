//! Rows edited past the service are found and refused; what an older version wrote gets its proofs once, and nobody can turn that back.

use fleksport::{
    access::Scope,
    audit::{Actor, AuditRecord, ChainFault},
    entropy::Entropy,
    record::{CHAIN_START, ReportState},
    store::{Holder, PageRequest, Store, StoreError, ToldEntry},
    value::ReportId,
    vault::{Place, Vault},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection;

use crate::{
    fixture::*,
    ground::{Ground, Kind, on_both, start},
    steps::*,
};

fn audit_unlocked(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "DROP TRIGGER IF EXISTS audit_entry_no_update; DROP TRIGGER IF EXISTS audit_entry_no_delete;",
        Kind::Postgres => "ALTER TABLE audit_entry DISABLE TRIGGER ALL;",
    }
}

/// Takes an entry out (`0`: none), numbers the rest and computes their chain anew, as everybody can who has no keys.
async fn chain_anew(ground: &Ground, without: i64) {
    ground.execute(audit_unlocked(ground.kind)).await;
    ground
        .execute(&format!("DELETE FROM audit_entry WHERE sequence = {without}"))
        .await;
    let mut raw = ground.raw().await;
    type Row = (
        i64,
        i64,
        String,
        Option<String>,
        Option<String>,
        String,
        Option<String>,
        Option<String>,
        String,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT sequence, at, role, subject, proof, action, object_kind, object_id, purpose FROM audit_entry ORDER BY sequence",
    )
    .fetch_all(&mut raw)
    .await
    .unwrap();
    let calls: Vec<String> = sqlx::query_scalar("SELECT transaction_id FROM audit_entry ORDER BY sequence")
        .fetch_all(&mut raw)
        .await
        .unwrap();
    let (mut previous, mut last) = (CHAIN_START, 0);
    for (row, transaction_id) in rows.into_iter().zip(calls) {
        last += 1;
        let record = AuditRecord {
            sequence: last,
            at: Timestamp::from_millisecond(row.1).unwrap(),
            role: row.2,
            subject: row.3,
            proof: row.4,
            action: row.5,
            object_kind: row.6,
            object_id: row.7,
            purpose: row.8,
            transaction_id,
        };
        previous = record.digest(&previous);
        sqlx::query("UPDATE audit_entry SET sequence = $1, digest = $2 WHERE sequence = $3")
            .bind(last)
            .bind(previous.to_vec())
            .bind(row.0)
            .execute(&mut raw)
            .await
            .unwrap();
    }
    sqlx::query("UPDATE audit_head SET last_sequence = $1, digest = $2")
        .bind(last)
        .bind(previous.to_vec())
        .execute(&mut raw)
        .await
        .unwrap();
    raw.close().await.unwrap();
}

/// The database as a version before the proofs left it: no MAC, no mark, the audit without a key, the vault's old check value.
pub async fn as_before_proofs(ground: &Ground) {
    chain_anew(ground, 0).await;
    without_proofs(ground).await;
    let vault = Vault::open_or_make(ground.folder.path(), &Entropy::System, start()).unwrap();
    let place = Place {
        table: "vault_check",
        column: "sealed",
        row: "1",
    };
    let sealed = vault.seal(place, b"fleksport", &Entropy::System).unwrap();
    let mut raw = ground.raw().await;
    sqlx::query("UPDATE vault_check SET sealed = $1")
        .bind(sealed)
        .execute(&mut raw)
        .await
        .unwrap();
    raw.close().await.unwrap();
}

/// What somebody can do who may write to the database but has no keys.
async fn without_proofs(ground: &Ground) {
    for table in [
        "submission",
        "report",
        "credential",
        "session",
        "municipality_feed",
        "audit_head",
    ] {
        ground.execute(&format!("UPDATE {table} SET bound = NULL")).await;
    }
    ground.execute("UPDATE report SET state_bound = NULL").await;
    ground.execute("DELETE FROM proof_mark; DELETE FROM moment").await;
}

async fn fault(store: &Store) -> Option<ChainFault> {
    store.audit_verify().await.unwrap().fault
}

async fn taken(store: &Store, key: &str, code: &str) -> ReportId {
    let taken = store.take_in(intake(key, vec![report(code)])).await.unwrap();
    taken.submission.reports[0].id
}

async fn opened_again(ground: &Ground) -> Result<Store, StoreError> {
    let vault = Vault::open_or_make(ground.folder.path(), &Entropy::System, start()).unwrap();
    let clock = ground.clock.clone();
    Store::open(&ground.settings, ground.folder.path(), vault, clock, Entropy::System).await
}

on_both! {
    async fn an_entry_taken_out_is_found_though_the_chain_was_computed_anew(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c", "d"] {
            taken(&store, key, "0101").await;
        }
        assert_eq!(fault(&store).await, None);
        chain_anew(&ground, 2).await;
        assert_eq!(fault(&store).await, Some(ChainFault::Changed(1)));
    }

    async fn an_end_cut_off_is_found_and_going_on_does_not_heal_it(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c"] {
            taken(&store, key, "0101").await;
        }
        ground.execute(audit_unlocked(ground.kind)).await;
        ground.execute("UPDATE audit_head SET last_sequence = 2, digest = (SELECT digest FROM audit_entry WHERE sequence = 2)").await;
        ground.execute("DELETE FROM audit_entry WHERE sequence = 3").await;
        assert_eq!(fault(&store).await, Some(ChainFault::Head(2)));
        taken(&store, "d", "0101").await;
        assert_eq!(fault(&store).await, Some(ChainFault::Head(3)));
        assert_eq!(store.unreadable(10).await.unwrap().1[0].table, "audit_head");
    }

    async fn a_mark_that_was_moved_is_found(ground) {
        let store = ground.store().await;
        taken(&store, "a", "0101").await;
        ground.execute("UPDATE proof_mark SET keyed_from = 100").await;
        assert_eq!(fault(&store).await, Some(ChainFault::Mark));
        assert!(opened_again(&ground).await.is_err());
    }

    async fn proofs_that_were_taken_away_are_not_given_again(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a", "0101").await;
        without_proofs(&ground).await;
        assert!(matches!(store.report(&Scope::System, id).await, Err(StoreError::BadRow { .. })));
        store.close().await;
        assert!(matches!(opened_again(&ground).await.err(), Some(StoreError::BadRow { table: "proof_mark", .. })));
    }

    async fn each_column_that_decides_who_sees_a_report_is_bound(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a", "0101").await;
        let other = taken(&store, "b", "0101").await;
        for (damage, repair) in [
            ("municipality = '0147'", "municipality = '0101'".to_owned()),
            (&*format!("employer_cvr = '{OTHER_CVR}'"), format!("employer_cvr = '{CVR}'")),
            ("state = 'accepted'", "state = 'available'".to_owned()),
            ("state_at = state_at + 1", "state_at = state_at - 1".to_owned()),
            ("state_by_id = 'x'", "state_by_id = NULL".to_owned()),
            ("state_detail = 'x'", "state_detail = NULL".to_owned()),
            ("version = 7", "version = 1".to_owned()),
            (&*format!("corrects_id = '{other}', correction_action = 'withdraw'"), "corrects_id = NULL, correction_action = NULL".to_owned()),
        ] {
            ground.execute(&format!("UPDATE report SET {damage} WHERE id = '{id}'")).await;
            let refused = store.report(&Scope::System, id).await;
            assert!(matches!(refused, Err(StoreError::BadRow { table: "report", .. })), "{damage}");
            let checked = store.verify_contents().await.unwrap();
            assert_eq!((checked.faulty, checked.faults[0].row.as_str()), (1, id.to_string().as_str()), "{damage}");
            ground.execute(&format!("UPDATE report SET {repair} WHERE id = '{id}'")).await;
            assert!(store.report(&Scope::System, id).await.unwrap().is_some(), "{repair}");
        }
        assert_eq!(store.verify_contents().await.unwrap().faulty, 0);
        assert_eq!(store.unreadable(10).await.unwrap().0, 0, "what was put right is no longer told");
    }

    async fn one_bad_row_is_left_out_and_everything_goes_on(ground) {
        let store = ground.store().await;
        let bad = taken(&store, "a", "0101").await;
        let good = taken(&store, "b", "0101").await;
        ground.execute(&format!("UPDATE report SET sealed = route_sealed WHERE id = '{bad}'")).await;
        let code = municipality("0101");
        let page = store.feed(&code, 0, 10).await.unwrap();
        let told = page.told();
        assert_eq!(told.iter().map(ToldEntry::sequence).collect::<Vec<_>>(), [1, 2]);
        let ToldEntry::Withheld(withheld) = told[0] else { panic!("the bad one is withheld") };
        assert_eq!((withheld.report_id, withheld.previous_digest), (bad, CHAIN_START));
        assert_eq!(page.entries[0].previous_digest, withheld.digest, "the line stays whole");
        let snapshot = store.snapshot(&code, 2, 0, 1).await.unwrap();
        assert_eq!((snapshot.entries.len(), snapshot.withheld.len(), snapshot.has_more), (0, 1, true));
        let inbox = store.inbox(&code, &Default::default(), PageRequest::first(10)).await.unwrap();
        assert_eq!(inbox.items.iter().map(|item| item.report.id).collect::<Vec<_>>(), [good]);
        acknowledge(&store, "0101", 2).await.unwrap();
        store.ping().await.unwrap();
        let (count, rows) = store.unreadable(10).await.unwrap();
        assert_eq!((count, rows[0].row.as_str()), (1, bad.to_string().as_str()));
        assert!(store.report(&Scope::System, bad).await.is_err());
    }

    async fn a_row_that_was_edited_does_not_get_a_proof_by_being_fetched(ground) {
        let store = ground.store().await;
        let bad = taken(&store, "a", "0101").await;
        let good = taken(&store, "b", "0101").await;
        ground.execute(&format!("UPDATE report SET version = 5 WHERE id = '{bad}'")).await;
        acknowledge(&store, "0101", 2).await.unwrap();
        assert!(store.report(&Scope::System, bad).await.is_err());
        let fetched = store.report(&Scope::System, good).await.unwrap().unwrap();
        assert!(matches!(fetched.report.state, ReportState::Fetched { .. }));
        assert_eq!(fetched.report.version, 2);
    }

    async fn a_key_or_login_that_was_edited_opens_nothing(ground) {
        let store = ground.store().await;
        let until = start() + SignedDuration::from_hours(24);
        let make = || store.credential_create(Holder::Municipality(municipality("0101")), until, Actor::operator());
        let (key, other) = (make().await.unwrap(), make().await.unwrap());
        let day = std::time::Duration::from_secs(86_400);
        let login = store.session_begin(Holder::Employer(cvr(CVR)), day, day).await.unwrap();
        assert!(store.caller_of_key(key.key.expose(), start()).await.unwrap().is_some());
        for damage in ["role = 'operator', subject = NULL", "subject = '0147'", "expires_at = expires_at + 1"] {
            ground.execute(&format!("UPDATE credential SET {damage} WHERE id = '{}'", key.id)).await;
            assert!(store.caller_of_key(key.key.expose(), start()).await.unwrap().is_none(), "{damage}");
        }
        let listed = store.credentials(PageRequest::first(10)).await.unwrap();
        assert_eq!(listed.items.iter().map(|item| item.id).collect::<Vec<_>>(), [other.id]);

        assert!(store.credential_revoke(other.id, Actor::operator()).await.unwrap());
        let revoked = store.credentials(PageRequest::first(10)).await.unwrap();
        assert!(revoked.items[0].revoked_at.is_some(), "a revoked one proves itself too");
        ground.execute(&format!("UPDATE credential SET revoked_at = NULL WHERE id = '{}'", other.id)).await;
        assert!(store.caller_of_key(other.key.expose(), start()).await.unwrap().is_none(), "it can't be woken");

        let session = store.session_find(login.token.expose(), start()).await.unwrap().unwrap();
        store.session_end(&session).await.unwrap();
        ground.execute("UPDATE session SET ended_at = NULL").await;
        assert!(store.session_find(login.token.expose(), start()).await.unwrap().is_none());
        let checked = store.verify_credentials().await.unwrap();
        assert_eq!((checked.rows, checked.faulty), (3, 3));
    }

    async fn a_feed_that_was_changed_is_found(ground) {
        let store = ground.store().await;
        for key in ["a", "b", "c"] {
            taken(&store, key, "0101").await;
        }
        assert_eq!(store.verify_chains().await.unwrap().faulty, 0);
        ground.execute("UPDATE municipality_feed SET last_sequence = 2").await;
        assert!(store.verify_chains().await.unwrap().faulty > 0);
    }

    async fn what_an_older_version_wrote_gets_its_proofs_once(ground) {
        let store = ground.store().await;
        let id = taken(&store, "a", "0101").await;
        taken(&store, "b", "0147").await;
        let until = start() + SignedDuration::from_hours(24);
        let key = store.credential_create(Holder::Kl, until, Actor::operator()).await.unwrap();
        store.close().await;
        as_before_proofs(&ground).await;

        let (one, other) = tokio::join!(ground.store(), ground.store());
        for store in [&one, &other] {
            assert!(store.report(&Scope::System, id).await.unwrap().is_some());
            assert!(store.caller_of_key(key.key.expose(), start()).await.unwrap().is_some());
            assert_eq!(fault(store).await, None);
        }
        assert_eq!(one.verify_contents().await.unwrap().faulty, 0);
        assert_eq!(one.verify_chains().await.unwrap().faulty, 0);
        assert_eq!(ground.count("SELECT keyed_from FROM proof_mark").await, 4);
        acknowledge(&one, "0101", 1).await.unwrap();
        assert_eq!(fault(&other).await, None, "keyed entries follow those without a key");
        chain_anew(&ground, 1).await;
        assert!(fault(&one).await.is_some());
        assert_eq!(ground.count("SELECT COUNT(*) FROM report WHERE bound IS NULL OR state_bound IS NULL").await, 0);
    }
}
