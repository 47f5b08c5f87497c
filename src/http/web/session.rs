//! Who is logged in: the cookie, and what it stands for.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header::COOKIE},
};
use jiff::Timestamp;

use crate::{
    access::Caller,
    app::App,
    http::Problem,
    reference,
    store::{NewSession, Session},
    value::{Cvr, Language},
};

/// Name of the cookie.
const NAME: &str = "session";

/// The company that the examples speak of; every other one is called by its number.
const EXAMPLE_COMPANY: (&str, &str) = ("13585628", "Værkstedet");

/// Who shows a cookie that holds. The session goes along with the request, for the pages.
///
/// # Errors
/// When the database does not answer.
pub async fn caller(app: &App, request: &mut Request, now: Timestamp) -> Result<Option<Caller>, Problem> {
    let Some(token) = token(request.headers()) else {
        return Ok(None);
    };
    let session = app.store.session_find(token, now).await?;
    let caller = session.as_ref().map(|session| session.caller.clone());
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    Ok(caller)
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, token)| token)
}

/// The cookie of a login just made. It ends with the browser; the store ends it earlier.
pub fn cookie(app: &App, session: &NewSession) -> Option<HeaderValue> {
    let mut cookie = HeaderValue::try_from(format!("{NAME}={}{}", session.token.expose(), attributes(app))).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// Makes the browser forget.
pub fn no_cookie(app: &App) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{NAME}=; Max-Age=0{}", attributes(app))).ok()
}

/// Only a browser on this machine may send it unencrypted.
fn attributes(app: &App) -> &'static str {
    if app.config.server.listen.ip().is_loopback() {
        "; Path=/; HttpOnly; SameSite=Lax"
    } else {
        "; Path=/; HttpOnly; SameSite=Lax; Secure"
    }
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
