//! The usual month in machine words: pay known for the month, one ceiling, no days taken off. Most months of most people are one.
//!
//! [`Run::employee`](super::run::Run) is the rule, with its steps and reasons. This is the same arithmetic for sums over many people,
//! where nobody reads the steps; what it does not cover goes the other way. `tests/calculation/usual.rs` holds the two together.

use std::fmt;

use jiff::civil::Date;

use super::case::{BenefitAmount, Ceiling, Income, Judged, Pay, SubsidyCase};
use super::employee::Amounts;
use super::rulebook::{Choice, Epoch, IncomeType, PayComponent, RateId, RateValue};
use crate::value::{Money, Month};

/// Ten-thousandths of an øre: what a percentage of two decimals leaves of whole øre.
const FINE: i64 = 10_000;
/// No amount of a month in øre is above this (100 million kr.), so that no sum or product below leaves an i64: at most 15 incomes of 7
/// parts each are 1.05·10¹² øre, 1.05·10¹⁶ in fine parts.
const LARGEST: i64 = 10_000_000_000;
const MOST_LINES: usize = 15;

/// What a usual month needs of its rules, looked up once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UsualMonth {
    maximum: i64,
    threshold: i64,
    low: i64,
    high: i64,
    deductions: Unit,
    benefit_deduction: i64,
    benefit_opens: bool,
    benefit_uses_room: bool,
    subsidy: Unit,
    /// Whether the subsidy is rounded down where half up would pass the room under the ceiling.
    down_at_ceiling: bool,
    atp: i64,
    atp_maximum: i64,
    atp_rounding: Unit,
    state_pension: Option<(i64, Unit)>,
    /// By the place of the kind of income.
    income: [IncomeEffect; IncomeType::ALL.len()],
    /// By the place of the part of pay.
    counts: [bool; PayComponent::ALL.len()],
    /// Who began before has no usual month.
    scheme_starts: Date,
}

/// One person's month of plain pay, all in a fleksjob: what sums over many people are made of, without a list for each.
///
/// Holds amounts of a person, so it prints none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PlainMonth {
    /// Kroner in the month of income, before tax and labour market contribution.
    pub cash_wage: Money,
    pub own_pension: Money,
    pub employer_pension: Money,
    /// The full-time wage of the position (*lønloft*), kroner a month with pension and supplements.
    pub wage_ceiling: Money,
}

impl PlainMonth {
    /// The same as a case, for its trace.
    pub fn case(&self, subsidy_month: Month) -> SubsidyCase {
        SubsidyCase {
            income: vec![Income {
                own_pension: self.own_pension,
                employer_pension: self.employer_pension,
                ..Income::new(IncomeType::FleksjobWage, Pay::Month(self.cash_wage))
            }],
            ceiling: Ceiling::Whole(self.wage_ceiling),
            ..SubsidyCase::new(subsidy_month)
        }
    }
}

impl fmt::Debug for PlainMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainMonth").finish_non_exhaustive()
    }
}

/// What a kind of income does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct IncomeEffect {
    counts: bool,
    uses_room: bool,
    opens: bool,
}

/// What an amount is rounded to, halves upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Exact,
    Ore,
    Krone,
}

impl Unit {
    /// Ten-thousandths of an øre.
    #[inline]
    fn round(self, fine: i64) -> i64 {
        match self {
            Self::Exact => fine,
            Self::Ore | Self::Krone => self.ore(fine) * FINE,
        }
    }

    /// Whole øre of ten-thousandths. Both divisors are known to the compiler, which makes multiplications of them.
    #[inline]
    fn ore(self, fine: i64) -> i64 {
        match self {
            Self::Exact | Self::Ore => to_ore(fine),
            Self::Krone => (fine + 50 * FINE).div_euclid(100 * FINE) * 100,
        }
    }

    /// The same, but never upwards.
    #[inline]
    fn ore_down(self, fine: i64) -> i64 {
        match self {
            Self::Exact | Self::Ore => fine.div_euclid(FINE),
            Self::Krone => fine.div_euclid(100 * FINE) * 100,
        }
    }

