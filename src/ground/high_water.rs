//! How far the database has come, kept outside it and signed: an older database, one that has lost its journal, or another one in its
//! place is told from it at the next start. Written every few seconds and at the stop, so it may lag; it is never ahead.

use std::{collections::BTreeMap, fs, io, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    GroundError, HIGH_WATER,
    folder::{self, fault},
};
use crate::{
    record::{self, Digest, digest_of, to_hex},
    store::{Head, Heads},
    value::MunicipalityCode,
    vault::Vault,
};

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HighWater {
    pub written_at: Timestamp,
    pub heads: Heads,
}

/// The file's JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    written_at: Timestamp,
    audit: WrittenHead,
    feeds: BTreeMap<String, WrittenHead>,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHead {
    sequence: i64,
    digest: String,
}

impl From<&Head> for WrittenHead {
    fn from(head: &Head) -> Self {
        Self {
            sequence: head.sequence,
            digest: to_hex(&head.digest),
        }
    }
}

impl WrittenHead {
    fn head(&self) -> Option<Head> {
        Some(Head {
            sequence: self.sequence,
            digest: from_hex(&self.digest)?,
        })
    }
}

impl HighWater {
    /// `None` when there is no file.
    ///
    /// # Errors
    /// When it can't be read, was changed, or is signed with other keys.
    pub fn read(folder: &Path, vault: &Vault) -> Result<Option<Self>, GroundError> {
        let path = folder.join(HIGH_WATER);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(fault("file", &path, "read"))?,
        };
        Self::parse(&text, vault).map(Some).ok_or(GroundError::ForeignHighWater)
    }

    /// Puts it in the place of the one that is there. Only for who holds the folder.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn write(&self, folder: &Path, vault: &Vault) -> Result<(), GroundError> {
        let written = Written {
            version: 1,
            written_at: self.written_at,
            audit: WrittenHead::from(&self.heads.audit),
            feeds: self
                .heads
                .feeds
                .iter()
                .map(|(code, head)| (code.to_string(), head.into()))
                .collect(),
            signature: to_hex(&self.signature(vault)),
        };
        let text = format!("{:#}\n", json!(written));
        folder::replace(folder, HIGH_WATER, text.as_bytes())
    }

    fn parse(text: &[u8], vault: &Vault) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        let feeds = written.feeds.iter();
        let feeds = feeds.map(|(code, head)| Some((MunicipalityCode::try_from(code.as_str()).ok()?, head.head()?)));
        let read = Self {
            written_at: written.written_at,
            heads: Heads {
                audit: written.audit.head()?,
                feeds: feeds.collect::<Option<_>>()?,
            },
        };
        let signed = written.version == 1 && from_hex(&written.signature)? == read.signature(vault);
        signed.then_some(read)
    }

    fn signature(&self, vault: &Vault) -> Digest {
        let head = |head: &Head| json!([head.sequence.to_string(), to_hex(&head.digest)]);
        let feeds: serde_json::Map<_, _> = self
            .heads
            .feeds
            .iter()
            .map(|(code, of)| (code.to_string(), head(of)))
            .collect();
        let all = json!({
            "audit": head(&self.heads.audit),
            "feeds": feeds,
            "written_at": self.written_at.to_string(),
        });
        vault.mac("high-water", &[&digest_of(&all)])
    }
}

/// 64 lower-case hexadecimal digits.
fn from_hex(text: &str) -> Option<Digest> {
    record::from_hex(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    fn vault(folder: &Path) -> Vault {
        Vault::open_or_make(folder, &Entropy::System, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn it_reads_back_and_a_changed_digit_or_other_keys_are_refused() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault_of_ours = vault(ours.path());
        assert_eq!(HighWater::read(ours.path(), &vault_of_ours).unwrap(), None);
        let head = Head {
            sequence: 41,
            digest: [0xab; 32],
        };
        let written = HighWater {
            written_at: "2026-12-01T08:00:00Z".parse().unwrap(),
            heads: Heads {
                audit: head,
                feeds: [("0101".parse().unwrap(), head)].into(),
            },
        };
        written.write(ours.path(), &vault_of_ours).unwrap();
        assert_eq!(HighWater::read(ours.path(), &vault_of_ours).unwrap(), Some(written));

        let path = ours.path().join(HIGH_WATER);
        let text = fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("41", "40"),
            ("0101", "0147"),
            ("08:00", "09:00"),
            ("\"version\": 1", "\"version\": 2"),
        ] {
            assert!(text.contains(from));
            fs::write(&path, text.replace(from, to)).unwrap();
            let read = HighWater::read(ours.path(), &vault_of_ours);
            assert!(matches!(read, Err(GroundError::ForeignHighWater)), "{from}");
        }
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(HighWater::read(ours.path(), &vault_of_ours).is_err());
        fs::write(theirs.path().join(HIGH_WATER), text).unwrap();
        let read = HighWater::read(theirs.path(), &vault(theirs.path()));
        assert!(matches!(read, Err(GroundError::ForeignHighWater)));
    }
}
