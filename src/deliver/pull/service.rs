use std::{cell::RefCell, io, net::IpAddr, path::Path, time::Duration};

use serde::de::DeserializeOwned;
use ureq::{
    Agent, Body,
    http::{Response, Uri, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};
use uuid::Uuid;

use super::{
    AcknowledgementReceipt, Pace, PullError, PullKey, PullSettings, Stop,
    answer::{Attempt, PassingFault, Received, of_page},
    page::Page,
};
use crate::{clock::Clock, entropy::Entropy, retry_after::wait_asked};

/// The longest wait that the service can ask for before the run ends instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Most bytes of one answer.
const LONGEST_ANSWER: u64 = 64 << 20;

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
    pace: Pace,
}

impl Service {
    /// # Errors
    /// When the address would carry the key and the records in the open, or the certificates to trust can't be read.
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
        if let Some(file) = &settings.authorities {
            config = config.tls_config(TlsConfig::builder().root_certs(authorities(file)?).build());
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
            pace: settings.pace,
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
        page.map_err(|error| of_page(error, after))
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
        let mut made = 0;
        loop {
            made += 1;
            let (fault, asked) = match self.attempt(|| send(request_id))? {
                Attempt::Answered(answer) => return Ok(answer),
                Attempt::Failed(fault, asked) => (fault, asked),
            };
            if let (Some(wait), Some(status)) = (asked.filter(|wait| *wait > LONGEST_WAIT), fault.status()) {
                let seconds = wait.as_secs();
                return Err(PullError::AskedToWait { seconds, status });
            }
            let Some(own) = self.pace.between(made) else {
                return Err(fault.given_up(Pace::TRIES));
            };
            self.stop.wait(asked.map_or(own, |asked| self.pace.of(asked)))?;
        }
    }

    /// One try.
    fn attempt<T: DeserializeOwned>(
        &self,
        send: impl FnOnce() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Attempt<T>, PullError> {
        match send().and_then(|response| self.received(response)) {
            Ok(received) => received.meaning(),
            Err(error) => match of_certificate(&error) {
                Some(source) => Err(PullError::Certificate(source)),
                None => Ok(Attempt::Failed(PassingFault::NoAnswer(Box::new(error)), None)),
            },
        }
    }

    fn received(&self, mut response: Response<Body>) -> Result<Received, ureq::Error> {
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let date = text(header::DATE);
        let asked = text(header::RETRY_AFTER);
        Ok(Received {
            status: response.status().as_u16(),
            location: text(header::LOCATION),
            retry_after: asked.and_then(|asked| wait_asked(&asked, date.as_deref(), self.clock.now())),
            body: response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec()?,
        })
    }
}

/// What is wrong with the other end's certificate, where that is why nothing came.
fn of_certificate(error: &ureq::Error) -> Option<rustls::Error> {
    let found = match error {
        ureq::Error::Rustls(found) => Some(found),
        ureq::Error::Io(error) => error.get_ref().and_then(|cause| cause.downcast_ref()),
        _ => None,
    };
    found
        .filter(|found| matches!(found, rustls::Error::InvalidCertificate(_)))
        .cloned()
}

/// The authorities in a PEM file; then no others are trusted.
fn authorities(path: &Path) -> Result<RootCerts, PullError> {
    let unfit = |source: io::Error| PullError::Authorities {
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(unfit)?;
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(one) = item.map_err(|error| unfit(io::Error::other(error)))? {
            found.push(one);
        }
    }
    if found.is_empty() {
        return Err(unfit(io::Error::other("no certificate in PEM is in it")));
    }
    Ok(found.into())
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
}
