//! The case and the assessment of a self-employed person as JSON, read and written.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};
use serde_json::Value;

use super::document::{MissingDocument, RatesUsed, Steps};
use super::explain::Explanation;
use super::json_object::{Object, amount, fault};
use super::rulebook::RateId;
use super::self_employed::{SelfEmployedAssessment, SelfEmployedCase, assess_self_employed};
use super::stored::{StoredBasis, StoredStep, UnreadableAssessment, known_version, restore_trace};
use crate::finding::{Findings, Violation};
use crate::value::{Money, Month};

/// The name of the scheme in a case and in an assessment.
pub(super) const SCHEME: &str = "self_employed";

impl SelfEmployedCase {
    /// Reads a case. Pointers of what is wrong begin with `pointer_prefix`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; unknown keys too.
    pub fn from_json(value: &Value, pointer_prefix: &str) -> Result<Self, Vec<Violation>> {
        let mut violations = Findings::new();
        let Some(mut object) = Object::new(value, pointer_prefix, &mut violations) else {
            return Err(violations.into());
        };
        // Whoever reads a case by its scheme has looked at it already.
        object.optional("scheme");
        let first_month = year(&mut object, &mut violations);
        let business_income = object
            .required("business_income", &mut violations)
            .and_then(|(value, at)| amount(value, &at, &mut violations));
        let other_work_income = object.amount_or_zero("other_work_income", &mut violations);
        object.refuse_unknown(&mut violations);
        match (first_month, business_income) {
            (Some(first_month), Some(business_income)) if violations.is_empty() => Ok(Self {
                first_month,
                business_income,
                other_work_income,
            }),
            _ => Err(violations.into()),
        }
    }
}

fn year(object: &mut Object<'_>, violations: &mut Findings) -> Option<Month> {
    let (value, at) = object.required("year", violations)?;
    let january = value
        .as_i64()
        .filter(|year| (2013..2200).contains(year))
        .and_then(|year| Month::new(i16::try_from(year).ok()?, 1).ok());
    if january.is_none() {
        violations.push(fault(
            &at,
            "year-out-of-range",
            "Skriv et år fra 2013, da ordningen begyndte, uden anførselstegn.",
            "Write a year from 2013, when the scheme began, without quotes.",
        ));
    }
    january
}

impl Serialize for SelfEmployedCase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("scheme", SCHEME)?;
        map.serialize_entry("year", &self.first_month.first_day().year())?;
        map.serialize_entry("business_income", &self.business_income)?;
        if self.other_work_income != Money::ZERO {
            map.serialize_entry("other_work_income", &self.other_work_income)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    trace_version: u32,
    rules_version: &'a str,
    scheme: &'static str,
    scheme_starts: jiff::civil::Date,
    year: i16,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    income_deduction: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yearly_subsidy: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_subsidy: Option<Money>,
    provisional_because: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingDocument<'a>>,
    explanation: Explanation,
    rates_used: RatesUsed<'a>,
    trace: Steps<'a>,
    case: &'a SelfEmployedCase,
}

impl Serialize for SelfEmployedAssessment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amounts = self.amounts();
        let month = self.first_month();
        Document {
            trace_version: self.basis.trace_version,
            rules_version: &self.basis.version,
            scheme: SCHEME,
            scheme_starts: self.basis.scheme_starts.first_day(),
            year: month.first_day().year(),
            status: self.standing().as_str(),
            income_deduction: amounts.map(|amounts| amounts.income_deduction),
            yearly_subsidy: amounts.map(|amounts| amounts.yearly_subsidy),
            monthly_subsidy: amounts.map(|amounts| amounts.monthly_subsidy),
            provisional_because: self.provisional_rates().map(RateId::as_str).collect(),
            missing: self.missing().iter().map(|one| one.document(month)).collect(),
            explanation: self.explanation(),
            rates_used: RatesUsed {
                epoch: &self.basis,
                used: self.used,
            },
            trace: Steps {
                epoch: &self.basis,
                trace: self.trace(),
            },
            case: &self.case,
        }
        .serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Stored {
    trace_version: u32,
    rules_version: String,
    scheme_starts: jiff::civil::Date,
    #[serde(flatten)]
    basis: StoredBasis,
    trace: Vec<StoredStep>,
    case: Value,
}

impl Stored {
    /// Calculates again from the case and the rules it carries.
    fn again(self) -> Result<SelfEmployedAssessment, UnreadableAssessment> {
        let trace_version = known_version(self.trace_version)?;
        let case = SelfEmployedCase::from_json(&self.case, "/case").map_err(|_| UnreadableAssessment::WrongCase)?;
        let starts = Month::of(self.scheme_starts);
        let (mut epoch, _) = self.basis.restore(self.rules_version.into(), starts)?;
        epoch.trace_version = trace_version;
        restore_trace(self.trace, &mut epoch)?;
        Ok(assess_self_employed(&Arc::new(epoch), &case))
    }
}

/// Reads a stored assessment by calculating it again: what it says beside its case and rules follows from them.
impl<'de> Deserialize<'de> for SelfEmployedAssessment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.again().map_err(D::Error::custom)
    }
}
