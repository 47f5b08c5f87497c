//! What one report gives by itself, before the income of the month is known.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::SameForAll;
use super::assessment::{Assessment, calculate};
use super::build_up::{BuildUp, CeilingBuildUp, build_up};
use super::case::{Ceiling, CeilingPeriod, Income, IncomeBasis, Pay, SubsidyCase};
use super::exact::Exact;
use super::hints;
use super::one_off::OneOffSteps;
use super::rulebook::{Epoch, IncomeType, RuleBook, RuleId};
use super::stored::UnreadableAssessment;
use super::trace::{Quantity, in_words};
use crate::value::{Hours, Language, Localized, Money, Month, date_to_text};
use crate::{fields, finding::Violation};

/// One report, as plain values. Holds amounts, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub enum ReportFacts {
    FullTimeWage(FullTimeWage),
    OneOffPayment(OneOffPayment),
    EmploymentEnd { last_day: Date },
    UnchangedConfirmation { as_of: Date },
    Withdrawal,
}

/// A first or changed full-time wage.
#[derive(Clone, PartialEq, Eq)]
pub struct FullTimeWage {
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub wage: StatedWage,
    pub full_time_weekly_hours: Option<Hours>,
    pub paid_weekly_hours: Option<Hours>,
    /// Kroner in the first month, with pension.
    pub expected_first_wage: Option<Money>,
    pub employment_start: Option<Date>,
    /// Whether the employer says that these are counted in; nothing where it was not asked.
    pub counts_employer_pension: Option<bool>,
    pub counts_supplements: Option<bool>,
    /// What was last reported for the same job, kroner a month.
    pub previous_total: Option<Money>,
}

/// The full-time wage as the employer states it.
#[derive(Clone, PartialEq, Eq)]
pub enum StatedWage {
    /// Kroner a month with pension and supplements.
    Total(Money),
    BuildUp(BuildUp),
}

/// An amount paid once. Written with what follows from it, so that it can be worked out again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneOffPayment {
    pub amount: Money,
    pub paid_on: Date,
    /// First and last day of the time it was earned in.
    pub earned: Option<(Date, Date)>,
    pub depends_on_own_work: bool,
    pub same_for_all_staff: SameForAll,
    pub is_recurring_entitlement: bool,
    pub nature: Nature,
    /// What the employer's explanation speaks of.
    #[serde(default, skip_serializing_if = "Mentions::is_empty")]
    pub mentions: Mentions,
}

/// What the employer calls an amount paid once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// A bonus or the like: wage or a gift.
    Open,
    /// A cash gift.
    Gift,
    /// Back pay (*efterbetaling*): wage, whatever else it is.
    BackPay,
}

/// Things that a principle decision is about, named in an explanation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// *Ferietillæg*, P 51-16.
    pub holiday_supplement: bool,
    /// *Fritvalg, SH, feriedifference*, P 14-22.
    pub free_choice: bool,
    /// Car, telephone, board and the like, P 39-19.
    pub benefits_in_kind: bool,
    /// Lost earnings and carer's pay, P 6-23.
    pub lost_earnings: bool,
}

impl Mentions {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a report gives. Stored with it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReportAssessment {
    FullTimeWage(Box<CeilingAssessment>),
    OneOffPayment(Box<OneOffAssessment>),
    EmploymentEnd(EndAssessment),
    UnchangedConfirmation { as_of: Date, message: Localized },
    Withdrawal { message: Localized },
}

impl ReportAssessment {
    /// What the calculation noticed, by pointers into the report.
    pub fn hints(&self) -> &[Violation] {
        match self {
            Self::FullTimeWage(ceiling) => &ceiling.hints,
            Self::OneOffPayment(payment) => &payment.hints,
            Self::EmploymentEnd(_) | Self::UnchangedConfirmation { .. } | Self::Withdrawal { .. } => &[],
        }
    }
}

/// A ceiling from a day on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeilingAssessment {
    /// Kroner a month; nothing where the parts could not be added up.
    pub wage_ceiling: Option<Money>,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    /// The first month whose subsidy it decides: the one after the month it begins in.
    pub first_subsidy_month: Month,
    /// Where it begins inside a month, that month has two ceilings.
    pub begins_inside_a_month: bool,
    pub build_up: Option<CeilingBuildUp>,
    /// The first month by the wage that the employer expects; provisional.
    pub first_month: Option<Assessment>,
    pub message: Localized,
    pub hints: Vec<Violation>,
}

