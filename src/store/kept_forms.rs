//! What a form brought that was not carried out, because the login had ended meanwhile or something in it is wrong: sealed, for the one
//! who typed it and nobody else, gone after a while. Nobody else can ask for it, so no reading has to be written down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Session, Store, StoreError,
    bound::{self, KeptFormParts},
    row::Reader,
    sealing::{self, FORM_TICKET, KEPT_FORM},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::{Caller, Role},
    record::{from_hex, to_hex},
    vault::Place,
};

/// Whose a form is: one person, for one company, municipality or authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormOwner {
    pub role: Role,
    /// CVR number or municipality code; empty where the role says it all.
    pub subject: String,
    /// Keyed hash of who it is; see [`Session::person`].
    pub person: [u8; 32],
}

impl From<&Session> for FormOwner {
    fn from(session: &Session) -> Self {
        let subject = match &session.caller {
            Caller::Employer { cvr, .. } => cvr.as_str().to_owned(),
            Caller::Municipality { code, .. } => code.as_str().to_owned(),
            Caller::Anonymous | Caller::Kl { .. } | Caller::Operator { .. } => String::new(),
        };
        Self {
            role: session.caller.role(),
            subject,
            person: session.person,
        }
    }
}

/// Why a form was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotCarriedOut {
    /// It was sent from a page of a login that had ended.
    LoginEnded,
    /// Something in it is wrong.
    Faulty,
}

/// What a form brought. Prints nothing of it.
#[derive(Serialize, Deserialize)]
pub struct KeptForm {
    /// The address of the page that the form stands on.
    pub page: String,
    /// Where it was sent to.
    pub action: String,
    pub why: NotCarriedOut,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    role: String,
    subject: String,
    person: String,
    page: String,
    at: i64,
}

struct Keep {
    id: Uuid,
    owner: FormOwner,
    created_at: i64,
    sealed: Vec<u8>,
    most: u32,
}

const INSERT: &str = "-- store::kept_forms::insert
INSERT INTO kept_form (id, role, subject, person, created_at, sealed, bound) VALUES ($1, $2, $3, $4, $5, $6, $7)";

const COUNT: &str = "-- store::kept_forms::count
SELECT COUNT(*) FROM kept_form WHERE role = $1 AND subject = $2 AND person = $3";

const SPARE: &str = "-- store::kept_forms::spare
DELETE FROM kept_form WHERE id IN (SELECT id FROM kept_form WHERE role = $1 AND subject = $2 AND person = $3
    ORDER BY created_at, id LIMIT $4)";

impl Keep {
    async fn insert(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let id = self.id.to_string();
        let parts = KeptFormParts {
            id: &id,
            role: self.owner.role.as_str(),
            subject: &self.owner.subject,
            person: &self.owner.person,
            created_at: self.created_at,
            sealed: &self.sealed,
        };
        sqlx::query(INSERT)
            .bind(parts.id)
            .bind(parts.role)
            .bind(parts.subject)
            .bind(parts.person)
            .bind(parts.created_at)
            .bind(parts.sealed)
            .bind(parts.mac(&tx.watch.vault).to_vec())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(INSERT))?;
        Ok(())
    }

    /// A person has so many forms and no more.
    async fn make_way(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let FormOwner { role, subject, person } = &self.owner;
        let count: i64 = sqlx::query_scalar(COUNT)
            .bind(role.as_str())
            .bind(subject)
            .bind(person.as_slice())
            .fetch_one(tx.connection())
            .await
            .map_err(StoreError::at(COUNT))?;
        let spare = count - i64::from(self.most);
        if spare > 0 {
            sqlx::query(SPARE)
                .bind(role.as_str())
                .bind(subject)
                .bind(person.as_slice())
                .bind(spare)
                .execute(tx.connection())
                .await
                .map_err(StoreError::at(SPARE))?;
        }
        Ok(())
    }
}

impl Write for Keep {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        self.insert(tx).await?;
        self.make_way(tx).await?;
        Ok(())
    }
}

struct Forget {
    id: Uuid,
    owner: FormOwner,
}

