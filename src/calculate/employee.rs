//! The employee scheme from 2013: LAB § 123 and the order on calculation, one month at a time.

use super::case::{BenefitAmount, Ceiling, CeilingPeriod, Income, Judged, Pay, SubsidyCase};
use super::exact::Exact;
use super::rulebook::{Choice, IncomeType, PayComponent, RateId, RuleId};
use super::run::{Calc, Run, Stop, downwards, rounded};
use super::trace::{Figure, FigureName as F, Quantity, Record};
use crate::value::{Money, Month};

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
    /// Calculates a month, and what it would be where the municipality's judgement is open.
    pub fn told(&mut self, case: &SubsidyCase) -> Calc<Amounts> {
        let amounts = self.employee(case)?;
        if self.epoch.trace_version >= 2 {
            self.bonus_or_gift(case, &amounts)?;
        }
        Ok(amounts)
    }

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
        let subsidy = self.subsidy(unrounded, room)?;
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
            // The municipality has judged it to be no income.
            if income.judged == Some(Judged::Gift) {
                continue;
            }
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
    pub(super) fn income_line(&mut self, case: &SubsidyCase, income: &Income, line: Option<u16>) -> Calc<Exact> {
        let pay = self.pay(case, income, line)?;
        let rule = self.income_rule(income.kind)?;
        self.which_months_rules(income.kind)?;
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

    /// Lost earnings and carer's pay are another kind of income from 2024 on; which month tells, is a reading.
    fn which_months_rules(&mut self, kind: IncomeType) -> Calc<()> {
        if self.epoch.trace_version >= 2 && matches!(kind, IncomeType::LostEarnings | IncomeType::CarerPay) {
            self.choice(RateId::IncomeRulesMonth)?;
        }
        Ok(())
    }

    /// The months that an amount is spread over: as told, or for a surplus the whole years of them, by the reading chosen.
    fn spread_over(&mut self, kind: IncomeType, from: Month, to: Month) -> Calc<(Month, Month)> {
        let of_years = self.epoch.trace_version >= 2
            && kind == IncomeType::SelfEmployedSurplus
            && self.choice(RateId::SurplusPeriod)? == Choice::CalendarYears;
        Ok(if of_years {
            (january_of(from), january_of(to).plus_months(11))
        } else {
            (from, to)
        })
    }

    /// The pay of the month of income, in øre.
    fn pay(&mut self, case: &SubsidyCase, income: &Income, line: Option<u16>) -> Calc<Exact> {
        match income.pay {
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
                let (from, to) = self.spread_over(income.kind, from, to)?;
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
            Ceiling::Unknown => return Err(Stop::Absent("wage_ceiling")),
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
        let spans = super::ceiling::spans(case.income_month(), super::ceiling::Job::of(case), periods);
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
        if self.epoch.trace_version < 2 {
            let days = case.unemployment_benefit_days;
            return self.reduced_by(days, &[], RateId::DaysPerMonth, subsidy);
        }
        let told = case.unemployment_benefit_days;
        let (_, maximum_figure) = self.number(RateId::BenefitDaysMaximum, F::DaysMaximum)?;
        let Quantity::Days(maximum) = maximum_figure.value else {
            return Err(Stop::Absent(RateId::BenefitDaysMaximum.as_str()));
        };
        let told_figure = Figure {
            name: F::DaysTold,
            value: Quantity::Days(told),
        };
        let limits = [told_figure, maximum_figure];
        let limits = if told > maximum { &limits[..] } else { &[] };
        self.reduced_by(told.min(maximum), limits, RateId::HolidayDaysPerMonth, subsidy)
    }

    fn reduced_by(&mut self, days: u16, limits: &[Figure], divisor: RateId, subsidy: Exact) -> Calc<Exact> {
        let (per_month, per_month_figure) = self.number(divisor, F::DaysPerMonth)?;
        let part = Exact::whole(days.into()).over(per_month)?;
        let left = Exact::whole(1).minus(part)?.floor_at_zero();
        let days = Figure {
            name: F::Days,
            value: Quantity::Days(days),
        };
        let mut inputs = vec![Figure::amount(F::SubsidyAfterCeiling, subsidy), days, per_month_figure];
        inputs.extend_from_slice(limits);
        let reduced = subsidy.times(left)?;
        Ok(self.step(RuleId::DayReduction, None, &inputs, F::SubsidyAfterDays, reduced))
    }

    /// The subsidy as it is paid. Where rounding half up would pass the room under the ceiling, the ceiling decides what is done.
    fn subsidy(&mut self, unrounded: Exact, room: Exact) -> Calc<Exact> {
        let mut rounding = self.choice(RateId::SubsidyRounding)?;
        if self.epoch.trace_version < 2 {
            let inputs = [Figure::amount(F::SubsidyAfterDays, unrounded)];
            return self.rounded_step(RuleId::Subsidy, &inputs, F::Subsidy, unrounded, rounding);
        }
        let half_up = rounded(unrounded, rounding)?;
        if room.minus(half_up)?.is_negative() && self.choice(RateId::CeilingDecidesRounding)? == Choice::Down {
            rounding = downwards(rounding);
        }
        let inputs = [
            Figure::amount(F::SubsidyAfterDays, unrounded),
            Figure::amount(F::CeilingRoom, room),
        ];
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
}

/// The first month of the year.
fn january_of(month: Month) -> Month {
    month.plus_months(1 - i32::from(month.first_day().month()))
}

fn figure_of(part: PayComponent) -> F {
    match part {
        PayComponent::CashWage => F::CashWage,
        PayComponent::OwnPension => F::OwnPension,
        PayComponent::EmployerPension => F::EmployerPension,
        PayComponent::HolidaySupplement => F::HolidaySupplement,
        PayComponent::FreeChoicePayout => F::FreeChoicePayout,
        PayComponent::OrdinaryAtp => F::OrdinaryAtp,
        PayComponent::BenefitsInKind => F::BenefitsInKind,
    }
}
