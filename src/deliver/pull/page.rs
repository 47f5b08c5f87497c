use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use super::PullError;
use crate::record::{CHAIN_START, to_hex};

/// How far the folder goes: the last entry's number, and the digest that commits to it and to all before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub sequence: i64,
    pub digest: String,
}

impl Position {
    /// Before the first entry.
    pub fn start() -> Self {
        Self {
            sequence: 0,
            digest: to_hex(&CHAIN_START),
        }
    }
}

/// One page of the feed.
#[derive(Deserialize)]
pub struct Page {
    pub records: Vec<Record>,
    pub has_more: bool,
}

/// One entry, whole as it came, and the parts that the client itself needs.
pub struct Record {
    pub position: Position,
    pub previous_digest: String,
    pub whole: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Map::deserialize(deserializer)?;
        let sequence = whole.get("sequence").and_then(Value::as_i64);
        let sequence = sequence.ok_or_else(|| D::Error::missing_field("sequence"))?;
        let text = |field: &'static str| {
            let value = whole.get(field).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| D::Error::missing_field(field))
        };
        Ok(Self {
            position: Position {
                sequence,
                digest: text("digest")?,
            },
            previous_digest: text("previous_digest")?,
            whole,
        })
    }
}

impl Page {
    /// Whether the page goes on right after a position: no hole, no double, and each entry chained to the one before it.
    ///
    /// # Errors
    /// What is wrong; then no entry of the page may be stored.
    pub fn follow(&self, after: &Position) -> Result<(), PullError> {
        if self.has_more && self.records.is_empty() {
            return Err(PullError::Stalled { after: after.sequence });
        }
        let mut last = after;
        for record in &self.records {
            record.follow(last)?;
            last = &record.position;
        }
        Ok(())
    }
}

impl Record {
    fn follow(&self, last: &Position) -> Result<(), PullError> {
        let (expected, found) = (last.sequence + 1, self.position.sequence);
        if found < expected {
            return Err(PullError::Double { expected, found });
        }
        if found > expected {
            return Err(PullError::Hole { expected, found });
        }
        if self.previous_digest != last.digest {
            return Err(PullError::OtherFeed {
                sequence: last.sequence,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of an entry says no more here than which one it is.
    fn digest(sequence: i64) -> String {
        format!("d{sequence}")
    }

    fn position(sequence: i64) -> Position {
        Position {
            sequence,
            digest: digest(sequence),
        }
    }

    fn page(sequences: &[i64], has_more: bool) -> Page {
        let record =
            |n: &i64| serde_json::json!({"sequence": n, "digest": digest(*n), "previous_digest": digest(n - 1)});
        let records: Vec<_> = sequences.iter().map(record).collect();
        serde_json::from_value(serde_json::json!({"records": records, "has_more": has_more})).unwrap()
    }

    #[test]
    fn a_page_goes_on_where_the_folder_ends() {
        assert!(page(&[4, 5, 6], true).follow(&position(3)).is_ok());
        assert!(page(&[], false).follow(&position(3)).is_ok());
        let wrong = |sequences: &[i64]| page(sequences, false).follow(&position(3)).unwrap_err();
        assert!(matches!(wrong(&[5, 6]), PullError::Hole { expected: 4, found: 5 }));
        assert!(matches!(wrong(&[4, 6]), PullError::Hole { expected: 5, found: 6 }));
        assert!(matches!(wrong(&[4, 4]), PullError::Double { expected: 5, found: 4 }));
        assert!(matches!(wrong(&[3, 4]), PullError::Double { expected: 4, found: 3 }));
    }

    #[test]
    fn a_feed_that_stands_still_though_it_has_more_is_noticed() {
        assert!(matches!(
            page(&[], true).follow(&position(3)),
            Err(PullError::Stalled { after: 3 })
        ));
    }

    #[test]
    fn an_entry_that_does_not_know_the_one_before_it_is_of_another_feed() {
        let mut other = position(3);
        other.digest = "x".to_owned();
        assert!(matches!(
            page(&[4], false).follow(&other),
            Err(PullError::OtherFeed { sequence: 3 })
        ));
        assert!(matches!(
            page(&[1], false).follow(&Position::start()),
            Err(PullError::OtherFeed { sequence: 0 })
        ));
    }

    #[test]
    fn an_entry_without_number_or_digests_is_refused() {
        let whole = serde_json::json!({"sequence": 1, "digest": "d1", "previous_digest": "d0"});
        assert!(serde_json::from_value::<Record>(whole.clone()).is_ok());
        for field in ["sequence", "digest", "previous_digest"] {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(field);
            assert!(serde_json::from_value::<Record>(without).is_err(), "{field}");
        }
    }
}
