use jiff::{ToSpan, civil::Date};
use serde::Deserialize;

use super::{
    Condition, FieldType,
    condition::{has_code, hundredths, number},
    display::swap_separator,
};
use crate::{
    finding::Level,
    record::{Answer, Answers, MunicipalityAnswer},
    reference::{self, PostcodeUse},
    value::{Cpr, Language, Localized, Money, date_to_text},
};

/// One thing that must, or should, be so about the answer to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Stable, kebab-case; part of the interface.
    pub code: String,
    pub level: Level,
    /// The rule speaks only when this holds.
    pub when: Option<Condition>,
    pub check: Check,
    /// What to do when the rule is broken.
    pub message: Localized,
}

/// What a rule looks at. It is broken when what it asks for is not so.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// The number lies within limits.
    Range(Range),
    /// The date is this one or later.
    NotBeforeDate { date: Date },
    /// The date is at most so many months before today.
    MonthsBack { at_most: i32 },
    /// The date is at most so many months after today.
    MonthsAhead { at_most: i32 },
    /// The date is at most so many days after today.
    DaysAhead { at_most: i32 },
    /// The date is that of the other field or later.
    NotBeforeField { field: String },
    /// The date is later than that of the other field.
    AfterField { field: String },
    /// The date is at most so many months after that of the other field.
    MonthsAfterField { field: String, at_most: i32 },
    /// The number is that of the other field or smaller.
    AtMostField { field: String },
    /// The answer is not this code.
    Is { answer: String },
    /// None of the chosen codes is this one.
    Contains { option: String },
    /// One of the chosen codes is this one.
    Lacks { option: String },
    /// The digits differ from those of the other field.
    SameAs { field: String },
    /// The number passes its old check digit rule (modulus 11).
    CheckDigit {},
    /// The text holds no CPR number.
    CprNumberInside {},
    /// The postcode answered lies in the municipality answered, as far as postcodes tell.
    PostcodeElsewhere { postcode: String },
    /// The amount is, give or take so many per cent, the hours' share of the full-time wage.
    HoursShare {
        hours: String,
        full_hours: String,
        full_wage: String,
        percent: u32,
    },
    /// In one submission the answer goes with one answer only to the other field.
    OnePer { field: String },
}

/// Limits of a number in hundredths; those that are not given do not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RangeSource")]
pub struct Range {
    pub min: Option<i64>,
    pub above: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeSource {
    min: Option<String>,
    above: Option<String>,
    max: Option<String>,
}

impl TryFrom<RangeSource> for Range {
    type Error = String;

    fn try_from(source: RangeSource) -> Result<Self, String> {
        let read = |limit: Option<String>| limit.as_deref().map(hundredths).transpose();
        let range = Self {
            min: read(source.min)?,
            above: read(source.above)?,
            max: read(source.max)?,
        };
        if range
            == (Self {
                min: None,
                above: None,
                max: None,
            })
        {
            return Err("a range has at least one of min, above, max".to_owned());
        }
        Ok(range)
    }
}

impl Range {
    fn holds(&self, number: i64) -> bool {
        self.min.is_none_or(|min| number >= min)
            && self.above.is_none_or(|above| number > above)
            && self.max.is_none_or(|max| number <= max)
    }
}

impl Check {
    /// Whether the answer breaks the rule, seen with the other answers of the same place.
    ///
    /// What is not answered breaks nothing. [`Check::OnePer`] looks across reports and is never broken here.
    pub fn is_broken(&self, answer: &Answer, answers: &Answers, today: Date) -> bool {
        match self {
            Self::Range(range) => number(answer).is_some_and(|number| !range.holds(number)),
            Self::NotBeforeDate { date } => is_date(answer, |given| given < *date),
            Self::MonthsBack { at_most } => is_date(answer, |given| given < shifted(today, -*at_most, 0)),
            Self::MonthsAhead { at_most } => is_date(answer, |given| given > shifted(today, *at_most, 0)),
            Self::DaysAhead { at_most } => is_date(answer, |given| given > shifted(today, 0, *at_most)),
            Self::NotBeforeField { field } => is_date(answer, |given| {
                date_of(answers, field).is_some_and(|other| given < *other)
            }),
            Self::AfterField { field } => is_date(answer, |given| {
                date_of(answers, field).is_some_and(|other| given <= *other)
            }),
            Self::MonthsAfterField { field, at_most } => is_date(answer, |given| {
                date_of(answers, field).is_some_and(|other| given >= shifted(*other, *at_most, 0))
            }),
            Self::AtMostField { field } => answers
                .get(field)
                .and_then(number)
                .is_some_and(|limit| number(answer) > Some(limit)),
            Self::Is { answer: code } | Self::Contains { option: code } => has_code(answer, code),
            Self::Lacks { option } => !has_code(answer, option),
            Self::SameAs { field } => answers
                .get(field)
                .is_some_and(|other| digits(other).is_some() && digits(other) == digits(answer)),
            Self::CheckDigit {} => fails_check_digit(answer),
            Self::CprNumberInside {} => matches!(answer, Answer::Text(text) if holds_cpr_number(text, today)),
            Self::PostcodeElsewhere { postcode } => lies_elsewhere(answer, answers, postcode),
            Self::HoursShare {
                hours,
                full_hours,
                full_wage,
                percent,
            } => {
                let figure = |field: &str| answers.get(field).and_then(number);
                differs_from_share(
                    number(answer),
                    figure(hours),
                    figure(full_hours),
                    figure(full_wage),
                    *percent,
                )
            }
            Self::OnePer { .. } => false,
        }
    }

