//! CVR numbers of companies.

use super::cpr;
use super::digits::{CVR_WEIGHTS, are_digits, weighted_sum_divides_by_11, without_separators};
use super::p_number;

/// A CVR number: the eight digits of a company in the business register (*Det Centrale Virksomhedsregister*).
///
/// The first digit is not 0, and the digits times 2 7 6 5 4 3 2 1 add up to a multiple of 11; every issued
/// number obeys. The VAT form with `DK` and the form in pairs are read too. A CVR number is not personal.
///
/// Source: Erhvervsstyrelsen, *Modulus 11 kontrol*.
///
/// ```
/// use fleksport::value::Cvr;
///
/// let cvr: Cvr = "DK 13585628".parse()?;
/// assert_eq!(cvr.as_str(), "13585628");
/// assert_eq!("13-58-56-28".parse(), Ok(cvr));
/// # Ok::<(), fleksport::value::InvalidCvr>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cvr(String);

refusals! {
    /// Why a text is not a CVR number.
    pub enum InvalidCvr {
        /// Not eight digits.
        Length = "cvr-length",
            da: "Et CVR-nummer har 8 cifre: skriv dem alle, fx 13585628.",
            en: "A CVR number has 8 digits: write them all, as in 13585628.";
        /// Something else than digits, `DK`, blanks and hyphens.
        NotADigit = "cvr-not-a-digit",
            da: "Et CVR-nummer består kun af cifre, eventuelt med DK foran: skriv fx 13585628.",
            en: "A CVR number consists of digits only, with DK before them if you like: write it as 13585628.";
        /// The first digit is 0.
        LeadingZero = "cvr-leading-zero",
            da: "Et CVR-nummer begynder ikke med 0: kontrollér det første ciffer.",
            en: "A CVR number does not begin with 0: check the first digit.";
        /// The check digit does not fit.
        Checksum = "cvr-checksum",
            da: "Kontrolcifret i CVR-nummeret passer ikke: se efter, om to cifre er byttet om, eller slå nummeret op på virk.dk.",
            en: "The check digit of the CVR number does not fit: see if two digits are swapped, or look it up at virk.dk.";
        /// Ten digits that are a P number.
        LooksLikePNumber = "cvr-looks-like-p-number",
            da: "Det ligner et P-nummer (10 cifre): skriv virksomhedens CVR-nummer på 8 cifre her.",
            en: "This looks like a P number (10 digits): write the company's CVR number of 8 digits here.";
        /// Ten digits that are a CPR number.
        LooksLikeCpr = "cvr-looks-like-cpr",
            da: "Det ligner et CPR-nummer (10 cifre): skriv virksomhedens CVR-nummer på 8 cifre her.",
            en: "This looks like a CPR number (10 digits): write the company's CVR number of 8 digits here.";
    }
}

impl Cvr {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidCvr> {
        let digits = without_country(raw);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidCvr::NotADigit);
        }
        if !are_digits(&digits, CVR_WEIGHTS.len()) {
            return Err(swapped(&digits));
        }
        if digits.starts_with('0') {
            return Err(InvalidCvr::LeadingZero);
        }
        if !weighted_sum_divides_by_11(&digits, &CVR_WEIGHTS) {
            return Err(InvalidCvr::Checksum);
        }
        Ok(Self(digits))
    }
}

read_from_text!(Cvr, InvalidCvr);
write_as_text!(Cvr, as_str);
display_as_text!(Cvr, as_str);

/// Leaves out `DK` of the VAT form, blanks and hyphens.
pub(super) fn without_country(raw: &str) -> String {
    let bare = without_separators(raw);
    match bare.get(..2) {
        Some(country) if country.eq_ignore_ascii_case("DK") => bare[2..].to_owned(),
        Some(_) | None => bare,
    }
}

/// Names the likely swap where it is not eight digits.
fn swapped(digits: &str) -> InvalidCvr {
    if p_number::looks_like_p_number(digits) {
        InvalidCvr::LooksLikePNumber
    } else if cpr::reads_as_cpr(digits) {
        InvalidCvr::LooksLikeCpr
    } else {
        InvalidCvr::Length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    fn parse(raw: &str) -> Result<Cvr, InvalidCvr> {
        raw.parse()
    }

    #[test]
    fn every_way_to_write_a_number_is_read() {
        let variants = [
            ("13585628", "13585628"),
            ("DK 13585628", "13585628"),
            ("DK13585628", "13585628"),
            ("dk-13585628", "13585628"),
            (" 13 58 56 28 ", "13585628"),
            ("13\u{a0}58\u{a0}56\u{a0}28", "13585628"),
            ("DK-24256790", "24256790"),
            ("13-74-81-36", "13748136"),
        ];
        for (raw, digits) in variants {
            assert_eq!(parse(raw).map(|cvr| cvr.to_string()), Ok(digits.to_owned()), "{raw}");
        }
    }

    #[test]
    fn what_is_not_a_cvr_number_says_which_rule_it_breaks() {
        let cases = [
            ("", InvalidCvr::Length),
            ("DK", InvalidCvr::Length),
            ("1358562", InvalidCvr::Length),
            ("135856281", InvalidCvr::Length),
            ("SE13585628", InvalidCvr::NotADigit),
            ("13585628 A/S", InvalidCvr::NotADigit),
            ("13.58.56.28", InvalidCvr::NotADigit),
            ("DKDK13585628", InvalidCvr::NotADigit),
            ("00000000", InvalidCvr::LeadingZero),
            ("12345678", InvalidCvr::Checksum),
            ("13585682", InvalidCvr::Checksum),
            ("1006959438", InvalidCvr::LooksLikePNumber),
            ("251248-9996", InvalidCvr::LooksLikeCpr),
            ("9999999999", InvalidCvr::Length),
        ];
        for (raw, expected) in cases {
            assert_eq!(parse(raw), Err(expected), "{raw}");
        }
    }

    #[test]
    fn one_wrong_digit_and_two_swapped_neighbours_are_always_found() {
        for municipality in reference::municipalities() {
            let digits = municipality.cvr.as_str();
            for at in 0..digits.len() {
                for wrong in '0'..='9' {
                    let mut changed: Vec<char> = digits.chars().collect();
                    changed[at] = wrong;
                    let changed: String = changed.into_iter().collect();
                    assert_eq!(parse(&changed).is_ok(), changed == digits, "{changed}");
                }
                let mut swapped: Vec<char> = digits.chars().collect();
                swapped.swap(at, (at + 1).min(digits.len() - 1));
                let swapped: String = swapped.into_iter().collect();
                assert_eq!(parse(&swapped).is_ok(), swapped == digits, "{swapped}");
            }
        }
    }

    #[test]
    fn json_is_the_eight_digits_and_no_wrong_number_enters_by_it() {
        let cvr = parse("DK 13585628").unwrap();
        assert_eq!(serde_json::to_string(&cvr).unwrap(), r#""13585628""#);
        assert_eq!(serde_json::from_str::<Cvr>(r#""13-58-56-28""#).unwrap(), cvr);
        for wrong in [r#""12345678""#, "13585628", "null", "true", "1.5e3"] {
            let error = serde_json::from_str::<Cvr>(wrong).unwrap_err().to_string();
            assert!(!error.contains("13585628") && !error.contains("12345678"), "{error}");
        }
    }
}
