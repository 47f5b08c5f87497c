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

fn passes_all(client: &str) {
    let output = kit(client, &[]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("9 of 9 scenarios passed"), "{}", told(&output));
}

#[test]
fn our_client_passes() {
    passes_all(&format!(
        "{PROGRAM} pull --municipality $FLEKSPORT_MUNICIPALITY --out $FLEKSPORT_OUT --url $FLEKSPORT_URL"
    ));
}

#[test]
fn a_good_client_of_another_maker_passes() {
    passes_all(&format!("python3 {CLIENTS} none"));
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
];

#[test]
fn every_fault_of_a_client_is_found_and_said() {
    for (fault, scenario, words) in FAULTY {
        let output = kit(&format!("python3 {CLIENTS} {fault}"), &[scenario]);
        assert!(!output.status.success(), "{fault} was not found");
        assert!(told(&output).contains(words), "{fault}: {}", told(&output));
    }
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
