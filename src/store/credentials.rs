//! Keys of callers: `fp_` for those who search for leaked secrets, a letter for the role, the id by which the row is found, and 256
//! random bits. Only the SHA-256 of those bits is stored: no dictionary holds them, so a slow hash would protect nothing and cost
//! every call.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    Holder, Page, PageRequest, Store, StoreError,
    bound::{self, CredentialParts},
    for_each::ForEach,
    readers::Readers,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    access::{Caller, Proof},
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    record::to_hex,
    value::{CredentialId, Redacted},
    vault::Vault,
};

const PREFIX: &str = "fp";

/// `last_used_at` is kept this exact: a write for each call would be too many.
const USE_KEPT_TO: SignedDuration = SignedDuration::from_hours(1);

/// A key just made. Shown once; nobody can read it back.
#[derive(Debug, Clone)]
pub struct NewCredential {
    pub id: CredentialId,
    pub key: Redacted<String>,
}

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub id: CredentialId,
    pub holder: Holder,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    /// To the hour.
    pub last_used_at: Option<Timestamp>,
}

impl Credential {
    /// Whether it opens anything now.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

fn letter(holder: &Holder) -> &'static str {
    match holder {
        Holder::Employer(_) => "e",
        Holder::Municipality(_) => "m",
        Holder::Kl => "k",
        Holder::Operator => "o",
    }
}

fn write_key(holder: &Holder, id: CredentialId, secret: &[u8; 32]) -> String {
    format!(
        "{PREFIX}_{}_{}_{}",
        letter(holder),
        id.as_uuid().simple(),
        to_hex(secret)
    )
}

/// The id and the hash of the secret. The letter is for people; who the holder is, the row says.
fn read_key(key: &str) -> Option<(CredentialId, [u8; 32])> {
    let mut parts = key.split('_');
    let (prefix, _letter, id, secret) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if prefix != PREFIX || parts.next().is_some() || secret.len() != 64 {
        return None;
    }
    Some((
        CredentialId::from_uuid(Uuid::try_parse(id).ok()?),
        Sha256::digest(secret).into(),
    ))
}

struct Create {
    id: CredentialId,
    holder: Holder,
    secret_hash: [u8; 32],
    expires_at: Timestamp,
    audit: AuditEntry,
}

const CREATE: &str = "-- store::credentials::create
INSERT INTO credential (id, role, subject, secret_hash, created_at, expires_at, bound)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

impl Write for Create {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let id = self.id.to_string();
        let parts = CredentialParts {
            id: &id,
            role: self.holder.role().as_str(),
            subject: self.holder.subject(),
            secret_hash: &self.secret_hash,
            created_at: self.audit.at.as_millisecond(),
            expires_at: self.expires_at.as_millisecond(),
            revoked_at: None,
        };
        sqlx::query(CREATE)
            .bind(&id)
            .bind(parts.role)
            .bind(parts.subject)
            .bind(parts.secret_hash)
            .bind(parts.created_at)
            .bind(parts.expires_at)
            .bind(parts.mac(&tx.watch.vault).to_vec())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(CREATE))?;
        tx.audit(self.audit.clone());
        Ok(())
    }
}

struct Revoke {
    id: CredentialId,
    audit: AuditEntry,
}

/// A row that does not prove itself is revoked too, and keeps the proof that does not fit.
const REVOKE: &str = "-- store::credentials::revoke
UPDATE credential SET revoked_at = $2, bound = COALESCE($3, bound) WHERE id = $1 AND revoked_at IS NULL";

impl Write for Revoke {
    type Answer = bool;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<bool, Fault<Self::Refusal>> {
        let at = self.audit.at.as_millisecond();
        let proof = self.proof(tx, at).await?;
        let done = sqlx::query(REVOKE)
            .bind(self.id.to_string())
            .bind(at)
            .bind(proof.map(|proof| proof.to_vec()))
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(REVOKE))?;
        let revoked = done.rows_affected() == 1;
        if revoked {
            tx.audit(self.audit.clone());
        }
        Ok(revoked)
    }
}

impl Revoke {
    /// The proof of the row once it is revoked, where it has one now.
    async fn proof(&self, tx: &mut Tx, at: i64) -> Result<Option<[u8; 32]>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(self.id.to_string())
            .fetch_optional(tx.connection())
            .await;
        let Some(row) = row.map_err(StoreError::at(FIND))? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "credential", "id")?;
        let vault = &tx.watch.vault;
        if bound::check(&row, "bound", &bound::of_credential(vault, &row)?).is_err() {
            return Ok(None);
        }
        let parts = CredentialParts {
            id: row.name(),
            role: row.get("role")?,
            subject: row.get("subject")?,
            secret_hash: row.get("secret_hash")?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            revoked_at: Some(at),
        };
        Ok(Some(parts.mac(vault)))
    }
}

struct Used {
    id: CredentialId,
    at: Timestamp,
}

const USED: &str = "-- store::credentials::used
UPDATE credential SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";

impl Write for Used {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(USED)
            .bind(self.id.to_string())
            .bind(self.at.as_millisecond());
        query.execute(tx.connection()).await.map_err(StoreError::at(USED))?;
        Ok(())
    }
}

const FIND: &str = "-- store::credentials::find
SELECT id, role, subject, secret_hash, created_at, expires_at, revoked_at, last_used_at, bound
FROM credential WHERE id = $1";

