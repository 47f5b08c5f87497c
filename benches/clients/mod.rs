//! What the benchmarks that call a running service share.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub mod people;
pub mod served;

use std::{error::Error, path::Path, process::Command, time::Duration};

use reqwest::{Client, RequestBuilder, header};
use serde_json::{Value, json};

pub type Failure = Box<dyn Error + Send + Sync>;

/// A key of the running service, made beside it.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    pub fn employer() -> Result<Self, Failure> {
        Self::make(
            &std::env::var("FLEKSPORT_DATA")?,
            &["--role", "employer", "--cvr", people::EMPLOYER],
        )
    }

    pub fn municipality(code: &str) -> Result<Self, Failure> {
        Self::make(
            &std::env::var("FLEKSPORT_DATA")?,
            &["--role", "municipality", "--municipality", code],
        )
    }

    fn make(data: &str, whose: &[&str]) -> Result<Self, Failure> {
        Self::configured(data, None, whose)
    }

    /// For the service on that data and with those settings.
    pub fn configured(data: &str, config: Option<&Path>, whose: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::var("FLEKSPORT_BIN")?);
        command.args(["credential", "create", "--data", data]).args(whose);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let made = command.output()?;
        let printed = String::from_utf8(made.stdout)?;
        let key = printed.split_whitespace().last().ok_or("no key was made")?;
        Ok(Self(key.to_owned()))
    }

    /// What is sent with each call.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Calls the service with a key.
pub struct Caller {
    client: Client,
    url: String,
}

impl Caller {
    pub fn new(key: &Key) -> Result<Self, Failure> {
        Self::at(&std::env::var("FLEKSPORT_URL")?, key)
    }

    /// Of the service at that address.
    pub fn at(url: &str, key: &Key) -> Result<Self, Failure> {
        let mut headers = header::HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {}", key.0).parse()?);
        let client = Client::builder()
            .default_headers(headers)
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            client,
            url: url.to_owned(),
        })
    }

    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        Self::answer(self.client.get(format!("{}{path}", self.url))).await
    }

    pub async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<Value, Failure> {
        let mut call = self.client.post(format!("{}{path}", self.url)).json(body);
        if let Some(key) = key {
            call = call.header("Idempotency-Key", key);
        }
        Self::answer(call).await
    }

    async fn answer(call: RequestBuilder) -> Result<Value, Failure> {
        let response = call.send().await?;
        let (status, path) = (response.status(), response.url().path().to_owned());
        if status.is_success() {
            Ok(serde_json::from_slice(&response.bytes().await?)?)
        } else {
            Err(format!("{path}: {status} {}", response.text().await?).into())
        }
    }
}

/// Median, 95th and 99th of a hundred, and the longest, in milliseconds.
pub fn figures(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0, |time| time.as_micros()) as f64 / 1_000.0
    };
    json!({"p50": at(50), "p95": at(95), "p99": at(99), "max": at(100)})
}
