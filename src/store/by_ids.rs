//! Many rows in a few statements, found by their ids.

use std::fmt::Write;

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::{StoreError, insert::CHUNKS, readers::Readers};

/// A statement whose list of ids is as long as there are ids.
pub(super) struct ByIds {
    /// Up to and including what is looked for, such as `WHERE r.id`.
    pub head: &'static str,
}

impl ByIds {
    /// The rows with these ids, in any order; an id without a row is left out.
    pub async fn rows(&self, readers: &Readers, mut ids: &[String]) -> Result<Vec<AnyRow>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for size in CHUNKS {
            let sql = self.sql(size);
            while let Some((now, later)) = ids.split_at_checked(size) {
                let query = now
                    .iter()
                    .fold(sqlx::query(AssertSqlSafe(sql.clone())), |query, id| query.bind(id));
                found.extend(query.fetch_all(readers).await.map_err(StoreError::at(self.head))?);
                ids = later;
            }
        }
        Ok(found)
    }

    /// The text for so many ids.
    pub fn sql(&self, ids: usize) -> String {
        let mut sql = format!("{} IN (", self.head);
        for id in 1..=ids {
            let separator = if id == 1 { "" } else { ", " };
            write!(sql, "{separator}${id}").expect("a String takes any text");
        }
        sql.push(')');
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::ByIds;

    #[test]
    fn the_list_is_as_long_as_there_are_ids() {
        let by_ids = ByIds {
            head: "-- x\nSELECT a FROM t WHERE id",
        };
        assert_eq!(by_ids.sql(1), "-- x\nSELECT a FROM t WHERE id IN ($1)");
        assert_eq!(by_ids.sql(3), "-- x\nSELECT a FROM t WHERE id IN ($1, $2, $3)");
    }
}
