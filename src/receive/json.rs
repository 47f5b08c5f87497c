use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{MAX_CHARACTERS, RawSubmission};
use crate::{
    finding::{Findings, Violation, pointer},
    receive::messages,
    record::MAX_REPORTS,
    value::{NumberFormat, Redacted},
};

/// A submission is four levels deep; more room only helps those who want to exhaust the machine.
const MAX_DEPTH: usize = 8;

/// Under this name `serde_json` hands out a number with the digits as they were written.
const NUMBER_TOKEN: &str = "$serde_json::private::Number";

/// Takes in a submission as JSON.
///
/// A name that stands twice in an object is among the findings: readers disagree on which of the two counts.
///
/// # Errors
/// One violation that tells why the bytes are not JSON, or not of a size that a submission can have.
pub fn json(bytes: &[u8]) -> Result<RawSubmission, Vec<Violation>> {
    json_until(bytes.to_vec(), Findings::new())
}

/// As [`json`], and stops when the findings are full; what is found goes on with the submission.
///
/// # Errors
/// As [`json`].
pub fn json_until(bytes: Vec<u8>, findings: Findings) -> Result<RawSubmission, Vec<Violation>> {
    let (body, repeated) = read(&bytes, SUBMISSION, findings)?;
    let raw = RawSubmission::new(body, NumberFormat::Machine, Redacted::new(bytes));
    Ok(RawSubmission {
        findings: repeated,
        ..raw
    })
}

/// Reads any JSON within the same limits, such as the body of another call.
///
/// # Errors
/// As [`json`]; a name that stands twice is an error here.
pub fn json_value(bytes: &[u8]) -> Result<Value, Vec<Violation>> {
    let (value, repeated) = read(bytes, ANYTHING, Findings::new())?;
    if repeated.is_empty() {
        Ok(value)
    } else {
        Err(repeated.into_sorted())
    }
}

/// The value and the names that stand twice.
fn read(bytes: &[u8], most: Most, findings: Findings) -> Result<(Value, Findings), Vec<Violation>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![messages::not_utf8()])?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(vec![messages::empty()]);
    }
    let mut state = State {
        most,
        values: 0,
        path: Vec::new(),
        repeated: findings,
        stopped_by: None,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Node { state: &mut state }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(value) => Ok((value, state.repeated)),
        Err(_) if state.stopped_by.is_none() && state.repeated.is_full() => Err(state.repeated.into_sorted()),
        Err(error) => Err(vec![
            state
                .stopped_by
                .unwrap_or_else(|| messages::json_syntax(error.line(), error.column())),
        ]),
    }
}

/// How much is kept of what is read, so that bytes can't become many times as much memory.
#[derive(Clone, Copy)]
struct Most {
    /// Values in all.
    values: usize,
    /// Names of one object.
    names: usize,
    /// Items of one list.
    items: usize,
}

/// The largest body has room for fewer real answers: each takes some forty bytes. No object of a form has so many names.
const SUBMISSION: Most = Most {
    values: 400_000,
    names: 1_000,
    items: MAX_REPORTS,
};

/// Where whoever gives the bytes has bounded them.
const ANYTHING: Most = Most {
    values: usize::MAX,
    names: usize::MAX,
    items: usize::MAX,
};

struct State {
    most: Most,
    values: usize,
    /// The pointer of where we are, by its steps.
    path: Vec<String>,
    repeated: Findings,
    stopped_by: Option<Violation>,
}

impl State {
    fn pointer(&self) -> String {
        self.path
            .iter()
            .fold(String::new(), |parent, key| pointer::child(&parent, key))
    }

    /// Ends the reading with this violation.
    fn stop<E: Error>(&mut self, violation: Violation) -> E {
        self.stopped_by = Some(violation);
        E::custom("limit")
    }
}

/// Reads one value, whatever it is, and watches over names and limits.
struct Node<'a> {
    state: &'a mut State,
}

