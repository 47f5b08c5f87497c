use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::value::{MunicipalityCode, OutcomeId, ReportId};

/// Why no municipality could be found; a person decides, nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum HeldReason {
    /// The employee lives abroad.
    Abroad,
    /// Christiansø (0411) lies outside the municipal division.
    Christianso,
    /// Name and address protection (*navne- og adressebeskyttelse*).
    Protected,
    /// A replacement number (*erstatningspersonnummer*): no register knows it.
    ReplacementNumber,
    /// The postcode lies in several municipalities and none was named.
    PostcodeInSeveral { candidates: Vec<MunicipalityCode> },
    /// The postcode belongs to a bulk receiver or PO boxes: nobody lives there.
    PostcodeNonResidential,
    /// The postcode is in no list.
    PostcodeUnknown,
    /// The employer names a municipality, and the residence register, which is to confirm it, has not answered yet.
    RegisterNotReached { stated: MunicipalityCode },
}

impl HeldReason {
    /// Every code that [`Self::code`] gives.
    pub const CODES: [&'static str; 8] = [
        "abroad",
        "christianso",
        "protected",
        "replacement_number",
        "postcode_in_several",
        "postcode_non_residential",
        "postcode_unknown",
        "register_not_reached",
    ];

    pub fn code(&self) -> &'static str {
        match self {
            Self::Abroad => "abroad",
            Self::Christianso => "christianso",
            Self::Protected => "protected",
            Self::ReplacementNumber => "replacement_number",
            Self::PostcodeInSeveral { .. } => "postcode_in_several",
            Self::PostcodeNonResidential => "postcode_non_residential",
            Self::PostcodeUnknown => "postcode_unknown",
            Self::RegisterNotReached { .. } => "register_not_reached",
        }
    }
}

/// Why a municipality can't use a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionReason {
    UnknownPerson,
    NoFleksjob,
    OldScheme,
    WrongAmount,
    WrongPeriod,
    Duplicate,
    Other,
}

impl RejectionReason {
    pub const ALL: [Self; 7] = [
        Self::UnknownPerson,
        Self::NoFleksjob,
        Self::OldScheme,
        Self::WrongAmount,
        Self::WrongPeriod,
        Self::Duplicate,
        Self::Other,
    ];

    /// The code used in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownPerson => "unknown_person",
            Self::NoFleksjob => "no_fleksjob",
            Self::OldScheme => "old_scheme",
            Self::WrongAmount => "wrong_amount",
            Self::WrongPeriod => "wrong_period",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == code)
    }
}

/// Where a report is in its life. Each state carries what makes it so: "accepted without a date" can't be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReportState {
    /// No municipality could be found; waits for a person.
    Held { reason: HeldReason, since: Timestamp },
    /// In the municipality's feed, not yet acknowledged.
    Available {
        municipality: MunicipalityCode,
        since: Timestamp,
    },
    /// The municipality acknowledged that it has it.
    Fetched {
        municipality: MunicipalityCode,
        at: Timestamp,
    },
    Accepted {
        municipality: MunicipalityCode,
        at: Timestamp,
    },
    Rejected {
        municipality: MunicipalityCode,
        at: Timestamp,
        reason: RejectionReason,
    },
    /// The municipality asked the employer something, which is open.
    Questioned {
        municipality: MunicipalityCode,
        at: Timestamp,
        question: OutcomeId,
    },
    /// The employer answered; the municipality goes on.
    Answered {
        municipality: MunicipalityCode,
        at: Timestamp,
        question: OutcomeId,
    },
    /// A correction stands instead.
    Replaced {
        municipality: Option<MunicipalityCode>,
        by: ReportId,
        at: Timestamp,
    },
    /// Taken back by the employer, through the correction named.
    Withdrawn {
        municipality: Option<MunicipalityCode>,
        by: ReportId,
        at: Timestamp,
    },
    /// Handed to another municipality, which has not yet acknowledged it.
    Transferred {
        from: MunicipalityCode,
        to: MunicipalityCode,
        at: Timestamp,
    },
}

/// The step is not possible from where the report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a report that is {from} can't become {to}")]
pub struct StateError {
    pub from: &'static str,
    pub to: &'static str,
}

