//! The hints of the principle decisions reach the employer, once each, and what the municipality must decide about an amount is told
//! both ways.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    pages_browser::Browser,
    support::{CPR, CVR, NAME, TestApp, submission},
};

/// An amount paid once, with these answers changed; null takes one away.
fn payment(changes: Value) -> Value {
    let mut report = json!({
        "report_kind": "one_off_payment", "employee_cpr": CPR, "employee_name": NAME, "municipality_code": "0101",
        "position_title": "Kontorassistent", "payment_type": "individual_bonus", "payment_amount": "10000.00",
        "payment_date": "2026-11-30", "earned_from": "2026-01-01", "earned_to": "2026-03-31", "depends_on_own_work": true,
        "same_for_all_staff": "no", "is_recurring_entitlement": false
    });
    change(&mut report, &changes);
    of(report)
}

/// A full-time wage built up from its parts.
fn parts(changes: Value) -> Value {
    let mut report = submission()["reports"][0].take();
    let built = json!({
        "entry_mode": "build_up", "full_time_total_monthly_wage": null, "wage_unit": "month", "base_wage": "28000.00",
        "fixed_supplements_total": "1000.00", "has_variable_supplements": false, "pension_mode": "percent", "employer_pension": "10",
        "employee_pension": "5", "pension_on_supplements": ["none_of_these"], "holiday_scheme": "holiday_allowance"
    });
    change(&mut report, &built);
    change(&mut report, &changes);
    of(report)
}

