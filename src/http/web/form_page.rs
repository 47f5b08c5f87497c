//! The form explained from its definition: every question, why it is asked, and which paragraph asks for it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};

use super::{Frame, Page, ui::Fact};
use crate::{
    app::App,
    fields::FORM,
    finding::Level,
    form::{Field, FieldType, Form, Kind, Need, Scope},
    http::{Problem, ProblemType},
    value::{Language, date_to_text},
};

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    frame: Frame,
    title: String,
    intro: String,
    facts: Vec<Fact>,
    kinds: Vec<KindView>,
    questions: Vec<SectionView>,
    versions: Vec<Version>,
}

/// One of the kinds and what it asks, by section.
struct KindView {
    label: String,
    intro: String,
    sections: Vec<(String, Vec<Link>)>,
}

/// A question, by its id and label.
struct Link {
    id: String,
    label: String,
}

/// Questions explained, each at the first place where it is asked.
struct SectionView {
    label: String,
    fields: Vec<FieldView>,
}

struct FieldView {
    id: String,
    label: String,
    help: String,
    /// When it is asked, in a sentence; empty: always.
    when: String,
    reason: String,
    paragraph: String,
    answer: &'static str,
    options: Vec<String>,
    rules: Vec<RuleView>,
}

struct RuleView {
    level: &'static str,
    message: String,
}

struct Version {
    version: String,
    shown: bool,
}

/// `GET /blanket`: the version in force.
pub async fn current(State(app): State<App>, frame: Frame) -> Result<Response, Problem> {
    let form = app
        .forms
        .current(FORM, app.clock.today())
        .ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    Ok(Page(FormPage::new(&app, form, frame)).into_response())
}

/// `GET /blanket/{version}`
pub async fn version(State(app): State<App>, frame: Frame, Path(version): Path<String>) -> Result<Response, Problem> {
    let form = app
        .forms
        .find(FORM, &version)
        .ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    Ok(Page(FormPage::new(&app, form, frame)).into_response())
}

impl FormPage {
    fn new(app: &App, form: &Form, frame: Frame) -> Self {
        let language = frame.language;
        let reference = form.reference();
        let fact = |label: &str, value: String| Fact {
            label: label.to_owned(),
            value,
        };
        Self {
            title: form.title().get(language).to_owned(),
            intro: form.intro().get(language).to_owned(),
            facts: vec![
                fact(
                    frame.t("Udgave", "Version"),
                    format!("{} {}", reference.id, reference.version),
                ),
                fact(
                    frame.t("Gælder fra", "In force from"),
                    date_to_text(form.valid_from(), language),
                ),
                fact(
                    frame.t("Fingeraftryk (SHA-256)", "Fingerprint (SHA-256)"),
                    reference.hash.clone(),
                ),
            ],
            kinds: form
                .kinds()
                .iter()
                .map(|kind| KindView::new(form, kind, language))
                .collect(),
            questions: explained(form, &frame),
            versions: versions(app, form),
            frame,
        }
    }
}

fn versions(app: &App, shown: &Form) -> Vec<Version> {
    let all = app.forms.iter().filter(|form| form.reference().id == FORM);
    all.map(|form| Version {
        version: form.reference().version.clone(),
        shown: form.reference() == shown.reference(),
    })
    .collect()
}

impl KindView {
    fn new(form: &Form, kind: &Kind, language: Language) -> Self {
        let link = |id: &String| {
            Some(Link {
                id: id.clone(),
                label: form.field(id)?.label.get(language).to_owned(),
            })
        };
        let sections = kind.sections.iter().map(|section| {
            (
                section.label.get(language).to_owned(),
                section.fields.iter().filter_map(link).collect(),
            )
        });
        Self {
            label: kind.label.get(language).to_owned(),
            intro: kind.intro.get(language).to_owned(),
            sections: sections.collect(),
        }
    }
}

