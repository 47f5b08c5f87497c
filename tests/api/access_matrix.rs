//! Every endpoint with every role, on what is its own, another's and nobody's. The list below is compared with the router's table both
//! ways, so a new endpoint fails here until somebody has said who may use it.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use fleksport::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    http::{self, Surface},
    ping::{PingAddress, Reach},
    store::Holder,
};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{CVR, OTHER_CVR, TestApp, submission, submission_with};

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Everybody,
    /// The company itself.
    Employers,
    /// The municipality itself.
    Municipalities,
    /// The company that sent the report and the municipality that has it.
    Both,
    /// KL and the operator.
    Staff,
}

use Who::{Both, Employers, Everybody, Municipalities, Staff};

/// Method, path, who, and how many entries one good use leaves in the audit.
const LISTED: &[(&str, &str, Who, i64)] = &[
    ("GET", "/api/v1/forms", Everybody, 0),
    ("GET", "/api/v1/forms/{id}/versions/{version}", Everybody, 0),
    ("GET", "/api/v1/forms/{id}/versions/{version}/schema", Everybody, 0),
    ("POST", "/api/v1/submissions", Employers, 1),
    ("POST", "/api/v1/submissions/validate", Employers, 0),
    ("GET", "/api/v1/submissions", Employers, 1),
    ("GET", "/api/v1/submissions/{id}", Employers, 1),
    ("GET", "/api/v1/submissions/{id}/receipt.pdf", Employers, 1),
    ("GET", "/api/v1/submissions/{id}/receipt.json", Employers, 1),
    ("GET", "/api/v1/reports/{id}", Both, 1),
    // Two uses: what is corrected is read, the correction is taken in.
    ("POST", "/api/v1/reports/{id}/corrections", Employers, 2),
    ("POST", "/api/v1/reports/{id}/withdrawal", Employers, 2),
    ("GET", "/api/v1/municipalities/{code}/records", Municipalities, 1),
    // Digests are nobody's personal data.
    ("GET", "/api/v1/municipalities/{code}/records/range", Municipalities, 0),
    ("GET", "/api/v1/municipalities/{code}/snapshot", Municipalities, 1),
    (
        "POST",
        "/api/v1/municipalities/{code}/acknowledgements",
        Municipalities,
        1,
    ),
    (
        "POST",
        "/api/v1/municipalities/{code}/records/{report_id}/outcome",
        Municipalities,
        1,
    ),
    (
        "POST",
        "/api/v1/municipalities/{code}/records/{report_id}/transfer",
        Municipalities,
        1,
    ),
    ("POST", "/api/v1/reports/{id}/answers", Employers, 1),
    // Nobody's personal data; what is changed is written down.
    ("GET", "/api/v1/municipalities/{code}/settings", Municipalities, 0),
    (
        "PUT",
        "/api/v1/municipalities/{code}/settings/contact",
        Municipalities,
        1,
    ),
    ("POST", "/api/v1/municipalities/{code}/settings/ping", Municipalities, 1),
    (
        "DELETE",
        "/api/v1/municipalities/{code}/settings/ping",
        Municipalities,
        1,
    ),
    ("GET", "/api/v1/municipalities/{code}/pings", Municipalities, 0),
    ("POST", "/api/v1/municipalities/{code}/pings", Municipalities, 1),
    (
        "POST",
        "/api/v1/municipalities/{code}/pings/{ping_id}/again",
        Municipalities,
        1,
    ),
    ("GET", "/api/v1/held", Staff, 1),
    ("POST", "/api/v1/held/{report_id}/assignment", Staff, 1),
    ("POST", "/api/v1/calculations", Everybody, 0),
    ("GET", "/api/v1/receipts/{number}/verification", Everybody, 0),
    ("GET", "/api/openapi.json", Everybody, 0),
    ("GET", "/api/problems", Everybody, 0),
    ("GET", "/health/live", Everybody, 0),
    ("GET", "/health/ready", Everybody, 0),
];

