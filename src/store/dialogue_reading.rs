//! Reading what people have added to a report. Whoever shows the report has read it through its scope and so may read this too.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;

use super::{
    Store, StoreError,
    by_ids::ByIds,
    row::{NotInList, Reader},
    sealing::{self, unseal},
};
use crate::{
    record::{
        EntryDetail, Handover, Outcome, QuestionAnswer, RejectionReason, StoredOutcome, StoredReport, StoredSubmission,
    },
    value::{FreeText, OutcomeId, ReportId},
    vault::Vault,
};

/// An outcome with the answer to it, `FROM` included.
macro_rules! outcomes {
    () => {
        "o.id AS outcome_id, o.report_id, o.municipality, o.kind, o.reason, o.decided_at, o.content_index,
    o.sealed AS outcome_sealed, a.answered_at, a.content_index AS answer_index, a.sealed AS answer_sealed
FROM outcome o LEFT JOIN answer a ON a.question_id = o.id"
    };
}
pub(super) use outcomes;

/// A handover, `FROM` included.
macro_rules! handovers {
    () => {
        "h.id AS handover_id, h.report_id, h.from_municipality, h.to_municipality, h.decided_at, h.content_index,
    h.sealed AS handover_sealed
FROM handover h"
    };
}
pub(super) use handovers;

pub(super) fn read_outcome(vault: &Vault, row: &AnyRow) -> Result<StoredOutcome, StoreError> {
    let row = Reader::new(row, "outcome", "outcome_id")?;
    let text: Option<FreeText> = unseal(vault, &row, "outcome_sealed", sealing::OUTCOME, row.name())?;
    let outcome = match (row.get::<&str>("kind")?, text) {
        ("accepted", None) => Outcome::Accepted,
        ("rejected", text) => Outcome::Rejected {
            reason: row.code("reason", RejectionReason::from_code)?,
            text,
        },
        ("question", Some(text)) => Outcome::Question { text },
        _ => return Err(row.bad("kind", NotInList)),
    };
    Ok(StoredOutcome {
        id: row.parse("outcome_id")?,
        report_id: row.parse("report_id")?,
        municipality: row.parse("municipality")?,
        at: row.time("decided_at")?,
        outcome,
        answer: read_answer(vault, &row)?,
    })
}

fn read_answer(vault: &Vault, row: &Reader<'_>) -> Result<Option<QuestionAnswer>, StoreError> {
    let Some(at) = row.time_optional("answered_at")? else {
        return Ok(None);
    };
    let text = unseal(vault, row, "answer_sealed", sealing::ANSWER, row.name())?;
    Ok(Some(QuestionAnswer { at, text }))
}

pub(super) fn read_handover(vault: &Vault, row: &AnyRow) -> Result<Handover, StoreError> {
    let row = Reader::new(row, "handover", "handover_id")?;
    Ok(Handover {
        id: row.parse("handover_id")?,
        report_id: row.parse("report_id")?,
        from: row.parse_optional("from_municipality")?,
        to: row.parse("to_municipality")?,
        at: row.time("decided_at")?,
        reason: unseal(vault, &row, "handover_sealed", sealing::HANDOVER, row.name())?,
    })
}

const OF_SUBMISSION: &str = concat!(
    "-- store::dialogue_reading::of_submission
SELECT ",
    outcomes!(),
    " JOIN report r ON r.id = o.report_id
WHERE r.submission_id = $1 AND r.position >= $2 AND r.position <= $3 ORDER BY o.report_id, o.report_version"
);

const OF_REPORT: &str = concat!(
    "-- store::dialogue_reading::of_report
SELECT ",
    outcomes!(),
    " WHERE o.report_id = $1 ORDER BY o.report_version"
);

const BY_ID: &str = concat!(
    "-- store::dialogue_reading::by_id
SELECT ",
    outcomes!(),
    " WHERE o.id = $1"
);

const HANDOVERS_OF: &str = concat!(
    "-- store::dialogue_reading::handovers_of
SELECT ",
    handovers!(),
    " WHERE h.report_id = $1 ORDER BY h.report_version"
);

/// What entries tell besides their reports.
pub(super) const QUESTIONS_TOLD: ByIds = ByIds {
    head: concat!(
        "-- store::dialogue_reading::questions_told
SELECT ",
        outcomes!(),
        " WHERE o.id"
    ),
};

