//! Names that the form does not have, and the one that was probably meant.

use serde_json::{Map, Value};

use super::{Findings, Violation, pointer};
use crate::value::Localized;

/// Tells every member that has none of the known names.
pub fn unknown_names(object: &Map<String, Value>, known: &[&str], place: &str, findings: &mut Findings) {
    for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
        if findings.is_full() {
            return;
        }
        let meant = findings.suggestion(name, known);
        findings.push(unknown_field(place, name, meant));
    }
}

pub fn unknown_field(parent: &str, name: &str, meant: Option<&str>) -> Violation {
    let message = Localized::new(
        "Blanketten har ikke et felt med det navn her. Ret navnet, eller slet feltet.",
        "The form has no field of that name here. Correct the name, or delete the field.",
    );
    let violation = Violation::error(pointer::child(parent, name), "unknown-field", message);
    match meant {
        Some(meant) => violation.with_hint(did_you_mean(meant)),
        None => violation,
    }
}

/// A question back to who wrote another name.
pub(crate) fn did_you_mean(meant: &str) -> Localized {
    Localized::new(format!("Mente du {meant}?"), format!("Did you mean {meant}?"))
}

/// The known name that a slip of the finger or two leads to.
pub(super) fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace([' ', '-', '.'], "_");
    let name = plain(name);
    let far = |other: &str| strsim::damerau_levenshtein(&name, &plain(other));
    let nearest = known
        .iter()
        .map(|other| (far(other), *other))
        .min_by_key(|(distance, _)| *distance);
    nearest
        .filter(|(distance, other)| *distance <= 1 + other.len() / 6)
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_leads_to_the_name_that_was_meant_and_another_word_leads_nowhere() {
        let known = ["employee_cpr", "employee_name", "valid_from", "cvr"];
        assert_eq!(closest("emplyee_cpr", &known), Some("employee_cpr"));
        assert_eq!(closest("employeeCpr", &known), Some("employee_cpr"));
        assert_eq!(closest("Valid from", &known), Some("valid_from"));
        assert_eq!(closest("cvrr", &known), Some("cvr"));
        assert_eq!(closest("bank_account", &known), None);
        assert_eq!(closest(&"employee_cpr".repeat(100), &known), None);
    }
}
