//! Deleting what has been kept long enough: really, row by row, and nothing that still waits for somebody.
//!
//! First the feeds: entries that are older than the deadline and acknowledged, up to a number, the floor. Then the submissions that no
//! entry speaks of any more, with all that belongs to them. A line of corrections goes as a whole or not at all.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{
    DeletionPace, Store, StoreError,
    bound::{self, FeedParts},
    inbox::first_id,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    value::{MunicipalityCode, SubmissionId},
};

/// Feed entries a transaction: a writer that is waited for by nobody must not make others wait.
const ENTRIES: i64 = 1_000;
/// Submissions a transaction.
const SUBMISSIONS: usize = 50;
/// Submissions looked at in a round, oldest first: bounds the memory. What is left is looked at in the next round.
const MOST: i64 = 100_000;

/// What a round has deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deleted {
    pub entries: i64,
    pub submissions: i64,
}

/// Where a feed can still be read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    municipality: MunicipalityCode,
    floor: i64,
    /// The last entry that may go.
    target: i64,
}

const REACHES: &str = "-- store::retention::reaches
SELECT m.municipality, m.floor_sequence AS floor, COALESCE((
    SELECT MAX(f.sequence) FROM feed_entry f WHERE f.municipality = m.municipality AND f.appended_at < $1
        AND f.sequence <= (SELECT COALESCE(MAX(a.up_to_sequence), 0) FROM acknowledgement a WHERE a.municipality = m.municipality)
    ), 0) AS target
FROM municipality_feed m ORDER BY m.municipality";

/// What nobody waits for, what no feed speaks of, and what has not changed since the deadline.
macro_rules! settled {
    () => {
        "NOT EXISTS (SELECT 1 FROM report r WHERE r.submission_id = s.id
        AND (r.state_at >= $1 OR r.state IN ('held', 'available', 'transferred', 'questioned')
            OR EXISTS (SELECT 1 FROM feed_entry f WHERE f.report_id = r.id)
            OR EXISTS (SELECT 1 FROM feed_entry f WHERE f.cause_id = r.id)))
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission_id = s.id AND o.done_at IS NULL AND o.given_up_at IS NULL)"
    };
}

const SETTLED: &str = concat!(
    "-- store::retention::settled
SELECT s.id FROM submission s WHERE s.id < $2 AND ",
    settled!(),
    " ORDER BY s.id LIMIT $3"
);

const STILL_SETTLED: &str = concat!(
    "-- store::retention::still_settled
SELECT COUNT(*) FROM submission s WHERE s.id = $2 AND ",
    settled!(),
    " AND NOT EXISTS (SELECT 1 FROM report r JOIN report c ON c.corrects_id = r.id WHERE r.submission_id = s.id)"
);

/// The submissions on both ends of each correction that touches one of the submissions looked at.
const LINES: &str = "-- store::retention::lines
SELECT c.submission_id AS later, r.submission_id AS earlier FROM report c JOIN report r ON r.id = c.corrects_id
WHERE c.submission_id >= $1 AND c.submission_id <= $2
UNION SELECT c.submission_id, r.submission_id FROM report r JOIN report c ON c.corrects_id = r.id
WHERE r.submission_id >= $1 AND r.submission_id <= $2";

/// Held until the commit: nobody moves the head meanwhile.
const LOCK_FEED: &str = "-- store::retention::lock_feed
UPDATE municipality_feed SET floor_sequence = floor_sequence WHERE municipality = $1 AND floor_sequence < $2
RETURNING municipality, last_sequence, head_digest, floor_sequence, floor_digest, bound";

const NEW_FLOOR: &str = "-- store::retention::new_floor
SELECT digest FROM feed_entry WHERE municipality = $1 AND sequence = $2";

/// A row that did not prove itself keeps the proof that does not fit.
const RAISE_FLOOR: &str = "-- store::retention::raise_floor
UPDATE municipality_feed SET floor_sequence = $2, floor_digest = $3, bound = COALESCE($4, bound) WHERE municipality = $1";

const DELETE_ENTRIES: &str = "-- store::retention::delete_entries
DELETE FROM feed_entry WHERE municipality = $1 AND sequence <= $2";

/// In the order in which they refer to each other.
pub(super) const DELETE_SUBMISSION: [&str; 7] = [
    "-- store::retention::delete_answers
DELETE FROM answer WHERE question_id IN (
    SELECT o.id FROM outcome o JOIN report r ON r.id = o.report_id WHERE r.submission_id = $1)",
    "-- store::retention::delete_outcomes
DELETE FROM outcome WHERE report_id IN (SELECT id FROM report WHERE submission_id = $1)",
    "-- store::retention::delete_handovers
DELETE FROM handover WHERE report_id IN (SELECT id FROM report WHERE submission_id = $1)",
    "-- store::retention::delete_residence_questions
DELETE FROM residence_question WHERE report_id IN (SELECT id FROM report WHERE submission_id = $1)",
    "-- store::retention::delete_orders
DELETE FROM outbox WHERE submission_id = $1",
    "-- store::retention::delete_reports
DELETE FROM report WHERE submission_id = $1",
    "-- store::retention::delete_submission
DELETE FROM submission WHERE id = $1",
];