fn change(report: &mut Value, changes: &Value) {
    let members = report.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

fn of(report: Value) -> Value {
    let mut body = submission();
    body["reports"] = json!([report]);
    body
}

async fn checked(app: &TestApp, body: &Value) -> Value {
    let (status, answer) = app.post("/api/v1/submissions/validate", &app.employer, body).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer["reports"][0].clone()
}

/// The codes told, without those that the test person's number and a first report always get.
async fn codes(app: &TestApp, body: &Value) -> Vec<String> {
    let report = checked(app, body).await;
    let violations = report["violations"].as_array().unwrap().iter();
    let code = |violation: &Value| violation["code"].as_str().unwrap().to_owned();
    let always = ["cpr-check-digit", "first-without-start-date"];
    let mut codes: Vec<_> = violations
        .map(code)
        .filter(|code| !always.contains(&code.as_str()))
        .collect();
    codes.sort();
    codes
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn each_fault_is_told_once() {
    let app = TestApp::start().await;
    let total = |field: &str, value: Value| {
        let mut body = submission();
        body["reports"][0][field] = value;
        body
    };
    assert_eq!(codes(&app, &submission()).await, NONE);
    let listed = total("included_components", json!(["qualification_supplement"]));
    assert_eq!(codes(&app, &listed).await, ["employer-pension-not-included"]);
    let low = total("full_time_total_monthly_wage", json!("12000.00"));
    assert_eq!(codes(&app, &low).await, ["full-time-wage-unusual"]);
    let mut first = total("expected_first_wage", json!("20000.00"));
    first["reports"][0]["employment_start_date"] = json!("2026-12-01");
    first["reports"][0]["paid_weekly_hours"] = json!("18.5");
    assert_eq!(codes(&app, &first).await, ["expected-first-wage-unlike-hours"]);
    let fixed = payment(json!({ "is_recurring_entitlement": true }));
    assert_eq!(codes(&app, &fixed).await, ["recurring-entitlement-raises-ceiling"]);
    assert_eq!(codes(&app, &parts(json!({}))).await, NONE);
    let hourly = parts(json!({ "wage_unit": "hour", "base_wage": "701.00", "fixed_supplements_total": "5.00" }));
    let told = codes(&app, &hourly).await;
    assert_eq!(
        told.iter().filter(|code| *code == "hourly-wage-unusual").count(),
        1,
        "{told:?}"
    );
    let monthly = parts(json!({ "base_wage": "200.00", "fixed_supplements_total": "5.00" }));
    assert_eq!(
        codes(&app, &monthly).await,
        ["hourly-typed-as-monthly"],
        "the cause, not what comes of it"
    );
    let hours = total("full_time_weekly_hours", json!("30"));
    assert_eq!(codes(&app, &hours).await, ["full-time-hours-unusual"]);
}

#[tokio::test]
async fn the_principle_decisions_reach_the_employer() {
    let app = TestApp::start().await;
    // 51-16 and 14-22 where the parts show it.
    let holiday =
        |percent: &str| parts(json!({ "holiday_scheme": "paid_holiday", "holiday_supplement_percent": percent }));
    assert_eq!(codes(&app, &holiday("1")).await, NONE);
    assert_eq!(codes(&app, &holiday("0")).await, ["holiday-supplement-not-in-ceiling"]);
    let savings = |payout: &str| parts(json!({ "free_choice_percent": "4", "free_choice_payout": payout }));
    assert_eq!(codes(&app, &savings("each_pay")).await, NONE);
    assert_eq!(codes(&app, &savings("lump_sum")).await, ["free-choice-not-in-ceiling"]);
    // What the employer explains in words.
    let says = |text: &str, paid: &str| {
        payment(json!({ "payment_type": "other", "payment_explanation": text, "payment_date": paid }))
    };
    for (text, code) in [
        (
            "Ferietillæg udbetalt med majlønnen",
            "holiday-supplement-not-in-ceiling",
        ),
        ("Fritvalgskonto udbetalt på én gang", "free-choice-not-in-ceiling"),
        ("Fri bil og telefon", "benefits-in-kind-left-out"),
    ] {
        assert_eq!(codes(&app, &says(text, "2026-11-30")).await, [code], "{text}");
    }
    let lost = "Tabt arbejdsfortjeneste";
    assert!(
        codes(&app, &says(lost, "2023-06-30"))
            .await
            .contains(&"lost-earnings-not-wage-then".to_owned())
    );
    assert_eq!(codes(&app, &says(lost, "2026-11-30")).await, NONE);
    assert_eq!(codes(&app, &says("Dækker omkostninger", "2026-11-30")).await, NONE);
    // 27-23: called a gift, answered like wage.
    let gift = |own_work: bool| {
        payment(json!({
            "payment_type": "cash_gift", "earned_from": null, "earned_to": null, "depends_on_own_work": own_work
        }))
    };
    assert_eq!(codes(&app, &gift(false)).await, NONE);
    assert_eq!(codes(&app, &gift(true)).await, ["bonus-without-period"]);
    // Own pension is stated and nothing speaks for its being counted twice, and then something does.
    let twice = parts(json!({ "fixed_supplements_total": "1400.00" }));
    assert_eq!(codes(&app, &twice).await, ["own-pension-added-twice"]);
}

#[tokio::test]
async fn a_bonus_is_told_both_ways_with_its_rule_and_the_presumption() {
    let app = TestApp::start().await;
    let (status, sent) = app.submit(&payment(json!({}))).await;
    assert_eq!(status, StatusCode::CREATED, "{sent:#}");
    let assessment = checked(&app, &payment(json!({}))).await["assessment"].clone();
    assert_eq!(assessment["as_gift"], "0.00");
    assert_eq!(assessment["as_wage"][2]["share"], "3333.34");
    assert!(
        assessment["paragraph"].as_str().unwrap().contains("27-23"),
        "{assessment:#}"
    );
    assert_eq!(assessment["in_force_from"], "2020-01-01");
    let lines = [
        "Kommunen skal afgøre, om beløbet er løn eller en gave",
        "formodes at være løn",
        "Taler for løn: Beløbet afhænger af medarbejderens egen indsats.",
        "Som løn: 3.333,33 kr. i hver af de 3 måneder fra januar 2026 til marts 2026 (i den sidste 3.333,34 kr.), der tæller i \
         tilskuddet for februar 2026 til april 2026.",
        "Som gave: intet af beløbet tæller med.",
        "Grundlag: Principmeddelelse 27-23",
    ];
    let submission = sent["submission_id"].as_str().unwrap();
    let receipt = format!("/api/v1/submissions/{submission}/receipt.json");
    let (_, receipt) = app.get(&receipt, &app.employer).await;
    let in_receipt = receipt["reports"][0]["calculation"].to_string();
    let report = sent["reports"][0]["report_id"].as_str().unwrap();
    let mut municipality = Browser::municipality(&app, "0101").await;
    let in_inbox = municipality.get(&format!("/kommune/{report}")).await.text;
    let mut employer = Browser::employer(&app, CVR).await;
    let on_page = employer.get(&format!("/indberet/{submission}")).await.text;
    for line in lines {
        for (place, text) in [("receipt", &in_receipt), ("inbox", &in_inbox), ("page", &on_page)] {
            assert!(text.contains(line), "{place} lacks {line}: {text}");
        }
    }
}

#[tokio::test]
async fn back_pay_is_wage_and_nobody_is_asked_whether_it_is_a_gift() {
    let app = TestApp::start().await;
    let body = payment(json!({ "payment_type": "back_pay", "payment_explanation": "Lønforhøjelse fra januar" }));
    let assessment = checked(&app, &body).await["assessment"].clone();
    assert_eq!(
        (&assessment["as_gift"], &assessment["presumption"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(assessment["as_wage"].as_array().unwrap().len(), 3);
    let decide = assessment["must_decide"]["da"].as_str().unwrap();
    assert!(
        decide.starts_with("Efterbetaling er løn") && !decide.contains("gave"),
        "{decide}"
    );
    assert_eq!(
        (&assessment["speaks_for_wage"], &assessment["speaks_for_gift"]),
        (&json!([]), &json!([]))
    );
}
