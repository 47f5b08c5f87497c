//! Moving a report from one state to the next, when nobody else was faster.

use super::{
    StoreError,
    reports::{Eyes, read_report, report_columns},
    state::StateColumns,
    tx::Tx,
};
use crate::{
    access::Scope,
    record::{ReportState, StoredReport},
    value::ReportId,
    vault::Vault,
};

/// How often a report that changes under our hands is looked at again: each time somebody else has got on.
pub(super) const ATTEMPTS: u32 = 10;

const FIND: &str = concat!(
    "-- store::change::find
SELECT s.received_at, ",
    report_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.id = $1 AND (r.employer_cvr = $2 OR r.municipality = $3 OR $4 = 1)"
);

/// The report as it stands inside the transaction, with somebody's eyes.
pub(super) async fn find(
    tx: &mut Tx,
    vault: &Vault,
    scope: &Scope,
    id: ReportId,
) -> Result<Option<StoredReport>, StoreError> {
    let eyes = Eyes::from(scope);
    let row = sqlx::query(FIND)
        .bind(id.to_string())
        .bind(eyes.employer)
        .bind(eyes.municipality)
        .bind(eyes.all)
        .fetch_optional(tx.connection())
        .await
        .map_err(StoreError::at(FIND))?;
    row.map(|row| read_report(vault, &row)).transpose()
}

const MOVE_ON: &str = "-- store::change::move_on
UPDATE report SET state = $3, state_at = $4, state_by_id = $5, state_detail = $6, municipality = $7,
    route_sealed = COALESCE($8, route_sealed), arrival_sealed = COALESCE(arrival_sealed, $10), version = version + 1,
    state_bound = $9
WHERE id = $1 AND version = $2";

/// What is sealed anew where the way of a report changes.
pub(super) struct NewWay {
    pub route: Vec<u8>,
    /// How the report arrived, for its receipt; kept from the first change on.
    pub arrival: Vec<u8>,
}

/// False when the report has changed since it was read. With what is sealed anew where the way of the report changes too.
pub(super) async fn move_on(
    tx: &mut Tx,
    report: &StoredReport,
    state: &ReportState,
    way: Option<&NewWay>,
) -> Result<bool, StoreError> {
    let columns = StateColumns::from(state);
    let id = report.id.to_string();
    let state_bound = columns.mac(&tx.watch.vault, &id, report.version + 1);
    let done = sqlx::query(MOVE_ON)
        .bind(id)
        .bind(report.version)
        .bind(columns.state)
        .bind(columns.at)
        .bind(columns.by)
        .bind(columns.detail)
        .bind(columns.municipality)
        .bind(way.map(|way| way.route.clone()))
        .bind(state_bound.to_vec())
        .bind(way.map(|way| way.arrival.clone()))
        .execute(tx.connection())
        .await
        .map_err(StoreError::at(MOVE_ON))?;
    Ok(done.rows_affected() == 1)
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [FIND, MOVE_ON].map(str::to_owned).to_vec()
}
