//! Amounts of money.
#![deny(clippy::float_arithmetic)]

use std::fmt;

use super::number::{self, Fault, NumberFormat};
use super::percent::Percent;
use super::text_form::deserialize_text;

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
            da: "Punktum og komma står ikke, hvor de skal: skriv punktum før hver tredje ciffer og komma før ørerne, fx 32.067,50 eller 32067,50.",
            en: "Full stop and comma are not where they should be: write a full stop before every third digit and a comma before the øre, such as 32.067,50 or 32067,50.";
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
        let (negative, body) = without_currency(raw);
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

/// Takes off the unit before or after the amount, and a sign that stands before the unit.
fn without_currency(raw: &str) -> (bool, &str) {
    let mut body = raw.trim();
    let mut negative = false;
    if let Some(rest) = body.strip_prefix(['-', '\u{2212}']) {
        (negative, body) = (true, rest.trim_start());
    }
    for unit in ["kr.", "kr", "dkk"] {
        if let Some(rest) = strip_prefix_ignoring_case(body, unit) {
            return (negative, without_dash(rest.trim_start()));
        }
        if let Some(rest) = strip_suffix_ignoring_case(body, unit) {
            return (negative, without_dash(rest.trim_end()));
        }
    }
    (negative, without_dash(body))
}

