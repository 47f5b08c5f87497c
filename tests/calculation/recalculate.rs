//! Two axes of time: what was known then and what is known now.

use fleksport::{
    calculate::{Fact, FactContent, Known, RecalculationCase, calculate, recalculate},
    value::Month,
};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::{book, book_with, random::Random};

fn read(value: &Value) -> RecalculationCase {
    RecalculationCase::from_json(value).unwrap_or_else(|violations| panic!("{violations:?}"))
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

/// April's wage is corrected in September, its bonus comes late, and the ceiling was wrong from the start.
fn known() -> Value {
    json!({
        "first_month": "2024-04", "last_month": "2024-07", "then": "2024-07-31", "now": "2024-10-01",
        "facts": [
            {"id": 1, "known_from": "2024-02-01", "ceiling": {"valid_from": "2024-01-01", "amount": "40000.00"}},
            {"id": 2, "known_from": "2024-04-30", "income_month": "2024-03", "income": {"type": "fleksjob_wage", "cash_wage": "15600.00"}},
            {"id": 3, "known_from": "2024-05-31", "income_month": "2024-04", "income": {"type": "fleksjob_wage", "cash_wage": "15600.00"}},
            {"id": 4, "known_from": "2024-09-01", "replaces": 3, "income_month": "2024-04", "income": {"type": "fleksjob_wage", "cash_wage": "18000.00"}}
        ]
    })
}

#[test]
fn a_corrected_wage_shows_its_month_and_the_difference_for_the_municipality_to_decide() {
    let result = read(&known()).calculate(&book());
    let output = serde_json::to_value(&result).expect("it can be written");
    assert_eq!(output["months"].as_array().map(Vec::len), Some(1));
    let changed = &output["months"][0];
    assert_eq!(changed["subsidy_month"], "2024-05");
    // 30 per cent of 15,600, and of 18,000 30 per cent of 16,323 and 55 per cent of 1,677.
    assert_eq!(changed["then"]["subsidy"], "15272.00");
    assert_eq!(changed["now"]["subsidy"], "14133.00");
    assert_eq!(changed["difference"], "-1139.00");
    assert_eq!(output["difference"], "-1139.00");
    for (language, words) in [
        ("da", ["kommunens egen afgørelse", "hjemmel"]),
        ("en", ["municipality's own decision", "legal grounds"]),
    ] {
        let notice = output["notice"][language].as_str().expect("a text");
        assert!(words.iter().all(|word| notice.contains(word)), "{notice}");
    }
}

#[test]
fn a_withdrawn_correction_leaves_nothing_of_its_chain() {
    let mut value = known();
    value["facts"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"id": 5, "known_from": "2024-09-15", "replaces": 4, "withdrawn": true}));
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("it can be written");
    assert_eq!(output["months"][0]["now"]["subsidy"], "0.00");
    // The day before it was withdrawn the correction still held.
    value["now"] = json!("2024-09-14");
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("it can be written");
    assert_eq!(output["months"][0]["now"]["subsidy"], "14133.00");
}

#[test]
fn a_ceiling_that_becomes_known_late_gives_a_number_now_and_no_difference() {
    let mut value = known();
    value["facts"][0]["known_from"] = json!("2024-08-15");
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("it can be written");
    let changed = &output["months"][0];
    assert_eq!(
        (&changed["then"]["status"], &changed["now"]["status"]),
        (&json!("incomplete"), &json!("final"))
    );
    assert!(changed["difference"].is_null());
}

#[test]
fn a_rate_changed_backwards_shows_in_the_months_it_touches() {
    let (then, now) = (book(), book_with("value = \"15817\"", "value = \"15771\""));
    let facts = [
        fact(
            1,
            date(2023, 1, 1),
            None,
            json!({"ceiling": {"valid_from": "2023-01-01", "amount": "45000.00"}}),
        ),
        fact(
            2,
            date(2023, 6, 1),
            None,
            json!({"income_month": "2023-05", "income": {"type": "fleksjob_wage", "cash_wage": "20000.00"}}),
        ),
        fact(
            3,
            date(2023, 7, 1),
            None,
            json!({"income_month": "2023-06", "income": {"type": "fleksjob_wage", "cash_wage": "9000.00"}}),
        ),
    ];
    let known = Known::on(&facts, date(2024, 1, 1));
    let result = recalculate((&then, &known), (&now, &known), month("2023-06"), month("2023-07"));
    assert_eq!(result.months.len(), 1);
    assert_eq!(result.difference.to_machine(), "-11.00");
}

