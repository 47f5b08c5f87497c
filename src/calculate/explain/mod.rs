//! A calculation told in words, by fixed sentences filled from its trace alone: no number stands in a text that is not in the trace.

mod sentences;

use super::assessment::{Assessment, Outcome};
use super::rulebook::{Epoch, RateId, RuleId};
use super::self_employed::SelfEmployedAssessment;
use super::trace::{FigureName, Quantity, StepView, Trace, exact_kroner, in_words};
use crate::value::{Language, date_to_text};

/// The same calculation told in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explanation {
    pub da: Lines,
    pub en: Lines,
}

impl Explanation {
    /// The lines in one language.
    pub fn get(&self, language: Language) -> &Lines {
        match language {
            Language::Da => &self.da,
            Language::En => &self.en,
        }
    }
}

/// One language: at most five lines, and a line for each step.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Lines {
    pub short: Vec<String>,
    pub full: Vec<String>,
}

impl Assessment {
    /// The calculation in words.
    pub fn explanation(&self) -> Explanation {
        let lines = |language| Lines {
            short: self.short(language),
            full: self.full(language),
        };
        Explanation {
            da: lines(Language::Da),
            en: lines(Language::En),
        }
    }

    /// The lines for people. Where something is missing it is told once and in plain words; [`Assessment::explanation`] is stored and
    /// digested as it is, and names the rates.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let Outcome::Incomplete(missing) = &self.outcome else {
            return self.short(language);
        };
        let mut lines = vec![sentences::NOT_YET.pick(language).to_owned()];
        for one in missing {
            let line = one.in_plain_words(self.case.subsidy_month).get(language).to_owned();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// The steps that were taken, for a table; none where nothing could be calculated.
    pub fn told_steps(&self, language: Language) -> Vec<ToldStep> {
        told_steps(&self.basis, &self.trace, language)
    }

    fn short(&self, language: Language) -> Vec<String> {
        match &self.outcome {
            Outcome::Incomplete(missing) => {
                let lines = missing
                    .iter()
                    .take(4)
                    .map(|one| one.message(self.case.subsidy_month).get(language).to_owned());
                let first = sentences::NOT_YET.pick(language).to_owned();
                std::iter::once(first).chain(lines).collect()
            }
            Outcome::OtherScheme { scheme_starts } => vec![sentences::other_scheme(*scheme_starts, language)],
            Outcome::Calculated(_) => {
                let mut lines: Vec<String> = sentences::SHORT
                    .iter()
                    .filter_map(|sentence| fill_from_trace(sentence(&self.trace).pick(language), &self.trace, language))
                    .collect();
                lines.push(self.last_short_line(language));
                lines
            }
        }
    }

    fn standing_line(&self, language: Language) -> String {
        let expected = self.case.income_basis == super::IncomeBasis::Expected;
        standing_line(self.provisional_rates(), expected, language)
    }

    /// What the municipality must decide before the amount stands, and both outcomes; nothing where nothing is open.
    pub fn must_decide(&self, language: Language) -> Option<String> {
        let step = self.trace.step(RuleId::BonusOrGift)?;
        Some(fill(sentences::BONUS_OR_GIFT.pick(language), &step, language))
    }

    /// How sure the result is, and before it what is still to be decided.
    fn last_short_line(&self, language: Language) -> String {
        let standing = self.standing_line(language);
        match self.must_decide(language) {
            Some(open) => format!("{open} {standing}"),
            None => standing,
        }
    }

    fn full(&self, language: Language) -> Vec<String> {
        match self.outcome {
            Outcome::Calculated(_) => {
                let mut lines = steps_in_words(&self.basis, &self.trace, language);
                lines.push(self.standing_line(language));
                lines
            }
            Outcome::Incomplete(_) | Outcome::OtherScheme { .. } => self.short(language),
        }
    }
}

/// Whether the result can stand, and if not, why.
fn standing_line(rates: impl Iterator<Item = RateId>, expected: bool, language: Language) -> String {
    let danish = language == Language::Da;
    let rates: Vec<&str> = rates.map(|id| sentences::rate_name(id).pick(language)).collect();
    match (rates.is_empty(), expected, danish) {
        (false, _, true) => format!(
            "Beregningen er foreløbig: {} er beregnet og ikke fundet offentliggjort. Kommunen træffer afgørelsen.",
            join(&rates, "og")
        ),
        (false, _, false) => format!(
            "The calculation is provisional: {} is derived and was not found published. The municipality decides.",
            join(&rates, "and")
        ),
        (true, true, true) => {
            "Beregningen er foreløbig: lønnen er den, arbejdsgiveren forventer. Kommunen træffer afgørelsen.".to_owned()
        }
        (true, true, false) => {
            "The calculation is provisional: the wage is what the employer expects. The municipality decides."
                .to_owned()
        }
        (true, false, true) => "Alle satser i beregningen er offentliggjort. Kommunen træffer afgørelsen.".to_owned(),
        (true, false, false) => "All rates in the calculation are published. The municipality decides.".to_owned(),
    }
}

