use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Map, Value};

use super::{PullError, proof::Entry};
use crate::{
    record::{CHAIN_START, to_hex},
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
    /// Whether the page goes on right after a position: no hole, no double, each entry chained to the one before it, and its digests those
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
    /// Whether the service says that it can't read the report.
    pub fn is_withheld(&self) -> bool {
        Entry(&self.whole).is_withheld()
    }

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
        Entry(&self.whole).prove(municipality)
    }
}

/// Entries as the service makes them, for tests of this room.
#[cfg(test)]
pub mod made {
    use serde_json::json;

    use super::*;

    pub fn code(code: &str) -> MunicipalityCode {
        MunicipalityCode::try_from(code).unwrap()
    }

    /// The feed of 0101 up to a number.
    pub fn feed(up_to: i64) -> Vec<Record> {
        let mut last = Position::start();
        let mut record = |sequence: i64| {
            let mut whole = said(sequence);
            whole["previous_digest"] = last.digest.as_str().into();
            let record = sealed(whole);
            last = record.position.clone();
            record
        };
        (1..=up_to).map(&mut record).collect()
    }

    fn said(sequence: i64) -> Value {
        json!({
            "sequence": sequence, "event": "report.available", "appended_at": "2026-12-01T08:00:00Z",
            "transfer": {"id": format!("t{sequence}"), "sender_cvr": "13585628", "receiver_code": "0101"},
            "assessment": {"steps": []}, "handed_on": false,
            "report": {
                "report_id": format!("r{sequence}"), "submission_id": "s1", "report_kind": "full_time_wage",
                "received_at": "2026-12-01T07:59:00Z", "answers": {"full_time_total_monthly_wage": "32067.00"},
                "raw": {"full_time_total_monthly_wage": 32067.00}, "employer": {"cvr": "13585628", "contact_name": "Løn"},
                "form": "fleksjob-wage", "form_version": "1.0", "form_hash": "00ff", "salt": "07", "violations": [],
                "digest_recipe": 2,
            },
        })
    }

    /// The entry with the digests of what it says.
    pub fn sealed(mut whole: Value) -> Record {
        let entry = |whole: &Value| whole.as_object().unwrap().clone();
        let report = Entry(&entry(&whole)).report_content().unwrap();
        whole["content_digest"] = Entry(&entry(&whole)).content(&report).into();
        whole["report"]["content_digest"] = report.into();
        whole["digest"] = Entry(&entry(&whole)).link(&code("0101")).into();
        serde_json::from_value(whole).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        made::{code, feed, sealed},
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

    /// Entry 4 with one thing changed after its digests were made.
    fn changed(at: &str, to: Value) -> Page {
        let mut page = page(&[4], false);
        let mut whole = Value::Object(page.records[0].whole.clone());
        match whole.pointer_mut(at) {
            Some(place) => *place = to,
            None => whole[&at[1..]] = to,
        }
        page.records[0].whole = whole.as_object().unwrap().clone();
        page
    }

    #[test]
    fn an_entry_that_says_something_else_than_its_digests_is_refused() {
        for (at, to) in [
            ("/event", json!("report.withdrawn")),
            ("/content_digest", json!("11")),
            ("/transfer/id", json!("t5")),
            ("/transfer/sender_cvr", json!("24256790")),
            ("/transfer/receiver_code", json!("0147")),
            ("/corrects_report_id", json!("r1")),
            ("/handed_on", json!(true)),
            ("/assessment", json!({"steps": ["another"]})),
            ("/assessment", Value::Null),
            ("/report/report_id", json!("r5")),
            ("/report/submission_id", json!("s2")),
            ("/report/report_kind", json!("one_off_payment")),
            ("/report/received_at", json!("2026-12-01T07:58:00Z")),
            ("/report/answers/full_time_total_monthly_wage", json!("32068.00")),
            (
                "/report/answers",
                json!({"full_time_total_monthly_wage": "32067.00", "more": "x"}),
            ),
            ("/report/raw/full_time_total_monthly_wage", json!(32068)),
            ("/report/employer/contact_name", json!("Bogholderiet")),
            ("/report/form_version", json!("1.1")),
            ("/report/form_hash", json!("00fe")),
            (
                "/report/violations",
                json!([{"code": "late", "level": "hint", "pointer": ""}]),
            ),
            ("/report/salt", json!("08")),
            ("/report/digest_recipe", json!(1)),
            ("/report/content_digest", json!("11")),
        ] {
            let refused = follow(&changed(at, to), &position(3));
            assert!(matches!(refused, Err(PullError::Changed { sequence: 4 })), "{at}");
        }
        let of_another = page(&[4], false).follow(&position(3), &code("0147"));
        assert!(matches!(of_another, Err(PullError::Changed { sequence: 4 })));
    }

    #[test]
    fn a_recipe_that_is_not_known_is_told_and_never_taken_on_trust() {
        for recipe in [json!(3), json!("2"), json!(-1)] {
            let refused = follow(&changed("/report/digest_recipe", recipe), &position(3));
            assert!(matches!(refused, Err(PullError::NewerRecipe { sequence: 4 })));
        }
    }

    #[test]
    fn what_was_said_besides_the_report_is_proven_too() {
        let mut whole = Value::Object(page(&[4], false).records[0].whole.clone());
        whole["event"] = json!("report.answered");
        whole["answer"] = json!({"question_id": "q", "answered_at": "2026-12-02T08:00:00Z", "text": "Ja."});
        let answered = |whole: &Value| Page {
            records: vec![serde_json::from_value(whole.clone()).unwrap()],
            has_more: false,
        };
        let sealed = Value::Object(sealed(whole).whole);
        assert!(follow(&answered(&sealed), &position(3)).is_ok());
        for (at, to) in [("/answer/text", json!("Nej.")), ("/answer", Value::Null)] {
            let mut changed = sealed.clone();
            *changed.pointer_mut(at).unwrap() = to;
            assert!(follow(&answered(&changed), &position(3)).is_err(), "{at}");
        }
    }

    #[test]
    fn an_entry_of_the_first_recipe_needs_no_number_and_proves_its_answers() {
        let mut whole = Value::Object(page(&[4], false).records[0].whole.clone());
        let report = whole["report"].as_object_mut().unwrap();
        report.remove("digest_recipe");
        report["answers"] = json!({"employee_cpr": "251248-9996", "employee_name": "Nancy Ann Test Berggren"});
        let first = sealed(whole);
        assert!(first.follow(&position(3), &code("0101")).is_ok());
        let mut changed = first;
        changed.whole["report"]["answers"]["employee_name"] = json!("Nancy");
        assert!(changed.follow(&position(3), &code("0101")).is_err());
    }

    #[test]
    fn what_was_handed_on_is_taken_without_its_content_and_only_so() {
        let mut whole = Value::Object(page(&[4], false).records[0].whole.clone());
        whole["handed_on"] = json!(true);
        whole["assessment"] = Value::Null;
        for (member, left) in [("answers", json!({})), ("raw", Value::Null), ("salt", Value::Null)] {
            whole["report"][member] = left;
        }
        let page = |whole: &Value| Page {
            records: vec![serde_json::from_value(whole.clone()).unwrap()],
            has_more: false,
        };
        assert!(follow(&page(&whole), &position(3)).is_ok());
        whole["report"]["answers"] = json!({"full_time_total_monthly_wage": "99.00"});
        assert!(follow(&page(&whole), &position(3)).is_err());
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
