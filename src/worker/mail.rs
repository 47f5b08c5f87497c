//! Does the slow and outgoing work that transactions have left in the outbox: takes one row under a lease, does it outside any
//! transaction, reports back with the same lease. What fails is tried again on a schedule and then given up where people see it.

use std::time::Duration;

use tokio::sync::watch;

use crate::{
    access::Scope,
    app::App,
    notify::{SendError, Transport, message, reminder_mail},
    record::{OutboxOrder, ReportState, StoredOutcome, StoredSubmission},
    store::{OutboxRow, StoreError},
};

/// Why a row was not done this time.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the mail did not leave")]
    Send(#[source] SendError),
    #[error("the submission of the row is not there")]
    Gone,
    #[error("the store did not answer")]
    Store(#[source] StoreError),
    #[error("the address was sent too many mails")]
    Limited(Duration),
}

impl JobError {
    fn code(&self) -> &'static str {
        match self {
            Self::Send(error) => error.code(),
            Self::Gone => "gone",
            Self::Store(_) => "store",
            Self::Limited(_) => "limited",
        }
    }
}

/// Works until told to stop: as long as rows are due, then sleeps until rung or until the next look.
pub async fn run(app: App, transport: Transport, mut stop: watch::Receiver<bool>) {
    let poll = app.config.outbox.poll;
    while !*stop.borrow() {
        match work_off(&app, &transport).await {
            Ok(_) => {}
            Err(error) => {
                tracing::error!(cause = %error, "the outbox can't be read");
                tokio::time::sleep(poll).await;
            }
        }
        tokio::select! {
            () = app.outbox_wakeup.notified() => {}
            () = tokio::time::sleep(poll) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Does every row that is due now; returns how many were tried. Tests call it by hand.
///
/// # Errors
/// When the store does not answer; a row's own failure is written to the row.
pub async fn work_off(app: &App, transport: &Transport) -> Result<usize, StoreError> {
    let mut tried = 0;
    while let Some(row) = app.store.outbox_lease(app.clock.now(), app.config.outbox.lease).await? {
        tried += 1;
        match perform(app, transport, &row).await {
            Ok(()) => app.store.outbox_done(&row, app.clock.now()).await?,
            Err(JobError::Limited(wait)) => {
                let error = JobError::Limited(wait);
                app.store
                    .outbox_put_back(&row, error.code(), app.clock.now() + wait)
                    .await?;
            }
            Err(error) => report_failure(app, &row, &error).await?,
        }
    }
    Ok(tried)
}

async fn perform(app: &App, transport: &Transport, row: &OutboxRow) -> Result<(), JobError> {
    let submission = app
        .store
        .submission(&Scope::System, row.submission_id)
        .await
        .map_err(JobError::Store)?;
    let submission = submission.ok_or(JobError::Gone)?;
    let mail = match row.order {
        OutboxOrder::ReceiptMail => message::receipt_mail(&submission, app.pages()),
        OutboxOrder::OutcomeMail(id) => {
            let outcome = app.store.outcome(id).await.map_err(JobError::Store)?;
            message::outcome_mail(&submission, &outcome.ok_or(JobError::Gone)?, app.pages())
        }
        OutboxOrder::ReminderMail(id) => {
            let question = app.store.outcome(id).await.map_err(JobError::Store)?;
            let question = question.ok_or(JobError::Gone)?;
            still_waits(&submission, &question)
                .then(|| reminder_mail(&submission, &question, app.pages()))
                .flatten()
        }
    };
    match mail {
        Some(mail) => match app.mail_limit.wait(&app.store, &mail.to) {
            Some(wait) => Err(JobError::Limited(wait)),
            None => transport.send(&mail).await.map_err(JobError::Send),
        },
        None => Ok(()),
    }
}

/// Whether the employer can still answer.
fn still_waits(submission: &StoredSubmission, asked: &StoredOutcome) -> bool {
    submission
        .reports
        .iter()
        .any(|report| matches!(report.state, ReportState::Questioned { question, .. } if question == asked.id))
}

/// The next attempt on the schedule, or given up after the last.
async fn report_failure(app: &App, row: &OutboxRow, error: &JobError) -> Result<(), StoreError> {
    let now = app.clock.now();
    let made = usize::try_from(row.attempts).unwrap_or(usize::MAX).saturating_sub(1);
    let wait: Option<Duration> = app.config.outbox.retry.get(made).copied();
    tracing::warn!(
        row = row.id,
        attempts = row.attempts,
        code = error.code(),
        given_up = wait.is_none(),
        "an outbox row failed"
    );
    match wait {
        Some(wait) => app.store.outbox_retry(row, error.code(), now + wait).await,
        None => app.store.outbox_give_up(row, error.code(), now).await,
    }
}
