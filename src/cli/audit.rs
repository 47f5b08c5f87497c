use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, open};
use crate::{config::Config, record::to_hex};

#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Compute the hash chain anew and compare
    Verify,
}

pub async fn run(config: Config, args: AuditArgs) -> Result<ExitCode, Failure> {
    let AuditCommand::Verify = args.command;
    let app = open(config).await?;
    let report = app.store.audit_verify().await;
    app.close().await;
    let report = report.map_err(|error| Failure::because("The audit could not be read.", error))?;
    println!(
        "{} audit entries checked; the last digest is {}",
        report.entries,
        to_hex(&report.head)
    );
    match report.fault {
        None => Ok(ExitCode::SUCCESS),
        Some(fault) => Err(Failure::because(
            "The audit is not as it was written; keep the database as it is and investigate.",
            fault,
        )),
    }
}
