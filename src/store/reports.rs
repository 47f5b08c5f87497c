//! Reading reports, each with the eyes of a [`Scope`]: what lies outside it is not there.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;

use super::{
    Page, PageRequest, Store, StoreError, bound,
    row::{DoNotGoTogether, Reader},
    sealing::{self, ReportContent, SubmissionContent},
    state,
};
use crate::{
    access::Scope,
    record::{
        Arrival, Correction, CorrectionAction, Employee, Employer, FormRef, Report, ReportKind, Route, StoredReport,
    },
    route,
    value::{Cpr, ReceiptNumber, ReportId},
    vault::Vault,
};

/// A report with what a reader needs of the submission it came in.
#[derive(Debug, Clone)]
pub struct ReportDetail {
    pub report: StoredReport,
    pub employer: Employer,
    pub form: FormRef,
    pub receipt_number: ReceiptNumber,
}

/// The columns of `report r` that its proofs are made over, and the proofs.
macro_rules! report_proof_columns {
    () => {
        "r.id AS report_id, r.submission_id, r.position, r.employer_cvr AS report_employer, r.kind, r.content_kind, r.corrects_id, \
         r.correction_action, r.state, r.state_at, r.state_by_id, r.state_detail, r.municipality, r.version, r.cpr_index, \
         r.content_digest, r.bound AS report_bound, r.state_bound"
    };
}
pub(super) use report_proof_columns;

/// The columns of `report r` that [`read_report`] reads.
macro_rules! report_columns {
    () => {
        concat!(
            $crate::store::reports::report_proof_columns!(),
            ", r.sealed AS report_sealed, r.route_sealed, r.arrival_sealed"
        )
    };
}
pub(super) use report_columns;

/// The columns of `submission s` that its proof is made over, and the proof; with `submission_id`.
macro_rules! submission_proof_columns {
    () => {
        "s.receipt_number, s.received_at, s.channel, s.sender_cvr, s.sender_credential_id, s.employer_cvr AS submission_employer, \
         s.form_id, s.form_version, s.form_hash, s.digest AS submission_digest, s.bound AS submission_bound"
    };
}
pub(super) use submission_proof_columns;

/// The columns of `submission s` that every report is read with.
macro_rules! submission_columns {
    () => {
        concat!(
            $crate::store::reports::submission_proof_columns!(),
            ", s.sealed AS submission_sealed"
        )
    };
}
pub(super) use submission_columns;

/// Reads a row of both.
pub(super) fn read_detail(vault: &Vault, row: &AnyRow) -> Result<ReportDetail, StoreError> {
    Employers::default().read_detail(vault, row)
}

/// The employers of the submissions that a list has met: reports of one submission stand together, and it is unsealed once.
#[derive(Default)]
pub(super) struct Employers(BTreeMap<String, Employer>);

impl Employers {
    /// As [`read_detail`].
    pub fn read_detail(&mut self, vault: &Vault, row: &AnyRow) -> Result<ReportDetail, StoreError> {
        let submission = Reader::new(row, "submission", "submission_id")?;
        Ok(ReportDetail {
            report: read_report(vault, row)?,
            employer: self.employer(vault, &submission)?,
            form: read_form(&submission)?,
            receipt_number: submission.parse("receipt_number")?,
        })
    }

    fn employer(&mut self, vault: &Vault, submission: &Reader<'_>) -> Result<Employer, StoreError> {
        if let Some(known) = self.0.get(submission.name()) {
            return Ok(known.clone());
        }
        bound::check_submission(vault, submission)?;
        let content: SubmissionContent = sealing::unseal(
            vault,
            submission,
            "submission_sealed",
            sealing::SUBMISSION,
            submission.name(),
        )?;
        self.0.insert(submission.name().to_owned(), content.employer.clone());
        Ok(content.employer)
    }
}

pub(super) fn read_form(submission: &Reader<'_>) -> Result<FormRef, StoreError> {
    Ok(FormRef {
        id: submission.get("form_id")?,
        version: submission.get("form_version")?,
        hash: submission.get("form_hash")?,
    })
}

/// Reads a row with the columns of [`report_columns`] and `received_at`. Refused where it was changed past the service: every way to a
/// report leads through here.
pub(super) fn read_report(vault: &Vault, row: &AnyRow) -> Result<StoredReport, StoreError> {
    let row = Reader::new(row, "report", "report_id")?;
    bound::check_report(vault, &row)?;
    let content: ReportContent = sealing::unseal(vault, &row, "report_sealed", sealing::REPORT, row.name())?;
    let route: Route = sealing::unseal(vault, &row, "route_sealed", sealing::ROUTE, row.name())?;
    let report = Report {
        kind: row.code("kind", ReportKind::from_code)?,
        correction: read_correction(&row)?,
        employee: Employee {
            cpr: content.cpr.0,
            name: content.name,
        },
        answers: content.answers,
        raw: content.raw,
        notices: content.notices,
        hint_answers: content.hint_answers,
    };
    let (id, received_at) = (row.parse("report_id")?, row.time("received_at")?);
    let state = state::read(&row, &route)?;
    let arrival = match row.get::<Option<&[u8]>>("arrival_sealed")? {
        Some(_) => sealing::unseal(vault, &row, "arrival_sealed", sealing::ARRIVAL, row.name())?,
        None => Arrival::unmoved((id, received_at), &report, (&route, route::route), &state),
    };
    Ok(StoredReport {
        id,
        submission_id: row.parse("submission_id")?,
        position: row.count("position")?,
        state,
        arrival,
        route,
        version: row.get("version")?,
        received_at,
        content_digest: row.bytes("content_digest")?,
        report,
        assessment: content.assessment,
        salt: content.salt,
        recipe: content.recipe,
    })
}

