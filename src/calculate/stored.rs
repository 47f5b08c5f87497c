//! An assessment read back from its JSON, with just the rules it carries. Nothing is looked up in today's rule book.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::SubsidyCase;
use super::assessment::{Assessment, Missing, Outcome, TRACE_VERSION, Who};
use super::employee::Amounts;
use super::exact::Exact;
use super::rulebook::{
    Choice, ComponentRule, Epoch, IncomeRule, IncomeType, PayComponent, Provenance, Rate, RateId, RateValue, RuleId,
    RuleText, Status, Validity,
};
use super::run::Used;
use super::trace::{Figure, FigureName, Quantity, Record, StepView, Trace, read_exact_kroner};
use crate::finding::Violation;
use crate::value::{Localized, Money, Month};

#[derive(Deserialize)]
struct StoredAssessment {
    trace_version: u32,
    rules_version: String,
    scheme_starts: Date,
    status: String,
    deduction_30: Option<Money>,
    deduction_55: Option<Money>,
    benefit_deduction: Option<Money>,
    subsidy_before_ceiling: Option<Money>,
    ceiling_room: Option<Money>,
    ceiling_applies: Option<bool>,
    subsidy: Option<Money>,
    atp: Option<Money>,
    paid_before_tax: Option<Money>,
    state_pension: Option<Money>,
    #[serde(default)]
    missing: Vec<StoredMissing>,
    hints: Vec<Violation>,
    #[serde(flatten)]
    basis: StoredBasis,
    trace: Vec<StoredStep>,
    case: serde_json::Value,
}

/// The rules that a stored result carries.
#[derive(Deserialize)]
pub(super) struct StoredBasis {
    pub rates_used: Vec<StoredRate>,
    #[serde(default)]
    pub income_rules_used: Vec<StoredIncomeRule>,
    #[serde(default)]
    pub pay_components_used: Vec<StoredComponent>,
}

#[derive(Deserialize)]
struct StoredMissing {
    what: String,
    from: Option<Date>,
    who: String,
}

#[derive(Deserialize)]
struct StoredInForce {
    from: Date,
    until: Option<Date>,
}

#[derive(Deserialize)]
pub(super) struct StoredRate {
    name: String,
    value: String,
    paragraph: String,
    in_force: StoredInForce,
    status: Status,
    source: String,
}

#[derive(Deserialize)]
pub(super) struct StoredIncomeRule {
    r#type: String,
    name: Localized,
    counts_in_deduction: bool,
    uses_ceiling_room: bool,
    opens_subsidy: bool,
    paragraph: String,
    in_force: StoredInForce,
    status: Status,
}

#[derive(Deserialize)]
pub(super) struct StoredComponent {
    part: String,
    name: Localized,
    counts: bool,
    paragraph: String,
    in_force: StoredInForce,
    status: Status,
}

/// One step as stored.
#[derive(Deserialize)]
pub(super) struct StoredStep {
    rule: String,
    line: Option<u16>,
    name: Localized,
    formula: Localized,
    paragraph: String,
    in_force: StoredInForce,
    status: Status,
    inputs: Vec<StoredFigure>,
    before_rounding: Option<String>,
    rounding: String,
    result: StoredFigure,
}

#[derive(Deserialize)]
struct StoredFigure {
    name: String,
    value: String,
    exact: Option<String>,
    unit: String,
}

/// What a stored result says that this program does not understand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableAssessment {
    #[error("its trace version is not one that this program reads")]
    TraceVersion,
    #[error("it names a rule, rate or figure that this program does not know")]
    UnknownName,
    #[error("a figure in it is not of its unit")]
    WrongFigure,
    #[error("its case is not a case that this program reads")]
    WrongCase,
    #[error("its amounts are not all there")]
    MissingAmount,
    #[error("it was stored before reports carried what they were calculated from")]
    NoInput,
}

