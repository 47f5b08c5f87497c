//! The choice between Danish and English: `?lang=en` on any page, remembered in a cookie that exists for nothing else.

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, header::SET_COOKIE},
    middleware::Next,
    response::Response,
};

use super::frame::query_of;

/// Name of the cookie and of the word in the query.
pub const NAME: &str = "lang";

/// Keeps the language that the address asks for. Nothing is set before somebody chooses.
pub async fn remember(request: Request, next: Next) -> Response {
    let chosen = chosen(request.uri());
    let mut response = next.run(request).await;
    if let Some(code) = chosen {
        let cookie = format!("{NAME}={code}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
        response
            .headers_mut()
            .extend(HeaderValue::try_from(cookie).ok().map(|value| (SET_COOKIE, value)));
    }
    response
}

fn chosen(uri: &Uri) -> Option<&'static str> {
    query_of(uri)
        .find(|(name, _)| name == NAME)
        .and_then(|(_, asked)| ["da", "en"].into_iter().find(|code| *code == asked))
}
