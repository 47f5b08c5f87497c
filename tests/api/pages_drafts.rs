//! What is typed on the pages is kept between them, for its owner alone, and nothing of it is lost when the login ends.

use jiff::SignedDuration;
use reqwest::StatusCode;

use crate::{
    earlier_wages::FIELDS,
    pages_browser::{Browser, Seen},
    support::{CVR, NAME, NOW, OTHER_CVR, TestApp},
};

/// Chooses the kind of report; the page about the employee comes back.
async fn begun(browser: &mut Browser<'_>) -> Seen {
    let page = browser.new_report().await;
    let seen = press(browser, &page, &[("report_kind", "full_time_wage"), ("action", "next")]).await;
    assert!(
        seen.header("location").ends_with("/full_time_wage.employee"),
        "{}",
        seen.header("location")
    );
    browser.follow(seen).await
}

/// Sends the page's form as it was drawn, with these fields filled in.
async fn press(browser: &mut Browser<'_>, page: &Seen, fields: &[(&str, &str)]) -> Seen {
    let hidden = ["csrf", "ticket", "shown", "retur"].map(|name| (name, page.hidden(name)));
    let mut all: Vec<(&str, &str)> = hidden
        .iter()
        .filter_map(|(name, value)| Some((*name, value.as_deref()?)))
        .collect();
    all.extend_from_slice(fields);
    browser.post(&page.action("report"), &all).await
}

#[tokio::test]
async fn each_page_stands_at_its_own_address_and_shows_what_was_typed() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let page = begun(&mut browser).await;
    let seen = press(
        &mut browser,
        &page,
        &[("employee_name", NAME), ("employee_cpr", "251248"), ("action", "next")],
    )
    .await;
    assert_eq!(
        seen.status,
        StatusCode::SEE_OTHER,
        "a page is never the answer to what was sent"
    );
    let place = seen.header("location").to_owned();
    assert_eq!(place, page.action("report"));
    for _ in 0..2 {
        let again = browser.get(&place).await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(
            again.text.contains(NAME) && again.text.contains("value=\"251248\""),
            "{}",
            again.text
        );
        // All that is wrong at once: the number, and the municipality that is missing.
        for id in ["employee_cpr", "municipality_code"] {
            assert!(again.text.contains(&format!("href=\"#{id}\"")), "{id}");
        }
    }
    let first = browser.get(&page.step("kind")).await;
    assert!(
        !first.text.contains("data-module=\"error-summary\""),
        "nothing is wrong there"
    );
    // A page of another kind is none of this report.
    let elsewhere = browser.get(&page.step("employment_end.end")).await;
    assert_eq!(elsewhere.header("location"), page.step("kind"));
    assert_eq!(browser.get(&page.step("nothing")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/indberet/ny/1/kind").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_is_its_owners_alone() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser
        .log_in(&[("role", "employer"), ("cvr", CVR), ("person", "NB")])
        .await;
    let page = begun(&mut browser).await;
    press(&mut browser, &page, &[("employee_name", NAME), ("action", "update")]).await;
    let place = page.action("report");
    assert!(browser.get(&place).await.text.contains(NAME));

    for (cvr, person) in [(OTHER_CVR, "NB"), (CVR, "XX"), (CVR, "")] {
        let mut other = Browser::new(&app);
        other
            .log_in(&[("role", "employer"), ("cvr", cvr), ("person", person)])
            .await;
        let seen = other.get(&place).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{cvr} {person}");
        let seen = other.follow(seen).await;
        assert!(
            seen.text.contains("Her kan du begynde på en ny indberetning"),
            "{}",
            seen.text
        );
        assert!(!seen.text.contains(NAME));
        // Nor can they write into it.
        let own = seen.csrf();
        other
            .post(
                &place,
                &[("csrf", &own), ("employee_name", "Somebody Else"), ("action", "update")],
            )
            .await;
    }
    let still = browser.get(&place).await;
    assert!(still.text.contains(NAME) && !still.text.contains("Somebody Else"));
    let mut same = Browser::new(&app);
    same.log_in(&[("role", "employer"), ("cvr", CVR), ("person", "NB")])
        .await;
    assert!(
        same.get(&place).await.text.contains(NAME),
        "the same person with a new login"
    );
}

#[tokio::test]
async fn a_login_that_ends_while_somebody_types_loses_nothing() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let who = [("role", "employer"), ("cvr", CVR), ("person", "NB")];
    browser.log_in(&who).await;
    let page = begun(&mut browser).await;
    let start: jiff::Timestamp = NOW.parse().unwrap();
    app.clock.set(start + SignedDuration::from_mins(31));
    let seen = press(&mut browser, &page, &[("employee_name", NAME), ("action", "next")]).await;
    let login = seen.header("location").to_owned();
    assert!(login.starts_with("/log-ind?videre="), "{login}");
    let next = form_urlencoded::parse(login.split_once('?').unwrap().1.as_bytes())
        .next()
        .unwrap()
        .1
        .into_owned();
    assert!(!login.contains("Nancy"), "nothing stands in the address");

    // Another company, and another person of the same, see nothing of it.
    for other in [
        [("role", "employer"), ("cvr", OTHER_CVR), ("person", "NB")],
        [("role", "employer"), ("cvr", CVR), ("person", "X")],
    ] {
        let mut browser = Browser::new(&app);
        let seen = browser.log_in(&[other.as_slice(), &[("videre", &next)]].concat()).await;
        let seen = browser.follow(seen).await;
        assert!(seen.text.contains("ikke") && !seen.text.contains(NAME), "{}", seen.text);
    }
    let seen = browser.log_in(&[who.as_slice(), &[("videre", &next)]].concat()).await;
    assert_eq!(seen.header("location"), next);
    let back = browser.follow(seen).await;
    assert!(
        back.text.contains("Dit login blev fornyet undervejs") && back.text.contains(NAME),
        "{}",
        back.text
    );

    // In another window somebody else has logged in meanwhile: what is typed goes to whose page it was.
    let mut other = Browser::new(&app);
    other.log_in(&[("role", "employer"), ("cvr", OTHER_CVR)]).await;
    let seen = press(
        &mut other,
        &back,
        &[("employee_name", "Nancy Berggren"), ("action", "next")],
    )
    .await;
    let seen = other.follow(seen).await;
    assert!(!seen.text.contains("Nancy"), "{}", seen.text);
    assert!(
        browser
            .get(&back.action("report"))
            .await
            .text
            .contains("Nancy Berggren")
    );
}

