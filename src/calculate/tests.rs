use serde_json::json;

use super::*;
use crate::value::{Hours, Language, Money, Month};

fn book() -> RuleBook {
    RuleBook::embedded().expect("the embedded rules have no fault")
}

fn case(value: &serde_json::Value) -> SubsidyCase {
    SubsidyCase::from_json(value, "").expect("the cases of these tests are well formed")
}

fn star() -> serde_json::Value {
    json!({
        "subsidy_month": "2024-05",
        "income": [{"type": "fleksjob_wage", "hourly_wage": "200.00", "weekly_hours": "18"}],
        "wage_ceiling": "32066.67"
    })
}

fn kr(text: &str) -> Money {
    trace::read_money(text).expect("the amounts of these tests are amounts")
}

#[test]
fn the_calculator_of_star_is_met() {
    let assessment = calculate(&book(), &case(&star()));
    let amounts = assessment.amounts().expect("everything is known");
    assert_eq!(amounts.deduction_30, kr("4680.00"));
    assert_eq!(amounts.deduction_55, Money::ZERO);
    assert_eq!(amounts.subsidy, kr("15272.00"));
    assert_eq!(amounts.atp, kr("500.00"));
    assert_eq!(amounts.paid_before_tax, kr("14772.00"));
    assert_eq!(amounts.ceiling_room, kr("16466.67"));
    assert!(!amounts.ceiling_applies);
    assert_eq!(assessment.standing(), Standing::Final);
}

#[test]
fn the_contracts_example_gives_the_same_by_its_monthly_wage() {
    let assessment = calculate(
        &book(),
        &case(
            &json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "cash_wage": "15600.00", "own_pension": "0.00",
            "employer_pension": "0.00"}], "wage_ceiling": "32066.67", "ceiling_supplement": "0.00", "benefit": "0.00",
            "unemployment_benefit_days": 0}),
        ),
    );
    assert_eq!(assessment.subsidy(), Some(kr("15272.00")));
}

#[test]
fn a_month_of_plain_pay_goes_the_quick_way_in_every_year_and_one_paid_by_the_hour_does_not() {
    let rules = book();
    let plain = json!({"subsidy_month": "2024-05", "income": [{"type": "fleksjob_wage", "cash_wage": "15600.00"}],
        "benefit": "100.00", "wage_ceiling": "32066.67"});
    let quick = |value: &serde_json::Value| {
        let case = case(value);
        rules
            .epoch(case.subsidy_month)
            .usual
            .as_ref()
            .and_then(|usual| usual.amounts(&case))
    };
    let mut month = rules.scheme_starts();
    while month <= "2026-12".parse().expect("a month") {
        let mut plain = plain.clone();
        plain["subsidy_month"] = json!(month.to_string());
        assert!(quick(&plain).is_some(), "{month}");
        month = month.next();
    }
    assert_eq!(quick(&star()), None);
}

#[test]
fn the_ceiling_is_built_from_the_hourly_wage_of_star() {
    let hours = Hours::from_hundredths(3_700).expect("37 hours fit into a week");
    let month: Month = "2024-05".parse().expect("a month");
    let built = build_up(&book(), &BuildUp::new(month, WageUnit::Hour, kr("200.00"), hours));
    assert_eq!(built.total, Some(kr("32066.67")));
}

#[test]
fn a_missing_ceiling_gives_no_number_and_names_the_employer() {
    let mut without = star();
    without.as_object_mut().expect("an object").remove("wage_ceiling");
    let assessment = calculate(&book(), &case(&without));
    assert_eq!(assessment.amounts(), None);
    let Outcome::Incomplete(missing) = assessment.outcome() else {
        panic!("{:?}", assessment.outcome())
    };
    assert_eq!(
        missing
            .iter()
            .map(|one| (one.what.as_str(), one.who))
            .collect::<Vec<_>>(),
        [("wage_ceiling", Who::Employer)]
    );
    let json = serde_json::to_value(&assessment).expect("an assessment can be written");
    assert_eq!(json.get("subsidy"), None);
    assert_eq!(json["status"], "incomplete");
}

