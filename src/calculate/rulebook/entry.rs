use serde::{Deserialize, Serialize};

use super::ids::{Choice, RateId, Unit};
use crate::calculate::exact::Exact;
use crate::value::{Hours, Localized, Money, Month, NumberFormat, Percent, Refusal};

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Printed by an official body, or by a page that names one.
    Published,
    /// Worked out from other figures: an assessment that rests on it is provisional and says so.
    Derived,
    /// A reading of a rule whose text was not seen.
    Assumption,
}

impl Status {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "published" => Some(Self::Published),
            "derived" => Some(Self::Derived),
            "assumption" => Some(Self::Assumption),
            _ => None,
        }
    }
}

/// Which months something holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub from: Month,
    /// The last month; open where none is known.
    pub until: Option<Month>,
}

impl Validity {
    pub fn holds_in(self, month: Month) -> bool {
        self.from <= month && self.until.is_none_or(|until| month <= until)
    }
}

/// Where a value or a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    pub validity: Validity,
    pub paragraph: String,
    pub status: Status,
}

/// The value of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateValue {
    Kroner(Money),
    Percent(Percent),
    /// The fraction as written, numerator and denominator: `260/12` stays `260/12` in traces.
    Fraction(i64, i64),
    Days(u16),
    Hours(Hours),
    Choice(Choice),
}

impl RateValue {
    /// Reads a value as the rule data writes it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in the words of the loader.
    pub fn parse(rate: RateId, raw: &str) -> Result<Self, super::Fault> {
        use super::Fault;
        match rate.unit() {
            Unit::Kroner => Money::parse(raw, NumberFormat::Machine)
                .map_err(|refused| decimals_or(&refused, Fault::NotAnAmount))
                .and_then(|amount| {
                    if amount.is_negative() {
                        Err(Fault::NotAnAmount)
                    } else {
                        Ok(Self::Kroner(amount))
                    }
                }),
            Unit::Percent => Percent::parse(raw)
                .map(Self::Percent)
                .map_err(|refused| match refused.code() {
                    "percent-out-of-range" => Fault::PercentageOver100,
                    _ => decimals_or(&refused, Fault::NotAPercentage),
                }),
            Unit::Fraction => parse_fraction(raw),
            Unit::Days => raw
                .parse()
                .ok()
                .filter(|days| *days <= 366)
                .map(Self::Days)
                .ok_or(Fault::NotDays),
            Unit::Hours => Hours::parse(raw, NumberFormat::Machine)
                .map(Self::Hours)
                .map_err(|refused| decimals_or(&refused, Fault::NotHours)),
            Unit::Choice => Choice::from_name(raw)
                .filter(|choice| rate.choices().contains(choice))
                .map(Self::Choice)
                .ok_or_else(|| Fault::UnknownChoice(names_of(rate.choices()))),
        }
    }

    /// The value as the rule data writes it.
    pub fn to_text(self) -> String {
        match self {
            Self::Kroner(amount) => amount.to_machine(),
            Self::Percent(percent) => percent.to_machine(),
            Self::Fraction(numerator, denominator) => format!("{numerator}/{denominator}"),
            Self::Days(days) => days.to_string(),
            Self::Hours(hours) => hours.to_machine(),
            Self::Choice(choice) => choice.as_str().to_owned(),
        }
    }

    /// The value as an exact number: øre, a share of one, a factor, days or hours; a choice is none.
    pub fn exact(self) -> Option<Exact> {
        match self {
            Self::Kroner(amount) => Some(amount.into()),
            Self::Percent(percent) => Some(percent.into()),
            Self::Fraction(numerator, denominator) => Exact::new(numerator.into(), denominator.into()),
            Self::Days(days) => Some(Exact::whole(days.into())),
            Self::Hours(hours) => Some(hours.into()),
            Self::Choice(_) => None,
        }
    }
}

fn decimals_or(refused: &dyn Refusal, otherwise: super::Fault) -> super::Fault {
    if refused.code().ends_with("too-many-decimals") || refused.code().ends_with("ambiguous") {
        super::Fault::TooManyDecimals
    } else {
        otherwise
    }
}

fn parse_fraction(raw: &str) -> Result<RateValue, super::Fault> {
    let Some((numerator, denominator)) = raw.split_once('/') else {
        let decimal = raw.contains(['.', ',']);
        return Err(if decimal {
            super::Fault::RoundedFraction
        } else {
            super::Fault::NotAFraction
        });
    };
    match (numerator.parse::<u32>(), denominator.parse::<u32>()) {
        (Ok(numerator @ 1..), Ok(denominator @ 1..)) => Ok(RateValue::Fraction(numerator.into(), denominator.into())),
        _ => Err(super::Fault::NotAFraction),
    }
}

fn names_of(choices: &[Choice]) -> String {
    choices
        .iter()
        .map(|choice| choice.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// A dated value with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    pub value: RateValue,
    pub provenance: Provenance,
    pub source: String,
}

/// The words of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    pub name: Localized,
    pub formula: Localized,
    pub provenance: Provenance,
}

/// What a kind of income does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomeRule {
    pub name: Localized,
    pub counts_in_deduction: bool,
    pub uses_ceiling_room: bool,
    /// Whether a month with it alone gives a subsidy.
    pub opens_subsidy: bool,
    pub provenance: Provenance,
}

/// Whether a part of a pay slip is wage income.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentRule {
    pub name: Localized,
    pub counts: bool,
    pub provenance: Provenance,
}
