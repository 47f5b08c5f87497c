use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{Failure, open};
use crate::config::Config;

#[derive(Args)]
pub struct BackupArgs {
    /// Folder for the copy; made when missing, and must not hold a copy already
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Copies database and keys. Both are needed to read anything again, so whoever holds the copy holds the data.
pub async fn run(config: Config, args: BackupArgs) -> Result<ExitCode, Failure> {
    if config.database.url.is_some() {
        return Err(Failure::new("This copies SQLite only. Use pg_dump for PostgreSQL, and copy the key file of the data folder."));
    }
    let target = args.out.join("fleksport.db");
    if target.exists() {
        return Err(Failure::new(format!("{} is already there; choose an empty folder.", target.display())));
    }
    std::fs::create_dir_all(&args.out).map_err(|error| Failure::because("The folder can't be made.", error))?;
    let data_dir = config.data_dir.clone();
    let app = open(config).await?;
    let copied = app.store.copy_to(&target).await;
    app.store.close().await;
    copied.map_err(|error| Failure::because("The database could not be copied.", error))?;
    crate::vault::copy_keys(&data_dir, &args.out).map_err(|error| Failure::because("The key file could not be copied.", error))?;
    println!("Database and keys are in {}. Keep them apart from one another.", args.out.display());
    Ok(ExitCode::SUCCESS)
}
