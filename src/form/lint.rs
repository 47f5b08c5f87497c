//! What must hold in a definition beyond its shape.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::{
    Condition, Field, FieldType, Form, Need, Problem, Reading, Scope, definition::Texts, load::Faults, sound, wording,
};
use crate::{
    fields::{Anchor, Needed, Place, ReportKind, anchors},
    value::NumberFormat,
};

/// Phrases that tell a person nothing. In lower case.
const BANNED_PHRASES: [&str; 6] = [
    "feltet er påkrævet",
    "skal udfyldes korrekt",
    "der opstod en fejl",
    "this field is required",
    "an error occurred",
    "ugyldig værdi",
];

/// Checks a form that was put together, and its texts.
pub(super) fn check(form: &Form, da: &Texts, en: &Texts, faults: &mut Faults) {
    let folder = format!("{}/{}", form.reference.id, form.reference.version);
    if folder != faults.folder() {
        faults.form("version", Problem::VersionElsewhere);
    }
    check_ids(form, faults);
    check_kinds(form, faults);
    for field in &form.fields {
        check_field(form, field, faults);
    }
    for anchor in anchors() {
        check_anchor(form, &anchor, faults);
    }
    sound::check(form, faults);
    for (file, texts) in [("texts.da.toml", da), ("texts.en.toml", en)] {
        check_texts(form, file, texts, faults);
    }
}

fn check_ids(form: &Form, faults: &mut Faults) {
    let report_once = |what: &str, names: Vec<String>, faults: &mut Faults| {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.clone()) {
                faults.form(what, Problem::Repeated(name));
            }
        }
    };
    let fields = &form.fields;
    report_once("field", fields.iter().map(|field| field.id.clone()).collect(), faults);
    report_once(
        "field.key",
        fields.iter().map(|field| field.pointer(0)).collect(),
        faults,
    );
    // Files may have labels as headings, so a label names one field.
    report_once(
        "field.label",
        fields.iter().map(|field| field.label.da.to_lowercase()).collect(),
        faults,
    );
    report_once(
        "field.label",
        fields.iter().map(|field| field.label.en.to_lowercase()).collect(),
        faults,
    );
    report_once(
        "rule",
        fields
            .iter()
            .flat_map(|field| &field.rules)
            .map(|rule| rule.code.clone())
            .collect(),
        faults,
    );
    report_once(
        "kind",
        form.kinds.iter().map(|kind| kind.code.as_str().to_owned()).collect(),
        faults,
    );
    for kind in &form.kinds {
        report_once(
            &format!("kind.{}", kind.code.as_str()),
            kind.field_ids().map(str::to_owned).collect(),
            faults,
        );
    }
    for field in fields {
        let place = format!("field.{}.options", field.id);
        let options = field.kind.options();
        report_once(
            &place,
            options.iter().map(|option| option.code.clone()).collect(),
            faults,
        );
        report_once(
            &place,
            options.iter().map(|option| option.label.da.to_lowercase()).collect(),
            faults,
        );
        check_separators(field, &place, faults);
    }
}

/// Where several labels stand in one cell of a file, these stand between them.
fn check_separators(field: &Field, place: &str, faults: &mut Faults) {
    let is_split = |label: &str| label.contains(['|', ',', ';', '\n']);
    let is_list = matches!(field.kind, FieldType::Choices { .. });
    for option in field
        .kind
        .options()
        .iter()
        .filter(|option| is_list && (is_split(&option.label.da) || is_split(&option.label.en)))
    {
        faults.form(place, Problem::SeparatorInLabel(option.code.clone()));
    }
}

fn check_kinds(form: &Form, faults: &mut Faults) {
    for code in ReportKind::ALL {
        if form.kind(*code).is_none() {
            faults.form("kind", Problem::KindMissing(code.as_str()));
        }
    }
    for kind in &form.kinds {
        let place = format!("kind.{}", kind.code.as_str());
        let content = kind.content.as_ref();
        let named = kind
            .field_ids()
            .chain(kind.same_report.fields.iter().map(String::as_str));
        for id in named.chain(content.map(|content| content.field.as_str())) {
            if form.field(id).is_none_or(|field| field.scope != Scope::Report) {
                faults.form(&place, Problem::UnknownField(id.to_owned()));
            }
        }
        for anchor in anchors() {
            if anchor.kinds.contains(&kind.code) && !kind.field_ids().any(|id| id == anchor.id) {
                faults.form(&place, Problem::KindLacksField(anchor.id));
            }
        }
        if (kind.code == ReportKind::Correction) != content.is_some() {
            faults.form(&place, Problem::ContentKind);
        }
        if let Some(content) = content {
            check_condition(form, Scope::Report, &content.when, &place, faults);
            for code in form.field(&content.field).iter().flat_map(|field| field.kind.codes()) {
                if ReportKind::from_code(code).is_none() {
                    faults.form(&place, Problem::UnknownKind(code.to_owned()));
                }
            }
        }
    }
}

