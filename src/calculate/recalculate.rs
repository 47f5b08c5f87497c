//! Two axes of time: for which month something holds, and since when it is known. What was known then, what is known now, and the
//! difference for each month: information for the municipality's own decision.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::assessment::{Assessment, Outcome, calculate};
use super::case::{Benefit, Ceiling, CeilingPeriod, Income, IncomeBasis, SubsidyCase};
use super::case_json::MOST_BENEFIT_DAYS;
use super::rulebook::RuleBook;
use crate::value::{Hours, Localized, Money, Month};

/// Something that became known. Nothing is overwritten: a correction is a new fact that replaces an older one.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// Unique among the facts of a person.
    pub id: u64,
    /// The day it became known.
    pub known_from: Date,
    /// The fact it corrects.
    pub replaces: Option<u64>,
    pub content: FactContent,
}

/// What a fact tells; months are months of income.
#[derive(Clone, PartialEq, Eq)]
pub enum FactContent {
    Income(Month, Income),
    Ceiling(CeilingPeriod),
    /// Full-time value of what is paid once in the month, kroner.
    CeilingSupplement(Month, Money),
    /// First and last day in the job. Of several the one that became known last holds.
    EmploymentStart(Date),
    EmploymentEnd(Date),
    /// Whether the month's income is reported or only expected.
    IncomeBasis(Month, IncomeBasis),
    /// Paid hours a week in the month.
    PaidWeeklyHours(Month, Hours),
    Benefit(Month, Benefit),
    UnemploymentBenefitDays(Month, u16),
    /// The fact it replaces falls away.
    Withdrawn,
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fact")
            .field("id", &self.id)
            .field("known_from", &self.known_from)
            .finish_non_exhaustive()
    }
}

/// What was known on a day: of each chain of corrections the one that became known last. The order in which facts came in plays no part.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    facts: Vec<Fact>,
}

impl Known {
    pub fn on(facts: &[Fact], day: Date) -> Self {
        let known: BTreeMap<u64, &Fact> = facts
            .iter()
            .filter(|fact| fact.known_from <= day)
            .map(|fact| (fact.id, fact))
            .collect();
        let parents: BTreeMap<u64, u64> = facts
            .iter()
            .filter_map(|fact| Some((fact.id, fact.replaces?)))
            .collect();
        let mut latest: BTreeMap<u64, &Fact> = BTreeMap::new();
        for fact in known.values() {
            let root = root_of(fact.id, &parents);
            let newest = latest.entry(root).or_insert(fact);
            if (newest.known_from, newest.id) < (fact.known_from, fact.id) {
                *newest = fact;
            }
        }
        Self {
            facts: latest.into_values().cloned().collect(),
        }
    }

    /// The case of a subsidy month, as known. Of two ceilings from the same day the one that became known last holds, and each ends where
    /// the next begins.
    pub fn case(&self, subsidy_month: Month) -> SubsidyCase {
        let mut case = SubsidyCase::new(subsidy_month);
        let month = case.income_month();
        let mut ceilings: BTreeMap<Date, (Date, u64, &CeilingPeriod)> = BTreeMap::new();
        self.tell_once(&mut case);
        for fact in &self.facts {
            match &fact.content {
                FactContent::Income(of, income) if *of == month => case.income.push(income.clone()),
                FactContent::Ceiling(period) => {
                    let known = (fact.known_from, fact.id, period);
                    let newest = ceilings.entry(period.valid_from).or_insert(known);
                    if (newest.0, newest.1) < (known.0, known.1) {
                        *newest = known;
                    }
                }
                FactContent::CeilingSupplement(of, amount) if *of == month => {
                    case.ceiling_supplement = case
                        .ceiling_supplement
                        .checked_add(*amount)
                        .unwrap_or(case.ceiling_supplement);
                }
                FactContent::Benefit(of, benefit) if *of == month => case.benefits.push(benefit.clone()),
                FactContent::UnemploymentBenefitDays(of, days) if *of == month => {
                    let all = case.unemployment_benefit_days.saturating_add(*days);
                    case.unemployment_benefit_days = all.min(MOST_BENEFIT_DAYS);
                }
                _ => {}
            }
        }
        if !ceilings.is_empty() {
            case.ceiling = Ceiling::Periods(following(ceilings.into_values().map(|(_, _, period)| period)));
        }
        case
    }

    /// What holds once for the job or the month: of several facts the one that became known last.
    fn tell_once(&self, case: &mut SubsidyCase) {
        let month = case.income_month();
        case.employment_start = self.last_known(|content| match content {
            FactContent::EmploymentStart(day) => Some(*day),
            _ => None,
        });
        case.employment_end = self.last_known(|content| match content {
            FactContent::EmploymentEnd(day) => Some(*day),
            _ => None,
        });
        case.paid_weekly_hours = self.last_known(|content| match content {
            FactContent::PaidWeeklyHours(of, hours) if *of == month => Some(*hours),
            _ => None,
        });
        let basis = self.last_known(|content| match content {
            FactContent::IncomeBasis(of, basis) if *of == month => Some(*basis),
            _ => None,
        });
        case.income_basis = basis.unwrap_or(IncomeBasis::Reported);
    }

    fn last_known<T>(&self, told: impl Fn(&FactContent) -> Option<T>) -> Option<T> {
        let known = self.facts.iter();
        let known = known.filter_map(|fact| Some(((fact.known_from, fact.id), told(&fact.content)?)));
        known.max_by_key(|(since, _)| *since).map(|(_, value)| value)
    }
}

