//! A stored assessment made again from its own text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::assessment::Assessment;
use super::build_up::CeilingBuildUp;
use super::report::ReportAssessment;
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

/// What tells what a stored text is.
#[derive(Deserialize)]
struct Told {
    /// Of a month or a year by itself.
    scheme: Option<String>,
    /// Of what is stored with a report.
    kind: Option<String>,
    /// Of a ceiling built by itself.
    yearly_payments: Option<Value>,
}

/// Calculates a stored assessment again, from the case and the rules that it carries and nothing else, and compares the text: as it is
/// stored, as it is printed for people, and as the interface answers it with its keys in the order of the alphabet. An assessment is
/// that of a month, of a year of a self-employed person, or what is stored with a report, of whatever kind.
///
/// # Errors
///
/// Where the text is not an assessment of a version that this program reads.
pub fn replay(stored: &str) -> Result<Replay, ReplayError> {
    let again = again(stored).map_err(ReplayError::NotAnAssessment)?;
    compared(stored, &again).map_err(ReplayError::NotAnAssessment)
}

/// Replays a list as `fleksport calculate` prints it, each assessment by itself. An assessment whose figures and words are the same and
/// whose bytes are not comes out as the same, unless the whole list does not come out byte for byte: then the last one tells.
///
/// # Errors
///
/// Where the text is no list at all.
pub fn replay_list(stored: &str) -> Result<Vec<Result<Replay, ReplayError>>, ReplayError> {
    let items: Vec<Value> = serde_json::from_str(stored).map_err(ReplayError::NotAnAssessment)?;
    let (mut list, mut replayed) = (Vec::new(), Vec::new());
    for item in &items {
        match again(&item.to_string()).and_then(|again| Ok((serde_json::to_value(&again)?, again))) {
            Ok((value, again)) => {
                replayed.push(same_or(value == *item, &again));
                list.push(again);
            }
            Err(error) => replayed.push(Err(ReplayError::NotAnAssessment(error))),
        }
    }
    let all_the_same = replayed.iter().all(|one| matches!(one, Ok(Replay::Same)));
    if all_the_same
        && let (Some(last), Some(again)) = (replayed.last_mut(), list.last())
        && compared(stored, &list).is_ok_and(|whole| whole != Replay::Same)
    {
        *last = same_or(false, again);
    }
    Ok(replayed)
}

fn same_or(same: bool, again: &Again) -> Result<Replay, ReplayError> {
    if same {
        return Ok(Replay::Same);
    }
    let now = serde_json::to_string(again).map_err(ReplayError::NotAnAssessment)?;
    Ok(Replay::Differs(now))
}

/// Whatever was stored, made again.
#[derive(Serialize)]
#[serde(untagged)]
enum Again {
    Month(Box<Assessment>),
    SelfEmployed(Box<SelfEmployedAssessment>),
    Report(Box<ReportAssessment>),
    BuildUp(Box<CeilingBuildUp>),
}

fn again(stored: &str) -> Result<Again, serde_json::Error> {
    use serde::de::Error as _;
    let told: Told = serde_json::from_str(stored)?;
    if told.scheme.as_deref() == Some(SCHEME) {
        return serde_json::from_str(stored).map(Again::SelfEmployed);
    }
    if told.kind.is_some() {
        let report: ReportAssessment = serde_json::from_str(stored)?;
        let again = report.again().map_err(serde_json::Error::custom)?;
        return Ok(Again::Report(Box::new(again)));
    }
    if told.yearly_payments.is_some() {
        let built: CeilingBuildUp = serde_json::from_str(stored)?;
        let again = built.again().map_err(serde_json::Error::custom)?;
        return Ok(Again::BuildUp(Box::new(again)));
    }
    let assessment: Assessment = serde_json::from_str(stored)?;
    Ok(Again::Month(Box::new(assessment.again())))
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
