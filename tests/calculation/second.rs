//! The subsidy a second time, straight from the paragraphs and with rational numbers: nothing of our own calculation is used, not its
//! types, not its rule data, not its reading of JSON.

use fleksport::{
    calculate::{Amounts, RuleBook},
    value::Money,
};
use num_bigint::BigInt;
use num_rational::BigRational as Number;
use serde_json::Value;

use crate::{assessed, book, random};

fn whole(number: i64) -> Number {
    Number::from_integer(BigInt::from(number))
}

fn part(numerator: i64, denominator: i64) -> Number {
    Number::new(BigInt::from(numerator), BigInt::from(denominator))
}

/// Maximum subsidy and threshold of a year, kroner a month.
fn rates(year: i64) -> (i64, i64) {
    const RATES: [(i64, i64); 14] = [
        (17_008, 13_208),
        (17_312, 13_446),
        (17_550, 13_648),
        (17_745, 13_839),
        (18_027, 14_116),
        (18_260, 14_398),
        (18_489, 14_686),
        (18_701, 14_965),
        (18_936, 15_264),
        (18_964, 15_401),
        (19_333, 15_817),
        (19_952, 16_323),
        (20_670, 16_911),
        (21_600, 17_672),
    ];
    RATES[usize::try_from(year - 2013).expect("the years of these cases begin in 2013")]
}

/// A decimal text as an exact number; nothing there is nothing.
fn decimal(value: &Value) -> Number {
    let Some(text) = value.as_str() else { return whole(0) };
    let (kroner, ore) = text.split_once('.').unwrap_or((text, ""));
    let scale = 10_i64.pow(u32::try_from(ore.len()).expect("few decimals"));
    let digits: i64 = format!("{kroner}{ore}").parse().expect("digits");
    part(digits, scale)
}

/// Months since year 0, from `2024-05`.
fn month(value: &Value) -> i64 {
    let (year, month) = value.as_str().and_then(|text| text.split_once('-')).expect("a month");
    year.parse::<i64>().expect("a year") * 12 + month.parse::<i64>().expect("a month") - 1
}

fn max(a: Number, b: Number) -> Number {
    if a > b { a } else { b }
}

fn min(a: Number, b: Number) -> Number {
    if a < b { a } else { b }
}

/// The nearest whole number, halves upwards.
fn nearest(number: &Number) -> Number {
    (number + part(1, 2)).floor()
}

/// Pay of the month: as told, 52 weeks in 12 months for hours, 26 periods in 12 months, or an even share (P 27-23).
fn pay(line: &Value, income_month: i64) -> Number {
    if !line["cash_wage"].is_null() {
        return decimal(&line["cash_wage"]);
    }
    if !line["hourly_wage"].is_null() {
        return decimal(&line["hourly_wage"]) * decimal(&line["weekly_hours"]) * part(52, 12);
    }
    if !line["two_week_wage"].is_null() {
        return decimal(&line["two_week_wage"]) * part(26, 12);
    }
    let (from, to) = (month(&line["earned_from"]), month(&line["earned_to"]));
    if from <= income_month && income_month <= to {
        decimal(&line["total"]) / whole(to - from + 1)
    } else {
        whole(0)
    }
}

