//! A stored assessment made again from its own text.

use serde::{Deserialize, Serialize};

use super::assessment::{Assessment, assess};
use super::self_employed::SelfEmployedAssessment;
use super::self_employed_json::SCHEME;

/// What replaying a stored assessment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// The same, byte for byte.
    Same,
    /// This program calculates otherwise than the one that stored it; the text is what it gives now.
    Differs(String),
}

/// Why a text cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("the text is not a stored assessment")]
    NotAnAssessment(#[source] serde_json::Error),
}

/// What tells which scheme a stored assessment is of.
#[derive(Deserialize)]
struct OfScheme {
    scheme: Option<String>,
}

/// Calculates a stored assessment again, from the case and the rules that it carries and nothing else, and compares the text: as it is
/// stored, as it is printed for people, and as the interface answers it with its keys in the order of the alphabet.
///
/// # Errors
///
/// Where the text is not an assessment of a version that this program reads.
pub fn replay(stored: &str) -> Result<Replay, ReplayError> {
    replayed(stored).map_err(ReplayError::NotAnAssessment)
}

fn replayed(stored: &str) -> Result<Replay, serde_json::Error> {
    let of: OfScheme = serde_json::from_str(stored)?;
    if of.scheme.as_deref() == Some(SCHEME) {
        return compared(stored, &serde_json::from_str::<SelfEmployedAssessment>(stored)?);
    }
    let assessment: Assessment = serde_json::from_str(stored)?;
    compared(stored, &assess(&assessment.basis, &assessment.case))
}

fn compared(stored: &str, again: &impl Serialize) -> Result<Replay, serde_json::Error> {
    let compact = serde_json::to_string(again)?;
    let sorted = serde_json::to_value(again)?;
    let stored = stored.trim_end();
    let renderings = [
        Ok(compact.clone()),
        serde_json::to_string_pretty(again),
        serde_json::to_string(&sorted),
        serde_json::to_string_pretty(&sorted),
    ];
    let same = renderings
        .iter()
        .any(|text| text.as_ref().is_ok_and(|text| text == stored));
    Ok(if same { Replay::Same } else { Replay::Differs(compact) })
}
