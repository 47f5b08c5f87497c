//! What lies in the data folder, and what every command says and does about it. Real processes on SQLite; `truth_postgres` has the other
//! database, `truth_restore` what comes back from backups.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use serde_json::Value;

use crate::process::{Place, fail, read_json, submission, succeed};

pub const DATABASE: &str = "fleksport.db";
pub const KEYS: &str = "keys.toml";
pub const HIGH_WATER: &str = "high-water.json";

pub fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    entries.map(name).collect()
}

/// An installation into which something has been written.
fn used() -> Place {
    let place = Place::sqlite();
    succeed(place.command(&["init"]));
    place.employer_key();
    place
}

/// A new place with some of its files.
fn with(from: &Place, files: &[&str]) -> Place {
    let place = Place::sqlite();
    fs::create_dir(place.data()).unwrap();
    for name in files {
        fs::copy(from.data().join(name), place.data().join(name)).unwrap();
    }
    place
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn sequence(place: &Place) -> i64 {
    read_json(&place.data().join(HIGH_WATER))["audit"]["sequence"]
        .as_i64()
        .unwrap()
}

#[test]
fn a_new_installation_is_made_together_closed_to_others_and_only_once() {
    let place = Place::sqlite();
    let said = succeed(place.command(&["init"]));
    assert!(said.contains("Keep a copy"), "{said}");
    let made: Vec<_> = names(&place.data()).into_iter().collect();
    assert_eq!(made, [DATABASE, HIGH_WATER, KEYS]);
    for name in &made {
        assert_eq!(mode(&place.data().join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&place.data()), 0o700);
    let keys = fs::read(place.data().join(KEYS)).unwrap();
    let said = fail(place.command(&["init"]));
    assert!(said.contains(KEYS) && said.contains(DATABASE), "{said}");
    assert_eq!(fs::read(place.data().join(KEYS)).unwrap(), keys);
    succeed(place.command(&["verify"]));
}

#[test]
fn other_peoples_files_do_not_keep_a_new_installation_from_being_made() {
    for command in [["credential", "list"].as_slice(), &["init"], &["migrate"]] {
        let place = Place::sqlite();
        fs::create_dir(place.data()).unwrap();
        fs::write(place.data().join("c.toml"), "").unwrap();
        succeed(place.command(command));
        assert!(names(&place.data()).contains(KEYS), "{command:?}");
    }
}

#[test]
fn part_of_an_installation_is_refused_with_what_is_there_and_what_is_missing_and_left_alone() {
    let whole = used();
    let all = [DATABASE, KEYS, HIGH_WATER];
    for chosen in 1..8_u32 {
        let files: Vec<&str> = (0..3).filter(|at| chosen & (1 << at) != 0).map(|at| all[at]).collect();
        let place = with(&whole, &files);
        if files.len() == 3 {
            succeed(place.command(&["credential", "list"]));
            continue;
        }
        let before = names(&place.data());
        for command in [
            ["serve", "--listen", "127.0.0.1:0"].as_slice(),
            &["credential", "list"],
            &["migrate"],
            &["verify"],
            &["init"],
        ] {
            if files == [DATABASE, KEYS] && matches!(command[0], "verify" | "migrate") {
                continue; // said below
            }
            let said = fail(place.command(command));
            let named = files.iter().filter(|name| said.contains(**name)).count();
            if files == [DATABASE, KEYS] && command[0] != "init" {
                assert!(
                    said.contains(HIGH_WATER) && said.contains("verify --accept"),
                    "{command:?}: {said}"
                );
            } else {
                assert_eq!(named, files.len(), "{command:?} with {files:?}: {said}");
            }
            for missing in [DATABASE, KEYS]
                .iter()
                .filter(|name| command[0] != "init" && !files.contains(name))
            {
                assert!(
                    said.contains(&format!("no {missing}")) || said.contains(&format!("and {missing}")),
                    "{said}"
                );
            }
        }
        let after: BTreeSet<_> = names(&place.data())
            .into_iter()
            .filter(|name| !name.contains(".db-"))
            .collect();
        assert_eq!(after, before, "{files:?}");
    }
}

#[test]
fn what_sqlite_leaves_beside_a_database_that_is_gone_is_no_empty_folder() {
    let whole = used();
    let place = with(&whole, &[]);
    fs::write(place.data().join("fleksport.db-wal"), "x").unwrap();
    let said = fail(place.command(&["credential", "list"]));
    assert!(
        said.contains("fleksport.db-wal") && said.contains("no keys.toml and fleksport.db"),
        "{said}"
    );
    assert_eq!(names(&place.data()).len(), 1);
}

#[test]
fn a_making_that_broke_off_is_finished_or_begun_anew() {
    let made = Place::sqlite();
    succeed(made.command(&["init"]));
    // Everything was there but the last name.
    let place = with(&made, &[KEYS]);
    fs::copy(made.data().join(DATABASE), place.data().join("fleksport.db.new")).unwrap();
    let keys = fs::read(place.data().join(KEYS)).unwrap();
    succeed(place.command(&["credential", "list"]));
    assert_eq!(fs::read(place.data().join(KEYS)).unwrap(), keys);
    assert_eq!(names(&place.data()).len(), 3);
    // Only drafts: they count for nothing.
    let place = with(&made, &[]);
    for name in ["keys.toml.new", "fleksport.db.new", "fleksport.db.new-wal"] {
        fs::write(place.data().join(name), "half").unwrap();
    }
    succeed(place.command(&["init"]));
    assert_eq!(names(&place.data()).len(), 3);
    // No high-water file yet, and nothing written.
    let place = with(&made, &[KEYS, DATABASE]);
    succeed(place.command(&["credential", "list"]));
    assert_eq!(names(&place.data()).len(), 3);
}

#[test]
fn an_exchanged_index_key_refuses_the_start() {
    let (place, other) = (used(), used());
    let path = place.data().join(KEYS);
    let line = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .find(|line| line.starts_with("index_key"))
            .unwrap()
            .to_owned()
    };
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&line(&path), &line(&other.data().join(KEYS)))).unwrap();
    for command in [
        ["serve", "--listen", "127.0.0.1:0"].as_slice(),
        &["doctor"],
        &["verify"],
    ] {
        let said = fail(place.command(command));
        assert!(said.contains("index key"), "{said}");
    }
}

