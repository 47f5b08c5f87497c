//! Stage 4: dated rules and a report or a month's income in, an assessment with its trace out. Pure: no I/O, no clock, no float.
#![deny(clippy::float_arithmetic)]

mod assessment;
mod beside;
mod build_up;
mod case;
mod case_json;
mod case_write;
mod ceiling;
mod document;
mod employee;
mod exact;
mod explain;
mod hints;
mod json_object;
mod one_off;
mod recalculate;
mod recalculate_json;
mod replay;
mod report;
mod rulebook;
mod run;
mod scheme;
mod self_employed;
mod self_employed_json;
mod stored;
mod trace;
mod usual;

#[cfg(test)]
mod tests;

pub use crate::fields::{FreeChoicePayout, SameForAll, WageUnit};
pub use assessment::{
    Assessment, Missing, Outcome, Standing, TRACE_VERSION, Who, amounts, amounts_of_many, calculate, calculate_all,
};
pub use build_up::{
    BuildUp, CeilingBuildUp, Contribution, FreeChoice, HolidayScheme, PensionOn, YearlyPayments, build_up,
};
pub use case::{
    Benefit, BenefitAmount, BenefitKind, Ceiling, CeilingPeriod, Income, IncomeBasis, Judged, Pay, SubsidyCase,
};
pub use employee::Amounts;
pub use exact::{Exact, OutOfRange};
pub use explain::{Explanation, Lines, ToldStep};
pub use hints::changed_much;
pub use recalculate::{
    Fact, FactContent, Known, MonthDifference, MonthWithoutNumber, NoNumber, Recalculation, RecalculationCase,
    recalculate,
};
pub use replay::{Replay, ReplayError, replay, replay_list};
pub use report::{
    CeilingAssessment, EndAssessment, FullTimeWage, Mentions, MonthShare, Nature, OneOffAssessment, OneOffPayment,
    ReportAssessment, ReportFacts, StatedWage, assess_report,
};
pub use rulebook::{
    Choice, Fault, IncomeType, PayComponent, Provenance, Rate, RateId, RateValue, RuleBook, RuleBookFault, RuleId,
    Status, Unit, Validity,
};
pub use scheme::{SchemeAssessment, SchemeCase};
pub use self_employed::{SelfEmployedAmounts, SelfEmployedAssessment, SelfEmployedCase, calculate_self_employed};
pub use stored::UnreadableAssessment;
pub use trace::{Figure, FigureName, Quantity, StepView, Trace};
pub use usual::PlainMonth;
