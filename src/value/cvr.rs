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
