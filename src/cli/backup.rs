use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::PathBuf, process::ExitCode};

use clap::Args;

use super::Failure;
use crate::{
    config::Config,
    store::{SQLITE_FILE, Store},
    vault,
};

#[derive(Args)]
pub struct BackupArgs {
    /// Folder for the copy; made when missing, and must not hold a copy already
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Copies database and keys. Both are needed to read anything again, so whoever holds the copy holds the data.
pub async fn run(config: Config, args: BackupArgs) -> Result<ExitCode, Failure> {
    if config.database.url.is_some() {
        return Err(Failure::new(
            "This copies SQLite only. Use pg_dump for PostgreSQL, and copy the key file of the data folder.",
        ));
    }
    if !config.data_dir.join(SQLITE_FILE).exists() {
        return Err(Failure::new(format!(
            "There is no database in {}; name its folder with --data.",
            config.data_dir.display()
        )));
    }
    let target = args.out.join(SQLITE_FILE);
    if target.exists() {
        return Err(Failure::new(format!(
            "{} is already there; choose an empty folder.",
            target.display()
        )));
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&args.out);
    made.map_err(|error| Failure::because("The folder can't be made.", error))?;
    let copied = Store::copy(&config.database, &config.data_dir, &target).await;
    copied.map_err(|error| Failure::because("The database could not be copied.", error))?;
    let copied = vault::copy_keys(&config.data_dir, &args.out);
    copied.map_err(|error| Failure::because("The key file could not be copied.", error))?;
    println!(
        "Database and keys are in {}. Whoever has both can read everything.",
        args.out.display()
    );
    Ok(ExitCode::SUCCESS)
}
