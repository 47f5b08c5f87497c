//! What stands in the sealed columns, and sealing it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{StoreError, row::Reader};
use crate::{
    calculate::ReportAssessment,
    entropy::Entropy,
    finding::Violation,
    record::{Answers, Employer, HintAnswer, Recipe, StoredCpr},
    value::Redacted,
    vault::{Place, Vault},
};

/// `submission.sealed`
#[derive(Serialize, Deserialize)]
pub(super) struct SubmissionContent {
    pub employer: Employer,
    pub notices: Vec<Violation>,
}

/// `report.sealed`
#[derive(Serialize, Deserialize)]
pub(super) struct ReportContent {
    pub cpr: StoredCpr,
    pub name: Redacted<String>,
    pub answers: Answers,
    pub raw: Redacted<serde_json::Value>,
    pub notices: Vec<Violation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hint_answers: Vec<HintAnswer>,
    pub assessment: ReportAssessment,
    pub salt: Redacted<[u8; 16]>,
    /// Of `report.content_digest`; rows that were written before there was a second one have none.
    #[serde(default)]
    pub recipe: Recipe,
}

pub(super) const SUBMISSION: (&str, &str) = ("submission", "sealed");
pub(super) const ORIGINAL: (&str, &str) = ("submission", "original_sealed");
pub(super) const REPORT: (&str, &str) = ("report", "sealed");
pub(super) const BRIEF: (&str, &str) = ("report", "brief_sealed");
pub(super) const ROUTE: (&str, &str) = ("report", "route_sealed");
/// Route and state of a report as it was received, kept when they change.
pub(super) const ARRIVAL: (&str, &str) = ("report", "arrival_sealed");
pub(super) const OUTCOME: (&str, &str) = ("outcome", "sealed");
pub(super) const ANSWER: (&str, &str) = ("answer", "sealed");
pub(super) const HANDOVER: (&str, &str) = ("handover", "sealed");
pub(super) const CONTACT: (&str, &str) = ("municipality_contact", "sealed");
pub(super) const PING_ADDRESS: (&str, &str) = ("ping_address", "sealed");
pub(super) const DRAFT: (&str, &str) = ("draft", "sealed");
/// Stands on the pages of a draft, in no row.
pub(super) const DRAFT_TICKET: (&str, &str) = ("draft", "ticket");
pub(super) const KEPT_FORM: (&str, &str) = ("kept_form", "sealed");
/// Stands in the forms of pages, in no row.
pub(super) const FORM_TICKET: (&str, &str) = ("kept_form", "ticket");
pub(super) const VAULT_CHECK: (&str, &str) = ("vault_check", "sealed");

/// Seals bytes for a column of a row.
pub(super) fn seal_bytes(
    vault: &Vault,
    entropy: &Entropy,
    (table, column): (&'static str, &'static str),
    row: &str,
    plain: &[u8],
) -> Result<Vec<u8>, StoreError> {
    Ok(vault.seal(Place { table, column, row }, plain, entropy)?)
}

/// Seals a value as JSON.
pub(super) fn seal<T: Serialize>(
    vault: &Vault,
    entropy: &Entropy,
    column: (&'static str, &'static str),
    row: &str,
    value: &T,
) -> Result<Vec<u8>, StoreError> {
    let plain = Zeroizing::new(serde_json::to_vec(value).map_err(StoreError::Json)?);
    seal_bytes(vault, entropy, column, row, &plain)
}

/// Opens what [`seal`] made. `alias` is the column's name in the query, `id` the row it was sealed for. The fault of a value that
/// opens but can't be read keeps place and kind only: the parser's sentence might repeat what it read.
pub(super) fn unseal<T: DeserializeOwned>(
    vault: &Vault,
    row: &Reader<'_>,
    alias: &'static str,
    (table, column): (&'static str, &'static str),
    id: &str,
) -> Result<T, StoreError> {
    let sealed: &[u8] = row.get(alias)?;
    let plain = vault
        .unseal(Place { table, column, row: id }, sealed)
        .map_err(|error| row.bad(column, error))?;
    serde_json::from_slice(&plain).map_err(|error| row.bad(column, Unreadable { at: error.column() }))
}

/// The sealed JSON is not what this version writes.
#[derive(Debug, thiserror::Error)]
#[error("the sealed content is not what this version knows, at byte {at}")]
struct Unreadable {
    at: usize,
}
