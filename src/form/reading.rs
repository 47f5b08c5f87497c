//! From a raw value to an answer: one field, one value, everything that is wrong with it.

use jiff::civil::Date;
use serde_json::Value;

use super::{Field, FieldType, Unreadable};
use crate::{
    record::{Answer, MunicipalityAnswer, StoredCpr},
    reference,
    value::{
        Cpr, Hours, InvalidMunicipalityCode, Localized, Money, MunicipalityCode, NumberFormat, Percent, Refusal, clean,
        parse_date,
    },
};

/// How values are to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Danish on pages and in files, where everything is text; machine format in JSON.
    pub format: NumberFormat,
    /// Nobody is born later.
    pub today: Date,
    /// For a number that is a percentage or an amount: which of the two the deciding answer says.
    pub is_percent: bool,
}

/// Why a value is no answer to a field. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misreading {
    /// Which item of a list, from 0.
    pub item: Option<usize>,
    /// Stable, kebab-case.
    pub code: &'static str,
    /// The precise explanation, which follows the field's own sentence.
    pub detail: Option<Localized>,
    /// What stands there is no answer of any kind, so the field's own sentence would mislead: the explanation stands alone.
    pub is_no_answer: bool,
    pub hint: Option<Localized>,
}

/// The codes of [`Misreading`] that don't come from a value type.
pub const READING_CODES: [&str; 13] = [
    "wrong-type",
    "text-too-long",
    "text-unprintable",
    "option-unknown",
    "option-repeated",
    "option-exclusive",
    "yes-no-unclear",
    Unreadable::FormulaWithoutResult.code(),
    Unreadable::ErrorValue.code(),
    Unreadable::NotShown.code(),
    Unreadable::MoreThanShown.code(),
    Unreadable::TimeOfDay.code(),
    Unreadable::Merged.code(),
];

impl Misreading {
    fn new(code: &'static str) -> Self {
        Self {
            item: None,
            code,
            detail: None,
            is_no_answer: false,
            hint: None,
        }
    }

    fn wrong_type(da: &str, en: &str) -> Self {
        Self {
            detail: Some(Localized::new(da, en)),
            ..Self::new("wrong-type")
        }
    }

    fn refused(refusal: &dyn Refusal, reading: Reading) -> Self {
        let is_machine = reading.format == NumberFormat::Machine;
        Self {
            detail: Some(if is_machine {
                refusal.machine_message()
            } else {
                refusal.message()
            }),
            ..Self::new(refusal.code())
        }
    }
}

impl Reading {
    /// Whether everything came as text typed by a person, so that `ja` is yes and a label stands for its code.
    fn is_typed(self) -> bool {
        self.format == NumberFormat::Danish
    }
}

/// Whether there is anything to read: nothing, blanks and, where it means nothing, an empty list are no answer.
pub fn is_answered(field: &Field, raw: Option<&Value>) -> bool {
    match raw {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(items)) => {
            !items.is_empty() || matches!(field.kind, FieldType::Choices { exclusive: Some(_), .. })
        }
        Some(_) => true,
    }
}

impl Field {
    /// Reads the answer to this field.
    ///
    /// # Errors
    /// Everything that is wrong with the value; more than one thing only in a list.
    pub fn read(&self, raw: &Value, reading: Reading) -> Result<Answer, Vec<Misreading>> {
        if let Some(unreadable) = Unreadable::of(raw).filter(|_| reading.is_typed()) {
            return Err(vec![Misreading {
                detail: Some(unreadable.message()),
                is_no_answer: true,
                ..Misreading::new(unreadable.code())
            }]);
        }
        let one = |result: Result<Answer, Misreading>| result.map_err(|fault| vec![fault]);
        match &self.kind {
            FieldType::YesNo => one(read_yes_no(raw, reading)),
            FieldType::Choices { exclusive, .. } => self.read_choices(raw, exclusive.as_deref(), reading),
            _ => one(self.read_text(raw, reading)),
        }
    }

