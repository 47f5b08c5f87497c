//! The municipality's list as a file.

use calamine::{Data, Reader, Xlsx};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    pages_browser::{Browser, Seen},
    support::{CPR, CVR, NAME, OTHER_CVR, TestApp, submission_with},
};

const PATH: &str = "/kommune/udtraek";

async fn fetched(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Seen {
    let csrf = browser.get("/kommune").await.csrf();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend(fields);
    browser.post(PATH, &all).await
}

async fn audited(app: &TestApp) -> i64 {
    app.running.app.store.audit_verify().await.unwrap().entries
}

#[tokio::test]
async fn the_narrowed_list_is_a_csv_file_with_danish_amounts_and_no_formulas() {
    let app = TestApp::start().await;
    app.submit(&submission_with(
        "position_title",
        json!("=HYPERLINK(\"http://evil.example\")"),
    ))
    .await;
    app.clock.set("2026-11-23T12:00:01Z".parse().unwrap());
    let newest = app.taken_in().await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let seen = fetched(
        &mut browser,
        &[("format", "csv"), ("purpose", "case_work"), ("status", "available")],
    )
    .await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
    assert_eq!(
        seen.header("content-disposition"),
        "attachment; filename=\"fleksport-0101-2026-11-23.csv\""
    );
    assert_eq!(seen.header("cache-control"), "no-store");
    assert!(
        seen.bytes.starts_with(b"\xef\xbb\xbfModtaget;"),
        "a mark for UTF-8, then semicolons"
    );
    let lines: Vec<_> = seen.text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].contains(newest["receipt_number"].as_str().unwrap()),
        "newest first"
    );
    for part in [
        "23-11-2026 13:00",
        CVR,
        CPR,
        NAME,
        "01-12-2026",
        ";32067,00;",
        "Arbejdsgiveren har angivet kommunen.",
    ] {
        assert!(lines[1].contains(part), "{part} is missing in {}", lines[1]);
    }
    assert!(lines[2].contains("'=HYPERLINK"), "{}", lines[2]);

    let empty = fetched(
        &mut browser,
        &[("format", "csv"), ("purpose", "case_work"), ("cvr", OTHER_CVR)],
    )
    .await;
    assert_eq!(
        (empty.status, empty.text.lines().count()),
        (StatusCode::OK, 1),
        "the headings alone"
    );
}

#[tokio::test]
async fn the_workbook_has_numbers_and_dates() {
    let app = TestApp::start().await;
    app.submit(&submission_with("position_title", json!("=1+1"))).await;
    let mut browser = Browser::municipality(&app, "0101").await;
    let seen = fetched(&mut browser, &[("format", "xlsx"), ("purpose", "oversight")]).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.header("content-disposition").ends_with(".xlsx\""));
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(seen.bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    let sheet = book.worksheet_range(&name).unwrap();
    let mut rows = sheet.rows();
    let headings: Vec<_> = rows.next().unwrap().iter().map(ToString::to_string).collect();
    let row = rows.next().unwrap();
    let cell = |heading: &str| &row[headings.iter().position(|one| one == heading).unwrap()];
    assert_eq!(cell("Lønloft, kr. pr. måned"), &Data::Float(32_067.0));
    assert_eq!(cell("CPR-nummer"), &Data::String(CPR.to_owned()));
    assert_eq!(cell("Stilling"), &Data::String("=1+1".to_owned()));
    assert_eq!(cell("Engangsbeløb, kr."), &Data::Empty);
    let Data::DateTime(valid_from) = cell("Gælder fra") else {
        panic!("a date, not {:?}", cell("Gælder fra"))
    };
    assert_eq!(valid_from.to_ymd_hms_milli(), (2026, 12, 1, 0, 0, 0, 0));
    let Data::DateTime(received) = cell("Modtaget") else {
        panic!("a moment, not {:?}", cell("Modtaget"))
    };
    assert_eq!(received.to_ymd_hms_milli(), (2026, 11, 23, 13, 0, 0, 0), "Danish time");
    assert_eq!(rows.count(), 0);
    let formulas = book.worksheet_formula(&name).unwrap();
    assert!(formulas.is_empty(), "nothing calculates");
}

#[tokio::test]
async fn a_file_is_bounded_and_says_what_to_do() {
    let app = TestApp::start_with("[inbox]\nexport_most = 2").await;
    for _ in 0..2 {
        app.taken_in().await;
    }
    let mut browser = Browser::municipality(&app, "0101").await;
    let whole = fetched(&mut browser, &[("format", "csv"), ("purpose", "case_work")]).await;
    assert_eq!(whole.text.lines().count(), 3, "as many as there may be");
    app.clock.set("2026-12-24T09:00:00Z".parse().unwrap());
    app.taken_in().await;
    let mut browser = Browser::municipality(&app, "0101").await;
    browser.get("/kommune").await;
    let before = audited(&app).await;
    let refused = fetched(&mut browser, &[("format", "csv"), ("purpose", "case_work")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("højst 2") && refused.text.contains("Afgræns listen"));
    assert!(!refused.text.contains(NAME), "nothing is handed out");
    assert_eq!(audited(&app).await, before + 1, "the list was opened, the file was not");
    let month = [("format", "csv"), ("purpose", "case_work"), ("fra", "1-12-2026")];
    assert_eq!(fetched(&mut browser, &month).await.text.lines().count(), 2);
}

#[tokio::test]
async fn a_file_larger_than_one_read_is_whole_and_each_report_is_there_once() {
    let app = TestApp::start().await;
    let mut body = submission_with("position_title", json!("Kok"));
    let one = body["reports"][0].clone();
    body["reports"] = json!(vec![one; 230]);
    for (at, report) in body["reports"].as_array_mut().unwrap().iter_mut().enumerate() {
        report["position_title"] = json!(format!("Kok {at}"));
    }
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let mut browser = Browser::municipality(&app, "0101").await;
    let seen = fetched(&mut browser, &[("format", "csv"), ("purpose", "case_work")]).await;
    let mut ids: Vec<_> = seen
        .text
        .lines()
        .skip(1)
        .map(|line| line.split(';').nth_back(1).unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 230);
}

#[tokio::test]
async fn a_file_is_for_a_purpose_and_from_a_page_of_ours() {
    let app = TestApp::start().await;
    app.taken_in().await;
    let mut browser = Browser::municipality(&app, "0101").await;
    for fields in [
        [("format", "csv"), ("purpose", "")],
        [("format", "csv"), ("purpose", "delivery")],
        [("format", "pdf"), ("purpose", "case_work")],
    ] {
        let seen = fetched(&mut browser, &fields).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
    }
    let foreign = [("csrf", "x"), ("format", "csv"), ("purpose", "case_work")];
    assert_eq!(browser.post(PATH, &foreign).await.status, StatusCode::FORBIDDEN);
    let wrong = fetched(
        &mut browser,
        &[("format", "csv"), ("purpose", "case_work"), ("fra", "x")],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("href=\"#fra\""));
    // Another municipality gets a file of its own, which has nothing of this.
    let mut other = Browser::municipality(&app, "0147").await;
    let csrf = other.get("/kommune").await.csrf();
    let fields = [("csrf", csrf.as_str()), ("format", "csv"), ("purpose", "case_work")];
    let seen = other.post(PATH, &fields).await;
    assert_eq!((seen.status, seen.text.lines().count()), (StatusCode::OK, 1));
}
