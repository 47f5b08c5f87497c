//! How far the database has come: the last number and digest of the audit and of each feed. Kept outside the database they tell later
//! whether it is still the same and no older.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{Store, StoreError, row::Reader};
use crate::{
    record::{CHAIN_START, Digest},
    value::MunicipalityCode,
};

/// The end of one chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last number, 0 before the first.
    pub sequence: i64,
    pub digest: Digest,
}

/// The ends of all chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    pub audit: Head,
    pub feeds: BTreeMap<MunicipalityCode, Head>,
}

impl Heads {
    /// Those of a database into which nothing has been written.
    pub fn of_nothing() -> Self {
        let audit = Head {
            sequence: 0,
            digest: CHAIN_START,
        };
        Self {
            audit,
            feeds: BTreeMap::new(),
        }
    }
}

/// A chain, as it is named to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chain {
    Audit,
    Feed(MunicipalityCode),
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Audit => f.write_str("the audit"),
            Self::Feed(code) => write!(f, "the feed of {code}"),
        }
    }
}

/// In what a database differs from heads that it had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("{chain} ends at entry {has}, and it had come to {had}: {} entries are missing", had - has)]
    Shorter { chain: Chain, had: i64, has: i64 },
    #[error("entry {sequence} of {chain} is not the one that was there")]
    Other { chain: Chain, sequence: i64 },
}

const AUDIT_HEAD: &str = "-- store::heads::audit_head
SELECT last_sequence, digest FROM audit_head WHERE id = 1";

const FEED_HEADS: &str = "-- store::heads::feed_heads
SELECT municipality, last_sequence, head_digest, floor_sequence FROM municipality_feed ORDER BY municipality";

const AUDIT_AT: &str = "-- store::heads::audit_at
SELECT digest FROM audit_entry WHERE sequence = $1";

impl Store {
    /// How far the database has come. What is committed while it is being read is in it or not.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn heads(&self) -> Result<Heads, StoreError> {
        let audit = self.audit_head().await?;
        let feeds = self.feed_heads().await?.into_iter();
        Ok(Heads {
            audit,
            feeds: feeds.map(|(code, head, _)| (code, head)).collect(),
        })
    }

    /// What the database has lost since it had come to these heads: empty when it is the same, and has at most gone on. A feed whose
    /// floor has risen above its head has gone on too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lost_since(&self, then: &Heads) -> Result<Vec<Lost>, StoreError> {
        let mut lost = Vec::new();
        lost.extend(self.audit_lost(then.audit).await?);
        let now: BTreeMap<_, _> = self
            .feed_heads()
            .await?
            .into_iter()
            .map(|feed| (feed.0, feed))
            .collect();
        for (code, had) in &then.feeds {
            let (has, floor) = now.get(code).map_or((0, 0), |(_, head, floor)| (head.sequence, *floor));
            lost.extend(self.feed_lost(*code, *had, has, floor).await?);
        }
        Ok(lost)
    }

    async fn audit_lost(&self, had: Head) -> Result<Option<Lost>, StoreError> {
        let (chain, has) = (Chain::Audit, self.audit_head().await?.sequence);
        if has < had.sequence {
            let had = had.sequence;
            return Ok(Some(Lost::Shorter { chain, had, has }));
        }
        let row = sqlx::query(AUDIT_AT)
            .bind(had.sequence)
            .fetch_optional(self.readers())
            .await;
        let row = row.map_err(StoreError::at(AUDIT_AT))?;
        let digest = row.map(|row| Reader::named(&row, "audit_entry", had.sequence.to_string()).bytes("digest"));
        let same = had.sequence == 0 || digest.transpose()? == Some(had.digest);
        Ok((!same).then_some(Lost::Other {
            chain,
            sequence: had.sequence,
        }))
    }

    async fn feed_lost(
        &self,
        code: MunicipalityCode,
        had: Head,
        has: i64,
        floor: i64,
    ) -> Result<Option<Lost>, StoreError> {
        let (chain, sequence) = (Chain::Feed(code), had.sequence);
        if has < sequence {
            let had = sequence;
            return Ok(Some(Lost::Shorter { chain, had, has }));
        }
        let same = sequence < floor || self.digest_at(&code, sequence).await? == had.digest;
        Ok((!same).then_some(Lost::Other { chain, sequence }))
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        let row = sqlx::query(AUDIT_HEAD)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(AUDIT_HEAD))?;
        let row = Reader::named(&row, "audit_head", "1".into());
        Ok(Head {
            sequence: row.get("last_sequence")?,
            digest: row.bytes("digest")?,
        })
    }

    /// Each feed with its head and its floor.
    pub(super) async fn feed_heads(&self) -> Result<Vec<(MunicipalityCode, Head, i64)>, StoreError> {
        let rows = sqlx::query(FEED_HEADS)
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::at(FEED_HEADS))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "municipality_feed", "municipality")?;
            let head = Head {
                sequence: row.get("last_sequence")?,
                digest: row.bytes("head_digest")?,
            };
            Ok((row.parse("municipality")?, head, row.get("floor_sequence")?))
        };
        rows.iter().map(read).collect()
    }
}
