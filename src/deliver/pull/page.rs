use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value, json};

use super::PullError;
use crate::{
    record::{CHAIN_START, digest_of, to_hex},
    value::MunicipalityCode,
};

/// How far a copy goes: the last entry's number, and the digest that commits to it and to all before it.
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
    /// Whether the page goes on right after a position: no hole, no double, each entry chained to the one before it, and its digest that
    /// of what it says.
    ///
    /// # Errors
    /// What is wrong; then no entry of the page may be stored.
    pub fn follow(&self, after: &Position, municipality: &MunicipalityCode) -> Result<(), PullError> {
        if self.has_more && self.records.is_empty() {
            return Err(PullError::Stalled { after: after.sequence });
        }
        let mut last = after;
        for record in &self.records {
            record.follow(last, municipality)?;
            last = &record.position;
        }
        Ok(())
    }

    /// The entries after a number.
    pub fn after(&self, sequence: i64) -> &[Record] {
        let known = self
            .records
            .partition_point(|record| record.position.sequence <= sequence);
        &self.records[known..]
    }
}

impl Record {
    /// Whether the entry comes right after a position.
    ///
    /// # Errors
    /// As [`Page::follow`].
    pub fn follow(&self, last: &Position, municipality: &MunicipalityCode) -> Result<(), PullError> {
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
        if self.position.digest != self.link(municipality) {
            return Err(PullError::Changed { sequence: found });
        }
        Ok(())
    }

    /// What the digest must be by what the entry says and by the one before it.
    fn link(&self, municipality: &MunicipalityCode) -> String {
        let own = |name: &str| self.whole.get(name).unwrap_or(&Value::Null);
        to_hex(&digest_of(&json!({
            "appended_at": own("appended_at"),
            "content": own("content_digest"),
            "event": own("event"),
            "municipality": municipality.as_str(),
            "previous": self.previous_digest,
            "report_id": own("report")["report_id"],
            "sequence": self.position.sequence.to_string(),
            "transfer_id": own("transfer")["id"],
        })))
    }
}

/// Entries as the service makes them, for tests of this room.
#[cfg(test)]
pub mod made {
    use super::*;

    pub fn code(code: &str) -> MunicipalityCode {
        MunicipalityCode::try_from(code).unwrap()
    }

    /// The feed of 0101 up to a number.
    pub fn feed(up_to: i64) -> Vec<Record> {
        let mut last = Position::start();
        let mut record = |sequence: i64| {
            let whole = json!({
                "sequence": sequence, "event": "report.available", "appended_at": "2026-12-01T08:00:00Z",
                "transfer": {"id": format!("t{sequence}")}, "content_digest": "00", "assessment": {"steps": []},
                "report": {"report_id": format!("r{sequence}"), "report_kind": "full_time_wage", "received_at": "2026-12-01T07:59:00Z"},
                "digest": "", "previous_digest": last.digest,
            });
            let mut record: Record = serde_json::from_value(whole).unwrap();
            record.position.digest = record.link(&code("0101"));
            let digest = record.position.digest.as_str().into();
            record.whole.insert("digest".to_owned(), digest);
            last = record.position.clone();
            record
        };
        (1..=up_to).map(&mut record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        made::{code, feed},
        *,
    };

    /// Entries of one feed by their numbers.
    fn page(sequences: &[i64], has_more: bool) -> Page {
        let entry = |n: &i64| feed(*n).pop().unwrap();
        Page {
            records: sequences.iter().map(entry).collect(),
            has_more,
        }
    }

    fn position(sequence: i64) -> Position {
        feed(sequence).pop().unwrap().position
    }

    fn follow(page: &Page, after: &Position) -> Result<(), PullError> {
        page.follow(after, &code("0101"))
    }

    #[test]
    fn a_page_goes_on_where_the_copy_ends() {
        assert!(follow(&page(&[4, 5, 6], true), &position(3)).is_ok());
        assert!(follow(&page(&[], false), &position(3)).is_ok());
        let wrong = |sequences: &[i64]| follow(&page(sequences, false), &position(3)).unwrap_err();
        assert!(matches!(wrong(&[5, 6]), PullError::Hole { expected: 4, found: 5 }));
        assert!(matches!(wrong(&[4, 6]), PullError::Hole { expected: 5, found: 6 }));
        assert!(matches!(wrong(&[4, 4]), PullError::Double { expected: 5, found: 4 }));
        assert!(matches!(wrong(&[3, 4]), PullError::Double { expected: 4, found: 3 }));
    }

    #[test]
    fn a_feed_that_stands_still_though_it_has_more_is_noticed() {
        assert!(matches!(
            follow(&page(&[], true), &position(3)),
            Err(PullError::Stalled { after: 3 })
        ));
    }

    #[test]
    fn an_entry_that_does_not_know_the_one_before_it_is_of_another_feed() {
        let mut other = position(3);
        other.digest = "x".to_owned();
        assert!(matches!(
            follow(&page(&[4], false), &other),
            Err(PullError::OtherFeed { sequence: 3 })
        ));
    }

    #[test]
    fn an_entry_that_says_something_else_than_its_digest_is_refused() {
        for (member, value) in [("event", json!("report.withdrawn")), ("content_digest", json!("11"))] {
            let mut changed = page(&[4], false);
            changed.records[0].whole.insert(member.to_owned(), value);
            assert!(matches!(
                follow(&changed, &position(3)),
                Err(PullError::Changed { sequence: 4 })
            ));
        }
        let of_another = page(&[4], false).follow(&position(3), &code("0147"));
        assert!(matches!(of_another, Err(PullError::Changed { sequence: 4 })));
    }

    #[test]
    fn an_entry_without_number_or_digests_is_refused() {
        let whole = json!({"sequence": 1, "digest": "d1", "previous_digest": "d0"});
        assert!(serde_json::from_value::<Record>(whole.clone()).is_ok());
        for field in ["sequence", "digest", "previous_digest"] {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(field);
            assert!(serde_json::from_value::<Record>(without).is_err(), "{field}");
        }
    }
}