/// Periods in the order of their days, each without an end of its own where the next begins before it.
fn following<'a>(periods: impl Iterator<Item = &'a CeilingPeriod>) -> Vec<CeilingPeriod> {
    let mut following: Vec<CeilingPeriod> = Vec::new();
    for period in periods {
        if let Some(before) = following.last_mut() {
            before.valid_to = before.valid_to.filter(|last| *last < period.valid_from);
        }
        following.push(period.clone());
    }
    following
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("facts", &self.facts.len()).finish()
    }
}

/// The first fact of a chain; a chain that runs in a circle has the smallest id for its root.
fn root_of(id: u64, parents: &BTreeMap<u64, u64>) -> u64 {
    let (mut root, mut steps, mut smallest) = (id, 0, id);
    while let Some(parent) = parents.get(&root) {
        (root, smallest, steps) = (*parent, smallest.min(*parent), steps + 1);
        if steps > parents.len() {
            return smallest;
        }
    }
    root
}

/// What is to be compared: the facts of one person, two days, and the months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecalculationCase {
    /// The first and last subsidy month, both counted.
    pub months: (Month, Month),
    /// The day up to which facts were known then, and the day up to which they are known now.
    pub then: Date,
    pub now: Date,
    pub facts: Vec<Fact>,
}

impl RecalculationCase {
    /// Compares what was known then with what is known now, by the rules as they are known today.
    pub fn calculate(&self, rules: &RuleBook) -> Recalculation {
        self.compare(rules, rules)
    }

    /// Compares what was known and ruled then with what is known and ruled now.
    pub fn compare(&self, rules_then: &RuleBook, rules_now: &RuleBook) -> Recalculation {
        let (then, now) = (Known::on(&self.facts, self.then), Known::on(&self.facts, self.now));
        recalculate((rules_then, &then), (rules_now, &now), self.months.0, self.months.1)
    }
}

/// One month, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthDifference {
    pub subsidy_month: Month,
    /// Now less then, kroner; nothing where one of them has no number.
    pub difference: Option<Money>,
    pub then: Assessment,
    pub now: Assessment,
}

/// What a recalculation shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recalculation {
    pub notice: Localized,
    /// The sum of the differences that have a number, kroner.
    pub difference: Money,
    /// Only months in which the amount, or whether there is one, differs.
    pub months: Vec<MonthDifference>,
    /// Every month that has no number then or now, with the reason: no difference of it is no statement that nothing has changed.
    pub without_number: Vec<MonthWithoutNumber>,
}

/// A month that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthWithoutNumber {
    pub subsidy_month: Month,
    /// Why there was none then; nothing where there was one.
    pub then: Option<NoNumber>,
    /// Why there is none now; nothing where there is one.
    pub now: Option<NoNumber>,
}

/// Why there is no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoNumber {
    /// `incomplete` or `other_scheme`.
    pub status: &'static str,
    /// In a sentence each.
    pub reasons: Vec<Localized>,
}

impl NoNumber {
    fn of(assessment: &Assessment) -> Option<Self> {
        let month = assessment.case().subsidy_month;
        let reasons = match assessment.outcome() {
            Outcome::Calculated(_) => return None,
            Outcome::Incomplete(missing) => missing.iter().map(|one| one.message(month)).collect(),
            Outcome::OtherScheme { .. } => {
                let explanation = assessment.explanation();
                vec![Localized::new(
                    explanation.da.short.concat(),
                    explanation.en.short.concat(),
                )]
            }
        };
        Some(Self {
            status: assessment.standing().as_str(),
            reasons,
        })
    }
}

/// Compares the months from the first to the last, both counted, by what was known and ruled then and now: a rate that was changed
/// backwards is another rule book.
pub fn recalculate(then: (&RuleBook, &Known), now: (&RuleBook, &Known), first: Month, last: Month) -> Recalculation {
    let (mut months, mut without_number) = (Vec::new(), Vec::new());
    for index in 0..=first.months_until(last) {
        let month = first.plus_months(index);
        let before = calculate(then.0, &then.1.case(month));
        let after = calculate(now.0, &now.1.case(month));
        without_number.extend(not_comparable(&before, &after));
        months.extend(difference_of(before, after));
    }
    // A month's difference is at most a month's subsidy, so the sum of any number of years has its place.
    let difference = Money::try_sum(months.iter().filter_map(|month| month.difference)).unwrap_or(Money::ZERO);
    Recalculation {
        notice: notice(),
        difference,
        months,
        without_number,
    }
}

/// The month, where one of both has no number.
fn not_comparable(before: &Assessment, after: &Assessment) -> Option<MonthWithoutNumber> {
    let (then, now) = (NoNumber::of(before), NoNumber::of(after));
    (then.is_some() || now.is_some()).then(|| MonthWithoutNumber {
        subsidy_month: after.case().subsidy_month,
        then,
        now,
    })
}

/// A month, where the amount differs.
fn difference_of(before: Assessment, after: Assessment) -> Option<MonthDifference> {
    (before.subsidy() != after.subsidy()).then(|| MonthDifference {
        subsidy_month: after.case().subsidy_month,
        difference: after
            .subsidy()
            .zip(before.subsidy())
            .and_then(|(after, before)| after.checked_sub(before)),
        then: before,
        now: after,
    })
}

fn notice() -> Localized {
    Localized::new(
        "Til oplysning for kommunens egen afgørelse. Tilskud kan kun kræves tilbage, når der er hjemmel til det: når det er modtaget med urette og mod bedre vidende (principmeddelelse 48-22 og 6-23).",
        "For information to the municipality's own decision. A subsidy can be reclaimed only on legal grounds: when it was received wrongly and against better knowledge (principle decisions 48-22 and 6-23).",
    )
}
