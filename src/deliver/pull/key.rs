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
    /// When there is none in the text, or one that no call can carry.
    pub fn given(text: &str) -> Result<Self, PullError> {
        let key = text.split_whitespace().last().ok_or(PullError::NoKey)?;
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(PullError::UnfitKey);
        }
        Ok(Self {
            text: Redacted::new(key.to_owned()),
            file: None,
        })
    }

    /// The key in a file; read again when the service no longer accepts it. Editors may have put a byte order mark before it, or
    /// written UTF-16.
    ///
    /// # Errors
    /// When the file can't be read or holds none.
    pub fn in_file(path: &Path) -> Result<Self, PullError> {
        let bytes = fs::read(path).map_err(|source| PullError::KeyFile {
            path: path.to_owned(),
            source,
        })?;
        let (text, _, _) = encoding_rs::UTF_8.decode(&bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_of_any_editor_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for bytes in [
            b"fp_key".to_vec(),
            b"fp_key\r\n".to_vec(),
            b"Key of 0101:\n  fp_key\n".to_vec(),
            b"\xef\xbb\xbffp_key\r\n".to_vec(),
            [b"\xff\xfe".to_vec(), utf16("fp_key\r\n")].concat(),
        ] {
            fs::write(&file, &bytes).unwrap();
            assert_eq!(PullKey::in_file(&file).unwrap().expose(), "fp_key", "{bytes:?}");
        }
        for (bytes, unfit) in [
            (&b""[..], false),
            (b" \n", false),
            (b"fp_\xff", true),
            ("fp_nøgle".as_bytes(), true),
        ] {
            fs::write(&file, bytes).unwrap();
            let refused = PullKey::in_file(&file).unwrap_err();
            assert_eq!(matches!(refused, PullError::UnfitKey), unfit, "{bytes:?}");
        }
    }
}
