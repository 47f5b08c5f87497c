/// A decimal number as a spreadsheet knows it: fifteen digits, exactly. What lies beyond them is noise of its arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// Where the decimals begin, counted from the end of the digits: 2 in `12.34`, negative in `1200`.
    scale: i32,
}

/// What a spreadsheet keeps of a number.
const DIGITS: usize = 15;

/// Beyond this in either direction nothing is a number of a report, and its plain text would be long.
const MAX_EXPONENT: i32 = 400;

impl Decimal {
    /// Reads `32067.499999999996`, `-1` or `4.4999999999999998E-2`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().ok().filter(|size: &i32| size.abs() <= MAX_EXPONENT)?;
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || whole.bytes().chain(decimals.bytes());
        if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) || mantissa.len() > 400 {
            return None;
        }
        let scale = i32::try_from(decimals.len()).ok()? - exponent;
        let number = Self {
            is_negative,
            digits: format!("{whole}{decimals}"),
            scale,
        };
        Some(number.without_zeros().cut(DIGITS))
    }

    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    pub fn is_negative(&self) -> bool {
        self.is_negative && !self.is_zero()
    }

    pub fn is_whole(&self) -> bool {
        self.scale <= 0
    }

    /// How many digits it takes to write it.
    pub fn significant(&self) -> usize {
        self.digits.len()
    }

    /// Ten to this power times the number.
    pub fn times_ten_to(mut self, power: i32) -> Self {
        if !self.is_zero() {
            self.scale -= power;
        }
        self
    }

    /// Rounded to so many decimals, half away from zero, as a cell shows it.
    pub fn rounded(self, decimals: usize) -> Self {
        let more = self.scale - i32::try_from(decimals).unwrap_or(i32::MAX);
        let Ok(more) = usize::try_from(more) else { return self };
        match self.digits.len().checked_sub(more) {
            Some(keep) => self.cut(keep),
            None => Self {
                is_negative: false,
                digits: String::new(),
                scale: 0,
            },
        }
    }

    /// Digits before the decimals, `0` at least, and the decimals.
    pub fn parts(&self) -> (String, String) {
        if self.scale <= 0 {
            let zeros = usize::try_from(-self.scale).unwrap_or(0);
            let whole = format!("{}{}", self.digits, "0".repeat(zeros));
            return (if whole.is_empty() { "0".to_owned() } else { whole }, String::new());
        }
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let padded = format!("{:0>1$}", self.digits, scale + 1);
        let (whole, decimals) = padded.split_at(padded.len() - scale);
        (whole.to_owned(), decimals.to_owned())
    }

    /// As a Dane writes it, without groups: `-32067,5`.
    pub fn to_danish(&self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        match self.parts() {
            (whole, decimals) if decimals.is_empty() => format!("{sign}{whole}"),
            (whole, decimals) => format!("{sign}{whole},{decimals}"),
        }
    }

    /// The first so many digits, the last one rounded half up.
    fn cut(mut self, keep: usize) -> Self {
        if self.digits.len() <= keep {
            return self;
        }
        let is_up = self.digits.as_bytes()[keep] >= b'5';
        self.scale -= i32::try_from(self.digits.len() - keep).unwrap_or(0);
        self.digits.truncate(keep);
        if is_up {
            let nines = self.digits.len() - self.digits.trim_end_matches('9').len();
            let head = &self.digits[..self.digits.len() - nines];
            let next = head.bytes().last().map(|digit| char::from(digit + 1));
            self.digits = match next {
                Some(next) => format!("{}{next}", &head[..head.len() - 1]),
                None => "1".to_owned(),
            };
            self.scale -= i32::try_from(nines).unwrap_or(0);
        }
        self.without_zeros()
    }

    fn without_zeros(mut self) -> Self {
        let short = self.digits.trim_end_matches('0').len();
        self.scale -= i32::try_from(self.digits.len() - short).unwrap_or(0);
        self.digits.truncate(short);
        self.digits = self.digits.trim_start_matches('0').to_owned();
        if self.digits.is_empty() {
            self.scale = 0;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn danish(text: &str) -> String {
        Decimal::parse(text).unwrap().to_danish()
    }

    #[test]
    fn fifteen_digits_are_kept_and_the_noise_is_not() {
        assert_eq!(danish("32067.499999999996"), "32067,5");
        assert_eq!(danish("4.4999999999999998E-2"), "0,045");
        assert_eq!(danish("3.2067E4"), "32067");
        assert_eq!(danish("99999.99999999999999"), "100000");
        assert_eq!(danish("-0.10000000000000001"), "-0,1");
        assert_eq!(danish("0.000"), "0");
        for wrong in ["", "-", "x", "1.2.3", "1e", "1e999999", "NaN"] {
            assert_eq!(Decimal::parse(wrong), None);
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        let rounded = |text: &str, decimals| Decimal::parse(text).unwrap().rounded(decimals).to_danish();
        assert_eq!(rounded("0.125", 2), "0,13");
        assert_eq!(rounded("0.5", 0), "1");
        assert_eq!(rounded("0.04", 0), "0");
        assert_eq!(rounded("-999.96", 1), "-1000");
        assert_eq!(rounded("1200", 1), "1200");
    }

    proptest! {
        #[test]
        fn an_amount_in_ore_is_what_was_typed(ore in -99_999_999_999_i64..99_999_999_999) {
            #[allow(clippy::cast_precision_loss, reason = "eleven digits fit")]
            let float = ore as f64 / 100.0;
            let expected = Decimal::parse(&format!("{ore}e-2")).unwrap();
            prop_assert_eq!(Decimal::parse(&float.to_string()).unwrap(), expected);
        }

        #[test]
        fn any_text_is_a_number_or_none(text in ".{0,30}", decimals in 0_usize..40) {
            if let Some(number) = Decimal::parse(&text) {
                let _ = number.rounded(decimals).to_danish();
            }
        }
    }
}
