use fleksport::{audit::ChainFault, record::CHAIN_START, store::Store};

use crate::{
    fixture::*,
    ground::{Ground, Kind, on_both},
};

/// The triggers stop everybody but somebody who may change the tables.
fn without_triggers(kind: Kind, sql: &str) -> String {
    match kind {
        Kind::Sqlite => format!("DROP TRIGGER audit_entry_no_update; DROP TRIGGER audit_entry_no_delete; {sql}"),
        Kind::Postgres => format!("ALTER TABLE audit_entry DISABLE TRIGGER ALL; {sql}"),
    }
}

async fn with_entries(ground: &Ground, count: usize) -> Store {
    let store = ground.store().await;
    for key in 0..count {
        store
            .take_in(intake(&format!("{key}"), vec![report("0101")]))
            .await
            .unwrap();
    }
    store
}

on_both! {
    async fn an_untouched_audit_holds(ground) {
        let store = with_entries(&ground, 5).await;
        let report = store.audit_verify().await.unwrap();
        assert_eq!((report.entries, report.fault), (5, None));
        assert_ne!(report.head, CHAIN_START);
    }

    async fn an_empty_audit_holds(ground) {
        let report = ground.store().await.audit_verify().await.unwrap();
        assert_eq!((report.entries, report.head, report.fault), (0, CHAIN_START, None));
    }

    async fn a_changed_entry_is_found(ground) {
        let store = with_entries(&ground, 5).await;
        ground.execute(&without_triggers(ground.kind, "UPDATE audit_entry SET subject = '24256790' WHERE sequence = 3")).await;
        assert_eq!(store.audit_verify().await.unwrap().fault, Some(ChainFault::Changed(3)));
    }

    async fn a_removed_entry_is_found(ground) {
        let store = with_entries(&ground, 5).await;
        ground.execute(&without_triggers(ground.kind, "DELETE FROM audit_entry WHERE sequence = 2")).await;
        assert_eq!(store.audit_verify().await.unwrap().fault, Some(ChainFault::Missing(2)));
    }

    async fn a_cut_off_end_is_found(ground) {
        let store = with_entries(&ground, 5).await;
        ground.execute(&without_triggers(ground.kind, "DELETE FROM audit_entry WHERE sequence > 3")).await;
        assert_eq!(store.audit_verify().await.unwrap().fault, Some(ChainFault::CutOff(3)));
    }
}