impl<'de> Deserialize<'de> for Assessment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StoredAssessment::deserialize(deserializer)?
            .restore()
            .map_err(D::Error::custom)
    }
}

impl StoredAssessment {
    fn restore(self) -> Result<Assessment, UnreadableAssessment> {
        let trace_version = known_version(self.trace_version)?;
        let case = SubsidyCase::from_json(&self.case, "/case").map_err(|_| UnreadableAssessment::WrongCase)?;
        let outcome = self.outcome()?;
        let (mut epoch, used) = self
            .basis
            .restore(self.rules_version.into(), Month::of(self.scheme_starts))?;
        epoch.trace_version = trace_version;
        if let Outcome::Incomplete(missing) = &outcome {
            let kept = missing.iter().filter(|one| one.who == Who::RuleKeeper);
            epoch.absent = kept.map(|one| one.what.clone()).collect();
        }
        let trace = restore_trace(self.trace, &mut epoch)?;
        Ok(Assessment {
            basis: Arc::new(epoch),
            case,
            used,
            outcome,
            trace,
            hints: self.hints,
        })
    }

    fn outcome(&self) -> Result<Outcome, UnreadableAssessment> {
        match self.status.as_str() {
            "other_scheme" => Ok(Outcome::OtherScheme {
                scheme_starts: self.scheme_starts,
            }),
            "incomplete" => {
                let missing = self.missing.iter().map(StoredMissing::restore).collect::<Option<_>>();
                missing
                    .map(Outcome::Incomplete)
                    .ok_or(UnreadableAssessment::UnknownName)
            }
            _ => self
                .amounts()
                .map(Outcome::Calculated)
                .ok_or(UnreadableAssessment::MissingAmount),
        }
    }

    fn amounts(&self) -> Option<Amounts> {
        Some(Amounts {
            deduction_30: self.deduction_30?,
            deduction_55: self.deduction_55?,
            benefit_deduction: self.benefit_deduction?,
            subsidy_before_ceiling: self.subsidy_before_ceiling?,
            ceiling_room: self.ceiling_room?,
            ceiling_applies: self.ceiling_applies?,
            subsidy: self.subsidy?,
            atp: self.atp?,
            paid_before_tax: self.paid_before_tax?,
            state_pension: self.state_pension,
        })
    }
}

impl StoredMissing {
    fn restore(&self) -> Option<Missing> {
        Some(Missing {
            what: self.what.clone(),
            from: self.from,
            who: Who::from_name(&self.who)?,
        })
    }
}

