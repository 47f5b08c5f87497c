//! Traffic on running services, from every side at once: submissions, corrections, withdrawals and transfers, each step perhaps on another
//! node, and readers who wait at every feed. Whoever gets no answer asks again, with the same key, as a client does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::process::{Place, client, submission};

const CODES: [&str; 3] = ["0101", "0461", "0751"];
/// Senders at once.
const SENDERS: usize = 6;

/// What an entry tells of which report.
type Told = (String, String);

pub struct Traffic {
    client: Client,
    /// Addresses of the services; a place changes when one is started again.
    nodes: Mutex<Vec<String>>,
    employer: String,
    keys: BTreeMap<&'static str, String>,
    next: AtomicUsize,
    /// Stories that are through.
    through: AtomicUsize,
    stories: usize,
    /// What each feed has to have told.
    told: Mutex<BTreeMap<&'static str, Vec<Told>>>,
    over: AtomicBool,
}

impl Traffic {
    pub fn new(place: &Place, nodes: Vec<String>, stories: usize) -> Arc<Self> {
        Arc::new(Self {
            client: client(),
            nodes: Mutex::new(nodes),
            employer: place.employer_key(),
            keys: CODES.map(|code| (code, place.municipality_key(code))).into(),
            next: AtomicUsize::new(0),
            through: AtomicUsize::new(0),
            stories,
            told: Mutex::default(),
            over: AtomicBool::new(false),
        })
    }

    pub fn through(&self) -> usize {
        self.through.load(Ordering::Relaxed)
    }

    /// A service was started again, elsewhere.
    pub fn moved(&self, node: usize, url: &str) {
        self.nodes.lock().unwrap()[node] = url.to_owned();
    }

    fn url(&self, node: usize) -> String {
        let nodes = self.nodes.lock().unwrap();
        nodes[node % nodes.len()].clone()
    }

    fn count(&self) -> usize {
        self.nodes.lock().unwrap().len()
    }

