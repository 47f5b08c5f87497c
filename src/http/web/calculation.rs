//! What follows from a report, or from figures tried out, as tables that can be read step by step.

use super::Frame;
use crate::{
    calculate::{Assessment, CeilingAssessment, OneOffAssessment, ReportAssessment, ToldStep},
    value::{Localized, Money},
};

/// Everything there is to show of a calculation; parts that do not belong to it are empty.
#[derive(Default)]
pub struct Calculation {
    /// In short, most important first.
    pub lines: Vec<String>,
    pub tables: Vec<StepTable>,
    /// An amount paid once, month by month, were it wage.
    pub shares: Vec<Share>,
    /// Whether it may be a gift instead.
    pub may_be_gift: bool,
}

/// The steps of one calculation.
pub struct StepTable {
    pub heading: String,
    pub steps: Vec<ToldStep>,
}

/// What a month would carry of an amount.
pub struct Share {
    pub month: String,
    /// The month whose subsidy it counts in.
    pub subsidy_month: String,
    pub amount: String,
    /// Were it a gift.
    pub gift: String,
}

impl Calculation {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.tables.is_empty() && self.shares.is_empty()
    }

    /// What one report gives by itself.
    pub fn of_report(assessment: &ReportAssessment, frame: &Frame) -> Self {
        let said = |message: &Localized| Self {
            lines: vec![message.get(frame.language).to_owned()],
            ..Self::default()
        };
        match assessment {
            ReportAssessment::FullTimeWage(ceiling) => Self::of_ceiling(ceiling, frame),
            ReportAssessment::OneOffPayment(payment) => Self::of_payment(payment, frame),
            ReportAssessment::EmploymentEnd(end) => said(&end.message),
            ReportAssessment::UnchangedConfirmation { message, .. } | ReportAssessment::Withdrawal { message } => {
                said(message)
            }
        }
    }

    /// What the subsidy of a month would be.
    pub fn of_month(assessment: &Assessment, frame: &Frame) -> Self {
        let heading = frame.t("Trin for trin", "Step by step");
        Self {
            lines: assessment.lines(frame.language),
            tables: StepTable::new(heading, assessment.told_steps(frame.language))
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }

    fn of_ceiling(ceiling: &CeilingAssessment, frame: &Frame) -> Self {
        let language = frame.language;
        let mut lines = Vec::new();
        if let Some(amount) = ceiling.wage_ceiling {
            lines.push(format!(
                "{}: {}",
                frame.t("Lønloftet er", "The ceiling is"),
                kroner(amount, frame)
            ));
        }
        lines.push(ceiling.message.get(language).to_owned());
        // Where the first month can't be calculated there are no steps to show: then why.
        let untold = ceiling
            .first_month
            .iter()
            .filter(|month| month.told_steps(language).is_empty());
        lines.extend(untold.flat_map(|month| month.lines(language)));
        let built = ceiling.build_up.as_ref().and_then(|built| {
            StepTable::new(
                frame.t("Fuldtidslønnen bygget op", "The full-time wage built up"),
                built.told_steps(language),
            )
        });
        let first = ceiling.first_month.as_ref().and_then(|month| {
            StepTable::new(
                frame.t(
                    "Første måned, med den løn I forventer",
                    "First month, with the wage you expect",
                ),
                month.told_steps(language),
            )
        });
        Self {
            lines,
            tables: built.into_iter().chain(first).collect(),
            ..Self::default()
        }
    }

    fn of_payment(payment: &OneOffAssessment, frame: &Frame) -> Self {
        let language = frame.language;
        let share = |share: &crate::calculate::MonthShare| Share {
            month: share.income_month.to_text(language),
            subsidy_month: share.subsidy_month.to_text(language),
            amount: kroner(share.share, frame),
            gift: kroner(Money::ZERO, frame),
        };
        Self {
            lines: payment.in_words(language),
            shares: payment.as_wage.iter().map(share).collect(),
            may_be_gift: payment.as_gift.is_some(),
            ..Self::default()
        }
    }
}

impl StepTable {
    fn new(heading: &str, steps: Vec<ToldStep>) -> Option<Self> {
        (!steps.is_empty()).then(|| Self {
            heading: heading.to_owned(),
            steps,
        })
    }
}

/// An amount with its unit, as it is written in the language.
pub fn kroner(money: Money, frame: &Frame) -> String {
    format!("{} kr.", amount(money, frame))
}

/// An amount without its unit, as it is written in the language.
pub fn amount(money: Money, frame: &Frame) -> String {
    money.in_language(frame.language)
}
