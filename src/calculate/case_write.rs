//! A case written as the JSON that [`SubsidyCase::from_json`] reads to the same case: what is nothing is left out, and the keys always
//! stand in the same order, so that a stored case is the same byte for byte whenever it is written.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::case::{Benefit, BenefitAmount, BenefitKind, Ceiling, CeilingPeriod, Income, IncomeBasis, Pay, SubsidyCase};
use crate::value::Money;

impl Serialize for SubsidyCase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("subsidy_month", &self.subsidy_month)?;
        map.serialize_entry("income", &self.income)?;
        match &self.ceiling {
            Ceiling::Unknown => {}
            Ceiling::Whole(amount) => map.serialize_entry("wage_ceiling", amount)?,
            Ceiling::Periods(periods) => map.serialize_entry("wage_ceilings", periods)?,
        }
        amount(&mut map, "ceiling_supplement", self.ceiling_supplement)?;
        if !self.benefits.is_empty() {
            map.serialize_entry("benefits", &self.benefits)?;
        }
        if self.unemployment_benefit_days > 0 {
            map.serialize_entry("unemployment_benefit_days", &self.unemployment_benefit_days)?;
        }
        if let Some(start) = self.employment_start {
            map.serialize_entry("employment_start", &start)?;
        }
        if let Some(end) = self.employment_end {
            map.serialize_entry("employment_end", &end)?;
        }
        if self.income_basis == IncomeBasis::Expected {
            map.serialize_entry("income_basis", "expected")?;
        }
        if let Some(hours) = &self.paid_weekly_hours {
            map.serialize_entry("paid_weekly_hours", hours)?;
        }
        map.end()
    }
}

impl Serialize for Income {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind.as_str())?;
        match &self.pay {
            Pay::Month(amount) => map.serialize_entry("cash_wage", amount)?,
            Pay::Hourly { wage, weekly_hours } => {
                map.serialize_entry("hourly_wage", wage)?;
                map.serialize_entry("weekly_hours", weekly_hours)?;
            }
            Pay::TwoWeeks(amount) => map.serialize_entry("two_week_wage", amount)?,
            Pay::Spread { total, from, to } => {
                map.serialize_entry("total", total)?;
                map.serialize_entry("earned_from", from)?;
                map.serialize_entry("earned_to", to)?;
            }
        }
        for (part, paid) in self.parts() {
            amount(&mut map, part.as_str(), paid)?;
        }
        if let Some(judged) = self.judged {
            map.serialize_entry("judged_as", judged.as_str())?;
        }
        map.end()
    }
}

impl Serialize for CeilingPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("valid_from", &self.valid_from)?;
        if let Some(last) = self.valid_to {
            map.serialize_entry("valid_to", &last)?;
        }
        map.serialize_entry("amount", &self.amount)?;
        map.end()
    }
}

impl Serialize for Benefit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((_, name)) = BenefitKind::NAMED.iter().find(|(kind, _)| *kind == self.kind) {
            map.serialize_entry("type", name)?;
        }
        match &self.amount {
            BenefitAmount::Paid(amount) => map.serialize_entry("amount", amount)?,
            BenefitAmount::Days { full_month, days } => {
                map.serialize_entry("full_month_amount", full_month)?;
                map.serialize_entry("days", days)?;
            }
        }
        map.end()
    }
}

fn amount<M: SerializeMap>(map: &mut M, key: &'static str, amount: Money) -> Result<(), M::Error> {
    if amount == Money::ZERO {
        Ok(())
    } else {
        map.serialize_entry(key, &amount)
    }
}
