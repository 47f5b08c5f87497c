//! The line of a report: what it corrects, what that corrected, and what has taken its place since.

use super::{Store, StoreError, reports::Eyes, row::Reader};
use crate::{access::Scope, value::ReportId};

/// More corrections of one report than anybody sends; a line that were longer would be shown from here on.
const LONGEST: usize = 100;

/// One report of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub id: ReportId,
    /// Whether the scope has it: else it is known to be there and no more, such as one that another municipality has.
    pub is_seen: bool,
}

const EARLIER: &str = "-- store::chain::earlier
SELECT c.id, CASE WHEN c.employer_cvr = $2 OR c.municipality = $3 OR $4 = 1 THEN 1 ELSE 0 END AS seen
FROM report r JOIN report c ON c.id = r.corrects_id WHERE r.id = $1";

const LATER: &str = "-- store::chain::later
SELECT c.id, CASE WHEN c.employer_cvr = $2 OR c.municipality = $3 OR $4 = 1 THEN 1 ELSE 0 END AS seen
FROM report c WHERE c.corrects_id = $1";

impl Store {
    /// The line that a report is in, the first report first, itself included. A line never forks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn chain_of(&self, scope: &Scope, report: ReportId) -> Result<Vec<Link>, StoreError> {
        let mut line = self.walk(EARLIER, scope, report).await?;
        line.reverse();
        line.push(Link {
            id: report,
            is_seen: true,
        });
        line.extend(self.walk(LATER, scope, report).await?);
        Ok(line)
    }

    async fn walk(&self, sql: &'static str, scope: &Scope, from: ReportId) -> Result<Vec<Link>, StoreError> {
        let eyes = Eyes::from(scope);
        let (mut line, mut at) = (Vec::new(), from);
        while line.len() < LONGEST {
            let query = sqlx::query(sql)
                .bind(at.to_string())
                .bind(eyes.employer)
                .bind(eyes.municipality)
                .bind(eyes.all);
            let row = query
                .fetch_optional(self.readers())
                .await
                .map_err(StoreError::at(sql))?;
            let Some(row) = row else { break };
            let row = Reader::new(&row, "report", "id")?;
            at = row.parse("id")?;
            line.push(Link {
                id: at,
                is_seen: row.get::<i64>("seen")? == 1,
            });
        }
        Ok(line)
    }
}
