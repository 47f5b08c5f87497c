//! What is told beside the subsidy and does not change it: what the state pays on top, and what a bonus gives judged either way.

use super::case::SubsidyCase;
use super::employee::Amounts;
use super::exact::Exact;
use super::rulebook::{Choice, RateId, RuleId};
use super::run::{Calc, Run};
use super::trace::{Figure, FigureName as F, Quantity, Record, Untraced};
use crate::value::{Hours, Money};

impl<R: Record> Run<'_, R> {
    pub(super) fn state_pension(&mut self, subsidy: Exact, atp: Exact) -> Calc<Option<Exact>> {
        if self.epoch.rate(RateId::StatePension).is_none() {
            return Ok(None);
        }
        let (percent, percent_figure) = self.number(RateId::StatePension, F::Percent)?;
        let rounding = self.choice(RateId::StatePensionRounding)?;
        let base = subsidy.minus(atp)?;
        let inputs = [Figure::amount(F::Base, base), percent_figure];
        self.rounded_step(
            RuleId::StatePension,
            &inputs,
            F::StatePension,
            base.times(percent)?,
            rounding,
        )
        .map(Some)
    }

    /// The hours that the state pays ATP of; the amount an hour is set by ATP and not known here.
    pub(super) fn state_atp(&mut self, case: &SubsidyCase) -> Calc<()> {
        let Some(paid) = case.paid_weekly_hours else {
            return Ok(());
        };
        let (full, full_figure) = self.number(RateId::AtpFullTimeHours, F::FullTimeHours)?;
        let (weeks, weeks_figure) = self.number(RateId::WeeksPerMonth, F::WeeksPerMonth)?;
        let hours = full.minus(paid.into())?.floor_at_zero().times(weeks)?;
        let inputs = [
            full_figure,
            Figure {
                name: F::PaidHours,
                value: Quantity::Hours(paid),
            },
            weeks_figure,
        ];
        let result = Figure {
            name: F::HoursWithSubsidy,
            value: Quantity::MonthlyHours(hours),
        };
        self.tell(RuleId::StateAtp, None, &inputs, None, Choice::NoRounding, result);
        if self.epoch.trace_version < 2 {
            return Ok(());
        }
        self.state_atp_contribution(paid)
    }

    /// Which contribution the state pays its share of: that of the hours with subsidy, or the full one where few hours are paid.
    fn state_atp_contribution(&mut self, paid: Hours) -> Calc<()> {
        let (weeks, weeks_figure) = self.number(RateId::WeeksPerMonth, F::WeeksPerMonth)?;
        let (weekly, weekly_figure) = self.number(RateId::StateAtpFullBelowWeekly, F::FullBelowWeekly)?;
        let (monthly, _) = self.number(RateId::StateAtpFullBelowMonthly, F::FullBelowMonthly)?;
        let (_, share_figure) = self.number(RateId::StateAtpShare, F::StateAtpShare)?;
        let paid_weekly = Exact::from(paid);
        let paid_monthly = paid_weekly.times(weeks)?;
        let full = paid_weekly.minus(weekly)?.is_negative() || paid_monthly.minus(monthly)?.is_negative();
        let hours_a_month = |name, hours| Figure {
            name,
            value: Quantity::MonthlyHours(hours),
        };
        let inputs = [
            Figure {
                name: F::PaidHours,
                value: Quantity::Hours(paid),
            },
            weekly_figure,
            weeks_figure,
            hours_a_month(F::PaidMonthlyHours, paid_monthly),
            hours_a_month(F::FullBelowMonthly, monthly),
            share_figure,
        ];
        let result = Figure {
            name: F::FullContribution,
            value: Quantity::YesNo(full),
        };
        self.tell(
            RuleId::StateAtpContribution,
            None,
            &inputs,
            None,
            Choice::NoRounding,
            result,
        );
        Ok(())
    }

    /// What the month gives with a bonus whose judgement is open, and without it: told, and decided by the municipality.
    pub fn bonus_or_gift(&mut self, case: &SubsidyCase, as_wage: &Amounts) -> Calc<()> {
        let Some(gift) = case.with_open_bonuses_as_gifts() else {
            return Ok(());
        };
        let mut other = Run::new(self.epoch, Untraced);
        let counted = other.open_bonuses(case)?;
        // Only amounts beyond all wages fit one way and not the other; then the month stands as wage, which it could be calculated as.
        let Ok(as_gift) = other.employee(&gift) else {
            return Ok(());
        };
        // What is stored must carry the rules of both ways.
        self.used.add_all(other.used);
        if counted.is_zero() {
            return Ok(());
        }
        let amount = |name, amount: Money| Figure::amount(name, amount.into());
        let inputs = [
            Figure::amount(F::BonusCounted, counted),
            amount(F::SubsidyIfWage, as_wage.subsidy),
            amount(F::PaidIfWage, as_wage.paid_before_tax),
            amount(F::PaidIfGift, as_gift.paid_before_tax),
        ];
        let result = amount(F::SubsidyIfGift, as_gift.subsidy);
        self.tell(RuleId::BonusOrGift, None, &inputs, None, Choice::NoRounding, result);
        Ok(())
    }

    /// What the bonuses whose judgement is open count for in the month.
    fn open_bonuses(&mut self, case: &SubsidyCase) -> Calc<Exact> {
        let mut sum = Exact::ZERO;
        for income in case.income.iter().filter(|income| income.is_open_bonus()) {
            sum = sum.plus(self.income_line(case, income, None)?)?;
        }
        Ok(sum)
    }
}
