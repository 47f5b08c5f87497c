//! The table of assumptions in `docs/calculation.md`: its amounts are calculated here, with each reading in turn.

use fleksport::{
    calculate::{
        BuildUp, FreeChoice, FreeChoicePayout, HolidayScheme, RuleBook, SelfEmployedCase, SubsidyCase, WageUnit,
        amounts, build_up, calculate_self_employed,
    },
    value::{Hours, Money, Month, Percent},
};
use serde_json::{Value, json};
use toml::Table;

use crate::{book, book_with};

/// What one reading gives; the table shows both and the difference.
type Read = fn(&RuleBook) -> Money;

struct Row {
    name: &'static str,
    chosen: Read,
    /// What stands in the rule files, and what stands there under the other reading.
    from: &'static str,
    to: &'static str,
}

fn case(value: &Value) -> SubsidyCase {
    SubsidyCase::from_json(value, "").expect("the cases of this table are well formed")
}

fn amounts_of(rules: &RuleBook, value: &Value) -> fleksport::calculate::Amounts {
    amounts(rules, &case(value)).expect("the months of this table have rates")
}

fn wage(month: &str, kind: &str, amount: &str, ceiling: &str) -> Value {
    json!({"subsidy_month": month, "income": [{"type": kind, "cash_wage": amount}], "wage_ceiling": ceiling})
}

fn beside_wage(month: &str, kind: &str, amount: &str, ceiling: &str) -> Value {
    let mut value = wage(month, "fleksjob_wage", "9000.00", ceiling);
    value["income"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"type": kind, "cash_wage": amount}));
    value
}

fn rates_month(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2024-01", "fleksjob_wage", "16000.00", "34000.00")).subsidy
}

fn deduction_rounding(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2024-05", "fleksjob_wage", "16333.00", "60000.00")).subsidy
}

fn subsidy_rounding(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2024-05", "fleksjob_wage", "15005.00", "60000.00")).subsidy
}

fn two_weeks(rules: &RuleBook) -> Money {
    let value = json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "two_week_wage": "6000.00"}], "wage_ceiling": "60000.00"});
    amounts_of(rules, &value).subsidy
}

fn holiday_days(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "8000.00", "34000.00");
    value["unemployment_benefit_days"] = json!(5);
    amounts_of(rules, &value).subsidy
}

fn income_rules_month(rules: &RuleBook) -> Money {
    amounts_of(rules, &beside_wage("2024-01", "carer_pay", "3000.00", "34000.00")).subsidy
}

fn surplus_period(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "9000.00", "34000.00");
    let surplus =
        json!({"type": "self_employed_surplus", "total": "12000.00", "earned_from": "2024-04", "earned_to": "2024-06"});
    value["income"].as_array_mut().expect("a list").push(surplus);
    amounts_of(rules, &value).subsidy
}

fn ordinary_atp(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "15600.00", "34000.00");
    value["income"][0]["ordinary_atp"] = json!("99.00");
    amounts_of(rules, &value).subsidy
}

fn self_employed_month(rules: &RuleBook) -> Money {
    let case = json!({"scheme": "self_employed", "year": 2020, "business_income": "100005.00"});
    let case = SelfEmployedCase::from_json(&case, "").expect("the cases of this table are well formed");
    let assessment = calculate_self_employed(rules, &case);
    assessment
        .amounts()
        .expect("the year has a base amount")
        .monthly_subsidy
}

fn ceiling_decides(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2024-05", "fleksjob_wage", "20000.00", "20000.50")).subsidy
}

fn atp_rounding(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2024-05", "fleksjob_wage", "20000.00", "29990.00")).atp
}

fn day_reduction_order(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "15000.00", "25000.00");
    value["unemployment_benefit_days"] = json!(8);
    amounts_of(rules, &value).subsidy
}

fn ceiling_change(rules: &RuleBook) -> Money {
    let value = json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "cash_wage": "20000.00"}],
        "wage_ceilings": [{"valid_from": "2024-01-01", "amount": "22000.00"}, {"valid_from": "2024-04-16", "amount": "24000.00"}]});
    amounts_of(rules, &value).ceiling_room
}

