use std::{
    fs,
    path::{Path, PathBuf},
};

use super::PullError;
use crate::value::Redacted;

/// The municipality's key, and where a new one would be found.
#[derive(Debug, Clone)]
pub struct PullKey {
    text: Redacted<String>,
    file: Option<PathBuf>,
}

impl PullKey {
    /// A key that stays the same. `credential create` prints the key as the last word; its whole output may have been saved.
    ///
    /// # Errors
    /// When there is none in the text.
    pub fn given(text: &str) -> Result<Self, PullError> {
        let key = text.split_whitespace().last().ok_or(PullError::NoKey)?;
        Ok(Self {
            text: Redacted::new(key.to_owned()),
            file: None,
        })
    }

    /// The key in a file; read again when the service no longer accepts it.
    ///
    /// # Errors
    /// When the file can't be read or holds none.
    pub fn in_file(path: &Path) -> Result<Self, PullError> {
        let text = fs::read_to_string(path).map_err(|source| PullError::KeyFile {
            path: path.to_owned(),
            source,
        })?;
        let file = Some(path.to_owned());
        Self::given(&text).map(|key| Self { file, ..key })
    }

    pub(super) fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The key that has taken this one's place in its file, if any.
    pub(super) fn successor(&self) -> Option<Self> {
        let new = Self::in_file(self.file.as_deref()?).ok()?;
        (new.expose() != self.expose()).then_some(new)
    }
}
