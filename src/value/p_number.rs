//! P numbers of production units.

use super::cpr;
use super::digits::{CPR_WEIGHTS, CVR_WEIGHTS, are_digits, weighted_sum_divides_by_11, without_separators};

/// A P number (*produktionsenhedsnummer*): ten digits from 1000000000 up, a workplace of a company.
///
/// The first number generator had wrong weights, so there are two sets: 1 5 6 7 3 6 4 8 9 1 up to and
/// including 1006959421, and 4 3 2 7 6 5 4 3 2 1 above. The sum is a multiple of 11.
///
/// A CPR number looks the same, and the second set of weights is that of CPR numbers too. The numbers issued
/// so far begin with 10, so from 1100000000 up what reads as a CPR number is refused as one: personal data
/// must not enter through a field that is not protected.
///
/// Source: Erhvervsstyrelsen, *Modulus 11 kontrol* (that the first weights were wrong; their figures were read
/// in an open implementation, checked with real numbers on both sides of the boundary).
///
/// ```
/// use fleksport::value::{InvalidPNumber, PNumber};
///
/// let unit: PNumber = "1006959438".parse()?;
/// assert_eq!(unit.as_str(), "1006959438");
/// assert_eq!("251248-9996".parse::<PNumber>(), Err(InvalidPNumber::LooksLikeCpr));
/// # Ok::<(), InvalidPNumber>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PNumber(String);

/// The last number with the first set of weights. Texts of ten digits compare as numbers do.
const LAST_WITH_OLD_WEIGHTS: &str = "1006959421";
const OLD_WEIGHTS: [u32; 10] = [1, 5, 6, 7, 3, 6, 4, 8, 9, 1];
const FIRST: &str = "1000000000";
/// From here up no number is known. Below it, only CPR numbers of people born on the 10th of a month read as a P number.
const FIRST_BEYOND_THOSE_ISSUED: &str = "1100000000";

refusals! {
    /// Why a text is not a P number.
    pub enum InvalidPNumber {
        /// Not ten digits.
        Length = "p-number-length",
            da: "Et P-nummer har 10 cifre: slå det op på virk.dk, eller lad feltet stå tomt.",
            en: "A P number has 10 digits: look it up at virk.dk, or leave the field empty.";
        /// Something else than digits, blanks and hyphens.
        NotADigit = "p-number-not-a-digit",
            da: "Et P-nummer består kun af 10 cifre: skriv det uden bogstaver og tegn.",
            en: "A P number consists of 10 digits only: write it without letters and signs.";
        /// The check digit does not fit, or the number is below 1000000000.
        Checksum = "p-number-checksum",
            da: "Kontrolcifret i P-nummeret passer ikke: se efter, om to cifre er byttet om, eller slå nummeret op på virk.dk.",
            en: "The check digit of the P number does not fit: see if two digits are swapped, or look it up at virk.dk.";
        /// A CPR number in the field of the P number.
        LooksLikeCpr = "p-number-looks-like-cpr",
            da: "Det ligner et CPR-nummer: skriv P-nummeret for arbejdsstedet her og CPR-nummeret i dets eget felt.",
            en: "This looks like a CPR number: write the P number of the workplace here and the CPR number in its own field.";
        /// A CVR number in the field of the P number.
        LooksLikeCvr = "p-number-looks-like-cvr",
            da: "Det ligner et CVR-nummer (8 cifre): skriv arbejdsstedets P-nummer på 10 cifre, eller lad feltet stå tomt.",
            en: "This looks like a CVR number (8 digits): write the workplace's P number of 10 digits, or leave the field empty.";
    }
}

impl PNumber {
    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidPNumber> {
        let digits = without_separators(raw);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidPNumber::NotADigit);
        }
        if are_digits(&digits, CVR_WEIGHTS.len()) && weighted_sum_divides_by_11(&digits, &CVR_WEIGHTS) {
            return Err(InvalidPNumber::LooksLikeCvr);
        }
        if !are_digits(&digits, CPR_WEIGHTS.len()) {
            return Err(InvalidPNumber::Length);
        }
        if is_p_number(&digits) {
            Ok(Self(digits))
        } else if cpr::reads_as_cpr(&digits) {
            Err(InvalidPNumber::LooksLikeCpr)
        } else {
            Err(InvalidPNumber::Checksum)
        }
    }
}