#[tokio::test]
async fn without_what_shows_whose_page_it_is_nothing_is_kept() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let page = begun(&mut browser).await;
    let place = page.action("report");
    let ticket = page.hidden("ticket").unwrap();
    let wrong = [
        String::new(),
        "00".repeat(ticket.len() / 2),
        ticket.replace(&ticket[40..42], "zz"),
        ticket[..40].to_owned(),
    ];
    for ticket in wrong {
        let fields = [("ticket", ticket.as_str()), ("employee_name", NAME), ("action", "next")];
        assert_eq!(
            Browser::new(&app).post(&place, &fields).await.status,
            StatusCode::UNAUTHORIZED,
            "{ticket}"
        );
        assert_eq!(
            browser.post(&place, &fields).await.status,
            StatusCode::FORBIDDEN,
            "{ticket}"
        );
    }
    // The ticket of one draft is none of another, and one of yesterday is none.
    let elsewhere = browser.new_report().await.action("report");
    let fields = [("ticket", ticket.as_str()), ("employee_name", NAME), ("action", "next")];
    assert_eq!(
        Browser::new(&app).post(&elsewhere, &fields).await.status,
        StatusCode::UNAUTHORIZED
    );
    let start: jiff::Timestamp = NOW.parse().unwrap();
    app.clock.set(start + SignedDuration::from_hours(25));
    assert_eq!(
        Browser::new(&app).post(&place, &fields).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_report_is_sent_once_and_its_pages_lead_to_the_receipt() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let page = browser.new_report().await;
    let fields: Vec<_> = FIELDS.into_iter().chain([("action", "send")]).collect();
    let (first, second) = {
        let mut other = Browser::new(&app);
        other.set_cookie("session", browser.cookie("session").unwrap());
        tokio::join!(press(&mut browser, &page, &fields), press(&mut other, &page, &fields))
    };
    let receipt = first.header("location").to_owned();
    assert!(
        receipt.starts_with("/indberet/") && !receipt.contains("/ny/"),
        "{receipt}"
    );
    assert_eq!(second.header("location"), receipt);
    for step in ["kind", "review", "employer"] {
        assert_eq!(
            browser.get(&page.step(step)).await.header("location"),
            receipt,
            "{step}"
        );
    }
    assert_eq!(press(&mut browser, &page, &fields).await.header("location"), receipt);
    let list = browser.get("/indberet").await;
    assert_eq!(list.text.matches(&format!("href=\"{receipt}\"")).count(), 1);
}

