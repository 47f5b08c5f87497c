//! How a cell shows its number: the format codes of spreadsheets, as far as reports need them.

use super::decimal::Decimal;

/// What a format makes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberStyle {
    /// As it is: `Standard`, text, fractions.
    General,
    /// A hundred times the number and a sign of per cent, with so many decimals.
    Percent {
        decimals: usize,
    },
    /// A day, perhaps with a time.
    Date,
    /// A time of day or a length of time.
    Time,
    Digits(Digits),
}

/// Places for digits with other signs between them, such as `000000-0000`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Digits {
    /// Before the decimals, as written.
    whole: Vec<Sign>,
    decimals: usize,
    /// By how many powers of a thousand the number is made smaller.
    thousands: i32,
    /// The number of digits where it is shown with an exponent.
    exponent: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A place; `true` where a zero fills it.
    Place(bool),
    Literal(char),
    Point,
    Comma,
    Percent,
    Exponent,
    Fraction,
    /// A letter of a date or time.
    Date(char),
    General,
}

/// Longer codes are nobody's.
const MAX_CODE: usize = 255;

impl NumberStyle {
    /// The styles that have a number and no code in the file.
    pub fn builtin(id: u32) -> Self {
        match id {
            9 => Self::Percent { decimals: 0 },
            10 => Self::Percent { decimals: 2 },
            14..=17 | 22 | 27..=31 | 34..=36 | 50..=54 | 57..=58 => Self::Date,
            18..=21 | 32..=33 | 45..=47 | 55..=56 => Self::Time,
            1 | 3 | 37 | 38 | 41 | 42 => Self::of("0", false),
            2 | 4 | 39 | 40 | 43 | 44 => Self::of("0.00", false),
            11 => Self::of("0.00E+00", false),
            48 => Self::of("##0.0E+0", false),
            _ => Self::General,
        }
    }

    /// What the code says about a number, which has a section of its own when it is negative.
    pub fn of(code: &str, is_negative: bool) -> Self {
        let sections = sections(code.get(..MAX_CODE).unwrap_or(code));
        let signs = match sections.as_slice() {
            [_, second, ..] if is_negative => second,
            [first, ..] => first,
            [] => return Self::General,
        };
        let has = |wanted: fn(&Sign) -> bool| signs.iter().any(wanted);
        if let Some(style) = date_or_time(signs) {
            return style;
        }
        if has(|sign| *sign == Sign::Percent) {
            return Self::Percent {
                decimals: digits(signs).decimals,
            };
        }
        if !has(|sign| matches!(sign, Sign::Place(_))) || has(|sign| matches!(sign, Sign::General | Sign::Fraction)) {
            return Self::General;
        }
        Self::Digits(digits(signs))
    }

    /// Whether the cell shows all of the number.
    pub fn shows_all_of(&self, number: &Decimal) -> bool {
        match self {
            Self::General | Self::Date | Self::Time => true,
            Self::Percent { decimals } => {
                let shown = number.clone().times_ten_to(2);
                shown.clone().rounded(*decimals) == shown
            }
            Self::Digits(digits) => match digits.exponent {
                Some(places) => number.significant() <= places,
                None => {
                    let shown = number.clone().times_ten_to(-3 * digits.thousands);
                    (digits.thousands == 0 || number.is_zero()) && shown.clone().rounded(digits.decimals) == shown
                }
            },
        }
    }
}

impl Digits {
    /// The number as the cell shows it, without groups of thousands; with its decimals where they are asked for.
    pub fn show(&self, number: &Decimal, with_decimals: bool) -> String {
        let (digits, decimals) = number.parts();
        let mut rest: Vec<char> = if digits == "0" {
            Vec::new()
        } else {
            digits.chars().collect()
        };
        let mut shown = Vec::new();
        let first_place = self.whole.iter().position(|sign| matches!(sign, Sign::Place(_)));
        for (index, sign) in self.whole.iter().enumerate().rev() {
            match sign {
                Sign::Literal(literal) => shown.push(*literal),
                Sign::Place(is_filled) => match rest.pop() {
                    Some(digit) => shown.push(digit),
                    None if *is_filled => shown.push('0'),
                    None => {}
                },
                _ => {}
            }
            if Some(index) == first_place {
                shown.extend(rest.drain(..).rev());
            }
        }
        let whole: String = shown.into_iter().rev().collect();
        let sign = if number.is_negative() { "-" } else { "" };
        if with_decimals && self.decimals > 0 {
            format!("{sign}{whole},{decimals:0<width$}", width = self.decimals)
        } else {
            format!("{sign}{}", whole.trim())
        }
    }
}

