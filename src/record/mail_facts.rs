//! What the mails about a submission are made from, and no more: no report is unsealed for them.

use jiff::Timestamp;

use crate::value::{Cvr, Email, OutcomeId, ReceiptNumber, SubmissionId};

/// What a mail about a submission may tell, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFacts {
    pub submission: SubmissionId,
    pub receipt_number: ReceiptNumber,
    pub cvr: Cvr,
    /// `None`: the employer gave no address.
    pub to: Option<Email>,
    pub received_at: Timestamp,
    pub reports: usize,
    /// What the municipality has answered, for a mail about that.
    pub answered: Option<AnsweredFacts>,
}

/// What a mail about a municipality's answer may tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredFacts {
    pub outcome: OutcomeId,
    pub kind: OutcomeKind,
    pub at: Timestamp,
    /// A question that the employer can still answer.
    pub waits: bool,
}

/// What a municipality has answered, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    Accepted,
    Rejected,
    Question,
}

impl OutcomeKind {
    /// The code used in the database, as [`super::Outcome::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "accepted" => Some(Self::Accepted),
            "rejected" => Some(Self::Rejected),
            "question" => Some(Self::Question),
            _ => None,
        }
    }
}
