//! What surrounds every request: its ids, its language, the headers of the answer and the shape of its problems.

use std::time::Instant;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::{Problem, ProblemType, limits, transaction, transaction::SentIds, unread, web};
use crate::{app::App, value::Language};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// The pages use nothing of the machine that they are shown on.
const NO_DEVICES: &str = "accelerometer=(), bluetooth=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
/// Where others can get here, they do so encrypted for the next year.
const ENCRYPTED_ONLY: &str = "max-age=31536000; includeSubDomains";
/// Ids and language of one request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Follows the call through answer, audit and log; the caller's own `x-TransaktionsId` when it sent one.
    pub transaction_id: Uuid,
    pub language: Language,
    /// Whether the pages offer a login to this request.
    pub has_login: bool,
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(ProblemType::Internal))
    }
}

/// The outermost layer.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let sent = transaction::read(request.headers());
    let ids = sent.as_ref().copied().unwrap_or_default();
    let Ok(context) = context_of(&app, &request, ids) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let echoed = transaction::echoed(request.headers());
    let machine = is_machine(request.uri().path());
    let uri = request.uri().clone();
    let method = request.method().clone();
    request.extensions_mut().insert(context.clone());
    let began = Instant::now();
    let body = unread::Watch::over(&mut request);
    // A page that a person looks at is not refused for what a proxy adds.
    let response = match sent.err().filter(|_| machine) {
        Some(problem) => {
            unread::read_to_the_end(request).await;
            problem.into_response()
        }
        None => next.run(request).await,
    };
    let mut response = shape(response, machine, &context, &app, &uri);
    add_headers(response.headers_mut(), &context, echoed);
    if !machine {
        web::remember_language(&app, &uri, response.headers_mut());
    }
    if !app.config.exposure().is_loopback() {
        let headers = response.headers_mut();
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(ENCRYPTED_ONLY),
        );
    }
    body.tell(&mut response);
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let request_id = ids.request.map(tracing::field::display);
    tracing::info!(%method, status, transaction_id = %context.transaction_id, request_id, duration_ms, "answered");
    response
}

/// Whether a machine calls: it gets problem documents, also where it wrote one slash too many.
fn is_machine(path: &str) -> bool {
    let path = path.trim_start_matches('/');
    path.starts_with("api/") || path.starts_with("health/")
}

fn context_of(app: &App, request: &Request, sent: SentIds) -> Result<RequestContext, crate::entropy::NoEntropy> {
    let transaction_id = match sent.transaction {
        Some(id) => id,
        None => app.entropy.uuid(app.clock.now())?,
    };
    Ok(RequestContext {
        transaction_id,
        language: language_of(request),
        has_login: web::offers_login(app, request),
    })
}

/// A choice made on a page (`?lang=en`, then the cookie) goes before the browser's setting.
fn language_of(request: &Request) -> Language {
    let chosen = |code: &str| match code {
        "da" => Some(Language::Da),
        "en" => Some(Language::En),
        _ => None,
    };
    let in_query = request.uri().query().into_iter().flat_map(|query| query.split('&'));
    let in_query = in_query.filter_map(|pair| pair.strip_prefix("lang=")).find_map(chosen);
    let header = |name: HeaderName| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let in_cookie = header(header::COOKIE)
        .split(';')
        .filter_map(|pair| pair.trim().strip_prefix("lang="))
        .find_map(chosen);
    in_query
        .or(in_cookie)
        .unwrap_or_else(|| Language::from_accept_language(header(header::ACCEPT_LANGUAGE)))
}

/// Turns a problem, or a library's bare status, into a document for machines or a page for people.
fn shape(response: Response, machine: bool, context: &RequestContext, app: &App, uri: &Uri) -> Response {
    let status = response.status();
    let bare = (status.is_client_error() || status.is_server_error())
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if bare => match Problem::from_status(status) {
            Some(problem) => problem,
            None => return response,
        },
        None => return response,
    };
    let mut shaped = match machine {
        true => problem.render(context.language, context.transaction_id),
        false => web::problem_page(&problem, context, app, uri, response.extensions().get()),
    };
    let kept = [header::ALLOW, header::SET_COOKIE].into_iter().chain(limits::HEADERS);
    for name in kept {
        if let Some(value) = response.headers().get(&name) {
            shaped.headers_mut().insert(name, value.clone());
        }
    }
    shaped
}

fn add_headers(headers: &mut HeaderMap, context: &RequestContext, echoed: Vec<(HeaderName, HeaderValue)>) {
    let id = HeaderValue::try_from(context.transaction_id.to_string());
    headers.extend(id.ok().map(|id| (transaction::TRANSACTION_ID, id)));
    headers.extend(echoed);
    let defaults = [
        (header::CONTENT_LANGUAGE, context.language.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, web::CONTENT_SECURITY_POLICY),
        (OPENER_POLICY, "same-origin"),
        (RESOURCE_POLICY, "same-origin"),
        (PERMISSIONS_POLICY, NO_DEVICES),
        (header::VARY, "Accept-Language, Cookie"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