fn date_or_time(signs: &[Sign]) -> Option<NumberStyle> {
    let has = |letters: &[char]| {
        signs
            .iter()
            .any(|sign| matches!(sign, Sign::Date(letter) if letters.contains(letter)))
    };
    if has(&['y', 'd']) || has(&['m']) && !has(&['h', 's']) {
        Some(NumberStyle::Date)
    } else {
        has(&['h', 's']).then_some(NumberStyle::Time)
    }
}

fn digits(signs: &[Sign]) -> Digits {
    let mut digits = Digits::default();
    let last_place = signs
        .iter()
        .rposition(|sign| matches!(sign, Sign::Place(_)))
        .unwrap_or(0);
    let places = signs.iter().filter(|sign| matches!(sign, Sign::Place(_))).count();
    let mantissa = signs.iter().take_while(|sign| **sign != Sign::Exponent);
    if signs.contains(&Sign::Exponent) {
        digits.exponent = Some(
            mantissa
                .filter(|sign| matches!(sign, Sign::Place(_)))
                .count()
                .min(places),
        );
    }
    let mut is_whole = true;
    for (index, sign) in signs.iter().enumerate() {
        match sign {
            Sign::Point => is_whole = false,
            Sign::Place(_) if !is_whole => digits.decimals += 1,
            Sign::Comma if index > last_place => digits.thousands += 1,
            Sign::Place(_) | Sign::Literal(_) if is_whole => digits.whole.push(*sign),
            _ => {}
        }
    }
    digits
}

