//! The way between the client and the service, on which things happen.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::ServiceExt;

use super::{
    KitError,
    judge::{Seen, What},
    party::Party,
    scenario::Happening,
};
use crate::{app::App, http};

/// How long a call may wait before it is cut.
const CUT_AFTER: Duration = Duration::from_millis(500);
/// Most bytes of an answer of the service.
const LONGEST: usize = 64 << 20;

/// Listens on a free port of this machine until it is dropped.
pub struct Gateway {
    url: String,
    way: Arc<Way>,
    serving: JoinHandle<()>,
}

struct Way {
    behind: Mutex<Behind>,
    plan: Mutex<VecDeque<Happening>>,
    seen: Mutex<Vec<Seen>>,
}

/// The service that calls come to.
#[derive(Clone)]
struct Behind {
    party: Arc<Party>,
    service: Router,
}

impl Behind {
    fn new(party: &Arc<Party>) -> Self {
        Self {
            party: party.clone(),
            service: http::router(&party.app),
        }
    }
}

/// What the service answered, before anything happens to it.
struct Passed {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Bytes,
}

impl Gateway {
    pub async fn open(party: &Arc<Party>) -> Result<Self, KitError> {
        let way = Arc::new(Way {
            behind: Mutex::new(Behind::new(party)),
            plan: Mutex::default(),
            seen: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(travel).with_state(way.clone());
        let serving = tokio::spawn(async {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(cause = %error, "the gateway of the conformance kit ended");
            }
        });
        Ok(Self { url, way, serving })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on calls come to another service.
    pub fn lead_to(&self, party: &Arc<Party>) {
        *held(&self.way.behind) = Behind::new(party);
    }

    /// Forgets what was seen, and plans what happens to the next calls.
    pub fn begin(&self, happens: &[Happening]) {
        *held(&self.way.plan) = happens.iter().copied().collect();
        held(&self.way.seen).clear();
    }

    /// What the client has done since.
    pub fn seen(&self) -> Vec<Seen> {
        held(&self.way.seen).clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What one call wrote is whole even if another failed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn travel(State(way): State<Arc<Way>>, request: Request) -> Response {
    let happening = way.next(waits(&request));
    match happening {
        Happening::SendAway(seconds) => {
            way.note(What::SentAway { seconds });
            let headers = [(header::RETRY_AFTER, HeaderValue::from(seconds))];
            return (StatusCode::TOO_MANY_REQUESTS, headers).into_response();
        }
        Happening::Overloaded => {
            way.note(What::SentAway { seconds: 0 });
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Happening::CutWait(reports) => {
            way.more_comes(reports).await;
            tokio::time::sleep(CUT_AFTER).await;
            way.note(What::WaitCut);
            return cut(StatusCode::OK, Bytes::new());
        }
        _ => {}
    }
    let call = Call::read(request).await;
    let passed = way.forward(&call).await;
    let answer = way.meddle(happening, &call, passed);
    if let Happening::PassAndMoreComes(reports) = happening {
        way.more_comes(reports).await;
    }
    answer
}

/// Whether the call waits for something new.
fn waits(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|part| part.starts_with("wait="))
}

/// The first bytes of an answer; then the connection ends.
fn cut(status: StatusCode, begun: Bytes) -> Response {
    let cut = futures_util::stream::iter([Ok(begun), Err(io::Error::other("cut off"))]);
    (status, Body::from_stream(cut)).into_response()
}

/// A call of the client, read to its end.
struct Call {
    method: Method,
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
}

impl Call {
    async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: to_bytes(body, LONGEST).await.unwrap_or_default(),
        }
    }

    /// The number that an acknowledgement names.
    fn acknowledges(&self) -> Option<i64> {
        let is_one = self.method == Method::POST && self.uri.path().ends_with("/acknowledgements");
        let body: Value = serde_json::from_slice(&self.body).ok().filter(|_| is_one)?;
        body["up_to_sequence"].as_i64()
    }

    fn fetches(&self) -> bool {
        self.method == Method::GET && self.uri.path().ends_with("/records")
    }
}

impl Way {
    fn behind(&self) -> Behind {
        held(&self.behind).clone()
    }

    /// What happens to the next call. What is to happen to a waiting one is kept until one waits.
    fn next(&self, waits: bool) -> Happening {
        let mut plan = held(&self.plan);
        let kept = |next: &mut Happening| !waits && matches!(next, Happening::CutWait(_));
        if plan.front_mut().is_some_and(kept) {
            return Happening::Pass;
        }
        plan.pop_front().unwrap_or(Happening::Pass)
    }

    async fn more_comes(&self, reports: usize) {
        if let Err(error) = self.behind().party.submit(reports).await {
            tracing::error!(cause = %error, "no more reports came in");
        }
    }

    fn note(&self, what: What) {
        let at = self.behind().party.app.clock.now();
        held(&self.seen).push(Seen { at, what });
    }

    async fn forward(&self, call: &Call) -> Passed {
        let mut request = Request::new(Body::from(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.uri.clone();
        *request.headers_mut() = call.headers.clone();
        passed(&self.behind().service, request).await
    }

    /// Does to the answer what is to happen to it, and writes down what the client gets.
    fn meddle(&self, happening: Happening, call: &Call, mut passed: Passed) -> Response {
        let broken = match happening {
            Happening::Hole => passed.change_page(|records, middle| drop(records.remove(middle))),
            Happening::BrokenChain => passed.change_page(|records, middle| {
                let digest = records[middle]["previous_digest"].as_str().unwrap_or_default();
                records[middle]["previous_digest"] = digest.chars().rev().collect::<String>().into();
            }),
            Happening::ChangedContent => passed.change_page(|records, middle| {
                records[middle]["report"]["answers"]["full_time_total_monthly_wage"] = "99000.00".into();
            }),
            _ => None,
        };
        let arrives = !matches!(happening, Happening::CutAnswer | Happening::LoseAnswer);
        self.note(passed.seen(call, arrives, broken));
        match happening {
            Happening::CutAnswer => passed.cut_after(passed.body.len() / 2),
            Happening::LoseAnswer => passed.cut_after(0),
            _ => passed.into_response(),
        }
    }
}

async fn passed(service: &Router, request: Request) -> Passed {
    let answer = match service.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    Passed {
        status: parts.status,
        headers: parts.headers,
        body: to_bytes(body, LONGEST).await.unwrap_or_default(),
    }
}

impl Passed {
    /// Changes a page at its middle entry; gives the number of that entry.
    fn change_page(&mut self, change: impl FnOnce(&mut Vec<Value>, usize)) -> Option<i64> {
        let mut page: Value = serde_json::from_slice(&self.body).ok()?;
        let records = page["records"].as_array_mut().filter(|records| !records.is_empty())?;
        let middle = records.len() / 2;
        let sequence = records[middle]["sequence"].as_i64();
        change(records, middle);
        self.body = page.to_string().into();
        self.headers.remove(header::CONTENT_LENGTH);
        self.headers.remove(header::ETAG);
        sequence
    }

    /// What the client can know after this answer. From the entry `broken` on a page can't be trusted.
    fn seen(&self, call: &Call, arrives: bool, broken: Option<i64>) -> What {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return What::KeyRefused,
            StatusCode::NOT_MODIFIED => return What::Unchanged,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return What::Elsewhere,
            _ => {}
        }
        // Told also where the service refuses it, which it does beyond the end of the feed.
        if let Some(up_to) = call.acknowledges() {
            return What::Acknowledged { up_to };
        }
        if !self.status.is_success() {
            return What::Refused {
                status: self.status.as_u16(),
            };
        }
        if !call.fetches() || !arrives {
            return What::NotFetched;
        }
        let page: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let sequences = page["records"].as_array().into_iter().flatten();
        let sequences = sequences.filter_map(|record| record["sequence"].as_i64());
        What::Fetched {
            sound: sequences
                .take_while(|sequence| broken.is_none_or(|broken| *sequence < broken))
                .collect(),
            latest: page["latest_sequence"].as_i64().unwrap_or_default(),
        }
    }

    fn cut_after(&self, bytes: usize) -> Response {
        cut(self.status, self.body.slice(..bytes))
    }

    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// What the service answered to the kit itself.
pub struct Answer {
    pub body: Value,
    pub etag: Option<String>,
}

/// Asks the service as somebody else than the client: with a body POST, without one GET.
///
/// # Errors
/// When the service says no.
pub async fn ask(
    app: &App,
    address: &str,
    key: &str,
    idempotency_key: &str,
    body: Option<Value>,
    etag: Option<String>,
) -> Result<Answer, KitError> {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let mut request = axum::http::Request::builder()
        .method(method)
        .uri(address)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header("idempotency-key", idempotency_key)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(etag) = etag {
        request = request.header(header::IF_MATCH, etag);
    }
    let content = body.filter(|body| !body.is_null()).map(|body| body.to_string());
    let request = request.body(Body::from(content.unwrap_or_default()));
    let request = request.map_err(|error| KitError::Refused(error.to_string()))?;
    let answer = passed(&http::router(app), request).await;
    if !answer.status.is_success() {
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        return Err(KitError::Refused(format!("{address}: {} {told}", answer.status)));
    }
    let etag = answer.headers.get(header::ETAG);
    Ok(Answer {
        etag: etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned),
        body: serde_json::from_slice(&answer.body).unwrap_or_default(),
    })
}
