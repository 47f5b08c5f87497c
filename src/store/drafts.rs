//! What an employer is typing and has not sent: sealed, for one person of one company, gone after a while. Nobody but its owner can ask
//! for it, so nobody else's reading has to be written down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Store, StoreError,
    bound::{self, DraftParts},
    row::Reader,
    sealing::{self, DRAFT, DRAFT_TICKET},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    record::{from_hex, to_hex},
    value::{Cvr, SubmissionId},
    vault::Place,
};

/// Names a draft in the address of its pages: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftId([u8; 16]);

/// Not 32 hexadecimal digits in lower case.
#[derive(Debug, thiserror::Error)]
#[error("not the id of a draft")]
pub struct NotADraftId;

impl DraftId {
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// What makes sending the draft twice one act.
    #[must_use]
    pub fn idempotency_key(self) -> String {
        Uuid::from_bytes(self.0).to_string()
    }
}

impl std::fmt::Display for DraftId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl std::str::FromStr for DraftId {
    type Err = NotADraftId;

    fn from_str(text: &str) -> Result<Self, NotADraftId> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let bytes = from_hex(text).filter(|_| plain).ok_or(NotADraftId)?;
        bytes.try_into().map(Self).map_err(|_| NotADraftId)
    }
}

/// Whose a draft is: one person of one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOwner {
    pub cvr: Cvr,
    /// Keyed hash of who it is; see [`super::Session::person`].
    pub person: [u8; 32],
}

/// A draft as it was last saved.
pub struct Draft<T> {
    pub content: T,
    pub version: DraftVersion,
}

/// Which state of a draft a change is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftVersion {
    number: i64,
    created_at: i64,
}

/// What there is under an id, for somebody.
pub enum DraftFound<T> {
    Open(Draft<T>),
    /// It was sent as this submission.
    Sent(SubmissionId),
    /// Never there, too old, or somebody else's.
    Nothing,
}

/// Why a draft was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Another page has changed it meanwhile: read it again.
    #[error("the draft was changed meanwhile")]
    Changed,
    #[error("the draft could not be stored")]
    Store(#[from] StoreError),
}

/// How long and how many.
#[derive(Debug, Clone, Copy)]
pub struct DraftTerms {
    /// What was changed before this is over.
    pub since: Timestamp,
    /// Most drafts of one person; what lay untouched longest gives way.
    pub most: u32,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    cvr: String,
    person: String,
    at: i64,
}

struct Put {
    id: String,
    owner: DraftOwner,
    created_at: i64,
    changed_at: i64,
    /// 0: there is none yet.
    before: i64,
    sealed: Option<Vec<u8>>,
    submission: Option<String>,
    terms: Option<DraftTerms>,
}

/// What had been left to be over is replaced, if it is the same owner's.
const INSERT: &str = "-- store::drafts::insert
INSERT INTO draft (id, employer_cvr, person, created_at, changed_at, version, sealed, submission_id, bound)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";

const UPDATE: &str = "-- store::drafts::update
UPDATE draft SET changed_at = $2, version = $3, sealed = $4, submission_id = $5, bound = $6 WHERE id = $1 AND version = $7";

const OVER: &str = "-- store::drafts::over
DELETE FROM draft WHERE id = $1 AND changed_at < $2";

const COUNT: &str = "-- store::drafts::count
SELECT COUNT(*) FROM draft WHERE employer_cvr = $1 AND person = $2";

const SPARE: &str = "-- store::drafts::spare
DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE employer_cvr = $1 AND person = $2 ORDER BY changed_at, id LIMIT $3)";

impl Put {
    fn mac(&self, tx: &Tx) -> Vec<u8> {
        let parts = DraftParts {
            id: &self.id,
            employer_cvr: self.owner.cvr.as_str(),
            person: &self.owner.person,
            created_at: self.created_at,
            changed_at: self.changed_at,
            version: self.before + 1,
            sealed: self.sealed.as_deref(),
            submission_id: self.submission.as_deref(),
        };
        parts.mac(&tx.watch.vault).to_vec()
    }