/// The signs of each section; colours, conditions and the width of blanks left out.
fn sections(code: &str) -> Vec<Vec<Sign>> {
    let plain = ["AM/PM", "am/pm", "A/P", "a/p"]
        .iter()
        .fold(code.to_owned(), |code, mark| code.replace(mark, ""));
    let mut sections = vec![Vec::new()];
    let mut chars = plain.chars().peekable();
    while let Some(c) = chars.next() {
        let signs = sections
            .last_mut()
            .expect("there is one from the start, and none is taken away");
        match c {
            ';' => sections.push(Vec::new()),
            '"' => signs.extend(chars.by_ref().take_while(|c| *c != '"').map(Sign::Literal)),
            '\\' => signs.extend(chars.next().map(Sign::Literal)),
            '_' | '*' => _ = chars.next(),
            '[' => signs.extend(bracket(&chars.by_ref().take_while(|c| *c != ']').collect::<String>())),
            '0' => signs.push(Sign::Place(true)),
            '#' | '?' => signs.push(Sign::Place(false)),
            '.' => signs.push(Sign::Point),
            ',' => signs.push(Sign::Comma),
            '%' => signs.push(Sign::Percent),
            'E' | 'e' if matches!(chars.peek(), Some('+' | '-')) => signs.push(Sign::Exponent),
            'G' | 'g' | 'S' | '@' if c == '@' || is_general(c, chars.clone()) => {
                signs.push(Sign::General);
                while chars.next_if(char::is_ascii_alphabetic).is_some() {}
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => signs.push(Sign::Date(c.to_ascii_lowercase())),
            '/' if signs.iter().all(|sign| !matches!(sign, Sign::Date(_))) && !signs.is_empty() => {
                signs.push(Sign::Fraction);
            }
            other => signs.push(Sign::Literal(other)),
        }
    }
    sections
}

fn is_general(first: char, rest: impl Iterator<Item = char>) -> bool {
    let word: String = std::iter::once(first)
        .chain(rest.take_while(char::is_ascii_alphabetic))
        .collect();
    ["general", "standard"].contains(&word.to_ascii_lowercase().as_str())
}

/// `[$kr.-406]` shows its currency, `[h]` counts hours; all else in brackets shows nothing.
fn bracket(inside: &str) -> Vec<Sign> {
    if let Some(currency) = inside.strip_prefix('$') {
        let shown = currency.split('-').next().unwrap_or_default();
        return shown.chars().map(Sign::Literal).collect();
    }
    let is_length = !inside.is_empty() && inside.chars().all(|c| "hHmMsS".contains(c));
    if is_length { vec![Sign::Date('h')] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(code: &str, number: &str) -> String {
        match NumberStyle::of(code, false) {
            NumberStyle::Digits(digits) => digits.show(&Decimal::parse(number).unwrap(), true),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_the_cell_shows_is_what_it_says() {
        assert_eq!(shown("000000-0000", "101585018"), "010158-5018");
        assert_eq!(shown("000000\\-0000", "2512489996"), "251248-9996");
        assert_eq!(shown("000000\"-\"0000", "101585018"), "010158-5018");
        assert_eq!(shown("0000", "800"), "0800");
        assert_eq!(shown("0.0", "1"), "1,0");
        assert_eq!(shown("#,##0.00", "32067.5"), "32067,50");
        assert_eq!(shown("## ## ## ##", "13585628"), "13 58 56 28");
        assert_eq!(shown("0", "0"), "0");
    }

    #[test]
    fn a_code_is_known_by_what_it_makes_of_a_number() {
        assert_eq!(NumberStyle::of("0.0%", false), NumberStyle::Percent { decimals: 1 });
        assert_eq!(NumberStyle::of("0\" %\"", false), NumberStyle::of("0\" %\"", true));
        for date in [
            "dd-mm-yyyy",
            "[$-406]d. mmmm yyyy;@",
            "yyyy\\-mm\\-dd",
            "mmm-yy",
            "dd/mm/yyyy hh:mm",
        ] {
            assert_eq!(NumberStyle::of(date, false), NumberStyle::Date, "{date}");
        }
        for time in ["[h]:mm", "hh:mm:ss", "h:mm AM/PM", "mm:ss.0"] {
            assert_eq!(NumberStyle::of(time, false), NumberStyle::Time, "{time}");
        }
        for general in ["General", "Standard", "@", "# ?/?", ""] {
            assert_eq!(NumberStyle::of(general, false), NumberStyle::General, "{general}");
        }
        assert!(matches!(
            NumberStyle::of("#,##0.00 \"kr.\";[Red]-#,##0.00 \"kr.\"", true),
            NumberStyle::Digits(_)
        ));
        assert!(matches!(
            NumberStyle::of("_-* #,##0.00\\ [$kr.-406]_-", false),
            NumberStyle::Digits(_)
        ));
    }

    #[test]
    fn a_number_that_is_more_than_what_is_shown_is_known() {
        let all =
            |code: &str, number: &str| NumberStyle::of(code, false).shows_all_of(&Decimal::parse(number).unwrap());
        assert!(all("#,##0.00", "32067.499999999996"));
        assert!(!all("#,##0.00", "32067.494"));
        assert!(!all("#,##0", "32067.5"));
        assert!(!all("0%", "0.125"));
        assert!(all("0.0%", "0.125"));
        assert!(!all("#,##0,", "32067"));
        assert!(!all("0.00E+00", "32067"));
        assert!(all("General", "32067.12345"));
    }

    proptest! {
        #[test]
        fn any_code_shows_any_number(code in "[0#?.,%;@\\[\\]\"\\\\EGymdhs/ $kr-]{0,20}", number in -1_000_000_i64..1_000_000) {
            let number = Decimal::parse(&format!("{number}e-3")).unwrap();
            let style = NumberStyle::of(&code, number.is_negative());
            let _ = style.shows_all_of(&number);
            if let NumberStyle::Digits(digits) = style {
                let _ = digits.show(&number, true);
            }
        }
    }
}