/// An amount paid once, both ways that the municipality can judge it.
#[derive(Clone)]
pub struct OneOffAssessment {
    pub amount: Money,
    pub paid_on: Date,
    /// Judged as wage: the even share of each month it was earned in.
    pub as_wage: Vec<MonthShare>,
    /// Judged as a gift: nothing of it counts. Absent for what can be no gift.
    pub as_gift: Option<Money>,
    /// What speaks for wage and for gift in principle decision 27-23, from the employer's answers.
    pub speaks_for_wage: Vec<Localized>,
    pub speaks_for_gift: Vec<Localized>,
    /// What the municipality must decide.
    pub must_decide: Localized,
    /// What holds until something speaks against it; absent for what can be no gift.
    pub presumption: Option<Localized>,
    /// The rule that spreads it, as its paragraph is named.
    pub paragraph: Option<String>,
    /// The day from which on that rule is in force.
    pub in_force_from: Option<Date>,
    pub hints: Vec<Violation>,
    /// What it was worked out from; nothing where it was stored before that was kept.
    pub(super) payment: Option<OneOffPayment>,
    pub(super) steps: OneOffSteps,
}

/// The share of one month.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthShare {
    pub income_month: Month,
    pub subsidy_month: Month,
    /// Kroner, rounded to the øre; the last month carries what rounding leaves, so that the shares add up.
    pub share: Money,
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndAssessment {
    pub last_day: Date,
    /// The last month with the job.
    pub last_month: Month,
    /// The month whose subsidy the last wage would decide.
    pub last_subsidy_month: Month,
    pub message: Localized,
}

macro_rules! prints_no_amount {
    ($($name:ident($shown:ident)),+) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field(stringify!($shown), &self.$shown).finish_non_exhaustive()
            }
        }
    )+ };
}
prints_no_amount!(
    CeilingAssessment(valid_from),
    OneOffAssessment(paid_on),
    MonthShare(income_month)
);

impl ReportAssessment {
    /// The same worked out again, from the input and the rules that it carries and nothing else. Hints are what was said at the time, and
    /// are kept; a wage stated as a total is the input itself.
    pub(super) fn again(&self) -> Result<Self, UnreadableAssessment> {
        Ok(match self {
            Self::FullTimeWage(ceiling) => Self::FullTimeWage(Box::new(ceiling.again()?)),
            Self::OneOffPayment(payment) => Self::OneOffPayment(Box::new(payment.again()?)),
            Self::EmploymentEnd(end) => Self::EmploymentEnd(employment_end(end.last_day)),
            Self::UnchangedConfirmation { as_of, .. } => unchanged(*as_of),
            Self::Withdrawal { .. } => withdrawal(),
        })
    }
}

impl CeilingAssessment {
    fn again(&self) -> Result<Self, UnreadableAssessment> {
        let build_up = self.build_up.as_ref().map(CeilingBuildUp::again).transpose()?;
        let wage_ceiling = build_up.as_ref().map_or(self.wage_ceiling, |built| built.total);
        let month = Month::of(self.valid_from);
        Ok(Self {
            wage_ceiling,
            first_subsidy_month: month.next(),
            begins_inside_a_month: self.valid_from.day() != 1,
            first_month: self
                .first_month
                .as_ref()
                .zip(wage_ceiling)
                .map(|(first, ceiling)| first.under(ceiling)),
            message: ceiling_message(self.valid_from, month),
            build_up,
            ..self.clone()
        })
    }
}

/// What a report alone gives. Total.
pub fn assess_report(rules: &RuleBook, report: &ReportFacts) -> ReportAssessment {
    match report {
        ReportFacts::FullTimeWage(wage) => ReportAssessment::FullTimeWage(Box::new(full_time_wage(rules, wage))),
        ReportFacts::OneOffPayment(payment) => {
            ReportAssessment::OneOffPayment(Box::new(one_off_payment(rules, payment)))
        }
        ReportFacts::EmploymentEnd { last_day } => ReportAssessment::EmploymentEnd(employment_end(*last_day)),
        ReportFacts::UnchangedConfirmation { as_of } => unchanged(*as_of),
        ReportFacts::Withdrawal => withdrawal(),
    }
}

