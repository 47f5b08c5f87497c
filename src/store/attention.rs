//! What waits for somebody: for a municipality to fetch, for an employer to answer, for a person to find the municipality.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Store, StoreError, row::Reader};
use crate::value::MunicipalityCode;

/// Things that wait, and since when the oldest does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: i64,
    pub since: Option<Timestamp>,
}

/// What waits at one municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MunicipalityWaiting {
    /// The last number of its feed.
    pub latest_sequence: i64,
    /// The number up to which it has acknowledged.
    pub acknowledged: i64,
    /// Reports that neither its system has acknowledged nor a case worker has decided.
    pub unfetched: Waiting,
    /// Its questions that the employer has not answered.
    pub unanswered: Waiting,
}

/// What has waited too long at one municipality.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neglect {
    /// Reports that nobody there has taken.
    pub unfetched: Waiting,
    /// Its questions that the employer has not answered.
    pub unanswered: Waiting,
}

/// What has waited too long, over all municipalities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Reports that nobody at the municipality has taken.
    pub unfetched: Waiting,
    /// How many municipalities they lie with.
    pub municipalities: i64,
    /// Questions that the employer has not answered.
    pub unanswered: Waiting,
    /// Reports that wait for a person to find the municipality, new ones included.
    pub held: Waiting,
}

const OF_MUNICIPALITY: &str = "-- store::attention::of_municipality
SELECT COALESCE((SELECT last_sequence FROM municipality_feed WHERE municipality = $1), 0) AS latest_sequence,
    COALESCE((SELECT MAX(up_to_sequence) FROM acknowledgement WHERE municipality = $1), 0) AS acknowledged,
    (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred')) AS unfetched,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred')) AS unfetched_since,
    (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state = 'questioned') AS unanswered,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state = 'questioned') AS unanswered_since";

const OVERDUE_AT: &str = "-- store::attention::overdue_at
SELECT (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred') AND state_at < $2) AS unfetched,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred') AND state_at < $2)
        AS unfetched_since,
    (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state = 'questioned' AND state_at < $3) AS unanswered,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state = 'questioned' AND state_at < $3) AS unanswered_since";

const OVERDUE: &str = "-- store::attention::overdue
SELECT (SELECT COUNT(*) FROM report WHERE state IN ('available', 'transferred') AND state_at < $1) AS unfetched,
    (SELECT MIN(state_at) FROM report WHERE state IN ('available', 'transferred') AND state_at < $1) AS unfetched_since,
    (SELECT COUNT(DISTINCT municipality) FROM report WHERE state IN ('available', 'transferred') AND state_at < $1)
        AS municipalities,
    (SELECT COUNT(*) FROM report WHERE state = 'questioned' AND state_at < $2) AS unanswered,
    (SELECT MIN(state_at) FROM report WHERE state = 'questioned' AND state_at < $2) AS unanswered_since,
    (SELECT COUNT(*) FROM report WHERE state = 'held') AS held,
    (SELECT MIN(state_at) FROM report WHERE state = 'held') AS held_since";

const BEHIND: &str = "-- store::attention::behind
SELECT municipality, COUNT(*) AS unfetched, MIN(state_at) AS unfetched_since FROM report
WHERE state IN ('available', 'transferred') AND state_at < $1 GROUP BY municipality ORDER BY MIN(state_at), municipality";

const WITHOUT_ANSWERS: &str = "-- store::attention::without_answers
SELECT municipality, COUNT(*) AS unanswered, MIN(state_at) AS unanswered_since FROM report
WHERE state = 'questioned' AND state_at < $1 GROUP BY municipality ORDER BY MIN(state_at), municipality";

impl Store {
    /// What waits at a municipality, for its own page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_at(&self, municipality: &MunicipalityCode) -> Result<MunicipalityWaiting, StoreError> {
        let query = sqlx::query(OF_MUNICIPALITY).bind(municipality.as_str());
        let row = query.fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(OF_MUNICIPALITY))?;
        let row = Reader::named(&row, "report", municipality.to_string());
        Ok(MunicipalityWaiting {
            latest_sequence: row.get("latest_sequence")?,
            acknowledged: row.get("acknowledged")?,
            unfetched: waiting(&row, "unfetched", "unfetched_since")?,
            unanswered: waiting(&row, "unanswered", "unanswered_since")?,
        })
    }

    /// What has waited at a municipality since before these times: reports to be fetched, questions to be answered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn overdue_at(
        &self,
        municipality: &MunicipalityCode,
        unfetched: Timestamp,
        unanswered: Timestamp,
    ) -> Result<Neglect, StoreError> {
        let query = sqlx::query(OVERDUE_AT)
            .bind(municipality.as_str())
            .bind(unfetched.as_millisecond())
            .bind(unanswered.as_millisecond());
        let row = query.fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(OVERDUE_AT))?;
        let row = Reader::named(&row, "report", municipality.to_string());
        Ok(Neglect {
            unfetched: waiting(&row, "unfetched", "unfetched_since")?,
            unanswered: waiting(&row, "unanswered", "unanswered_since")?,
        })
    }

    /// What has waited since before these times: reports to be fetched, questions to be answered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn overdue(&self, unfetched: Timestamp, unanswered: Timestamp) -> Result<Overdue, StoreError> {
        let query = sqlx::query(OVERDUE)
            .bind(unfetched.as_millisecond())
            .bind(unanswered.as_millisecond());
        let row = query.fetch_one(self.readers()).await.map_err(StoreError::at(OVERDUE))?;
        let row = Reader::named(&row, "report", "overdue".into());
        Ok(Overdue {
            unfetched: waiting(&row, "unfetched", "unfetched_since")?,
            municipalities: row.get("municipalities")?,
            unanswered: waiting(&row, "unanswered", "unanswered_since")?,
            held: waiting(&row, "held", "held_since")?,
        })
    }

    /// The municipalities with reports that have waited since before a time, those that wait longest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn behind(&self, before: Timestamp) -> Result<Vec<(MunicipalityCode, Waiting)>, StoreError> {
        self.by_municipality(BEHIND, before, ("unfetched", "unfetched_since"))
            .await
    }

    /// The municipalities with questions that no employer has answered since before a time, those that wait longest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn without_answers(&self, before: Timestamp) -> Result<Vec<(MunicipalityCode, Waiting)>, StoreError> {
        self.by_municipality(WITHOUT_ANSWERS, before, ("unanswered", "unanswered_since"))
            .await
    }

    async fn by_municipality(
        &self,
        sql: &'static str,
        before: Timestamp,
        (count, since): (&'static str, &'static str),
    ) -> Result<Vec<(MunicipalityCode, Waiting)>, StoreError> {
        let query = sqlx::query(sql).bind(before.as_millisecond());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(sql))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "report", "municipality")?;
            Ok((row.parse("municipality")?, waiting(&row, count, since)?))
        };
        rows.iter().map(read).collect()
    }
}

fn waiting(row: &Reader<'_>, count: &'static str, since: &'static str) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        count: row.get(count)?,
        since: row.time_optional(since)?,
    })
}
