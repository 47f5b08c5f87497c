//! A stored assessment made again from its own text.

use super::assessment::{Assessment, assess};

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

/// Calculates a stored assessment again, from the case and the rules that it carries and nothing else, and compares the text: as it is
/// stored, as it is printed for people, and as the interface answers it with its keys in the order of the alphabet.
///
/// # Errors
///
/// Where the text is not an assessment of a version that this program reads.
pub fn replay(stored: &str) -> Result<Replay, ReplayError> {
    let assessment: Assessment = serde_json::from_str(stored).map_err(ReplayError::NotAnAssessment)?;
    let again = assess(&assessment.basis, &assessment.case);
    let compact = serde_json::to_string(&again).map_err(ReplayError::NotAnAssessment)?;
    let sorted = serde_json::to_value(&again).map_err(ReplayError::NotAnAssessment)?;
    let stored = stored.trim_end();
    let renderings = [
        Ok(compact.clone()),
        serde_json::to_string_pretty(&again),
        serde_json::to_string(&sorted),
        serde_json::to_string_pretty(&sorted),
    ];
    let same = renderings
        .iter()
        .any(|text| text.as_ref().is_ok_and(|text| text == stored));
    Ok(if same { Replay::Same } else { Replay::Differs(compact) })
}
