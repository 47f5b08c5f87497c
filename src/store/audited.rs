//! The reads that hand personal data to a caller. Each is written down before it is answered: no caller gets what the audit does not
//! know of.

use std::{future::Future, ops::Range};

use uuid::Uuid;

use super::{
    FeedPage, HandedOn, InboxFilter, Page, PageRequest, ReportDetail, SnapshotPage, Store, StoreError,
    SubmissionSummary,
};
use crate::{
    access::{Action, Grant, Role, Scope},
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    record::{StoredSubmission, SubmissionPart},
    value::{Cpr, HandoverId, MunicipalityCode, ReportId, SubmissionId},
};

/// Reports that are unsealed at a time while a list is handed out: bounds the memory it takes.
const EXPORTED_AT_ONCE: u32 = 100;

/// The audit entry for what a grant is used for.
pub(super) fn entry(store: &Store, grant: &Grant, transaction_id: Uuid, deed: Deed, target: Target) -> AuditEntry {
    AuditEntry {
        at: store.clock().now(),
        actor: Actor::from(&grant.caller),
        deed,
        target,
        purpose: purpose(grant),
        transaction_id,
    }
}

fn purpose(grant: &Grant) -> Purpose {
    match (grant.caller.role(), grant.action) {
        (Role::Municipality, Action::ReadFeed | Action::Acknowledge) => Purpose::Delivery,
        (Role::Municipality, Action::ReadSettings | Action::ChangeSettings) => Purpose::Operation,
        (Role::Municipality, _) => Purpose::CaseWork,
        (Role::Employer, _) => Purpose::Reporting,
        (Role::Anonymous | Role::Kl | Role::Operator, _) => Purpose::Operation,
    }
}

impl Store {
    /// [`Store::submission`] with the eyes of a caller, written down.
    ///
    /// # Errors
    /// When the database does not answer, or the use could not be written down.
    pub async fn read_submission(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        id: SubmissionId,
    ) -> Result<Option<StoredSubmission>, StoreError> {
        let read = self.submission(&grant.scope, id);
        self.audited_one(grant, transaction_id, Target::Submission(id), read)
            .await
    }

