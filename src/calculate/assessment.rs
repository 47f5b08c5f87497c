//! The result of a calculation with everything it rests on.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use super::case::{Ceiling, IncomeBasis, SubsidyCase};
use super::employee::Amounts;
use super::rulebook::{Epoch, RateId, RuleBook, Status};
use super::run::{Run, Stop, Used};
use super::trace::{Trace, Untraced};
use super::usual::PlainMonth;
use crate::finding::Violation;
use crate::value::{Localized, Money, Month};

/// The version of the JSON that an assessment is written as. A change of a template, of a step or of their order is a new version, and
/// the old one stays readable; `tests/data/replay/` keeps assessments of every version. What is stored is made again in its own version.
///
/// 2 says what a ceiling that decides is rounded to, which contribution the state pays to ATP, what a bonus gives judged either way, and
/// from what a ceiling was built. 1 had none of this.
pub const TRACE_VERSION: u32 = 2;

/// One month calculated: what came out, each step, and the rules and rates it rests on.
///
/// Written as JSON it is complete: [`super::replay()`] makes it again from its own text alone, byte for byte, when the rules have long
/// changed. Holds amounts of a person, so it prints none.
#[derive(Clone)]
pub struct Assessment {
    /// The rules of the month: shared with all assessments of it, or just those that a stored one carries.
    pub(super) basis: Arc<Epoch>,
    pub(super) case: SubsidyCase,
    pub(super) used: Used,
    pub(super) outcome: Outcome,
    pub(super) trace: Trace,
    pub(super) hints: Vec<Violation>,
}

/// What a calculation comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Calculated(Amounts),
    /// Something is not known, so there is no number; each tells what is missing and who must give it.
    Incomplete(Vec<Missing>),
    /// The job began before the employee scheme did and belongs to the old one.
    OtherScheme {
        scheme_starts: Date,
    },
}

/// Something that the calculation needs and does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `wage_ceiling`, or the name of a rate or rule.
    pub what: String,
    /// From which day on it is missing, where it is known for the days before.
    pub from: Option<Date>,
    pub who: Who,
}

/// Who must give what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The employer states the ceiling, LAB § 123(3).
    Employer,
    /// Whoever keeps the rules and rates of this service.
    RuleKeeper,
}

impl Who {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employer => "employer",
            Self::RuleKeeper => "rule_keeper",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Employer, Self::RuleKeeper]
            .into_iter()
            .find(|who| who.as_str() == name)
    }
}

/// Whether an assessment can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Every rate it rests on is published, and the income is reported.
    Final,
    /// Usable, but a rate is derived or the income expected; it says which.
    Provisional,
    /// No number.
    Incomplete,
    /// No number, as another scheme has the rules.
    OtherScheme,
}

impl Standing {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Provisional => "provisional",
            Self::Incomplete => "incomplete",
            Self::OtherScheme => "other_scheme",
        }
    }
}

/// Calculates one month. Total: every case has an assessment, and where something is missing it says what instead of a number.
pub fn calculate(rules: &RuleBook, case: &SubsidyCase) -> Assessment {
    assess(rules.epoch(case.subsidy_month), case)
}

/// Calculates many months, in their order: a municipality's whole recalculation.
pub fn calculate_all(rules: &RuleBook, cases: &[SubsidyCase]) -> Vec<Assessment> {
    cases.iter().map(|case| calculate(rules, case)).collect()
}

/// Calculates the amounts of one month and keeps no trace: for sums over many people. Nothing where something is missing.
pub fn amounts(rules: &RuleBook, case: &SubsidyCase) -> Option<Amounts> {
    let epoch = rules.epoch(case.subsidy_month);
    let usual = epoch.usual.as_ref().and_then(|usual| usual.amounts(case));
    usual.or_else(|| match obstacle(epoch, case) {
        Some(_) => None,
        None => Run::new(epoch, Untraced).employee(case).ok(),
    })
}

