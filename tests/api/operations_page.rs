//! docs/operations.md and what it hands out: every setting in it, and in the files beside it, is read by the program's own reader; the unit
//! starts the program; every figure that it names can be scraped, and every command that it names is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use fleksport::config::{Config, Overrides};

use crate::process::{Place, client};

const PAGE: &str = include_str!("../../docs/operations.md");
const README: &str = include_str!("../../README.md");
const UNIT: &str = include_str!("../../config/fleksport.service");
const ENVIRONMENT: &str = include_str!("../../config/fleksport.env.example");
const PRODUCTION: &str = include_str!("../../config/production.example.toml");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of a page in this language, each with its line.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let (mut found, mut open) = (Vec::new(), None::<(bool, usize, String)>);
    for (number, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (open.as_mut(), fence) {
            (Some((.., text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
            (was_open, Some(named)) => {
                let opened = was_open
                    .is_none()
                    .then(|| (named.trim() == language, number + 2, String::new()));
                found.extend(std::mem::replace(&mut open, opened).filter(|(wanted, ..)| *wanted));
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found.into_iter().map(|(_, line, text)| (line, text)).collect()
}

/// Name and value of each line, as systemd reads an environment file.
fn variables(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no value: {line}"));
        (name.to_owned(), value.trim_matches('"').to_owned())
    };
    lines.map(pair).collect()
}

/// Takes the marks away from settings that are only shown, `# key = value`, so that they are read too.
fn with_shown(text: &str) -> String {
    let shown = |line: &str| -> String {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let is_setting = bare
            .split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        if is_setting { bare.to_owned() } else { line.to_owned() }
    };
    text.lines().map(|line| shown(line) + "\n").collect()
}

fn load(name: &str, text: &str, variables: Vec<(String, String)>) -> Config {
    for (name, _) in &variables {
        assert!(name.starts_with("FLEKSPORT__"), "{name} is no setting of the program");
    }
    let overrides = Overrides {
        variables,
        ..Overrides::default()
    };
    Config::load(Some((name, text)), &overrides).unwrap_or_else(|problems| panic!("{name}: {problems}"))
}

#[test]
fn every_setting_on_the_pages_and_in_the_examples_is_one_of_the_program() {
    let mut seen = 0;
    for (page, text) in [("docs/operations.md", PAGE), ("README.md", README)] {
        for (line, block) in blocks(text, "toml") {
            load(&format!("{page}, line {line}"), &with_shown(&block), Vec::new());
            seen += 1;
        }
        for (line, block) in blocks(text, "env") {
            load(&format!("{page}, line {line}"), PRODUCTION, variables(&block));
            seen += 1;
        }
    }
    assert!(seen >= 2, "the pages show settings");
    let mut files = 0;
    for entry in std::fs::read_dir(root().join("config")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            load(
                path.to_str().unwrap(),
                &with_shown(&std::fs::read_to_string(&path).unwrap()),
                Vec::new(),
            );
            files += 1;
        }
    }
    assert!(files >= 2);
}

#[test]
fn a_setting_that_is_not_there_is_found() {
    let page = "```toml\n[server]\nlisen = \"127.0.0.1:0\"\n```\n```env\nFLEKSPORT__SERVER__LISEN=x\n```\n";
    let (line, block) = blocks(page, "toml").remove(0);
    assert_eq!(line, 2);
    assert!(Config::load(Some(("a", &with_shown(&block))), &Overrides::default()).is_err());
    assert!(
        Config::load(
            Some(("a", &with_shown("[mail.smtp]\n# ca_fil = \"x\"\n"))),
            &Overrides::default()
        )
        .is_err()
    );
    let overrides = Overrides {
        variables: variables(&blocks(page, "env")[0].1),
        ..Overrides::default()
    };
    assert!(Config::load(None, &overrides).is_err());
}

#[test]
fn settings_that_the_page_names_in_its_sentences_are_there() {
    let defaults: toml::Table = fleksport::config::DEFAULTS.parse().unwrap();
    let quoted = PAGE.split('`').skip(1).step_by(2);
    let mut seen = BTreeSet::new();
    for name in quoted {
        let mut parts = name.split('.');
        let Some(section) = parts
            .next()
            .and_then(|first| defaults.get(first))
            .and_then(toml::Value::as_table)
        else {
            continue;
        };
        let is_name = name.contains('.') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.');
        if is_name && !name.ends_with(".db") && !name.ends_with(".toml") {
            let found = parts.try_fold(toml::Value::Table(section.clone()), |table, part| {
                table.get(part).cloned()
            });
            assert!(found.is_some(), "there is no setting {name}");
            seen.insert(name);
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

/// The keys of a unit, by section.
fn unit() -> BTreeMap<(String, String), Vec<String>> {
    let (mut section, mut keys) = (String::new(), BTreeMap::<_, Vec<String>>::new());
    for line in UNIT
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(name) => name.clone_into(&mut section),
            None => {
                let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("not of a unit: {line}"));
                keys.entry((section.clone(), key.to_owned()))
                    .or_default()
                    .push(value.to_owned());
            }
        }
    }
    keys
}

#[test]
fn the_unit_starts_the_program_with_settings_that_it_takes() {
    let unit = unit();
    let service = |key: &str| unit[&("Service".to_owned(), key.to_owned())][0].as_str();
    assert_eq!(service("EnvironmentFile"), "/etc/fleksport/fleksport.env");
    assert_eq!(service("User"), "fleksport");
    let command: Vec<_> = service("ExecStart").split(' ').collect();
    assert_eq!(
        command,
        [
            "/usr/local/bin/fleksport",
            "serve",
            "--config",
            "/etc/fleksport/fleksport.toml"
        ]
    );
    let help = Command::new(env!("CARGO_BIN_EXE_fleksport"))
        .args([command[1], command[2], "x", "--help"])
        .output()
        .unwrap();
    assert!(help.status.success(), "{}", String::from_utf8_lossy(&help.stderr));

    let config = load("production.example.toml", PRODUCTION, variables(ENVIRONMENT));
    assert_eq!(config.data_dir.to_str(), Some("/var/lib/fleksport"));
    assert_eq!(service("StateDirectory"), "fleksport", "the data folder of the example");
    // "45s", in the unit's words.
    let patience: u64 = service("TimeoutStopSec").trim_end_matches('s').parse().unwrap();
    assert!(patience > config.server.drain.as_secs() + config.server.shutdown.as_secs());
    let files: u32 = service("LimitNOFILE").parse().unwrap();
    assert!(files > 2 * 4096, "two for each of server.max_connections at most");
    for (name, _) in variables(ENVIRONMENT) {
        assert!(
            PAGE.contains("fleksport.env"),
            "{name} comes from a file that the page names"
        );
    }
}

#[test]
fn systemd_has_nothing_to_say_about_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleksport.service");
    // The program is where it is here: systemd looks whether it can be started.
    let here = UNIT.replace("/usr/local/bin/fleksport", env!("CARGO_BIN_EXE_fleksport"));
    std::fs::write(&path, here).unwrap();
    // Without systemd the test above has looked at what can be seen by reading.
    let Ok(verified) = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&path)
        .output()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<_> = said.lines().filter(|line| line.contains("fleksport")).collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[tokio::test]
async fn every_figure_on_the_page_can_be_scraped() {
    let place = Place::sqlite();
    let at = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().to_string()
    };
    let node = place.serve_with(&[("FLEKSPORT__METRICS__LISTEN", &at)], std::process::Stdio::null());
    let scraped = client()
        .get(format!("http://{at}/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let there: BTreeSet<_> = scraped
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let named: BTreeSet<_> = PAGE
        .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.starts_with("fleksport_"))
        .collect();
    assert!(named.len() > 8, "{named:?}");
    for name in named {
        assert!(there.contains(name), "{name} is on the page and not in /metrics");
    }
    node.stop();
}

#[test]
fn every_command_on_the_page_is_there() {
    // As the page calls the program with the service's user and settings.
    let page = PAGE.replace("fleksport-as-service ", "fleksport ");
    let mut seen = BTreeSet::new();
    for (at, _) in page.match_indices("fleksport ") {
        let words: Vec<_> = page[at..].split_whitespace().skip(1).take(2).collect();
        let [command, option] = words[..] else { continue };
        let is_code = page[..at].ends_with('`') || page[..at].ends_with("-- ") || page[..at].ends_with('\n');
        let command = command.trim_matches(|c: char| !c.is_ascii_lowercase());
        if !is_code || command.is_empty() {
            continue;
        }
        let mut called = Command::new(env!("CARGO_BIN_EXE_fleksport"));
        called.arg(command);
        // A second word that is a command of the first.
        called.args(
            Some(option.trim_end_matches('`'))
                .filter(|word| command == "mail" && word.chars().all(|c| c.is_ascii_lowercase())),
        );
        let done = called.arg("--help").output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "fleksport {command} {option}: {said}");
        seen.insert(command);
    }
    for needed in ["migrate", "serve", "backup", "verify", "doctor", "mail", "credential"] {
        assert!(seen.contains(needed), "{needed} is not on the page");
    }
}
