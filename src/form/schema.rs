//! The form as JSON Schema (2020-12), for those who send.

use serde_json::{Map, Value, json};

use super::{Check, Condition, Field, FieldType, Form, Kind, Need, Scope};
use crate::{
    fields,
    finding::Level,
    record::{HINT_ANSWERS, HintReply, MAX_EXPLANATION, MAX_REPORTS, ReportKind},
    reference,
    value::MunicipalityCode,
};

impl Form {
    /// The JSON Schema (2020-12) of a submission.
    ///
    /// What it accepts is the plain way to write a submission: which fields, of which shape, under which conditions. The service accepts
    /// more ways to write a date or a number, and checks more, such as limits and what is plausible.
    pub fn json_schema(&self) -> Value {
        let reference = self.reference();
        let employer = self.fields_of(Scope::Employer);
        let mut properties: Map<String, Value> = self.properties(Scope::Submission);
        properties.insert("form".to_owned(), json!({ "const": reference.id }));
        properties.insert("form_version".to_owned(), json!({ "const": reference.version }));
        properties.insert(
            "employer".to_owned(),
            json!({
                "type": "object",
                "properties": self.properties(Scope::Employer),
                "required": always_needed(self.fields_of(Scope::Employer)),
                "allOf": employer.filter_map(|field| self.needed_when(field)).collect::<Vec<_>>(),
                "additionalProperties": false,
            }),
        );
        properties.insert(
            "reports".to_owned(),
            json!({ "type": "array", "minItems": 1, "maxItems": MAX_REPORTS, "items": self.report_schema() }),
        );
        let mut required = vec!["employer", "reports"];
        required.extend(always_needed(self.fields_of(Scope::Submission)));
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:fleksport:form:{}:{}:{}", reference.id, reference.version, reference.hash),
            "title": self.title().da,
            "description": self.intro().da,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    fn properties(&self, scope: Scope) -> Map<String, Value> {
        self.fields_of(scope)
            .map(|field| (field.key.clone(), property(field)))
            .collect()
    }

    fn report_schema(&self) -> Value {
        let in_all = |field: &&Field| {
            self.kinds()
                .iter()
                .all(|kind| kind.field_ids().any(|id| id == field.id))
        };
        let mut branches: Vec<Value> = self.kinds().iter().map(|kind| self.kind_branch(kind)).collect();
        for field in self.fields_of(Scope::Report) {
            branches.extend(self.hidden_unless(field));
            branches.extend(self.needed_when(field));
        }
        let mut properties = self.properties(Scope::Report);
        properties.insert(HINT_ANSWERS.to_owned(), hint_answers());
        json!({
            "type": "object",
            "properties": properties,
            "required": always_needed(self.fields_of(Scope::Report).filter(in_all)),
            "allOf": branches,
            "additionalProperties": false,
        })
    }

    /// Which names a report of a kind may have.
    fn kind_branch(&self, kind: &Kind) -> Value {
        let mut ids: Vec<&str> = kind.field_ids().collect();
        if kind.content.is_some() {
            ids.extend(self.kinds().iter().flat_map(Kind::field_ids));
        }
        ids.sort_unstable();
        ids.dedup();
        let keys: Vec<&str> = ids
            .into_iter()
            .filter_map(|id| self.field(id))
            .map(|field| field.key.as_str())
            .chain([HINT_ANSWERS])
            .collect();
        json!({ "if": is_kind(kind.code), "then": { "propertyNames": { "enum": keys } } })
    }

    /// Where the field's condition does not hold, it is not there.
    fn hidden_unless(&self, field: &Field) -> Option<Value> {
        let shown = self.condition_schema(field.condition.as_ref()?)?;
        let mut hidden = Map::new();
        hidden.insert(field.key.clone(), json!(false));
        Some(json!({ "if": shown, "else": { "properties": hidden } }))
    }

    /// Where the field is needed, it is there.
    fn needed_when(&self, field: &Field) -> Option<Value> {
        let mut guards = Vec::new();
        if let Some(condition) = &field.condition {
            guards.push(self.condition_schema(condition)?);
        }
        match &field.required {
            Need::Always if field.default.is_none() => {}
            Need::When(condition) => guards.push(self.condition_schema(condition)?),
            Need::Always | Need::SenderKnows | Need::Optional => return None,
        }
        if field.scope == Scope::Report {
            guards.push(self.belongs(field));
        } else if guards.is_empty() {
            return None;
        }
        Some(json!({ "if": { "allOf": guards }, "then": { "required": [field.key] } }))
    }

    /// The reports that the field belongs to: of a kind that has it, or correcting one that has it.
    fn belongs(&self, field: &Field) -> Value {
        let has = |kind: &&Kind| kind.field_ids().any(|id| id == field.id);
        let mut reports: Vec<Value> = self.kinds().iter().filter(has).map(|kind| is_kind(kind.code)).collect();
        for kind in self.kinds().iter().filter(|kind| kind.content.is_some() && !has(kind)) {
            let Some(content) = &kind.content else { continue };
            let codes: Vec<String> = self
                .kinds()
                .iter()
                .filter(has)
                .map(|content| content.code.as_str().to_owned())
                .collect();
            let named = Condition::OneOf {
                field: content.field.clone(),
                codes,
            };
            let parts = [
                Some(is_kind(kind.code)),
                self.condition_schema(&content.when),
                self.condition_schema(&named),
            ];
            reports.push(json!({ "allOf": parts.into_iter().flatten().collect::<Vec<_>>() }));
        }
        json!({ "anyOf": reports })
    }

    /// A condition as a schema; nothing where a schema can't ask it.
    fn condition_schema(&self, condition: &Condition) -> Option<Value> {
        let all = |parts: &[Condition]| {
            parts
                .iter()
                .map(|part| self.condition_schema(part))
                .collect::<Option<Vec<_>>>()
        };
        Some(match condition {
            Condition::All(parts) => json!({ "allOf": all(parts)? }),
            Condition::Any(parts) => json!({ "anyOf": all(parts)? }),
            Condition::Not(part) => json!({ "not": self.condition_schema(part)? }),
            Condition::Answered { field } => json!({ "required": [self.field(field)?.key] }),
            Condition::ReplacementNumber { field } => self.member(field, json!({ "pattern": "^[6-9]" }))?,
            Condition::Above { field, hundredths: 0 } => self.member(field, json!({ "pattern": "^[^-]*[1-9]" }))?,
            Condition::Above { .. } => return None,
            Condition::OneOf { field, codes } => {
                let values = match &self.field(field)?.kind {
                    FieldType::YesNo => json!({ "enum": codes.iter().map(|code| code == "yes").collect::<Vec<_>>() }),
                    FieldType::Choices { .. } => json!({ "contains": { "enum": codes } }),
                    _ => json!({ "enum": codes }),
                };
                self.member(field, values)?
            }
        })
    }

    /// There is an answer to the field, and it is like this.
    fn member(&self, field: &str, like: Value) -> Option<Value> {
        let key = &self.field(field)?.key;
        let mut properties = Map::new();
        properties.insert(key.clone(), like);
        Some(json!({ "properties": properties, "required": [key] }))
    }
}

/// Beside the fields of the form, the same for every version.
fn hint_answers() -> Value {
    json!({
        "type": "array",
        "title": "Svar på bemærkninger",
        "x-title-en": "Answers to warnings and hints",
        "description": "Et svar på en bemærkning, som indberetningen har fået ved kontrol eller får ved afsendelse. Et hint, der ikke er \
                        besvaret, standser intet. pointer regnes fra indberetningen og kan udelades.",
        "x-description-en": "An answer to a warning or hint that the report was given when checked, or is given when sent. One that is \
                             not answered stops nothing. pointer is from the report itself and may be left out.",
        "items": {
            "type": "object",
            "properties": {
                "pointer": { "type": "string" },
                "code": { "type": "string" },
                "answer": { "enum": HintReply::ALL.map(HintReply::as_str) },
                "text": { "type": "string", "minLength": 1, "maxLength": MAX_EXPLANATION },
            },
            "required": ["code", "answer"],
            "if": { "properties": { "answer": { "const": HintReply::Explained.as_str() } } },
            "then": { "required": ["text"] },
            "additionalProperties": false,
        },
    })
}

fn is_kind(kind: ReportKind) -> Value {
    let name = fields::REPORT_KIND.id();
    json!({ "properties": { name: { "const": kind.as_str() } }, "required": [name] })
}

/// The names of fields that are needed whatever else is answered.
fn always_needed<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<&'f str> {
    let needed =
        |field: &&Field| field.required == Need::Always && field.condition.is_none() && field.default.is_none();
    fields.filter(needed).map(|field| field.key.as_str()).collect()
}

