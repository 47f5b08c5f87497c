use std::{path::PathBuf, process::ExitCode, thread, time::Duration};

use clap::Args;

use super::{Failure, serve::asked_to_stop};
use crate::{
    clock::Clock,
    deliver::pull::{News, Pace, PullError, PullKey, PullSettings, Stop, follow, pull},
    entropy::Entropy,
    value::{MunicipalityCode, Refusal},
};

/// The variable that holds the key, so that it stands in no list of processes.
pub const KEY_VARIABLE: &str = "FLEKSPORT_KEY";
/// How long the page that is being stored is waited for when the client is asked to end.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Args)]
pub struct PullArgs {
    /// Four-digit code of the municipality
    #[arg(long)]
    municipality: String,
    /// Folder for the records, one JSON file each; made when missing
    #[arg(long, value_name = "DIR", required_unless_present = "sqlite")]
    out: Option<PathBuf>,
    /// SQLite file for the records, one row each; made when missing. With --out both are kept
    #[arg(long, value_name = "FILE")]
    sqlite: Option<PathBuf>,
    /// Stay, and fetch what comes as it comes, until Ctrl-C or SIGTERM
    #[arg(long)]
    follow: bool,
    /// Address of the service
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// File with the municipality's key; otherwise the variable FLEKSPORT_KEY
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// File with the certificate authorities (PEM) to trust, instead of those that the world trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Entries to ask for at a time; the service decides when absent
    #[arg(long)]
    page_size: Option<u32>,
}

/// Fetches and acknowledges what the copy lacks, and ends with a line that says how much; with `--follow` it stays.
pub fn run(args: &PullArgs) -> Result<ExitCode, Failure> {
    let settings = PullSettings {
        municipality: MunicipalityCode::try_from(args.municipality.as_str())
            .map_err(|refusal| Failure::new(refusal.message().en))?,
        url: args.url.clone(),
        key: key(args.key_file.as_deref())?,
        folder: args.out.clone(),
        table: args.sqlite.clone(),
        page_size: args.page_size,
        authorities: args.ca.clone(),
        pace: Pace::default(),
    };
    if args.follow {
        return stay(settings);
    }
    let summary = pull(&settings, &Clock::System, &Entropy::System).map_err(not_all)?;
    println!("{summary}");
    Ok(ExitCode::SUCCESS)
}

fn not_all(error: PullError) -> Failure {
    Failure::because(
        "The records could not all be fetched; run the same command again to go on.",
        error,
    )
}

/// Follows the feed in a thread of its own; this one waits for the end of that, or for somebody who asks for it.
fn stay(settings: PullSettings) -> Result<ExitCode, Failure> {
    let stop = Stop::default();
    let (ended, end) = tokio::sync::oneshot::channel();
    let following = stop.clone();
    thread::spawn(move || {
        let done = follow(&settings, &Clock::System, &Entropy::System, &following, tell);
        // Nobody listens once the end was asked for.
        let _ = ended.send(done);
    });
    super::block_on(async move {
        tokio::select! {
            done = end => match done {
                Ok(done) => done.map_err(not_all)?,
                Err(_) => return Err(Failure::new("The pull broke off; run the same command again to go on.")),
            },
            () = asked_to_stop() => {
                stop.ask(PATIENCE);
                println!("stopped");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn tell(news: News<'_>) {
    match news {
        News::Fetched(summary) => println!("{summary}"),
        News::Trouble { error, again_in } => {
            eprintln!("fleksport: {error}; trying again in {} seconds", again_in.as_secs());
        }
    }
}

/// The key from a file or from the environment.
fn key(file: Option<&std::path::Path>) -> Result<PullKey, Failure> {
    let key = match file {
        Some(path) => PullKey::in_file(path),
        None => {
            let text = std::env::var(KEY_VARIABLE).map_err(|_| {
                Failure::new(format!(
                    "Give the key with --key-file or in the variable {KEY_VARIABLE}."
                ))
            })?;
            PullKey::given(&text)
        }
    };
    key.map_err(|error| Failure::because("There is no key to fetch with.", error))
}
