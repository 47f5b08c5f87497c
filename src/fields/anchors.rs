use jiff::civil::Date;

use super::{
    Anchor, Codes, Component, CorrectedKind, CorrectionCode, EntryMode, FieldOf, FreeChoicePayout, HolidayCode, Kind,
    Needed, One, PaymentType, PensionBase, PensionMode, PercentOrMoney, Place, ReportKind, SameForAll, Several, Text,
    WageUnit, YesNo,
};
use crate::value::{
    Cpr, Cvr, Email, Hours, Money, MunicipalityCode, PNumber, Percent, Phone, Postcode, ReportId, SeNumber,
};

macro_rules! kinds_of_answer {
    ($($kind:ty = $name:literal),* $(,)?) => {$(
        impl Kind for $kind {
            const TYPE: &'static str = $name;
        }
    )*};
}

kinds_of_answer! {
    Text = "text", YesNo = "yes_no", PercentOrMoney = "percent_or_money", Date = "date", Money = "money", Percent = "percent",
    Hours = "hours", Cpr = "cpr", Cvr = "cvr", SeNumber = "se_number", PNumber = "p_number", MunicipalityCode = "municipality",
    Postcode = "postcode", Email = "email", Phone = "phone", ReportId = "report_id",
}

impl<E: Codes> Kind for One<E> {
    const TYPE: &'static str = "choice";

    fn codes() -> Option<Vec<&'static str>> {
        Some(E::ALL.iter().map(|one| one.code()).collect())
    }
}

impl<E: Codes> Kind for Several<E> {
    const TYPE: &'static str = "choices";

    fn codes() -> Option<Vec<&'static str>> {
        Some(E::ALL.iter().map(|one| one.code()).collect())
    }
}

const EVERY: &[ReportKind] = ReportKind::ALL;
const WAGE: &[ReportKind] = &[ReportKind::FullTimeWage];
const PAYMENT: &[ReportKind] = &[ReportKind::OneOffPayment];
const END: &[ReportKind] = &[ReportKind::EmploymentEnd];
const CORRECTION: &[ReportKind] = &[ReportKind::Correction];
const UNCHANGED: &[ReportKind] = &[ReportKind::UnchangedConfirmation];
const NONE: &[ReportKind] = &[];

