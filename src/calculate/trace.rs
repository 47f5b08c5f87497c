//! The steps of a calculation as they were taken: which rule, from which figures, with which result.
//!
//! A step is a rule's name and a few numbers; its words are in the rule book and are put in when it is written out.

use jiff::civil::Date;

use super::exact::Exact;
use super::rulebook::{Choice, IncomeType, RuleId, named};
use crate::value::{Hours, Language, Month, Percent};

named! {
    /// What a figure is, as it stands in the trace.
    pub enum FigureName {
        SubsidyMonth = "subsidy_month",
        IncomeMonth = "income_month",
        Type = "type",
        HourlyWage = "hourly_wage",
        WeeklyHours = "weekly_hours",
        WeeksPerMonth = "weeks_per_month",
        TwoWeekWage = "two_week_wage",
        TwoWeeksPerMonth = "two_weeks_per_month",
        MonthlyPay = "monthly_pay",
        Total = "total",
        EarnedFrom = "earned_from",
        EarnedTo = "earned_to",
        Months = "months",
        Share = "share",
        LastShare = "last_share",
        CashWage = "cash_wage",
        OwnPension = "own_pension",
        EmployerPension = "employer_pension",
        HolidaySupplement = "holiday_supplement",
        FreeChoicePayout = "free_choice_payout",
        OrdinaryAtp = "ordinary_atp",
        BenefitsInKind = "benefits_in_kind",
        Income = "income",
        CountsInDeduction = "counts_in_deduction",
        UsesCeilingRoom = "uses_ceiling_room",
        CountedIncome = "counted_income",
        PositionWage = "position_wage",
        Threshold = "income_threshold",
        Percent = "percent",
        Base = "base",
        DeductionLow = "deduction_30",
        DeductionHigh = "deduction_55",
        FullMonthBenefit = "full_month_benefit",
        Benefit = "benefit",
        BenefitDeduction = "benefit_deduction",
        Days = "days",
        DaysTold = "days_told",
        DaysMaximum = "days_maximum",
        DaysPerMonth = "days_per_month",
        MaximumSubsidy = "maximum_subsidy",
        SubsidyBeforeCeiling = "subsidy_before_ceiling",
        Ceiling = "wage_ceiling",
        CeilingDays = "ceiling_days",
        DaysInMonth = "days_in_month",
        CeilingSupplement = "ceiling_supplement",
        CeilingRoom = "ceiling_room",
        CeilingApplies = "ceiling_applies",
        SubsidyAfterCeiling = "subsidy_after_ceiling",
        SubsidyAfterDays = "subsidy_after_days",
        Right = "something_to_supplement",
        Subsidy = "subsidy",
        AtpMaximum = "atp_maximum",
        Atp = "atp",
        PaidBeforeTax = "paid_before_tax",
        StatePension = "state_pension",
        FullTimeHours = "full_time_weekly_hours",
        PaidHours = "paid_weekly_hours",
        HoursWithSubsidy = "hours_with_subsidy",
        PaidMonthlyHours = "paid_monthly_hours",
        FullBelowWeekly = "full_below_weekly_hours",
        FullBelowMonthly = "full_below_monthly_hours",
        StateAtpShare = "state_atp_share",
        FullContribution = "full_contribution",
        BonusCounted = "bonus_counted",
        SubsidyIfWage = "subsidy_if_wage",
        PaidIfWage = "paid_before_tax_if_wage",
        SubsidyIfGift = "subsidy_if_gift",
        PaidIfGift = "paid_before_tax_if_gift",
        BaseWage = "base_wage",
        FixedSupplements = "fixed_supplements_total",
        MonthlyBase = "base_wage_monthly",
        MonthlyFixed = "fixed_supplements_monthly",
        VariableSupplements = "variable_supplements_average",
        YearlyBonus = "agreed_fixed_bonus_yearly",
        MonthsPerYear = "months_per_year",
        PensionBase = "pension_base",
        FreeChoice = "free_choice",
        FreeChoiceYearly = "free_choice_yearly",
        HolidayShare = "holiday_supplement_monthly",
        YearlyPay = "yearly_pay",
        FullTimeWage = "full_time_total_monthly_wage",
        Year = "year",
        BusinessIncome = "business_income",
        OtherWorkIncome = "other_work_income",
        YearlyIncome = "yearly_income",
        SelfEmployedBase = "self_employed_base",
        IncomeDeduction = "income_deduction",
        YearlySubsidy = "yearly_subsidy",
        MonthlySubsidy = "monthly_subsidy",
    }
}

/// The value of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// In øre.
    Amount(Exact),
    Percent(Percent),
    /// A fraction as the rule data write it.
    Factor(i64, i64),
    Hours(Hours),
    /// Hours a month, hundredths of an hour exactly.
    MonthlyHours(Exact),
    Number(u32),
    Days(u16),
    Month(Month),
    Date(Date),
    YesNo(bool),
    Type(IncomeType),
}

/// One number of a step and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub name: FigureName,
    pub value: Quantity,
}

impl Figure {
    pub(super) fn amount(name: FigureName, ore: Exact) -> Self {
        Self {
            name,
            value: Quantity::Amount(ore),
        }
    }
}

/// One step: the rule it follows, what went in and what came out.
#[derive(Debug, Clone, Copy)]
pub struct StepView<'a> {
    pub rule: RuleId,
    /// Which line of the input it is about, counted from 0.
    pub line: Option<u16>,
    pub inputs: &'a [Figure],
    /// The result before rounding, exactly.
    pub before_rounding: Option<Exact>,
    pub rounding: Choice,
    pub result: Figure,
}

