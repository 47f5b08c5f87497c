//! The questions to the residence register: which held report is to be asked about next, and how the last try went. No table of work to
//! do: what is held is what there is to ask about, so that nothing can be lost between the two.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Store, StoreError,
    by_ids::ByIds,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    value::ReportId,
};

/// One held report to ask about, taken for a while: nobody else asks meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidenceQuestion {
    pub report: ReportId,
    /// Counted from 1, this one included.
    pub attempts: i64,
    /// Follows the question through audit, log and register.
    pub call: Uuid,
}

/// How the question about a held report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionState {
    /// The register has not answered yet, after so many tries.
    Waiting { attempts: i64 },
    /// The register answered, and a person has to find the municipality.
    LeftToPeople,
}

/// The longest held report that was never asked about, or the question that has been due longest; each is the first of an index.
const NEXT: &str = "-- store::residence::next
SELECT report_id, state FROM (
    SELECT * FROM (SELECT r.id AS report_id, r.state FROM report r WHERE r.state = 'held' AND r.residence_asked_at IS NULL
        ORDER BY r.id LIMIT 1) AS never
    UNION ALL
    SELECT * FROM (SELECT q.report_id, r.state FROM residence_question q JOIN report r ON r.id = q.report_id
        WHERE q.answered_at IS NULL AND q.due_at <= $1 ORDER BY q.due_at, q.report_id LIMIT 1) AS again) AS due
ORDER BY report_id LIMIT 1";

/// The condition stands in the statement again: of two that chose the same report one gets it.
const TAKE: &str = "-- store::residence::take
INSERT INTO residence_question (report_id, due_at, attempts, call_id) VALUES ($1, $2, 1, $3)
ON CONFLICT (report_id) DO UPDATE SET due_at = $2, call_id = $3, attempts = residence_question.attempts + 1
WHERE residence_question.answered_at IS NULL AND residence_question.due_at <= $4
RETURNING attempts";

/// The report leaves the index of those never asked about.
const ASKED: &str = "-- store::residence::asked
UPDATE report SET residence_asked_at = $2 WHERE id = $1 AND residence_asked_at IS NULL";

struct Take {
    question: ResidenceQuestion,
    now: Timestamp,
    until: Timestamp,
}

impl Write for Take {
    type Answer = Option<ResidenceQuestion>;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<Option<ResidenceQuestion>, Fault<Self::Refusal>> {
        let row = sqlx::query(TAKE)
            .bind(self.question.report.to_string())
            .bind(self.until.as_millisecond())
            .bind(self.question.call.to_string())
            .bind(self.now.as_millisecond())
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(TAKE))?;
        let Some(row) = row else { return Ok(None) };
        let row = Reader::named(&row, "residence_question", self.question.report.to_string());
        sqlx::query(ASKED)
            .bind(self.question.report.to_string())
            .bind(self.now.as_millisecond())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(ASKED))?;
        // Written down before the number leaves the house.
        tx.audit(register_entry(Deed::ResidenceAsked, &self.question, self.now));
        Ok(Some(ResidenceQuestion {
            attempts: row.get("attempts")?,
            ..self.question.clone()
        }))
    }
}

/// The audit entry for what the service does about a question by itself.
pub fn register_entry(deed: Deed, question: &ResidenceQuestion, at: Timestamp) -> AuditEntry {
    AuditEntry {
        at,
        actor: Actor::operator(),
        deed,
        target: Target::Report(question.report),
        purpose: Purpose::Delivery,
        transaction_id: question.call,
    }
}

const FAILED: &str = "-- store::residence::failed
UPDATE residence_question SET due_at = $3, last_error = $4 WHERE report_id = $1 AND call_id = $2";

const ANSWERED: &str = "-- store::residence::answered
UPDATE residence_question SET answered_at = $3, last_error = $4 WHERE report_id = $1 AND call_id = $2";

/// How a question ends, or waits. Whose try was overtaken by another changes nothing.
struct Settle {
    sql: &'static str,
    question: ResidenceQuestion,
    at: Timestamp,
    error: Option<&'static str>,
}

