use std::process::ExitCode;

use super::Failure;
use crate::{config::Config, store::Store};

pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| Failure::because("The data folder can't be made.", error))?;
    Store::migrate(&config.database, &config.data_dir)
        .await
        .map_err(|error| Failure::because("The database could not be brought up to date.", error))?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
