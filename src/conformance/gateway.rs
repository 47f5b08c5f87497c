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
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use tower::ServiceExt;

use super::{
    KitError,
    judge::{Seen, What},
    party::Party,
    scenario::{DAMAGED, Happening},
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
    /// Told when the client is to be killed.
    kill: Notify,
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
            kill: Notify::new(),
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
    pub async fn begin(&self, happens: &[Happening]) {
        // Of a client that ended in the moment in which it was to be killed.
        let _ = tokio::time::timeout(Duration::ZERO, self.way.kill.notified()).await;
        *held(&self.way.plan) = happens.iter().copied().collect();
        held(&self.way.seen).clear();
    }

    /// Tells when the client is to be killed.
    pub fn kill(&self) -> &Notify {
        &self.way.kill
    }

    /// Whether something was to be damaged that the client never came to.
    pub fn untouched(&self) -> bool {
        held(&self.way.plan).iter().any(|next| next.damages())
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
    let happening = way.next(Kind::of(&request));
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
        Happening::Fails => {
            way.note(What::SentAway { seconds: 0 });
            return problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", &[]);
        }
        Happening::TooOld => return way.too_old().await,
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
    let (happening, passed) = way.damage(happening, &call, passed).await;
    let answer = way.meddle(happening, &call, passed);
    if matches!(happening, Happening::KillAtAcknowledgement) {
        way.kill.notify_one();
        // Its connection ends with it.
        return std::future::pending().await;
    }
    if let Happening::PassAndMoreComes(reports) = happening {
        way.more_comes(reports).await;
    }
    answer
}

/// What of a call decides whether something happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fetches,
    /// Fetches, and waits for something new.
    Waits,
    ReadsSnapshot,
    Acknowledges,
    Other,
}

impl Kind {
    fn of(request: &Request) -> Self {
        let (method, path) = (request.method(), request.uri().path());
        let query = request.uri().query().unwrap_or_default();
        let waits = query.split('&').any(|part| part.starts_with("wait="));
        match (method == Method::GET, path.rsplit('/').next()) {
            (true, Some("records")) if waits => Self::Waits,
            (true, Some("records")) => Self::Fetches,
            (true, Some("snapshot")) => Self::ReadsSnapshot,
            (false, Some("acknowledgements")) => Self::Acknowledges,
            _ => Self::Other,
        }
    }
}

/// A problem document as the service writes it.
fn problem(status: StatusCode, code: &str, members: &[(&str, i64)]) -> Response {
    let mut document = json!({
        "type": format!("{}{code}", http::TYPE_BASE), "code": code, "status": status.as_u16(),
        "title": "The conformance kit", "detail": "The conformance kit answers here instead of the service.",
    });
    for (name, value) in members {
        document[*name] = (*value).into();
    }
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, document.to_string()).into_response()
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

    /// The fetch of the one entry after a number, by the same caller.
    fn going_on_after(&self, sequence: i64) -> Self {
        let address = format!("{}?after={sequence}&limit=1", self.uri.path());
        Self {
            method: self.method.clone(),
            uri: address.parse().unwrap_or_default(),
            headers: self.headers.clone(),
            body: Bytes::new(),
        }
    }
}

impl Way {
    fn behind(&self) -> Behind {
        held(&self.behind).clone()
    }

    /// What happens to the next call. What is to happen to calls of one kind is kept until one comes.
    fn next(&self, kind: Kind) -> Happening {
        let mut plan = held(&self.plan);
        let fetches = matches!(kind, Kind::Fetches | Kind::Waits);
        let kept = plan.front().is_some_and(|next| match next {
            Happening::CutWait(_) => kind != Kind::Waits,
            Happening::KillAtAcknowledgement => kind != Kind::Acknowledges,
            Happening::TooOld => kind != Kind::ReadsSnapshot && !fetches,
            next => next.damages() && !fetches,
        });
        match plan.front() {
            _ if kept => Happening::Pass,
            // It stays so until the client begins anew.
            Some(Happening::TooOld) if fetches => Happening::TooOld,
            Some(Happening::TooOld) => {
                plan.pop_front();
                Happening::Pass
            }
            _ => plan.pop_front().unwrap_or(Happening::Pass),
        }
    }

    /// The client asks for entries that are no longer there.
    async fn too_old(&self) -> Response {
        self.note(What::TooOld);
        let latest = self.behind().party.latest_sequence().await.unwrap_or_default();
        let ends = [("floor_sequence", latest - 1), ("latest_sequence", latest)];
        problem(StatusCode::GONE, "cursor-too-old", &ends)
    }

    /// Damage waits for the page that holds the damaged entry. A hole at the end of a page would be none, so the entry after it takes
    /// its place.
    async fn damage(&self, happening: Happening, call: &Call, mut passed: Passed) -> (Happening, Passed) {
        if !happening.damages() {
            return (happening, passed);
        }
        let sequences = passed.sequences();
        if !sequences.contains(&DAMAGED) {
            held(&self.plan).push_front(happening);
            return (Happening::Pass, passed);
        }
        if matches!(happening, Happening::Hole) && sequences.last() == Some(&DAMAGED) {
            let beyond = self.forward(&call.going_on_after(DAMAGED)).await;
            passed.goes_on_with(&beyond);
        }
        (happening, passed)
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
            Happening::Hole => passed.change_page(|records, at| drop(records.remove(at))),
            Happening::BrokenChain => passed.change_page(|records, at| {
                let digest = records[at]["previous_digest"].as_str().unwrap_or_default();
                records[at]["previous_digest"] = digest.chars().rev().collect::<String>().into();
            }),
            Happening::ChangedContent => passed.change_page(|records, at| {
                records[at]["report"]["answers"]["full_time_total_monthly_wage"] = "99000.00".into();
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
    /// Changes a page at the damaged entry; gives the number of that entry.
    fn change_page(&mut self, change: impl FnOnce(&mut Vec<Value>, usize)) -> Option<i64> {
        let mut page = self.page();
        let records = page["records"].as_array_mut()?;
        let at = records.iter().position(|record| record["sequence"] == DAMAGED)?;
        change(records, at);
        self.replace(&page);
        Some(DAMAGED)
    }

    /// Puts the next entry to the end of the page, and goes on from there.
    fn goes_on_with(&mut self, beyond: &Self) {
        let (mut page, mut beyond) = (self.page(), beyond.page());
        if let (Some(records), Some(next)) = (page["records"].as_array_mut(), beyond.pointer_mut("/records/0")) {
            records.push(next.take());
            for member in ["next_cursor", "has_more"] {
                page[member] = beyond[member].take();
            }
        }
        self.replace(&page);
    }

    fn page(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn replace(&mut self, page: &Value) {
        self.body = page.to_string().into();
        self.headers.remove(header::CONTENT_LENGTH);
        self.headers.remove(header::ETAG);
    }

    /// The numbers of the entries on a page.
    fn sequences(&self) -> Vec<i64> {
        let page = self.page();
        let records = page["records"].as_array().into_iter().flatten();
        records.filter_map(|record| record["sequence"].as_i64()).collect()
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
        let page = self.page();
        match call.uri.path().rsplit('/').next() {
            Some("snapshot") if arrives => What::Snapshot {
                as_of: page["as_of"].as_i64().unwrap_or_default(),
                is_last: page["has_more"] == false,
            },
            Some("records") if arrives => What::Fetched {
                sound: (self.sequences().into_iter())
                    .take_while(|sequence| broken.is_none_or(|broken| *sequence < broken))
                    .collect(),
                latest: page["latest_sequence"].as_i64().unwrap_or_default(),
            },
            _ => What::NotFetched,
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