pub(super) const HANDOVERS_TOLD: ByIds = ByIds {
    head: concat!(
        "-- store::dialogue_reading::handovers_told
SELECT ",
        handovers!(),
        " WHERE h.id"
    ),
};

/// The statements of this file that stand behind pages and feeds, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let by_report = [OF_SUBMISSION, OF_REPORT, HANDOVERS_OF].map(str::to_owned);
    by_report
        .into_iter()
        .chain([QUESTIONS_TOLD.sql(8), HANDOVERS_TOLD.sql(8)])
        .collect()
}

impl Store {
    /// What municipalities have answered to the reports of a submission that are at hand, oldest first, with the employer's answers.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn outcomes_of_submission(
        &self,
        submission: &StoredSubmission,
    ) -> Result<BTreeMap<ReportId, Vec<StoredOutcome>>, StoreError> {
        let mut by_report: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let place =
            |report: &StoredReport| i64::try_from(report.position).expect("a submission has at most 10,000 reports");
        let (Some(first), Some(last)) = (submission.reports.first(), submission.reports.last()) else {
            return Ok(by_report);
        };
        let query = sqlx::query(OF_SUBMISSION)
            .bind(submission.id.to_string())
            .bind(place(first))
            .bind(place(last));
        let rows = query.fetch_all(self.readers()).await;
        for row in &rows.map_err(StoreError::at(OF_SUBMISSION))? {
            let outcome = read_outcome(self.vault(), row)?;
            by_report.entry(outcome.report_id).or_default().push(outcome);
        }
        Ok(by_report)
    }

    /// What municipalities have answered to a report, oldest first, with the employer's answers.
    ///
    /// # Errors
    /// As [`Store::outcomes_of_submission`].
    pub async fn outcomes_of(&self, report: &StoredReport) -> Result<Vec<StoredOutcome>, StoreError> {
        self.outcomes(OF_REPORT, &report.id.to_string()).await
    }

    /// One outcome, for the service's own work.
    ///
    /// # Errors
    /// As [`Store::outcomes_of_submission`].
    pub async fn outcome(&self, id: OutcomeId) -> Result<Option<StoredOutcome>, StoreError> {
        Ok(self.outcomes(BY_ID, &id.to_string()).await?.pop())
    }

    /// How a report came from one municipality to the next, oldest first. Written by and for municipalities.
    ///
    /// # Errors
    /// As [`Store::outcomes_of_submission`].
    pub async fn handovers_of(&self, report: &StoredReport) -> Result<Vec<Handover>, StoreError> {
        self.handovers(HANDOVERS_OF, &report.id.to_string()).await
    }

    /// What entries tell besides their reports, by the ids that stand in them. What can't be read is left out.
    pub(super) async fn entry_details(
        &self,
        questions: &[String],
        handovers: &[String],
    ) -> Result<BTreeMap<String, EntryDetail>, StoreError> {
        let mut told = BTreeMap::new();
        for row in &HANDOVERS_TOLD.rows(self.readers(), handovers).await? {
            let Some(handover) = self.readable(read_handover(self.vault(), row))? else {
                continue;
            };
            told.insert(handover.id.to_string(), EntryDetail::Handover(handover));
        }
        for row in &QUESTIONS_TOLD.rows(self.readers(), questions).await? {
            let Some(question) = self.readable(read_outcome(self.vault(), row))? else {
                continue;
            };
            if let (Outcome::Question { text }, Some(answer)) = (question.outcome, question.answer) {
                let answered = EntryDetail::Answer {
                    question: question.id,
                    asked: text,
                    answer,
                };
                told.insert(question.id.to_string(), answered);
            }
        }
        Ok(told)
    }

    async fn outcomes(&self, sql: &'static str, of: &str) -> Result<Vec<StoredOutcome>, StoreError> {
        let rows = sqlx::query(sql).bind(of).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(sql))?;
        rows.iter().map(|row| read_outcome(self.vault(), row)).collect()
    }

    async fn handovers(&self, sql: &'static str, of: &str) -> Result<Vec<Handover>, StoreError> {
        let rows = sqlx::query(sql).bind(of).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(sql))?;
        rows.iter().map(|row| read_handover(self.vault(), row)).collect()
    }
}
