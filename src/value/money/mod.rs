//! Amounts of money.
#![deny(clippy::float_arithmetic)]

mod currency;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::value::Language;
use crate::value::number::{self, Fault, NumberFormat};
use crate::value::percent::Percent;
use crate::value::text_form::deserialize_text;

/// An amount in Danish kroner, held as a whole number of øre; never a float.
///
/// Negative amounts exist: corrections and recovered subsidies. What is read from outside is at most
/// 999,999,999.99 kr. either way; sums may be larger. In JSON it is a text with a point and two decimals.
///
/// ```
/// use fleksport::value::{InvalidMoney, Money, NumberFormat, Percent};
///
/// let wage = Money::parse("kr. 32.067,50", NumberFormat::Danish)?;
/// assert_eq!(wage.ore(), 3_206_750);
/// assert_eq!(wage.to_machine(), "32067.50");
/// assert_eq!(wage.to_danish(), "32.067,50");
/// assert_eq!(Money::parse("12.345", NumberFormat::Undeclared), Err(InvalidMoney::Ambiguous));
///
/// let percent: Percent = "12,5".parse().unwrap();
/// assert_eq!(Money::from_ore(4).share(percent), Some(Money::from_ore(1)));
/// # Ok::<(), InvalidMoney>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

refusals! {
    /// Why a text is not an amount.
    pub enum InvalidMoney {
        /// Nothing there.
        Empty = "amount-empty",
            da: "Skriv beløbet i kroner, fx 32.067,00. Er der ikke noget beløb, så skriv 0.",
            en: "Write the amount in kroner, such as 32.067,00. If there is none, write 0.";
        /// Something else than digits, separators, a sign and `kr.`.
        NotAnAmount = "amount-not-an-amount",
            da: "Skriv beløbet med cifre, fx 32.067,00, uden andre tegn eller tekst.",
            en: "Write the amount in digits, such as 32.067,00, without other signs or text.";
        /// `12.345` is twelve thousand to a Dane and twelve to a machine.
        Ambiguous = "amount-ambiguous",
            da: "Beløbet kan læses på to måder: skriv begge decimaler, fx 12345,00 eller 12,35.",
            en: "The amount can be read in two ways: write both decimals, such as 12345,00 or 12,35.";
        /// A separator of thousands is not where one can be.
        Grouping = "amount-grouping",
            da: "Punktum og komma står ikke, hvor de skal: skriv punktum før hvert tredje ciffer og komma før ørerne, fx 32.067,50 eller 32067,50.",
            en: "Full stop and comma are not where they should be: write a full stop before every third digit and a comma before the øre, such as 32.067,50 or 32067,50.",
            machine_da: "Skriv beløbet uden tusindtalsskilletegn og med punktum før ørerne, fx 32067.50.",
            machine_en: "Write the amount without separators of thousands and with a full stop before the øre, such as 32067.50.";
        /// More than two decimals.
        TooManyDecimals = "amount-too-many-decimals",
            da: "Et beløb har højst to decimaler: rund af til hele øre, fx 32067,50.",
            en: "An amount has at most two decimals: round it to whole øre, such as 32067,50.";
        /// More than 999,999,999.99 kr.
        TooLarge = "amount-too-large",
            da: "Beløbet er større end 999.999.999,99 kr.: kontrollér antallet af cifre.",
            en: "The amount is more than 999,999,999.99 kr.: check the number of digits.";
        /// `3.2067E+4`.
        Exponent = "amount-exponent",
            da: "Beløbet står med eksponent, som regneark kan gøre det: vis cellen som tal, og skriv fx 32067,00.",
            en: "The amount has an exponent, as spreadsheets may write it: show the cell as a number and write 32067,00.";
    }
}

