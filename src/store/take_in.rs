//! Taking in: everything of one submission in one transaction, or nothing.
//!
//! Submissions without corrections depend on nothing but their own idempotency key. They are collected and written at the end of the
//! batch, all of them in a few statements. One with corrections is written at once, in the savepoint of its job.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Store, StoreError, TakeInError,
    connection::Connection,
    corrections::{self, Applied},
    feed::NewEntry,
    insert::Insert,
    outbox::NewRow,
    prepare::{Prepared, SealedReport, action_code, prepare},
    row::Reader,
    sealing::{self, seal},
    state::StateColumns,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::{Action, Proof, Role},
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    record::{Arrival, Digest, FeedEvent, Intake, ReportState, Sender, StoredReport, StoredSubmission},
    value::{MunicipalityCode, SubmissionId},
};

/// A submission as it now stands.
#[derive(Debug, Clone)]
pub struct TakenIn {
    pub submission: StoredSubmission,
    /// An earlier call with the same key and content had put it there.
    pub repeated: bool,
}

impl Store {
    /// Writes a submission with its reports, feed entries, outbox rows and audit entry, and answers when that is on disk. The same
    /// key with the same content gives the same answer however often and however concurrently it comes.
    ///
    /// # Errors
    /// Nothing was written; see [`TakeInError`]. After [`StoreError::Uncertain`] only asking again tells.
    pub async fn take_in(&self, intake: Intake) -> Result<TakenIn, TakeInError> {
        let (sender, key) = (intake.sender.cvr.clone(), intake.idempotency.clone());
        let prepared = Arc::new(prepare(intake, self.vault().clone(), self.entropy().clone()).await?);
        let written = self.writer().write(TakeIn(prepared.clone())).await;
        let applied = written.map_err(|fault| match fault {
            Fault::Refused(refusal) => refusal,
            Fault::Store(error) => error.into(),
        })?;
        if prepared.is_new() {
            let submission = as_written(prepared.submission.clone(), applied);
            return Ok(TakenIn {
                submission,
                repeated: false,
            });
        }
        // Whoever took the key has committed by now.
        let found = self.find_repeat(&sender, &key).await?;
        Ok(TakenIn {
            submission: found.ok_or(StoreError::Broken)?,
            repeated: true,
        })
    }
}

fn as_written(mut submission: StoredSubmission, applied: Vec<Applied>) -> StoredSubmission {
    for (report, Applied { state, route }) in submission.reports.iter_mut().zip(applied) {
        report.state = state;
        report.route = route.unwrap_or(report.route.clone());
        report.arrival = Arrival {
            route: report.route.clone(),
            state: report.state.clone(),
        };
    }
    submission
}

/// The job. Its answer: how its reports were written, where that can differ from how they came.
struct TakeIn(Arc<Prepared>);

impl Write for TakeIn {
    type Answer = Vec<Applied>;
    type Refusal = TakeInError;

    fn gives_receipt(&self) -> bool {
        true
    }

    fn order(&self) -> &str {
        &self.0.order
    }

    fn weight(&self) -> usize {
        self.0.reports.len()
    }

    fn writes_at_once(&self) -> bool {
        self.0.has_corrections()
    }

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Applied>, Fault<TakeInError>> {
        if self.0.has_corrections() {
            return write_at_once(tx, &self.0).await;
        }
        tx.take_in(self.0.clone());
        Ok(Vec::new())
    }
}

async fn write_at_once(tx: &mut Tx, prepared: &Prepared) -> Result<Vec<Applied>, Fault<TakeInError>> {
    let taken = insert_submissions(tx.connection(), &[prepared]).await?;
    prepared.set_new(!taken.is_empty());
    if !prepared.is_new() {
        return Ok(Vec::new());
    }
    let mut applied = Vec::with_capacity(prepared.reports.len());
    let mut entries = Vec::with_capacity(prepared.reports.len());
    for report in &prepared.submission.reports {
        applied.push(match report.report.correction {
            Some(correction) => corrections::apply(tx, prepared, report, correction, &mut entries).await?,
            None => Applied {
                state: plain(report, &mut entries),
                route: None,
            },
        });
    }
    let rows = rows_of(prepared, &applied, tx)?;
    insert_reports(tx.connection(), &rows).await?;
    follow(tx, prepared, entries);
    Ok(applied)
}

/// Writes the collected submissions of a batch. Those whose key is taken, by another node or by a neighbour, are left out and know it.
pub(super) async fn write_collected(tx: &mut Tx, collected: &[Arc<Prepared>]) -> Result<(), StoreError> {
    let all: Vec<&Prepared> = collected.iter().map(|prepared| &**prepared).collect();
    let inserted = insert_submissions(tx.connection(), &all).await?;
    for prepared in &all {
        prepared.set_new(inserted.contains(&prepared.submission.id));
    }
    let mut rows = Vec::new();
    for prepared in all.iter().filter(|prepared| prepared.is_new()) {
        let mut entries = Vec::with_capacity(prepared.reports.len());
        for (report, sealed) in prepared.submission.reports.iter().zip(&prepared.reports) {
            rows.push(ReportRow::new(report, sealed, prepared, &plain(report, &mut entries)));
        }
        follow(tx, prepared, entries);
    }
    insert_reports(tx.connection(), &rows).await
}