fn built(rules: &RuleBook, unit: WageUnit, base: &str, holiday: HolidayScheme) -> Money {
    let month: Month = "2024-05".parse().expect("a month");
    let hours: Hours = "37".parse().expect("hours");
    let base = Money::parse(base, fleksport::value::NumberFormat::Machine).expect("an amount");
    let input = BuildUp {
        holiday,
        ..BuildUp::new(month, unit, base, hours)
    };
    build_up(rules, &input).total.expect("the month has rates")
}

fn yearly_payments(rules: &RuleBook) -> Money {
    let supplement: Percent = "1".parse().expect("a percentage");
    built(
        rules,
        WageUnit::Month,
        "30000.00",
        HolidayScheme::PaidHoliday { supplement },
    )
}

fn ceiling_rounding(rules: &RuleBook) -> Money {
    built(rules, WageUnit::Hour, "192.29", HolidayScheme::HolidayAllowance)
}

/// 28,000 and 2,000 that vary, 4 per cent of free choice with each pay and 1 per cent of holiday supplement.
fn built_with_varying_pay(rules: &RuleBook) -> fleksport::calculate::CeilingBuildUp {
    let month: Month = "2024-05".parse().expect("a month");
    let percent = |text: &str| text.parse::<Percent>().expect("a percentage");
    let kroner = |text: &str| Money::parse(text, fleksport::value::NumberFormat::Machine).expect("an amount");
    let input = BuildUp {
        variable_supplements_average: kroner("2000.00"),
        free_choice: Some(FreeChoice {
            percent: percent("4"),
            payout: FreeChoicePayout::EachPay,
        }),
        holiday: HolidayScheme::PaidHoliday {
            supplement: percent("1"),
        },
        ..BuildUp::new(month, WageUnit::Month, kroner("28000.00"), "37".parse().expect("hours"))
    };
    build_up(rules, &input)
}

fn free_choice_base(rules: &RuleBook) -> Money {
    built_with_varying_pay(rules).total.expect("the month has rates")
}

fn holiday_base(rules: &RuleBook) -> Money {
    let yearly = built_with_varying_pay(rules).yearly;
    yearly.holiday_supplement.expect("there is a supplement")
}

fn other_wage(rules: &RuleBook) -> Money {
    amounts_of(rules, &beside_wage("2024-05", "other_wage", "9000.00", "30000.00")).subsidy
}

fn lost_earnings(rules: &RuleBook) -> Money {
    amounts_of(rules, &beside_wage("2024-05", "lost_earnings", "9000.00", "30000.00")).subsidy
}

fn carer_pay(rules: &RuleBook) -> Money {
    amounts_of(rules, &beside_wage("2024-05", "carer_pay", "9000.00", "30000.00")).subsidy
}

fn carer_pay_before(rules: &RuleBook) -> Money {
    amounts_of(rules, &beside_wage("2023-06", "carer_pay", "3000.00", "34000.00")).subsidy
}

fn benefit(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "9000.00", "20000.00");
    value["benefit"] = json!("9000.00");
    amounts_of(rules, &value).subsidy
}

fn side_surplus(rules: &RuleBook) -> Money {
    amounts_of(
        rules,
        &beside_wage("2024-05", "self_employed_surplus", "2500.00", "34000.00"),
    )
    .subsidy
}

fn self_employed_rounding(rules: &RuleBook) -> Money {
    let case = json!({"scheme": "self_employed", "year": 2020, "business_income": "100005.00"});
    let case = SelfEmployedCase::from_json(&case, "").expect("the cases of this table are well formed");
    let assessment = calculate_self_employed(rules, &case);
    assessment.amounts().expect("the year has a base amount").yearly_subsidy
}

fn threshold_2023(rules: &RuleBook) -> Money {
    amounts_of(rules, &wage("2023-06", "fleksjob_wage", "20000.00", "45000.00")).subsidy_before_ceiling
}

fn start_inside_a_month(rules: &RuleBook) -> Money {
    let mut value = wage("2024-05", "fleksjob_wage", "8000.00", "34000.00");
    value["employment_start"] = json!("2024-04-16");
    amounts_of(rules, &value).subsidy
}

