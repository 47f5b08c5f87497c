//! The machine's clock, held against the last moment that counts as right. See docs/decisions/0031.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Store, StoreError, bound,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::{
    audit::{Actor, AuditEntry, Deed, Target},
    config::ClockSettings,
    vault::Vault,
};

/// The moment that the clock is held against.
pub(super) const TRUSTED: &str = "trusted_at";
/// Up to when deletion has come.
pub(super) const DELETED: &str = "deleted_before";

/// The trusted moment goes on in steps of this: a write for each submission would be too many.
const STEP: SignedDuration = SignedDuration::from_mins(1);

/// Deletion takes at most so much more age in a time, as a multiple of the time that the process has run.
const FASTEST: u32 = 3;

/// How the clock differs from what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// Before what was written already: a receipt would carry a wrong time, so none is given.
    Back(SignedDuration),
    /// Further ahead than the service can have been idle: receipts go on, and nothing is deleted until somebody says that it is right.
    Ahead(SignedDuration),
}

impl ClockDoubt {
    /// Whether a clock that shows `now` can be right, when `trusted` was.
    #[must_use]
    pub fn of(now: Timestamp, trusted: Timestamp, limits: &ClockSettings) -> Option<Self> {
        let by = now.duration_since(trusted);
        if by > most(limits.most_ahead) {
            Some(Self::Ahead(by))
        } else if -by > most(limits.most_back) {
            Some(Self::Back(-by))
        } else {
            None
        }
    }
}

impl std::fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Back(by) => write!(
                f,
                "the clock is {} minutes behind the newest entry; nothing is taken in until it is right",
                by.as_mins()
            ),
            Self::Ahead(by) => write!(
                f,
                "the clock is {} days ahead of the newest entry; nothing is deleted until somebody says that it is right",
                by.as_hours() / 24
            ),
        }
    }
}

fn most(limit: Duration) -> SignedDuration {
    SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX)
}

/// How fast deletion may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionPace {
    /// By itself: at most three days' worth for each day that the process has run, so that a wrong clock does little before it is
    /// seen. `running` is how long it has run, by a clock that nobody can set.
    Paced { running: Duration },
    /// All that is due at once, as after a restore that a person wanted.
    Uncapped,
}

/// What the process knows of the clock without asking the database. Times are milliseconds.
pub(super) struct ClockWatch {
    trusted: AtomicI64,
    limits: std::sync::RwLock<ClockSettings>,
    /// How much age deletion has taken since the process began.
    taken: AtomicI64,
}

impl Default for ClockWatch {
    fn default() -> Self {
        Self {
            trusted: AtomicI64::new(i64::MIN),
            limits: std::sync::RwLock::new(ClockSettings {
                most_back: Duration::from_secs(5 * 60),
                most_ahead: Duration::from_secs(21 * 86_400),
            }),
            taken: AtomicI64::new(0),
        }
    }
}

impl ClockWatch {
    fn trusted(&self) -> Timestamp {
        Timestamp::from_millisecond(self.trusted.load(Ordering::Acquire)).unwrap_or(Timestamp::MIN)
    }

    fn trust(&self, at: i64) {
        self.trusted.store(at, Ordering::Release);
    }

    pub fn doubt(&self, now: Timestamp) -> Option<ClockDoubt> {
        let limits = self.limits.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        ClockDoubt::of(now, self.trusted(), &limits)
    }

    /// Whether what is written now would carry a time that was already.
    pub fn is_back(&self, now: Timestamp) -> bool {
        matches!(self.doubt(now), Some(ClockDoubt::Back(_)))
    }

    /// Whether the trusted moment is to go on to this one.
    fn is_due(&self, now: Timestamp) -> bool {
        self.doubt(now).is_none() && now.duration_since(self.trusted()) > STEP
    }

