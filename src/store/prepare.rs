//! Making a submission ready to be written: numbered, digested and sealed before it queues, so that the one writer only moves bytes.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::{
    StoreError,
    bound::{ReportParts, SubmissionParts},
    earlier::{Brief, said_index},
    reports::cpr_index,
    sealing::{self, ReportContent, SubmissionContent, seal, seal_bytes},
    state::StateColumns,
};
use crate::{
    entropy::Entropy,
    record::{
        Arrival, CorrectionAction, Digest, Employer, FormRef, Intake, IntakeReport, OutboxOrder, Recipe, StoredCpr,
        StoredReport, StoredSubmission, submission_digest,
    },
    value::{Cvr, Redacted, SubmissionId},
    vault::Vault,
};

/// From this many reports on, sealing leaves the threads that answer requests.
const MANY: usize = 20;

/// All that is written for a submission.
pub(super) struct Prepared {
    pub submission: StoredSubmission,
    /// Beside `submission.reports`.
    pub reports: Vec<SealedReport>,
    pub vault: Vault,
    pub seen_version: Option<i64>,
    /// Sender and key: jobs run in this order.
    pub order: String,
    pub idempotency_index: [u8; 32],
    pub content_index: [u8; 32],
    pub sealed: Vec<u8>,
    pub original_sealed: Vec<u8>,
    pub bound: Digest,
    pub transaction_id: uuid::Uuid,
    pub orders: Vec<OutboxOrder>,
    /// Set by the transaction that last wrote it: whether the idempotency key was free.
    is_new: AtomicBool,
}

/// The columns of a report that are not read again.
pub(super) struct SealedReport {
    pub cpr_index: [u8; 32],
    pub sealed: Vec<u8>,
    pub route_sealed: Vec<u8>,
    /// Nothing for a withdrawal.
    pub brief_sealed: Option<Vec<u8>>,
    pub said_index: Option<[u8; 32]>,
    pub bound: Digest,
    /// Of the state that the report came with.
    pub state_bound: Digest,
}

impl Prepared {
    pub fn set_new(&self, is_new: bool) {
        self.is_new.store(is_new, Ordering::Release);
    }

    /// Meaningful after the commit.
    pub fn is_new(&self) -> bool {
        self.is_new.load(Ordering::Acquire)
    }

    /// Whether writing it depends on what is there already.
    pub fn has_corrections(&self) -> bool {
        self.submission
            .reports
            .iter()
            .any(|report| report.report.correction.is_some())
    }
}

/// The keyed hash of sender and idempotency key: the sender may have put anything into the key.
pub(super) fn idempotency_index(vault: &Vault, sender: &Cvr, key: &str) -> [u8; 32] {
    vault.blind_index("idempotency", format!("{} {key}", sender.as_str()).as_bytes())
}

/// The keyed hash of the content digest: the plain one could be used to guess what a small submission says.
pub(super) fn content_index(vault: &Vault, digest: &[u8; 32]) -> [u8; 32] {
    vault.blind_index("content", digest)
}

pub(super) async fn prepare(intake: Intake, vault: Vault, entropy: Entropy) -> Result<Prepared, StoreError> {
    if intake.reports.len() < MANY {
        return prepare_now(intake, vault, &entropy);
    }
    let work = tokio::task::spawn_blocking(move || prepare_now(intake, vault, &entropy));
    work.await.unwrap_or(Err(StoreError::Broken))
}

fn prepare_now(intake: Intake, vault: Vault, entropy: &Entropy) -> Result<Prepared, StoreError> {
    let row = intake.id.to_string();
    let content = SubmissionContent {
        employer: intake.employer,
        notices: intake.notices,
    };
    let sealed = seal(&vault, entropy, sealing::SUBMISSION, &row, &content)?;
    let original_sealed = seal_bytes(&vault, entropy, sealing::ORIGINAL, &row, intake.original.expose())?;
    let sent = Sent {
        id: intake.id,
        received_at: intake.received_at,
        employer: &content.employer,
        form: &intake.form,
    };
    let mut stored = Vec::with_capacity(intake.reports.len());
    let mut reports = Vec::with_capacity(intake.reports.len());
    for (position, report) in intake.reports.into_iter().enumerate() {
        let report = stored_report(report, position, &sent, entropy)?;
        reports.push(seal_report(&vault, entropy, &report, &content.employer.cvr)?);
        stored.push(report);
    }
    let digests = stored.iter().map(|report| report.content_digest);
    let digest = submission_digest(
        &intake.receipt_number,
        intake.received_at,
        &content.employer.cvr,
        digests,
    );
    let submission = StoredSubmission {
        id: intake.id,
        receipt_number: intake.receipt_number,
        received_at: intake.received_at,
        channel: intake.channel,
        sender: intake.sender,
        form: intake.form,
        employer: content.employer,
        notices: content.notices,
        reports: stored,
        digest,
    };
    Ok(Prepared {
        order: format!("{} {}", submission.sender.cvr, intake.idempotency.key),
        idempotency_index: idempotency_index(&vault, &submission.sender.cvr, &intake.idempotency.key),
        content_index: content_index(&vault, &intake.idempotency.content_digest),
        bound: bound_submission(&vault, &submission),
        submission,
        reports,
        vault,
        seen_version: intake.seen_version,
        sealed,
        original_sealed,
        transaction_id: intake.transaction_id,
        orders: intake.orders,
        is_new: AtomicBool::new(false),
    })
}

