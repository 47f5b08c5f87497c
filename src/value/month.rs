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
