//! What was reported as the full-time wage of a job before, so that a new amount can be compared with it. Pure.

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;

use super::{Report, ReportKind};
use crate::value::{Money, ReportId};

/// A full-time wage that stands. Holds an amount, so it prints none.
#[derive(Clone)]
struct EarlierWage {
    /// Absent for a report that is not stored yet.
    report: Option<ReportId>,
    valid_from: Date,
    /// Kroner a month.
    total: Money,
}

/// Whose job, and which: CPR number and position, the latter however it is cased and spaced.
type Job = (String, String);

/// The full-time wages that an employer has reported so far, the newest report of a job last. Prints none of it.
#[derive(Default)]
pub struct EarlierWages(BTreeMap<Job, Vec<EarlierWage>>);

impl EarlierWages {
    /// Adds what a report says, if it tells a full-time wage. `id` is that of a stored report.
    pub fn add(&mut self, id: Option<ReportId>, report: &Report) {
        if let (Some(job), Some(wage)) = (job(report), wage(id, report)) {
            self.0.entry(job).or_default().push(wage);
        }
    }

    /// The amount that held for the same job when this one begins, kroner a month: that of the latest day not after its own, and of
    /// several for one day the newest report. What the report corrects is not among them, because it falls away.
    pub fn before(&self, report: &Report) -> Option<Money> {
        let valid_from = *report.answers.date("valid_from")?;
        let corrected = report.correction.map(|correction| correction.corrects);
        let of_job = self.0.get(&job(report)?)?.iter();
        let held =
            of_job.filter(|wage| wage.valid_from <= valid_from && (wage.report.is_none() || wage.report != corrected));
        held.max_by_key(|wage| wage.valid_from).map(|wage| wage.total)
    }
}

impl fmt::Debug for EarlierWages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EarlierWages([redacted])")
    }
}

/// Nothing for a report that says nothing about the full-time wage.
fn job(report: &Report) -> Option<Job> {
    let tells = report.content_kind() == ReportKind::FullTimeWage && !report.is_withdrawal();
    let position = report.answers.text("position_title").filter(|_| tells)?;
    let words: Vec<_> = position.split_whitespace().map(str::to_lowercase).collect();
    Some((report.employee.cpr.expose().to_owned(), words.join(" ")))
}

fn wage(id: Option<ReportId>, report: &Report) -> Option<EarlierWage> {
    Some(EarlierWage {
        report: id,
        valid_from: *report.answers.date("valid_from")?,
        total: *report.answers.money("full_time_total_monthly_wage")?,
    })
}
