//! People decide whose a report is: a municipality hands it on, a member of staff finds the municipality of one that is held.

use super::{
    StepError, Store, StoreError,
    change::{ATTEMPTS, NewWay, find, move_on},
    dialogue_reading::{handovers, read_handover},
    feed::NewEntry,
    row::Reader,
    sealing::{self, seal},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::Scope,
    audit::AuditEntry,
    entropy::Entropy,
    record::{CorrectionAction, EntryDetail, FeedEvent, Handover, ReportState, Route, StoredReport},
    value::{FreeText, HandoverId, MunicipalityCode, ReportId},
    vault::Vault,
};

/// One decision, from a municipality or from the held queue.
pub(super) struct HandOver {
    id: HandoverId,
    report: ReportId,
    from: Option<MunicipalityCode>,
    to: MunicipalityCode,
    reason: FreeText,
    content_index: [u8; 32],
    sealed: Vec<u8>,
    route_sealed: Vec<u8>,
    vault: Vault,
    audit: AuditEntry,
}

const INSERT: &str = "-- store::handovers::insert
INSERT INTO handover (id, report_id, report_version, from_municipality, to_municipality, decided_at, content_index, sealed, employer_cvr,
    cpr_index)
SELECT $1, r.id, $3, $4, $5, $6, $7, $8, r.employer_cvr, r.cpr_index FROM report r WHERE r.id = $2";

/// `''` stands for the held queue.
const LATEST: &str = concat!(
    "-- store::handovers::latest
SELECT ",
    handovers!(),
    " WHERE h.report_id = $1 AND COALESCE(h.from_municipality, '') = $2 ORDER BY h.report_version DESC LIMIT 1"
);

impl Write for HandOver {
    type Answer = Handover;
    type Refusal = StepError;

    fn gives_receipt(&self) -> bool {
        true
    }

    async fn run(&self, tx: &mut Tx) -> Result<Handover, Fault<StepError>> {
        for _ in 0..ATTEMPTS {
            let found = find(tx, &self.vault, &self.eyes(), self.report).await?;
            let report = found.filter(|report| report.state.municipality() == self.from.as_ref());
            let Some(report) = report.filter(|report| self.from.is_some() || is_held(report)) else {
                return self.same_before(tx).await;
            };
            let state = self.next(&report, tx)?;
            if move_on(tx, &report, &state, Some(&self.way(tx, &report)?)).await? {
                return Ok(self.write(tx, &report).await?);
            }
        }
        Err(StoreError::Busy.into())
    }
}

fn is_held(report: &StoredReport) -> bool {
    matches!(report.state, ReportState::Held { .. })
}

