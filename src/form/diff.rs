//! What changed between two versions, place by place.

use serde_json::{Map, Value};

use super::Form;

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Change {
    #[error("+ {place}: {value}")]
    Added { place: String, value: String },
    #[error("- {place}: {value}")]
    Removed { place: String, value: String },
    #[error("~ {place}: {from} → {to}")]
    Changed { place: String, from: String, to: String },
}

/// What a reader of the new version has to know, sorted by place.
pub fn diff(old: &Form, new: &Form) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", &document(old), &document(new), &mut changes);
    changes
}

/// The canonical document with its lists as maps by id, so that a field keeps its place when others come before it.
fn document(form: &Form) -> Value {
    let read = serde_json::from_str(form.canonical_json());
    by_name(read.expect("the canonical JSON was written by this program"))
}

fn by_name(value: Value) -> Value {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| name_of(item).is_some()) => {
            let named = items
                .into_iter()
                .filter_map(|item| Some((name_of(&item)?.to_owned(), by_name(item))));
            Value::Object(named.collect())
        }
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, by_name(member)))
                .collect(),
        ),
        other => other,
    }
}

/// What an item of a list is known by.
fn name_of(item: &Value) -> Option<&str> {
    item.get("id").or_else(|| item.get("code")).and_then(Value::as_str)
}

fn compare(place: &str, old: &Value, new: &Value, changes: &mut Vec<Change>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => compare_members(place, old, new, changes),
        (old, new) if old == new => {}
        (old, new) => changes.push(Change::Changed {
            place: place.to_owned(),
            from: short(old),
            to: short(new),
        }),
    }
}

fn compare_members(place: &str, old: &Map<String, Value>, new: &Map<String, Value>, changes: &mut Vec<Change>) {
    let inside = |name: &str| {
        if place.is_empty() {
            name.to_owned()
        } else {
            format!("{place}.{name}")
        }
    };
    for (name, before) in old {
        match new.get(name) {
            Some(after) => compare(&inside(name), before, after, changes),
            None => changes.push(Change::Removed {
                place: inside(name),
                value: short(before),
            }),
        }
    }
    for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        changes.push(Change::Added {
            place: inside(name),
            value: short(after),
        });
    }
}

fn short(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{FormLibrary, Sources};

    #[test]
    fn a_new_version_tells_what_it_changes_and_nothing_else() {
        let library = FormLibrary::embedded().unwrap();
        let old = library.find("fleksjob-wage", "1.0").unwrap();
        let form = include_str!("../../forms/fleksjob-wage/1.0/form.toml")
            .replace("version = \"1.0\"", "version = \"1.1\"")
            .replace("max_length = 80", "max_length = 90");
        let da = include_str!("../../forms/fleksjob-wage/1.0/texts.da.toml")
            .replace("Skriv højst 80 tegn.", "Skriv højst 90 tegn.");
        let en = include_str!("../../forms/fleksjob-wage/1.0/texts.en.toml")
            .replace("Write at most 80 characters.", "Write at most {max} characters.");
        let new = Form::load(&Sources {
            folder: "fleksjob-wage/1.1",
            form: &form,
            da: &da,
            en: &en,
        })
        .unwrap();
        assert_eq!(
            new.field("position_title").unwrap().wrong.en,
            "The position can't be used. Write at most 90 characters."
        );
        let places: Vec<String> = diff(old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(
            places,
            [
                "~ definition.field.position_title.max_length: 80 → 90",
                "~ definition.version: \"1.0\" → \"1.1\"",
                "~ texts.da.field.position_title.wrong: \"Stillingsbetegnelsen kan ikke bruges. Skriv højst 80 tegn.\" → \
                 \"Stillingsbetegnelsen kan ikke bruges. Skriv højst 90 tegn.\"",
                "~ texts.en.field.position_title.wrong: \"The position can't be used. Write at most 80 characters.\" → \
                 \"The position can't be used. Write at most {max} characters.\"",
            ]
        );
        assert!(diff(old, old).is_empty());
    }
}
