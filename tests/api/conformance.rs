//! The conformance kit: it passes our client and a good one of another maker, and finds what is wrong with the others.

use std::process::{Command, Output};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/pull_clients.py");
const PROGRAM: &str = env!("CARGO_BIN_EXE_fleksport");

fn kit(client: &str, scenarios: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["conformance", "--run", client]);
    for name in scenarios {
        command.args(["--scenario", name]);
    }
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Plays everything; so many scenarios are passed.
fn passes_all(client: &str, options: &[&str], passed: &str) {
    let output = Command::new(PROGRAM)
        .args(["conformance", "--run", client])
        .args(options)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains(passed), "{}", told(&output));
}

/// Our client into a SQLite file, and what that file says counts now.
fn our_client() -> (String, String) {
    let pull = format!("{PROGRAM} pull --municipality $FLEKSPORT_MUNICIPALITY --url $FLEKSPORT_URL");
    let read = "import os, sqlite3\n\
                rows = sqlite3.connect(os.environ['FLEKSPORT_OUT'] + '/copy.db').execute('SELECT report_id FROM fleksport_current')\n\
                print(' '.join(id for id, in rows))";
    (
        format!("{pull} --sqlite $FLEKSPORT_OUT/copy.db"),
        format!("python3 -c \"{read}\""),
    )
}

#[test]
fn our_client_passes() {
    let (run, current) = our_client();
    passes_all(
        &run,
        &["--verifies", "--current", &current],
        "17 of 17 scenarios passed",
    );
}

/// However few entries a page has, nothing is found where nothing is wrong.
#[test]
fn good_clients_with_pages_of_one_entry_pass() {
    let (run, current) = our_client();
    let run = format!("{run} --page-size 1");
    passes_all(
        &run,
        &["--verifies", "--current", &current],
        "17 of 17 scenarios passed",
    );
    let client = format!("python3 {CLIENTS} none,single,verifies");
    passes_all(&client, &["--verifies"], "17 of 17 scenarios passed");
    let (five, _) = our_client();
    let five = format!("{five} --page-size 5");
    let damaged = ["hole", "broken-chain", "changed-content"]
        .map(|name| ["--scenario", name])
        .concat();
    passes_all(&five, &damaged, "3 of 3 scenarios passed");
}

#[test]
fn a_good_client_that_begins_with_a_snapshot_passes() {
    let client = format!("python3 {CLIENTS} none,anew");
    let current = format!("{client} current");
    passes_all(
        &client,
        &["--begins-anew", "--current", &current],
        "17 of 17 scenarios passed",
    );
    let other = kit(&format!("python3 {CLIENTS} none"), &["snapshot"]);
    assert!(
        told(&other).contains("it read no snapshot to its end"),
        "{}",
        told(&other)
    );
}

#[test]
fn a_good_client_of_another_maker_passes() {
    let client = format!("python3 {CLIENTS} none,waits,verifies");
    let current = format!("{client} current");
    passes_all(
        &client,
        &["--verifies", "--current", &current],
        "17 of 17 scenarios passed",
    );
}

#[test]
fn of_a_client_that_never_waits_it_is_said_that_no_wait_could_be_cut() {
    let output = kit(&format!("python3 {CLIENTS} none"), &["cut-wait"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("(no call with wait= was made"),
        "{}",
        told(&output)
    );
}

#[test]
fn what_came_out_is_written_as_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let client = format!("python3 {CLIENTS} overlooks-holes");
    let output = Command::new(PROGRAM)
        .args([
            "conformance",
            "--run",
            &client,
            "--scenario",
            "hole",
            "--scenario",
            "transfers",
            "--report",
        ])
        .arg(&file)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let report = crate::process::read_json(&file);
    assert_eq!(
        (&report["played"], &report["passed"]),
        (&2.into(), &1.into()),
        "{report:#}"
    );
    let hole = &report["scenarios"][0];
    assert_eq!((&hole["name"], &hole["passed"]), (&"hole".into(), &false.into()));
    assert!(
        hole["faults"][0].as_str().unwrap().contains("had received only up to"),
        "{report:#}"
    );
}