fn check_field(form: &Form, field: &Field, faults: &mut Faults) {
    let place = format!("field.{}", field.id);
    if field.scope == Scope::Report && !form.kinds.iter().any(|kind| kind.field_ids().any(|id| id == field.id)) {
        faults.form(&place, Problem::NeverShown);
    }
    for condition in field.conditions() {
        check_condition(form, field.scope, condition, &place, faults);
    }
    let mut expected = Vec::new();
    if let FieldType::PercentOrMoney { decided_by, .. } = &field.kind {
        expected = vec![
            (decided_by.field.as_str(), decided_by.percent.as_str()),
            (&decided_by.field, &decided_by.money),
        ];
    }
    check_codes(form, field.scope, expected, &place, faults);
    if let FieldType::Choices {
        exclusive: Some(code), ..
    } = &field.kind
    {
        check_codes(form, field.scope, vec![(&field.id, code)], &place, faults);
    }
    check_default(field, &place, faults);
    for rule in &field.rules {
        let place = format!("{place}.rule.{}", rule.code);
        if !rule.check.suits(&field.kind) {
            faults.form(&place, Problem::CheckUnfit(field.kind.name()));
        }
        for other in rule.check.fields() {
            check_reference(form, field.scope, other, &place, faults);
        }
        check_rule_code(&rule.code, &place, faults);
    }
}

fn check_rule_code(code: &str, place: &str, faults: &mut Faults) {
    if !code
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        faults.form(place, Problem::CodeShape);
    }
}

fn check_condition(form: &Form, scope: Scope, condition: &Condition, place: &str, faults: &mut Faults) {
    for field in condition.fields() {
        check_reference(form, scope, field, place, faults);
    }
    check_codes(form, scope, condition.expected_codes(), place, faults);
}

/// A field can look at answers of its own place only.
fn check_reference(form: &Form, scope: Scope, id: &str, place: &str, faults: &mut Faults) {
    if form.field(id).is_none_or(|field| field.scope != scope) {
        faults.form(place, Problem::UnknownField(id.to_owned()));
    }
}

fn check_codes(form: &Form, scope: Scope, expected: Vec<(&str, &str)>, place: &str, faults: &mut Faults) {
    for (id, code) in expected {
        match form.field(id).filter(|field| field.scope == scope) {
            None => faults.form(place, Problem::UnknownField(id.to_owned())),
            Some(field) if !field.kind.codes().contains(&code) => {
                faults.form(
                    place,
                    Problem::UnknownCode {
                        field: id.to_owned(),
                        code: code.to_owned(),
                    },
                );
            }
            Some(_) => {}
        }
    }
}

fn check_default(field: &Field, place: &str, faults: &mut Faults) {
    let Some(default) = &field.default else { return };
    let reading = Reading {
        format: NumberFormat::Machine,
        today: Date::MAX,
        is_percent: false,
    };
    if field.read(&Value::from(default.as_str()), reading).is_err() {
        faults.form(place, Problem::DefaultUnreadable);
    }
}

/// Holds a field to what the service relies on.
fn check_anchor(form: &Form, anchor: &Anchor, faults: &mut Faults) {
    let place = format!("field.{}", anchor.id);
    let scope = match anchor.place {
        Place::Employer => Scope::Employer,
        Place::Submission => Scope::Submission,
        Place::Report => Scope::Report,
    };
    let is_needed = |field: &Field| match anchor.needed {
        Needed::Always => field.required == Need::Always && field.condition.is_none(),
        Needed::AsTheFormSays => true,
    };
    let field = form.field(anchor.id);
    let fits = |field: &&Field| field.kind.name() == anchor.kind && field.scope == scope && is_needed(field);
    let Some(field) = field.filter(fits) else {
        let need = match anchor.needed {
            Needed::Always => "always",
            Needed::AsTheFormSays => "any",
        };
        faults.form(place, Problem::Anchor(anchor.kind, need));
        return;
    };
    let codes: BTreeSet<&str> = field.kind.codes().into_iter().collect();
    if let Some(known) = &anchor.codes
        && codes != known.iter().copied().collect()
    {
        faults.form(format!("{place}.options"), Problem::Codes(known.join(", ")));
    }
}

