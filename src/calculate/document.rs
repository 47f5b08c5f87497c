//! An assessment as JSON. The keys stand in the order of the fields here and nothing depends on a map's order, so the same assessment is
//! the same text byte for byte. `docs/calculation.md` describes the format.

use jiff::civil::Date;
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::assessment::{Assessment, Missing, Outcome};
use super::case::Judged;
use super::explain::Explanation;
use super::rulebook::{Epoch, IncomeType, PayComponent, Provenance, RateId, RuleId, Status};
use super::run::Used;
use super::trace::{Figure, FigureName, Quantity, StepView, Trace, exact_kroner, two_decimals};
use super::{Amounts, SubsidyCase};
use crate::finding::Violation;
use crate::value::{Language, Localized, Money, Month};

#[derive(serde::Serialize)]
struct Document<'a> {
    trace_version: u32,
    rules_version: &'a str,
    scheme: &'static str,
    scheme_starts: Date,
    subsidy_month: Month,
    income_month: Month,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deduction_30: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deduction_55: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    benefit_deduction: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsidy_before_ceiling: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_room: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ceiling_applies: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subsidy: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    atp: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_before_tax: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_pension: Option<Money>,
    provisional_because: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_decide: Option<MustDecide>,
    explanation: Explanation,
    hints: &'a [Violation],
    rates_used: RatesUsed<'a>,
    income_rules_used: IncomeRulesUsed<'a>,
    pay_components_used: ComponentsUsed<'a>,
    trace: Steps<'a>,
    case: &'a SubsidyCase,
}

impl Serialize for Assessment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amounts = self.amounts();
        let money = |part: fn(&Amounts) -> Money| amounts.map(part);
        Document {
            trace_version: self.basis.trace_version,
            rules_version: self.rules_version(),
            scheme: "employee",
            scheme_starts: self.basis.scheme_starts.first_day(),
            subsidy_month: self.case.subsidy_month,
            income_month: self.case.income_month(),
            status: self.standing().as_str(),
            deduction_30: money(|amounts| amounts.deduction_30),
            deduction_55: money(|amounts| amounts.deduction_55),
            benefit_deduction: money(|amounts| amounts.benefit_deduction),
            subsidy_before_ceiling: money(|amounts| amounts.subsidy_before_ceiling),
            ceiling_room: money(|amounts| amounts.ceiling_room),
            ceiling_applies: amounts.map(|amounts| amounts.ceiling_applies),
            subsidy: money(|amounts| amounts.subsidy),
            atp: money(|amounts| amounts.atp),
            paid_before_tax: money(|amounts| amounts.paid_before_tax),
            state_pension: amounts.and_then(|amounts| amounts.state_pension),
            provisional_because: self.provisional_because(),
            missing: match &self.outcome {
                Outcome::Incomplete(missing) => missing
                    .iter()
                    .map(|one| one.document(self.case.subsidy_month))
                    .collect(),
                Outcome::Calculated(_) | Outcome::OtherScheme { .. } => Vec::new(),
            },
            must_decide: MustDecide::of(self),
            explanation: self.explanation(),
            hints: &self.hints,
            rates_used: RatesUsed {
                epoch: &self.basis,
                used: self.used,
            },
            income_rules_used: IncomeRulesUsed {
                epoch: &self.basis,
                used: self.used,
            },
            pay_components_used: ComponentsUsed {
                epoch: &self.basis,
                used: self.used,
            },
            trace: Steps {
                epoch: &self.basis,
                trace: &self.trace,
            },
            case: &self.case,
        }
        .serialize(serializer)
    }
}

impl Assessment {
    /// The names of the derived rates it rests on, and `income_basis` where the income is only expected.
    fn provisional_because(&self) -> Vec<&'static str> {
        let expected = self.amounts().is_some() && self.case.income_basis == super::IncomeBasis::Expected;
        let expected = expected.then_some("income_basis");
        self.provisional_rates().map(RateId::as_str).chain(expected).collect()
    }
}

/// A judgement that is the municipality's, and what the month gives by each answer; every figure is one of the step that tells it.
#[derive(serde::Serialize)]
struct MustDecide {
    question: Localized,
    outcomes: [OutcomeOfJudgement; 2],
}

