//! A visitor of the pages: keeps cookies, reads forms as a browser does, follows nothing by itself.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode, header};

use super::support::TestApp;

pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: BTreeMap<String, String>,
}

/// One answer.
pub struct Seen {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: BTreeMap::new(),
        }
    }

    pub async fn employer(app: &'a TestApp, cvr: &str) -> Self {
        Self::logged_in(app, &[("role", "employer"), ("cvr", cvr)]).await
    }

    pub async fn municipality(app: &'a TestApp, code: &str) -> Self {
        Self::logged_in(app, &[("role", "municipality"), ("municipality", code)]).await
    }

    pub async fn kl(app: &'a TestApp) -> Self {
        Self::logged_in(app, &[("role", "kl")]).await
    }

    async fn logged_in(app: &'a TestApp, fields: &[(&str, &str)]) -> Self {
        let mut browser = Self::new(app);
        let seen = browser.log_in(fields).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        browser
    }

    /// Opens the page for logging in, fills in the form and sends it.
    pub async fn log_in(&mut self, fields: &[(&str, &str)]) -> Seen {
        let token = self.get("/log-ind").await.login_token();
        self.post("/log-ind", &[fields, &[("login_token", &token)]].concat())
            .await
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send(Method::POST, path, Some(body.finish())).await
    }

    /// Goes on to where the browser was sent, if it was.
    pub async fn follow(&mut self, seen: Seen) -> Seen {
        let mut seen = seen;
        for _ in 0..5 {
            if seen.status != StatusCode::SEE_OTHER {
                return seen;
            }
            let place = seen.header("location").to_owned();
            seen = self.get(&place).await;
        }
        panic!("the browser is sent round in a circle");
    }

    /// Sends a form of the page as it was drawn, with these fields filled in.
    pub async fn send_form(&mut self, page: &Seen, action: &str, fields: &[(&str, &str)]) -> Seen {
        let hidden = page.hidden_of(action);
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    /// The first page of a new report.
    pub async fn new_report(&mut self) -> Seen {
        let sent_on = self.get("/indberet/ny").await;
        self.follow(sent_on).await
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Seen {
        let mut request = self.app.request(method, path, "");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body);
        }
        let response = request.send().await.unwrap();
        let headers = response.headers().clone();
        for set in headers.get_all(header::SET_COOKIE) {
            let (pair, _) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name)
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned())
            };
        }
        let status = response.status();
        let bytes = response.bytes().await.unwrap().to_vec();
        Seen {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}

impl Seen {
    /// What forms of the page carry to show that they are ours.
    pub fn csrf(&self) -> String {
        self.hidden("csrf").expect("the page has a form")
    }

    /// What the form for logging in carries.
    pub fn login_token(&self) -> String {
        self.hidden("login_token").expect("the page has the form")
    }

    /// The value of the first hidden field of this name.
    pub fn hidden(&self, name: &str) -> Option<String> {
        let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
        let rest = self.text.split(&field).nth(1)?;
        rest.split('"').next().map(str::to_owned)
    }

    /// The hidden fields of the form that is sent to this address.
    pub fn hidden_of(&self, action: &str) -> Vec<(String, String)> {
        let form = self.text.split(&format!("method=\"post\" action=\"{action}\"")).nth(1);
        let form = form.and_then(|rest| rest.split("</form>").next());
        let fields = form
            .expect("the page has the form")
            .split("type=\"hidden\" name=\"")
            .skip(1);
        let field = |text: &str| {
            let (name, rest) = text.split_once("\" value=\"").unwrap();
            (name.to_owned(), rest.split('"').next().unwrap().to_owned())
        };
        fields.map(field).collect()
    }

    /// Where the form of this id is sent to.
    pub fn action(&self, form: &str) -> String {
        let rest = self
            .text
            .split(&format!("<form id=\"{form}\" method=\"post\" action=\""))
            .nth(1);
        let rest = rest.expect("the page has the form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// The address of another step of the same draft.
    pub fn step(&self, code: &str) -> String {
        let action = self.action("report");
        let (draft, _) = action.rsplit_once('/').unwrap();
        format!("{draft}/{code}")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}
