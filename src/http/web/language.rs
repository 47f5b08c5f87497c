//! The choice between Danish and English: `?lang=en` on any page, remembered in a cookie that exists for nothing else.

use axum::http::{HeaderMap, HeaderValue, Uri, header::SET_COOKIE};

use super::{cookie, frame::query_of};
use crate::app::App;

/// Name of the cookie and of the word in the query.
pub const NAME: &str = "lang";

/// Keeps the language that the address of a page asks for. Nothing is set before somebody chooses.
pub fn remember(app: &App, uri: &Uri, answer: &mut HeaderMap) {
    let cookie = chosen(uri).map(|code| {
        let secure = cookie::secure(app);
        format!("{NAME}={code}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}")
    });
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        answer.append(SET_COOKIE, cookie);
    }
}

fn chosen(uri: &Uri) -> Option<&'static str> {
    query_of(uri)
        .find(|(name, _)| name == NAME)
        .and_then(|(_, asked)| ["da", "en"].into_iter().find(|code| *code == asked))
}