#[test]
fn a_month_without_rates_names_them_and_who_must_give_them() {
    let mut later = star();
    later["subsidy_month"] = json!("2027-01");
    let assessment = calculate(&book(), &case(&later));
    let Outcome::Incomplete(missing) = assessment.outcome() else {
        panic!("{:?}", assessment.outcome())
    };
    let names: Vec<&str> = missing.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(names, ["maximum_subsidy", "income_threshold"]);
    assert!(missing.iter().all(|one| one.who == Who::RuleKeeper));
}

#[test]
fn a_job_from_before_the_scheme_is_sent_away_with_guidance() {
    let mut old = star();
    old["employment_start"] = json!("2012-12-31");
    let assessment = calculate(&book(), &case(&old));
    assert_eq!(assessment.standing(), Standing::OtherScheme);
    assert!(assessment.explanation().da.short.concat().contains("refusion"));
    old["employment_start"] = json!("2013-01-01");
    assert_eq!(calculate(&book(), &case(&old)).standing(), Standing::Final);
}

#[test]
fn an_assessment_reads_back_the_same_and_replays_byte_for_byte() {
    let rich = json!({
        "subsidy_month": "2026-03",
        "income": [
            {"type": "fleksjob_wage", "hourly_wage": "187.35", "weekly_hours": "13.5", "own_pension": "310.10", "benefits_in_kind": "900.00"},
            {"type": "fleksjob_wage", "two_week_wage": "3333.33", "holiday_supplement": "120.00"},
            {"type": "spread_bonus", "total": "10000.00", "earned_from": "2025-12", "earned_to": "2026-02"},
            {"type": "lost_earnings", "cash_wage": "2100.00"}],
        "wage_ceilings": [{"valid_from": "2026-01-01", "amount": "31000.00"}, {"valid_from": "2026-02-16", "amount": "31500.00"}],
        "benefits": [{"type": "sickness_benefit", "full_month_amount": "20000.00", "days": 3}, {"amount": "10.00"}],
        "unemployment_benefit_days": 4, "income_basis": "expected", "paid_weekly_hours": "20.5"
    });
    for value in [
        star(),
        rich,
        json!({"subsidy_month": "2030-01"}),
        json!({"subsidy_month": "2024-01", "employment_start": "2010-01-01"}),
    ] {
        let assessment = calculate(&book(), &case(&value));
        let text = serde_json::to_string(&assessment).expect("an assessment can be written");
        let back: Assessment = serde_json::from_str(&text).expect("an assessment can be read");
        assert_eq!(
            serde_json::to_string(&back).expect("an assessment can be written"),
            text
        );
        assert_eq!(replay(&text).expect("it can be replayed"), Replay::Same);
        let pretty = serde_json::to_string_pretty(&assessment).expect("an assessment can be written");
        assert_eq!(replay(&pretty).expect("it can be replayed"), Replay::Same);
    }
}

#[test]
fn a_stored_amount_that_was_changed_does_not_replay() {
    let text = serde_json::to_string(&calculate(&book(), &case(&star()))).expect("an assessment can be written");
    let forged = text.replace("\"subsidy\":\"15272.00\"", "\"subsidy\":\"15372.00\"");
    assert_ne!(text, forged);
    assert!(matches!(replay(&forged), Ok(Replay::Differs(_))));
}

#[test]
fn everything_wrong_with_a_case_is_told_at_once_by_pointer() {
    let wrong = json!({
        "subsidy_month": "2024-13", "wage": "1.00", "wage_ceiling": 32066.67, "ceiling_supplement": "-1.00",
        "unemployment_benefit_days": 32, "benefits": [{"type": "pension"}],
        "income": [{"type": "gift", "cash_wage": "12.345"}, {"type": "other_wage"}, {"type": "fleksjob_wage", "cash_wage": "1.00", "hourly_wage": "1.00"}]
    });
    let violations = SubsidyCase::from_json(&wrong, "/cases/0").expect_err("nothing about it is right");
    let mut told: Vec<(&str, &str)> = violations
        .iter()
        .map(|one| (one.pointer.as_str(), one.code.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("/cases/0/benefits/0", "benefit-told-otherwise-than-once"),
            ("/cases/0/benefits/0/type", "unknown-benefit-type"),
            ("/cases/0/ceiling_supplement", "amount-below-zero"),
            ("/cases/0/income/0/cash_wage", "amount-ambiguous"),
            ("/cases/0/income/0/type", "unknown-income-type"),
            ("/cases/0/income/1", "pay-told-otherwise-than-once"),
            ("/cases/0/income/2", "pay-incomplete"),
            ("/cases/0/income/2", "pay-told-otherwise-than-once"),
            ("/cases/0/subsidy_month", "month-no-such-month"),
            ("/cases/0/unemployment_benefit_days", "days-out-of-range"),
            ("/cases/0/wage", "unknown-key"),
            ("/cases/0/wage_ceiling", "not-a-text"),
        ]
    );
}

