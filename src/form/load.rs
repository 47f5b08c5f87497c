//! From the three files of a version to a [`Form`], with everything that is wrong told at once.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Field, FieldOption, FieldType, Form, FormFault, Kind, Need, Problem, Rule, SameReport, Section,
    canonical::{Numbers, canonical_json, sha256_hex},
    definition::{Definition, FieldDefinition, FieldTexts, KindDefinition, NeedWord, RuleDefinition, Texts},
    lint,
    texts::BothTexts,
};
use crate::{
    record::{FormRef, ReportKind},
    value::{Language, Localized},
};

/// The files of one version, as they are on disk.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// `fleksjob-wage/1.0`: id and version, which the files must agree with.
    pub folder: &'a str,
    /// `form.toml`.
    pub form: &'a str,
    /// `texts.da.toml`.
    pub da: &'a str,
    /// `texts.en.toml`.
    pub en: &'a str,
}

impl Form {
    /// Reads and checks a version.
    ///
    /// # Errors
    /// All faults of the three files. A file that can't be read at all hides the finer faults of the others.
    pub fn load(sources: &Sources<'_>) -> Result<Self, Vec<FormFault>> {
        let mut faults = Faults::new(sources.folder);
        let definition = faults.read::<Definition>("form.toml", sources.form);
        let da = faults.read::<Texts>("texts.da.toml", sources.da);
        let en = faults.read::<Texts>("texts.en.toml", sources.en);
        let canonical = canonical_document(sources, &mut faults);
        let (Some(definition), Some(da), Some(en), Some(canonical_json)) = (definition, da, en, canonical) else {
            return Err(faults.list);
        };
        let form = assemble(definition, &BothTexts { da: &da, en: &en }, canonical_json, &mut faults);
        lint::check(&form, &da, &en, &mut faults);
        if faults.list.is_empty() {
            Ok(form)
        } else {
            Err(faults.list)
        }
    }
}

/// Gathers faults while loading goes on.
pub(super) struct Faults {
    folder: String,
    list: Vec<FormFault>,
}

impl Faults {
    fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            list: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, file: &str, place: impl Into<String>, problem: Problem) {
        self.list.push(FormFault {
            file: format!("{}/{file}", self.folder),
            place: place.into(),
            problem,
        });
    }

    /// A fault of `form.toml`, where most are.
    pub(super) fn form(&mut self, place: impl Into<String>, problem: Problem) {
        self.push("form.toml", place, problem);
    }

    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    fn read<T: DeserializeOwned>(&mut self, file: &str, text: &str) -> Option<T> {
        match toml::from_str(text) {
            Ok(read) => Some(read),
            Err(error) => {
                self.push(file, "", Problem::Unreadable(error.to_string().trim_end().to_owned()));
                None
            }
        }
    }
}

/// Definition and texts as one JSON document: what is served, and what the hash names.
///
/// Made from the files as they are written, so that a version keeps its hash when the code learns new keys.
fn canonical_document(sources: &Sources<'_>, faults: &mut Faults) -> Option<String> {
    let mut read = |file: &str, text: &str| {
        // A file that is no TOML at all was told already.
        let table: toml::Table = toml::from_str(text).ok()?;
        let value = plain_json(toml::Value::Table(table));
        if value.is_none() {
            faults.push(file, "", Problem::NotCanonical);
        }
        value
    };
    let (form, da, en) = (
        read("form.toml", sources.form),
        read("texts.da.toml", sources.da),
        read("texts.en.toml", sources.en),
    );
    let document = json!({ "definition": form?, "texts": { "da": da?, "en": en? } });
    match canonical_json(&document, Numbers::WholeOnly) {
        Ok(text) => Some(text),
        Err(_) => {
            faults.form("", Problem::NotCanonical);
            None
        }
    }
}

/// TOML as JSON; nothing for fractions and dates, which have no one text.
fn plain_json(value: toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(yes) => Value::from(yes),
        toml::Value::Array(items) => Value::from(items.into_iter().map(plain_json).collect::<Option<Vec<_>>>()?),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(name, member)| Some((name, plain_json(member)?)))
                .collect::<Option<_>>()?,
        ),
        toml::Value::Float(_) | toml::Value::Datetime(_) => return None,
    })
}

fn assemble(definition: Definition, texts: &BothTexts<'_>, canonical_json: String, faults: &mut Faults) -> Form {
    let kinds = definition
        .kind
        .iter()
        .filter_map(|kind| build_kind(kind, texts, faults))
        .collect();
    let fields: Vec<Field> = definition
        .field
        .iter()
        .map(|field| build_field(field, texts, faults))
        .collect();
    let section_labels = texts.section_labels();
    let by_id: BTreeMap<String, usize> = fields
        .iter()
        .enumerate()
        .map(|(index, field)| (field.id.clone(), index))
        .collect();
    Form {
        reference: FormRef {
            id: definition.id,
            version: definition.version,
            hash: sha256_hex(&canonical_json),
        },
        valid_from: definition.valid_from,
        title: Localized::new(&texts.da.title, &texts.en.title),
        intro: Localized::new(&texts.da.intro, &texts.en.intro),
        kinds,
        reading_order: lint::reading_order(&fields, &by_id, faults),
        by_id,
        fields,
        section_labels,
        canonical_json,
    }
}