impl SelfEmployedAssessment {
    /// The calculation in words.
    pub fn explanation(&self) -> Explanation {
        let lines = |language| Lines {
            short: self.short(language),
            full: self.full(language),
        };
        Explanation {
            da: lines(Language::Da),
            en: lines(Language::En),
        }
    }

    fn short(&self, language: Language) -> Vec<String> {
        let mut lines: Vec<String> = match self.missing() {
            [] => sentences::SHORT_SELF_EMPLOYED
                .iter()
                .filter_map(|sentence| fill_from_trace(sentence.pick(language), self.trace(), language))
                .collect(),
            missing => {
                let first = sentences::NOT_YET.pick(language).to_owned();
                let told = missing
                    .iter()
                    .map(|one| one.message(self.first_month()).get(language).to_owned());
                return std::iter::once(first).chain(told).collect();
            }
        };
        lines.push(standing_line(self.provisional_rates(), false, language));
        lines
    }

    fn full(&self, language: Language) -> Vec<String> {
        if !self.missing().is_empty() {
            return self.short(language);
        }
        let mut lines = steps_in_words(self.basis(), self.trace(), language);
        lines.push(standing_line(self.provisional_rates(), false, language));
        lines
    }
}

/// One step of a calculation in words, its figures filled in.
#[derive(Clone, PartialEq, Eq)]
pub struct ToldStep {
    pub name: String,
    /// What was done with which figures.
    pub sentence: String,
    /// What came out, with its unit.
    pub result: String,
    /// Where it is written that this is how.
    pub paragraph: String,
    /// The first day it is in force, in words.
    pub since: String,
}

impl ToldStep {
    /// All of it on one line.
    fn line(&self, language: Language) -> String {
        let force = if language == Language::Da {
            "i kraft fra"
        } else {
            "in force from"
        };
        format!(
            "{}: {} ({}, {force} {})",
            self.name, self.sentence, self.paragraph, self.since
        )
    }
}

/// A line for each step: its name, what was done with which figures, the paragraph and since when it is in force.
pub(super) fn steps_in_words(epoch: &Epoch, trace: &Trace, language: Language) -> Vec<String> {
    told_steps(epoch, trace, language)
        .iter()
        .map(|step| step.line(language))
        .collect()
}

/// Every step in words.
pub(super) fn told_steps(epoch: &Epoch, trace: &Trace, language: Language) -> Vec<ToldStep> {
    trace
        .steps()
        .filter_map(|step| {
            let rule = epoch.rule(step.rule)?;
            let sentence = match step.rule {
                RuleId::IncomeLine => sentences::income_line(epoch, &step, language),
                RuleId::CeilingInMonth => sentences::ceiling_in_month(&step, language),
                _ => fill(sentences::of_step(&step).pick(language), &step, language),
            };
            Some(ToldStep {
                name: rule.name.get(language).to_owned(),
                sentence,
                result: in_words(step.result.value, language),
                paragraph: rule.provenance.paragraph.clone(),
                since: date_to_text(rule.provenance.validity.from.first_day(), language),
            })
        })
        .collect()
}

fn join(parts: &[&str], and: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {and} {last}", most.join(", ")),
    }
}

/// Puts the figures of one step into the places of a sentence.
fn fill(template: &str, step: &StepView<'_>, language: Language) -> String {
    substitute(template, |name| match name {
        "result" => Some(in_words(step.result.value, language)),
        "before" => step.before_rounding.map(|before| match before.denominator() {
            1 => in_words(Quantity::Amount(before), language),
            _ => format!("{} kr.", exact_kroner(before)),
        }),
        _ => step
            .figure(FigureName::from_name(name)?)
            .map(|value| in_words(value, language)),
    })
    .unwrap_or_default()
}

/// Puts figures of any step into the places of a sentence: `{rule.figure}`. Nothing where a step is not there.
fn fill_from_trace(template: &str, trace: &Trace, language: Language) -> Option<String> {
    substitute(template, |name| {
        let (rule, figure) = name.split_once('.')?;
        let value = trace
            .step(RuleId::from_name(rule)?)?
            .figure(FigureName::from_name(figure)?)?;
        Some(in_words(value, language))
    })
}

fn substitute(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(name)?);
        rest = after;
    }
    text.push_str(rest);
    // An amount ends in `kr.`, which closes a sentence too.
    Some(text.replace("kr..", "kr."))
}
