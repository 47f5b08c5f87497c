use std::collections::BTreeMap;

use fleksport::store::Store;

use crate::ground::{Ground, Kind, on_both, run};

type Tables = BTreeMap<String, BTreeMap<String, String>>;

/// Each table with its columns and their types, in words that both databases share.
async fn tables(ground: &Ground) -> Tables {
    let sql = match ground.kind {
        Kind::Sqlite => {
            "SELECT m.name AS t, c.name AS c, lower(c.type) || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END AS k
             FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'"
        }
        Kind::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c,
                data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS k
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let mut connection = ground.raw().await;
    let rows: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    let mut tables = Tables::new();
    for (table, column, kind) in rows {
        let kind = kind
            .replace("blob", "bytes")
            .replace("bytea", "bytes")
            .replace("integer", "bigint");
        tables.entry(table).or_default().insert(column, kind);
    }
    tables
}

on_both! {
    bare
    async fn migrating_twice_and_at_once_is_safe(ground) {
        let settings = &ground.settings;
        Store::migrate(settings, ground.folder.path()).await.unwrap();
        let before = tables(&ground).await;
        Store::migrate(settings, ground.folder.path()).await.unwrap();
        let (one, other) =
            tokio::join!(Store::migrate(settings, ground.folder.path()), Store::migrate(settings, ground.folder.path()));
        one.unwrap();
        other.unwrap();
        assert_eq!(tables(&ground).await, before);
        ground.store().await.ping().await.unwrap();
    }

    async fn a_database_without_tables_is_refused_at_the_start(ground) {
        let vault = fleksport::vault::Vault::open_or_make(
            ground.folder.path(),
            &fleksport::entropy::Entropy::System,
            crate::ground::start(),
        );
        let opened = Store::open(
            &ground.settings,
            ground.folder.path(),
            vault.unwrap(),
            ground.clock.clone(),
            fleksport::entropy::Entropy::System,
        );
        assert!(opened.await.is_err());
    }
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let found = std::sync::Mutex::new(Vec::new());
    for kind in [Kind::Sqlite, Kind::Postgres] {
        run(kind, true, async |ground| {
            let tables = tables(&ground).await;
            found.lock().unwrap().push(tables);
        });
    }
    let found = found.into_inner().unwrap();
    assert!(found[0].len() >= 11, "{:?}", found[0].keys());
    assert_eq!(found[0], found[1]);
}

/// A merged migration never changes: what is out there has been made with it. New files get new numbers, the same on both sides.
#[test]
fn migrations_are_numbered_without_a_gap_and_alike_on_both_sides() {
    let names = |folder: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert_eq!(sqlite, postgres);
    for (name, due) in sqlite.iter().zip(1..) {
        assert!(name.starts_with(&format!("{due:04}_")), "{name}");
    }
}
