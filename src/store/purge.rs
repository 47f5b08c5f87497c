//! Deleting once more what had been deleted before a backup was put back: the ids come from the list beside the keys.

use std::collections::BTreeSet;

use super::{
    Store, StoreError,
    by_ids::ByIds,
    retention::{DELETE_SUBMISSION, delete_entries},
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    value::SubmissionId,
};

/// Submissions a transaction.
const AT_ONCE: usize = 50;

const THERE: ByIds = ByIds {
    head: "-- store::purge::there\nSELECT s.id FROM submission s WHERE s.id",
};

/// The feeds that tell of a submission, each up to the last entry that does. They were deleted up to there, and are again: a feed is only
/// ever deleted from its beginning.
const FEEDS: &str = "-- store::purge::feeds
SELECT e.municipality, MAX(e.sequence) AS last FROM (
    SELECT f.municipality, f.sequence FROM feed_entry f WHERE f.report_id IN (SELECT r.id FROM report r WHERE r.submission_id = $1)
    UNION ALL
    SELECT f.municipality, f.sequence FROM feed_entry f WHERE f.cause_id IN (SELECT r.id FROM report r WHERE r.submission_id = $1)) AS e
GROUP BY e.municipality ORDER BY e.municipality";

const IS_CORRECTED: &str = "-- store::purge::is_corrected
SELECT COUNT(*) FROM report r JOIN report c ON c.corrects_id = r.id WHERE r.submission_id = $1 AND c.submission_id <> $1";

/// Some go, with all that belongs to them; the answer tells which.
struct Purge {
    ids: Vec<SubmissionId>,
    audit: AuditEntry,
}

impl Write for Purge {
    type Answer = Vec<SubmissionId>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<SubmissionId>, Fault<Self::Refusal>> {
        let mut gone = Vec::new();
        for id in &self.ids {
            let corrected: i64 = sqlx::query_scalar(IS_CORRECTED)
                .bind(id.to_string())
                .fetch_one(tx.connection())
                .await
                .map_err(StoreError::at(IS_CORRECTED))?;
            if corrected > 0 {
                continue; // the correction goes first, if it goes
            }
            delete_entries_of(tx, *id).await?;
            for sql in DELETE_SUBMISSION {
                let query = sqlx::query(sql).bind(id.to_string());
                query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
            }
            tx.audit(AuditEntry {
                target: Target::Submission(*id),
                ..self.audit.clone()
            });
            gone.push(*id);
        }
        Ok(gone)
    }
}

/// The entries that tell of a submission go, and those before them.
async fn delete_entries_of(tx: &mut Tx, id: SubmissionId) -> Result<(), StoreError> {
    let query = sqlx::query(FEEDS).bind(id.to_string());
    let rows = query.fetch_all(tx.connection()).await;
    for row in &rows.map_err(StoreError::at(FEEDS))? {
        let row = Reader::new(row, "feed_entry", "municipality")?;
        delete_entries(tx, row.name(), row.get("last")?).await?;
    }
    Ok(())
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [FEEDS, IS_CORRECTED].map(str::to_owned).to_vec()
}

impl Store {
    /// Deletes these submissions, whatever has become of them, with the entries of the feeds up to the last that tells of them. One
    /// that is not there is none; one that another, not named here, corrects stays. How many went.
    ///
    /// # Errors
    /// When the database does not answer; what was deleted until then stays deleted.
    pub async fn delete_again(&self, ids: &[SubmissionId]) -> Result<usize, StoreError> {
        let mut left = self.there(ids).await?;
        let all = left.len();
        if left.is_empty() {
            return Ok(0);
        }
        let audit = AuditEntry {
            at: self.clock().now(),
            actor: Actor::operator(),
            deed: Deed::Deleted,
            target: Target::List,
            purpose: Purpose::Operation,
            transaction_id: self.entropy().uuid(self.clock().now())?,
        };
        loop {
            let before = left.len();
            // Later ones first: they may correct earlier ones.
            let ids: Vec<SubmissionId> = left.iter().rev().copied().collect();
            for some in ids.chunks(AT_ONCE) {
                let work = Purge {
                    ids: some.to_vec(),
                    audit: audit.clone(),
                };
                for id in self.writer().write(work).await.map_err(Fault::into_store_error)? {
                    left.remove(&id);
                }
            }
            if left.is_empty() || left.len() == before {
                return Ok(all - left.len());
            }
        }
    }

    async fn there(&self, ids: &[SubmissionId]) -> Result<BTreeSet<SubmissionId>, StoreError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = THERE.rows(self.readers(), &ids).await?;
        let read = |row| Reader::new(row, "submission", "id")?.parse("id");
        rows.iter().map(read).collect()
    }
}
