use serde::{Deserialize, Serialize};

use crate::value::{CredentialId, Cvr};

/// How a submission came in. Every channel ends in the same pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Web,
    Api,
    File,
}

impl Channel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::File => "file",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Web, Self::Api, Self::File]
            .into_iter()
            .find(|channel| channel.as_str() == code)
    }
}

/// Who sent: the company that acts and the key or login it acted with. No person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The company that acts; the employer itself unless a mandate says otherwise.
    pub cvr: Cvr,
    /// The key that was used; none for a login in the web or a file handed to the command line.
    pub credential: Option<CredentialId>,
}
