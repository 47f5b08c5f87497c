use std::collections::BTreeMap;

use super::{
    Problem,
    definition::{FieldTexts, KindTexts, Texts},
    load::Faults,
};
use crate::value::Localized;

/// The texts of both languages, side by side.
pub(super) struct BothTexts<'a> {
    pub da: &'a Texts,
    pub en: &'a Texts,
}

impl BothTexts<'_> {
    pub fn kind(&self, code: &str, key: &str, of: fn(&KindTexts) -> &String, faults: &mut Faults) -> Localized {
        self.pair(
            &format!("kind.{code}.{key}"),
            |texts| texts.kind.get(code).map(of),
            faults,
        )
    }

    pub fn section(&self, id: &str, faults: &mut Faults) -> Localized {
        self.pair(
            &format!("section.{id}.label"),
            |texts| texts.section.get(id).map(|section| &section.label),
            faults,
        )
    }

    pub fn field(&self, id: &str, key: &str, of: fn(&FieldTexts) -> &Option<String>, faults: &mut Faults) -> Localized {
        self.pair(
            &format!("field.{id}.{key}"),
            |texts| texts.field.get(id).and_then(|field| of(field).as_ref()),
            faults,
        )
    }

    pub fn option(&self, id: &str, code: &str, faults: &mut Faults) -> Localized {
        let place = format!("field.{id}.option.{code}");
        self.pair(
            &place,
            |texts| texts.field.get(id).and_then(|field| field.option.get(code)),
            faults,
        )
    }

    pub fn rule(&self, id: &str, code: &str, faults: &mut Faults) -> Localized {
        let place = format!("field.{id}.rule.{code}");
        self.pair(
            &place,
            |texts| texts.field.get(id).and_then(|field| field.rule.get(code)),
            faults,
        )
    }

    /// The headings of all sections that have one in both languages, those of the employer and of sending included.
    pub fn section_labels(&self) -> BTreeMap<String, Localized> {
        let both = self
            .da
            .section
            .iter()
            .filter_map(|(id, da)| Some((id, da, self.en.section.get(id)?)));
        both.map(|(id, da, en)| (id.clone(), Localized::new(&da.label, &en.label)))
            .collect()
    }

    /// One text in both languages; a missing or empty one is a fault of its file.
    fn pair(&self, place: &str, of: impl Fn(&Texts) -> Option<&String>, faults: &mut Faults) -> Localized {
        let mut text = |texts, file: &str| match of(texts).filter(|text| !text.trim().is_empty()) {
            Some(text) => text.clone(),
            None => {
                faults.push(file, place, Problem::TextMissing);
                String::new()
            }
        };
        Localized::new(text(self.da, "texts.da.toml"), text(self.en, "texts.en.toml"))
    }
}