fn read_correction(row: &Reader<'_>) -> Result<Option<Correction>, StoreError> {
    let corrects: Option<ReportId> = row.parse_optional("corrects_id")?;
    let action: Option<&str> = row.get("correction_action")?;
    let action = match action {
        None => None,
        Some("withdraw") => Some(CorrectionAction::Withdraw),
        Some("replace") => Some(CorrectionAction::Replace {
            as_kind: row.code("content_kind", ReportKind::from_code)?,
        }),
        Some(_) => return Err(row.bad("correction_action", super::row::NotInList)),
    };
    match (corrects, action) {
        (Some(corrects), Some(action)) => Ok(Some(Correction { corrects, action })),
        (None, None) => Ok(None),
        _ => Err(row.bad("correction_action", DoNotGoTogether)),
    }
}

/// The two columns that a scope allows to equal its own value; the value of the other is one that no row has.
pub(super) struct Eyes<'a> {
    pub employer: &'a str,
    pub municipality: &'a str,
    pub all: i64,
}

impl<'a> From<&'a Scope> for Eyes<'a> {
    fn from(scope: &'a Scope) -> Self {
        let nobody = Eyes {
            employer: "",
            municipality: "",
            all: 0,
        };
        match scope {
            Scope::Employer(cvr) => Self {
                employer: cvr.as_str(),
                ..nobody
            },
            Scope::Municipality(code) => Self {
                municipality: code.as_str(),
                ..nobody
            },
            Scope::System => Self { all: 1, ..nobody },
            Scope::Public => nobody,
        }
    }
}

const BY_ID: &str = concat!(
    "-- store::reports::by_id
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.id = $1 AND (r.employer_cvr = $2 OR r.municipality = $3 OR $4 = 1)"
);

const HELD: &str = concat!(
    "-- store::reports::held
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.state = 'held' AND r.id < $1 ORDER BY r.id DESC LIMIT $2"
);

const OF_EMPLOYEE: &str = concat!(
    "-- store::reports::of_employee
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.cpr_index = $1 AND (r.employer_cvr = $2 OR r.municipality = $3 OR $4 = 1) AND r.id < $5
ORDER BY r.id DESC LIMIT $6"
);

const HELD_OLDEST: &str = concat!(
    "-- store::reports::held_oldest
SELECT ",
    report_columns!(),
    ", ",
    submission_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.state = 'held' AND r.id > $1 ORDER BY r.id LIMIT $2"
);

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [BY_ID, HELD, HELD_OLDEST, OF_EMPLOYEE].map(str::to_owned).to_vec()
}

impl Store {
    /// One report. A foreign one is as little there as an unknown one.
    ///
    /// # Errors
    /// When the database does not answer or the row does not fit.
    pub async fn report(&self, scope: &Scope, id: ReportId) -> Result<Option<ReportDetail>, StoreError> {
        let eyes = Eyes::from(scope);
        let row = sqlx::query(BY_ID)
            .bind(id.to_string())
            .bind(eyes.employer)
            .bind(eyes.municipality)
            .bind(eyes.all)
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(BY_ID))?;
        row.map(|row| read_detail(self.vault(), &row)).transpose()
    }

    /// Reports that wait for a person to find their municipality, newest first.
    ///
    /// # Errors
    /// As [`Store::report`].
    pub async fn held(&self, page: PageRequest<ReportId>) -> Result<Page<ReportDetail>, StoreError> {
        let query = sqlx::query(HELD).bind(page.before()).bind(page.fetch());
        self.page(HELD, query, page).await
    }

    /// Reports that wait for a person to find their municipality, those that wait longest first: at most `limit` after the one named.
    ///
    /// # Errors
    /// As [`Store::report`].
    pub async fn held_oldest(&self, after: Option<ReportId>, limit: u32) -> Result<Page<ReportDetail>, StoreError> {
        let page = PageRequest::first(limit);
        let query = sqlx::query(HELD_OLDEST)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(page.fetch());
        self.page(HELD_OLDEST, query, page).await
    }

    /// The reports on one person that the scope has, newest first. Found by keyed hash; nothing readable is compared.
    ///
    /// # Errors
    /// As [`Store::report`].
    pub async fn search_by_cpr(
        &self,
        scope: &Scope,
        cpr: &Cpr,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let eyes = Eyes::from(scope);
        let query = sqlx::query(OF_EMPLOYEE)
            .bind(cpr_index(self.vault(), cpr).to_vec())
            .bind(eyes.employer)
            .bind(eyes.municipality)
            .bind(eyes.all)
            .bind(page.before())
            .bind(page.fetch());
        self.page(OF_EMPLOYEE, query, page).await
    }

    pub(super) async fn page(
        &self,
        sql: &'static str,
        query: super::insert::Bound<'_>,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(sql))?;
        let mut employers = Employers::default();
        self.page_of(&rows, page, |row| employers.read_detail(self.vault(), row))
    }
}

/// The hash by which reports on a person are found.
pub(super) fn cpr_index(vault: &Vault, cpr: &Cpr) -> [u8; 32] {
    vault.blind_index("cpr", cpr.expose().as_bytes())
}
