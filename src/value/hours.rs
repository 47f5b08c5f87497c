//! Weekly working hours.

use super::number::{self, Fault, NumberFormat};

/// Hours a week, held in hundredths of an hour, from 0 to 168.
///
/// ```
/// use fleksport::value::{Hours, NumberFormat};
///
/// let hours = Hours::parse("37,50", NumberFormat::Danish)?;
/// assert_eq!(hours.hundredths(), 3_750);
/// assert_eq!(hours.to_machine(), "37.5");
/// # Ok::<(), fleksport::value::InvalidHours>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(u16);

refusals! {
    /// Why a text is not a number of hours a week.
    pub enum InvalidHours {
        /// Nothing there.
        Empty = "hours-empty",
            da: "Skriv antallet af timer om ugen, fx 37 eller 12,5.",
            en: "Write the number of hours a week, such as 37 or 12,5.";
        /// Hours and minutes instead of a decimal number.
        Minutes = "hours-minutes",
            da: "Skriv timerne som et decimaltal og ikke i minutter: 37 timer og 30 minutter er 37,5.",
            en: "Write the hours as a decimal number and not in minutes: 37 hours and 30 minutes are 37,5.";
        /// Something else than a number.
        NotANumber = "hours-not-a-number",
            da: "Skriv timerne som et tal, fx 37 eller 12,5, uden anden tekst.",
            en: "Write the hours as a number, such as 37 or 12,5, without other text.";
        /// Smaller steps than 1/100 of an hour.
        TooManyDecimals = "hours-too-many-decimals",
            da: "Timer har højst to decimaler: skriv fx 12,33.",
            en: "Hours have at most two decimals: write 12,33 for instance.";
        /// Below 0 or above 168.
        OutOfRange = "hours-out-of-range",
            da: "Der er 168 timer på en uge: skriv timer pr. uge fra 0 til 168, ikke pr. måned eller år.",
            en: "A week has 168 hours: write the hours a week from 0 to 168, not a month or a year.";
    }
}

impl Hours {
    /// Seven days and nights, in hundredths of an hour.
    const WEEK: u16 = 16_800;

    /// So many hundredths of an hour.
    ///
    /// # Errors
    ///
    /// [`InvalidHours::OutOfRange`] above 168 hours.
    pub fn from_hundredths(hundredths: u16) -> Result<Self, InvalidHours> {
        if hundredths <= Self::WEEK {
            Ok(Self(hundredths))
        } else {
            Err(InvalidHours::OutOfRange)
        }
    }

    /// Reads hours a week, with comma or full stop before the decimals whatever the format: no week has a
    /// thousand hours, so there is one reading.
    ///
    /// # Errors
    ///
    /// [`InvalidHours`] says what to write instead.
    pub fn parse(raw: &str, format: NumberFormat) -> Result<Self, InvalidHours> {
        if raw.contains(':') {
            return Err(InvalidHours::Minutes);
        }
        let bare = without_unit(raw);
        let hundredths = match number::read_hundredths(bare, format) {
            Err(Fault::Grouping) => number::read_hundredths(bare, NumberFormat::Undeclared),
            read => read,
        }?;
        Self::from_hundredths(u16::try_from(hundredths).map_err(|_| InvalidHours::OutOfRange)?)
    }

    /// The hours in hundredths of an hour.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// As short as it goes, for machines: `37`, `37.5`.
    pub fn to_machine(self) -> String {
        number::shortest(i64::from(self.0), '.')
    }

    /// As short as it goes, for Danish readers: `37`, `37,5`.
    pub fn to_danish(self) -> String {
        number::shortest(i64::from(self.0), ',')
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidHours> {
        Self::parse(raw, NumberFormat::Machine)
    }
}

fn without_unit(raw: &str) -> &str {
    let trimmed = raw.trim();
    ["timer", "time", "t.", "t", "hours"]
        .iter()
        .find_map(|unit| trimmed.strip_suffix(unit))
        .unwrap_or(trimmed)
}

impl From<Fault> for InvalidHours {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Empty => Self::Empty,
            Fault::NotANumber | Fault::Exponent | Fault::Grouping => Self::NotANumber,
            Fault::Ambiguous | Fault::TooManyDecimals => Self::TooManyDecimals,
            Fault::TooLarge => Self::OutOfRange,
        }
    }
}

read_from_text!(Hours, InvalidHours);
write_as_text!(Hours, to_machine);

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [NumberFormat; 3] = [NumberFormat::Danish, NumberFormat::Machine, NumberFormat::Undeclared];

    #[test]
    fn every_number_of_hours_survives_printing_and_reading_in_every_format() {
        for hundredths in 0..=16_800 {
            let hours = Hours::from_hundredths(hundredths).unwrap();
            for format in FORMATS {
                assert_eq!(Hours::parse(&hours.to_danish(), format), Ok(hours));
                assert_eq!(Hours::parse(&hours.to_machine(), format), Ok(hours));
            }
            let json = serde_json::to_string(&hours).unwrap();
            assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), hours);
        }
    }

    #[test]
    fn hours_are_a_decimal_number_from_0_to_168() {
        let cases = [
            ("37", Ok(3_700)),
            ("37,5", Ok(3_750)),
            ("37.5", Ok(3_750)),
            ("37.50", Ok(3_750)),
            ("37 timer", Ok(3_700)),
            ("12,33 t.", Ok(1_233)),
            ("0", Ok(0)),
            ("168", Ok(16_800)),
            ("168,01", Err(InvalidHours::OutOfRange)),
            ("1924", Err(InvalidHours::OutOfRange)),
            ("-5", Err(InvalidHours::OutOfRange)),
            ("37:30", Err(InvalidHours::Minutes)),
            ("37,1234", Err(InvalidHours::TooManyDecimals)),
            ("1.2.3", Err(InvalidHours::NotANumber)),
            ("fuld tid", Err(InvalidHours::NotANumber)),
            ("", Err(InvalidHours::Empty)),
        ];
        for (raw, expected) in cases {
            for format in FORMATS {
                assert_eq!(
                    Hours::parse(raw, format).map(Hours::hundredths),
                    expected,
                    "{raw} as {format:?}"
                );
            }
        }
        assert_eq!(Hours::from_hundredths(16_801), Err(InvalidHours::OutOfRange));
    }
}
