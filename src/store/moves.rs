//! A person who moves: everything a municipality has of the person is handed on in one act.

use super::{
    StepError, Store, StoreError,
    change::ATTEMPTS,
    handovers::HandOver,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{AuditEntry, Target},
    record::{Handover, Route},
    value::{FreeText, MunicipalityCode, ReportId},
    vault::Vault,
};

/// What the municipality `$2` has of the person of the report `$1`, that report left out, and can still hand on.
macro_rules! others_of_person {
    () => {
        "FROM report r WHERE r.cpr_index = (SELECT o.cpr_index FROM report o WHERE o.id = $1) AND r.municipality = $2 AND r.id <> $1
    AND r.state NOT IN ('held', 'replaced', 'withdrawn') AND COALESCE(r.correction_action, '') <> 'withdraw'"
    };
}

const COUNT_OTHERS: &str = concat!("-- store::moves::count_others\nSELECT COUNT(*) ", others_of_person!());

const OTHERS: &str = concat!(
    "-- store::moves::others\nSELECT r.id AS report_id ",
    others_of_person!(),
    " ORDER BY r.id"
);

/// One decision for all that a municipality has of a person.
struct HandOverAll {
    from: MunicipalityCode,
    /// The report that the decision was taken at.
    opened: ReportId,
    to: MunicipalityCode,
    reason: FreeText,
    vault: Vault,
    audit: AuditEntry,
}

impl Write for HandOverAll {
    type Answer = Vec<Handover>;
    type Refusal = StepError;

    fn gives_receipt(&self) -> bool {
        true
    }

    /// The opened report first: it decides whether the act can be, and whether it was done before.
    async fn run(&self, tx: &mut Tx) -> Result<Vec<Handover>, Fault<StepError>> {
        let mut handed = vec![self.hand_over(tx, self.opened).await?];
        for _ in 0..ATTEMPTS {
            let others = self.others(tx).await?;
            if others.is_empty() {
                return Ok(handed);
            }
            for report in others {
                match self.hand_over(tx, report).await {
                    Ok(handover) => handed.push(handover),
                    // Corrected or decided on just now: the next look finds what stands in its place.
                    Err(Fault::Refused(StepError::Closed | StepError::Unknown | StepError::HandedOn)) => {}
                    Err(fault) => return Err(fault),
                }
            }
        }
        Err(StoreError::Busy.into())
    }
}

impl HandOverAll {
    async fn hand_over(&self, tx: &mut Tx, report: ReportId) -> Result<Handover, Fault<StepError>> {
        let route = Route::HandedOver {
            from: self.from,
            municipality: self.to,
        };
        let audit = AuditEntry {
            target: Target::Report(report),
            ..self.audit.clone()
        };
        let (whose, entropy) = ((Some(self.from), report), tx.entropy.clone());
        let step = HandOver::new(
            (&self.vault, &entropy),
            whose,
            (self.to, &route),
            self.reason.clone(),
            audit,
        )?;
        step.run(tx).await
    }

    async fn others(&self, tx: &mut Tx) -> Result<Vec<ReportId>, StoreError> {
        let query = sqlx::query(OTHERS)
            .bind(self.opened.to_string())
            .bind(self.from.as_str());
        let rows = query.fetch_all(tx.connection()).await.map_err(StoreError::at(OTHERS))?;
        rows.iter()
            .map(|row| Reader::new(row, "report", "report_id")?.parse("report_id"))
            .collect()
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [COUNT_OTHERS, OTHERS].map(str::to_owned).to_vec()
}

impl Store {
    /// How many other reports the municipality has of the person of a report, that it could hand on too. For who has opened the report.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn others_of_person(&self, municipality: &MunicipalityCode, report: ReportId) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(COUNT_OTHERS)
            .bind(report.to_string())
            .bind(municipality.as_str());
        query
            .fetch_one(self.readers())
            .await
            .map_err(StoreError::at(COUNT_OTHERS))
    }

    /// [`Store::transfer`] of a report and of all others that the municipality has of the person, in one transaction: the opened report
    /// first, the others in the order of their receipt. `audit` is the entry for the opened report; each other gets one like it.
    ///
    /// # Errors
    /// As [`Store::transfer`], about the opened report; then nothing was handed on.
    pub async fn transfer_all(
        &self,
        from: &MunicipalityCode,
        opened: ReportId,
        to: &MunicipalityCode,
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Vec<Handover>, StepError> {
        let work = HandOverAll {
            from: *from,
            opened,
            to: *to,
            reason,
            vault: self.vault().clone(),
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_step_error)
    }
}
