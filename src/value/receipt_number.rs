//! Receipt numbers.

use std::fmt;

/// The public number of a receipt, which a person can read out on the phone: `FP-` and 13 characters of
/// Crockford's base 32, the last one a check character.
///
/// The alphabet has no I, L, O and U; when reading, O counts as 0, I and L as 1, and case, hyphens and blanks do
/// not matter. The check character is a weighted sum over the field of 32 elements with a different power of a
/// primitive element for each place, so it finds every single wrong character and every swap of two.
///
/// ```
/// use fleksport::value::ReceiptNumber;
///
/// let number = ReceiptNumber::from_random([0x0f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43, 0x21]);
/// let text = number.to_string();
/// assert!(text.starts_with("FP-1ZPW-"));
/// assert_eq!(text.to_lowercase().replace('0', "O").parse(), Ok(number));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptNumber(u64);

const PREFIX: &str = "FP";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters before the check character, five bits each.
const PAYLOAD: usize = 12;

refusals! {
    /// Why a text is not a receipt number.
    pub enum InvalidReceiptNumber {
        /// Not `FP-` and 13 characters.
        Length = "receipt-number-length",
            da: "Et kvitteringsnummer er FP og 13 tegn: skriv det, som det står på kvitteringen.",
            en: "A receipt number is FP and 13 characters: write it as it stands on the receipt.";
        /// A character that no receipt number has.
        Character = "receipt-number-character",
            da: "Kvitteringsnummeret har et tegn, der ikke bruges: det har kun cifre og bogstaver, ikke U, Æ, Ø og Å.",
            en: "The receipt number has a character that is not used: it has only digits and letters, not U, Æ, Ø and Å.";
        /// The check character does not fit.
        Checksum = "receipt-number-checksum",
            da: "Kontroltegnet i kvitteringsnummeret passer ikke: se efter, om et tegn er forkert eller to er byttet om.",
            en: "The check character of the receipt number does not fit: see if one is wrong or two are swapped.";
    }
}

impl ReceiptNumber {
    /// Makes a number from random bytes; the upper 60 of the 64 bits are used.
    pub const fn from_random(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes) >> 4)
    }

    /// The values of the characters before the check character.
    fn payload(self) -> [u8; PAYLOAD] {
        let mut rest = self.0;
        let mut symbols = [0; PAYLOAD];
        for symbol in symbols.iter_mut().rev() {
            *symbol = (rest % 32) as u8;
            rest /= 32;
        }
        symbols
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidReceiptNumber> {
        let bare: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        // Without the prefix there are 13 characters, so an FP at the beginning of those is not taken for it.
        let body = if bare.chars().count() == PAYLOAD + 1 {
            &bare
        } else {
            bare.strip_prefix(PREFIX).unwrap_or(&bare)
        };
        let symbols: Vec<u8> = body
            .chars()
            .map(symbol)
            .collect::<Option<_>>()
            .ok_or(InvalidReceiptNumber::Character)?;
        match symbols.split_last() {
            Some((check, payload)) if payload.len() == PAYLOAD => {
                let value = payload.iter().fold(0, |value, symbol| value * 32 + u64::from(*symbol));
                if check_symbol(payload) == *check {
                    Ok(Self(value))
                } else {
                    Err(InvalidReceiptNumber::Checksum)
                }
            }
            Some(_) | None => Err(InvalidReceiptNumber::Length),
        }
    }
}

/// The value of a character, or nothing where the alphabet has none.
fn symbol(c: char) -> Option<u8> {
    let canonical = match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let index = ALPHABET.iter().position(|known| char::from(*known) == canonical)?;
    u8::try_from(index).ok()
}

/// The check: Horner's rule over the field of 32 elements.
fn check_symbol(payload: &[u8]) -> u8 {
    payload.iter().fold(0, |sum, symbol| times_primitive(sum ^ symbol))
}

/// Multiplies by x modulo x⁵ + x² + 1, which is primitive: its powers run through all 31 elements but zero.
const fn times_primitive(element: u8) -> u8 {
    let doubled = element << 1;
    if doubled & 0b10_0000 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = self.payload();
        let character = |symbol: &u8| char::from(ALPHABET[usize::from(symbol % 32)]);
        f.write_str(PREFIX)?;
        for group in payload.chunks(4) {
            write!(f, "-{}", group.iter().map(character).collect::<String>())?;
        }
        write!(f, "-{}", character(&check_symbol(&payload)))
    }
}

