use std::{
    fs::{self, DirBuilder, File},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;

use super::{Failure, verify::told};
use crate::{
    clock::Clock,
    config::{Config, DatabaseSettings},
    entropy::Entropy,
    ground::{Ground, Want},
    store::{Heads, SQLITE_FILE, Store},
    vault,
};

#[derive(Args)]
pub struct BackupArgs {
    /// Folder for the copy of the database; made when missing, and must not hold a copy already
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder for a copy of the keys, apart from that of the database; without it the keys are not copied
    #[arg(long, value_name = "DIR")]
    keys_out: Option<PathBuf>,
}

/// Copies the database, never with the keys beside it: whoever has both can read everything. Then opens the copy and proves it.
pub async fn run(config: Config, args: BackupArgs) -> Result<ExitCode, Failure> {
    if config.database.url.is_some() {
        return Err(Failure::new(
            "This copies SQLite only. Use pg_dump for PostgreSQL, and copy keys.toml, high-water.json and deleted.log of the data folder.",
        ));
    }
    let ground = Ground::open(&config, &Clock::System, &Entropy::System, Want::Existing)
        .await
        .map_err(|error| Failure::because("There is nothing that could be copied.", error))?;
    let target = args.out.join(SQLITE_FILE);
    free(&target)?;
    folder(&args.out)?;
    if let Some(keys) = &args.keys_out {
        folder(keys)?;
        apart(&args.out, keys)?;
        free(&keys.join(vault::FILE_NAME))?;
    }
    let copied = Store::copy(&config.database, &config.data_dir, &target).await;
    copied.map_err(|error| Failure::because("The database could not be copied.", error))?;
    let proven = prove(&config.database, &args.out, &ground).await;
    let heads = proven.map_err(|fault| {
        Failure::new(format!(
            "The copy in {} was made, but it is not sound: {fault}. Do not rely on it; `fleksport verify` looks at the database itself.",
            args.out.display()
        ))
    })?;
    match &args.keys_out {
        Some(keys) => {
            let copied = ground.copy_to(keys, heads, Clock::System.now());
            copied.map_err(|error| Failure::because("The keys could not be copied.", error))?;
            println!("The keys are in {}. Keep them apart from it.", keys.display());
        }
        None => println!("The keys are not in it: keep a copy of them elsewhere, see --keys-out."),
    }
    Ok(ExitCode::SUCCESS)
}

fn free(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::new(format!(
        "{path} is already there; choose an empty folder."
    )))
}

fn folder(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| Failure::because(format!("The folder {} can't be made.", path.display()), error))
}

/// Neither folder lies in the other, by whatever names they are called.
fn apart(out: &Path, keys: &Path) -> Result<(), Failure> {
    let whole = |path: &Path| {
        let found = fs::canonicalize(path);
        found.map_err(|error| Failure::because(format!("The folder {} can't be found.", path.display()), error))
    };
    let (out, keys) = (whole(out)?, whole(keys)?);
    if out.starts_with(&keys) || keys.starts_with(&out) {
        return Err(Failure::new(
            "Whoever has database and keys can read everything: name a folder for the keys that is not beside or inside that of the database.",
        ));
    }
    Ok(())
}

/// Opens the copy as a service would, and says what it saw; how far the copy has come.
async fn prove(settings: &DatabaseSettings, out: &Path, ground: &Ground) -> Result<Heads, String> {
    let store = Store::open(settings, out, ground.vault(), Clock::System, Entropy::System).await;
    let store = store.map_err(|error| told(&error))?;
    let seen = look(&store).await;
    store.close().await;
    let (heads, seen) = seen?;
    let on_disk = File::open(out.join(SQLITE_FILE)).and_then(|file| file.sync_all());
    let on_disk = on_disk.and_then(|()| File::open(out)?.sync_all());
    on_disk.map_err(|error| told(&error))?;
    println!("The database is in {}: {seen}.", out.display());
    Ok(heads)
}

async fn look(store: &Store) -> Result<(Heads, String), String> {
    let integrity = store.file_integrity().await.map_err(|error| told(&error))?;
    if integrity != "ok" {
        return Err(format!("SQLite says of the file: {integrity}"));
    }
    let audit = store.audit_verify().await.map_err(|error| told(&error))?;
    if let Some(fault) = audit.fault {
        return Err(fault.to_string());
    }
    let feeds = store.verify_feeds().await.map_err(|error| told(&error))?;
    if let Some(fault) = feeds.faults.first() {
        return Err(fault.to_string());
    }
    let heads = store.heads().await.map_err(|error| told(&error))?;
    let seen = format!(
        "the file is whole, the keys open it, {} audit entries and {} entries in {} feeds are unbroken",
        audit.entries, feeds.entries, feeds.feeds
    );
    Ok((heads, seen))
}
