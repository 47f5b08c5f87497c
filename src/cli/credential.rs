use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::ToSpan;

use super::{Failure, open};
use crate::{
    app::App,
    audit::Actor,
    config::Config,
    store::{Credential, Holder, PageRequest, StoreError},
    value::{CredentialId, Cvr, MunicipalityCode, Refusal},
};

#[derive(Args)]
pub struct CredentialArgs {
    #[command(subcommand)]
    command: CredentialCommand,
}

#[derive(Subcommand)]
enum CredentialCommand {
    /// Make a key; it is printed once, as the last word
    Create(CreateArgs),
    /// Show all keys without their secrets
    List,
    /// Take a key back; it opens nothing from now on
    Revoke { id: CredentialId },
}

#[derive(Args)]
struct CreateArgs {
    #[arg(long)]
    role: RoleArgument,
    /// CVR number, for --role employer
    #[arg(long, required_if_eq("role", "employer"))]
    cvr: Option<String>,
    /// Four-digit code, for --role municipality
    #[arg(long, required_if_eq("role", "municipality"))]
    municipality: Option<String>,
    /// Days until the key expires
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u16).range(1..=1100))]
    expires_in_days: u16,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArgument {
    Employer,
    Municipality,
    Kl,
    Operator,
}

pub async fn run(config: Config, args: CredentialArgs) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let done = match args.command {
        CredentialCommand::Create(create_args) => create(&app, &create_args).await,
        CredentialCommand::List => list(&app).await,
        CredentialCommand::Revoke { id } => revoke(&app, id).await,
    };
    app.close().await;
    done
}

async fn create(app: &App, args: &CreateArgs) -> Result<ExitCode, Failure> {
    let holder = holder(args)?;
    let expires_at = app.clock.now() + (24 * i64::from(args.expires_in_days)).hours();
    let new = app
        .store
        .credential_create(holder.clone(), expires_at, Actor::operator())
        .await
        .map_err(|error| unanswered(&error))?;
    println!(
        "Key {} for {}, valid until {}. It is shown this once; keep it safe:",
        new.id,
        subject(&holder),
        expires_at
    );
    println!("{}", new.key.expose());
    Ok(ExitCode::SUCCESS)
}

fn holder(args: &CreateArgs) -> Result<Holder, Failure> {
    let refused = |refusal: &dyn Refusal| Failure::new(refusal.message().en);
    Ok(match args.role {
        RoleArgument::Employer => {
            Holder::Employer(Cvr::try_from(args.cvr.as_deref().unwrap_or_default()).map_err(|error| refused(&error))?)
        }
        RoleArgument::Municipality => {
            let code = args.municipality.as_deref().unwrap_or_default();
            Holder::Municipality(MunicipalityCode::try_from(code).map_err(|error| refused(&error))?)
        }
        RoleArgument::Kl => Holder::Kl,
        RoleArgument::Operator => Holder::Operator,
    })
}

async fn list(app: &App) -> Result<ExitCode, Failure> {
    let mut page = PageRequest::first(100);
    loop {
        let found = app.store.credentials(page).await.map_err(|error| unanswered(&error))?;
        for credential in &found.items {
            println!("{}", line(app, credential));
        }
        match found.items.last().filter(|_| found.has_more) {
            Some(last) => page.before = Some(last.id),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn line(app: &App, credential: &Credential) -> String {
    let state = if credential.is_valid(app.clock.now()) {
        "valid"
    } else if credential.revoked_at.is_some() {
        "revoked"
    } else {
        "expired"
    };
    format!(
        "{}  {:<8} {:<24} until {}",
        credential.id,
        state,
        subject(&credential.holder),
        credential.expires_at
    )
}

fn subject(holder: &Holder) -> String {
    [Some(holder.role().as_str()), holder.subject()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

async fn revoke(app: &App, id: CredentialId) -> Result<ExitCode, Failure> {
    let revoked = app
        .store
        .credential_revoke(id, Actor::operator())
        .await
        .map_err(|error| unanswered(&error))?;
    if !revoked {
        return Err(Failure::new(
            "There is no valid key with that id; `fleksport credential list` shows all.",
        ));
    }
    println!("The key opens nothing from now on.");
    Ok(ExitCode::SUCCESS)
}

fn unanswered(error: &StoreError) -> Failure {
    Failure::new(format!("The database did not answer: {error}."))
}