fn fact(id: u64, known_from: Date, replaces: Option<u64>, content: Value) -> Fact {
    let mut value = content;
    value["id"] = json!(id);
    value["known_from"] = json!(known_from.to_string());
    let all = json!({"first_month": "2024-01", "last_month": "2024-01", "then": "2024-01-01", "now": "2024-01-01", "facts": [value]});
    let mut fact = read(&all).facts.remove(0);
    fact.replaces = replaces;
    fact
}

fn random_facts(random: &mut Random) -> Vec<Fact> {
    let mut facts = Vec::new();
    for id in 1..=1 + random.below(12) {
        let known =
            date(2024, 1, 1).saturating_add(jiff::Span::new().days(i64::try_from(random.below(300)).expect("days")));
        let replaces = (id > 1 && !random.one_in(3)).then(|| 1 + random.below(id - 1));
        let content = match random.below(5) {
            0 => {
                json!({"ceiling": {"valid_from": format!("2024-0{}-{:02}", 1 + random.below(4), 1 + random.below(28)), "amount": format!("2{}", random.amount(9_000))}})
            }
            1 => json!({"income_month": "2024-03", "unemployment_benefit_days": random.below(20)}),
            2 => json!({"income_month": "2024-03", "benefit": {"amount": random.amount(9_000)}}),
            3 => json!({"income_month": "2024-03", "ceiling_supplement": random.amount(4_000)}),
            _ => {
                json!({"income_month": "2024-03", "income": {"type": "fleksjob_wage", "cash_wage": random.amount(20_000)}})
            }
        };
        let mut one = fact(id, known, replaces, content);
        if replaces.is_some() && random.one_in(8) {
            one.content = FactContent::Withdrawn;
        }
        facts.push(one);
    }
    facts
}

fn shuffle(random: &mut Random, facts: &mut [Fact]) {
    for last in (1..facts.len()).rev() {
        facts.swap(last, usize::try_from(random.below(last as u64 + 1)).expect("an index"));
    }
}

#[test]
fn corrections_in_any_order_give_the_same_present() {
    let rules = book();
    for seed in 0..2_000 {
        let random = &mut Random::new(seed);
        let facts = random_facts(random);
        let mut other = facts.clone();
        shuffle(random, &mut other);
        for day in [date(2024, 5, 1), date(2025, 1, 1)] {
            let present = |facts: &[Fact]| calculate(&rules, &Known::on(facts, day).case(month("2024-04")));
            assert_eq!(present(&facts), present(&other), "seed {seed}");
        }
    }
}

#[test]
fn it_does_not_matter_which_of_two_corrections_of_different_things_became_known_first() {
    let rules = book();
    for seed in 0..500 {
        let random = &mut Random::new(seed);
        let wage = |random: &mut Random| json!({"income_month": "2024-03", "income": {"type": "fleksjob_wage", "cash_wage": random.amount(20_000)}});
        let ceiling = |random: &mut Random| json!({"ceiling": {"valid_from": "2024-01-01", "amount": format!("2{}", random.amount(9_000))}});
        let day = |day: i8| date(2024, 6, day);
        let (first, second) = (wage(random), ceiling(random));
        let (corrected, raised) = (wage(random), ceiling(random));
        let present = |wage_known: i8, ceiling_known: i8| {
            let facts = [
                fact(1, day(1), None, first.clone()),
                fact(2, day(1), None, second.clone()),
                fact(3, day(wage_known), Some(1), corrected.clone()),
                fact(4, day(ceiling_known), Some(2), raised.clone()),
            ];
            calculate(&rules, &Known::on(&facts, day(30)).case(month("2024-04")))
        };
        assert_eq!(present(10, 20), present(20, 10), "seed {seed}");
    }
}

#[test]
fn everything_wrong_with_a_recalculation_is_told_at_once_by_code() {
    let wrong = json!({
        "first_month": "2024-05", "last_month": "2024-04", "then": "2024-13-01", "unknown": 1,
        "facts": [
            {"id": 1, "known_from": "2024-01-01", "income_month": "2024-01"},
            {"id": 1, "known_from": "2024-01-01", "ceiling": {"valid_from": "2024-01-01", "amount": "40000.00"}},
            {"id": 2, "known_from": "2024-01-01", "replaces": 9, "ceiling": {"valid_from": "2024-01-01", "amount": "40000.00"}},
            {"id": 3, "known_from": "2024-01-01", "withdrawn": true},
            {"id": "4", "known_from": "2024-01-01", "withdrawn": false}
        ]
    });
    let violations = RecalculationCase::from_json(&wrong).expect_err("it is wrong");
    let codes: Vec<&str> = violations.iter().map(|violation| violation.code.as_str()).collect();
    for code in [
        "months-out-of-range",
        "missing",
        "unknown-key",
        "fact-told-otherwise-than-once",
        "replaced-fact-missing",
        "withdrawn-replaces-nothing",
        "not-a-number",
        "not-withdrawn",
    ] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}

