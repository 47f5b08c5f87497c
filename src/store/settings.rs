//! What a municipality sets for itself: whom to tell when something is wrong, and where its system takes pings.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Store, StoreError,
    row::Reader,
    sealing::{self, seal},
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::AuditEntry,
    ping::{InvalidPingAddress, PingAddress, PingSecret, Reach},
    value::{Email, MunicipalityCode},
    vault::Vault,
};

/// How long the secret before the last one goes on signing, so that a receiver can change over without losing a ping.
const OLD_SECRET_SIGNS: SignedDuration = SignedDuration::from_hours(24);

/// What a municipality has set.
#[derive(Debug, Clone, Default)]
pub struct MunicipalitySettings {
    pub contact: Option<Email>,
    pub ping: Option<PingRegistration>,
}

/// Where pings go, without the secret.
#[derive(Debug, Clone)]
pub struct PingRegistration {
    pub address: PingAddress,
    pub changed_at: Timestamp,
    /// Until when the secret before this one signs too.
    pub old_secret_until: Option<Timestamp>,
}

/// What it takes to send a ping.
#[derive(Debug, Clone)]
pub struct PingTarget {
    pub address: PingAddress,
    /// Each of them signs; the newest first.
    pub secrets: Vec<PingSecret>,
}

/// `ping_address.sealed`
#[derive(Serialize, Deserialize)]
struct SealedAddress {
    url: String,
    secret: PingSecret,
    old: Option<OldSecret>,
}

#[derive(Serialize, Deserialize)]
struct OldSecret {
    secret: PingSecret,
    until: Timestamp,
}

impl SealedAddress {
    /// What was once taken in is read again whatever is set today: whether it may be reached is decided with each ping.
    fn address(&self) -> Result<PingAddress, InvalidPingAddress> {
        PingAddress::parse(&self.url, Reach::PublicAndLoopback)
    }
}

const CONTACT: &str = "-- store::settings::contact
SELECT municipality, sealed FROM municipality_contact WHERE municipality = $1";

const CONTACTS: &str = "-- store::settings::contacts
SELECT municipality, sealed FROM municipality_contact ORDER BY municipality";

const SET_CONTACT: &str = "-- store::settings::set_contact
INSERT INTO municipality_contact (municipality, changed_at, sealed) VALUES ($1, $2, $3)
ON CONFLICT (municipality) DO UPDATE SET changed_at = excluded.changed_at, sealed = excluded.sealed";

const NO_CONTACT: &str = "-- store::settings::no_contact
DELETE FROM municipality_contact WHERE municipality = $1";

struct SetContact {
    municipality: MunicipalityCode,
    sealed: Option<Vec<u8>>,
    audit: AuditEntry,
}

impl Write for SetContact {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let done = match &self.sealed {
            Some(sealed) => {
                let query = sqlx::query(SET_CONTACT)
                    .bind(self.municipality.as_str())
                    .bind(self.audit.at.as_millisecond())
                    .bind(sealed.as_slice());
                let done = query.execute(tx.connection()).await;
                done.map_err(StoreError::at(SET_CONTACT))?
            }
            None => {
                let query = sqlx::query(NO_CONTACT).bind(self.municipality.as_str());
                let done = query.execute(tx.connection()).await;
                done.map_err(StoreError::at(NO_CONTACT))?
            }
        };
        if done.rows_affected() > 0 {
            tx.audit(self.audit.clone());
        }
        Ok(())
    }
}

const ADDRESS: &str = "-- store::settings::address
SELECT municipality, changed_at, sealed FROM ping_address WHERE municipality = $1";

const REGISTER: &str = "-- store::settings::register
INSERT INTO ping_address (municipality, changed_at, from_sequence, sealed)
VALUES ($1, $2, COALESCE((SELECT last_sequence FROM municipality_feed WHERE municipality = $1), 0), $3)
ON CONFLICT (municipality) DO UPDATE SET changed_at = excluded.changed_at, sealed = excluded.sealed";

struct Register {
    municipality: MunicipalityCode,
    address: PingAddress,
    secret: PingSecret,
    vault: Vault,
    audit: AuditEntry,
}

impl Write for Register {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(ADDRESS).bind(self.municipality.as_str());
        let before = query.fetch_optional(tx.connection()).await;
        let before = before.map_err(StoreError::at(ADDRESS))?;
        let before = before.map(|row| read_address(&self.vault, &row)).transpose()?;
        let content = SealedAddress {
            url: self.address.expose().to_owned(),
            secret: self.secret.clone(),
            old: before.map(|(before, _)| OldSecret {
                secret: before.secret,
                until: self.audit.at + OLD_SECRET_SIGNS,
            }),
        };
        let code = self.municipality.as_str();
        let sealed = seal(&self.vault, &tx.entropy, sealing::PING_ADDRESS, code, &content)?;
        sqlx::query(REGISTER)
            .bind(code)
            .bind(self.audit.at.as_millisecond())
            .bind(sealed)
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(REGISTER))?;
        tx.audit(self.audit.clone());
        Ok(())
    }
}

const REMOVE: &str = "-- store::settings::remove
DELETE FROM ping_address WHERE municipality = $1";

/// What waits has nowhere to go any more.
const CALL_OFF: &str = "-- store::settings::call_off
UPDATE ping SET given_up_at = $2, lease_token = NULL, last_error = 'address-removed'
WHERE municipality = $1 AND done_at IS NULL AND given_up_at IS NULL";

struct Remove {
    municipality: MunicipalityCode,
    audit: AuditEntry,
}

