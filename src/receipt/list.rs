//! The list of a receipt with many reports: totals first, then one line for each report, by kind.

use std::collections::BTreeMap;

use super::{
    compose::ReceiptReport,
    document::{Block, Column, Density},
    print::heading,
    words::Words,
};
use crate::{
    calculate::ReportAssessment,
    record::{ReportKind, StoredReport},
    reference,
    value::{Language, Money, MunicipalityCode, date_to_danish},
};

#[derive(Default)]
pub(super) struct List {
    kinds: Vec<OfKind>,
    /// How many went where; nothing for those that are held.
    receivers: BTreeMap<Option<MunicipalityCode>, usize>,
    /// How many have a warning or hint.
    noticed: usize,
}

/// The reports of one kind, in the order in which they came.
struct OfKind {
    kind: ReportKind,
    label: String,
    rows: Vec<Vec<String>>,
    /// The sum of their amounts.
    sum: Option<Money>,
}

impl List {
    /// `number` counts the reports of the receipt from 1.
    pub fn add(&mut self, number: usize, report: &ReceiptReport, stored: &StoredReport, language: Language) {
        let receiver = stored.arrival.state.municipality().copied();
        *self.receivers.entry(receiver).or_default() += 1;
        self.noticed += usize::from(!report.notices.is_empty());
        let amount = amount(&stored.assessment);
        let place = receiver.map_or_else(
            || "–".to_owned(),
            |code| format!("{code} {}", reference::municipality(&code).name),
        );
        let employee = &stored.report.employee;
        let row = vec![
            number.to_string(),
            employee.name.expose().clone(),
            employee.cpr.expose_formatted(),
            day(&stored.assessment).map(date_to_danish).unwrap_or_default(),
            place,
            amount.map(|amount| amount.in_language(language)).unwrap_or_default(),
        ];
        let of_kind = self.of_kind(stored.report.kind, &report.kind);
        of_kind.sum = match (of_kind.sum, amount) {
            (Some(sum), Some(amount)) => sum.checked_add(amount),
            (sum, amount) => sum.or(amount),
        };
        of_kind.rows.push(row);
    }

    fn of_kind(&mut self, kind: ReportKind, label: &str) -> &mut OfKind {
        let at = self.kinds.iter().position(|of_kind| of_kind.kind == kind);
        let at = at.unwrap_or_else(|| {
            self.kinds.push(OfKind {
                kind,
                label: label.to_owned(),
                rows: Vec::new(),
                sum: None,
            });
            self.kinds.len() - 1
        });
        &mut self.kinds[at]
    }

    pub fn blocks(self, words: &Words, language: Language) -> Vec<Block> {
        let mut blocks = vec![heading(2, words.totals.to_owned()), self.by_kind(words, language)];
        blocks.push(self.by_receiver(words));
        if self.noticed > 0 {
            blocks.push(Block::Paragraph(format!("{} {}", self.noticed, words.with_notices)));
        }
        blocks.push(Block::Note(words.in_attachment.to_owned()));
        for of_kind in self.kinds {
            blocks.push(heading(2, of_kind.label.clone()));
            blocks.push(of_kind.table(words));
        }
        blocks
    }

    fn by_kind(&self, words: &Words, language: Language) -> Block {
        let row = |of_kind: &OfKind| {
            let sum = of_kind.sum.map(|sum| sum.in_language(language)).unwrap_or_default();
            vec![of_kind.label.clone(), of_kind.rows.len().to_string(), sum]
        };
        Block::Table {
            density: Density::Roomy,
            caption: words.by_kind.to_owned(),
            columns: vec![
                Column::left(words.report),
                Column::right(words.number_of),
                Column::right(words.amounts_in_all),
            ],
            rows: self.kinds.iter().map(row).collect(),
        }
    }

    fn by_receiver(&self, words: &Words) -> Block {
        let name = |code: &Option<MunicipalityCode>| match code {
            Some(code) => format!("{code} {}", reference::municipality(code).full_name),
            None => words.held.to_owned(),
        };
        let receivers = self.receivers.iter();
        Block::Table {
            density: Density::Roomy,
            caption: words.by_receiver.to_owned(),
            columns: vec![Column::left(words.municipality), Column::right(words.number_of)],
            rows: receivers
                .map(|(code, count)| vec![name(code), count.to_string()])
                .collect(),
        }
    }
}

impl OfKind {
    fn table(self, words: &Words) -> Block {
        Block::Table {
            density: Density::Close,
            caption: format!("{} {}", self.rows.len(), words.listed),
            columns: vec![
                Column::right(words.place),
                Column::left(words.employee),
                Column::left(words.cpr),
                Column::left(words.from),
                Column::left(words.municipality),
                Column::right(words.amount),
            ],
            rows: self.rows,
        }
    }
}

fn amount(assessment: &ReportAssessment) -> Option<Money> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => ceiling.wage_ceiling,
        ReportAssessment::OneOffPayment(payment) => Some(payment.amount),
        ReportAssessment::EmploymentEnd(_)
        | ReportAssessment::UnchangedConfirmation { .. }
        | ReportAssessment::Withdrawal { .. } => None,
    }
}

fn day(assessment: &ReportAssessment) -> Option<jiff::civil::Date> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => Some(ceiling.valid_from),
        ReportAssessment::OneOffPayment(payment) => Some(payment.paid_on),
        ReportAssessment::EmploymentEnd(end) => Some(end.last_day),
        ReportAssessment::UnchangedConfirmation { as_of, .. } => Some(*as_of),
        ReportAssessment::Withdrawal { .. } => None,
    }
}