impl fmt::Debug for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptNumber({self})")
    }
}

read_from_text!(ReceiptNumber, InvalidReceiptNumber);
write_as_text!(ReceiptNumber, to_string);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_form_is_fixed_and_reading_is_forgiving() {
        let number = ReceiptNumber::from_random([0x08, 0x42, 0x10, 0x84, 0x21, 0x08, 0x00, 0x00]);
        let text = number.to_string();
        assert_eq!(text, "FP-1111-1111-1000-4");
        let variants = [
            "fp-1111-1111-1000-4",
            "FP 1111 1111 1000 4",
            "FP1111111110004",
            "1111-1111-1000-4",
            " fp-ilIL-1iIl-loO0-4 ",
        ];
        for variant in variants {
            assert_eq!(variant.parse(), Ok(number), "{variant}");
        }
        assert_eq!(serde_json::to_string(&number).unwrap(), r#""FP-1111-1111-1000-4""#);
        assert_eq!(format!("{number:?}"), "ReceiptNumber(FP-1111-1111-1000-4)");
    }

    #[test]
    fn what_is_no_receipt_number_says_why() {
        let cases = [
            ("", InvalidReceiptNumber::Length),
            ("FP", InvalidReceiptNumber::Length),
            ("FP-1111-1111-1000", InvalidReceiptNumber::Length),
            ("FP-1111-1111-1000-42", InvalidReceiptNumber::Length),
            ("FP-U111-1111-1000-4", InvalidReceiptNumber::Character),
            ("FP-1111-1111-10Ø0-4", InvalidReceiptNumber::Character),
            ("FP_1111_1111_1000_2", InvalidReceiptNumber::Character),
            ("FP-1111-1111-1000-3", InvalidReceiptNumber::Checksum),
        ];
        for (raw, expected) in cases {
            assert_eq!(raw.parse::<ReceiptNumber>(), Err(expected), "{raw}");
        }
    }

    #[test]
    fn a_number_that_begins_with_fp_itself_keeps_it_without_the_prefix() {
        let number = ReceiptNumber(u64::from(symbol('F').unwrap()) << 55 | u64::from(symbol('P').unwrap()) << 50);
        let text = number.to_string();
        assert!(text.starts_with("FP-FP00-"), "{text}");
        assert_eq!(text.trim_start_matches("FP-").parse(), Ok(number));
    }

    #[test]
    fn the_weights_of_all_places_differ() {
        let mut powers = vec![1_u8];
        for _ in 0..PAYLOAD {
            powers.push(times_primitive(powers[powers.len() - 1]));
        }
        powers.sort_unstable();
        powers.dedup();
        assert_eq!(powers.len(), PAYLOAD + 1);
    }

    proptest! {
        #[test]
        fn every_number_survives_printing_and_reading(bytes: [u8; 8]) {
            let number = ReceiptNumber::from_random(bytes);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
            prop_assert_eq!(number.to_string().to_lowercase().replace('-', "").parse(), Ok(number));
        }

        #[test]
        fn every_single_wrong_character_and_every_swap_of_two_is_found(bytes: [u8; 8]) {
            let text: Vec<char> = ReceiptNumber::from_random(bytes).to_string().chars().skip(3).filter(|c| *c != '-').collect();
            let refused = |changed: &[char]| {
                let changed: String = changed.iter().collect();
                changed.parse::<ReceiptNumber>() == Err(InvalidReceiptNumber::Checksum)
            };
            for at in 0..text.len() {
                for wrong in ALPHABET.iter().map(|byte| char::from(*byte)).filter(|c| *c != text[at]) {
                    let mut changed = text.clone();
                    changed[at] = wrong;
                    prop_assert!(refused(&changed), "{:?}", changed);
                }
                for other in (at + 1..text.len()).filter(|other| text[*other] != text[at]) {
                    let mut changed = text.clone();
                    changed.swap(at, other);
                    prop_assert!(refused(&changed), "{:?}", changed);
                }
            }
        }
    }
}
