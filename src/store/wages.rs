//! The full-time wages that stand for an employer's people, to compare a new one with.

use std::{collections::BTreeSet, fmt::Write};

use sqlx::AssertSqlSafe;

use super::{
    Store, StoreError,
    reports::{cpr_index, read_report, report_columns},
};
use crate::{
    record::EarlierWages,
    value::{Cpr, Cvr},
};

/// Persons per statement; few sizes, so that few statements are prepared.
const CHUNKS: [usize; 3] = [32, 8, 1];

/// The newest reports of a person, this many and no more: a job has a few, and nobody shall make a look-up long.
const MOST: i64 = 20;

/// What falls away for the comparison: what was corrected or taken back, and what the municipality could not use.
const NEWEST: &str = "-- store::wages::newest
WITH newest AS (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY cpr_index ORDER BY id DESC) AS place FROM report
    WHERE employer_cvr = $1 AND content_kind = 'full_time_wage' AND state NOT IN ('replaced', 'withdrawn', 'rejected')
    AND (correction_action IS NULL OR correction_action = 'replace') AND cpr_index IN (";

const OF_THEM: &str = concat!(
    "))
SELECT s.received_at, ",
    report_columns!(),
    " FROM newest n JOIN report r ON r.id = n.id JOIN submission s ON s.id = r.submission_id WHERE n.place <= $2 ORDER BY r.id"
);

impl Store {
    /// The full-time wages that an employer has reported for these persons and that still stand. Found by keyed hash.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn earlier_wages(
        &self,
        employer: &Cvr,
        employees: impl Iterator<Item = &Cpr>,
    ) -> Result<EarlierWages, StoreError> {
        let indexes: BTreeSet<_> = employees.map(|cpr| cpr_index(self.vault(), cpr)).collect();
        let indexes: Vec<_> = indexes.into_iter().collect();
        let mut left = indexes.as_slice();
        let mut found = EarlierWages::default();
        for size in CHUNKS {
            while let Some((now, later)) = left.split_at_checked(size) {
                self.add_wages(employer, now, &mut found).await?;
                left = later;
            }
        }
        Ok(found)
    }

    async fn add_wages(
        &self,
        employer: &Cvr,
        employees: &[[u8; 32]],
        found: &mut EarlierWages,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(AssertSqlSafe(sql(employees.len())))
            .bind(employer.as_str().to_owned())
            .bind(MOST);
        let query = employees.iter().fold(query, |query, index| query.bind(index.to_vec()));
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(NEWEST))?;
        for (position, row) in rows.iter().enumerate() {
            super::breathe(position).await;
            let Some(stored) = self.readable(read_report(self.vault(), row))? else {
                continue;
            };
            found.add(Some(stored.id), &stored.report);
        }
        Ok(())
    }
}

fn sql(persons: usize) -> String {
    let mut sql = NEWEST.to_owned();
    for person in 0..persons {
        let separator = if person == 0 { "" } else { ", " };
        write!(sql, "{separator}${}", person + 3).expect("a String takes any text");
    }
    sql.push_str(OF_THEM);
    sql
}
