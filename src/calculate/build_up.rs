//! The full-time wage (*lønloft*) built from its parts, each step shown.

use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::document::{RatesUsed, Steps};
use super::exact::Exact;
use super::rulebook::{Choice, Epoch, RateId, RuleBook, RuleId};
use super::run::{Calc, Run, Used};
use super::stored::{StoredBasis, StoredStep, UnreadableAssessment, known_version, restore_trace};
use super::trace::{Figure, FigureName as F, Quantity, Record, Trace};
use super::{FreeChoicePayout, WageUnit};
use crate::finding::Violation;
use crate::value::{Hours, Language, Money, Month, Percent};

/// What an employer tells of the pay of the position at full time. Amounts are before tax, labour market contribution and own pension.
/// Written with what is built from it, so that the ceiling can be built again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildUp {
    /// The month from which on it holds: whose rules count.
    pub month: Month,
    pub wage_unit: WageUnit,
    /// Per `wage_unit`, not reduced because of the disability.
    pub base_wage: Money,
    /// Per `wage_unit`.
    pub fixed_supplements_total: Money,
    /// Full time in the position, hours a week; asked of hourly pay.
    pub full_time_weekly_hours: Hours,
    /// Kroner a month.
    pub variable_supplements_average: Money,
    pub employer_pension: Contribution,
    /// Lies inside the pay and is never added; kept so that it can be said.
    pub employee_pension: Contribution,
    pub pension_on_supplements: PensionOn,
    /// Free-choice, public-holiday or special savings (*fritvalg, SH, særlig opsparing*).
    pub free_choice: Option<FreeChoice>,
    pub holiday: HolidayScheme,
    /// Kroner a year at full time.
    pub agreed_fixed_bonus_yearly: Money,
}

impl BuildUp {
    /// Pay with nothing beside it.
    pub fn new(month: Month, wage_unit: WageUnit, base_wage: Money, full_time_weekly_hours: Hours) -> Self {
        Self {
            month,
            wage_unit,
            base_wage,
            fixed_supplements_total: Money::ZERO,
            full_time_weekly_hours,
            variable_supplements_average: Money::ZERO,
            employer_pension: Contribution::None,
            employee_pension: Contribution::None,
            pension_on_supplements: PensionOn::default(),
            free_choice: None,
            holiday: HolidayScheme::HolidayAllowance,
            agreed_fixed_bonus_yearly: Money::ZERO,
        }
    }
}

impl fmt::Debug for BuildUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildUp")
            .field("wage_unit", &self.wage_unit)
            .finish_non_exhaustive()
    }
}

/// A pension contribution.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contribution {
    None,
    /// Of the pay that gives pension.
    Percent(Percent),
    /// Kroner a month.
    Amount(Money),
}

/// Which pay beside the base gives pension, where it is a percentage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PensionOn {
    pub fixed_supplements: bool,
    pub variable_supplements: bool,
    pub bonus: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeChoice {
    pub percent: Percent,
    pub payout: FreeChoicePayout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayScheme {
    /// Paid holiday with a supplement (*ferie med løn og ferietillæg*).
    PaidHoliday { supplement: Percent },
    /// *Feriegodtgørelse*: it replaces the wage while on holiday and adds nothing to a month's full-time wage.
    HolidayAllowance,
}

/// The full-time wage, what lifts it in single months, and the steps that lead there.
#[derive(Clone)]
pub struct CeilingBuildUp {
    basis: Arc<Epoch>,
    used: Used,
    trace: Trace,
    /// What it was built from; nothing where it was stored before that was kept.
    input: Option<BuildUp>,
    /// Kroner a month; nothing where the rules of the month are not known or an amount is too large.
    pub total: Option<Money>,
    /// What lifts the ceiling of the month in which it is paid, kroner.
    pub yearly: YearlyPayments,
    pub hints: Vec<Violation>,
}

/// What is paid once a year at full time, kroner.
#[derive(Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct YearlyPayments {
    pub holiday_supplement: Option<Money>,
    pub free_choice: Option<Money>,
}

/// Builds the full-time wage of a position. Total: every input has a result, and the steps say how.
pub fn build_up(rules: &RuleBook, input: &BuildUp) -> CeilingBuildUp {
    let epoch = rules.epoch(input.month);
    let mut built = build(epoch, input);
    built.hints = super::hints::of_build_up(epoch, input, built.total);
    built
}

