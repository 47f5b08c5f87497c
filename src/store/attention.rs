//! What waits for somebody: for a municipality to fetch, for an employer to answer, for a person to find the municipality.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Store, StoreError, row::Reader};
use crate::value::MunicipalityCode;

/// What waits at one municipality is counted up to here: beyond it the number no longer helps anybody.
pub const MOST_COUNTED: i64 = 1_000;

/// Things that wait, and since when the oldest does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: i64,
    pub since: Option<Timestamp>,
}

/// What waits at one municipality, each counted up to [`MOST_COUNTED`].
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

/// How far a municipality's own system is behind its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedStanding {
    pub municipality: MunicipalityCode,
    /// The last number of its feed.
    pub latest_sequence: i64,
    /// The number up to which it has acknowledged.
    pub acknowledged: i64,
    /// Since when the oldest report lies there that nobody has taken.
    pub unfetched_since: Option<Timestamp>,
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

/// Counts no further than [`MOST_COUNTED`]: how many wait where nobody has fetched for a year must not slow down the page that says so.
const OF_MUNICIPALITY: &str = "-- store::attention::of_municipality
SELECT COALESCE((SELECT last_sequence FROM municipality_feed WHERE municipality = $1), 0) AS latest_sequence,
    COALESCE((SELECT MAX(up_to_sequence) FROM acknowledgement WHERE municipality = $1), 0) AS acknowledged,
    (SELECT COUNT(*) FROM (SELECT id FROM report WHERE municipality = $1 AND state IN ('available', 'transferred') LIMIT $2)
        AS found) AS unfetched,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred')) AS unfetched_since,
    (SELECT COUNT(*) FROM (SELECT id FROM report WHERE municipality = $1 AND state = 'questioned' LIMIT $2) AS found) AS unanswered,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state = 'questioned') AS unanswered_since";

const OVERDUE_AT: &str = "-- store::attention::overdue_at
SELECT (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred') AND state_at < $2) AS unfetched,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state IN ('available', 'transferred') AND state_at < $2)
        AS unfetched_since,
    (SELECT COUNT(*) FROM report WHERE municipality = $1 AND state = 'questioned' AND state_at < $3) AS unanswered,
    (SELECT MIN(state_at) FROM report WHERE municipality = $1 AND state = 'questioned' AND state_at < $3) AS unanswered_since";

/// One municipality after the other: only what is too old is read. Whoever has a report has a feed.
const OVERDUE: &str = "-- store::attention::overdue
SELECT m.municipality,
    (SELECT COUNT(*) FROM report r WHERE r.municipality = m.municipality AND r.state IN ('available', 'transferred')
        AND r.state_at < $1) AS unfetched,
    (SELECT MIN(r.state_at) FROM report r WHERE r.municipality = m.municipality AND r.state IN ('available', 'transferred')
        AND r.state_at < $1) AS unfetched_since,
    (SELECT COUNT(*) FROM report r WHERE r.municipality = m.municipality AND r.state = 'questioned'
        AND r.state_at < $2) AS unanswered,
    (SELECT MIN(r.state_at) FROM report r WHERE r.municipality = m.municipality AND r.state = 'questioned'
        AND r.state_at < $2) AS unanswered_since
FROM municipality_feed m";

/// One look into an index for each number of each feed.
const FEEDS: &str = "-- store::attention::feeds
SELECT m.municipality, m.last_sequence AS latest_sequence,
    COALESCE((SELECT MAX(a.up_to_sequence) FROM acknowledgement a WHERE a.municipality = m.municipality), 0) AS acknowledged,
    (SELECT MIN(r.state_at) FROM report r WHERE r.municipality = m.municipality AND r.state IN ('available', 'transferred'))
        AS unfetched_since
FROM municipality_feed m ORDER BY m.municipality";

const HELD: &str = "-- store::attention::held
SELECT COUNT(*) AS held, MIN(state_at) AS held_since FROM report WHERE state = 'held'";

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [OF_MUNICIPALITY, OVERDUE, FEEDS, HELD].map(str::to_owned).to_vec()
}

