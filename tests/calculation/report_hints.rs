//! The hints of a report, before the income of any month is known: each is there where it must be, and not a step before.

use fleksport::{
    calculate::{
        BuildUp, Contribution, FreeChoice, FreeChoicePayout, FullTimeWage, HolidayScheme, Mentions, Nature,
        OneOffPayment, ReportFacts, SameForAll, StatedWage, WageUnit, assess_report,
    },
    value::{Hours, Money, NumberFormat, Percent},
};
use jiff::civil::date;

use crate::book;

fn kr(text: &str) -> Money {
    Money::parse(text, NumberFormat::Machine).expect("an amount")
}

fn hours(text: &str) -> Hours {
    text.parse().expect("hours a week")
}

fn percent(text: &str) -> Contribution {
    Contribution::Percent(text.parse::<Percent>().expect("a percentage"))
}

fn codes(report: &ReportFacts) -> Vec<String> {
    let assessment = assess_report(&book(), report);
    for hint in assessment.hints() {
        assert!(!hint.is_error(), "{} stops the report", hint.code);
    }
    assessment.hints().iter().map(|hint| hint.code.clone()).collect()
}

fn of_wage(change: impl FnOnce(&mut FullTimeWage)) -> Vec<String> {
    let mut wage = FullTimeWage {
        valid_from: date(2024, 4, 1),
        valid_to: None,
        wage: StatedWage::Total(kr("32000.00")),
        full_time_weekly_hours: Some(hours("37")),
        paid_weekly_hours: Some(hours("18.5")),
        expected_first_wage: None,
        employment_start: None,
        counts_employer_pension: Some(true),
        counts_supplements: Some(true),
        previous_total: None,
    };
    change(&mut wage);
    codes(&ReportFacts::FullTimeWage(wage))
}

fn of_parts(change: impl FnOnce(&mut BuildUp)) -> Vec<String> {
    let month = "2024-04".parse().expect("a month");
    let mut parts = BuildUp {
        fixed_supplements_total: kr("1000.00"),
        employer_pension: percent("12.00"),
        ..BuildUp::new(month, WageUnit::Month, kr("28000.00"), hours("37"))
    };
    change(&mut parts);
    of_wage(|wage| wage.wage = StatedWage::BuildUp(parts))
}

fn of_bonus(change: impl FnOnce(&mut OneOffPayment)) -> Vec<String> {
    let mut payment = OneOffPayment {
        amount: kr("10000.00"),
        paid_on: date(2024, 4, 30),
        earned: Some((date(2024, 1, 1), date(2024, 3, 31))),
        depends_on_own_work: true,
        same_for_all_staff: SameForAll::No,
        is_recurring_entitlement: false,
        nature: Nature::Open,
        mentions: Mentions::default(),
    };
    change(&mut payment);
    codes(&ReportFacts::OneOffPayment(payment))
}

const NONE: [&str; 0] = [];

#[test]
fn a_report_without_a_fault_gets_no_hint() {
    assert_eq!(of_wage(|_| ()), NONE);
    assert_eq!(of_parts(|_| ()), NONE);
    assert_eq!(of_bonus(|_| ()), NONE);
}

#[test]
fn a_ceiling_below_the_expected_pay_is_hinted_at() {
    let with = |expected: &str, paid: &str| {
        of_wage(|wage| {
            wage.expected_first_wage = Some(kr(expected));
            wage.paid_weekly_hours = Some(hours(paid));
        })
    };
    assert_eq!(with("32000.00", "37"), NONE);
    assert_eq!(with("32000.01", "37"), ["ceiling-below-pay"]);
}

#[test]
fn pension_and_supplements_that_are_not_counted_in_are_hinted_at() {
    assert_eq!(
        of_wage(|wage| wage.counts_employer_pension = Some(false)),
        ["employer-pension-not-included"]
    );
    assert_eq!(
        of_wage(|wage| wage.counts_supplements = Some(false)),
        ["supplements-not-counted"]
    );
    assert_eq!(
        of_parts(|parts| parts.employer_pension = Contribution::None),
        ["employer-pension-not-included"]
    );
    assert_eq!(
        of_parts(|parts| parts.fixed_supplements_total = Money::ZERO),
        ["supplements-not-counted"]
    );
}

#[test]
fn own_pension_that_stands_among_the_supplements_too_is_hinted_at() {
    // 6 per cent of 28,000.00 are 1,680.00.
    let with = |supplements: &str| {
        of_parts(|parts| {
            parts.employee_pension = percent("6.00");
            parts.fixed_supplements_total = kr(supplements);
        })
    };
    assert_eq!(with("1000.00"), NONE, "stated, and not counted twice");
    assert_eq!(with("1680.00"), ["own-pension-added-twice"]);
    assert_eq!(with("1680.99"), ["own-pension-added-twice"]);
    assert_eq!(with("1681.00"), NONE);
    let average = of_parts(|parts| {
        parts.employee_pension = Contribution::Amount(kr("1500.00"));
        parts.variable_supplements_average = kr("1500.00");
    });
    assert_eq!(average, ["own-pension-added-twice"]);
}

