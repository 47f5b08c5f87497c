//! Which ceiling holds on which days of a month.

use jiff::civil::Date;

use super::case::CeilingPeriod;
use crate::value::{Money, Month};

/// Days of a month on which one ceiling holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub amount: Money,
    pub days: u16,
}

/// The days of a month that need a ceiling: from the start of the job where it lies inside the month.
fn needed_days(month: Month, employment_start: Option<Date>) -> (Date, Date) {
    let (first, last) = (month.first_day(), month.last_day());
    (
        employment_start
            .filter(|start| (first..=last).contains(start))
            .unwrap_or(first),
        last,
    )
}

/// The last day of a period: its own, or the day before the next begins.
fn last_day(periods: &[CeilingPeriod], index: usize) -> Date {
    let own = periods.get(index).and_then(|period| period.valid_to);
    let next = periods.get(index + 1).and_then(|next| next.valid_from.yesterday().ok());
    own.or(next).unwrap_or(Date::MAX)
}

/// How many days of the month each ceiling holds; periods that do not touch the month are left out.
pub(super) fn spans(month: Month, employment_start: Option<Date>, periods: &[CeilingPeriod]) -> Vec<Span> {
    let (first, last) = needed_days(month, employment_start);
    let mut spans = Vec::new();
    for (index, period) in periods.iter().enumerate() {
        let (from, to) = (period.valid_from.max(first), last_day(periods, index).min(last));
        if from <= to {
            // Both lie in one month, so there are 1 to 31 days.
            let days = u16::try_from(to.day() - from.day() + 1).unwrap_or(0);
            spans.push(Span {
                amount: period.amount,
                days,
            });
        }
    }
    spans
}

/// The first day of the month that needs a ceiling and has none.
pub(super) fn first_uncovered(month: Month, employment_start: Option<Date>, periods: &[CeilingPeriod]) -> Option<Date> {
    let (mut day, last) = needed_days(month, employment_start);
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
