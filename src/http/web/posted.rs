//! What a form of our pages sent.

use axum::{
    Form,
    extract::{FromRequest, Request},
};
use subtle::ConstantTimeEq;

use super::{Frame, Visitor};
use crate::{
    app::App,
    http::{Problem, ProblemType, body},
    value::Redacted,
};

/// The field that goes with the login; see [`crate::store::Session::csrf`].
pub const CSRF: &str = "csrf";

/// The fields of a form, in order; one name may come several times. Prints none of it.
#[derive(Default)]
pub struct Posted(Vec<(String, String)>);

impl From<Vec<(String, String)>> for Posted {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
}

impl FromRequest<App> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        // Older browsers don't say where a form came from; they still have to show the token of the session.
        let elsewhere = request
            .headers()
            .get("sec-fetch-site")
            .is_some_and(|site| site != "same-origin" && site != "none");
        if elsewhere {
            return Err(Problem::new(ProblemType::Forbidden));
        }
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts.clone(), axum::body::Body::empty());
        let whole = body::read(Request::from_parts(parts, body), app).await?;
        let request = head.map(|_| axum::body::Body::from(whole.bytes));
        let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
        form.map(|Form(fields)| Self(fields))
            .map_err(|_| Problem::new(ProblemType::InvalidRequest))
    }
}

impl Posted {
    /// The first value of this name, empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All fields whose names begin like this, in order.
    pub fn beginning<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.0.iter().filter(move |(key, _)| key.starts_with(start));
        fields.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All fields but these.
    pub fn without(&self, names: &[&str]) -> Vec<(String, String)> {
        let others = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        others.cloned().collect()
    }

    /// Whether it carries what goes with a login.
    pub fn carries(&self, csrf: &Redacted<String>) -> bool {
        self.get(CSRF).as_bytes().ct_eq(csrf.expose().as_bytes()).into()
    }

    /// Whether the form came from a page that we made for this login.
    pub fn is_ours(&self, frame: &Frame) -> bool {
        match &frame.visitor {
            Visitor::LoggedIn { csrf, .. } => self.get(CSRF).as_bytes().ct_eq(csrf.as_bytes()).into(),
            Visitor::Anonymous | Visitor::Unknown => false,
        }
    }
}
