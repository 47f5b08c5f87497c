//! What a process keeps in memory about its database: the keys that prove rows, which rows can't be read, and the clock.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::{
    Store, StoreError,
    clock_check::ClockWatch,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::vault::Vault;

/// More rows than this are counted but not each told: the database as a whole is damaged.
const MOST: usize = 10_000;

pub(super) struct Watch {
    pub vault: Vault,
    pub clock: ClockWatch,
    /// Table and id of the rows that were told.
    told: Mutex<BTreeSet<(&'static str, String)>>,
}

impl Watch {
    pub fn new(vault: Vault) -> Self {
        Self {
            vault,
            clock: ClockWatch::default(),
            told: Mutex::default(),
        }
    }

    /// Tells of a row that can't be read, once. `None` where it was told before, or the fault is another.
    pub fn note(&self, error: &StoreError) -> Option<UnreadableRow> {
        let StoreError::BadRow {
            table,
            column,
            row,
            source,
        } = error
        else {
            return None;
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST || !told.insert((table, row.clone())) {
            return None;
        }
        tracing::error!(table, column, row, cause = %source, "a row can't be read and is withheld");
        Some(UnreadableRow {
            table: (*table).to_owned(),
            row: row.clone(),
            column: (*column).to_owned(),
        })
    }

    pub fn forget(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A row that can't be read: its content does not open, or it was changed past the service. Ids only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadableRow {
    pub table: String,
    pub row: String,
    /// Where it was found.
    pub column: String,
}

impl std::fmt::Display for UnreadableRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.table, self.row, self.column)
    }
}

const REMEMBER: &str = "-- store::watch::remember
INSERT INTO unreadable (table_name, row_id, column_name, found_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (table_name, row_id) DO NOTHING";

/// Keeps it for whoever looks after the service.
pub(super) async fn remember(tx: &mut Tx, row: &UnreadableRow) -> Result<(), StoreError> {
    let now = tx.now.as_millisecond();
    let query = sqlx::query(REMEMBER)
        .bind(row.table.as_str())
        .bind(row.row.as_str())
        .bind(row.column.as_str())
        .bind(now);
    query
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(StoreError::at(REMEMBER))
}

struct Remember(UnreadableRow);

impl Write for Remember {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        Ok(remember(tx, &self.0).await?)
    }
}

const FORGET: &str = "-- store::watch::forget
DELETE FROM unreadable WHERE table_name = $1";

struct Forget(&'static [&'static str]);

impl Write for Forget {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        for table in self.0 {
            let query = sqlx::query(FORGET).bind(*table);
            query.execute(tx.connection()).await.map_err(StoreError::at(FORGET))?;
        }
        Ok(())
    }
}

const COUNT: &str = "-- store::watch::count
SELECT COUNT(*) FROM unreadable";

const FIRST: &str = "-- store::watch::first
SELECT table_name, row_id, column_name FROM unreadable ORDER BY found_at, table_name, row_id LIMIT $1";

impl Store {
    /// Tells of a row that can't be read, once in the log, and keeps it for the operator.
    pub(super) fn note(&self, error: &StoreError) {
        if let Some(row) = self.watch().note(error) {
            self.writer().write_if_idle(Remember(row));
        }
    }

    /// The row, or nothing where it can't be read, which is told. Any other fault stays one.
    pub(super) fn readable<T>(&self, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match read {
            Ok(row) => Ok(Some(row)),
            Err(error @ StoreError::BadRow { .. }) => {
                self.note(&error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How many rows were found that can't be read, and the first `most` of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unreadable(&self, most: u32) -> Result<(i64, Vec<UnreadableRow>), StoreError> {
        let count = sqlx::query_scalar(COUNT).fetch_one(self.readers()).await;
        let rows = sqlx::query(FIRST).bind(i64::from(most)).fetch_all(self.readers()).await;
        let read = |row| {
            let row = Reader::new(row, "unreadable", "row_id")?;
            Ok(UnreadableRow {
                table: row.get("table_name")?,
                row: row.name().to_owned(),
                column: row.get("column_name")?,
            })
        };
        let rows = rows.map_err(StoreError::at(FIRST))?;
        let first = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        Ok((count.map_err(StoreError::at(COUNT))?, first))
    }

    /// Begins anew with what can't be read in these tables: they are about to be looked through.
    pub(super) async fn forget_unreadable(&self, tables: &'static [&'static str]) -> Result<(), StoreError> {
        self.watch().forget();
        self.writer()
            .write(Forget(tables))
            .await
            .map_err(Fault::into_store_error)
    }

    /// [`Store::note`], waited for.
    pub(super) async fn note_and_keep(&self, error: &StoreError) -> Result<(), StoreError> {
        match self.watch().note(error) {
            Some(row) => self
                .writer()
                .write(Remember(row))
                .await
                .map_err(Fault::into_store_error),
            None => Ok(()),
        }
    }
}
