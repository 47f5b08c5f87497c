//! The front page and the README promise only what a test has counted. Each sentence of theirs with a number or with a word that leaves
//! nothing out is listed here with the test that holds it; numbers are compared with the data here.

use std::{collections::BTreeSet, fs, path::Path};

use fleksport::{form::FormLibrary, reference};
use serde_json::Value;

use crate::{pages_browser::Browser, support::TestApp};

const README: &str = include_str!("../../README.md");
const STORY: &str = include_str!("../data/one-employer-38-municipalities/submission.json");

/// Words that leave nothing out.
const ABSOLUTE: [&[&str]; 2] = [
    &[
        "alle",
        "alt",
        "hver",
        "hvert",
        "altid",
        "aldrig",
        "intet",
        "ingen",
        "kun",
        "først",
        "hele",
        "straks",
        "uanset",
        "samme",
        "én",
        "ét",
        "med det samme",
        "garanteret",
        "fuldstændig",
    ],
    &[
        "all",
        "every",
        "everything",
        "everybody",
        "always",
        "never",
        "nothing",
        "nobody",
        "only",
        "once",
        "whole",
        "whichever",
        "wherever",
        "none",
        "one",
        "same",
        "complete",
        "guaranteed",
        "is enough",
    ],
];

/// The beginning of a sentence of the front page, in Danish and in English, and the test that holds it.
const FRONT: &[(&str, &str, &str)] = &[
    (
        "Én indgang · 98 kommuner",
        "One entrance · 98 municipalities",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "Oplys fuldtidslønnen ét sted",
        "Report the full-time wage in one place",
        "every_copy_is_the_truth_on_sqlite",
    ),
    (
        "Her bruger I den samme blanket",
        "Here you use one and the same form",
        "the_file_holds_all_kinds_and_reaches_38_municipalities",
    ),
    (
        "Se indberetningerne for kommunens egne",
        "See the reports for your own citizens in one place",
        "every_role_gets_what_the_list_says_on_what_is_its_own_and_on_what_is_foreign",
    ),
    (
        "Se hvert felt",
        "See every field",
        "every_field_of_the_form_is_explained_on_its_page",
    ),
    (
        "Reglerne er de samme",
        "The rules are the same",
        "a_wage_more_than_a_fifth_from_the_last_one_is_hinted_at_by_check_and_by_sending",
    ),
    (
        "Alt tjekkes på én gang",
        "Everything is checked at once",
        "a_submission_with_twenty_faults_gets_twenty_violations_at_once_in_both_languages",
    ),
    (
        "Mangler noget, får I det hele",
        "If something is missing, you are told all of it",
        "a_submission_with_twenty_faults_gets_twenty_violations_at_once_in_both_languages",
    ),
    (
        "Først når alt er gemt",
        "Only once everything is stored",
        "a_kill_amid_a_thousand_submissions_loses_nothing_on_sqlite",
    ),
    (
        "Svingende tillæg oplyses som et gennemsnit",
        "Supplements that vary are given as an average",
        "the_file_holds_all_kinds_and_reaches_38_municipalities",
    ),
    (
        "Gælder det også fleksjob fra før 2013",
        "Does this cover fleksjob from before 2013",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "Nej. Ansatte fra før 1. januar 2013",
        "People employed before 1 January 2013",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
];

/// The same of the README, above the section that says where things are.
const OF_README: &[(&str, &str)] = &[
    (
        "One entrance for employers' reports",
        "every_field_of_the_form_is_explained_on_its_page",
    ),
    (
        "An employer tells the wage",
        "the_file_holds_all_kinds_and_reaches_38_municipalities",
    ),
    (
        "the right one of 98 municipalities gets it",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "KL owns the form that everybody fills in",
        "every_field_of_the_form_is_explained_on_its_page",
    ),
    (
        "one entrance, 98 municipalities]",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "| employer, payroll bureau |",
        "a_submission_with_twenty_faults_gets_twenty_violations_at_once_in_both_languages",
    ),
    (
        "| municipality | its own feed",
        "a_reader_computes_the_combined_digest_from_what_it_stored",
    ),
    (
        "| everybody | public pages",
        "anybody_can_tell_a_genuine_receipt_from_an_altered_one",
    ),
    (
        "Every channel ends in the same line",
        "every_channel_ends_in_the_same_line",
    ),
    (
        "A Debian or Ubuntu machine",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "`scripts/test slow` plays a thousand",
        "the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data",
    ),
    (
        "never use a real number here",
        "the_first_submission_of_the_readme_is_taken_in",
    ),
    (
        "[config/production.example.toml]",
        "the_unit_starts_the_program_with_settings_that_it_takes",
    ),
    (
        "there is no login but the demo one",
        "behind_a_proxy_the_demo_login_is_refused_at_the_start",
    ),
];

/// What people read of a page's content, each block a line.
fn lines(page: &str) -> Vec<String> {
    let content = page
        .split("<main")
        .nth(1)
        .and_then(|rest| rest.split("</main>").next())
        .unwrap();
    let banner = page
        .split("class=\"fs-hero\"")
        .nth(1)
        .unwrap()
        .split("<img")
        .next()
        .unwrap();
    let blocks = [banner, content].join("</p>");
    let blocks = ["p", "h1", "h2", "h3", "summary", "span"]
        .iter()
        .fold(blocks, |text, tag| text.replace(&format!("</{tag}>"), "\n"));
    let text: String = blocks
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect();
    text.lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// The sentences of a text; a full stop after a number ends none.
fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for word in text.split_whitespace() {
        let last = all.last_mut().unwrap();
        last.push_str(if last.is_empty() { "" } else { " " });
        last.push_str(word);
        let before = word.trim_end_matches(['.', '?', '!', ':', ';']);
        let ends = before.len() < word.len()
            && !before.ends_with(|c: char| c.is_ascii_digit())
            && before != "Nej"
            && before != "municip";
        if ends {
            all.push(String::new());
        }
    }
    all.retain(|sentence| !sentence.is_empty());
    all
}

fn claims_something(sentence: &str, absolute: &[&str]) -> bool {
    let words = sentence.to_lowercase();
    let words: Vec<&str> = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |phrase: &&str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|window| window == phrase.as_slice())
    };
    sentence.chars().any(|c| c.is_ascii_digit()) || absolute.iter().any(has)
}