    fn read_text(&self, raw: &Value, reading: Reading) -> Result<Answer, Misreading> {
        let text = raw.as_str().ok_or_else(|| {
            Misreading::wrong_type(
                "Skriv svaret som tekst i anførselstegn; det gælder også tal og datoer.",
                "Write the answer as a text in quotation marks; that goes for numbers and dates too.",
            )
        })?;
        match &self.kind {
            FieldType::Text { max_length } => read_plain_text(text, *max_length),
            FieldType::Choice { .. } => self.read_option(text, reading).map(Answer::Choice),
            FieldType::Date => parse_date(text)
                .map(Answer::Date)
                .map_err(|fault| Misreading::refused(&fault, reading)),
            FieldType::Money { .. } => read_money(text, reading),
            FieldType::Percent => read_percent(text, reading),
            FieldType::PercentOrMoney { .. } if reading.is_percent => read_percent(text, reading),
            FieldType::PercentOrMoney { .. } => read_money(text, reading),
            FieldType::Hours => Hours::parse(text, reading.format)
                .map(Answer::Hours)
                .map_err(|fault| Misreading::refused(&fault, reading)),
            FieldType::Cpr => Cpr::parse(text, reading.today)
                .map(|cpr| Answer::Cpr(StoredCpr(cpr)))
                .map_err(|fault| Misreading::refused(&fault, reading)),
            FieldType::Municipality => read_municipality(text, reading),
            FieldType::Cvr => parsed(text, reading, Answer::Cvr),
            FieldType::SeNumber => parsed(text, reading, Answer::SeNumber),
            FieldType::PNumber => parsed(text, reading, Answer::PNumber),
            FieldType::Postcode => parsed(text, reading, Answer::Postcode),
            FieldType::Email => parsed(text, reading, Answer::Email),
            FieldType::Phone => parsed(text, reading, Answer::Phone),
            FieldType::ReportId => parsed(text, reading, Answer::Report),
            FieldType::YesNo => read_yes_no(raw, reading),
            FieldType::Choices { .. } => Err(Misreading::new("wrong-type")),
        }
    }

    /// The code that the text is, or, where a person typed it, whose label it is.
    fn read_option(&self, text: &str, reading: Reading) -> Result<String, Misreading> {
        let text = text.trim();
        let is_meant = |label: &str| label.to_lowercase() == text.to_lowercase();
        self.kind
            .options()
            .iter()
            .find(|option| {
                option.code == text || reading.is_typed() && (is_meant(&option.label.da) || is_meant(&option.label.en))
            })
            .map(|option| option.code.clone())
            .ok_or_else(|| Misreading {
                hint: Some(self.possible_codes()),
                ..Misreading::new("option-unknown")
            })
    }

    fn possible_codes(&self) -> Localized {
        let codes = self.kind.codes().join(", ");
        Localized::new(format!("Mulige svar: {codes}."), format!("Possible answers: {codes}."))
    }

    fn read_choices(&self, raw: &Value, exclusive: Option<&str>, reading: Reading) -> Result<Answer, Vec<Misreading>> {
        let texts = list_items(raw, reading).map_err(|fault| vec![fault])?;
        let mut faults = Vec::new();
        let mut chosen: Vec<String> = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let read = match text {
                Some(text) => self.read_option(text, reading),
                None => Err(Misreading::wrong_type(
                    "Skriv hvert svar som tekst.",
                    "Write each answer as a text.",
                )),
            };
            match read {
                Ok(code) if chosen.contains(&code) => faults.push(repeated(index)),
                Ok(code) => chosen.push(code),
                Err(fault) => faults.push(Misreading {
                    item: Some(index),
                    ..fault
                }),
            }
        }
        if let (Some(alone), true) = (exclusive, texts.is_empty()) {
            chosen.push(alone.to_owned());
        }
        if exclusive.is_some_and(|alone| chosen.len() > 1 && chosen.iter().any(|code| code == alone)) {
            faults.push(not_alone());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        // In the order of the list, so that the same choice is always the same answer.
        let in_order = self
            .kind
            .codes()
            .into_iter()
            .filter(|code| chosen.iter().any(|one| one == code));
        Ok(Answer::Choices(in_order.map(str::to_owned).collect()))
    }
}

/// The items of a list; `None` for one that is not text. A person's cell has `|`, `,`, `;` or line breaks between them.
fn list_items(raw: &Value, reading: Reading) -> Result<Vec<Option<&str>>, Misreading> {
    match raw {
        Value::Array(items) => Ok(items.iter().map(Value::as_str).collect()),
        Value::String(cell) if reading.is_typed() => Ok(cell
            .split(['|', ',', ';', '\n'])
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Some)
            .collect()),
        _ => Err(Misreading::wrong_type(
            "Skriv svarene som en liste: [\"…\"].",
            "Write the answers as a list: [\"…\"].",
        )),
    }
}

