//! SE numbers.

use super::cvr::without_country;
use super::digits::{CVR_WEIGHTS, are_digits, weighted_sum_divides_by_11};

/// An SE number: eight digits under which a company settles with the tax authority.
///
/// With one SE number it equals the CVR number; a company can have several. No source says that SE numbers
/// obey the modulus of CVR numbers, so [`SeNumber::passes_modulus_11`] is good for a warning and no more.
///
/// Source: Danmarks Statistik, *CVRNR*; skat.dk, eIndkomst import ("CVR/SE number").
///
/// ```
/// use fleksport::value::SeNumber;
///
/// let number: SeNumber = "DK-13585628".parse()?;
/// assert_eq!(number.as_str(), "13585628");
/// assert!(number.passes_modulus_11());
/// # Ok::<(), fleksport::value::InvalidSeNumber>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeNumber(String);

refusals! {
    /// Why a text is not an SE number.
    pub enum InvalidSeNumber {
        /// Not eight digits.
        Length = "se-length",
            da: "Et SE-nummer har 8 cifre: skriv dem alle, fx 13585628.",
            en: "An SE number has 8 digits: write them all, as in 13585628.";
        /// Something else than digits, `DK`, blanks and hyphens.
        NotADigit = "se-not-a-digit",
            da: "Et SE-nummer består kun af cifre, eventuelt med DK foran: skriv fx 13585628.",
            en: "An SE number consists of digits only, with DK before them if you like: write it as 13585628.";
    }
}

impl SeNumber {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the check digit rule of CVR numbers holds.
    pub fn passes_modulus_11(&self) -> bool {
        weighted_sum_divides_by_11(&self.0, &CVR_WEIGHTS)
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidSeNumber> {
        let digits = without_country(raw);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidSeNumber::NotADigit);
        }
        if !are_digits(&digits, CVR_WEIGHTS.len()) {
            return Err(InvalidSeNumber::Length);
        }
        Ok(Self(digits))
    }
}

read_from_text!(SeNumber, InvalidSeNumber);
write_as_text!(SeNumber, as_str);
display_as_text!(SeNumber, as_str);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<SeNumber, InvalidSeNumber> {
        raw.parse()
    }

    #[test]
    fn a_number_that_fails_the_modulus_of_cvr_numbers_is_still_one() {
        let failing = parse("12 34 56 78").unwrap();
        assert_eq!(failing.as_str(), "12345678");
        assert!(!failing.passes_modulus_11());
        assert!(parse("DK13585628").unwrap().passes_modulus_11());
    }

    #[test]
    fn what_is_not_eight_digits_is_refused() {
        for raw in ["", "1234567", "123456789", "DK", "1006959438"] {
            assert_eq!(parse(raw), Err(InvalidSeNumber::Length), "{raw}");
        }
        for raw in ["1234567A", "SE 13585628", "12.345.678"] {
            assert_eq!(parse(raw), Err(InvalidSeNumber::NotADigit), "{raw}");
        }
    }
}
