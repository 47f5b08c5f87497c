//! How much mail of each kind waits or was given up.

use jiff::Timestamp;
use sqlx::any::AnyRow;

use super::{Store, StoreError, row::Reader};

/// The kinds of mail, by the codes that stand in the database.
pub const MAIL_KINDS: [&str; 4] = ["receipt_mail", "outcome_mail", "reminder_mail", "alarm_mail"];

/// What there is of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailKind {
    /// One of [`MAIL_KINDS`].
    pub kind: &'static str,
    pub waiting: i64,
    /// Since when the oldest waiting one has been there.
    pub oldest: Option<Timestamp>,
    /// Of mails about what waits too long: those of an episode that has not ended.
    pub given_up: i64,
}

const WAITING: &str = "-- store::mail_kinds::waiting
SELECT kind, COUNT(*) AS number, MIN(created_at) AS oldest FROM outbox WHERE done_at IS NULL AND given_up_at IS NULL GROUP BY kind
UNION ALL
SELECT 'alarm_mail' AS kind, COUNT(*) AS number, MIN(created_at) AS oldest FROM alarm_mail WHERE done_at IS NULL AND given_up_at IS NULL";

const GIVEN_UP: &str = "-- store::mail_kinds::given_up
SELECT kind, COUNT(*) AS number, MIN(created_at) AS oldest FROM outbox WHERE given_up_at IS NOT NULL GROUP BY kind
UNION ALL
SELECT 'alarm_mail' AS kind, COUNT(*) AS number, MIN(m.created_at) AS oldest FROM alarm_mail m JOIN alarm a ON a.id = m.alarm_id
WHERE a.ended_at IS NULL AND m.given_up_at IS NOT NULL";

/// What one of the statements found.
struct Found {
    kind: String,
    number: i64,
    oldest: Option<Timestamp>,
}

impl Store {
    /// Every kind of mail, those of which there is none included.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn mail_kinds(&self) -> Result<Vec<MailKind>, StoreError> {
        let (waiting, given_up) = tokio::try_join!(self.kinds_in(WAITING), self.kinds_in(GIVEN_UP))?;
        let of = |kind| {
            let waiting = waiting.iter().find(|found| found.kind == kind);
            let given_up = given_up.iter().find(|found| found.kind == kind);
            MailKind {
                kind,
                waiting: waiting.map_or(0, |found| found.number),
                oldest: waiting.and_then(|found| found.oldest),
                given_up: given_up.map_or(0, |found| found.number),
            }
        };
        Ok(MAIL_KINDS.into_iter().map(of).collect())
    }

    async fn kinds_in(&self, sql: &'static str) -> Result<Vec<Found>, StoreError> {
        let rows = sqlx::query(sql).fetch_all(self.readers()).await;
        let read = |row: &AnyRow| {
            let row = Reader::new(row, "outbox", "kind")?;
            Ok(Found {
                kind: row.name().to_owned(),
                number: row.get("number")?,
                oldest: row.time_optional("oldest")?,
            })
        };
        rows.map_err(StoreError::at(sql))?.iter().map(read).collect()
    }
}
