//! Who did what to which object for which purpose. Append-only, chained by digests, without personal data. Pure: the store writes
//! the entries, in the transaction of what they tell about where there is one.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::{
    access::{Action, Caller, Proof, Role},
    record::{Digest, digest_of, to_hex},
    value::{CredentialId, ReportId, SubmissionId},
};

/// What was done: something a caller asked for, or upkeep of keys and logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Asked(Action),
    /// A look-up by CPR number; the number is not told.
    SearchByCpr,
    /// The service asked the residence register about the person of a held report.
    ResidenceAsked,
    /// Somebody said that the machine's clock is right though it is far from the newest entry.
    ClockAccepted,
    /// What had been kept long enough was deleted: a submission, or entries of the feed of the municipality that the actor names.
    Deleted,
    /// The operator went on with a database that was not the newest: a restore that was meant. Why stands beside the keys.
    RestoreAccepted,
    CredentialCreated,
    CredentialRevoked,
    SessionStarted,
    SessionEnded,
    /// A municipality said whom to tell, or nobody.
    ContactChanged,
    /// It said where pings go and got a new secret.
    PingRegistered,
    PingRemoved,
    PingTested,
    PingSentAgain,
    /// A mail that was given up was put back to be sent.
    MailSentAgain,
    /// A mail that was given up need not be sent.
    MailDismissed,
}

impl Deed {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked(action) => action.as_str(),
            Self::SearchByCpr => "search_by_cpr",
            Self::ResidenceAsked => "residence_asked",
            Self::ClockAccepted => "clock_accepted",
            Self::Deleted => "deleted",
            Self::RestoreAccepted => "restore_accepted",
            Self::CredentialCreated => "credential_created",
            Self::CredentialRevoked => "credential_revoked",
            Self::SessionStarted => "session_started",
            Self::SessionEnded => "session_ended",
            Self::ContactChanged => "contact_changed",
            Self::PingRegistered => "ping_registered",
            Self::PingRemoved => "ping_removed",
            Self::PingTested => "ping_tested",
            Self::PingSentAgain => "ping_sent_again",
            Self::MailSentAgain => "mail_sent_again",
            Self::MailDismissed => "mail_dismissed",
        }
    }
}

/// Why personal data were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The employer's duty to report, LAB § 123(3), and its own copy.
    Reporting,
    /// The municipality receives what is addressed to it.
    Delivery,
    /// A case worker handles a case (*sagsbehandling*).
    CaseWork,
    /// The municipality looks at its own work as a whole (*ledelsestilsyn*).
    Oversight,
    /// Keys, logins and the service's own upkeep.
    Operation,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reporting => "reporting",
            Self::Delivery => "delivery",
            Self::CaseWork => "case_work",
            Self::Oversight => "oversight",
            Self::Operation => "operation",
        }
    }
}

/// What it was done to. Ids and codes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    None,
    Submission(SubmissionId),
    Report(ReportId),
    /// A page of a municipality's feed or list; whose, the caller tells.
    List,
    Credential(CredentialId),
    Session(Uuid),
    /// What a municipality has set for itself; which, the caller tells.
    Settings,
}

impl Target {
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Submission(_) => Some("submission"),
            Self::Report(_) => Some("report"),
            Self::List => Some("list"),
            Self::Credential(_) => Some("credential"),
            Self::Session(_) => Some("session"),
            Self::Settings => Some("settings"),
        }
    }

    pub fn id(&self) -> Option<String> {
        match self {
            Self::None | Self::List | Self::Settings => None,
            Self::Submission(id) => Some(id.to_string()),
            Self::Report(id) => Some(id.to_string()),
            Self::Credential(id) => Some(id.to_string()),
            Self::Session(id) => Some(id.to_string()),
        }
    }
}

/// Who did it: role, whom they act for, and the key or login they showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub role: Role,
    /// CVR number or municipality code.
    pub subject: Option<String>,
    pub proof: Option<Proof>,
}

impl Actor {
    /// The person at the command line of the machine, and the service itself.
    pub fn operator() -> Self {
        Self {
            role: Role::Operator,
            subject: None,
            proof: None,
        }
    }

    /// `credential:ID` or `session:ID`.
    pub fn proof_text(&self) -> Option<String> {
        self.proof.map(|proof| match proof {
            Proof::Credential(id) => format!("credential:{id}"),
            Proof::Session(id) => format!("session:{id}"),
        })
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        let subject = match caller {
            Caller::Employer { cvr, .. } => Some(cvr.as_str().to_owned()),
            Caller::Municipality { code, .. } => Some(code.as_str().to_owned()),
            Caller::Anonymous | Caller::Kl { .. } | Caller::Operator { .. } => None,
        };
        Self {
            role: caller.role(),
            subject,
            proof: caller.proof(),
        }
    }
}

/// One entry to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Timestamp,
    pub actor: Actor,
    pub deed: Deed,
    pub target: Target,
    pub purpose: Purpose,
    /// Follows one call through answer, audit and log.
    pub transaction_id: Uuid,
}

