//! The way in over HTTP: machines under `/api`, people on the pages. All endpoints stand in one table, from which the router, the
//! access test and the OpenAPI comparison are made. The only room that knows status codes.

pub mod api;
mod context;
mod guard;
mod peer;
mod problem;
mod transaction;
pub mod web;

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{MethodFilter, MethodRouter, get, on},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{access::Action, app::App};

pub use context::RequestContext;
pub use peer::Peer;
pub use problem::{Problem, ProblemType, TYPE_BASE};

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
    pub handler: MethodRouter<App>,
}

impl Endpoint {
    /// An endpoint of the machine interface.
    pub fn machine<H, T>(method: Method, path: &'static str, action: Action, handler: H) -> Self
    where
        H: axum::handler::Handler<T, App>,
        T: 'static,
    {
        Self {
            handler: on(filter(&method), handler),
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
        Self {
            surface: Surface::Page,
            ..Self::machine(method, path, action, handler)
        }
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
        handler,
        ..
    } in endpoints()
    {
        let guard = guard::Guard {
            app: app.clone(),
            action,
            surface,
        };
        router = router.route(
            path,
            handler.route_layer(middleware::from_fn_with_state(guard, guard::check)),
        );
    }
    router
        .layer(CatchPanicLayer::new())
        .layer(axum::extract::DefaultBodyLimit::max(app.config.server.body_limit_bytes))
        .layer(middleware::from_fn_with_state(app.clone(), context::around))
        .with_state(app.clone())
}

/// Figures for the operator, on a listener of their own that is not open to the outside.
pub fn metrics_router(app: &App) -> Router {
    Router::new()
        .route("/metrics", get(api::metrics))
        .with_state(app.clone())
}
