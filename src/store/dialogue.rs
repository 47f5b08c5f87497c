//! Municipality and employer answer each other: an outcome, a question, the answer to it. Each can be sent again without harm.

use serde_json::json;

use super::{
    StepError, Store, StoreError,
    change::{ATTEMPTS, find, move_on},
    dialogue_reading::{outcomes, read_outcome},
    feed::NewEntry,
    outbox::NewRow,
    row::Reader,
    sealing::{self, seal},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::Scope,
    audit::AuditEntry,
    record::{EntryDetail, FeedEvent, OutboxOrder, Outcome, QuestionAnswer, ReportState, StoredOutcome, StoredReport},
    value::{Cvr, FreeText, MunicipalityCode, OutcomeId, ReportId},
    vault::Vault,
};

/// Refuses a step.
fn no<T>(refusal: StepError) -> Result<T, Fault<StepError>> {
    Err(Fault::Refused(refusal))
}

struct Decide {
    id: OutcomeId,
    municipality: MunicipalityCode,
    report: ReportId,
    outcome: Outcome,
    content_index: [u8; 32],
    sealed: Vec<u8>,
    vault: Vault,
    audit: AuditEntry,
}

const INSERT: &str = "-- store::dialogue::insert
INSERT INTO outcome (id, report_id, report_version, municipality, kind, reason, decided_at, content_index, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const LATEST: &str = concat!(
    "-- store::dialogue::latest
SELECT ",
    outcomes!(),
    " WHERE o.report_id = $1 AND NOT EXISTS (
    SELECT 1 FROM handover h WHERE h.report_id = o.report_id AND h.report_version > o.report_version)
ORDER BY o.report_version DESC LIMIT 1"
);

impl Write for Decide {
    type Answer = StoredOutcome;
    type Refusal = StepError;

    fn gives_receipt(&self) -> bool {
        true
    }

    async fn run(&self, tx: &mut Tx) -> Result<StoredOutcome, Fault<StepError>> {
        for _ in 0..ATTEMPTS {
            let found = find(tx, &self.vault, &Scope::Municipality(self.municipality), self.report).await?;
            let Some(report) = found else {
                return no(StepError::Unknown);
            };
            if let Some(same) = self.same_before(tx, &report).await? {
                return Ok(same);
            }
            let Some(state) = self.next(&report, tx) else {
                return no(refusal(&report));
            };
            if move_on(tx, &report, &state, None).await? {
                return Ok(self.write(tx, &report).await?);
            }
        }
        Err(StoreError::Busy.into())
    }
}

/// Why an outcome does not fit where the report is.
fn refusal(report: &StoredReport) -> StepError {
    match report.state {
        ReportState::Replaced { .. } | ReportState::Withdrawn { .. } => StepError::Closed,
        _ if report.report.is_withdrawal() => StepError::Closed,
        _ => StepError::Decided,
    }
}

impl Decide {
    fn next(&self, report: &StoredReport, tx: &Tx) -> Option<ReportState> {
        let state = report.state.clone().decided(self.id, &self.outcome, tx.now);
        state.ok().filter(|_| !report.report.is_withdrawal())
    }

    /// The outcome that an earlier call with the same content left. Not where the report has come in anew since.
    async fn same_before(&self, tx: &mut Tx, report: &StoredReport) -> Result<Option<StoredOutcome>, StoreError> {
        let query = sqlx::query(LATEST).bind(report.id.to_string());
        let row = query
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(LATEST))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let index: [u8; 32] = Reader::new(&row, "outcome", "outcome_id")?.bytes("content_index")?;
        (index == self.content_index)
            .then(|| read_outcome(&self.vault, &row))
            .transpose()
    }

    async fn write(&self, tx: &mut Tx, report: &StoredReport) -> Result<StoredOutcome, StoreError> {
        let at = tx.now;
        sqlx::query(INSERT)
            .bind(self.id.to_string())
            .bind(report.id.to_string())
            .bind(report.version + 1)
            .bind(self.municipality.as_str())
            .bind(self.outcome.code())
            .bind(self.outcome.reason().map(|reason| reason.as_str()))
            .bind(at.as_millisecond())
            .bind(self.content_index.as_slice())
            .bind(self.sealed.as_slice())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        tx.order(NewRow {
            order: OutboxOrder::OutcomeMail(self.id),
            submission: report.submission_id,
        });
        tx.audit(self.audit.clone());
        Ok(StoredOutcome {
            id: self.id,
            report_id: report.id,
            municipality: self.municipality,
            at,
            outcome: self.outcome.clone(),
            answer: None,
        })
    }
}

struct Answer {
    employer: Cvr,
    report: ReportId,
    question: OutcomeId,
    text: FreeText,
    content_index: [u8; 32],
    sealed: Vec<u8>,
    vault: Vault,
    audit: AuditEntry,
}

const QUESTION: &str = concat!(
    "-- store::dialogue::question
SELECT ",
    outcomes!(),
    " WHERE o.id = $1 AND o.report_id = $2"
);

const INSERT_ANSWER: &str = "-- store::dialogue::insert_answer
INSERT INTO answer (question_id, answered_at, content_index, sealed) VALUES ($1, $2, $3, $4)";