fn unchanged(as_of: Date) -> ReportAssessment {
    ReportAssessment::UnchangedConfirmation {
        as_of,
        message: Localized::new(
            "Det lønloft, der sidst er oplyst, gælder fortsat.",
            "The ceiling last reported still holds.",
        ),
    }
}

fn withdrawal() -> ReportAssessment {
    ReportAssessment::Withdrawal {
        message: Localized::new(
            "Indberetningen falder bort: det, der gjaldt før den, gælder igen.",
            "The report falls away: what held before it holds again.",
        ),
    }
}

fn full_time_wage(rules: &RuleBook, report: &FullTimeWage) -> CeilingAssessment {
    let built = match &report.wage {
        StatedWage::Total(_) => None,
        StatedWage::BuildUp(input) => Some(build_up(rules, input)),
    };
    let ceiling = match (&report.wage, &built) {
        (StatedWage::Total(total), _) => Some(*total),
        (StatedWage::BuildUp(_), Some(built)) => built.total,
        (StatedWage::BuildUp(_), None) => None,
    };
    let month = Month::of(report.valid_from);
    CeilingAssessment {
        wage_ceiling: ceiling,
        valid_from: report.valid_from,
        valid_to: report.valid_to,
        first_subsidy_month: month.next(),
        begins_inside_a_month: report.valid_from.day() != 1,
        first_month: ceiling.and_then(|ceiling| first_month(rules, report, ceiling)),
        message: ceiling_message(report.valid_from, month),
        hints: wage_hints(rules, report, ceiling, built.as_ref()),
        build_up: built,
    }
}

fn ceiling_message(valid_from: Date, month: Month) -> Localized {
    let text = |language| (date_to_text(valid_from, language), month.next().to_text(language));
    let ((day_da, next_da), (day_en, next_en)) = (text(Language::Da), text(Language::En));
    Localized::new(
        format!(
            "Lønloftet gælder fra {day_da} og får virkning for fleksløntilskuddet fra {next_da}, som beregnes af indtægten i måneden før."
        ),
        format!(
            "The ceiling holds from {day_en} and takes effect for the subsidy from {next_en}, which is calculated from the income of the month before."
        ),
    )
}

/// The subsidy of the month after the first, by the expected wage.
fn first_month(rules: &RuleBook, report: &FullTimeWage, ceiling: Money) -> Option<Assessment> {
    let expected = report.expected_first_wage?;
    let start = report.employment_start.unwrap_or(report.valid_from);
    let period = CeilingPeriod {
        valid_from: report.valid_from.min(start),
        valid_to: report.valid_to,
        amount: ceiling,
    };
    let case = SubsidyCase {
        income: vec![Income::new(IncomeType::FleksjobWage, Pay::Month(expected))],
        ceiling: Ceiling::Periods(vec![period]),
        employment_start: Some(start),
        income_basis: IncomeBasis::Expected,
        paid_weekly_hours: report.paid_weekly_hours,
        ..SubsidyCase::new(Month::of(start).next())
    };
    Some(calculate(rules, &case))
}

fn wage_hints(
    rules: &RuleBook,
    report: &FullTimeWage,
    ceiling: Option<Money>,
    built: Option<&CeilingBuildUp>,
) -> Vec<Violation> {
    let epoch = rules.epoch(Month::of(report.valid_from));
    let mut found = built.map_or_else(Vec::new, |built| built.hints.clone());
    if built.is_none() {
        found.extend(
            report
                .full_time_weekly_hours
                .and_then(|hours| hints::full_time_hours(epoch, hours)),
        );
        found.extend(ceiling.and_then(|ceiling| hints::low_total(epoch, ceiling)));
        if report.counts_employer_pension == Some(false) {
            found.push(hints::pension_not_counted(&fields::INCLUDED_COMPONENTS.in_report()));
        }
        if report.counts_supplements == Some(false) {
            found.push(hints::supplements_not_counted(&fields::INCLUDED_COMPONENTS.in_report()));
        }
    }
    if let Some(ceiling) = ceiling {
        found.extend(report.previous_total.and_then(|before| {
            hints::ceiling_changed(
                epoch,
                &fields::FULL_TIME_TOTAL_MONTHLY_WAGE.in_report(),
                before,
                ceiling,
            )
        }));
        if let Some(expected) = report.expected_first_wage {
            if expected > ceiling {
                found.push(hints::ceiling_below_expected());
            }
            let hours = report.paid_weekly_hours.zip(report.full_time_weekly_hours);
            found.extend(hours.and_then(|(paid, full)| hints::expected_wage(epoch, expected, ceiling, paid, full)));
        }
    }
    found
}

