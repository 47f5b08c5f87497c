use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answer, Answers, Report};
use crate::{
    fields,
    value::{Cvr, Email, Phone, Redacted, SeNumber},
};

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
    /// What was answered once for the whole submission to fields that the service itself does not read: those of the company and of sending
    /// that KL has added to the form.
    #[serde(default, skip_serializing_if = "Answers::is_empty")]
    pub more: Answers,
}

impl Employer {
    /// Everything that is known of the employer and of sending, by field of the form.
    pub fn answers(&self) -> Answers {
        let mut answers = self.more.clone();
        let mut put = |id: &str, answer: Option<Answer>| {
            if let Some(answer) = answer {
                answers.insert(id, answer);
            }
        };
        put(fields::EMPLOYER_CVR.id(), Some(Answer::Cvr(self.cvr.clone())));
        put(
            fields::EMPLOYER_SE_NUMBER.id(),
            self.se_number.clone().map(Answer::SeNumber),
        );
        put(
            fields::CONTACT_NAME.id(),
            Some(Answer::Text(self.contact_name.expose().clone())),
        );
        put(
            fields::CONTACT_EMAIL.id(),
            self.contact_email.clone().map(Answer::Email),
        );
        put(
            fields::CONTACT_PHONE.id(),
            self.contact_phone.clone().map(Answer::Phone),
        );
        answers
    }

    /// As it is handed over and committed to: what KL has added stands in `more` by field id, and `more` only where there is something.
    pub fn to_plain_json(&self) -> Value {
        let mut plain = json!({
            "cvr": self.cvr,
            "se_number": self.se_number,
            "contact_name": self.contact_name.expose(),
            "contact_email": self.contact_email,
            "contact_phone": self.contact_phone,
        });
        if !self.more.is_empty() {
            plain["more"] = Value::Object(self.more.to_plain_json());
        }
        plain
    }
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
