//! Figures of a municipality's deliveries over time, counted from its feed, its acknowledgements and its outcomes.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Store, StoreError, row::Reader};
use crate::value::MunicipalityCode;

/// What happened at a municipality since a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Entries that came into its feed, counted by the hour that begins at this time.
    pub available: Vec<(Timestamp, i64)>,
    /// What its system took over, in the order of time.
    pub fetched: Vec<Fetched>,
    /// Outcomes and questions, counted by the hour that begins at this time.
    pub answered: Vec<(Timestamp, i64)>,
}

/// Entries that came into the feed together and were acknowledged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    pub at: Timestamp,
    pub count: i64,
    /// From when they were in the feed until they were acknowledged.
    pub waited: Duration,
}

const AVAILABLE: &str = "-- store::delivery::available
SELECT appended_at / 3600000 AS hour, COUNT(*) AS number FROM feed_entry
WHERE municipality = $1 AND appended_at >= $2 GROUP BY appended_at / 3600000 ORDER BY 1";

const ANSWERED: &str = "-- store::delivery::answered
SELECT decided_at / 3600000 AS hour, COUNT(*) AS number FROM outcome
WHERE municipality = $1 AND decided_at >= $2 GROUP BY decided_at / 3600000 ORDER BY 1";

/// The highest number before a time, found from the highest there is: a lower number can be acknowledged after a higher one. The sign
/// before the time keeps it from being looked up by time, which would read every earlier acknowledgement.
const BEFORE: &str = "-- store::delivery::before
SELECT up_to_sequence FROM acknowledgement WHERE municipality = $1 AND +acknowledged_at < $2 ORDER BY up_to_sequence DESC LIMIT 1";

const ACKNOWLEDGED: &str = "-- store::delivery::acknowledged
SELECT acknowledged_at, up_to_sequence FROM acknowledgement WHERE municipality = $1 AND acknowledged_at >= $2
ORDER BY acknowledged_at, up_to_sequence";

/// Entries of one transaction have one time and numbers without a hole, so the answer is as short as there were transactions. The
/// sign before the time keeps the grouping from being done along the index of times, which would read the whole feed.
const RUNS: &str = "-- store::delivery::runs
SELECT +appended_at AS appended_at, MIN(sequence) AS first, MAX(sequence) AS last FROM feed_entry
WHERE municipality = $1 AND sequence > $2 AND sequence <= $3 GROUP BY +appended_at ORDER BY 2";

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [AVAILABLE, ANSWERED, BEFORE, ACKNOWLEDGED, RUNS]
        .map(str::to_owned)
        .to_vec()
}

impl Store {
    /// What happened at a municipality since `since`, which begins an hour.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn deliveries(
        &self,
        municipality: &MunicipalityCode,
        since: Timestamp,
    ) -> Result<Deliveries, StoreError> {
        let (available, answered, fetched) = tokio::try_join!(
            self.by_hour(AVAILABLE, municipality, since),
            self.by_hour(ANSWERED, municipality, since),
            self.fetched_since(municipality, since),
        )?;
        Ok(Deliveries {
            available,
            fetched,
            answered,
        })
    }

    async fn by_hour(
        &self,
        sql: &'static str,
        municipality: &MunicipalityCode,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, i64)>, StoreError> {
        let rows = self.rows_since(sql, municipality, since).await?;
        let read = |row: &AnyRow| {
            let row = Reader::named(row, "feed_entry", municipality.to_string());
            let hour: i64 = row.get("hour")?;
            let at = Timestamp::from_second(hour * 3_600).map_err(|error| row.bad("hour", error))?;
            Ok((at, row.get("number")?))
        };
        rows.iter().map(read).collect()
    }

    async fn rows_since(
        &self,
        sql: &'static str,
        municipality: &MunicipalityCode,
        since: Timestamp,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let query = sqlx::query(sql)
            .bind(municipality.as_str())
            .bind(since.as_millisecond());
        query.fetch_all(self.readers()).await.map_err(StoreError::at(sql))
    }

    async fn fetched_since(
        &self,
        municipality: &MunicipalityCode,
        since: Timestamp,
    ) -> Result<Vec<Fetched>, StoreError> {
        let rows = self.rows_since(ACKNOWLEDGED, municipality, since).await?;
        let read = |row: &AnyRow| {
            let row = Reader::named(row, "acknowledgement", municipality.to_string());
            Ok((row.time("acknowledged_at")?, row.get("up_to_sequence")?))
        };
        let acknowledged: Vec<(Timestamp, i64)> = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let last = acknowledged.iter().map(|(_, up_to)| *up_to).max().unwrap_or(0);
        let before: Option<i64> = sqlx::query_scalar(BEFORE)
            .bind(municipality.as_str())
            .bind(since.as_millisecond())
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(BEFORE))?;
        let before = before.unwrap_or(0);
        if last <= before {
            return Ok(Vec::new());
        }
        let runs = self.runs(municipality, before, last).await?;
        Ok(taken_over(before, &acknowledged, &runs))
    }

    async fn runs(&self, municipality: &MunicipalityCode, after: i64, up_to: i64) -> Result<Vec<Run>, StoreError> {
        let query = sqlx::query(RUNS).bind(municipality.as_str()).bind(after).bind(up_to);
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(RUNS))?;
        let read = |row: &AnyRow| {
            let row = Reader::named(row, "feed_entry", municipality.to_string());
            Ok(Run {
                at: row.time("appended_at")?,
                first: row.get("first")?,
                last: row.get("last")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// Entries that came into the feed at one time.
struct Run {
    at: Timestamp,
    first: i64,
    last: i64,
}

/// Which runs each acknowledgement took over. A run may be taken over in several steps; an acknowledgement of a lower number than one
/// before it takes over nothing.
fn taken_over(before: i64, acknowledged: &[(Timestamp, i64)], runs: &[Run]) -> Vec<Fetched> {
    let mut fetched = Vec::new();
    let mut reached = before;
    let mut rest = runs;
    for (at, up_to) in acknowledged {
        while let Some((run, later)) = rest.split_first()
            && reached < *up_to
        {
            let last = run.last.min(*up_to);
            fetched.push(Fetched {
                at: *at,
                count: (last - run.first.max(reached + 1) + 1).max(0),
                waited: at.duration_since(run.at).unsigned_abs(),
            });
            reached = reached.max(last);
            if run.last > *up_to {
                break;
            }
            rest = later;
        }
    }
    fetched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn run(second: i64, first: i64, last: i64) -> Run {
        Run {
            at: at(second),
            first,
            last,
        }
    }

    #[test]
    fn each_entry_is_taken_over_once_by_the_first_acknowledgement_that_reaches_it() {
        let runs = [run(10, 3, 7), run(20, 8, 8), run(30, 9, 12)];
        let acknowledged = [(at(40), 4), (at(50), 8), (at(55), 6), (at(60), 9), (at(100), 12)];
        let fetched: Vec<_> = taken_over(2, &acknowledged, &runs)
            .into_iter()
            .map(|part| (part.at.as_second(), part.count, part.waited.as_secs()))
            .collect();
        let wanted = [(40, 2, 30), (50, 3, 40), (50, 1, 30), (60, 1, 30), (100, 3, 70)];
        assert_eq!(fetched, wanted);
    }
}
