//! The same small question about many things in one statement: one arm of a `UNION ALL` for each, so that each goes along its index and
//! may be bounded by itself, and one way to the database serves all.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, OnceLock},
};

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::{StoreError, connection::Connection, insert::Bound, row::Reader};

/// Things in one statement. Few sizes, so that few statements are prepared; what is missing to the next size asks for nothing.
pub(super) const SIZES: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// The most things in one statement.
pub(super) const MOST: usize = SIZES[SIZES.len() - 1];

/// A question about one thing. In `one`, `{1}`, `{2}` … stand for its parameters.
pub(super) struct ForEach {
    /// The comment with the statement's name.
    pub name: &'static str,
    pub one: &'static str,
    pub parameters: usize,
    texts: OnceLock<Vec<Arc<str>>>,
}

impl ForEach {
    pub const fn new(name: &'static str, one: &'static str, parameters: usize) -> Self {
        Self {
            name,
            one,
            parameters,
            texts: OnceLock::new(),
        }
    }

    /// The rows of each thing, in the order of the statement; at most [`MOST`] things. `bind` is given `None` for what asks for nothing.
    pub async fn rows<'q, K>(
        &self,
        connection: &mut Connection,
        things: &'q [K],
        bind: impl Fn(Bound<'q>, Option<&'q K>) -> Bound<'q>,
    ) -> Result<BTreeMap<usize, Vec<AnyRow>>, StoreError> {
        let size = SIZES
            .iter()
            .position(|size| *size >= things.len())
            .unwrap_or(SIZES.len() - 1);
        let text = self
            .texts
            .get_or_init(|| SIZES.map(|size| self.text(size).into()).to_vec())[size]
            .clone();
        let missing = (things.len()..SIZES[size]).map(|_| None);
        let all = things.iter().map(Some).chain(missing);
        let query = all.fold(sqlx::query(AssertSqlSafe(text)), bind);
        let rows = query.fetch_all(connection).await.map_err(StoreError::at(self.name))?;
        let mut found: BTreeMap<usize, Vec<AnyRow>> = BTreeMap::new();
        for row in rows {
            let place = Reader::named(&row, "?", "?".into()).count("place")?;
            found.entry(place).or_default().push(row);
        }
        Ok(found)
    }

    /// The statement for so many things.
    pub fn text(&self, things: usize) -> String {
        let mut sql = format!("{}\n", self.name);
        for thing in 0..things {
            let arm = (1..=self.parameters).fold(self.one.to_owned(), |arm, number| {
                let place = thing * self.parameters + number;
                arm.replace(&format!("{{{number}}}"), &format!("${place}"))
            });
            let union = if thing == 0 { "" } else { "\nUNION ALL " };
            write!(
                sql,
                "{union}SELECT CAST({thing} AS BIGINT) AS place, of_{thing}.* FROM ({arm}) AS of_{thing}"
            )
            .expect("a String takes any text");
        }
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::ForEach;

    #[test]
    fn each_thing_has_an_arm_and_parameters_of_its_own() {
        let question = ForEach::new("-- x", "SELECT a FROM t WHERE b = {1} AND c = {2}", 2);
        assert_eq!(
            question.text(2),
            "-- x\nSELECT CAST(0 AS BIGINT) AS place, of_0.* FROM (SELECT a FROM t WHERE b = $1 AND c = $2) AS of_0\n\
             UNION ALL SELECT CAST(1 AS BIGINT) AS place, of_1.* FROM (SELECT a FROM t WHERE b = $3 AND c = $4) AS of_1"
        );
    }
}
