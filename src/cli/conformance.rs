use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use serde_json::{Value, json};

use super::Failure;
use crate::conformance::{AskedOf, ClientCommand, SCENARIOS, Scenario, Verdict, try_client};

#[derive(Args)]
pub struct ConformanceArgs {
    /// How your client is started; it finds FLEKSPORT_URL, FLEKSPORT_KEY, FLEKSPORT_MUNICIPALITY and FLEKSPORT_OUT, a folder that stays
    #[arg(long, value_name = "COMMAND", required_unless_present = "list")]
    run: Option<String>,
    /// Only the scenarios named; may be given several times
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// A command that prints the ids of the reports that count now by your client's copy; what it prints is compared with the truth
    #[arg(long, value_name = "COMMAND")]
    current: Option<String>,
    /// Your client checks what each digest commits to: play the scenarios for that too
    #[arg(long)]
    verifies: bool,
    /// Your client begins a new copy with a snapshot: play the scenario for that too
    #[arg(long)]
    begins_anew: bool,
    /// Write what came out as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Seconds that one run of your client may take
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    patience: u16,
    /// Show the scenarios and end
    #[arg(long)]
    list: bool,
}

/// Runs the client through the scenarios and tells, for each, what it got wrong.
pub async fn run(args: ConformanceArgs) -> Result<ExitCode, Failure> {
    let chosen = chosen(&args)?;
    let Some(shell) = args.run.filter(|_| !args.list) else {
        for scenario in chosen {
            println!(
                "{:<14} {}\n{:<14} {}\n",
                scenario.name, scenario.title, "", scenario.wanted
            );
        }
        return Ok(ExitCode::SUCCESS);
    };
    let client = ClientCommand {
        shell,
        current: args.current,
        patience: Duration::from_secs(args.patience.into()),
    };
    let mut verdicts = Vec::new();
    for scenario in &chosen {
        let verdict = try_client(scenario, &client)
            .await
            .map_err(|error| Failure::because(format!("The scenario {} could not be played.", scenario.name), error))?;
        tell(&verdict);
        verdicts.push(verdict);
    }
    let passed = verdicts.iter().filter(|verdict| verdict.faults.is_empty()).count();
    println!("{passed} of {} scenarios passed", verdicts.len());
    if let Some(file) = args.report {
        let report = format!("{:#}\n", report(&verdicts, passed));
        std::fs::write(&file, report)
            .map_err(|error| Failure::because(format!("{} can't be written.", file.display()), error))?;
    }
    Ok(if passed == verdicts.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What came out, for machines.
fn report(verdicts: &[Verdict], passed: usize) -> Value {
    let scenario = |verdict: &Verdict| {
        json!({
            "name": verdict.scenario.name,
            "title": verdict.scenario.title,
            "wanted": verdict.scenario.wanted,
            "passed": verdict.faults.is_empty(),
            "faults": verdict.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "notes": verdict.notes,
        })
    };
    json!({
        "program": concat!("fleksport ", env!("CARGO_PKG_VERSION")),
        "played": verdicts.len(),
        "passed": passed,
        "scenarios": verdicts.iter().map(scenario).collect::<Vec<_>>(),
    })
}

/// Those named, or all that concern the client; the list shows every one.
fn chosen(args: &ConformanceArgs) -> Result<Vec<&'static Scenario>, Failure> {
    let names = &args.scenario;
    let unknown = names.iter().find(|name| SCENARIOS.iter().all(|one| one.name != **name));
    if let Some(name) = unknown {
        return Err(Failure::new(format!("There is no scenario {name}; --list shows them.")));
    }
    let concerned = |scenario: &Scenario| {
        args.list
            || match scenario.asked_of {
                AskedOf::Everybody => true,
                AskedOf::Verifiers => args.verifies,
                AskedOf::Beginners => args.begins_anew,
            }
    };
    let wanted = |scenario: &&Scenario| {
        names.iter().any(|name| name == scenario.name) || (names.is_empty() && concerned(scenario))
    };
    Ok(SCENARIOS.iter().filter(wanted).collect())
}

fn tell(verdict: &Verdict) {
    let Verdict {
        scenario,
        faults,
        notes,
    } = verdict;
    if faults.is_empty() {
        println!("passed  {}", scenario.name);
        notes.iter().for_each(|note| println!("        ({note})"));
        return;
    }
    println!("FAILED  {}: {}", scenario.name, scenario.title);
    for fault in faults {
        println!("        - {fault}");
    }
    println!("        A good client: {}", scenario.wanted);
}