/// What has waited too long at one municipality, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverdueAt {
    pub municipality: MunicipalityCode,
    pub unfetched: Waiting,
    pub unanswered: Waiting,
}

impl Overdue {
    /// Everything together.
    #[must_use]
    pub fn sum(by_municipality: &[OverdueAt], held: Waiting) -> Self {
        let none = Self {
            unfetched: Waiting::default(),
            municipalities: 0,
            unanswered: Waiting::default(),
            held,
        };
        by_municipality.iter().fold(none, |sum, at| Self {
            unfetched: sum.unfetched.and(at.unfetched),
            municipalities: sum.municipalities + i64::from(at.unfetched.count > 0),
            unanswered: sum.unanswered.and(at.unanswered),
            held,
        })
    }
}

impl Waiting {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            since: self.since.into_iter().chain(other.since).min(),
        }
    }

    /// Whether there is more than could be counted: the number is [`MOST_COUNTED`].
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.count >= MOST_COUNTED
    }
}

impl Store {
    /// What waits at a municipality, for its own page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_at(&self, municipality: &MunicipalityCode) -> Result<MunicipalityWaiting, StoreError> {
        let query = sqlx::query(OF_MUNICIPALITY)
            .bind(municipality.as_str())
            .bind(MOST_COUNTED);
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
        let (by_municipality, held) =
            tokio::try_join!(self.overdue_by_municipality(unfetched, unanswered), self.held_waiting())?;
        Ok(Overdue::sum(&by_municipality, held))
    }

    /// The municipalities with reports that have waited since before a time, those that wait longest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn behind(&self, before: Timestamp) -> Result<Vec<(MunicipalityCode, Waiting)>, StoreError> {
        let mut behind: Vec<_> = self.overdue_by_municipality(before, Timestamp::UNIX_EPOCH).await?;
        behind.retain(|at| at.unfetched.count > 0);
        behind.sort_by_key(|at| (at.unfetched.since, at.municipality));
        Ok(behind.into_iter().map(|at| (at.municipality, at.unfetched)).collect())
    }

    /// The municipalities with questions that no employer has answered since before a time, those that wait longest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn without_answers(&self, before: Timestamp) -> Result<Vec<(MunicipalityCode, Waiting)>, StoreError> {
        let mut without: Vec<_> = self.overdue_by_municipality(Timestamp::UNIX_EPOCH, before).await?;
        without.retain(|at| at.unanswered.count > 0);
        without.sort_by_key(|at| (at.unanswered.since, at.municipality));
        Ok(without.into_iter().map(|at| (at.municipality, at.unanswered)).collect())
    }

    /// The same of each municipality that has a feed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn overdue_by_municipality(
        &self,
        unfetched: Timestamp,
        unanswered: Timestamp,
    ) -> Result<Vec<OverdueAt>, StoreError> {
        let query = sqlx::query(OVERDUE)
            .bind(unfetched.as_millisecond())
            .bind(unanswered.as_millisecond());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(OVERDUE))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "report", "municipality")?;
            Ok(OverdueAt {
                municipality: row.parse("municipality")?,
                unfetched: waiting(&row, "unfetched", "unfetched_since")?,
                unanswered: waiting(&row, "unanswered", "unanswered_since")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// How far each municipality that has a feed is behind it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn feed_standings(&self) -> Result<Vec<FeedStanding>, StoreError> {
        let rows = sqlx::query(FEEDS).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(FEEDS))?;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "municipality_feed", "municipality")?;
            Ok(FeedStanding {
                municipality: row.parse("municipality")?,
                latest_sequence: row.get("latest_sequence")?,
                acknowledged: row.get("acknowledged")?,
                unfetched_since: row.time_optional("unfetched_since")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The reports that wait for a person to find the municipality.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn held_waiting(&self) -> Result<Waiting, StoreError> {
        let row = sqlx::query(HELD).fetch_one(self.readers()).await;
        let row = row.map_err(StoreError::at(HELD))?;
        waiting(&Reader::named(&row, "report", "held".into()), "held", "held_since")
    }
}

fn waiting(row: &Reader<'_>, count: &'static str, since: &'static str) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        count: row.get(count)?,
        since: row.time_optional(since)?,
    })
}
