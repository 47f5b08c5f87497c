//! The municipality's pages: what has come in, and one report with its calculation.

mod list;
mod record;
mod steps;

pub use list::{kind_label, list, search};
pub use record::show;
pub use steps::{decide, transfer};

use crate::{
    http::web::Frame,
    record::{RejectionReason, ReportState},
};

/// A state as a person reads it, with the colour of its badge.
pub struct StateWords {
    pub text: String,
    pub badge: &'static str,
}

impl StateWords {
    pub fn new(state: &ReportState, frame: &Frame) -> Self {
        let (badge, da, en) = match state {
            ReportState::Held { .. } => ("badge-warning", "Holdes tilbage", "Held"),
            ReportState::Available { .. } => ("badge-info", "Ny", "New"),
            ReportState::Fetched { .. } => ("", "Hentet", "Fetched"),
            ReportState::Accepted { .. } => ("badge-success", "Godkendt", "Accepted"),
            ReportState::Rejected { reason, .. } => return Self::rejected(*reason, frame),
            ReportState::Questioned { .. } => ("badge-warning", "Spørgsmål stillet", "Question asked"),
            ReportState::Answered { .. } => ("badge-info", "Spørgsmål besvaret", "Question answered"),
            ReportState::Replaced { .. } => ("badge-warning", "Rettet", "Replaced"),
            ReportState::Withdrawn { .. } => ("badge-warning", "Trukket tilbage", "Withdrawn"),
            ReportState::Transferred { .. } => ("", "Oversendt", "Transferred"),
        };
        Self {
            text: frame.t(da, en).to_owned(),
            badge,
        }
    }

    fn rejected(reason: RejectionReason, frame: &Frame) -> Self {
        let why = reason_words(reason, frame);
        Self {
            text: format!("{} ({why})", frame.t("Afvist", "Rejected")),
            badge: "badge-error",
        }
    }
}

/// Why a report was rejected, in words.
pub fn reason_words(reason: RejectionReason, frame: &Frame) -> &'static str {
    match reason {
        RejectionReason::UnknownPerson => frame.t("ukendt person", "unknown person"),
        RejectionReason::NoFleksjob => frame.t("intet fleksjob", "no fleksjob"),
        RejectionReason::OldScheme => frame.t("gammel ordning", "old scheme"),
        RejectionReason::WrongAmount => frame.t("forkert beløb", "wrong amount"),
        RejectionReason::WrongPeriod => frame.t("forkert periode", "wrong period"),
        RejectionReason::Duplicate => frame.t("dublet", "duplicate"),
        RejectionReason::Other => frame.t("anden grund", "other reason"),
    }
}