    async fn insert(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        let mac = self.mac(tx);
        if let Some(terms) = self.terms {
            let over = sqlx::query(OVER).bind(&self.id).bind(terms.since.as_millisecond());
            over.execute(tx.connection()).await.map_err(StoreError::at(OVER))?;
        }
        let done = sqlx::query(INSERT)
            .bind(&self.id)
            .bind(self.owner.cvr.as_str())
            .bind(self.owner.person.to_vec())
            .bind(self.created_at)
            .bind(self.changed_at)
            .bind(self.before + 1)
            .bind(self.sealed.as_deref())
            .bind(self.submission.as_deref())
            .bind(mac)
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        Ok(done.rows_affected() == 1)
    }

    async fn update(&self, tx: &mut Tx) -> Result<bool, StoreError> {
        let done = sqlx::query(UPDATE)
            .bind(&self.id)
            .bind(self.changed_at)
            .bind(self.before + 1)
            .bind(self.sealed.as_deref())
            .bind(self.submission.as_deref())
            .bind(self.mac(tx))
            .bind(self.before)
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(UPDATE))?;
        Ok(done.rows_affected() == 1)
    }

    /// A person has so many drafts and no more.
    async fn make_way(&self, tx: &mut Tx, most: u32) -> Result<(), StoreError> {
        let (cvr, person) = (self.owner.cvr.as_str(), self.owner.person.to_vec());
        let count: i64 = sqlx::query_scalar(COUNT)
            .bind(cvr)
            .bind(person.clone())
            .fetch_one(tx.connection())
            .await
            .map_err(StoreError::at(COUNT))?;
        let spare = count - i64::from(most);
        if spare > 0 {
            let query = sqlx::query(SPARE).bind(cvr).bind(person).bind(spare);
            query.execute(tx.connection()).await.map_err(StoreError::at(SPARE))?;
        }
        Ok(())
    }
}

/// It is not as it was when the change was made.
struct Changed;

impl Write for Put {
    type Answer = ();
    type Refusal = Changed;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Changed>> {
        let is_new = self.before == 0;
        let done = if is_new {
            self.insert(tx).await?
        } else {
            self.update(tx).await?
        };
        if !done {
            return Err(Fault::Refused(Changed));
        }
        if let (true, Some(terms)) = (is_new, self.terms) {
            self.make_way(tx, terms.most).await?;
        }
        Ok(())
    }
}

const FIND: &str = "-- store::drafts::find
SELECT id, employer_cvr, person, created_at, changed_at, version, sealed, submission_id, bound
FROM draft WHERE id = $1 AND employer_cvr = $2 AND person = $3 AND changed_at >= $4";

