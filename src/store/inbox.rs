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

/// `''` stands for a part that is not asked for. Ids begin with the moment of receipt, so that moments narrow down by the index of ids.
macro_rules! narrowed {
    () => {
        "WHERE r.municipality = $1 AND r.id < $2 AND r.id >= $3 AND ($4 = '' OR r.state = $4) AND ($5 = '' OR r.kind = $5)
    AND ($6 = '' OR r.employer_cvr = $6) AND ($7 = '' OR r.state = $7)"
    };
}

const LIST: &str = concat!(
    "-- store::inbox::list
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
",
    narrowed!(),
    " ORDER BY r.id DESC LIMIT $8"
);

const COUNT: &str = concat!(
    "-- store::inbox::count
SELECT COUNT(*) FROM (SELECT r.id FROM report r ",
    narrowed!(),
    " LIMIT $8) AS found"
);

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
        let query = narrow(sqlx::query(LIST), municipality, filter, page.before()).bind(page.fetch());
        self.page(LIST, query, page).await
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
        let all = PageRequest::<ReportId>::first(1).before();
        let query = narrow(sqlx::query(COUNT), municipality, filter, all).bind(i64::from(most));
        let row = query.fetch_one(self.readers()).await.map_err(StoreError::at(COUNT))?;
        row.try_get(0).map_err(StoreError::at(COUNT))
    }
}

fn narrow<'q>(
    query: super::insert::Bound<'q>,
    municipality: &MunicipalityCode,
    filter: &InboxFilter,
    before: String,
) -> super::insert::Bound<'q> {
    let until = filter.received_before.map(first_id).unwrap_or_else(|| before.clone());
    let question = if filter.question_waits { "questioned" } else { "" };
    query
        .bind(municipality.as_str().to_owned())
        .bind(before.min(until))
        .bind(filter.received_from.map(first_id).unwrap_or_default())
        .bind(filter.state.unwrap_or_default())
        .bind(filter.kind.map_or("", ReportKind::as_str))
        .bind(
            filter
                .employer
                .as_ref()
                .map(|cvr| cvr.as_str().to_owned())
                .unwrap_or_default(),
        )
        .bind(question)
}

/// The smallest id that a report received at this moment can have.
fn first_id(at: Timestamp) -> String {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10])
        .into_uuid()
        .to_string()
}
