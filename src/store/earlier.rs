//! What an employer has reported before about the people of a new submission: wages that stand, reports that say the same, and where the
//! last report was handed on. Each person costs the same however long the history is.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{
    Store, StoreError, bound, breathe,
    for_each::{self, ForEach},
    readers::Readers,
    reports::{cpr_index, report_proof_columns, submission_proof_columns},
    row::Reader,
    sealing::{self, ReportContent, unseal},
};
use crate::{
    record::{Answers, Earlier, EarlierWage, Report, ReportKind, said_in, to_hex},
    value::{Cpr, Cvr},
    vault::Vault,
};

/// `report.brief_sealed`: what later reports are compared with, so that the whole report need not be opened for it.
#[derive(Serialize, Deserialize)]
pub(super) struct Brief {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wage: Option<EarlierWage>,
    /// `report.said_index` in hexadecimal: proves that column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

impl Brief {
    pub fn of(report: &Report, said: Option<&[u8; 32]>) -> Self {
        Self {
            wage: EarlierWage::of(report.content_kind(), &report.answers),
            said: said.map(|said| to_hex(said)),
        }
    }
}

/// The keyed hash of what a report says of a person, by which the same said again is found. `None` for a withdrawal.
pub(super) fn said_index(
    vault: &Vault,
    employer: &str,
    cpr: &Cpr,
    (kind, answers): (ReportKind, &Answers),
) -> Option<[u8; 32]> {
    let said = said_in(kind, answers)?;
    let text = zeroize::Zeroizing::new(format!("{employer} {} {}", cpr.expose(), said.as_str()));
    Some(vault.blind_index("said", text.as_bytes()))
}

/// The newest that stand of one employer and person; more would cost more with each month. A report of an older version has no brief
/// and is opened whole. What was corrected or taken back falls away, and what the municipality could not use.
static WAGES: ForEach = ForEach::new(
    "-- store::earlier::wages",
    concat!(
        "SELECT ",
        report_proof_columns!(),
        ", r.brief_sealed, CASE WHEN r.brief_sealed IS NULL THEN r.sealed END AS report_sealed FROM report r
    WHERE r.employer_cvr = {1} AND r.cpr_index = {2} AND r.content_kind = 'full_time_wage'
    AND r.state NOT IN ('replaced', 'withdrawn', 'rejected') ORDER BY r.id DESC LIMIT 4"
    ),
    2,
);

/// The first report that says the same and still stands.
static SAID: ForEach = ForEach::new(
    "-- store::earlier::said",
    concat!(
        "SELECT ",
        report_proof_columns!(),
        ", r.brief_sealed, r.said_index, ",
        submission_proof_columns!(),
        " FROM report r JOIN submission s ON s.id = r.submission_id
    WHERE r.said_index = {1} AND r.state NOT IN ('replaced', 'withdrawn', 'rejected') ORDER BY r.id LIMIT 1"
    ),
    1,
);

/// Where the last report on a person was handed on, and whether another municipality has accepted a later one: then the person was there
/// after all. The employer's own reports alone count.
static HANDED_ON: ForEach = ForEach::new(
    "-- store::earlier::handed_on",
    "SELECT h.report_id, h.to_municipality, CAST(CASE WHEN EXISTS (
        SELECT 1 FROM report a WHERE a.cpr_index = h.cpr_index AND a.employer_cvr = h.employer_cvr AND a.state = 'accepted'
            AND a.state_at > h.decided_at AND a.municipality <> h.to_municipality) THEN 1 ELSE 0 END AS BIGINT) AS overtaken
    FROM handover h WHERE h.employer_cvr = {1} AND h.cpr_index = {2} AND h.from_municipality IS NOT NULL
    ORDER BY h.decided_at DESC, h.report_version DESC LIMIT 1",
    2,
);

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [&WAGES, &SAID, &HANDED_ON]
        .into_iter()
        .flat_map(|question| [question.text(1), question.text(8)])
        .collect()
}

/// What is asked about one report.
pub(super) struct Asked {
    employer: String,
    cpr_index: [u8; 32],
    /// Nothing where a report says nothing of its own, such as a correction.
    said: Option<[u8; 32]>,
}

/// The rows that were found for it.
#[derive(Default)]
pub(super) struct Found {
    wages: Vec<AnyRow>,
    said: Vec<AnyRow>,
    handed_on: Vec<AnyRow>,
}

/// Looks up for all that ask, on one connection.
pub(super) fn look_up(readers: Readers, asked: Vec<Asked>) -> BoxFuture<'static, Result<Vec<Found>, StoreError>> {
    Box::pin(async move {
        let mut found = Vec::with_capacity(asked.len());
        for asked in asked.chunks(for_each::MOST) {
            found.extend(look_up_some(&readers, asked).await?);
        }
        Ok(found)
    })
}