/// What all reports of a submission share.
struct Sent<'a> {
    id: SubmissionId,
    received_at: Timestamp,
    employer: &'a Employer,
    form: &'a FormRef,
}

fn stored_report(
    report: IntakeReport,
    position: usize,
    sent: &Sent<'_>,
    entropy: &Entropy,
) -> Result<StoredReport, StoreError> {
    let mut stored = StoredReport {
        id: report.id,
        submission_id: sent.id,
        position,
        report: report.report,
        arrival: Arrival {
            route: report.route.clone(),
            state: report.state.clone(),
        },
        route: report.route,
        state: report.state,
        version: 1,
        assessment: report.assessment,
        received_at: sent.received_at,
        salt: Redacted::new(entropy.bytes()?),
        recipe: Recipe::NEWEST,
        content_digest: [0; 32],
    };
    stored.content_digest = stored.committed(sent.employer, sent.form).digest(stored.recipe);
    Ok(stored)
}

fn bound_submission(vault: &Vault, submission: &StoredSubmission) -> Digest {
    let credential = submission.sender.credential.map(|id| id.to_string());
    let parts = SubmissionParts {
        id: &submission.id.to_string(),
        receipt_number: &submission.receipt_number.to_string(),
        received_at: submission.received_at.as_millisecond(),
        channel: submission.channel.as_str(),
        sender_cvr: submission.sender.cvr.as_str(),
        sender_credential_id: credential.as_deref(),
        employer_cvr: submission.employer.cvr.as_str(),
        form: [&submission.form.id, &submission.form.version, &submission.form.hash],
        digest: &submission.digest,
    };
    parts.mac(vault)
}

fn bound_report(vault: &Vault, report: &StoredReport, employer: &Cvr, cpr_index: &[u8; 32]) -> Digest {
    let correction = report.report.correction;
    let corrects = correction.map(|correction| correction.corrects.to_string());
    let parts = ReportParts {
        id: &report.id.to_string(),
        submission_id: &report.submission_id.to_string(),
        position: i64::try_from(report.position).expect("a submission has at most 10,000 reports"),
        employer_cvr: employer.as_str(),
        kind: report.report.kind.as_str(),
        content_kind: report.report.content_kind().as_str(),
        corrects_id: corrects.as_deref(),
        correction_action: correction.map(|correction| action_code(correction.action)),
        cpr_index,
        content_digest: &report.content_digest,
    };
    parts.mac(vault)
}

/// As it stands in the column.
pub(super) fn action_code(action: CorrectionAction) -> &'static str {
    match action {
        CorrectionAction::Replace { .. } => "replace",
        CorrectionAction::Withdraw => "withdraw",
    }
}

fn seal_report(
    vault: &Vault,
    entropy: &Entropy,
    report: &StoredReport,
    employer: &Cvr,
) -> Result<SealedReport, StoreError> {
    let row = report.id.to_string();
    let content = ReportContent {
        cpr: StoredCpr(report.report.employee.cpr.clone()),
        name: report.report.employee.name.clone(),
        answers: report.report.answers.clone(),
        raw: report.report.raw.clone(),
        notices: report.report.notices.clone(),
        hint_answers: report.report.hint_answers.clone(),
        assessment: report.assessment.clone(),
        salt: report.salt.clone(),
        recipe: report.recipe,
    };
    let cpr_index = cpr_index(vault, &content.cpr.0);
    let says = (report.report.content_kind(), &report.report.answers);
    let said_index = said_index(vault, employer.as_str(), &content.cpr.0, says);
    let brief = said_index.map(|said| Brief::of(&report.report, Some(&said)));
    let seal_brief = |brief| seal(vault, entropy, sealing::BRIEF, &row, &brief);
    Ok(SealedReport {
        bound: bound_report(vault, report, employer, &cpr_index),
        state_bound: StateColumns::from(&report.state).mac(vault, &row, report.version),
        cpr_index,
        said_index,
        brief_sealed: brief.map(seal_brief).transpose()?,
        sealed: seal(vault, entropy, sealing::REPORT, &row, &content)?,
        route_sealed: seal(vault, entropy, sealing::ROUTE, &row, &report.route)?,
    })
}
