use std::process::ExitCode;

use super::{Failure, tidy};
use crate::{
    clock::Clock,
    config::Config,
    entropy::Entropy,
    ground::{Ground, Want},
    store::Store,
};

/// Brings the database up to date. Where there is nothing yet, database and keys are made together.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    const NOT_DONE: &str = "The database could not be brought up to date.";
    tidy(&config)?;
    Ground::open(&config, &Clock::System, &Entropy::System, Want::Migrate)
        .await
        .map_err(|error| Failure::because(NOT_DONE, error))?;
    Store::migrate(&config.database, &config.data_dir)
        .await
        .map_err(|error| Failure::because(NOT_DONE, error))?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
