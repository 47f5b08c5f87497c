//! The mails that were given up: people see them, send them again, or say that they need not be sent.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Store, StoreError,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{Actor, AuditEntry, Deed, Purpose, Target},
    value::{MunicipalityCode, ReceiptNumber, SubmissionId},
};

/// Number of a mail: `17` to an employer, `alarm-3` about what waits too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailId {
    Order(i64),
    Alarm(i64),
}

/// A text is not the number of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail has a number such as 17 or alarm-3; `fleksport mail list` shows them")]
pub struct NotAMailId;

impl FromStr for MailId {
    type Err = NotAMailId;

    fn from_str(text: &str) -> Result<Self, NotAMailId> {
        let (number, make): (&str, fn(i64) -> Self) = match text.strip_prefix("alarm-") {
            Some(number) => (number, Self::Alarm),
            None => (text, Self::Order),
        };
        number.parse().map(make).map_err(|_| NotAMailId)
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => write!(f, "{id}"),
            Self::Alarm(id) => write!(f, "alarm-{id}"),
        }
    }
}

/// A mail that was given up, for people to see. It names no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUpMail {
    pub id: MailId,
    /// `receipt_mail`, `outcome_mail`, `reminder_mail` or `alarm_mail`.
    pub kind: String,
    pub about: About,
    pub attempts: i64,
    /// Stable code of the last failure.
    pub last_error: String,
    /// The three digits that the relay answered, where it did.
    pub last_reply: Option<i64>,
    pub created_at: Timestamp,
    pub given_up_at: Timestamp,
}

/// What a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Submission(SubmissionId, ReceiptNumber),
    Municipality(MunicipalityCode),
}

/// What a person says about mails that were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailVerdict {
    /// Try again now, on the whole schedule.
    Again,
    /// They need not be sent.
    Dismiss,
}

const ORDERS: &str = "-- store::given_up::orders
SELECT o.id, o.kind, o.submission_id, s.receipt_number, o.attempts, o.last_error, o.last_reply, o.created_at, o.given_up_at
FROM outbox o JOIN submission s ON s.id = o.submission_id WHERE o.given_up_at IS NOT NULL ORDER BY o.id DESC LIMIT $1";

const ALARMS: &str = "-- store::given_up::alarms
SELECT m.id, a.municipality, m.attempts, m.last_error, m.created_at, m.given_up_at
FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id WHERE m.given_up_at IS NOT NULL ORDER BY m.id DESC LIMIT $1";

const ORDER_AGAIN: &str = "-- store::given_up::order_again
UPDATE outbox SET given_up_at = NULL, attempts = 0, lease_until = $2 WHERE id = $1 AND given_up_at IS NOT NULL";

/// As done; the code of the failure stays, and the audit tells who.
const ORDER_DISMISS: &str = "-- store::given_up::order_dismiss
UPDATE outbox SET given_up_at = NULL, done_at = $2 WHERE id = $1 AND given_up_at IS NOT NULL";

const ALARM_AGAIN: &str = "-- store::given_up::alarm_again
UPDATE alarm_mail SET given_up_at = NULL, attempts = 0, lease_until = $2 WHERE id = $1 AND given_up_at IS NOT NULL";

const ALARM_DISMISS: &str = "-- store::given_up::alarm_dismiss
UPDATE alarm_mail SET given_up_at = NULL, done_at = $2 WHERE id = $1 AND given_up_at IS NOT NULL";

struct Decide {
    mails: Vec<(MailId, Target)>,
    verdict: MailVerdict,
    now: Timestamp,
    actor: Actor,
    transaction_id: Uuid,
}

impl Write for Decide {
    type Answer = usize;
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<usize, Fault<Self::Refusal>> {
        let mut decided = 0;
        for (mail, target) in &self.mails {
            let (sql, id) = match (mail, self.verdict) {
                (MailId::Order(id), MailVerdict::Again) => (ORDER_AGAIN, id),
                (MailId::Order(id), MailVerdict::Dismiss) => (ORDER_DISMISS, id),
                (MailId::Alarm(id), MailVerdict::Again) => (ALARM_AGAIN, id),
                (MailId::Alarm(id), MailVerdict::Dismiss) => (ALARM_DISMISS, id),
            };
            let query = sqlx::query(sql).bind(id).bind(self.now.as_millisecond());
            let done = query.execute(tx.connection()).await.map_err(StoreError::at(sql))?;
            if done.rows_affected() == 1 {
                decided += 1;
                tx.audit(self.entry(*target));
            }
        }
        Ok(decided)
    }
}

impl Decide {
    fn entry(&self, target: Target) -> AuditEntry {
        AuditEntry {
            at: self.now,
            actor: self.actor.clone(),
            deed: match self.verdict {
                MailVerdict::Again => Deed::MailSentAgain,
                MailVerdict::Dismiss => Deed::MailDismissed,
            },
            target,
            purpose: Purpose::Operation,
            transaction_id: self.transaction_id,
        }
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [ORDERS, ALARMS, ORDER_AGAIN, ORDER_DISMISS, ALARM_AGAIN, ALARM_DISMISS]
        .map(str::to_owned)
        .to_vec()
}

impl Store {
    /// Mails that were given up, newest first, up to `most` to employers and as many about what waits too long.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn given_up_mails(&self, most: u32) -> Result<Vec<GivenUpMail>, StoreError> {
        let mut found = Vec::new();
        for (sql, read) in [
            (ORDERS, read_order as fn(&Reader<'_>) -> Result<GivenUpMail, StoreError>),
            (ALARMS, read_alarm),
        ] {
            let rows = sqlx::query(sql)
                .bind(i64::from(most))
                .fetch_all(self.readers())
                .await
                .map_err(StoreError::at(sql))?;
            for row in &rows {
                found.push(read(&Reader::named(row, "outbox", "given up".into()))?);
            }
        }
        Ok(found)
    }

    /// Sends mails again or dismisses them, each written down; tells how many of them had been given up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn decide_mails(
        &self,
        mails: &[&GivenUpMail],
        verdict: MailVerdict,
        actor: Actor,
        transaction_id: Uuid,
    ) -> Result<usize, StoreError> {
        let target = |mail: &GivenUpMail| match mail.about {
            About::Submission(id, _) => Target::Submission(id),
            About::Municipality(_) => Target::Settings,
        };
        let work = Decide {
            mails: mails.iter().map(|mail| (mail.id, target(mail))).collect(),
            verdict,
            now: self.clock().now(),
            actor,
            transaction_id,
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)
    }
}

fn read_order(row: &Reader<'_>) -> Result<GivenUpMail, StoreError> {
    Ok(GivenUpMail {
        id: MailId::Order(row.get("id")?),
        kind: row.get("kind")?,
        about: About::Submission(row.parse("submission_id")?, row.parse("receipt_number")?),
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        last_reply: row.get("last_reply")?,
        created_at: row.time("created_at")?,
        given_up_at: row.time("given_up_at")?,
    })
}

fn read_alarm(row: &Reader<'_>) -> Result<GivenUpMail, StoreError> {
    Ok(GivenUpMail {
        id: MailId::Alarm(row.get("id")?),
        kind: "alarm_mail".to_owned(),
        about: About::Municipality(row.parse("municipality")?),
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
        last_reply: None,
        created_at: row.time("created_at")?,
        given_up_at: row.time("given_up_at")?,
    })
}
