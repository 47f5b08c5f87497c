//! A whole service on a free port and an empty folder, with a clock that stands still and keys for every role.

use std::sync::atomic::{AtomicU64, Ordering};

use fleksport::{
    audit::Actor,
    clock::Clock,
    config::{Config, Overrides},
    entropy::Entropy,
    start::{self, Running},
    store::Holder,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The moment at which every test plays unless it moves the clock.
pub const NOW: &str = "2026-11-23T12:00:00Z";
/// The company of the examples, and another one.
pub const CVR: &str = "13585628";
pub const OTHER_CVR: &str = "64942212";
/// MedCom's test person, fictitious.
pub const CPR: &str = "251248-9996";
pub const NAME: &str = "Nancy Ann Test Berggren";

/// Settings of a service on this machine that others reach through a proxy.
pub const EXPOSED: &str = "[server]\npublic_url = \"https://fleksport.example\"\n[mail]\ntransport = \"off\"\n\
    [site]\ncontact_name = \"Drift\"\ncontact_email = \"drift@fleksport.example\"\ncontact_phone = \"+45 12 34 56 78\"\n\
    accessibility_statement_url = \"https://was.digst.dk/fleksport-example\"\n";

static NEXT: AtomicU64 = AtomicU64::new(1);

pub struct TestApp {
    pub running: Running,
    pub clock: Clock,
    /// Deleted when dropped.
    pub _folder: TempDir,
    pub employer: String,
    pub other_employer: String,
    pub copenhagen: String,
    pub frederiksberg: String,
    pub kl: String,
    client: reqwest::Client,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// With settings of its own, as in a settings file.
    pub async fn start_with(settings: &str) -> Self {
        Self::open(settings, true).await
    }

    /// As `fleksport serve` starts without `--demo`.
    pub async fn start_without_login(settings: &str) -> Self {
        Self::open(settings, false).await
    }

    /// As behind a proxy that ends TLS: the usual installation.
    pub async fn start_exposed() -> Self {
        Self::start_without_login(EXPOSED).await
    }

    async fn open(settings: &str, demo: bool) -> Self {
        let folder = tempfile::tempdir().expect("the machine has a place for temporary folders");
        let overrides = Overrides {
            variables: Vec::new(),
            listen: "127.0.0.1:0".parse().ok(),
            data_dir: Some(folder.path().join("data")),
            demo,
        };
        let config = Config::load(Some(("test.toml", settings)), &overrides).expect("the test's settings are right");
        let clock = Clock::fixed(NOW.parse().expect("a time"));
        let running = start::start(config, clock.clone(), Entropy::System)
            .await
            .expect("the service starts");
        let key = |holder| key_for(&running, holder);
        let (employer, other_employer) = (
            key(Holder::Employer(CVR.parse().unwrap())).await,
            key(Holder::Employer(OTHER_CVR.parse().unwrap())).await,
        );
        let copenhagen = key(Holder::Municipality("0101".parse().unwrap())).await;
        let frederiksberg = key(Holder::Municipality("0147".parse().unwrap())).await;
        let kl = key(Holder::Kl).await;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            running,
            clock,
            _folder: folder,
            employer,
            other_employer,
            copenhagen,
            frederiksberg,
            kl,
            client,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    pub fn request(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(path));
        if key.is_empty() {
            request
        } else {
            request.bearer_auth(key)
        }
    }

    pub async fn get(&self, path: &str, key: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path, key).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path, key).json(body).send().await.unwrap()).await
    }

    /// Sends a submission under a fresh idempotency key.
    pub async fn submit(&self, body: &Value) -> (StatusCode, Value) {
        let key = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.submit_as(&self.employer, &key, body).await
    }

    pub async fn submit_as(&self, employer: &str, idempotency_key: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.request(Method::POST, "/api/v1/submissions", employer);
        read(
            request
                .header("idempotency-key", idempotency_key)
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Takes in the example and returns the answer.
    pub async fn taken_in(&self) -> Value {
        let (status, answer) = self.submit(&submission()).await;
        assert_eq!(status, StatusCode::CREATED, "{answer:#}");
        answer
    }
}

pub async fn key_for(running: &Running, holder: Holder) -> String {
    let expires_at = "2028-01-01T00:00:00Z".parse().unwrap();
    let made = running
        .app
        .store
        .credential_create(holder, expires_at, Actor::operator())
        .await;
    made.expect("a key can be made").key.expose().clone()
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// The submission of the design's example.
pub fn submission() -> Value {
    json!({
        "form": "fleksjob-wage", "form_version": "1.0",
        "employer": { "cvr": CVR, "contact_name": "Løn & Personale", "contact_email": "loen@example.dk" },
        "declaration_accepted": true,
        "reports": [ {
            "report_kind": "full_time_wage", "employee_cpr": CPR, "employee_name": NAME,
            "municipality_code": "0101", "position_title": "Kontorassistent", "valid_from": "2026-12-01",
            "full_time_weekly_hours": "37", "entry_mode": "total_known", "full_time_total_monthly_wage": "32067.00",
            "included_components": ["qualification_supplement", "employer_pension"]
        } ]
    })
}

/// The example with one answer changed.
pub fn submission_with(field: &str, value: Value) -> Value {
    let mut body = submission();
    body["reports"][0][field] = value;
    body
}
