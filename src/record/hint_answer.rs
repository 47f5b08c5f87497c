use serde::{Deserialize, Serialize};

use crate::value::{FreeText, Language};

/// The member of a report that holds the answers; beside the fields of the form, whatever its version.
pub const HINT_ANSWERS: &str = "hint_answers";

/// In characters: a sentence or two.
pub const MAX_EXPLANATION: usize = 500;

/// What an employer answers to a warning or hint about a report. It stays with the report and decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HintAnswer {
    /// JSON pointer (RFC 6901) of the hint, from the report itself; empty for the whole report. A sender may leave it out to answer every
    /// hint of the code; what is kept has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The code of the hint.
    pub code: String,
    pub answer: HintReply,
    /// There where the reply is [`HintReply::Explained`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<FreeText>,
}

/// How a hint is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintReply {
    /// It is right as it stands.
    Confirmed,
    /// The text says why it is so.
    Explained,
}

impl HintReply {
    pub const ALL: [Self; 2] = [Self::Confirmed, Self::Explained];

    /// The code used in the API and on the pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Explained => "explained",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reply| reply.as_str() == code)
    }
}

impl HintAnswer {
    /// Whether this answers the hint of a code at a place in the report.
    pub fn answers(&self, code: &str, pointer: &str) -> bool {
        self.code == code && self.pointer.as_deref().is_none_or(|own| own == pointer)
    }

    /// The answer as a reader sees it. Holds what the employer wrote.
    pub fn in_words(&self, language: Language) -> String {
        let reply = match (self.answer, language) {
            (HintReply::Confirmed, Language::Da) => "Det er rigtigt",
            (HintReply::Confirmed, Language::En) => "It is right",
            (HintReply::Explained, Language::Da) => "Forklaring",
            (HintReply::Explained, Language::En) => "Explanation",
        };
        match &self.text {
            Some(text) => format!("{reply}: {}", text.expose()),
            None => format!("{reply}."),
        }
    }
}
