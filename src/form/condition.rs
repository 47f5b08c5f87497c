use serde::Deserialize;

use crate::{
    record::Answer,
    value::{CprClass, Money, NumberFormat},
};

/// When a field belongs to a report, is needed, or a rule speaks: a question about other answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ConditionSource")]
pub enum Condition {
    /// The answer is one of these codes; for yes and no the codes are `yes` and `no`.
    OneOf {
        field: String,
        codes: Vec<String>,
    },
    /// There is an answer, whatever it is.
    Answered {
        field: String,
    },
    /// The number is larger than so many hundredths.
    Above {
        field: String,
        hundredths: i64,
    },
    /// The CPR number is a replacement number (*erstatningspersonnummer*).
    ReplacementNumber {
        field: String,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

/// What is known about the answer to a field while a report is being read.
#[derive(Clone, Copy)]
pub enum Known<'a> {
    Answer(&'a Answer),
    /// Not answered, and rightly so.
    Nothing,
    /// Wrong, or missing where it is needed: nothing can be concluded from it.
    Faulty,
}

impl Known<'_> {
    pub(super) fn is_nothing(self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// Whether a condition holds. `Unknown` where it hangs on a faulty answer, so that one fault doesn't make others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Condition {
    /// Whether it holds, given what `known` tells about each field.
    pub fn holds<'a>(&self, known: &dyn Fn(&str) -> Known<'a>) -> Truth {
        let ask = |field: &str, question: &dyn Fn(&Answer) -> bool| match known(field) {
            Known::Answer(answer) => question(answer).into(),
            Known::Nothing => Truth::No,
            Known::Faulty => Truth::Unknown,
        };
        match self {
            Self::OneOf { field, codes } => ask(field, &|answer| codes.iter().any(|code| has_code(answer, code))),
            Self::Answered { field } => ask(field, &|_| true),
            Self::Above { field, hundredths } => ask(field, &|answer| number(answer) > Some(*hundredths)),
            Self::ReplacementNumber { field } => ask(field, &is_replacement),
            Self::All(parts) => fold(parts, known, Truth::No, Truth::Yes),
            Self::Any(parts) => fold(parts, known, Truth::Yes, Truth::No),
            Self::Not(part) => match part.holds(known) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            },
        }
    }

    /// The fields it asks about.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::OneOf { field, .. }
            | Self::Answered { field }
            | Self::Above { field, .. }
            | Self::ReplacementNumber { field } => vec![field],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(part) => part.fields(),
        }
    }

    /// The codes it expects of each field, for checking that they exist.
    pub fn expected_codes(&self) -> Vec<(&str, &str)> {
        match self {
            Self::OneOf { field, codes } => codes.iter().map(|code| (field.as_str(), code.as_str())).collect(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::expected_codes).collect(),
            Self::Not(part) => part.expected_codes(),
            Self::Answered { .. } | Self::Above { .. } | Self::ReplacementNumber { .. } => Vec::new(),
        }
    }
}

/// One decisive part is enough; an unknown part leaves it open; else the rest.
fn fold<'a>(parts: &[Condition], known: &dyn Fn(&str) -> Known<'a>, decisive: Truth, otherwise: Truth) -> Truth {
    let truths: Vec<Truth> = parts.iter().map(|part| part.holds(known)).collect();
    if truths.contains(&decisive) {
        decisive
    } else if truths.contains(&Truth::Unknown) {
        Truth::Unknown
    } else {
        otherwise
    }
}

/// Whether the answer is, or for several choices holds, the code.
pub(crate) fn has_code(answer: &Answer, code: &str) -> bool {
    match answer {
        Answer::Choice(chosen) => chosen == code,
        Answer::Choices(chosen) => chosen.iter().any(|one| one == code),
        Answer::YesNo(yes) => code == if *yes { "yes" } else { "no" },
        _ => false,
    }
}

/// A number in hundredths: øre, hundredths of a per cent or of an hour.
pub(crate) fn number(answer: &Answer) -> Option<i64> {
    match answer {
        Answer::Money(amount) => Some(amount.ore()),
        Answer::Percent(percent) => Some(i64::from(percent.basis_points())),
        Answer::Hours(hours) => Some(i64::from(hours.hundredths())),
        _ => None,
    }
}

