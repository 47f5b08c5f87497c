//! The pages of one report, made from the form definition: what to report, its sections one by one, whom to ask, the check.

use crate::{
    fields,
    form::{self as definition, Field, Form, Kind, Scope, VisibleSection},
    http::web::ui::Need,
    record::ReportKind,
    value::Language,
};

use super::entry::{CVR, Entry};

/// One page of the flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Which of the five kinds.
    Kind,
    /// A section of a kind: that of another kind may ask other things under the same id.
    Section(ReportKind, String),
    /// Who to ask.
    Employer,
    /// *Tjek dine svar*.
    Review,
}

const KIND: &str = fields::REPORT_KIND.id();

impl Step {
    /// The name of the step in addresses and forms.
    pub fn code(&self) -> String {
        match self {
            Self::Kind => "kind".to_owned(),
            Self::Section(kind, id) => format!("{}.{id}", kind.as_str()),
            Self::Employer => "employer".to_owned(),
            Self::Review => "review".to_owned(),
        }
    }

    /// The step of this name, in whatever report.
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "kind" => Some(Self::Kind),
            "employer" => Some(Self::Employer),
            "review" => Some(Self::Review),
            _ => {
                let (kind, id) = code.split_once('.')?;
                Some(Self::Section(ReportKind::from_code(kind)?, id.to_owned()))
            }
        }
    }

    /// All steps of this report, as far as the answers tell. What decides which other sections there are is asked first.
    pub fn all(form: &Form, entry: &Entry) -> Vec<Self> {
        let mut steps = vec![Self::Kind];
        if let Some(kind) = entry.kind().and_then(|code| form.kind(code)) {
            let sections = form.visible_sections(kind.code, entry.answers());
            let asked = |section: &VisibleSection<'_>| section.fields.iter().any(|field| field.id != KIND);
            let mut sections: Vec<_> = sections.into_iter().filter(asked).collect();
            sections.sort_by_key(|section| !decides(kind, section));
            let of_kind = |section: VisibleSection<'_>| Self::Section(kind.code, section.section.id.clone());
            steps.extend(sections.into_iter().map(of_kind));
        }
        steps.extend([Self::Employer, Self::Review]);
        steps
    }

    /// The step of this name, if this report has it.
    pub fn named(all: &[Self], code: &str) -> Option<Self> {
        all.iter().find(|step| step.code() == code).cloned()
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
            Self::Section(..) => self
                .section(form, entry)
                .map(|section| section.fields.into_iter().filter(|field| field.id != KIND).collect())
                .unwrap_or_default(),
        }
    }

    /// Those of them that are asked: what is computed is shown later, with how.
    pub fn asked<'f>(&self, form: &'f Form, entry: &Entry) -> Vec<(&'f Field, Need)> {
        let section = self.section(form, entry);
        let has = |list: &[&Field], field: &Field| list.iter().any(|other| other.id == field.id);
        let need = |field: &Field| need(form, field, section.as_ref());
        let fields = self.fields(form, entry).into_iter();
        let asked = fields.filter(|field| section.as_ref().is_none_or(|section| !has(&section.computed, field)));
        asked.map(|field| (field, need(field))).collect()
    }

    /// Those that are not answered and must be, as far as anybody can tell before what is wrong on the page is put right.
    pub fn likely_missing<'f>(&self, form: &'f Form, entry: &Entry) -> Vec<&'f Field> {
        let mut likely = self
            .section(form, entry)
            .map(|section| section.likely)
            .unwrap_or_default();
        likely.retain(|field| entry.get(&field.id).is_empty());
        likely
    }

    fn section<'f>(&self, form: &'f Form, entry: &Entry) -> Option<VisibleSection<'f>> {
        let Self::Section(kind, id) = self else { return None };
        let sections = form.visible_sections(*kind, entry.answers());
        sections.into_iter().find(|section| section.section.id == *id)
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
            Self::Section(_, id) => label(id),
            Self::Employer => label("employer"),
            Self::Review => match language {
                Language::Da => "Tjek dine svar".to_owned(),
                Language::En => "Check your answers".to_owned(),
            },
        }
    }
}

/// Whether which other kind's fields the report also answers hangs on this section.
fn decides(kind: &Kind, section: &VisibleSection<'_>) -> bool {
    let content = kind.content.as_ref();
    content.is_some_and(|content| {
        section
            .fields
            .iter()
            .any(|field| content.when.fields().contains(&&*field.id))
    })
}

/// Whether an answer must be there. Nothing is called voluntary that another answer may still demand.
fn need(form: &Form, field: &Field, section: Option<&VisibleSection<'_>>) -> Need {
    let has = |list: &[&Field]| list.iter().any(|other| other.id == field.id);
    // On a page nothing but this answer tells which kind is replaced.
    let names_content = form.kinds().iter().filter_map(|kind| kind.content.as_ref());
    if names_content.into_iter().any(|content| content.field == field.id) {
        return Need::Required;
    }
    match &field.required {
        definition::Need::Always => Need::Required,
        definition::Need::When(_) if section.is_some_and(|section| has(&section.needed)) => Need::Required,
        definition::Need::When(_) if section.is_none_or(|section| has(&section.open)) => Need::Depends,
        definition::Need::SenderKnows => Need::IfApplies,
        definition::Need::When(_) | definition::Need::Optional => Need::Optional,
    }
}