/// The names of all tests.
fn tests() -> BTreeSet<String> {
    fn read(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                read(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let names = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
                into.extend(names.map(str::to_owned));
            }
        }
    }
    let mut names = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), &mut names);
    names
}

/// The README above the table of places, without code.
fn promises() -> Vec<String> {
    let (top, _) = README.split_once("## Where things are").unwrap();
    let text: String = top.split("```").step_by(2).collect();
    let blocks = text.split("\n\n").flat_map(|block| {
        if block.starts_with('|') {
            block.lines().collect()
        } else {
            vec![block]
        }
    });
    blocks
        .flat_map(|block| {
            if block.starts_with('|') {
                vec![block.to_owned()]
            } else {
                sentences(block)
            }
        })
        .collect()
}

#[tokio::test]
async fn every_promise_of_the_front_page_is_held_by_a_test() {
    let app = TestApp::start().await;
    let known = tests();
    for (language, address) in ["/", "/?lang=en"].into_iter().enumerate() {
        let page = Browser::new(&app).get(address).await;
        let said: Vec<String> = lines(&page.text).iter().flat_map(|line| sentences(line)).collect();
        let unproven: Vec<&String> = said
            .iter()
            .filter(|sentence| claims_something(sentence, ABSOLUTE[language]))
            .filter(|sentence| {
                let listed = |(da, en, _): &&(&str, &str, &str)| {
                    let beginning = [da, en][language];
                    !beginning.is_empty() && sentence.starts_with(beginning)
                };
                !FRONT.iter().any(|claim| listed(&claim))
            })
            .collect();
        assert!(unproven.is_empty(), "{address}: nothing holds {unproven:#?}");
        for (da, en, test) in FRONT {
            let beginning = [da, en][language];
            let is_said = beginning.is_empty() || said.iter().any(|sentence| sentence.starts_with(beginning));
            assert!(is_said, "{beginning} is not said any more: {said:#?}");
            assert!(known.contains(*test), "there is no test {test}");
        }
    }
}

#[test]
fn every_promise_of_the_readme_is_held_by_a_test() {
    let (known, said) = (tests(), promises());
    let listed = |sentence: &String| OF_README.iter().any(|(beginning, _)| sentence.starts_with(beginning));
    let claims = said.iter().filter(|sentence| claims_something(sentence, ABSOLUTE[1]));
    let unproven: Vec<&String> = claims.filter(|sentence| !listed(sentence)).collect();
    assert!(unproven.is_empty(), "nothing holds {unproven:#?}");
    for (beginning, test) in OF_README {
        assert!(
            said.iter().any(|sentence| sentence.starts_with(beginning)),
            "{beginning} is not said any more"
        );
        assert!(known.contains(*test), "there is no test {test}");
    }
}

