use std::sync::Arc;

use super::entry::{ComponentRule, IncomeRule, Rate, RuleText};
use super::ids::{Choice, IncomeType, PayComponent, RateId, RuleId};
use super::load::Data;
use crate::calculate::TRACE_VERSION;
use crate::calculate::usual::UsualMonth;
use crate::value::Month;

/// Everything that holds in one subsidy month, looked up once: calculations of that month share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Name and fingerprint of the rule book.
    pub(in crate::calculate) version: Arc<str>,
    /// In which version of the steps and sentences a calculation by these rules is told: today's, or that of what is stored.
    pub(in crate::calculate) trace_version: u32,
    /// The first month of the employee scheme.
    pub(in crate::calculate) scheme_starts: Month,
    rates: Vec<Option<Arc<Rate>>>,
    rules: Vec<Option<Arc<RuleText>>>,
    income: Vec<Option<Arc<IncomeRule>>>,
    components: Vec<Option<Arc<ComponentRule>>>,
    /// What the calculation needs and the data do not give for this month, by name.
    pub(in crate::calculate) absent: Vec<String>,
    /// The same rules made ready for sums over many people; nothing where they do not fit into machine words.
    pub(in crate::calculate) usual: Option<UsualMonth>,
}

impl Epoch {
    pub(super) fn of(data: &Data, version: Arc<str>, scheme_starts: Month, month: Month) -> Self {
        let mut rates: Vec<Option<Arc<Rate>>> = data
            .rates
            .iter()
            .map(|timeline| timeline.as_ref().and_then(|rate| rate.at(month)))
            .collect();
        let by_income_month = |rates: &[Option<Arc<Rate>>], id: RateId| {
            let chosen = rates.get(id.index()).and_then(Option::as_ref);
            chosen.is_some_and(|rate| rate.value == super::RateValue::Choice(Choice::IncomeMonth))
        };
        let income_ruled_in = if by_income_month(&rates, RateId::IncomeRulesMonth) {
            month.previous()
        } else {
            month
        };
        if by_income_month(&rates, RateId::RatesMonth) {
            for id in [RateId::MaximumSubsidy, RateId::IncomeThreshold] {
                let timeline = data.rates.get(id.index()).and_then(Option::as_ref);
                if let Some(slot) = rates.get_mut(id.index()) {
                    *slot = timeline.and_then(|rate| rate.at(month.previous()));
                }
            }
        }
        let mut epoch = Self {
            version,
            trace_version: TRACE_VERSION,
            scheme_starts,
            rates,
            rules: data.rules.iter().map(|timeline| timeline.as_ref()?.at(month)).collect(),
            income: data
                .income
                .iter()
                .map(|timeline| timeline.as_ref()?.at(income_ruled_in))
                .collect(),
            components: data
                .components
                .iter()
                .map(|timeline| timeline.as_ref()?.at(month))
                .collect(),
            absent: Vec::new(),
            usual: None,
        };
        epoch.absent = epoch.find_absent();
        epoch.usual = UsualMonth::of(&epoch);
        epoch
    }

    /// A month that no file says anything about.
    pub(super) fn empty(version: Arc<str>, scheme_starts: Month) -> Self {
        let mut epoch = Self::partial(version, scheme_starts);
        epoch.absent = epoch.find_absent();
        epoch
    }

    /// Rules to be filled in from what a stored result carries.
    pub(in crate::calculate) fn partial(version: Arc<str>, scheme_starts: Month) -> Self {
        Self {
            version,
            trace_version: TRACE_VERSION,
            scheme_starts,
            rates: vec![None; RateId::ALL.len()],
            rules: vec![None; RuleId::ALL.len()],
            income: vec![None; IncomeType::ALL.len()],
            components: vec![None; PayComponent::ALL.len()],
            absent: Vec::new(),
            usual: None,
        }
    }

    pub(in crate::calculate) fn put_rate(&mut self, id: RateId, rate: Rate) {
        put(&mut self.rates, id.index(), rate);
    }

    pub(in crate::calculate) fn put_rule(&mut self, id: RuleId, text: RuleText) {
        put(&mut self.rules, id.index(), text);
    }

    pub(in crate::calculate) fn put_income(&mut self, kind: IncomeType, rule: IncomeRule) {
        put(&mut self.income, kind.index(), rule);
    }

    pub(in crate::calculate) fn put_component(&mut self, part: PayComponent, rule: ComponentRule) {
        put(&mut self.components, part.index(), rule);
    }

    fn find_absent(&self) -> Vec<String> {
        let rates = RateId::ALL
            .iter()
            .filter(|id| self.rate(**id).is_none() && !id.may_be_absent());
        let rules = RuleId::ALL
            .iter()
            .filter(|id| self.rule(**id).is_none() && **id != RuleId::StatePension);
        let income = IncomeType::ALL.iter().filter(|id| self.income(**id).is_none());
        let parts = PayComponent::ALL.iter().filter(|id| self.component(**id).is_none());
        rates
            .map(|id| id.as_str())
            .chain(rules.map(|id| id.as_str()))
            .chain(income.map(|id| id.as_str()))
            .chain(parts.map(|id| id.as_str()))
            .map(str::to_owned)
            .collect()
    }

    pub(in crate::calculate) fn rate(&self, id: RateId) -> Option<&Rate> {
        self.rates.get(id.index())?.as_deref()
    }

    pub(in crate::calculate) fn rule(&self, id: RuleId) -> Option<&RuleText> {
        self.rules.get(id.index())?.as_deref()
    }

    pub(in crate::calculate) fn income(&self, id: IncomeType) -> Option<&IncomeRule> {
        self.income.get(id.index())?.as_deref()
    }

    pub(in crate::calculate) fn component(&self, id: PayComponent) -> Option<&ComponentRule> {
        self.components.get(id.index())?.as_deref()
    }
}

fn put<T>(slots: &mut [Option<Arc<T>>], index: usize, value: T) {
    if let Some(slot) = slots.get_mut(index) {
        *slot = Some(Arc::new(value));
    }
}