impl HandOver {
    /// Sealed and ready to be written. `audit` is the entry for it, whose time the handover's id begins with.
    pub fn new(
        (vault, entropy): (&Vault, &Entropy),
        (from, report): (Option<MunicipalityCode>, ReportId),
        (to, route): (MunicipalityCode, &Route),
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Self, StoreError> {
        let id = HandoverId::from_uuid(entropy.uuid(audit.at)?);
        let content = format!("{report} {to} {}", reason.expose());
        Ok(Self {
            id,
            report,
            from,
            to,
            content_index: vault.blind_index("handover", content.as_bytes()),
            sealed: seal(vault, entropy, sealing::HANDOVER, &id.to_string(), &reason)?,
            route_sealed: seal(vault, entropy, sealing::ROUTE, &report.to_string(), route)?,
            reason,
            vault: vault.clone(),
            audit,
        })
    }

    fn way(&self, tx: &Tx, report: &StoredReport) -> Result<NewWay, StoreError> {
        let id = report.id.to_string();
        Ok(NewWay {
            route: self.route_sealed.clone(),
            arrival: seal(&self.vault, &tx.entropy, sealing::ARRIVAL, &id, &report.arrival)?,
        })
    }

    fn eyes(&self) -> Scope {
        self.from.map_or(Scope::System, Scope::Municipality)
    }

    fn next(&self, report: &StoredReport, tx: &Tx) -> Result<ReportState, Fault<StepError>> {
        if self.from == Some(self.to) {
            return Err(Fault::Refused(StepError::SameMunicipality));
        }
        let state = report.state.clone();
        let next = match self.from {
            Some(_) => state.transferred(self.to, tx.now),
            None => state.assigned(self.to, tx.now),
        };
        let next = next.ok().filter(|_| !report.report.is_withdrawal());
        next.ok_or(Fault::Refused(StepError::Closed))
    }

    /// What an earlier call with the same content left: whoever lost the answer asks again, though the report is no longer theirs.
    async fn same_before(&self, tx: &mut Tx) -> Result<Handover, Fault<StepError>> {
        let row = sqlx::query(LATEST)
            .bind(self.report.to_string())
            .bind(self.from.map_or("", |from| from.as_str()))
            .fetch_optional(tx.connection())
            .await
            .map_err(StoreError::at(LATEST))?;
        let Some(row) = row else {
            return Err(Fault::Refused(self.unknown(tx).await?));
        };
        let index: [u8; 32] = Reader::new(&row, "handover", "handover_id")?.bytes("content_index")?;
        if index == self.content_index {
            Ok(read_handover(&self.vault, &row)?)
        } else {
            Err(Fault::Refused(StepError::HandedOn))
        }
    }

    /// In the held queue a report that is there but never was held is told apart from one that is not there.
    async fn unknown(&self, tx: &mut Tx) -> Result<StepError, StoreError> {
        let there = find(tx, &self.vault, &self.eyes(), self.report).await?;
        Ok(match (self.from, there) {
            (None, Some(_)) => StepError::NotHeld,
            _ => StepError::Unknown,
        })
    }

    async fn write(&self, tx: &mut Tx, report: &StoredReport) -> Result<Handover, StoreError> {
        let handover = Handover {
            id: self.id,
            report_id: report.id,
            from: self.from,
            to: self.to,
            at: tx.now,
            reason: self.reason.clone(),
        };
        sqlx::query(INSERT)
            .bind(self.id.to_string())
            .bind(report.id.to_string())
            .bind(report.version + 1)
            .bind(self.from.map(|from| from.as_str()))
            .bind(self.to.as_str())
            .bind(handover.at.as_millisecond())
            .bind(self.content_index.as_slice())
            .bind(self.sealed.as_slice())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        self.tell(tx, report, &handover);
        tx.audit(self.audit.clone());
        Ok(handover)
    }

    /// Both feeds are told of a transfer; the first feed that a report comes into is told as it would have been at once.
    fn tell(&self, tx: &mut Tx, report: &StoredReport, handover: &Handover) {
        let Some(from) = self.from else {
            let replaces = report
                .report
                .correction
                .is_some_and(|correction| matches!(correction.action, CorrectionAction::Replace { .. }));
            let event = if replaces {
                FeedEvent::Corrected
            } else {
                FeedEvent::Available
            };
            tx.append(self.to, NewEntry::of(report, event));
            return;
        };
        let detail = EntryDetail::Handover(handover.clone());
        tx.append(from, NewEntry::with_detail(report, FeedEvent::TransferredOut, &detail));
        tx.append(
            self.to,
            NewEntry::with_detail(report, FeedEvent::TransferredIn, &detail),
        );
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [INSERT, LATEST].map(str::to_owned).to_vec()
}

impl Store {
    /// A municipality hands a report that it has on to another one: from now on it is the other's, both feeds tell it. The same again
    /// gives the first answer. `audit` is the entry for it.
    ///
    /// # Errors
    /// [`StepError::Closed`] when the report is no longer the last of its chain, [`StepError::HandedOn`] when it went elsewhere or for
    /// another reason already, [`StepError::SameMunicipality`].
    pub async fn transfer(
        &self,
        from: &MunicipalityCode,
        report: ReportId,
        to: &MunicipalityCode,
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Handover, StepError> {
        let route = Route::HandedOver {
            from: *from,
            municipality: *to,
        };
        self.hand_over(Some(*from), report, (*to, route), reason, audit).await
    }

    /// A member of staff has found the municipality of a report that is held. The same again gives the first answer. `audit` is the
    /// entry for it.
    ///
    /// # Errors
    /// [`StepError::NotHeld`] when it never was held or is withdrawn, [`StepError::HandedOn`] when somebody decided otherwise already.
    pub async fn assign_held(
        &self,
        report: ReportId,
        to: &MunicipalityCode,
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Handover, StepError> {
        let route = Route::DecidedByPerson { municipality: *to };
        self.release_held(report, to, route, reason, audit).await
    }

    /// [`Store::assign_held`] on another's word than a person's, which the route tells.
    ///
    /// # Errors
    /// As [`Store::assign_held`].
    pub async fn release_held(
        &self,
        report: ReportId,
        to: &MunicipalityCode,
        route: Route,
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Handover, StepError> {
        self.hand_over(None, report, (*to, route), reason, audit).await
    }

    async fn hand_over(
        &self,
        from: Option<MunicipalityCode>,
        report: ReportId,
        (to, route): (MunicipalityCode, Route),
        reason: FreeText,
        audit: AuditEntry,
    ) -> Result<Handover, StepError> {
        let keys = (self.vault(), self.entropy());
        let work = HandOver::new(keys, (from, report), (to, &route), reason, audit)?;
        self.writer().write(work).await.map_err(Fault::into_step_error)
    }
}