const KRONE_TO_NONE: &str = "value = \"nearest_krone\", status = \"assumption\", source = \"STAR";
const AFTER_2024: &str =
    "counts_in_deduction = true, uses_ceiling_room = false, opens_subsidy = true, paragraph = \"BEK 227/2024 § 11\"";
const AFTER_2024_OTHERWISE: &str =
    "counts_in_deduction = true, uses_ceiling_room = true, opens_subsidy = true, paragraph = \"BEK 227/2024 § 11\"";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { name: "rates_month", chosen: rates_month, from: "value = \"subsidy_month\", status = \"assumption\", source = \"LAB", to: "value = \"income_month\", status = \"assumption\", source = \"LAB" },
    Row { name: "income_rules_month", chosen: income_rules_month, from: "value = \"subsidy_month\", status = \"assumption\", source = \"BEK", to: "value = \"income_month\", status = \"assumption\", source = \"BEK" },
    Row { name: "two_weeks_per_month", chosen: two_weeks, from: "value = \"26/12\"", to: "value = \"2/1\"" },
    Row { name: "holiday_days_per_month", chosen: holiday_days, from: "value = \"260/12\", status = \"assumption\"", to: "value = \"30/1\", status = \"assumption\"" },
    Row { name: "surplus_period", chosen: surplus_period, from: "value = \"as_told\"", to: "value = \"calendar_years\"" },
    Row { name: "ordinary_atp", chosen: ordinary_atp, from: "counts = false, paragraph = \"BEK 227/2024 § 1, stk. 1, nr. 2\"", to: "counts = true, paragraph = \"BEK 227/2024 § 1, stk. 1, nr. 2\"" },
    Row { name: "self_employed_month_rounding", chosen: self_employed_month, from: "value = \"nearest_ore\", status = \"assumption\", source = \"Paid", to: "value = \"nearest_krone\", status = \"assumption\", source = \"Paid" },
    Row { name: "deduction_rounding", chosen: deduction_rounding, from: "value = \"none\", status = \"assumption\", source = \"No rule on rounding was seen; Billund", to: "value = \"nearest_krone\", status = \"assumption\", source = \"Billund" },
    Row { name: "subsidy_rounding", chosen: subsidy_rounding, from: KRONE_TO_NONE, to: "value = \"none\", status = \"assumption\", source = \"STAR" },
    Row { name: "ceiling_decides_rounding", chosen: ceiling_decides, from: "value = \"down\"", to: "value = \"half_up_as_always\"" },
    Row { name: "free_choice_base", chosen: free_choice_base, from: "value = \"base_fixed_and_variable\", status = \"assumption\", source = \"Agreements", to: "value = \"base_and_fixed\", status = \"assumption\", source = \"Agreements" },
    Row { name: "holiday_supplement_base", chosen: holiday_base, from: "value = \"base_fixed_and_variable\", status = \"assumption\", source = \"The holiday", to: "value = \"base_and_fixed\", status = \"assumption\", source = \"The holiday" },
    Row { name: "atp_rounding", chosen: atp_rounding, from: "value = \"nearest_ore\", status = \"assumption\", source = \"No rule on rounding the 5", to: "value = \"nearest_krone\", status = \"assumption\", source = \"No rule on rounding the 5" },
    Row { name: "day_reduction_order", chosen: day_reduction_order, from: "value = \"after_ceiling\"", to: "value = \"before_ceiling\"" },
    Row { name: "ceiling_change_in_month", chosen: ceiling_change, from: "value = \"calendar_days\"", to: "value = \"month_start\"" },
    Row { name: "yearly_payments_in_ceiling", chosen: yearly_payments, from: "value = \"month_paid\"", to: "value = \"monthly_share\"" },
    Row { name: "ceiling_rounding", chosen: ceiling_rounding, from: "value = \"nearest_ore\", status = \"assumption\", source = \"BEK", to: "value = \"nearest_krone\", status = \"assumption\", source = \"BEK" },
    Row { name: "other_wage", chosen: other_wage, from: "uses_ceiling_room = false, opens_subsidy = true, paragraph = \"LAB § 123, stk. 2\"", to: "uses_ceiling_room = true, opens_subsidy = true, paragraph = \"LAB § 123, stk. 2\"" },
    Row { name: "lost_earnings", chosen: lost_earnings, from: AFTER_2024, to: AFTER_2024_OTHERWISE },
    Row { name: "carer_pay", chosen: carer_pay, from: AFTER_2024, to: AFTER_2024_OTHERWISE },
    Row { name: "carer_pay before 2024", chosen: carer_pay_before, from: "counts_in_deduction = false, uses_ceiling_room = false, opens_subsidy = false, paragraph = \"Principmeddelelse 6-23\", status = \"assumption\"", to: "counts_in_deduction = true, uses_ceiling_room = false, opens_subsidy = true, paragraph = \"Principmeddelelse 6-23\", status = \"assumption\"" },
    Row { name: "benefit", chosen: benefit, from: "uses_ceiling_room = false, opens_subsidy = true, paragraph = \"LAB § 124, stk. 3\"", to: "uses_ceiling_room = true, opens_subsidy = true, paragraph = \"LAB § 124, stk. 3\"" },
    Row { name: "self_employed_surplus", chosen: side_surplus, from: "counts_in_deduction = true, uses_ceiling_room = false, opens_subsidy = false", to: "counts_in_deduction = false, uses_ceiling_room = false, opens_subsidy = false" },
    Row { name: "self_employed_rounding", chosen: self_employed_rounding, from: "value = \"nearest_krone\", status = \"assumption\", source = \"No rule on rounding was seen; whole", to: "value = \"none\", status = \"assumption\", source = \"Whole" },
    Row { name: "threshold of 2023", chosen: threshold_2023, from: "value = \"15817\"", to: "value = \"15771\"" },
    Row { name: "start inside a month", chosen: start_inside_a_month, from: "value = \"19952\"", to: "value = \"9976\"" },
];

