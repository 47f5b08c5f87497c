//! What a municipality has handed on: its own decisions, without what the reports say.

use sqlx::any::AnyRow;

use super::{
    Page, PageRequest, Store, StoreError,
    dialogue_reading::{handovers, read_handover},
    reports::cpr_index,
    row::Reader,
};
use crate::{
    record::Handover,
    value::{Cpr, HandoverId, MunicipalityCode, ReceiptNumber, ReportId},
};

/// Most handovers that are told with a search for one person.
const MOST_OF_ONE: i64 = 100;

/// One decision of the municipality, and the receipt by which both municipalities and the employer know the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    pub handover: Handover,
    pub receipt_number: ReceiptNumber,
}

/// Up to the condition. `$1` is the municipality.
macro_rules! handed_on {
    () => {
        concat!(
            "SELECT s.receipt_number, ",
            handovers!(),
            " JOIN report r ON r.id = h.report_id JOIN submission s ON s.id = r.submission_id
WHERE h.from_municipality = $1 AND "
        )
    };
}

const LIST: &str = concat!(
    "-- store::handed_on::list
",
    handed_on!(),
    "h.id < $2 ORDER BY h.id DESC LIMIT $3"
);

/// What has come back since is among what the municipality has.
const OF_PERSON: &str = concat!(
    "-- store::handed_on::of_person
",
    handed_on!(),
    "r.cpr_index = $2 AND COALESCE(r.municipality, '') <> $1 ORDER BY h.id DESC LIMIT $3"
);

const LAST_OF_REPORT: &str = concat!(
    "-- store::handed_on::last_of_report
",
    handed_on!(),
    "h.report_id = $2 ORDER BY h.report_version DESC LIMIT 1"
);

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [LIST, OF_PERSON, LAST_OF_REPORT].map(str::to_owned).to_vec()
}

impl Store {
    /// What a municipality has handed on, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn handed_on(
        &self,
        municipality: &MunicipalityCode,
        page: PageRequest<HandoverId>,
    ) -> Result<Page<HandedOn>, StoreError> {
        let query = sqlx::query(LIST)
            .bind(municipality.as_str())
            .bind(page.before())
            .bind(page.fetch());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(LIST))?;
        let items = rows.iter().map(|row| self.read_handed_on(row));
        Ok(page.cut(items.collect::<Result<Vec<_>, _>>()?))
    }

    /// What a municipality has handed on of one person and has not got back, newest first. For who has written the search down.
    ///
    /// # Errors
    /// As [`Store::handed_on`].
    pub async fn handed_on_of_person(
        &self,
        municipality: &MunicipalityCode,
        cpr: &Cpr,
    ) -> Result<Vec<HandedOn>, StoreError> {
        let query = sqlx::query(OF_PERSON)
            .bind(municipality.as_str())
            .bind(cpr_index(self.vault(), cpr).to_vec())
            .bind(MOST_OF_ONE);
        let rows = query
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::at(OF_PERSON))?;
        rows.iter().map(|row| self.read_handed_on(row)).collect()
    }

    /// The last time that a municipality handed this report on. `None` when it never did. For who has written the look down.
    ///
    /// # Errors
    /// As [`Store::handed_on`].
    pub async fn last_handed_on(
        &self,
        municipality: &MunicipalityCode,
        report: ReportId,
    ) -> Result<Option<HandedOn>, StoreError> {
        let query = sqlx::query(LAST_OF_REPORT)
            .bind(municipality.as_str())
            .bind(report.to_string());
        let row = query.fetch_optional(self.readers()).await;
        let row = row.map_err(StoreError::at(LAST_OF_REPORT))?;
        row.map(|row| self.read_handed_on(&row)).transpose()
    }

    fn read_handed_on(&self, row: &AnyRow) -> Result<HandedOn, StoreError> {
        Ok(HandedOn {
            handover: read_handover(self.vault(), row)?,
            receipt_number: Reader::new(row, "submission", "handover_id")?.parse("receipt_number")?,
        })
    }
}
