//! One row of the outbox: what its mail is made from, sending it, and how the row goes on.

use crate::{
    app::App,
    notify::{Mail, Pages, SendError, Transport, message, reminder_mail},
    record::{MailFacts, OutboxOrder},
    store::{Failure, OutboxEnd, OutboxRow, StoreError},
};

/// Why a row was not done this time.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the mail did not leave")]
    Send(#[source] SendError),
    #[error("what the row speaks of is not there")]
    Gone,
    #[error("the store did not answer")]
    Store(#[source] StoreError),
}

/// Sends the mail of a row and tells how the row ends.
pub(super) async fn perform(app: &App, transport: &Transport, row: &OutboxRow) -> OutboxEnd {
    let error = match compose(app, row).await {
        // Nobody to tell, or nothing to tell any more.
        Ok(None) => return OutboxEnd::Nothing,
        Ok(Some(mail)) if let Some(wait) = app.mail_limit.wait(&app.store, &mail.to) => {
            tracing::info!(
                row = row.id,
                wait_s = wait.as_secs(),
                "an address was sent as many mails as it may get; this one waits"
            );
            return OutboxEnd::Postponed {
                at: app.clock.now() + wait,
            };
        }
        Ok(Some(mail)) => match transport.send(&mail).await {
            Ok(()) => return OutboxEnd::Sent,
            Err(error) => JobError::Send(error),
        },
        Err(error) => error,
    };
    match error {
        JobError::Send(error) if error.is_final() => give_up(row, failure(error)),
        JobError::Send(error) => failed(app, row, failure(error)),
        JobError::Gone => give_up(
            row,
            Failure {
                code: "gone",
                reply: None,
            },
        ),
        // The mail was not tried: a database that is away uses up no attempt.
        JobError::Store(error) => {
            tracing::warn!(row = row.id, cause = %error, "what a mail is made from can't be read");
            let wait = app.config.outbox.retry.first().copied().unwrap_or_default();
            OutboxEnd::Postponed {
                at: app.clock.now() + wait,
            }
        }
    }
}

async fn compose(app: &App, row: &OutboxRow) -> Result<Option<Mail>, JobError> {
    let facts = app.store.mail_facts(row).await.map_err(JobError::Store)?;
    mail(&facts.ok_or(JobError::Gone)?, row.order, app.pages())
}

/// The mail of an order. `None` when there is nobody to tell, or nothing any more.
fn mail(facts: &MailFacts, order: OutboxOrder, pages: Pages<'_>) -> Result<Option<Mail>, JobError> {
    Ok(match order {
        OutboxOrder::ReceiptMail => message::receipt_mail(facts, pages),
        OutboxOrder::OutcomeMail(_) => {
            let answered = facts.answered.as_ref().ok_or(JobError::Gone)?;
            message::outcome_mail(facts, answered, pages)
        }
        OutboxOrder::ReminderMail(_) => {
            let question = facts.answered.as_ref().ok_or(JobError::Gone)?;
            question.waits.then(|| reminder_mail(facts, question, pages)).flatten()
        }
    })
}

fn failure(error: SendError) -> Failure {
    Failure {
        code: error.code(),
        reply: error.reply(),
    }
}

/// The next attempt on the schedule, or given up after the last.
pub(super) fn failed(app: &App, row: &OutboxRow, failure: Failure) -> OutboxEnd {
    let made = usize::try_from(row.attempts).unwrap_or(usize::MAX).saturating_sub(1);
    match app.config.outbox.retry.get(made) {
        Some(wait) => {
            tell(row, failure, false);
            OutboxEnd::Retry {
                failure,
                at: app.clock.now() + *wait,
            }
        }
        None => give_up(row, failure),
    }
}

fn give_up(row: &OutboxRow, failure: Failure) -> OutboxEnd {
    tell(row, failure, true);
    OutboxEnd::GiveUp { failure }
}

fn tell(row: &OutboxRow, failure: Failure, given_up: bool) {
    tracing::warn!(
        row = row.id,
        attempts = row.attempts,
        code = failure.code,
        reply = failure.reply,
        given_up,
        "a mail did not leave"
    );
}