    /// Begins all stories and a waiting reader at every feed of every node. Await with [`Traffic::end`].
    pub fn begin(self: &Arc<Self>) -> Begun {
        let sending = (0..SENDERS).map(|_| {
            let traffic = Arc::clone(self);
            tokio::spawn(async move {
                loop {
                    let number = traffic.next.fetch_add(1, Ordering::Relaxed);
                    if number >= traffic.stories {
                        return;
                    }
                    traffic.story(number).await;
                    traffic.through.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let sending = sending.collect();
        let readers = (0..self.count()).flat_map(|node| CODES.map(|code| (node, code)));
        let reading = readers.map(|(node, code)| {
            let traffic = Arc::clone(self);
            (code, tokio::spawn(async move { traffic.follow(node, code).await }))
        });
        Begun {
            sending,
            reading: reading.collect(),
        }
    }

    /// Waits for the last story; then every reader, and whoever reads from the beginning at any node, was told the same and all of it.
    pub async fn end(&self, begun: Begun) {
        for sender in begun.sending {
            sender.await.unwrap();
        }
        self.over.store(true, Ordering::Relaxed);
        let whole = self.whole_feeds().await;
        for (code, reader) in begun.reading {
            assert_eq!(
                reader.await.unwrap(),
                whole[code],
                "who waited at the feed of {code} was told the same"
            );
        }
    }

    /// The feeds from the beginning, which must be the same at every node and tell what was done, once each.
    async fn whole_feeds(&self) -> BTreeMap<&'static str, Vec<Entry>> {
        let mut whole = BTreeMap::new();
        for code in CODES {
            let mut feed = Vec::new();
            while self.read_on(0, code, &mut feed, 0).await {}
            for node in 1..self.count() {
                let mut same = Vec::new();
                while self.read_on(node, code, &mut same, 0).await {}
                assert_eq!(same, feed, "the feed of {code} at both nodes");
            }
            let mut told: Vec<_> = feed.iter().map(|entry| entry.told.clone()).collect();
            let mut wanted = self.told.lock().unwrap().remove(code).unwrap_or_default();
            told.sort();
            wanted.sort();
            assert_eq!(told, wanted, "the feed of {code}");
            whole.insert(code, feed);
        }
        whole
    }

    /// Two reports come in; one is corrected and handed on, the other taken back.
    async fn story(&self, number: usize) {
        let [a, b, c] = [0, 1, 2].map(|at| CODES[(number + at) % 3]);
        let sent = self
            .employer_sends(
                number,
                "submissions",
                (&format!("sent-{number}"), None),
                Some(submission(&[a, b])),
            )
            .await;
        let (first, second) = (id(&sent, 0), id(&sent, 1));
        let mut answers = submission(&[a])["reports"][0].clone();
        answers["full_time_total_monthly_wage"] = json!("33000.00");
        let corrected = self.follow_up(number + 1, &first, "corrections", Some(answers)).await;
        let third = id(&corrected, 0);
        self.follow_up(number, &second, "withdrawal", None).await;
        let path = format!("municipalities/{a}/records/{third}/transfer");
        let body = json!({"to": c, "reason": "Flyttet"});
        self.ask(number + 1, StatusCode::CREATED, |client, url| {
            client
                .post(format!("{url}/api/v1/{path}"))
                .bearer_auth(&self.keys[a])
                .json(&body)
        })
        .await;
        let mut told = self.told.lock().unwrap();
        for (code, event, report) in [
            (a, "report.available", &first),
            (b, "report.available", &second),
            (a, "report.corrected", &third),
            (b, "report.withdrawn", &second),
            (a, "report.transferred-out", &third),
            (c, "report.transferred-in", &third),
        ] {
            told.entry(code).or_default().push((event.to_owned(), report.clone()));
        }
    }

    /// A correction or withdrawal, of the version that is seen.
    async fn follow_up(&self, node: usize, report: &str, what: &str, body: Option<Value>) -> Value {
        let path = format!("reports/{report}");
        let seen = self
            .ask(node, StatusCode::OK, |client, url| {
                client.get(format!("{url}/api/v1/{path}")).bearer_auth(&self.employer)
            })
            .await;
        let etag = seen.headers()[header::ETAG].to_str().unwrap().to_owned();
        let key = format!("{what}-{report}");
        self.employer_sends(node, &format!("{path}/{what}"), (&key, Some(&etag)), body)
            .await
    }

    async fn employer_sends(
        &self,
        node: usize,
        path: &str,
        (key, etag): (&str, Option<&str>),
        body: Option<Value>,
    ) -> Value {
        let answer = self
            .ask(node, StatusCode::CREATED, |client, url| {
                let request = client.post(format!("{url}/api/v1/{path}")).bearer_auth(&self.employer);
                let request = request.header("idempotency-key", key);
                let request = etag
                    .iter()
                    .fold(request, |request, etag| request.header(header::IF_MATCH, *etag));
                body.iter().fold(request, RequestBuilder::json)
            })
            .await;
        // The transport may end within the body as well; by then the status is known, and asking again gives the same.
        match answer.json().await {
            Ok(json) => json,
            Err(_) => Box::pin(self.employer_sends(node, path, (key, etag), body)).await,
        }
    }

    /// Makes a call until it is answered.
    async fn ask(&self, node: usize, wanted: StatusCode, call: impl Fn(&Client, &str) -> RequestBuilder) -> Response {
        loop {
            if let Ok(answer) = call(&self.client, &self.url(node)).send().await {
                match answer.status() {
                    status if status == wanted => return answer,
                    StatusCode::SERVICE_UNAVAILABLE => {}
                    other => panic!("{other}: {}", answer.text().await.unwrap_or_default()),
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits at a feed until everything is over and read.
    async fn follow(&self, node: usize, code: &'static str) -> Vec<Entry> {
        let mut feed = Vec::new();
        loop {
            let over = self.over.load(Ordering::Relaxed);
            if !self.read_on(node, code, &mut feed, 1).await && over {
                return feed;
            }
        }
    }

    /// Reads one page more, which must follow without hole, double or break; whether there is more.
    async fn read_on(&self, node: usize, code: &'static str, feed: &mut Vec<Entry>, wait: u64) -> bool {
        let last = feed.len();
        let path = format!("municipalities/{code}/records?after={last}&limit=40&wait={wait}");
        let answer = self
            .ask(node, StatusCode::OK, |client, url| {
                client.get(format!("{url}/api/v1/{path}")).bearer_auth(&self.keys[code])
            })
            .await;
        let Ok(page) = answer.json::<Value>().await else {
            return true;
        };
        for record in page["records"].as_array().unwrap() {
            let before = feed.last().map_or("0".repeat(64), |entry| entry.digest.clone());
            assert_eq!(record["sequence"], feed.len() + 1, "the feed of {code}");
            assert_eq!(record["previous_digest"], before.as_str(), "the feed of {code}");
            feed.push(Entry {
                told: (text(&record["event"]), text(&record["report"]["report_id"])),
                digest: text(&record["digest"]),
            });
        }
        page["has_more"] == true
    }
}

/// An entry as a reader keeps it.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    told: Told,
    digest: String,
}

impl Begun {
    /// A sender has failed, or there is nothing left to send.
    pub fn has_ended(&self) -> bool {
        self.sending.iter().any(JoinHandle::is_finished)
    }
}

/// Senders and readers at work.
pub struct Begun {
    sending: Vec<JoinHandle<()>>,
    reading: Vec<(&'static str, JoinHandle<Vec<Entry>>)>,
}

fn id(answer: &Value, at: usize) -> String {
    text(&answer["reports"][at]["report_id"])
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text stands here: {value}"))
        .to_owned()
}
