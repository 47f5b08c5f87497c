use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, open};
use crate::{
    app::App,
    audit::Actor,
    clock::in_denmark,
    config::Config,
    entropy::NoEntropy,
    store::{About, GivenUpMail, MailId, MailVerdict, StoreError},
};

/// Most mails of each kind that are shown or decided about at a time.
const MOST: u32 = 10_000;

#[derive(Args)]
pub struct MailArgs {
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Subcommand)]
enum MailCommand {
    /// Show the mails that were given up
    List,
    /// Send mails that were given up again, from now on and on the whole schedule
    Again(Chosen),
    /// Say that mails that were given up need not be sent
    Dismiss(Chosen),
}

#[derive(Args)]
#[group(required = true)]
struct Chosen {
    /// Numbers of mails, as `fleksport mail list` shows them
    #[arg(value_name = "ID", conflicts_with = "all")]
    ids: Vec<MailId>,
    /// All that were given up
    #[arg(long)]
    all: bool,
}

pub async fn run(config: Config, args: MailArgs) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let done = match args.command {
        MailCommand::List => list(&app).await,
        MailCommand::Again(chosen) => decide(&app, &chosen, MailVerdict::Again).await,
        MailCommand::Dismiss(chosen) => decide(&app, &chosen, MailVerdict::Dismiss).await,
    };
    app.store.close().await;
    done
}

async fn list(app: &App) -> Result<ExitCode, Failure> {
    let mails = read(app).await?;
    if mails.is_empty() {
        println!("No mail is given up.");
    }
    for mail in mails {
        let about = match &mail.about {
            About::Submission(_, receipt) => receipt.to_string(),
            About::Municipality(code) => code.to_string(),
        };
        let reply = mail.last_reply.map(|reply| format!(" {reply}")).unwrap_or_default();
        println!(
            "{}  {}  {about}  {}{reply}  ordered {}  given up {} after {} attempts",
            mail.id,
            mail.kind,
            mail.last_error,
            in_denmark(mail.created_at).strftime("%Y-%m-%d %H:%M %Z"),
            in_denmark(mail.given_up_at).strftime("%Y-%m-%d %H:%M %Z"),
            mail.attempts,
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn decide(app: &App, chosen: &Chosen, verdict: MailVerdict) -> Result<ExitCode, Failure> {
    let mails = read(app).await?;
    let is_chosen = |mail: &&GivenUpMail| chosen.all || chosen.ids.contains(&mail.id);
    let found: Vec<_> = mails.iter().filter(is_chosen).collect();
    if let Some(missing) = chosen.ids.iter().find(|id| !found.iter().any(|mail| mail.id == **id)) {
        let what =
            format!("Mail {missing} is not given up: `fleksport mail list` shows those that are. Nothing was done.");
        return Err(Failure::new(what));
    }
    let transaction = app.entropy.uuid(app.clock.now()).map_err(no_entropy)?;
    let decided = app
        .store
        .decide_mails(&found, verdict, Actor::operator(), transaction)
        .await
        .map_err(unanswered)?;
    match verdict {
        MailVerdict::Again => println!("{decided} sent again by the running service, within its next look."),
        MailVerdict::Dismiss => println!("{decided} dismissed."),
    }
    Ok(ExitCode::SUCCESS)
}

async fn read(app: &App) -> Result<Vec<GivenUpMail>, Failure> {
    app.store.given_up_mails(MOST).await.map_err(unanswered)
}

fn unanswered(error: StoreError) -> Failure {
    Failure::because("The database does not answer.", error)
}

fn no_entropy(error: NoEntropy) -> Failure {
    Failure::because("The machine gave no randomness.", error)
}