impl Node<'_> {
    fn check_length<E: Error>(&mut self, text: &str) -> Result<(), E> {
        if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
            let violation = messages::value_too_long(self.state.pointer(), MAX_CHARACTERS);
            return Err(self.state.stop(violation));
        }
        Ok(())
    }

    /// Counts the value that comes next. Full findings end the reading too.
    fn check_room<E: Error>(&mut self) -> Result<(), E> {
        self.state.values += 1;
        if self.state.values > self.state.most.values {
            let violation = messages::too_many_values(self.state.most.values);
            return Err(self.state.stop(violation));
        }
        if self.state.repeated.is_full() {
            return Err(E::custom("limit"));
        }
        Ok(())
    }

    fn check_depth<E: Error>(&mut self) -> Result<(), E> {
        if self.state.path.len() >= MAX_DEPTH {
            return Err(self.state.stop(messages::nested_too_deeply(MAX_DEPTH)));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Value, E> {
        self.check_length(text)?;
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = Vec::new();
        loop {
            self.check_room()?;
            if list.len() > self.state.most.items {
                // One more than may be is kept, so that it is told together with all else.
                if self.state.path != ["reports"] {
                    let violation = messages::list_too_long(self.state.pointer(), self.state.most.items);
                    return Err(self.state.stop(violation));
                }
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Value::Array(list));
            }
            self.state.path.push(list.len().to_string());
            let item = items.next_element_seed(Node { state: self.state })?;
            self.state.path.pop();
            match item {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER_TOKEN {
                let digits: String = members.next_value()?;
                return digits.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            }
            self.check_room()?;
            self.check_depth()?;
            self.check_length(&name)?;
            if object.len() >= self.state.most.names {
                let violation = messages::too_many_names(self.state.pointer(), self.state.most.names);
                return Err(self.state.stop(violation));
            }
            self.state.path.push(name.clone());
            let member = members.next_value_seed(Node { state: self.state })?;
            if object.insert(name, member).is_some() {
                let place = self.state.pointer();
                self.state.repeated.push(messages::duplicate_key(place));
            }
            self.state.path.pop();
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::receive::content_digest;

    fn code(bytes: &[u8]) -> String {
        json(bytes).unwrap_err()[0].code.clone()
    }

    #[test]
    fn numbers_keep_the_digits_they_were_written_with() {
        let raw = json(br#"{"a": 12.340, "b": [1e3, -0, 123456789012345678901234567890]}"#).unwrap();
        assert_eq!(raw.body["a"].to_string(), "12.340");
        assert_eq!(raw.body["b"][2].to_string(), "123456789012345678901234567890");
        assert!(raw.findings.is_empty());
    }

    #[test]
    fn a_name_that_stands_twice_is_found_at_any_depth() {
        let raw =
            json(br#"{"reports": [{"a": "1"}, {"a": "1", "b": "2", "a": "3"}], "form": "x", "form": "y"}"#).unwrap();
        let places: Vec<&str> = raw.findings.iter().map(|finding| finding.pointer.as_str()).collect();
        assert_eq!(places, ["/reports/1/a", "/form"]);
        assert!(
            raw.findings
                .iter()
                .all(|finding| finding.code == "duplicate-key" && finding.is_error())
        );
    }

    #[test]
    fn a_name_that_may_be_personal_is_not_repeated_in_the_pointer() {
        let raw = json(br#"{"251248-9996": 1, "251248-9996": 2}"#).unwrap();
        assert_eq!(raw.findings[0].pointer, "");
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        assert_eq!(code(b""), "file-empty");
        assert_eq!(code(b"  \n"), "file-empty");
        assert_eq!(code(b"{\"a\": }"), "json-syntax");
        assert_eq!(code(b"{} {}"), "json-syntax");
        assert_eq!(code(b"\xff\xfe{}"), "not-utf8");
        let violation = json(b"{\n  \"a\": nul }").unwrap_err().remove(0);
        assert!(violation.hint.unwrap().en.contains("Line 2"));
    }

    #[test]
    fn depth_and_length_are_bounded() {
        assert_eq!(code("[".repeat(9).as_bytes()), "nested-too-deeply");
        assert_eq!(code("[".repeat(100_000).as_bytes()), "nested-too-deeply");
        let long = format!("{{\"a\": \"{}\"}}", "æ".repeat(MAX_CHARACTERS + 1));
        let violation = json(long.as_bytes()).unwrap_err().remove(0);
        assert_eq!(
            (violation.code.as_str(), violation.pointer.as_str()),
            ("value-too-long", "/a")
        );
        assert!(json(format!("\"{}\"", "æ".repeat(MAX_CHARACTERS)).as_bytes()).is_ok());
    }

    #[test]
    fn the_digest_is_that_of_the_content_and_not_of_its_layout() {
        let digest = |text: &str| content_digest(&json(text.as_bytes()).unwrap());
        assert_eq!(
            digest(r#"{"a":"1","b":[true,null]}"#),
            digest("{ \"b\" : [ true, null ],\n\"a\":\"\\u0031\" }")
        );
        assert_ne!(digest(r#"{"a":"1"}"#), digest(r#"{"a":"2"}"#));
        assert_ne!(digest(r#"{"a":"1"}"#), digest(r#"{"a":1}"#));
    }

    #[test]
    fn what_would_become_many_times_its_size_is_not_read_to_its_end() {
        let doubled = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(100_000));
        let told = json(doubled.as_bytes()).unwrap_err();
        assert_eq!(told.len(), crate::finding::MAX_FINDINGS + 1);
        assert_eq!(told[0].code, "too-many-findings");
        assert!(json_value(doubled.as_bytes()).unwrap_err().len() < 1_100);
        let names: String = (0..1_001).map(|n| format!("\"x{n}\":1,")).collect();
        assert_eq!(code(format!("{{{names}\"y\":1}}").as_bytes()), "too-many-names");
        let list = format!("[{}1]", "1,".repeat(10_001));
        assert_eq!(code(list.as_bytes()), "list-too-long");
        let many = format!("[{}[]]", format!("[{}1],", "1,".repeat(999)).repeat(700));
        assert_eq!(code(many.as_bytes()), "too-many-values");
    }

    #[test]
    fn more_reports_than_may_be_are_counted_and_not_kept() {
        let raw = json(format!("{{\"reports\":[{}{{}}]}}", "{},".repeat(30_000)).as_bytes()).unwrap();
        assert_eq!(raw.body["reports"].as_array().unwrap().len(), MAX_REPORTS + 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = json(&bytes);
        }

        #[test]
        fn what_is_read_is_what_was_written(text in r#"\{("[a-c]": (1|"x"|null|\[2,3\]), ?){0,1}"d": (true|-1\.50)\}"#) {
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(json(text.as_bytes()).unwrap().body, expected);
        }
    }
}
