//! The quick way of a usual month gives what the rule with its steps gives, under every reading of the law and at every edge.

use fleksport::{
    calculate::{Ceiling, PlainMonth, RuleBook, SubsidyCase, amounts, amounts_of_many, calculate},
    value::Money,
};

use crate::{assumptions, book, book_with, random};

const ROUNDS: u64 = 2_000;

fn random_case(seed: u64) -> SubsidyCase {
    let case = random::case(&mut random::Random::new(seed));
    SubsidyCase::from_json(&case, "").unwrap_or_else(|violations| panic!("seed {seed}: {violations:?}"))
}

/// The same with and without steps, whatever the case.
fn agree(rules: &RuleBook, case: &SubsidyCase, what: &str) {
    assert_eq!(
        amounts(rules, case).as_ref(),
        calculate(rules, case).amounts(),
        "{what}"
    );
}

#[test]
fn amounts_without_steps_are_those_with_steps_under_every_reading_of_the_law() {
    let books = assumptions::other_readings().map(|(name, from, to)| (name, book_with(from, to)));
    for (name, rules) in std::iter::once(("as chosen", book())).chain(books) {
        for seed in 0..ROUNDS {
            agree(&rules, &random_case(seed), &format!("{name}, seed {seed}"));
        }
    }
}

#[test]
fn amounts_that_are_taken_back_and_amounts_beyond_all_wages_agree_too() {
    const LARGE: i64 = 10_000_000_000;
    let rules = book();
    for seed in 0..ROUNDS {
        let mut case = random_case(seed);
        let extreme = [-1, 1, -50_000, -LARGE, LARGE, LARGE + 1, i64::MAX, i64::MIN];
        let turn = usize::try_from(seed).expect("a small number");
        let amount = Money::from_ore(extreme[turn % extreme.len()]);
        match (turn / extreme.len() % 4, case.income.first_mut()) {
            (0, Some(income)) => income.own_pension = amount,
            (1, _) => case.ceiling_supplement = amount,
            (2, Some(income)) => income.pay = fleksport::calculate::Pay::Month(amount),
            _ => case.ceiling = Ceiling::Whole(amount),
        }
        agree(&rules, &case, &format!("seed {seed}"));
    }
}

#[test]
fn many_people_at_once_get_what_each_would_get_alone() {
    let random = &mut random::Random::new(7);
    let mut money = |ore: u64| Money::from_ore(i64::try_from(random.below(ore)).expect("an amount"));
    let mut people: Vec<PlainMonth> = (0..ROUNDS)
        .map(|_| PlainMonth {
            cash_wage: money(4_000_000),
            own_pension: money(300_000),
            employer_pension: money(600_000),
            wage_ceiling: money(5_000_000),
        })
        .collect();
    let largest = Money::from_ore(i64::MAX);
    people.push(PlainMonth {
        wage_ceiling: largest,
        ..people[0]
    });
    people.push(PlainMonth {
        cash_wage: largest,
        ..people[0]
    });
    let rules = book();
    for month in ["2012-12", "2013-01", "2019-12", "2026-12"] {
        let month = month.parse().expect("a month");
        let alone = people
            .iter()
            .map(|person| calculate(&rules, &person.case(month)).amounts().copied());
        assert!(amounts_of_many(&rules, month, &people).eq(alone), "{month}");
    }
}
