use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    process::{Place, client, fail, succeed},
    support::{CPR, CVR, NAME, submission},
};

const TWENTY: &str = include_str!("../data/one-employer-38-municipalities/twenty-faults.json");

/// The example in the way that a spreadsheet program in Denmark saves it.
fn csv() -> String {
    let columns = [
        ("employer_cvr", CVR),
        ("contact_name", "Løn & Personale"),
        ("contact_email", "loen@example.dk"),
        ("declaration_accepted", "ja"),
        ("report_kind", "full_time_wage"),
        ("employee_cpr", CPR),
        ("employee_name", NAME),
        ("municipality_code", "101"),
        ("position_title", "Kontorassistent"),
        ("valid_from", "01-12-2026"),
        ("full_time_weekly_hours", "37,0"),
        ("entry_mode", "total_known"),
        ("full_time_total_monthly_wage", "32.067,00"),
        ("included_components", "qualification_supplement|employer_pension"),
    ];
    let row = |part: fn(&(&str, &str)) -> String| columns.iter().map(part).collect::<Vec<_>>().join(";");
    format!(
        "\u{feff}{}\r\n{}\r\n",
        row(|(name, _)| (*name).to_owned()),
        row(|(_, cell)| (*cell).to_owned())
    )
}

fn receipt_number(printed: &str) -> &str {
    printed
        .split_whitespace()
        .find(|word| word.starts_with("FP-"))
        .unwrap_or_else(|| panic!("no receipt in {printed}"))
}

