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
    /// The entry's number in 19 digits, so that it sorts as text too, as the extension "sequence" asks.
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
            sequence: format!("{:019}", record.sequence),
            sequencetype: "Integer",
            data: record,
        }
    }
}

/// Whether the reader asks for the envelope and likes it at least as well as the plain page.
pub fn wanted(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let ranges: Vec<_> = accepts.flat_map(|value| value.split(',')).filter_map(range).collect();
    let weight = |kinds: &[&str]| {
        let named = |kind: &&str| ranges.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        kinds.iter().find_map(named).map_or(0, |(_, weight)| *weight)
    };
    let envelope = weight(&[MEDIA_TYPE]);
    // The most exact range that fits decides.
    envelope > 0 && envelope >= weight(&["application/json", "application/*", "*/*"])
}

/// A media range and its weight in thousandths; 1,000 where it has none, none where it is not one.
fn range(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let told = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((kind, told.map_or(Some(1_000), thousandths)?))
}

/// `1`, `0.5`, `0.125`: at most three places.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let fits = places.len() <= 3 && places.bytes().all(|byte| byte.is_ascii_digit());
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1 && fits)?;
    let places: u32 = format!("{places:0<3}").parse().ok()?;
    Some((whole * 1_000 + places).min(1_000))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_envelope_is_for_those_who_ask_for_it_and_like_nothing_better() {
        let asks = |text: &'static str| {
            wanted(&HeaderMap::from_iter([(
                header::ACCEPT,
                HeaderValue::from_static(text),
            )]))
        };
        for envelope in [
            "application/cloudevents-batch+json",
            "application/json;q=0.5, Application/CloudEvents-batch+json; charset=utf-8",
            "application/json, application/cloudevents-batch+json",
            "*/*, application/cloudevents-batch+json",
            "application/cloudevents-batch+json;q=0.2, application/json;q=0.1",
            "application/cloudevents-batch+json;q=0.5, application/json;q=0, */*",
        ] {
            assert!(asks(envelope), "{envelope}");
        }
        for page in [
            "application/json",
            "*/*",
            "application/cloudevents-batch+json;q=0",
            "application/cloudevents-batch+json; q=0.000",
            "application/cloudevents-batch+json;q=0.1, application/json",
            "application/json;q=0.9, application/cloudevents-batch+json;q=0.89",
            "application/cloudevents-batch+json;q=0.4, */*;q=0.5",
            "application/cloudevents-batch+json;q=x",
            "text/html",
            "",
        ] {
            assert!(!asks(page), "{page}");
        }
        assert!(!wanted(&HeaderMap::new()));
    }
}
