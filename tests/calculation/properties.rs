use fleksport::{
    calculate::{Ceiling, Income, IncomeType, Pay, RateId, RateValue, RuleBook, SubsidyCase, amounts},
    value::{Money, Month},
};

use crate::{book, book_with, random::Random};

fn month(random: &mut Random) -> Month {
    let year = i16::try_from(2013 + random.below(14)).expect("a year");
    Month::new(year, i8::try_from(1 + random.below(12)).expect("a month")).expect("a month of the scheme")
}

fn money(random: &mut Random, kroner: u64) -> Money {
    Money::from_ore(i64::try_from(random.below(kroner * 100)).expect("an amount"))
}

fn of_wage(month: Month, wages: &[Money], ceiling: Money) -> SubsidyCase {
    SubsidyCase {
        income: wages
            .iter()
            .map(|wage| Income::new(IncomeType::FleksjobWage, Pay::Month(*wage)))
            .collect(),
        ceiling: Ceiling::Whole(ceiling),
        ..SubsidyCase::new(month)
    }
}

fn subsidy(rules: &RuleBook, case: &SubsidyCase) -> i64 {
    amounts(rules, case)
        .expect("every month of 2013 to 2026 has rates")
        .subsidy
        .ore()
}

fn maximum(rules: &RuleBook, month: Month) -> i64 {
    match rules.rate(RateId::MaximumSubsidy, month).map(|rate| rate.value) {
        Some(RateValue::Kroner(amount)) => amount.ore(),
        other => panic!("{other:?} is no maximum"),
    }
}

const ROUNDS: u64 = 5_000;
/// The subsidy is rounded half up to whole kroner, so it stands at most this far above its exact value.
const ROUNDING: i64 = 50;

#[test]
fn the_subsidy_is_never_negative_and_never_above_the_maximum_of_its_month() {
    let rules = book();
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let month = month(random);
        let case = of_wage(month, &[money(random, 60_000)], money(random, 60_000));
        let subsidy = subsidy(&rules, &case);
        assert!((0..=maximum(&rules, month)).contains(&subsidy), "seed {seed}");
    }
}

#[test]
fn the_subsidy_never_rises_as_the_wage_rises() {
    let rules = book();
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let (month, ceiling) = (month(random), money(random, 60_000));
        let wage = Money::from_ore(1 + money(random, 60_000).ore());
        let more = Money::from_ore(wage.ore() + 1 + money(random, 500).ore());
        let (low, high) = (of_wage(month, &[wage], ceiling), of_wage(month, &[more], ceiling));
        assert!(subsidy(&rules, &low) >= subsidy(&rules, &high), "seed {seed}");
    }
}

#[test]
fn the_total_income_never_falls_as_the_wage_rises_below_the_ceiling_but_for_the_rounding() {
    let (rules, exact) = (
        book(),
        book_with(
            "value = \"nearest_krone\", status = \"assumption\", source = \"STAR shows whole kroner",
            "value = \"none\", status = \"assumption\", source = \"STAR shows whole kroner",
        ),
    );
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let (month, wage) = (month(random), money(random, 50_000));
        let more = Money::from_ore(wage.ore() + 1 + money(random, 500).ore());
        let ceiling = Money::from_ore(more.ore() + money(random, 30_000).ore() + 1);
        let total = |rules: &RuleBook, wage: Money| wage.ore() + subsidy(rules, &of_wage(month, &[wage], ceiling));
        // Both subsidies are rounded, one perhaps upwards and the other downwards.
        assert!(total(&rules, more) + 2 * ROUNDING >= total(&rules, wage), "seed {seed}");
        // Without that rounding only the øre is left, in which the result is written.
        assert!(total(&exact, more) + 1 >= total(&exact, wage), "seed {seed}");
    }
}

#[test]
fn wage_and_subsidy_stay_below_a_ceiling_above_the_wage_but_for_the_rounding() {
    let rules = book();
    let mut passed = 0;
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let (month, wage) = (month(random), money(random, 40_000));
        let ceiling = Money::from_ore(wage.ore() + 1 + money(random, 20_000).ore());
        let total = wage.ore() + subsidy(&rules, &of_wage(month, &[wage], ceiling));
        assert!(total <= ceiling.ore() + ROUNDING, "seed {seed}");
        passed += u32::from(total > ceiling.ore());
        // A room of whole kroner is never passed.
        let whole_room = Money::from_ore(wage.ore() + (ceiling.ore() - wage.ore()) / 100 * 100);
        let total = wage.ore() + subsidy(&rules, &of_wage(month, &[wage], whole_room));
        assert!(total <= whole_room.ore(), "seed {seed}");
    }
    assert!(passed > 0, "the allowance for rounding is needed, or it must go");
}

#[test]
fn one_wage_in_two_equal_jobs_changes_nothing() {
    let rules = book();
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let (month, half, ceiling) = (month(random), money(random, 25_000), money(random, 60_000));
        let whole = Money::from_ore(half.ore() * 2);
        let (one, two) = (
            of_wage(month, &[whole], ceiling),
            of_wage(month, &[half, half], ceiling),
        );
        assert_eq!(amounts(&rules, &one), amounts(&rules, &two), "seed {seed}");
    }
}
