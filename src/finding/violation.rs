use serde::{Deserialize, Serialize};

use crate::value::{Language, Localized, Refusal};

/// How grave a finding is. Only an error stops a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Hint,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One finding about one place in a submission.
///
/// Never holds the value that was wrong: it travels to logs, mails and other people's screens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the submission, e.g. `/reports/0/employee_cpr`; empty for the whole.
    pub pointer: String,
    /// Stable, kebab-case, the same in every language and on every channel.
    pub code: String,
    pub level: Level,
    /// What to do about it.
    pub message: Localized,
    /// More help, such as the likely mix-up behind it.
    pub hint: Option<Localized>,
}

impl Violation {
    pub fn error(pointer: impl Into<String>, code: impl Into<String>, message: Localized) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            level: Level::Error,
            message,
            hint: None,
        }
    }

    pub fn warning(pointer: impl Into<String>, code: impl Into<String>, message: Localized) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(pointer, code, message)
        }
    }

    pub fn hint(pointer: impl Into<String>, code: impl Into<String>, message: Localized) -> Self {
        Self {
            level: Level::Hint,
            ..Self::error(pointer, code, message)
        }
    }

    /// The error of a value type at a place.
    pub fn refused(pointer: impl Into<String>, refusal: &dyn Refusal) -> Self {
        Self::error(pointer, refusal.code(), refusal.message())
    }

    #[must_use]
    pub fn with_hint(mut self, hint: Localized) -> Self {
        self.hint = Some(hint);
        self
    }

    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The finding in one language, as the API hands it out.
    pub fn in_language(&self, language: Language) -> ViolationView<'_> {
        ViolationView {
            pointer: &self.pointer,
            code: &self.code,
            level: self.level,
            message: self.message.get(language),
            hint: self.hint.as_ref().map(|hint| hint.get(language)),
        }
    }
}

/// A [`Violation`] in one language.
#[derive(Debug, Clone, Serialize)]
pub struct ViolationView<'a> {
    pub pointer: &'a str,
    pub code: &'a str,
    pub level: Level,
    pub message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'a str>,
}
