//! The pages of one report, made from the form definition: what to report, its sections one by one, whom to ask, the check.

use crate::{
    form::{Field, Form, Scope},
    value::Language,
};

use super::entry::{CVR, Entry};

/// One page of the flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Which of the five kinds.
    Kind,
    /// A section of the kind, by its id.
    Section(String),
    /// Who to ask.
    Employer,
    /// *Tjek dine svar*.
    Review,
}

const KIND: &str = "report_kind";

impl Step {
    pub fn is_kind(&self) -> bool {
        *self == Self::Kind
    }

    /// The name of the step in the form that is sent.
    pub fn code(&self) -> &str {
        match self {
            Self::Kind => "kind",
            Self::Section(id) => id,
            Self::Employer => "employer",
            Self::Review => "review",
        }
    }

    /// All steps of this report, as far as the answers tell.
    pub fn all(form: &Form, entry: &Entry) -> Vec<Self> {
        let sections = entry.kind().map(|kind| form.visible_sections(kind, entry.answers())).unwrap_or_default();
        let asked = sections.into_iter().filter(|section| section.fields.iter().any(|field| field.id != KIND));
        let mut steps = vec![Self::Kind];
        steps.extend(asked.map(|section| Self::Section(section.section.id.clone())));
        steps.extend([Self::Employer, Self::Review]);
        steps
    }

    /// The step of this name; the first one where there is none (any more).
    pub fn named(all: &[Self], code: &str) -> Self {
        all.iter().find(|step| step.code() == code).cloned().unwrap_or(Self::Kind)
    }

    pub fn after(&self, all: &[Self]) -> Self {
        let next = all.iter().skip_while(|step| *step != self).nth(1);
        next.cloned().unwrap_or(Self::Review)
    }

    pub fn before(&self, all: &[Self]) -> Self {
        let earlier = all.iter().take_while(|step| *step != self).last();
        earlier.cloned().unwrap_or(Self::Kind)
    }

    /// The questions on this page.
    pub fn fields<'f>(&self, form: &'f Form, entry: &Entry) -> Vec<&'f Field> {
        match self {
            Self::Kind => form.field(KIND).into_iter().collect(),
            Self::Employer => form.fields_of(Scope::Employer).filter(|field| field.id != CVR).collect(),
            Self::Review => form.fields_of(Scope::Submission).collect(),
            Self::Section(id) => {
                let sections = entry.kind().map(|kind| form.visible_sections(kind, entry.answers())).unwrap_or_default();
                let here = sections.into_iter().filter(|section| section.section.id == *id);
                here.flat_map(|section| section.fields).filter(|field| field.id != KIND).collect()
            }
        }
    }

    pub fn title(&self, form: &Form, language: Language) -> String {
        let label = |id: &str| form.section_label(id).map(|label| label.get(language).to_owned()).unwrap_or_default();
        match self {
            Self::Kind => form.field(KIND).map(|field| field.label.get(language).to_owned()).unwrap_or_default(),
            Self::Section(id) => label(id),
            Self::Employer => label("employer"),
            Self::Review => match language {
                Language::Da => "Tjek dine svar".to_owned(),
                Language::En => "Check your answers".to_owned(),
            },
        }
    }
}