fn build_kind(kind: &KindDefinition, texts: &BothTexts<'_>, faults: &mut Faults) -> Option<Kind> {
    let Some(code) = ReportKind::from_code(&kind.code) else {
        faults.form("kind", Problem::UnknownKind(kind.code.clone()));
        return None;
    };
    let sections = kind.section.iter().map(|section| Section {
        id: section.id.clone(),
        label: texts.section(&section.id, faults),
        fields: section.fields.clone(),
    });
    Some(Kind {
        code,
        sections: sections.collect(),
        label: texts.kind(&kind.code, "label", |kind| &kind.label, faults),
        intro: texts.kind(&kind.code, "intro", |kind| &kind.intro, faults),
        same_report: SameReport {
            level: kind.same_report.level,
            fields: kind.same_report.fields.clone(),
            message: texts.kind(&kind.code, "same_report", |kind| &kind.same_report, faults),
        },
        content: kind.content_kind.clone(),
    })
}

fn build_field(field: &FieldDefinition, texts: &BothTexts<'_>, faults: &mut Faults) -> Field {
    let id = &field.id;
    let mut text = |key: &str, of: fn(&FieldTexts) -> &Option<String>| texts.field(id, key, of, faults);
    let (label, help) = (text("label", |field| &field.label), text("help", |field| &field.help));
    let (missing, wrong) = (
        text("missing", |field| &field.missing),
        text("wrong", |field| &field.wrong),
    );
    let reason = text("reason", |field| &field.reason);
    let has_condition = field.shown_when.is_some() || matches!(field.need, NeedWord::When | NeedWord::SenderKnows);
    let condition_text = has_condition.then(|| text("condition", |field| &field.condition));
    let [help, missing, wrong] = [("help", help), ("missing", missing), ("wrong", wrong)]
        .map(|(key, text)| with_limit(&text, field, key, faults));
    let kind = build_type(field, texts, faults);
    Field {
        id: id.clone(),
        scope: field.scope,
        key: field.key.clone().unwrap_or_else(|| id.clone()),
        rules: field
            .rule
            .iter()
            .map(|rule| build_rule(rule, field, &kind, texts, faults))
            .collect(),
        kind,
        condition: field.shown_when.clone(),
        required: build_need(field, faults),
        default: field.default.clone(),
        computed: field.computed_when.clone(),
        label,
        help,
        missing,
        wrong,
        reason,
        condition_text,
        paragraph: field.paragraph.clone(),
    }
}

fn build_need(field: &FieldDefinition, faults: &mut Faults) -> Need {
    let place = format!("field.{}", field.id);
    match (field.need, field.needed_when.clone()) {
        (NeedWord::When, Some(condition)) => Need::When(condition),
        (NeedWord::When, None) => {
            faults.form(place, Problem::ParameterMissing("needed_when"));
            Need::Optional
        }
        (need, Some(_)) => {
            faults.form(place, Problem::ParameterUnused("needed_when"));
            plain_need(need)
        }
        (need, None) => plain_need(need),
    }
}

fn plain_need(need: NeedWord) -> Need {
    match need {
        NeedWord::Always => Need::Always,
        NeedWord::SenderKnows => Need::SenderKnows,
        NeedWord::Optional | NeedWord::When => Need::Optional,
    }
}

fn build_type(field: &FieldDefinition, texts: &BothTexts<'_>, faults: &mut Faults) -> FieldType {
    let kind = match field.type_name.as_str() {
        "text" => FieldType::Text {
            max_length: needed(field, "max_length", field.max_length, faults),
        },
        "choice" => FieldType::Choice {
            options: build_options(field, texts, faults),
        },
        "choices" => FieldType::Choices {
            options: build_options(field, texts, faults),
            exclusive: field.exclusive.clone(),
        },
        "money" => FieldType::Money {
            unit: needed(field, "unit", field.unit, faults),
        },
        "percent_or_money" => FieldType::PercentOrMoney {
            decided_by: needed(field, "decided_by", field.decided_by.clone(), faults),
            unit: needed(field, "unit", field.unit, faults),
        },
        name => plain_type(name).unwrap_or_else(|| {
            faults.form(format!("field.{}", field.id), Problem::UnknownType(name.to_owned()));
            FieldType::YesNo
        }),
    };
    refuse_unused(field, &kind, faults);
    kind
}

