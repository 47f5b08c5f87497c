//! The figures of a report: the one that matters, and how sums were made, in columns.

use super::{
    document::{Block, Column, Density, Fact},
    words::Words,
};
use crate::{
    calculate::{CeilingAssessment, OneOffAssessment, ReportAssessment, ToldStep},
    value::{Language, Money},
};

/// The amount that the report is about; nothing where it is about none.
pub(super) fn figure(assessment: &ReportAssessment, words: &Words, language: Language) -> Option<Fact> {
    let (label, amount) = match assessment {
        ReportAssessment::FullTimeWage(ceiling) => (words.full_time_wage, ceiling.wage_ceiling?),
        ReportAssessment::OneOffPayment(payment) => (words.one_off, payment.amount),
        ReportAssessment::EmploymentEnd(_)
        | ReportAssessment::UnchangedConfirmation { .. }
        | ReportAssessment::Withdrawal { .. } => return None,
    };
    Some(Fact::new(label, kroner(amount, language)))
}

/// What follows from the report by itself.
pub(super) fn assessment_blocks(assessment: &ReportAssessment, words: &Words, language: Language) -> Vec<Block> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => of_ceiling(ceiling, words, language),
        ReportAssessment::OneOffPayment(payment) => of_payment(payment, words, language),
        ReportAssessment::EmploymentEnd(end) => vec![Block::Paragraph(end.message.get(language).to_owned())],
        ReportAssessment::UnchangedConfirmation { message, .. } | ReportAssessment::Withdrawal { message } => {
            vec![Block::Paragraph(message.get(language).to_owned())]
        }
    }
}

fn of_ceiling(ceiling: &CeilingAssessment, words: &Words, language: Language) -> Vec<Block> {
    let mut blocks = Vec::new();
    let built = ceiling.build_up.as_ref();
    blocks.extend(built.and_then(|built| steps(words.built_up, &built.told_steps(language), words)));
    blocks.push(Block::Paragraph(ceiling.message.get(language).to_owned()));
    if let Some(month) = &ceiling.first_month {
        let lines = month.lines(language);
        blocks.extend(lines.into_iter().map(Block::Paragraph));
        blocks.extend(steps(words.first_month, &month.told_steps(language), words));
    }
    blocks
}

fn steps(caption: &str, steps: &[ToldStep], words: &Words) -> Option<Block> {
    let row = |step: &ToldStep| {
        let rule = format!("{}, {} {}", step.paragraph, words.since, step.since);
        vec![step.name.clone(), step.sentence.clone(), rule, step.result.clone()]
    };
    (!steps.is_empty()).then(|| Block::Table {
        density: Density::Roomy,
        caption: caption.to_owned(),
        columns: vec![
            Column::left(words.step),
            Column::left(words.sum),
            Column::left(words.rule),
            Column::right(words.result),
        ],
        rows: steps.iter().map(row).collect(),
    })
}

fn of_payment(payment: &OneOffAssessment, words: &Words, language: Language) -> Vec<Block> {
    let mut blocks: Vec<Block> = payment.in_words(language).into_iter().map(Block::Paragraph).collect();
    if payment.as_wage.is_empty() {
        return blocks;
    }
    let row = |share: &crate::calculate::MonthShare| {
        vec![
            share.income_month.to_text(language),
            share.subsidy_month.to_text(language),
            kroner(share.share, language),
        ]
    };
    blocks.push(Block::Table {
        density: Density::Roomy,
        caption: words.spread.to_owned(),
        columns: vec![
            Column::left(words.month),
            Column::left(words.counts_in),
            Column::right(words.as_wage),
        ],
        rows: payment.as_wage.iter().map(row).collect(),
    });
    blocks
}

fn kroner(amount: Money, language: Language) -> String {
    format!("{}\u{A0}kr.", amount.in_language(language))
}
