//! The mark by which a database knows its keys: a known value, sealed, with a hash under the index key in it. It is left in a new
//! database, and at each start it must open and the hash must be that of the key file: a wrong sealing key would show nothing, a wrong
//! index key would find nothing.

use serde::Deserialize;
use sqlx::{Row, any::AnyRow};

use super::{
    Store, StoreError,
    connection::Connection,
    database::Address,
    reports::cpr_index,
    row::Reader,
    schema, sealing,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    config::DatabaseSettings,
    entropy::Entropy,
    record::StoredCpr,
    vault::{Place, Vault, VaultError},
};

/// What begins the mark. In marks of before there was nothing behind it.
const MARK: &[u8] = b"fleksport";
/// What ends it where every row proves itself.
const ROWS: &[u8] = b" 2";
/// Bytes of the hash under the index key.
const INDEX: usize = 32;

/// What there is of ours in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No table.
    Empty,
    /// Tables, and no mark of any keys.
    Unmarked {
        /// Whether something has been written all the same.
        used: bool,
    },
    /// It belongs to keys.
    Marked,
}

/// What a mark proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// The sealing key only: it was left by an earlier program.
    SealingKey,
    BothKeys,
}

const LEAVE: &str = "-- store::marks::leave
INSERT INTO vault_check (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";

const READ: &str = "-- store::marks::read
SELECT sealed FROM vault_check WHERE id = 1";

const USED: &str = "-- store::marks::used
SELECT last_sequence FROM audit_head WHERE id = 1";

const RENEW: &str = "-- store::marks::renew
UPDATE vault_check SET sealed = $1 WHERE id = 1";

const NEWEST_REPORT: &str = "-- store::marks::newest_report
SELECT id, cpr_index, sealed FROM report ORDER BY id DESC LIMIT 1";

/// What a mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub keys: Proof,
    /// Every row proves itself: one without proof is a fault.
    pub proves_rows: bool,
}

impl Mark {
    /// That of a new database.
    pub const WHOLE: Self = Self {
        keys: Proof::BothKeys,
        proves_rows: true,
    };
}

/// Seals a mark: the known value, then the hash under the index key, then the sign that all rows prove themselves.
pub(super) fn seal(vault: &Vault, entropy: &Entropy, mark: Mark) -> Result<Vec<u8>, StoreError> {
    let mut said = MARK.to_vec();
    if mark.keys == Proof::BothKeys {
        said.extend_from_slice(&index_proof(vault));
    }
    if mark.proves_rows {
        said.extend_from_slice(ROWS);
    }
    sealing::seal_bytes(vault, entropy, sealing::VAULT_CHECK, "1", &said)
}

/// Opens a mark, which must be that of these keys.
pub(super) fn open(vault: &Vault, sealed: &[u8]) -> Result<Mark, StoreError> {
    let (table, column) = sealing::VAULT_CHECK;
    let row = "1";
    let said = vault
        .unseal(Place { table, column, row }, sealed)
        .map_err(StoreError::ForeignKeys)?;
    let other = || StoreError::ForeignKeys(VaultError::OtherIndexKey);
    let said = said.strip_prefix(MARK).ok_or_else(other)?;
    let (index, proves_rows) = match said.len() {
        0 | INDEX => (said, false),
        _ => (said.strip_suffix(ROWS).ok_or_else(other)?, true),
    };
    let keys = match index {
        [] => Proof::SealingKey,
        index if index == index_proof(vault) => Proof::BothKeys,
        _ => return Err(other()),
    };
    Ok(Mark { keys, proves_rows })
}

fn index_proof(vault: &Vault) -> [u8; 32] {
    vault.blind_index("vault_check", MARK)
}

async fn read(connection: &mut Connection) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(READ)
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::at(READ))?;
    row.map(|row| Reader::named(&row, "vault_check", "1".into()).get("sealed"))
        .transpose()
}

/// Whether anything has ever been written.
async fn is_used(connection: &mut Connection) -> Result<bool, StoreError> {
    let last: i64 = sqlx::query_scalar(USED)
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::at(USED))?;
    Ok(last > 0)
}

/// Leaves a mark in a database into which nothing has been written yet; in another the mark must be that of these keys.
pub(super) async fn check(connection: &mut Connection, vault: &Vault, entropy: &Entropy) -> Result<Proof, StoreError> {
    if read(connection).await?.is_none() {
        if is_used(connection).await? {
            return Err(StoreError::ForeignKeys(VaultError::NoMark));
        }
        let left = sqlx::query(LEAVE)
            .bind(seal(vault, entropy, Mark::WHOLE)?)
            .execute(&mut *connection)
            .await;
        left.map_err(StoreError::at(LEAVE))?;
    }
    // Another node may have left its own in the same moment.
    let sealed = read(connection)
        .await?
        .ok_or(StoreError::ForeignKeys(VaultError::NoMark))?;
    let mark = open(vault, &sealed)?;
    if mark.keys == Proof::SealingKey {
        prove_by_report(connection, vault).await?;
    }
    Ok(mark.keys)
}