impl Write for Remove {
    type Answer = bool;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<bool, Fault<Self::Refusal>> {
        let query = sqlx::query(REMOVE).bind(self.municipality.as_str());
        let done = query.execute(tx.connection()).await.map_err(StoreError::at(REMOVE))?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(CALL_OFF)
            .bind(self.municipality.as_str())
            .bind(self.audit.at.as_millisecond())
            .execute(tx.connection())
            .await
            .map_err(StoreError::at(CALL_OFF))?;
        tx.audit(self.audit.clone());
        Ok(true)
    }
}

impl Store {
    /// What a municipality has set for itself.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn settings_of(
        &self,
        municipality: &MunicipalityCode,
        now: Timestamp,
    ) -> Result<MunicipalitySettings, StoreError> {
        let query = sqlx::query(CONTACT).bind(municipality.as_str());
        let contact = query.fetch_optional(self.readers()).await;
        let contact = contact.map_err(StoreError::at(CONTACT))?;
        let contact = contact.map(|row| read_contact(self.vault(), &row)).transpose()?;
        let ping = self.address_of(municipality).await?;
        let ping = ping.map(|(content, changed_at, address)| PingRegistration {
            address,
            changed_at,
            old_secret_until: content.old.map(|old| old.until).filter(|until| now < *until),
        });
        Ok(MunicipalitySettings {
            contact: contact.map(|(_, email)| email),
            ping,
        })
    }

    /// Whom to tell at each municipality that has said it.
    ///
    /// # Errors
    /// As [`Store::settings_of`].
    pub async fn contacts(&self) -> Result<BTreeMap<MunicipalityCode, Email>, StoreError> {
        let rows = sqlx::query(CONTACTS).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(CONTACTS))?;
        rows.iter().map(|row| read_contact(self.vault(), row)).collect()
    }

    /// Sets whom to tell, or nobody. `audit` is the entry for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_contact(
        &self,
        municipality: &MunicipalityCode,
        contact: Option<&Email>,
        audit: AuditEntry,
    ) -> Result<(), StoreError> {
        let (vault, entropy) = (self.vault(), self.entropy());
        let code = municipality.as_str();
        let sealed = contact.map(|email| seal(vault, entropy, sealing::CONTACT, code, email));
        let work = SetContact {
            municipality: *municipality,
            sealed: sealed.transpose()?,
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Registers where pings go and gives a new secret for it, which nobody can read back. The secret before it, if there is one, goes on
    /// signing besides for 24 hours. `audit` is the entry for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register_ping(
        &self,
        municipality: &MunicipalityCode,
        address: PingAddress,
        audit: AuditEntry,
    ) -> Result<PingSecret, StoreError> {
        let secret = PingSecret::from_random(self.entropy().bytes()?);
        let work = Register {
            municipality: *municipality,
            address,
            secret: secret.clone(),
            vault: self.vault().clone(),
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)?;
        Ok(secret)
    }

    /// Sends no more pings. False when there were none to be sent. `audit` is the entry for it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_ping(&self, municipality: &MunicipalityCode, audit: AuditEntry) -> Result<bool, StoreError> {
        let work = Remove {
            municipality: *municipality,
            audit,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }

    /// Where to send a ping, and with which secrets it is signed now. `None` when the municipality wants none (any more).
    ///
    /// # Errors
    /// As [`Store::settings_of`].
    pub async fn ping_target(
        &self,
        municipality: &MunicipalityCode,
        now: Timestamp,
    ) -> Result<Option<PingTarget>, StoreError> {
        let found = self.address_of(municipality).await?;
        Ok(found.map(|(content, _, address)| {
            let old = content.old.filter(|old| now < old.until).map(|old| old.secret);
            PingTarget {
                address,
                secrets: std::iter::once(content.secret).chain(old).collect(),
            }
        }))
    }

    async fn address_of(
        &self,
        municipality: &MunicipalityCode,
    ) -> Result<Option<(SealedAddress, Timestamp, PingAddress)>, StoreError> {
        let query = sqlx::query(ADDRESS).bind(municipality.as_str());
        let row = query.fetch_optional(self.readers()).await;
        let Some(row) = row.map_err(StoreError::at(ADDRESS))? else {
            return Ok(None);
        };
        let (content, changed_at) = read_address(self.vault(), &row)?;
        let address = content.address();
        let address = address
            .map_err(|error| Reader::named(&row, "ping_address", municipality.to_string()).bad("sealed", error))?;
        Ok(Some((content, changed_at, address)))
    }

    /// The entry for what a municipality does to its settings or pings, which is written with it.
    pub fn settings_entry(
        &self,
        grant: &crate::access::Grant,
        transaction_id: Uuid,
        deed: crate::audit::Deed,
    ) -> AuditEntry {
        super::audited::entry(self, grant, transaction_id, deed, crate::audit::Target::Settings)
    }
}

fn read_contact(vault: &Vault, row: &sqlx::any::AnyRow) -> Result<(MunicipalityCode, Email), StoreError> {
    let row = Reader::new(row, "municipality_contact", "municipality")?;
    let email = sealing::unseal(vault, &row, "sealed", sealing::CONTACT, row.name())?;
    Ok((row.parse("municipality")?, email))
}

fn read_address(vault: &Vault, row: &sqlx::any::AnyRow) -> Result<(SealedAddress, Timestamp), StoreError> {
    let row = Reader::new(row, "ping_address", "municipality")?;
    let content = sealing::unseal(vault, &row, "sealed", sealing::PING_ADDRESS, row.name())?;
    Ok((content, row.time("changed_at")?))
}
