//! The traits of a value that is written as one text.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// Reads a text with `parse`. What is no text is refused without repeating it, unlike with serde's own errors: a
/// CPR number or an amount sent as a JSON number must not come back in an error.
pub(in crate::value) fn deserialize_text<'de, D, T, E>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: Display,
{
    // Asked for a text, the JSON reader would itself refuse a number, and repeat it.
    deserializer.deserialize_any(TextVisitor {
        parse,
        value: PhantomData,
    })
}

struct TextVisitor<T, P> {
    parse: P,
    value: PhantomData<T>,
}

const NOT_TEXT: &str = "expected a text, in quotes";

impl<T, E: Display, P: Fn(&str) -> Result<T, E>> Visitor<'_> for TextVisitor<T, P> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<F: Error>(self, raw: &str) -> Result<T, F> {
        (self.parse)(raw).map_err(F::custom)
    }

    fn visit_bool<F: Error>(self, _: bool) -> Result<T, F> {
        Err(F::custom(NOT_TEXT))
    }

    fn visit_i64<F: Error>(self, _: i64) -> Result<T, F> {
        Err(F::custom(NOT_TEXT))
    }

    fn visit_u64<F: Error>(self, _: u64) -> Result<T, F> {
        Err(F::custom(NOT_TEXT))
    }

    fn visit_f64<F: Error>(self, _: f64) -> Result<T, F> {
        Err(F::custom(NOT_TEXT))
    }
}

/// Gives a type with `parse_text(&str) -> Result<Self, Error>` the standard ways to be read from text:
/// `FromStr`, `TryFrom<&str>` and `Deserialize`. No wrong value enters by JSON, and the message of a
/// refused one does not repeat it.
macro_rules! read_from_text {
    ($name:ident, $error:ident) => {
        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(raw: &str) -> Result<Self, $error> {
                Self::parse_text(raw)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $error;

            fn try_from(raw: &str) -> Result<Self, $error> {
                Self::parse_text(raw)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::value::text_form::deserialize_text(deserializer, Self::parse_text)
            }
        }
    };
}

/// Writes a value as its text in JSON; `$text` is the method that gives it.
macro_rules! write_as_text {
    ($name:ident, $text:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$text().as_ref())
            }
        }
    };
}

/// Prints a value that is not personal as its text.
macro_rules! display_as_text {
    ($name:ident, $text:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.$text().as_ref())
            }
        }
    };
}

/// `Debug` of a personal value: its type and nothing of what it holds.
macro_rules! debug_redacted {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}