impl From<Fault> for InvalidMoney {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Empty => Self::Empty,
            Fault::NotANumber => Self::NotAnAmount,
            Fault::Ambiguous => Self::Ambiguous,
            Fault::Grouping => Self::Grouping,
            Fault::TooManyDecimals => Self::TooManyDecimals,
            Fault::TooLarge => Self::TooLarge,
            Fault::Exponent => Self::Exponent,
        }
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The largest amount that is read from outside, 999,999,999.99 kr.: eIndkomst has ten characters for kroner
    /// in its import file, and no wage comes near.
    pub const LARGEST_READ: Self = Self(99_999_999_999);

    /// An amount of so many øre (1/100 krone).
    pub const fn from_ore(ore: i64) -> Self {
        Self(ore)
    }

    /// An amount of whole kroner; the largest possible where it does not fit.
    pub const fn from_kroner(kroner: i64) -> Self {
        Self(kroner.saturating_mul(100))
    }

    /// The amount in øre (1/100 krone).
    pub const fn ore(self) -> i64 {
        self.0
    }

    /// Reads an amount as the format says; `kr.`, `kr`, `DKK` and `,-` may stand with it.
    ///
    /// # Errors
    ///
    /// [`InvalidMoney`] says what to write instead. What two readers would read differently is
    /// [`InvalidMoney::Ambiguous`], never guessed.
    pub fn parse(raw: &str, format: NumberFormat) -> Result<Self, InvalidMoney> {
        let (negative, body) = currency::without_currency(raw);
        if negative && body.starts_with(['-', '\u{2212}']) {
            return Err(InvalidMoney::NotAnAmount);
        }
        let ore = number::read_hundredths(body, format)?;
        if ore.abs() > Self::LARGEST_READ.0 {
            return Err(InvalidMoney::TooLarge);
        }
        Ok(Self(if negative { -ore } else { ore }))
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, or nothing where it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or nothing where it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// So many times the amount, or nothing where it does not fit.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// The sum of all amounts, or nothing where it does not fit.
    pub fn try_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// A share of the amount, rounded half away from zero to a whole øre; nothing where it does not fit.
    pub fn share(self, percent: Percent) -> Option<Self> {
        let scaled = i128::from(self.0) * i128::from(percent.basis_points());
        let half = if scaled < 0 { -5_000 } else { 5_000 };
        i64::try_from((scaled + half) / 10_000).ok().map(Self)
    }

    /// The amount in whole kroner, rounded half up: 0.50 becomes 1, and −0.50 becomes 0.
    pub fn round_to_krone(self) -> Self {
        let ore_above = self.0.rem_euclid(100);
        // Neither leaves the range: the least i64 ends in 08 below zero, so it rounds up; the greatest ends in 07.
        Self(if ore_above >= 50 {
            self.0 + (100 - ore_above)
        } else {
            self.0 - ore_above
        })
    }

    /// The amount for machines: `32067.00`, negative `-32067.00`.
    pub fn to_machine(self) -> String {
        number::two_decimals(self.0, '.')
    }

    /// The amount for Danish readers, without unit: `32.067,00`, negative `-32.067,00`.
    pub fn to_danish(self) -> String {
        let plain = number::two_decimals(self.0, ',');
        let (sign, magnitude) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, ore) = magnitude.split_once(',').unwrap_or((magnitude, "00"));
        let mut grouped = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        format!("{grouped},{ore}")
    }

    /// The amount as it is written in the language, without unit: `32.067,00` or `32,067.00`.
    pub fn in_language(self, language: Language) -> String {
        let danish = self.to_danish();
        let swapped = |character| match character {
            '.' => ',',
            ',' => '.',
            other => other,
        };
        match language {
            Language::Da => danish,
            Language::En => danish.chars().map(swapped).collect(),
        }
    }

    /// Reads back what [`Money::to_machine`] wrote, however large, and else what a machine may send.
    fn parse_text(raw: &str) -> Result<Self, InvalidMoney> {
        let written = raw
            .split_once('.')
            .and_then(|(whole, ore)| format!("{whole}{ore}").parse().ok())
            .map(Self);
        written
            .filter(|amount| amount.to_machine() == raw)
            .map_or_else(|| Self::parse(raw, NumberFormat::Machine), Ok)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({})", self.to_machine())
    }
}

write_as_text!(Money, to_machine);

impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse_text)
    }
}