fn one_off_payment(rules: &RuleBook, payment: &OneOffPayment) -> OneOffAssessment {
    let epoch = rules.epoch(Month::of(payment.paid_on).next());
    OneOffAssessment {
        hints: hints::of_one_off(epoch, payment),
        ..one_off(epoch, payment)
    }
}

/// An amount paid once by the rules given, without hints.
pub(super) fn one_off(rules: &Arc<Epoch>, payment: &OneOffPayment) -> OneOffAssessment {
    let paid = Month::of(payment.paid_on);
    let (first, last) = payment
        .earned
        .map_or((paid, paid), |(from, to)| (Month::of(from), Month::of(to)));
    let as_wage = shares(payment.amount, first, last);
    let rule = rules.rule(RuleId::OneOffShare).map(|rule| &rule.provenance);
    let is_open = payment.nature != Nature::BackPay;
    let (speaks_for_wage, speaks_for_gift) = if is_open { criteria(payment) } else { Default::default() };
    OneOffAssessment {
        amount: payment.amount,
        paid_on: payment.paid_on,
        steps: OneOffSteps::of(rules, payment.amount, &as_wage),
        as_wage,
        as_gift: is_open.then_some(Money::ZERO),
        speaks_for_wage,
        speaks_for_gift,
        must_decide: must_decide(payment.nature),
        presumption: is_open.then(presumption),
        paragraph: rule.map(|provenance| provenance.paragraph.clone()),
        in_force_from: rule.map(|provenance| provenance.validity.from.first_day()),
        hints: Vec::new(),
        payment: Some(payment.clone()),
    }
}

fn must_decide(nature: Nature) -> Localized {
    match nature {
        Nature::Open | Nature::Gift => Localized::new(
            "Kommunen skal afgøre, om beløbet er løn eller en gave (principmeddelelse 27-23). Er det løn, fordeles det ligeligt på de måneder, det er optjent i; er det en gave, tæller det ikke med.",
            "The municipality must decide whether the amount is wage or a gift (principle decision 27-23). As wage it is spread evenly over the months it was earned in; as a gift it does not count.",
        ),
        Nature::BackPay => Localized::new(
            "Efterbetaling er løn for de måneder, den er optjent i, og fordeles ligeligt på dem. Kommunen skal afgøre, om tilskuddet for de måneder skal beregnes igen.",
            "Back pay is wage of the months it was earned in and is spread evenly over them. The municipality must decide whether the subsidy of those months is calculated anew.",
        ),
    }
}

fn presumption() -> Localized {
    Localized::new(
        "Et beløb, der er A- eller B-indkomst, formodes at være løn (principmeddelelse 27-23).",
        "An amount that is A- or B-income is presumed to be wage (principle decision 27-23).",
    )
}

impl OneOffAssessment {
    /// What must be decided, what speaks for which side, and what either comes to.
    pub fn in_words(&self, language: Language) -> Vec<String> {
        let mut lines = vec![self.must_decide.get(language).to_owned()];
        lines.extend(self.presumption.iter().map(|text| text.get(language).to_owned()));
        let (wage, gift, gift_line) = match language {
            Language::Da => (
                "Taler for løn",
                "Taler for gave",
                "Som gave: intet af beløbet tæller med.",
            ),
            Language::En => (
                "Speaks for wage",
                "Speaks for a gift",
                "As a gift: nothing of the amount counts.",
            ),
        };
        let side = |side: &str, text: &Localized| format!("{side}: {}", text.get(language));
        lines.extend(self.speaks_for_wage.iter().map(|text| side(wage, text)));
        lines.extend(self.speaks_for_gift.iter().map(|text| side(gift, text)));
        lines.extend(self.as_wage_in_words(language));
        lines.extend(self.as_gift.map(|_| gift_line.to_owned()));
        lines.extend(self.basis_in_words(language));
        lines
    }

