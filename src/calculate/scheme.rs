//! A case of either scheme, by the name it carries: `employee`, which is meant where none is told, or `self_employed`.

use serde::Serialize;
use serde_json::Value;

use super::assessment::{Assessment, calculate};
use super::case::SubsidyCase;
use super::rulebook::RuleBook;
use super::self_employed::{SelfEmployedAssessment, SelfEmployedCase, calculate_self_employed};
use super::self_employed_json::SCHEME;
use crate::finding::Violation;

/// One case to be calculated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemeCase {
    Employee(Box<SubsidyCase>),
    SelfEmployed(SelfEmployedCase),
}

/// One case calculated. Its JSON is that of the assessment itself.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum SchemeAssessment {
    Employee(Box<Assessment>),
    SelfEmployed(Box<SelfEmployedAssessment>),
}

impl SchemeCase {
    /// Reads a case. Pointers of what is wrong begin with `pointer_prefix`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; unknown keys too.
    pub fn from_json(value: &Value, pointer_prefix: &str) -> Result<Self, Vec<Violation>> {
        if value.get("scheme").and_then(Value::as_str) == Some(SCHEME) {
            return SelfEmployedCase::from_json(value, pointer_prefix).map(Self::SelfEmployed);
        }
        SubsidyCase::from_json(value, pointer_prefix).map(|case| Self::Employee(Box::new(case)))
    }

    /// Calculates the case. Total, as both schemes are.
    pub fn calculate(&self, rules: &RuleBook) -> SchemeAssessment {
        match self {
            Self::Employee(case) => SchemeAssessment::Employee(Box::new(calculate(rules, case))),
            Self::SelfEmployed(case) => SchemeAssessment::SelfEmployed(Box::new(calculate_self_employed(rules, case))),
        }
    }
}
