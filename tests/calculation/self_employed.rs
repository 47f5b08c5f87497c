//! The scheme for the self-employed: a second calculation, replay, and what a case refuses.

use fleksport::calculate::{Replay, SchemeCase, replay};
use serde_json::{Value, json};

use crate::{book, of_scheme, output, random::Random};

/// Base amounts of 2013 to 2026, kroner a year.
const BASES: [i64; 14] = [
    127_000, 129_286, 131_225, 133_062, 135_723, 138_437, 141_206, 143_889, 146_767, 148_088, 152_086, 156_956,
    162_606, 169_923,
];

/// In øre, straight from BEK 233/2024 § 8: the base amount less 30 per cent of both incomes, in whole kroner, and a twelfth of it.
fn second(base: i64, business: i64, other: i64) -> (i64, i64) {
    let thousandths = (base * 1_000 - 3 * (business + other)).max(0);
    let year = (thousandths + 500) / 1_000 * 100;
    (year, (year * 2 + 12) / 24)
}

fn amount(ore: i64) -> String {
    format!("{}.{:02}", ore / 100, ore % 100)
}

#[test]
fn a_calculation_written_apart_from_ours_agrees_to_the_ore() {
    let rules = book();
    for seed in 0..5_000 {
        let random = &mut Random::new(seed);
        let mut ore = |kroner: u64| i64::try_from(random.below(kroner * 100)).expect("an amount");
        let (business, other) = (ore(400_000), ore(150_000));
        let index = usize::try_from(random.below(14)).expect("a year");
        let case = json!({"scheme": "self_employed", "year": 2013 + index, "business_income": amount(business), "other_work_income": amount(other)});
        let came = output(&rules, &case);
        let (year, month) = second(BASES[index], business, other);
        assert_eq!(
            (&came["yearly_subsidy"], &came["monthly_subsidy"]),
            (&json!(amount(year)), &json!(amount(month))),
            "{case}"
        );
    }
}

#[test]
fn a_year_replays_from_its_own_text_and_a_changed_amount_is_found() {
    let case =
        json!({"scheme": "self_employed", "year": 2020, "business_income": "100000.00", "other_work_income": "1.50"});
    let text = serde_json::to_string(&of_scheme(&book(), &case)).expect("it can be written");
    assert_eq!(replay(&text).expect("it can be read"), Replay::Same);
    let forged = text.replace("\"yearly_subsidy\":\"113889.00\"", "\"yearly_subsidy\":\"123889.00\"");
    assert_ne!(text, forged);
    assert!(matches!(replay(&forged), Ok(Replay::Differs(_))));
}

#[test]
fn the_text_is_danish_and_english_and_says_that_there_is_no_ceiling() {
    let case = json!({"scheme": "self_employed", "year": 2020, "business_income": "100000.00"});
    let output = output(&book(), &case);
    let short = |language: &str| output["explanation"][language]["short"].to_string();
    assert!(short("da").contains("Tilskuddet for 2020 er 113.889,00 kr., eller 9.490,75 kr. om måneden."));
    assert!(short("da").contains("intet lønloft"));
    assert!(short("en").contains("The subsidy for 2020 is DKK 113,889.00, or DKK 9,490.75 a month."));
    assert!(short("en").contains("There is no ceiling."));
}

#[test]
fn everything_wrong_with_a_case_is_told_at_once_by_pointer() {
    let wrong = json!({"scheme": "self_employed", "year": 2012, "other_work_income": "-1.00", "wage_ceiling": "1.00"});
    let violations = SchemeCase::from_json(&wrong, "").expect_err("it is wrong");
    let mut pointers: Vec<&str> = violations.iter().map(|violation| violation.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/business_income", "/other_work_income", "/wage_ceiling", "/year"]
    );
}

#[test]
fn a_case_without_a_scheme_or_with_that_of_employees_is_the_same_and_another_is_refused() {
    let mut case = json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "cash_wage": "15600.00"}], "wage_ceiling": "32066.67"});
    let without = output(&book(), &case);
    case["scheme"] = Value::from("employee");
    assert_eq!(output(&book(), &case), without);
    case["scheme"] = Value::from("pension");
    let violations = SchemeCase::from_json(&case, "").expect_err("it is wrong");
    assert_eq!(violations[0].code, "unknown-scheme");
}

#[test]
fn every_year_has_its_base_amount_and_its_zero_point_an_ore_either_side() {
    let rules = book();
    for (index, base) in BASES.into_iter().enumerate() {
        // Half a krone of subsidy is left where 30 per cent of the income is the base amount less half a krone, and rounds upwards.
        let last = (base * 1_000 - 500) / 3;
        for ore in [
            0,
            last - 1,
            last,
            last + 1,
            last + 2,
            base * 1_000 / 3 - 1,
            base * 1_000 / 3,
            base * 1_000 / 3 + 1,
        ] {
            let case = json!({"scheme": "self_employed", "year": 2013 + index, "business_income": amount(ore)});
            let came = output(&rules, &case);
            let (year, month) = second(base, ore, 0);
            assert_eq!(came["yearly_subsidy"], amount(year), "{case}");
            assert_eq!(came["monthly_subsidy"], amount(month), "{case}");
        }
        let at = |ore: i64| second(base, ore, 0).0;
        assert_eq!((at(0), at(last), at(last + 1)), (base * 100, 100, 0), "{base}");
    }
}
