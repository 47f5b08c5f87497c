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

    async fn logged_in(app: &'a TestApp, fields: &[(&str, &str)]) -> Self {
        let mut browser = Self::new(app);
        let seen = browser.post("/log-ind", fields).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.text);
        browser
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send(Method::POST, path, Some(body.finish())).await
    }

    /// Sends the form of a page on: what it carries, the answers given here, and the button that is pressed.
    pub async fn press(&mut self, page: &Seen, path: &str, answers: &[(&str, &str)], button: &str) -> Seen {
        let carried = page.hidden();
        let mut fields: Vec<(&str, &str)> = carried
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.extend(answers);
        fields.push(("action", button));
        self.post(path, &fields).await
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
        Seen {
            status: response.status(),
            headers,
            text: response.text().await.unwrap(),
        }
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// Names and values of the fields that the form on the page carries unseen.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let form = self.text.split("id=\"report\"").nth(1).expect("the page has the form");
        let form = form.split("</form>").next().unwrap();
        let tags = form
            .split("<input type=\"hidden\"")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap());
        tags.map(|tag| (attribute(tag, "name"), attribute(tag, "value")))
            .collect()
    }

    /// The value of a text input on the page.
    pub fn input(&self, id: &str) -> String {
        let tag = self
            .text
            .split(&format!("id=\"{id}\""))
            .nth(1)
            .expect("the page asks for it")
            .split('>')
            .next()
            .unwrap();
        attribute(tag, "value")
    }

    pub fn asks_for(&self, id: &str) -> bool {
        self.text.contains(&format!("id=\"{id}\""))
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag
        .split(&format!("{name}=\""))
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    value
        .replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
}
