//! Where a report stands, in words and with its date. The employer's list, the page of a submission and the municipality's pages all
//! take them from here, so that no page tells what another contradicts.

use jiff::Timestamp;

use super::Frame;
use crate::{
    clock::in_denmark,
    record::{Outcome, RejectionReason, ReportState, StoredOutcome},
    reference,
    value::{MunicipalityCode, date_to_text},
};

/// Where a report stands.
pub struct Standing {
    /// In a word or two, as the badge shows it.
    pub text: String,
    /// The colour of the badge; empty for grey.
    pub badge: &'static str,
    /// The day since which it stands so.
    pub date: String,
    /// Who did what and when, in a sentence that both sides read.
    pub sentence: String,
    /// What the employer is asked to do; empty for nothing.
    pub wanted: &'static str,
}

impl Standing {
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
        let date = day(state.since(), frame);
        let (badge, short) = short(state.code(), frame);
        let text = match state {
            ReportState::Rejected { reason, .. } => rejected_text(*reason, frame),
            ReportState::Transferred { to, .. } => format!("{short} {} {}", frame.t("til", "to"), name(to)),
            _ => short.to_owned(),
        };
        Self {
            sentence: sentence(state, &date, frame),
            wanted: wanted(state, frame),
            text,
            badge,
            date,
        }
    }

    /// Whether the employer has something to do.
    pub fn is_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }
}

/// A state without what belongs to it: the colour of its badge and its words. For filters and counts.
pub fn short(code: &str, frame: &Frame) -> (&'static str, &'static str) {
    let (badge, da, en) = match code {
        "held" => ("badge-warning", "Kommunen skal findes", "Municipality to be found"),
        "available" => ("badge-info", "Venter på kommunen", "Waits for the municipality"),
        "fetched" => ("", "Hentet", "Fetched"),
        "accepted" => ("badge-success", "Godkendt", "Accepted"),
        "rejected" => ("badge-error", "Afvist", "Rejected"),
        "questioned" => ("badge-warning", "Spørgsmål stillet", "Question asked"),
        "answered" => ("badge-info", "Spørgsmål besvaret", "Question answered"),
        "replaced" => ("", "Rettet", "Replaced"),
        "withdrawn" => ("", "Trukket tilbage", "Withdrawn"),
        _ => ("badge-info", "Sendt videre", "Handed on"),
    };
    (badge, frame.t(da, en))
}

fn sentence(state: &ReportState, date: &str, frame: &Frame) -> String {
    let named = |code: &MunicipalityCode, da: &str, en: &str| format!("{} {}", name(code), frame.t(da, en));
    match state {
        ReportState::Held { .. } => format!(
            "{} {date}.",
            frame.t(
                "Det er ikke afgjort, hvilken kommune der skal have indberetningen. En medarbejder finder den. Den har ventet siden",
                "It is not settled which municipality should get the report. A member of staff finds it. It has waited since",
            )
        ),
        ReportState::Available { municipality, .. } => format!(
            "{} {date}.",
            named(
                municipality,
                "har ikke hentet indberetningen endnu. Den har ligget klar siden",
                "has not fetched the report yet. It has been ready since",
            )
        ),
        ReportState::Fetched { municipality, .. } => format!(
            "{} {date}.",
            named(municipality, "hentede indberetningen", "fetched the report on")
        ),
        ReportState::Accepted { municipality, .. } => format!("{}, {date}.", accepted(municipality, frame)),
        ReportState::Rejected {
            municipality, reason, ..
        } => format!("{}, {date}.", rejected(municipality, *reason, frame)),
        ReportState::Questioned { municipality, .. } => format!(
            "{}, {date}. {}",
            questioned(municipality, frame),
            frame.t("Det venter på arbejdsgiverens svar.", "It waits for the employer's answer.")
        ),
        ReportState::Answered { municipality, .. } => format!(
            "{} {date}. {}",
            frame.t("Arbejdsgiveren svarede", "The employer answered on"),
            named(municipality, "går videre med indberetningen.", "goes on with the report.")
        ),
        ReportState::Replaced { .. } => format!(
            "{} {date}. {}",
            frame.t("Arbejdsgiveren rettede indberetningen", "The employer corrected the report on"),
            frame.t("Rettelsen gælder i stedet.", "The correction stands instead.")
        ),
        ReportState::Withdrawn { .. } => format!(
            "{} {date}.",
            frame.t(
                "Arbejdsgiveren trak indberetningen tilbage",
                "The employer withdrew the report on"
            )
        ),
        ReportState::Transferred { from, to, .. } => format!(
            "{} {} {date}. {}",
            named(from, "sendte indberetningen videre til", "handed the report on to"),
            name(to),
            frame.t("Den er ikke hentet dér endnu.", "It has not been fetched there yet.")
        ),
    }
}

fn wanted(state: &ReportState, frame: &Frame) -> &'static str {
    let (da, en) = match state {
        ReportState::Questioned { .. } => ("Svar på spørgsmålet", "Answer the question"),
        ReportState::Rejected { .. } => (
            "Ret indberetningen, eller træk den tilbage",
            "Correct the report or withdraw it",
        ),
        ReportState::Held { .. }
        | ReportState::Available { .. }
        | ReportState::Fetched { .. }
        | ReportState::Accepted { .. }
        | ReportState::Answered { .. }
        | ReportState::Replaced { .. }
        | ReportState::Withdrawn { .. }
        | ReportState::Transferred { .. } => return "",
    };
    if frame.is_danish() { da } else { en }
}

/// What a municipality answered, with its name and the date.
pub fn answer_words(stored: &StoredOutcome, frame: &Frame) -> String {
    let who = &stored.municipality;
    let what = match &stored.outcome {
        Outcome::Accepted => accepted(who, frame),
        Outcome::Rejected { reason, .. } => rejected(who, *reason, frame),
        Outcome::Question { .. } => questioned(who, frame),
    };
    format!("{what}, {}", day(stored.at, frame))
}

/// What a municipality answered, as a line of a history that names it elsewhere.
pub fn outcome_words(outcome: &Outcome, frame: &Frame) -> String {
    match outcome {
        Outcome::Accepted => short("accepted", frame).1.to_owned(),
        Outcome::Rejected { reason, .. } => rejected_text(*reason, frame),
        Outcome::Question { .. } => short("questioned", frame).1.to_owned(),
    }
}

fn rejected_text(reason: RejectionReason, frame: &Frame) -> String {
    format!("{} ({})", short("rejected", frame).1, reason_words(reason, frame))
}

fn accepted(who: &MunicipalityCode, frame: &Frame) -> String {
    format!(
        "{} {}",
        name(who),
        frame.t("har godkendt indberetningen", "has accepted the report")
    )
}

fn rejected(who: &MunicipalityCode, reason: RejectionReason, frame: &Frame) -> String {
    let what = frame.t("har afvist indberetningen", "has rejected the report");
    format!("{} {what} ({})", name(who), reason_words(reason, frame))
}

fn questioned(who: &MunicipalityCode, frame: &Frame) -> String {
    format!("{} {}", name(who), frame.t("har et spørgsmål", "has a question"))
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

fn name(code: &MunicipalityCode) -> &'static str {
    reference::municipality(code).full_name
}

fn day(at: Timestamp, frame: &Frame) -> String {
    date_to_text(in_denmark(at).date(), frame.language)
}