/// The amounts of one month for many people with plain pay, in their order and without a trace: what another rate would cost a whole
/// country. Each is worked out when it is asked for, so that sums need no memory for the parts. Nothing for whom something is missing,
/// as in [`amounts`].
pub fn amounts_of_many(
    rules: &RuleBook,
    subsidy_month: Month,
    people: &[PlainMonth],
) -> impl Iterator<Item = Option<Amounts>> {
    let usual = rules.epoch(subsidy_month).usual.as_ref();
    people.iter().map(move |person| {
        let quick = usual.and_then(|usual| usual.of_plain(person));
        quick.or_else(|| amounts(rules, &person.case(subsidy_month)))
    })
}

pub(super) fn assess(epoch: &Arc<Epoch>, case: &SubsidyCase) -> Assessment {
    let mut run = Run::new(epoch, Trace::for_a_month());
    let outcome = obstacle(epoch, case).unwrap_or_else(|| match run.told(case) {
        Ok(amounts) => Outcome::Calculated(amounts),
        Err(stop) => Outcome::Incomplete(vec![missing_for(stop)]),
    });
    let (mut used, trace) = match outcome {
        Outcome::Calculated(_) => (run.used, run.record),
        Outcome::Incomplete(_) | Outcome::OtherScheme { .. } => (Used::default(), Trace::default()),
    };
    let hints = super::hints::of_case(epoch, case, &trace, &mut used);
    Assessment {
        basis: epoch.clone(),
        case: case.clone(),
        used,
        outcome,
        trace,
        hints,
    }
}

/// What keeps a case from being calculated, everything at once.
fn obstacle(epoch: &Epoch, case: &SubsidyCase) -> Option<Outcome> {
    if let Some(start) = case.employment_start
        && start < epoch.scheme_starts.first_day()
    {
        return Some(Outcome::OtherScheme {
            scheme_starts: epoch.scheme_starts.first_day(),
        });
    }
    let ceiling = missing_ceiling(case);
    if ceiling.is_none() && epoch.absent.is_empty() {
        return None;
    }
    let absent = epoch.absent.iter().map(|name| Missing {
        what: name.clone(),
        from: None,
        who: Who::RuleKeeper,
    });
    Some(Outcome::Incomplete(ceiling.into_iter().chain(absent).collect()))
}

fn missing_ceiling(case: &SubsidyCase) -> Option<Missing> {
    let missing = |from| Missing {
        what: "wage_ceiling".to_owned(),
        from,
        who: Who::Employer,
    };
    match &case.ceiling {
        Ceiling::Whole(_) => None,
        Ceiling::Unknown => Some(missing(None)),
        Ceiling::Periods(periods) => {
            let job = super::ceiling::Job::of(case);
            super::ceiling::first_uncovered(case.income_month(), job, periods).map(|day| missing(Some(day)))
        }
    }
}

pub(super) fn missing_for(stop: Stop) -> Missing {
    let what = match stop {
        Stop::Absent(name) => name,
        Stop::TooLarge => "amounts_within_range",
    };
    Missing {
        what: what.to_owned(),
        from: None,
        who: if stop == Stop::TooLarge {
            Who::Employer
        } else {
            Who::RuleKeeper
        },
    }
}

impl Missing {
    /// The same for people, to whom the name of a rate says nothing. [`Missing::message`] is stored and digested as it is, and stays.
    pub fn in_plain_words(&self, month: Month) -> Localized {
        use crate::value::Language;
        if matches!(self.what.as_str(), "wage_ceiling" | "amounts_within_range") {
            return self.message(month);
        }
        Localized::new(
            format!(
                "Satserne for {} er ikke offentliggjort endnu. Det, der er oplyst, er gemt, og tilskuddet kan beregnes, når de er det.",
                month.to_text(Language::Da)
            ),
            format!(
                "The rates for {} are not published yet. What was reported is stored, and the subsidy can be calculated once they are.",
                month.to_text(Language::En)
            ),
        )
    }

