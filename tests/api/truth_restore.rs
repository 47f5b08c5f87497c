//! Backups: what is in them, how they are proven, and what becomes of a database that is put back from one.

use std::{fs, path::Path};

use fleksport::{
    access::Scope, audit::Actor, clock::Clock, entropy::Entropy, start, store::Store, value::SubmissionId,
    worker::retention,
};
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use crate::{
    process::{Place, fail, submission, succeed},
    support::{NOW, TestApp},
    truth::{DATABASE, HIGH_WATER, KEYS, names},
};

fn path(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

fn sent(place: &Place, municipality: &str) {
    let file = place.file("a.json", &submission(&[municipality]).to_string());
    succeed(place.command(&["submit", &file]));
}

#[test]
fn a_backup_is_proven_and_holds_no_keys_beside_the_database() {
    let place = Place::sqlite();
    let node = place.serve();
    sent(&place, "0101");
    let (out, keys) = (place.folder.path().join("copy"), place.folder.path().join("keys"));
    let inside = out.join("keys");
    for nested in [&out, &inside, &place.folder.path().to_owned()] {
        let said = fail(place.command(&["backup", "--out", path(&out), "--keys-out", path(nested)]));
        assert!(said.contains("not beside or inside"), "{said}");
        assert!(!out.join(DATABASE).exists());
    }
    let said = succeed(place.command(&["backup", "--out", path(&out)]));
    assert!(
        said.contains("the file is whole") && said.contains("1 entries in 1 feeds"),
        "{said}"
    );
    assert_eq!(
        names(&out)
            .into_iter()
            .filter(|name| name != "keys")
            .collect::<Vec<_>>(),
        [DATABASE]
    );
    assert!(fail(place.command(&["backup", "--out", path(&out)])).contains("already there"));

    sent(&place, "0147");
    let second = place.folder.path().join("second");
    succeed(place.command(&["backup", "--out", path(&second), "--keys-out", path(&keys)]));
    node.stop();
    assert_eq!(names(&keys).into_iter().collect::<Vec<_>>(), [HIGH_WATER, KEYS]);

    // Database and keys put together in another folder are an installation again.
    let restored = Place::sqlite();
    fs::create_dir(restored.data()).unwrap();
    for (from, name) in [(&second, DATABASE), (&keys, KEYS), (&keys, HIGH_WATER)] {
        fs::copy(from.join(name), restored.data().join(name)).unwrap();
    }
    let said = succeed(restored.command(&["verify"]));
    assert!(said.contains("2 entries in 2 feeds, unbroken"), "{said}");
    restored.serve().kill();
}

#[tokio::test]
async fn a_copy_that_is_not_sound_is_told() {
    let place = Place::sqlite();
    sent(&place, "0101");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path(&place.data().join(DATABASE))))
        .await
        .unwrap();
    let damage = "DROP TRIGGER feed_entry_no_update; UPDATE feed_entry SET appended_at = 1";
    sqlx::raw_sql(damage).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let out = place.folder.path().join("copy");
    let said = fail(place.command(&["backup", "--out", path(&out)]));
    assert!(
        said.contains("not sound") && said.contains("feed of 0101 was changed"),
        "{said}"
    );
    let output = place.command(&["verify"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("fault  feeds"));
}

#[tokio::test]
async fn an_older_database_is_refused_until_somebody_says_that_it_is_meant() {
    let place = Place::sqlite();
    sent(&place, "0101");
    let out = place.folder.path().join("copy");
    succeed(place.command(&["backup", "--out", path(&out)]));
    sent(&place, "0147");
    fs::copy(out.join(DATABASE), place.data().join(DATABASE)).unwrap();
    for command in [
        ["serve", "--listen", "127.0.0.1:0"].as_slice(),
        &["credential", "list"],
        &["doctor"],
    ] {
        let said = fail(place.command(command));
        for told in [
            "not the newest",
            "1 entries are missing",
            "the feed of 0147 ends at entry 0",
            "verify --accept",
        ] {
            assert!(said.contains(told), "{told}: {said}");
        }
    }
    let looked = place.command(&["verify"]).output().unwrap();
    assert_eq!(looked.status.code(), Some(1));
    assert!(
        String::from_utf8(looked.stdout)
            .unwrap()
            .contains("fault  newest database")
    );
    let refused = place.command(&["verify", "--accept", "a\nb"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));

    let said = succeed(place.command(&["verify", "--accept", "the disk of Nancy broke"]));
    assert!(said.contains("accepted as the newest database"), "{said}");
    place.serve().kill();
    assert!(
        fs::read_to_string(place.data().join("accepted.log"))
            .unwrap()
            .contains("of Nancy broke")
    );
    let database = fs::read(place.data().join(DATABASE)).unwrap();
    let holds = |text: &[u8]| database.windows(text.len()).any(|part| part == text);
    assert!(holds(b"restore_accepted") && !holds(b"of Nancy broke"));
    succeed(place.command(&["verify"]));
}

#[tokio::test]
async fn what_had_been_deleted_is_gone_again_before_a_restored_database_is_opened() {
    let app = TestApp::start_with("[retention]\nreport_days = 400").await;
    let answer = app.taken_in().await;
    let id: SubmissionId = answer["submission_id"].as_str().unwrap().parse().unwrap();
    let up_to = json!({"up_to_sequence": 1});
    let acknowledged = app
        .post("/api/v1/municipalities/0101/acknowledgements", &app.copenhagen, &up_to)
        .await;
    assert_eq!(acknowledged.0, StatusCode::CREATED);
    let config = app.running.app.config.as_ref().clone();
    while app.running.app.store.outbox_counts().await.unwrap().waiting > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join(DATABASE);
    Store::copy(&config.database, &config.data_dir, &copy).await.unwrap();
    app.clock.set(app.clock.now() + SignedDuration::from_hours(24 * 401));
    // Somebody has looked at the clock.
    app.running.app.store.accept_clock(Actor::operator()).await.unwrap();
    assert_eq!(
        retention::work_off(&app.running.app, fleksport::store::DeletionPace::Uncapped)
            .await
            .unwrap()
            .submissions,
        1
    );
    let folder = config.data_dir.clone();
    let TestApp { running, _folder, .. } = app;
    running.stop().await;
    let list = fs::read_to_string(folder.join("deleted.log")).unwrap();
    assert!(list.contains(&id.to_string()));

    fs::copy(&copy, folder.join(DATABASE)).unwrap();
    // By the clock of that day nothing is old: what goes, goes by the list.
    let clock = Clock::fixed(NOW.parse().unwrap());
    let refused = start::start(config.clone(), clock.clone(), Entropy::System).await;
    assert!(refused.err().unwrap().to_string().contains("not the newest"));
    let mut accept = std::process::Command::new(env!("CARGO_BIN_EXE_fleksport"));
    accept.args(["verify", "--accept", "tried out", "--data"]).arg(&folder);
    succeed(accept);
    let running = start::start(config, clock, Entropy::System).await.unwrap();
    let store = &running.app.store;
    assert!(store.submission(&Scope::System, id).await.unwrap().is_none());
    let ends = store.feed_ends(&"0101".parse().unwrap()).await.unwrap();
    assert_eq!((ends.floor, ends.latest), (1, 1));
    assert!(store.verify_feeds().await.unwrap().faults.is_empty());
    running.stop().await;
}
