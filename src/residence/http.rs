//! A register that is asked over HTTP: the number in the body, never in an address; an answer that is not exactly as agreed is none.

use serde::Deserialize;
use serde_json::json;
use ureq::{
    Agent,
    http::{StatusCode, header},
};
use uuid::Uuid;

use super::{NotAnswered, Residence};
use crate::{
    config::{ResidenceAddress, ResidenceSettings},
    value::{Cpr, MunicipalityCode, Redacted},
};

/// Most bytes of an answer.
const LONGEST_ANSWER: u64 = 16 << 10;

pub struct HttpRegister {
    agent: Agent,
    url: String,
    token: Redacted<String>,
}

/// The answer, as agreed.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", deny_unknown_fields)]
enum Answer {
    Resident { municipality_code: String },
    Protected,
    Unknown,
}

impl HttpRegister {
    pub fn new(address: &ResidenceAddress, settings: &ResidenceSettings) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent(concat!("fleksport/", env!("CARGO_PKG_VERSION")));
        if address.is_loopback() {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
            url: address.url().to_owned(),
            token: settings.token.clone(),
        }
    }

    /// One question, no repeat.
    pub fn ask(&self, cpr: &Cpr, call: Uuid) -> Result<Residence, NotAnswered> {
        let not_reached = |error| NotAnswered::NotReached(Box::new(error));
        let question = self
            .agent
            .post(&self.url)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .header(header::ACCEPT, "application/json")
            .header("x-TransaktionsId", call.to_string());
        let mut response = question
            .send_json(json!({ "cpr": cpr.expose() }))
            .map_err(not_reached)?;
        if response.status() != StatusCode::OK {
            return Err(NotAnswered::Status(response.status().as_u16()));
        }
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        understood(&body.map_err(not_reached)?)
    }
}

fn understood(body: &[u8]) -> Result<Residence, NotAnswered> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| NotAnswered::Unreadable)?;
    match answer {
        Answer::Resident { municipality_code } => MunicipalityCode::try_from(municipality_code.as_str())
            .map(Residence::In)
            .map_err(|_| NotAnswered::Unreadable),
        Answer::Protected | Answer::Unknown => Ok(Residence::NotTold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_agreed_or_none() {
        let read = |text: &str| understood(text.as_bytes()).ok();
        let copenhagen = "0101".parse().unwrap();
        assert_eq!(
            read(r#"{"status":"resident","municipality_code":"0101"}"#),
            Some(Residence::In(copenhagen))
        );
        assert_eq!(read(r#"{"status":"protected"}"#), Some(Residence::NotTold));
        assert_eq!(read(r#"{"status":"unknown"}"#), Some(Residence::NotTold));
        for wrong in [
            "",
            "{}",
            "null",
            r#"{"status":"resident"}"#,
            r#"{"status":"resident","municipality_code":"9999"}"#,
            r#"{"status":"resident","municipality_code":101}"#,
            r#"{"status":"moved","municipality_code":"0101"}"#,
            "<html>",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
