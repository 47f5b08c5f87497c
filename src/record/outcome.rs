//! What people add to a report: a municipality's answers, the employer's, and decisions on whose the report is.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Digest, RejectionReason, StoredReport, digest_of, to_hex};
use crate::value::{FreeText, HandoverId, MunicipalityCode, OutcomeId, ReportId};

/// What a municipality answers (*afgørelse*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Rejected {
        reason: RejectionReason,
        text: Option<FreeText>,
    },
    /// To the employer, who answers.
    Question {
        text: FreeText,
    },
}

impl Outcome {
    /// Every code that [`Self::code`] gives.
    pub const CODES: [&'static str; 3] = ["accepted", "rejected", "question"];

    /// The code used in the API and the database.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Question { .. } => "question",
        }
    }

    pub fn reason(&self) -> Option<RejectionReason> {
        match self {
            Self::Rejected { reason, .. } => Some(*reason),
            Self::Accepted | Self::Question { .. } => None,
        }
    }

    pub fn text(&self) -> Option<&FreeText> {
        match self {
            Self::Accepted => None,
            Self::Rejected { text, .. } => text.as_ref(),
            Self::Question { text } => Some(text),
        }
    }
}

/// An outcome as the store holds it, with the employer's answer where it was a question and has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOutcome {
    pub id: OutcomeId,
    pub report_id: ReportId,
    pub municipality: MunicipalityCode,
    pub at: Timestamp,
    pub outcome: Outcome,
    pub answer: Option<QuestionAnswer>,
}

/// What an employer answers to a question (*svar*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionAnswer {
    pub at: Timestamp,
    pub text: FreeText,
}

/// A person's decision whose a report is, with the reason (*overdragelse*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    pub id: HandoverId,
    pub report_id: ReportId,
    /// `None`: the report was held.
    pub from: Option<MunicipalityCode>,
    pub to: MunicipalityCode,
    pub at: Timestamp,
    pub reason: FreeText,
}

/// What an entry of a feed tells besides its report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryDetail {
    /// With `report.answered`.
    Answer {
        question: OutcomeId,
        asked: FreeText,
        answer: QuestionAnswer,
    },
    /// With `report.transferred-in` and `report.transferred-out`.
    Handover(Handover),
}

impl EntryDetail {
    /// What the entry commits to: report and detail together, with the report's salt, so that the digest tells nobody what was written.
    pub fn content(&self, report: &StoredReport) -> Digest {
        digest_of(&json!({
            "detail": self.committed(),
            "report": to_hex(&report.content_digest),
            "salt": to_hex(report.salt.expose()),
        }))
    }

    fn committed(&self) -> Value {
        match self {
            Self::Answer { question, answer, .. } => json!({
                "answered_at": answer.at.to_string(),
                "question_id": question.to_string(),
                "text": answer.text.expose(),
            }),
            Self::Handover(handover) => json!({
                "at": handover.at.to_string(),
                "from": handover.from.map(|from| from.to_string()),
                "handover_id": handover.id.to_string(),
                "reason": handover.reason.expose(),
                "to": handover.to.to_string(),
            }),
        }
    }
}
