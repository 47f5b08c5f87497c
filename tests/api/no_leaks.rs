//! Nothing of a person in a place where people look who need not: the log, the mail, the files of the data folder.

use std::path::{Path, PathBuf};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    process::{Place, client},
    support::{CPR, NAME, submission},
};

/// What was sent and must be nowhere in the clear.
const SECRETS: [&str; 12] = [
    CPR,
    "2512489996",
    NAME,
    "Nancy",
    "Berggren",
    "48213.77",
    "48.213,77",
    "4821377",
    "Hemmelig stilling",
    "Løn & Personale Nord",
    "hemmelig@example.dk",
    "87654321",
];

fn body() -> Value {
    let mut body = submission();
    body["employer"]["contact_name"] = json!("Løn & Personale Nord");
    body["employer"]["contact_email"] = json!("hemmelig@example.dk");
    body["employer"]["contact_phone"] = json!("87654321");
    body["reports"][0]["full_time_total_monthly_wage"] = json!("48213.77");
    body["reports"][0]["position_title"] = json!("Hemmelig stilling");
    body
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

fn secrets_in(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    SECRETS.into_iter().filter(|secret| holds(secret)).collect()
}

struct Caller<'a> {
    client: Client,
    url: &'a str,
    key: String,
}

impl Caller<'_> {
    async fn post(&self, path: &str, idempotency_key: &str, body: String) -> (StatusCode, Value) {
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.key)
            .body(body);
        let request = request
            .header("content-type", "application/json")
            .header("idempotency-key", idempotency_key);
        let response = request.header("if-match", "\"1\"").send().await.unwrap();
        (response.status(), response.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> StatusCode {
        self.client
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.key)
            .send()
            .await
            .unwrap()
            .status()
    }
}

/// Good calls and bad ones, each with personal data somewhere in it.
async fn use_it(employer: &Caller<'_>, municipality: &Caller<'_>) {
    let (status, answer) = employer.post("/api/v1/submissions", "k1", body().to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let id = answer["submission_id"].as_str().unwrap();
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    for path in ["", "/receipt.json", "/receipt.pdf"] {
        assert_eq!(
            employer.get(&format!("/api/v1/submissions/{id}{path}")).await,
            StatusCode::OK
        );
    }
    assert_eq!(employer.get(&format!("/api/v1/reports/{report}")).await, StatusCode::OK);
    assert_eq!(
        municipality.get("/api/v1/municipalities/0101/records").await,
        StatusCode::OK
    );

    let mut other = body();
    other["reports"][0]["position_title"] = json!("Nancy");
    assert_eq!(
        employer.post("/api/v1/submissions", "k1", other.to_string()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let mut wrong = body();
    wrong["reports"][0]["valid_from"] = json!(NAME);
    wrong["reports"][0][CPR] = json!(NAME);
    wrong["reports"][0]["full_time_total_monthly_wage"] = json!({ CPR: "48.213,77" });
    assert_eq!(
        employer.post("/api/v1/submissions", "k2", wrong.to_string()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let cut = &body().to_string()[..400];
    assert_eq!(
        employer.post("/api/v1/submissions", "k3", cut.to_owned()).await.0,
        StatusCode::BAD_REQUEST
    );
    employer
        .post(
            "/api/v1/calculations",
            "k4",
            json!({"income": [{"cash_wage": "48213.77"}]}).to_string(),
        )
        .await;
    municipality
        .post(
            "/api/v1/municipalities/0101/acknowledgements",
            "",
            json!({"up_to_sequence": CPR}).to_string(),
        )
        .await;
    let answers = body()["reports"][0].to_string();
    employer
        .post(&format!("/api/v1/reports/{report}/corrections"), "k5", answers)
        .await;
    // People put such things into addresses; the log must not repeat them.
    for path in [
        format!("/api/v1/submissions/{CPR}"),
        format!("/api/v1/submissions?cursor={CPR}"),
        format!("/{CPR}?navn=Nancy"),
    ] {
        assert!(employer.get(&path).await.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn neither_log_nor_mail_nor_data_folder_shows_anything_of_a_person() {
    let program = Place::sqlite();
    let log = program.folder.path().join("log");
    let serving = program.serve_with(
        &[("FLEKSPORT__LOG__FILTER", "trace")],
        std::fs::File::create(&log).unwrap(),
    );
    let client = client();
    let caller = |key| Caller {
        client: client.clone(),
        url: &serving.url,
        key,
    };
    let employer = caller(program.employer_key());
    let municipality = caller(program.municipality_key("0101"));
    use_it(&employer, &municipality).await;
    let keys = [employer.key.clone(), municipality.key.clone()];
    let mail = program.data().join("mail");
    for _ in 0..200 {
        if std::fs::read_dir(&mail).is_ok_and(|mut mails| mails.next().is_some()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }

    // While it runs (the write-ahead log is there) and after it has stopped.
    check_files(&program, &keys);
    serving.stop();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().count() > 10, "the log is there to be read");
    assert!(log.contains("answered"), "the service's own lines are in it");
    assert_eq!(secrets_in(log.as_bytes()), Vec::<&str>::new(), "in the log");
    assert!(keys.iter().all(|key| !log.contains(key)), "a key is in the log");
    check_files(&program, &keys);
}

fn check_files(program: &Place, keys: &[String]) {
    let mut found = Vec::new();
    files(&program.data(), &mut found);
    assert!(found.iter().any(|path| path.ends_with("fleksport.db")));
    assert!(
        found
            .iter()
            .any(|path| path.parent().is_some_and(|folder| folder.ends_with("mail"))),
        "a mail was written"
    );
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        let mut secrets = secrets_in(&bytes);
        if path.parent().is_some_and(|folder| folder.ends_with("mail")) {
            // The one thing of these that a mail has to hold: where it goes.
            secrets.retain(|secret| *secret != "hemmelig@example.dk");
        }
        assert_eq!(secrets, Vec::<&str>::new(), "in {}", path.display());
        for key in keys {
            assert!(
                !bytes.windows(key.len()).any(|window| window == key.as_bytes()),
                "a key is in {}",
                path.display()
            );
        }
    }
}