/// Entries of one feed go, up to a number.
struct DeleteEntries {
    municipality: MunicipalityCode,
    up_to: i64,
    audit: AuditEntry,
}

impl Write for DeleteEntries {
    type Answer = i64;
    type Refusal = std::convert::Infallible;

    fn order(&self) -> &str {
        self.municipality.as_str()
    }

    fn makes_room(&self) -> bool {
        true
    }

    async fn run(&self, tx: &mut Tx) -> Result<i64, Fault<Self::Refusal>> {
        let Some(deleted) = delete_entries(tx, self.municipality.as_str(), self.up_to).await? else {
            return Ok(0); // another node was faster
        };
        tx.audit(self.audit.clone());
        Ok(deleted)
    }
}

/// The entries of a feed go, up to one that is there, and its floor rises. How many went; `None` where the floor is there already.
pub(super) async fn delete_entries(tx: &mut Tx, municipality: &str, up_to: i64) -> Result<Option<i64>, StoreError> {
    if !raise_floor(tx, municipality, up_to).await? {
        return Ok(None);
    }
    let query = sqlx::query(DELETE_ENTRIES).bind(municipality).bind(up_to);
    let deleted = query.execute(tx.connection()).await;
    let deleted = deleted.map_err(StoreError::at(DELETE_ENTRIES))?.rows_affected();
    Ok(Some(i64::try_from(deleted).unwrap_or(i64::MAX)))
}

/// False where the floor is there already.
async fn raise_floor(tx: &mut Tx, municipality: &str, up_to: i64) -> Result<bool, StoreError> {
    let lock = sqlx::query(LOCK_FEED).bind(municipality).bind(up_to);
    let head = lock
        .fetch_optional(tx.connection())
        .await
        .map_err(StoreError::at(LOCK_FEED))?;
    let find = sqlx::query(NEW_FLOOR).bind(municipality).bind(up_to);
    let floor = find
        .fetch_optional(tx.connection())
        .await
        .map_err(StoreError::at(NEW_FLOOR))?;
    let (Some(head), Some(floor)) = (head, floor) else {
        return Ok(false);
    };
    let head = Reader::new(&head, "municipality_feed", "municipality")?;
    let floor: [u8; 32] = Reader::named(&floor, "feed_entry", municipality.to_owned()).bytes("digest")?;
    let vault = &tx.watch.vault;
    let is_proven = bound::check(&head, "bound", &bound::of_feed(vault, &head)?).is_ok();
    let parts = FeedParts {
        municipality,
        last_sequence: head.get("last_sequence")?,
        head_digest: head.get("head_digest")?,
        floor_sequence: up_to,
        floor_digest: Some(&floor),
    };
    let proof = is_proven.then(|| parts.mac(vault).to_vec());
    let raise = sqlx::query(RAISE_FLOOR)
        .bind(municipality)
        .bind(up_to)
        .bind(floor.to_vec())
        .bind(proof);
    raise
        .execute(tx.connection())
        .await
        .map_err(StoreError::at(RAISE_FLOOR))?;
    Ok(true)
}

/// Some submissions go, with all that belongs to them; the answer tells which. One that is still corrected by another stays for now.
struct DeleteSubmissions {
    ids: Vec<SubmissionId>,
    before: Timestamp,
    audit: AuditEntry,
}

impl Write for DeleteSubmissions {
    type Answer = Vec<SubmissionId>;
    type Refusal = std::convert::Infallible;

    fn makes_room(&self) -> bool {
        true
    }

    async fn run(&self, tx: &mut Tx) -> Result<Vec<SubmissionId>, Fault<Self::Refusal>> {
        let mut deleted = Vec::new();
        for id in &self.ids {
            // Somebody may have done something with it since it was looked at.
            let settled: i64 = sqlx::query_scalar(STILL_SETTLED)
                .bind(self.before.as_millisecond())
                .bind(id.to_string())
                .fetch_one(tx.connection())
                .await
                .map_err(StoreError::at(STILL_SETTLED))?;
            if settled == 0 {
                continue;
            }
            for sql in DELETE_SUBMISSION {
                let query = sqlx::query(sql).bind(id.to_string());
                query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
            }
            tx.audit(AuditEntry {
                target: Target::Submission(*id),
                ..self.audit.clone()
            });
            deleted.push(*id);
        }
        Ok(deleted)
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let one_by_one = [
        REACHES,
        SETTLED,
        STILL_SETTLED,
        LINES,
        LOCK_FEED,
        NEW_FLOOR,
        RAISE_FLOOR,
        DELETE_ENTRIES,
    ];
    one_by_one
        .iter()
        .chain(&DELETE_SUBMISSION)
        .map(|sql| (*sql).to_owned())
        .collect()
}

impl Store {
    /// Deletes what was received, told and settled before a time. Reports that wait for a municipality, an employer or a person stay,
    /// whatever their age, and so does what no municipality has acknowledged. Can be broken off and repeated at any moment. While the
    /// clock is doubted nothing is deleted (see [`Store::clock_doubt`]); else as fast as `pace` lets it.
    ///
    /// # Errors
    /// When the database does not answer; what was deleted until then stays deleted.
    pub async fn delete_before(&self, before: Timestamp, pace: DeletionPace) -> Result<Deleted, StoreError> {
        let Some(before) = self.deadline(before, pace).await? else {
            return Ok(Deleted::default());
        };
        let audit = AuditEntry {
            at: self.clock().now(),
            actor: Actor::operator(),
            deed: Deed::Deleted,
            target: Target::List,
            purpose: Purpose::Operation,
            transaction_id: self.entropy().uuid(self.clock().now())?,
        };
        let mut deleted = Deleted::default();
        for reach in self.reaches(before).await? {
            deleted.entries += self.delete_entries(reach, &audit).await?;
        }
        deleted.submissions = self.delete_submissions(before, &audit).await?;
        Ok(deleted)
    }

