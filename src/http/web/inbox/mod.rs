//! The municipality's pages: what has come in, and one report with its calculation.

mod export;
mod filter;
mod handed_on;
mod history;
mod list;
mod record;
mod steps;
mod what_if;

pub use export::export;
pub use handed_on::handed_on;
pub use list::{kind_label, list, search};
pub use record::show;
pub use steps::{decide, transfer};
pub use what_if::what_if;

use jiff::Timestamp;

use crate::{
    access::{Caller, Grant},
    clock::in_denmark,
    http::{Problem, ProblemType, web::Frame},
    record::{RejectionReason, ReportState},
    store::{MOST_COUNTED, Waiting},
    value::{MunicipalityCode, date_to_text},
};

/// The municipality that the caller acts for.
pub fn own_code(grant: &Grant) -> Result<&MunicipalityCode, Problem> {
    match &grant.caller {
        Caller::Municipality { code, .. } => Ok(code),
        _ => Err(Problem::new(ProblemType::Forbidden)),
    }
}

/// How many wait, in words where they are not counted to the end.
pub fn counted(waiting: &Waiting, frame: &Frame) -> String {
    const { assert!(MOST_COUNTED == 1_000, "the words say it") };
    if waiting.is_cut() {
        return frame.t("1.000 eller flere", "1,000 or more").to_owned();
    }
    waiting.count.to_string()
}

/// A state as a person reads it, with the colour of its badge.
pub struct StateWords {
    pub text: String,
    pub badge: &'static str,
}

impl StateWords {
    /// The states that a report of a municipality can be in.
    pub const OF_A_MUNICIPALITY: [&str; 9] = [
        "available",
        "transferred",
        "fetched",
        "questioned",
        "answered",
        "accepted",
        "rejected",
        "replaced",
        "withdrawn",
    ];

    pub fn new(state: &ReportState, frame: &Frame) -> Self {
        match state {
            ReportState::Rejected { reason, .. } => Self::rejected(*reason, frame),
            state => Self::of_code(state.code(), frame),
        }
    }

    /// The state without what belongs to it.
    pub fn of_code(code: &str, frame: &Frame) -> Self {
        let (badge, da, en) = match code {
            "held" => ("badge-warning", "Holdes tilbage", "Held"),
            "available" => ("badge-info", "Ny", "New"),
            "fetched" => ("", "Hentet", "Fetched"),
            "accepted" => ("badge-success", "Godkendt", "Accepted"),
            "rejected" => ("badge-error", "Afvist", "Rejected"),
            "questioned" => ("badge-warning", "Spørgsmål stillet", "Question asked"),
            "answered" => ("badge-info", "Spørgsmål besvaret", "Question answered"),
            "replaced" => ("badge-warning", "Rettet", "Replaced"),
            "withdrawn" => ("badge-warning", "Trukket tilbage", "Withdrawn"),
            _ => ("", "Oversendt", "Transferred"),
        };
        Self {
            text: frame.t(da, en).to_owned(),
            badge,
        }
    }

    fn rejected(reason: RejectionReason, frame: &Frame) -> Self {
        let Self { text, badge } = Self::of_code("rejected", frame);
        Self {
            text: format!("{text} ({})", reason_words(reason, frame)),
            badge,
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

/// A moment in Danish wall-clock time.
fn moment(at: Timestamp, frame: &Frame) -> String {
    let at = in_denmark(at);
    format!("{} {}", date_to_text(at.date(), frame.language), at.strftime("%H:%M"))
}