fn days_of(month: i64) -> i64 {
    let (year, month) = (month / 12, month % 12 + 1);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The ceiling by its days: of the month, or of the part of it that lies between the first and the last day in the job.
fn ceiling(case: &Value, income_month: i64) -> Number {
    let Some(periods) = case["wage_ceilings"].as_array() else {
        return decimal(&case["wage_ceiling"]);
    };
    let (first, last) = (case["employment_start"].as_str(), case["employment_end"].as_str());
    let (mut sum, mut days) = (whole(0), 0);
    for day in 1..=days_of(income_month) {
        // Days written like this stand in the order of the alphabet.
        let day = format!("{}-{:02}-{day:02}", income_month / 12, income_month % 12 + 1);
        if first.is_some_and(|first| *day < *first) || last.is_some_and(|last| *day > *last) {
            continue;
        }
        let holds = |period: &&Value| period["valid_from"].as_str().is_some_and(|from| *from <= *day);
        let period = periods.iter().rfind(holds).expect("the first period is from long ago");
        assert!(
            period["valid_to"].as_str().is_none_or(|to| *to >= *day),
            "a day without a ceiling"
        );
        sum += decimal(&period["amount"]);
        days += 1;
    }
    sum / whole(days)
}

/// Whole kroner, half up; but where that is more than the room under the ceiling, downwards: § 123(3) lets wage and subsidy together not
/// pass it.
fn paid_kroner(exact: &Number, room: &Number) -> Number {
    let half_up = nearest(exact);
    if half_up > *room { exact.floor() } else { half_up }
}

/// § 138 b: three tenths of a per cent more each year from 2020 on. In thousandths.
fn state_pension_rate(year: i64) -> Option<Number> {
    (year >= 2020).then(|| part(3 * (year - 2019), 1_000))
}

/// Everything that is paid, deducted or shown of a month, in øre, and whether the ceiling makes the subsidy smaller.
#[derive(Debug, PartialEq)]
struct Second {
    deductions: [Number; 3],
    before_ceiling: Number,
    room: Number,
    ceiling_applies: bool,
    subsidy: Number,
    atp: Number,
    paid: Number,
    state_pension: Option<Number>,
}

/// An amount of kroner in øre, to the nearest one.
fn ore(kroner: &Number) -> Number {
    nearest(&(kroner * whole(100)))
}

fn second(case: &Value) -> Second {
    let subsidy_month = month(&case["subsidy_month"]);
    let (year, income_month) = (subsidy_month / 12, subsidy_month - 1);
    let (maximum, threshold) = rates(year);
    let (mut counted, mut position, mut something) = (whole(0), whole(0), false);
    for line in case["income"].as_array().expect("a list") {
        // BEK § 1(1), P 51-16, P 14-22; benefits in kind are left out, P 39-19.
        let mut amount = pay(line, income_month);
        for counts in [
            "own_pension",
            "employer_pension",
            "holiday_supplement",
            "free_choice_payout",
        ] {
            amount += decimal(&line[counts]);
        }
        let kind = line["type"].as_str().expect("a type");
        // BEK § 11 from 2024; before, P 6-23: no wage.
        let is_care = kind == "lost_earnings" || kind == "carer_pay";
        if is_care && year < 2024 {
            continue;
        }
        // Only the wage of the position is held against the ceiling, § 123(3).
        if kind == "fleksjob_wage" || kind == "spread_bonus" {
            position += amount.clone();
        }
        something |= kind != "self_employed_surplus" && amount > whole(0);
        counted += amount;
    }
    let mut benefit = decimal(&case["benefit"]);
    for one in case["benefits"].as_array().into_iter().flatten() {
        let full = decimal(&one["full_month_amount"]);
        benefit += min(
            full.clone() * whole(one["days"].as_i64().expect("days")) * part(12, 260),
            full,
        );
    }
    something |= benefit > whole(0);
    // § 123(2), § 124(3), § 123(3), BEK § 10(2), § 137, in this order.
    let low = min(counted.clone(), whole(threshold)) * part(30, 100);
    let high = max(counted - whole(threshold), whole(0)) * part(55, 100);
    let before = if something {
        max(whole(maximum) - low.clone() - high.clone() - benefit.clone(), whole(0))
    } else {
        whole(0)
    };
    let room = max(
        ceiling(case, income_month) + decimal(&case["ceiling_supplement"]) - position,
        whole(0),
    );
    let days = whole(case["unemployment_benefit_days"].as_i64().unwrap_or(0));
    let left = max(whole(1) - days * part(12, 260), whole(0));
    let subsidy = paid_kroner(&(min(before.clone(), room.clone()) * left), &room);
    let atp = ore(&min(subsidy.clone() * part(5, 100), whole(500)));
    let paid = ore(&subsidy) - atp.clone();
    let state_pension =
        state_pension_rate(year).map(|rate| nearest(&(paid.clone() * rate * part(1, 100))) * whole(100));
    Second {
        deductions: [ore(&low), ore(&high), ore(&benefit)],
        before_ceiling: ore(&before),
        room: ore(&room),
        ceiling_applies: room < before,
        subsidy: ore(&subsidy),
        atp,
        paid,
        state_pension,
    }
}

fn ours(amounts: &Amounts) -> Second {
    let whole = |money: Money| whole(money.ore());
    Second {
        deductions: [amounts.deduction_30, amounts.deduction_55, amounts.benefit_deduction].map(whole),
        before_ceiling: whole(amounts.subsidy_before_ceiling),
        room: whole(amounts.ceiling_room),
        ceiling_applies: amounts.ceiling_applies,
        subsidy: whole(amounts.subsidy),
        atp: whole(amounts.atp),
        paid: whole(amounts.paid_before_tax),
        state_pension: amounts.state_pension.map(whole),
    }
}

/// How many cases are tried, and how many of them had a subsidy and met the ceiling.
fn tried(rules: &RuleBook, seeds: std::ops::Range<u64>) -> [u64; 3] {
    let mut counts = [0; 3];
    for seed in seeds {
        let case = random::case(&mut random::Random::new(seed));
        let assessment = assessed(rules, &case);
        let amounts = assessment
            .amounts()
            .unwrap_or_else(|| panic!("seed {seed} has no result: {case}"));
        let second = second(&case);
        assert_eq!(ours(amounts), second, "seed {seed}: {case}");
        let without_steps = fleksport::calculate::amounts(rules, assessment.case()).expect("it has a result");
        assert_eq!(ours(&without_steps), second, "seed {seed}, without steps: {case}");
        counts[0] += 1;
        counts[1] += u64::from(amounts.subsidy.ore() > 0);
        counts[2] += u64::from(amounts.ceiling_applies);
    }
    counts
}

#[test]
fn a_calculation_written_apart_from_ours_agrees_to_the_ore() {
    let rules = book();
    let rounds: u64 = if crate::slow() { 1_000_000 } else { 20_000 };
    let half = rounds / 2;
    let [first, last] = std::thread::scope(|threads| {
        let rules = &rules;
        [0..half, half..rounds]
            .map(|seeds| threads.spawn(move || tried(rules, seeds)))
            .map(|thread| thread.join().expect("both calculations agree"))
    });
    let [all, some, capped] = [0, 1, 2].map(|index| first[index] + last[index]);
    println!("{all} random cases agree; {some} had a subsidy, {capped} met the ceiling");
    assert_eq!(all, rounds);
    // Inputs that all come out as nothing, or never reach the ceiling, would prove nothing.
    assert!(
        some > rounds / 4 && capped > rounds / 20,
        "{some} with a subsidy, {capped} capped"
    );
}