#[derive(serde::Serialize)]
struct OutcomeOfJudgement {
    judged_as: &'static str,
    subsidy: Money,
    paid_before_tax: Money,
}

impl MustDecide {
    fn of(assessment: &Assessment) -> Option<Self> {
        let step = assessment.trace.step(RuleId::BonusOrGift)?;
        let amount = |name| match step.figure(name)? {
            Quantity::Amount(amount) => amount.to_money().ok(),
            _ => None,
        };
        let outcome = |judged: Judged, subsidy, paid| {
            Some(OutcomeOfJudgement {
                judged_as: judged.as_str(),
                subsidy: amount(subsidy)?,
                paid_before_tax: amount(paid)?,
            })
        };
        Some(Self {
            question: Localized::new(
                assessment.must_decide(Language::Da)?,
                assessment.must_decide(Language::En)?,
            ),
            outcomes: [
                outcome(Judged::Wage, FigureName::SubsidyIfWage, FigureName::PaidIfWage)?,
                outcome(Judged::Gift, FigureName::SubsidyIfGift, FigureName::PaidIfGift)?,
            ],
        })
    }
}

#[derive(serde::Serialize)]
pub(super) struct MissingDocument<'a> {
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    who: &'static str,
    message: Localized,
}

impl Missing {
    pub(super) fn document(&self, month: Month) -> MissingDocument<'_> {
        MissingDocument {
            what: &self.what,
            from: self.from,
            who: self.who.as_str(),
            message: self.message(month),
        }
    }
}

#[derive(serde::Serialize)]
struct InForce {
    from: Date,
    until: Option<Date>,
}

impl InForce {
    fn of(provenance: &Provenance) -> Self {
        let validity = provenance.validity;
        Self {
            from: validity.from.first_day(),
            until: validity.until.map(Month::last_day),
        }
    }
}

/// Writes a sequence of documents made from an iterator, without gathering them.
fn sequence<S: Serializer, T: Serialize>(serializer: S, items: impl Iterator<Item = T>) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(None)?;
    for item in items {
        sequence.serialize_element(&item)?;
    }
    sequence.end()
}

/// The rates a calculation looked at, in the order of their names in the code.
pub(super) struct RatesUsed<'a> {
    pub epoch: &'a Epoch,
    pub used: Used,
}

#[derive(serde::Serialize)]
struct RateDocument<'a> {
    name: &'static str,
    value: String,
    unit: &'static str,
    paragraph: &'a str,
    in_force: InForce,
    status: Status,
    source: &'a str,
}

impl Serialize for RatesUsed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rates = self
            .used
            .rates()
            .filter_map(|id| self.epoch.rate(id).map(|rate| (id, rate)));
        let documents = rates.map(|(id, rate)| RateDocument {
            name: id.as_str(),
            value: rate.value.to_text(),
            unit: id.unit().as_str(),
            paragraph: &rate.provenance.paragraph,
            in_force: InForce::of(&rate.provenance),
            status: rate.provenance.status,
            source: &rate.source,
        });
        sequence(serializer, documents)
    }
}

struct IncomeRulesUsed<'a> {
    epoch: &'a Epoch,
    used: Used,
}

#[derive(serde::Serialize)]
struct IncomeRuleDocument<'a> {
    r#type: &'static str,
    name: &'a Localized,
    counts_in_deduction: bool,
    uses_ceiling_room: bool,
    opens_subsidy: bool,
    paragraph: &'a str,
    in_force: InForce,
    status: Status,
}

impl Serialize for IncomeRulesUsed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self
            .used
            .income()
            .filter_map(|kind: IncomeType| self.epoch.income(kind).map(|rule| (kind, rule)));
        let documents = rules.map(|(kind, rule)| IncomeRuleDocument {
            r#type: kind.as_str(),
            name: &rule.name,
            counts_in_deduction: rule.counts_in_deduction,
            uses_ceiling_room: rule.uses_ceiling_room,
            opens_subsidy: rule.opens_subsidy,
            paragraph: &rule.provenance.paragraph,
            in_force: InForce::of(&rule.provenance),
            status: rule.provenance.status,
        });
        sequence(serializer, documents)
    }
}