/// The fault, the scenario that shows it, and what is said of it.
const FAULTY: &[(&str, &str, &str)] = &[
    (
        "never-acknowledges",
        "several-pages",
        "entries up to 0 of 250 acknowledged",
    ),
    (
        "acknowledges-before-fetching",
        "several-pages",
        "but had received only up to 100",
    ),
    (
        "reads-one-page-only",
        "several-pages",
        "entries up to 100 of 250 received",
    ),
    ("begins-anew-each-time", "nothing-new", "fetched entry 1 again"),
    (
        "leaves-tombstones-out",
        "tombstones",
        "with an error although everything could be had",
    ),
    (
        "takes-a-cut-answer-for-the-end",
        "lost-answers",
        "entries up to 0 of 6 received",
    ),
    ("does-not-wait", "sent-away", "asked to wait 2 seconds"),
    ("overlooks-holes", "hole", "but had received only up to 4"),
    (
        "overlooks-a-broken-chain",
        "broken-chain",
        "but had received only up to 4",
    ),
    (
        "hammers-with-a-refused-key",
        "new-key",
        "6 calls with a key that was refused",
    ),
    ("keeps-quiet", "hole", "as if all were well"),
    (
        "forgets-all-with-a-new-key",
        "overlapping-keys",
        "fetched entry 1 again",
    ),
    ("takes-a-dead-cursor-for-nothing-new", "set-back", "as if all were well"),
    (
        "begins-anew-where-the-service-was-set-back",
        "set-back",
        "fetched entry 1 again",
    ),
    (
        "takes-a-cut-wait-for-nothing-new,waits",
        "cut-wait",
        "entries up to 2 of 5 received",
    ),
    (
        "overlooks-changed-content,verifies",
        "changed-content",
        "but had received only up to 4",
    ),
];

/// Faults that show only where the client is ended, fails or is watched closely.
const MORE_FAULTY: &[(&str, &str, &str)] = &[
    ("stores-at-the-end", "killed", "fetched entry 1 again"),
    (
        "ends-at-500",
        "failing",
        "with an error although everything could be had",
    ),
    ("takes-410-for-nothing-new", "too-old", "as if all were well"),
    ("skips-what-is-gone", "too-old", "calls after the service had refused"),
    ("prints-cpr", "nothing-new", "printed the CPR number"),
    ("prints-key", "nothing-new", "printed its key"),
    (
        "acknowledges-half-a-snapshot,anew",
        "snapshot",
        "but had received only up to 0",
    ),
];

/// Faults that show only in what the client holds for current.
const WRONG_COPIES: &[(&str, &str, &str)] = &[
    (
        "keeps-what-was-taken-back",
        "tombstones",
        "it says count now, 1 no longer do",
    ),
    ("keeps-what-was-corrected", "tombstones", "no longer do"),
    (
        "keeps-what-was-handed-on",
        "transfers",
        "it says count now, 2 no longer do",
    ),
    ("overlooks-what-was-handed-in", "transfers", "it lacks 1 of the reports"),
];

#[test]
fn a_copy_that_keeps_what_no_longer_counts_is_found_where_it_is_shown() {
    for (fault, scenario, words) in WRONG_COPIES {
        let client = format!("python3 {CLIENTS} {fault}");
        let calls_alone = kit(&client, &[scenario]);
        assert!(calls_alone.status.success(), "{fault}: {}", told(&calls_alone));
        let output = Command::new(PROGRAM)
            .args(["conformance", "--run", &client, "--scenario", scenario])
            .args(["--current", &format!("{client} current")])
            .output()
            .unwrap();
        assert!(!output.status.success(), "{fault} was not found");
        assert!(told(&output).contains(words), "{fault}: {}", told(&output));
    }
}

fn is_found((fault, scenario, words): &(&str, &str, &str)) {
    let output = kit(&format!("python3 {CLIENTS} {fault}"), &[scenario]);
    assert!(!output.status.success(), "{fault} was not found");
    assert!(told(&output).contains(words), "{fault}: {}", told(&output));
}

#[test]
fn every_fault_of_a_client_is_found_and_said() {
    // Most of the time they wait.
    std::thread::scope(|scope| {
        for some in FAULTY.chunks(FAULTY.len().div_ceil(4)).chain([MORE_FAULTY]) {
            scope.spawn(|| some.iter().for_each(is_found));
        }
    });
}

#[test]
fn an_unknown_scenario_is_refused_and_the_list_shows_all() {
    let output = kit("true", &["no-such-thing"]);
    assert!(
        !output.status.success() && told(&output).contains("There is no scenario no-such-thing"),
        "{}",
        told(&output)
    );
    let list = Command::new(PROGRAM).args(["conformance", "--list"]).output().unwrap();
    assert!(
        FAULTY.iter().all(|(_, scenario, _)| told(&list).contains(scenario)),
        "{}",
        told(&list)
    );
}
