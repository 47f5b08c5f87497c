//! What the code asks the rule data for, by name. The data gives the values; a name that stands here and has no value makes a month
//! that cannot be calculated, and a name in the data that does not stand here is refused.

/// Declares names that are the same in code, rule data and traces.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in rule data, traces and JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The one with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}
pub(in crate::calculate) use named;

/// Gives names their place in `ALL`, for looking up what belongs to them.
macro_rules! indexed {
    ($($name:ident),+) => { $(
        impl $name {
            pub(in crate::calculate) const fn index(self) -> usize {
                self as usize
            }
        }
    )+ };
}
indexed!(RateId, RuleId, IncomeType, PayComponent);

named! {
    /// A dated value: an amount, a percentage, a number or a choice between readings of the law.
    pub enum RateId {
        /// What the subsidy starts from, 98 per cent of the highest *dagpenge*, kroner a month.
        MaximumSubsidy = "maximum_subsidy",
        /// Where the deduction goes from the low to the high percentage, kroner a month.
        IncomeThreshold = "income_threshold",
        DeductionLow = "deduction_low_percent",
        DeductionHigh = "deduction_high_percent",
        BenefitDeduction = "benefit_deduction_percent",
        AtpPercent = "atp_percent",
        /// Kroner a month.
        AtpMaximum = "atp_maximum",
        /// The compulsory pension that the state pays on top; there is none before 2020.
        StatePension = "state_pension_percent",
        /// Hours a week that the state's ATP contribution counts from.
        AtpFullTimeHours = "atp_full_time_hours",
        /// The state's part of the ordinary ATP contribution.
        StateAtpShare = "state_atp_share",
        /// Below so many paid hours, a week or a month, the contribution is the full one.
        StateAtpFullBelowWeekly = "state_atp_full_below_weekly_hours",
        StateAtpFullBelowMonthly = "state_atp_full_below_monthly_hours",
        /// Working days in an average month.
        DaysPerMonth = "days_per_month",
        /// What days with *ledighedsydelse* are a part of.
        HolidayDaysPerMonth = "holiday_days_per_month",
        WeeksPerMonth = "weeks_per_month",
        /// Hours a week of a full-time job.
        FullTimeHours = "full_time_weekly_hours",
        TwoWeeksPerMonth = "two_weeks_per_month",
        /// Days with *ledighedsydelse* in holidays that can be reported.
        BenefitDaysMaximum = "unemployment_benefit_days_maximum",
        /// Kroner a year.
        SelfEmployedBase = "self_employed_base",
        SelfEmployedDeduction = "self_employed_deduction_percent",
        /// Which month's rates measure the income: that of the subsidy or that of the income.
        RatesMonth = "rates_month",
        /// Which month's rules say what lost earnings and carer's pay are, where the rules of both differ.
        IncomeRulesMonth = "income_rules_month",
        /// Over which months a surplus of several months is spread.
        SurplusPeriod = "surplus_period",
        DeductionRounding = "deduction_rounding",
        SubsidyRounding = "subsidy_rounding",
        /// What is done where rounding half up would bring wage and subsidy above the ceiling.
        CeilingDecidesRounding = "ceiling_decides_rounding",
        AtpRounding = "atp_rounding",
        StatePensionRounding = "state_pension_rounding",
        CeilingRounding = "ceiling_rounding",
        SelfEmployedRounding = "self_employed_rounding",
        SelfEmployedMonthRounding = "self_employed_month_rounding",
        /// Whether days with *ledighedsydelse* are taken off after or before the ceiling.
        DayReductionOrder = "day_reduction_order",
        /// What a ceiling that changes inside a month is in that month.
        CeilingChange = "ceiling_change_in_month",
        /// Whether what is paid once a year lifts the ceiling of that month, or every month's by a twelfth.
        YearlyPayments = "yearly_payments_in_ceiling",
        /// Which pay the percentage of free-choice savings is taken of.
        FreeChoiceBase = "free_choice_base",
        /// Which pay the percentage of the holiday supplement is taken of.
        HolidaySupplementBase = "holiday_supplement_base",
        HintHoursLow = "hint_full_time_hours_low",
        HintHoursHigh = "hint_full_time_hours_high",
        HintCeilingChange = "hint_ceiling_change_percent",
        HintExpectedWage = "hint_expected_wage_percent",
        HintCeilingLow = "hint_ceiling_low",
        HintHourlyHigh = "hint_hourly_wage_high",
    }
}

