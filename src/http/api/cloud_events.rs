//! The feed in a neutral envelope: a batch of CloudEvents 1.0, for readers that ask for it.

use axum::http::{HeaderMap, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::feed::FeedRecord;

/// The media type of a batch (CloudEvents 1.0, JSON batch format).
pub const MEDIA_TYPE: &str = "application/cloudevents-batch+json";

/// One entry of the feed in its envelope. Nothing personal stands outside `data`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloudEvent {
    pub specversion: &'static str,
    /// The transfer id: the same however often the entry is read.
    pub id: String,
    /// The feed that the entry stands in.
    pub source: String,
    /// The event with `dk.fleksport.` before it.
    pub r#type: String,
    /// The report id.
    pub subject: String,
    pub time: String,
    pub datacontenttype: &'static str,
    /// The entry's number, as the extension "sequence" has it.
    pub sequence: String,
    pub sequencetype: &'static str,
    pub data: FeedRecord,
}

impl CloudEvent {
    /// `source`: the address of the feed.
    pub fn new(record: FeedRecord, source: &str) -> Self {
        Self {
            specversion: "1.0",
            id: record.transfer.id.clone(),
            source: source.to_owned(),
            r#type: format!("dk.fleksport.{}", record.event),
            subject: record
                .report
                .as_ref()
                .map(|report| report.reported.report_id.clone())
                .or_else(|| record.report_id.clone())
                .unwrap_or_default(),
            time: record.appended_at.clone(),
            datacontenttype: "application/json",
            sequence: record.sequence.to_string(),
            sequencetype: "Integer",
            data: record,
        }
    }
}

/// Whether the reader asks for the envelope and does not refuse it.
pub fn wanted(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(MEDIA_TYPE));
        named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_envelope_is_for_those_who_ask_for_it() {
        let asks = |text: &'static str| {
            wanted(&HeaderMap::from_iter([(
                header::ACCEPT,
                HeaderValue::from_static(text),
            )]))
        };
        assert!(asks("application/cloudevents-batch+json"));
        assert!(asks(
            "application/json;q=0.5, Application/CloudEvents-batch+json; charset=utf-8"
        ));
        for other in ["application/json", "*/*", "application/cloudevents-batch+json;q=0", ""] {
            assert!(!asks(other), "{other}");
        }
        assert!(!wanted(&HeaderMap::new()));
    }
}
