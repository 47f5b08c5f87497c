//! Dates as Danes and machines write them.

use jiff::civil::Date;

use super::language::Language;

/// The years of dates that are read: from the oldest living by a wide margin to beyond any contract.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2199;

refusals! {
    /// Why a text is not a date.
    pub enum InvalidDate {
        /// Nothing there.
        Empty = "date-empty",
            da: "Skriv datoen med dag, måned og år, fx 22-11-2026.",
            en: "Write the date with day, month and year, such as 22-11-2026.";
        /// In none of the known forms.
        NotADate = "date-not-a-date",
            da: "Skriv datoen som dag-måned-år, fx 22-11-2026, eller 22. november 2026.",
            en: "Write the date as day-month-year, such as 22-11-2026, or 22 November 2026.";
        /// The day or month does not exist.
        NoSuchDate = "date-no-such-date",
            da: "Den dato findes ikke: skriv dagen først og så måneden, fx 22-11-2026, og kontrollér månedens længde.",
            en: "There is no such date: write the day first and then the month, such as 22-11-2026, and check the month's length.";
        /// The year has two digits, which may mean two centuries, or even a day.
        TwoDigitYear = "date-two-digit-year",
            da: "Skriv årstallet med 4 cifre, fx 22-11-2026, så det ikke kan misforstås.",
            en: "Write the year with 4 digits, such as 22-11-2026, so that it cannot be misread.";
        /// Before 1850 or after 2199.
        OutOfRange = "date-out-of-range",
            da: "Årstallet ligger uden for 1850 til 2199: kontrollér det.",
            en: "The year lies outside 1850 to 2199: please check it.";
    }
}

/// Reads a date: `2026-11-22`, `22-11-2026`, `22.11.2026`, `22/11/2026`, `22. nov. 2026`, `22. november 2026`,
/// `26.5.2001`, `20261122` or `22112026`; years 1850 to 2199.
///
/// A time of day is left out where it is midnight, `2026-11-22T00:00:00`; any other makes it no date.
///
/// The day stands before the month, as in Denmark, unless the year comes first. Eight digits never have two
/// readings: a year of that range begins with 18 to 21, and no month does.
///
/// # Errors
///
/// [`InvalidDate`] says what to write instead. A year of two digits is refused, not guessed.
///
/// ```
/// use fleksport::value::parse_date;
///
/// let date = parse_date("22. nov. 2026")?;
/// assert_eq!(date.to_string(), "2026-11-22");
/// # Ok::<(), fleksport::value::InvalidDate>(())
/// ```
pub fn parse_date(raw: &str) -> Result<Date, InvalidDate> {
    let text = without_midnight(raw.trim());
    if text.is_empty() {
        return Err(InvalidDate::Empty);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return parse_compact(text);
    }
    let (first, month, last) = split(text).ok_or(InvalidDate::NotADate)?;
    let (day, year) = match (first.len(), last.len()) {
        (4, 1..=2) => (last, first),
        (1..=2, 4) => (first, last),
        (1..=2, 1..=2) => return Err(InvalidDate::TwoDigitYear),
        _ => return Err(InvalidDate::NotADate),
    };
    build(number(&year)?, month, number(&day)?)
}

/// A day that a program wrote as its first moment: `2026-12-01T00:00:00`, `01-12-2026 00:00`.
fn without_midnight(text: &str) -> &str {
    let Some((day, time)) = text.split_once('T').or_else(|| text.rsplit_once(' ')) else {
        return text;
    };
    let time = time.trim_end_matches('Z');
    let (clock, fraction) = time.split_once(['.', ',']).unwrap_or((time, "0"));
    let is_midnight = matches!(clock, "00:00" | "00:00:00" | "00.00" | "00.00.00" | "0:00" | "0:00:00")
        && fraction.bytes().all(|byte| byte == b'0');
    if is_midnight { day.trim_end() } else { text }
}