/// The ceiling by the rules given, without hints.
fn build(epoch: &Arc<Epoch>, input: &BuildUp) -> CeilingBuildUp {
    let mut run = Run::new(epoch, Trace::for_a_month());
    let (total, yearly) = match run.build_up(input) {
        Ok((total, yearly)) => (Some(total), yearly),
        Err(_) => (None, YearlyPayments::default()),
    };
    CeilingBuildUp {
        basis: epoch.clone(),
        used: run.used,
        trace: run.record,
        input: Some(input.clone()),
        total,
        yearly,
        hints: Vec::new(),
    }
}

/// Pay of a month by its parts, in øre.
#[derive(Clone, Copy)]
struct Parts {
    base: Exact,
    fixed: Exact,
    variable: Exact,
    bonus: Exact,
}

impl Parts {
    /// The parts that are chosen, added up, with a figure for each of them that is there.
    fn chosen(self, fixed: bool, variable: bool, bonus: bool) -> Calc<(Exact, Vec<Figure>)> {
        let parts = [
            (true, F::MonthlyBase, self.base),
            (fixed, F::MonthlyFixed, self.fixed),
            (variable, F::VariableSupplements, self.variable),
            (bonus, F::Share, self.bonus),
        ];
        let (mut sum, mut figures) = (Exact::ZERO, Vec::new());
        for (_, name, part) in parts.into_iter().filter(|(counts, ..)| *counts) {
            sum = sum.plus(part)?;
            if !part.is_zero() {
                figures.push(Figure::amount(name, part));
            }
        }
        Ok((sum, figures))
    }

    /// The pay that a percentage of free choice or holiday is taken of, by the reading that the rules choose.
    fn of_base(self, choice: Choice) -> Calc<(Exact, Vec<Figure>)> {
        match choice {
            Choice::BaseAndFixed => self.chosen(true, false, false),
            Choice::AllPay => self.chosen(true, true, true),
            _ => self.chosen(true, true, false),
        }
    }
}

/// What the ceiling is added up from, as it goes.
struct Sum {
    total: Exact,
    parts: Vec<Figure>,
}

impl Sum {
    fn add(&mut self, name: F, part: Exact) -> Calc<()> {
        self.total = self.total.plus(part)?;
        if !part.is_zero() {
            self.parts.push(Figure::amount(name, part));
        }
        Ok(())
    }
}

