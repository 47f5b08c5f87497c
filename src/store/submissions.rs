//! Reading submissions and receipts.

use std::ops::Range;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq;

use super::{
    Page, PageRequest, Store, StoreError, TakeInError, bound, breathe,
    prepare::{content_index, idempotency_index},
    reports::{self, Eyes, read_report, report_columns, submission_columns, submission_proof_columns},
    row::Reader,
    sealing::{self, SubmissionContent},
};
use crate::{
    access::Scope,
    record::{Channel, Digest, IdempotencyKey, Sender, StoredReport, StoredSubmission, SubmissionPart, to_hex},
    value::{Cvr, ReceiptNumber, SubmissionId},
    vault::Vault,
};

/// A line in an employer's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionSummary {
    pub id: SubmissionId,
    pub receipt_number: ReceiptNumber,
    pub received_at: Timestamp,
    pub channel: Channel,
    pub reports: usize,
    /// How many of them a municipality has not yet fetched, held ones included.
    pub waiting: usize,
}

/// What the public check of a receipt is made from; nothing else is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptCheck {
    /// What the fingerprint on a genuine receipt comes from.
    pub digest: Digest,
    /// Whether a report of it has been replaced or withdrawn since.
    pub superseded: bool,
}

impl ReceiptCheck {
    /// Whether this is the fingerprint on the genuine receipt, however it is spaced and cased. Takes as long for a wrong one.
    pub fn agrees_with(&self, fingerprint: &str) -> bool {
        let shown: String = fingerprint.chars().filter(|c| !c.is_whitespace()).collect();
        to_hex(&self.digest)
            .as_bytes()
            .ct_eq(shown.to_ascii_lowercase().as_bytes())
            .into()
    }
}

macro_rules! whole_columns {
    () => {
        concat!("s.id AS submission_id, s.content_index, ", submission_columns!())
    };
}

const BY_ID: &str = concat!(
    "-- store::submissions::by_id
SELECT ",
    whole_columns!(),
    " FROM submission s WHERE s.id = $1 AND (s.employer_cvr = $2 OR $3 = 1)"
);

const BY_KEY: &str = concat!(
    "-- store::submissions::by_key
SELECT ",
    whole_columns!(),
    " FROM submission s WHERE s.idempotency_index = $1"
);

const REPORTS_OF: &str = concat!(
    "-- store::submissions::reports_of
SELECT s.received_at, ",
    report_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id WHERE r.submission_id = $1 ORDER BY r.position"
);

const COUNTED_BY_ID: &str = concat!(
    "-- store::submissions::counted_by_id
SELECT (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id) AS reports, ",
    whole_columns!(),
    " FROM submission s WHERE s.id = $1 AND (s.employer_cvr = $2 OR $3 = 1)"
);

const SOME_REPORTS_OF: &str = concat!(
    "-- store::submissions::some_reports_of
SELECT s.received_at, ",
    report_columns!(),
    " FROM report r JOIN submission s ON s.id = r.submission_id
WHERE r.submission_id = $1 AND r.position >= $2 AND r.position < $3 ORDER BY r.position"
);

/// The statements of this file whose cost must not grow with the submission, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [
        BY_ID,
        BY_KEY,
        REPORTS_OF,
        COUNTED_BY_ID,
        SOME_REPORTS_OF,
        OF_EMPLOYER,
        RECEIPT,
    ]
    .map(str::to_owned)
    .to_vec()
}

const OF_EMPLOYER: &str = concat!(
    "-- store::submissions::of_employer
SELECT s.id AS submission_id, ",
    submission_proof_columns!(),
    ",
    (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id) AS reports,
    (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id AND r.state IN ('held', 'available', 'transferred')) AS waiting
FROM submission s WHERE s.employer_cvr = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3"
);

const RECEIPT: &str = concat!(
    "-- store::submissions::receipt
SELECT s.id AS submission_id, ",
    submission_proof_columns!(),
    ",
    (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id AND r.state IN ('replaced', 'withdrawn')) AS superseded
FROM submission s WHERE s.receipt_number = $1"
);

