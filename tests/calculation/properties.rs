use fleksport::{
    calculate::{Ceiling, Income, IncomeType, Pay, RateId, RateValue, RuleBook, SubsidyCase, amounts},
    value::{Money, Month},
};

use crate::{
    book, book_with,
    random::{self, Random},
};

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
fn wage_and_subsidy_never_pass_a_ceiling_above_the_wage() {
    let rules = book();
    let half_up = book_with("value = \"down\"", "value = \"half_up_as_always\"");
    let mut passed = 0;
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let (month, wage) = (month(random), money(random, 40_000));
        let ceiling = Money::from_ore(wage.ore() + 1 + money(random, 20_000).ore());
        let case = of_wage(month, &[wage], ceiling);
        let total = wage.ore() + subsidy(&rules, &case);
        assert!(total <= ceiling.ore(), "seed {seed}");
        // Half up as everywhere else, the same months would pass it by up to half a krone.
        let otherwise = wage.ore() + subsidy(&half_up, &case);
        assert!(otherwise <= ceiling.ore() + ROUNDING, "seed {seed}");
        passed += u32::from(otherwise > ceiling.ore());
    }
    assert!(passed > 0, "the choice that rounds down is needed, or it must go");
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

fn random_case(random: &mut Random) -> SubsidyCase {
    SubsidyCase::from_json(&random::case(random), "").expect("a random case is well formed")
}

#[test]
fn whatever_the_case_no_amount_is_negative_and_no_subsidy_above_its_maximum_or_its_room() {
    let rules = book();
    for seed in 0..ROUNDS {
        let case = random_case(&mut Random::new(seed));
        let amounts = amounts(&rules, &case).expect("every month of 2013 to 2026 has rates");
        let all = [
            amounts.deduction_30,
            amounts.deduction_55,
            amounts.benefit_deduction,
            amounts.subsidy_before_ceiling,
            amounts.ceiling_room,
            amounts.subsidy,
            amounts.atp,
            amounts.paid_before_tax,
            amounts.state_pension.unwrap_or_default(),
        ];
        assert!(all.iter().all(|amount| !amount.is_negative()), "seed {seed}");
        assert!(
            amounts.subsidy.ore() <= maximum(&rules, case.subsidy_month),
            "seed {seed}"
        );
        assert!(amounts.subsidy <= amounts.ceiling_room, "seed {seed}");
        assert_eq!(
            amounts.paid_before_tax.ore() + amounts.atp.ore(),
            amounts.subsidy.ore(),
            "seed {seed}"
        );
    }
}

/// The first line of income, once more or made larger.
fn with_first(case: &SubsidyCase, change: impl Fn(&mut Income)) -> SubsidyCase {
    let mut changed = case.clone();
    if let Some(first) = changed.income.first_mut() {
        change(first);
    }
    changed
}

#[test]
fn a_wage_with_its_pension_by_the_hour_or_beside_other_work_can_be_split_in_two() {
    let rules = book();
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let mut case = random_case(random);
        let even = |money: Money| Money::from_ore(money.ore() / 2 * 2);
        let half = |money: Money| Money::from_ore(money.ore() / 2);
        let wage = even(money(random, 300));
        let kind = [IncomeType::FleksjobWage, IncomeType::OtherWage][usize::from(random.one_in(2))];
        let hours = "12.50".parse().expect("hours");
        let pay = |wage: Money| {
            if seed % 2 == 0 {
                Pay::Hourly {
                    wage,
                    weekly_hours: hours,
                }
            } else {
                Pay::Month(Money::from_ore(wage.ore() * 40))
            }
        };
        let (own, employer) = (even(money(random, 1_000)), even(money(random, 2_000)));
        let line = |wage: Money, own: Money, employer: Money| Income {
            own_pension: own,
            employer_pension: employer,
            ..Income::new(kind, pay(wage))
        };
        case.income.insert(0, line(wage, own, employer));
        let mut split = with_first(&case, |first| *first = line(half(wage), half(own), half(employer)));
        split.income.insert(0, line(half(wage), half(own), half(employer)));
        assert_eq!(amounts(&rules, &case), amounts(&rules, &split), "seed {seed}");
    }
}

#[test]
fn the_subsidy_never_rises_as_any_pay_or_pension_rises() {
    let rules = book();
    for seed in 0..ROUNDS {
        let random = &mut Random::new(seed);
        let mut case = random_case(random);
        // There is something to supplement before and after.
        case.income
            .push(Income::new(IncomeType::FleksjobWage, Pay::Month(Money::from_kroner(1))));
        let more = money(random, 500);
        let add = |money: Money| money.checked_add(more).expect("a small amount");
        let which = random.below(3);
        let raised = with_first(&case, |first| match which {
            0 => first.own_pension = add(first.own_pension),
            1 => first.employer_pension = add(first.employer_pension),
            _ => {
                first.pay = match first.pay {
                    Pay::Month(wage) => Pay::Month(add(wage)),
                    Pay::Hourly { wage, weekly_hours } => Pay::Hourly {
                        wage: add(wage),
                        weekly_hours,
                    },
                    Pay::TwoWeeks(wage) => Pay::TwoWeeks(add(wage)),
                    Pay::Spread { total, from, to } => Pay::Spread {
                        total: add(total),
                        from,
                        to,
                    },
                }
            }
        });
        assert!(subsidy(&rules, &raised) <= subsidy(&rules, &case), "seed {seed}");
    }
}