    /// The other fields that it looks at.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::NotBeforeField { field }
            | Self::AfterField { field }
            | Self::MonthsAfterField { field, .. }
            | Self::AtMostField { field }
            | Self::SameAs { field }
            | Self::OnePer { field } => vec![field],
            Self::PostcodeElsewhere { postcode } => vec![postcode],
            Self::HoursShare {
                hours,
                full_hours,
                full_wage,
                ..
            } => vec![hours, full_hours, full_wage],
            Self::Range(_)
            | Self::NotBeforeDate { .. }
            | Self::MonthsBack { .. }
            | Self::MonthsAhead { .. }
            | Self::DaysAhead { .. }
            | Self::Is { .. }
            | Self::Contains { .. }
            | Self::Lacks { .. }
            | Self::CheckDigit {}
            | Self::CprNumberInside {} => Vec::new(),
        }
    }

    /// Whether it can look at answers of this type at all.
    pub fn suits(&self, kind: &FieldType) -> bool {
        let is_number = matches!(
            kind,
            FieldType::Money { .. } | FieldType::Percent | FieldType::PercentOrMoney { .. } | FieldType::Hours
        );
        match self {
            Self::Range(_) | Self::AtMostField { .. } => is_number,
            Self::HoursShare { .. } => matches!(kind, FieldType::Money { .. }),
            Self::NotBeforeDate { .. }
            | Self::MonthsBack { .. }
            | Self::MonthsAhead { .. }
            | Self::DaysAhead { .. }
            | Self::NotBeforeField { .. }
            | Self::AfterField { .. }
            | Self::MonthsAfterField { .. } => matches!(kind, FieldType::Date),
            Self::Is { answer } => kind.codes().contains(&answer.as_str()),
            Self::Contains { option } | Self::Lacks { option } => {
                matches!(kind, FieldType::Choices { .. }) && kind.codes().contains(&option.as_str())
            }
            Self::SameAs { .. } => matches!(kind, FieldType::Cvr | FieldType::SeNumber | FieldType::PNumber),
            Self::CheckDigit {} => matches!(kind, FieldType::Cpr | FieldType::SeNumber),
            Self::CprNumberInside {} | Self::OnePer { .. } => matches!(kind, FieldType::Text { .. }),
            Self::PostcodeElsewhere { .. } => matches!(kind, FieldType::Municipality),
        }
    }

    /// What stands for `{name}` in the message, in words of that language.
    pub fn placeholder(&self, name: &str, kind: &FieldType, language: Language) -> Option<String> {
        match (self, name) {
            (Self::Range(range), "min") => range.min.map(|limit| limit_text(limit, kind, language)),
            (Self::Range(range), "above") => range.above.map(|limit| limit_text(limit, kind, language)),
            (Self::Range(range), "max") => range.max.map(|limit| limit_text(limit, kind, language)),
            (Self::NotBeforeDate { date }, "date") => Some(date_to_text(*date, language)),
            (
                Self::MonthsBack { at_most } | Self::MonthsAhead { at_most } | Self::MonthsAfterField { at_most, .. },
                "months",
            )
            | (Self::DaysAhead { at_most }, "days") => Some(at_most.to_string()),
            (Self::HoursShare { percent, .. }, "percent") => Some(percent.to_string()),
            _ => None,
        }
    }
}

