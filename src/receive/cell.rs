//! One cell, which keeps what it was, and what it says where a kind of answer is expected.

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use serde_json::Value;

use super::{decimal::Decimal, number_format::NumberStyle};
use crate::{
    form::{FieldType, Unreadable},
    value::clean,
};

/// A cell of a table, whatever file it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    /// A number that is shown by its own digits.
    Number {
        value: Decimal,
        style: NumberStyle,
    },
    /// What is shown before the sign of per cent: 12 where the file has 0.12.
    Percent(Decimal),
    Day(Date),
    /// Hours and minutes, as `7:30`.
    Time(String),
    YesNo(bool),
    Unreadable(Unreadable),
}

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    Of1900,
    Of1904,
}

impl Cell {
    /// A text as typed; nothing where nobody sees any.
    pub fn text(text: &str) -> Option<Self> {
        let text = clean(text);
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        Some(unreadable_text(trimmed).map_or_else(|| Self::Text(text.clone().into_owned()), Self::Unreadable))
    }

    /// A number of a workbook as its style shows it.
    pub fn number(value: Decimal, style: &NumberStyle, epoch: Epoch) -> Self {
        match style {
            NumberStyle::Date => Self::moment(&value, epoch),
            NumberStyle::Time => Self::Time(hours_and_minutes(&value)),
            _ if !style.shows_all_of(&value) => Self::Unreadable(Unreadable::MoreThanShown),
            NumberStyle::Percent { .. } => Self::Percent(value.times_ten_to(2)),
            NumberStyle::General | NumberStyle::Digits(_) => Self::Number {
                value,
                style: style.clone(),
            },
        }
    }

    fn moment(days: &Decimal, epoch: Epoch) -> Self {
        if !days.is_whole() {
            return Self::Unreadable(Unreadable::TimeOfDay);
        }
        day_of(days, epoch).map_or(Self::Unreadable(Unreadable::ErrorValue), Self::Day)
    }

    /// What the cell says in a column of this kind; `None` is a column of words, such as a version.
    pub fn to_value(&self, kind: Option<&FieldType>) -> Value {
        match self {
            Self::Text(text) if is_shortened(text) && is_copied(kind) => Unreadable::NotShown.to_value(),
            Self::Text(text) | Self::Time(text) => Value::from(text.as_str()),
            Self::Number { value, style } => number_value(value, style, kind),
            Self::Percent(value) => Value::from(format!("{} %", value.to_danish())),
            Self::Day(day) => Value::from(day.to_string()),
            Self::YesNo(yes) => Value::Bool(*yes),
            Self::Unreadable(why) => why.to_value(),
        }
    }

    /// The text of a heading; nothing of what is no text.
    pub fn heading(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub fn characters(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            _ => 0,
        }
    }
}

/// What is counted or measured is the number; what names somebody or something is what the cell shows.
fn number_value(value: &Decimal, style: &NumberStyle, kind: Option<&FieldType>) -> Value {
    use FieldType as Kind;
    let is_measured = matches!(
        kind,
        Some(Kind::Money { .. } | Kind::Percent | Kind::PercentOrMoney { .. } | Kind::Hours)
    );
    if is_measured {
        return Value::from(value.to_danish());
    }
    // Beyond these the program has left digits out.
    if value.parts().0.len() > 15 {
        return Unreadable::NotShown.to_value();
    }
    let with_decimals = matches!(kind, None | Some(Kind::Text { .. }));
    match style {
        NumberStyle::Digits(digits) if with_decimals || value.is_whole() => {
            Value::from(digits.show(value, with_decimals))
        }
        _ => Value::from(value.to_danish()),
    }
}

/// Whether the answer is kept as it stands, so that a shortened number in it would be kept too.
fn is_copied(kind: Option<&FieldType>) -> bool {
    matches!(kind, Some(FieldType::Text { .. }))
}

/// `1,23457E+11`, what a program writes of a long number when it saves as text.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.trim().split_once(['E', 'e']) else {
        return false;
    };
    let Some(exponent) = exponent.strip_prefix(['+', '-']) else {
        return false;
    };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(exponent) && are_digits(&mantissa.replacen([',', '.'], "", 1))
}

