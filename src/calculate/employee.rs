//! The employee scheme from 2013: LAB § 123 and the order on calculation, one month at a time.

use super::case::{BenefitAmount, Ceiling, CeilingPeriod, Income, Pay, SubsidyCase};
use super::exact::Exact;
use super::rulebook::{Choice, IncomeType, PayComponent, RateId, RuleId};
use super::run::{Calc, Run};
use super::trace::{Figure, FigureName as F, Quantity, Record};
use crate::value::Money;

/// The amounts of one month, kroner and øre; what is exact in the trace is shown here to the øre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amounts {
    pub deduction_30: Money,
    pub deduction_55: Money,
    pub benefit_deduction: Money,
    pub subsidy_before_ceiling: Money,
    pub ceiling_room: Money,
    /// Whether the ceiling makes the subsidy smaller.
    pub ceiling_applies: bool,
    pub subsidy: Money,
    /// Borne by the person, withheld on payment.
    pub atp: Money,
    pub paid_before_tax: Money,
    /// Paid by the state on top; nothing before 2020.
    pub state_pension: Option<Money>,
}

/// What the incomes of the month come to.
struct Totals {
    /// What the low and high percentages are taken of.
    counted: Exact,
    /// What uses room under the ceiling.
    position_wage: Exact,
    /// Whether there is anything that a subsidy can supplement.
    opens: bool,
}