impl Write for Settle {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        sqlx::query(self.sql)
            .bind(self.question.report.to_string())
            .bind(self.question.call.to_string())
            .bind(self.at.as_millisecond())
            .bind(self.error)
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(self.sql))?;
        Ok(())
    }
}

/// What is no longer held needs no answer.
const NOT_NEEDED: &str = "-- store::residence::not_needed
UPDATE residence_question SET answered_at = $2 WHERE report_id = $1 AND answered_at IS NULL";

struct NotNeeded {
    report: ReportId,
    now: Timestamp,
}

impl Write for NotNeeded {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        sqlx::query(NOT_NEEDED)
            .bind(self.report.to_string())
            .bind(self.now.as_millisecond())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(NOT_NEEDED))?;
        Ok(())
    }
}

const STATES: ByIds = ByIds {
    head: "-- store::residence::states
SELECT q.report_id, q.attempts, q.answered_at FROM residence_question q WHERE q.report_id",
};

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let one_by_one = [NEXT, ASKED, FAILED, ANSWERED, NOT_NEEDED].map(str::to_owned);
    one_by_one.into_iter().chain([STATES.sql(8)]).collect()
}

impl Store {
    /// Takes the held report that has waited longest and is due to be asked about, for `lease`; the question is written down. `None`
    /// when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn residence_take(
        &self,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<ResidenceQuestion>, StoreError> {
        // An idle worker asks again and again; that must not cost a transaction.
        loop {
            let query = sqlx::query(NEXT).bind(now.as_millisecond());
            let row = query
                .fetch_optional(self.readers())
                .await
                .map_err(StoreError::at(NEXT))?;
            let Some(row) = row else { return Ok(None) };
            let row = Reader::new(&row, "report", "report_id")?;
            let report = row.parse("report_id")?;
            if row.get::<&str>("state")? == "held" {
                return self.take_question(report, now, lease).await;
            }
            // A person has decided between two tries: nothing is asked any more.
            let work = NotNeeded { report, now };
            self.writer().write(work).await.map_err(Fault::into_store_error)?;
        }
    }

    async fn take_question(
        &self,
        report: ReportId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<ResidenceQuestion>, StoreError> {
        let question = ResidenceQuestion {
            report,
            attempts: 1,
            call: self.entropy().uuid(now)?,
        };
        let until = now + lease;
        let work = Take { question, now, until };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// The register did not answer; it is asked again at `at`. `error` is a stable code.
    ///
    /// # Errors
    /// As [`Store::residence_take`].
    pub async fn residence_failed(
        &self,
        question: &ResidenceQuestion,
        error: &'static str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.settle_question(FAILED, question, at, Some(error)).await
    }

    /// The register has answered: it is not asked again. What it answered is told by where the report is.
    ///
    /// # Errors
    /// As [`Store::residence_take`].
    pub async fn residence_answered(&self, question: &ResidenceQuestion, now: Timestamp) -> Result<(), StoreError> {
        self.settle_question(ANSWERED, question, now, None).await
    }

    async fn settle_question(
        &self,
        sql: &'static str,
        question: &ResidenceQuestion,
        at: Timestamp,
        error: Option<&'static str>,
    ) -> Result<(), StoreError> {
        let work = Settle {
            sql,
            question: question.clone(),
            at,
            error,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// How the questions about these reports stand; one that was not asked about is left out.
    ///
    /// # Errors
    /// As [`Store::residence_take`].
    pub async fn residence_states(&self, of: &[ReportId]) -> Result<BTreeMap<ReportId, QuestionState>, StoreError> {
        let ids: Vec<_> = of.iter().map(ToString::to_string).collect();
        let rows = STATES.rows(self.readers(), &ids).await?;
        let read = |row| {
            let row = Reader::new(row, "residence_question", "report_id")?;
            let state = match row.time_optional("answered_at")? {
                Some(_) => QuestionState::LeftToPeople,
                None => QuestionState::Waiting {
                    attempts: row.get("attempts")?,
                },
            };
            Ok((row.parse("report_id")?, state))
        };
        rows.iter().map(read).collect()
    }
}