struct ComponentsUsed<'a> {
    epoch: &'a Epoch,
    used: Used,
}

#[derive(serde::Serialize)]
struct ComponentDocument<'a> {
    part: &'static str,
    name: &'a Localized,
    counts: bool,
    paragraph: &'a str,
    in_force: InForce,
    status: Status,
}

impl Serialize for ComponentsUsed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self
            .used
            .components()
            .filter_map(|part: PayComponent| self.epoch.component(part).map(|rule| (part, rule)));
        let documents = parts.map(|(part, rule)| ComponentDocument {
            part: part.as_str(),
            name: &rule.name,
            counts: rule.counts,
            paragraph: &rule.provenance.paragraph,
            in_force: InForce::of(&rule.provenance),
            status: rule.provenance.status,
        });
        sequence(serializer, documents)
    }
}

/// The steps with the words of their rules.
pub(super) struct Steps<'a> {
    pub epoch: &'a Epoch,
    pub trace: &'a Trace,
}

#[derive(serde::Serialize)]
struct StepDocument<'a> {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u16>,
    name: &'a Localized,
    formula: &'a Localized,
    paragraph: &'a str,
    in_force: InForce,
    status: Status,
    inputs: Figures<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_rounding: Option<String>,
    rounding: &'static str,
    result: FigureDocument,
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps = self.trace.steps().filter_map(|step| self.document(&step));
        sequence(serializer, steps)
    }
}

impl<'a> Steps<'a> {
    fn document(&self, step: &StepView<'a>) -> Option<StepDocument<'a>> {
        let text = self.epoch.rule(step.rule)?;
        Some(StepDocument {
            rule: step.rule.as_str(),
            line: step.line,
            name: &text.name,
            formula: &text.formula,
            paragraph: &text.provenance.paragraph,
            in_force: InForce::of(&text.provenance),
            status: text.provenance.status,
            inputs: Figures(step.inputs),
            before_rounding: step.before_rounding.map(exact_kroner),
            rounding: step.rounding.as_str(),
            result: FigureDocument::of(&step.result),
        })
    }
}

struct Figures<'a>(&'a [Figure]);

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(serializer, self.0.iter().map(FigureDocument::of))
    }
}

#[derive(serde::Serialize)]
struct FigureDocument {
    name: &'static str,
    value: String,
    /// The exact amount in kroner as a fraction, where `value` had to be rounded to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<String>,
    unit: &'static str,
}

impl FigureDocument {
    fn of(figure: &Figure) -> Self {
        let (value, exact, unit) = match figure.value {
            Quantity::Amount(ore) => {
                let exact = exact_kroner(ore);
                match ore.to_money() {
                    Ok(amount) if ore.denominator() != 1 => (amount.to_machine(), Some(exact), "kr"),
                    _ => (exact, None, "kr"),
                }
            }
            Quantity::Percent(percent) => (percent.to_machine(), None, "percent"),
            Quantity::Factor(numerator, denominator) => (format!("{numerator}/{denominator}"), None, "fraction"),
            Quantity::Hours(hours) => (hours.to_machine(), None, "hours_a_week"),
            Quantity::MonthlyHours(hours) => {
                let exact =
                    (hours.denominator() != 1).then(|| format!("{}/{}", hours.numerator(), hours.denominator()));
                (two_decimals(hours), exact, "hours_a_month")
            }
            Quantity::Number(number) => (number.to_string(), None, "number"),
            Quantity::Days(days) => (days.to_string(), None, "days"),
            Quantity::Month(month) => (month.to_string(), None, "month"),
            Quantity::Date(date) => (date.to_string(), None, "date"),
            Quantity::YesNo(yes) => ((if yes { "yes" } else { "no" }).to_owned(), None, "yes_no"),
            Quantity::Type(kind) => (kind.as_str().to_owned(), None, "income_type"),
        };
        Self {
            name: figure.name.as_str(),
            value,
            exact,
            unit,
        }
    }
}
