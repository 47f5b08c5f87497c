//! What a municipality has: its list, narrowed down.

use jiff::Timestamp;

use super::{
    Page, PageRequest, ReportDetail, Store, StoreError,
    reports::{report_columns, submission_columns},
};
use crate::{
    record::ReportKind,
    value::{Cvr, MunicipalityCode, ReportId},
};

/// The state of a report with a question that waits.
const QUESTIONED: &str = "questioned";

/// Which of a municipality's reports are asked for. Each part that is there narrows the list down; nothing of it is personal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxFilter {
    /// The code of the state, such as `available`.
    pub state: Option<&'static str>,
    pub kind: Option<ReportKind>,
    pub employer: Option<Cvr>,
    /// At this moment or later.
    pub received_from: Option<Timestamp>,
    /// Earlier than this moment.
    pub received_before: Option<Timestamp>,
    /// Only those with a question that the employer has not answered.
    pub question_waits: bool,
}

/// The newest ids in one state and of one kind, each a column's value or a parameter. Ids begin with the moment of receipt, so that
/// moments narrow down by them.
macro_rules! newest {
    ($state:literal, $kind:literal) => {
        concat!(
            "SELECT * FROM (SELECT id FROM report WHERE municipality = $1 AND state = ",
            $state,
            " AND kind = ",
            $kind,
            " AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4) AS part"
        )
    };
}

/// Each kind has its place in the index, so the list is the newest of the newest of each.
macro_rules! in_state {
    () => {
        concat!(
            newest!("$5", "'full_time_wage'"),
            " UNION ALL ",
            newest!("$5", "'one_off_payment'"),
            " UNION ALL ",
            newest!("$5", "'employment_end'"),
            " UNION ALL ",
            newest!("$5", "'correction'"),
            " UNION ALL ",
            newest!("$5", "'unchanged_confirmation'")
        )
    };
}

/// The same over the states. What is held is no municipality's.
macro_rules! of_kind {
    () => {
        concat!(
            newest!("'available'", "$5"),
            " UNION ALL ",
            newest!("'fetched'", "$5"),
            " UNION ALL ",
            newest!("'accepted'", "$5"),
            " UNION ALL ",
            newest!("'rejected'", "$5"),
            " UNION ALL ",
            newest!("'questioned'", "$5"),
            " UNION ALL ",
            newest!("'answered'", "$5"),
            " UNION ALL ",
            newest!("'replaced'", "$5"),
            " UNION ALL ",
            newest!("'withdrawn'", "$5"),
            " UNION ALL ",
            newest!("'transferred'", "$5")
        )
    };
}

/// An employer has few reports in one municipality: what else is asked for is looked for among them. `''` stands for what is not.
/// Municipality and id are compared as a pair, which leaves the employer's index alone to go along.
macro_rules! of_employer {
    () => {
        "SELECT r.id FROM report r WHERE r.employer_cvr = $5 AND (r.municipality, r.id) < ($1, $2) AND (r.municipality, r.id) >= ($1, $3)
    AND ($6 = '' OR r.state = $6) AND ($7 = '' OR r.kind = $7) ORDER BY r.municipality DESC, r.id DESC LIMIT $4"
    };
}

/// A list and its count, for one way of narrowing down: each is read along an index of its own, however few reports match.
struct Texts {
    list: &'static str,
    count: &'static str,
}

macro_rules! texts {
    ($name:literal, $found:expr) => {
        Texts {
            list: concat!(
                "-- store::inbox::list_",
                $name,
                "\nSELECT ",
                report_columns!(),
                ", ",
                submission_columns!(),
                " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.id IN (",
                $found,
                ")\nORDER BY r.id DESC LIMIT $4"
            ),
            count: concat!(
                "-- store::inbox::count_",
                $name,
                "\nSELECT COUNT(*) FROM (SELECT id FROM (",
                $found,
                ") AS found LIMIT $4) AS counted"
            ),
        }
    };
}

