//! The calculator for everybody: what it answers, draws and says of what is wrong.

use reqwest::StatusCode;

use super::{
    pages_browser::{Browser, Seen},
    support::TestApp,
};

/// The example of the national agency's own calculator.
const STAR: &str = "/beregner?subsidy_month=2024-05&wage_unit=hour&wage=200&weekly_hours=18";

async fn seen(app: &TestApp, path: &str) -> Seen {
    Browser::new(app).get(path).await
}

/// The texts between two marks, wherever they stand.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split(after).next()).collect()
}

#[tokio::test]
async fn the_example_of_the_national_agency_gives_its_amount_with_its_steps() {
    let app = TestApp::start().await;
    let page = seen(&app, STAR).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<dd>15.272,00 kr.</dd>"), "{}", page.text);
    assert!(page.text.contains("<dd>15.600,00 kr.</dd>") && page.text.contains("<dd>30.872,00 kr.</dd>"));
    assert!(page.text.contains("<caption>Trin for trin</caption>"));
    assert!(page.text.contains("Fleksløntilskuddet for maj 2024 er 15.272,00 kr."));
    assert!(page.text.contains("LAB § 123"));
    let english = seen(&app, &format!("{STAR}&lang=en")).await;
    assert!(english.text.contains("<dd>15,272.00 kr.</dd>"), "{}", english.text);
    assert!(english.text.contains("What does one more hour give?"));
}

#[tokio::test]
async fn the_monthly_wage_and_a_stated_ceiling_give_the_same() {
    let app = TestApp::start().await;
    let path = "/beregner?subsidy_month=2024-05&wage_unit=month&wage=15.600,00&weekly_hours=18&wage_ceiling=32.066,67";
    let page = seen(&app, path).await;
    assert!(page.text.contains("<dd>15.272,00 kr.</dd>"), "{}", page.text);
    assert!(!page.text.contains("Lønloftet er her regnet ud"));
    assert!(
        seen(&app, STAR)
            .await
            .text
            .contains("Lønloftet er her regnet ud til 32.066,67 kr.")
    );
}

#[tokio::test]
async fn the_picture_is_named_described_and_said_again_in_tables() {
    let app = TestApp::start().await;
    let page = seen(&app, STAR).await;
    assert_eq!(
        page.text.matches("role=\"img\" aria-labelledby=\"curve-").count(),
        2,
        "wide and narrow"
    );
    assert_eq!(between(&page.text, "<title id=\"curve-", "</title>").len(), 2);
    let described = between(&page.text, "<desc id=\"curve-", "</desc>");
    for needed in [
        "15.272,00",
        "30.872,00",
        "Lønloft 32.066,67",
        "18,84 timer",
        "16.323,00",
    ] {
        assert!(
            described.iter().all(|text| text.contains(needed)),
            "{needed}: {described:?}"
        );
    }
    for line in between(&page.text, " points=\"", "\"") {
        assert!(
            line.chars()
                .all(|character| character.is_ascii_digit() || " ,".contains(character)),
            "whole numbers on the sheet: {line}"
        );
    }
    let rows = between(&page.text, "<caption>Time for time", "</table>");
    assert_eq!(
        rows.iter().map(|rows| rows.matches("<tr").count()).collect::<Vec<_>>(),
        [39],
        "a head, 0 to 37"
    );
    assert!(!page.text.contains(" style=") && !page.text.contains("<style"));
}

#[tokio::test]
async fn one_more_hour_is_told_with_what_the_subsidy_loses() {
    let app = TestApp::start().await;
    let page = seen(&app, &STAR.replace("hours=18", "hours=10")).await;
    let told = between(&page.text, "<div class=\"fs-next\">", "</div>").concat();
    for needed in ["10 til 11", "866,66 kr.", "falder 260,00 kr.", "606,66 kr.", "70 øre"] {
        assert!(told.contains(needed), "{needed}: {told}");
    }
    let full = seen(&app, &STAR.replace("hours=18", "hours=37")).await;
    let told = between(&full.text, "<div class=\"fs-next\">", "</div>").concat();
    assert!(told.contains("36 til 37") && told.contains("når lønloftet"), "{told}");
}

