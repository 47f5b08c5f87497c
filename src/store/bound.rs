//! What proves a row: keyed digests over the columns that decide who may see it. A column edited past the service is found when the row
//! is read, and the row is refused.

use super::{StoreError, row::Reader};
use crate::{record::Digest, vault::Vault};

/// The row is not what this installation wrote, or was never given its proof.
#[derive(Debug, thiserror::Error)]
#[error("the row was changed past the service")]
pub(super) struct NotBound;

/// Values one after the other, each behind its length, so that none can run into the next; what is absent differs from what is empty.
#[derive(Default)]
struct Parts(Vec<u8>);

impl Parts {
    fn bytes(mut self, value: Option<&[u8]>) -> Self {
        match value {
            None => self.0.push(0),
            Some(bytes) => {
                self.0.push(1);
                self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
                self.0.extend_from_slice(bytes);
            }
        }
        self
    }

    fn text(self, value: &str) -> Self {
        self.bytes(Some(value.as_bytes()))
    }

    fn optional(self, value: Option<&str>) -> Self {
        self.bytes(value.map(str::as_bytes))
    }

    fn number(self, value: i64) -> Self {
        self.bytes(Some(&value.to_be_bytes()))
    }

    fn optional_number(self, value: Option<i64>) -> Self {
        self.bytes(value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    fn mac(&self, vault: &Vault, table: &'static str) -> Digest {
        vault.mac(table, &[&self.0])
    }
}

/// What never changes in a row of `submission`.
pub(super) struct SubmissionParts<'a> {
    pub id: &'a str,
    pub receipt_number: &'a str,
    pub received_at: i64,
    pub channel: &'a str,
    pub sender_cvr: &'a str,
    pub sender_credential_id: Option<&'a str>,
    pub employer_cvr: &'a str,
    pub form: [&'a str; 3],
    pub digest: &'a [u8],
}

impl SubmissionParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        let parts = Parts::default()
            .text(self.id)
            .text(self.receipt_number)
            .number(self.received_at)
            .text(self.channel)
            .text(self.sender_cvr)
            .optional(self.sender_credential_id)
            .text(self.employer_cvr);
        let parts = self.form.iter().fold(parts, |parts, form| parts.text(form));
        parts.bytes(Some(self.digest)).mac(vault, "submission")
    }
}

/// What never changes in a row of `report`.
pub(super) struct ReportParts<'a> {
    pub id: &'a str,
    pub submission_id: &'a str,
    pub position: i64,
    pub employer_cvr: &'a str,
    pub kind: &'a str,
    pub content_kind: &'a str,
    pub corrects_id: Option<&'a str>,
    pub correction_action: Option<&'a str>,
    pub cpr_index: &'a [u8],
    pub content_digest: &'a [u8],
}

impl ReportParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.id)
            .text(self.submission_id)
            .number(self.position)
            .text(self.employer_cvr)
            .text(self.kind)
            .text(self.content_kind)
            .optional(self.corrects_id)
            .optional(self.correction_action)
            .bytes(Some(self.cpr_index))
            .bytes(Some(self.content_digest))
            .mac(vault, "report")
    }
}

/// Where a report is, and how it stands there.
pub(super) struct StateParts<'a> {
    pub id: &'a str,
    pub state: &'a str,
    pub at: i64,
    pub by: Option<&'a str>,
    pub detail: Option<&'a str>,
    pub municipality: Option<&'a str>,
    pub version: i64,
}

impl StateParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.id)
            .text(self.state)
            .number(self.at)
            .optional(self.by)
            .optional(self.detail)
            .optional(self.municipality)
            .number(self.version)
            .mac(vault, "report_state")
    }
}

/// All of a key but when it was last used.
pub(super) struct CredentialParts<'a> {
    pub id: &'a str,
    pub role: &'a str,
    pub subject: Option<&'a str>,
    pub secret_hash: &'a [u8],
    pub created_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
}

impl CredentialParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.id)
            .text(self.role)
            .optional(self.subject)
            .bytes(Some(self.secret_hash))
            .number(self.created_at)
            .number(self.expires_at)
            .optional_number(self.revoked_at)
            .mac(vault, "credential")
    }
}