impl Write for Answer {
    type Answer = StoredOutcome;
    type Refusal = StepError;

    fn gives_receipt(&self) -> bool {
        true
    }

    async fn run(&self, tx: &mut Tx) -> Result<StoredOutcome, Fault<StepError>> {
        for _ in 0..ATTEMPTS {
            let found = find(tx, &self.vault, &Scope::Employer(self.employer.clone()), self.report).await?;
            let Some(report) = found else {
                return no(StepError::Unknown);
            };
            let question = self.question(tx).await?;
            if question.answer.is_some() {
                return Ok(question);
            }
            let Ok(state) = report.state.clone().answered(self.question, tx.now) else {
                return no(StepError::NotOpen);
            };
            if move_on(tx, &report, &state, None).await? {
                return Ok(self.write(tx, &report, question).await?);
            }
        }
        Err(StoreError::Busy.into())
    }
}

impl Answer {
    /// The question; with the answer where an earlier call with the same content left it.
    async fn question(&self, tx: &mut Tx) -> Result<StoredOutcome, Fault<StepError>> {
        let query = sqlx::query(QUESTION)
            .bind(self.question.to_string())
            .bind(self.report.to_string());
        let row = query
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(QUESTION))?;
        let Some(row) = row else { return no(StepError::NotOpen) };
        let question = read_outcome(&self.vault, &row)?;
        if question.answer.is_none() {
            return Ok(question);
        }
        let index: [u8; 32] = Reader::new(&row, "outcome", "outcome_id")?.bytes("answer_index")?;
        if index == self.content_index {
            Ok(question)
        } else {
            no(StepError::NotOpen)
        }
    }

    async fn write(
        &self,
        tx: &mut Tx,
        report: &StoredReport,
        question: StoredOutcome,
    ) -> Result<StoredOutcome, StoreError> {
        let answer = QuestionAnswer {
            at: tx.now,
            text: self.text.clone(),
        };
        sqlx::query(INSERT_ANSWER)
            .bind(self.question.to_string())
            .bind(answer.at.as_millisecond())
            .bind(self.content_index.as_slice())
            .bind(self.sealed.as_slice())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT_ANSWER))?;
        if let Some(asked) = question.outcome.text() {
            let detail = EntryDetail::Answer {
                question: question.id,
                asked: asked.clone(),
                answer: answer.clone(),
            };
            let entry = NewEntry::with_detail(report, FeedEvent::Answered, &detail);
            tx.append(question.municipality, entry);
        }
        tx.audit(self.audit.clone());
        Ok(StoredOutcome {
            answer: Some(answer),
            ..question
        })
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [LATEST, QUESTION].map(str::to_owned).to_vec()
}

impl Store {
    /// Takes a municipality's outcome for a report that it has: the employer sees it and is told by mail that there is one. The same
    /// again gives the first answer. `audit` is the entry for it.
    ///
    /// # Errors
    /// [`StepError::Decided`] when another outcome stands or another question is open, [`StepError::Closed`] when the report is no
    /// longer the last of its chain.
    pub async fn decide(
        &self,
        municipality: &MunicipalityCode,
        report: ReportId,
        outcome: Outcome,
        audit: AuditEntry,
    ) -> Result<StoredOutcome, StepError> {
        let id = OutcomeId::from_uuid(self.entropy().uuid(audit.at).map_err(StoreError::from)?);
        let content = json!({
            "kind": outcome.code(),
            "municipality": municipality.as_str(),
            "reason": outcome.reason().map(|reason| reason.as_str()),
            "report": report.to_string(),
            "text": outcome.text().map(FreeText::expose),
        });
        let sealed = seal(
            self.vault(),
            self.entropy(),
            sealing::OUTCOME,
            &id.to_string(),
            &outcome.text(),
        )?;
        let work = Decide {
            id,
            municipality: *municipality,
            report,
            content_index: self.vault().blind_index("outcome", content.to_string().as_bytes()),
            outcome,
            sealed,
            vault: self.vault().clone(),
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_step_error)
    }

    /// Takes an employer's answer to the open question on its report and tells the municipality through its feed. The same again
    /// gives the first answer. `audit` is the entry for it.
    ///
    /// # Errors
    /// [`StepError::NotOpen`] when the question is another report's, has another answer or was overtaken.
    pub async fn answer(
        &self,
        employer: &Cvr,
        (report, question): (ReportId, OutcomeId),
        text: FreeText,
        audit: AuditEntry,
    ) -> Result<StoredOutcome, StepError> {
        let sealed = seal(
            self.vault(),
            self.entropy(),
            sealing::ANSWER,
            &question.to_string(),
            &text,
        )?;
        let content = format!("{question} {}", text.expose());
        let work = Answer {
            employer: employer.clone(),
            report,
            question,
            content_index: self.vault().blind_index("answer", content.as_bytes()),
            text,
            sealed,
            vault: self.vault().clone(),
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_step_error)
    }
}

impl Fault<StepError> {
    pub fn into_step_error(self) -> StepError {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Store(error) => StepError::Store(error),
        }
    }
}