#[tokio::test]
async fn two_wages_stand_beside_each_other_with_their_difference() {
    let app = TestApp::start().await;
    let page = seen(&app, &format!("{STAR}&other_wage=220&other_weekly_hours=20")).await;
    let table = between(&page.text, "<caption>De to lønninger", "</table>").concat();
    for needed in ["30.872,00", "32.612,67", "1.740,67", "-1.726,00"] {
        assert!(table.contains(needed), "{needed}: {table}");
    }
    assert_eq!(page.text.matches("role=\"img\" aria-labelledby=\"curve-").count(), 4);
    let ids = between(&page.text, " id=\"", "\"");
    let mut different = ids.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), ids.len(), "an id is given twice");
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_leads_to_its_field() {
    let app = TestApp::start().await;
    let path = "/beregner?subsidy_month=1999-01&wage_unit=hour&wage=mange&weekly_hours=50&employer_pension=abc&wage_ceiling=-5";
    let page = seen(&app, path).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page.text.contains("id=\"resultat\""));
    for field in [
        "subsidy_month",
        "wage",
        "weekly_hours",
        "employer_pension",
        "wage_ceiling",
    ] {
        let told = between(&page.text, &format!("href=\"#{field}\">"), "</a>").concat();
        let at_field = between(&page.text, &format!("id=\"{field}-error\">"), "</div>").concat();
        assert!(!told.is_empty() && at_field.contains(&told), "{field}: {told}");
        assert!(page.text.contains(&format!("id=\"{field}\"")), "{field}");
    }
    let empty = seen(&app, "/beregner?wage=&weekly_hours=&subsidy_month=2024-05").await;
    assert_eq!(empty.text.matches("function-link\" href=\"#").count(), 2);
    let untouched = seen(&app, "/beregner").await;
    assert_eq!(untouched.status, StatusCode::OK);
    assert!(!untouched.text.contains("form-error"));
}

#[tokio::test]
async fn the_link_leads_to_the_same_figures_and_holds_no_empty_ones() {
    let app = TestApp::start().await;
    let page = seen(
        &app,
        &format!("{STAR}&employer_pension=10+%25&own_pension=&wage_ceiling="),
    )
    .await;
    let link = between(&page.text, "<p class=\"fs-small\"><a href=\"", "\"")
        .concat()
        .replace("&#38;", "&");
    assert!(
        link.ends_with("&wage=200&weekly_hours=18&employer_pension=10+%25"),
        "{link}"
    );
    let again = seen(&app, &link).await;
    let result = |page: &Seen| between(&page.text, "<section class=\"fs-group fs-result\"", "</main>").concat();
    assert_eq!(result(&page), result(&again));
    assert!(result(&page).contains("17.160,00"));
}

#[tokio::test]
async fn a_monthly_amount_typed_as_an_hourly_one_is_pointed_out() {
    let app = TestApp::start().await;
    let page = seen(&app, &STAR.replace("wage=200", "wage=15.600")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Timelønnen er meget høj."), "{}", page.text);
}

#[tokio::test]
async fn the_hints_of_the_principle_decisions_show_on_the_page_as_in_the_interface() {
    let app = TestApp::start().await;
    let ceiling = "&wage_ceiling=32.066,67";
    for (more, part, code) in [
        (
            "&holiday_supplement=1.872",
            "holiday_supplement",
            "holiday-supplement-not-in-ceiling",
        ),
        (
            "&free_choice_payout=1.872",
            "free_choice_payout",
            "free-choice-not-in-ceiling",
        ),
        (
            "&benefits_in_kind=1.872",
            "benefits_in_kind",
            "benefits-in-kind-left-out",
        ),
    ] {
        let mut case = serde_json::json!({
            "subsidy_month": "2024-05", "wage_ceiling": "32066.67",
            "income": [{ "type": "fleksjob_wage", "hourly_wage": "200.00", "weekly_hours": "18" }]
        });
        case["income"][0][part] = "1872.00".into();
        let (status, answer) = app.post("/api/v1/calculations", "", &case).await;
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        let hints = answer["hints"].as_array().unwrap();
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert_eq!(hints[0]["code"], code);
        let page = seen(&app, &format!("{STAR}{ceiling}{more}")).await;
        let message = hints[0]["message"]["da"].as_str().unwrap();
        assert_eq!(page.text.matches(message).count(), 1, "{message}: {}", page.text);
        let subsidy = answer["subsidy"].as_str().unwrap().replace('.', ",");
        let subsidy = format!("<dd>{}.{} kr.</dd>", &subsidy[..2], &subsidy[2..]);
        assert!(page.text.contains(&subsidy), "{subsidy}");
        // With the same in the ceiling of the month there is nothing to point out, except what counts nowhere.
        let lifted = seen(&app, &format!("{STAR}{ceiling}{more}&ceiling_supplement=3.848")).await;
        assert_eq!(lifted.text.contains(message), part == "benefits_in_kind");
    }
}
