//! Deliveries by the Danish day: how many, and how long they waited.

use std::time::Duration;

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    clock::in_denmark,
    store::{Deliveries, Fetched},
};

/// Days that are shown, today included.
pub const DAYS: usize = 30;

/// One day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub date: Date,
    pub available: i64,
    pub fetched: i64,
    pub answered: i64,
    /// Of what was fetched on this day.
    pub waits: Option<Waits>,
}

/// How long it took from available to fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    pub median: Duration,
    /// At most this long for 95 of 100.
    pub p95: Duration,
}

/// The days that are shown, the oldest first.
pub fn dates(today: Date) -> Vec<Date> {
    let back = |days: usize| today.checked_sub(i64::try_from(days).unwrap_or(0).days());
    (0..DAYS).rev().filter_map(|days| back(days).ok()).collect()
}

/// What happened on each of the days.
pub fn by_day(found: &Deliveries, today: Date) -> Vec<Day> {
    let on = |counts: &[(Timestamp, i64)], date: Date| -> i64 {
        let of_day = counts.iter().filter(|(at, _)| in_denmark(*at).date() == date);
        of_day.map(|(_, count)| count).sum()
    };
    let day = |date: Date| {
        let fetched: Vec<_> = found
            .fetched
            .iter()
            .filter(|part| in_denmark(part.at).date() == date)
            .collect();
        Day {
            date,
            available: on(&found.available, date),
            fetched: fetched.iter().map(|part| part.count).sum(),
            answered: on(&found.answered, date),
            waits: waits(&fetched),
        }
    };
    dates(today).into_iter().map(day).collect()
}

fn waits(fetched: &[&Fetched]) -> Option<Waits> {
    let mut sorted = fetched.to_vec();
    sorted.sort_by_key(|part| part.waited);
    Some(Waits {
        median: of_hundred(&sorted, 50)?,
        p95: of_hundred(&sorted, 95)?,
    })
}

/// The wait that so many of a hundred did not exceed: the nearest rank.
fn of_hundred(sorted: &[&Fetched], percent: i64) -> Option<Duration> {
    let total: i64 = sorted.iter().map(|part| part.count).sum();
    let rank = (total * percent + 99) / 100;
    let mut passed = 0;
    sorted
        .iter()
        .find(|part| {
            passed += part.count;
            part.count > 0 && passed >= rank
        })
        .map(|part| part.waited)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn part(at: &str, count: i64, seconds: u64) -> Fetched {
        Fetched {
            at: at.parse().unwrap(),
            count,
            waited: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn days_are_danish_and_waits_are_ranked_by_how_many_waited() {
        let found = Deliveries {
            available: vec![
                ("2026-11-22T22:00:00Z".parse().unwrap(), 2),
                ("2026-11-22T23:00:00Z".parse().unwrap(), 5),
            ],
            fetched: vec![
                part("2026-11-22T23:30:00Z", 90, 10),
                part("2026-11-23T08:00:00Z", 4, 700),
                part("2026-11-23T09:00:00Z", 6, 3_600),
            ],
            answered: vec![("2026-11-23T10:00:00Z".parse().unwrap(), 3)],
        };
        let days = by_day(&found, date(2026, 11, 23));
        assert_eq!(days.len(), DAYS);
        assert_eq!(days[0].date, date(2026, 10, 25));
        assert_eq!(days[28].available, 2);
        let today = &days[29];
        assert_eq!((today.available, today.fetched, today.answered), (5, 100, 3));
        let wanted = Waits {
            median: Duration::from_secs(10),
            p95: Duration::from_secs(3_600),
        };
        assert_eq!(today.waits, Some(wanted));
        assert_eq!(days[28].waits, None);
    }

    #[test]
    fn one_of_a_kind_is_its_own_median() {
        let one = part("2026-11-23T08:00:00Z", 1, 42);
        let waits = waits(&[&one]).unwrap();
        assert_eq!((waits.median.as_secs(), waits.p95.as_secs()), (42, 42));
    }
}