    /// Whether nothing would be deleted up to a time.
    pub(super) async fn nothing_due(&self, before: Timestamp) -> Result<bool, StoreError> {
        let reaches = self.reaches(before).await?;
        Ok(reaches.iter().all(|reach| reach.target <= reach.floor) && self.settled(before, 1).await?.is_empty())
    }

    /// A correction refers to what it corrects, so it has to go first. Later ones are taken first, which does it at once where the clocks
    /// of the nodes agree; what is left over is tried again as long as something goes.
    async fn delete_submissions(&self, before: Timestamp, audit: &AuditEntry) -> Result<i64, StoreError> {
        let mut left = self.settled(before, MOST).await?;
        let all = left.len();
        loop {
            let count = left.len();
            let ids: Vec<SubmissionId> = left.iter().rev().copied().collect();
            for some in ids.chunks(SUBMISSIONS) {
                let work = DeleteSubmissions {
                    ids: some.to_vec(),
                    before,
                    audit: audit.clone(),
                };
                let gone = self.writer().write(work).await.map_err(Fault::into_store_error)?;
                self.tell_deleted(&gone);
                for id in &gone {
                    left.remove(id);
                }
            }
            if left.is_empty() || left.len() == count {
                return Ok(i64::try_from(all - left.len()).unwrap_or(i64::MAX));
            }
        }
    }

    async fn reaches(&self, before: Timestamp) -> Result<Vec<Reach>, StoreError> {
        let query = sqlx::query(REACHES).bind(before.as_millisecond());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(REACHES))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "municipality_feed", "municipality")?;
            Ok(Reach {
                municipality: row.parse("municipality")?,
                floor: row.get("floor")?,
                target: row.get("target")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn delete_entries(&self, reach: Reach, audit: &AuditEntry) -> Result<i64, StoreError> {
        let (mut floor, mut deleted) = (reach.floor, 0);
        while floor < reach.target {
            floor = (floor + ENTRIES).min(reach.target);
            let actor = Actor {
                subject: Some(reach.municipality.to_string()),
                ..audit.actor.clone()
            };
            let work = DeleteEntries {
                municipality: reach.municipality,
                up_to: floor,
                audit: AuditEntry { actor, ..audit.clone() },
            };
            deleted += self.writer().write(work).await.map_err(Fault::into_store_error)?;
        }
        Ok(deleted)
    }

    /// The submissions that can go, oldest first: settled, and with them the whole line of corrections.
    async fn settled(&self, before: Timestamp, most: i64) -> Result<BTreeSet<SubmissionId>, StoreError> {
        let query = sqlx::query(SETTLED)
            .bind(before.as_millisecond())
            .bind(first_id(before))
            .bind(most);
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(SETTLED))?;
        let read = |row: &AnyRow| Reader::new(row, "submission", "id")?.parse("id");
        let mut settled: BTreeSet<SubmissionId> = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let lines = self.lines(&settled).await?;
        // One end that stays keeps the other, which may keep another.
        loop {
            let count = settled.len();
            for (later, earlier) in &lines {
                if !settled.contains(later) || !settled.contains(earlier) {
                    settled.remove(later);
                    settled.remove(earlier);
                }
            }
            if settled.len() == count {
                return Ok(settled);
            }
        }
    }

    async fn lines(&self, among: &BTreeSet<SubmissionId>) -> Result<Vec<(SubmissionId, SubmissionId)>, StoreError> {
        let (Some(first), Some(last)) = (among.first(), among.last()) else {
            return Ok(Vec::new());
        };
        let query = sqlx::query(LINES).bind(first.to_string()).bind(last.to_string());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(LINES))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "report", "later")?;
            Ok((row.parse("later")?, row.parse("earlier")?))
        };
        rows.iter().map(read).collect()
    }
}
