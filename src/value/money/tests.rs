//! Amounts as people and machines write them; arithmetic at its limits.

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
