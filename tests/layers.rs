//! The rooms are kept apart by reading the sources: what is pure stays pure, SQL stands in one room, status codes in one room, and
//! time and randomness have one door each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Rooms and files that take values and give values.
const PURE: [&str; 17] = [
    "value",
    "reference",
    "finding",
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

/// The map that people read.
const MAP: &str = include_str!("../docs/architecture.md");

/// Which rooms each room may use, by the table in `docs/architecture.md`. Rows of folders inside a room are for the reader.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let rows = MAP.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let rooms = rows.filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [room, .., may_use] = cells.as_slice() else {
            panic!("a row has too few cells: {line}")
        };
        let room = room.trim_matches('`').strip_prefix("src/").expect(line);
        let room = room.strip_suffix(".rs").or(room.strip_suffix('/')).expect(line);
        let may_use = may_use.split(", ").filter(|room| *room != "nothing");
        (!room.contains('/')).then(|| (room.to_owned(), may_use.map(ToOwned::to_owned).collect()))
    });
    rooms.collect()
}

/// The rooms that code names by `crate::`, in lists too, and by climbing up to the root from a file at this depth.
fn rooms_named(code: &str, depth: usize) -> BTreeSet<String> {
    let climb = "super::".repeat(depth);
    let from_root = code.split("crate::").skip(1).chain(code.split(climb.as_str()).skip(1));
    from_root.flat_map(first_names).collect()
}

/// The first names of what is imported: `a` of `a::b`, `a` and `c` of `{a::{b}, c}`.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let text = text.trim_start().chars();
        text.take_while(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || *letter == '_')
            .collect()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut depth = 0;
    let mut names = vec![word(list)];
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(&list[at + 1..])),
            _ => {}
        }
    }
    names
}

/// What is compiled into the program: without comments, and without the tests at the end of a file.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = text.lines().map(|line| match line.split_once("//") {
        Some((code, _)) => code,
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Which rooms each room uses.
fn uses(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let parts = |source: &Source| -> Vec<String> { source.name.split('/').map(ToOwned::to_owned).collect() };
    let room_of = |source: &Source| parts(source)[0].trim_end_matches(".rs").to_owned();
    let rooms: BTreeSet<String> = sources
        .iter()
        .map(room_of)
        .filter(|room| room != "lib" && room != "main")
        .collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| rooms.contains(&room_of(source))) {
        let depth = parts(source).len() - usize::from(source.name.ends_with("/mod.rs"));
        let room = room_of(source);
        let named = rooms_named(&code_of(&source.text), depth);
        let others = named
            .into_iter()
            .filter(|other| rooms.contains(other) && *other != room);
        uses.entry(room.clone()).or_default().extend(others);
    }
    uses
}

/// A way from a room back to itself, if there is one.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    fn walk(uses: &BTreeMap<String, BTreeSet<String>>, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let at = way.last().expect("a way has a beginning").clone();
        for next in uses.get(&at).into_iter().flatten() {
            let is_back = way.contains(next);
            way.push(next.clone());
            if is_back || (!done.contains(next) && walk(uses, way, done)) {
                return true;
            }
            way.pop();
        }
        done.insert(at);
        false
    }
    let mut done = BTreeSet::new();
    uses.keys().find_map(|room| {
        let mut way = vec![room.clone()];
        walk(uses, &mut way, &mut done).then(|| way.join(" -> "))
    })
}

/// Where the map and the code say different things.
fn untrue(map: &BTreeMap<String, BTreeSet<String>>, uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let rooms: BTreeSet<&String> = map.keys().chain(uses.keys()).collect();
    let mut untrue = Vec::new();
    for room in rooms {
        let (Some(may), Some(does)) = (map.get(room), uses.get(room)) else {
            untrue.push(format!("{room}: in the map or in the code, not in both"));
            continue;
        };
        untrue.extend(
            does.difference(may)
                .map(|other| format!("{room} uses {other}, which its row does not allow")),
        );
        untrue.extend(
            may.difference(does)
                .map(|other| format!("{room} no longer uses {other}, which its row allows")),
        );
    }
    untrue
}

#[test]
fn every_room_uses_what_its_row_in_the_map_says_and_no_two_use_each_other() {
    let (map, uses) = (map(), uses(&sources()));
    assert!(map.len() > 30, "only {} rooms were read from the map", map.len());
    let untrue = untrue(&map, &uses);
    assert!(
        untrue.is_empty(),
        "docs/architecture.md, The rooms:\n{}",
        untrue.join("\n")
    );
    assert_eq!(
        circle(&uses),
        None,
        "rooms that use each other can't be changed one at a time"
    );
}

#[test]
fn one_import_beyond_the_map_is_found_however_it_is_written() {
    let source = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    for import in [
        "use crate::b::Thing;",
        "use crate::{\n    c::{Other, More},\n    b,\n};",
        "fn f() { crate::b::run() }",
        "use super::super::b::Thing;",
    ] {
        let sources = [
            source(
                "a/mod.rs",
                "// use crate::d::Thing;\nuse crate::c::Other;\n#[cfg(test)]\nmod tests { use crate::d; }",
            ),
            source("a/one.rs", import),
            source("b.rs", "use crate::a::One;"),
            source("c.rs", ""),
            source("d.rs", ""),
        ];
        let set = |rooms: &[&str]| rooms.iter().map(|room| (*room).to_owned()).collect::<BTreeSet<_>>();
        let map = BTreeMap::from([
            ("a".to_owned(), set(&["c"])),
            ("b".to_owned(), set(&["a"])),
            ("c".to_owned(), set(&[])),
            ("d".to_owned(), set(&[])),
        ]);
        let uses = uses(&sources);
        assert_eq!(
            untrue(&map, &uses),
            ["a uses b, which its row does not allow"],
            "{import}"
        );
        assert_eq!(circle(&uses).as_deref(), Some("a -> b -> a"), "{import}");
    }
}
