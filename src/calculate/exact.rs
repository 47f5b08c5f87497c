use crate::value::{Hours, Money, Percent};

/// An amount grew past what the calculation can hold exactly (about 10^36 kr.); no input of real life comes near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount is too large to be calculated exactly")]
pub struct OutOfRange;

/// An exact number as a fraction: in amounts the unit is øre, in factors it is one.
///
/// Nothing is rounded until [`Exact::round`] is asked for, so that a result is rounded once, at its end. It is reduced only where it is
/// looked at, or would not fit otherwise: common divisors cost divisions at every step, and nobody sees what is between.
#[derive(Debug, Clone, Copy)]
pub struct Exact {
    numerator: i128,
    /// Above zero.
    denominator: i128,
}

type Result<T> = std::result::Result<T, OutOfRange>;

impl Exact {
    pub const ZERO: Self = Self::whole(0);

    pub const fn whole(number: i128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    /// A fraction; nothing where the denominator is not above zero.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator > 0).then_some(Self { numerator, denominator })
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        if denominator == 1 {
            return Self { numerator, denominator };
        }
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        // The divisor is at most the denominator, which is an i128 above zero.
        let divisor = i128::try_from(divisor).unwrap_or(1);
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// Of the reduced fraction.
    pub fn numerator(self) -> i128 {
        self.reduce().numerator
    }

    /// Of the reduced fraction, above zero.
    pub fn denominator(self) -> i128 {
        self.reduce().denominator
    }

    fn reduce(self) -> Self {
        Self::reduced(self.numerator, self.denominator)
    }

    /// Both parts in machine words, where they fit: then no sum of two products can leave an i128.
    #[inline]
    fn words(self) -> Option<(i64, i64)> {
        let numerator = i64::try_from(self.numerator).ok()?;
        Some((numerator, i64::try_from(self.denominator).ok()?))
    }

    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub const fn is_negative(self) -> bool {
        self.numerator < 0
    }

    #[inline]
    pub fn plus(self, other: Self) -> Result<Self> {
        match (self.words(), other.words()) {
            (Some((a, b)), Some((c, d))) if b == d => Ok(Self {
                numerator: i128::from(a) + i128::from(c),
                denominator: b.into(),
            }),
            (Some((a, b)), Some((c, 1))) => Ok(Self {
                numerator: i128::from(a) + i128::from(c) * i128::from(b),
                denominator: b.into(),
            }),
            (Some((a, b)), Some((c, d))) => Ok(Self {
                numerator: i128::from(a) * i128::from(d) + i128::from(c) * i128::from(b),
                denominator: i128::from(b) * i128::from(d),
            }),
            _ => self.reduce().plus_reduced(other.reduce()),
        }
    }

    fn plus_reduced(self, other: Self) -> Result<Self> {
        let divisor = Self::reduced(self.denominator, other.denominator);
        let (left, right) = (divisor.denominator, divisor.numerator);
        let numerator = self
            .numerator
            .checked_mul(left)
            .zip(other.numerator.checked_mul(right))
            .and_then(|(a, b)| a.checked_add(b))
            .ok_or(OutOfRange)?;
        Ok(Self::reduced(
            numerator,
            self.denominator.checked_mul(left).ok_or(OutOfRange)?,
        ))
    }

    #[inline]
    pub fn minus(self, other: Self) -> Result<Self> {
        self.plus(Self {
            numerator: other.numerator.checked_neg().ok_or(OutOfRange)?,
            ..other
        })
    }

    #[inline]
    pub fn times(self, other: Self) -> Result<Self> {
        match (self.words(), other.words()) {
            (Some((a, b)), Some((c, d))) => Ok(Self {
                numerator: i128::from(a) * i128::from(c),
                denominator: i128::from(b) * i128::from(d),
            }),
            _ => self.reduce().times_reduced(other.reduce()),
        }
    }

    fn times_reduced(self, other: Self) -> Result<Self> {
        let left = Self::reduced(self.numerator, other.denominator);
        let right = Self::reduced(other.numerator, self.denominator);
        Ok(Self {
            numerator: left.numerator.checked_mul(right.numerator).ok_or(OutOfRange)?,
            denominator: left.denominator.checked_mul(right.denominator).ok_or(OutOfRange)?,
        })
    }

    /// The quotient; an error where the divisor is not above zero, which no rule data can bring about.
    pub fn over(self, divisor: Self) -> Result<Self> {
        self.times(Self::new(divisor.denominator, divisor.numerator).ok_or(OutOfRange)?)
    }

    pub fn min(self, other: Self) -> Result<Self> {
        Ok(if self.minus(other)?.is_negative() { self } else { other })
    }

    pub fn max(self, other: Self) -> Result<Self> {
        Ok(if self.minus(other)?.is_negative() { other } else { self })
    }

    /// The number, or nothing below zero.
    pub fn floor_at_zero(self) -> Self {
        if self.is_negative() { Self::ZERO } else { self }
    }

    /// The nearest multiple of `unit`, halves upwards.
    #[inline]
    pub fn round(self, unit: i64) -> Result<Self> {
        match self.round_words(unit) {
            Some(rounded) => Ok(Self::whole(rounded.into())),
            None => self.reduce().round_reduced(unit),
        }
    }

    /// In machine words, where everything fits.
    #[inline]
    fn round_words(self, unit: i64) -> Option<i64> {
        let (numerator, denominator) = self.words()?;
        let half = denominator.checked_mul(unit)?;
        let shifted = numerator.checked_mul(2)?.checked_add(half)?;
        shifted.checked_div_euclid(half.checked_mul(2)?)?.checked_mul(unit)
    }

    fn round_reduced(self, unit: i64) -> Result<Self> {
        let unit = i128::from(unit);
        let doubled_unit = unit
            .checked_mul(2)
            .and_then(|unit| unit.checked_mul(self.denominator))
            .ok_or(OutOfRange)?;
        let shifted = self
            .numerator
            .checked_mul(2)
            .zip(unit.checked_mul(self.denominator))
            .and_then(|(double, half)| double.checked_add(half))
            .ok_or(OutOfRange)?;
        shifted
            .div_euclid(doubled_unit)
            .checked_mul(unit)
            .map(Self::whole)
            .ok_or(OutOfRange)
    }

    /// The largest multiple of `unit` that is not above the number.
    pub fn round_down(self, unit: i64) -> Result<Self> {
        let number = self.reduce();
        let unit = i128::from(unit);
        let step = unit.checked_mul(number.denominator).ok_or(OutOfRange)?;
        let whole = number.numerator.checked_div_euclid(step).ok_or(OutOfRange)?;
        whole.checked_mul(unit).map(Self::whole).ok_or(OutOfRange)
    }

    /// The amount in whole øre, halves upwards.
    pub fn to_money(self) -> Result<Money> {
        let ore = if self.denominator == 1 { self } else { self.round(1)? };
        i64::try_from(ore.numerator)
            .map(Money::from_ore)
            .map_err(|_| OutOfRange)
    }
}

/// Equal as numbers, however they are written.
impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.reduce(), other.reduce());
        one.numerator == other.numerator && one.denominator == other.denominator
    }
}

