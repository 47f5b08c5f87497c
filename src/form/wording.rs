//! The words of a form: in the language of their file, and with the limits that the definition sets.

use super::{Check, FieldType, Form, Problem, definition::Texts, load::Faults};

/// Words that stand in nearly every sentence of one language and never in the other.
const DANISH: [&str; 24] = [
    "og",
    "af",
    "skal",
    "ikke",
    "er",
    "eller",
    "hvis",
    "når",
    "på",
    "medarbejderen",
    "medarbejderens",
    "kommunen",
    "beløb",
    "løn",
    "lønnen",
    "stillingen",
    "virksomheden",
    "timer",
    "skriv",
    "vælg",
    "det",
    "som",
    "navn",
    "dato",
];
const ENGLISH: [&str; 24] = [
    "the",
    "and",
    "of",
    "must",
    "not",
    "is",
    "or",
    "if",
    "when",
    "employee",
    "employee's",
    "municipality",
    "amount",
    "wage",
    "pay",
    "position",
    "company",
    "hours",
    "write",
    "choose",
    "which",
    "that",
    "name",
    "date",
];

/// Words before a number that make it a limit.
const AT_MOST: [&str; 4] = ["højst", "most", "maksimalt", "maximum"];

/// Tells a text that is in the language of the other file.
pub(super) fn check_language(file: &str, place: &str, text: &str, faults: &mut Faults) {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphabetic() && letter != '\'')
        .collect();
    let count = |known: &[&str]| words.iter().filter(|word| known.contains(word)).count();
    let (danish, english) = (count(&DANISH), count(&ENGLISH));
    let has_danish_letters = lower.contains(['æ', 'ø', 'å']);
    match file {
        "texts.da.toml" if english > danish && !has_danish_letters => {
            faults.push(file, place, Problem::WrongLanguage("Danish"))
        }
        "texts.en.toml" if danish > english || (has_danish_letters && english == 0) => {
            faults.push(file, place, Problem::WrongLanguage("English"));
        }
        _ => {}
    }
}

/// Tells texts that name another limit than the field has. What `{max}` stands for can't be wrong.
pub(super) fn check_limits(form: &Form, file: &str, texts: &Texts, faults: &mut Faults) {
    for (id, field) in &texts.field {
        let Some(known) = form.field(id) else { continue };
        if let FieldType::Text { max_length } = known.kind {
            for (key, text) in [
                ("help", &field.help),
                ("missing", &field.missing),
                ("wrong", &field.wrong),
            ] {
                let told = text.as_deref().and_then(limit_told);
                if let Some(told) = told.filter(|told| *told != max_length.to_string()) {
                    let problem = Problem::LimitToldWrong(told, max_length.to_string());
                    faults.push(file, format!("field.{id}.{key}"), problem);
                }
            }
        }
        for (code, text) in &field.rule {
            let limits = known
                .rules
                .iter()
                .filter(|rule| rule.code == *code)
                .flat_map(|rule| numbers_of(&rule.check));
            let limits: Vec<String> = limits.collect();
            let told = limit_told(text).filter(|told| !limits.is_empty() && !limits.contains(told));
            if let Some(told) = told {
                let problem = Problem::LimitToldWrong(told, limits.join(", "));
                faults.push(file, format!("field.{id}.rule.{code}"), problem);
            }
        }
    }
}

/// The number that a text calls the largest allowed, where it writes one instead of a placeholder.
fn limit_told(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    words.find(|word| AT_MOST.contains(word))?;
    let next = words.next()?.trim_end_matches(['.', ',', ';', ')']);
    next.starts_with(|letter: char| letter.is_ascii_digit())
        .then(|| next.to_owned())
}

/// The limits of a check as texts write them.
fn numbers_of(check: &Check) -> Vec<String> {
    let whole = |hundredths: i64| {
        if hundredths % 100 == 0 {
            (hundredths / 100).to_string()
        } else {
            format!("{},{:02}", hundredths / 100, hundredths % 100)
        }
    };
    match check {
        Check::Range(range) => [range.min, range.above, range.max]
            .into_iter()
            .flatten()
            .map(whole)
            .collect(),
        Check::MonthsBack { at_most }
        | Check::MonthsAhead { at_most }
        | Check::DaysAhead { at_most }
        | Check::MonthsAfterField { at_most, .. } => vec![at_most.to_string()],
        _ => Vec::new(),
    }
}