fn repeated(index: usize) -> Misreading {
    Misreading {
        item: Some(index),
        detail: Some(Localized::new(
            "Samme svar står to gange.",
            "The same answer is there twice.",
        )),
        ..Misreading::new("option-repeated")
    }
}

fn not_alone() -> Misreading {
    Misreading {
        detail: Some(Localized::new(
            "»Ingen af dem« kan ikke stå sammen med andre svar.",
            "“None of them” can't stand together with other answers.",
        )),
        ..Misreading::new("option-exclusive")
    }
}

fn read_yes_no(raw: &Value, reading: Reading) -> Result<Answer, Misreading> {
    match raw {
        Value::Bool(yes) => Ok(Answer::YesNo(*yes)),
        Value::String(text) if reading.is_typed() => match text.trim().to_lowercase().as_str() {
            "ja" | "yes" | "true" | "sand" | "j" | "y" | "1" | "x" | "on" => Ok(Answer::YesNo(true)),
            "nej" | "no" | "false" | "falsk" | "n" | "0" => Ok(Answer::YesNo(false)),
            _ => Err(Misreading {
                detail: Some(Localized::new("Skriv ja eller nej.", "Write yes or no.")),
                ..Misreading::new("yes-no-unclear")
            }),
        },
        _ => Err(Misreading::wrong_type(
            "Skriv true eller false uden anførselstegn.",
            "Write true or false without quotation marks.",
        )),
    }
}

/// Text on one line: blanks of any kind become one blank, invisible characters without meaning fall away.
fn read_plain_text(raw: &str, max_length: usize) -> Result<Answer, Misreading> {
    let text = clean(raw).split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().any(is_unprintable) {
        return Err(Misreading {
            detail: Some(Localized::new(
                "Der er tegn, som ikke kan vises. Skriv teksten igen i stedet for at sætte den ind.",
                "There are characters that can't be shown. Type the text again instead of pasting it.",
            )),
            ..Misreading::new("text-unprintable")
        });
    }
    let length = text.chars().count();
    if length > max_length {
        return Err(Misreading {
            detail: Some(Localized::new(
                format!("Der er {length} tegn; forkort til {max_length}."),
                format!("There are {length} characters; shorten it to {max_length}."),
            )),
            ..Misreading::new("text-too-long")
        });
    }
    Ok(Answer::Text(text))
}

/// Control characters, and what stands for a letter that got lost.
fn is_unprintable(character: char) -> bool {
    character.is_control() || character == '\u{fffd}'
}

fn read_money(text: &str, reading: Reading) -> Result<Answer, Misreading> {
    Money::parse(text, reading.format)
        .map(Answer::Money)
        .map_err(|fault| Misreading::refused(&fault, reading))
}

fn read_percent(text: &str, reading: Reading) -> Result<Answer, Misreading> {
    Percent::parse(text)
        .map(Answer::Percent)
        .map_err(|fault| Misreading::refused(&fault, reading))
}

/// A code; where a person typed it also a name. Christiansø is known, but no municipality.
fn read_municipality(text: &str, reading: Reading) -> Result<Answer, Misreading> {
    let found = match text.parse::<MunicipalityCode>() {
        Ok(code) => Ok(MunicipalityAnswer::One(code)),
        Err(InvalidMunicipalityCode::Christianso) => Ok(MunicipalityAnswer::Christianso),
        Err(fault) => match reference::find_by_name(text) {
            Some(municipality) if reading.is_typed() => Ok(MunicipalityAnswer::One(municipality.code)),
            Some(_) | None => Err(fault),
        },
    };
    found
        .map(Answer::Municipality)
        .map_err(|fault| Misreading::refused(&fault, reading))
}

fn parsed<T>(text: &str, reading: Reading, answer: impl Fn(T) -> Answer) -> Result<Answer, Misreading>
where
    T: std::str::FromStr,
    T::Err: Refusal,
{
    text.parse()
        .map(answer)
        .map_err(|fault: T::Err| Misreading::refused(&fault, reading))
}
