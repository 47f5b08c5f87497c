//! From a field of the definition to a question on the page.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    fields,
    finding::Violation,
    form::{Field, FieldType, Form, Scope},
    http::web::ui::{Choice, Input, Keyboard, Need, Question, TextInput, Width},
    record::ReportKind,
    reference,
    value::Language,
};

use super::entry::Entry;

/// A list longer than this folds up.
const LONGEST_RADIO_LIST: usize = 10;
/// Text longer than this gets more than one line.
const LONGEST_LINE: usize = 200;
/// What is expected to be short gets a short line.
const SHORT_TEXT: usize = 50;

/// What is wrong with each field, by field id, in the words that the interface for machines uses too.
pub type Faults = BTreeMap<String, Vec<String>>;

/// Makes the questions of a page.
pub struct Questions<'a> {
    form: &'a Form,
    entry: &'a Entry,
    language: Language,
    /// Fields on whose answer others hang.
    deciding: BTreeSet<&'a str>,
}

impl<'a> Questions<'a> {
    pub fn new(form: &'a Form, entry: &'a Entry, language: Language) -> Self {
        let conditions = form.fields().iter().filter_map(|field| field.condition.as_ref());
        let kinds = form.kinds().iter().filter_map(|kind| kind.content.as_ref());
        let mut deciding: BTreeSet<&str> = conditions.flat_map(|condition| condition.fields()).collect();
        deciding.extend(kinds.flat_map(|content| [vec![content.field.as_str()], content.when.fields()].concat()));
        Self {
            form,
            entry,
            language,
            deciding,
        }
    }

    pub fn all(&self, fields: &[(&Field, Need)], faults: &Faults) -> Vec<Question> {
        let errors = |field: &Field| faults.get(&field.id).cloned().unwrap_or_default();
        fields
            .iter()
            .map(|(field, need)| self.one(field, *need, errors(field)))
            .collect()
    }

    fn one(&self, field: &Field, need: Need, errors: Vec<String>) -> Question {
        Question {
            id: field.id.clone(),
            name: field.id.clone(),
            label: field.label.get(self.language).to_owned(),
            hint: field.help.get(self.language).to_owned(),
            errors,
            need,
            input: self.input(field),
        }
    }

    fn input(&self, field: &Field) -> Input {
        match &field.kind {
            // What is confirmed is a statement to tick, not a question.
            FieldType::YesNo if field.scope == Scope::Submission => Input::Tick {
                chosen: self.entry.get(&field.id) == "yes",
            },
            FieldType::Choice { .. } | FieldType::YesNo => self.choice(field),
            FieldType::Choices { .. } => Input::Checks(self.options(field)),
            FieldType::Municipality => Input::Select(self.municipalities(field)),
            FieldType::Date => Input::Date(self.entry.date(&field.id)),
            FieldType::Text { max_length } if *max_length > LONGEST_LINE => Input::Area {
                value: self.value(field),
                rows: 4,
            },
            _ => Input::Text(self.text(field)),
        }
    }

    fn choice(&self, field: &Field) -> Input {
        let options = self.options(field);
        if options.len() > LONGEST_RADIO_LIST {
            return Input::Select(options);
        }
        Input::Radios {
            options,
            opens: self.deciding.contains(field.id.as_str()),
        }
    }