/// The roles of the matrix. `None`: the key opens nothing.
const KEYS: [(&str, Option<Role>); 9] = [
    ("anonymous", Some(Role::Anonymous)),
    ("employer", Some(Role::Employer)),
    ("other employer", Some(Role::OtherEmployer)),
    ("municipality", Some(Role::Municipality)),
    ("other municipality", Some(Role::OtherMunicipality)),
    ("kl", Some(Role::Kl)),
    ("operator", Some(Role::Operator)),
    ("revoked key", None),
    ("expired key", None),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Anonymous,
    Employer,
    OtherEmployer,
    Municipality,
    OtherMunicipality,
    Kl,
    Operator,
}

/// What an answer must be.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Good,
    Status(StatusCode),
}

/// `has_object`: the path names something that belongs to somebody.
fn expected(who: Who, has_object: bool, key: Option<Role>) -> Expected {
    use Expected::{Good, Status};
    let Some(role) = key else {
        return Status(StatusCode::UNAUTHORIZED);
    };
    let foreign = if has_object {
        Status(StatusCode::NOT_FOUND)
    } else {
        Good
    };
    match (who, role) {
        (Everybody, _) => Good,
        (_, Role::Anonymous) => Status(StatusCode::UNAUTHORIZED),
        (Staff, Role::Kl | Role::Operator) => Good,
        (Employers | Both, Role::Employer) | (Municipalities | Both, Role::Municipality) => Good,
        (Employers | Both, Role::OtherEmployer) | (Municipalities | Both, Role::OtherMunicipality) => foreign,
        _ => Status(StatusCode::FORBIDDEN),
    }
}

/// What a path can name.
struct Ids {
    submission: String,
    report: String,
    receipt: String,
    municipality: String,
    version: String,
    /// A report without a municipality.
    held: String,
    /// Open on `report`; made when it is needed.
    question: String,
    /// Of the municipality, given up; made when it is needed.
    ping: String,
}

impl Ids {
    /// Of the employer and of Copenhagen: a fresh submission, so that no call finds what another has changed.
    async fn own(app: &TestApp) -> Self {
        let answer = app.taken_in().await;
        // Christiansø belongs to no municipality.
        let (status, held) = app.submit(&submission_with("municipality_code", json!("0411"))).await;
        assert_eq!(status, StatusCode::CREATED, "{held:#}");
        Self {
            held: text(&held["reports"][0]["report_id"]),
            question: String::new(),
            ping: String::new(),
            submission: text(&answer["submission_id"]),
            report: text(&answer["reports"][0]["report_id"]),
            receipt: text(&answer["receipt_number"]),
            municipality: "0101".into(),
            version: "1.0".into(),
        }
    }

    /// Well formed, and nobody's.
    fn unknown() -> Self {
        let id = "01980000-0000-7000-8000-000000000000";
        Self {
            submission: id.into(),
            report: id.into(),
            receipt: "FP-unknown".into(),
            municipality: "9999".into(),
            version: "99.9".into(),
            held: id.into(),
            question: id.into(),
            ping: "0".into(),
        }
    }

    /// Asks the employer something, where the call is to answer it.
    async fn with_question(mut self, app: &TestApp, path: &str) -> Self {
        if path.ends_with("/answers") {
            let path = format!("/api/v1/municipalities/0101/records/{}/outcome", self.report);
            let body = json!({"outcome": "question", "text": "Hvorfor?"});
            let (status, asked) = app.post(&path, &app.copenhagen, &body).await;
            assert_eq!(status, StatusCode::CREATED, "{asked:#}");
            self.question = text(&asked["outcome_id"]);
        }
        self
    }

    /// An address for pings, where the call is about them, and one that was given up.
    async fn with_ping(mut self, app: &TestApp, path: &str) -> Self {
        let (store, code) = (&app.running.app.store, self.municipality.parse().unwrap());
        if path.ends_with("/pings") || path.ends_with("/ping") || path.ends_with("/again") {
            let address = PingAddress::parse("https://fleks.example.dk/ping", Reach::Public).unwrap();
            let registered = store.register_ping(&code, address, upkeep(Deed::PingRegistered)).await;
            registered.unwrap();
        }
        while path.ends_with("/again") && self.ping.is_empty() {
            assert!(store.test_ping(&code, upkeep(Deed::PingTested)).await.unwrap());
            let lease = Duration::from_secs(60);
            // Nothing comes when the service itself was faster.
            if let Some(row) = store.ping_lease(app.clock.now(), lease).await.unwrap() {
                store.ping_give_up(&row, "unreachable", app.clock.now()).await.unwrap();
                self.ping = row.id.to_string();
            }
        }
        self
    }

    fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.contains("/forms/") => "fleksjob-wage",
            path if path.contains("/reports/") => &self.report,
            _ => &self.submission,
        };
        let report_id = if path.contains("/held/") {
            &self.held
        } else {
            &self.report
        };
        path.replace("{id}", id)
            .replace("{report_id}", report_id)
            .replace("{version}", &self.version)
            .replace("{code}", &self.municipality)
            .replace("{ping_id}", &self.ping)
            .replace("{number}", &self.receipt)
    }
}

fn upkeep(deed: Deed) -> AuditEntry {
    AuditEntry {
        at: "2026-11-23T13:00:00Z".parse().unwrap(),
        actor: Actor::operator(),
        deed,
        target: Target::Settings,
        purpose: Purpose::Operation,
        transaction_id: uuid::Uuid::nil(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("the answer holds a text here").to_owned()
}

/// A service, a key for each role, and the clock moved so that the expired one has expired.
struct Matrix {
    app: TestApp,
    operator: String,
    revoked: String,
    expired: String,
    calls: AtomicU64,
}

impl Matrix {
    async fn start() -> Self {
        // Nothing goes out by itself between a call and what it is compared with.
        let app = TestApp::start_with("[outbox]\npoll_milliseconds = 60000\n[limits]\nguesses_burst = 10000\n").await;
        let store = app.running.app.store.clone();
        let make = |holder: Holder, until: &str| {
            let (store, until) = (store.clone(), until.parse().unwrap());
            async move { store.credential_create(holder, until, Actor::operator()).await.unwrap() }
        };
        let later = "2028-01-01T00:00:00Z";
        let operator = make(Holder::Operator, later).await.key.expose().clone();
        let expired = make(Holder::Employer(CVR.parse().unwrap()), "2026-11-23T12:30:00Z")
            .await
            .key
            .expose()
            .clone();
        let revoked = make(Holder::Employer(CVR.parse().unwrap()), later).await;
        assert!(store.credential_revoke(revoked.id, Actor::operator()).await.unwrap());
        app.clock.set("2026-11-23T13:00:00Z".parse().unwrap());
        Self {
            operator,
            revoked: revoked.key.expose().clone(),
            expired,
            app,
            calls: AtomicU64::new(0),
        }
    }

    fn key(&self, name: &str) -> &str {
        match name {
            "employer" => &self.app.employer,
            "other employer" => &self.app.other_employer,
            "municipality" => &self.app.copenhagen,
            "other municipality" => &self.app.frederiksberg,
            "kl" => &self.app.kl,
            "operator" => &self.operator,
            "revoked key" => &self.revoked,
            "expired key" => &self.expired,
            _ => "",
        }
    }

    async fn own(&self, path: &str) -> Ids {
        let ids = Ids::own(&self.app).await.with_question(&self.app, path).await;
        ids.with_ping(&self.app, path).await
    }

    async fn call(&self, method: &str, path: &str, ids: &Ids, name: &str) -> Response {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut address = ids.fill(path);
        if path.ends_with("/verification") {
            address.push_str(&format!("?fingerprint={}", "0".repeat(64)));
        }
        let request = self.app.request(method.parse().unwrap(), &address, self.key(name));
        let request = request
            .header("idempotency-key", format!("matrix-{number}"))
            .header(header::IF_MATCH, "\"1\"");
        let request = match body(path, name, &ids.question) {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn audit_entries(&self) -> i64 {
        let report = self.app.running.app.store.audit_verify().await.unwrap();
        assert!(report.fault.is_none());
        report.entries
    }
}

fn body(path: &str, name: &str, question: &str) -> Option<Value> {
    let mut whole = submission();
    if name == "other employer" {
        whole["employer"]["cvr"] = json!(OTHER_CVR);
    }
    match path.rsplit('/').next()? {
        "submissions" | "validate" => Some(whole),
        "corrections" => Some(whole["reports"][0].take()),
        "acknowledgements" => Some(json!({"up_to_sequence": 1})),
        "calculations" => Some(crate::calculations::case()),
        "contact" => Some(json!({"email": "fleks@kommunen.example"})),
        "ping" => Some(json!({"url": "https://fleks.example.dk/ping"})),
        "outcome" => Some(json!({"outcome": "accepted"})),
        "transfer" => Some(json!({"to": "0851", "reason": "Flyttet"})),
        "answers" => Some(json!({"question_id": question, "text": "Derfor"})),
        "assignment" => Some(json!({"municipality": "0101", "reason": "Fundet"})),
        _ => None,
    }
}

fn names_an_owner(path: &str) -> bool {
    path.contains("/submissions/{id}") || path.contains("/reports/{id}") || path.contains("{code}")
}

/// A document without what differs from call to call.
async fn document(response: Response) -> Value {
    let mut document: Value = response.json().await.unwrap_or_default();
    if let Some(members) = document.as_object_mut() {
        members.remove("transaction_id");
    }
    document
}

#[test]
fn every_endpoint_of_the_machine_interface_is_listed_here_and_every_one_listed_is_there() {
    let machine = http::endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.surface == Surface::Machine);
    let there: BTreeSet<_> = machine
        .map(|endpoint| (endpoint.method.to_string(), endpoint.path.to_owned()))
        .collect();
    let listed: BTreeSet<_> = LISTED
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(there, listed);
    assert_eq!(listed.len(), LISTED.len(), "an endpoint is listed twice");
}

#[tokio::test]
async fn every_role_gets_what_the_list_says_on_what_is_its_own_and_on_what_is_foreign() {
    let matrix = Matrix::start().await;
    let mut wrong = Vec::new();
    for (method, path, who, uses) in LISTED {
        for (name, key) in KEYS {
            let ids = matrix.own(path).await;
            let before = matrix.audit_entries().await;
            let response = matrix.call(method, path, &ids, name).await;
            let status = response.status();
            let wanted = expected(*who, names_an_owner(path), key);
            let fits = match &wanted {
                Expected::Good => status.is_success(),
                Expected::Status(code) => status == *code,
            };
            if !fits {
                wrong.push(format!(
                    "{method} {path} as {name}: {status}, not {wanted:?}: {}",
                    document(response).await
                ));
            }
            let left = matrix.audit_entries().await - before;
            if status.is_success() && left != *uses {
                wrong.push(format!("{method} {path} as {name}: {left} audit entries, not {uses}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_foreign_is_answered_exactly_as_what_does_not_exist() {
    let matrix = Matrix::start().await;
    for (method, path, who, _) in LISTED.iter().filter(|(_, path, ..)| names_an_owner(path)) {
        let own = matrix.own(path).await;
        for (name, key) in KEYS {
            let foreign = matrix.call(method, path, &own, name).await;
            if expected(*who, true, key) != Expected::Status(StatusCode::NOT_FOUND) {
                continue;
            }
            let unknown = matrix.call(method, path, &Ids::unknown(), name).await;
            let headers = |response: &Response| {
                response
                    .headers()
                    .keys()
                    .map(ToString::to_string)
                    .collect::<BTreeSet<_>>()
            };
            assert_eq!(foreign.status(), unknown.status(), "{method} {path} as {name}");
            assert_eq!(headers(&foreign), headers(&unknown), "{method} {path} as {name}");
            assert_eq!(
                document(foreign).await,
                document(unknown).await,
                "{method} {path} as {name}"
            );
        }
    }
}

#[tokio::test]
async fn what_nobody_has_is_not_found_by_those_who_may_ask() {
    let matrix = Matrix::start().await;
    for (method, path, who, _) in LISTED.iter().filter(|(_, path, ..)| path.contains('{')) {
        let name = match who {
            Municipalities => "municipality",
            Staff => "kl",
            _ => "employer",
        };
        let response = matrix.call(method, path, &Ids::unknown(), name).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path}");
    }
}
