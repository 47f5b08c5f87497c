//! Percentages.

use super::number::{self, Fault, NumberFormat};

/// A percentage from 0 to 100, held in basis points (1/100 of a percent).
///
/// ```
/// use fleksport::value::Percent;
///
/// let percent: Percent = "0,45 %".parse()?;
/// assert_eq!(percent.basis_points(), 45);
/// assert_eq!(percent.to_machine(), "0.45");
/// # Ok::<(), fleksport::value::InvalidPercent>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u16);

refusals! {
    /// Why a text is not a percentage.
    pub enum InvalidPercent {
        /// Nothing there.
        Empty = "percent-empty",
            da: "Skriv procenten, fx 12,5. Er der ingen, så skriv 0.",
            en: "Write the percentage, such as 12,5. If there is none, write 0.";
        /// Something else than a number.
        NotANumber = "percent-not-a-number",
            da: "Skriv procenten som et tal, fx 12,5, uden anden tekst.",
            en: "Write the percentage as a number, such as 12,5, without other text.";
        /// Smaller steps than 1/100 of a percent.
        TooManyDecimals = "percent-too-many-decimals",
            da: "En procent har højst to decimaler her: skriv fx 12,75.",
            en: "A percentage has at most two decimals here: write 12,75 for instance.";
        /// Below 0 or above 100.
        OutOfRange = "percent-out-of-range",
            da: "En procent ligger mellem 0 og 100: kontrollér kommaet, fx 12,5 og ikke 125.",
            en: "A percentage lies between 0 and 100: check the comma, 12,5 and not 125.",
            machine_da: "En procent ligger mellem 0 og 100: kontrollér decimaltegnet, 12.5 og ikke 125.",
            machine_en: "A percentage lies between 0 and 100: check the decimal sign, 12.5 and not 125.";
    }
}

impl Percent {
    /// The least and the greatest, in basis points.
    const RANGE: std::ops::RangeInclusive<i64> = 0..=10_000;

    /// A percentage of so many basis points (1/100 of a percent).
    ///
    /// # Errors
    ///
    /// [`InvalidPercent::OutOfRange`] above 10,000.
    pub fn from_basis_points(basis_points: u16) -> Result<Self, InvalidPercent> {
        if Self::RANGE.contains(&i64::from(basis_points)) {
            Ok(Self(basis_points))
        } else {
            Err(InvalidPercent::OutOfRange)
        }
    }

    /// Reads `12,5`, `12.5 %` or `0,45 pct.`.
    ///
    /// # Errors
    ///
    /// [`InvalidPercent`] says what to write instead.
    pub fn parse(raw: &str) -> Result<Self, InvalidPercent> {
        // No percentage reaches a thousand, so comma and full stop can only stand before decimals.
        let hundredths = number::read_hundredths(without_unit(raw), NumberFormat::Undeclared)?;
        let basis_points = u16::try_from(hundredths).map_err(|_| InvalidPercent::OutOfRange)?;
        Self::from_basis_points(basis_points)
    }

    /// The percentage in basis points (1/100 of a percent).
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// As short as it goes, for machines: `12.5`.
    pub fn to_machine(self) -> String {
        number::shortest(i64::from(self.0), '.')
    }

    /// As short as it goes, for Danish readers and without unit: `12,5`.
    pub fn to_danish(self) -> String {
        number::shortest(i64::from(self.0), ',')
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidPercent> {
        Self::parse(raw)
    }
}

fn without_unit(raw: &str) -> &str {
    let trimmed = raw.trim();
    ["%", "pct.", "pct", "procent"]
        .iter()
        .find_map(|unit| trimmed.strip_suffix(unit))
        .unwrap_or(trimmed)
}

impl From<Fault> for InvalidPercent {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Empty => Self::Empty,
            Fault::NotANumber | Fault::Exponent | Fault::Grouping => Self::NotANumber,
            Fault::Ambiguous | Fault::TooManyDecimals => Self::TooManyDecimals,
            Fault::TooLarge => Self::OutOfRange,
        }
    }
}

read_from_text!(Percent, InvalidPercent);
write_as_text!(Percent, to_machine);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentage_survives_printing_and_reading() {
        for basis_points in 0..=10_000 {
            let percent = Percent::from_basis_points(basis_points).unwrap();
            for text in [
                percent.to_machine(),
                percent.to_danish(),
                format!("{} %", percent.to_danish()),
            ] {
                assert_eq!(Percent::parse(&text), Ok(percent), "{text}");
            }
            let json = serde_json::to_string(&percent).unwrap();
            assert_eq!(serde_json::from_str::<Percent>(&json).unwrap(), percent);
        }
    }

    #[test]
    fn percentages_are_read_with_comma_or_full_stop_and_with_their_unit() {
        let cases = [
            ("12,5", Ok(1_250)),
            ("12.5 %", Ok(1_250)),
            ("12.5%", Ok(1_250)),
            ("0,45", Ok(45)),
            ("0,45 pct.", Ok(45)),
            ("8 procent", Ok(800)),
            ("100", Ok(10_000)),
            ("12.50", Ok(1_250)),
            ("", Err(InvalidPercent::Empty)),
            ("%", Err(InvalidPercent::Empty)),
            ("100,01", Err(InvalidPercent::OutOfRange)),
            ("125", Err(InvalidPercent::OutOfRange)),
            ("-1", Err(InvalidPercent::OutOfRange)),
            ("99999999", Err(InvalidPercent::OutOfRange)),
            ("12,345", Err(InvalidPercent::TooManyDecimals)),
            ("0.4567", Err(InvalidPercent::TooManyDecimals)),
            ("1.2.3", Err(InvalidPercent::NotANumber)),
            ("tolv", Err(InvalidPercent::NotANumber)),
            ("12 % af løn", Err(InvalidPercent::NotANumber)),
        ];
        for (raw, expected) in cases {
            assert_eq!(Percent::parse(raw).map(Percent::basis_points), expected, "{raw}");
        }
        assert_eq!(Percent::from_basis_points(10_001), Err(InvalidPercent::OutOfRange));
    }
}
