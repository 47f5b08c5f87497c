//! Calendar months.

use std::fmt;

use jiff::civil::Date;

use super::date::{month_by_name, month_name};
use super::language::Language;

/// A calendar month of the years 1900 to 2199: what subsidies and monthly wages belong to.
///
/// Arithmetic stops at the ends of that range instead of leaving it.
///
/// ```
/// use fleksport::value::{Language, Month};
///
/// let month: Month = "maj 2024".parse()?;
/// assert_eq!(month.to_string(), "2024-05");
/// assert_eq!(month.previous().to_text(Language::Da), "april 2024");
/// assert_eq!(month.last_day().day(), 31);
/// # Ok::<(), fleksport::value::InvalidMonth>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    /// 1 to 12.
    month: i8,
}

refusals! {
    /// Why a text is not a month.
    pub enum InvalidMonth {
        /// Nothing there.
        Empty = "month-empty",
            da: "Skriv måned og år, fx 05-2024 eller maj 2024.",
            en: "Write month and year, such as 05-2024 or May 2024.";
        /// In none of the known forms.
        NotAMonth = "month-not-a-month",
            da: "Skriv måneden som 05-2024, maj 2024 eller 2024-05, uden dag.",
            en: "Write the month as 05-2024, May 2024 or 2024-05, without a day.";
        /// The month is not 1 to 12.
        NoSuchMonth = "month-no-such-month",
            da: "Et år har månederne 1 til 12: skriv fx 05-2024 for maj.",
            en: "A year has the months 1 to 12: write 05-2024 for May.";
        /// The year has two digits.
        TwoDigitYear = "month-two-digit-year",
            da: "Skriv årstallet med 4 cifre, fx 05-2024, så det ikke kan misforstås.",
            en: "Write the year with 4 digits, such as 05-2024, so that it cannot be misread.";
        /// Before 1900 or after 2199.
        OutOfRange = "month-out-of-range",
            da: "Årstallet ligger uden for 1900 til 2199: kontrollér det.",
            en: "The year lies outside 1900 to 2199: please check it.";
    }
}

impl Month {
    const FIRST: Self = Self { year: 1900, month: 1 };
    const LAST: Self = Self { year: 2199, month: 12 };

    /// A month of a year.
    ///
    /// # Errors
    ///
    /// [`InvalidMonth::OutOfRange`] for the year, [`InvalidMonth::NoSuchMonth`] outside 1 to 12.
    pub fn new(year: i16, month: i8) -> Result<Self, InvalidMonth> {
        if !(Self::FIRST.year..=Self::LAST.year).contains(&year) {
            return Err(InvalidMonth::OutOfRange);
        }
        if !(1..=12).contains(&month) {
            return Err(InvalidMonth::NoSuchMonth);
        }
        Ok(Self { year, month })
    }