const FORGET: &str = "-- store::kept_forms::forget
DELETE FROM kept_form WHERE id = $1 AND role = $2 AND subject = $3 AND person = $4";

impl Write for Forget {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        sqlx::query(FORGET)
            .bind(self.id.to_string())
            .bind(self.owner.role.as_str())
            .bind(&self.owner.subject)
            .bind(self.owner.person.as_slice())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(FORGET))?;
        Ok(())
    }
}

const FIND: &str = "-- store::kept_forms::find
SELECT id, role, subject, person, created_at, sealed, bound FROM kept_form
WHERE id = $1 AND role = $2 AND subject = $3 AND person = $4 AND created_at >= $5";

impl Store {
    /// Keeps what a form brought; the id that finds it again.
    ///
    /// # Errors
    /// When the machine gives no random bytes or the database can't be written to.
    pub async fn keep_form(&self, owner: &FormOwner, form: &KeptForm, most: u32) -> Result<Uuid, StoreError> {
        let now = self.clock().now();
        let id = self.entropy().uuid(now)?;
        let keep = Keep {
            id,
            owner: owner.clone(),
            created_at: now.as_millisecond(),
            sealed: sealing::seal(self.vault(), self.entropy(), KEPT_FORM, &id.to_string(), form)?,
            most,
        };
        self.writer().write(keep).await.map_err(Fault::into_store_error)?;
        Ok(id)
    }

    /// What this owner has under this id, unless it was kept before `since`.
    ///
    /// # Errors
    /// When the database does not answer. A row that is not what was written is none.
    pub async fn kept_form(
        &self,
        owner: &FormOwner,
        id: Uuid,
        since: Timestamp,
    ) -> Result<Option<KeptForm>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(id.to_string())
            .bind(owner.role.as_str())
            .bind(&owner.subject)
            .bind(owner.person.as_slice())
            .bind(since.as_millisecond())
            .fetch_optional(self.readers())
            .await;
        let Some(row) = row.map_err(StoreError::at(FIND))? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "kept_form", "id")?;
        let read = bound::of_kept_form(self.vault(), &row)
            .and_then(|due| bound::check(&row, "bound", &due))
            .and_then(|()| sealing::unseal(self.vault(), &row, "sealed", KEPT_FORM, row.name()));
        self.readable(read)
    }

    /// Forgets a form once it was carried out. One that is not there, or somebody else's, stays as it is.
    ///
    /// # Errors
    /// When the database can't be written to.
    pub async fn forget_form(&self, owner: &FormOwner, id: Uuid) -> Result<(), StoreError> {
        let forget = Forget {
            id,
            owner: owner.clone(),
        };
        self.writer().write(forget).await.map_err(Fault::into_store_error)
    }

    /// What a form carries, to show later whose page it stands on, also when the login has ended meanwhile. It lets somebody leave
    /// something for the owner, never read or do anything.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn form_ticket(&self, owner: &FormOwner, page: &str) -> Result<String, StoreError> {
        let ticket = Ticket {
            role: owner.role.as_str().to_owned(),
            subject: owner.subject.clone(),
            person: to_hex(&owner.person),
            page: page.to_owned(),
            at: self.clock().now().as_millisecond(),
        };
        let sealed = sealing::seal(self.vault(), self.entropy(), FORM_TICKET, "", &ticket)?;
        Ok(to_hex(&sealed))
    }

    /// Whose page it was and which, if the ticket is ours and made since a time.
    #[must_use]
    pub fn form_ticket_of(&self, ticket: &str, since: Timestamp) -> Option<(FormOwner, String)> {
        let sealed = Zeroizing::new(from_hex(ticket)?);
        let (table, column) = FORM_TICKET;
        let place = Place { table, column, row: "" };
        let plain = self.vault().unseal(place, &sealed).ok()?;
        let ticket: Ticket = serde_json::from_slice(&plain).ok()?;
        let owner = FormOwner {
            role: Role::from_code(&ticket.role)?,
            subject: ticket.subject,
            person: from_hex(&ticket.person)?.try_into().ok()?,
        };
        (ticket.at >= since.as_millisecond()).then_some((owner, ticket.page))
    }
}