#[tokio::test]
async fn changing_something_on_the_check_leads_back_to_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::employer(&app, CVR).await;
    let page = browser.new_report().await;
    let fields: Vec<_> = FIELDS.into_iter().chain([("action", "to:review")]).collect();
    let seen = press(&mut browser, &page, &fields).await;
    let review = browser.follow(seen).await;
    let seen = press(
        &mut browser,
        &review,
        &[("declaration_accepted", "yes"), ("action", "to:full_time_wage.job")],
    )
    .await;
    let job = browser.follow(seen).await;
    let seen = press(&mut browser, &job, &[("position_title", ""), ("action", "next")]).await;
    let job = browser.follow(seen).await;
    assert!(job.text.contains("href=\"#position_title\""), "{}", job.text);
    let seen = press(
        &mut browser,
        &job,
        &[
            ("position_title", "Kok"),
            ("full_time_weekly_hours", "37"),
            ("action", "next"),
        ],
    )
    .await;
    assert_eq!(seen.header("location"), page.step("review"));
    let review = browser.follow(seen).await;
    assert!(review.text.contains("Kok"), "{}", review.text);
    // What was ticked stays ticked; nothing sent without it.
    let seen = press(&mut browser, &review, &[("action", "send")]).await;
    let review = browser.follow(seen).await;
    assert!(
        review.text.contains("href=\"#declaration_accepted\""),
        "{}",
        review.text
    );
}

#[tokio::test]
async fn drafts_are_few_and_end() {
    let app = TestApp::start_with("[retention]\ndrafts_per_person = 3\ndraft_hours = 2\n").await;
    let mut browser = Browser::employer(&app, CVR).await;
    let start: jiff::Timestamp = NOW.parse().unwrap();
    let mut pages = Vec::new();
    for minute in 0..5 {
        app.clock.set(start + SignedDuration::from_mins(minute));
        pages.push(begun(&mut browser).await);
    }
    let is_there = async |browser: &mut Browser<'_>, page: &Seen| {
        browser.get(&page.action("report")).await.status == StatusCode::OK
    };
    for (number, page) in pages.iter().enumerate() {
        assert_eq!(is_there(&mut browser, page).await, number >= 2, "{number}");
    }
    app.clock.set(start + SignedDuration::from_mins(29));
    browser.get("/indberet").await;
    app.clock.set(start + SignedDuration::from_secs(122 * 60 + 30));
    let mut browser = Browser::employer(&app, CVR).await;
    assert!(!is_there(&mut browser, &pages[2]).await && is_there(&mut browser, &pages[3]).await);
    let deleted = fleksport::worker::retention::delete_drafts(&app.running.app)
        .await
        .unwrap();
    assert_eq!(deleted, 1);
    app.clock.set(start + SignedDuration::from_mins(200));
    assert_eq!(
        fleksport::worker::retention::delete_drafts(&app.running.app)
            .await
            .unwrap(),
        2
    );
}