/// Every field once: those of reports by section, then those of the company and of sending.
fn explained(form: &Form, frame: &Frame) -> Vec<SectionView> {
    let mut told = std::collections::BTreeSet::new();
    let mut views: Vec<SectionView> = Vec::new();
    for section in form.kinds().iter().flat_map(|kind| &kind.sections) {
        let new: Vec<FieldView> = section
            .fields
            .iter()
            .filter(|id| told.insert((*id).clone()))
            .filter_map(|id| form.field(id))
            .map(|field| FieldView::new(field, frame))
            .collect();
        let label = section.label.get(frame.language);
        match views.iter_mut().find(|view| view.label == label) {
            Some(view) => view.fields.extend(new),
            None => views.push(SectionView {
                label: label.to_owned(),
                fields: new,
            }),
        }
    }
    for (id, scope) in [("employer", Scope::Employer), ("submission", Scope::Submission)] {
        let label = form
            .section_label(id)
            .map(|label| label.get(frame.language))
            .unwrap_or(id);
        let fields = form
            .fields_of(scope)
            .map(|field| FieldView::new(field, frame))
            .collect();
        views.push(SectionView {
            label: label.to_owned(),
            fields,
        });
    }
    views
}

impl FieldView {
    fn new(field: &Field, frame: &Frame) -> Self {
        let text = |text: &crate::value::Localized| text.get(frame.language).to_owned();
        Self {
            id: field.id.clone(),
            label: text(&field.label),
            help: text(&field.help),
            when: when(field, frame),
            reason: text(&field.reason),
            paragraph: field.paragraph.clone().unwrap_or_default(),
            answer: answer(&field.kind, frame),
            options: field.kind.options().iter().map(|option| text(&option.label)).collect(),
            rules: field
                .rules
                .iter()
                .map(|rule| RuleView {
                    level: match rule.level {
                        Level::Error => frame.t("Skal rettes", "Must be corrected"),
                        Level::Warning => frame.t("Advarsel", "Warning"),
                        Level::Hint => frame.t("Råd", "Hint"),
                    },
                    message: text(&rule.message),
                })
                .collect(),
        }
    }
}

fn when(field: &Field, frame: &Frame) -> String {
    if let Some(condition) = &field.condition_text {
        return format!(
            "{} {}.",
            frame.t("Bruges kun,", "Only used"),
            condition.get(frame.language)
        );
    }
    match field.required {
        Need::Optional => frame.t("Frivilligt.", "Voluntary.").to_owned(),
        _ => String::new(),
    }
}

/// What kind of answer is expected.
fn answer(kind: &FieldType, frame: &Frame) -> &'static str {
    match kind {
        FieldType::Text { .. } => frame.t("Tekst", "Text"),
        FieldType::Choice { .. } => frame.t("Ét valg", "One choice"),
        FieldType::Choices { .. } => frame.t("Et eller flere valg", "One or more choices"),
        FieldType::YesNo => frame.t("Ja eller nej", "Yes or no"),
        FieldType::Date => frame.t("Dato", "Date"),
        FieldType::Money { .. } => frame.t("Beløb", "Amount"),
        FieldType::Percent => frame.t("Procent", "Percentage"),
        FieldType::PercentOrMoney { .. } => frame.t("Procent eller beløb", "Percentage or amount"),
        FieldType::Hours => frame.t("Timer om ugen", "Hours a week"),
        FieldType::Cpr => frame.t("CPR-nummer", "CPR number"),
        FieldType::Cvr => frame.t("CVR-nummer", "CVR number"),
        FieldType::SeNumber => frame.t("SE-nummer", "SE number"),
        FieldType::PNumber => frame.t("P-nummer", "P number"),
        FieldType::Municipality => frame.t("Kommune", "Municipality"),
        FieldType::Postcode => frame.t("Postnummer", "Postcode"),
        FieldType::Email => frame.t("E-mail", "E-mail"),
        FieldType::Phone => frame.t("Telefonnummer", "Phone number"),
        FieldType::ReportId => frame.t("Indberetningens id", "The report's id"),
    }
}