#[test]
fn an_id_that_stands_twice_is_refused() {
    let mut value = known();
    value["facts"][3]["id"] = json!(3);
    let violations = RecalculationCase::from_json(&value).expect_err("it is wrong");
    assert!(violations.iter().any(|violation| violation.code == "fact-id-twice"));
}

/// A job from 16 April to 20 June, whose ceiling is stated for just those days; May's wage is corrected.
fn a_job_with_a_beginning_and_an_end() -> Value {
    json!({
        "first_month": "2024-05", "last_month": "2024-07", "then": "2024-07-31", "now": "2024-10-01",
        "facts": [
            {"id": 1, "known_from": "2024-04-16", "ceiling": {"valid_from": "2024-04-16", "valid_to": "2024-06-20", "amount": "40000.00"}},
            {"id": 2, "known_from": "2024-04-16", "employment_start": "2024-04-16"},
            {"id": 3, "known_from": "2024-06-20", "employment_end": "2024-06-20"},
            {"id": 4, "known_from": "2024-04-30", "income_month": "2024-04", "income": {"type": "fleksjob_wage", "cash_wage": "8000.00"}},
            {"id": 5, "known_from": "2024-09-01", "replaces": 4, "income_month": "2024-04", "income": {"type": "fleksjob_wage", "cash_wage": "9000.00"}},
            {"id": 6, "known_from": "2024-06-30", "income_month": "2024-06", "income": {"type": "fleksjob_wage", "cash_wage": "8000.00"}},
            {"id": 7, "known_from": "2024-09-01", "replaces": 6, "income_month": "2024-06", "income": {"type": "fleksjob_wage", "cash_wage": "7000.00"}}
        ]
    })
}

#[test]
fn the_first_and_last_month_of_a_job_inside_months_are_compared() {
    let output = serde_json::to_value(read(&a_job_with_a_beginning_and_an_end()).calculate(&book())).expect("JSON");
    let months = output["months"].as_array().expect("a list");
    let told: Vec<_> = months
        .iter()
        .map(|one| (&one["subsidy_month"], &one["difference"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("2024-05"), &json!("-300.00")),
            (&json!("2024-07"), &json!("300.00"))
        ]
    );
    assert_eq!(output["without_number"], json!([]));
}

#[test]
fn a_month_without_a_number_on_both_sides_is_listed_with_the_reason_and_is_not_no_change() {
    let mut value = a_job_with_a_beginning_and_an_end();
    // Nobody has told when the job began: both sides lack the ceiling of 1 to 15 April.
    value["facts"].as_array_mut().expect("a list").remove(1);
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("JSON");
    let without = output["without_number"].as_array().expect("a list");
    assert_eq!(without.len(), 1);
    assert_eq!(without[0]["subsidy_month"], "2024-05");
    for side in ["then", "now"] {
        assert_eq!(without[0][side]["status"], "incomplete");
        let reason = without[0][side]["reasons"][0]["da"].as_str().expect("a text");
        assert!(reason.contains("1. april 2024"), "{reason}");
    }
}

#[test]
fn a_month_that_has_a_number_only_now_is_listed_with_what_was_missing_then() {
    let mut value = known();
    value["facts"][0]["known_from"] = json!("2024-08-15");
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("JSON");
    let first = &output["without_number"][0];
    assert_eq!(first["then"]["status"], "incomplete");
    assert!(first["now"].is_null());
}

#[test]
fn expected_income_and_paid_hours_are_facts_of_their_month_and_the_last_of_several_holds() {
    let mut value = known();
    value["facts"].as_array_mut().expect("a list").extend([
        json!({"id": 5, "known_from": "2024-04-30", "income_month": "2024-04", "income_basis": "expected"}),
        json!({"id": 6, "known_from": "2024-09-01", "replaces": 5, "income_month": "2024-04", "income_basis": "reported"}),
        json!({"id": 7, "known_from": "2024-04-30", "income_month": "2024-04", "paid_weekly_hours": "8.99"}),
        json!({"id": 8, "known_from": "2024-09-02", "income_month": "2024-04", "paid_weekly_hours": "9.00"}),
    ]);
    let output = serde_json::to_value(read(&value).calculate(&book())).expect("JSON");
    let (then, now) = (&output["months"][0]["then"], &output["months"][0]["now"]);
    assert_eq!(
        (&then["status"], &now["status"]),
        (&json!("provisional"), &json!("final"))
    );
    assert_eq!(
        (&then["case"]["paid_weekly_hours"], &now["case"]["paid_weekly_hours"]),
        (&json!("8.99"), &json!("9"))
    );
}
