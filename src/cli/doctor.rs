use std::process::ExitCode;

use clap::Args;

use super::{Failure, open};
use crate::{
    app::App,
    clock::in_denmark,
    config::{Config, MailTransport},
    notify::{Mail, Transport},
    reference,
    store::{OutboxCounts, PageRequest, StoreError, Waiting},
    value::{Email, InvalidEmail, MunicipalityCode, Refusal},
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

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    result: Result<String, String>,
}

/// Looks at everything that can need a person, and says so in one line each.
pub async fn run(config: Config, args: DoctorArgs) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let mut findings = vec![
        database(&app).await,
        schema(&app).await,
        high_water(&app),
        audit(&app).await,
        unreadable(&app).await,
        clock(&app).await,
        outbox(&app).await,
        pings(&app).await,
        held(&app).await,
        unfetched(&app).await,
        readers_ahead(&app).await,
        unanswered(&app).await,
        alarms(&app).await,
        forms(&app),
        rules(&app),
    ];
    if let Some(to) = args.mail_to {
        findings.push(test_mail(&app, to).await);
    }
    app.close().await;
    for Finding { what, result } in &findings {
        match result {
            Ok(text) => println!("ok       {what}: {text}"),
            Err(text) => println!("look at  {what}: {text}"),
        }
    }
    let sound = findings.iter().all(|finding| finding.result.is_ok());
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(app: &App) -> Finding {
    let answers = async {
        app.store.ping().await?;
        app.store.check_mark().await
    };
    let result = match answers.await {
        Err(error) => Err(error.to_string()),
        Ok(()) if app.store.disk_is_low() => {
            Err("its disk has less room than database.disk_reserve_bytes: nothing is written".to_owned())
        }
        Ok(()) => Ok("answers, and the keys fit".to_owned()),
    };
    Finding {
        what: "database",
        result,
    }
}

async fn schema(app: &App) -> Finding {
    let result = app.store.schema_ok().await;
    Finding {
        what: "schema",
        result: result
            .map(|()| "the one of this program".to_owned())
            .map_err(|error| error.to_string()),
    }
}