/// Texts that nothing uses, and phrases that help nobody.
fn check_texts(form: &Form, file: &str, texts: &Texts, faults: &mut Faults) {
    let mut unused = |place: String| faults.push(file, place, Problem::TextUnused);
    for code in texts
        .kind
        .keys()
        .filter(|code| ReportKind::from_code(code).is_none_or(|code| form.kind(code).is_none()))
    {
        unused(format!("kind.{code}"));
    }
    let is_section = |id: &str| {
        form.kinds
            .iter()
            .flat_map(|kind| &kind.sections)
            .any(|section| section.id == id)
    };
    for id in texts
        .section
        .keys()
        .filter(|id| !is_section(id) && !matches!(id.as_str(), "employer" | "submission"))
    {
        unused(format!("section.{id}"));
    }
    for (id, field) in &texts.field {
        let Some(known) = form.field(id) else {
            unused(format!("field.{id}"));
            continue;
        };
        if field.condition.is_some() && known.condition_text.is_none() {
            unused(format!("field.{id}.condition"));
        }
        for code in field.option.keys().filter(|code| known.option(code).is_none()) {
            unused(format!("field.{id}.option.{code}"));
        }
        for code in field
            .rule
            .keys()
            .filter(|code| !known.rules.iter().any(|rule| rule.code == **code))
        {
            unused(format!("field.{id}.rule.{code}"));
        }
    }
    for (place, text) in all_texts(texts) {
        check_phrases(file, &place, text, faults);
        wording::check_language(file, &place, text, faults);
    }
    wording::check_limits(form, file, texts, faults);
}

fn check_phrases(file: &str, place: &str, text: &str, faults: &mut Faults) {
    let lower = text.to_lowercase();
    for phrase in BANNED_PHRASES.into_iter().filter(|phrase| lower.contains(phrase)) {
        faults.push(file, place, Problem::BannedPhrase(phrase));
    }
}

/// Every text with its place.
pub(super) fn all_texts(texts: &Texts) -> Vec<(String, &str)> {
    let mut all = vec![
        ("title".to_owned(), texts.title.as_str()),
        ("intro".to_owned(), &texts.intro),
    ];
    for (code, kind) in &texts.kind {
        all.push((format!("kind.{code}.label"), &kind.label));
        all.push((format!("kind.{code}.intro"), &kind.intro));
        all.push((format!("kind.{code}.same_report"), &kind.same_report));
    }
    all.extend(
        texts
            .section
            .iter()
            .map(|(id, section)| (format!("section.{id}.label"), section.label.as_str())),
    );
    for (id, field) in &texts.field {
        let plain = [
            ("label", &field.label),
            ("help", &field.help),
            ("missing", &field.missing),
            ("wrong", &field.wrong),
            ("reason", &field.reason),
            ("condition", &field.condition),
        ];
        let plain = plain
            .into_iter()
            .filter_map(|(key, text)| Some((format!("field.{id}.{key}"), text.as_deref()?)));
        all.extend(plain);
        all.extend(
            field
                .option
                .iter()
                .map(|(code, text)| (format!("field.{id}.option.{code}"), text.as_str())),
        );
        all.extend(
            field
                .rule
                .iter()
                .map(|(code, text)| (format!("field.{id}.rule.{code}"), text.as_str())),
        );
    }
    all
}

/// An order in which every field comes after those that decide about it.
pub(super) fn reading_order(fields: &[Field], by_id: &BTreeMap<String, usize>, faults: &mut Faults) -> Vec<usize> {
    let mut walk = Walk {
        fields,
        by_id,
        order: Vec::new(),
        path: Vec::new(),
    };
    for index in 0..fields.len() {
        if let Err(circle) = walk.visit(index) {
            faults.form("field", Problem::Circle(circle));
            break;
        }
    }
    walk.order
}

struct Walk<'a> {
    fields: &'a [Field],
    by_id: &'a BTreeMap<String, usize>,
    order: Vec<usize>,
    path: Vec<usize>,
}

impl Walk<'_> {
    /// Puts the field behind all that it depends on; tells a circle by the names on the way.
    fn visit(&mut self, index: usize) -> Result<(), String> {
        if self.order.contains(&index) {
            return Ok(());
        }
        if self.path.contains(&index) {
            let names: Vec<&str> = self.path.iter().map(|step| self.fields[*step].id.as_str()).collect();
            return Err(names.join(" → "));
        }
        self.path.push(index);
        let fields = self.fields;
        for id in fields[index].reads_after() {
            // A name that is no field's is told elsewhere.
            if let Some(before) = self.by_id.get(id) {
                self.visit(*before)?;
            }
        }
        self.path.pop();
        self.order.push(index);
        Ok(())
    }
}
