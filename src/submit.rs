//! THE PIPELINE: one submission from bytes to receipt, in one readable function. Every channel (page, file, machine) ends here, so all
//! give the same answers.

use std::sync::{Arc, atomic::AtomicBool};

use crate::{
    app::App,
    calculate,
    entropy::NoEntropy,
    fields::FORM,
    find_residence,
    finding::{Findings, Places, Violation},
    form::Form,
    heavy::{CutShort, SMALL_BODY},
    known_before,
    receive::{self, RawSubmission},
    record::{
        Channel, Earlier, IdempotencyKey, Intake, IntakeReport, OutboxOrder, Report, Route, Sender, StoredSubmission,
        Submission,
    },
    route,
    store::{StoreError, TakeInError},
    validate::{self},
    value::{Cvr, Money, ReceiptNumber, ReportId, SubmissionId},
};

/// What a channel hands over: the submission as it came, who sent it, and the key that makes a repeat the same act.
#[derive(Debug)]
pub struct Incoming {
    pub raw: RawSubmission,
    pub channel: Channel,
    pub sender: Sender,
    pub idempotency_key: String,
    pub transaction_id: uuid::Uuid,
    /// The version of the corrected report that the sender has seen (`If-Match`).
    pub seen_version: Option<i64>,
}

/// The submission as it now stands in the store. `repeated` when an earlier call with the same key and content had put it there.
#[derive(Debug)]
pub struct Accepted {
    pub submission: StoredSubmission,
    pub repeated: bool,
}

/// What a check alone gives: the way each report would take, nothing stored.
#[derive(Debug)]
pub struct Checked {
    pub submission: Submission,
    pub reports: Vec<CheckedReport>,
}

/// One report of a check.
#[derive(Debug)]
pub struct CheckedReport {
    pub route: Route,
    pub assessment: calculate::ReportAssessment,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("the submission is not valid")]
    Invalid(Vec<Violation>),
    #[error("the sender may not report for this employer")]
    ForeignEmployer,
    #[error("no version of the form is in force")]
    NoForm,
    #[error("the submission could not be stored")]
    TakeIn(#[source] TakeInError),
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

impl SubmitError {
    /// Whether a repeat may end so that comes when the form, the disk or the load is not as it was for the first call. Of a write that
    /// nobody knows the end of, only asking again tells.
    fn may_be_of_a_repeat(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::ForeignEmployer | Self::NoForm => true,
            Self::TakeIn(TakeInError::Busy) => true,
            Self::TakeIn(TakeInError::Store(error)) => !matches!(error, StoreError::Uncertain(_)),
            Self::TakeIn(_) | Self::NoEntropy(_) | Self::CutShort(_) => false,
        }
    }
}

/// From this many reports on, checking and calculating leave the threads that answer requests.
const MANY: usize = 20;

/// Takes in one submission.
///
/// # Errors
/// [`SubmitError::Invalid`] tells everything that is wrong at once; then, as for every other error, nothing was stored.
pub async fn submit(app: &App, mut incoming: Incoming) -> Result<Accepted, SubmitError> {
    let (content_digest, raw) = aside(app, incoming.raw, |_, raw| receive::content_digest(raw)).await?;
    incoming.raw = raw;
    let sender = incoming.sender.cvr.clone();
    let key = IdempotencyKey {
        key: incoming.idempotency_key.clone(),
        content_digest,
    };
    // A repeat gets the first answer, even when the form has changed since. That it is one, the write itself tells; only where much
    // work would come before it, it is looked for beforehand.
    if !is_small(&incoming.raw)
        && let Some(repeated) = repeat(app, &sender, &key).await?
    {
        return Ok(repeated);
    }
    match take(app, incoming, key.clone()).await {
        Err(error) if error.may_be_of_a_repeat() => repeat(app, &sender, &key).await?.ok_or(error),
        done => done,
    }
}

/// Everything of [`submit`] but looking for a repeat beforehand.
async fn take(app: &App, incoming: Incoming, idempotency: IdempotencyKey) -> Result<Accepted, SubmitError> {
    let now = app.clock.now();
    let (submission, raw) = aside(app, incoming.raw, validated).await?;
    let submission = submission?;
    may_report_for(&incoming.sender, &submission.employer.cvr)?;
    let (submission, ways) = ways_of(app, submission, raw.places).await?;
    let reports = submission.reports.into_iter().zip(ways);
    let reports = reports.map(|(report, way)| prepare(app, report, way, now));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;

    let intake = Intake {
        id: SubmissionId::from_uuid(app.entropy.uuid(now)?),
        receipt_number: ReceiptNumber::from_random(app.entropy.bytes()?),
        received_at: now,
        channel: incoming.channel,
        sender: incoming.sender,
        idempotency,
        transaction_id: incoming.transaction_id,
        form: submission.form,
        orders: orders(submission.employer.contact_email.is_some()),
        employer: submission.employer,
        notices: submission.notices,
        reports,
        original: raw.original,
        seen_version: incoming.seen_version,
    };
    let taken = app.store.take_in(intake).await.map_err(SubmitError::TakeIn)?;
    app.outbox_wakeup.notify_one();
    Ok(Accepted {
        submission: taken.submission,
        repeated: taken.repeated,
    })
}