const ALL: Texts = texts!(
    "all",
    "SELECT id FROM report WHERE municipality = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4"
);
const IN_STATE: Texts = texts!("in_state", in_state!());
const OF_KIND: Texts = texts!("of_kind", of_kind!());
const IN_STATE_OF_KIND: Texts = texts!("in_state_of_kind", newest!("$5", "$6"));
const OF_EMPLOYER: Texts = texts!("of_employer", of_employer!());

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let texts = [ALL, IN_STATE, OF_KIND, IN_STATE_OF_KIND, OF_EMPLOYER];
    texts
        .iter()
        .flat_map(|texts| [texts.list.to_owned(), texts.count.to_owned()])
        .collect()
}

/// The texts for a filter, and what they are given after the moments.
struct Narrowed<'f> {
    texts: &'static Texts,
    given: Vec<&'f str>,
}

impl<'f> Narrowed<'f> {
    /// `None` when nothing can match: a question waits in one state only.
    fn by(filter: &'f InboxFilter) -> Option<Self> {
        let state = match (filter.state, filter.question_waits) {
            (Some(state), true) if state != QUESTIONED => return None,
            (None, true) => Some(QUESTIONED),
            (state, _) => state,
        };
        let kind = filter.kind.map(ReportKind::as_str);
        let (texts, given) = match (&filter.employer, state, kind) {
            (Some(cvr), state, kind) => (
                &OF_EMPLOYER,
                vec![cvr.as_str(), state.unwrap_or_default(), kind.unwrap_or_default()],
            ),
            (None, Some(state), Some(kind)) => (&IN_STATE_OF_KIND, vec![state, kind]),
            (None, Some(state), None) => (&IN_STATE, vec![state]),
            (None, None, Some(kind)) => (&OF_KIND, vec![kind]),
            (None, None, None) => (&ALL, Vec::new()),
        };
        Some(Self { texts, given })
    }

    /// `most` rows with ids before `before`.
    fn query(
        &self,
        sql: &'static str,
        municipality: &MunicipalityCode,
        filter: &InboxFilter,
        before: String,
        most: i64,
    ) -> super::insert::Bound<'static> {
        let until = filter.received_before.map(first_id).unwrap_or_else(|| before.clone());
        let query = sqlx::query(sql)
            .bind(municipality.as_str())
            .bind(before.min(until))
            .bind(filter.received_from.map(first_id).unwrap_or_default())
            .bind(most);
        let given = self.given.iter().map(|given| (*given).to_owned());
        given.fold(query, |query, given| query.bind(given))
    }
}

impl Store {
    /// What a municipality has, newest first, replaced and withdrawn reports included.
    ///
    /// # Errors
    /// As [`Store::report`].
    pub async fn inbox(
        &self,
        municipality: &MunicipalityCode,
        filter: &InboxFilter,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let Some(narrowed) = Narrowed::by(filter) else {
            return Ok(page.cut(Vec::new()));
        };
        let sql = narrowed.texts.list;
        let query = narrowed.query(sql, municipality, filter, page.before(), page.fetch());
        self.page(sql, query, page).await
    }

    /// How many reports the list has; counts no further than `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inbox_count(
        &self,
        municipality: &MunicipalityCode,
        filter: &InboxFilter,
        most: u32,
    ) -> Result<i64, StoreError> {
        use sqlx::Row;
        let Some(narrowed) = Narrowed::by(filter) else {
            return Ok(0);
        };
        let sql = narrowed.texts.count;
        let all = PageRequest::<ReportId>::first(1).before();
        let query = narrowed.query(sql, municipality, filter, all, i64::from(most));
        let row = query.fetch_one(self.readers()).await.map_err(StoreError::at(sql))?;
        row.try_get(0).map_err(StoreError::at(sql))
    }
}

/// The smallest id that a report received at this moment can have.
pub(super) fn first_id(at: Timestamp) -> String {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10])
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_every_kind_is_merged_into_the_list() {
        for state in super::super::state::STATES.into_iter().filter(|state| *state != "held") {
            assert!(OF_KIND.list.contains(&format!("state = '{state}'")), "{state}");
        }
        for kind in ReportKind::ALL {
            assert!(
                IN_STATE.list.contains(&format!("kind = '{}'", kind.as_str())),
                "{kind:?}"
            );
        }
    }
}