#[test]
fn files_that_others_can_read_are_refused_with_the_cure() {
    let place = used();
    for name in [DATABASE, KEYS, HIGH_WATER] {
        let path = place.data().join(name);
        set_mode(&path, 0o640);
        let said = fail(place.command(&["credential", "list"]));
        assert!(said.contains(&format!("chmod 600 {}", path.display())), "{said}");
        set_mode(&path, 0o600);
    }
    succeed(place.command(&["credential", "list"]));
}

#[test]
fn an_open_folder_of_our_own_is_closed_and_told_and_a_shared_one_refused() {
    let place = used();
    set_mode(&place.data(), 0o755);
    let output = place.command(&["credential", "list"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("0700"), "{said}");
    assert_eq!(mode(&place.data()), 0o700);

    let shared = Place::sqlite();
    fs::create_dir(shared.data()).unwrap();
    fs::set_permissions(shared.data(), fs::Permissions::from_mode(0o1777)).unwrap();
    let said = fail(shared.command(&["init"]));
    assert!(said.contains("used by others"), "{said}");
    assert_eq!((mode(&shared.data()), names(&shared.data()).len()), (0o777, 0));
    let mut top = std::process::Command::new(env!("CARGO_BIN_EXE_fleksport"));
    top.args(["init", "--data", "/"]);
    let before = mode(Path::new("/"));
    fail(top);
    assert_eq!(mode(Path::new("/")), before);
}

#[test]
fn a_folder_that_is_anothers_is_refused() {
    let place = used();
    let given_away = std::os::unix::fs::chown(place.data(), Some(65_534), None);
    if given_away.is_err() {
        return; // only root may give a folder away, and only then is there one to refuse
    }
    let said = fail(place.command(&["credential", "list"]));
    assert!(said.contains("another user (uid 65534)"), "{said}");
}

#[test]
fn what_cannot_be_a_folder_or_a_file_is_told_by_its_name_and_reason() {
    let place = Place::sqlite();
    fs::write(place.data(), "").unwrap();
    let said = fail(place.command(&["init"]));
    assert!(
        said.contains(place.data().to_str().unwrap()) && said.contains("a file in the place"),
        "{said}"
    );

    let place = Place::sqlite();
    fs::create_dir_all(place.data().join(DATABASE)).unwrap();
    fs::write(place.data().join(KEYS), "").unwrap();
    let said = fail(place.command(&["credential", "list"]));
    assert!(said.contains("a folder in its place"), "{said}");

    // Nobody, root included, makes a folder here.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fleksport"));
    command.args(["init", "--data", "/proc/fleksport"]);
    let said = fail(command);
    assert!(
        said.contains("/proc/fleksport") && said.contains("can't be made"),
        "{said}"
    );
}

#[tokio::test]
async fn a_journal_that_is_gone_after_a_kill_is_noticed() {
    let place = used();
    let node = place.serve();
    let before = sequence(&place);
    for _ in 0..3 {
        place.employer_key();
    }
    assert_eq!(
        sequence(&place),
        before + 3,
        "a command beside the service has written it down"
    );
    let file = place.file("a.json", &submission(&["0101"]).to_string());
    succeed(place.command(&["submit", &file]));
    node.kill();
    succeed(place.command(&["verify"]));
    let node = place.serve();
    place.employer_key();
    node.kill();
    for ending in ["-wal", "-shm"] {
        fs::remove_file(place.data().join(format!("{DATABASE}{ending}"))).unwrap();
    }
    let said = fail(place.command(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(
        said.contains("not the newest") && said.contains("1 entries are missing"),
        "{said}"
    );
}

#[tokio::test]
async fn a_running_service_writes_down_how_far_it_has_come_and_never_goes_back() {
    let place = used();
    let node = place.serve();
    let before = sequence(&place);
    let body = submission(&["0101"]);
    let key = place.employer_key();
    let call = crate::process::client()
        .post(format!("{}/api/v1/submissions", node.url))
        .bearer_auth(&key)
        .header("idempotency-key", "truth")
        .json(&body);
    assert_eq!(call.send().await.unwrap().status(), 201);
    let mut left = 100;
    while sequence(&place) < before + 2 {
        left -= 1;
        assert!(left > 0, "it was not written down");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let written: Value = read_json(&place.data().join(HIGH_WATER));
    assert_eq!(written["feeds"]["0101"]["sequence"], 1);
    node.stop();
    succeed(place.command(&["verify"]));
}