/// Every other reading: its name, what stands in the rule files, and what would stand there.
pub fn other_readings() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ROWS.iter().map(|row| (row.name, row.from, row.to))
}

const DOCUMENT: &str = include_str!("../../docs/calculation.md");

/// `15,152.00`, as the English document writes it.
fn english(amount: Money) -> String {
    amount
        .to_danish()
        .chars()
        .map(|one| match one {
            '.' => ',',
            ',' => '.',
            other => other,
        })
        .collect()
}

#[test]
fn each_amount_in_the_table_of_assumptions_is_what_the_readings_give() {
    let rules = book();
    let mut wrong = Vec::new();
    for row in ROWS {
        let chosen = (row.chosen)(&rules);
        let other = (row.chosen)(&book_with(row.from, row.to));
        let effect = other.checked_sub(chosen).expect("a difference");
        assert_ne!(effect, Money::ZERO, "{}: the other reading changes nothing", row.name);
        let amounts = format!("| {} | {} | {} |", english(chosen), english(other), english(effect));
        let line = DOCUMENT
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", row.name)))
            .unwrap_or_default();
        if !line.ends_with(&amounts) {
            wrong.push(format!("`{}` gives {amounts}, and the document says {line}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_value_that_is_an_assumption_and_decides_an_amount_stands_in_the_table() {
    let mut missing = Vec::new();
    for (file, text) in RuleBook::embedded_files() {
        let table: Table = text.parse().expect("the embedded rules are TOML");
        for (kind, name, versions) in [
            ("rate", "name", "values"),
            ("income_type", "id", "versions"),
            ("pay_component", "id", "versions"),
        ] {
            for item in table.get(kind).and_then(toml::Value::as_array).into_iter().flatten() {
                let assumed = item[versions]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .any(|version| version["status"].as_str() == Some("assumption"));
                let name = item[name].as_str().expect("a name");
                // A value that only decides when a hint is shown changes no amount.
                if assumed && *file != "hints.toml" && !DOCUMENT.contains(&format!("\n| `{name}` |")) {
                    missing.push(name.to_owned());
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