/// Splits into the three parts, the middle one being the number of the month.
fn split(text: &str) -> Option<(String, i8, String)> {
    let lower = text.to_lowercase();
    let parts: Vec<&str> = if lower.contains(char::is_alphabetic) {
        lower
            .split(|c: char| c.is_whitespace() || matches!(c, '.' | '-'))
            .filter(|part| !part.is_empty())
            .collect()
    } else {
        let separator = lower.chars().find(|c| matches!(c, '-' | '.' | '/'))?;
        lower.split(separator).map(str::trim).collect()
    };
    let [first, middle, last] = parts.as_slice() else {
        return None;
    };
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(first) || !are_digits(last) {
        return None;
    }
    let is_number = are_digits(middle) && middle.len() <= 2;
    let month = if is_number {
        middle.parse().ok()?
    } else {
        month_by_name(middle)?
    };
    Some(((*first).to_owned(), month, (*last).to_owned()))
}

/// Reads `YYYYMMDD` or `DDMMYYYY`.
fn parse_compact(digits: &str) -> Result<Date, InvalidDate> {
    if digits.len() == 6 {
        return Err(InvalidDate::TwoDigitYear);
    }
    let (true, Some((head, tail))) = (digits.len() == 8, digits.split_at_checked(4)) else {
        return Err(InvalidDate::NotADate);
    };
    let year_first = build(number(head)?, number(&tail[..2])?, number(&tail[2..])?);
    year_first.or_else(|fault| {
        let day_first = build(number(tail)?, number(&head[2..])?, number(&head[..2])?);
        // Where neither reading is a date, the one with a year in range tells the more helpful fault.
        day_first.map_err(|other| if other == InvalidDate::OutOfRange { fault } else { other })
    })
}

fn number<N: std::str::FromStr>(digits: &str) -> Result<N, InvalidDate> {
    digits.parse().map_err(|_| InvalidDate::NotADate)
}

fn build(year: i16, month: i8, day: i8) -> Result<Date, InvalidDate> {
    if !YEARS.contains(&year) {
        return Err(InvalidDate::OutOfRange);
    }
    Date::new(year, month, day).map_err(|_| InvalidDate::NoSuchDate)
}

/// Writes a date as Danes do in figures: `22-11-2026`.
pub fn date_to_danish(date: Date) -> String {
    format!("{:02}-{:02}-{}", date.day(), date.month(), date.year())
}

/// Writes a date in words: `22. november 2026` or `22 November 2026`.
pub fn date_to_text(date: Date, language: Language) -> String {
    let full_stop = match language {
        Language::Da => ".",
        Language::En => "",
    };
    format!(
        "{}{full_stop} {} {}",
        date.day(),
        month_name(date.month(), language),
        date.year()
    )
}

const MONTHS: [(&str, &str); 12] = [
    ("januar", "January"),
    ("februar", "February"),
    ("marts", "March"),
    ("april", "April"),
    ("maj", "May"),
    ("juni", "June"),
    ("juli", "July"),
    ("august", "August"),
    ("september", "September"),
    ("oktober", "October"),
    ("november", "November"),
    ("december", "December"),
];

/// The name of a month, 1 to 12, as it stands inside a sentence.
pub(super) fn month_name(month: i8, language: Language) -> &'static str {
    let index = usize::try_from(month - 1).unwrap_or(0);
    let (danish, english) = MONTHS.get(index).copied().unwrap_or(MONTHS[0]);
    match language {
        Language::Da => danish,
        Language::En => english,
    }
}