impl<R: Record> Run<'_, R> {
    fn build_up(&mut self, input: &BuildUp) -> Calc<(Money, YearlyPayments)> {
        let (base, fixed) = self.base_and_fixed(input)?;
        let parts = Parts {
            base,
            fixed,
            variable: self.variable(input),
            bonus: self.yearly_bonus(input)?,
        };
        let mut sum = Sum {
            total: Exact::ZERO,
            parts: Vec::new(),
        };
        sum.add(F::MonthlyPay, parts.base.plus(parts.fixed)?)?;
        sum.add(F::VariableSupplements, parts.variable)?;
        sum.add(F::Share, parts.bonus)?;
        sum.add(F::EmployerPension, self.pension(input, parts)?)?;
        let yearly = self.paid_once_a_year(input, parts, &mut sum)?;
        let rounding = self.choice(RateId::CeilingRounding)?;
        let total = self.rounded_step(RuleId::CeilingTotal, &sum.parts, F::FullTimeWage, sum.total, rounding)?;
        Ok((total.to_money()?, yearly))
    }

    /// Free choice and holiday supplement: in the month's ceiling, or in that of the month in which they are paid.
    fn paid_once_a_year(&mut self, input: &BuildUp, parts: Parts, sum: &mut Sum) -> Calc<YearlyPayments> {
        let mut yearly = YearlyPayments::default();
        let spread = self.choice(RateId::YearlyPayments)? == Choice::MonthlyShare;
        if let Some(free_choice) = input.free_choice {
            let monthly = self.free_choice(free_choice, parts)?;
            if free_choice.payout == FreeChoicePayout::LumpSum && !spread {
                yearly.free_choice = Some(self.free_choice_of_a_year(monthly)?.to_money()?);
            } else {
                sum.add(F::FreeChoice, monthly)?;
            }
        }
        if let HolidayScheme::PaidHoliday { supplement } = input.holiday {
            let paid = self.holiday_supplement(supplement, parts)?;
            if spread {
                sum.add(F::HolidayShare, paid.over(MONTHS_PER_YEAR)?)?;
            } else {
                yearly.holiday_supplement = Some(paid.to_money()?);
            }
        }
        Ok(yearly)
    }

    /// Base pay and fixed supplements as a month's pay; told as one step, used apart for pension.
    fn base_and_fixed(&mut self, input: &BuildUp) -> Calc<(Exact, Exact)> {
        let (base, fixed) = (Exact::from(input.base_wage), Exact::from(input.fixed_supplements_total));
        let mut inputs = vec![
            Figure::amount(F::BaseWage, base),
            Figure::amount(F::FixedSupplements, fixed),
        ];
        let times = match input.wage_unit {
            WageUnit::Month => Exact::whole(1),
            WageUnit::Hour => {
                let (weeks, weeks_figure) = self.number(RateId::WeeksPerMonth, F::WeeksPerMonth)?;
                inputs.push(Figure {
                    name: F::WeeklyHours,
                    value: Quantity::Hours(input.full_time_weekly_hours),
                });
                inputs.push(weeks_figure);
                Exact::from(input.full_time_weekly_hours).times(weeks)?
            }
            WageUnit::TwoWeeks => {
                let (periods, periods_figure) = self.number(RateId::TwoWeeksPerMonth, F::TwoWeeksPerMonth)?;
                inputs.push(periods_figure);
                periods
            }
        };
        let (base, fixed) = (base.times(times)?, fixed.times(times)?);
        self.step(RuleId::CeilingBase, None, &inputs, F::MonthlyPay, base.plus(fixed)?);
        Ok((base, fixed))
    }

    fn variable(&mut self, input: &BuildUp) -> Exact {
        let average = Exact::from(input.variable_supplements_average);
        if average.is_zero() {
            return average;
        }
        let inputs = [Figure::amount(F::VariableSupplements, average)];
        self.step(RuleId::CeilingVariable, None, &inputs, F::VariableSupplements, average)
    }

    fn yearly_bonus(&mut self, input: &BuildUp) -> Calc<Exact> {
        let yearly = Exact::from(input.agreed_fixed_bonus_yearly);
        if yearly.is_zero() {
            return Ok(yearly);
        }
        let inputs = [Figure::amount(F::YearlyBonus, yearly), MONTHS_FIGURE];
        let share = yearly.over(MONTHS_PER_YEAR)?;
        Ok(self.step(RuleId::CeilingBonus, None, &inputs, F::Share, share))
    }

    fn pension(&mut self, input: &BuildUp, parts: Parts) -> Calc<Exact> {
        let (inputs, pension) = match input.employer_pension {
            Contribution::None => return Ok(Exact::ZERO),
            Contribution::Amount(amount) => {
                let amount = Exact::from(amount);
                (vec![Figure::amount(F::EmployerPension, amount)], amount)
            }
            Contribution::Percent(percent) => {
                let on = input.pension_on_supplements;
                let (base, mut inputs) = parts.chosen(on.fixed_supplements, on.variable_supplements, on.bonus)?;
                inputs.extend([Figure::amount(F::PensionBase, base), percent_figure(percent)]);
                (inputs, base.times(percent.into())?)
            }
        };
        Ok(self.step(RuleId::CeilingPension, None, &inputs, F::EmployerPension, pension))
    }

    /// A month's savings.
    fn free_choice(&mut self, free_choice: FreeChoice, parts: Parts) -> Calc<Exact> {
        let (base, mut inputs) = parts.of_base(self.choice(RateId::FreeChoiceBase)?)?;
        inputs.extend([Figure::amount(F::Base, base), percent_figure(free_choice.percent)]);
        let monthly = base.times(free_choice.percent.into())?;
        Ok(self.step(RuleId::CeilingFreeChoice, None, &inputs, F::FreeChoice, monthly))
    }

    fn free_choice_of_a_year(&mut self, monthly: Exact) -> Calc<Exact> {
        let inputs = [Figure::amount(F::FreeChoice, monthly), MONTHS_FIGURE];
        let yearly = monthly.times(MONTHS_PER_YEAR)?;
        Ok(self.step(
            RuleId::CeilingFreeChoiceYear,
            None,
            &inputs,
            F::FreeChoiceYearly,
            yearly,
        ))
    }

    /// A year's supplement.
    fn holiday_supplement(&mut self, percent: Percent, parts: Parts) -> Calc<Exact> {
        let (monthly, mut inputs) = parts.of_base(self.choice(RateId::HolidaySupplementBase)?)?;
        let yearly = monthly.times(MONTHS_PER_YEAR)?;
        inputs.extend([
            MONTHS_FIGURE,
            Figure::amount(F::YearlyPay, yearly),
            percent_figure(percent),
        ]);
        let supplement = yearly.times(percent.into())?;
        Ok(self.step(RuleId::CeilingHoliday, None, &inputs, F::HolidaySupplement, supplement))
    }
}

