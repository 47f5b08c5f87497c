//! Tells people by mail of what waits too long: sees which episodes begin and end, takes their mails under leases, sends them outside any
//! transaction, and reports back with the same lease. What fails is tried again on the schedule of the outbox and then given up where the
//! operator sees it. The employers' reminders go into the outbox.

use std::time::Duration;

use tokio::sync::watch;

use crate::{
    app::App,
    notify::{AlarmFacts, Mail, SendError, Transport, alarm_mail},
    record::{AlarmKind, AlarmReceiver},
    store::{AlarmLimits, AlarmMailRow, StoreError},
    value::Email,
};

/// How often it looks: limits are hours, so a minute more or less is nothing to anybody.
const LOOK: Duration = Duration::from_secs(60);

/// Why a mail was not sent this time.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the mail did not leave")]
    Send(#[source] SendError),
    #[error("the store did not answer")]
    Store(#[source] StoreError),
}

impl JobError {
    fn code(&self) -> &'static str {
        match self {
            Self::Send(error) => error.code(),
            Self::Store(_) => "store",
        }
    }

    /// Whether trying again can't help.
    fn is_final(&self) -> bool {
        matches!(self, Self::Send(error) if error.is_final())
    }
}

/// Works until told to stop.
pub async fn run(app: App, transport: Transport, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = work_off(&app, &transport).await {
            tracing::error!(cause = %error, "the alarms can't be read");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Looks once and sends every mail that is due; returns how many were tried. Tests call it by hand.
///
/// # Errors
/// When the store does not answer; a mail's own failure is written to its row.
pub async fn work_off(app: &App, transport: &Transport) -> Result<usize, StoreError> {
    let (now, feed) = (app.clock.now(), &app.config.feed);
    let limits = AlarmLimits {
        unfetched: now - feed.alarm_unfetched,
        unanswered: now - feed.alarm_unanswered,
        tells_operator: app.config.alarms.operator_email.is_some(),
    };
    if app.store.look_for_alarms(now, limits).await? {
        app.outbox_wakeup.notify_one();
    }
    let lease = app.config.outbox.lease;
    let mut tried = 0;
    while let Some(row) = app.store.alarm_mail_lease(app.clock.now(), lease).await? {
        tried += 1;
        let settled = match perform(app, transport, &row).await {
            Ok(()) => app.store.alarm_mail_done(&row, app.clock.now()).await,
            Err(error) => report_failure(app, &row, &error).await,
        };
        match settled {
            // Somebody else took it over: they report.
            Ok(()) | Err(StoreError::LeaseLost) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(tried)
}

async fn perform(app: &App, transport: &Transport, row: &AlarmMailRow) -> Result<(), JobError> {
    match compose(app, row).await.map_err(JobError::Store)? {
        Some(mail) => transport.send(&mail).await.map_err(JobError::Send),
        None => Ok(()),
    }
}

/// The mail as things stand now. `None` when nothing waits too long any more, or nobody is to be told.
async fn compose(app: &App, row: &AlarmMailRow) -> Result<Option<Mail>, StoreError> {
    let (now, feed) = (app.clock.now(), &app.config.feed);
    let neglect = app
        .store
        .overdue_at(
            &row.municipality,
            now - feed.alarm_unfetched,
            now - feed.alarm_unanswered,
        )
        .await?;
    let (waiting, limit) = match row.kind {
        AlarmKind::Unfetched => (neglect.unfetched, feed.alarm_unfetched),
        AlarmKind::Unanswered => (neglect.unanswered, feed.alarm_unanswered),
    };
    let (Some(since), Some(to)) = (waiting.since, receiver(app, row).await?) else {
        return Ok(None);
    };
    let facts = AlarmFacts {
        id: row.id,
        municipality: &row.municipality,
        kind: row.kind,
        receiver: row.receiver,
        begun_at: row.begun_at,
        count: waiting.count,
        since,
        limit,
    };
    Ok(Some(alarm_mail(to, &facts, app.pages())))
}

async fn receiver(app: &App, row: &AlarmMailRow) -> Result<Option<Email>, StoreError> {
    Ok(match row.receiver {
        AlarmReceiver::Operator => app.config.alarms.operator_email.clone(),
        AlarmReceiver::Municipality => {
            let settings = app.store.settings_of(&row.municipality, app.clock.now()).await?;
            settings.contact
        }
    })
}

/// The next attempt on the schedule, or given up after the last.
async fn report_failure(app: &App, row: &AlarmMailRow, error: &JobError) -> Result<(), StoreError> {
    let now = app.clock.now();
    let made = usize::try_from(row.attempts).unwrap_or(usize::MAX).saturating_sub(1);
    let wait = app.config.outbox.retry.get(made).filter(|_| !error.is_final()).copied();
    tracing::warn!(
        row = row.id,
        municipality = %row.municipality,
        attempts = row.attempts,
        code = error.code(),
        given_up = wait.is_none(),
        "a mail about what waits too long did not leave"
    );
    match wait {
        Some(wait) => app.store.alarm_mail_retry(row, error.code(), now + wait).await,
        None => app.store.alarm_mail_give_up(row, error.code(), now).await,
    }
}
