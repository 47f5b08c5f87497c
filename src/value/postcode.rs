//! Danish postcodes.

/// A Danish postcode (*postnummer*): four digits, 0800 to 9999 without Greenland's 39xx.
///
/// The range is not a list of those in use; ask [`crate::reference::postcode_use`]. Codes below 0800
/// belong to single bulk receivers of mail and are no addresses.
///
/// ```
/// use fleksport::value::{InvalidPostcode, Postcode};
///
/// let code: Postcode = "DK-2100".parse()?;
/// assert_eq!(code.as_str(), "2100");
/// assert_eq!("3900".parse::<Postcode>(), Err(InvalidPostcode::Greenland));
/// # Ok::<(), InvalidPostcode>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode(String);

refusals! {
    /// Why a text is not a Danish postcode.
    pub enum InvalidPostcode {
        /// Not four digits.
        Shape = "postcode-shape",
            da: "Et dansk postnummer har 4 cifre: skriv kun dem, fx 2100, uden bynavn.",
            en: "A Danish postcode has 4 digits: write only those, as in 2100, without the town.";
        /// Below 0800.
        OutOfRange = "postcode-out-of-range",
            da: "Danske postnumre til adresser går fra 0800 til 9999: skriv postnummeret på bopælen.",
            en: "Danish postcodes of addresses run from 0800 to 9999: write the one of the home address.";
        /// 3900 to 3999.
        Greenland = "postcode-greenland",
            da: "39xx er grønlandske postnumre, og Grønland har ingen af de 98 kommuner: skriv en adresse i Danmark.",
            en: "39xx are Greenland's postcodes, and Greenland has none of the 98 municipalities: write an address in Denmark.";
        /// Three digits, with or without `FO`.
        Faroe = "postcode-faroe",
            da: "Tre cifre er et færøsk postnummer, og Færøerne har ingen af de 98 kommuner: skriv 4 cifre, eventuelt med 0 forrest.",
            en: "Three digits are a Faroese postcode, and the Faroes have none of the 98 municipalities: write 4 digits, with a leading 0 if need be.";
    }
}

impl Postcode {
    /// The four digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidPostcode> {
        let upper = raw.trim().to_ascii_uppercase();
        let (country, digits) = match upper.get(..2) {
            Some(country @ ("DK" | "FO" | "GL")) => (country, upper[2..].trim_start_matches(['-', ' '])),
            Some(_) | None => ("DK", upper.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidPostcode::Shape);
        }
        match (country, digits.len()) {
            ("FO", _) | ("DK", 3) => Err(InvalidPostcode::Faroe),
            ("GL", _) => Err(InvalidPostcode::Greenland),
            (_, 4) if digits.starts_with("39") => Err(InvalidPostcode::Greenland),
            (_, 4) if digits < "0800" => Err(InvalidPostcode::OutOfRange),
            (_, 4) => Ok(Self(digits.to_owned())),
            (_, _) => Err(InvalidPostcode::Shape),
        }
    }
}

read_from_text!(Postcode, InvalidPostcode);
write_as_text!(Postcode, as_str);
display_as_text!(Postcode, as_str);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Postcode, InvalidPostcode> {
        raw.parse()
    }

    #[test]
    fn four_digits_from_0800_up_without_greenland_are_accepted() {
        for number in 0..=9999 {
            let raw = format!("{number:04}");
            let expected = match number {
                3900..=3999 => Err(InvalidPostcode::Greenland),
                800..=9999 => Ok(Postcode(raw.clone())),
                _ => Err(InvalidPostcode::OutOfRange),
            };
            assert_eq!(parse(&raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_country_in_front_is_understood() {
        let cases = [
            ("DK-2100", Ok("2100")),
            ("dk 2100", Ok("2100")),
            (" 2100 ", Ok("2100")),
            ("GL-3900", Err(InvalidPostcode::Greenland)),
            ("FO-100", Err(InvalidPostcode::Faroe)),
            ("FO 970", Err(InvalidPostcode::Faroe)),
            ("100", Err(InvalidPostcode::Faroe)),
            ("S-2100", Err(InvalidPostcode::Shape)),
            ("2100 København Ø", Err(InvalidPostcode::Shape)),
            ("21000", Err(InvalidPostcode::Shape)),
            ("21", Err(InvalidPostcode::Shape)),
            ("DK-", Err(InvalidPostcode::Shape)),
            ("", Err(InvalidPostcode::Shape)),
            ("Ærø", Err(InvalidPostcode::Shape)),
        ];
        for (raw, expected) in cases {
            assert_eq!(
                parse(raw).as_ref().map(Postcode::as_str),
                expected.as_ref().map(|digits| *digits),
                "{raw}"
            );
        }
    }
}
