//! Decimal numbers as Danes and machines write them, read without ever guessing.

/// How the numbers of an input are written, as its sender declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberFormat {
    /// Full stop between groups of three, comma before the decimals: `32.067,00`.
    Danish,
    /// Full stop before the decimals, no groups: `32067.00`. With a comma only what can be nothing but Danish.
    Machine,
    /// Nobody said: only what reads the same whoever wrote it.
    Undeclared,
}

/// Why a text is not a decimal number; each value type says it in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Empty,
    NotANumber,
    /// Another reader would read another number.
    Ambiguous,
    /// A separator of thousands is not where one can be.
    Grouping,
    TooManyDecimals,
    TooLarge,
    Exponent,
}

/// What was read: hundredths, below 10^16 in size.
type Hundredths = i64;

/// More digits before the decimals than any value here can have; keeps the arithmetic in range.
const MAX_WHOLE_DIGITS: usize = 14;

/// Reads a number with at most two decimals and gives it in hundredths.
///
/// Blanks around it are left out; a sign may stand in front. Blanks may also group thousands, except in the
/// machine format.
pub(super) fn read_hundredths(raw: &str, format: NumberFormat) -> Result<Hundredths, Fault> {
    let trimmed = raw.trim();
    let (negative, body) = match trimmed.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, trimmed),
    };
    check_characters(body)?;
    let magnitude = match format {
        NumberFormat::Danish => read_danish(body),
        NumberFormat::Machine if body.contains(',') => read_undeclared(body),
        NumberFormat::Machine => read_machine(body),
        NumberFormat::Undeclared => read_undeclared(body),
    }?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn check_characters(body: &str) -> Result<(), Fault> {
    if body.is_empty() {
        return Err(Fault::Empty);
    }
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || is_group_blank(c);
    if body.chars().all(is_part)
        && body.starts_with(|c: char| c.is_ascii_digit())
        && body.ends_with(|c: char| c.is_ascii_digit())
    {
        return Ok(());
    }
    Err(if has_exponent(body) {
        Fault::Exponent
    } else {
        Fault::NotANumber
    })
}