#[test]
fn a_holiday_supplement_of_nothing_and_savings_paid_at_once_are_hinted_at() {
    let holiday = |text: &str| {
        of_parts(|parts| {
            parts.holiday = HolidayScheme::PaidHoliday {
                supplement: text.parse().expect("a percentage"),
            };
        })
    };
    assert_eq!(holiday("1.00"), NONE);
    assert_eq!(holiday("0.00"), ["holiday-supplement-not-in-ceiling"]);
    let savings = |payout| {
        of_parts(|parts| {
            let percent = "4.00".parse().expect("a percentage");
            parts.free_choice = Some(FreeChoice { percent, payout });
        })
    };
    assert_eq!(savings(FreeChoicePayout::EachPay), NONE);
    assert_eq!(savings(FreeChoicePayout::LumpSum), ["free-choice-not-in-ceiling"]);
}

#[test]
fn what_an_explanation_speaks_of_is_hinted_at_by_its_principle_decision() {
    let with = |change: fn(&mut Mentions)| of_bonus(|payment| change(&mut payment.mentions));
    assert_eq!(
        with(|told| told.holiday_supplement = true),
        ["holiday-supplement-not-in-ceiling"]
    );
    assert_eq!(with(|told| told.free_choice = true), ["free-choice-not-in-ceiling"]);
    assert_eq!(with(|told| told.benefits_in_kind = true), ["benefits-in-kind-left-out"]);
    assert_eq!(
        with(|told| told.lost_earnings = true),
        NONE,
        "from 2024 they count like wage"
    );
    let before = of_bonus(|payment| {
        payment.mentions.lost_earnings = true;
        payment.paid_on = date(2023, 10, 31);
    });
    assert_eq!(before, ["lost-earnings-not-wage-then"]);
}

#[test]
fn an_amount_an_hour_typed_as_a_month_and_the_other_way_round_is_hinted_at() {
    let month = of_parts(|parts| parts.base_wage = kr("200.00"));
    assert!(month.contains(&"hourly-typed-as-monthly".to_owned()), "{month:?}");
    let hour = |wage: &str| {
        of_parts(|parts| {
            parts.wage_unit = WageUnit::Hour;
            parts.base_wage = kr(wage);
            parts.fixed_supplements_total = kr("5.00");
        })
    };
    assert_eq!(hour("700.00"), NONE);
    assert_eq!(hour("700.01"), ["hourly-wage-unusual"]);
}

#[test]
fn full_time_hours_far_from_the_normal_week_are_hinted_at() {
    let with = |text: &str| of_wage(|wage| wage.full_time_weekly_hours = Some(hours(text)));
    for usual in ["35", "37", "40"] {
        assert_eq!(with(usual), NONE, "{usual}");
    }
    for unusual in ["18.5", "34.99", "40.01"] {
        assert_eq!(with(unusual), ["full-time-hours-unusual"], "{unusual}");
    }
}

#[test]
fn a_ceiling_that_changes_by_more_than_a_fifth_is_hinted_at() {
    let with = |before: &str| of_wage(|wage| wage.previous_total = Some(kr(before)));
    // 32,000 is 20 per cent below 40,000, and 20 per cent above 26,666.67.
    assert_eq!(with("40000.00"), NONE);
    assert_eq!(with("40000.01"), ["ceiling-changed-much"]);
    assert_eq!(with("26666.67"), NONE);
    assert_eq!(with("26666.66"), ["ceiling-changed-much"]);
}

#[test]
fn a_low_ceiling_and_an_expected_wage_off_the_share_of_the_hours_are_hinted_at() {
    let with = |total: &str| of_wage(|wage| wage.wage = StatedWage::Total(kr(total)));
    assert_eq!(with("15000.00"), NONE);
    assert_eq!(with("14999.99"), ["full-time-wage-unusual"]);
    let expected = |text: &str| of_wage(|wage| wage.expected_first_wage = Some(kr(text)));
    // Half of the hours are 16,000, give or take 10 per cent.
    assert_eq!(expected("17600.00"), NONE);
    assert_eq!(expected("17600.01"), ["expected-first-wage-unlike-hours"]);
    assert_eq!(expected("14399.99"), ["expected-first-wage-unlike-hours"]);
}

#[test]
fn a_bonus_without_a_period_and_a_fixed_one_are_hinted_at() {
    assert_eq!(of_bonus(|payment| payment.earned = None), ["bonus-without-period"]);
    assert_eq!(
        of_bonus(|payment| payment.is_recurring_entitlement = true),
        ["recurring-entitlement-raises-ceiling"]
    );
    // What the employer calls a gift is asked about otherwise.
    let gift = of_bonus(|payment| {
        payment.earned = None;
        payment.depends_on_own_work = false;
        payment.nature = Nature::Gift;
    });
    assert_eq!(gift, NONE);
    // Unless the answers speak for wage: then the months would matter.
    let like_wage = of_bonus(|payment| {
        payment.earned = None;
        payment.nature = Nature::Gift;
    });
    assert_eq!(like_wage, ["bonus-without-period"]);
    // Back pay is no entitlement that recurs.
    let back_pay = of_bonus(|payment| {
        payment.nature = Nature::BackPay;
        payment.is_recurring_entitlement = true;
    });
    assert_eq!(back_pay, NONE);
}
