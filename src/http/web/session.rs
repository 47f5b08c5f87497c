//! Who is logged in: the cookie, and what it stands for.

use axum::{extract::Request, http::HeaderValue};
use jiff::Timestamp;

use super::cookie;
use crate::{
    access::Caller,
    app::App,
    http::Problem,
    reference,
    store::{NewSession, Session},
    value::{Cvr, Language},
};

/// Name of the cookie; see [`mod@cookie`] for what stands before it.
const NAME: &str = "session";

/// The company that the examples speak of; every other one is called by its number.
const EXAMPLE_COMPANY: (&str, &str) = ("13585628", "Værkstedet");

/// Who shows a cookie that holds. The session goes along with the request, for the pages.
///
/// # Errors
/// When the database does not answer.
pub async fn caller(app: &App, request: &mut Request, now: Timestamp) -> Result<Option<Caller>, Problem> {
    let Some(token) = cookie::find(app, NAME, request.headers()) else {
        return Ok(None);
    };
    let session = app.store.session_find(token, now).await?;
    let caller = session.as_ref().map(|session| session.caller.clone());
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    Ok(caller)
}

/// The cookie's name as the browser shows it.
pub fn cookie_name(app: &App) -> String {
    cookie::full_name(app, NAME)
}

/// The cookie of a login just made. It ends with the browser; the store ends it earlier.
pub fn cookie(app: &App, session: &NewSession) -> Option<HeaderValue> {
    cookie::set(app, NAME, session.token.expose())
}

/// Makes the browser forget.
pub fn no_cookie(app: &App) -> Option<HeaderValue> {
    cookie::forget(app, NAME)
}

/// What the header calls the one who is logged in.
pub fn name(session: &Session, language: Language) -> String {
    match &session.caller {
        Caller::Employer { cvr, .. } => company(cvr),
        Caller::Municipality { code, .. } => reference::municipality(code).full_name.to_owned(),
        Caller::Kl { .. } => "KL".to_owned(),
        Caller::Operator { .. } if language == Language::En => "Operations".to_owned(),
        Caller::Operator { .. } => "Drift".to_owned(),
        Caller::Anonymous => String::new(),
    }
}

/// A company as the pages name it.
pub fn company(cvr: &Cvr) -> String {
    let (example, name) = EXAMPLE_COMPANY;
    if cvr.as_str() == example {
        format!("{name}, CVR {cvr}")
    } else {
        format!("CVR {cvr}")
    }
}