impl Store {
    /// What this owner has under this id, unless it was last changed before `since`.
    ///
    /// # Errors
    /// When the database does not answer. A row that is not what was written is nothing.
    pub async fn draft<T: serde::de::DeserializeOwned>(
        &self,
        owner: &DraftOwner,
        id: DraftId,
        since: Timestamp,
    ) -> Result<DraftFound<T>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(id.to_string())
            .bind(owner.cvr.as_str())
            .bind(owner.person.to_vec())
            .bind(since.as_millisecond())
            .fetch_optional(self.readers())
            .await;
        let Some(row) = row.map_err(StoreError::at(FIND))? else {
            return Ok(DraftFound::Nothing);
        };
        let read = self.readable(self.read_draft(&row))?;
        Ok(read.unwrap_or(DraftFound::Nothing))
    }

    fn read_draft<T: serde::de::DeserializeOwned>(&self, row: &AnyRow) -> Result<DraftFound<T>, StoreError> {
        let row = Reader::new(row, "draft", "id")?;
        bound::check(&row, "bound", &bound::of_draft(self.vault(), &row)?)?;
        if let Some(submission) = row.parse_optional("submission_id")? {
            return Ok(DraftFound::Sent(submission));
        }
        Ok(DraftFound::Open(Draft {
            content: sealing::unseal(self.vault(), &row, "sealed", DRAFT, row.name())?,
            version: DraftVersion {
                number: row.get("version")?,
                created_at: row.get("created_at")?,
            },
        }))
    }

    /// Keeps what was typed. `from` is the state that it was made from; `None` makes a new draft. Gives the state that it is in now.
    ///
    /// # Errors
    /// [`DraftError::Changed`] when that is not the newest state, or somebody else has a draft of this id.
    pub async fn draft_save<T: Serialize>(
        &self,
        owner: &DraftOwner,
        id: DraftId,
        from: Option<DraftVersion>,
        content: &T,
        terms: DraftTerms,
    ) -> Result<DraftVersion, DraftError> {
        let row = id.to_string();
        let sealed = sealing::seal(self.vault(), self.entropy(), DRAFT, &row, content)?;
        self.draft_put(owner, row, from, (Some(sealed), None), Some(terms))
            .await
    }

    /// Notes what became of a draft; what was typed is gone then.
    ///
    /// # Errors
    /// As [`Store::draft_save`].
    pub async fn draft_sent(
        &self,
        owner: &DraftOwner,
        id: DraftId,
        from: DraftVersion,
        submission: SubmissionId,
    ) -> Result<(), DraftError> {
        let submission = Some(submission.to_string());
        self.draft_put(owner, id.to_string(), Some(from), (None, submission), None)
            .await
            .map(drop)
    }

    async fn draft_put(
        &self,
        owner: &DraftOwner,
        id: String,
        from: Option<DraftVersion>,
        (sealed, submission): (Option<Vec<u8>>, Option<String>),
        terms: Option<DraftTerms>,
    ) -> Result<DraftVersion, DraftError> {
        let now = self.clock().now().as_millisecond();
        let put = Put {
            id,
            owner: owner.clone(),
            created_at: from.map_or(now, |version| version.created_at),
            changed_at: now,
            before: from.map_or(0, |version| version.number),
            sealed,
            submission,
            terms,
        };
        let version = DraftVersion {
            number: put.before + 1,
            created_at: put.created_at,
        };
        match self.writer().write(put).await {
            Ok(()) => Ok(version),
            Err(Fault::Refused(Changed)) => Err(DraftError::Changed),
            Err(Fault::Store(error)) => Err(DraftError::Store(error)),
        }
    }

    /// What a page of a draft carries, to show later whose page it was, also when the login has ended meanwhile. It lets somebody add to
    /// the draft, never read it.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn draft_ticket(&self, owner: &DraftOwner, id: DraftId) -> Result<String, StoreError> {
        let ticket = Ticket {
            cvr: owner.cvr.as_str().to_owned(),
            person: to_hex(&owner.person),
            at: self.clock().now().as_millisecond(),
        };
        let sealed = sealing::seal(self.vault(), self.entropy(), DRAFT_TICKET, &id.to_string(), &ticket)?;
        Ok(to_hex(&sealed))
    }

    /// Whose page it was, if the ticket is ours, of this draft, and made since a time.
    #[must_use]
    pub fn draft_ticket_owner(&self, ticket: &str, id: DraftId, since: Timestamp) -> Option<DraftOwner> {
        let sealed = Zeroizing::new(from_hex(ticket)?);
        let (table, column) = DRAFT_TICKET;
        let row = id.to_string();
        let place = Place {
            table,
            column,
            row: &row,
        };
        let plain = self.vault().unseal(place, &sealed).ok()?;
        let ticket: Ticket = serde_json::from_slice(&plain).ok()?;
        let owner = DraftOwner {
            cvr: Cvr::try_from(ticket.cvr.as_str()).ok()?,
            person: from_hex(&ticket.person)?.try_into().ok()?,
        };
        (ticket.at >= since.as_millisecond()).then_some(owner)
    }
}
