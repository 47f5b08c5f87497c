//! The codes of the form's lists that the service itself reads, each list one type.

use serde::{Deserialize, Serialize};

/// The options of a list in the form, every one of them: a form whose list has others does not load.
pub trait Codes: Copy + PartialEq + 'static {
    /// In the order of the declaration.
    const ALL: &'static [Self];

    /// The code in the form, the API and the database.
    fn code(self) -> &'static str;

    /// The option with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }
}

/// Declares the options of a list once: type, codes, and the way between them.
macro_rules! codes {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$of:meta])* $option:ident = $code:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$of])* #[serde(rename = $code)] $option),* }

        impl Codes for $name {
            const ALL: &'static [Self] = &[$(Self::$option),*];

            fn code(self) -> &'static str {
                match self { $(Self::$option => $code),* }
            }
        }
    )*};
}

codes! {
    /// What an employer can report.
    pub enum ReportKind {
        /// First or changed full-time wage, hence the ceiling (*lønloft*), LAB § 123(3).
        FullTimeWage = "full_time_wage",
        /// Bonus, gift, back pay and the like (*engangsbeløb*), principle decision 27-23.
        OneOffPayment = "one_off_payment",
        /// The job ends (*fratrædelse*).
        EmploymentEnd = "employment_end",
        /// Replaces or withdraws an earlier report (*rettelse*).
        Correction = "correction",
        /// The wage is as last reported (*uændret løn*).
        UnchangedConfirmation = "unchanged_confirmation",
    }

    /// What a correction (*rettelse*) does to the report that it names.
    pub enum CorrectionCode {
        /// The new answers stand instead of the old.
        Replace = "replace",
        /// The old report falls away (*træk tilbage*).
        Withdraw = "withdraw",
    }

    /// What a replacing correction reports: every kind but the correction itself.
    pub enum CorrectedKind {
        FullTimeWage = "full_time_wage",
        OneOffPayment = "one_off_payment",
        EmploymentEnd = "employment_end",
        UnchangedConfirmation = "unchanged_confirmation",
    }

    /// How the full-time wage is told.
    pub enum EntryMode {
        /// The employer knows it.
        TotalKnown = "total_known",
        /// It is computed from its parts.
        BuildUp = "build_up",
    }

    /// What the base wage is told for (*lønperiode*).
    pub enum WageUnit {
        Month = "month",
        Hour = "hour",
        TwoWeeks = "two_weeks",
    }

    /// How a pension contribution is told.
    pub enum PensionMode {
        None = "none",
        /// Of the pay that gives pension.
        Percent = "percent",
        /// Kroner a month.
        Amount = "amount",
    }

    /// Which pay beside the base gives pension, where it is a percentage.
    pub enum PensionBase {
        Fixed = "fixed",
        Variable = "variable",
        Bonus = "bonus",
        None = "none_of_these",
    }

    /// When a free-choice account (*fritvalgskonto*) is paid out.
    pub enum FreeChoicePayout {
        EachPay = "each_pay",
        LumpSum = "lump_sum",
        ToPension = "to_pension",
    }

    /// What the employee has on holiday.
    pub enum HolidayCode {
        /// Paid holiday with a supplement (*ferie med løn og ferietillæg*).
        PaidHoliday = "paid_holiday",
        /// *Feriegodtgørelse*.
        HolidayAllowance = "holiday_allowance",
    }

    /// What a full-time wage counts in.
    pub enum Component {
        EveningNightWeekendSupplement = "evening_night_weekend_supplement",
        QualificationSupplement = "qualification_supplement",
        SenioritySupplement = "seniority_supplement",
        FunctionSupplement = "function_supplement",
        PersonalSupplement = "personal_supplement",
        /// *Store bededagstillæg*.
        StoreBededagSupplement = "store_bededag_supplement",
        FixedBonus = "fixed_bonus",
        FreeChoice = "free_choice",
        EmployerPension = "employer_pension",
        None = "none_of_these",
    }

    /// What an amount paid once is (*engangsbeløb*).
    pub enum PaymentType {
        IndividualBonus = "individual_bonus",
        CompanyBonus = "company_bonus",
        ProfitShare = "profit_share",
        DirectorsFee = "directors_fee",
        Gratuity = "gratuity",
        /// *Pengegave*.
        CashGift = "cash_gift",
        /// *Efterbetaling*.
        BackPay = "back_pay",
        Other = "other",
    }

    /// Whether everybody at the employer gets it.
    pub enum SameForAll {
        SameAmount = "same_amount",
        /// Another amount, worked out in the same way.
        SameBasis = "same_basis",
        No = "no",
    }
}

impl ReportKind {
    /// Every kind, in the order of the form.
    pub const ALL: &'static [Self] = <Self as Codes>::ALL;

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Codes::from_code(code)
    }

    /// The code used in the form, the API and the database.
    pub fn as_str(self) -> &'static str {
        self.code()
    }
}

impl From<CorrectedKind> for ReportKind {
    fn from(kind: CorrectedKind) -> Self {
        match kind {
            CorrectedKind::FullTimeWage => Self::FullTimeWage,
            CorrectedKind::OneOffPayment => Self::OneOffPayment,
            CorrectedKind::EmploymentEnd => Self::EmploymentEnd,
            CorrectedKind::UnchangedConfirmation => Self::UnchangedConfirmation,
        }
    }
}

impl Component {
    /// Whether it is one of the supplements to the base wage (*tillæg*).
    pub fn is_supplement(self) -> bool {
        match self {
            Self::EveningNightWeekendSupplement
            | Self::QualificationSupplement
            | Self::SenioritySupplement
            | Self::FunctionSupplement
            | Self::PersonalSupplement => true,
            Self::StoreBededagSupplement | Self::FixedBonus | Self::FreeChoice | Self::EmployerPension | Self::None => {
                false
            }
        }
    }
}