impl ReportState {
    /// Every code that [`Self::code`] gives.
    pub const CODES: [&'static str; 10] = [
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

    pub fn code(&self) -> &'static str {
        match self {
            // Each stands in `CODES` too.
            Self::Held { .. } => "held",
            Self::Available { .. } => "available",
            Self::Fetched { .. } => "fetched",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Questioned { .. } => "questioned",
            Self::Answered { .. } => "answered",
            Self::Replaced { .. } => "replaced",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Transferred { .. } => "transferred",
        }
    }

    /// Since when the report stands so.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Held { since, .. } | Self::Available { since, .. } => *since,
            Self::Fetched { at, .. }
            | Self::Accepted { at, .. }
            | Self::Rejected { at, .. }
            | Self::Questioned { at, .. }
            | Self::Answered { at, .. }
            | Self::Replaced { at, .. }
            | Self::Withdrawn { at, .. }
            | Self::Transferred { at, .. } => *at,
        }
    }

    /// The municipality that has, or should have, the report now.
    pub fn municipality(&self) -> Option<&MunicipalityCode> {
        match self {
            Self::Held { .. } => None,
            Self::Available { municipality, .. }
            | Self::Fetched { municipality, .. }
            | Self::Accepted { municipality, .. }
            | Self::Rejected { municipality, .. }
            | Self::Questioned { municipality, .. }
            | Self::Answered { municipality, .. } => Some(municipality),
            Self::Replaced { municipality, .. } | Self::Withdrawn { municipality, .. } => municipality.as_ref(),
            Self::Transferred { to, .. } => Some(to),
        }
    }

    /// Whether the municipality still has to answer. Decided reports can be handed on, but not decided again.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Available { .. }
            | Self::Fetched { .. }
            | Self::Questioned { .. }
            | Self::Answered { .. }
            | Self::Transferred { .. } => true,
            Self::Held { .. }
            | Self::Accepted { .. }
            | Self::Rejected { .. }
            | Self::Replaced { .. }
            | Self::Withdrawn { .. } => false,
        }
    }

    /// Whether nothing stands in the report's place: only then can it be corrected or withdrawn.
    pub fn is_newest(&self) -> bool {
        !matches!(self, Self::Replaced { .. } | Self::Withdrawn { .. })
    }

    /// Whether the municipality can still hand the report on: as long as it has it and nothing has taken its place, decided or not.
    pub fn can_be_handed_on(&self) -> bool {
        match self {
            Self::Held { .. } | Self::Replaced { .. } | Self::Withdrawn { .. } => false,
            Self::Available { .. }
            | Self::Fetched { .. }
            | Self::Accepted { .. }
            | Self::Rejected { .. }
            | Self::Questioned { .. }
            | Self::Answered { .. }
            | Self::Transferred { .. } => true,
        }
    }

    /// The municipality acknowledged. A report that is already further on stays where it is.
    pub fn fetched(self, now: Timestamp) -> Self {
        match self {
            Self::Available { municipality, .. } | Self::Transferred { to: municipality, .. } => {
                Self::Fetched { municipality, at: now }
            }
            other => other,
        }
    }

    /// The municipality answers. A decision stands until the employer corrects the report; one question is open at a time.
    pub fn decided(self, id: OutcomeId, outcome: &Outcome, now: Timestamp) -> Result<Self, StateError> {
        let municipality = match (&self, outcome) {
            (Self::Questioned { .. }, Outcome::Question { .. }) => None,
            (
                Self::Available { municipality, .. }
                | Self::Fetched { municipality, .. }
                | Self::Questioned { municipality, .. }
                | Self::Answered { municipality, .. }
                | Self::Transferred { to: municipality, .. },
                _,
            ) => Some(*municipality),
            _ => None,
        };
        let municipality = municipality.ok_or(StateError {
            from: self.code(),
            to: outcome.code(),
        })?;
        Ok(match outcome {
            Outcome::Accepted => Self::Accepted { municipality, at: now },
            Outcome::Rejected { reason, .. } => Self::Rejected {
                municipality,
                at: now,
                reason: *reason,
            },
            Outcome::Question { .. } => Self::Questioned {
                municipality,
                at: now,
                question: id,
            },
        })
    }

    /// The employer answers the open question.
    pub fn answered(self, answered: OutcomeId, now: Timestamp) -> Result<Self, StateError> {
        match self {
            Self::Questioned {
                municipality, question, ..
            } if question == answered => Ok(Self::Answered {
                municipality,
                at: now,
                question,
            }),
            other => Err(StateError {
                from: other.code(),
                to: "answered",
            }),
        }
    }

    /// A municipality hands the report on.
    pub fn transferred(self, to: MunicipalityCode, now: Timestamp) -> Result<Self, StateError> {
        let closed = StateError {
            from: self.code(),
            to: "transferred",
        };
        match self.municipality().filter(|_| self.can_be_handed_on()) {
            None => Err(closed),
            Some(from) => Ok(Self::Transferred {
                from: *from,
                to,
                at: now,
            }),
        }
    }

    /// A person has found the municipality of a held report.
    pub fn assigned(self, municipality: MunicipalityCode, now: Timestamp) -> Result<Self, StateError> {
        match self {
            Self::Held { .. } => Ok(Self::Available {
                municipality,
                since: now,
            }),
            other => Err(StateError {
                from: other.code(),
                to: "available",
            }),
        }
    }

    /// A correction takes the report's place.
    pub fn replaced(self, by: ReportId, now: Timestamp) -> Result<Self, StateError> {
        let municipality = self.correctable("replaced")?;
        Ok(Self::Replaced {
            municipality,
            by,
            at: now,
        })
    }

    /// The employer takes the report back.
    pub fn withdrawn(self, by: ReportId, now: Timestamp) -> Result<Self, StateError> {
        let municipality = self.correctable("withdrawn")?;
        Ok(Self::Withdrawn {
            municipality,
            by,
            at: now,
        })
    }

    /// Only the last link of a chain can be corrected.
    fn correctable(self, to: &'static str) -> Result<Option<MunicipalityCode>, StateError> {
        match self {
            Self::Replaced { .. } | Self::Withdrawn { .. } => Err(StateError { from: self.code(), to }),
            _ => Ok(self.municipality().cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::MunicipalityCode;

    fn codes() -> (MunicipalityCode, MunicipalityCode) {
        ("0101".parse().unwrap(), "0147".parse().unwrap())
    }

    fn id(number: u128) -> OutcomeId {
        OutcomeId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_decision_stands_and_one_question_is_open_at_a_time() {
        let now = Timestamp::UNIX_EPOCH;
        let fetched = ReportState::Fetched {
            municipality: codes().0,
            at: now,
        };
        let question = Outcome::Question {
            text: "Hvorfor?".parse().unwrap(),
        };
        let asked = fetched.clone().decided(id(1), &question, now).unwrap();
        assert!(asked.clone().decided(id(2), &question, now).is_err());
        assert!(asked.clone().answered(id(2), now).is_err(), "another question");
        let answered = asked.clone().answered(id(1), now).unwrap();
        assert!(answered.clone().answered(id(1), now).is_err());
        assert_eq!(
            answered.clone().decided(id(3), &question, now).unwrap().code(),
            "questioned"
        );
        for open in [fetched, asked, answered] {
            let accepted = open.decided(id(4), &Outcome::Accepted, now).unwrap();
            assert_eq!(accepted.code(), "accepted");
            assert!(accepted.decided(id(5), &question, now).is_err());
        }
    }

    #[test]
    fn who_receives_a_report_handed_on_acknowledges_it_anew() {
        let (from, to) = codes();
        let now = Timestamp::UNIX_EPOCH;
        let accepted = ReportState::Accepted {
            municipality: from,
            at: now,
        };
        let moved = accepted.transferred(to, now).unwrap();
        assert_eq!(moved.municipality(), Some(&to));
        assert_eq!(moved.clone().fetched(now).code(), "fetched");
        assert!(
            moved.clone().assigned(from, now).is_err(),
            "only what is held is assigned"
        );
        let by = ReportId::from_uuid(uuid::Uuid::nil());
        assert!(moved.withdrawn(by, now).unwrap().transferred(from, now).is_err());
    }
}
