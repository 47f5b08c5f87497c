//! What a correction changed, for whoever had the corrected report. Pure.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::{Answers, StoredReport};
use crate::{
    calculate::{Amounts, ReportAssessment},
    fields,
    value::{Money, ReportId},
};

/// The fields that make a report a correction: they say nothing about the job.
const OF_THE_CORRECTION: [&str; 4] = [
    fields::REPORT_KIND.id(),
    fields::CORRECTS_REPORT_ID.id(),
    fields::CORRECTION_ACTION.id(),
    fields::CORRECTED_REPORT_KIND.id(),
];

/// One thing before and after; `None` where it was not there.
#[derive(Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// Id of the field, or name of the amount.
    pub name: String,
    pub before: Option<T>,
    pub after: Option<T>,
}

/// The difference (*forskel*) between a report and the one that replaces it.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    pub corrects: ReportId,
    /// Answers that differ, by field id.
    pub fields: Vec<Change<Value>>,
    /// Amounts of the assessment that differ, in kroner, under the names of the calculation.
    pub amounts: Vec<Change<Money>>,
}

impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: [redacted]", self.name)
    }
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Difference")
            .field("corrects", &self.corrects)
            .field("fields", &self.fields)
            .field("amounts", &self.amounts)
            .finish()
    }
}

impl Difference {
    pub fn between(before: &StoredReport, after: &StoredReport) -> Self {
        Self {
            corrects: before.id,
            fields: changed_fields(&before.report.answers, &after.report.answers),
            amounts: changed_amounts(&before.assessment, &after.assessment),
        }
    }
}

fn changed_fields(before: &Answers, after: &Answers) -> Vec<Change<Value>> {
    let (before, after) = (before.to_plain_json(), after.to_plain_json());
    let names: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let changes = names.into_iter().map(|name| Change {
        before: before.get(&name).cloned(),
        after: after.get(&name).cloned(),
        name,
    });
    changes
        .filter(|change| change.before != change.after && !OF_THE_CORRECTION.contains(&change.name.as_str()))
        .collect()
}

fn changed_amounts(before: &ReportAssessment, after: &ReportAssessment) -> Vec<Change<Money>> {
    let (before, after) = (amounts_of(before), amounts_of(after));
    let names: BTreeSet<_> = before.iter().chain(&after).map(|(name, _)| *name).collect();
    let find = |amounts: &[(&'static str, Money)], name| {
        let found = amounts.iter().find(|(other, _)| *other == name);
        found.map(|(_, amount)| *amount)
    };
    let changes = names.into_iter().map(|name| Change {
        name: name.to_owned(),
        before: find(&before, name),
        after: find(&after, name),
    });
    changes.filter(|change| change.before != change.after).collect()
}

/// The amounts that decide, under the names of the calculation; those of the first month where it was calculated.
fn amounts_of(assessment: &ReportAssessment) -> Vec<(&'static str, Money)> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => {
            let ceiling_amount = ceiling.wage_ceiling.map(|amount| ("wage_ceiling", amount));
            let month = ceiling.first_month.as_ref().and_then(|month| month.amounts());
            ceiling_amount
                .into_iter()
                .chain(month.into_iter().flat_map(month_amounts))
                .collect()
        }
        ReportAssessment::OneOffPayment(payment) => vec![("amount", payment.amount)],
        ReportAssessment::EmploymentEnd(_)
        | ReportAssessment::UnchangedConfirmation { .. }
        | ReportAssessment::Withdrawal { .. } => Vec::new(),
    }
}

fn month_amounts(amounts: &Amounts) -> [(&'static str, Money); 7] {
    [
        ("deduction_30", amounts.deduction_30),
        ("deduction_55", amounts.deduction_55),
        ("subsidy_before_ceiling", amounts.subsidy_before_ceiling),
        ("ceiling_room", amounts.ceiling_room),
        ("subsidy", amounts.subsidy),
        ("atp", amounts.atp),
        ("paid_before_tax", amounts.paid_before_tax),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Answer;

    #[test]
    fn only_what_differs_is_told_and_not_that_it_is_a_correction() {
        let answers = |wage: &str, more: &[(&str, &str)]| {
            let mut answers = Answers::default();
            answers.insert("position_title", Answer::Text("Kok".into()));
            answers.insert("wage", Answer::Text(wage.into()));
            for (field, text) in more {
                answers.insert(*field, Answer::Text((*text).into()));
            }
            answers
        };
        let before = answers("1", &[("remark", "x")]);
        let after = answers("2", &[("correction_action", "replace")]);
        let changes = changed_fields(&before, &after);
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.name.as_str(), change.before.is_some(), change.after.is_some()))
            .collect();
        assert_eq!(told, [("remark", true, false), ("wage", true, true)]);
        assert!(!format!("{changes:?}").contains('x'), "a change prints no value");
        assert!(changed_fields(&before, &before).is_empty());
    }
}