#[tokio::test]
async fn a_key_made_beside_a_running_service_opens_it_and_a_revoked_one_does_not() {
    let program = Place::sqlite();
    let serving = program.serve();
    let printed = succeed(program.command(&["credential", "create", "--role", "employer", "--cvr", CVR]));
    let key = printed.split_whitespace().last().unwrap().to_owned();
    let get = || {
        client()
            .get(format!("{}/api/v1/submissions", serving.url))
            .bearer_auth(&key)
            .send()
    };
    assert_eq!(get().await.unwrap().status(), StatusCode::OK);

    let listed = succeed(program.command(&["credential", "list"]));
    assert!(
        listed.contains(CVR) && listed.contains("valid") && !listed.contains(&key),
        "{listed}"
    );
    let id = listed.split_whitespace().next().unwrap();
    succeed(program.command(&["credential", "revoke", id]));
    assert_eq!(get().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert!(fail(program.command(&["credential", "revoke", id])).contains("no valid key"));
    serving.stop();
}

#[test]
fn a_key_needs_to_know_for_whom() {
    let program = Place::sqlite();
    for arguments in [
        ["credential", "create", "--role", "employer"].as_slice(),
        &["credential", "create", "--role", "employer", "--cvr", "12345678"],
        &[
            "credential",
            "create",
            "--role",
            "municipality",
            "--municipality",
            "9999",
        ],
        &["credential", "create", "--role", "king"],
    ] {
        let output = program.command(arguments).output().unwrap();
        assert!(!output.status.success() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_same_file_sent_again_changes_nothing_and_gives_the_same_receipt() {
    let program = Place::sqlite();
    for (name, content) in [("a.json", submission().to_string()), ("b.csv", csv())] {
        let file = program.file(name, &content);
        let first = succeed(program.command(&["submit", &file]));
        let second = succeed(program.command(&["submit", &file]));
        assert_eq!(receipt_number(&first), receipt_number(&second), "{name}");
        assert!(
            second.contains("sendt før") && !first.contains("sendt før"),
            "{name}: {second}"
        );
        assert!(first.contains("0101"), "{name}: {first}");
    }
}

#[test]
fn a_file_becomes_the_receipt_that_the_interface_would_give() {
    let program = Place::sqlite();
    let file = program.file("a.json", &submission().to_string());
    let pdf = program.folder.path().join("receipt.pdf");
    let printed = succeed(program.command(&["submit", &file, "--json", "--receipt", pdf.to_str().unwrap()]));
    let answer: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(answer["reports"][0]["municipality"]["code"], "0101");
    assert!(std::fs::read(pdf).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_file_with_twenty_faults_gets_twenty_sentences_in_either_language_and_stores_nothing() {
    let program = Place::sqlite();
    let file = program.file("faults.json", TWENTY);
    let mut told = Vec::new();
    for (language, level, last) in [
        ("da", "fejl", "Der er ikke gemt noget: 20 fejl"),
        ("en", "error", "Nothing was stored: 20 errors"),
    ] {
        let said = fail(program.command(&["submit", &file, "--lang", language]));
        let errors: Vec<_> = said
            .lines()
            .filter(|line| line.starts_with(level))
            .map(str::to_owned)
            .collect();
        assert_eq!(errors.len(), 20, "{said}");
        assert!(said.lines().last().unwrap().starts_with(last), "{said}");
        told.push(errors);
    }
    assert_ne!(told[0], told[1]);
    assert!(succeed(program.command(&["audit", "verify"])).starts_with("0 audit entries"));
}

#[test]
fn what_comes_up_after_the_check_is_told_by_row_too_and_one_report_is_one() {
    let program = Place::sqlite();
    let file = program.file("one.csv", &csv());
    for (arguments, ending) in [
        (
            vec!["submit", &file, "--check"],
            "1 indberetning kan sendes, som den er",
        ),
        (vec!["submit", &file], "1 indberetning\n"),
    ] {
        let output = program.command(&arguments).output().unwrap();
        let (out, told) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{told}");
        assert!(out.contains(ending), "{out}");
        let first = told
            .lines()
            .find(|line| line.contains("[first-without-start-date]"))
            .expect(&told);
        assert!(first.contains("Række 2"), "{first}");
    }
}

#[test]
fn a_check_stores_nothing() {
    let program = Place::sqlite();
    let file = program.file("a.json", &submission().to_string());
    assert!(succeed(program.command(&["submit", &file, "--check", "--lang", "en"])).contains("nothing was stored"));
    assert!(succeed(program.command(&["audit", "verify"])).starts_with("0 audit entries"));
}

#[test]
fn a_file_that_is_not_there_or_not_readable_says_so() {
    let program = Place::sqlite();
    assert!(fail(program.command(&["submit", "nowhere.json"])).contains("nowhere.json"));
    let file = program.file("a.data", "{}");
    assert!(fail(program.command(&["submit", &file])).contains("--format"));
    let file = program.file("b.json", "{");
    assert!(fail(program.command(&["submit", &file])).contains("Der er ikke gemt noget"));
}

#[test]
fn the_doctor_finds_a_healthy_service_well_and_a_held_report_worth_a_look() {
    let program = Place::sqlite();
    succeed(program.command(&["migrate"]));
    let said = succeed(program.command(&["doctor"]));
    assert!(said.lines().all(|line| line.starts_with("ok ")), "{said}");
    let mut body = submission();
    body["reports"][0]["municipality_code"] = json!("0411");
    succeed(program.command(&["submit", &program.file("held.json", &body.to_string())]));
    let output = program.command(&["doctor"]).output().unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("look at  held reports: 1 wait"),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_copy_taken_beside_the_service_can_be_used_in_its_place() {
    let program = Place::sqlite();
    let file = program.file("a.json", &submission().to_string());
    let serving = program.serve();
    let sent = succeed(program.command(&["submit", &file]));
    let copy = program.folder.path().join("copy");
    let keys = program.folder.path().join("keys");
    let arguments = [
        "backup",
        "--out",
        copy.to_str().unwrap(),
        "--keys-out",
        keys.to_str().unwrap(),
    ];
    succeed(program.command(&arguments));
    serving.stop();
    assert!(fail(program.command(&["backup", "--out", copy.to_str().unwrap()])).contains("already there"));

    std::fs::remove_dir_all(program.data()).unwrap();
    std::fs::rename(copy, program.data()).unwrap();
    for name in ["keys.toml", "high-water.json"] {
        std::fs::rename(keys.join(name), program.data().join(name)).unwrap();
    }
    assert!(succeed(program.command(&["audit", "verify"])).contains("audit entries checked"));
    let again = succeed(program.command(&["submit", &file]));
    assert_eq!(receipt_number(&sent), receipt_number(&again));
    assert!(again.contains("sendt før"));
}

#[test]
fn all_wrong_settings_are_told_at_once_and_nothing_starts() {
    let program = Place::sqlite();
    let file = program.file(
        "wrong.toml",
        "[server]\nlisten = \"nowhere\"\nspeed = 3\n[mail]\ntransport = \"pigeon\"\n",
    );
    let output = program
        .command(&["serve", "--config", &file])
        .env("FLEKSPORT__FEED__MAX_LIMIT", "0")
        .env("FLEKSPORT__NOTHING__HERE", "1")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap().to_lowercase();
    for place in [
        "server.listen",
        "server.speed",
        "mail.transport",
        "feed.max_limit",
        "nothing.here",
    ] {
        assert!(said.contains(place), "{place} is missing in {said}");
    }
    assert!(!program.data().exists());
}

#[test]
fn what_is_only_safe_at_home_does_not_start_elsewhere() {
    let program = Place::sqlite();
    let said = fail(program.command(&["serve", "--demo", "--listen", "0.0.0.0:0"]));
    for key in ["access.demo_login", "mail.transport", "server.public_url", "site:"] {
        assert!(said.contains(key), "{key} is missing in {said}");
    }
    assert!(said.contains("because the service listens on 0.0.0.0:0"), "{said}");

    let file = program.file("proxy.toml", "[server]\npublic_url = \"https://fleksport.example\"\n");
    let said = fail(program.command(&["serve", "--demo", "--config", &file]));
    for key in ["access.demo_login", "mail.transport", "site:"] {
        assert!(said.contains(key), "{key} is missing in {said}");
    }
    assert!(
        said.contains("because server.public_url names fleksport.example"),
        "{said}"
    );
    assert!(!program.data().exists());
}

#[test]
fn a_form_is_checked_shown_compared_and_exported() {
    let program = Place::sqlite();
    let said = succeed(program.command(&["form", "lint"]));
    assert!(said.contains("fleksjob-wage 1.0: nothing wrong"), "{said}");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/forms/fleksjob-wage/1.0");
    assert_eq!(
        succeed(program.command(&["form", "lint", folder])),
        said,
        "the folder is what the program brings"
    );
    assert!(succeed(program.command(&["form", "diff", "fleksjob-wage/1.0", folder])).contains("0 changes"));
    let danish = succeed(program.command(&["form", "preview", "fleksjob-wage/1.0"]));
    let english = succeed(program.command(&["form", "preview", "fleksjob-wage/1.0", "--lang", "en"]));
    assert!(danish.starts_with("# ") && danish != english);

    let exported = succeed(program.command(&["form", "export", "fleksjob-wage/1.0"]));
    let hash = said.split_whitespace().last().unwrap();
    assert_eq!(
        sha256_hex(exported.as_bytes()),
        hash,
        "the exported bytes are those that the hash names"
    );
    let schema: Value = serde_json::from_str(&succeed(program.command(&[
        "form",
        "export",
        "fleksjob-wage/1.0",
        "--what",
        "schema",
    ])))
    .unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(fail(program.command(&["form", "preview", "fleksjob-wage/9.9"])).contains("fleksjob-wage/1.0"));
}

#[test]
fn every_fault_of_a_draft_is_told() {
    let program = Place::sqlite();
    let draft = program.folder.path().join("fleksjob-wage/1.0");
    std::fs::create_dir_all(&draft).unwrap();
    for name in ["form.toml", "texts.da.toml", "texts.en.toml"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/forms/fleksjob-wage/1.0");
        let text = std::fs::read_to_string(std::path::Path::new(from).join(name)).unwrap();
        let text = if name == "texts.da.toml" {
            text + "\n[field.nowhere]\nlabel = \"Intet\"\n"
        } else {
            text
        };
        std::fs::write(draft.join(name), text).unwrap();
    }
    let said = fail(program.command(&["form", "lint", draft.to_str().unwrap()]));
    assert!(said.contains("texts.da.toml: field.nowhere"), "{said}");
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    fleksport::record::to_hex(&Sha256::digest(bytes))
}