/// An entry as it stands in the database: plain text, so that the chain of entries that an older version wrote can be checked too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    pub sequence: i64,
    pub at: Timestamp,
    pub role: String,
    pub subject: Option<String>,
    pub proof: Option<String>,
    pub action: String,
    pub object_kind: Option<String>,
    pub object_id: Option<String>,
    pub purpose: String,
    pub transaction_id: String,
}

impl AuditRecord {
    /// The entry under its number.
    pub fn new(sequence: i64, entry: &AuditEntry) -> Self {
        Self {
            sequence,
            at: entry.at,
            role: entry.actor.role.as_str().to_owned(),
            subject: entry.actor.subject.clone(),
            proof: entry.actor.proof_text(),
            action: entry.deed.as_str().to_owned(),
            object_kind: entry.target.kind().map(str::to_owned),
            object_id: entry.target.id(),
            purpose: entry.purpose.as_str().to_owned(),
            transaction_id: entry.transaction_id.to_string(),
        }
    }

    /// The digest of the entry, given that of the entry before it.
    pub fn digest(&self, previous: &Digest) -> Digest {
        digest_of(&json!({
            "action": self.action,
            "at": self.at.to_string(),
            "object_id": self.object_id,
            "object_kind": self.object_kind,
            "previous": to_hex(previous),
            "proof": self.proof,
            "purpose": self.purpose,
            "role": self.role,
            "sequence": self.sequence.to_string(),
            "subject": self.subject,
            "transaction_id": self.transaction_id,
        }))
    }

    /// The digest of a keyed entry: who has no key can't compute the chain anew after changing it.
    pub fn keyed_digest(&self, previous: &Digest, key: impl Fn(&Digest) -> Digest) -> Digest {
        key(&self.digest(previous))
    }
}

/// From where on a chain is keyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyed {
    /// The first entry whose digest is keyed.
    pub from: i64,
    /// The digest of the entry before it.
    pub after: Digest,
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Entries that were checked.
    pub entries: i64,
    /// Digest of the last one: kept elsewhere, it proves later that nothing before it was changed.
    pub head: Digest,
    /// The first fault, if any.
    pub fault: Option<ChainFault>,
}

/// How a chain is broken, with the number of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("audit entry {0} is missing")]
    Missing(i64),
    #[error("audit entry {0} was changed, or one before it was exchanged")]
    Changed(i64),
    #[error("the audit ends at entry {0}, but later ones were written")]
    CutOff(i64),
    #[error(
        "the end of the audit is not what was written: it was cut off after entry {0}, or its last number was changed"
    )]
    Head(i64),
    #[error("the mark where keyed entries of the audit begin was changed or removed")]
    Mark,
}

/// Walks a chain entry by entry. `K` gives the keyed digest of an entry's plain one.
#[derive(Debug, Clone)]
pub struct ChainCheck<K> {
    entries: i64,
    head: Digest,
    fault: Option<ChainFault>,
    /// `None`: the mark itself does not hold.
    keyed: Option<Keyed>,
    key: K,
}

impl<K: Fn(&Digest) -> Digest> ChainCheck<K> {
    /// Before the first entry.
    pub fn begin(keyed: Option<Keyed>, key: K) -> Self {
        Self {
            entries: 0,
            head: crate::record::CHAIN_START,
            fault: keyed.is_none().then_some(ChainFault::Mark),
            keyed,
            key,
        }
    }

    /// Takes the next entry with the digest that stands beside it.
    pub fn next(&mut self, record: &AuditRecord, stored: &Digest) {
        let due = self.entries + 1;
        let fault = if record.sequence != due {
            Some(ChainFault::Missing(due))
        } else if self.digest_of(record) != Some(*stored) {
            Some(ChainFault::Changed(due))
        } else {
            None
        };
        self.fault = self.fault.or(fault);
        self.entries = record.sequence;
        self.head = *stored;
    }

    /// What the digest of the next entry must be; `None` where the entries before the mark are not those that it was set behind.
    fn digest_of(&self, record: &AuditRecord) -> Option<Digest> {
        match self.keyed {
            Some(Keyed { from, after }) if record.sequence >= from => {
                let in_place = record.sequence > from || self.head == after;
                in_place.then(|| record.keyed_digest(&self.head, &self.key))
            }
            Some(_) | None => Some(record.digest(&self.head)),
        }
    }

