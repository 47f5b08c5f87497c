//! The pages of one report, made from the form definition: what to report, its sections one by one, whom to ask, the check.

use crate::{
    form::{self as definition, Field, Form, Scope, VisibleSection},
    http::web::ui::Need,
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
        let sections = entry
            .kind()
            .map(|kind| form.visible_sections(kind, entry.answers()))
            .unwrap_or_default();
        let asked = sections
            .into_iter()
            .filter(|section| section.fields.iter().any(|field| field.id != KIND));
        let mut steps = vec![Self::Kind];
        steps.extend(asked.map(|section| Self::Section(section.section.id.clone())));
        steps.extend([Self::Employer, Self::Review]);
        steps
    }

    /// The step of this name; the first one where there is none (any more).
    pub fn named(all: &[Self], code: &str) -> Self {
        all.iter()
            .find(|step| step.code() == code)
            .cloned()
            .unwrap_or(Self::Kind)
    }

    pub fn after(&self, all: &[Self]) -> Self {
        let next = all.iter().skip_while(|step| *step != self).nth(1);
        next.cloned().unwrap_or(Self::Review)
    }

    pub fn before(&self, all: &[Self]) -> Self {
        let earlier = all.iter().take_while(|step| *step != self).last();
        earlier.cloned().unwrap_or(Self::Kind)
    }

    /// The fields on this page. The kind of report stands in each kind's definition, but has a page of its own.
    pub fn fields<'f>(&self, form: &'f Form, entry: &Entry) -> Vec<&'f Field> {
        match self {
            Self::Kind => form.field(KIND).into_iter().collect(),
            Self::Employer => form
                .fields_of(Scope::Employer)
                .filter(|field| field.id != CVR)
                .collect(),
            Self::Review => form.fields_of(Scope::Submission).collect(),
            Self::Section(_) => self
                .section(form, entry)
                .map(|section| section.fields.into_iter().filter(|field| field.id != KIND).collect())
                .unwrap_or_default(),
        }
    }

    /// Those of them that are asked: what is computed is shown later, with how.
    pub fn asked<'f>(&self, form: &'f Form, entry: &Entry) -> Vec<(&'f Field, Need)> {
        let section = self.section(form, entry);
        let (needed, computed) = section
            .map(|section| (section.needed, section.computed))
            .unwrap_or_default();
        let has = |list: &[&Field], field: &Field| list.iter().any(|other| other.id == field.id);
        let need = |field: &Field| match field.required {
            definition::Need::Always => Need::Required,
            definition::Need::When(_) if has(&needed, field) => Need::Required,
            // Whether there is a phone number decides whether a mail address must be there: only the check can tell.
            definition::Need::When(_) if field.scope == Scope::Employer => Need::Depends,
            _ => Need::Optional,
        };
        let fields = self
            .fields(form, entry)
            .into_iter()
            .filter(|field| !has(&computed, field));
        fields.map(|field| (field, need(field))).collect()
    }

    fn section<'f>(&self, form: &'f Form, entry: &Entry) -> Option<VisibleSection<'f>> {
        let sections = form.visible_sections(entry.kind()?, entry.answers());
        sections.into_iter().find(|section| section.section.id == self.code())
    }

    pub fn title(&self, form: &Form, language: Language) -> String {
        let label = |id: &str| {
            form.section_label(id)
                .map(|label| label.get(language).to_owned())
                .unwrap_or_default()
        };
        match self {
            Self::Kind => form
                .field(KIND)
                .map(|field| field.label.get(language).to_owned())
                .unwrap_or_default(),
            Self::Section(id) => label(id),
            Self::Employer => label("employer"),
            Self::Review => match language {
                Language::Da => "Tjek dine svar".to_owned(),
                Language::En => "Check your answers".to_owned(),
            },
        }
    }
}
