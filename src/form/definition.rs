//! The shapes of `form.toml` and `texts.*.toml`, as KL writes them. Unknown keys are refused.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use super::{Check, Condition};
use crate::finding::Level;

/// All of `form.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub id: String,
    pub version: String,
    /// First day on which this version is the current one.
    pub valid_from: Date,
    pub kind: Vec<KindDefinition>,
    pub field: Vec<FieldDefinition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDefinition {
    pub code: String,
    pub same_report: SameReportDefinition,
    pub content_kind: Option<ContentKind>,
    pub section: Vec<SectionDefinition>,
}

/// When two reports of one submission are the same, and how grave that is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameReportDefinition {
    pub level: Level,
    pub fields: Vec<String>,
}

/// A kind that also answers the fields of another kind, which one of its own fields names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentKind {
    /// The field whose answer is the other kind's code.
    pub field: String,
    pub when: Condition,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionDefinition {
    pub id: String,
    pub fields: Vec<String>,
}

/// Where a field stands in a submission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Beside the reports: `/declaration_accepted`.
    Submission,
    /// In the employer: `/employer/cvr`.
    Employer,
    /// In each report: `/reports/0/employee_cpr`.
    #[default]
    Report,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
    pub id: String,
    #[serde(default)]
    pub scope: Scope,
    pub key: Option<String>,
    #[serde(rename = "type")]
    pub type_name: String,
    pub max_length: Option<usize>,
    pub options: Option<Vec<String>>,
    pub exclusive: Option<String>,
    pub decided_by: Option<DecidedBy>,
    pub unit: Option<MoneyUnit>,
    pub need: NeedWord,
    pub needed_when: Option<Condition>,
    pub shown_when: Option<Condition>,
    pub default: Option<String>,
    pub computed_when: Option<Condition>,
    pub paragraph: Option<String>,
    #[serde(default)]
    pub rule: Vec<RuleDefinition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedWord {
    Always,
    When,
    SenderKnows,
    Optional,
}

/// Which answer decides whether a number is a percentage or an amount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecidedBy {
    pub field: String,
    /// The code that makes it a percentage.
    pub percent: String,
    /// The code that makes it an amount.
    pub money: String,
}

/// What an amount is counted per.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    #[default]
    Kr,
    KrPerMonth,
    KrPerYear,
    /// Per month, hour or two weeks, as another answer says.
    KrPerWageUnit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDefinition {
    pub code: String,
    pub level: Level,
    pub when: Option<Condition>,
    pub check: Check,
}

/// All of `texts.da.toml` or `texts.en.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub title: String,
    pub intro: String,
    pub kind: BTreeMap<String, KindTexts>,
    pub section: BTreeMap<String, SectionTexts>,
    pub field: BTreeMap<String, FieldTexts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindTexts {
    pub label: String,
    pub intro: String,
    pub same_report: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionTexts {
    pub label: String,
}

/// The words of a field. All but `condition` must be there; lint tells all that are missing at once.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTexts {
    pub label: Option<String>,
    pub help: Option<String>,
    pub missing: Option<String>,
    pub wrong: Option<String>,
    pub reason: Option<String>,
    pub condition: Option<String>,
    #[serde(default)]
    pub option: BTreeMap<String, String>,
    #[serde(default)]
    pub rule: BTreeMap<String, String>,
}