/// The month with that name in lower case, Danish or English, whole or its first three letters (`sept` too).
pub(super) fn month_by_name(name: &str) -> Option<i8> {
    let index = MONTHS.iter().position(|(danish, english)| {
        let english = english.to_lowercase();
        let is_short = name.len() == 3 || name == "sept";
        name == *danish || name == english || is_short && (danish.starts_with(name) || english.starts_with(name))
    })?;
    i8::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
        from.series(jiff::Span::new().days(1)).take_while(move |day| *day <= to)
    }

    #[test]
    fn every_date_survives_every_way_to_write_it_in_figures() {
        for day in days(date(1850, 1, 1), date(2199, 12, 31)) {
            let (y, m, d) = (day.year(), day.month(), day.day());
            // Eight digits have one reading only, whichever end the year is at.
            for form in [
                format!("{y}{m:02}{d:02}"),
                format!("{d:02}{m:02}{y}"),
                day.to_string(),
                date_to_danish(day),
            ] {
                assert_eq!(parse_date(&form), Ok(day), "{form}");
            }
        }
    }

    #[test]
    fn every_date_of_four_years_survives_every_other_way_to_write_it() {
        for day in days(date(2024, 1, 1), date(2027, 12, 31)) {
            let (y, m, d) = (day.year(), day.month(), day.day());
            let (danish, english) = (date_to_text(day, Language::Da), date_to_text(day, Language::En));
            for form in [
                format!("{d}.{m}.{y}"),
                format!("{d:02}/{m:02}/{y}"),
                danish.to_uppercase(),
                danish,
                english,
            ] {
                assert_eq!(parse_date(&form), Ok(day), "{form}");
            }
        }
    }

    #[test]
    fn dates_are_read_as_danes_write_them() {
        let expected = date(2026, 11, 22);
        let forms = [
            "22. nov. 2026",
            "22. nov 2026",
            "22.nov.2026",
            "22-nov-2026",
            "22 NOVEMBER 2026",
            "22. November 2026",
            " 22-11-2026 ",
            "22. 11. 2026",
            "22\u{a0}november\u{a0}2026",
            "2026/11/22",
        ];
        for form in forms {
            assert_eq!(parse_date(form), Ok(expected), "{form}");
        }
        assert_eq!(parse_date("26.5.2001"), Ok(date(2001, 5, 26)));
        assert_eq!(parse_date("1. okt. 2026"), Ok(date(2026, 10, 1)));
        assert_eq!(parse_date("1 Sept 2026"), Ok(date(2026, 9, 1)));
        // The day comes first, as in Denmark.
        assert_eq!(parse_date("03/04/2026"), Ok(date(2026, 4, 3)));
    }

    #[test]
    fn what_is_no_date_says_what_to_write() {
        use InvalidDate::{Empty, NoSuchDate, NotADate, OutOfRange, TwoDigitYear};
        let cases = [
            ("", Empty),
            ("  ", Empty),
            ("22-11-26", TwoDigitYear),
            ("26-11-22", TwoDigitYear),
            ("22. nov. 26", TwoDigitYear),
            ("221126", TwoDigitYear),
            ("29-02-2025", NoSuchDate),
            ("31-04-2026", NoSuchDate),
            ("11/22/2026", NoSuchDate),
            ("0-1-2026", NoSuchDate),
            ("32132026", NoSuchDate),
            ("20261301", NoSuchDate),
            ("22-11-1849", OutOfRange),
            ("2200-01-01", OutOfRange),
            ("99999999", OutOfRange),
            ("2026-11", NotADate),
            ("november 2026", NotADate),
            ("22-11.2026", NotADate),
            ("22-11-2026-1", NotADate),
            ("-22-11-2026", NotADate),
            ("22. movember 2026", NotADate),
            ("022-11-2026", NotADate),
            ("2026-11-22T10:00:00", NotADate),
            ("1234567", NotADate),
            ("45983", NotADate),
            ("i morgen", NotADate),
        ];
        for (raw, expected) in cases {
            assert_eq!(parse_date(raw), Err(expected), "{raw}");
        }
    }

    #[test]
    fn dates_are_written_in_both_languages() {
        let day = date(2026, 3, 1);
        assert_eq!(date_to_danish(day), "01-03-2026");
        assert_eq!(date_to_text(day, Language::Da), "1. marts 2026");
        assert_eq!(date_to_text(day, Language::En), "1 March 2026");
    }
}