fn high_water(app: &App) -> Finding {
    let result = match app.ground.high_water() {
        Ok(Some(then)) => Ok(format!("last written down at {}", then.written_at)),
        Ok(None) => Err("not written down".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "how far the database has come",
        result,
    }
}

async fn audit(app: &App) -> Finding {
    let result = match app.store.audit_verify().await {
        Ok(report) => match report.fault {
            None => Ok(format!("{} entries, unbroken", report.entries)),
            Some(fault) => Err(fault.to_string()),
        },
        Err(error) => Err(error.to_string()),
    };
    Finding { what: "audit", result }
}

async fn unreadable(app: &App) -> Finding {
    let result = match app.store.unreadable(20).await {
        Ok((0, _)) => Ok("none found".to_owned()),
        Ok((count, first)) => {
            let first: Vec<_> = first.iter().map(ToString::to_string).collect();
            Err(format!(
                "{count} rows can't be read and are withheld: {}",
                first.join("; ")
            ))
        }
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "rows that can't be read",
        result,
    }
}

async fn clock(app: &App) -> Finding {
    let result = match app.store.clock_doubt().await {
        Ok(None) => Ok("fits the newest entry".to_owned()),
        Ok(Some(doubt)) => Err(doubt.to_string()),
        Err(error) => Err(error.to_string()),
    };
    Finding { what: "clock", result }
}

async fn outbox(app: &App) -> Finding {
    let result = match (app.store.outbox_counts().await, app.store.given_up_mails(1).await) {
        (Ok(counts), Ok(given_up)) => {
            let last = given_up.first().map(|mail| {
                let reply = mail.last_reply.map(|reply| format!(" {reply}")).unwrap_or_default();
                format!(", the last with {}{reply}", mail.last_error)
            });
            mail_words(app, &counts, &last.unwrap_or_default())
        }
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    Finding {
        what: "outgoing mail",
        result,
    }
}

fn mail_words(app: &App, counts: &OutboxCounts, last: &str) -> Result<String, String> {
    let at = |at| in_denmark(at).strftime("%Y-%m-%d %H:%M %Z").to_string();
    let waiting = match counts.oldest {
        Some(since) => format!("{} waiting, the oldest since {}", counts.waiting, at(since)),
        None => "0 waiting".to_owned(),
    };
    if let Some(since) = counts.waits_too_long(app.clock.now(), app.config.outbox.late) {
        let left = counts.left.map_or("none has left yet".to_owned(), |left| {
            format!("the last left at {}", at(left))
        });
        return Err(format!(
            "waits too long, since {}; {left}; {waiting}; {} given up{last}. Try the relay: fleksport doctor --mail-to ADDRESS",
            at(since),
            counts.given_up
        ));
    }
    match (counts.given_up, counts.concerning()) {
        (0, _) => Ok(format!("{waiting}, none given up")),
        (refused, 0) => Ok(format!(
            "{waiting}; {refused} that the relay refuses for good{last}: fleksport mail list"
        )),
        (given_up, _) => Err(format!(
            "{given_up} given up{last}; {waiting}. See: fleksport mail list"
        )),
    }
}

/// Sends one mail and tells all that happened.
async fn test_mail(app: &App, to: Email) -> Finding {
    let what = "test mail";
    let transport = match Transport::new(&app.config.mail, &app.mail_dir()) {
        Ok(transport) => transport,
        Err(error) => {
            let result = Err(error.to_string());
            return Finding { what, result };
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
    Finding { what, result }
}

async fn pings(app: &App) -> Finding {
    let result = match app.store.ping_counts().await {
        Ok(counts) if counts.lost.is_empty() => Ok(format!(
            "{} waiting, {} of them failing, none given up since one arrived",
            counts.waiting, counts.failing
        )),
        Ok(counts) => {
            let names = counts.lost.iter();
            let names: Vec<_> = names
                .map(|code| format!("{code} {}", reference::municipality(code).name))
                .collect();
            Err(format!("given up, and none has arrived since: {}", names.join("; ")))
        }
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "pings to municipalities",
        result,
    }
}

async fn held(app: &App) -> Finding {
    let result = match app.store.held(PageRequest::first(100)).await {
        Ok(page) if page.items.is_empty() => Ok("none".to_owned()),
        Ok(page) => Err(format!(
            "{}{} wait for a person to find the municipality",
            page.items.len(),
            if page.has_more { "+" } else { "" }
        )),
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "held reports",
        result,
    }
}

async fn unfetched(app: &App) -> Finding {
    let before = app.clock.now() - app.config.feed.alarm_unfetched;
    Finding {
        what: "reports that nobody has fetched",
        result: overdue(app.store.behind(before).await),
    }
}

/// The sign that the service was set back: somebody has more of a feed than there is.
async fn readers_ahead(app: &App) -> Finding {
    let result = match app.store.readers_ahead().await {
        Ok(found) if found.is_empty() => Ok("none is further on than its feed".to_owned()),
        Ok(found) => {
            let lines = found.iter().map(|one| {
                let (code, name) = (&one.municipality, reference::municipality(&one.municipality).name);
                let at = in_denmark(one.last_at).strftime("%F %R");
                format!(
                    "{code} {name} has {}, the feed {} (noted {} times, last {at})",
                    one.reader_sequence, one.latest_sequence, one.times
                )
            });
            let lines: Vec<_> = lines.collect();
            Err(format!(
                "further on than the feed, so the service was set back or they use the wrong one; docs/pulling.md says what to do: {}",
                lines.join("; ")
            ))
        }
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "municipalities' own systems",
        result,
    }
}

async fn unanswered(app: &App) -> Finding {
    let before = app.clock.now() - app.config.feed.alarm_unanswered;
    Finding {
        what: "questions to employers",
        result: overdue(app.store.without_answers(before).await),
    }
}

/// Each municipality with how many, and since when.
fn overdue(found: Result<Vec<(MunicipalityCode, Waiting)>, StoreError>) -> Result<String, String> {
    let found = found.map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Ok("none overdue".to_owned());
    }
    let lines = found.iter().map(|(code, waiting)| {
        let name = reference::municipality(code).name;
        let since = waiting.since.map(|at| in_denmark(at).date().to_string());
        format!("{code} {name} {} since {}", waiting.count, since.unwrap_or_default())
    });
    Err(lines.collect::<Vec<_>>().join("; "))
}

async fn alarms(app: &App) -> Finding {
    let result = match app.store.alarm_counts().await {
        Ok(counts) if counts.given_up == 0 => Ok(format!("{} under way, no mail given up", counts.under_way)),
        Ok(counts) if counts.given_up == counts.refused => Ok(format!(
            "{} under way; {} that the relay refuses for good: fleksport mail list",
            counts.under_way, counts.refused
        )),
        Ok(counts) => Err(format!(
            "{} given up, the last with {}",
            counts.given_up,
            counts.last_error.unwrap_or_default()
        )),
        Err(error) => Err(error.to_string()),
    };
    Finding {
        what: "mails about what waits too long",
        result,
    }
}

fn forms(app: &App) -> Finding {
    let versions: Vec<_> = app
        .forms
        .iter()
        .map(|form| format!("{} {}", form.reference().id, form.reference().version))
        .collect();
    Finding {
        what: "forms",
        result: Ok(versions.join(", ")),
    }
}

fn rules(app: &App) -> Finding {
    Finding {
        what: "rules and rates",
        result: Ok(app.rules.version().to_owned()),
    }
}
