//! Pages for people: rendered here, without needing scripts in the browser, in Danish and English.
//!
//! Templates lie in `assets/templates`; what the design system asks for in markup is in its `ui.html` alone.

pub mod assets;
mod errors;
mod frame;
mod language;
mod public;
pub mod ui;

use axum::{
    http::Method,
    middleware,
    response::{Html, IntoResponse, Response},
};

pub use errors::problem_page;
pub use frame::{Frame, Visitor};

use super::Endpoint;
use crate::access::Action::ReadPublic;

/// Everything from this origin, nothing inline, nothing framed, forms only to ourselves.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every page and the files that pages load.
pub fn endpoints() -> Vec<Endpoint> {
    let pages = [
        Endpoint::page(Method::GET, "/", ReadPublic, public::front),
        Endpoint::page(Method::GET, "/was", ReadPublic, public::accessibility),
        Endpoint::page(Method::GET, "/privatliv", ReadPublic, public::privacy),
        Endpoint::page(Method::GET, "/api", ReadPublic, public::developers),
        Endpoint::page(Method::GET, "/assets/{folder}/{*path}", ReadPublic, assets::serve),
    ];
    pages.into_iter().map(remembering).collect()
}

/// The page, with the choice of language kept for the next one.
fn remembering(endpoint: Endpoint) -> Endpoint {
    Endpoint {
        handler: endpoint.handler.layer(middleware::from_fn(language::remember)),
        ..endpoint
    }
}

/// A template as an answer.
struct Page<T>(T);

impl<T: askama::Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => Html(text).into_response(),
            Err(error) => errors::undrawn(&error),
        }
    }
}
