//! What is possible and yet hardly meant, whatever the form: it is asked about, and stops nothing.

use encoding_rs::WINDOWS_1252;
use jiff::civil::Date;

use super::messages;
use crate::{
    finding::Findings,
    form::Field,
    record::{Answer, Answers},
    value::{Cpr, CprClass, Percent},
};

/// Holds the answers of one place against what people mean.
pub(super) fn check<'f>(
    fields: impl Iterator<Item = &'f Field>,
    answers: &Answers,
    position: usize,
    today: Date,
    findings: &mut Findings,
) {
    for field in fields {
        let asked = match answers.get(&field.id) {
            Some(Answer::Percent(percent)) if is_fraction(*percent) => messages::percent_below_one,
            Some(Answer::Cpr(cpr)) if is_placeholder(&cpr.0, today) => messages::birth_date_unlikely,
            Some(Answer::Text(text)) if is_garbled(text) => messages::text_garbled,
            _ => continue,
        };
        findings.push(asked(field.pointer(position)));
    }
}

/// Above nothing and below one per cent: `0.12` where 12 is meant.
fn is_fraction(percent: Percent) -> bool {
    (1..100).contains(&percent.basis_points())
}

/// The dates that are typed where nobody knows the date of birth.
fn is_placeholder(cpr: &Cpr, today: Date) -> bool {
    matches!(cpr.class(), CprClass::Ordinary(born) if born.year() == 1900 || born == today)
}

/// Letters of UTF-8 read as Windows-1252, perhaps twice: `SÃ¸ren`. A run of other letters that is UTF-8 in those bytes is nearly never
/// anything else.
pub(crate) fn is_garbled(text: &str) -> bool {
    let runs = text.split(|c: char| c.is_ascii());
    runs.filter(|run| run.chars().nth(1).is_some()).any(|run| {
        let (bytes, _, is_lossy) = WINDOWS_1252.encode(run);
        !is_lossy && std::str::from_utf8(&bytes).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_encoded_letters_are_known_and_danish_ones_are_not() {
        for garbled in ["SÃ¸ren", "Ã…berg", "rÃ¸dgrÃ¸d", "JÃ¼rgen"] {
            assert!(is_garbled(garbled), "{garbled}");
        }
        for right in [
            "Søren Ærø Åberg",
            "ÅØÆ",
            "øå",
            "Müller",
            "Łódź",
            "Ångström",
            "blåøjet",
            "Ø",
            "François",
            "ÁÉÍ",
        ] {
            assert!(!is_garbled(right), "{right}");
        }
    }
}