    /// How far deletion may come now, when it had come to `last`.
    fn allowed(&self, last: Timestamp, wanted: Timestamp, running: Duration) -> Timestamp {
        let taken = SignedDuration::from_millis(self.taken.load(Ordering::Acquire));
        let left = most(running.saturating_mul(FASTEST)).saturating_sub(taken);
        let left = left.max(SignedDuration::ZERO);
        last.saturating_add(left).map_or(wanted, |allowed| allowed.min(wanted))
    }

    fn took(&self, age: SignedDuration) {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        self.taken.fetch_add(age, Ordering::AcqRel);
    }
}

/// The row as it stands where another node was further.
const ADVANCE: &str = "-- store::clock_check::advance
UPDATE moment SET at = CASE WHEN at < $2 THEN $2 ELSE at END, bound = CASE WHEN at < $2 THEN $3 ELSE bound END
WHERE name = $1 RETURNING name, at, bound";

/// Lets the trusted moment go on with the batch, at most once a minute. Last of all, as every node does it.
pub(super) async fn advance(tx: &mut Tx) -> Result<(), StoreError> {
    let watch = tx.watch.clone();
    if !watch.clock.is_due(tx.now) {
        return Ok(());
    }
    let at = tx.now.as_millisecond();
    let row = sqlx::query(ADVANCE)
        .bind(TRUSTED)
        .bind(at)
        .bind(bound::moment(&watch.vault, TRUSTED, at).to_vec())
        .fetch_optional(tx.connection())
        .await
        .map_err(StoreError::at(ADVANCE))?;
    if let Some(row) = row {
        match read(&watch.vault, &Reader::new(&row, "moment", "name")?) {
            Ok(at) => watch.clock.trust(at),
            Err(error) => {
                watch.note(&error);
            }
        }
    }
    Ok(())
}

fn read(vault: &Vault, row: &Reader<'_>) -> Result<i64, StoreError> {
    let at = row.get("at")?;
    bound::check(row, "bound", &bound::moment(vault, row.name(), at))?;
    Ok(at)
}

const FIND: &str = "-- store::clock_check::find
SELECT name, at, bound FROM moment WHERE name = $1";

const SET: &str = "-- store::clock_check::set
INSERT INTO moment (name, at, bound) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET at = excluded.at, bound = excluded.bound";

/// Puts a moment where it is to be.
pub(super) async fn set(tx: &mut Tx, name: &'static str, at: Timestamp) -> Result<(), StoreError> {
    let at = at.as_millisecond();
    let mac = bound::moment(&tx.watch.vault, name, at);
    let query = sqlx::query(SET).bind(name).bind(at).bind(mac.to_vec());
    query
        .execute(tx.connection())
        .await
        .map(drop)
        .map_err(StoreError::at(SET))
}

struct Set {
    name: &'static str,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write for Set {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        set(tx, self.name, self.at).await?;
        if let Some(audit) = &self.audit {
            tx.audit(audit.clone());
        }
        Ok(())
    }
}

/// The statements of this file, for the test of their plans.
pub(super) fn hot() -> Vec<String> {
    [ADVANCE].map(str::to_owned).to_vec()
}

impl Store {
    /// How far the clock may be from the newest entry; five minutes back and 21 days ahead where nobody says.
    pub fn set_clock_limits(&self, limits: &ClockSettings) {
        *self
            .watch()
            .clock
            .limits
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = limits.clone();
    }

