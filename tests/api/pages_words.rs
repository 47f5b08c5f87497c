//! What pages tell people: the same of a report wherever it is told, and never a word that is a machine's.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    pages_browser::{Browser, Seen},
    support::{CVR, TestApp, submission, submission_with},
};

/// What a person reads: the text without tags, and without what is code for systems. Spaces are made one.
pub fn visible(html: &str) -> String {
    let mut text = String::new();
    let mut hidden = false;
    for part in html.split('<') {
        let (tag, words) = part.split_once('>').unwrap_or(("", part));
        match tag.split_whitespace().next().unwrap_or_default() {
            "code" | "script" | "style" | "pre" => hidden = true,
            "/code" | "/script" | "/style" | "/pre" => hidden = false,
            _ => {}
        }
        if !hidden {
            text.push(' ');
            text.push_str(words);
        }
    }
    let text = text.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\"");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Codes and ids that stand among the words of a person.
pub fn machine_words(text: &str) -> Vec<String> {
    let tokens = text.split(|one: char| !(one.is_alphanumeric() || matches!(one, '_' | '-')));
    let is_code = |token: &str| {
        let inner = token.trim_matches('_');
        inner.contains('_')
            && inner
                .chars()
                .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
    };
    let is_id = |token: &str| token.len() == 36 && uuid::Uuid::try_parse(token).is_ok();
    let known = |token: &str| ["violations", "rejected", "replaced", "undefined", "null"].contains(&token);
    tokens
        .filter(|token| is_code(token) || is_id(token) || known(token))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_machine_word_is_known_when_it_is_seen() {
    let seen = visible(
        "<p class=\"a_b\">Svaret er total_known, <code>form_version</code> 0192f3a1-b4c5-7000-8000-0123456789ab</p>",
    );
    assert_eq!(
        machine_words(&seen),
        ["total_known", "0192f3a1-b4c5-7000-8000-0123456789ab"]
    );
    assert!(machine_words("Løn 32.067,00 kr. fra 1. december 2026, FP-2026-1234").is_empty());
}

/// A report with all that happens to it.
struct Story<'a> {
    app: &'a TestApp,
    submission: String,
    report: String,
}

impl<'a> Story<'a> {
    async fn begin(app: &'a TestApp, body: &Value) -> Self {
        let (status, answer) = app.submit(body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            app,
            submission: text(&answer["submission_id"]),
            report: text(&answer["reports"][0]["report_id"]),
        }
    }

