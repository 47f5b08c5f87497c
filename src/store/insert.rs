//! Many rows in one statement.

use std::{
    fmt::Write,
    sync::{Arc, OnceLock},
};

use sqlx::{
    Any, AssertSqlSafe,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use super::{StoreError, connection::Connection};

/// A query on its way to being bound.
pub(super) type Bound<'q> = Query<'q, Any, AnyArguments>;

/// Rows per statement, the largest first. Few sizes, so that few statements are prepared, and those that a batch of any size needs are few
/// too: each is a way to the database's thread and back. Not larger: SQLite looks each parameter's name up in a list, so the cost of a
/// statement grows with the square of their number (with 256 rows a quarter of all time went there).
pub(super) const CHUNKS: [usize; 7] = [32, 16, 8, 4, 3, 2, 1];

/// An insert whose VALUES are repeated for each row. The database takes the rows, and their locks, in the order given.
pub(super) struct Insert {
    /// Up to and including the column list.
    head: &'static str,
    columns: usize,
    /// What follows the rows: what to do on a conflict, what to give back.
    tail: &'static str,
    /// For each of the chunk sizes.
    texts: OnceLock<[Arc<str>; CHUNKS.len()]>,
}

impl Insert {
    pub const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self {
            head,
            columns,
            tail,
            texts: OnceLock::new(),
        }
    }

    /// Inserts all rows in as few statements as the chunk sizes allow. Gives back what the tail asks for.
    pub async fn rows<'q, T>(
        &self,
        connection: &mut Connection,
        mut rows: &'q [T],
        bind: impl Fn(Bound<'q>, &'q T) -> Bound<'q>,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let texts = self.texts.get_or_init(|| CHUNKS.map(|size| self.sql(size).into()));
        let mut returned = Vec::new();
        for (size, text) in CHUNKS.into_iter().zip(texts) {
            while let Some((now, later)) = rows.split_at_checked(size) {
                let query = now.iter().fold(sqlx::query(AssertSqlSafe(text.clone())), &bind);
                returned.extend(
                    query
                        .fetch_all(&mut *connection)
                        .await
                        .map_err(StoreError::at(self.head))?,
                );
                rows = later;
            }
        }
        Ok(returned)
    }

    /// The text for so many rows.
    pub fn sql(&self, rows: usize) -> String {
        let mut sql = format!("{}\nVALUES ", self.head);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=self.columns {
                let separator = if column == 1 { "" } else { ", " };
                write!(sql, "{separator}${}", row * self.columns + column).expect("a String takes any text");
            }
            sql.push(')');
        }
        sql.push_str(self.tail);
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::Insert;

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        let insert = Insert::new("-- x\nINSERT INTO t (a, b)", 2, " RETURNING a");
        assert_eq!(
            insert.sql(2),
            "-- x\nINSERT INTO t (a, b)\nVALUES ($1, $2), ($3, $4) RETURNING a"
        );
    }
}
