//! Which ceiling holds on which days of a month.

use jiff::civil::Date;

use super::case::{CeilingPeriod, SubsidyCase};
use crate::value::{Money, Month};

/// Days of a month on which one ceiling holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub amount: Money,
    pub days: u16,
}

/// First and last day of a job, where they are known.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub start: Option<Date>,
    pub end: Option<Date>,
}

impl Job {
    pub fn of(case: &SubsidyCase) -> Self {
        Self {
            start: case.employment_start,
            end: case.employment_end,
        }
    }

    /// The days of a month that need a ceiling: from the first day in the job to the last, where they lie inside the month. What is paid
    /// after a job has ended is held against the ceiling of its last day, as no other can be stated.
    fn needed_days(self, month: Month) -> (Date, Date) {
        let (first, last) = (month.first_day(), month.last_day());
        if let Some(end) = self.end.filter(|end| *end < first) {
            return (end, end);
        }
        let inside = |day: &Date| (first..=last).contains(day);
        (
            self.start.filter(inside).unwrap_or(first),
            self.end.filter(inside).unwrap_or(last),
        )
    }
}

/// The last day of a period: its own, or the day before the next begins.
fn last_day(periods: &[CeilingPeriod], index: usize) -> Date {
    let own = periods.get(index).and_then(|period| period.valid_to);
    let next = periods.get(index + 1).and_then(|next| next.valid_from.yesterday().ok());
    own.or(next).unwrap_or(Date::MAX)
}

/// How many days of the month each ceiling holds; periods that do not touch the month are left out.
pub(super) fn spans(month: Month, job: Job, periods: &[CeilingPeriod]) -> Vec<Span> {
    let (first, last) = job.needed_days(month);
    let mut spans = Vec::new();
    for (index, period) in periods.iter().enumerate() {
        let (from, to) = (period.valid_from.max(first), last_day(periods, index).min(last));
        if from <= to {
            // Both lie in one month, so there are 1 to 31 days.
            let days = u16::try_from(to.day() - from.day() + 1).expect("the first day is not after the last");
            spans.push(Span {
                amount: period.amount,
                days,
            });
        }
    }
    spans
}

/// The first day of the month that needs a ceiling and has none.
pub(super) fn first_uncovered(month: Month, job: Job, periods: &[CeilingPeriod]) -> Option<Date> {
    let (mut day, last) = job.needed_days(month);
    for (index, period) in periods.iter().enumerate() {
        if period.valid_from <= day && day <= last_day(periods, index) {
            match last_day(periods, index).min(last).tomorrow() {
                Ok(next) => day = next,
                Err(_) => return None,
            }
        }
    }
    (day <= last).then_some(day)
}
