//! The way in over HTTP: machines under `/api`, people on the pages. All endpoints stand in one table, from which the router, the
//! access test and the OpenAPI comparison are made. The only room that knows status codes.

pub mod api;
mod body;
mod context;
mod counted;
pub mod door;
mod guard;
mod limits;
mod peer;
mod problem;
mod transaction;
mod unread;
pub mod web;

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{MethodFilter, MethodRouter, get, on},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{access::Action, app::App, limits::Class};

pub use body::BodyLimit;
pub use context::RequestContext;
pub use limits::HEADERS as LIMIT_HEADERS;
pub use peer::Peer;
pub use problem::{OurFault, ParameterFault, Problem, ProblemType, TYPE_BASE};

/// Whether a machine or a person calls: decides how a problem is shown and how the caller proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Machine,
    Page,
}

/// One address and what it takes to use it.
pub struct Endpoint {
    pub method: Method,
    /// As axum writes it, e.g. `/api/v1/submissions/{id}`.
    pub path: &'static str,
    pub action: Action,
    pub surface: Surface,
    /// The largest body it takes. Where a row says nothing: none for a call that only reads, else a small one.
    pub body: BodyLimit,
    /// What it counts as. Where a row says nothing: reading or writing, by its method.
    pub class: Class,
    /// Whether `wait=` gives it more time.
    pub waits: bool,
    pub handler: MethodRouter<App>,
}

impl Endpoint {
    /// An endpoint of the machine interface.
    pub fn machine<H, T>(method: Method, path: &'static str, action: Action, handler: H) -> Self
    where
        H: axum::handler::Handler<T, App>,
        T: 'static,
    {
        let reads = method == Method::GET;
        Self {
            handler: on(filter(&method), handler),
            body: match method {
                Method::GET | Method::DELETE => BodyLimit::None,
                _ => BodyLimit::Small,
            },
            class: if reads { Class::Read } else { Class::Write },
            waits: false,
            method,
            path,
            action,
            surface: Surface::Machine,
        }
    }

    /// A page.
    pub fn page<H, T>(method: Method, path: &'static str, action: Action, handler: H) -> Self
    where
        H: axum::handler::Handler<T, App>,
        T: 'static,
    {
        let endpoint = Self::machine(method, path, action, handler);
        Self {
            surface: Surface::Page,
            body: match endpoint.body {
                BodyLimit::None => BodyLimit::None,
                // All questions of one report, answered at length.
                BodyLimit::Small | BodyLimit::Case | BodyLimit::Submission => BodyLimit::Case,
            },
            ..endpoint
        }
    }

    /// Takes a body of this size.
    #[must_use]
    pub fn taking(self, body: BodyLimit) -> Self {
        Self { body, ..self }
    }

    #[must_use]
    pub fn counted_as(self, class: Class) -> Self {
        Self { class, ..self }
    }

    /// The answer may be waited for.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }
}

fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).expect("the table uses methods that axum knows; a test builds the router")
}

/// Every endpoint of the service.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = api::endpoints();
    all.extend(web::endpoints());
    all
}

/// The router: each endpoint behind its guard, all behind the layers that every answer passes.
pub fn router(app: &App) -> Router {
    let mut router = Router::new();
    for Endpoint {
        path,
        action,
        surface,
        body,
        class,
        waits,
        handler,
        ..
    } in endpoints()
    {
        let guard = guard::Guard {
            app: app.clone(),
            action,
            surface,
            body,
            class,
            waits,
        };
        router = router.route(
            path,
            handler.route_layer(middleware::from_fn_with_state(guard, guard::check)),
        );
    }
    router
        .layer(CatchPanicLayer::new())
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(middleware::from_fn(door::refuse_in_clear))
        .layer(middleware::from_fn_with_state(app.clone(), context::around))
        .layer(middleware::from_fn_with_state(app.clone(), counted::each))
        .with_state(app.clone())
}

/// Figures for the operator, on a listener of their own that is not open to the outside.
pub fn metrics_router(app: &App) -> Router {
    Router::new()
        .route("/metrics", get(api::metrics))
        .with_state(app.clone())
}
