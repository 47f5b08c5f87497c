//! The draft behind the pages of one report: whose it is, its addresses, reading and keeping it.

use jiff::Timestamp;

use super::{entry::Entry, notice::Notice, steps::Step};
use crate::{
    access::Caller,
    app::App,
    fields::FORM,
    form::Form,
    http::{Problem, ProblemType},
    store::{DraftError, DraftFound, DraftId, DraftOwner, DraftTerms, DraftVersion, Session, StoreError},
    value::SubmissionId,
};

/// How often a change is made again, because another page was faster.
const ATTEMPTS: usize = 5;
/// The words of an address: what is told, and that the page was come to from the check.
pub const NOTICE: &str = "besked";
pub const RETURN: &str = "retur";
/// What the latter says.
pub const TO_CHECK: &str = "tjek";

/// The draft of an address, for its owner.
pub struct Kept<'a> {
    pub app: &'a App,
    pub id: DraftId,
    pub owner: DraftOwner,
}

/// What became of a change.
pub enum Saved {
    Kept(Entry, DraftVersion),
    /// It had been sent before.
    Sent(SubmissionId),
    /// The id is somebody else's.
    Foreign,
}

/// Why a change was not kept.
pub enum NotSaved {
    /// The database can't write just now; this is what it should have kept.
    Away(Box<Entry>),
    Problem(Problem),
}

impl From<StoreError> for NotSaved {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

/// Who is logged in, as an owner of drafts.
pub fn owner_of(session: &Session) -> Option<DraftOwner> {
    match &session.caller {
        Caller::Employer { cvr, .. } => Some(DraftOwner {
            cvr: cvr.clone(),
            person: session.person,
        }),
        _ => None,
    }
}

/// Drafts that were last changed before this are over.
pub fn since(app: &App) -> Timestamp {
    app.clock.now() - app.config.retention.drafts
}

/// The address of a page, with what it is to tell and whether it leads back to the check.
pub fn address(id: DraftId, step: &Step, notice: Option<Notice>, returns: bool) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if returns {
        query.append_pair(RETURN, TO_CHECK);
    }
    if let Some(notice) = notice {
        query.append_pair(NOTICE, notice.code());
    }
    let (path, query) = (format!("/indberet/ny/{id}/{}", step.code()), query.finish());
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

/// The first page of a draft that does not exist yet.
///
/// # Errors
/// When the machine gives no random bytes.
pub fn fresh_address(app: &App, notice: Option<Notice>) -> Result<String, Problem> {
    let bytes = app.entropy.bytes().map_err(|error| Problem::internal(&error))?;
    Ok(address(DraftId::from_random(bytes), &Step::Kind, notice, false))
}

/// The form that a report is filled in on: the version that was begun on, as long as there is one.
pub fn form_of<'a>(app: &'a App, entry: &Entry) -> Result<&'a Form, Problem> {
    app.forms
        .find(FORM, &entry.form_version)
        .or_else(|| app.forms.current(FORM, app.clock.today()))
        .ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// A report on which nothing is typed yet.
pub fn fresh_entry(app: &App) -> Result<Entry, Problem> {
    let form = app.forms.current(FORM, app.clock.today());
    let form = form.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    Ok(Entry::new(form.reference().version.clone()))
}

impl Kept<'_> {
    pub async fn load(&self) -> Result<DraftFound<Entry>, StoreError> {
        self.app.store.draft(&self.owner, self.id, since(self.app)).await
    }

    /// Makes a change to the newest state of the draft and keeps it; a draft that is not there begins with it.
    pub async fn save(&self, change: impl Fn(&Form, &mut Entry)) -> Result<Saved, NotSaved> {
        let mut is_new = false;
        for _ in 0..ATTEMPTS {
            let (mut entry, from) = match self.load().await? {
                DraftFound::Open(draft) => (draft.content, Some(draft.version)),
                DraftFound::Sent(submission) => return Ok(Saved::Sent(submission)),
                DraftFound::Nothing => (fresh_entry(self.app).map_err(NotSaved::Problem)?, None),
            };
            is_new = from.is_none();
            change(form_of(self.app, &entry).map_err(NotSaved::Problem)?, &mut entry);
            if entry.is_too_long() {
                return Err(NotSaved::Problem(Problem::new(ProblemType::TooLarge)));
            }
            match self.put(from, &entry).await {
                Ok(version) => return Ok(Saved::Kept(entry, version)),
                Err(DraftError::Changed) => {}
                Err(DraftError::Store(error)) if error.passes() => return Err(NotSaved::Away(Box::new(entry))),
                Err(DraftError::Store(error)) => return Err(error.into()),
            }
        }
        match is_new {
            true => Ok(Saved::Foreign),
            false => Err(StoreError::Busy.into()),
        }
    }

    async fn put(&self, from: Option<DraftVersion>, entry: &Entry) -> Result<DraftVersion, DraftError> {
        let terms = DraftTerms {
            since: since(self.app),
            most: self.app.config.retention.drafts_per_person,
        };
        self.app
            .store
            .draft_save(&self.owner, self.id, from, entry, terms)
            .await
    }

    /// Notes what became of the draft. Where that can't be written, sending it again leads to the same submission.
    pub async fn sent(&self, from: DraftVersion, submission: SubmissionId) {
        match self.app.store.draft_sent(&self.owner, self.id, from, submission).await {
            // Another page of it was sent, or changed, at the same moment.
            Ok(()) | Err(DraftError::Changed) => {}
            Err(DraftError::Store(error)) => {
                tracing::warn!(cause = %error, "what became of a draft can't be written down");
            }
        }
    }
}