/// Texts that are what a program shows where it has nothing to show.
fn unreadable_text(text: &str) -> Option<Unreadable> {
    const ERRORS: [&str; 22] = [
        "#N/A",
        "#I/T",
        "#REF!",
        "#REFERENCE!",
        "#VALUE!",
        "#VÆRDI!",
        "#DIV/0!",
        "#DIVISION/0!",
        "#NAME?",
        "#NAVN?",
        "#NUM!",
        "#NUM.!",
        "#NULL!",
        "#NUL!",
        "#SPILL!",
        "#OVERLØB!",
        "#CALC!",
        "#BEREGN!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#UNKNOWN!",
    ];
    let upper = || text.to_uppercase();
    if text.starts_with('#') && ERRORS.contains(&upper().as_str()) {
        return Some(Unreadable::ErrorValue);
    }
    if text.len() >= 2 && text.bytes().all(|byte| byte == b'#') {
        return Some(Unreadable::NotShown);
    }
    None
}

/// 0 is the last day before both calendars; that of 1900 has a 29 February which never was.
fn day_of(days: &Decimal, epoch: Epoch) -> Option<Date> {
    const AFTER_THE_DAY_THAT_NEVER_WAS: i32 = 61;
    let count: i32 = days
        .to_danish()
        .parse()
        .ok()
        .filter(|count| (0..3_000_000).contains(count))?;
    let zero = match epoch {
        Epoch::Of1904 => date(1904, 1, 1),
        Epoch::Of1900 if count >= AFTER_THE_DAY_THAT_NEVER_WAS => date(1899, 12, 30),
        Epoch::Of1900 if (1..60).contains(&count) => date(1899, 12, 31),
        Epoch::Of1900 => return None,
    };
    zero.checked_add(count.days()).ok()
}

fn hours_and_minutes(days: &Decimal) -> String {
    let (whole, decimals) = days.parts();
    let decimals: String = decimals.chars().take(9).collect();
    let scale = 10_i128.pow(u32::try_from(decimals.len()).unwrap_or(0));
    let number: i128 = format!("{whole}{decimals}")
        .chars()
        .take(24)
        .collect::<String>()
        .parse()
        .unwrap_or(0);
    let minutes = (number * 1440 + scale / 2) / scale;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: &str, epoch: Epoch) -> Cell {
        Cell::number(Decimal::parse(number).unwrap(), &NumberStyle::Date, epoch)
    }

    #[test]
    fn days_are_counted_in_both_calendars() {
        assert_eq!(day("46357", Epoch::Of1900), Cell::Day(date(2026, 12, 1)));
        assert_eq!(day("44895", Epoch::Of1904), Cell::Day(date(2026, 12, 1)));
        assert_eq!(day("1", Epoch::Of1900), Cell::Day(date(1900, 1, 1)));
        assert_eq!(day("59", Epoch::Of1900), Cell::Day(date(1900, 2, 28)));
        assert_eq!(day("61", Epoch::Of1900), Cell::Day(date(1900, 3, 1)));
        assert_eq!(day("60", Epoch::Of1900), Cell::Unreadable(Unreadable::ErrorValue));
        assert_eq!(day("46357.5", Epoch::Of1900), Cell::Unreadable(Unreadable::TimeOfDay));
        assert_eq!(day("-1", Epoch::Of1900), Cell::Unreadable(Unreadable::ErrorValue));
    }

    #[test]
    fn a_length_of_time_is_no_decimal_number() {
        let time = Cell::number(Decimal::parse("0.3125").unwrap(), &NumberStyle::Time, Epoch::Of1900);
        assert_eq!(time, Cell::Time("7:30".to_owned()));
    }

    #[test]
    fn what_shows_no_value_is_unreadable_and_what_shows_nothing_is_empty() {
        assert_eq!(Cell::text("#I/T"), Some(Cell::Unreadable(Unreadable::ErrorValue)));
        assert_eq!(Cell::text("#####"), Some(Cell::Unreadable(Unreadable::NotShown)));
        assert_eq!(Cell::text("\u{200b} \u{a0}"), None);
        let text = FieldType::Text { max_length: 40 };
        assert_eq!(
            Cell::text("1,23457E+11").unwrap().to_value(Some(&text)),
            Unreadable::NotShown.to_value()
        );
        assert_eq!(Cell::text("1E5-K").unwrap().to_value(Some(&text)), Value::from("1E5-K"));
    }
}
