use std::process::ExitCode;

use super::{Failure, open};
use crate::{
    app::App,
    clock::in_denmark,
    config::Config,
    reference,
    store::{PageRequest, StoreError, Waiting},
    value::MunicipalityCode,
};

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    result: Result<String, String>,
}

/// Looks at everything that can need a person, and says so in one line each.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let findings = [
        database(&app).await,
        audit(&app).await,
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
    app.store.close().await;
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
    let result = app.store.ping().await.map(|()| "answers, and the keys fit".to_owned());
    Finding {
        what: "database",
        result: result.map_err(|error| error.to_string()),
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

async fn outbox(app: &App) -> Finding {
    let result = match (
        app.store.outbox_counts().await,
        app.store.outbox_failed(PageRequest::first(1)).await,
    ) {
        (Ok(counts), Ok(_)) if counts.given_up == 0 => Ok(format!("{} waiting, none given up", counts.waiting)),
        (Ok(counts), Ok(failed)) => {
            let code = failed.items.first().map_or("", |row| row.last_error.as_str());
            Err(format!(
                "{} given up, the last with {code}; {} waiting",
                counts.given_up, counts.waiting
            ))
        }
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    Finding {
        what: "outgoing mail",
        result,
    }
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
