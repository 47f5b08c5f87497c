//! Appending to the audit and checking its chain.

use futures_util::TryStreamExt;

use super::{
    Store, StoreError, bound,
    insert::Insert,
    row::Reader,
    tx::Tx,
    watch,
    writer::{Fault, Write},
};
use crate::{
    audit::{AuditEntry, AuditRecord, ChainCheck, ChainReport},
    record::Digest,
    vault::Vault,
};

static INSERT: Insert = Insert::new(
    "-- store::audit::append\nINSERT INTO audit_entry \
           (sequence, at, role, subject, proof, action, object_kind, object_id, purpose, transaction_id, digest)",
    11,
    "",
);

const TAKE_NUMBERS: &str = "-- store::audit::take_numbers
UPDATE audit_head SET last_sequence = last_sequence + $1 WHERE id = 1 RETURNING last_sequence, digest, bound";

/// A head that did not prove itself keeps the proof that does not fit: going on must not heal it.
const MOVE_HEAD: &str = "-- store::audit::move_head
UPDATE audit_head SET digest = $1, bound = COALESCE($2, bound) WHERE id = 1";

/// The digest of a keyed entry.
fn key(vault: &Vault) -> impl Fn(&Digest) -> Digest + '_ {
    |plain| vault.mac("audit", &[plain])
}

/// Numbers, chains and inserts. Last in a transaction: every node takes the head row, and holds it until the commit.
pub(super) async fn append(tx: &mut Tx, entries: &[AuditEntry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(entries.len()).expect("a batch has fewer than 2^63 entries");
    let head = sqlx::query(TAKE_NUMBERS).bind(count).fetch_one(tx.connection()).await;
    let head = head.map_err(StoreError::at(TAKE_NUMBERS))?;
    let head = Reader::named(&head, "audit_head", "1".into());
    let (last, mut digest): (i64, Digest) = (head.get("last_sequence")?, head.bytes("digest")?);
    let watch = tx.watch.clone();
    let proven = bound::check(&head, "bound", &bound::audit_head(&watch.vault, last - count, &digest));
    let key = key(&watch.vault);
    let mut rows = Vec::with_capacity(entries.len());
    for (sequence, entry) in (last - count + 1..).zip(entries) {
        let record = AuditRecord::new(sequence, entry);
        digest = record.keyed_digest(&digest, &key);
        rows.push((record, digest));
    }
    insert(tx, &rows).await?;
    if let Err(error) = &proven
        && let Some(row) = watch.note(error)
    {
        watch::remember(tx, &row).await?;
    }
    let proof = proven
        .is_ok()
        .then(|| bound::audit_head(&watch.vault, last, &digest).to_vec());
    let moved = sqlx::query(MOVE_HEAD)
        .bind(digest.as_slice())
        .bind(proof)
        .execute(tx.connection())
        .await;
    moved.map(drop).map_err(StoreError::at(MOVE_HEAD))
}

async fn insert(tx: &mut Tx, rows: &[(AuditRecord, Digest)]) -> Result<(), StoreError> {
    INSERT
        .rows(tx.connection(), rows, |query, (record, digest)| {
            query
                .bind(record.sequence)
                .bind(record.at.as_millisecond())
                .bind(&record.role)
                .bind(&record.subject)
                .bind(&record.proof)
                .bind(&record.action)
                .bind(&record.object_kind)
                .bind(&record.object_id)
                .bind(&record.purpose)
                .bind(&record.transaction_id)
                .bind(digest.as_slice())
        })
        .await
        .map(drop)
}

struct Record(AuditEntry);

impl Write for Record {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    fn writes_at_once(&self) -> bool {
        false
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        tx.audit(self.0.clone());
        Ok(())
    }
}

const ALL: &str = "-- store::audit::all
SELECT sequence, at, role, subject, proof, action, object_kind, object_id, purpose, transaction_id, digest
FROM audit_entry WHERE sequence <= $1 ORDER BY sequence";

const HEAD: &str = "-- store::audit::head
SELECT last_sequence, digest, bound FROM audit_head WHERE id = 1";

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [TAKE_NUMBERS, MOVE_HEAD].map(str::to_owned).to_vec()
}

impl Store {
    /// Writes down a use of personal data that writes nothing else. Answer the caller only after this has come back.
    ///
    /// # Errors
    /// When it could not be written: then the data may not be handed out.
    pub async fn record_use(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.writer()
            .write(Record(entry))
            .await
            .map_err(Fault::into_store_error)
    }

    /// Checks the whole chain of the audit, up to the entry that is the last when it begins.
    ///
    /// # Errors
    /// When the database does not answer. A broken chain is not an error but [`ChainReport::fault`].
    pub async fn audit_verify(&self) -> Result<ChainReport, StoreError> {
        let head = sqlx::query(HEAD)
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(HEAD))?;
        let head = Reader::named(&head, "audit_head", "1".into());
        let last: i64 = head.get("last_sequence")?;
        let mut check = ChainCheck::begin(self.keyed().await?, key(self.vault()));
        let mut rows = sqlx::query(ALL).bind(last).fetch(self.readers());
        while let Some(row) = rows.try_next().await.map_err(StoreError::at(ALL))? {
            let (record, digest) = read(&row)?;
            check.next(&record, &digest);
        }
        let digest = head.bytes("digest")?;
        let is_proven = bound::check(&head, "bound", &bound::audit_head(self.vault(), last, &digest)).is_ok();
        Ok(check.finish(last, &digest, is_proven))
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<(AuditRecord, Digest), StoreError> {
    let sequence: i64 = Reader::named(row, "audit_entry", "?".into()).get("sequence")?;
    let row = Reader::named(row, "audit_entry", sequence.to_string());
    let record = AuditRecord {
        sequence,
        at: row.time("at")?,
        role: row.get("role")?,
        subject: row.get("subject")?,
        proof: row.get("proof")?,
        action: row.get("action")?,
        object_kind: row.get("object_kind")?,
        object_id: row.get("object_id")?,
        purpose: row.get("purpose")?,
        transaction_id: row.get("transaction_id")?,
    };
    Ok((record, row.bytes("digest")?))
}
