//! The settings of limits: how much one caller may ask for, and how far the clock may be off.

use std::{num::NonZeroU32, time::Duration};

use super::sections::Reader;

/// How many requests of one kind are answered: so many at once, then one each `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub burst: NonZeroU32,
    pub every: Duration,
}

/// How much one caller may ask for.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// One key or login.
    pub caller: Rate,
    /// All keys and logins of one municipality together.
    pub municipality: Rate,
    /// One address that shows neither; an IPv6 network of 64 bits counts as one.
    pub peer: Rate,
    /// Wrong keys, look-ups of receipts and logins, of one address.
    pub guesses: Rate,
    /// Mails to one address.
    pub mails: Rate,
}

/// How far the machine's clock may be from the newest entry.
#[derive(Debug, Clone)]
pub struct ClockSettings {
    pub most_back: Duration,
    pub most_ahead: Duration,
}

impl Reader<'_> {
    pub(super) fn limits(&mut self) -> Option<LimitSettings> {
        const SECOND: Duration = Duration::from_secs(1);
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3_600);
        let caller = self.rate("limits.caller_per_second", SECOND, Some("limits.caller_burst"));
        let municipality = self.rate(
            "limits.municipality_per_second",
            SECOND,
            Some("limits.municipality_burst"),
        );
        let peer = self.rate("limits.peer_per_second", SECOND, Some("limits.peer_burst"));
        let guesses = self.rate("limits.guesses_per_minute", MINUTE, Some("limits.guesses_burst"));
        let mails = self.rate("limits.mails_per_hour", HOUR, None);
        Some(LimitSettings {
            caller: caller?,
            municipality: municipality?,
            peer: peer?,
            guesses: guesses?,
            mails: mails?,
        })
    }

    /// So many in a span of time; at once as many as `burst` says, or as many as in the whole span.
    fn rate(&mut self, path: &str, span: Duration, burst: Option<&str>) -> Option<Rate> {
        const MOST: u64 = 1_000_000;
        let count = NonZeroU32::new(u32::try_from(self.number(path, 1, MOST)?).ok()?)?;
        let burst = match burst {
            Some(path) => NonZeroU32::new(u32::try_from(self.number(path, 1, MOST)?).ok()?)?,
            None => count,
        };
        let every = span / count.get();
        Some(Rate { burst, every })
    }

    pub(super) fn clock(&mut self) -> Option<ClockSettings> {
        let most_back = self.number("clock.most_back_minutes", 1, 1_440);
        let most_ahead = self.number("clock.most_ahead_days", 1, 3_650);
        Some(ClockSettings {
            most_back: Duration::from_secs(60 * most_back?),
            most_ahead: Duration::from_secs(86_400 * most_ahead?),
        })
    }
}
