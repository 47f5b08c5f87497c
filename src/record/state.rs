use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::value::{MunicipalityCode, ReportId};

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
}

impl HeldReason {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Abroad => "abroad",
            Self::Christianso => "christianso",
            Self::Protected => "protected",
            Self::ReplacementNumber => "replacement_number",
            Self::PostcodeInSeveral { .. } => "postcode_in_several",
            Self::PostcodeNonResidential => "postcode_non_residential",
            Self::PostcodeUnknown => "postcode_unknown",
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
    /// Handed to another municipality.
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
    pub fn code(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Available { .. } => "available",
            Self::Fetched { .. } => "fetched",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Replaced { .. } => "replaced",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Transferred { .. } => "transferred",
        }
    }

    /// The municipality that has, or should have, the report now.
    pub fn municipality(&self) -> Option<&MunicipalityCode> {
        match self {
            Self::Held { .. } => None,
            Self::Available { municipality, .. }
            | Self::Fetched { municipality, .. }
            | Self::Accepted { municipality, .. }
            | Self::Rejected { municipality, .. } => Some(municipality),
            Self::Replaced { municipality, .. } | Self::Withdrawn { municipality, .. } => municipality.as_ref(),
            Self::Transferred { to, .. } => Some(to),
        }
    }

    /// The municipality acknowledged. A report that is already further on stays where it is.
    pub fn fetched(self, now: Timestamp) -> Self {
        match self {
            Self::Available { municipality, .. } => Self::Fetched { municipality, at: now },
            other => other,
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