    /// Compares the end with what the head row says was written; `is_proven` tells whether the head row proves itself.
    pub fn finish(self, last_sequence: i64, head: &Digest, is_proven: bool) -> ChainReport {
        let end = if self.entries < last_sequence {
            Some(ChainFault::CutOff(self.entries))
        } else if self.head != *head {
            Some(ChainFault::Changed(self.entries))
        } else if !is_proven || self.keyed.is_some_and(|keyed| self.entries < keyed.from - 1) {
            Some(ChainFault::Head(self.entries))
        } else {
            None
        };
        ChainReport {
            entries: self.entries,
            head: self.head,
            fault: self.fault.or(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::CHAIN_START;

    /// Stands for a key: nobody without it gives the same.
    fn key(plain: &Digest) -> Digest {
        plain.map(|byte| byte ^ 0x5a)
    }

    fn entry(sequence: i64) -> AuditRecord {
        let entry = AuditEntry {
            at: Timestamp::UNIX_EPOCH,
            actor: Actor::operator(),
            deed: Deed::CredentialCreated,
            target: Target::Session(Uuid::from_u128(sequence.unsigned_abs().into())),
            purpose: Purpose::Operation,
            transaction_id: Uuid::nil(),
        };
        AuditRecord::new(sequence, &entry)
    }

    /// A chain that is keyed from a number on.
    fn chain(length: i64, from: i64) -> Vec<(AuditRecord, Digest)> {
        let mut previous = CHAIN_START;
        (1..=length)
            .map(|sequence| {
                let record = entry(sequence);
                previous = if sequence >= from {
                    record.keyed_digest(&previous, key)
                } else {
                    record.digest(&previous)
                };
                (record, previous)
            })
            .collect()
    }

    /// As the mark would be after `from - 1` entries.
    fn mark(entries: &[(AuditRecord, Digest)], from: i64) -> Keyed {
        let before = entries.iter().find(|(record, _)| record.sequence == from - 1);
        Keyed {
            from,
            after: before.map_or(CHAIN_START, |(_, digest)| *digest),
        }
    }

    fn check_from(entries: &[(AuditRecord, Digest)], keyed: Keyed, last: i64, head: &Digest) -> Option<ChainFault> {
        let mut check = ChainCheck::begin(Some(keyed), key);
        for (record, digest) in entries {
            check.next(record, digest);
        }
        check.finish(last, head, true).fault
    }

    fn check(entries: &[(AuditRecord, Digest)], last: i64, head: &Digest) -> Option<ChainFault> {
        check_from(entries, mark(&[], 1), last, head)
    }

    /// The numbers and digests computed anew, without the key, after something was taken out.
    fn anew(mut entries: Vec<(AuditRecord, Digest)>, without: usize) -> Vec<(AuditRecord, Digest)> {
        entries.remove(without);
        let mut previous = CHAIN_START;
        for ((record, digest), sequence) in entries.iter_mut().zip(1..) {
            record.sequence = sequence;
            previous = record.digest(&previous);
            *digest = previous;
        }
        entries
    }

    #[test]
    fn a_whole_chain_holds_and_every_kind_of_tampering_is_found() {
        let whole = chain(5, 1);
        let head = whole[4].1;
        assert_eq!(check(&whole, 5, &head), None);
        assert_eq!(check(&[], 0, &CHAIN_START), None);

        let mut changed = whole.clone();
        changed[2].0.purpose = "case_work".into();
        assert_eq!(check(&changed, 5, &head), Some(ChainFault::Changed(3)));
        let mut removed = whole.clone();
        removed.remove(1);
        assert_eq!(check(&removed, 5, &head), Some(ChainFault::Missing(2)));
        assert_eq!(check(&whole[..4], 5, &head), Some(ChainFault::CutOff(4)));

        let mut exchanged = whole.clone();
        exchanged[4].0.purpose = "case_work".into();
        exchanged[4].1 = exchanged[4].0.digest(&whole[3].1);
        assert_eq!(check(&exchanged, 5, &head), Some(ChainFault::Changed(5)));
    }

    #[test]
    fn a_chain_computed_anew_without_the_key_does_not_hold() {
        let forged = anew(chain(5, 1), 2);
        assert_eq!(check(&forged, 4, &forged[3].1), Some(ChainFault::Changed(1)));
    }

    #[test]
    fn entries_before_the_mark_hold_and_are_bound_by_it() {
        let whole = chain(5, 4);
        let keyed = mark(&whole, 4);
        assert_eq!(check_from(&whole, keyed, 5, &whole[4].1), None);
        assert_eq!(
            check_from(&whole[..3], keyed, 3, &whole[2].1),
            None,
            "no keyed entry yet"
        );
        let forged = anew(whole[..3].to_vec(), 1);
        assert_eq!(check_from(&forged, keyed, 2, &forged[1].1), Some(ChainFault::Head(2)));
        let mut moved = keyed;
        moved.from = 6;
        assert_eq!(check_from(&whole, moved, 5, &whole[4].1), Some(ChainFault::Changed(4)));
        let mut early = whole.clone();
        early[0].0.purpose = "case_work".into();
        early[0].1 = early[0].0.digest(&CHAIN_START);
        assert!(check_from(&early, keyed, 5, &whole[4].1).is_some());
    }

    #[test]
    fn a_mark_that_does_not_hold_and_a_head_that_does_not_are_told() {
        let whole = chain(2, 1);
        let walk = |keyed, is_proven| {
            let mut check = ChainCheck::begin(keyed, key);
            for (record, digest) in &whole {
                check.next(record, digest);
            }
            check.finish(2, &whole[1].1, is_proven).fault
        };
        let keyed = Some(mark(&[], 1));
        assert_eq!(walk(keyed, true), None);
        assert_eq!(walk(keyed, false), Some(ChainFault::Head(2)));
        assert_eq!(walk(None, true), Some(ChainFault::Mark));
    }
}