    /// Whole øre, for an amount that is rounded to them at least.
    fn whole(self) -> Option<Self> {
        (self != Self::Exact).then_some(self)
    }
}

/// Whole øre of ten-thousandths, halves upwards.
#[inline]
fn to_ore(fine: i64) -> i64 {
    (fine + FINE / 2).div_euclid(FINE)
}

/// What the incomes of a month come to, øre.
#[derive(Default)]
struct Sums {
    counted: i64,
    position_wage: i64,
    opens: bool,
}

impl Sums {
    #[inline]
    fn with(self, effect: IncomeEffect, amount: i64) -> Self {
        Self {
            counted: self.counted + if effect.counts { amount } else { 0 },
            position_wage: self.position_wage + if effect.uses_room { amount } else { 0 },
            opens: self.opens | (effect.opens & (amount != 0)),
        }
    }
}

impl UsualMonth {
    /// Nothing where the rules of the month leave parts of an øre in what is paid, or are incomplete.
    pub fn of(epoch: &Epoch) -> Option<Self> {
        if !epoch.absent.is_empty() {
            return None;
        }
        let kroner = |id| match epoch.rate(id)?.value {
            RateValue::Kroner(amount) if within(amount.ore()) => Some(amount.ore()),
            _ => None,
        };
        let percent = |id| match epoch.rate(id)?.value {
            RateValue::Percent(percent) => Some(i64::from(percent.basis_points())),
            _ => None,
        };
        let unit = |id| match epoch.rate(id)?.value {
            RateValue::Choice(Choice::NoRounding) => Some(Unit::Exact),
            RateValue::Choice(Choice::NearestOre) => Some(Unit::Ore),
            RateValue::Choice(Choice::NearestKrone) => Some(Unit::Krone),
            _ => None,
        };
        let benefit = epoch.income(IncomeType::Benefit)?;
        let mut income = [IncomeEffect::default(); IncomeType::ALL.len()];
        for (effect, kind) in income.iter_mut().zip(IncomeType::ALL) {
            let rule = epoch.income(*kind)?;
            *effect = IncomeEffect {
                counts: rule.counts_in_deduction,
                uses_room: rule.uses_ceiling_room,
                opens: rule.opens_subsidy,
            };
        }
        let mut counts = [false; PayComponent::ALL.len()];
        for (counted, part) in counts.iter_mut().zip(PayComponent::ALL) {
            *counted = epoch.component(*part)?.counts;
        }
        let state_pension = match epoch.rate(RateId::StatePension) {
            None => None,
            Some(_) => Some((percent(RateId::StatePension)?, unit(RateId::StatePensionRounding)?)),
        };
        Some(Self {
            maximum: kroner(RateId::MaximumSubsidy)?,
            threshold: kroner(RateId::IncomeThreshold)?,
            low: percent(RateId::DeductionLow)?,
            high: percent(RateId::DeductionHigh)?,
            deductions: unit(RateId::DeductionRounding)?,
            benefit_deduction: percent(RateId::BenefitDeduction)?,
            benefit_opens: benefit.opens_subsidy,
            benefit_uses_room: benefit.uses_ceiling_room,
            subsidy: unit(RateId::SubsidyRounding)?.whole()?,
            down_at_ceiling: epoch.rate(RateId::CeilingDecidesRounding)?.value == RateValue::Choice(Choice::Down),
            atp: percent(RateId::AtpPercent)?,
            atp_maximum: kroner(RateId::AtpMaximum)?,
            atp_rounding: unit(RateId::AtpRounding)?.whole()?,
            state_pension,
            income,
            counts,
            scheme_starts: epoch.scheme_starts.first_day(),
        })
    }

    /// The amounts of a case that is a usual month; nothing for any other, which is no statement about it.
    #[inline]
    pub fn amounts(&self, case: &SubsidyCase) -> Option<Amounts> {
        let Ceiling::Whole(ceiling) = &case.ceiling else {
            return None;
        };
        let room_for_all = ceiling.ore().checked_add(case.ceiling_supplement.ore())?;
        let earlier = case.employment_start.is_some_and(|start| start < self.scheme_starts);
        if earlier || case.unemployment_benefit_days != 0 || !within(room_for_all) {
            return None;
        }
        let sums = self.sums(case)?;
        let benefit = benefits(case)?;
        Some(self.of_sums(&sums, benefit, room_for_all))
    }

