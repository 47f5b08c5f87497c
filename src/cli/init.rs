use std::process::ExitCode;

use super::{Failure, tidy};
use crate::{
    clock::Clock,
    config::Config,
    entropy::Entropy,
    ground::{Ground, Want},
    vault,
};

/// Makes keys and database, where nothing of ours lies.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    tidy(&config)?;
    Ground::open(&config, &Clock::System, &Entropy::System, Want::New)
        .await
        .map_err(|error| Failure::because("Nothing was made.", error))?;
    println!(
        "A new installation is in {}. Keep a copy of {} apart from the database and its backups.",
        config.data_dir.display(),
        config.data_dir.join(vault::FILE_NAME).display()
    );
    Ok(ExitCode::SUCCESS)
}