/// An ordinary report goes where its route says.
fn plain(report: &StoredReport, entries: &mut Vec<(MunicipalityCode, NewEntry)>) -> ReportState {
    if let Some(municipality) = report.state.municipality() {
        entries.push((*municipality, NewEntry::of(report, FeedEvent::Available)));
    }
    report.state.clone()
}

/// What a stored submission entails.
fn follow(tx: &mut Tx, prepared: &Prepared, entries: Vec<(MunicipalityCode, NewEntry)>) {
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

static INSERT_SUBMISSIONS: Insert = Insert::new(
    "-- store::take_in::insert_submissions\nINSERT INTO submission (id, receipt_number, received_at, channel, sender_cvr, \
           sender_credential_id, idempotency_index, content_index, transaction_id, employer_cvr, form_id, form_version, \
           form_hash, digest, sealed, original_sealed, bound)",
    17,
    "\nON CONFLICT (idempotency_index) DO NOTHING RETURNING id",
);

/// Gives back those whose idempotency key was free. Waits for another node that is just about to take one.
async fn insert_submissions(
    connection: &mut Connection,
    all: &[&Prepared],
) -> Result<BTreeSet<SubmissionId>, StoreError> {
    let inserted = INSERT_SUBMISSIONS
        .rows(connection, all, |query, prepared| {
            let submission = &prepared.submission;
            query
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
                .bind(prepared.bound.as_slice())
        })
        .await?;
    inserted
        .iter()
        .map(|row| Reader::new(row, "submission", "id")?.parse("id"))
        .collect()
}

/// A report on its way into its row.
struct ReportRow<'a> {
    report: &'a StoredReport,
    sealed: &'a SealedReport,
    employer: &'a str,
    state: StateColumns,
    state_bound: Digest,
    /// Instead of the one it came with.
    route_sealed: Option<Vec<u8>>,
}

impl<'a> ReportRow<'a> {
    fn new(report: &'a StoredReport, sealed: &'a SealedReport, prepared: &'a Prepared, state: &ReportState) -> Self {
        let columns = StateColumns::from(state);
        let as_it_came = *state == report.state;
        let anew = || columns.mac(&prepared.vault, &report.id.to_string(), report.version);
        Self {
            report,
            sealed,
            employer: prepared.submission.employer.cvr.as_str(),
            state_bound: if as_it_came { sealed.state_bound } else { anew() },
            state: columns,
            route_sealed: None,
        }
    }
}

fn rows_of<'a>(prepared: &'a Prepared, applied: &[Applied], tx: &Tx) -> Result<Vec<ReportRow<'a>>, StoreError> {
    let reports = prepared.submission.reports.iter().zip(&prepared.reports).zip(applied);
    let row = |((report, sealed), Applied { state, route }): ((&'a StoredReport, &'a SealedReport), &Applied)| {
        let reseal = |route| {
            seal(
                &prepared.vault,
                &tx.entropy,
                sealing::ROUTE,
                &report.id.to_string(),
                route,
            )
        };
        Ok(ReportRow {
            route_sealed: route.as_ref().map(reseal).transpose()?,
            ..ReportRow::new(report, sealed, prepared, state)
        })
    };
    reports.map(row).collect()
}

static INSERT_REPORTS: Insert = Insert::new(
    "-- store::take_in::insert_reports\nINSERT INTO report (id, submission_id, position, employer_cvr, kind, \
           content_kind, corrects_id, correction_action, state, state_at, state_by_id, state_detail, municipality, version, \
           cpr_index, content_digest, sealed, route_sealed, bound, state_bound, brief_sealed, said_index)",
    22,
    "",
);

async fn insert_reports(connection: &mut Connection, rows: &[ReportRow<'_>]) -> Result<(), StoreError> {
    INSERT_REPORTS
        .rows(
            connection,
            rows,
            |query,
             ReportRow {
                 report,
                 sealed,
                 employer,
                 state,
                 state_bound,
                 route_sealed,
             }| {
                query
                    .bind(report.id.to_string())
                    .bind(report.submission_id.to_string())
                    .bind(i64::try_from(report.position).expect("a submission has at most 10,000 reports"))
                    .bind(*employer)
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
                    .bind(route_sealed.as_deref().unwrap_or(&sealed.route_sealed))
                    .bind(sealed.bound.as_slice())
                    .bind(state_bound.as_slice())
                    .bind(sealed.brief_sealed.as_deref())
                    .bind(sealed.said_index.as_ref().map(<[u8; 32]>::as_slice))
            },
        )
        .await
        .map(drop)
}
