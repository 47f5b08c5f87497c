//! How limits are told to callers, and whose address counts.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
};

use super::{Peer, Problem, ProblemType};
use crate::buckets::{Exhausted, Left};

/// The names of the limit headers, as in draft-ietf-httpapi-ratelimit-headers-07.
pub const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

/// The address that the door has found; without a door, as in a test of the router alone, this machine's own.
pub(super) fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>();
    peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.address)
}

/// The problem to answer with.
pub(super) fn limited(exhausted: Exhausted) -> Problem {
    Problem::new(ProblemType::Limited)
        .with_retry_after(seconds(exhausted.wait))
        .with_limit(Left {
            limit: exhausted.limit,
            remaining: 0,
            reset: exhausted.wait,
        })
}

/// Rounded up: who waits so long is early never.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// Tells a machine what is left of its limit.
pub(super) fn tell(left: Left, headers: &mut HeaderMap) {
    let [limit, remaining, reset] = HEADERS;
    headers.insert(limit, HeaderValue::from(left.limit));
    headers.insert(remaining, HeaderValue::from(left.remaining));
    headers.insert(reset, HeaderValue::from(seconds(left.reset)));
}
