//! The traits of a value that is written as one text.

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
                let raw = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse_text(&raw).map_err(serde::de::Error::custom)
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