    async fn decide(&self, body: Value) -> Value {
        let path = format!("/api/v1/municipalities/0101/records/{}/outcome", self.report);
        let (status, answer) = self.app.post(&path, &self.app.copenhagen, &body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        answer
    }

    /// Replaces the report, or takes it back where there is no body.
    async fn correct(&self, body: &Value) {
        let path = format!("/api/v1/reports/{}", self.report);
        let seen = self
            .app
            .request(Method::GET, &path, &self.app.employer)
            .send()
            .await
            .unwrap();
        let tag = seen.headers()[header::ETAG].clone();
        let what = if body.is_null() { "withdrawal" } else { "corrections" };
        let path = format!("{path}/{what}");
        let request = self.app.request(Method::POST, &path, &self.app.employer);
        let request = request
            .header("idempotency-key", format!("correct-{}", self.report))
            .header(header::IF_MATCH, tag);
        let (status, answer) = crate::support::read(request.json(body).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    }

    /// What the places say: list, what stands now above the receipt, the report below it, and the municipality's record.
    async fn told(&self, municipality: Option<&str>) -> Vec<(&'static str, String)> {
        let mut employer = Browser::employer(self.app, CVR).await;
        let list = employer.get("/indberet").await;
        let row = format!("<a href=\"/indberet/{}\">", self.submission);
        let row = list.text.split("<tr>").skip(1).find(|one| one.contains(&row));
        let page = employer.get(&format!("/indberet/{}", self.submission)).await;
        let mut told = vec![
            ("list", visible(row.expect("the list has the submission"))),
            ("now", visible(section(&page, "now"))),
            ("report", visible(section(&page, "report-1"))),
        ];
        if let Some(code) = municipality {
            let mut worker = Browser::municipality(self.app, code).await;
            let record = worker.get(&format!("/kommune/{}", self.report)).await;
            assert_eq!(record.status, StatusCode::OK);
            told.push(("record", visible(&record.text)));
            let inbox = worker.get("/kommune").await;
            told.push(("inbox", visible(&inbox.text)));
        }
        told
    }

    /// All places say it with these words and this date; those with room say the sentence too.
    async fn says(&self, words: &str, sentence: &str, municipality: Option<&str>) {
        for (place, text) in self.told(municipality).await {
            assert!(text.contains(words), "{place} lacks `{words}`: {text}");
            assert!(
                !["report", "record"].contains(&place) || text.contains(sentence),
                "{place} lacks `{sentence}`: {text}"
            );
        }
    }

    /// Whether the page calls on the employer, and says so above everything else.
    async fn wants(&self, what: &str) {
        let mut employer = Browser::employer(self.app, CVR).await;
        for path in ["/indberet".to_owned(), format!("/indberet/{}", self.submission)] {
            let text = visible(&employer.get(&path).await.text);
            let calls = text.contains("Det venter på jer");
            assert_eq!(calls, !what.is_empty(), "{path}: {text}");
            assert!(text.contains(what), "{path}: {text}");
            assert!(
                !calls || !text.contains("Du behøver ikke gøre mere"),
                "{path} says that nothing need be done: {text}"
            );
        }
    }
}

/// The section of a page that is named by this heading.
fn section<'a>(page: &'a Seen, id: &str) -> &'a str {
    let rest = page.text.split(&format!("aria-labelledby=\"{id}\"")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no section {id}: {}", page.text));
    rest.split("</section>").next().unwrap_or_default()
}

#[tokio::test]
async fn every_place_says_the_same_of_a_report_in_every_state() {
    let app = TestApp::start().await;
    let on = |day: &str| app.clock.set(format!("2026-11-{day}T12:00:00Z").parse().unwrap());

    let held = Story::begin(&app, &submission_with("municipality_code", json!("0411"))).await;
    held.says(
        "Kommunen skal findes 23. november 2026",
        "En medarbejder finder den. Den har ventet siden 23. november 2026.",
        None,
    )
    .await;
    held.wants("").await;

    let story = Story::begin(&app, &submission()).await;
    let here = Some("0101");
    story
        .says(
            "Venter på kommunen 23. november 2026",
            "Københavns Kommune har ikke hentet indberetningen endnu. Den har ligget klar siden 23. november 2026.",
            here,
        )
        .await;
    on("24");
    app.get("/api/v1/municipalities/0101/records", &app.copenhagen).await;
    let path = "/api/v1/municipalities/0101/acknowledgements";
    let (status, answer) = app.post(path, &app.copenhagen, &json!({"up_to_sequence": 1})).await;
    assert!(status.is_success(), "{answer:#}");
    story
        .says(
            "Hentet 24. november 2026",
            "Københavns Kommune hentede indberetningen 24. november 2026.",
            here,
        )
        .await;
    story.wants("").await;
    on("25");
    let question = story
        .decide(json!({"outcome": "question", "text": "Gælder det også maj?"}))
        .await;
    story
        .says(
            "Spørgsmål stillet 25. november 2026",
            "Københavns Kommune har et spørgsmål, 25. november 2026. Det venter på arbejdsgiverens svar.",
            here,
        )
        .await;
    story.wants("Svar på spørgsmålet").await;
    on("26");
    let path = format!("/api/v1/reports/{}/answers", story.report);
    let body = json!({"question_id": question["outcome_id"], "text": "Ja."});
    app.post(&path, &app.employer, &body).await;
    story
        .says(
            "Spørgsmål besvaret 26. november 2026",
            "Arbejdsgiveren svarede 26. november 2026. Københavns Kommune går videre med indberetningen.",
            here,
        )
        .await;
    story.wants("").await;
    on("27");
    story
        .decide(json!({"outcome": "rejected", "reason": "wrong_amount"}))
        .await;
    story
        .says(
            "Afvist (forkert beløb) 27. november 2026",
            "Københavns Kommune har afvist indberetningen (forkert beløb), 27. november 2026.",
            here,
        )
        .await;
    story.wants("Ret indberetningen, eller træk den tilbage").await;
    on("28");
    let mut answers = submission()["reports"][0].take();
    answers["full_time_total_monthly_wage"] = json!("33000.00");
    story.correct(&answers).await;
    story
        .says(
            "Rettet 28. november 2026",
            "Arbejdsgiveren rettede indberetningen 28. november 2026. Rettelsen gælder i stedet.",
            here,
        )
        .await;
    story.wants("").await;

    let accepted = Story::begin(&app, &submission_with("position_title", json!("Kok"))).await;
    accepted.decide(json!({"outcome": "accepted"})).await;
    accepted
        .says(
            "Godkendt 28. november 2026",
            "Københavns Kommune har godkendt indberetningen, 28. november 2026.",
            here,
        )
        .await;
    on("29");
    let path = format!("/api/v1/municipalities/0101/records/{}/transfer", accepted.report);
    app.post(&path, &app.copenhagen, &json!({"to": "0147", "reason": "Flyttet"}))
        .await;
    accepted
        .says(
            "Sendt videre til Frederiksberg Kommune 29. november 2026",
            "Københavns Kommune sendte indberetningen videre til Frederiksberg Kommune 29. november 2026.",
            Some("0147"),
        )
        .await;

    let withdrawn = Story::begin(&app, &submission_with("position_title", json!("Maler"))).await;
    withdrawn.correct(&Value::Null).await;
    withdrawn
        .says(
            "Trukket tilbage 29. november 2026",
            "Arbejdsgiveren trak indberetningen tilbage 29. november 2026.",
            here,
        )
        .await;
}

#[tokio::test]
async fn the_list_says_which_reports_of_many_stand_unlike_the_others() {
    let app = TestApp::start().await;
    let mut body = submission();
    let first = body["reports"][0].clone();
    let other = |name: &str, municipality: &str| {
        let mut report = first.clone();
        report["employee_name"] = json!(name);
        report["municipality_code"] = json!(municipality);
        report["position_title"] = json!(name);
        report
    };
    let reports = (0..7).map(|at| other(&format!("Person {at}"), if at == 3 { "0411" } else { "0101" }));
    body["reports"] = reports.collect();
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let mut employer = Browser::employer(&app, CVR).await;
    let list = visible(&employer.get("/indberet").await.text);
    assert!(list.contains("Venter på kommunen 6"), "{list}");
    assert!(list.contains("Person 3 Kommunen skal findes"), "{list}");
    assert!(
        !list.contains("Person 2"),
        "those that stand like most are counted: {list}"
    );
}

#[tokio::test]
async fn no_page_of_a_story_speaks_a_machines_language() {
    let app = TestApp::start().await;
    let story = Story::begin(&app, &submission()).await;
    Story::begin(&app, &submission_with("municipality_code", json!("0411"))).await;
    story
        .decide(json!({"outcome": "question", "text": "Gælder det også maj?"}))
        .await;
    story
        .decide(json!({"outcome": "rejected", "reason": "old_scheme"}))
        .await;
    story.correct(&submission()["reports"][0]).await;
    let gone = Story::begin(&app, &submission_with("position_title", json!("Kok"))).await;
    let path = format!("/api/v1/municipalities/0101/records/{}/transfer", gone.report);
    app.post(&path, &app.copenhagen, &json!({"to": "0147", "reason": "Flyttet"}))
        .await;

    let mut employer = Browser::employer(&app, CVR).await;
    let mut worker = Browser::municipality(&app, "0101").await;
    let mut kl = Browser::kl(&app).await;
    let mut nobody = Browser::new(&app);
    let newest = app.get("/api/v1/submissions", &app.employer).await.1;
    let newest: Vec<String> = newest["submissions"]
        .as_array()
        .expect("the list")
        .iter()
        .map(|one| one["submission_id"].as_str().unwrap().to_owned())
        .collect();
    let chain = worker.get(&format!("/kommune/{}", story.report)).await.text;
    let corrected = chain
        .split("href=\"/kommune/")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    for lang in ["da", "en"] {
        let ask = |path: &str| format!("{path}?lang={lang}");
        let mut told: Vec<(String, Seen)> = Vec::new();
        for id in &newest {
            let path = ask(&format!("/indberet/{id}"));
            told.push((path.clone(), employer.get(&path).await));
        }
        for path in ["/indberet", "/kommune", "/kl/holdte"] {
            let path = ask(path);
            told.push((format!("employer {path}"), employer.get(&path).await));
        }
        let paths = ["/kommune", "/kommune/oversendt", "/kommune/oversigt"].map(str::to_owned);
        let records = [Some(story.report.as_str()), Some(gone.report.as_str()), corrected];
        let records = records.into_iter().flatten().map(|id| format!("/kommune/{id}"));
        for path in paths.into_iter().chain(records) {
            let path = ask(&path);
            told.push((path.clone(), worker.get(&path).await));
        }
        for path in ["/kl/holdte", "/kl/post"] {
            let path = ask(path);
            told.push((path.clone(), kl.get(&path).await));
        }
        for path in [
            "/",
            "/beregner",
            "/blanket",
            "/kvittering",
            "/was",
            "/privatliv",
            "/log-ind",
            "/findes-ikke",
        ] {
            let path = ask(path);
            told.push((path.clone(), nobody.get(&path).await));
        }
        for (path, seen) in told {
            let found = machine_words(&visible(&seen.text));
            let found: Vec<_> = found
                .into_iter()
                .filter(|word| lang == "da" || !["rejected", "replaced"].contains(&word.as_str()))
                .collect();
            assert!(found.is_empty(), "{path} says {found:?}");
        }
    }
}

#[tokio::test]
async fn rates_that_are_not_published_are_told_in_plain_words_everywhere() {
    let app = TestApp::start().await;
    let mut body = submission();
    body["reports"][0]["paid_weekly_hours"] = json!("15");
    body["reports"][0]["expected_first_wage"] = json!("12000.00");
    body["reports"][0]["employment_start_date"] = json!("2026-12-01");
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let submission = answer["submission_id"].as_str().unwrap();
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let mut employer = Browser::employer(&app, CVR).await;
    let page = employer.get(&format!("/indberet/{submission}")).await;
    let record = Browser::municipality(&app, "0101")
        .await
        .get(&format!("/kommune/{report}"))
        .await;
    let receipt = employer.get(&format!("/indberet/{submission}/kvittering.json")).await;
    let places = [
        ("page", visible(&page.text)),
        ("record", visible(&record.text)),
        ("receipt", receipt.text),
    ];
    for (place, text) in places {
        assert!(
            text.contains("Satserne for januar 2027 er ikke offentliggjort endnu"),
            "{place}: {text}"
        );
        // The receipt for machines holds the record, which names the rate in a member of its own.
        for code in ["maximum_subsidy", "income_threshold"]
            .into_iter()
            .filter(|_| place != "receipt")
        {
            assert!(!text.contains(code), "{place} says {code}");
        }
    }
}

#[tokio::test]
async fn each_role_finds_its_own_pages_in_the_menu_and_a_way_out_of_a_foreign_one() {
    let app = TestApp::start().await;
    let menu = |seen: &Seen| {
        let menu = seen.text.split("class=\"mainmenu\">").nth(1).unwrap_or_default();
        let menu = menu.split("</ul>").next().unwrap_or_default();
        let links = menu.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links.map(str::to_owned).collect::<Vec<_>>()
    };
    let open = ["/beregner", "/blanket", "/kvittering", "/api"];
    let mut visitors = [
        (Browser::new(&app), vec![], None),
        (Browser::employer(&app, CVR).await, vec!["/indberet"], Some("/kommune")),
        (
            Browser::municipality(&app, "0101").await,
            vec!["/kommune", "/kommune/oversendt", "/kommune/oversigt"],
            Some("/indberet"),
        ),
        (
            Browser::kl(&app).await,
            vec!["/kl/drift", "/kl/holdte", "/kl/post"],
            Some("/kommune"),
        ),
    ];
    for (browser, own, foreign) in &mut visitors {
        let shown = menu(&browser.get("/").await);
        assert_eq!(shown, [own.as_slice(), open.as_slice()].concat());
        for path in own.iter() {
            assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
        }
        let Some(foreign) = foreign else { continue };
        let refused = browser.get(foreign).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(
            refused
                .text
                .contains(&format!("class=\"button button-primary\" href=\"{}\"", own[0]))
        );
        let csrf = refused.csrf();
        let left = browser.post("/log-af", &[("csrf", &csrf), ("igen", "1")]).await;
        assert_eq!(left.header("location"), "/log-ind");
    }
}

#[tokio::test]
async fn the_guides_are_linked_and_served() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.get("/api").await.text;
    let links: Vec<&str> = page
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("/vejledning/"))
        .collect();
    for needed in ["pulling", "operations", "calculation"] {
        assert!(links.contains(&format!("/vejledning/{needed}").as_str()), "{needed}");
    }
    for link in links {
        let seen = browser.get(link).await;
        assert_eq!(seen.status, StatusCode::OK, "{link}");
        assert_eq!(seen.text.matches("<h1").count(), 1, "{link}");
        assert!(!seen.text.contains(" style="), "{link}");
        for inner in seen
            .text
            .split("href=\"/vejledning/")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '#']).next())
        {
            assert_eq!(
                browser.get(&format!("/vejledning/{inner}")).await.status,
                StatusCode::OK,
                "{link} -> {inner}"
            );
        }
    }
    assert_eq!(
        browser.get("/vejledning/findes-ikke").await.status,
        StatusCode::NOT_FOUND
    );
}
