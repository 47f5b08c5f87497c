//! Keys and a PostgreSQL database that belong together, over several nodes. Real processes.

use std::{fs, os::unix::fs::DirBuilderExt};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    process::{Place, fail, succeed},
    truth::{HIGH_WATER, KEYS, names},
};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A further node, with some files of the first.
fn node(of: &Place, files: &[&str]) -> Place {
    let place = Place {
        database_url: of.database_url.clone(),
        ..Place::sqlite()
    };
    fs::DirBuilder::new().mode(0o700).create(place.data()).unwrap();
    for name in files {
        fs::copy(of.data().join(name), place.data().join(name)).unwrap();
    }
    place
}

async fn execute(place: &Place, sql: &str) {
    let mut connection = PgConnection::connect(place.database_url.as_ref().unwrap())
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_empty_database_gets_one_sentence_and_leaves_no_key_file() {
    let place = Place::empty_postgres("truth_empty").await;
    let said = fail(place.command(&SERVE));
    assert!(said.contains("run `fleksport migrate`"), "{said}");
    assert!(!place.data().exists());
    // With only a settings file in the folder, keys and tables are made together.
    fs::DirBuilder::new().mode(0o700).create(place.data()).unwrap();
    fs::write(place.data().join("c.toml"), "").unwrap();
    succeed(place.command(&["migrate"]));
    assert_eq!(names(&place.data()).len(), 3, "{:?}", names(&place.data()));
    succeed(place.command(&["migrate"]));
    place.serve().kill();
    succeed(place.command(&["verify"]));
    let said = fail(place.command(&["init"]));
    assert!(said.contains(KEYS), "{said}");
}

#[tokio::test]
async fn a_further_node_brings_the_keys_and_one_without_them_is_refused() {
    let first = Place::postgres("truth_nodes").await;
    first.employer_key();
    let second = node(&first, &[KEYS]);
    second.serve().kill();
    second.employer_key();
    assert!(names(&second.data()).contains(HIGH_WATER));
    succeed(first.command(&["verify"]));

    for command in [SERVE.as_slice(), &["migrate"], &["credential", "list"]] {
        let third = node(&first, &[]);
        let said = fail(third.command(command));
        assert!(said.contains("no keys.toml"), "{command:?}: {said}");
        assert_eq!(names(&third.data()).len(), 0);
    }
    let foreign = Place::sqlite();
    succeed(foreign.command(&["init"]));
    let fourth = node(&first, &[]);
    fs::copy(foreign.data().join(KEYS), fourth.data().join(KEYS)).unwrap();
    let said = fail(fourth.command(&SERVE));
    assert!(said.contains("belongs to another database"), "{said}");
}

#[tokio::test]
async fn an_emptied_database_beside_what_was_written_down_is_refused() {
    let place = Place::postgres("truth_gone").await;
    place.employer_key();
    execute(&place, "DROP SCHEMA truth_gone CASCADE; CREATE SCHEMA truth_gone").await;
    for command in [SERVE.as_slice(), &["migrate"], &["init"]] {
        let said = fail(place.command(command));
        assert!(said.contains(HIGH_WATER), "{command:?}: {said}");
    }
    // A further node that was never there and has only the keys is sent to `migrate`.
    let said = fail(node(&place, &[KEYS]).command(&SERVE));
    assert!(said.contains("run `fleksport migrate`"), "{said}");
}

#[tokio::test]
async fn a_making_that_broke_off_between_mark_and_keys_is_finished() {
    let place = Place::postgres("truth_broke_off").await;
    fs::rename(place.data().join(KEYS), place.data().join("keys.toml.new")).unwrap();
    fs::remove_file(place.data().join(HIGH_WATER)).unwrap();
    fail(place.command(&SERVE));
    succeed(place.command(&["migrate"]));
    place.serve().kill();
    assert_eq!(names(&place.data()).len(), 3, "{:?}", names(&place.data()));
}

#[tokio::test]
async fn a_database_of_another_schema_is_refused_with_the_cure() {
    let place = Place::postgres("truth_schema").await;
    execute(
        &place,
        "CREATE TEMP TABLE kept AS SELECT 1; UPDATE _sqlx_migrations SET success = FALSE WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    )
    .await;
    let said = fail(place.command(&SERVE));
    assert!(said.contains("run `fleksport migrate`"), "{said}");
    execute(
        &place,
        "UPDATE _sqlx_migrations SET success = TRUE; INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', TRUE, '\\x00', 1)",
    )
    .await;
    let said = fail(place.command(&SERVE));
    assert!(
        said.contains("of schema 9999") && said.contains("newer version"),
        "{said}"
    );
}

#[tokio::test]
async fn rows_that_are_gone_are_noticed_at_the_next_start() {
    let place = Place::postgres("truth_older").await;
    place.employer_key();
    // As an older copy of the whole database would have it.
    execute(&place, "CREATE TABLE older AS SELECT * FROM audit_head").await;
    place.employer_key();
    execute(
        &place,
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL; DELETE FROM audit_entry WHERE sequence = 2;
         DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM older; DROP TABLE older;
         ALTER TABLE audit_entry ENABLE TRIGGER ALL",
    )
    .await;
    let said = fail(place.command(&SERVE));
    assert!(
        said.contains("not the newest") && said.contains("the audit ends at entry 1"),
        "{said}"
    );
    let said = succeed(place.command(&["verify", "--accept", "tried out"]));
    assert!(
        said.contains("fault  newest database") && said.contains("accepted"),
        "{said}"
    );
    place.serve().kill();
}
