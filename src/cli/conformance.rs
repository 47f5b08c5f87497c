use std::{process::ExitCode, time::Duration};

use clap::Args;

use super::Failure;
use crate::conformance::{ClientCommand, SCENARIOS, Scenario, Verdict, try_client};

#[derive(Args)]
pub struct ConformanceArgs {
    /// How your client is started; it finds FLEKSPORT_URL, FLEKSPORT_KEY, FLEKSPORT_MUNICIPALITY and FLEKSPORT_OUT, a folder that stays
    #[arg(long, value_name = "COMMAND", required_unless_present = "list")]
    run: Option<String>,
    /// Only the scenarios named; may be given several times
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Seconds that one run of your client may take
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3600))]
    patience: u16,
    /// Show the scenarios and end
    #[arg(long)]
    list: bool,
}

/// Runs the client through the scenarios and tells, for each, what it got wrong.
pub async fn run(args: ConformanceArgs) -> Result<ExitCode, Failure> {
    let chosen = chosen(&args.scenario)?;
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
        patience: Duration::from_secs(args.patience.into()),
    };
    let mut failed = 0;
    for scenario in &chosen {
        let verdict = try_client(scenario, &client)
            .await
            .map_err(|error| Failure::because(format!("The scenario {} could not be played.", scenario.name), error))?;
        failed += usize::from(!verdict.faults.is_empty());
        tell(&verdict);
    }
    println!("{} of {} scenarios passed", chosen.len() - failed, chosen.len());
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn chosen(names: &[String]) -> Result<Vec<&'static Scenario>, Failure> {
    let unknown = names.iter().find(|name| SCENARIOS.iter().all(|one| one.name != **name));
    if let Some(name) = unknown {
        return Err(Failure::new(format!("There is no scenario {name}; --list shows them.")));
    }
    let wanted = |scenario: &&Scenario| names.is_empty() || names.iter().any(|name| name == scenario.name);
    Ok(SCENARIOS.iter().filter(wanted).collect())
}

fn tell(verdict: &Verdict) {
    let Verdict { scenario, faults } = verdict;
    if faults.is_empty() {
        println!("passed  {}", scenario.name);
        return;
    }
    println!("FAILED  {}: {}", scenario.name, scenario.title);
    for fault in faults {
        println!("        - {fault}");
    }
    println!("        A good client: {}", scenario.wanted);
}
