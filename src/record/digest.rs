//! The digests by which a receipt is checked and a municipality proves that its feed has no hole. Pure; readers on the other side
//! compute the same from what they were given.
//!
//! Every digest is SHA-256 over canonical JSON: RFC 8785 (keys sorted, no blanks), with each number written as the text of its digits as
//! they came, so that no number format matters.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::FeedEvent;
use crate::value::{Cvr, MunicipalityCode, ReceiptNumber, ReportId, TransferId};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The digest "before the first" of every chain.
pub const CHAIN_START: Digest = [0; 32];

/// Lower-case hexadecimal, the form in which digests are handed out.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes that [`to_hex`] wrote.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digits = pair.map(|digit| {
            char::from(digit)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        });
        Some(digits[0]? << 4 | digits[1]?)
    };
    rest.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

/// SHA-256 of the value's canonical JSON.
pub fn digest_of(value: &Value) -> Digest {
    let mut canonical = Vec::new();
    write_canonical(value, &mut canonical);
    Sha256::digest(canonical).into()
}

/// Sorts keys itself: whether `serde_json` keeps them sorted depends on what other crates ask of it.
fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| by_utf16(a, b));
            write_list(b"{}", members, out, |(key, member), out| {
                write_text(key, out);
                out.push(b':');
                write_canonical(member, out);
            });
        }
        Value::Array(items) => write_list(b"[]", items, out, write_canonical),
        Value::Number(number) => write_text(&number.to_string(), out),
        Value::String(text) => write_text(text, out),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Null => out.extend_from_slice(b"null"),
    }
}

/// In the order of UTF-16's units, which for ASCII is that of its bytes.
fn by_utf16(a: &str, b: &str) -> std::cmp::Ordering {
    if a.is_ascii() && b.is_ascii() {
        a.cmp(b)
    } else {
        a.encode_utf16().cmp(b.encode_utf16())
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text has a JSON form, and a Vec takes any bytes");
}

fn write_list<T>(
    brackets: &[u8; 2],
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    out.push(brackets[0]);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(brackets[1]);
}

/// Commits to a whole submission: what a receipt is checked by.
pub fn submission_digest(
    receipt: &ReceiptNumber,
    received_at: Timestamp,
    employer: &Cvr,
    reports: impl Iterator<Item = Digest>,
) -> Digest {
    digest_of(&json!({
        "employer_cvr": employer.as_str(),
        "receipt_number": receipt.to_string(),
        "received_at": received_at.to_string(),
        "reports": reports.map(|digest| to_hex(&digest)).collect::<Vec<_>>(),
    }))
}

/// Commits to a run of entries: SHA-256 over their digests, each as its 32 bytes, in the order of their numbers.
#[derive(Default)]
pub struct CombinedDigest(Sha256);

impl CombinedDigest {
    pub fn add(&mut self, entry: &Digest) {
        self.0.update(entry);
    }

    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }
}

/// One link of a municipality's chain.
#[derive(Debug, Clone, Copy)]
pub struct FeedLink<'a> {
    pub municipality: &'a MunicipalityCode,
    pub sequence: i64,
    pub event: FeedEvent,
    pub transfer_id: TransferId,
    pub report_id: ReportId,
    pub appended_at: Timestamp,
    pub content: &'a Digest,
}

impl FeedLink<'_> {
    /// The digest of the entry, given that of the entry before it ([`CHAIN_START`] for the first).
    pub fn digest(&self, previous: &Digest) -> Digest {
        digest_of(&json!({
            "appended_at": self.appended_at.to_string(),
            "content": to_hex(self.content),
            "event": self.event.as_str(),
            "municipality": self.municipality.as_str(),
            "previous": to_hex(previous),
            "report_id": self.report_id.to_string(),
            "sequence": self.sequence.to_string(),
            "transfer_id": self.transfer_id.to_string(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_and_has_no_blanks() {
        let mut out = Vec::new();
        write_canonical(&json!({"b": ["x", true, null], "a": {"z": "æ\n", "y": ""}}), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"a":{"y":"","z":"æ\n"},"b":["x",true,null]}"#
        );
    }

    #[test]
    fn a_number_is_committed_to_as_it_was_written() {
        for digits in ["37", "37.0", "12.340", "1e+3", "123456789012345678901234567890"] {
            let number: Value = serde_json::from_str(digits).unwrap();
            assert_eq!(digest_of(&number), digest_of(&Value::from(digits)), "{digits}");
        }
    }

    #[test]
    fn a_link_depends_on_the_one_before_it() {
        let link = FeedLink {
            municipality: &"0101".parse().unwrap(),
            sequence: 1,
            event: FeedEvent::Available,
            transfer_id: TransferId::from_uuid(uuid::Uuid::nil()),
            report_id: ReportId::from_uuid(uuid::Uuid::nil()),
            appended_at: Timestamp::UNIX_EPOCH,
            content: &[1; 32],
        };
        let first = link.digest(&CHAIN_START);
        assert_eq!(to_hex(&first).len(), 64);
        assert_ne!(first, link.digest(&first));
        assert_ne!(first, FeedLink { sequence: 2, ..link }.digest(&CHAIN_START));
        assert_ne!(
            first,
            FeedLink {
                content: &[2; 32],
                ..link
            }
            .digest(&CHAIN_START)
        );
    }
}