    /// [`Store::submission_part`] with the eyes of a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_submission_part(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        id: SubmissionId,
        places: Range<u32>,
    ) -> Result<Option<SubmissionPart>, StoreError> {
        let read = self.submission_part(&grant.scope, id, places);
        self.audited_one(grant, transaction_id, Target::Submission(id), read)
            .await
    }

    /// [`Store::submissions_of`] the caller, written down. Empty for a caller who is no employer.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn list_submissions(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        page: PageRequest<SubmissionId>,
    ) -> Result<Page<SubmissionSummary>, StoreError> {
        let Scope::Employer(cvr) = &grant.scope else {
            return Ok(Page {
                items: Vec::new(),
                has_more: false,
            });
        };
        let read = self.submissions_of(cvr, page);
        self.audited(grant, transaction_id, Deed::Asked(grant.action), Target::List, read)
            .await
    }

    /// [`Store::report`] with the eyes of a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_report(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        id: ReportId,
    ) -> Result<Option<ReportDetail>, StoreError> {
        let read = self.report(&grant.scope, id);
        self.audited_one(grant, transaction_id, Target::Report(id), read).await
    }

    /// [`Store::feed`] handed to a caller, written down when there is anything in it.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_feed(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        municipality: &MunicipalityCode,
        after: i64,
        limit: u32,
    ) -> Result<FeedPage, StoreError> {
        let page = self.feed(municipality, after, limit).await?;
        self.handed_over(grant, transaction_id, page.told().len()).await?;
        Ok(page)
    }

    /// [`Store::snapshot`] handed to a caller, written down when there is anything in it.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_snapshot(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        municipality: &MunicipalityCode,
        (as_of, after): (i64, i64),
        limit: u32,
    ) -> Result<SnapshotPage, StoreError> {
        let page = self.snapshot(municipality, as_of, after, limit).await?;
        self.handed_over(grant, transaction_id, page.told().len()).await?;
        Ok(page)
    }

    /// Nothing is no use of anybody's data.
    async fn handed_over(&self, grant: &Grant, transaction_id: Uuid, entries: usize) -> Result<(), StoreError> {
        if entries == 0 {
            return Ok(());
        }
        let deed = Deed::Asked(grant.action);
        self.record_use(entry(self, grant, transaction_id, deed, Target::List))
            .await
    }

    /// [`Store::inbox`] shown to a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_inbox(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        municipality: &MunicipalityCode,
        filter: &InboxFilter,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let read = self.inbox(municipality, filter, page);
        self.audited(grant, transaction_id, Deed::Asked(grant.action), Target::List, read)
            .await
    }

    /// The narrowed list handed out as a whole, newest first, written down once with what it is for. False when it has more than `most`
    /// reports: then nothing was handed out.
    ///
    /// # Errors
    /// As [`Store::read_submission`]; what `take` has got by then must not be used.
    #[expect(clippy::too_many_arguments, reason = "who, where, what, why, how much and where to")]
    pub async fn export_inbox(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        municipality: &MunicipalityCode,
        filter: &InboxFilter,
        purpose: Purpose,
        most: u32,
        mut take: impl FnMut(&ReportDetail),
    ) -> Result<bool, StoreError> {
        let count = self.inbox_count(municipality, filter, most.saturating_add(1)).await?;
        if count > i64::from(most) {
            return Ok(false);
        }
        let deed = Deed::Asked(grant.action);
        self.record_use(AuditEntry {
            purpose,
            ..entry(self, grant, transaction_id, deed, Target::List)
        })
        .await?;
        let mut page = PageRequest::first(EXPORTED_AT_ONCE);
        loop {
            let found = self.inbox(municipality, filter, page).await?;
            found.items.iter().for_each(&mut take);
            page.before = found.items.last().map(|last| last.report.id);
            if !found.has_more {
                return Ok(true);
            }
        }
    }

    /// [`Store::search_by_cpr`] with the eyes of a caller, written down; the number is not.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_by_cpr(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        cpr: &Cpr,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let read = self.search_by_cpr(&grant.scope, cpr, page);
        self.audited(grant, transaction_id, Deed::SearchByCpr, Target::List, read)
            .await
    }

    /// The entry for an acknowledgement, which is written with it.
    pub fn acknowledgement_entry(&self, grant: &Grant, transaction_id: Uuid) -> AuditEntry {
        entry(self, grant, transaction_id, Deed::Asked(grant.action), Target::List)
    }

    /// The entry for a step on one report, which is written with it.
    pub fn step_entry(&self, grant: &Grant, transaction_id: Uuid, report: ReportId) -> AuditEntry {
        entry(
            self,
            grant,
            transaction_id,
            Deed::Asked(grant.action),
            Target::Report(report),
        )
    }

    /// [`Store::handed_on`] shown to a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_handed_on_list(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        municipality: &MunicipalityCode,
        page: PageRequest<HandoverId>,
    ) -> Result<Page<HandedOn>, StoreError> {
        let read = self.handed_on(municipality, page);
        self.audited(grant, transaction_id, Deed::Asked(grant.action), Target::List, read)
            .await
    }

    /// [`Store::held`] shown to a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_held(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        page: PageRequest<ReportId>,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let read = self.held(page);
        self.audited(grant, transaction_id, Deed::Asked(grant.action), Target::List, read)
            .await
    }

    /// [`Store::held_oldest`] shown to a caller, written down.
    ///
    /// # Errors
    /// As [`Store::read_submission`].
    pub async fn read_held_oldest(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        after: Option<ReportId>,
        limit: u32,
    ) -> Result<Page<ReportDetail>, StoreError> {
        let read = self.held_oldest(after, limit);
        self.audited(grant, transaction_id, Deed::Asked(grant.action), Target::List, read)
            .await
    }

    /// Reads one object and writes that down. One that is not there, or not for this caller, is told once a minute and caller: whoever
    /// tries numbers must not fill the disk.
    async fn audited_one<T>(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        target: Target,
        read: impl Future<Output = Result<Option<T>, StoreError>>,
    ) -> Result<Option<T>, StoreError> {
        let found = read.await?;
        if found.is_some() || self.unknowns().is_first(&grant.caller, self.clock().now()) {
            let deed = Deed::Asked(grant.action);
            self.record_use(entry(self, grant, transaction_id, deed, target))
                .await?;
        }
        Ok(found)
    }

    /// Reads and writes down side by side; both must succeed.
    async fn audited<T>(
        &self,
        grant: &Grant,
        transaction_id: Uuid,
        deed: Deed,
        target: Target,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let written = self.record_use(entry(self, grant, transaction_id, deed, target));
        let (found, ()) = tokio::try_join!(read, written)?;
        Ok(found)
    }
}