/// The blanks that type-setters put between groups of thousands: plain, no-break, narrow no-break and thin.
fn is_group_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// `1.5E+4`, as spreadsheets write large numbers when they save as text.
fn has_exponent(body: &str) -> bool {
    let Some((mantissa, exponent)) = body.split_once(['e', 'E']) else {
        return false;
    };
    let is_mantissa = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !mantissa.is_empty()
        && mantissa.chars().all(is_mantissa)
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Full stop groups, comma decides the decimals.
fn read_danish(body: &str) -> Result<Hundredths, Fault> {
    let (whole, decimals) = body.split_once(',').unwrap_or((body, "0"));
    if decimals.contains(',') || decimals.contains('.') {
        return Err(Fault::Grouping);
    }
    combine(&ungroup(whole)?, decimals)
}

/// Full stop decides the decimals, nothing groups.
fn read_machine(body: &str) -> Result<Hundredths, Fault> {
    let (whole, decimals) = body.split_once('.').unwrap_or((body, "0"));
    if decimals.contains('.') || body.contains(is_group_blank) {
        return Err(Fault::Grouping);
    }
    if decimals.len() == 3 && is_first_group(whole) {
        return Err(Fault::Ambiguous);
    }
    combine(whole, decimals)
}

/// Accepts only what has one reading: a separator before exactly three digits has two.
fn read_undeclared(body: &str) -> Result<Hundredths, Fault> {
    let separators: Vec<char> = body.chars().filter(|c| matches!(c, '.' | ',')).collect();
    match separators.as_slice() {
        [separator] => {
            let (whole, decimals) = body.split_once(*separator).unwrap_or((body, "0"));
            if decimals.len() == 3 && is_first_group(whole) {
                return Err(Fault::Ambiguous);
            }
            combine(&ungroup(whole)?, decimals)
        }
        _ => read_danish(body),
    }
}

/// Whether the digits could be the first of several groups of thousands.
fn is_first_group(digits: &str) -> bool {
    (1..=3).contains(&digits.len()) && !digits.starts_with('0')
}

/// Takes the full stops or the blanks out of a whole number, if they stand before every third digit from behind.
fn ungroup(whole: &str) -> Result<String, Fault> {
    let blank = whole.chars().find(|c| is_group_blank(*c));
    let separator = blank.unwrap_or('.');
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or("");
    let rest: Vec<&str> = groups.collect();
    if rest.is_empty() {
        return Ok(first.to_owned());
    }
    let is_group = |group: &&str| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
    if !is_first_group(first) || !first.bytes().all(|b| b.is_ascii_digit()) || !rest.iter().all(is_group) {
        return Err(Fault::Grouping);
    }
    Ok(whole.split(separator).collect())
}

/// Puts whole number and decimals together; one decimal is tenths.
fn combine(whole: &str, decimals: &str) -> Result<Hundredths, Fault> {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !are_digits(decimals) {
        return Err(Fault::NotANumber);
    }
    if decimals.len() > 2 {
        return Err(Fault::TooManyDecimals);
    }
    let significant = whole.trim_start_matches('0');
    if significant.len() > MAX_WHOLE_DIGITS {
        return Err(Fault::TooLarge);
    }
    format!("{significant}{decimals:0<2}")
        .parse()
        .map_err(|_| Fault::NotANumber)
}

/// Writes hundredths with that decimal sign and both decimals.
pub(super) fn two_decimals(hundredths: i64, decimal_sign: char) -> String {
    let magnitude = hundredths.unsigned_abs();
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{}{decimal_sign}{:02}", magnitude / 100, magnitude % 100)
}

/// Writes hundredths as short as it goes: `37`, `37.5`, `37.25`.
pub(super) fn shortest(hundredths: i64, decimal_sign: char) -> String {
    let text = two_decimals(hundredths, decimal_sign);
    match text.strip_suffix("00") {
        Some(whole) => whole.trim_end_matches(decimal_sign).to_owned(),
        None => text.strip_suffix('0').map_or(text.clone(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hundredths_are_written_short_or_with_both_decimals() {
        let cases = [
            (0, "0.00", "0"),
            (5, "0.05", "0.05"),
            (50, "0.50", "0.5"),
            (3_700, "37.00", "37"),
            (-3_750, "-37.50", "-37.5"),
            (10_000, "100.00", "100"),
            (i64::MIN, "-92233720368547758.08", "-92233720368547758.08"),
        ];
        for (hundredths, both, short) in cases {
            assert_eq!(two_decimals(hundredths, '.'), both);
            assert_eq!(shortest(hundredths, '.'), short);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_two_formats_ever_read_different_numbers(text in r"-?[0-9]{1,4}([., ]?[0-9]{1,4}){0,4}") {
            let formats = [NumberFormat::Danish, NumberFormat::Machine, NumberFormat::Undeclared];
            let readings: Vec<_> = formats.iter().filter_map(|format| read_hundredths(&text, *format).ok()).collect();
            prop_assert!(readings.windows(2).all(|pair| pair[0] == pair[1]), "{text}: {readings:?}");
        }

        #[test]
        fn what_nobody_declared_is_read_only_if_danes_and_programmers_agree(whole in 1..1_000_000_u32, decimals in "[0-9]{1,4}") {
            for sign in ['.', ','] {
                let text = format!("{whole}{sign}{decimals}");
                let read = read_hundredths(&text, NumberFormat::Undeclared);
                match (decimals.len(), whole < 1_000) {
                    (1 | 2, _) => prop_assert!(read.is_ok(), "{text}"),
                    (3, true) => prop_assert_eq!(read, Err(Fault::Ambiguous)),
                    _ => prop_assert_eq!(read, Err(Fault::TooManyDecimals)),
                }
            }
        }
    }
}