read_from_text!(PNumber, InvalidPNumber);
write_as_text!(PNumber, as_str);
display_as_text!(PNumber, as_str);

/// Whether ten digits are a P number and not more likely a CPR number.
fn is_p_number(digits: &str) -> bool {
    passes_its_modulus(digits) && (digits < FIRST_BEYOND_THOSE_ISSUED || !cpr::reads_as_cpr(digits))
}

/// Whether digits in the field of another number are likely a P number: in the range issued so far.
pub(super) fn looks_like_p_number(digits: &str) -> bool {
    passes_its_modulus(digits) && digits < FIRST_BEYOND_THOSE_ISSUED
}

/// Whether ten digits lie in the range of P numbers and pass the weights of their part of it.
fn passes_its_modulus(digits: &str) -> bool {
    let weights = if digits <= LAST_WITH_OLD_WEIGHTS {
        &OLD_WEIGHTS
    } else {
        &CPR_WEIGHTS
    };
    are_digits(digits, weights.len()) && digits >= FIRST && weighted_sum_divides_by_11(digits, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<PNumber, InvalidPNumber> {
        raw.parse()
    }

    #[test]
    fn the_weights_change_above_1006959421() {
        for raw in ["1006959421", "1006959438", "10 06 95 94 38", "1013000006", "1000000011"] {
            assert!(parse(raw).is_ok(), "{raw}");
        }
        // Each side of the boundary is right by its own weights only.
        assert!(!weighted_sum_divides_by_11("1006959421", &CPR_WEIGHTS));
        assert!(!weighted_sum_divides_by_11("1006959438", &OLD_WEIGHTS));
        // No number lies between the last of the first set and the first of the second.
        let between = (1_006_959_422..1_006_959_438).filter(|number| passes_its_modulus(&number.to_string()));
        assert_eq!(between.count(), 0);
    }

    #[test]
    fn one_wrong_digit_at_the_boundary_is_found() {
        for number in ["1006959421", "1006959438"] {
            for last in '0'..='9' {
                let changed = format!("{}{last}", &number[..9]);
                assert_eq!(passes_its_modulus(&changed), changed == number, "{changed}");
            }
        }
    }

    #[test]
    fn a_cpr_number_in_the_field_is_named_as_one() {
        for raw in ["251248-9996", "2512489996", "010158-5018", "860501-0001"] {
            assert_eq!(parse(raw), Err(InvalidPNumber::LooksLikeCpr), "{raw}");
        }
    }

    #[test]
    fn no_cpr_number_enters_as_a_p_number_unless_born_on_the_10th() {
        for day in (1..=31).chain(61..=91).filter(|day| *day != 10) {
            for sequence in (5000..=8999).step_by(7) {
                let cpr = format!("{day:02}0160{sequence}");
                assert_eq!(parse(&cpr), Err(InvalidPNumber::LooksLikeCpr), "{cpr}");
            }
        }
    }

    #[test]
    fn a_number_that_reads_as_both_is_taken_as_what_its_field_says() {
        assert!(cpr::reads_as_cpr("1006959438"));
        assert!(parse("1006959438").is_ok());
    }

    #[test]
    fn what_is_neither_says_which_rule_it_breaks() {
        let cases = [
            ("", InvalidPNumber::Length),
            ("100695943", InvalidPNumber::Length),
            ("10069594381", InvalidPNumber::Length),
            ("12345678", InvalidPNumber::Length),
            ("13585628", InvalidPNumber::LooksLikeCvr),
            ("P1006959438", InvalidPNumber::NotADigit),
            ("1013000007", InvalidPNumber::Checksum),
            ("0000000000", InvalidPNumber::Checksum),
            ("9999999999", InvalidPNumber::Checksum),
        ];
        for (raw, expected) in cases {
            assert_eq!(parse(raw), Err(expected), "{raw}");
        }
    }
}
