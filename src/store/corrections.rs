//! Corrections and withdrawals: an earlier report of the same employer gives way, and every feed that had it is told.

use super::{
    StoreError, TakeInError,
    change::{ATTEMPTS, move_on},
    feed::NewEntry,
    prepare::{Prepared, action_code},
    reports::{read_report, report_columns},
    row::Reader,
    tx::Tx,
    writer::Fault,
};
use crate::{
    fields::WHEREABOUTS,
    record::{Correction, CorrectionAction, FeedEvent, ReportState, Route, StoredReport},
    value::MunicipalityCode,
};

/// How a correction is stored: with another state than it came with, and on another route, where the corrected report decides that.
pub(super) struct Applied {
    pub state: ReportState,
    pub route: Option<Route>,
}

/// Moves the corrected report on and collects what the feeds are told. Gives how the correction itself is stored.
pub(super) async fn apply(
    tx: &mut Tx,
    prepared: &Prepared,
    report: &StoredReport,
    correction: Correction,
    entries: &mut Vec<(MunicipalityCode, NewEntry)>,
) -> Result<Applied, Fault<TakeInError>> {
    for _ in 0..ATTEMPTS {
        let target = find_target(tx, prepared, report, correction).await?;
        let Some(state) = next_state(&target, report, correction, tx) else {
            return Err(Fault::Refused(closed(tx, &target, report.position).await?));
        };
        if move_on(tx, &target, &state, None).await? {
            let route = decided_route(&target, report);
            let placed = place(tx, &target, report, route.is_some());
            let state = tell(tx, &target, (report, &placed), correction, entries);
            return Ok(Applied { state, route });
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

/// Nothing where the chain has gone on. A withdrawal says nothing that could be corrected; whoever regrets it reports anew.
fn next_state(target: &StoredReport, report: &StoredReport, correction: Correction, tx: &Tx) -> Option<ReportState> {
    if target.report.is_withdrawal() {
        return None;
    }
    let state = target.state.clone();
    match correction.action {
        CorrectionAction::Replace { .. } => state.replaced(report.id, tx.now),
        CorrectionAction::Withdraw => state.withdrawn(report.id, tx.now),
    }
    .ok()
}

/// A chain never forks, and nobody corrects a report a hundred times.
const NEWEST: &str = "-- store::corrections::newest
WITH RECURSIVE line (id, action, place) AS (
    SELECT r.id, r.correction_action, 0 FROM report r WHERE r.id = $1
    UNION ALL
    SELECT c.id, c.correction_action, line.place + 1 FROM report c JOIN line ON c.corrects_id = line.id WHERE line.place < 100)
SELECT id, action FROM line ORDER BY place DESC LIMIT 1";

/// Which report of the chain is the last.
async fn closed(tx: &mut Tx, target: &StoredReport, position: usize) -> Result<TakeInError, StoreError> {
    let row = sqlx::query(NEWEST)
        .bind(target.id.to_string())
        .fetch_one(tx.connection())
        .await
        .map_err(StoreError::at(NEWEST))?;
    let row = Reader::new(&row, "report", "id")?;
    Ok(TakeInError::CorrectionTargetClosed {
        position,
        newest: row.parse("id")?,
        is_withdrawal: row.get::<Option<&str>>("action")? == Some(action_code(CorrectionAction::Withdraw)),
    })
}

/// The route of the corrected report, where people decided it and the employer says again what they had seen through.
fn decided_route(target: &StoredReport, report: &StoredReport) -> Option<Route> {
    let same = |field: &&str| target.report.answers.get(field) == report.report.answers.get(field);
    let holds = target.route.is_decided() && WHEREABOUTS.iter().all(same);
    holds.then(|| target.route.clone())
}

/// The state in which a replacement begins.
fn place(tx: &Tx, target: &StoredReport, report: &StoredReport, as_before: bool) -> ReportState {
    match target.state.municipality().filter(|_| as_before) {
        Some(municipality) => ReportState::Available {
            municipality: *municipality,
            since: tx.now,
        },
        None => report.state.clone(),
    }
}

/// A replacement goes where `placed` says. A feed that had the old report and does not get the new one is told that the old one
/// falls away; so is every feed on a withdrawal.
fn tell(
    tx: &Tx,
    target: &StoredReport,
    (report, placed): (&StoredReport, &ReportState),
    correction: Correction,
    entries: &mut Vec<(MunicipalityCode, NewEntry)>,
) -> ReportState {
    let had = target.state.municipality().copied();
    let gets = match correction.action {
        CorrectionAction::Replace { .. } => placed.municipality().copied(),
        CorrectionAction::Withdraw => None,
    };
    if let Some(municipality) = had.filter(|had| Some(*had) != gets) {
        entries.push((municipality, NewEntry::withdrawn(target, report.id)));
    }
    if let Some(municipality) = gets {
        entries.push((municipality, NewEntry::of(report, FeedEvent::Corrected)));
    }
    match (correction.action, had) {
        (CorrectionAction::Replace { .. }, _) => placed.clone(),
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

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [FIND_TARGET].map(str::to_owned).to_vec()
}