    /// The amounts of a month of plain pay; nothing where an amount is beyond all wages.
    #[inline]
    pub fn of_plain(&self, month: &PlainMonth) -> Option<Amounts> {
        let effect = self.income.get(IncomeType::FleksjobWage.index())?;
        let amount = self.part(PayComponent::CashWage, month.cash_wage)?
            + self.part(PayComponent::OwnPension, month.own_pension)?
            + self.part(PayComponent::EmployerPension, month.employer_pension)?;
        let sums = Sums::default().with(*effect, amount);
        within(month.wage_ceiling.ore()).then(|| self.of_sums(&sums, 0, month.wage_ceiling.ore()))
    }

    #[inline]
    fn sums(&self, case: &SubsidyCase) -> Option<Sums> {
        if case.income.len() > MOST_LINES {
            return None;
        }
        let mut sums = Sums::default();
        for income in &case.income {
            let (Pay::Month(pay), None | Some(Judged::Wage)) = (income.pay, income.judged) else {
                return None;
            };
            let mut amount = self.part(PayComponent::CashWage, pay)?;
            for (part, money) in income.parts() {
                amount += self.part(part, money)?;
            }
            sums = sums.with(*self.income.get(income.kind.index())?, amount);
        }
        Some(sums)
    }

    /// The part of pay in øre if it counts, else nothing of it.
    #[inline]
    fn part(&self, part: PayComponent, amount: Money) -> Option<i64> {
        let counts = *self.counts.get(part.index())?;
        within(amount.ore()).then_some(if counts { amount.ore() } else { 0 })
    }

    #[inline]
    fn of_sums(&self, sums: &Sums, benefit: i64, room_for_all: i64) -> Amounts {
        let low = self.deductions.round(sums.counted.min(self.threshold) * self.low);
        let high = self
            .deductions
            .round((sums.counted - self.threshold).max(0) * self.high);
        let benefit_deduction = benefit * self.benefit_deduction;
        let opens = sums.opens | ((benefit != 0) & self.benefit_opens);
        let left = (self.maximum * FINE - low - high - benefit_deduction).max(0);
        let before_ceiling = if opens { left } else { 0 };
        let used = sums.position_wage + if self.benefit_uses_room { benefit } else { 0 };
        let room = (room_for_all - used).max(0);
        let capped = before_ceiling.min(room * FINE);
        let (nearest, down) = (self.subsidy.ore(capped), self.subsidy.ore_down(capped));
        let passes = (nearest > room) & self.down_at_ceiling;
        let subsidy = if passes { down } else { nearest };
        let atp = self.atp_rounding.ore((subsidy * self.atp).min(self.atp_maximum * FINE));
        let paid = subsidy - atp;
        let pension = |(percent, unit): (i64, Unit)| Money::from_ore(unit.ore(paid * percent));
        Amounts {
            deduction_30: Money::from_ore(to_ore(low)),
            deduction_55: Money::from_ore(to_ore(high)),
            benefit_deduction: Money::from_ore(to_ore(benefit_deduction)),
            subsidy_before_ceiling: Money::from_ore(to_ore(before_ceiling)),
            ceiling_room: Money::from_ore(room),
            ceiling_applies: capped < before_ceiling,
            subsidy: Money::from_ore(subsidy),
            atp: Money::from_ore(atp),
            paid_before_tax: Money::from_ore(paid),
            state_pension: self.state_pension.map(pension),
        }
    }
}

/// The benefits of the month in øre, where they are told as paid.
#[inline]
fn benefits(case: &SubsidyCase) -> Option<i64> {
    if case.benefits.len() > MOST_LINES {
        return None;
    }
    let mut sum = 0;
    for benefit in &case.benefits {
        let BenefitAmount::Paid(amount) = benefit.amount else {
            return None;
        };
        sum += within(amount.ore()).then_some(amount.ore())?;
    }
    Some(sum)
}

#[inline]
const fn within(ore: i64) -> bool {
    -LARGEST <= ore && ore <= LARGEST
}
