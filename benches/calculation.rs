//! Assessments a second on one core. `cargo bench --bench calculation`.

mod support;

use std::hint::black_box;

use divan::{Bencher, counter::ItemsCount};
use fleksport::{
    calculate::{self, Ceiling, Income, IncomeType, Pay, RuleBook, SubsidyCase},
    value::{Hours, Money},
};

fn main() {
    divan::main();
}

const MANY: usize = 10_000;

fn rules() -> RuleBook {
    RuleBook::embedded().expect("the embedded rules have no fault")
}

fn cases() -> Vec<SubsidyCase> {
    support::persons(MANY).iter().map(support::case).collect()
}

/// The amounts only, person after person.
#[divan::bench]
fn without_trace(bencher: Bencher) {
    let (rules, cases) = (rules(), cases());
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        for case in &cases {
            black_box(calculate::amounts(&rules, black_box(case)));
        }
    });
}

/// Every step with its figures, person after person.
#[divan::bench]
fn with_trace(bencher: Bencher) {
    let (rules, cases) = (rules(), cases());
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        for case in &cases {
            black_box(calculate::calculate(&rules, black_box(case)));
        }
    });
}

/// A whole list with every step kept: a municipality's recalculation.
#[divan::bench]
fn a_list_with_trace(bencher: Bencher) {
    let (rules, cases) = (rules(), cases());
    bencher
        .counter(ItemsCount::new(MANY))
        .bench_local(|| calculate::calculate_all(&rules, black_box(&cases)));
}

/// With its words in both languages, as it is stored.
#[divan::bench]
fn written_as_json(bencher: Bencher) {
    let (rules, cases) = (rules(), cases());
    let one = cases.first().expect("there are cases");
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        let assessment = calculate::calculate(&rules, black_box(one));
        serde_json::to_vec(&assessment)
    });
}

/// What the calculator page draws from: one person at each number of hours of a full week.
#[divan::bench]
fn every_hour_of_a_week(bencher: Bencher) {
    let rules = rules();
    let hours = (0..=37).map(|hours| Hours::from_hundredths(hours * 100).expect("a week has more hours"));
    let cases: Vec<_> = hours.map(paid_by_the_hour).collect();
    bencher.counter(ItemsCount::new(cases.len())).bench_local(|| {
        for case in &cases {
            black_box(calculate::amounts(&rules, black_box(case)));
        }
    });
}

/// 200 kr. an hour.
fn paid_by_the_hour(weekly_hours: Hours) -> SubsidyCase {
    let pay = Pay::Hourly {
        wage: Money::from_kroner(200),
        weekly_hours,
    };
    SubsidyCase {
        income: vec![Income::new(IncomeType::FleksjobWage, pay)],
        ceiling: Ceiling::Whole(Money::from_kroner(32_000)),
        ..SubsidyCase::new(support::month())
    }
}