    /// The month that a date lies in, or the nearest of the range.
    pub fn of(date: Date) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
        }
        .clamp(Self::FIRST, Self::LAST)
    }

    /// The year, 1900 to 2199.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month of the year, 1 to 12.
    pub const fn month(self) -> i8 {
        self.month
    }

    /// The first day of the month.
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month, 1).expect("every month from 1900 to 2199 has a first day")
    }

    /// The last day of the month.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// The month after.
    pub fn next(self) -> Self {
        self.plus_months(1)
    }

    /// The month before.
    pub fn previous(self) -> Self {
        self.plus_months(-1)
    }

    /// So many months later, or earlier where negative.
    pub fn plus_months(self, months: i32) -> Self {
        let index = self
            .index()
            .saturating_add(months)
            .clamp(Self::FIRST.index(), Self::LAST.index());
        let part = "an index between those of the first and the last month has its year and month in range";
        Self {
            year: i16::try_from(index.div_euclid(12)).expect(part),
            month: i8::try_from(index.rem_euclid(12) + 1).expect(part),
        }
    }

    /// How many months later the other one is; negative where it is earlier.
    pub fn months_until(self, other: Self) -> i32 {
        other.index() - self.index()
    }

    /// In words: `maj 2024` or `May 2024`.
    pub fn to_text(self, language: Language) -> String {
        format!("{} {}", month_name(self.month, language), self.year)
    }

    /// Months since the beginning of the calendar.
    fn index(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidMonth> {
        let lower = raw.trim().to_lowercase();
        if lower.is_empty() {
            return Err(InvalidMonth::Empty);
        }
        let parts: Vec<&str> = lower
            .split(|c: char| c.is_whitespace() || matches!(c, '-' | '.' | '/'))
            .filter(|part| !part.is_empty())
            .collect();
        let [first, second] = parts.as_slice() else {
            return Err(InvalidMonth::NotAMonth);
        };
        let is_year = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit());
        if is_year(first) {
            Self::from_parts(first, second)
        } else {
            Self::from_parts(second, first)
        }
    }

    fn from_parts(year: &str, month: &str) -> Result<Self, InvalidMonth> {
        let number = match month.parse() {
            Ok(number) if month.len() <= 2 => number,
            Ok(_) => return Err(InvalidMonth::NotAMonth),
            Err(_) => month_by_name(month).ok_or(InvalidMonth::NotAMonth)?,
        };
        match (year.len(), year.parse()) {
            (4, Ok(year)) => Self::new(year, number),
            (1..=2, Ok(_)) => Err(InvalidMonth::TwoDigitYear),
            _ => Err(InvalidMonth::NotAMonth),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

read_from_text!(Month, InvalidMonth);
write_as_text!(Month, to_string);

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn every_month() -> impl Iterator<Item = Month> {
        (0..300 * 12).map(|months| Month::FIRST.plus_months(months))
    }

    #[test]
    fn every_month_survives_every_way_to_write_it() {
        for month in every_month() {
            let (y, m) = (month.year(), month.month());
            let forms = [
                month.to_string(),
                format!("{m:02}-{y}"),
                format!("{m}.{y}"),
                format!("{m:02}/{y}"),
                month.to_text(Language::Da),
                month.to_text(Language::En).to_uppercase(),
            ];
            for form in forms {
                assert_eq!(form.parse(), Ok(month), "{form}");
            }
            assert_eq!(serde_json::from_str::<Month>(&format!(r#""{month}""#)).unwrap(), month);
        }
        assert_eq!(every_month().last(), Some(Month::LAST));
    }

    #[test]
    fn months_follow_each_other_without_a_gap() {
        for (month, after) in every_month().zip(every_month().skip(1)) {
            assert!(month < after);
            assert_eq!(month.next(), after);
            assert_eq!(after.previous(), month);
            assert_eq!(month.last_day().tomorrow().unwrap(), after.first_day());
            assert_eq!(Month::of(month.last_day()), month);
            assert_eq!(month.months_until(after), 1);
            assert_eq!(after.months_until(month), -1);
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_range() {
        assert_eq!(Month::LAST.next(), Month::LAST);
        assert_eq!(Month::FIRST.previous(), Month::FIRST);
        assert_eq!(Month::FIRST.plus_months(i32::MAX), Month::LAST);
        assert_eq!(Month::LAST.plus_months(i32::MIN), Month::FIRST);
        assert_eq!(Month::of(date(1066, 10, 14)), Month::FIRST);
        assert_eq!(Month::of(date(2200, 1, 1)), Month::LAST);
        let may = Month::new(2024, 5).unwrap();
        assert_eq!(may.plus_months(-17).to_string(), "2022-12");
        assert_eq!(may.months_until(Month::new(2023, 1).unwrap()), -16);
        assert_eq!(Month::new(2024, 2).unwrap().last_day(), date(2024, 2, 29));
    }

    #[test]
    fn what_is_no_month_says_what_to_write() {
        let cases = [
            ("", InvalidMonth::Empty),
            ("2024", InvalidMonth::NotAMonth),
            ("2024-05-01", InvalidMonth::NotAMonth),
            ("maj", InvalidMonth::NotAMonth),
            ("mai 2024", InvalidMonth::NotAMonth),
            ("2024 2024", InvalidMonth::NotAMonth),
            ("5-20245", InvalidMonth::NotAMonth),
            ("maj 24", InvalidMonth::TwoDigitYear),
            ("05-24", InvalidMonth::TwoDigitYear),
            ("13-2024", InvalidMonth::NoSuchMonth),
            ("2024-00", InvalidMonth::NoSuchMonth),
            ("1899-12", InvalidMonth::OutOfRange),
            ("2200-01", InvalidMonth::OutOfRange),
        ];
        for (raw, expected) in cases {
            assert_eq!(raw.parse::<Month>(), Err(expected), "{raw}");
        }
        assert_eq!("maj. 2024".parse::<Month>().unwrap().to_string(), "2024-05");
        assert_eq!("2024 sept.".parse::<Month>().unwrap().to_string(), "2024-09");
    }
}