#[tokio::test]
async fn the_numbers_of_the_front_page_and_the_readme_are_those_of_the_data() {
    let municipalities = reference::municipalities().len();
    let app = TestApp::start().await;
    for (address, words) in [("/", "kommuner"), ("/?lang=en", "municipalities")] {
        let page = Browser::new(&app).get(address).await.text;
        assert!(page.contains(&format!("· {municipalities} {words}")), "{address}");
    }
    for (before, _) in README.match_indices(" municipalities") {
        let word = README[..before].rsplit([' ', '(', '\n']).next().unwrap();
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        assert!(
            !is_number || word == "38" || word == municipalities.to_string(),
            "{word}"
        );
    }

    let library = FormLibrary::embedded().unwrap();
    let form = library
        .current("fleksjob-wage", jiff::civil::date(2026, 12, 1))
        .unwrap();
    let forms: BTreeSet<_> = fs::read_dir("forms")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(forms.len(), 1, "one form");
    assert_eq!(
        form.kinds().len(),
        5,
        "the five kinds that the card of the employer names"
    );
    let rule = include_str!("../../forms/fleksjob-wage/1.0/form.toml");
    assert!(
        rule.contains("check.not_before_date = { date = \"2013-01-01\" }"),
        "the scheme of before 2013"
    );

    let story: Value = serde_json::from_str(STORY).unwrap();
    let reports = story["reports"].as_array().unwrap();
    let people: BTreeSet<&str> = reports
        .iter()
        .map(|report| report["employee_cpr"].as_str().unwrap())
        .collect();
    let named: BTreeSet<&str> = reports
        .iter()
        .filter_map(|report| report["municipality_code"].as_str())
        .collect();
    assert!(
        README.contains(&format!("one employer, {} people, 38 municipalities", people.len())),
        "{}",
        people.len()
    );
    assert!(named.len() <= 38, "the others are found by postcode: see story_input");

    let cargo = include_str!("../../Cargo.toml");
    let rust = cargo
        .split("rust-version = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(README.contains(&format!("{rust} or newer")));
    let lives = include_str!("../store/model/mod.rs");
    assert!(lives.contains("play_many(Kind::Sqlite, 3, 1_000)") && lives.contains("play_many(Kind::Postgres, 3, 300)"));
    assert!(
        include_str!("../calculation/second.rs").contains("crate::slow() { 1_000_000 }"),
        "a million calculations"
    );
}

#[tokio::test]
async fn every_field_of_the_form_is_explained_on_its_page() {
    let app = TestApp::start().await;
    let library = FormLibrary::embedded().unwrap();
    let form = library
        .current("fleksjob-wage", jiff::civil::date(2026, 12, 1))
        .unwrap();
    for (address, language) in [
        ("/blanket", fleksport::value::Language::Da),
        ("/blanket?lang=en", fleksport::value::Language::En),
    ] {
        let page = Browser::new(&app)
            .get(address)
            .await
            .text
            .replace("&#38;", "&")
            .replace("&#39;", "'");
        for field in form.fields() {
            for text in [&field.label, &field.reason] {
                assert!(page.contains(text.get(language)), "{address}: {}", field.id);
            }
        }
    }
}

#[test]
fn every_channel_ends_in_the_same_line() {
    // Pages, the interface and files of the command line call the one function; there is no other.
    let callers = ["http/web/reporting/flow.rs", "http/api/submissions.rs"];
    for file in callers {
        let text = fs::read_to_string(Path::new("src").join(file)).unwrap();
        assert!(text.contains("submit::submit("), "{file}");
    }
    let pipeline = fs::read_to_string("src/submit.rs").unwrap();
    assert_eq!(pipeline.matches(".take_in(").count(), 1, "one transaction");
}

#[tokio::test]
async fn the_first_submission_of_the_readme_is_taken_in() {
    let app = TestApp::start().await;
    let body = README.split("-d '").nth(1).unwrap().split("}'").next().unwrap();
    let body: Value = serde_json::from_str(&format!("{body}}}")).unwrap();
    let (status, answer) = app.submit(&body).await;
    assert_eq!(status, reqwest::StatusCode::CREATED, "{answer:#}");
    assert_eq!(
        answer["reports"][0]["municipality"]["code"]
            .as_str()
            .or(answer["reports"][0]["municipality_code"].as_str()),
        Some("0101"),
        "{answer:#}"
    );
    assert!(
        answer["receipt_number"].is_string(),
        "the receipt comes with the answer: {answer:#}"
    );
}

#[test]
fn what_the_readme_links_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    files.extend(
        fs::read_dir(root.join("docs"))
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    files.extend(
        fs::read_dir(root.join("docs/decisions"))
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    let mut looked_at = 0;
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
    {
        let text = fs::read_to_string(file).unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.starts_with('#') || link.starts_with("mailto:") {
                continue;
            }
            let path = link.split('#').next().unwrap();
            assert!(
                file.parent().unwrap().join(path).exists(),
                "{} links to {link}",
                file.display()
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "{looked_at}");
}