/// The types that need no more than their name.
fn plain_type(name: &str) -> Option<FieldType> {
    [
        FieldType::YesNo,
        FieldType::Date,
        FieldType::Percent,
        FieldType::Hours,
        FieldType::Cpr,
        FieldType::Cvr,
        FieldType::SeNumber,
        FieldType::PNumber,
        FieldType::Municipality,
        FieldType::Postcode,
        FieldType::Email,
        FieldType::Phone,
        FieldType::ReportId,
    ]
    .into_iter()
    .find(|kind| kind.name() == name)
}

/// A parameter without which the type means nothing; its absence is a fault, so what stands for it is never used.
fn needed<T: Default>(field: &FieldDefinition, name: &'static str, given: Option<T>, faults: &mut Faults) -> T {
    given.unwrap_or_else(|| {
        faults.form(format!("field.{}", field.id), Problem::ParameterMissing(name));
        T::default()
    })
}

fn build_options(field: &FieldDefinition, texts: &BothTexts<'_>, faults: &mut Faults) -> Vec<FieldOption> {
    let codes = needed(field, "options", field.options.clone(), faults);
    codes
        .into_iter()
        .map(|code| FieldOption {
            label: texts.option(&field.id, &code, faults),
            code,
        })
        .collect()
}

/// A parameter of another type is a slip: somebody believes it does something.
fn refuse_unused(field: &FieldDefinition, kind: &FieldType, faults: &mut Faults) {
    let is_list = matches!(kind, FieldType::Choice { .. } | FieldType::Choices { .. });
    let is_amount = matches!(kind, FieldType::Money { .. } | FieldType::PercentOrMoney { .. });
    let unused = [
        (
            "max_length",
            field.max_length.is_some() && !matches!(kind, FieldType::Text { .. }),
        ),
        ("options", field.options.is_some() && !is_list),
        (
            "exclusive",
            field.exclusive.is_some() && !matches!(kind, FieldType::Choices { .. }),
        ),
        (
            "decided_by",
            field.decided_by.is_some() && !matches!(kind, FieldType::PercentOrMoney { .. }),
        ),
        ("unit", field.unit.is_some() && !is_amount),
    ];
    for (name, _) in unused.into_iter().filter(|(_, is_unused)| *is_unused) {
        faults.form(format!("field.{}", field.id), Problem::ParameterUnused(name));
    }
}

fn build_rule(
    rule: &RuleDefinition,
    field: &FieldDefinition,
    kind: &FieldType,
    texts: &BothTexts<'_>,
    faults: &mut Faults,
) -> Rule {
    let kind = kind_under(kind, rule);
    let template = texts.rule(&field.id, &rule.code, faults);
    let mut fill = |language: Language| {
        let place = format!("field.{}.rule.{}", field.id, rule.code);
        fill_in(template.get(language), |name| {
            let filled = rule.check.placeholder(name, kind, language);
            if filled.is_none() {
                let file = format!("texts.{}.toml", language.as_str());
                faults.push(&file, &place, Problem::UnknownPlaceholder(name.to_owned()));
            }
            filled.unwrap_or_default()
        })
    };
    Rule {
        code: rule.code.clone(),
        level: rule.level,
        when: rule.when.clone(),
        message: Localized::new(fill(Language::Da), fill(Language::En)),
        check: rule.check.clone(),
    }
}

/// The type whose unit the limits of the rule have: of a percentage or amount, the one its `when` picks.
fn kind_under<'a>(kind: &'a FieldType, rule: &RuleDefinition) -> &'a FieldType {
    let FieldType::PercentOrMoney { decided_by, .. } = kind else {
        return kind;
    };
    let picked = rule.when.iter().flat_map(super::Condition::expected_codes);
    let is_percent = picked
        .into_iter()
        .any(|(field, code)| field == decided_by.field && code == decided_by.percent);
    if is_percent {
        &FieldType::Percent
    } else {
        &FieldType::Money {
            unit: super::MoneyUnit::Kr,
        }
    }
}

/// A text about a field of text, where `{max}` stands for the most characters.
fn with_limit(text: &Localized, field: &FieldDefinition, key: &str, faults: &mut Faults) -> Localized {
    let mut fill = |language: Language| {
        fill_in(text.get(language), |name| match (name, field.max_length) {
            ("max", Some(limit)) => limit.to_string(),
            _ => {
                let (file, place) = (
                    format!("texts.{}.toml", language.as_str()),
                    format!("field.{}.{key}", field.id),
                );
                faults.push(&file, place, Problem::UnknownPlaceholder(name.to_owned()));
                String::new()
            }
        })
    };
    Localized::new(fill(Language::Da), fill(Language::En))
}

/// Replaces each `{name}`.
fn fill_in(template: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(&value(name));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
