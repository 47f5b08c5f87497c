//! The way in: takes connections, bounds how many there are and how long each may wait, and tells every request who is at its other
//! end. TLS ends in the proxy before it (docs/operations.md).

mod accept;
mod connection;
mod files;
mod forwarded;
mod places;
mod timed;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipnet::IpNet;

use super::{Problem, ProblemType};
use crate::{config::ServerSettings, stop::StopSignal};

pub use files::{OwnFiles, fit_to_files};

/// How long a connection may take for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimits {
    /// From the connection, or the first byte of a later request, to the end of the request's head.
    pub head: Duration,
    /// From an answer to the next request.
    pub idle: Duration,
    /// Without progress while an answer is written.
    pub write: Duration,
}

/// What the door goes by. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Door {
    limits: TimeLimits,
    /// Connections at a time, in all and from one peer.
    most: NonZeroUsize,
    most_per_peer: NonZeroUsize,
    trusted: Arc<[IpNet]>,
    /// What is under way when the door closes may take this long.
    finish: Duration,
    stop: StopSignal,
}

impl Door {
    /// A door for `most` connections at a time; see [`fit_to_files`].
    pub fn new(settings: &ServerSettings, most: NonZeroUsize, stop: StopSignal) -> Self {
        Self {
            limits: TimeLimits {
                head: settings.head_timeout,
                idle: settings.idle_timeout,
                write: settings.write_timeout,
            },
            most,
            most_per_peer: NonZeroUsize::new(settings.max_connections_per_peer).unwrap_or(NonZeroUsize::MIN),
            trusted: settings.trusted_proxies.clone().into(),
            finish: settings.shutdown,
            stop,
        }
    }

    /// The same door for fewer connections at a time.
    #[must_use]
    pub fn narrowed_to(mut self, most: NonZeroUsize) -> Self {
        self.most = self.most.min(most);
        self
    }
}

/// The request came to the trusted proxy without encryption.
#[derive(Debug, Clone, Copy)]
pub(super) struct InClear;

/// Refuses calls of the machine interface that came without encryption: without a hint where to go instead, because a client that
/// follows one would send its key in clear every time.
pub(super) async fn refuse_in_clear(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let machine = path == "/api" || path.starts_with("/api/");
    if machine && request.extensions().get::<InClear>().is_some() {
        return Problem::new(ProblemType::EncryptionRequired).into_response();
    }
    next.run(request).await
}
