//! How the reports of an employer stand: for each submission by state, and those that wait for the employer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{
    Store, StoreError,
    by_ids::ByIds,
    reports::{read_report, report_columns},
    row::Reader,
};
use crate::{
    record::StoredReport,
    value::{Cvr, ReportId, SubmissionId},
};

/// The reports of one submission that are in one state.
#[derive(Debug, Clone)]
pub struct Standings {
    /// The state's code.
    pub code: String,
    pub count: usize,
    /// The first of them, at most [`MOST_NAMED`].
    pub named: Vec<StoredReport>,
}

/// So many reports of one state are named; more are counted.
pub const MOST_NAMED: usize = 5;

/// Submissions are asked about by so many at a time.
const AT_ONCE: usize = 20;

/// What waits for an employer: the newest, at most so many.
const MOST_WANTED: usize = 20;

const BY_STATE: &str = "-- store::standings::by_state
SELECT found.report_id, found.submission_id, found.state, found.count FROM (
    SELECT r.id AS report_id, r.submission_id, r.state, COUNT(*) OVER (PARTITION BY r.submission_id, r.state) AS count,
        ROW_NUMBER() OVER (PARTITION BY r.submission_id, r.state ORDER BY r.position) AS place
    FROM report r WHERE r.submission_id IN (";

const NAMED: ByIds = ByIds {
    head: concat!(
        "-- store::standings::named
SELECT s.received_at, ",
        report_columns!(),
        " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.id"
    ),
};

/// Along the employer's own reports, one municipality after the other: whoever answered has a feed.
const WANTED: &str = concat!(
    "-- store::standings::wanted
SELECT s.received_at, ",
    report_columns!(),
    " FROM municipality_feed m JOIN report r ON r.employer_cvr = $1 AND r.municipality = m.municipality AND r.id > $2
JOIN submission s ON s.id = r.submission_id
WHERE r.state IN ('questioned', 'rejected') ORDER BY r.id DESC LIMIT $3"
);

fn by_state(submissions: usize) -> String {
    let places: Vec<String> = (1..=submissions).map(|place| format!("${place}")).collect();
    format!(
        "{BY_STATE}{})\n) found WHERE found.place <= {MOST_NAMED} ORDER BY found.submission_id, found.state, found.place",
        places.join(", ")
    )
}

impl Store {
    /// How the reports of submissions stand, by submission. The caller has been handed these submissions; a state stands first that
    /// most of a submission's reports are in.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn standings_of(
        &self,
        submissions: &[SubmissionId],
    ) -> Result<BTreeMap<SubmissionId, Vec<Standings>>, StoreError> {
        let mut found: BTreeMap<SubmissionId, Vec<(Standings, Vec<String>)>> = BTreeMap::new();
        for some in submissions.chunks(AT_ONCE) {
            let sql = by_state(some.len());
            let query = some
                .iter()
                .fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id.to_string()));
            let rows = query
                .fetch_all(self.readers())
                .await
                .map_err(StoreError::at(BY_STATE))?;
            for row in &rows {
                let row = Reader::new(row, "report", "report_id")?;
                let id = row.name().to_owned();
                let code: String = row.get("state")?;
                let groups = found.entry(row.parse("submission_id")?).or_default();
                match groups.last_mut().filter(|(group, _)| group.code == code) {
                    Some((_, ids)) => ids.push(id),
                    None => {
                        let count = row.count("count")?;
                        let named = Vec::new();
                        groups.push((Standings { code, count, named }, vec![id]));
                    }
                }
            }
        }
        let ids: Vec<String> = found.values().flatten().flat_map(|(_, ids)| ids.clone()).collect();
        let mut reports = BTreeMap::new();
        for row in &NAMED.rows(self.readers(), &ids).await? {
            if let Some(report) = self.readable(read_report(self.vault(), row))? {
                reports.insert(report.id.to_string(), report);
            }
        }
        let mut filled = |(mut group, ids): (Standings, Vec<String>)| {
            group.named = ids.iter().filter_map(|id| reports.remove(id)).collect();
            group
        };
        let mut told = BTreeMap::new();
        for (id, groups) in found {
            let mut groups: Vec<Standings> = groups.into_iter().map(&mut filled).collect();
            groups.sort_by_key(|group| std::cmp::Reverse(group.count));
            told.insert(id, groups);
        }
        Ok(told)
    }

    /// What waits for an employer to answer or to correct, newest first, among the reports since a moment.
    ///
    /// # Errors
    /// As [`Store::standings_of`].
    pub async fn wanted_of(&self, employer: &Cvr, since: Timestamp) -> Result<Vec<StoredReport>, StoreError> {
        let query = sqlx::query(WANTED)
            .bind(employer.as_str())
            .bind(first_id_at(since).to_string())
            .bind(i64::try_from(MOST_WANTED).unwrap_or(i64::MAX));
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(WANTED))?;
        let read = rows.iter().map(|row| self.readable(read_report(self.vault(), row)));
        Ok(read.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

/// What every id given out since the moment lies above.
fn first_id_at(moment: Timestamp) -> ReportId {
    let millis = u128::try_from(moment.as_millisecond()).unwrap_or_default();
    ReportId::from_uuid(Uuid::from_u128(millis << 80))
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    vec![by_state(AT_ONCE), NAMED.sql(8), WANTED.to_owned()]
}