impl StepView<'_> {
    /// An input or the result by its name.
    pub fn figure(&self, name: FigureName) -> Option<Quantity> {
        std::iter::once(&self.result)
            .chain(self.inputs)
            .find(|figure| figure.name == name)
            .map(|figure| figure.value)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    rule: RuleId,
    line: Option<u16>,
    /// Where its inputs end in the list of all figures; they begin where those of the step before end.
    inputs_end: u32,
    before_rounding: Option<Exact>,
    rounding: Choice,
    result: Figure,
}

/// All steps of one calculation, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    steps: Vec<Step>,
    figures: Vec<Figure>,
}

impl Trace {
    /// Room for the steps of a usual month, so that writing them down asks for memory once.
    pub(super) fn for_a_month() -> Self {
        Self {
            steps: Vec::with_capacity(16),
            figures: Vec::with_capacity(64),
        }
    }

    pub fn steps(&self) -> impl Iterator<Item = StepView<'_>> {
        self.steps.iter().enumerate().map(|(index, step)| {
            let start = index
                .checked_sub(1)
                .and_then(|before| self.steps.get(before))
                .map_or(0, |step| step.inputs_end);
            StepView {
                rule: step.rule,
                line: step.line,
                inputs: self
                    .figures
                    .get(start as usize..step.inputs_end as usize)
                    .expect("a step ends where its figures were put"),
                before_rounding: step.before_rounding,
                rounding: step.rounding,
                result: step.result,
            }
        })
    }

    /// The first step that follows this rule.
    pub fn step(&self, rule: RuleId) -> Option<StepView<'_>> {
        self.steps().find(|step| step.rule == rule)
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Where a calculation tells its steps: into a [`Trace`], or nowhere when only the amounts are wanted.
pub(super) trait Record {
    fn record(&mut self, step: StepView<'_>);
}

impl Record for Trace {
    fn record(&mut self, step: StepView<'_>) {
        self.figures.extend_from_slice(step.inputs);
        self.steps.push(Step {
            rule: step.rule,
            line: step.line,
            inputs_end: u32::try_from(self.figures.len()).expect("a trace has far fewer than 2^32 figures"),
            before_rounding: step.before_rounding,
            rounding: step.rounding,
            result: step.result,
        });
    }
}

/// Keeps no trace.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Untraced;

impl Record for Untraced {
    #[inline]
    fn record(&mut self, _: StepView<'_>) {}
}

/// Writes an exact amount of øre in kroner: `15272.00`, or `45815/3` where it is no whole øre.
pub(super) fn exact_kroner(ore: Exact) -> String {
    if ore.denominator() == 1
        && let Ok(amount) = ore.to_money()
    {
        return amount.to_machine();
    }
    let kroner = Exact::new(ore.numerator(), ore.denominator().saturating_mul(100)).unwrap_or(Exact::ZERO);
    format!("{}/{}", kroner.numerator(), kroner.denominator())
}

/// Reads what [`exact_kroner`] wrote.
pub(super) fn read_exact_kroner(text: &str) -> Option<Exact> {
    match text.split_once('/') {
        None => read_money(text).map(Exact::from),
        Some((numerator, denominator)) => {
            let kroner = Exact::new(numerator.parse().ok()?, denominator.parse().ok()?)?;
            kroner.times(Exact::whole(100)).ok()
        }
    }
}

/// Reads an amount as JSON carries it, however large a sum it is.
pub(super) fn read_money(text: &str) -> Option<crate::value::Money> {
    use serde::{Deserialize, de::IntoDeserializer};
    let text: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    crate::value::Money::deserialize(text).ok()
}

/// A quantity as people read it: `15.272,00 kr.`, `30 pct.`, `maj 2024`.
pub(super) fn in_words(value: Quantity, language: Language) -> String {
    let danish = language == Language::Da;
    let decimal = |text: String| if danish { text.replace('.', ",") } else { text };
    match value {
        Quantity::Amount(ore) => match (ore.to_money(), danish) {
            (Ok(amount), true) => format!("{} kr.", amount.to_danish()),
            (Ok(amount), false) => format!("DKK {}", with_commas(&amount.to_danish())),
            (Err(_), _) => exact_kroner(ore),
        },
        Quantity::Percent(percent) if danish => format!("{} pct.", percent.to_danish()),
        Quantity::Percent(percent) => format!("{} per cent", percent.to_machine()),
        Quantity::Factor(numerator, denominator) => format!("{numerator}/{denominator}"),
        Quantity::Hours(hours) => decimal(hours.to_machine()),
        Quantity::MonthlyHours(hours) => decimal(two_decimals(hours)),
        Quantity::Number(number) => number.to_string(),
        Quantity::Days(days) => days.to_string(),
        Quantity::Month(month) => month.to_text(language),
        Quantity::Date(date) => crate::value::date_to_text(date, language),
        Quantity::YesNo(yes) => match (yes, danish) {
            (true, true) => "ja".to_owned(),
            (true, false) => "yes".to_owned(),
            (false, true) => "nej".to_owned(),
            (false, false) => "no".to_owned(),
        },
        Quantity::Type(income) => income.as_str().to_owned(),
    }
}

/// `15.272,00` as English readers write it: `15,272.00`.
fn with_commas(danish: &str) -> String {
    danish
        .chars()
        .map(|c| {
            if c == '.' {
                ','
            } else if c == ',' {
                '.'
            } else {
                c
            }
        })
        .collect()
}

/// A number rounded to two decimals for reading, `82.33`.
pub(super) fn two_decimals(number: Exact) -> String {
    let hundredths = number.times(Exact::whole(100)).and_then(Exact::to_money);
    hundredths.map(crate::value::Money::to_machine).unwrap_or_default()
}
