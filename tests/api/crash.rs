//! `kill -9` in the middle of a thousand submissions, twice: what was receipted is there, nothing is half there, no feed has a hole or a
//! double.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::process::{Place, Process, client, submission, succeed};

const SUBMISSIONS: usize = 1_000;
const CLIENTS: usize = 8;
/// How many receipts there are when the process is killed.
const KILL_AT: [usize; 2] = [250, 600];
const MUNICIPALITIES: [&str; 5] = ["0101", "0461", "0751", "0851", "0400"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_amid_a_thousand_submissions_loses_nothing_on_sqlite() {
    survive(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_amid_a_thousand_submissions_loses_nothing_on_postgresql() {
    survive(&Place::postgres("crash").await).await;
}

async fn survive(place: &Place) {
    let mut service = place.serve();
    let employer = place.employer_key();
    let keys = MUNICIPALITIES.map(|code| (code, place.municipality_key(code)));
    let senders = Arc::new(Senders::new(employer));
    for receipts in KILL_AT {
        senders.send_and_kill(service, receipts).await;
        assert!(senders.receipts().len() < SUBMISSIONS, "the kill came amid the sending");
        service = place.serve();
        verify(&service.url, &senders, &keys).await;
    }
    senders.send(&service.url).await;
    assert_eq!(senders.receipts().len(), SUBMISSIONS);
    let stored = verify(&service.url, &senders, &keys).await;
    assert_eq!(
        stored, SUBMISSIONS,
        "sent again with the same key it is the same submission"
    );
    succeed(place.command(&["audit", "verify"]));
}

/// The clients' side: what is still to be sent, and the receipts they hold.
struct Senders {
    key: String,
    pending: Mutex<VecDeque<usize>>,
    receipts: Mutex<BTreeMap<usize, Value>>,
}

impl Senders {
    fn new(key: String) -> Self {
        Self {
            key,
            pending: Mutex::new((0..SUBMISSIONS).collect()),
            receipts: Mutex::default(),
        }
    }

    fn receipts(&self) -> BTreeMap<usize, Value> {
        self.receipts.lock().unwrap().clone()
    }

    /// Sends with all clients at once until everything is receipted or the service is gone.
    async fn send(self: &Arc<Self>, url: &str) {
        let clients = (0..CLIENTS).map(|_| tokio::spawn(Arc::clone(self).work(url.to_owned())));
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
    }

    async fn send_and_kill(self: &Arc<Self>, service: Process, receipts: usize) {
        let (senders, url) = (Arc::clone(self), service.url.clone());
        let sending = tokio::spawn(async move { senders.send(&url).await });
        while self.receipts.lock().unwrap().len() < receipts {
            assert!(!sending.is_finished(), "the service went away by itself");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        service.kill();
        sending.await.unwrap();
    }

    async fn work(self: Arc<Self>, url: String) {
        let client = client();
        while let Some(index) = self.take() {
            match self.submit(&client, &url, index).await {
                Some(receipt) => {
                    self.receipts.lock().unwrap().insert(index, receipt);
                }
                None => return self.pending.lock().unwrap().push_front(index),
            }
        }
    }

    fn take(&self) -> Option<usize> {
        self.pending.lock().unwrap().pop_front()
    }

    /// The receipt; `None` when the service went away before the whole of it was here.
    async fn submit(&self, client: &Client, url: &str, index: usize) -> Option<Value> {
        loop {
            let call = client.post(format!("{url}/api/v1/submissions")).bearer_auth(&self.key);
            let call = call
                .header("idempotency-key", format!("crash-{index}"))
                .json(&submission(&receivers(index)));
            let answer = call.send().await.ok()?;
            match answer.status() {
                StatusCode::CREATED => return answer.json().await.ok(),
                StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(Duration::from_millis(50)).await,
                other => panic!("a submission got {other}"),
            }
        }
    }
}

/// One to three municipalities, so that there is something to be cut in half.
fn receivers(index: usize) -> Vec<&'static str> {
    (index..=index + index % 3)
        .map(|place| MUNICIPALITIES[place % MUNICIPALITIES.len()])
        .collect()
}

type ReportsByMunicipality = BTreeMap<String, BTreeSet<String>>;

/// Whether what is stored holds every receipt, is whole, and is what the feeds tell. How many submissions there are.
async fn verify(url: &str, senders: &Senders, keys: &[(&str, String)]) -> usize {
    let client = client();
    let mut routed = ReportsByMunicipality::new();
    let stored = stored(&client, url, &senders.key).await;
    for (index, receipt) in senders.receipts() {
        let found = stored
            .get(text(&receipt["submission_id"]))
            .expect("a receipted submission is there");
        assert_eq!(found["receipt_number"], receipt["receipt_number"]);
        assert_eq!(routes(found), routes(&receipt));
        assert_eq!(routes(found).len(), receivers(index).len());
    }
    for (municipality, report) in stored.values().flat_map(routes) {
        assert!(routed.entry(municipality).or_default().insert(report));
    }
    for (code, key) in keys {
        let told = feed(&client, url, code, key).await;
        assert_eq!(told, routed.remove(*code).unwrap_or_default(), "the feed of {code}");
    }
    assert!(routed.is_empty());
    stored.len()
}

/// All submissions of the employer, whole, by id.
async fn stored(client: &Client, url: &str, key: &str) -> BTreeMap<String, Value> {
    let (mut found, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = get(client, &format!("{url}/api/v1/submissions?limit=100{cursor}"), key).await;
        for line in page["submissions"].as_array().unwrap() {
            let id = text(&line["submission_id"]);
            let whole = get(client, &format!("{url}/api/v1/submissions/{id}"), key).await;
            assert_eq!(line["reports"], whole["reports"].as_array().unwrap().len());
            assert!(found.insert(id.to_owned(), whole).is_none());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Municipality and id of each report.
fn routes(submission: &Value) -> Vec<(String, String)> {
    let route = |report: &Value| {
        (
            text(&report["municipality"]["code"]).to_owned(),
            text(&report["report_id"]).to_owned(),
        )
    };
    submission["reports"].as_array().unwrap().iter().map(route).collect()
}

/// The reports in a feed, whose numbers must be dense and whose entries must be chained.
async fn feed(client: &Client, url: &str, code: &str, key: &str) -> BTreeSet<String> {
    let (mut reports, mut last, mut digest) = (BTreeSet::new(), 0, "0".repeat(64));
    loop {
        let page = get(
            client,
            &format!("{url}/api/v1/municipalities/{code}/records?after={last}&limit=500"),
            key,
        )
        .await;
        for record in page["records"].as_array().unwrap() {
            assert_eq!(record["sequence"], last + 1, "the feed of {code}");
            assert_eq!(record["previous_digest"], digest.as_str(), "the feed of {code}");
            assert!(
                reports.insert(text(&record["report"]["report_id"]).to_owned()),
                "told twice in the feed of {code}"
            );
            (last, digest) = (last + 1, text(&record["digest"]).to_owned());
        }
        if page["has_more"] == false {
            assert_eq!(page["latest_sequence"], last);
            return reports;
        }
    }
}

async fn get(client: &Client, url: &str, key: &str) -> Value {
    let answer = client.get(url).bearer_auth(key).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    answer.json().await.unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
