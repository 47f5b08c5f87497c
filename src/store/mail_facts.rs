//! Reading what a mail is made from: one row, and of what is sealed only the employer.

use serde::Deserialize;

use super::{OutboxRow, Store, StoreError, row::Reader, sealing};
use crate::record::{AnsweredFacts, Employer, MailFacts, OutcomeKind};

const BY_ORDER: &str = "-- store::mail_facts::by_order
SELECT s.id AS submission_id, s.receipt_number, s.received_at, s.employer_cvr, s.sealed AS submission_sealed,
    (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id) AS reports,
    c.id AS outcome_id, c.kind AS outcome_kind, c.decided_at,
    (SELECT COUNT(*) FROM report q WHERE q.id = c.report_id AND q.state = 'questioned' AND q.state_by_id = c.id) AS waits
FROM outbox o JOIN submission s ON s.id = o.submission_id LEFT JOIN outcome c ON c.id = o.outcome_id WHERE o.id = $1";

/// Of `submission.sealed`, what mails need.
#[derive(Deserialize)]
struct EmployerOnly {
    employer: Employer,
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [BY_ORDER].map(str::to_owned).to_vec()
}

impl Store {
    /// What the mail of an order is made from. `None` when its submission is not there.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn mail_facts(&self, order: &OutboxRow) -> Result<Option<MailFacts>, StoreError> {
        let query = sqlx::query(BY_ORDER).bind(order.id);
        let found = query.fetch_optional(self.readers()).await;
        let Some(row) = found.map_err(StoreError::at(BY_ORDER))? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "submission", "submission_id")?;
        let sealed: EmployerOnly =
            sealing::unseal(self.vault(), &row, "submission_sealed", sealing::SUBMISSION, row.name())?;
        Ok(Some(MailFacts {
            submission: row.parse("submission_id")?,
            receipt_number: row.parse("receipt_number")?,
            cvr: row.parse("employer_cvr")?,
            to: sealed.employer.contact_email,
            received_at: row.time("received_at")?,
            reports: row.count("reports")?,
            answered: read_answered(&row)?,
        }))
    }
}

fn read_answered(row: &Reader<'_>) -> Result<Option<AnsweredFacts>, StoreError> {
    let Some(outcome) = row.parse_optional("outcome_id")? else {
        return Ok(None);
    };
    Ok(Some(AnsweredFacts {
        outcome,
        kind: row.code("outcome_kind", OutcomeKind::from_code)?,
        at: row.time("decided_at")?,
        waits: row.count("waits")? > 0,
    }))
}
