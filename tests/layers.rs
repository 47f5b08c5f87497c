//! The rooms are kept apart by reading the sources: what is pure stays pure, SQL stands in one room, status codes in one room, and
//! time and randomness have one door each.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rooms and files that take values and give values.
const PURE: [&str; 16] = [
    "value",
    "reference",
    "retry_after.rs",
    "form",
    "record",
    "receive",
    "validate",
    "route.rs",
    "calculate",
    "receipt",
    "notify/message.rs",
    "notify/mod.rs",
    "access",
    "audit.rs",
    "ping/message.rs",
    "ping/secret.rs",
];
/// Most lines of one file.
const LONGEST_FILE: usize = 600;

struct Source {
    /// Below `src`, with `/` between the parts.
    name: String,
    text: String,
}

impl Source {
    fn is_in(&self, room: &str) -> bool {
        self.name == room || self.name.strip_prefix(room).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The lines of code that name `word` as a whole word; comments may name anything.
    fn lines_naming(&self, word: &str) -> Vec<String> {
        let naming = self.text.lines().enumerate().filter(|(_, line)| names(line, word));
        naming
            .map(|(at, line)| format!("src/{}:{}: {}", self.name, at + 1, line.trim()))
            .collect()
    }
}

/// A crate or type is named where the word stands alone: `sqlx::query`, `use sqlx`, but not `my_sqlx`.
fn names(line: &str, word: &str) -> bool {
    let code = line.trim_start();
    if code.starts_with("//") {
        return false;
    }
    let code = code.split(" // ").next().unwrap_or(code);
    let part_of_word = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)
            .expect("the sources are here")
            .map(|entry| entry.unwrap().path())
        {
            match entry.extension().and_then(|ending| ending.to_str()) {
                None if entry.is_dir() => folders.push(entry),
                Some("rs") => found.push(source(&root, &entry)),
                _ => {}
            }
        }
    }
    assert!(found.len() > 100, "only {} sources were found", found.len());
    found
}

fn source(root: &Path, path: &PathBuf) -> Source {
    let parts: Vec<_> = path
        .strip_prefix(root)
        .unwrap()
        .iter()
        .map(|part| part.to_str().unwrap())
        .collect();
    Source {
        name: parts.join("/"),
        text: fs::read_to_string(path).unwrap(),
    }
}

/// Fails with every place where one of `words` is named outside the rooms that may.
fn only_in(rooms: &[&str], words: &[&str]) {
    let outside: Vec<_> = sources()
        .into_iter()
        .filter(|source| !rooms.iter().any(|room| source.is_in(room)))
        .collect();
    let found: Vec<_> = outside
        .iter()
        .flat_map(|source| words.iter().flat_map(|word| source.lines_naming(word)))
        .collect();
    assert!(
        found.is_empty(),
        "{words:?} may be named in {rooms:?} only:\n{}",
        found.join("\n")
    );
    let inside = sources()
        .into_iter()
        .filter(|source| rooms.iter().any(|room| source.is_in(room)));
    let inside: Vec<_> = inside
        .flat_map(|source| {
            words
                .iter()
                .flat_map(|word| source.lines_naming(word))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        !inside.is_empty(),
        "{words:?} is named nowhere any more: the rule guards nothing"
    );
}

#[test]
fn pure_rooms_know_no_web_no_database_no_mail_and_no_runtime() {
    let all = sources();
    for room in PURE {
        assert!(all.iter().any(|source| source.is_in(room)), "there is no room {room}");
    }
    let pure = all.iter().filter(|source| PURE.iter().any(|room| source.is_in(room)));
    let found: Vec<_> = pure
        .flat_map(|source| ["axum", "sqlx", "lettre", "tokio", "reqwest", "ureq"].map(|word| source.lines_naming(word)))
        .flatten()
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn pure_rooms_touch_no_file_no_network_and_no_environment() {
    let all = sources();
    let pure = all.iter().filter(|source| PURE.iter().any(|room| source.is_in(room)));
    let found: Vec<_> = pure
        .flat_map(|source| ["std::fs", "std::net", "std::env", "std::process"].map(|word| source.lines_naming(word)))
        .flatten()
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_store_speaks_sql() {
    only_in(&["store"], &["sqlx"]);
}

#[test]
fn only_http_knows_status_codes() {
    // The pull client and the asker of the residence register read those that others send. The gateway of the conformance kit plays the
    // service.
    only_in(
        &["http", "residence/http.rs", "conformance/gateway.rs"],
        &["StatusCode"],
    );
}

#[test]
fn only_http_and_app_know_the_web_server() {
    only_in(&["http", "app.rs", "conformance/gateway.rs"], &["axum"]);
}

#[test]
fn only_notify_sends_mail() {
    only_in(&["notify/transport.rs", "notify/smtp.rs"], &["lettre"]);
}

#[test]
fn time_and_randomness_have_one_door_each() {
    only_in(&["clock.rs"], &["Timestamp::now", "SystemTime", "ZonedDateTime::now"]);
    only_in(&["entropy.rs"], &["getrandom"]);
}

#[test]
fn no_file_is_longer_than_can_be_held_in_mind() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.text.lines().count() > LONGEST_FILE)
        .map(|source| format!("src/{}: {} lines", source.name, source.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_left_to_do_later() {
    let words = [
        "todo!",
        "unimplemented!",
        "dbg!",
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let found: Vec<_> = sources()
        .into_iter()
        .flat_map(|source| {
            let numbered = source.text.lines().enumerate();
            let left = numbered.filter(|(_, line)| words.iter().any(|word| line.contains(word)));
            left.map(|(at, line)| format!("src/{}:{}: {}", source.name, at + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