fn percent_figure(percent: Percent) -> Figure {
    Figure {
        name: F::Percent,
        value: Quantity::Percent(percent),
    }
}

pub(super) const MONTHS_PER_YEAR: Exact = Exact::whole(12);
pub(super) const MONTHS_FIGURE: Figure = Figure {
    name: F::MonthsPerYear,
    value: Quantity::Number(12),
};

impl CeilingBuildUp {
    /// What it was built from; nothing where it was stored before that was kept.
    pub fn input(&self) -> Option<&BuildUp> {
        self.input.as_ref()
    }

    /// The same built again from its input and the rules it carries. Its hints are what was said at the time, and are kept.
    pub(super) fn again(&self) -> Result<Self, UnreadableAssessment> {
        let input = self.input.as_ref().ok_or(UnreadableAssessment::NoInput)?;
        Ok(Self {
            hints: self.hints.clone(),
            ..build(&self.basis, input)
        })
    }

    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// A line for each step.
    pub fn in_words(&self, language: Language) -> Vec<String> {
        super::explain::steps_in_words(&self.basis, &self.trace, language)
    }

    /// The same for a table.
    pub fn told_steps(&self, language: Language) -> Vec<super::ToldStep> {
        super::explain::told_steps(&self.basis, &self.trace, language)
    }
}

impl fmt::Debug for CeilingBuildUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CeilingBuildUp")
            .field("known", &self.total.is_some())
            .finish_non_exhaustive()
    }
}

impl Serialize for CeilingBuildUp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_version", &self.basis.trace_version)?;
        map.serialize_entry("rules_version", &*self.basis.version)?;
        map.serialize_entry("full_time_total_monthly_wage", &self.total)?;
        map.serialize_entry("yearly_payments", &self.yearly)?;
        map.serialize_entry("hints", &self.hints)?;
        map.serialize_entry(
            "rates_used",
            &RatesUsed {
                epoch: &self.basis,
                used: self.used,
            },
        )?;
        map.serialize_entry(
            "trace",
            &Steps {
                epoch: &self.basis,
                trace: &self.trace,
            },
        )?;
        if let Some(input) = &self.input {
            map.serialize_entry("input", input)?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct StoredBuildUp {
    trace_version: u32,
    rules_version: String,
    full_time_total_monthly_wage: Option<Money>,
    yearly_payments: YearlyPayments,
    hints: Vec<Violation>,
    #[serde(flatten)]
    basis: StoredBasis,
    trace: Vec<StoredStep>,
    #[serde(default)]
    input: Option<BuildUp>,
}

impl<'de> Deserialize<'de> for CeilingBuildUp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredBuildUp::deserialize(deserializer)?;
        let unknown_start = Month::of(jiff::civil::Date::MAX);
        let (mut epoch, used) = stored
            .basis
            .restore(stored.rules_version.into(), unknown_start)
            .map_err(D::Error::custom)?;
        epoch.trace_version = known_version(stored.trace_version).map_err(D::Error::custom)?;
        let trace = restore_trace(stored.trace, &mut epoch).map_err(D::Error::custom)?;
        let (total, yearly, hints) = (
            stored.full_time_total_monthly_wage,
            stored.yearly_payments,
            stored.hints,
        );
        Ok(Self {
            basis: Arc::new(epoch),
            used,
            trace,
            input: stored.input,
            total,
            yearly,
            hints,
        })
    }
}

/// Two are equal when they read the same.
impl PartialEq for CeilingBuildUp {
    fn eq(&self, other: &Self) -> bool {
        matches!((serde_json::to_vec(self), serde_json::to_vec(other)), (Ok(one), Ok(other)) if one == other)
    }
}

impl Eq for CeilingBuildUp {}