/// The same checks, routing and calculation; stores nothing.
///
/// # Errors
/// As [`submit`].
pub async fn check(app: &App, raw: RawSubmission, sender: &Sender) -> Result<Checked, SubmitError> {
    let (submission, raw) = aside(app, raw, validated).await?;
    let submission = submission?;
    may_report_for(sender, &submission.employer.cvr)?;
    let (submission, reports) = ways_of(app, submission, raw.places).await?;
    Ok(Checked { submission, reports })
}

/// Work on a submission as it came: a small one here, a large one where it holds nobody up, until nobody waits for it.
async fn aside<T: Send + 'static>(
    app: &App,
    mut raw: RawSubmission,
    work: impl FnOnce(&App, &RawSubmission) -> T + Send + 'static,
) -> Result<(T, RawSubmission), CutShort> {
    if is_small(&raw) {
        return Ok((work(app, &raw), raw));
    }
    let bytes = raw.original.expose().len();
    let own = app.clone();
    let work = move |gone: &Arc<AtomicBool>| {
        raw.findings.stop_when(gone.clone());
        (work(&own, &raw), raw)
    };
    app.heavy.take_apart(bytes, work).await
}

fn is_small(raw: &RawSubmission) -> bool {
    let reports = raw.body.get("reports").and_then(serde_json::Value::as_array);
    raw.original.expose().len() <= SMALL_BODY && reports.is_none_or(|reports| reports.len() < MANY)
}

/// Stage 2 alone: what was sent, as its form understands it.
///
/// # Errors
/// [`SubmitError::Invalid`] with everything that is wrong.
pub fn validated(app: &App, raw: &RawSubmission) -> Result<Submission, SubmitError> {
    let form = form_of(app, raw)?;
    validate::validate(form, &app.rules, raw, app.clock.today()).map_err(SubmitError::Invalid)
}

/// Stages 3 and 4 for all reports. What was reported before is looked up here, so that the stages themselves stay pure; it gives hints
/// and nothing else. A report counts as one before those that follow it in the same submission.
/// Once all hints are there, the employer's answers are held against them.
async fn ways_of(
    app: &App,
    submission: Submission,
    places: Places,
) -> Result<(Submission, Vec<CheckedReport>), SubmitError> {
    let earlier = app.store.earlier(&submission.employer.cvr, &submission.reports).await;
    let earlier = earlier.map_err(|error| SubmitError::TakeIn(error.into()))?;
    if submission.reports.len() < MANY {
        return ways_after(app, earlier, submission, &places);
    }
    let own = app.clone();
    let work = move |_: &_| ways_after(&own, earlier, submission, &places);
    app.heavy.run(work).await?
}

fn ways_after(
    app: &App,
    mut earlier: Earlier,
    mut submission: Submission,
    places: &Places,
) -> Result<(Submission, Vec<CheckedReport>), SubmitError> {
    let mut ways = Vec::with_capacity(submission.reports.len());
    let mut wrong = Findings::new();
    for (position, report) in submission.reports.iter_mut().enumerate() {
        known_before::tell(&app.rules, position, report, &earlier);
        ways.push(way_of(app, position, report, earlier.before(report)));
        validate::settle_hint_answers(position, report)
            .into_iter()
            .for_each(|violation| wrong.push(violation));
        earlier.add(report);
        if wrong.is_full() {
            break;
        }
    }
    if wrong.is_empty() {
        Ok((submission, ways))
    } else {
        Err(SubmitError::Invalid(places.add_to(wrong.into())))
    }
}

/// Stages 3 and 4 for one report. What the calculation notices joins what validation noticed.
fn way_of(app: &App, position: usize, report: &mut Report, previous_total: Option<Money>) -> CheckedReport {
    let assessment = calculate::assess_report(&app.rules, &validate::facts(report, previous_total));
    validate::join_hints(position, report, assessment.hints());
    CheckedReport {
        route: find_residence::verified_first(app, route::route(report)),
        assessment,
    }
}

fn prepare(app: &App, report: Report, way: CheckedReport, now: jiff::Timestamp) -> Result<IntakeReport, NoEntropy> {
    let CheckedReport { route, assessment } = way;
    let state = route.first_state(now);
    Ok(IntakeReport {
        id: ReportId::from_uuid(app.entropy.uuid(now)?),
        report,
        route,
        state,
        assessment,
    })
}

/// What an earlier call with the same key and content has put into the store.
async fn repeat(app: &App, sender: &Cvr, key: &IdempotencyKey) -> Result<Option<Accepted>, SubmitError> {
    let found = app.store.find_repeat(sender, key).await.map_err(SubmitError::TakeIn)?;
    Ok(found.map(|submission| Accepted {
        submission,
        repeated: true,
    }))
}

/// The version that the sender names. Where there is none of that name, the one in force: checking against it tells that the name is
/// wrong, together with everything else.
fn form_of<'a>(app: &'a App, raw: &RawSubmission) -> Result<&'a Form, SubmitError> {
    let id = raw.form.as_deref().unwrap_or(FORM);
    let named = raw
        .form_version
        .as_deref()
        .and_then(|version| app.forms.find(id, version));
    named
        .or_else(|| app.forms.current(FORM, app.clock.today()))
        .ok_or(SubmitError::NoForm)
}

fn may_report_for(sender: &Sender, employer: &Cvr) -> Result<(), SubmitError> {
    if sender.cvr == *employer {
        Ok(())
    } else {
        Err(SubmitError::ForeignEmployer)
    }
}

fn orders(has_email: bool) -> Vec<OutboxOrder> {
    if has_email {
        vec![OutboxOrder::ReceiptMail]
    } else {
        Vec::new()
    }
}
