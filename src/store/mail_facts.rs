//! Reading what mails are made from: one row each, and of what is sealed only the employer. Mails that are made at the same time are
//! looked up together.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use sqlx::any::AnyRow;

use super::{OutboxRow, Store, StoreError, for_each::ForEach, readers::Readers, row::Reader, sealing};
use crate::record::{AnsweredFacts, Employer, MailFacts, OutcomeKind};

static BY_ORDER: ForEach = ForEach::new(
    "-- store::mail_facts::by_order",
    "SELECT s.id AS submission_id, s.receipt_number, s.received_at, s.employer_cvr, s.sealed AS submission_sealed,
    (SELECT COUNT(*) FROM report r WHERE r.submission_id = s.id) AS reports,
    c.id AS outcome_id, c.kind AS outcome_kind, c.decided_at,
    (SELECT COUNT(*) FROM report q WHERE q.id = c.report_id AND q.state = 'questioned' AND q.state_by_id = c.id) AS waits
FROM outbox o JOIN submission s ON s.id = o.submission_id LEFT JOIN outcome c ON c.id = o.outcome_id WHERE o.id = {1}",
    1,
);

/// Of `submission.sealed`, what mails need.
#[derive(Deserialize)]
struct EmployerOnly {
    employer: Employer,
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    vec![BY_ORDER.text(1), BY_ORDER.text(8)]
}

/// Looks up the rows of these orders, on one connection.
pub(super) fn look_up(
    readers: Readers,
    orders: Vec<i64>,
) -> BoxFuture<'static, Result<Vec<Option<AnyRow>>, StoreError>> {
    Box::pin(async move {
        let mut loan = readers.lend_one().await?;
        // No row has the number 0.
        let found = BY_ORDER.rows(loan.connection(), &orders, |query, id| {
            query.bind(id.copied().unwrap_or_default())
        });
        let found = found.await;
        loan.back_after(&found);
        let mut found = found?;
        let of = |place| found.remove(&place).and_then(|mut rows| rows.pop());
        Ok((0..orders.len()).map(of).collect())
    })
}

impl Store {
    /// What the mail of an order is made from. `None` when its submission is not there.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn mail_facts(&self, order: &OutboxRow) -> Result<Option<MailFacts>, StoreError> {
        let Some(row) = self.0.mail_facts.ask_one(order.id).await? else {
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
