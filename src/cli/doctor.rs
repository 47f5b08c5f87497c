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
        schema(&app).await,
        high_water(&app),
        audit(&app).await,
        unreadable(&app).await,
        clock(&app).await,
        outbox(&app).await,
        pings(&app).await,
        held(&app).await,
        unfetched(&app).await,
        unanswered(&app).await,
        alarms(&app).await,
        forms(&app),
        rules(&app),
    ];
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