/// Reads a limit of the definition, such as `15000.00` or `25`, in hundredths.
pub(crate) fn hundredths(text: &str) -> Result<i64, String> {
    Money::parse(text, NumberFormat::Machine)
        .map(Money::ore)
        .map_err(|_| "write a number with a decimal point, such as \"15000.00\"".to_owned())
}

fn is_replacement(answer: &Answer) -> bool {
    matches!(answer, Answer::Cpr(cpr) if cpr.0.class() == CprClass::Replacement)
}

/// A condition as it is written in `form.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionSource {
    field: Option<String>,
    is: Option<String>,
    #[serde(rename = "in")]
    one_of: Option<Vec<String>>,
    answered: Option<bool>,
    above: Option<String>,
    replacement_number: Option<bool>,
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    not: Option<Box<Condition>>,
}

impl TryFrom<ConditionSource> for Condition {
    type Error = String;

    fn try_from(source: ConditionSource) -> Result<Self, String> {
        let mut found = Vec::new();
        let field = source.field.clone();
        let of = || {
            field
                .clone()
                .ok_or_else(|| "name the `field` that the condition asks about".to_owned())
        };
        if let Some(code) = source.is {
            found.push(Self::OneOf {
                field: of()?,
                codes: vec![code],
            });
        }
        if let Some(codes) = source.one_of {
            found.push(Self::OneOf { field: of()?, codes });
        }
        if source.answered == Some(true) {
            found.push(Self::Answered { field: of()? });
        }
        if let Some(limit) = source.above {
            found.push(Self::Above {
                field: of()?,
                hundredths: hundredths(&limit)?,
            });
        }
        if source.replacement_number == Some(true) {
            found.push(Self::ReplacementNumber { field: of()? });
        }
        let combined = [
            source.all.map(Self::All),
            source.any.map(Self::Any),
            source.not.map(Self::Not),
        ];
        found.extend(combined.into_iter().flatten());
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => Err(
                "a condition has exactly one of is, in, answered, above, replacement_number, all, any, not".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Result<Condition, String> {
        #[derive(Deserialize)]
        struct Holder {
            when: Condition,
        }
        toml::from_str::<Holder>(text)
            .map(|holder| holder.when)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_faulty_answer_leaves_a_condition_open_unless_another_part_decides() {
        let text = r#"when = { any = [{ field = "a", answered = true }, { field = "b", is = "yes" }] }"#;
        let any = condition(text).unwrap();
        let yes = Answer::YesNo(true);
        let b_says_yes = |field: &str| {
            if field == "b" {
                Known::Answer(&yes)
            } else {
                Known::Faulty
            }
        };
        assert_eq!(any.holds(&b_says_yes), Truth::Yes);
        let b_is_silent = |field: &str| if field == "b" { Known::Nothing } else { Known::Faulty };
        assert_eq!(any.holds(&b_is_silent), Truth::Unknown);
        assert_eq!(Condition::Not(Box::new(any)).holds(&b_is_silent), Truth::Unknown);
    }

    #[test]
    fn numbers_are_compared_exactly_in_hundredths() {
        let above = condition(r#"when = { field = "a", above = "0" }"#).unwrap();
        let one_ore = Answer::Money(Money::from_ore(1));
        assert_eq!(above.holds(&|_| Known::Answer(&one_ore)), Truth::Yes);
        let nothing = Answer::Money(Money::ZERO);
        assert_eq!(above.holds(&|_| Known::Answer(&nothing)), Truth::No);
    }

    #[test]
    fn a_condition_with_two_questions_or_none_is_refused() {
        assert!(condition(r#"when = { field = "a", is = "x", answered = true }"#).is_err());
        assert!(condition(r#"when = { field = "a" }"#).is_err());
        assert!(condition(r#"when = { is = "x" }"#).is_err());
        assert!(condition(r#"when = { field = "a", equals = "x" }"#).is_err());
    }
}
