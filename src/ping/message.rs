use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::PingSecret;
use crate::value::MunicipalityCode;

/// Why a ping is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingKind {
    /// There are new entries.
    New,
    /// One that was given up, sent again because a person asked for it.
    Again,
    /// A person tries out whether pings arrive.
    Test,
}

impl PingKind {
    pub const ALL: [Self; 3] = [Self::New, Self::Again, Self::Test];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Again => "again",
            Self::Test => "test",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == code)
    }

    /// The `type` that the receiver reads.
    fn event(self) -> &'static str {
        match self {
            Self::New | Self::Again => "records.available",
            Self::Test => "ping.test",
        }
    }
}

/// One try at one ping, ready to be sent. Nothing in it is personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingMessage {
    /// The same for each try with the same content: a receiver can tell a repeat.
    pub id: String,
    /// Seconds since 1970, of this try.
    pub timestamp: i64,
    /// One signature for each secret that is valid now, with blanks between.
    pub signature: String,
    pub body: String,
    /// Of this try, and of all tries together, so that sender and receiver can speak of the same call.
    pub transaction_id: Uuid,
    pub request_id: Uuid,
    /// The time of this try.
    pub at: Timestamp,
}

impl PingMessage {
    /// Says that the feed of a municipality has come to a number. The id holds that number, because a later try may tell a higher one.
    pub fn new(
        (row, kind): (i64, PingKind),
        municipality: &MunicipalityCode,
        up_to_sequence: i64,
        (ordered_at, now): (Timestamp, Timestamp),
        transaction_id: Uuid,
        secrets: &[PingSecret],
    ) -> Self {
        let id = format!("ping_{row}_{up_to_sequence}");
        let timestamp = now.as_second();
        let body = json!({
            "type": kind.event(),
            "timestamp": ordered_at.to_string(),
            "data": { "municipality": municipality.as_str(), "up_to_sequence": up_to_sequence },
        })
        .to_string();
        let signatures: Vec<_> = secrets
            .iter()
            .map(|secret| secret.sign(&id, timestamp, &body))
            .collect();
        Self {
            signature: signatures.join(" "),
            transaction_id,
            request_id: request_id(row, ordered_at),
            at: now,
            id,
            timestamp,
            body,
        }
    }
}

/// The same for all tries at one ping of one service.
fn request_id(row: i64, ordered_at: Timestamp) -> Uuid {
    let digest = Sha256::digest(format!("ping {row} {ordered_at}"));
    let bytes = std::array::from_fn(|at| digest[at]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_says_how_far_the_feed_has_come_and_nothing_else() {
        let at: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        let secrets = [PingSecret::from_random([1; 32]), PingSecret::from_random([2; 32])];
        let code = "0101".parse().unwrap();
        let message = PingMessage::new((7, PingKind::New), &code, 12, (at, at), Uuid::nil(), &secrets);
        assert_eq!(
            message.body,
            r#"{"data":{"municipality":"0101","up_to_sequence":12},"timestamp":"2026-12-01T08:00:00Z","type":"records.available"}"#
        );
        assert_eq!(message.id, "ping_7_12");
        assert_eq!(message.timestamp, at.as_second());
        let signatures: Vec<_> = message.signature.split(' ').collect();
        assert_eq!(signatures.len(), 2, "both secrets sign");
        assert_ne!(signatures[0], signatures[1]);
        let again = PingMessage::new((7, PingKind::New), &code, 14, (at, at), Uuid::max(), &secrets);
        assert_eq!(again.request_id, message.request_id);
        assert_ne!(again.transaction_id, message.transaction_id);
    }
}
