//! How a ping leaves: one call with narrow bounds, to an address that was looked at after its name was resolved.

use std::{borrow::Cow, time::Duration};

use ureq::{
    Agent, Error,
    config::Config,
    http::{Uri, header},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{PingAddress, PingMessage, Reach};
use crate::retry_after::wait_asked;

/// Most bytes of the answer's head. Its body is not read.
const LONGEST_HEAD: usize = 16 << 10;

/// Why a ping did not arrive. The receiver's words are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PingError {
    #[error("the name of the address leads to a machine that pings may not reach")]
    Inside,
    #[error("the name of the address is not known")]
    UnknownName,
    #[error("the receiver can't be reached")]
    Unreachable,
    #[error("the receiver did not answer in time")]
    TooSlow,
    #[error("no encrypted connection with a valid certificate came about")]
    Encryption,
    #[error("the receiver sends on to another address, which is not followed")]
    Redirect,
    /// 410: the receiver takes no pings at this address any more.
    #[error("the receiver is gone for good")]
    Gone,
    #[error("the receiver answered {0}")]
    Answered(u16),
}

impl PingError {
    /// Stable code for the row and the page: a word, or the status of the answer.
    pub fn code(self) -> Cow<'static, str> {
        match self {
            Self::Inside => "inside".into(),
            Self::UnknownName => "unknown-name".into(),
            Self::Unreachable => "unreachable".into(),
            Self::TooSlow => "too-slow".into(),
            Self::Encryption => "encryption".into(),
            Self::Redirect => "redirect".into(),
            Self::Gone => "410".into(),
            Self::Answered(status) => status.to_string().into(),
        }
    }
}

/// A ping that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PingFailure {
    pub error: PingError,
    /// What the receiver asks to wait before the next try.
    pub retry_after: Option<Duration>,
}

impl From<PingError> for PingFailure {
    fn from(error: PingError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

/// The way out for pings. Cheap to clone.
#[derive(Clone)]
pub struct PingSender(Agent);

impl PingSender {
    /// No proxy, because a proxy would look the name up itself; no connection kept, so that each ping is looked at anew.
    pub fn new(reach: Reach, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .max_response_header_size(LONGEST_HEAD)
            .timeout_global(Some(timeout))
            .user_agent(concat!("fleksport-ping/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Watched {
            reach,
            names: DefaultResolver::default(),
        };
        Self(Agent::with_parts(config, DefaultConnector::default(), resolver))
    }

    /// Sends one ping and waits for the head of the answer, at most the time set. Blocks its thread.
    ///
    /// # Errors
    /// Everything but an answer of 200 to 299.
    pub fn send(&self, address: &PingAddress, message: &PingMessage) -> Result<(), PingFailure> {
        let request = self
            .0
            .post(address.expose())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.timestamp.to_string())
            .header("webhook-signature", &message.signature)
            .header("x-TransaktionsId", message.transaction_id.to_string())
            .header("x-TransaktionsTid", message.at.to_string())
            .header("x-RequestId", message.request_id.to_string());
        let answer = request.send(&message.body).map_err(|error| classify(&error))?;
        let error = match answer.status().as_u16() {
            200..=299 => return Ok(()),
            300..=399 => PingError::Redirect,
            410 => PingError::Gone,
            status => PingError::Answered(status),
        };
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let asked = text(header::RETRY_AFTER);
        Err(PingFailure {
            error,
            retry_after: asked.and_then(|asked| wait_asked(asked, text(header::DATE), message.at)),
        })
    }
}

fn classify(error: &Error) -> PingError {
    match error {
        Error::Other(cause) if cause.is::<NotAllowed>() => PingError::Inside,
        Error::HostNotFound | Error::BadUri(_) => PingError::UnknownName,
        Error::Timeout(_) => PingError::TooSlow,
        Error::Tls(_) | Error::Rustls(_) => PingError::Encryption,
        Error::Io(error) => of_connection(error),
        _ => PingError::Unreachable,
    }
}

fn of_connection(error: &std::io::Error) -> PingError {
    // A name that leads nowhere and a certificate that does not hold come as faults of the connection too.
    match error.kind() {
        std::io::ErrorKind::InvalidData => PingError::Encryption,
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => PingError::TooSlow,
        _ => PingError::Unreachable,
    }
}

/// Looks names up as the machine does and hands on only addresses that may be reached. The connection is made to what is handed on, so
/// a name that leads elsewhere a moment later changes nothing.
#[derive(Debug)]
struct Watched {
    reach: Reach,
    names: DefaultResolver,
}

#[derive(Debug, thiserror::Error)]
#[error("the address may not be reached")]
struct NotAllowed;

impl Resolver for Watched {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = match self.names.resolve(uri, config, timeout) {
            Ok(found) => found,
            Err(Error::Io(_)) => return Err(Error::HostNotFound),
            Err(other) => return Err(other),
        };
        // One address inside is enough: whoever lists such a thing beside a public one tries something.
        if found.iter().all(|address| self.reach.allows(address.ip())) {
            Ok(found)
        } else {
            Err(Error::Other(Box::new(NotAllowed)))
        }
    }
}
