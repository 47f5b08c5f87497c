use std::process::ExitCode;

use clap::Args;

use super::{Failure, open};
use crate::{
    app::App,
    config::{Config, MailTransport},
    figures::{Facts, Finding, findings},
    notify::{Mail, Transport},
    value::{Email, InvalidEmail, Refusal},
};

#[derive(Args)]
pub struct DoctorArgs {
    /// Send one test mail to this address now, and tell what happened
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    mail_to: Option<Email>,
}

fn email(text: &str) -> Result<Email, String> {
    text.parse()
        .map_err(|refusal: InvalidEmail| refusal.message().en.to_string())
}

/// One line of the answer.
struct Line {
    what: &'static str,
    result: Result<String, String>,
}

/// Looks at everything that can need a person, and says so in one line each.
pub async fn run(config: Config, args: DoctorArgs) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let facts = Facts::look(&app).await;
    let findings = findings(&facts);
    let mut lines = vec![audit(&app).await, forms(&app), rules(&app)];
    if let Some(to) = args.mail_to {
        lines.push(test_mail(&app, to).await);
    }
    app.close().await;
    for Finding {
        what, look, said, todo, ..
    } in &findings
    {
        match look {
            false => println!("ok       {}: {}", what.en, said.en),
            true => println!("look at  {}: {}. {}", what.en, said.en, todo.en),
        }
    }
    for Line { what, result } in &lines {
        match result {
            Ok(text) => println!("ok       {what}: {text}"),
            Err(text) => println!("look at  {what}: {text}"),
        }
    }
    let sound = lines.iter().all(|line| line.result.is_ok()) && findings.iter().all(|finding| !finding.look);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn audit(app: &App) -> Line {
    let result = match app.store.audit_verify().await {
        Ok(report) => match report.fault {
            None => Ok(format!("{} entries, unbroken", report.entries)),
            Some(fault) => Err(fault.to_string()),
        },
        Err(error) => Err(error.to_string()),
    };
    Line { what: "audit", result }
}

/// Sends one mail and tells all that happened.
async fn test_mail(app: &App, to: Email) -> Line {
    let what = "test mail";
    let transport = match Transport::new(&app.config.mail, &app.mail_dir()) {
        Ok(transport) => transport,
        Err(error) => {
            let result = Err(error.to_string());
            return Line { what, result };
        }
    };
    let now = app.clock.now();
    let mail = Mail {
        to,
        subject: "Fleksport: prøve / test".to_owned(),
        body: "En prøve fra `fleksport doctor`.\n\nA test by `fleksport doctor`.\n".to_owned(),
        id: format!("test-{}", now.as_millisecond()),
        date: now,
    };
    let tried = transport.try_out(&mail).await;
    let steps = tried.steps.join("; ");
    let result = match (tried.result, &app.config.mail.transport) {
        (Ok(()), MailTransport::Smtp(_)) => Ok(steps),
        (Ok(()), MailTransport::Files) => Ok("written as a file: mail.transport is \"files\"".to_owned()),
        (Ok(()), MailTransport::Off) => Err("nothing is sent: mail.transport is \"off\"".to_owned()),
        (Err(error), _) => Err(format!("{error} ({}). {steps}", error.code())),
    };
    Line { what, result }
}

fn forms(app: &App) -> Line {
    let versions: Vec<_> = app
        .forms
        .iter()
        .map(|form| format!("{} {}", form.reference().id, form.reference().version))
        .collect();
    Line {
        what: "forms",
        result: Ok(versions.join(", ")),
    }
}

fn rules(app: &App) -> Line {
    Line {
        what: "rules and rates",
        result: Ok(app.rules.version().to_owned()),
    }
}
