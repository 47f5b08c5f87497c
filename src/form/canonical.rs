//! JSON in its one canonical form (RFC 8785), so that the same content always has the same digest.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// What to do with numbers, for which the RFC asks for the shortest text of a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Whole numbers below 2^53 only, which have one text everywhere. Definitions hold no others.
    WholeOnly,
    /// As the sender wrote them: `1.0` and `1` are different content. A submission holds numbers only by mistake.
    AsWritten,
}

/// The value holds a number that has no canonical text here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number that is not a whole number below 2^53; write it as a text")]
pub struct NotCanonical;

/// The canonical text: members sorted by the UTF-16 code units of their names, no blanks, the fewest escapes.
///
/// # Errors
/// [`NotCanonical`] for a fraction or a large number, unless numbers stay [`Numbers::AsWritten`].
pub fn canonical_json(value: &Value, numbers: Numbers) -> Result<String, NotCanonical> {
    let mut text = String::new();
    write_value(&mut text, value, numbers)?;
    Ok(text)
}

/// SHA-256 of a text, in lower-case hex.
pub fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn write_value(text: &mut String, value: &Value, numbers: Numbers) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => write_number(text, number, numbers)?,
        Value::String(string) => write_string(text, string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(text, index);
                write_value(text, item, numbers)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            // Names of ASCII letters, which is nearly all, come sorted already.
            if !sorted.is_sorted_by(|(one, _), (other, _)| one.is_ascii() && other.is_ascii() && one <= other) {
                sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            }
            text.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                separate(text, index);
                write_string(text, name);
                text.push(':');
                write_value(text, member, numbers)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn separate(text: &mut String, index: usize) {
    if index > 0 {
        text.push(',');
    }
}

/// Above this a double no longer holds every whole number, so readers may disagree.
const LARGEST_SAFE: u64 = (1 << 53) - 1;

fn write_number(text: &mut String, number: &serde_json::Number, numbers: Numbers) -> Result<(), NotCanonical> {
    match (numbers, number.as_i64()) {
        (Numbers::AsWritten, _) => text.push_str(&number.to_string()),
        (Numbers::WholeOnly, Some(whole)) if whole.unsigned_abs() <= LARGEST_SAFE => text.push_str(&whole.to_string()),
        (Numbers::WholeOnly, _) => return Err(NotCanonical),
    }
    Ok(())
}

/// Escapes the quote, the backslash and the control characters, and nothing else (RFC 8785, section 3.2.2.2).
fn write_string(text: &mut String, string: &str) {
    text.push('"');
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if string.bytes().all(is_plain) {
        text.push_str(string);
        text.push('"');
        return;
    }
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => text.push(plain),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn canonical(value: &Value) -> String {
        canonical_json(value, Numbers::WholeOnly).unwrap()
    }

    /// The example of RFC 8785, section 3.2.3, whose names sort differently as UTF-8 and as UTF-16.
    #[test]
    fn members_are_sorted_by_their_utf_16_code_units() {
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = canonical(&value);
        let places: Vec<usize> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
            .iter()
            .map(|word| text.find(word).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }

    /// The strings of RFC 8785, section 3.2.2.
    #[test]
    fn strings_carry_the_fewest_escapes() {
        let value =
            json!({ "string": "\u{20ac}$\u{f}\nA'\u{42}\u{22}\u{5c}\\\"/\u{7f}", "literals": [null, true, false] });
        assert_eq!(
            canonical(&value),
            "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\"}"
        );
    }

    #[test]
    fn a_number_that_readers_may_disagree_on_is_refused_in_a_definition_and_kept_as_written_in_a_submission() {
        for text in ["1.5", "1e3", "9007199254740993", "-9007199254740993", "1.0"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(canonical_json(&value, Numbers::WholeOnly), Err(NotCanonical), "{text}");
        }
        assert_eq!(
            canonical(&json!([0, -1, 9_007_199_254_740_991_i64])),
            "[0,-1,9007199254740991]"
        );
        let written: Value = serde_json::from_str("[1.0, 1]").unwrap();
        assert_eq!(canonical_json(&written, Numbers::AsWritten).unwrap(), "[1.0,1]");
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    proptest! {
        #[test]
        fn canonical_text_reads_back_as_the_same_value(strings in prop::collection::btree_map(".*", ".*", 0..6)) {
            let value = json!(strings);
            let read: Value = serde_json::from_str(&canonical(&value)).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
