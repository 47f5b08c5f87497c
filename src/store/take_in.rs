//! Taking in: everything of one submission in one transaction, or nothing.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::AnyConnection;

use super::{
    Store, StoreError, TakeInError, corrections,
    feed::NewEntry,
    insert::Insert,
    outbox::NewRow,
    reports::cpr_index,
    sealing::{self, ReportContent, SubmissionContent, seal, seal_bytes},
    state::StateColumns,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::{Action, Proof, Role},
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    entropy::Entropy,
    record::{
        CorrectionAction, FeedEvent, Intake, IntakeReport, OutboxOrder, ReportState, Sender, StoredCpr, StoredReport,
        StoredSubmission, content_digest, submission_digest,
    },
    value::{Cvr, MunicipalityCode, Redacted, SubmissionId},
    vault::Vault,
};

/// A submission as it now stands.
#[derive(Debug, Clone)]
pub struct TakenIn {
    pub submission: StoredSubmission,
    /// An earlier call with the same key and content had put it there.
    pub repeated: bool,
}

/// From this many reports on, sealing leaves the threads that answer requests.
const MANY: usize = 20;

/// All that is written, sealed already: the one writer only moves bytes.
pub(super) struct Prepared {
    pub submission: StoredSubmission,
    pub reports: Vec<SealedReport>,
    pub vault: Vault,
    pub seen_version: Option<i64>,
    order: String,
    idempotency_index: [u8; 32],
    content_index: [u8; 32],
    sealed: Vec<u8>,
    original_sealed: Vec<u8>,
    transaction_id: uuid::Uuid,
    orders: Vec<OutboxOrder>,
}

/// The parts of a report that are not read again.
pub(super) struct SealedReport {
    cpr_index: [u8; 32],
    sealed: Vec<u8>,
    route_sealed: Vec<u8>,
}

/// The keyed hash of sender and idempotency key.
pub(super) fn idempotency_index(vault: &Vault, sender: &Cvr, key: &str) -> [u8; 32] {
    vault.blind_index("idempotency", format!("{} {key}", sender.as_str()).as_bytes())
}

/// The keyed hash of the content digest: the plain one could be used to guess what a small submission says.
pub(super) fn content_index(vault: &Vault, digest: &[u8; 32]) -> [u8; 32] {
    vault.blind_index("content", digest)
}

impl Store {
    /// Writes a submission with its reports, feed entries, outbox rows and audit entry, and answers when that is on disk. The same
    /// key with the same content gives the same answer however often and however concurrently it comes.
    ///
    /// # Errors
    /// Nothing was written; see [`TakeInError`]. After [`StoreError::Uncertain`] only asking again tells.
    pub async fn take_in(&self, intake: Intake) -> Result<TakenIn, TakeInError> {
        let (sender, key) = (intake.sender.cvr.clone(), intake.idempotency.clone());
        let prepared = Arc::new(self.prepare(intake).await?);
        let written = self
            .writer()
            .write(TakeIn(prepared.clone()))
            .await
            .map_err(|fault| match fault {
                Fault::Refused(refusal) => refusal,
                Fault::Store(error) => error.into(),
            })?;
        match written {
            Written::New(changed) => {
                let mut submission = prepared.submission.clone();
                for (report, state) in submission.reports.iter_mut().zip(changed) {
                    report.state = state;
                }
                Ok(TakenIn {
                    submission,
                    repeated: false,
                })
            }
            Written::Repeat => {
                let found = self.find_repeat(&sender, &key).await?;
                let submission = found.ok_or(StoreError::Broken)?;
                Ok(TakenIn {
                    submission,
                    repeated: true,
                })
            }
        }
    }

    async fn prepare(&self, intake: Intake) -> Result<Prepared, StoreError> {
        let (vault, entropy) = (self.vault().clone(), self.entropy().clone());
        if intake.reports.len() < MANY {
            return prepare(intake, vault, &entropy);
        }
        let work = tokio::task::spawn_blocking(move || prepare(intake, vault, &entropy));
        work.await.unwrap_or(Err(StoreError::Broken))
    }
}

