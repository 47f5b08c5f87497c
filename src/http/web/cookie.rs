//! The cookies that tell who somebody is: their names and what browsers may do with them.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::app::App;

/// The name as the browser knows it. With `__Host-` no other host and no unencrypted page can set it; only on this machine, where there
/// is no encryption, it goes without.
pub fn full_name(app: &App, name: &str) -> String {
    let prefix = if app.config.exposure().is_loopback() {
        ""
    } else {
        "__Host-"
    };
    format!("{prefix}{name}")
}

/// `; Secure`, except for a browser on this machine.
pub fn secure(app: &App) -> &'static str {
    if app.config.exposure().is_loopback() {
        ""
    } else {
        "; Secure"
    }
}

/// What the browser sent under this name.
pub fn find<'a>(app: &App, name: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = full_name(app, name);
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A secret that ends with the browser's run.
pub fn set(app: &App, name: &str, secret: &str) -> Option<HeaderValue> {
    let text = format!("{}={secret}{}", full_name(app, name), attributes(app));
    let mut cookie = HeaderValue::try_from(text).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// Makes the browser forget.
pub fn forget(app: &App, name: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("{}=; Max-Age=0{}", full_name(app, name), attributes(app))).ok()
}

fn attributes(app: &App) -> String {
    format!("; Path=/; HttpOnly; SameSite=Lax{}", secure(app))
}
