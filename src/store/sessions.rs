//! Logins on the pages. The browser holds 256 random bits, the database their SHA-256; see [`super::credentials`] for why no slow hash.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Holder, Store, StoreError,
    bound::{self, SessionParts},
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::{Caller, Proof},
    audit::{Actor, AuditEntry, Deed, Target},
    record::to_hex,
    value::Redacted,
};

/// `last_seen_at` is kept this exact.
const SEEN_KEPT_TO: SignedDuration = SignedDuration::from_mins(1);

/// A login just made. The token goes into the browser's cookie and nowhere else.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub id: Uuid,
    pub token: Redacted<String>,
}

/// A login that holds.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    pub caller: Caller,
    /// Keyed hash of who it is; the one of the whole company, municipality or authority where the login does not tell.
    pub person: [u8; 32],
    /// Goes into each form of the session's pages and must come back with it. Made from the token, so it needs no place to be kept.
    pub csrf: Redacted<String>,
    pub expires_at: Timestamp,
}

fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn csrf_of(token: &str) -> Redacted<String> {
    Redacted::new(to_hex(&Sha256::digest(format!("csrf {token}"))))
}

struct Begin {
    id: Uuid,
    token_hash: [u8; 32],
    holder: Holder,
    person: Option<[u8; 32]>,
    idle: i64,
    expires_at: Timestamp,
    audit: AuditEntry,
}

const BEGIN: &str = "-- store::sessions::begin
INSERT INTO session (id, token_hash, role, subject, created_at, last_seen_at, idle_ms, expires_at, bound, person)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)";

impl Write for Begin {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let id = self.id.to_string();
        let parts = SessionParts {
            id: &id,
            token_hash: &self.token_hash,
            role: self.holder.role().as_str(),
            subject: self.holder.subject(),
            created_at: self.audit.at.as_millisecond(),
            idle_ms: self.idle,
            expires_at: self.expires_at.as_millisecond(),
            person: self.person.as_ref().map(<[u8; 32]>::as_slice),
        };
        sqlx::query(BEGIN)
            .bind(&id)
            .bind(parts.token_hash)
            .bind(parts.role)
            .bind(parts.subject)
            .bind(parts.created_at)
            .bind(parts.idle_ms)
            .bind(parts.expires_at)
            .bind(parts.mac(&tx.watch.vault).to_vec())
            .bind(self.person.map(|person| person.to_vec()))
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(BEGIN))?;
        tx.audit(self.audit.clone());
        Ok(())
    }
}

struct Seen {
    id: Uuid,
    at: Timestamp,
}

const SEEN: &str = "-- store::sessions::seen
UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";

impl Write for Seen {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(SEEN)
            .bind(self.id.to_string())
            .bind(self.at.as_millisecond());
        query.execute(tx.connection()).await.map_err(StoreError::at(SEEN))?;
        Ok(())
    }
}

struct End {
    id: Uuid,
    audit: AuditEntry,
}

const END: &str = "-- store::sessions::end
UPDATE session SET ended_at = $2, bound = NULL WHERE id = $1 AND ended_at IS NULL";

impl Write for End {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(END)
            .bind(self.id.to_string())
            .bind(self.audit.at.as_millisecond());
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(END))?;
        if done.rows_affected() == 1 {
            tx.audit(self.audit.clone());
        }
        Ok(())
    }
}

const FIND: &str = "-- store::sessions::find
SELECT id, token_hash, role, subject, created_at, last_seen_at, idle_ms, expires_at, bound, person
FROM session WHERE token_hash = $1 AND ended_at IS NULL";

impl Store {
    /// Begins a login that ends after `idle` without a call, and after `longest` in any case.
    ///
    /// # Errors
    /// When the machine gives no random bytes or the database does not answer.
    pub async fn session_begin(
        &self,
        holder: Holder,
        idle: Duration,
        longest: Duration,
    ) -> Result<NewSession, StoreError> {
        self.session_begin_as(holder, None, idle, longest).await
    }

    /// The same, of a person whom the login names. Only a keyed hash of the name is kept.
    ///
    /// # Errors
    /// As [`Store::session_begin`].
    pub async fn session_begin_as(
        &self,
        holder: Holder,
        person: Option<&str>,
        idle: Duration,
        longest: Duration,
    ) -> Result<NewSession, StoreError> {
        let now = self.clock().now();
        let id = self.entropy().uuid(now)?;
        let token = Redacted::new(to_hex(&self.entropy().bytes::<32>()?));
        let actor = Actor::from(&holder.clone().caller(Proof::Session(id)));
        let work = Begin {
            id,
            token_hash: token_hash(token.expose()),
            person: person.map(|name| self.person_of(&holder, name)),
            holder,
            idle: i64::try_from(idle.as_millis()).unwrap_or(i64::MAX),
            expires_at: now + longest,
            audit: self.upkeep(actor, Deed::SessionStarted, Target::Session(id))?,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)?;
        Ok(NewSession { id, token })
    }

    /// The login of this token, if it holds; counts as a sign of life.
    ///
    /// # Errors
    /// When the database does not answer or the row does not fit.
    pub async fn session_find(&self, token: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        // The database compares hashes of what was shown: how long that takes tells nothing about the token.
        let row = sqlx::query(FIND)
            .bind(token_hash(token).to_vec())
            .fetch_optional(self.readers())
            .await;
        let Some(row) = row.map_err(StoreError::at(FIND))? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "session", "id")?;
        let proven = bound::of_session(self.vault(), &row).and_then(|due| bound::check(&row, "bound", &due));
        if self.readable(proven)?.is_none() {
            return Ok(None);
        }
        let (last_seen, expires_at) = (row.time("last_seen_at")?, row.time("expires_at")?);
        let quiet = now.duration_since(last_seen);
        if now >= expires_at || quiet > SignedDuration::from_millis(row.get("idle_ms")?) {
            return Ok(None);
        }
        let id: Uuid = row.parse("id")?;
        if quiet > SEEN_KEPT_TO {
            self.writer().write_if_idle(Seen { id, at: now });
        }
        let holder = Holder::read(&row)?;
        let person = match row.get::<Option<&[u8]>>("person")? {
            Some(_) => row.bytes("person")?,
            None => self.person_of(&holder, ""),
        };
        Ok(Some(Session {
            id,
            caller: holder.caller(Proof::Session(id)),
            person,
            csrf: csrf_of(token),
            expires_at,
        }))
    }

    /// The same name in another company is somebody else.
    fn person_of(&self, holder: &Holder, name: &str) -> [u8; 32] {
        let subject = holder.subject().unwrap_or_default();
        self.vault()
            .blind_index("person", format!("{subject} {name}").as_bytes())
    }

    /// Ends a login. A second time changes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session_end(&self, session: &Session) -> Result<(), StoreError> {
        let audit = self.upkeep(
            Actor::from(&session.caller),
            Deed::SessionEnded,
            Target::Session(session.id),
        )?;
        self.writer()
            .write(End { id: session.id, audit })
            .await
            .map_err(Fault::into_store_error)
    }
}
