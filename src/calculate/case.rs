//! What is asked: one subsidy month of one person.

use std::fmt;

use jiff::civil::Date;

use super::rulebook::{IncomeType, PayComponent};
use crate::value::{Hours, Money, Month};

/// One month of the employee scheme to be calculated. Made by [`SubsidyCase::from_json`], or field by field where the values are typed
/// already. Holds amounts of a person, so it prints none.
#[derive(Clone, PartialEq, Eq)]
pub struct SubsidyCase {
    /// The month the subsidy is for; its income is that of the month before.
    pub subsidy_month: Month,
    pub income: Vec<Income>,
    pub ceiling: Ceiling,
    /// Full-time value of what is paid once in the month of income, e.g. the holiday supplement (P 51-16), kroner.
    pub ceiling_supplement: Money,
    pub benefits: Vec<Benefit>,
    /// Days with *ledighedsydelse* during holidays.
    pub unemployment_benefit_days: u16,
    /// First day in the fleksjob, where known: tells jobs of the old scheme, and a start inside the month.
    pub employment_start: Option<Date>,
    /// Last day in the fleksjob, where known: after it no ceiling is needed.
    pub employment_end: Option<Date>,
    pub income_basis: IncomeBasis,
    /// Paid hours a week in the fleksjob, for the state's ATP contribution.
    pub paid_weekly_hours: Option<Hours>,
}

impl SubsidyCase {
    /// A case with nothing known but its month.
    pub fn new(subsidy_month: Month) -> Self {
        Self {
            subsidy_month,
            income: Vec::new(),
            ceiling: Ceiling::Unknown,
            ceiling_supplement: Money::ZERO,
            benefits: Vec::new(),
            unemployment_benefit_days: 0,
            employment_start: None,
            employment_end: None,
            income_basis: IncomeBasis::Reported,
            paid_weekly_hours: None,
        }
    }

    /// The same with every bonus whose judgement is open judged a gift; nothing where there is none.
    pub(super) fn with_open_bonuses_as_gifts(&self) -> Option<Self> {
        if !self.income.iter().any(Income::is_open_bonus) {
            return None;
        }
        let mut gifts = self.clone();
        for income in gifts.income.iter_mut().filter(|income| income.is_open_bonus()) {
            income.judged = Some(Judged::Gift);
        }
        Some(gifts)
    }

    /// The month the income is from.
    pub fn income_month(&self) -> Month {
        self.subsidy_month.previous()
    }
}

impl fmt::Debug for SubsidyCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsidyCase")
            .field("subsidy_month", &self.subsidy_month.to_string())
            .finish_non_exhaustive()
    }
}

/// Where the income is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncomeBasis {
    /// Reported to eIndkomst or shown on a pay slip.
    Reported,
    /// What the employer expects of the first month: the result is provisional.
    Expected,
}

/// Income of one kind from one source in the month before the subsidy month.
#[derive(Clone, PartialEq, Eq)]
pub struct Income {
    pub kind: IncomeType,
    pub pay: Pay,
    /// The parts beside the pay itself, kroner in the month; a part that is not there is nothing.
    pub own_pension: Money,
    pub employer_pension: Money,
    pub holiday_supplement: Money,
    pub free_choice_payout: Money,
    pub ordinary_atp: Money,
    pub benefits_in_kind: Money,
    /// What the municipality has judged a bonus to be; nothing where that is still open.
    pub judged: Option<Judged>,
}

/// What a bonus is, judged by the municipality (P 27-23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Wage,
    Gift,
}

impl Judged {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wage => "wage",
            Self::Gift => "gift",
        }
    }
}

impl Income {
    /// Pay without further parts.
    pub fn new(kind: IncomeType, pay: Pay) -> Self {
        Self {
            kind,
            pay,
            own_pension: Money::ZERO,
            employer_pension: Money::ZERO,
            holiday_supplement: Money::ZERO,
            free_choice_payout: Money::ZERO,
            ordinary_atp: Money::ZERO,
            benefits_in_kind: Money::ZERO,
            judged: None,
        }
    }

    /// A bonus that nobody has judged yet to be wage or a gift.
    pub(super) fn is_open_bonus(&self) -> bool {
        self.kind == IncomeType::SpreadBonus && self.judged.is_none()
    }

    /// The parts beside the pay, each with its name.
    pub(super) fn parts(&self) -> [(PayComponent, Money); 6] {
        [
            (PayComponent::OwnPension, self.own_pension),
            (PayComponent::EmployerPension, self.employer_pension),
            (PayComponent::HolidaySupplement, self.holiday_supplement),
            (PayComponent::FreeChoicePayout, self.free_choice_payout),
            (PayComponent::OrdinaryAtp, self.ordinary_atp),
            (PayComponent::BenefitsInKind, self.benefits_in_kind),
        ]
    }
}

impl fmt::Debug for Income {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Income")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How the pay of a month is known. All are before tax and labour market contribution.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pay {
    /// Kroner in the month.
    Month(Money),
    /// Kroner an hour for paid hours a week.
    Hourly { wage: Money, weekly_hours: Hours },
    /// Kroner for two weeks.
    TwoWeeks(Money),
    /// Kroner earned over all months from the first to the last, both counted.
    Spread { total: Money, from: Month, to: Month },
}

/// The full-time wage of the position (*lønloft*), kroner a month with pension and supplements.
#[derive(Clone, PartialEq, Eq)]
pub enum Ceiling {
    Unknown,
    /// The same in the whole month of income.
    Whole(Money),
    /// In the order of their days, none overlapping another.
    Periods(Vec<CeilingPeriod>),
}

/// A ceiling from a day on.
#[derive(Clone, PartialEq, Eq)]
pub struct CeilingPeriod {
    pub valid_from: Date,
    /// Its last day; without one it holds until the next begins.
    pub valid_to: Option<Date>,
    pub amount: Money,
}

/// A benefit that is deducted in full.
#[derive(Clone, PartialEq, Eq)]
pub struct Benefit {
    pub kind: BenefitKind,
    pub amount: BenefitAmount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenefitKind {
    /// Not told which.
    Any,
    /// *Sygedagpenge*.
    Sickness,
    /// *Barselsdagpenge*.
    Parental,
    /// *Ressourceforløbsydelse*.
    Rehabilitation,
}

impl BenefitKind {
    pub(super) const NAMED: [(Self, &'static str); 3] = [
        (Self::Sickness, "sickness_benefit"),
        (Self::Parental, "parental_benefit"),
        (Self::Rehabilitation, "rehabilitation_benefit"),
    ];
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BenefitAmount {
    /// What was paid in the month.
    Paid(Money),
    /// What a whole month would be, and for how many working days of it.
    Days { full_month: Money, days: u16 },
}