fn prepare(intake: Intake, vault: Vault, entropy: &Entropy) -> Result<Prepared, StoreError> {
    let id = intake.id.to_string();
    let content = SubmissionContent {
        employer: intake.employer,
        notices: intake.notices,
    };
    let sealed = seal(&vault, entropy, sealing::SUBMISSION, &id, &content)?;
    let original_sealed = seal_bytes(&vault, entropy, sealing::ORIGINAL, &id, intake.original.expose())?;
    let mut stored = Vec::with_capacity(intake.reports.len());
    let mut reports = Vec::with_capacity(intake.reports.len());
    for (position, report) in intake.reports.into_iter().enumerate() {
        let report = stored_report(
            report,
            position,
            &intake.id,
            intake.received_at,
            &content.employer.cvr,
            entropy,
        )?;
        reports.push(seal_report(&vault, entropy, &report)?);
        stored.push(report);
    }
    let digests = stored.iter().map(|report| report.content_digest);
    let digest = submission_digest(
        &intake.receipt_number,
        intake.received_at,
        &content.employer.cvr,
        digests,
    );
    Ok(Prepared {
        order: format!("{} {}", intake.sender.cvr, intake.idempotency.key),
        idempotency_index: idempotency_index(&vault, &intake.sender.cvr, &intake.idempotency.key),
        content_index: content_index(&vault, &intake.idempotency.content_digest),
        submission: StoredSubmission {
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
        },
        reports,
        vault,
        seen_version: intake.seen_version,
        sealed,
        original_sealed,
        transaction_id: intake.transaction_id,
        orders: intake.orders,
    })
}

fn stored_report(
    report: IntakeReport,
    position: usize,
    submission_id: &SubmissionId,
    received_at: Timestamp,
    employer: &Cvr,
    entropy: &Entropy,
) -> Result<StoredReport, StoreError> {
    let salt = Redacted::new(entropy.bytes()?);
    Ok(StoredReport {
        id: report.id,
        submission_id: *submission_id,
        position,
        content_digest: content_digest(report.id, employer, &report.report, salt.expose()),
        report: report.report,
        route: report.route,
        state: report.state,
        version: 1,
        assessment: report.assessment,
        received_at,
        salt,
    })
}

fn seal_report(vault: &Vault, entropy: &Entropy, report: &StoredReport) -> Result<SealedReport, StoreError> {
    let id = report.id.to_string();
    let content = ReportContent {
        cpr: StoredCpr(report.report.employee.cpr.clone()),
        name: report.report.employee.name.clone(),
        answers: report.report.answers.clone(),
        raw: report.report.raw.clone(),
        notices: report.report.notices.clone(),
        assessment: report.assessment.clone(),
        salt: report.salt.clone(),
    };
    Ok(SealedReport {
        cpr_index: cpr_index(vault, &content.cpr.0),
        sealed: seal(vault, entropy, sealing::REPORT, &id, &content)?,
        route_sealed: seal(vault, entropy, sealing::ROUTE, &id, &report.route)?,
    })
}

/// The job.
struct TakeIn(Arc<Prepared>);

enum Written {
    /// With the state of each report as it was written: that of a withdrawal is known only in the transaction.
    New(Vec<ReportState>),
    /// The key had been used. Whether with the same content is seen after the commit.
    Repeat,
}

impl Write for TakeIn {
    type Answer = Written;
    type Refusal = TakeInError;

    fn order(&self) -> &str {
        &self.0.order
    }

    fn weight(&self) -> usize {
        self.0.reports.len()
    }

    async fn run(&self, tx: &mut Tx) -> Result<Written, Fault<TakeInError>> {
        let prepared = &*self.0;
        if !insert_submission(tx.connection(), prepared).await? {
            return Ok(Written::Repeat);
        }
        let mut states = Vec::with_capacity(prepared.reports.len());
        let mut entries = Vec::with_capacity(prepared.reports.len());
        for report in &prepared.submission.reports {
            states.push(match report.report.correction {
                Some(correction) => corrections::apply(tx, prepared, report, correction, &mut entries).await?,
                None => plain(report, &mut entries),
            });
        }
        insert_reports(tx.connection(), prepared, &states).await?;
        for (municipality, entry) in entries {
            tx.append(municipality, entry);
        }
        for order in &prepared.orders {
            tx.order(NewRow {
                order: *order,
                submission: prepared.submission.id,
            });
        }
        tx.audit(audit_entry(prepared));
        Ok(Written::New(states))
    }
}