    /// What is missing and who must give it, in a sentence.
    pub fn message(&self, month: Month) -> Localized {
        use crate::value::{Language, date_to_text};
        let months = |language| month.to_text(language);
        match (self.what.as_str(), self.from) {
            ("wage_ceiling", None) => Localized::new(
                "Lønloftet mangler: arbejdsgiveren skal oplyse lønnen for stillingen på fuld tid med pension og tillæg (LAB § 123, stk. 3).",
                "The ceiling is missing: the employer must state the full-time wage of the position with pension and supplements (LAB § 123(3)).",
            ),
            ("wage_ceiling", Some(day)) => Localized::new(
                format!(
                    "Lønloftet mangler fra {}: arbejdsgiveren skal oplyse, hvad lønnen på fuld tid er fra den dag.",
                    date_to_text(day, Language::Da)
                ),
                format!(
                    "The ceiling is missing from {}: the employer must state the full-time wage from that day.",
                    date_to_text(day, Language::En)
                ),
            ),
            ("amounts_within_range", _) => Localized::new(
                "Et beløb er for stort til at regne med: kontrollér, at det står i kroner.",
                "An amount is too large to calculate with: check that it is in kroner.",
            ),
            (name, _) => Localized::new(
                format!(
                    "`{name}` er ikke kendt for {}: den, der vedligeholder satserne, skal lægge den ind med dato og kilde.",
                    months(Language::Da)
                ),
                format!(
                    "`{name}` is not known for {}: whoever keeps the rates must enter it with date and source.",
                    months(Language::En)
                ),
            ),
        }
    }
}

impl Assessment {
    /// Made again by the rules it carries.
    pub(super) fn again(&self) -> Self {
        assess(&self.basis, &self.case)
    }

    /// Made again by the rules it carries, with this ceiling in every period of the case.
    pub(super) fn under(&self, ceiling: Money) -> Self {
        let mut case = self.case.clone();
        match &mut case.ceiling {
            Ceiling::Periods(periods) => periods.iter_mut().for_each(|period| period.amount = ceiling),
            Ceiling::Whole(amount) => *amount = ceiling,
            Ceiling::Unknown => {}
        }
        assess(&self.basis, &case)
    }

    pub fn case(&self) -> &SubsidyCase {
        &self.case
    }

    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The amounts; nothing where something is missing.
    pub fn amounts(&self) -> Option<&Amounts> {
        match &self.outcome {
            Outcome::Calculated(amounts) => Some(amounts),
            Outcome::Incomplete(_) | Outcome::OtherScheme { .. } => None,
        }
    }

    /// The subsidy of the month, whole kroner.
    pub fn subsidy(&self) -> Option<Money> {
        self.amounts().map(|amounts| amounts.subsidy)
    }

    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    pub fn hints(&self) -> &[Violation] {
        &self.hints
    }

    /// Name and fingerprint of the rule book.
    pub fn rules_version(&self) -> &str {
        &self.basis.version
    }

    /// The derived rates that the amount rests on, by name.
    pub fn provisional_rates(&self) -> impl Iterator<Item = RateId> {
        let deciding = self.used.rates().filter(|id| id.decides_the_amount());
        deciding.filter(|id| {
            self.basis
                .rate(*id)
                .is_some_and(|rate| rate.provenance.status == Status::Derived)
        })
    }

    pub fn standing(&self) -> Standing {
        match self.outcome {
            Outcome::Incomplete(_) => Standing::Incomplete,
            Outcome::OtherScheme { .. } => Standing::OtherScheme,
            Outcome::Calculated(_) if self.case.income_basis == IncomeBasis::Expected => Standing::Provisional,
            Outcome::Calculated(_) if self.provisional_rates().next().is_some() => Standing::Provisional,
            Outcome::Calculated(_) => Standing::Final,
        }
    }
}

impl fmt::Debug for Assessment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assessment")
            .field("subsidy_month", &self.case.subsidy_month)
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}

/// Two assessments are equal when they read the same.
impl PartialEq for Assessment {
    fn eq(&self, other: &Self) -> bool {
        match (serde_json::to_vec(self), serde_json::to_vec(other)) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Assessment {}
