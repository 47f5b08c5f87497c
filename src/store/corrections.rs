//! Corrections and withdrawals: an earlier report of the same employer gives way, and every feed that had it is told.

use super::{
    StoreError, TakeInError,
    feed::NewEntry,
    prepare::Prepared,
    reports::{read_report, report_columns},
    state::StateColumns,
    tx::Tx,
    writer::Fault,
};
use crate::{
    record::{Correction, CorrectionAction, FeedEvent, ReportState, StoredReport},
    value::MunicipalityCode,
};

/// How often a target that changes under our hands is looked at again: each time somebody else has got on.
const ATTEMPTS: u32 = 10;

/// Moves the corrected report on and collects what the feeds are told. Gives the state that the correction itself is stored with.
pub(super) async fn apply(
    tx: &mut Tx,
    prepared: &Prepared,
    report: &StoredReport,
    correction: Correction,
    entries: &mut Vec<(MunicipalityCode, NewEntry)>,
) -> Result<ReportState, Fault<TakeInError>> {
    for _ in 0..ATTEMPTS {
        let target = find_target(tx, prepared, report, correction).await?;
        let state = next_state(&target, report, correction, tx)?;
        if move_on(tx, &target, &state).await? {
            return Ok(tell(tx, &target, report, correction, entries));
        }
    }
    Err(Fault::Refused(TakeInError::Stale {
        position: report.position,
    }))
}

const FIND_TARGET: &str = concat!(
    "-- store::corrections::find_target
SELECT s.received_at, ",
    report_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.id = $1 AND r.employer_cvr = $2"
);

async fn find_target(
    tx: &mut Tx,
    prepared: &Prepared,
    report: &StoredReport,
    correction: Correction,
) -> Result<StoredReport, Fault<TakeInError>> {
    let position = report.position;
    let row = sqlx::query(FIND_TARGET)
        .bind(correction.corrects.to_string())
        .bind(prepared.submission.employer.cvr.as_str())
        .fetch_optional(tx.connection())
        .await
        .map_err(StoreError::at(FIND_TARGET))?
        .ok_or(Fault::Refused(TakeInError::CorrectionTargetUnknown { position }))?;
    let target = read_report(&prepared.vault, &row)?;
    match prepared.seen_version {
        Some(seen) if seen != target.version => Err(Fault::Refused(TakeInError::Stale { position })),
        _ => Ok(target),
    }
}

/// A withdrawal says nothing that could be corrected; whoever regrets it reports anew.
fn next_state(
    target: &StoredReport,
    report: &StoredReport,
    correction: Correction,
    tx: &Tx,
) -> Result<ReportState, Fault<TakeInError>> {
    let closed = || {
        Fault::Refused(TakeInError::CorrectionTargetClosed {
            position: report.position,
        })
    };
    if matches!(
        target.report.correction,
        Some(Correction {
            action: CorrectionAction::Withdraw,
            ..
        })
    ) {
        return Err(closed());
    }
    let state = target.state.clone();
    match correction.action {
        CorrectionAction::Replace { .. } => state.replaced(report.id, tx.now),
        CorrectionAction::Withdraw => state.withdrawn(report.id, tx.now),
    }
    .map_err(|_| closed())
}

const MOVE_ON: &str = "-- store::corrections::move_on
UPDATE report SET state = $3, state_at = $4, state_by_id = $5, state_detail = $6, municipality = $7, version = version + 1
WHERE id = $1 AND version = $2";

/// False when the report has changed since it was read.
async fn move_on(tx: &mut Tx, target: &StoredReport, state: &ReportState) -> Result<bool, StoreError> {
    let columns = StateColumns::from(state);
    let done = sqlx::query(MOVE_ON)
        .bind(target.id.to_string())
        .bind(target.version)
        .bind(columns.state)
        .bind(columns.at)
        .bind(columns.by)
        .bind(columns.detail)
        .bind(columns.municipality)
        .execute(tx.connection())
        .await
        .map_err(StoreError::at(MOVE_ON))?;
    Ok(done.rows_affected() == 1)
}

/// A replacement goes where its own route says. A feed that had the old report and does not get the new one is told that the old one
/// falls away; so is every feed on a withdrawal.
fn tell(
    tx: &Tx,
    target: &StoredReport,
    report: &StoredReport,
    correction: Correction,
    entries: &mut Vec<(MunicipalityCode, NewEntry)>,
) -> ReportState {
    let had = target.state.municipality().copied();
    let gets = match correction.action {
        CorrectionAction::Replace { .. } => report.state.municipality().copied(),
        CorrectionAction::Withdraw => None,
    };
    if let Some(municipality) = had.filter(|had| Some(*had) != gets) {
        entries.push((municipality, NewEntry::withdrawn(target, report.id)));
    }
    if let Some(municipality) = gets {
        entries.push((municipality, NewEntry::of(report, FeedEvent::Corrected)));
    }
    match (correction.action, had) {
        (CorrectionAction::Replace { .. }, _) => report.state.clone(),
        (CorrectionAction::Withdraw, Some(municipality)) => ReportState::Available {
            municipality,
            since: tx.now,
        },
        // Nobody had it, so nobody has to fetch the withdrawal: both ends of the chain are closed.
        (CorrectionAction::Withdraw, None) => ReportState::Withdrawn {
            municipality: None,
            by: report.id,
            at: tx.now,
        },
    }
}