/// All of a login but when it was last seen. One that has ended has no proof any more, so it can't be woken.
pub(super) struct SessionParts<'a> {
    pub id: &'a str,
    pub token_hash: &'a [u8],
    pub role: &'a str,
    pub subject: Option<&'a str>,
    pub created_at: i64,
    pub idle_ms: i64,
    pub expires_at: i64,
    pub person: Option<&'a [u8]>,
}

impl SessionParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        let parts = Parts::default()
            .text(self.id)
            .bytes(Some(self.token_hash))
            .text(self.role)
            .optional(self.subject)
            .number(self.created_at)
            .number(self.idle_ms)
            .number(self.expires_at);
        // Logins of before there were persons keep their proof.
        match self.person {
            Some(person) => parts.bytes(Some(person)),
            None => parts,
        }
        .mac(vault, "session")
    }
}

/// All of a draft.
pub(super) struct DraftParts<'a> {
    pub id: &'a str,
    pub employer_cvr: &'a str,
    pub person: &'a [u8],
    pub created_at: i64,
    pub changed_at: i64,
    pub version: i64,
    pub sealed: Option<&'a [u8]>,
    pub submission_id: Option<&'a str>,
}

impl DraftParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.id)
            .text(self.employer_cvr)
            .bytes(Some(self.person))
            .number(self.created_at)
            .number(self.changed_at)
            .number(self.version)
            .bytes(self.sealed)
            .optional(self.submission_id)
            .mac(vault, "draft")
    }
}

/// All of a kept form.
pub(super) struct KeptFormParts<'a> {
    pub id: &'a str,
    pub role: &'a str,
    pub subject: &'a str,
    pub person: &'a [u8],
    pub created_at: i64,
    pub sealed: &'a [u8],
}

impl KeptFormParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.id)
            .text(self.role)
            .text(self.subject)
            .bytes(Some(self.person))
            .number(self.created_at)
            .bytes(Some(self.sealed))
            .mac(vault, "kept_form")
    }
}

/// From where to where a feed goes.
pub(super) struct FeedParts<'a> {
    pub municipality: &'a str,
    pub last_sequence: i64,
    pub head_digest: &'a [u8],
    pub floor_sequence: i64,
    pub floor_digest: Option<&'a [u8]>,
}

impl FeedParts<'_> {
    pub fn mac(&self, vault: &Vault) -> Digest {
        Parts::default()
            .text(self.municipality)
            .number(self.last_sequence)
            .bytes(Some(self.head_digest))
            .number(self.floor_sequence)
            .bytes(self.floor_digest)
            .mac(vault, "municipality_feed")
    }
}

/// The end of the audit.
pub(super) fn audit_head(vault: &Vault, last_sequence: i64, digest: &Digest) -> Digest {
    Parts::default()
        .number(last_sequence)
        .bytes(Some(digest))
        .mac(vault, "audit_head")
}

/// Where keyed entries of the audit begin, and whether all rows have their proof.
pub(super) fn proof_mark(vault: &Vault, keyed_from: i64, keyed_after: &Digest, complete: bool) -> Digest {
    Parts::default()
        .number(keyed_from)
        .bytes(Some(keyed_after))
        .number(complete.into())
        .mac(vault, "proof_mark")
}

/// A named moment.
pub(super) fn moment(vault: &Vault, name: &str, at: i64) -> Digest {
    Parts::default().text(name).number(at).mac(vault, "moment")
}

/// Whether a row has the proof that it must have. Compared as they are: whoever can try values here can read them too.
pub(super) fn check(row: &Reader<'_>, column: &'static str, due: &Digest) -> Result<(), StoreError> {
    match row.get::<Option<&[u8]>>(column)? {
        Some(found) if found == due.as_slice() => Ok(()),
        Some(_) | None => Err(row.bad(column, NotBound)),
    }
}

