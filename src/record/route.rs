use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{HeldReason, ReportState};
use crate::{
    reference,
    value::{Localized, MunicipalityCode, Postcode},
};

/// Where a report goes and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Route {
    /// The employer named the municipality.
    NamedByEmployer {
        municipality: MunicipalityCode,
    },
    /// The postcode lies in one municipality only.
    PostcodeDecides {
        municipality: MunicipalityCode,
        postcode: Postcode,
    },
    /// A person at the operator decided, after the report was held.
    DecidedByPerson {
        municipality: MunicipalityCode,
    },
    /// The residence register told it, after the report was held.
    ResidenceRegister {
        municipality: MunicipalityCode,
    },
    /// The municipality that had the report handed it on.
    HandedOver {
        from: MunicipalityCode,
        municipality: MunicipalityCode,
    },
    Held {
        reason: HeldReason,
    },
}

impl Route {
    /// Every code that [`Self::code`] gives beside those of a hold.
    pub const CODES: [&'static str; 5] = [
        "named_by_employer",
        "postcode_decides",
        "decided_by_person",
        "residence_register",
        "handed_over",
    ];

    pub fn municipality(&self) -> Option<&MunicipalityCode> {
        match self {
            Self::NamedByEmployer { municipality }
            | Self::PostcodeDecides { municipality, .. }
            | Self::DecidedByPerson { municipality }
            | Self::ResidenceRegister { municipality }
            | Self::HandedOver { municipality, .. } => Some(municipality),
            Self::Held { .. } => None,
        }
    }

    /// Whether people or the register decided, so that the same whereabouts given again must not undo it.
    pub fn is_decided(&self) -> bool {
        matches!(
            self,
            Self::DecidedByPerson { .. } | Self::ResidenceRegister { .. } | Self::HandedOver { .. }
        )
    }

    /// The first state of a report that takes this route.
    pub fn first_state(&self, now: Timestamp) -> ReportState {
        match self {
            Self::Held { reason } => ReportState::Held {
                reason: reason.clone(),
                since: now,
            },
            Self::NamedByEmployer { municipality }
            | Self::PostcodeDecides { municipality, .. }
            | Self::DecidedByPerson { municipality }
            | Self::ResidenceRegister { municipality }
            | Self::HandedOver { municipality, .. } => ReportState::Available {
                municipality: *municipality,
                since: now,
            },
        }
    }

    /// Stable code of the reason, e.g. `named_by_employer`; for a held report that of the hold.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NamedByEmployer { .. } => "named_by_employer",
            Self::PostcodeDecides { .. } => "postcode_decides",
            Self::DecidedByPerson { .. } => "decided_by_person",
            Self::ResidenceRegister { .. } => "residence_register",
            Self::HandedOver { .. } => "handed_over",
            Self::Held { reason } => reason.code(),
        }
    }

    /// Why, for the receipt and for both ends.
    pub fn reason(&self) -> Localized {
        match self {
            Self::NamedByEmployer { .. } => Localized::new(
                "Arbejdsgiveren har angivet kommunen.",
                "The employer named the municipality.",
            ),
            Self::PostcodeDecides { postcode, .. } => Localized::new(
                format!("Postnummer {} ligger kun i denne kommune.", postcode.as_str()),
                format!("Postcode {} lies in this municipality only.", postcode.as_str()),
            ),
            Self::DecidedByPerson { .. } => Localized::new(
                "En medarbejder har fundet kommunen, fordi det ikke kunne ske automatisk.",
                "A member of staff found the municipality, because it could not be done automatically.",
            ),
            Self::ResidenceRegister { .. } => Localized::new(
                "Bopælsregistret oplyser kommunen.",
                "The residence register tells the municipality.",
            ),
            Self::HandedOver { from, .. } => {
                let from = reference::municipality(from).full_name;
                Localized::new(
                    format!("{from} har oversendt indberetningen."),
                    format!("{from} has handed the report on."),
                )
            }
            Self::Held { reason } => reason.explanation(),
        }
    }
}

impl HeldReason {
    /// What a person will look into, in both languages.
    pub fn explanation(&self) -> Localized {
        let (da, en) = match self {
            Self::Abroad => (
                "Medarbejderen bor i udlandet. En medarbejder finder den rette kommune.",
                "The employee lives abroad. A member of staff finds the right municipality.",
            ),
            Self::Christianso => (
                "Christiansø hører ikke til en kommune. En medarbejder afgør, hvem der modtager indberetningen.",
                "Christiansø belongs to no municipality. A member of staff decides who receives the report.",
            ),
            Self::Protected => (
                "Medarbejderen har beskyttet adresse. En medarbejder finder den rette kommune.",
                "The employee's address is protected. A member of staff finds the right municipality.",
            ),
            Self::ReplacementNumber => (
                "Medarbejderen har et erstatningspersonnummer, som ikke kan slås op. En medarbejder finder kommunen.",
                "The employee has a replacement number, which no register knows. A member of staff finds the municipality.",
            ),
            Self::PostcodeInSeveral { .. } => (
                "Postnummeret ligger i flere kommuner. En medarbejder finder den rette.",
                "The postcode lies in several municipalities. A member of staff finds the right one.",
            ),
            Self::PostcodeNonResidential => (
                "Postnummeret bruges kun til postbokse eller store modtagere. En medarbejder finder kommunen.",
                "The postcode is used for PO boxes or bulk receivers only. A member of staff finds the municipality.",
            ),
            Self::RegisterNotReached { .. } => (
                "Bopælsregistret skal bekræfte kommunen og har ikke svaret endnu. Vi spørger igen af os selv.",
                "The residence register is to confirm the municipality and has not answered yet. We ask again by ourselves.",
            ),
            Self::PostcodeUnknown => (
                "Postnummeret findes ikke i listen. En medarbejder finder kommunen.",
                "The postcode is not in the list. A member of staff finds the municipality.",
            ),
        };
        Localized::new(da, en)
    }
}
