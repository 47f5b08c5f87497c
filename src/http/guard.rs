//! Stands before every endpoint: finds out who calls, asks `access` and lets the grant through to the handler.

use std::time::Duration;

use axum::{
    RequestExt,
    extract::{FromRequestParts, RawPathParams, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    BodyLimit, Problem, ProblemType, Surface,
    limits::{self, peer},
    transaction, unread, web,
};
use crate::{
    access::{self, Action, Caller, Grant, Object},
    app::App,
    limits::Class,
};

/// What the guard of one endpoint knows.
#[derive(Clone)]
pub struct Guard {
    pub app: App,
    pub action: Action,
    pub surface: Surface,
    pub body: BodyLimit,
    pub class: Class,
    pub waits: bool,
}

impl<S: Sync> FromRequestParts<S> for Grant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(ProblemType::Internal))
    }
}

pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let limit = guard.time_limit(&request);
    match tokio::time::timeout(limit, pass(&guard, request, next)).await {
        Ok(response) => response,
        Err(_) => Problem::new(ProblemType::Timeout).with_retry_after(5).into_response(),
    }
}

impl Guard {
    /// A call that waits for something new has that much more time.
    fn time_limit(&self, request: &Request) -> Duration {
        let asks = request.uri().query().is_some_and(|query| query.contains("wait="));
        let wait = if self.waits && asks {
            self.app.config.feed.max_wait
        } else {
            Duration::ZERO
        };
        self.app.config.server.request_timeout + wait
    }
}

async fn pass(guard: &Guard, mut request: Request, next: Next) -> Response {
    let object = object_of(&mut request).await;
    let caller = match caller_of(guard, &mut request).await {
        Ok(caller) => caller,
        Err(problem) => return refuse(problem, request).await,
    };
    if guard.lacks_transaction(&caller, &request) {
        return refuse(Problem::new(ProblemType::TransactionHeaderMissing), request).await;
    }
    let left = match guard.app.limits.take(&caller, peer(&request), guard.class) {
        Ok(left) => left,
        Err(exhausted) => return refuse(limits::limited(exhausted), request).await,
    };
    let mut response = decide(guard, &caller, &object, request, next).await;
    if let (Surface::Machine, Some(left)) = (guard.surface, left) {
        limits::tell(left, response.headers_mut());
    }
    response
}

/// Refuses in a way that leaves the connection to the caller, where the body allows it.
async fn refuse(problem: Problem, request: Request) -> Response {
    unread::read_to_the_end(request).await;
    problem.into_response()
}

async fn decide(guard: &Guard, caller: &Caller, object: &Object, mut request: Request, next: Next) -> Response {
    match access::decide(caller, guard.action, object) {
        Ok(grant) => {
            if let Err(problem) = guard.body.admit(&guard.app, &mut request) {
                return problem.into_response();
            }
            request.extensions_mut().insert(grant);
            next.run(request).await
        }
        Err(denial) if guard.surface == Surface::Page => match guard.body.admit(&guard.app, &mut request) {
            Ok(()) => web::denied(&guard.app, denial, request).await,
            Err(problem) => refuse(problem, request).await,
        },
        Err(denial) => refuse(denial.into(), request).await,
    }
}

impl Guard {
    /// Whether a municipality's system calls without the headers of the common infrastructure, where they are asked for.
    fn lacks_transaction(&self, caller: &Caller, request: &Request) -> bool {
        let municipal = self.surface == Surface::Machine && matches!(caller, Caller::Municipality { .. });
        let asked_for = municipal && self.app.config.api.require_transaction_headers;
        asked_for && !transaction::are_there(request.headers())
    }
}

/// The owner that the address names.
async fn object_of(request: &mut Request) -> Object {
    let Ok(params) = request.extract_parts::<RawPathParams>().await else {
        return Object::Nothing;
    };
    let named = params
        .iter()
        .find(|(name, _)| *name == "code")
        .map(|(_, value)| value.to_owned());
    named.map_or(Object::Nothing, Object::Municipality)
}

/// A machine shows a key with each call; a person's browser a session.
async fn caller_of(guard: &Guard, request: &mut Request) -> Result<Caller, Problem> {
    let now = guard.app.clock.now();
    let found = match guard.surface {
        // The files that pages load are the same for everybody.
        Surface::Page if guard.class == Class::Free => None,
        Surface::Page => web::session::caller(&guard.app, request, now).await?,
        Surface::Machine => match key_of(request.headers()) {
            None => None,
            // A wrong key is an error even where none is needed: the caller believes it is somebody.
            Some(key) => {
                let peer = peer(request);
                guard.app.limits.may_show(peer, key).map_err(limits::limited)?;
                let caller = guard.app.store.caller_of_key(key, now).await?;
                guard.app.limits.was_shown(peer, key, caller.is_some());
                Some(caller.ok_or_else(|| Problem::new(ProblemType::Unauthenticated))?)
            }
        },
    };
    Ok(found.unwrap_or(Caller::Anonymous))
}

/// The key that a machine shows; empty, which no key is, when it shows something else.
fn key_of(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, key) = shown.split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") {
        key.trim()
    } else {
        ""
    })
}
