//! Phone numbers.

/// A phone number in international form, `+4533703370`. Personal, so it never prints itself.
///
/// Eight digits are Danish; a foreign number needs its `+` or `00` and country, 5 to 15 digits (ITU-T E.164).
///
/// ```
/// use fleksport::value::Phone;
///
/// let phone: Phone = "99 99 99 99".parse()?;
/// assert_eq!(phone.expose(), "+4599999999");
/// assert_eq!(format!("{phone:?}"), "Phone([redacted])");
/// # Ok::<(), fleksport::value::InvalidPhone>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

refusals! {
    /// Why a text is not a phone number.
    pub enum InvalidPhone {
        /// Something else than digits and what stands between them.
        NotADigit = "phone-not-a-digit",
            da: "Skriv telefonnummeret med cifre, fx 99 99 99 99, uden tekst.",
            en: "Write the phone number in digits, such as 99 99 99 99, without text.";
        /// Not eight Danish digits.
        Length = "phone-length",
            da: "Et dansk telefonnummer har 8 cifre; et udenlandsk begynder med + og landekode.",
            en: "A Danish phone number has 8 digits; a foreign one begins with + and the country code.";
    }
}

impl Phone {
    /// The number in international form. Personal data.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidPhone> {
        let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '\u{2013}');
        let bare: String = raw.chars().filter(|c| !is_between(*c)).collect();
        let abroad = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
        let digits = abroad.unwrap_or(&bare);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidPhone::NotADigit);
        }
        match abroad {
            None if digits.len() == 8 => Ok(Self(format!("+45{digits}"))),
            Some(danish) if danish.starts_with("45") && danish.len() == 10 => Ok(Self(format!("+{danish}"))),
            Some(foreign) if is_foreign(foreign) => Ok(Self(format!("+{foreign}"))),
            Some(_) | None => Err(InvalidPhone::Length),
        }
    }
}

/// No country code begins with 0, and 45 is Denmark, which has its own length.
fn is_foreign(digits: &str) -> bool {
    (5..=15).contains(&digits.len()) && !digits.starts_with('0') && !digits.starts_with("45")
}

debug_redacted!(Phone);
read_from_text!(Phone, InvalidPhone);
write_as_text!(Phone, expose);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Phone, InvalidPhone> {
        raw.parse()
    }

    #[test]
    fn danish_and_foreign_numbers_become_international() {
        let cases = [
            ("99999999", "+4599999999"),
            ("99 99 99 99", "+4599999999"),
            ("99-99-99-99", "+4599999999"),
            ("9999\u{a0}9999", "+4599999999"),
            ("+45 99 99 99 99", "+4599999999"),
            ("(+45) 99999999", "+4599999999"),
            ("0045 99999999", "+4599999999"),
            ("+46 8 999 99 99", "+4689999999"),
            ("+354 99999", "+35499999"),
            ("+123456789012345", "+123456789012345"),
        ];
        for (raw, expected) in cases {
            let phone = parse(raw).unwrap();
            assert_eq!(phone.expose(), expected, "{raw}");
            assert_eq!(parse(phone.expose()), Ok(phone));
        }
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        for raw in [
            "",
            "+",
            "112",
            "9999999",
            "999999999",
            "4599999999",
            "+45 999999",
            "+45 999999999",
            "+1234",
            "+1234567890123456",
            "+012345",
        ] {
            assert_eq!(parse(raw), Err(InvalidPhone::Length), "{raw}");
        }
        for raw in ["tlf. 99999999", "99999999 lok. 5", "99+999999", "99999999,"] {
            assert_eq!(parse(raw), Err(InvalidPhone::NotADigit), "{raw}");
        }
    }
}