    fn options(&self, field: &Field) -> Vec<Choice> {
        let yes_or_no = |code: &'static str, da: &str, en: &str| {
            let label = if self.language == Language::Da { da } else { en };
            (code.to_owned(), label.to_owned())
        };
        let options: Vec<(String, String)> = match &field.kind {
            FieldType::YesNo => vec![yes_or_no("yes", "Ja", "Yes"), yes_or_no("no", "Nej", "No")],
            kind => kind
                .options()
                .iter()
                .map(|one| (one.code.clone(), one.label.get(self.language).to_owned()))
                .collect(),
        };
        let chosen: Vec<&str> = self.entry.chosen(&field.id).collect();
        let choice = |(code, label): (String, String)| Choice {
            hint: self.intro_of(field, &code),
            chosen: chosen.contains(&code.as_str()),
            code,
            label,
        };
        options.into_iter().map(choice).collect()
    }

    /// The kinds of report are explained where they are chosen.
    fn intro_of(&self, field: &Field, code: &str) -> String {
        let kind = (field.id == fields::REPORT_KIND.id())
            .then(|| ReportKind::from_code(code))
            .flatten();
        let kind = kind.and_then(|code| self.form.kind(code));
        kind.map(|kind| kind.intro.get(self.language).to_owned())
            .unwrap_or_default()
    }

    fn municipalities(&self, field: &Field) -> Vec<Choice> {
        let chosen = self.entry.get(&field.id);
        let mut all: Vec<Choice> = reference::municipalities()
            .iter()
            .map(|one| (one.code.as_str(), one.name))
            .chain([("0411", "Christiansø")])
            .map(|(code, name)| Choice {
                code: code.to_owned(),
                label: name.to_owned(),
                hint: String::new(),
                chosen: chosen == code,
            })
            .collect();
        all.sort_by_cached_key(|choice| danish_order(&choice.label));
        all
    }

    fn text(&self, field: &Field) -> TextInput {
        let number = |suffix: &str| TextInput {
            value: self.value(field),
            width: Width::Short,
            numeric: true,
            keyboard: Keyboard::Decimal,
            suffix: suffix.to_owned(),
            autocomplete: "off",
        };
        let plain = |width, autocomplete| TextInput {
            value: self.value(field),
            width,
            autocomplete,
            ..TextInput::default()
        };
        match &field.kind {
            FieldType::Money { unit } => number(unit.label().get(self.language)),
            FieldType::Percent => number("%"),
            FieldType::PercentOrMoney { decided_by, unit } => {
                let is_percent = self.entry.get(&decided_by.field) == decided_by.percent;
                if is_percent {
                    number("%")
                } else {
                    number(unit.label().get(self.language))
                }
            }
            FieldType::Hours => number(if self.language == Language::Da {
                "timer om ugen"
            } else {
                "hours a week"
            }),
            FieldType::Email => TextInput {
                keyboard: Keyboard::Email,
                ..plain(Width::Long, "email")
            },
            FieldType::Phone => TextInput {
                keyboard: Keyboard::Phone,
                ..plain(Width::Medium, "tel")
            },
            FieldType::Text { .. } if field.scope == Scope::Employer => plain(Width::Long, "name"),
            FieldType::Text { max_length } if *max_length > SHORT_TEXT => plain(Width::Long, "off"),
            FieldType::Text { .. } => plain(Width::Medium, "off"),
            FieldType::ReportId => plain(Width::Long, "off"),
            _ => TextInput {
                keyboard: if is_digits(&field.kind) {
                    Keyboard::Digits
                } else {
                    Keyboard::Text
                },
                ..plain(Width::Short, "off")
            },
        }
    }

    /// As typed, or the default of the definition before anything was typed.
    fn value(&self, field: &Field) -> String {
        match self.entry.answers().get(&field.id) {
            Some(text) => text.clone(),
            None => field.default.clone().unwrap_or_default(),
        }
    }
}

/// Numbers that name something.
fn is_digits(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Cpr | FieldType::Cvr | FieldType::SeNumber | FieldType::PNumber | FieldType::Postcode
    )
}

/// Danes put æ, ø and å last.
pub fn danish_order(name: &str) -> String {
    let lower = name.to_lowercase();
    lower
        .chars()
        .map(|letter| match letter {
            'æ' => '\u{7b}',
            'ø' => '\u{7c}',
            'å' => '\u{7d}',
            other => other,
        })
        .collect()
}

/// Sorts errors by the field they are about. Every rule of the definition is about a field.
pub fn faults(form: &Form, violations: &[Violation], language: Language) -> Faults {
    let mut faults = Faults::new();
    for violation in violations.iter().filter(|violation| violation.is_error()) {
        if let Some(field) = field_at(form, &violation.pointer) {
            faults
                .entry(field.id.clone())
                .or_default()
                .push(sentence(violation, language));
        }
    }
    faults
}

/// The field that a pointer leads to, or into.
pub fn field_at<'f>(form: &'f Form, pointer: &str) -> Option<&'f Field> {
    form.fields().iter().find(|field| {
        let own = field.pointer(0);
        pointer == own || pointer.strip_prefix(&own).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// What is wrong and what to do, with the hint where there is one.
pub fn sentence(violation: &Violation, language: Language) -> String {
    let message = violation.message.get(language);
    match &violation.hint {
        Some(hint) => format!("{message} {}", hint.get(language)),
        None => message.to_owned(),
    }
}
