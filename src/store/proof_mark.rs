//! The mark from which on everything proves itself, and giving older rows their proof.
//!
//! A new database has the mark from the beginning. One that an older version wrote gets it once: the audit is keyed from its next entry
//! on, every row gets its proof, and then the check value of the vault is exchanged, which nobody can do without the keys. From then on
//! a mark that is missing is a fault, and so is a row without proof.

use sqlx::any::AnyRow;

use super::{
    Store, StoreError, bound, clock_check,
    insert::Insert,
    marks,
    reports::{report_proof_columns, submission_proof_columns},
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{audit::Keyed, record::Digest, vault::Vault};

/// Rows that get their proof in one transaction: others write in between.
const ROWS: i64 = 500;

/// Each round either ends or finds that another node was faster.
const ROUNDS: usize = 10;

/// The mark is missing where it must be, or was changed.
#[derive(Debug, thiserror::Error)]
#[error("the mark from which on all rows prove themselves was changed or removed")]
struct MarkLost;

/// Where the mark stands.
struct Mark {
    keyed: Keyed,
    is_complete: bool,
}

/// Both in one statement: another node may be just about to set them.
const FIND: &str = "-- store::proof_mark::find
SELECT c.sealed, m.keyed_from, m.keyed_after, m.complete, m.bound
FROM vault_check c LEFT JOIN proof_mark m ON m.id = c.id WHERE c.id = 1";

impl Store {
    /// Makes sure that every row proves itself; gives older rows their proof, once. Safe on several nodes at once.
    ///
    /// # Errors
    /// When the mark was changed or removed, or the database does not answer.
    pub(super) async fn prove(&self) -> Result<(), StoreError> {
        for _ in 0..ROUNDS {
            let (is_new, mark) = self.mark().await?;
            match (is_new, mark) {
                (true, Some(mark)) if mark.is_complete => return self.load_clock().await,
                (_, None) => {
                    let begun = self.writer().write(Begin { is_new }).await;
                    begun.map_err(Fault::into_store_error)?;
                }
                (false, Some(mark)) if !mark.is_complete => {
                    self.give_proofs().await?;
                    self.complete(mark.keyed).await?;
                }
                (true | false, Some(_)) => return Err(mark_lost()),
            }
        }
        Err(mark_lost())
    }

    /// From where on the audit is keyed; `None` where the mark does not hold.
    pub(super) async fn keyed(&self) -> Result<Option<Keyed>, StoreError> {
        match self.mark().await {
            Ok((_, mark)) => Ok(mark.map(|mark| mark.keyed)),
            Err(StoreError::BadRow { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn mark(&self) -> Result<(bool, Option<Mark>), StoreError> {
        let row = sqlx::query(FIND).fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(FIND))?;
        let row = Reader::named(&row, "proof_mark", "1".into());
        let is_new = marks::open(self.vault(), row.get("sealed")?)?.proves_rows;
        if row.get::<Option<i64>>("keyed_from")?.is_none() {
            return Ok((is_new, None));
        }
        let keyed = Keyed {
            from: row.get("keyed_from")?,
            after: row.bytes("keyed_after")?,
        };
        let is_complete = row.get::<i64>("complete")? == 1;
        let due = bound::proof_mark(self.vault(), keyed.from, &keyed.after, is_complete);
        bound::check(&row, "bound", &due)?;
        Ok((is_new, Some(Mark { keyed, is_complete })))
    }

    async fn give_proofs(&self) -> Result<(), StoreError> {
        for table in [&SUBMISSIONS, &REPORTS, &CREDENTIALS, &SESSIONS, &FEEDS] {
            let mut given = 0;
            loop {
                let more = self.writer().write(Give(table)).await;
                match more.map_err(Fault::into_store_error)? {
                    0 => break,
                    more => given += more,
                }
                if given % 50_000 == 0 {
                    tracing::info!(table = table.name, given, "rows of an older version get their proof");
                }
            }
        }
        Ok(())
    }

    async fn complete(&self, keyed: Keyed) -> Result<(), StoreError> {
        let mark = marks::Mark {
            keys: self.key_proof(),
            proves_rows: true,
        };
        let sealed = marks::seal(self.vault(), self.entropy(), mark)?;
        let work = Complete { keyed, sealed };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }
}

fn mark_lost() -> StoreError {
    StoreError::BadRow {
        table: "proof_mark",
        column: "bound",
        row: "1".into(),
        source: Box::new(MarkLost),
    }
}

/// Held until the commit: of two nodes one waits.
const LOCK: &str = "-- store::proof_mark::lock
UPDATE audit_head SET last_sequence = last_sequence WHERE id = 1 RETURNING last_sequence, digest";

const THERE: &str = "-- store::proof_mark::there
SELECT COUNT(*) FROM proof_mark";

const ROWS_THERE: &str = "-- store::proof_mark::rows_there
SELECT (SELECT COUNT(*) FROM (SELECT id FROM submission LIMIT 1) AS s) + (SELECT COUNT(*) FROM credential)
    + (SELECT COUNT(*) FROM session) + (SELECT COUNT(*) FROM municipality_feed)";

const INSERT: &str = "-- store::proof_mark::insert
INSERT INTO proof_mark (id, keyed_from, keyed_after, complete, bound) VALUES (1, $1, $2, $3, $4)";

const BIND_HEAD: &str = "-- store::proof_mark::bind_head
UPDATE audit_head SET bound = $1 WHERE id = 1";

const LAST_AT: &str = "-- store::proof_mark::last_at
SELECT at FROM audit_entry WHERE sequence = $1";

/// Sets the mark where there is none: complete in a new database, which must be empty, else to be completed.
struct Begin {
    is_new: bool,
}

impl Write for Begin {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let head = sqlx::query(LOCK).fetch_one(tx.connection()).await;
        let head = head.map_err(StoreError::at(LOCK))?;
        let head = Reader::named(&head, "audit_head", "1".into());
        let (last, digest): (i64, Digest) = (head.get("last_sequence")?, head.bytes("digest")?);
        if count(tx, THERE).await? > 0 {
            return Ok(()); // another node was faster
        }
        if self.is_new && (last > 0 || count(tx, ROWS_THERE).await? > 0) {
            return Err(mark_lost().into());
        }
        let vault = tx.watch.vault.clone();
        sqlx::query(INSERT)
            .bind(last + 1)
            .bind(digest.as_slice())
            .bind(i64::from(self.is_new))
            .bind(bound::proof_mark(&vault, last + 1, &digest, self.is_new).to_vec())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        let bind = sqlx::query(BIND_HEAD).bind(bound::audit_head(&vault, last, &digest).to_vec());
        bind.execute(tx.connection()).await.map_err(StoreError::at(BIND_HEAD))?;
        begin_clock(tx, last).await?;
        Ok(())
    }
}

/// The newest entry of an older version is the first moment to hold the clock against.
async fn begin_clock(tx: &mut Tx, last: i64) -> Result<(), StoreError> {
    let newest = sqlx::query_scalar::<_, i64>(LAST_AT)
        .bind(last)
        .fetch_optional(tx.connection())
        .await;
    let newest = newest.map_err(StoreError::at(LAST_AT))?;
    let newest = newest.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    let now = tx.now;
    clock_check::set(tx, clock_check::TRUSTED, newest.unwrap_or(now)).await
}

async fn count(tx: &mut Tx, sql: &'static str) -> Result<i64, StoreError> {
    let found = sqlx::query_scalar(sql).fetch_one(tx.connection()).await;
    found.map_err(StoreError::at(sql))
}

const COMPLETE: &str = "-- store::proof_mark::complete
UPDATE proof_mark SET complete = 1, bound = $1 WHERE id = 1 AND complete = 0";

const EXCHANGE: &str = "-- store::proof_mark::exchange
UPDATE vault_check SET sealed = $1 WHERE id = 1";

struct Complete {
    keyed: Keyed,
    sealed: Vec<u8>,
}

impl Write for Complete {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let mac = bound::proof_mark(&tx.watch.vault, self.keyed.from, &self.keyed.after, true);
        let done = sqlx::query(COMPLETE).bind(mac.to_vec()).execute(tx.connection()).await;
        if done.map_err(StoreError::at(COMPLETE))?.rows_affected() == 1 {
            let exchange = sqlx::query(EXCHANGE).bind(self.sealed.as_slice());
            exchange
                .execute(tx.connection())
                .await
                .map_err(StoreError::at(EXCHANGE))?;
        }
        Ok(())
    }
}

/// The proof of a row, and that of its state where it has one.
type Proofs = (Digest, Option<Digest>);

/// A table whose older rows have no proof yet.
struct Unproven {
    name: &'static str,
    /// Finds some of them; `$1` is how many.
    find: &'static str,
    id: &'static str,
    /// Gives them their proofs, where they have none meanwhile.
    give: Insert,
    proofs: fn(&Vault, &Reader<'_>) -> Result<Proofs, StoreError>,
}

static SUBMISSIONS: Unproven = Unproven {
    name: "submission",
    find: concat!(
        "-- store::proof_mark::submissions
SELECT s.id AS submission_id, ",
        submission_proof_columns!(),
        " FROM submission s WHERE s.bound IS NULL ORDER BY s.id LIMIT $1"
    ),
    id: "submission_id",
    give: Insert::new(
        "-- store::proof_mark::prove_submissions\nWITH proof (of_id, fixed) AS (",
        2,
        ")\nUPDATE submission SET bound = proof.fixed FROM proof WHERE id = proof.of_id AND bound IS NULL RETURNING id",
    ),
    proofs: |vault, row| Ok((bound::of_submission(vault, row)?, None)),
};

static REPORTS: Unproven = Unproven {
    name: "report",
    find: concat!(
        "-- store::proof_mark::reports
SELECT ",
        report_proof_columns!(),
        " FROM report r WHERE r.bound IS NULL OR r.state_bound IS NULL ORDER BY r.id LIMIT $1"
    ),
    id: "report_id",
    give: Insert::new(
        "-- store::proof_mark::prove_reports\nWITH proof (of_id, fixed, changing) AS (",
        3,
        ")\nUPDATE report SET bound = proof.fixed, state_bound = proof.changing FROM proof WHERE id = proof.of_id RETURNING id",
    ),
    proofs: |vault, row| bound::of_report(vault, row).map(|(fixed, state)| (fixed, Some(state))),
};

static CREDENTIALS: Unproven = Unproven {
    name: "credential",
    find: "-- store::proof_mark::credentials
SELECT id, role, subject, secret_hash, created_at, expires_at, revoked_at FROM credential WHERE bound IS NULL ORDER BY id LIMIT $1",
    id: "id",
    give: Insert::new(
        "-- store::proof_mark::prove_credentials\nWITH proof (of_id, fixed) AS (",
        2,
        ")\nUPDATE credential SET bound = proof.fixed FROM proof WHERE id = proof.of_id AND bound IS NULL RETURNING id",
    ),
    proofs: |vault, row| Ok((bound::of_credential(vault, row)?, None)),
};

static SESSIONS: Unproven = Unproven {
    name: "session",
    find: "-- store::proof_mark::sessions
SELECT id, token_hash, role, subject, created_at, idle_ms, expires_at, person FROM session
WHERE bound IS NULL AND ended_at IS NULL ORDER BY id LIMIT $1",
    id: "id",
    give: Insert::new(
        "-- store::proof_mark::prove_sessions\nWITH proof (of_id, fixed) AS (",
        2,
        ")\nUPDATE session SET bound = proof.fixed FROM proof WHERE id = proof.of_id AND bound IS NULL RETURNING id",
    ),
    proofs: |vault, row| Ok((bound::of_session(vault, row)?, None)),
};

static FEEDS: Unproven = Unproven {
    name: "municipality_feed",
    find: "-- store::proof_mark::feeds
SELECT municipality, last_sequence, head_digest, floor_sequence, floor_digest FROM municipality_feed
WHERE bound IS NULL ORDER BY municipality LIMIT $1",
    id: "municipality",
    give: Insert::new(
        "-- store::proof_mark::prove_feeds\nWITH proof (of_id, fixed) AS (",
        2,
        ")\nUPDATE municipality_feed SET bound = proof.fixed FROM proof WHERE municipality = proof.of_id AND bound IS NULL \
               RETURNING municipality",
    ),
    proofs: |vault, row| Ok((bound::of_feed(vault, row)?, None)),
};

/// Gives some rows of a table their proof; tells how many.
struct Give(&'static Unproven);

impl Write for Give {
    type Answer = usize;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<usize, Fault<Self::Refusal>> {
        let table = self.0;
        let rows = sqlx::query(table.find).bind(ROWS).fetch_all(tx.connection()).await;
        let rows = rows.map_err(StoreError::at(table.find))?;
        let vault = tx.watch.vault.clone();
        let proof = |row: &AnyRow| {
            let row = Reader::new(row, table.name, table.id)?;
            let (fixed, state) = (table.proofs)(&vault, &row)?;
            Ok((row.name().to_owned(), fixed, state))
        };
        let proofs: Vec<(String, Digest, Option<Digest>)> =
            rows.iter().map(proof).collect::<Result<_, StoreError>>()?;
        let given = table
            .give
            .rows(tx.connection(), &proofs, |query, (id, fixed, state)| {
                let query = query.bind(id).bind(fixed.as_slice());
                match state {
                    Some(state) => query.bind(state.as_slice()),
                    None => query,
                }
            })
            .await?;
        tracing::debug!(table = table.name, given = given.len(), "rows got their proof");
        Ok(rows.len())
    }
}
