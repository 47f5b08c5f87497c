//! The state of a report as columns, so that many reports can change state in one statement.

use jiff::Timestamp;

use super::{
    StoreError,
    bound::StateParts,
    row::{DoNotGoTogether, NotInList, Reader},
};
use crate::{
    record::{Digest, RejectionReason, ReportState, Route},
    value::MunicipalityCode,
    vault::Vault,
};

/// What the state columns of `report` hold.
pub(super) struct StateColumns {
    pub state: &'static str,
    pub at: i64,
    pub by: Option<String>,
    pub detail: Option<String>,
    pub municipality: Option<&'static str>,
}

impl From<&ReportState> for StateColumns {
    fn from(state: &ReportState) -> Self {
        let (at, by, detail) = match state {
            ReportState::Held { since, reason: _ } | ReportState::Available { since, .. } => (since, None, None),
            ReportState::Fetched { at, .. } | ReportState::Accepted { at, .. } => (at, None, None),
            ReportState::Rejected { at, reason, .. } => (at, None, Some(reason.as_str().to_owned())),
            ReportState::Replaced { at, by, .. } | ReportState::Withdrawn { at, by, .. } => {
                (at, Some(by.to_string()), None)
            }
            ReportState::Questioned { at, question, .. } | ReportState::Answered { at, question, .. } => {
                (at, Some(question.to_string()), None)
            }
            ReportState::Transferred { from, at, .. } => (at, None, Some(from.as_str().to_owned())),
        };
        let municipality = state.municipality().map(MunicipalityCode::as_str);
        Self {
            state: state.code(),
            at: at.as_millisecond(),
            by,
            detail,
            municipality,
        }
    }
}

impl StateColumns {
    /// The proof of the state of a report at a version.
    pub fn mac(&self, vault: &Vault, id: &str, version: i64) -> Digest {
        let parts = StateParts {
            id,
            state: self.state,
            at: self.at,
            by: self.by.as_deref(),
            detail: self.detail.as_deref(),
            municipality: self.municipality,
            version,
        };
        parts.mac(vault)
    }
}

/// Reads the state back. Why a report is held is told by its route, which is sealed: it may say that the address is protected.
pub(super) fn read(row: &Reader<'_>, route: &Route) -> Result<ReportState, StoreError> {
    let at: Timestamp = row.time("state_at")?;
    let municipality: Option<MunicipalityCode> = row.parse_optional("municipality")?;
    let by: Option<&str> = row.get("state_by_id")?;
    let state = match (row.get::<&str>("state")?, municipality, by, route) {
        ("held", None, None, Route::Held { reason }) => ReportState::Held {
            reason: reason.clone(),
            since: at,
        },
        ("available", Some(municipality), None, _) => ReportState::Available {
            municipality,
            since: at,
        },
        ("fetched", Some(municipality), None, _) => ReportState::Fetched { municipality, at },
        ("accepted", Some(municipality), None, _) => ReportState::Accepted { municipality, at },
        ("rejected", Some(municipality), None, _) => ReportState::Rejected {
            municipality,
            at,
            reason: row.code("state_detail", RejectionReason::from_code)?,
        },
        ("replaced", municipality, Some(_), _) => ReportState::Replaced {
            municipality,
            by: row.parse("state_by_id")?,
            at,
        },
        ("withdrawn", municipality, Some(_), _) => ReportState::Withdrawn {
            municipality,
            by: row.parse("state_by_id")?,
            at,
        },
        ("questioned", Some(municipality), Some(_), _) => ReportState::Questioned {
            municipality,
            at,
            question: row.parse("state_by_id")?,
        },
        ("answered", Some(municipality), Some(_), _) => ReportState::Answered {
            municipality,
            at,
            question: row.parse("state_by_id")?,
        },
        ("transferred", Some(to), None, _) => ReportState::Transferred {
            from: row.parse("state_detail")?,
            to,
            at,
        },
        (code, ..) if STATES.contains(&code) => return Err(row.bad("state", DoNotGoTogether)),
        _ => return Err(row.bad("state", NotInList)),
    };
    Ok(state)
}

pub(super) const STATES: [&str; 10] = [
    "held",
    "available",
    "fetched",
    "accepted",
    "rejected",
    "questioned",
    "answered",
    "replaced",
    "withdrawn",
    "transferred",
];
