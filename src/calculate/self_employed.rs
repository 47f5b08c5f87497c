//! The scheme for the self-employed from 2013: a base amount a year less a percentage of the year's income, paid in twelfths. It has no
//! ceiling and no threshold. Calculated once a year, and again when the taxable income changes (BEK 233/2024 § 8).

use std::fmt;
use std::sync::Arc;

use super::assessment::{Missing, Standing, missing_for};
use super::build_up::{MONTHS_FIGURE, MONTHS_PER_YEAR};
use super::exact::Exact;
use super::rulebook::{Choice, Epoch, RateId, RuleBook, RuleId, Status};
use super::run::{Calc, Run, Used};
use super::trace::{Figure, FigureName as F, Quantity, Record, Trace};
use crate::value::{Money, Month};

/// One year of one self-employed person. Amounts are kroner a year, before interest and financial items, and not below zero. Made by
/// [`SelfEmployedCase::from_json`], or field by field. Holds amounts of a person, so it prints none.
#[derive(Clone, PartialEq, Eq)]
pub struct SelfEmployedCase {
    /// January of the year that the subsidy is for: its rules count for the whole of it.
    pub first_month: Month,
    /// The calculated yearly income of the business; a loss is nothing.
    pub business_income: Money,
    pub other_work_income: Money,
}

impl fmt::Debug for SelfEmployedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfEmployedCase")
            .field("first_month", &self.first_month.to_string())
            .finish_non_exhaustive()
    }
}

/// The subsidy of a year with everything it rests on. Written as JSON it is complete, as [`super::Assessment`] is.
#[derive(Clone)]
pub struct SelfEmployedAssessment {
    pub(super) basis: Arc<Epoch>,
    pub(super) case: SelfEmployedCase,
    pub(super) used: Used,
    trace: Trace,
    outcome: Result<SelfEmployedAmounts, [Missing; 1]>,
}

/// The amounts of a year, kroner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfEmployedAmounts {
    pub income_deduction: Money,
    pub yearly_subsidy: Money,
    /// A twelfth, to the øre.
    pub monthly_subsidy: Money,
}

/// Calculates a year. Total: a year without a base amount has no number and says which rate is missing.
pub fn calculate_self_employed(rules: &RuleBook, case: &SelfEmployedCase) -> SelfEmployedAssessment {
    assess_self_employed(rules.epoch(case.first_month), case)
}

pub(super) fn assess_self_employed(epoch: &Arc<Epoch>, case: &SelfEmployedCase) -> SelfEmployedAssessment {
    let mut run = Run::new(epoch, Trace::default());
    let outcome = run.self_employed(case).map_err(|stop| [missing_for(stop)]);
    let trace = if outcome.is_ok() { run.record } else { Trace::default() };
    SelfEmployedAssessment {
        basis: epoch.clone(),
        case: case.clone(),
        used: run.used,
        trace,
        outcome,
    }
}

impl<R: Record> Run<'_, R> {
    fn self_employed(&mut self, case: &SelfEmployedCase) -> Calc<SelfEmployedAmounts> {
        let income = self.yearly_income(case)?;
        let (percent, percent_figure) = self.number(RateId::SelfEmployedDeduction, F::Percent)?;
        let inputs = [Figure::amount(F::YearlyIncome, income), percent_figure];
        let deduction = self.step(
            RuleId::SelfEmployedDeduction,
            None,
            &inputs,
            F::IncomeDeduction,
            income.times(percent)?,
        );
        let (base, base_figure) = self.number(RateId::SelfEmployedBase, F::SelfEmployedBase)?;
        let rounding = self.choice(RateId::SelfEmployedRounding)?;
        let left = base.minus(deduction)?.floor_at_zero();
        let inputs = [base_figure, Figure::amount(F::IncomeDeduction, deduction)];
        let yearly = self.rounded_step(RuleId::SelfEmployedYear, &inputs, F::YearlySubsidy, left, rounding)?;
        let inputs = [Figure::amount(F::YearlySubsidy, yearly), MONTHS_FIGURE];
        let rounding = if self.epoch.trace_version < 2 {
            Choice::NearestOre
        } else {
            self.choice(RateId::SelfEmployedMonthRounding)?
        };
        let twelfth = yearly.over(MONTHS_PER_YEAR)?;
        let monthly = self.rounded_step(RuleId::SelfEmployedMonth, &inputs, F::MonthlySubsidy, twelfth, rounding)?;
        Ok(SelfEmployedAmounts {
            income_deduction: deduction.to_money()?,
            yearly_subsidy: yearly.to_money()?,
            monthly_subsidy: monthly.to_money()?,
        })
    }

    fn yearly_income(&mut self, case: &SelfEmployedCase) -> Calc<Exact> {
        let (business, other) = (Exact::from(case.business_income), Exact::from(case.other_work_income));
        let year = u32::try_from(case.first_month.first_day().year()).unwrap_or_default();
        let inputs = [
            Figure {
                name: F::Year,
                value: Quantity::Number(year),
            },
            Figure::amount(F::BusinessIncome, business),
            Figure::amount(F::OtherWorkIncome, other),
        ];
        let income = business.plus(other)?;
        Ok(self.step(RuleId::SelfEmployedIncome, None, &inputs, F::YearlyIncome, income))
    }
}

impl SelfEmployedAssessment {
    /// The amounts; nothing where something is missing.
    pub fn amounts(&self) -> Option<&SelfEmployedAmounts> {
        self.outcome.as_ref().ok()
    }

    /// What is missing, where there is no number.
    pub fn missing(&self) -> &[Missing] {
        self.outcome.as_ref().err().map_or(&[], |missing| missing)
    }

    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// January of the year.
    pub fn first_month(&self) -> Month {
        self.case.first_month
    }

    pub(super) fn basis(&self) -> &Epoch {
        &self.basis
    }

    /// The derived rates that the amount rests on, by name.
    pub fn provisional_rates(&self) -> impl Iterator<Item = RateId> {
        self.used.rates().filter(|id| {
            let rate = self.basis.rate(*id);
            rate.is_some_and(|rate| rate.provenance.status == Status::Derived)
        })
    }

    pub fn standing(&self) -> Standing {
        match (self.amounts(), self.provisional_rates().next()) {
            (None, _) => Standing::Incomplete,
            (Some(_), Some(_)) => Standing::Provisional,
            (Some(_), None) => Standing::Final,
        }
    }
}

impl fmt::Debug for SelfEmployedAssessment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfEmployedAssessment")
            .field("first_month", &self.case.first_month.to_string())
            .finish_non_exhaustive()
    }
}