    /// The months and the share of each; the last one carries what rounding leaves.
    fn as_wage_in_words(&self, language: Language) -> Option<String> {
        let (first, last) = (self.as_wage.first()?, self.as_wage.last()?);
        let kroner = |amount: Money| in_words(Quantity::Amount(amount.into()), language);
        let month = |month: Month| month.to_text(language);
        let (share, rest) = (kroner(first.share), kroner(last.share));
        let (from, to) = (month(first.income_month), month(last.income_month));
        let (subsidy_from, subsidy_to) = (month(first.subsidy_month), month(last.subsidy_month));
        let is_even = first.share == last.share;
        Some(match (language, self.as_wage.len()) {
            (Language::Da, 1) => format!("Som løn: {share} i {from}, der tæller i tilskuddet for {subsidy_from}."),
            (Language::En, 1) => format!("As wage: {share} in {from}, which counts in the subsidy for {subsidy_from}."),
            (Language::Da, months) => {
                let rest = if is_even {
                    String::new()
                } else {
                    format!(" (i den sidste {rest})")
                };
                format!(
                    "Som løn: {share} i hver af de {months} måneder fra {from} til {to}{rest}, der tæller i tilskuddet for {subsidy_from} til {subsidy_to}."
                )
            }
            (Language::En, months) => {
                let rest = if is_even {
                    String::new()
                } else {
                    format!(" ({rest} in the last)")
                };
                format!(
                    "As wage: {share} in each of the {months} months from {from} to {to}{rest}, which counts in the subsidy for {subsidy_from} to {subsidy_to}."
                )
            }
        })
    }

    fn basis_in_words(&self, language: Language) -> Option<String> {
        let (paragraph, from) = (self.paragraph.as_ref()?, self.in_force_from?);
        let from = date_to_text(from, language);
        Some(match language {
            Language::Da => format!("Grundlag: {paragraph}, gældende fra {from}."),
            Language::En => format!("Basis: {paragraph}, in force from {from}."),
        })
    }
}

/// The amount spread evenly over the months from the first to the last, in øre that add up to it.
fn shares(amount: Money, first: Month, last: Month) -> Vec<MonthShare> {
    let months = i64::from(first.months_until(last).clamp(0, 1_199)) + 1;
    let even = Exact::new(amount.ore().into(), months.into())
        .and_then(|share| share.to_money().ok())
        .unwrap_or(amount);
    let mut left = amount;
    let mut month = first;
    let mut shares = Vec::new();
    for index in 1..=months {
        let share = if index == months { left } else { even };
        left = left.checked_sub(share).unwrap_or(Money::ZERO);
        shares.push(MonthShare {
            income_month: month,
            subsidy_month: month.next(),
            share,
        });
        month = month.next();
    }
    shares
}

/// What the answers say about the criteria of principle decision 27-23; weighing them is the municipality's.
fn criteria(payment: &OneOffPayment) -> (Vec<Localized>, Vec<Localized>) {
    let (mut wage, mut gift) = (Vec::new(), Vec::new());
    if payment.depends_on_own_work {
        wage.push(Localized::new(
            "Beløbet afhænger af medarbejderens egen indsats.",
            "The amount depends on the employee's own work.",
        ));
    } else {
        gift.push(Localized::new(
            "Beløbet afhænger ikke af medarbejderens egen indsats.",
            "The amount does not depend on the employee's own work.",
        ));
    }
    match payment.same_for_all_staff {
        SameForAll::SameAmount => gift.push(Localized::new(
            "Alle ansatte får det samme beløb.",
            "All staff get the same amount.",
        )),
        SameForAll::SameBasis => wage.push(Localized::new(
            "Alle ansatte er med på samme grundlag, men beløbene er forskellige.",
            "All staff take part on the same basis, but the amounts differ.",
        )),
        SameForAll::No => wage.push(Localized::new("Ikke alle ansatte får det.", "Not all staff get it.")),
    }
    if payment.is_recurring_entitlement {
        wage.push(Localized::new(
            "Beløbet er en fast del af aftalen.",
            "The amount is a fixed part of the agreement.",
        ));
    }
    (wage, gift)
}

fn employment_end(last_day: Date) -> EndAssessment {
    let last_month = Month::of(last_day);
    EndAssessment {
        last_day,
        last_month,
        last_subsidy_month: last_month.next(),
        message: Localized::new(
            "Fleksjobbet er slut, og lønloftet gælder ikke længere. Kommunen afgør, hvad den sidste løn betyder for tilskuddet.",
            "The fleksjob has ended and the ceiling no longer holds. The municipality decides what the last wage means for the subsidy.",
        ),
    }
}