/// Takes off the `,-` of `1.234,-`, which says that there are no øre.
fn without_dash(body: &str) -> &str {
    body.strip_suffix(",-")
        .or_else(|| body.strip_suffix(",\u{2013}"))
        .unwrap_or(body)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
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

#[cfg(test)]
mod tests {
    use InvalidMoney::{Ambiguous, Empty, Exponent, Grouping, NotAnAmount, TooLarge, TooManyDecimals};
    use proptest::prelude::*;

    use super::*;

    const DANISH: NumberFormat = NumberFormat::Danish;
    const MACHINE: NumberFormat = NumberFormat::Machine;
    const UNDECLARED: NumberFormat = NumberFormat::Undeclared;

    fn check(format: NumberFormat, cases: &[(&str, Result<i64, InvalidMoney>)]) {
        for (raw, expected) in cases {
            assert_eq!(
                Money::parse(raw, format).map(Money::ore),
                *expected,
                "{raw:?} as {format:?}"
            );
        }
    }

    #[test]
    fn danish_amounts_are_read_as_danes_write_them() {
        check(
            DANISH,
            &[
                ("32067", Ok(3_206_700)),
                ("32.067", Ok(3_206_700)),
                ("32.067,00", Ok(3_206_700)),
                ("32067,5", Ok(3_206_750)),
                ("32067,05", Ok(3_206_705)),
                ("12.345", Ok(1_234_500)),
                ("1.234.567,89", Ok(123_456_789)),
                ("kr. 32.067,00", Ok(3_206_700)),
                ("kr 32067", Ok(3_206_700)),
                ("KR.32.067", Ok(3_206_700)),
                ("32.067,00 kr.", Ok(3_206_700)),
                ("32.067,00 kr", Ok(3_206_700)),
                ("32.067,00\u{a0}kr.", Ok(3_206_700)),
                ("\u{a0}32.067,00\u{202f}Kr.", Ok(3_206_700)),
                ("DKK 32.067,00", Ok(3_206_700)),
                ("32.067,00 DKK", Ok(3_206_700)),
                ("1.234,-", Ok(123_400)),
                ("1234,-", Ok(123_400)),
                ("1.234,– kr.", Ok(123_400)),
                ("1.234,5", Ok(123_450)),
                ("32 067,00", Ok(3_206_700)),
                ("32\u{a0}067,00", Ok(3_206_700)),
                ("0", Ok(0)),
                ("0,00", Ok(0)),
                ("0,5", Ok(50)),
                ("000123", Ok(12_300)),
                ("-500", Ok(-50_000)),
                ("- 1.500,25", Ok(-150_025)),
                ("\u{2212}500,00 kr.", Ok(-50_000)),
                ("-kr. 500", Ok(-50_000)),
                ("kr. -500", Ok(-50_000)),
                ("-0", Ok(0)),
            ],
        );
    }

    #[test]
    fn what_is_no_danish_amount_is_refused_with_what_to_write() {
        check(
            DANISH,
            &[
                ("", Err(Empty)),
                ("  ", Err(Empty)),
                ("kr.", Err(Empty)),
                ("-", Err(Empty)),
                ("32067.00", Err(Grouping)),
                ("32067.5", Err(Grouping)),
                ("12.34", Err(Grouping)),
                ("1234.567", Err(Grouping)),
                ("0.123", Err(Grouping)),
                ("1.23.456", Err(Grouping)),
                ("12..345", Err(Grouping)),
                ("1,234.50", Err(Grouping)),
                ("1,234,567", Err(Grouping)),
                ("1.234 567", Err(Grouping)),
                ("3 20 67", Err(Grouping)),
                ("32067,123", Err(TooManyDecimals)),
                ("12,345", Err(TooManyDecimals)),
                ("0,000", Err(TooManyDecimals)),
                ("1.000.000.000", Err(TooLarge)),
                ("99999999999999999999999", Err(TooLarge)),
                ("3,2E+4", Err(Exponent)),
                ("3.2067e4", Err(Exponent)),
                ("32.067,", Err(NotAnAmount)),
                (",50", Err(NotAnAmount)),
                (".5", Err(NotAnAmount)),
                ("--5", Err(NotAnAmount)),
                ("-kr. -5", Err(NotAnAmount)),
                ("+5", Err(NotAnAmount)),
                ("500-", Err(NotAnAmount)),
                ("(500)", Err(NotAnAmount)),
                ("32.067 kr. pr. md.", Err(NotAnAmount)),
                ("ca. 32.000", Err(NotAnAmount)),
                ("12e", Err(NotAnAmount)),
                ("e5", Err(NotAnAmount)),
                ("32067 EUR", Err(NotAnAmount)),
                ("1'000", Err(NotAnAmount)),
                ("1\n000", Err(NotAnAmount)),
                ("٣٢٠٦٧", Err(NotAnAmount)),
                ("=A1", Err(NotAnAmount)),
            ],
        );
    }

    #[test]
    fn machine_amounts_have_a_point_and_no_groups() {
        check(
            MACHINE,
            &[
                ("32067.00", Ok(3_206_700)),
                ("32067", Ok(3_206_700)),
                ("32067.5", Ok(3_206_750)),
                ("-15.05", Ok(-1_505)),
                ("32.067,00", Ok(3_206_700)),
                ("32067,50", Ok(3_206_750)),
                ("12.345", Err(Ambiguous)),
                ("12,345", Err(Ambiguous)),
                ("1.234.567", Err(Grouping)),
                ("32 067", Err(Grouping)),
                ("1,234.50", Err(Grouping)),
                ("1234.567", Err(TooManyDecimals)),
                ("32067.000", Err(TooManyDecimals)),
                ("999999999.99", Ok(99_999_999_999)),
                ("1000000000.00", Err(TooLarge)),
                ("-1000000000.00", Err(TooLarge)),
                ("1e5", Err(Exponent)),
                ("NaN", Err(NotAnAmount)),
                ("", Err(Empty)),
            ],
        );
    }

    #[test]
    fn undeclared_amounts_are_read_only_where_there_is_one_reading() {
        check(
            UNDECLARED,
            &[
                ("32067", Ok(3_206_700)),
                ("32067,00", Ok(3_206_700)),
                ("32067.00", Ok(3_206_700)),
                ("32.067,00", Ok(3_206_700)),
                ("32 067,00", Ok(3_206_700)),
                ("1.234.567", Ok(123_456_700)),
                ("1.234,-", Err(Ambiguous)),
                ("12.345", Err(Ambiguous)),
                ("12,345", Err(Ambiguous)),
                ("kr. 12.345", Err(Ambiguous)),
                ("-12.345", Err(Ambiguous)),
                ("1,234.50", Err(Grouping)),
                ("1,234,567", Err(Grouping)),
                ("1234.567", Err(TooManyDecimals)),
            ],
        );
    }

    #[test]
    fn amounts_are_written_for_machines_and_for_danes() {
        let cases = [
            (3_206_700, "32067.00", "32.067,00"),
            (0, "0.00", "0,00"),
            (7, "0.07", "0,07"),
            (-7, "-0.07", "-0,07"),
            (99_999, "999.99", "999,99"),
            (100_000, "1000.00", "1.000,00"),
            (-123_456_789, "-1234567.89", "-1.234.567,89"),
            (i64::MIN, "-92233720368547758.08", "-92.233.720.368.547.758,08"),
        ];
        for (ore, machine, danish) in cases {
            assert_eq!(Money::from_ore(ore).to_machine(), machine);
            assert_eq!(Money::from_ore(ore).to_danish(), danish);
        }
        assert_eq!(format!("{:?}", Money::from_kroner(32_067)), "Money(32067.00)");
    }

    #[test]
    fn a_share_is_rounded_half_away_from_zero() {
        let percent = |raw: &str| raw.parse::<Percent>().unwrap();
        let cases = [
            (100, "50", 50),
            (1, "50", 1),
            (-1, "50", -1),
            (1, "49,99", 0),
            (3, "50", 2),
            (-3, "50", -2),
            (3_206_700, "0,45", 14_430),
            (10_000, "0", 0),
            (i64::MAX, "100", i64::MAX),
            (i64::MIN, "100", i64::MIN),
        ];
        for (ore, rate, expected) in cases {
            assert_eq!(
                Money::from_ore(ore).share(percent(rate)),
                Some(Money::from_ore(expected)),
                "{rate} % of {ore}"
            );
        }
    }

    #[test]
    fn whole_kroner_are_rounded_half_up_also_below_zero() {
        let cases = [
            (0, 0),
            (49, 0),
            (50, 1),
            (149, 1),
            (150, 2),
            (-1, 0),
            (-49, 0),
            (-50, 0),
            (-51, -1),
            (-150, -1),
            (-151, -2),
        ];
        for (ore, kroner) in cases {
            assert_eq!(
                Money::from_ore(ore).round_to_krone(),
                Money::from_kroner(kroner),
                "{ore}"
            );
        }
        assert_eq!(Money::from_ore(i64::MAX).round_to_krone().ore(), i64::MAX - 7);
        assert_eq!(Money::from_ore(i64::MIN).round_to_krone().ore(), i64::MIN + 8);
    }

    #[test]
    fn arithmetic_that_does_not_fit_gives_nothing() {
        let (most, one) = (Money::from_ore(i64::MAX), Money::from_ore(1));
        assert_eq!(most.checked_add(one), None);
        assert_eq!(Money::from_ore(i64::MIN).checked_sub(one), None);
        assert_eq!(most.checked_mul(2), None);
        assert_eq!(Money::try_sum([most, one]), None);
        assert_eq!(Money::try_sum([one, one, one]), Some(Money::from_ore(3)));
        assert_eq!(Money::try_sum([]), Some(Money::ZERO));
        assert!(Money::from_ore(-1).is_negative() && !Money::ZERO.is_negative());
    }

    #[test]
    fn json_is_a_text_and_a_refused_amount_is_not_repeated() {
        assert_eq!(
            serde_json::to_string(&Money::from_kroner(32_067)).unwrap(),
            r#""32067.00""#
        );
        assert_eq!(
            serde_json::from_str::<Money>(r#""32.067,50""#).unwrap(),
            Money::from_ore(3_206_750)
        );
        for wrong in [r#""12.345""#, "12345", "12345.67", "-12345", "1e5", "[12345]"] {
            let error = serde_json::from_str::<Money>(wrong).unwrap_err().to_string();
            assert!(
                !error.contains("12345.") && !error.contains("12.345") && !error.contains("`12345`"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_amount_survives_json(ore: i64) {
            let amount = Money::from_ore(ore);
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
        }

        #[test]
        fn an_amount_that_may_be_read_survives_every_way_to_write_it(
            ore in -Money::LARGEST_READ.ore()..=Money::LARGEST_READ.ore(),
        ) {
            let amount = Money::from_ore(ore);
            let (machine, danish) = (amount.to_machine(), amount.to_danish());
            for text in [danish.clone(), format!("kr. {danish}"), format!("{danish}\u{a0}kr."), danish.replace('.', " ")] {
                prop_assert_eq!(Money::parse(&text, DANISH), Ok(amount), "{}", text);
                prop_assert_eq!(Money::parse(&text, UNDECLARED), Ok(amount), "{}", text);
            }
            prop_assert_eq!(Money::parse(&machine, MACHINE), Ok(amount));
            prop_assert_eq!(Money::parse(&danish, MACHINE), Ok(amount));
            prop_assert_eq!(Money::parse(&machine, UNDECLARED), Ok(amount));
        }

        #[test]
        fn a_share_is_the_nearest_ore(ore: i64, basis_points in 0..=10_000_u16) {
            let share = Money::from_ore(ore).share(Percent::from_basis_points(basis_points).unwrap()).unwrap();
            let exact = i128::from(ore) * i128::from(basis_points);
            let twice_off = (i128::from(share.ore()) * 10_000 - exact) * 2;
            prop_assert!(twice_off.abs() <= 10_000);
            // A tie lies away from zero.
            prop_assert!(twice_off.abs() < 10_000 || twice_off.signum() == exact.signum());
        }

        #[test]
        fn whole_kroner_are_the_nearest_and_ties_go_up(ore: i64) {
            let rounded = Money::from_ore(ore).round_to_krone().ore();
            prop_assert_eq!(rounded % 100, 0);
            prop_assert!((-49..=50).contains(&(i128::from(rounded) - i128::from(ore))));
        }
    }
}