named! {
    /// A step of a calculation: its words, paragraph and dates stand in the rule data.
    pub enum RuleId {
        IncomeMonth = "income_month",
        HourlyPay = "hourly_pay",
        TwoWeekPay = "two_week_pay",
        Spread = "spread",
        IncomeLine = "income_line",
        IncomeTotal = "income_total",
        RightToSubsidy = "right_to_subsidy",
        DeductionLow = "deduction_30",
        DeductionHigh = "deduction_55",
        BenefitPart = "benefit_part_month",
        BenefitDeduction = "benefit_deduction",
        BeforeCeiling = "subsidy_before_ceiling",
        CeilingInMonth = "ceiling_in_month",
        CeilingRoom = "ceiling_room",
        AfterCeiling = "subsidy_after_ceiling",
        DayReduction = "day_reduction",
        Subsidy = "subsidy",
        Atp = "atp",
        PaidBeforeTax = "paid_before_tax",
        StatePension = "state_pension",
        StateAtp = "state_atp",
        StateAtpContribution = "state_atp_contribution",
        BonusOrGift = "bonus_or_gift",
        CeilingBase = "ceiling_base",
        CeilingVariable = "ceiling_variable",
        CeilingBonus = "ceiling_bonus",
        CeilingPension = "ceiling_pension",
        CeilingFreeChoice = "ceiling_free_choice",
        CeilingFreeChoiceYear = "ceiling_free_choice_year",
        CeilingHoliday = "ceiling_holiday_supplement",
        CeilingTotal = "ceiling_total",
        OneOffShare = "one_off_share",
        OneOffLastShare = "one_off_last_share",
        SelfEmployedIncome = "self_employed_income",
        SelfEmployedDeduction = "self_employed_deduction",
        SelfEmployedYear = "self_employed_year",
        SelfEmployedMonth = "self_employed_month",
    }
}

named! {
    /// A kind of income; what it does in the calculation stands in the rule data, by date.
    pub enum IncomeType {
        /// Wage from the fleksjob (*løn i fleksjobbet*).
        FleksjobWage = "fleksjob_wage",
        /// Wage from other work.
        OtherWage = "other_wage",
        /// *Tabt arbejdsfortjeneste*.
        LostEarnings = "lost_earnings",
        /// *Plejevederlag*.
        CarerPay = "carer_pay",
        /// Surplus of a self-employed side activity (*selvstændig bibeskæftigelse*).
        SelfEmployedSurplus = "self_employed_surplus",
        /// This month's share of a bonus earned over several months.
        SpreadBonus = "spread_bonus",
        /// Sickness or parental benefit, *ressourceforløbsydelse*: deducted in full, never part of the income that is shared.
        Benefit = "benefit",
    }
}

named! {
    /// A part of a pay slip; which parts are wage income stands in the rule data, by date.
    pub enum PayComponent {
        CashWage = "cash_wage",
        OwnPension = "own_pension",
        EmployerPension = "employer_pension",
        /// *Ferietillæg*, paid this month.
        HolidaySupplement = "holiday_supplement",
        /// Paid out from *fritvalg* or *søgnehelligdage* accounts this month.
        FreeChoicePayout = "free_choice_payout",
        /// The employee's own part of the ordinary ATP contribution, where it was taken off the wage told.
        OrdinaryAtp = "ordinary_atp",
        /// Car, telephone, board and lodging (*personalegoder*).
        BenefitsInKind = "benefits_in_kind",
    }
}

named! {
    /// A reading of the law that the rule data chooses.
    pub enum Choice {
        SubsidyMonth = "subsidy_month",
        IncomeMonth = "income_month",
        AsTold = "as_told",
        CalendarYears = "calendar_years",
        NoRounding = "none",
        NearestOre = "nearest_ore",
        NearestKrone = "nearest_krone",
        /// Rounded down, as half up would have passed the ceiling; stands in traces only.
        OreDown = "ore_down",
        KroneDown = "krone_down",
        HalfUpAsAlways = "half_up_as_always",
        Down = "down",
        AfterCeiling = "after_ceiling",
        BeforeCeiling = "before_ceiling",
        CalendarDays = "calendar_days",
        MonthStart = "month_start",
        MonthPaid = "month_paid",
        MonthlyShare = "monthly_share",
        BaseAndFixed = "base_and_fixed",
        BaseFixedAndVariable = "base_fixed_and_variable",
        AllPay = "all_pay",
    }
}

