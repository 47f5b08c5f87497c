//! Digits and weighted sums, shared by the numbers that registers issue.

/// Leaves out blanks and hyphens, which people write between groups of digits.
pub(super) fn without_separators(raw: &str) -> String {
    raw.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}'))
        .collect()
}

/// Whether the text is that many ASCII digits and nothing else.
pub(super) fn are_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the digits, each times its weight, add up to a multiple of 11.
///
/// The text must be ASCII digits, as many as there are weights.
pub(super) fn weighted_sum_divides_by_11(digits: &str, weights: &[u32]) -> bool {
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    sum.is_multiple_of(11)
}

/// The weights of an eight-digit CVR number (Erhvervsstyrelsen, *Modulus 11 kontrol*).
pub(super) const CVR_WEIGHTS: [u32; 8] = [2, 7, 6, 5, 4, 3, 2, 1];

/// The weights of a ten-digit CPR number, and of P numbers above 1006959421.
pub(super) const CPR_WEIGHTS: [u32; 10] = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
