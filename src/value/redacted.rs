//! A wrapper for what must not be printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Holds personal data that must never reach a log, an error text or a test report.
///
/// `Debug` and `Display` print `[redacted]`. JSON is that of the inner value, since storing and
/// delivering are deliberate acts.
///
/// ```
/// use fleksport::value::Redacted;
///
/// let name = Redacted::new(String::from("Nancy Ann Test Berggren"));
/// assert_eq!(format!("{name} {name:?}"), "[redacted] [redacted]");
/// assert_eq!(name.expose(), "Nancy Ann Test Berggren");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; whoever calls this answers for where it goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, taken out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Redacted;

    #[test]
    fn json_holds_the_inner_value_both_ways() {
        let hidden = Redacted::new(vec![1, 2]);
        assert_eq!(serde_json::to_string(&hidden).unwrap(), "[1,2]");
        assert_eq!(serde_json::from_str::<Redacted<Vec<i32>>>("[1,2]").unwrap(), hidden);
        assert_eq!(hidden.into_inner(), [1, 2]);
    }
}
