//! Asks the residence register about what is held, report by report, and lets those go whose municipality it knows. A register that is
//! down delays; nothing is lost, as what is held is asked about until somebody, register or person, has found its municipality.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::{
    access::{Action, Scope},
    app::App,
    audit::Deed,
    record::{HeldReason, ReportState, Route, StoredReport},
    residence::{NotAnswered, Residence},
    store::{ResidenceQuestion, StepError, StoreError, register_entry},
    value::{FreeText, MunicipalityCode, Redacted},
};

/// What stands with the report, for both sides.
pub const FOUND: &str = "Bopælsregistret oplyser kommunen.";
pub const STATED: &str = "Bopælsregistret oplyser ingen kommune. Arbejdsgiverens oplysning er brugt.";

/// How long a try may take beyond the register's own time, before somebody else may try.
const SPARE: Duration = Duration::from_secs(30);

/// Works until told to stop. Ends at once where no register is set.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    if app.register.is_off() {
        return;
    }
    while !*stop.borrow() {
        if let Err(error) = ask_all_due(&app).await {
            tracing::error!(cause = %error, "the held reports can't be read");
        }
        tokio::select! {
            () = tokio::time::sleep(app.config.outbox.poll) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Asks about every held report that is due, until the register is left alone; returns how many were asked about. Tests call it by hand.
///
/// # Errors
/// When the store does not answer; a try's own failure is written to its question.
pub async fn ask_all_due(app: &App) -> Result<usize, StoreError> {
    let lease = app.config.residence.timeout + SPARE;
    let mut asked = 0;
    while app.register.may_ask(app.clock.now()) {
        let Some(question) = app.store.residence_take(app.clock.now(), lease).await? else {
            break;
        };
        asked += 1;
        let found = app.store.report(&Scope::System, question.report).await?;
        let report = found.map(|detail| detail.report);
        match report.filter(|report| matches!(report.state, ReportState::Held { .. })) {
            Some(report) => ask_about(app, &question, &report).await?,
            // Somebody was faster.
            None => app.store.residence_answered(&question, app.clock.now()).await?,
        }
    }
    Ok(asked)
}

async fn ask_about(app: &App, question: &ResidenceQuestion, report: &StoredReport) -> Result<(), StoreError> {
    match answer_of(app, question, report).await {
        Ok(residence) => {
            if let Some((route, reason)) = released(residence, &report.state) {
                release(app, question, route, reason).await?;
            }
            app.store.residence_answered(question, app.clock.now()).await
        }
        Err(error) => {
            let wait = wait_after(app, question.attempts);
            tracing::warn!(
                report = %question.report,
                attempts = question.attempts,
                code = error.code(),
                "the residence register did not answer"
            );
            let at = app.clock.now() + wait;
            app.store.residence_failed(question, error.code(), at).await
        }
    }
}

/// The register's word, or nothing told for a number that no register has.
async fn answer_of(app: &App, question: &ResidenceQuestion, report: &StoredReport) -> Result<Residence, NotAnswered> {
    if let ReportState::Held {
        reason: HeldReason::ReplacementNumber,
        ..
    } = report.state
    {
        return Ok(Residence::NotTold);
    }
    let (register, cpr) = (
        Arc::clone(&app.register),
        Redacted::new(report.report.employee.cpr.clone()),
    );
    let (call, now) = (question.call, app.clock.now());
    let asked = tokio::task::spawn_blocking(move || register.ask(cpr.expose(), call, now));
    asked.await.unwrap_or(Err(NotAnswered::Unreadable))
}

/// Where the answer sends a report; nowhere where a person has to find out.
fn released(residence: Residence, state: &ReportState) -> Option<(Route, &'static str)> {
    match (residence, state) {
        (Residence::In(municipality), _) => Some((Route::ResidenceRegister { municipality }, FOUND)),
        (
            Residence::NotTold,
            ReportState::Held {
                reason: HeldReason::RegisterNotReached { stated },
                ..
            },
        ) => Some((Route::NamedByEmployer { municipality: *stated }, STATED)),
        (Residence::NotTold, _) => None,
    }
}

/// The same way out of the held queue as that of a person, with the service in the audit.
async fn release(app: &App, question: &ResidenceQuestion, route: Route, reason: &str) -> Result<(), StoreError> {
    let (Some(to), Ok(reason)) = (route.municipality().copied(), reason.parse::<FreeText>()) else {
        return Ok(());
    };
    let audit = register_entry(Deed::Asked(Action::AssignHeld), question, app.clock.now());
    let released: Result<_, StepError> = app.store.release_held(question.report, &to, route, reason, audit).await;
    match released {
        Err(StepError::Store(error)) => Err(error),
        // A person has decided meanwhile, or the employer has taken the report back.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The waits of the schedule, then the last of them for ever: a person can decide at any time.
fn wait_after(app: &App, attempts: i64) -> Duration {
    let retry = &app.config.residence.retry;
    let made = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
    let wait = retry.get(made).or(retry.last()).copied();
    wait.unwrap_or(Duration::from_secs(60))
}

/// The route of a report whose municipality the employer names, where the register is to be asked first.
#[must_use]
pub fn verified_first(app: &App, route: Route) -> Route {
    match route {
        Route::NamedByEmployer { municipality } if app.config.residence.verify_stated => held(municipality),
        other => other,
    }
}

fn held(stated: MunicipalityCode) -> Route {
    Route::Held {
        reason: HeldReason::RegisterNotReached { stated },
    }
}
