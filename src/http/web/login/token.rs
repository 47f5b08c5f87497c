//! Shows that a login was sent from our own form: a cookie of its own, and in the form what is made of it. Another site can do neither.
//! It is no session and never becomes one.

use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::super::cookie;
use crate::{app::App, entropy::NoEntropy, record::to_hex};

const NAME: &str = "login";
/// Letters of the cookie's value.
const LENGTH: usize = 64;

/// What the form carries, and the cookie that goes with it.
pub struct LoginToken {
    secret: String,
    /// Whether the browser has it already.
    is_known: bool,
}

impl LoginToken {
    /// The browser's own, so that forms in two windows hold; else a new one.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn of(app: &App, headers: &HeaderMap) -> Result<Self, NoEntropy> {
        if let Some(secret) = shown(app, headers) {
            return Ok(Self {
                secret: secret.to_owned(),
                is_known: true,
            });
        }
        Ok(Self {
            secret: to_hex(&app.entropy.bytes::<{ LENGTH / 2 }>()?),
            is_known: false,
        })
    }

    /// What the form carries.
    pub fn in_form(&self) -> String {
        of_secret(&self.secret)
    }

    /// To be set with the form; `None` where the browser has it.
    pub fn cookie(&self, app: &App) -> Option<HeaderValue> {
        (!self.is_known).then(|| cookie::set(app, NAME, &self.secret)).flatten()
    }
}

/// Whether what the form carried belongs to the browser's cookie.
pub fn holds(app: &App, headers: &HeaderMap, sent: &str) -> bool {
    shown(app, headers).is_some_and(|secret| of_secret(secret).as_bytes().ct_eq(sent.as_bytes()).into())
}

fn shown<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let is_ours = |secret: &&str| secret.len() == LENGTH && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    cookie::find(app, NAME, headers).filter(is_ours)
}

fn of_secret(secret: &str) -> String {
    to_hex(&Sha256::digest(format!("login {secret}")))
}