/// An ordinary report goes where its route says.
fn plain(report: &StoredReport, entries: &mut Vec<(MunicipalityCode, NewEntry)>) -> ReportState {
    if let Some(municipality) = report.state.municipality() {
        entries.push((*municipality, NewEntry::of(report, FeedEvent::Available)));
    }
    report.state.clone()
}

fn audit_entry(prepared: &Prepared) -> AuditEntry {
    let Sender { cvr, credential } = &prepared.submission.sender;
    AuditEntry {
        at: prepared.submission.received_at,
        actor: Actor {
            role: Role::Employer,
            subject: Some(cvr.as_str().to_owned()),
            proof: credential.map(Proof::Credential),
        },
        deed: Deed::Asked(Action::Submit),
        target: Target::Submission(prepared.submission.id),
        purpose: Purpose::Reporting,
        transaction_id: prepared.transaction_id,
    }
}

const INSERT_SUBMISSION: &str = "-- store::take_in::insert_submission
INSERT INTO submission (id, receipt_number, received_at, channel, sender_cvr, sender_credential_id, idempotency_index,
    content_index, transaction_id, employer_cvr, form_id, form_version, form_hash, digest, sealed, original_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (idempotency_index) DO NOTHING";

/// False when the idempotency key is taken. Waits for another node that is just about to take it.
async fn insert_submission(connection: &mut AnyConnection, prepared: &Prepared) -> Result<bool, StoreError> {
    let submission = &prepared.submission;
    let done = sqlx::query(INSERT_SUBMISSION)
        .bind(submission.id.to_string())
        .bind(submission.receipt_number.to_string())
        .bind(submission.received_at.as_millisecond())
        .bind(submission.channel.as_str())
        .bind(submission.sender.cvr.as_str())
        .bind(submission.sender.credential.map(|id| id.to_string()))
        .bind(prepared.idempotency_index.as_slice())
        .bind(prepared.content_index.as_slice())
        .bind(prepared.transaction_id.to_string())
        .bind(submission.employer.cvr.as_str())
        .bind(submission.form.id.as_str())
        .bind(submission.form.version.as_str())
        .bind(submission.form.hash.as_str())
        .bind(submission.digest.as_slice())
        .bind(prepared.sealed.as_slice())
        .bind(prepared.original_sealed.as_slice())
        .execute(connection)
        .await
        .map_err(StoreError::at(INSERT_SUBMISSION))?;
    Ok(done.rows_affected() == 1)
}

const INSERT_REPORTS: Insert = Insert {
    head: "-- store::take_in::insert_reports\nINSERT INTO report (id, submission_id, position, employer_cvr, kind, \
           content_kind, corrects_id, correction_action, state, state_at, state_by_id, state_detail, municipality, version, \
           cpr_index, content_digest, sealed, route_sealed)",
    columns: 18,
};

async fn insert_reports(
    connection: &mut AnyConnection,
    prepared: &Prepared,
    states: &[ReportState],
) -> Result<(), StoreError> {
    let employer = prepared.submission.employer.cvr.as_str();
    let rows = prepared.submission.reports.iter().zip(&prepared.reports).zip(states);
    let rows: Vec<_> = rows
        .map(|((report, sealed), state)| (report, sealed, StateColumns::from(state)))
        .collect();
    INSERT_REPORTS
        .rows(connection, &rows, |query, (report, sealed, state)| {
            query
                .bind(report.id.to_string())
                .bind(report.submission_id.to_string())
                .bind(i64::try_from(report.position).unwrap_or(i64::MAX))
                .bind(employer)
                .bind(report.report.kind.as_str())
                .bind(report.report.content_kind().as_str())
                .bind(
                    report
                        .report
                        .correction
                        .map(|correction| correction.corrects.to_string()),
                )
                .bind(
                    report
                        .report
                        .correction
                        .map(|correction| action_code(correction.action)),
                )
                .bind(state.state)
                .bind(state.at)
                .bind(state.by.as_deref())
                .bind(state.detail.as_deref())
                .bind(state.municipality)
                .bind(report.version)
                .bind(sealed.cpr_index.as_slice())
                .bind(report.content_digest.as_slice())
                .bind(sealed.sealed.as_slice())
                .bind(sealed.route_sealed.as_slice())
        })
        .await
}

fn action_code(action: CorrectionAction) -> &'static str {
    match action {
        CorrectionAction::Replace { .. } => "replace",
        CorrectionAction::Withdraw => "withdraw",
    }
}
