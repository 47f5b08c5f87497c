use super::exact::{Exact, OutOfRange};
use super::rulebook::{Choice, ComponentRule, Epoch, IncomeRule, IncomeType, PayComponent, RateId, RateValue, RuleId};
use super::trace::{Figure, FigureName, Quantity, Record, StepView};

/// Why a calculation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The rule data give nothing under this name for the month.
    Absent(&'static str),
    TooLarge,
}

impl From<OutOfRange> for Stop {
    fn from(_: OutOfRange) -> Self {
        Self::TooLarge
    }
}

pub(super) type Calc<T> = Result<T, Stop>;

/// Which of the rule data a calculation looked at: bit n is the n-th name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Used {
    rates: u64,
    income: u16,
    components: u16,
}

impl Used {
    pub fn add_rate(&mut self, id: RateId) {
        self.rates |= 1 << id.index();
    }

    pub fn add_income(&mut self, kind: IncomeType) {
        self.income |= 1 << kind.index();
    }

    pub fn add_component(&mut self, part: PayComponent) {
        self.components |= 1 << part.index();
    }

    /// What another calculation looked at too.
    pub fn add_all(&mut self, other: Self) {
        self.rates |= other.rates;
        self.income |= other.income;
        self.components |= other.components;
    }

    pub fn rates(self) -> impl Iterator<Item = RateId> {
        RateId::ALL
            .iter()
            .copied()
            .filter(move |id| self.rates & (1 << id.index()) != 0)
    }

    pub fn income(self) -> impl Iterator<Item = IncomeType> {
        IncomeType::ALL
            .iter()
            .copied()
            .filter(move |kind| self.income & (1 << kind.index()) != 0)
    }

    pub fn components(self) -> impl Iterator<Item = PayComponent> {
        PayComponent::ALL
            .iter()
            .copied()
            .filter(move |part| self.components & (1 << part.index()) != 0)
    }
}

/// An amount in øre, rounded as the choice says.
#[inline]
pub(super) fn rounded(ore: Exact, rounding: Choice) -> Calc<Exact> {
    Ok(match rounding {
        Choice::NearestKrone => ore.round(100)?,
        Choice::NearestOre => ore.round(1)?,
        Choice::KroneDown => ore.round_down(100)?,
        Choice::OreDown => ore.round_down(1)?,
        _ => ore,
    })
}

/// The same rounding, but never upwards.
pub(super) const fn downwards(rounding: Choice) -> Choice {
    match rounding {
        Choice::NearestKrone => Choice::KroneDown,
        Choice::NearestOre => Choice::OreDown,
        other => other,
    }
}

/// One calculation under way: the rules of its month, what it has looked at, and where it tells its steps.
pub(super) struct Run<'a, R> {
    pub epoch: &'a Epoch,
    pub used: Used,
    pub record: R,
}

impl<'a, R: Record> Run<'a, R> {
    pub fn new(epoch: &'a Epoch, record: R) -> Self {
        Self {
            epoch,
            used: Used::default(),
            record,
        }
    }

    #[inline]
    fn value(&mut self, id: RateId) -> Calc<RateValue> {
        self.used.add_rate(id);
        self.epoch
            .rate(id)
            .map(|rate| rate.value)
            .ok_or(Stop::Absent(id.as_str()))
    }

    /// An amount in øre, a factor, days or hours, with the figure that tells it.
    #[inline]
    pub fn number(&mut self, id: RateId, name: FigureName) -> Calc<(Exact, Figure)> {
        let value = self.value(id)?;
        let exact = value.exact().ok_or(Stop::Absent(id.as_str()))?;
        let quantity = match value {
            RateValue::Fraction(numerator, denominator) => Quantity::Factor(numerator, denominator),
            RateValue::Percent(percent) => Quantity::Percent(percent),
            RateValue::Hours(hours) => Quantity::Hours(hours),
            RateValue::Days(days) => Quantity::Days(days),
            RateValue::Kroner(_) | RateValue::Choice(_) => Quantity::Amount(exact),
        };
        Ok((exact, Figure { name, value: quantity }))
    }

    #[inline]
    pub fn choice(&mut self, id: RateId) -> Calc<Choice> {
        match self.value(id)? {
            RateValue::Choice(choice) => Ok(choice),
            _ => Err(Stop::Absent(id.as_str())),
        }
    }

    pub fn income_rule(&mut self, kind: IncomeType) -> Calc<&'a IncomeRule> {
        self.used.add_income(kind);
        self.epoch.income(kind).ok_or(Stop::Absent(kind.as_str()))
    }

    pub fn component_rule(&mut self, part: PayComponent) -> Calc<&'a ComponentRule> {
        self.used.add_component(part);
        self.epoch.component(part).ok_or(Stop::Absent(part.as_str()))
    }

    /// Tells a step whose result is not rounded, and gives the result on.
    #[inline]
    pub fn step(
        &mut self,
        rule: RuleId,
        line: Option<u16>,
        inputs: &[Figure],
        name: FigureName,
        result: Exact,
    ) -> Exact {
        let result_figure = Figure::amount(name, result);
        self.tell(rule, line, inputs, None, Choice::NoRounding, result_figure);
        result
    }

    /// Rounds as the choice says, tells the step with the amount before and after, and gives the rounded amount on.
    #[inline]
    pub fn rounded_step(
        &mut self,
        rule: RuleId,
        inputs: &[Figure],
        name: FigureName,
        before: Exact,
        rounding: Choice,
    ) -> Calc<Exact> {
        let after = rounded(before, rounding)?;
        self.tell(rule, None, inputs, Some(before), rounding, Figure::amount(name, after));
        Ok(after)
    }

    #[inline]
    pub fn tell(
        &mut self,
        rule: RuleId,
        line: Option<u16>,
        inputs: &[Figure],
        before_rounding: Option<Exact>,
        rounding: Choice,
        result: Figure,
    ) {
        self.record.record(StepView {
            rule,
            line,
            inputs,
            before_rounding,
            rounding,
            result,
        });
    }
}