/// Of the content of a report what its hash is made from.
#[derive(Deserialize)]
struct Person {
    cpr: StoredCpr,
}

/// A database of before the index key was in the mark: a report that can be read must be found by its CPR number.
async fn prove_by_report(connection: &mut Connection, vault: &Vault) -> Result<(), StoreError> {
    let row = sqlx::query(NEWEST_REPORT)
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::at(NEWEST_REPORT))?;
    match row.as_ref().and_then(|row| person_of(vault, row)) {
        Some((index, person)) if index != cpr_index(vault, &person.cpr.0) => {
            Err(StoreError::ForeignKeys(VaultError::OtherIndexKey))
        }
        Some(_) | None => Ok(()),
    }
}

/// `None` for a row that can't be read: that is for the reader of the row to tell.
fn person_of(vault: &Vault, row: &AnyRow) -> Option<(Vec<u8>, Person)> {
    let (id, index): (String, Vec<u8>) = (row.try_get("id").ok()?, row.try_get("cpr_index").ok()?);
    let sealed: Vec<u8> = row.try_get("sealed").ok()?;
    let (table, column) = sealing::REPORT;
    let plain = vault
        .unseal(
            Place {
                table,
                column,
                row: &id,
            },
            &sealed,
        )
        .ok()?;
    Some((index, serde_json::from_slice(&plain).ok()?))
}

impl Store {
    /// What there is of ours in the configured database. Writes nothing.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn standing(settings: &DatabaseSettings, data_dir: &std::path::Path) -> Result<Standing, StoreError> {
        let address = Address::new(settings, data_dir)?;
        let mut connection = address.upkeep().await?;
        let found = standing(&address, &mut connection).await;
        connection.close().await;
        found
    }

    /// Brings an empty database up to date and leaves the mark of the keys in it.
    ///
    /// # Errors
    /// When it can't be written, or belongs to other keys by then.
    pub async fn found(
        settings: &DatabaseSettings,
        data_dir: &std::path::Path,
        vault: &Vault,
        entropy: &Entropy,
    ) -> Result<(), StoreError> {
        let address = Address::new(settings, data_dir)?;
        migrate_and_mark(&address, vault, entropy).await
    }

    /// Makes a SQLite database in a file of its own, with the mark of the keys in it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub async fn found_file(path: &std::path::Path, vault: &Vault, entropy: &Entropy) -> Result<(), StoreError> {
        let address = Address::file(path)?.made()?;
        migrate_and_mark(&address, vault, entropy).await
    }

    /// Whether the mark is one of an earlier program, which proves the sealing key only.
    #[must_use]
    pub fn has_old_mark(&self) -> bool {
        self.key_proof() == Proof::SealingKey
    }

    /// What the mark proved of the keys when the store was opened.
    pub(super) fn key_proof(&self) -> Proof {
        self.0.proof
    }

    /// Lets the mark prove both keys from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn renew_mark(&self) -> Result<(), StoreError> {
        let sealed = seal(self.vault(), self.entropy(), Mark::WHOLE)?;
        self.writer()
            .write(Renew(sealed))
            .await
            .map_err(Fault::into_store_error)
    }

    /// Whether the mark opens with the keys that are loaded, and their index key is the one in it.
    ///
    /// # Errors
    /// [`StoreError::ForeignKeys`] when they are others.
    pub async fn check_mark(&self) -> Result<(), StoreError> {
        let mut loan = self.readers().lend_one().await?;
        let checked = check(loan.connection(), self.vault(), self.entropy()).await;
        loan.back_after(&checked);
        checked.map(drop)
    }
}

async fn standing(address: &Address, connection: &mut Connection) -> Result<Standing, StoreError> {
    if !schema::has_tables(connection, address.kind()).await? {
        return Ok(Standing::Empty);
    }
    if read(connection).await?.is_some() {
        return Ok(Standing::Marked);
    }
    Ok(Standing::Unmarked {
        used: is_used(connection).await?,
    })
}

async fn migrate_and_mark(address: &Address, vault: &Vault, entropy: &Entropy) -> Result<(), StoreError> {
    let mut connection = address.upkeep().await?;
    let founded = async {
        address.migrate_on(&mut connection).await?;
        check(&mut connection, vault, entropy).await.map(drop)
    };
    let founded = founded.await;
    connection.close().await;
    founded
}

struct Renew(Vec<u8>);

impl Write for Renew {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(RENEW).bind(self.0.as_slice());
        query
            .execute(tx.connection())
            .await
            .map(drop)
            .map_err(StoreError::at(RENEW))?;
        Ok(())
    }
}