/// One field: its type with its words.
fn property(field: &Field) -> Value {
    let mut schema = type_schema(field);
    if let Some(members) = schema.as_object_mut() {
        members.insert("title".to_owned(), json!(field.label.da));
        members.insert(
            "description".to_owned(),
            json!(format!("{} {}", field.help.da, field.reason.da)),
        );
        members.insert("x-title-en".to_owned(), json!(field.label.en));
        members.insert(
            "x-description-en".to_owned(),
            json!(format!("{} {}", field.help.en, field.reason.en)),
        );
        if let Some(default) = &field.default {
            members.insert("default".to_owned(), json!(default));
        }
    }
    schema
}

fn type_schema(field: &Field) -> Value {
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match &field.kind {
        FieldType::Text { max_length } => json!({ "type": "string", "minLength": 1, "maxLength": max_length }),
        FieldType::Choice { .. } => json!({ "type": "string", "enum": field.kind.codes() }),
        FieldType::Choices { .. } => {
            json!({ "type": "array", "items": { "enum": field.kind.codes() }, "uniqueItems": true })
        }
        FieldType::YesNo if must_be_yes(field) => json!({ "const": true }),
        FieldType::YesNo => json!({ "type": "boolean" }),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::Money { .. } | FieldType::PercentOrMoney { .. } => pattern(r"^-?[0-9]{1,9}(\.[0-9]{1,2})?$"),
        FieldType::Percent | FieldType::Hours => pattern(r"^[0-9]{1,3}(\.[0-9]{1,2})?$"),
        FieldType::Cpr => pattern("^[0-9]{6}-?[0-9]{4}$"),
        FieldType::Cvr | FieldType::SeNumber => pattern("^[0-9]{8}$"),
        FieldType::PNumber => pattern("^[0-9]{10}$"),
        FieldType::Postcode => pattern("^[0-9]{4}$"),
        FieldType::Municipality => json!({ "type": "string", "enum": municipality_codes() }),
        FieldType::Email => json!({ "type": "string", "format": "email", "maxLength": 254 }),
        FieldType::Phone => pattern(r"^(\+[0-9]{5,15}|[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2})$"),
        FieldType::ReportId => json!({ "type": "string", "format": "uuid" }),
    }
}