/// The same for all callers that come at once.
static FIND_EACH: ForEach = ForEach::new(
    "-- store::credentials::find_each",
    "SELECT id, role, subject, secret_hash, created_at, expires_at, revoked_at, last_used_at, bound FROM credential WHERE id = {1}",
    1,
);

/// Looks up the rows of these ids, on one connection.
pub(super) fn look_up(
    readers: Readers,
    ids: Vec<String>,
) -> BoxFuture<'static, Result<Vec<Option<AnyRow>>, StoreError>> {
    Box::pin(async move {
        let mut loan = readers.lend_one().await?;
        let found = FIND_EACH.rows(loan.connection(), &ids, |query, id| {
            query.bind(id.map_or("", String::as_str))
        });
        let found = found.await;
        loan.back_after(&found);
        let mut found = found?;
        let of = |place| found.remove(&place).and_then(|mut rows| rows.pop());
        Ok((0..ids.len()).map(of).collect())
    })
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    let one_by_one = [LIST, FIND, USED, REVOKE].map(str::to_owned);
    one_by_one
        .into_iter()
        .chain([FIND_EACH.text(1), FIND_EACH.text(8)])
        .collect()
}

const LIST: &str = "-- store::credentials::list
SELECT id, role, subject, secret_hash, created_at, expires_at, revoked_at, last_used_at, bound FROM credential
WHERE id < $1 ORDER BY id DESC LIMIT $2";

impl Store {
    /// Makes a key.
    ///
    /// # Errors
    /// When the machine gives no random bytes or the database does not answer.
    pub async fn credential_create(
        &self,
        holder: Holder,
        expires_at: Timestamp,
        by: Actor,
    ) -> Result<NewCredential, StoreError> {
        let now = self.clock().now();
        let id = CredentialId::from_uuid(self.entropy().uuid(now)?);
        let key = Redacted::new(write_key(&holder, id, &self.entropy().bytes()?));
        let (_, secret_hash) = read_key(key.expose()).expect("a key that was just written can be read");
        let audit = self.upkeep(by, Deed::CredentialCreated, Target::Credential(id))?;
        let work = Create {
            id,
            holder,
            secret_hash,
            expires_at,
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)?;
        Ok(NewCredential { id, key })
    }

    /// Makes a key open nothing from now on. False when there is none, or it was revoked before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn credential_revoke(&self, id: CredentialId, by: Actor) -> Result<bool, StoreError> {
        let audit = self.upkeep(by, Deed::CredentialRevoked, Target::Credential(id))?;
        self.writer()
            .write(Revoke { id, audit })
            .await
            .map_err(Fault::into_store_error)
    }

    /// All keys, newest first.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn credentials(&self, page: PageRequest<CredentialId>) -> Result<Page<Credential>, StoreError> {
        let query = sqlx::query(LIST).bind(page.before()).bind(page.fetch());
        let rows = query.fetch_all(self.readers()).await.map_err(StoreError::at(LIST))?;
        self.page_of(&rows, page, |row| {
            read(self.vault(), &Reader::new(row, "credential", "id")?)
        })
    }

    /// Who shows this key. `None` for one that is malformed, unknown, wrong, expired or revoked: the caller is not told which.
    ///
    /// # Errors
    /// When the database does not answer or the row does not fit.
    pub async fn caller_of_key(&self, key: &str, now: Timestamp) -> Result<Option<Caller>, StoreError> {
        let Some((id, shown)) = read_key(key) else {
            return Ok(None);
        };
        let Some(row) = self.0.credentials.ask_one(id.to_string()).await? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "credential", "id")?;
        // A key of which the row was changed past the service opens nothing, whoever it is now said to belong to.
        let Some(credential) = self.readable(read(self.vault(), &row))? else {
            return Ok(None);
        };
        let stored: [u8; 32] = row.bytes("secret_hash")?;
        if !bool::from(stored.ct_eq(&shown)) || !credential.is_valid(now) {
            return Ok(None);
        }
        if credential
            .last_used_at
            .is_none_or(|last| now.duration_since(last) > USE_KEPT_TO)
        {
            self.writer().write_if_idle(Used { id, at: now });
        }
        Ok(Some(credential.holder.caller(Proof::Credential(id))))
    }

    /// An audit entry about keys and logins.
    pub(super) fn upkeep(&self, actor: Actor, deed: Deed, target: Target) -> Result<AuditEntry, StoreError> {
        let at = self.clock().now();
        let transaction_id = self.entropy().uuid(at)?;
        Ok(AuditEntry {
            at,
            actor,
            deed,
            target,
            purpose: Purpose::Operation,
            transaction_id,
        })
    }
}

fn read(vault: &Vault, row: &Reader<'_>) -> Result<Credential, StoreError> {
    bound::check(row, "bound", &bound::of_credential(vault, row)?)?;
    Ok(Credential {
        id: row.parse("id")?,
        holder: Holder::read(row)?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        revoked_at: row.time_optional("revoked_at")?,
        last_used_at: row.time_optional("last_used_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_kind_and_id_and_reads_back() {
        let id = CredentialId::from_uuid(Uuid::from_u128(7));
        let key = write_key(&Holder::Kl, id, &[0xab; 32]);
        assert!(key.starts_with("fp_k_00000000000000000000000000000007_abab"), "{key}");
        assert_eq!(read_key(&key).unwrap().0, id);
        for wrong in [
            "",
            "fp",
            "fp_e_1_2",
            &key[1..],
            &key[..key.len() - 1],
            &format!("{key}_x"),
            &format!("{key}0"),
        ] {
            assert!(read_key(wrong).is_none(), "{wrong}");
        }
    }
}
