use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use super::PullError;

/// One page of the feed.
#[derive(Deserialize)]
pub struct Page {
    pub records: Vec<Record>,
    pub has_more: bool,
    pub latest_sequence: i64,
}

/// One entry, whole as it came, and the two parts that the client itself needs.
pub struct Record {
    pub sequence: i64,
    pub transfer_id: String,
    pub whole: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Map::deserialize(deserializer)?;
        let sequence = whole.get("sequence").and_then(Value::as_i64);
        let transfer_id = whole.get("transfer_id").and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            sequence: sequence.ok_or_else(|| D::Error::missing_field("sequence"))?,
            transfer_id: transfer_id.ok_or_else(|| D::Error::missing_field("transfer_id"))?,
            whole,
        })
    }
}

impl Page {
    /// Whether the page goes on right after entry `after`, without hole or double.
    ///
    /// # Errors
    /// What is wrong with the numbers; then no entry of the page may be stored.
    pub fn follow(&self, after: i64) -> Result<(), PullError> {
        if self.latest_sequence < after {
            return Err(PullError::FeedShorter {
                here: after,
                there: self.latest_sequence,
            });
        }
        if self.has_more && self.records.is_empty() {
            return Err(PullError::Stalled { after });
        }
        for (expected, record) in (after + 1..).zip(&self.records) {
            let found = record.sequence;
            if found < expected {
                return Err(PullError::Double { expected, found });
            }
            if found > expected {
                return Err(PullError::Hole { expected, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(sequences: &[i64], has_more: bool, latest_sequence: i64) -> Page {
        let record = |sequence: &i64| serde_json::json!({"sequence": sequence, "transfer_id": format!("t{sequence}"), "event": "e"});
        let records: Vec<_> = sequences.iter().map(record).collect();
        let body = serde_json::json!({"records": records, "has_more": has_more, "latest_sequence": latest_sequence});
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_page_goes_on_where_the_folder_ends() {
        assert!(page(&[4, 5, 6], true, 9).follow(3).is_ok());
        assert!(page(&[], false, 3).follow(3).is_ok());
        assert!(matches!(
            page(&[5, 6], false, 6).follow(3),
            Err(PullError::Hole { expected: 4, found: 5 })
        ));
        assert!(matches!(
            page(&[4, 6], false, 6).follow(3),
            Err(PullError::Hole { expected: 5, found: 6 })
        ));
        assert!(matches!(
            page(&[4, 4], false, 4).follow(3),
            Err(PullError::Double { expected: 5, found: 4 })
        ));
        assert!(matches!(
            page(&[3, 4], false, 4).follow(3),
            Err(PullError::Double { expected: 4, found: 3 })
        ));
    }

    #[test]
    fn a_feed_that_shrank_or_stands_still_is_noticed() {
        assert!(matches!(
            page(&[], false, 2).follow(3),
            Err(PullError::FeedShorter { here: 3, there: 2 })
        ));
        assert!(matches!(
            page(&[], true, 9).follow(3),
            Err(PullError::Stalled { after: 3 })
        ));
    }

    #[test]
    fn an_entry_without_number_or_transfer_id_is_refused() {
        for record in [
            r#"{"transfer_id": "t"}"#,
            r#"{"sequence": 1}"#,
            r#"{"sequence": "1", "transfer_id": "t"}"#,
        ] {
            assert!(serde_json::from_str::<Record>(record).is_err(), "{record}");
        }
    }
}
