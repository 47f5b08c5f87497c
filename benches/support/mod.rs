//! The persons that are calculated: the same ones each time, made by a small generator of our own.

use fleksport::{
    calculate::{PlainMonth, SubsidyCase},
    value::{Money, Month},
};

/// Monthly figures of one person, in øre.
#[derive(Clone, Copy)]
pub struct Person {
    pub cash_wage: i64,
    pub own_pension: i64,
    pub employer_pension: i64,
    pub wage_ceiling: i64,
}

/// Persons whose wages lie on both sides of the threshold and the ceiling.
pub fn persons(count: usize) -> Vec<Person> {
    let mut state = 20_240_501_u64;
    (0..count).map(|_| person(&mut state)).collect()
}

fn person(state: &mut u64) -> Person {
    let cash_wage = between(state, 150_000, 4_000_000);
    // Two of three have a pension scheme: a third of the contribution is their own.
    let employer_pension = if between(state, 0, 2) == 0 {
        0
    } else {
        cash_wage * between(state, 400, 1_200) / 10_000
    };
    Person {
        cash_wage,
        own_pension: employer_pension / 2,
        employer_pension,
        wage_ceiling: between(state, 2_200_000, 4_800_000),
    }
}

/// A number from the first to the last, both counted.
fn between(state: &mut u64, first: i64, last: i64) -> i64 {
    let span = u64::try_from(last - first + 1).expect("the last is not before the first");
    first + i64::try_from(next(state) % span).expect("less than the span, which is an i64")
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The month that everybody is calculated for.
pub fn month() -> Month {
    "2024-05".parse().expect("a year and a month")
}

/// The person's month as a row of a sum over many.
pub fn plain(person: &Person) -> PlainMonth {
    PlainMonth {
        cash_wage: Money::from_ore(person.cash_wage),
        own_pension: Money::from_ore(person.own_pension),
        employer_pension: Money::from_ore(person.employer_pension),
        wage_ceiling: Money::from_ore(person.wage_ceiling),
    }
}

/// The person's month as a case, which may have lists and a trace.
pub fn case(person: &Person) -> SubsidyCase {
    plain(person).case(month())
}