impl Eq for Exact {}

impl From<Money> for Exact {
    fn from(amount: Money) -> Self {
        Self::whole(i128::from(amount.ore()))
    }
}

impl From<Percent> for Exact {
    fn from(percent: Percent) -> Self {
        Self {
            numerator: percent.basis_points().into(),
            denominator: 10_000,
        }
    }
}

impl From<Hours> for Exact {
    fn from(hours: Hours) -> Self {
        Self {
            numerator: hours.hundredths().into(),
            denominator: 100,
        }
    }
}

/// Euclid's, in machine words where they suffice: the slow part of the whole calculation otherwise.
fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => u128::from(greatest_common_divisor_of_words(a, b)),
        _ if b == 0 => a,
        _ => greatest_common_divisor(b, a % b),
    }
}

fn greatest_common_divisor_of_words(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(numerator: i128, denominator: i128) -> Exact {
        Exact::new(numerator, denominator).expect("the denominators of these tests are above zero")
    }

    #[test]
    fn thirds_add_up_to_a_whole_without_loss() {
        let third = fraction(1, 3);
        let whole = third.plus(third).and_then(|sum| sum.plus(third));
        assert_eq!(whole, Ok(Exact::whole(1)));
    }

    #[test]
    fn a_half_rounds_upwards_on_both_sides_of_zero() {
        for (numerator, expected) in [(50, 100), (49, 0), (150, 200), (-50, 0), (-51, -100), (0, 0)] {
            assert_eq!(
                Exact::whole(numerator).round(100),
                Ok(Exact::whole(expected)),
                "{numerator}"
            );
        }
        assert_eq!(fraction(1, 2).to_money(), Ok(Money::from_ore(1)));
        assert_eq!(fraction(1, 3).to_money(), Ok(Money::ZERO));
    }

    #[test]
    fn rounding_down_never_gives_more_than_the_number() {
        for (numerator, expected) in [(100, 100), (199, 100), (99, 0), (0, 0), (-1, -100)] {
            let down = Exact::whole(numerator).round_down(100);
            assert_eq!(down, Ok(Exact::whole(expected)), "{numerator}");
        }
        assert_eq!(fraction(299, 3).round_down(1), Ok(Exact::whole(99)));
        assert_eq!(Exact::whole(1).round_down(0), Err(OutOfRange));
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_no_wrapped_number() {
        let huge = Exact::whole(i128::MAX);
        assert_eq!(huge.plus(huge), Err(OutOfRange));
        assert_eq!(huge.times(huge), Err(OutOfRange));
        assert_eq!(huge.to_money(), Err(OutOfRange));
        assert_eq!(Exact::whole(1).over(Exact::ZERO), Err(OutOfRange));
    }

    #[test]
    fn what_fits_only_when_reduced_is_calculated_all_the_same() {
        // Two i64 and a bit: the product of the parts as they stand leaves an i128.
        let (large, inverse) = (fraction(1 << 100, 3 << 40), fraction(3 << 40, 1 << 100));
        assert_eq!(large.times(inverse), Ok(Exact::whole(1)));
        assert_eq!(large.plus(large), Ok(fraction(1 << 61, 3)));
        assert_eq!(large.minus(large), Ok(Exact::ZERO));
        assert_eq!(fraction(5 << 100, 1 << 101).round(1), Ok(Exact::whole(3)));
    }

    #[test]
    fn fractions_are_looked_at_reduced() {
        let half = fraction(50, 100);
        assert_eq!((half.numerator(), half.denominator()), (1, 2));
        let product = fraction(65, 3).times(fraction(3, 65));
        assert_eq!(product, Ok(Exact::whole(1)));
        assert_eq!(fraction(52, 12), fraction(13, 3));
    }
}
