//! A person who moves: everything a municipality has of the person is handed on in one act, and an employer that goes on naming the
//! municipality of before is told.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use super::{
    StepError, Store, StoreError,
    change::ATTEMPTS,
    handovers::HandOver,
    reports::cpr_index,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{AuditEntry, Target},
    record::Handover,
    route::Route,
    value::{Cpr, Cvr, FreeText, MunicipalityCode, ReportId},
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

/// Where reports on these people were handed on, in order of time, and whether another municipality has accepted a later one: then the
/// person was there after all. `$1` is the employer, whose own reports alone count.
const HANDED_ON_TO: &str = "-- store::moves::handed_on_to
SELECT r.cpr_index, r.id AS report_id, h.to_municipality, CAST(CASE WHEN EXISTS (
        SELECT 1 FROM report a WHERE a.cpr_index = r.cpr_index AND a.employer_cvr = r.employer_cvr AND a.state = 'accepted'
            AND a.state_at > h.decided_at AND a.municipality <> h.to_municipality) THEN 1 ELSE 0 END AS BIGINT) AS overtaken
FROM report r JOIN handover h ON h.report_id = r.id
WHERE r.employer_cvr = $1 AND h.from_municipality IS NOT NULL AND r.cpr_index IN (";

/// People in one statement. Few sizes, so that few statements are prepared; see [`super::insert`] for why not more.
const PEOPLE: [usize; 4] = [32, 8, 2, 1];

fn handed_on_to_sql(people: usize) -> String {
    let places: Vec<String> = (2..people + 2).map(|number| format!("${number}")).collect();
    format!(
        "{HANDED_ON_TO}{}) ORDER BY h.decided_at, h.report_version",
        places.join(", ")
    )
}

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

type Index = [u8; 32];

impl Store {
    /// For each of these people the municipality that an employer's last report on them was handed on to; `None` where none was, or where
    /// another municipality has accepted a later one.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn handed_on_to(
        &self,
        employer: &Cvr,
        people: &[Cpr],
    ) -> Result<Vec<Option<MunicipalityCode>>, StoreError> {
        let indexes: Vec<Index> = people.iter().map(|cpr| cpr_index(self.vault(), cpr)).collect();
        let mut found: BTreeMap<Index, Option<MunicipalityCode>> = BTreeMap::new();
        let mut left = indexes.as_slice();
        for size in PEOPLE {
            while let Some((now, later)) = left.split_at_checked(size) {
                self.look_up_handed_on(employer, now, &mut found).await?;
                left = later;
            }
        }
        let of = |index: &Index| found.get(index).copied().flatten();
        Ok(indexes.iter().map(of).collect())
    }

    async fn look_up_handed_on(
        &self,
        employer: &Cvr,
        people: &[Index],
        found: &mut BTreeMap<Index, Option<MunicipalityCode>>,
    ) -> Result<(), StoreError> {
        let sql = AssertSqlSafe(handed_on_to_sql(people.len()));
        let query = people
            .iter()
            .fold(sqlx::query(sql).bind(employer.as_str()), |query, index| {
                query.bind(index.as_slice())
            });
        let rows = query.fetch_all(self.readers()).await;
        for row in rows.map_err(StoreError::at(HANDED_ON_TO))? {
            let row = Reader::new(&row, "handover", "report_id")?;
            let to = row.parse("to_municipality")?;
            let overtaken: i64 = row.get("overtaken")?;
            found.insert(row.bytes("cpr_index")?, (overtaken == 0).then_some(to));
        }
        Ok(())
    }

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