impl StoredBasis {
    /// The rules it carries, and which they are.
    pub(super) fn restore(self, version: Arc<str>, starts: Month) -> Result<(Epoch, Used), UnreadableAssessment> {
        let (mut epoch, mut used) = (Epoch::partial(version, starts), Used::default());
        for stored in self.rates_used {
            let id = RateId::from_name(&stored.name).ok_or(UnreadableAssessment::UnknownName)?;
            let value = RateValue::parse(id, &stored.value).map_err(|_| UnreadableAssessment::WrongFigure)?;
            let provenance = provenance(&stored.in_force, stored.paragraph, stored.status);
            used.add_rate(id);
            epoch.put_rate(
                id,
                Rate {
                    value,
                    provenance,
                    source: stored.source,
                },
            );
        }
        for stored in self.income_rules_used {
            let kind = IncomeType::from_name(&stored.r#type).ok_or(UnreadableAssessment::UnknownName)?;
            used.add_income(kind);
            epoch.put_income(
                kind,
                IncomeRule {
                    name: stored.name,
                    counts_in_deduction: stored.counts_in_deduction,
                    uses_ceiling_room: stored.uses_ceiling_room,
                    opens_subsidy: stored.opens_subsidy,
                    provenance: provenance(&stored.in_force, stored.paragraph, stored.status),
                },
            );
        }
        for stored in self.pay_components_used {
            let part = PayComponent::from_name(&stored.part).ok_or(UnreadableAssessment::UnknownName)?;
            let provenance = provenance(&stored.in_force, stored.paragraph, stored.status);
            used.add_component(part);
            epoch.put_component(
                part,
                ComponentRule {
                    name: stored.name,
                    counts: stored.counts,
                    provenance,
                },
            );
        }
        Ok((epoch, used))
    }
}

/// The version, where this program reads it: any up to its own.
pub(super) fn known_version(version: u32) -> Result<u32, UnreadableAssessment> {
    (1..=TRACE_VERSION)
        .contains(&version)
        .then_some(version)
        .ok_or(UnreadableAssessment::TraceVersion)
}

fn provenance(in_force: &StoredInForce, paragraph: String, status: Status) -> Provenance {
    let validity = Validity {
        from: Month::of(in_force.from),
        until: in_force.until.map(Month::of),
    };
    Provenance {
        validity,
        paragraph,
        status,
    }
}

/// The steps; the words of their rules go into the epoch.
pub(super) fn restore_trace(steps: Vec<StoredStep>, epoch: &mut Epoch) -> Result<Trace, UnreadableAssessment> {
    let mut trace = Trace::default();
    for stored in steps {
        let rule = RuleId::from_name(&stored.rule).ok_or(UnreadableAssessment::UnknownName)?;
        let inputs = stored
            .inputs
            .iter()
            .map(StoredFigure::restore)
            .collect::<Result<Vec<_>, _>>()?;
        let before = stored
            .before_rounding
            .as_deref()
            .map(|text| read_exact_kroner(text).ok_or(UnreadableAssessment::WrongFigure));
        trace.record(StepView {
            rule,
            line: stored.line,
            inputs: &inputs,
            before_rounding: before.transpose()?,
            rounding: Choice::from_name(&stored.rounding).ok_or(UnreadableAssessment::UnknownName)?,
            result: stored.result.restore()?,
        });
        let provenance = provenance(&stored.in_force, stored.paragraph, stored.status);
        epoch.put_rule(
            rule,
            RuleText {
                name: stored.name,
                formula: stored.formula,
                provenance,
            },
        );
    }
    Ok(trace)
}

impl StoredFigure {
    fn restore(&self) -> Result<Figure, UnreadableAssessment> {
        let name = FigureName::from_name(&self.name).ok_or(UnreadableAssessment::UnknownName)?;
        let value = self.quantity().ok_or(UnreadableAssessment::WrongFigure)?;
        Ok(Figure { name, value })
    }

    fn quantity(&self) -> Option<Quantity> {
        let text = self.value.as_str();
        Some(match self.unit.as_str() {
            "kr" => Quantity::Amount(read_exact_kroner(self.exact.as_deref().unwrap_or(text))?),
            "percent" => Quantity::Percent(text.parse().ok()?),
            "fraction" => {
                let (numerator, denominator) = text.split_once('/')?;
                Quantity::Factor(numerator.parse().ok()?, denominator.parse().ok()?)
            }
            "hours_a_week" => Quantity::Hours(text.parse().ok()?),
            "hours_a_month" => Quantity::MonthlyHours(self.monthly_hours()?),
            "number" => Quantity::Number(text.parse().ok()?),
            "days" => Quantity::Days(text.parse().ok()?),
            "month" => Quantity::Month(text.parse().ok()?),
            "date" => Quantity::Date(text.parse().ok()?),
            "yes_no" => Quantity::YesNo(text == "yes"),
            "income_type" => Quantity::Type(IncomeType::from_name(text)?),
            _ => return None,
        })
    }

    fn monthly_hours(&self) -> Option<Exact> {
        match self.exact.as_deref().and_then(|exact| exact.split_once('/')) {
            Some((numerator, denominator)) => Exact::new(numerator.parse().ok()?, denominator.parse().ok()?),
            None => self.value.split('.').next()?.parse().ok().map(Exact::whole),
        }
    }
}