impl Store {
    /// A whole submission, for its employer and for the service's own work. A municipality reads its reports one by one and has no
    /// part in the others.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn submission(&self, scope: &Scope, id: SubmissionId) -> Result<Option<StoredSubmission>, StoreError> {
        let eyes = Eyes::from(scope);
        let query = sqlx::query(BY_ID)
            .bind(id.to_string())
            .bind(eyes.employer)
            .bind(eyes.all);
        let row = query
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(BY_ID))?;
        match row {
            Some(row) => self.whole(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// A submission with those of its reports whose places, from 0, lie in `places`; with the eyes of [`Store::submission`].
    ///
    /// # Errors
    /// As [`Store::submission`].
    pub async fn submission_part(
        &self,
        scope: &Scope,
        id: SubmissionId,
        places: Range<u32>,
    ) -> Result<Option<SubmissionPart>, StoreError> {
        let eyes = Eyes::from(scope);
        let query = sqlx::query(COUNTED_BY_ID)
            .bind(id.to_string())
            .bind(eyes.employer)
            .bind(eyes.all);
        let row = query.fetch_optional(self.readers()).await;
        let Some(row) = row.map_err(StoreError::at(COUNTED_BY_ID))? else {
            return Ok(None);
        };
        let query = sqlx::query(SOME_REPORTS_OF)
            .bind(id.to_string())
            .bind(i64::from(places.start))
            .bind(i64::from(places.end));
        let reports = query.fetch_all(self.readers()).await;
        let reports = reports.map_err(StoreError::at(SOME_REPORTS_OF))?;
        Ok(Some(SubmissionPart {
            total: Reader::new(&row, "submission", "submission_id")?.count("reports")?,
            submission: self.assemble(&row, self.read_reports(&reports).await?)?,
        }))
    }

    /// The submission that an idempotency key was used for, before any work is done for a repeat.
    ///
    /// # Errors
    /// [`TakeInError::KeyReused`] when it was used with other content.
    pub async fn find_repeat(
        &self,
        sender: &Cvr,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredSubmission>, TakeInError> {
        let query = sqlx::query(BY_KEY).bind(idempotency_index(self.vault(), sender, &key.key).to_vec());
        let row = query
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(BY_KEY))?;
        let Some(row) = row else { return Ok(None) };
        let first = Reader::new(&row, "submission", "submission_id")?;
        let known: [u8; 32] = first.bytes("content_index")?;
        if known != content_index(self.vault(), &key.content_digest) {
            return Err(TakeInError::KeyReused {
                submission: first.parse("submission_id")?,
                receipt: first.parse("receipt_number")?,
            });
        }
        Ok(Some(self.whole(&row).await?))
    }

    /// An employer's submissions, newest first.
    ///
    /// # Errors
    /// As [`Store::submission`].
    pub async fn submissions_of(
        &self,
        employer: &Cvr,
        page: PageRequest<SubmissionId>,
    ) -> Result<Page<SubmissionSummary>, StoreError> {
        let query = sqlx::query(OF_EMPLOYER)
            .bind(employer.as_str())
            .bind(page.before())
            .bind(page.fetch());
        let rows = query
            .fetch_all(self.readers())
            .await
            .map_err(StoreError::at(OF_EMPLOYER))?;
        self.page_of(&rows, page, |row| read_summary(self.vault(), row))
    }

    /// What a receipt can be checked against. Tells nobody what it is about.
    ///
    /// # Errors
    /// As [`Store::submission`].
    pub async fn receipt(&self, number: &ReceiptNumber) -> Result<Option<ReceiptCheck>, StoreError> {
        let query = sqlx::query(RECEIPT).bind(number.to_string());
        let row = query
            .fetch_optional(self.readers())
            .await
            .map_err(StoreError::at(RECEIPT))?;
        row.map(|row| {
            let row = Reader::new(&row, "submission", "submission_id")?;
            bound::check_submission(self.vault(), &row)?;
            Ok(ReceiptCheck {
                digest: row.bytes("submission_digest")?,
                superseded: row.get::<i64>("superseded")? > 0,
            })
        })
        .transpose()
    }

    async fn whole(&self, row: &AnyRow) -> Result<StoredSubmission, StoreError> {
        let id: String = Reader::new(row, "submission", "submission_id")?.name().to_owned();
        let reports = sqlx::query(REPORTS_OF).bind(id).fetch_all(self.readers()).await;
        let reports = reports.map_err(StoreError::at(REPORTS_OF))?;
        self.assemble(row, self.read_reports(&reports).await?)
    }

    async fn read_reports(&self, rows: &[AnyRow]) -> Result<Vec<StoredReport>, StoreError> {
        let mut read = Vec::with_capacity(rows.len());
        for (position, row) in rows.iter().enumerate() {
            breathe(position).await;
            read.push(read_report(self.vault(), row)?);
        }
        Ok(read)
    }

    fn assemble(&self, row: &AnyRow, reports: Vec<StoredReport>) -> Result<StoredSubmission, StoreError> {
        let row = Reader::new(row, "submission", "submission_id")?;
        bound::check_submission(self.vault(), &row)?;
        let content: SubmissionContent =
            sealing::unseal(self.vault(), &row, "submission_sealed", sealing::SUBMISSION, row.name())?;
        Ok(StoredSubmission {
            id: row.parse("submission_id")?,
            receipt_number: row.parse("receipt_number")?,
            received_at: row.time("received_at")?,
            channel: row.code("channel", Channel::from_code)?,
            sender: Sender {
                cvr: row.parse("sender_cvr")?,
                credential: row.parse_optional("sender_credential_id")?,
            },
            form: reports::read_form(&row)?,
            employer: content.employer,
            notices: content.notices,
            reports,
            digest: row.bytes("submission_digest")?,
        })
    }
}

fn read_summary(vault: &Vault, row: &AnyRow) -> Result<SubmissionSummary, StoreError> {
    let row = Reader::new(row, "submission", "submission_id")?;
    bound::check_submission(vault, &row)?;
    Ok(SubmissionSummary {
        id: row.parse("submission_id")?,
        receipt_number: row.parse("receipt_number")?,
        received_at: row.time("received_at")?,
        channel: row.code("channel", Channel::from_code)?,
        reports: row.count("reports")?,
        waiting: row.count("waiting")?,
    })
}
