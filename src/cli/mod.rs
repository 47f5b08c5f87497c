//! The command line. Each command is a file of its own; this one reads the arguments and the settings they all share.

mod audit;
mod backup;
pub mod calculate;
mod conformance;
mod credential;
mod doctor;
mod form;
mod harden;
mod init;
mod mail;
mod migrate;
mod pull;
mod serve;
mod submit;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    app::{App, OpenError},
    clock::Clock,
    config::{Config, ConfigProblem, ConfigProblems, Origin, Overrides},
    entropy::Entropy,
    ground,
    start::StartError,
    telemetry,
    value::Language,
};

/// One entrance for employers' fleksjob wage and wage-ceiling reports; 98 municipalities pull their own records.
#[derive(Parser)]
#[command(
    name = "fleksport",
    version,
    after_help = "Exit codes: 0 done; 1 not done, the reason is on standard error; 2 wrong arguments."
)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args)]
struct Shared {
    /// Folder with the database, the keys and the mail files [default: var]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A file with settings; config/default.toml of the source lists all
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the service: pages, interface and worker
    Serve(serve::ServeArgs),
    /// Make a new installation: keys and database, where nothing of ours lies
    Init,
    /// Bring the database up to date; on PostgreSQL also what makes a new installation
    Migrate,
    /// Create, list and revoke keys for the interface
    Credential(credential::CredentialArgs),
    /// Send a JSON, CSV or XLSX file through the same pipeline as the service
    Submit(submit::SubmitArgs),
    /// Calculate a file of cases; needs no database
    Calculate(calculate::CalculateArgs),
    /// Check, compare, show and export form versions
    Form(form::FormArgs),
    /// Fetch a municipality's records, store them, acknowledge them; goes on where it stopped
    Pull(pull::PullArgs),
    /// Try a municipality's own pull client: play everything that can happen, and tell what it got wrong
    Conformance(conformance::ConformanceArgs),
    /// Check that nobody has changed the audit
    Audit(audit::AuditArgs),
    /// Prove keys, database, audit and feeds; go on after a restore that is meant
    Verify(verify::VerifyArgs),
    /// Copy the SQLite database while the service runs, prove the copy, and copy the keys elsewhere
    Backup(backup::BackupArgs),
    /// Show the mails that were given up, send them again, or dismiss them
    Mail(mail::MailArgs),
    /// Look for anything that needs a person
    Doctor(doctor::DoctorArgs),
}

/// A language, as the command line names it.
#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Da,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Da => Self::Da,
            Lang::En => Self::En,
        }
    }
}

/// Why a command was not done: a sentence that says what to do, and what lay behind it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    what: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
        }
    }

    pub fn because(what: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            what: what.into(),
            source: Some(Box::new(source)),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        StartError::from(error).into()
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::because("The service could not be opened.", error)
    }
}

impl From<ConfigProblems> for Failure {
    fn from(problems: ConfigProblems) -> Self {
        Self::new(problems.to_string())
    }
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let Arguments { shared, command } = Arguments::parse();
    harden::private_files();
    match perform(&shared, command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("fleksport: {failure}");
            let mut cause = std::error::Error::source(&failure);
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn perform(shared: &Shared, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Calculate(args) => calculate::run(&args),
        Command::Form(args) => form::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Conformance(args) => block_on(conformance::run(args)),
        Command::Serve(args) => {
            let config = shared.config(Some(&args))?;
            telemetry::start(&config.log);
            harden::no_core_dumps()?;
            block_on(serve::run(config))
        }
        Command::Init => block_on(init::run(shared.config(None)?)),
        Command::Migrate => block_on(migrate::run(shared.config(None)?)),
        Command::Credential(args) => block_on(credential::run(shared.config(None)?, args)),
        Command::Submit(args) => block_on(submit::run(shared.config(None)?, args)),
        Command::Audit(args) => block_on(audit::run(shared.config(None)?, args)),
        Command::Verify(args) => block_on(verify::run(shared.config(None)?, args)),
        Command::Backup(args) => block_on(backup::run(shared.config(None)?, args)),
        Command::Mail(args) => block_on(mail::run(shared.config(None)?, args)),
        Command::Doctor(args) => block_on(doctor::run(shared.config(None)?, args)),
    }
}

fn block_on(work: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Runtime::new();
    runtime
        .map_err(|error| Failure::because("The machine gave no threads to work with.", error))?
        .block_on(work)
}

impl Shared {
    /// Defaults, then the file, then variables, then options.
    fn config(&self, serve: Option<&serve::ServeArgs>) -> Result<Config, Failure> {
        let variables = std::env::vars()
            .filter(|(name, _)| name.starts_with("FLEKSPORT__"))
            .collect();
        let overrides = Overrides {
            variables,
            listen: serve.and_then(|args| args.listen),
            data_dir: self.data.clone(),
            demo: serve.is_some_and(|args| args.demo),
        };
        let Some(path) = &self.config else {
            return Ok(Config::load(None, &overrides)?);
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("can't be read: {}", error.kind());
            ConfigProblems(vec![ConfigProblem {
                key: String::new(),
                origin: Origin::File(name.clone()),
                what,
            }])
        })?;
        Ok(Config::load(Some((&name, &text)), &overrides)?)
    }
}

/// Closes a data folder of our own that others could read, and tells it: the log is not there for a command.
fn tidy(config: &Config) -> Result<(), Failure> {
    if config.data_dir.exists() && ground::tidy(&config.data_dir).map_err(OpenError::from)? {
        eprintln!(
            "fleksport: the data folder {} could be read by others; it is now for its owner alone (0700)",
            config.data_dir.display()
        );
    }
    Ok(())
}

/// The service's parts without its listeners, for a command that works beside a running service.
async fn open(config: Config) -> Result<App, Failure> {
    tidy(&config)?;
    Ok(App::open(config, Clock::System, Entropy::System).await?)
}