    /// Whether the clock can be right. Where it seems wrong, another node or a command may have said that it is not: the database
    /// is asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clock_doubt(&self) -> Result<Option<ClockDoubt>, StoreError> {
        let now = self.clock().now();
        if self.watch().clock.doubt(now).is_some() {
            self.load_clock().await?;
        }
        Ok(self.watch().clock.doubt(now))
    }

    /// Takes the present moment of the clock for right: somebody has looked at it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn accept_clock(&self, by: Actor) -> Result<(), StoreError> {
        let now = self.clock().now();
        let work = Set {
            name: TRUSTED,
            at: now,
            audit: Some(self.upkeep(by, Deed::ClockAccepted, Target::None)?),
        };
        self.writer().write(work).await.map_err(Fault::into_store_error)?;
        self.watch().clock.trust(now.as_millisecond());
        Ok(())
    }

    /// Reads the trusted moment. One that does not prove itself counts as long past: nothing is deleted until somebody has looked.
    pub(super) async fn load_clock(&self) -> Result<(), StoreError> {
        let at = self.moment(TRUSTED).await?;
        self.watch().clock.trust(at.map_or(i64::MIN, Timestamp::as_millisecond));
        Ok(())
    }

    async fn moment(&self, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(FIND).bind(name).fetch_optional(self.readers()).await;
        let Some(row) = row.map_err(StoreError::at(FIND))? else {
            return Ok(None);
        };
        let row = Reader::new(&row, "moment", "name")?;
        match read(self.vault(), &row) {
            Ok(_) => row.time("at").map(Some),
            Err(error) => {
                self.note(&error);
                Ok(None)
            }
        }
    }

    /// The deadline that deletion works with now, kept so that the next process goes on from it. `None` while the clock is doubted.
    pub(super) async fn deadline(
        &self,
        wanted: Timestamp,
        pace: DeletionPace,
    ) -> Result<Option<Timestamp>, StoreError> {
        if self.clock_doubt().await?.is_some() {
            return Ok(None);
        }
        let last = self.moment(DELETED).await?;
        let deadline = match (pace, last) {
            (DeletionPace::Uncapped, _) | (DeletionPace::Paced { .. }, None) => wanted,
            (DeletionPace::Paced { running }, Some(last)) => {
                let allowed = self.watch().clock.allowed(last, wanted, running);
                if allowed < wanted && self.nothing_due(wanted).await? {
                    wanted
                } else {
                    self.watch()
                        .clock
                        .took(allowed.duration_since(last).max(SignedDuration::ZERO));
                    allowed
                }
            }
        };
        if last.is_none_or(|last| last < deadline) {
            let work = Set {
                name: DELETED,
                at: deadline,
                audit: None,
            };
            self.writer().write(work).await.map_err(Fault::into_store_error)?;
        }
        Ok(Some(deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn doubt(now: &str) -> Option<ClockDoubt> {
        let limits = ClockSettings {
            most_back: Duration::from_secs(300),
            most_ahead: Duration::from_secs(21 * 86_400),
        };
        ClockDoubt::of(at(now), at("2026-12-01T08:00:00Z"), &limits)
    }

    #[test]
    fn a_clock_is_doubted_beyond_its_limits_only() {
        assert_eq!(doubt("2026-12-01T08:00:00Z"), None);
        assert_eq!(doubt("2026-12-01T07:55:00Z"), None);
        assert_eq!(doubt("2026-12-22T08:00:00Z"), None);
        let back = SignedDuration::from_secs(301);
        assert_eq!(doubt("2026-12-01T07:54:59Z"), Some(ClockDoubt::Back(back)));
        let ahead = SignedDuration::from_secs(21 * 86_400 + 1);
        assert_eq!(doubt("2026-12-22T08:00:01Z"), Some(ClockDoubt::Ahead(ahead)));
    }

    #[test]
    fn deletion_takes_three_days_for_each_day_of_running_and_no_more() {
        let watch = ClockWatch::default();
        let (last, wanted) = (at("2021-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
        let day = Duration::from_secs(86_400);
        assert_eq!(watch.allowed(last, wanted, Duration::ZERO), last);
        let first = watch.allowed(last, wanted, day);
        assert_eq!(first, at("2021-01-04T00:00:00Z"));
        watch.took(first.duration_since(last));
        assert_eq!(watch.allowed(first, wanted, day), first, "what was taken is taken");
        assert_eq!(watch.allowed(first, wanted, day * 2), at("2021-01-07T00:00:00Z"));
        assert_eq!(
            watch.allowed(last, at("2021-01-01T01:00:00Z"), day * 9),
            at("2021-01-01T01:00:00Z")
        );
    }
}
