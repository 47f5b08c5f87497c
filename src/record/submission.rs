use std::fmt;

use serde::{Deserialize, Serialize};

use super::Report;
use crate::value::{Cvr, Email, Phone, Redacted, SeNumber};

/// The most reports of one submission.
pub const MAX_REPORTS: usize = 10_000;

/// Names a published form version for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FormRef {
    /// `fleksjob-wage`.
    pub id: String,
    /// `major.minor`.
    pub version: String,
    /// SHA-256 of the canonical JSON (RFC 8785) of the definition, lower-case hex.
    pub hash: String,
}

/// The employer a submission is for, with the person to ask.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employer {
    pub cvr: Cvr,
    /// The SE number used in eIndkomst when it is another than the CVR number.
    pub se_number: Option<SeNumber>,
    pub contact_name: Redacted<String>,
    pub contact_email: Option<Email>,
    pub contact_phone: Option<Phone>,
}

impl fmt::Debug for Employer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Employer")
            .field("cvr", &self.cvr)
            .finish_non_exhaustive()
    }
}

/// One act of sending: 1 to 10,000 reports of one employer, all valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub form: FormRef,
    pub employer: Employer,
    pub reports: Vec<Report>,
    /// Warnings and hints about the submission itself, not about one report.
    pub notices: Vec<crate::finding::Violation>,
}