async fn look_up_some(readers: &Readers, asked: &[Asked]) -> Result<Vec<Found>, StoreError> {
    let mut loan = readers.lend_one().await?;
    let found = async {
        let connection = loan.connection();
        let mut wages = WAGES.rows(connection, asked, of_person).await?;
        let mut said = SAID
            .rows(connection, asked, |query, asked| {
                query.bind(
                    asked
                        .and_then(|asked| asked.said.as_ref().map(<[u8; 32]>::as_slice))
                        .unwrap_or_default(),
                )
            })
            .await?;
        let mut handed_on = HANDED_ON.rows(connection, asked, of_person).await?;
        let of = |place| Found {
            wages: wages.remove(&place).unwrap_or_default(),
            said: said.remove(&place).unwrap_or_default(),
            handed_on: handed_on.remove(&place).unwrap_or_default(),
        };
        Ok((0..asked.len()).map(of).collect())
    };
    let found = found.await;
    loan.back_after(&found);
    found
}

/// Binds nobody where nothing is asked.
fn of_person<'q>(query: super::insert::Bound<'q>, asked: Option<&'q Asked>) -> super::insert::Bound<'q> {
    match asked {
        Some(asked) => query.bind(asked.employer.as_str()).bind(asked.cpr_index.as_slice()),
        None => query.bind("").bind(&[][..]),
    }
}

impl Store {
    /// What an employer has reported before about the people of these reports. Found by keyed hash.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn earlier(&self, employer: &Cvr, reports: &[Report]) -> Result<Earlier, StoreError> {
        let asked: Vec<Asked> = reports.iter().map(|report| self.asked(employer, report)).collect();
        let found = if asked.len() < for_each::MOST {
            self.0.earlier.ask(asked).await?
        } else {
            look_up(self.readers().clone(), asked).await?
        };
        let mut earlier = Earlier::default();
        for (position, (report, found)) in reports.iter().zip(found).enumerate() {
            breathe(position).await;
            self.add(&mut earlier, (position, report), &found)?;
        }
        Ok(earlier)
    }

    fn asked(&self, employer: &Cvr, report: &Report) -> Asked {
        let cpr = &report.employee.cpr;
        let says = report.correction.is_none().then_some((report.kind, &report.answers));
        Asked {
            employer: employer.as_str().to_owned(),
            cpr_index: cpr_index(self.vault(), cpr),
            said: says.and_then(|says| said_index(self.vault(), employer.as_str(), cpr, says)),
        }
    }

    fn add(
        &self,
        earlier: &mut Earlier,
        (position, report): (usize, &Report),
        found: &Found,
    ) -> Result<(), StoreError> {
        // They come newest first.
        for row in found.wages.iter().rev() {
            let row = Reader::new(row, "report", "report_id")?;
            if let Some(Some(wage)) = self.readable(read_wage(self.vault(), &row))? {
                earlier.add_wage(report, row.parse("report_id")?, wage);
            }
        }
        for row in &found.said {
            let submission = Reader::new(row, "submission", "submission_id")?;
            let report = Reader::new(row, "report", "report_id")?;
            if self.readable(check_said(self.vault(), &report, &submission))?.is_some() {
                earlier.add_said(position, submission.parse("receipt_number")?);
            }
        }
        for row in &found.handed_on {
            let row = Reader::new(row, "handover", "report_id")?;
            if row.get::<i64>("overtaken")? == 0 {
                earlier.add_moved(report, row.parse("to_municipality")?);
            }
        }
        Ok(())
    }
}

fn read_wage(vault: &Vault, row: &Reader<'_>) -> Result<Option<EarlierWage>, StoreError> {
    bound::check_report(vault, row)?;
    if row.get::<Option<&[u8]>>("brief_sealed")?.is_some() {
        let brief: Brief = unseal(vault, row, "brief_sealed", sealing::BRIEF, row.name())?;
        return Ok(brief.wage);
    }
    let content: ReportContent = unseal(vault, row, "report_sealed", sealing::REPORT, row.name())?;
    Ok(EarlierWage::of(ReportKind::FullTimeWage, &content.answers))
}

/// The column by which the row was found is what was written.
fn check_said(vault: &Vault, report: &Reader<'_>, submission: &Reader<'_>) -> Result<(), StoreError> {
    bound::check_report(vault, report)?;
    bound::check_submission(vault, submission)?;
    let brief: Brief = unseal(vault, report, "brief_sealed", sealing::BRIEF, report.name())?;
    let found: [u8; 32] = report.bytes("said_index")?;
    if brief.said.as_deref() == Some(to_hex(&found).as_str()) {
        Ok(())
    } else {
        Err(report.bad("said_index", bound::NotBound))
    }
}