/// The proofs that a row with `report_columns!` must have.
pub(super) fn of_report(vault: &Vault, row: &Reader<'_>) -> Result<(Digest, Digest), StoreError> {
    let fixed = ReportParts {
        id: row.name(),
        submission_id: row.get("submission_id")?,
        position: row.get("position")?,
        employer_cvr: row.get("report_employer")?,
        kind: row.get("kind")?,
        content_kind: row.get("content_kind")?,
        corrects_id: row.get("corrects_id")?,
        correction_action: row.get("correction_action")?,
        cpr_index: row.get("cpr_index")?,
        content_digest: row.get("content_digest")?,
    };
    Ok((fixed.mac(vault), of_state(vault, row)?))
}

/// The proof of the state that a row with the columns of the state must have.
pub(super) fn of_state(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let state = StateParts {
        id: row.name(),
        state: row.get("state")?,
        at: row.get("state_at")?,
        by: row.get("state_by_id")?,
        detail: row.get("state_detail")?,
        municipality: row.get("municipality")?,
        version: row.get("version")?,
    };
    Ok(state.mac(vault))
}

/// Whether a row with `report_columns!` is what was written.
pub(super) fn check_report(vault: &Vault, row: &Reader<'_>) -> Result<(), StoreError> {
    let (fixed, state) = of_report(vault, row)?;
    check(row, "report_bound", &fixed)?;
    check(row, "state_bound", &state)
}

/// The proof that a row with `submission_columns!` must have.
pub(super) fn of_submission(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = SubmissionParts {
        id: row.name(),
        receipt_number: row.get("receipt_number")?,
        received_at: row.get("received_at")?,
        channel: row.get("channel")?,
        sender_cvr: row.get("sender_cvr")?,
        sender_credential_id: row.get("sender_credential_id")?,
        employer_cvr: row.get("submission_employer")?,
        form: [row.get("form_id")?, row.get("form_version")?, row.get("form_hash")?],
        digest: row.get("submission_digest")?,
    };
    Ok(parts.mac(vault))
}

/// Whether a row with `submission_columns!` is what was written.
pub(super) fn check_submission(vault: &Vault, row: &Reader<'_>) -> Result<(), StoreError> {
    check(row, "submission_bound", &of_submission(vault, row)?)
}

/// The proof that a row of `credential` must have.
pub(super) fn of_credential(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = CredentialParts {
        id: row.name(),
        role: row.get("role")?,
        subject: row.get("subject")?,
        secret_hash: row.get("secret_hash")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    };
    Ok(parts.mac(vault))
}

/// The proof that a row of `session` must have.
pub(super) fn of_session(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = SessionParts {
        id: row.name(),
        token_hash: row.get("token_hash")?,
        role: row.get("role")?,
        subject: row.get("subject")?,
        created_at: row.get("created_at")?,
        idle_ms: row.get("idle_ms")?,
        expires_at: row.get("expires_at")?,
        person: row.get("person")?,
    };
    Ok(parts.mac(vault))
}

/// The proof that a row of `draft` must have.
pub(super) fn of_draft(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = DraftParts {
        id: row.name(),
        employer_cvr: row.get("employer_cvr")?,
        person: row.get("person")?,
        created_at: row.get("created_at")?,
        changed_at: row.get("changed_at")?,
        version: row.get("version")?,
        sealed: row.get("sealed")?,
        submission_id: row.get("submission_id")?,
    };
    Ok(parts.mac(vault))
}

/// The proof that a row of `kept_form` must have.
pub(super) fn of_kept_form(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = KeptFormParts {
        id: row.name(),
        role: row.get("role")?,
        subject: row.get("subject")?,
        person: row.get("person")?,
        created_at: row.get("created_at")?,
        sealed: row.get("sealed")?,
    };
    Ok(parts.mac(vault))
}

/// The proof that a row of `municipality_feed`, named by its municipality, must have.
pub(super) fn of_feed(vault: &Vault, row: &Reader<'_>) -> Result<Digest, StoreError> {
    let parts = FeedParts {
        municipality: row.name(),
        last_sequence: row.get("last_sequence")?,
        head_digest: row.get("head_digest")?,
        floor_sequence: row.get("floor_sequence")?,
        floor_digest: row.get("floor_digest")?,
    };
    Ok(parts.mac(vault))
}
