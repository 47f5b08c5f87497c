use std::{cell::RefCell, net::IpAddr, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use ureq::{
    Agent, Body,
    http::{Response, StatusCode, Uri, header},
};
use uuid::Uuid;

use super::{AcknowledgementReceipt, PullError, PullKey, PullSettings, Stop, page::Page};
use crate::{clock::Clock, entropy::Entropy};

/// What to wait between two tries of a call when the service does not say.
const WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// The longest wait that the service can ask for before the run ends instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Most bytes of one answer.
const LONGEST_ANSWER: u64 = 64 << 20;
/// The codes of the problem that a number beyond the end of the feed gets; services of the first version had one for all cursors.
const BEYOND_LATEST: [&str; 2] = ["cursor-beyond-latest", "invalid-cursor"];

/// The service as the client sees it: two calls, each tried again while the service is busy or out of reach. Both can be repeated
/// without harm.
pub struct Service {
    agent: Agent,
    base: String,
    key: RefCell<PullKey>,
    page_size: Option<u32>,
    /// One for the whole run, so that its calls can be followed together.
    transaction_id: Uuid,
    clock: Clock,
    entropy: Entropy,
    stop: Stop,
}

/// The parts of a problem document that the client tells on; nothing in them is personal.
#[derive(Default, Deserialize)]
struct Problem {
    code: String,
    latest_sequence: Option<i64>,
    floor_sequence: Option<i64>,
}

enum Attempt {
    Answered(Vec<u8>),
    /// May go better next time; with the wait that the service asks for.
    Failed(PassingFault, Option<Duration>),
}

enum PassingFault {
    NoAnswer(ureq::Error),
    Busy(StatusCode),
}

impl Service {
    /// # Errors
    /// When the address would carry the key and the records in the open.
    pub fn new(settings: &PullSettings, clock: Clock, entropy: Entropy, stop: Stop) -> Result<Self, PullError> {
        let base = settings.url.trim_end_matches('/');
        let local = is_on_this_machine(base)?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent(concat!("fleksport-pull/", env!("CARGO_PKG_VERSION")));
        if local {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            base: format!("{base}/api/v1/municipalities/{}", settings.municipality.as_str()),
            key: RefCell::new(settings.key.clone()),
            page_size: settings.page_size,
            transaction_id: entropy.uuid(clock.now())?,
            clock,
            entropy,
            stop,
        })
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The entries after number `after`; when there are none, the service may wait so long for some, in whole seconds.
    pub fn page(&self, after: i64, wait: Duration) -> Result<Page, PullError> {
        let limit = self.page_size.map(|size| format!("&limit={size}")).unwrap_or_default();
        let wait = Some(wait.as_secs()).filter(|wait| *wait > 0);
        let wait = wait.map(|wait| format!("&wait={wait}")).unwrap_or_default();
        let url = format!("{}/records?after={after}{limit}{wait}", self.base);
        let page = self.call(|request_id| self.with_headers(self.agent.get(&url), request_id).call());
        page.map_err(|error| match error {
            // What comes after that number is no longer kept there.
            PullError::Refused {
                code, floor_sequence, ..
            } if code == "cursor-too-old" => PullError::EntriesDeleted {
                here: after,
                floor: floor_sequence,
            },
            // The service refuses to go on from a number that it has not come to.
            PullError::Refused {
                code, latest_sequence, ..
            } if BEYOND_LATEST.contains(&&*code) => PullError::FeedShorter {
                here: after,
                latest: latest_sequence,
            },
            other => other,
        })
    }

    /// Tells the service that everything up to `up_to` is durably here.
    pub fn acknowledge(&self, up_to: i64) -> Result<AcknowledgementReceipt, PullError> {
        let url = format!("{}/acknowledgements", self.base);
        let body = serde_json::json!({ "up_to_sequence": up_to });
        self.call(|request_id| self.with_headers(self.agent.post(&url), request_id).send_json(&body))
    }

    fn with_headers<B>(&self, request: ureq::RequestBuilder<B>, request_id: Uuid) -> ureq::RequestBuilder<B> {
        request
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key.borrow().expose()))
            .header(header::ACCEPT, "application/json")
            .header("x-TransaktionsId", self.transaction_id.to_string())
            .header("x-TransaktionsTid", self.clock.now().to_string())
            .header("x-RequestId", request_id.to_string())
    }

    /// Makes a call; once more when the key is refused and another one has taken its place in the key file.
    fn call<T: DeserializeOwned>(
        &self,
        send: impl Fn(Uuid) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<T, PullError> {
        match self.call_with_key(&send) {
            Err(PullError::KeyRefused) => {
                let successor = self.key.borrow().successor();
                *self.key.borrow_mut() = successor.ok_or(PullError::KeyRefused)?;
                self.call_with_key(&send)
            }
            other => other,
        }
    }

    /// Makes a call until it is answered, or fails for good, or has failed too often.
    fn call_with_key<T: DeserializeOwned>(
        &self,
        send: &impl Fn(Uuid) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<T, PullError> {
        let request_id = self.entropy.uuid(self.clock.now())?;
        let mut waits = WAITS.iter();
        loop {
            let (fault, asked) = match attempt(|| send(request_id))? {
                Attempt::Answered(body) => return serde_json::from_slice(&body).map_err(PullError::AnswerUnreadable),
                Attempt::Failed(fault, asked) => (fault, asked),
            };
            let Some(own) = waits.next() else {
                return Err(fault.given_up());
            };
            let wait = asked.unwrap_or(*own);
            if let (true, PassingFault::Busy(status)) = (wait > LONGEST_WAIT, &fault) {
                return Err(PullError::AskedToWait {
                    seconds: wait.as_secs(),
                    status: status.as_u16(),
                });
            }
            self.stop.wait(wait)?;
        }
    }
}

impl PassingFault {
    fn given_up(self) -> PullError {
        let tries = WAITS.len() + 1;
        match self {
            Self::NoAnswer(source) => PullError::NoAnswer {
                tries,
                source: Box::new(source),
            },
            Self::Busy(status) => PullError::Busy {
                tries,
                status: status.as_u16(),
            },
        }
    }
}

fn attempt(send: impl FnOnce() -> Result<Response<Body>, ureq::Error>) -> Result<Attempt, PullError> {
    let mut response = match send() {
        Ok(response) => response,
        Err(error) => return Ok(Attempt::Failed(PassingFault::NoAnswer(error), None)),
    };
    let status = response.status();
    if is_passing(status) {
        return Ok(Attempt::Failed(PassingFault::Busy(status), retry_after(&response)));
    }
    let body = match response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec() {
        Ok(body) => body,
        Err(error) => return Ok(Attempt::Failed(PassingFault::NoAnswer(error), None)),
    };
    match status {
        status if status.is_success() => Ok(Attempt::Answered(body)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(PullError::KeyRefused),
        StatusCode::NOT_FOUND => Err(PullError::NotFound),
        status => {
            let Problem {
                code,
                latest_sequence,
                floor_sequence,
            } = problem(&body);
            Err(PullError::Refused {
                status: status.as_u16(),
                code,
                latest_sequence,
                floor_sequence,
            })
        }
    }
}

fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// The wait in `Retry-After`, when it is told in seconds.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// What a problem document says; the code is one of a published list, and another text is not told on.
fn problem(body: &[u8]) -> Problem {
    let problem = serde_json::from_slice::<Problem>(body).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !problem.code.is_empty() && problem.code.bytes().all(plain) {
        return problem;
    }
    Problem {
        code: "unknown".to_owned(),
        latest_sequence: None,
        floor_sequence: None,
    }
}

/// Whether the address is on this machine; elsewhere it must be encrypted.
fn is_on_this_machine(url: &str) -> Result<bool, PullError> {
    let uri: Uri = url.parse().map_err(|_| PullError::UnsafeAddress)?;
    let host = uri.host().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(local),
        Some("http") if local => Ok(true),
        _ => Err(PullError::UnsafeAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_unencrypted_only_to_this_machine() {
        for address in [
            "http://127.0.0.1:8080",
            "http://localhost",
            "http://[::1]:8080",
            "https://127.0.0.1",
        ] {
            assert!(is_on_this_machine(address).unwrap(), "{address}");
        }
        assert!(!is_on_this_machine("https://fleksport.example").unwrap());
        for address in [
            "http://fleksport.example",
            "http://10.0.0.1",
            "fleksport.example",
            "ftp://localhost",
            "http://127.0.0.1.example",
        ] {
            assert!(
                matches!(is_on_this_machine(address), Err(PullError::UnsafeAddress)),
                "{address}"
            );
        }
    }

    #[test]
    fn a_problem_is_told_by_its_code_alone() {
        let code = |body: &[u8]| problem(body).code;
        assert_eq!(
            code(br#"{"code": "sequence-beyond-latest", "detail": "x"}"#),
            "sequence-beyond-latest"
        );
        assert_eq!(code(br#"{"code": "a b <c>"}"#), "unknown");
        assert_eq!(code(b"<html>"), "unknown");
        let beyond = problem(br#"{"code": "cursor-beyond-latest", "latest_sequence": 6}"#);
        assert_eq!(beyond.latest_sequence, Some(6));
    }
}