/// `NAME: kind of answer = "id", where it stands, whether the service relies on an answer, which kinds of report must have it;`
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $id:literal, $place:ident, $needed:ident, $kinds:expr;)*) => {
        $($(#[$doc])* pub const $name: FieldOf<$kind> = FieldOf::new($id);)*

        /// What the service relies on about the form, field by field.
        pub fn anchors() -> Vec<Anchor> {
            vec![$(Anchor {
                id: $name.id(),
                place: Place::$place,
                kind: <$kind as Kind>::TYPE,
                codes: <$kind as Kind>::codes(),
                needed: Needed::$needed,
                kinds: $kinds,
            }),*]
        }
    };
}

fields! {
    /// *CVR-nummer*
    EMPLOYER_CVR: Cvr = "employer_cvr", Employer, Always, NONE;
    /// *SE-nummer*
    EMPLOYER_SE_NUMBER: SeNumber = "employer_se_number", Employer, AsTheFormSays, NONE;
    /// *kontaktperson*
    CONTACT_NAME: Text = "contact_name", Employer, Always, NONE;
    CONTACT_EMAIL: Email = "contact_email", Employer, AsTheFormSays, NONE;
    CONTACT_PHONE: Phone = "contact_phone", Employer, AsTheFormSays, NONE;
    /// *tro og love-erklæring*
    DECLARATION_ACCEPTED: YesNo = "declaration_accepted", Submission, Always, NONE;

    REPORT_KIND: One<ReportKind> = "report_kind", Report, Always, EVERY;
    /// *CPR-nummer*
    EMPLOYEE_CPR: Cpr = "employee_cpr", Report, Always, EVERY;
    EMPLOYEE_NAME: Text = "employee_name", Report, Always, EVERY;
    /// *bopælskommune*
    MUNICIPALITY_CODE: MunicipalityCode = "municipality_code", Report, AsTheFormSays, EVERY;
    EMPLOYEE_POSTCODE: Postcode = "employee_postcode", Report, AsTheFormSays, EVERY;
    EMPLOYEE_LIVES_ABROAD: YesNo = "employee_lives_abroad", Report, AsTheFormSays, EVERY;
    /// *beskyttet adresse*
    EMPLOYEE_ADDRESS_PROTECTED: YesNo = "employee_address_protected", Report, AsTheFormSays, EVERY;
    /// *P-nummer*
    PRODUCTION_UNIT_P_NUMBER: PNumber = "production_unit_p_number", Report, AsTheFormSays, EVERY;
    /// *stilling*
    POSITION_TITLE: Text = "position_title", Report, AsTheFormSays, EVERY;
    /// The employer's own mark, such as a number of the payroll.
    EMPLOYMENT_REFERENCE: Text = "employment_reference", Report, AsTheFormSays, EVERY;
    EMPLOYMENT_START_DATE: Date = "employment_start_date", Report, AsTheFormSays, WAGE;

    FULL_TIME_WEEKLY_HOURS: Hours = "full_time_weekly_hours", Report, Always, WAGE;
    PAID_WEEKLY_HOURS: Hours = "paid_weekly_hours", Report, AsTheFormSays, WAGE;
    EXPECTED_FIRST_WAGE: Money = "expected_first_wage", Report, AsTheFormSays, WAGE;
    VALID_FROM: Date = "valid_from", Report, Always, WAGE;
    VALID_TO: Date = "valid_to", Report, AsTheFormSays, WAGE;
    ENTRY_MODE: One<EntryMode> = "entry_mode", Report, Always, WAGE;
    WAGE_UNIT: One<WageUnit> = "wage_unit", Report, AsTheFormSays, WAGE;
    BASE_WAGE: Money = "base_wage", Report, AsTheFormSays, WAGE;
    FIXED_SUPPLEMENTS_TOTAL: Money = "fixed_supplements_total", Report, AsTheFormSays, WAGE;
    VARIABLE_SUPPLEMENTS_AVERAGE: Money = "variable_supplements_average", Report, AsTheFormSays, WAGE;
    PENSION_MODE: One<PensionMode> = "pension_mode", Report, AsTheFormSays, WAGE;
    EMPLOYER_PENSION: PercentOrMoney = "employer_pension", Report, AsTheFormSays, WAGE;
    EMPLOYEE_PENSION: PercentOrMoney = "employee_pension", Report, AsTheFormSays, WAGE;
    PENSION_ON_SUPPLEMENTS: Several<PensionBase> = "pension_on_supplements", Report, AsTheFormSays, WAGE;
    FREE_CHOICE_PERCENT: Percent = "free_choice_percent", Report, AsTheFormSays, WAGE;
    FREE_CHOICE_PAYOUT: One<FreeChoicePayout> = "free_choice_payout", Report, AsTheFormSays, WAGE;
    HOLIDAY_SCHEME: One<HolidayCode> = "holiday_scheme", Report, AsTheFormSays, WAGE;
    HOLIDAY_SUPPLEMENT_PERCENT: Percent = "holiday_supplement_percent", Report, AsTheFormSays, WAGE;
    AGREED_FIXED_BONUS_YEARLY: Money = "agreed_fixed_bonus_yearly", Report, AsTheFormSays, WAGE;
    /// The wage at full time, kroner a month: the ceiling follows from it.
    FULL_TIME_TOTAL_MONTHLY_WAGE: Money = "full_time_total_monthly_wage", Report, AsTheFormSays, WAGE;
    INCLUDED_COMPONENTS: Several<Component> = "included_components", Report, AsTheFormSays, WAGE;

    PAYMENT_TYPE: One<PaymentType> = "payment_type", Report, Always, PAYMENT;
    PAYMENT_AMOUNT: Money = "payment_amount", Report, Always, PAYMENT;
    PAYMENT_DATE: Date = "payment_date", Report, Always, PAYMENT;
    EARNED_FROM: Date = "earned_from", Report, AsTheFormSays, PAYMENT;
    EARNED_TO: Date = "earned_to", Report, AsTheFormSays, PAYMENT;
    DEPENDS_ON_OWN_WORK: YesNo = "depends_on_own_work", Report, Always, PAYMENT;
    SAME_FOR_ALL_STAFF: One<SameForAll> = "same_for_all_staff", Report, Always, PAYMENT;
    IS_RECURRING_ENTITLEMENT: YesNo = "is_recurring_entitlement", Report, Always, PAYMENT;
    PAYMENT_EXPLANATION: Text = "payment_explanation", Report, AsTheFormSays, PAYMENT;

    EMPLOYMENT_END_DATE: Date = "employment_end_date", Report, Always, END;
    CORRECTS_REPORT_ID: ReportId = "corrects_report_id", Report, Always, CORRECTION;
    CORRECTION_ACTION: One<CorrectionCode> = "correction_action", Report, Always, CORRECTION;
    CORRECTED_REPORT_KIND: One<CorrectedKind> = "corrected_report_kind", Report, AsTheFormSays, CORRECTION;
    UNCHANGED_AS_OF: Date = "unchanged_as_of", Report, Always, UNCHANGED;
}

/// The fields whose answer the service can compute from others (`computed_when`): the full-time wage, by `calculate::build_up`.
pub const COMPUTED: [&str; 1] = [FULL_TIME_TOTAL_MONTHLY_WAGE.id()];

/// Where the employee lives, as the employer names it.
pub const WHEREABOUTS: [&str; 4] = [
    MUNICIPALITY_CODE.id(),
    EMPLOYEE_POSTCODE.id(),
    EMPLOYEE_LIVES_ABROAD.id(),
    EMPLOYEE_ADDRESS_PROTECTED.id(),
];