/// Whether an error rule refuses a no.
fn must_be_yes(field: &Field) -> bool {
    let refuses_no = |check: &Check| matches!(check, Check::Is { answer } if answer == "no");
    field
        .rules
        .iter()
        .any(|rule| rule.level == Level::Error && rule.when.is_none() && refuses_no(&rule.check))
}

/// The 98, and Christiansø, which is known and waits for a person.
fn municipality_codes() -> Vec<&'static str> {
    let codes = reference::municipalities()
        .iter()
        .map(|municipality| MunicipalityCode::as_str(&municipality.code));
    codes.chain(["0411"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    #[test]
    fn the_schema_names_every_field_and_requires_what_is_always_needed() {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        let schema = form.json_schema();
        let report = &schema["properties"]["reports"]["items"];
        for field in form.fields_of(Scope::Report) {
            assert_eq!(
                report["properties"][&field.key]["title"], field.label.da,
                "{}",
                field.id
            );
        }
        assert_eq!(
            report["required"],
            json!(["report_kind", "employee_cpr", "employee_name"])
        );
        assert_eq!(schema["properties"]["declaration_accepted"]["const"], true);
        assert_eq!(
            schema["properties"]["employer"]["required"],
            json!(["cvr", "contact_name"])
        );
        assert!(schema["properties"]["employer"]["allOf"][0]["then"]["required"] == json!(["contact_email"]));
    }
}