impl<R: Record> Run<'_, R> {
    /// Calculates a month whose ceiling is known for all of its days.
    pub fn employee(&mut self, case: &SubsidyCase) -> Calc<Amounts> {
        self.choice(RateId::RatesMonth)?;
        let month = |name, month| Figure {
            name,
            value: Quantity::Month(month),
        };
        let subsidy_month = month(F::SubsidyMonth, case.subsidy_month);
        let income_month = month(F::IncomeMonth, case.income_month());
        self.tell(
            RuleId::IncomeMonth,
            None,
            &[subsidy_month],
            None,
            Choice::NoRounding,
            income_month,
        );
        let totals = self.totals(case)?;
        let benefit = self.benefit(case)?;
        let opens = totals.opens || (!benefit.is_zero() && self.income_rule(IncomeType::Benefit)?.opens_subsidy);
        self.right(totals.counted, benefit, opens);
        let low = self.deduction_low(totals.counted)?;
        let high = self.deduction_high(totals.counted)?;
        let benefit_deduction = self.benefit_deduction(benefit)?;
        let before_ceiling = self.before_ceiling(opens, low, high, benefit_deduction)?;
        let room = self.ceiling_room(case, totals.position_wage, benefit)?;
        let (applies, unrounded) = self.ceiling_and_days(case, before_ceiling, room)?;
        let subsidy = self.subsidy(unrounded)?;
        let (atp, paid) = self.paid(subsidy)?;
        let state_pension = self.state_pension(subsidy, atp)?;
        self.state_atp(case)?;
        Ok(Amounts {
            deduction_30: low.to_money()?,
            deduction_55: high.to_money()?,
            benefit_deduction: benefit_deduction.to_money()?,
            subsidy_before_ceiling: before_ceiling.to_money()?,
            ceiling_room: room.to_money()?,
            ceiling_applies: applies,
            subsidy: subsidy.to_money()?,
            atp: atp.to_money()?,
            paid_before_tax: paid.to_money()?,
            state_pension: state_pension.map(Exact::to_money).transpose()?,
        })
    }

    fn totals(&mut self, case: &SubsidyCase) -> Calc<Totals> {
        let mut totals = Totals {
            counted: Exact::ZERO,
            position_wage: Exact::ZERO,
            opens: false,
        };
        for (line, income) in case.income.iter().enumerate() {
            let line = u16::try_from(line).ok();
            let amount = self.income_line(case, income, line)?;
            let rule = self.income_rule(income.kind)?;
            if rule.counts_in_deduction {
                totals.counted = totals.counted.plus(amount)?;
            }
            if rule.uses_ceiling_room {
                totals.position_wage = totals.position_wage.plus(amount)?;
            }
            totals.opens |= rule.opens_subsidy && !amount.is_zero();
        }
        let position_wage = Figure::amount(F::PositionWage, totals.position_wage);
        self.step(
            RuleId::IncomeTotal,
            None,
            &[position_wage],
            F::CountedIncome,
            totals.counted,
        );
        Ok(totals)
    }

    /// The wage income of one line: the pay of the month and the parts that count, in øre.
    fn income_line(&mut self, case: &SubsidyCase, income: &Income, line: Option<u16>) -> Calc<Exact> {
        let pay = self.pay(case, income.pay, line)?;
        let rule = self.income_rule(income.kind)?;
        let mut sum = if self.component_rule(PayComponent::CashWage)?.counts {
            pay
        } else {
            Exact::ZERO
        };
        let mut inputs = [
            Figure {
                name: F::Type,
                value: Quantity::Type(income.kind),
            },
            Figure {
                name: F::CountsInDeduction,
                value: Quantity::YesNo(rule.counts_in_deduction),
            },
            Figure {
                name: F::UsesCeilingRoom,
                value: Quantity::YesNo(rule.uses_ceiling_room),
            },
            Figure::amount(F::CashWage, pay),
            Figure::amount(F::OwnPension, Exact::ZERO),
            Figure::amount(F::OwnPension, Exact::ZERO),
            Figure::amount(F::OwnPension, Exact::ZERO),
            Figure::amount(F::OwnPension, Exact::ZERO),
            Figure::amount(F::OwnPension, Exact::ZERO),
        ];
        let mut length = 4;
        for (part, amount) in income.parts() {
            if amount == Money::ZERO {
                continue;
            }
            let amount = Exact::from(amount);
            if let Some(slot) = inputs.get_mut(length) {
                *slot = Figure::amount(figure_of(part), amount);
                length += 1;
            }
            if self.component_rule(part)?.counts {
                sum = sum.plus(amount)?;
            }
        }
        Ok(self.step(
            RuleId::IncomeLine,
            line,
            inputs.get(..length).unwrap_or(&inputs),
            F::Income,
            sum,
        ))
    }

    /// The pay of the month of income, in øre.
    fn pay(&mut self, case: &SubsidyCase, pay: Pay, line: Option<u16>) -> Calc<Exact> {
        match pay {
            Pay::Month(amount) => Ok(amount.into()),
            Pay::Hourly { wage, weekly_hours } => {
                let (weeks, weeks_figure) = self.number(RateId::WeeksPerMonth, F::WeeksPerMonth)?;
                let inputs = [
                    Figure::amount(F::HourlyWage, wage.into()),
                    Figure {
                        name: F::WeeklyHours,
                        value: Quantity::Hours(weekly_hours),
                    },
                    weeks_figure,
                ];
                let monthly = Exact::from(wage).times(weekly_hours.into())?.times(weeks)?;
                Ok(self.step(RuleId::HourlyPay, line, &inputs, F::MonthlyPay, monthly))
            }
            Pay::TwoWeeks(amount) => {
                let (periods, periods_figure) = self.number(RateId::TwoWeeksPerMonth, F::TwoWeeksPerMonth)?;
                let inputs = [Figure::amount(F::TwoWeekWage, amount.into()), periods_figure];
                let monthly = Exact::from(amount).times(periods)?;
                Ok(self.step(RuleId::TwoWeekPay, line, &inputs, F::MonthlyPay, monthly))
            }
            Pay::Spread { total, from, to } => {
                let months = u32::try_from(from.months_until(to)).unwrap_or(0).saturating_add(1);
                let share = if (from..=to).contains(&case.income_month()) {
                    Exact::from(total).over(Exact::whole(months.into()))?
                } else {
                    Exact::ZERO
                };
                let inputs = [
                    Figure::amount(F::Total, total.into()),
                    Figure {
                        name: F::EarnedFrom,
                        value: Quantity::Month(from),
                    },
                    Figure {
                        name: F::EarnedTo,
                        value: Quantity::Month(to),
                    },
                    Figure {
                        name: F::Months,
                        value: Quantity::Number(months),
                    },
                    Figure {
                        name: F::IncomeMonth,
                        value: Quantity::Month(case.income_month()),
                    },
                ];
                Ok(self.step(RuleId::Spread, line, &inputs, F::Share, share))
            }
        }
    }

    fn right(&mut self, counted: Exact, benefit: Exact, opens: bool) {
        let inputs = [
            Figure::amount(F::CountedIncome, counted),
            Figure::amount(F::Benefit, benefit),
        ];
        let result = Figure {
            name: F::Right,
            value: Quantity::YesNo(opens),
        };
        self.tell(RuleId::RightToSubsidy, None, &inputs, None, Choice::NoRounding, result);
    }

    fn deduction_low(&mut self, counted: Exact) -> Calc<Exact> {
        let (threshold, threshold_figure) = self.number(RateId::IncomeThreshold, F::Threshold)?;
        let (percent, percent_figure) = self.number(RateId::DeductionLow, F::Percent)?;
        let base = counted.min(threshold)?;
        let inputs = [
            Figure::amount(F::CountedIncome, counted),
            threshold_figure,
            Figure::amount(F::Base, base),
            percent_figure,
        ];
        let rounding = self.choice(RateId::DeductionRounding)?;
        self.rounded_step(
            RuleId::DeductionLow,
            &inputs,
            F::DeductionLow,
            base.times(percent)?,
            rounding,
        )
    }

    fn deduction_high(&mut self, counted: Exact) -> Calc<Exact> {
        let (threshold, threshold_figure) = self.number(RateId::IncomeThreshold, F::Threshold)?;
        let (percent, percent_figure) = self.number(RateId::DeductionHigh, F::Percent)?;
        let base = counted.minus(threshold)?.floor_at_zero();
        let inputs = [
            Figure::amount(F::CountedIncome, counted),
            threshold_figure,
            Figure::amount(F::Base, base),
            percent_figure,
        ];
        let rounding = self.choice(RateId::DeductionRounding)?;
        self.rounded_step(
            RuleId::DeductionHigh,
            &inputs,
            F::DeductionHigh,
            base.times(percent)?,
            rounding,
        )
    }

    /// The benefits of the month of income, in øre.
    fn benefit(&mut self, case: &SubsidyCase) -> Calc<Exact> {
        let mut sum = Exact::ZERO;
        for (line, benefit) in case.benefits.iter().enumerate() {
            let amount = match benefit.amount {
                BenefitAmount::Paid(amount) => amount.into(),
                BenefitAmount::Days { full_month, days } => {
                    let (per_month, per_month_figure) = self.number(RateId::DaysPerMonth, F::DaysPerMonth)?;
                    let full_month = Exact::from(full_month);
                    let part = full_month
                        .times(Exact::whole(days.into()).over(per_month)?)?
                        .min(full_month)?;
                    let inputs = [
                        Figure::amount(F::FullMonthBenefit, full_month),
                        Figure {
                            name: F::Days,
                            value: Quantity::Days(days),
                        },
                        per_month_figure,
                    ];
                    self.step(RuleId::BenefitPart, u16::try_from(line).ok(), &inputs, F::Benefit, part)
                }
            };
            sum = sum.plus(amount)?;
        }
        Ok(sum)
    }

    fn benefit_deduction(&mut self, benefit: Exact) -> Calc<Exact> {
        if benefit.is_zero() {
            return Ok(Exact::ZERO);
        }
        let (percent, percent_figure) = self.number(RateId::BenefitDeduction, F::Percent)?;
        let inputs = [Figure::amount(F::Benefit, benefit), percent_figure];
        Ok(self.step(
            RuleId::BenefitDeduction,
            None,
            &inputs,
            F::BenefitDeduction,
            benefit.times(percent)?,
        ))
    }

    fn before_ceiling(&mut self, opens: bool, low: Exact, high: Exact, benefit: Exact) -> Calc<Exact> {
        let (maximum, maximum_figure) = self.number(RateId::MaximumSubsidy, F::MaximumSubsidy)?;
        let left = if opens {
            maximum.minus(low)?.minus(high)?.minus(benefit)?.floor_at_zero()
        } else {
            Exact::ZERO
        };
        let inputs = [
            Figure {
                name: F::Right,
                value: Quantity::YesNo(opens),
            },
            maximum_figure,
            Figure::amount(F::DeductionLow, low),
            Figure::amount(F::DeductionHigh, high),
            Figure::amount(F::BenefitDeduction, benefit),
        ];
        Ok(self.step(RuleId::BeforeCeiling, None, &inputs, F::SubsidyBeforeCeiling, left))
    }

    fn ceiling_room(&mut self, case: &SubsidyCase, position_wage: Exact, benefit: Exact) -> Calc<Exact> {
        let ceiling = match &case.ceiling {
            Ceiling::Whole(amount) => Exact::from(*amount),
            Ceiling::Periods(periods) => self.ceiling_in_month(case, periods)?,
            Ceiling::Unknown => return Err(super::run::Stop::Absent("wage_ceiling")),
        };
        let benefit_uses_room = !benefit.is_zero() && self.income_rule(IncomeType::Benefit)?.uses_ceiling_room;
        let used = if benefit_uses_room {
            position_wage.plus(benefit)?
        } else {
            position_wage
        };
        let supplement = Exact::from(case.ceiling_supplement);
        let room = ceiling.plus(supplement)?.minus(used)?.floor_at_zero();
        let inputs = [
            Figure::amount(F::Ceiling, ceiling),
            Figure::amount(F::CeilingSupplement, supplement),
            Figure::amount(F::PositionWage, used),
        ];
        Ok(self.step(RuleId::CeilingRoom, None, &inputs, F::CeilingRoom, room))
    }

    /// The ceiling of a month in which it may change, in øre.
    fn ceiling_in_month(&mut self, case: &SubsidyCase, periods: &[CeilingPeriod]) -> Calc<Exact> {
        let choice = self.choice(RateId::CeilingChange)?;
        let spans = super::ceiling::spans(case.income_month(), case.employment_start, periods);
        let all_days: u16 = spans.iter().map(|span| span.days).sum();
        let mut inputs = Vec::new();
        let mut weighted = Exact::ZERO;
        for span in &spans {
            inputs.push(Figure::amount(F::Ceiling, span.amount.into()));
            inputs.push(Figure {
                name: F::CeilingDays,
                value: Quantity::Days(span.days),
            });
            weighted = weighted.plus(Exact::from(span.amount).times(Exact::whole(span.days.into()))?)?;
        }
        inputs.push(Figure {
            name: F::DaysInMonth,
            value: Quantity::Days(all_days),
        });
        let ceiling = match (choice, spans.first()) {
            (Choice::MonthStart, Some(first)) => first.amount.into(),
            _ => weighted.over(Exact::whole(all_days.into()))?,
        };
        Ok(self.step(RuleId::CeilingInMonth, None, &inputs, F::Ceiling, ceiling))
    }

    /// The smaller of subsidy and room, and the days taken off, in the order that the rules choose.
    fn ceiling_and_days(&mut self, case: &SubsidyCase, before: Exact, room: Exact) -> Calc<(bool, Exact)> {
        if case.unemployment_benefit_days == 0 {
            return self.after_ceiling(before, room);
        }
        match self.choice(RateId::DayReductionOrder)? {
            Choice::BeforeCeiling => {
                let reduced = self.day_reduction(case, before)?;
                self.after_ceiling(reduced, room)
            }
            _ => {
                let (applies, capped) = self.after_ceiling(before, room)?;
                Ok((applies, self.day_reduction(case, capped)?))
            }
        }
    }

    fn after_ceiling(&mut self, subsidy: Exact, room: Exact) -> Calc<(bool, Exact)> {
        let applies = room.minus(subsidy)?.is_negative();
        let capped = if applies { room } else { subsidy };
        let inputs = [
            Figure::amount(F::SubsidyBeforeCeiling, subsidy),
            Figure::amount(F::CeilingRoom, room),
            Figure {
                name: F::CeilingApplies,
                value: Quantity::YesNo(applies),
            },
        ];
        Ok((
            applies,
            self.step(RuleId::AfterCeiling, None, &inputs, F::SubsidyAfterCeiling, capped),
        ))
    }

    fn day_reduction(&mut self, case: &SubsidyCase, subsidy: Exact) -> Calc<Exact> {
        let (per_month, per_month_figure) = self.number(RateId::DaysPerMonth, F::DaysPerMonth)?;
        let days = Exact::whole(case.unemployment_benefit_days.into());
        let left = Exact::whole(1).minus(days.over(per_month)?)?.floor_at_zero();
        let inputs = [
            Figure::amount(F::SubsidyAfterCeiling, subsidy),
            Figure {
                name: F::Days,
                value: Quantity::Days(case.unemployment_benefit_days),
            },
            per_month_figure,
        ];
        Ok(self.step(
            RuleId::DayReduction,
            None,
            &inputs,
            F::SubsidyAfterDays,
            subsidy.times(left)?,
        ))
    }

    fn subsidy(&mut self, unrounded: Exact) -> Calc<Exact> {
        let rounding = self.choice(RateId::SubsidyRounding)?;
        let inputs = [Figure::amount(F::SubsidyAfterDays, unrounded)];
        self.rounded_step(RuleId::Subsidy, &inputs, F::Subsidy, unrounded, rounding)
    }

    fn paid(&mut self, subsidy: Exact) -> Calc<(Exact, Exact)> {
        let (percent, percent_figure) = self.number(RateId::AtpPercent, F::Percent)?;
        let (maximum, maximum_figure) = self.number(RateId::AtpMaximum, F::AtpMaximum)?;
        let rounding = self.choice(RateId::AtpRounding)?;
        let share = subsidy.times(percent)?.min(maximum)?;
        let inputs = [Figure::amount(F::Subsidy, subsidy), percent_figure, maximum_figure];
        let atp = self.rounded_step(RuleId::Atp, &inputs, F::Atp, share, rounding)?;
        let inputs = [Figure::amount(F::Subsidy, subsidy), Figure::amount(F::Atp, atp)];
        let paid = self.step(
            RuleId::PaidBeforeTax,
            None,
            &inputs,
            F::PaidBeforeTax,
            subsidy.minus(atp)?,
        );
        Ok((atp, paid))
    }

    fn state_pension(&mut self, subsidy: Exact, atp: Exact) -> Calc<Option<Exact>> {
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
    fn state_atp(&mut self, case: &SubsidyCase) -> Calc<()> {
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
        Ok(())
    }
}

fn figure_of(part: PayComponent) -> F {
    match part {
        PayComponent::CashWage => F::CashWage,
        PayComponent::OwnPension => F::OwnPension,
        PayComponent::EmployerPension => F::EmployerPension,
        PayComponent::HolidaySupplement => F::HolidaySupplement,
        PayComponent::FreeChoicePayout => F::FreeChoicePayout,
        PayComponent::BenefitsInKind => F::BenefitsInKind,
    }
}
