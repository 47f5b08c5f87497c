use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::Failure;
use crate::{
    clock::Clock,
    deliver::pull::{PullSettings, pull},
    entropy::Entropy,
    value::{MunicipalityCode, Redacted, Refusal},
};

/// The variable that holds the key, so that it stands in no list of processes.
pub const KEY_VARIABLE: &str = "FLEKSPORT_KEY";

#[derive(Args)]
pub struct PullArgs {
    /// Four-digit code of the municipality
    #[arg(long)]
    municipality: String,
    /// Folder for the records; made when missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Address of the service
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// File with the municipality's key; otherwise the variable FLEKSPORT_KEY
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Entries to ask for at a time; the service decides when absent
    #[arg(long)]
    page_size: Option<u32>,
}

/// Fetches and acknowledges what the folder lacks, and ends with a line that says how much.
pub fn run(args: &PullArgs) -> Result<ExitCode, Failure> {
    let settings = PullSettings {
        municipality: MunicipalityCode::try_from(args.municipality.as_str())
            .map_err(|refusal| Failure::new(refusal.message().en))?,
        url: args.url.clone(),
        key: key(args.key_file.as_deref())?,
        folder: args.out.clone(),
        page_size: args.page_size,
    };
    let summary = pull(&settings, &Clock::System, &Entropy::System).map_err(|error| {
        Failure::because(
            "The records could not all be fetched; run the same command again to go on.",
            error,
        )
    })?;
    println!("{summary}");
    Ok(ExitCode::SUCCESS)
}

/// The key from a file or from the environment.
pub fn key(file: Option<&std::path::Path>) -> Result<Redacted<String>, Failure> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::because(format!("The key file {} can't be read.", path.display()), error))?,
        None => std::env::var(KEY_VARIABLE).map_err(|_| {
            Failure::new(format!(
                "Give the key with --key-file or in the variable {KEY_VARIABLE}."
            ))
        })?,
    };
    // `credential create` prints the key as the last word; its whole output may have been saved.
    let key = text.split_whitespace().last().unwrap_or_default();
    if key.is_empty() {
        Err(Failure::new("The key is empty."))
    } else {
        Ok(Redacted::new(key.to_owned()))
    }
}
