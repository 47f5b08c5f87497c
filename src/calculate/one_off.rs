//! The steps of an amount paid once, judged as wage, and how they are stored with it.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::document::Steps;
use super::exact::Exact;
use super::report::{MonthShare, OneOffAssessment, OneOffPayment, one_off};
use super::rulebook::{Choice, Epoch, RuleId};
use super::stored::{StoredStep, UnreadableAssessment, known_version, restore_trace};
use super::trace::{Figure, FigureName as F, Quantity, Record, StepView, Trace};
use crate::finding::Violation;
use crate::value::{Language, Localized, Money, Month};

/// How the even share of a month was found, and the rules of that.
#[derive(Clone)]
pub(super) struct OneOffSteps {
    basis: Arc<Epoch>,
    trace: Trace,
}

impl OneOffSteps {
    /// The share that every month has, and that of the last month, which carries what rounding leaves.
    pub fn of(rules: &Arc<Epoch>, amount: Money, shares: &[MonthShare]) -> Self {
        let mut trace = Trace::default();
        if let [first, .., last] | [first @ last] = shares {
            let months = u32::try_from(shares.len()).expect("there are fewer months than days in ten thousand years");
            trace.record(even_share(amount, months, first, last).view());
            if first.share != last.share {
                trace.record(last_share(amount, months, first.share, last.share).view());
            }
        }
        Self {
            basis: rules.clone(),
            trace,
        }
    }
}

/// A step on its way into the trace.
struct Told {
    rule: RuleId,
    inputs: Vec<Figure>,
    before: Option<Exact>,
    rounding: Choice,
    result: Figure,
}

impl Told {
    fn view(&self) -> StepView<'_> {
        StepView {
            rule: self.rule,
            line: None,
            inputs: &self.inputs,
            before_rounding: self.before,
            rounding: self.rounding,
            result: self.result,
        }
    }
}

fn of_months(months: u32) -> Figure {
    Figure {
        name: F::Months,
        value: Quantity::Number(months),
    }
}

fn even_share(amount: Money, months: u32, first: &MonthShare, last: &MonthShare) -> Told {
    let month = |name, month| Figure {
        name,
        value: Quantity::Month(month),
    };
    Told {
        rule: RuleId::OneOffShare,
        inputs: vec![
            Figure::amount(F::Total, amount.into()),
            month(F::EarnedFrom, first.income_month),
            month(F::EarnedTo, last.income_month),
            of_months(months),
        ],
        before: Exact::new(amount.ore().into(), months.into()),
        rounding: Choice::NearestOre,
        result: Figure::amount(F::Share, first.share.into()),
    }
}

fn last_share(amount: Money, months: u32, share: Money, last: Money) -> Told {
    Told {
        rule: RuleId::OneOffLastShare,
        inputs: vec![
            Figure::amount(F::Total, amount.into()),
            Figure::amount(F::Share, share.into()),
            of_months(months),
        ],
        before: None,
        rounding: Choice::NoRounding,
        result: Figure::amount(F::LastShare, last.into()),
    }
}

impl OneOffAssessment {
    pub fn trace(&self) -> &Trace {
        &self.steps.trace
    }

    /// A line for each step.
    pub fn steps_in_words(&self, language: Language) -> Vec<String> {
        super::explain::steps_in_words(&self.steps.basis, &self.steps.trace, language)
    }

    /// The same worked out again from the payment and the rules it carries. Its hints are what was said at the time, and are kept.
    pub(super) fn again(&self) -> Result<Self, UnreadableAssessment> {
        let payment = self.payment.as_ref().ok_or(UnreadableAssessment::NoInput)?;
        Ok(Self {
            hints: self.hints.clone(),
            ..one_off(&self.steps.basis, payment)
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    amount: Money,
    paid_on: Date,
    as_wage: &'a [MonthShare],
    as_gift: Option<Money>,
    speaks_for_wage: &'a [Localized],
    speaks_for_gift: &'a [Localized],
    must_decide: &'a Localized,
    #[serde(skip_serializing_if = "Option::is_none")]
    presumption: Option<&'a Localized>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paragraph: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force_from: Option<Date>,
    hints: &'a [Violation],
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Steps<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<&'a OneOffPayment>,
}

impl Serialize for OneOffAssessment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What was not kept when it was stored is not written now either: digests of its time cover it.
        let kept = self.payment.as_ref();
        Document {
            amount: self.amount,
            paid_on: self.paid_on,
            as_wage: &self.as_wage,
            as_gift: self.as_gift,
            speaks_for_wage: &self.speaks_for_wage,
            speaks_for_gift: &self.speaks_for_gift,
            must_decide: &self.must_decide,
            presumption: self.presumption.as_ref(),
            paragraph: self.paragraph.as_deref(),
            in_force_from: self.in_force_from,
            hints: &self.hints,
            trace_version: kept.map(|_| self.steps.basis.trace_version),
            rules_version: kept.map(|_| &*self.steps.basis.version),
            trace: kept.map(|_| Steps {
                epoch: &self.steps.basis,
                trace: &self.steps.trace,
            }),
            payment: kept,
        }
        .serialize(serializer)
    }
}

/// As stored. What is absent was not kept by earlier programs.
#[derive(Deserialize)]
struct Stored {
    amount: Money,
    paid_on: Date,
    as_wage: Vec<MonthShare>,
    as_gift: Option<Money>,
    speaks_for_wage: Vec<Localized>,
    speaks_for_gift: Vec<Localized>,
    must_decide: Localized,
    presumption: Option<Localized>,
    paragraph: Option<String>,
    in_force_from: Option<Date>,
    hints: Vec<Violation>,
    trace_version: Option<u32>,
    #[serde(default)]
    rules_version: String,
    #[serde(default)]
    trace: Vec<StoredStep>,
    payment: Option<OneOffPayment>,
}

impl Stored {
    fn restore(self) -> Result<OneOffAssessment, UnreadableAssessment> {
        let unknown_start = Month::of(Date::MAX);
        let mut epoch = Epoch::partial(self.rules_version.into(), unknown_start);
        epoch.trace_version = known_version(self.trace_version.unwrap_or(1))?;
        let trace = restore_trace(self.trace, &mut epoch)?;
        Ok(OneOffAssessment {
            amount: self.amount,
            paid_on: self.paid_on,
            as_wage: self.as_wage,
            as_gift: self.as_gift,
            speaks_for_wage: self.speaks_for_wage,
            speaks_for_gift: self.speaks_for_gift,
            must_decide: self.must_decide,
            presumption: self.presumption,
            paragraph: self.paragraph,
            in_force_from: self.in_force_from,
            hints: self.hints,
            payment: self.payment,
            steps: OneOffSteps {
                basis: Arc::new(epoch),
                trace,
            },
        })
    }
}

impl<'de> Deserialize<'de> for OneOffAssessment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.restore().map_err(D::Error::custom)
    }
}

/// Two are equal when they read the same.
impl PartialEq for OneOffAssessment {
    fn eq(&self, other: &Self) -> bool {
        matches!((serde_json::to_vec(self), serde_json::to_vec(other)), (Ok(one), Ok(other)) if one == other)
    }
}

impl Eq for OneOffAssessment {}
