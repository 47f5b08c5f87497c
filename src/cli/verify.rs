use std::process::ExitCode;

use clap::Args;

use super::{Failure, tidy};
use crate::{
    app::App,
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    clock::Clock,
    config::Config,
    entropy::Entropy,
    ground::{Reason, Want},
    store::{Checked, StoreError},
};

#[derive(Args)]
pub struct VerifyArgs {
    /// Go on with the database as it is, after a restore that is meant; the reason (one line, no names of persons) is kept beside the keys
    #[arg(long, value_name = "REASON")]
    accept: Option<Reason>,
}

/// What was proven, and what was seen.
pub struct Check {
    pub what: &'static str,
    pub result: Result<String, String>,
    /// Whether `--accept` mends it.
    pub can_be_accepted: bool,
}

/// Proves what is stored, one line each.
pub async fn run(config: Config, args: VerifyArgs) -> Result<ExitCode, Failure> {
    tidy(&config)?;
    // Keys, mark and schema are proven by opening: without them nothing else can be read.
    let app = App::open_unproven(config, Clock::System, Entropy::System, Want::Existing).await?;
    let checks = checks(&app).await;
    for Check { what, result, .. } in &checks {
        match result {
            Ok(text) => println!("ok     {what}: {text}"),
            Err(text) => println!("fault  {what}: {text}"),
        }
    }
    let accepted = match &args.accept {
        Some(reason) => accept(&app, reason).await,
        None => Ok(()),
    };
    app.store.close().await;
    accepted?;
    let is_left = |check: &Check| check.result.is_err() && !(check.can_be_accepted && args.accept.is_some());
    Ok(if checks.iter().any(is_left) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Everything that is proven, in this order: a further check is one line here.
pub async fn checks(app: &App) -> Vec<Check> {
    vec![
        keys(app).await,
        schema(app).await,
        high_water(app).await,
        deleted(app).await,
        audit(app).await,
        feeds(app).await,
        rows("chains of the feeds", app.store.verify_chains().await),
        rows("contents", app.store.verify_contents().await),
        rows("keys and logins", app.store.verify_credentials().await),
        clock(app).await,
    ]
}

async fn keys(app: &App) -> Check {
    let result = app.store.check_mark().await;
    check(
        "keys",
        result.map(|()| "sealing key and index key are those of the database".into()),
    )
}

async fn schema(app: &App) -> Check {
    let result = app.store.schema_ok().await;
    check("schema", result.map(|()| "the one of this program".into()))
}

async fn high_water(app: &App) -> Check {
    let result = match app.ground.high_water() {
        Ok(Some(then)) => match app.store.lost_since(&then.heads).await {
            Ok(lost) if lost.is_empty() => Ok(format!(
                "the newest database there was at {}, with {} audit entries and {} feeds",
                then.written_at,
                then.heads.audit.sequence,
                then.heads.feeds.len()
            )),
            Ok(lost) => {
                let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
                Err(format!(
                    "not the newest database, which was here at {}: {}",
                    then.written_at,
                    lost.join("; ")
                ))
            }
            Err(error) => Err(told(&error)),
        },
        Ok(None) => Err("high-water.json is missing: nobody can tell whether this is the newest database".to_owned()),
        Err(error) => Err(told(&error)),
    };
    Check {
        what: "newest database",
        result,
        can_be_accepted: true,
    }
}

async fn deleted(app: &App) -> Check {
    let result = match app.ground.deleted(app.clock.now()).await {
        Ok(list) if list.bad_lines == 0 => Ok(format!("{} noted", list.deleted.len())),
        Ok(list) => Err(format!("{} lines of the list are not ours", list.bad_lines)),
        Err(error) => Err(told(&error)),
    };
    Check {
        what: "list of what was deleted",
        result,
        can_be_accepted: false,
    }
}

async fn audit(app: &App) -> Check {
    let result = match app.store.audit_verify().await {
        Ok(report) => match report.fault {
            None => Ok(format!("{} entries, unbroken", report.entries)),
            Some(fault) => Err(fault.to_string()),
        },
        Err(error) => Err(told(&error)),
    };
    Check {
        what: "audit",
        result,
        can_be_accepted: false,
    }
}

/// One of the checks of rows that prove themselves.
fn rows(what: &'static str, checked: Result<Checked, StoreError>) -> Check {
    let result = match checked {
        Ok(checked) if checked.faulty == 0 => Ok(format!("{} rows hold", checked.rows)),
        Ok(checked) => {
            let first: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
            Err(format!(
                "{} of {} rows do not hold: {}",
                checked.faulty,
                checked.rows,
                first.join("; ")
            ))
        }
        Err(error) => Err(told(&error)),
    };
    Check {
        what,
        result,
        can_be_accepted: false,
    }
}

async fn clock(app: &App) -> Check {
    let result = match app.store.clock_doubt().await {
        Ok(None) => Ok("fits the newest entry".to_owned()),
        Ok(Some(doubt)) => Err(doubt.to_string()),
        Err(error) => Err(told(&error)),
    };
    Check {
        what: "clock",
        result,
        can_be_accepted: true,
    }
}

async fn feeds(app: &App) -> Check {
    let result = match app.store.verify_feeds().await {
        Ok(report) if report.faults.is_empty() => Ok(format!(
            "{} entries in {} feeds, unbroken",
            report.entries, report.feeds
        )),
        Ok(report) => {
            let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
            Err(faults.join("; "))
        }
        Err(error) => Err(told(&error)),
    };
    Check {
        what: "feeds",
        result,
        can_be_accepted: false,
    }
}

fn check<E: std::error::Error>(what: &'static str, result: Result<String, E>) -> Check {
    Check {
        what,
        result: result.map_err(|error| told(&error)),
        can_be_accepted: false,
    }
}

/// An error with its causes, on one line.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(", because {error}"));
        cause = error.source();
    }
    text
}

/// The act stands in the audit under a number, and under the same number, with the reason, beside the keys: what a person wrote never
/// enters the audit.
async fn accept(app: &App, reason: &Reason) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::new(format!("It could not be accepted: {}.", told(error)));
    let now = app.clock.now();
    let act = app.entropy.uuid(now).map_err(|error| failed(&error))?;
    let entry = AuditEntry {
        at: now,
        actor: Actor::operator(),
        deed: Deed::RestoreAccepted,
        target: Target::None,
        purpose: Purpose::Operation,
        transaction_id: act,
    };
    app.store.record_use(entry).await.map_err(|error| failed(&error))?;
    let accepted = app.ground.accept(&app.store, reason, act, now).await;
    accepted.map_err(|error| failed(&error))?;
    if app.store.clock_doubt().await.map_err(|error| failed(&error))?.is_some() {
        let accepted = app.store.accept_clock(Actor::operator()).await;
        accepted.map_err(|error| failed(&error))?;
        println!("the clock is taken for right");
    }
    println!("accepted as the newest database under {act}: {reason}");
    Ok(())
}
