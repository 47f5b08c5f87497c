//! Many rows in one statement.

use std::fmt::Write;

use sqlx::{Any, AnyConnection, AssertSqlSafe, any::AnyArguments, query::Query};

use super::StoreError;

/// A query on its way to being bound.
pub(super) type Bound<'q> = Query<'q, Any, AnyArguments>;

/// Rows per statement. Few sizes, so that few statements are prepared; the largest stays below SQLite's 32,766 parameters.
const CHUNKS: [usize; 4] = [256, 32, 4, 1];

/// An insert whose VALUES are repeated for each row.
pub(super) struct Insert {
    /// Up to and including the column list.
    pub head: &'static str,
    pub columns: usize,
}

impl Insert {
    /// Inserts all rows in as few statements as the chunk sizes allow.
    pub async fn rows<'q, T>(
        &self,
        connection: &mut AnyConnection,
        mut rows: &'q [T],
        bind: impl Fn(Bound<'q>, &'q T) -> Bound<'q>,
    ) -> Result<(), StoreError> {
        for size in CHUNKS {
            let sql = self.sql(size);
            while rows.len() >= size {
                let (now, later) = rows.split_at(size);
                let query = now.iter().fold(sqlx::query(AssertSqlSafe(sql.clone())), &bind);
                query
                    .execute(&mut *connection)
                    .await
                    .map_err(StoreError::at(self.head))?;
                rows = later;
            }
        }
        Ok(())
    }

    fn sql(&self, rows: usize) -> String {
        let mut sql = format!("{}\nVALUES ", self.head);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=self.columns {
                let separator = if column == 1 { "" } else { ", " };
                write!(sql, "{separator}${}", row * self.columns + column).expect("a String takes any text");
            }
            sql.push(')');
        }
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::Insert;

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        let insert = Insert {
            head: "-- x\nINSERT INTO t (a, b)",
            columns: 2,
        };
        assert_eq!(insert.sql(2), "-- x\nINSERT INTO t (a, b)\nVALUES ($1, $2), ($3, $4)");
    }
}