/// How a rate's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Kroner with at most two decimals.
    Kroner,
    Percent,
    /// `52/12`: never a rounded decimal.
    Fraction,
    Days,
    Hours,
    Choice,
}

impl Unit {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kroner => "kr",
            Self::Percent => "percent",
            Self::Fraction => "fraction",
            Self::Days => "days",
            Self::Hours => "hours",
            Self::Choice => "choice",
        }
    }
}

impl RateId {
    /// How its values are written.
    pub const fn unit(self) -> Unit {
        match self {
            Self::MaximumSubsidy
            | Self::IncomeThreshold
            | Self::AtpMaximum
            | Self::SelfEmployedBase
            | Self::HintCeilingLow
            | Self::HintHourlyHigh => Unit::Kroner,
            Self::DeductionLow
            | Self::DeductionHigh
            | Self::BenefitDeduction
            | Self::AtpPercent
            | Self::StatePension
            | Self::SelfEmployedDeduction
            | Self::HintCeilingChange
            | Self::HintExpectedWage => Unit::Percent,
            Self::DaysPerMonth
            | Self::HolidayDaysPerMonth
            | Self::StateAtpShare
            | Self::WeeksPerMonth
            | Self::TwoWeeksPerMonth => Unit::Fraction,
            Self::BenefitDaysMaximum => Unit::Days,
            Self::AtpFullTimeHours
            | Self::StateAtpFullBelowWeekly
            | Self::StateAtpFullBelowMonthly
            | Self::FullTimeHours
            | Self::HintHoursLow
            | Self::HintHoursHigh => Unit::Hours,
            Self::RatesMonth
            | Self::DeductionRounding
            | Self::SubsidyRounding
            | Self::CeilingDecidesRounding
            | Self::AtpRounding
            | Self::StatePensionRounding
            | Self::CeilingRounding
            | Self::SelfEmployedRounding
            | Self::SelfEmployedMonthRounding
            | Self::IncomeRulesMonth
            | Self::SurplusPeriod
            | Self::DayReductionOrder
            | Self::CeilingChange
            | Self::YearlyPayments
            | Self::FreeChoiceBase
            | Self::HolidaySupplementBase => Unit::Choice,
        }
    }

    /// The readings that can be chosen between; empty where it is no choice.
    pub const fn choices(self) -> &'static [Choice] {
        match self {
            Self::RatesMonth | Self::IncomeRulesMonth => &[Choice::SubsidyMonth, Choice::IncomeMonth],
            Self::SurplusPeriod => &[Choice::AsTold, Choice::CalendarYears],
            Self::DeductionRounding
            | Self::SubsidyRounding
            | Self::AtpRounding
            | Self::StatePensionRounding
            | Self::CeilingRounding
            | Self::SelfEmployedRounding
            | Self::SelfEmployedMonthRounding => &[Choice::NoRounding, Choice::NearestOre, Choice::NearestKrone],
            Self::CeilingDecidesRounding => &[Choice::Down, Choice::HalfUpAsAlways],
            Self::DayReductionOrder => &[Choice::AfterCeiling, Choice::BeforeCeiling],
            Self::CeilingChange => &[Choice::CalendarDays, Choice::MonthStart],
            Self::FreeChoiceBase | Self::HolidaySupplementBase => {
                &[Choice::BaseFixedAndVariable, Choice::BaseAndFixed, Choice::AllPay]
            }
            Self::YearlyPayments => &[Choice::MonthPaid, Choice::MonthlyShare],
            _ => &[],
        }
    }

    /// Whether its rounding or amount decides what the person is paid, so that a derived value makes the result provisional.
    pub const fn decides_the_amount(self) -> bool {
        !matches!(
            self,
            Self::StatePension
                | Self::StatePensionRounding
                | Self::AtpFullTimeHours
                | Self::StateAtpShare
                | Self::StateAtpFullBelowWeekly
                | Self::StateAtpFullBelowMonthly
        )
    }

    /// Whether a month without it can still be calculated for an employee: it came later, or belongs to the other scheme.
    pub const fn may_be_absent(self) -> bool {
        matches!(
            self,
            Self::StatePension | Self::StatePensionRounding | Self::SelfEmployedBase
        )
    }
}
