//! Reading an object of JSON key by key, all faults told at once.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::finding::{Findings, Violation};
use crate::value::{Hours, Localized, Money, Month, NumberFormat, Refusal, parse_date};

/// More lines than any person has sources of income in a month.
pub(super) const MOST_LINES: usize = 50;

/// An object of which every key is asked for by name; those left over are refused.
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    pub pointer: String,
    asked: Vec<&'static str>,
}

impl<'a> Object<'a> {
    pub fn new(value: &'a Value, pointer: &str, violations: &mut Findings) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self {
                map,
                pointer: pointer.to_owned(),
                asked: Vec::new(),
            }),
            _ => {
                violations.push(fault(
                    pointer,
                    "not-an-object",
                    "Skriv et objekt med navngivne felter: { … }.",
                    "Write an object with named fields: { … }.",
                ));
                None
            }
        }
    }

    pub fn at(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }

    /// What stands under a key; `null` is the same as nothing.
    pub fn optional(&mut self, key: &'static str) -> Option<(&'a Value, String)> {
        self.asked.push(key);
        self.map
            .get(key)
            .filter(|value| !value.is_null())
            .map(|value| (value, self.at(key)))
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|value| !value.is_null())
    }

    pub fn required(&mut self, key: &'static str, violations: &mut Findings) -> Option<(&'a Value, String)> {
        let found = self.optional(key);
        if found.is_none() {
            violations.push(fault(
                &self.at(key),
                "missing",
                format!("Feltet `{key}` mangler: skriv det."),
                format!("The field `{key}` is missing: write it."),
            ));
        }
        found
    }

    pub fn amount_or_zero(&mut self, key: &'static str, violations: &mut Findings) -> Money {
        self.optional(key)
            .and_then(|(value, at)| amount(value, &at, violations))
            .unwrap_or(Money::ZERO)
    }

    pub fn days(&mut self, key: &'static str, most: u64, violations: &mut Findings) -> u16 {
        let Some((value, at)) = self.optional(key) else {
            return 0;
        };
        let days = value
            .as_u64()
            .filter(|days| *days <= most)
            .and_then(|days| u16::try_from(days).ok());
        if days.is_none() {
            violations.push(fault(
                &at,
                "days-out-of-range",
                format!("Skriv et helt antal dage fra 0 til {most}, uden anførselstegn."),
                format!("Write a whole number of days from 0 to {most}, without quotes."),
            ));
        }
        days.unwrap_or(0)
    }

    pub fn refuse_unknown(&self, violations: &mut Findings) {
        for key in self.map.keys().filter(|key| !self.asked.contains(&key.as_str())) {
            if violations.is_full() {
                return;
            }
            violations.push(fault(
                &self.at(key),
                "unknown-key",
                "Dette felt kendes ikke: tag det ud, eller ret dets navn.",
                "This field is not known: take it out, or correct its name.",
            ));
        }
    }
}

pub(super) fn fault(pointer: &str, code: &str, da: impl Into<String>, en: impl Into<String>) -> Violation {
    Violation::error(pointer, code, Localized::new(da, en))
}

pub(super) fn text<'a>(value: &'a Value, at: &str, violations: &mut Findings) -> Option<&'a str> {
    let text = value.as_str();
    if text.is_none() {
        violations.push(fault(
            at,
            "not-a-text",
            "Skriv værdien som tekst i anførselstegn; et beløb fx \"32067.00\".",
            "Write the value as a text in quotes; an amount for instance \"32067.00\".",
        ));
    }
    text
}

pub(super) fn kept<T>(read: Result<T, impl Refusal>, at: &str, violations: &mut Findings) -> Option<T> {
    read.map_err(|refusal| violations.push(Violation::refused(at, &refusal)))
        .ok()
}

pub(super) fn amount(value: &Value, at: &str, violations: &mut Findings) -> Option<Money> {
    let amount = kept(
        Money::parse(text(value, at, violations)?, NumberFormat::Machine),
        at,
        violations,
    )?;
    if amount.is_negative() {
        violations.push(fault(
            at,
            "amount-below-zero",
            "Skriv et beløb, der ikke er under nul.",
            "Write an amount that is not below zero.",
        ));
        return None;
    }
    Some(amount)
}

pub(super) fn month(value: &Value, at: &str, violations: &mut Findings) -> Option<Month> {
    kept(text(value, at, violations)?.parse::<Month>(), at, violations)
}

pub(super) fn date(value: &Value, at: &str, violations: &mut Findings) -> Option<Date> {
    kept(parse_date(text(value, at, violations)?), at, violations)
}

pub(super) fn hours(value: &Value, at: &str, violations: &mut Findings) -> Option<Hours> {
    kept(
        Hours::parse(text(value, at, violations)?, NumberFormat::Machine),
        at,
        violations,
    )
}

pub(super) fn list<T>(
    object: &mut Object<'_>,
    key: &'static str,
    most: usize,
    violations: &mut Findings,
    read: fn(&Value, &str, &mut Findings) -> Option<T>,
) -> Vec<T> {
    let Some((value, at)) = object.optional(key) else {
        return Vec::new();
    };
    match value {
        Value::Array(items) if items.len() <= most => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| read(item, &format!("{at}/{index}"), violations))
            .collect(),
        Value::Array(_) => {
            violations.push(fault(
                &at,
                "too-many",
                format!("Skriv højst {most} linjer."),
                format!("Write at most {most} lines."),
            ));
            Vec::new()
        }
        _ => {
            violations.push(fault(
                &at,
                "not-a-list",
                "Skriv en liste: [ … ].",
                "Write a list: [ … ].",
            ));
            Vec::new()
        }
    }
}
