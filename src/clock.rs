//! The only caller of "now". Everything else is told the time.

use std::sync::{Arc, Mutex};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Where the time comes from: the machine, or a fixed point that tests move by hand.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    Fixed(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands still until [`Clock::set`] moves it.
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// The present moment, cut to whole milliseconds: what is stored reads back equal.
    pub fn now(&self) -> Timestamp {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
            Self::System => Timestamp::now(),
            Self::Fixed(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Today in Denmark: deadlines and "in the future" are Danish dates, whatever the machine's zone.
    pub fn today(&self) -> Date {
        in_denmark(self.now()).date()
    }

    /// Moves a fixed clock; does nothing to the system's.
    pub fn set(&self, to: Timestamp) {
        if let Self::Fixed(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }
}

/// The time zone of Denmark.
pub fn denmark() -> TimeZone {
    TimeZone::get("Europe/Copenhagen").expect("the zones are compiled in")
}

/// The moment as Danish wall-clock time, with its zone.
pub fn in_denmark(at: Timestamp) -> jiff::ZonedDateTime {
    at.to_zoned_datetime(denmark())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn just_before_midnight_utc_it_is_already_tomorrow_in_denmark() {
        let clock = Clock::fixed("2026-11-30T23:30:00Z".parse().unwrap());
        assert_eq!(clock.today(), jiff::civil::date(2026, 12, 1));
        clock.set("2026-11-30T22:30:00Z".parse().unwrap());
        assert_eq!(clock.today(), jiff::civil::date(2026, 11, 30));
    }
}