#[test]
fn the_short_explanation_is_at_most_five_lines_and_the_full_one_has_a_line_for_each_step() {
    let assessment = calculate(&book(), &case(&star()));
    for language in [Language::Da, Language::En] {
        let explanation = assessment.explanation();
        let lines = explanation.get(language);
        assert_eq!(lines.short.len(), 5);
        assert_eq!(lines.full.len(), assessment.trace().steps().count() + 1);
        assert!(
            lines
                .full
                .iter()
                .chain(&lines.short)
                .all(|line| !line.contains('{') && !line.is_empty())
        );
    }
}

#[test]
fn debug_output_holds_no_amount() {
    let assessment = calculate(&book(), &case(&star()));
    let printed = format!("{assessment:?} {:?} {:?}", assessment.case(), assessment.case().income);
    for amount in ["200", "15272", "32066"] {
        assert!(!printed.contains(amount), "{printed}");
    }
}

fn report(wage: FullTimeWage) -> CeilingAssessment {
    match assess_report(&book(), &ReportFacts::FullTimeWage(wage)) {
        ReportAssessment::FullTimeWage(assessment) => *assessment,
        other => panic!("{other:?}"),
    }
}

fn stated(total: &str) -> FullTimeWage {
    FullTimeWage {
        valid_from: "2024-04-01".parse().expect("a date"),
        valid_to: None,
        wage: StatedWage::Total(kr(total)),
        full_time_weekly_hours: None,
        paid_weekly_hours: None,
        expected_first_wage: None,
        employment_start: None,
        counts_employer_pension: None,
        counts_supplements: None,
        previous_total: None,
    }
}

#[test]
fn a_first_report_with_an_expected_wage_gives_a_provisional_first_month() {
    let assessment = report(FullTimeWage {
        expected_first_wage: Some(kr("15600.00")),
        ..stated("32066.67")
    });
    let first = assessment.first_month.as_ref().expect("a wage is expected");
    assert_eq!(first.subsidy(), Some(kr("15272.00")));
    assert_eq!(first.standing(), Standing::Provisional);
    let text = serde_json::to_string(&ReportAssessment::FullTimeWage(Box::new(assessment))).expect("it can be written");
    let back: ReportAssessment = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(serde_json::to_string(&back).expect("it can be written"), text);
}

#[test]
fn a_bonus_is_shown_both_ways_and_its_shares_add_up() {
    let payment = OneOffPayment {
        amount: kr("10000.00"),
        paid_on: "2024-04-30".parse().expect("a date"),
        earned: Some((
            "2024-01-01".parse().expect("a date"),
            "2024-03-31".parse().expect("a date"),
        )),
        depends_on_own_work: true,
        same_for_all_staff: SameForAll::No,
        is_recurring_entitlement: false,
        nature: Nature::Open,
        mentions: Mentions::default(),
    };
    let ReportAssessment::OneOffPayment(assessment) = assess_report(&book(), &ReportFacts::OneOffPayment(payment))
    else {
        panic!("a payment gives the assessment of one")
    };
    let shares: Vec<String> = assessment
        .as_wage
        .iter()
        .map(|month| month.share.to_machine())
        .collect();
    assert_eq!(shares, ["3333.33", "3333.33", "3333.34"]);
    assert_eq!(assessment.as_gift, Some(Money::ZERO));
    assert_eq!(
        (assessment.speaks_for_wage.len(), assessment.speaks_for_gift.len()),
        (2, 0)
    );
}
