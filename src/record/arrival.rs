use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Report, ReportState, Route};
use crate::value::ReportId;

/// How a report arrived: what its receipt tells for ever, whatever becomes of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub route: Route,
    pub state: ReportState,
}

impl Arrival {
    /// Of a report whose arrival was not kept, because it has been with the same municipality ever since: from where it is now. A report
    /// that was sent elsewhere before arrivals were kept is told `by_answers`.
    pub fn unmoved(
        (id, received_at): (ReportId, Timestamp),
        report: &Report,
        (route, by_answers): (&Route, fn(&Report) -> Route),
        now: &ReportState,
    ) -> Self {
        if route.is_decided() && report.correction.is_none() {
            let route = by_answers(report);
            let state = route.first_state(received_at);
            return Self { route, state };
        }
        let state = match (now, now.municipality()) {
            // A withdrawal that nobody has to fetch.
            (ReportState::Withdrawn { by, .. }, _) if *by == id => now.clone(),
            (_, Some(municipality)) => ReportState::Available {
                municipality: *municipality,
                since: received_at,
            },
            (_, None) => route.first_state(received_at),
        };
        Self {
            route: route.clone(),
            state,
        }
    }
}