/// A limit as people read it: kroner without øre where there are none, hours and per cent as short as it goes.
fn limit_text(limit: i64, kind: &FieldType, language: Language) -> String {
    let danish = Money::from_ore(limit).to_danish();
    let is_amount = matches!(kind, FieldType::Money { .. });
    let is_share = matches!(kind, FieldType::Percent);
    let short = match danish.split_once(',') {
        Some((whole, "00")) => whole.to_owned(),
        Some((whole, decimals)) if !is_amount => format!("{whole},{}", decimals.trim_end_matches('0')),
        _ => danish,
    };
    let figure = match language {
        Language::Da => short,
        Language::En => short.chars().map(swap_separator).collect(),
    };
    if is_amount {
        format!("{figure} kr.")
    } else if is_share {
        format!("{figure} %")
    } else {
        figure
    }
}

fn date_of<'a>(answers: &'a Answers, field: &str) -> Option<&'a Date> {
    match answers.get(field) {
        Some(Answer::Date(date)) => Some(date),
        _ => None,
    }
}

fn is_date(answer: &Answer, test: impl Fn(Date) -> bool) -> bool {
    matches!(answer, Answer::Date(date) if test(*date))
}

/// A date moved by months and days, held at the ends of the calendar; 31 March less a month is the last of February.
fn shifted(date: Date, months: i32, days: i32) -> Date {
    date.saturating_add(months.months().days(days))
}

fn digits(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Cvr(number) => Some(number.as_str()),
        Answer::SeNumber(number) => Some(number.as_str()),
        Answer::PNumber(number) => Some(number.as_str()),
        _ => None,
    }
}

fn fails_check_digit(answer: &Answer) -> bool {
    match answer {
        // A replacement number follows no rule of check digits.
        Answer::Cpr(cpr) => cpr.0.class() != crate::value::CprClass::Replacement && !cpr.0.passes_modulus_11(),
        Answer::SeNumber(number) => !number.passes_modulus_11(),
        _ => false,
    }
}

/// Whether ten digits that read as a CPR number stand alone in the text, with or without hyphen or blank.
pub(crate) fn holds_cpr_number(text: &str, today: Date) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    (0..characters.len())
        .filter(|start| is_digit(*start) && (*start == 0 || !is_digit(start - 1)))
        .any(|start| {
            let mut found = String::new();
            let mut at = start;
            while found.len() < 10
                && (is_digit(at) || (found.len() == 6 && matches!(characters.get(at), Some('-' | ' ' | '\u{2013}'))))
            {
                if is_digit(at) {
                    found.push(characters[at]);
                }
                at += 1;
            }
            found.len() == 10 && !is_digit(at) && Cpr::parse(&found, today).is_ok()
        })
}

/// A postcode that lies nowhere, or in no municipality, tells nothing against the one named.
fn lies_elsewhere(answer: &Answer, answers: &Answers, postcode: &str) -> bool {
    let (Answer::Municipality(MunicipalityAnswer::One(named)), Some(Answer::Postcode(postcode))) =
        (answer, answers.get(postcode))
    else {
        return false;
    };
    matches!(reference::postcode_use(postcode), PostcodeUse::Municipalities(candidates) if !candidates.contains(named))
}

/// |amount − wage × hours / full hours| above so many per cent of that share, in whole numbers throughout.
fn differs_from_share(
    amount: Option<i64>,
    hours: Option<i64>,
    full_hours: Option<i64>,
    wage: Option<i64>,
    percent: u32,
) -> bool {
    let (Some(amount), Some(hours), Some(full_hours), Some(wage)) = (amount, hours, full_hours, wage) else {
        return false;
    };
    let share = i128::from(wage) * i128::from(hours);
    let difference = (i128::from(amount) * i128::from(full_hours) - share).abs();
    difference * 100 > share.abs() * i128::from(percent)
}
