//! *Tjek dine svar*: everything as it would be sent, where it goes and what follows from it.

use super::{
    entry::Entry,
    questions::{field_at, sentence},
    steps::Step,
};
use crate::{
    form::{Form, Scope},
    http::web::{Frame, calculation::Calculation, ui::Fact},
    reference,
    submit::Checked,
    value::Language,
};

/// The whole report before it is sent.
pub struct Review {
    pub groups: Vec<Group>,
    /// Code and name; absent where a person has to find it.
    pub municipality: Option<String>,
    /// Why that one, or why none yet.
    pub reason: String,
    /// How the full-time wage was computed, and what follows from the report.
    pub calculation: Calculation,
    /// What to look at once more. Stops nothing.
    pub warnings: Vec<Warning>,
}

/// The answers of one step.
pub struct Group {
    pub title: String,
    /// The button that leads there.
    pub action: String,
    pub facts: Vec<Fact>,
}

/// A warning or hint.
pub struct Warning {
    pub message: String,
    /// The button that leads to where it can be changed.
    pub action: Option<String>,
}

impl Review {
    pub fn new(form: &Form, entry: &Entry, checked: &Checked, frame: &Frame) -> Self {
        let language = frame.language;
        let steps = Step::all(form, entry);
        let way = checked.reports.first();
        let municipality = way.and_then(|way| way.route.municipality());
        Self {
            groups: steps
                .iter()
                .filter_map(|step| group(step, form, entry, checked, language))
                .collect(),
            municipality: municipality.map(|code| reference::municipality(code).full_name.to_owned()),
            reason: way
                .map(|way| way.route.reason().get(language).to_owned())
                .unwrap_or_default(),
            calculation: way
                .map(|way| Calculation::of_report(&way.assessment, frame))
                .unwrap_or_default(),
            warnings: warnings(form, entry, checked, &steps, language),
        }
    }
}

fn group(step: &Step, form: &Form, entry: &Entry, checked: &Checked, language: Language) -> Option<Group> {
    let answers = &checked.submission.reports.first()?.answers;
    let fact = |field: &crate::form::Field| {
        let value = match (answers.get(&field.id), field.scope) {
            (Some(answer), _) => field.display(answer, language),
            (None, Scope::Employer) => entry.get(&field.id).trim().to_owned(),
            (None, _) => String::new(),
        };
        (!value.is_empty()).then(|| Fact {
            label: field.label.get(language).to_owned(),
            value,
        })
    };
    let facts: Vec<Fact> = step.fields(form, entry).into_iter().filter_map(fact).collect();
    let asked_here = *step != Step::Review && !facts.is_empty();
    asked_here.then(|| Group {
        title: step.title(form, language),
        action: format!("to:{}", step.code()),
        facts,
    })
}

fn warnings(form: &Form, entry: &Entry, checked: &Checked, steps: &[Step], language: Language) -> Vec<Warning> {
    let reports = checked.submission.reports.iter().flat_map(|report| &report.notices);
    let notices = checked.submission.notices.iter().chain(reports);
    let step_of = |pointer: &str| {
        let field = field_at(form, pointer)?;
        let step = steps
            .iter()
            .find(|step| step.fields(form, entry).iter().any(|one| one.id == field.id))?;
        Some(format!("to:{}", step.code()))
    };
    notices
        .map(|notice| Warning {
            message: sentence(notice, language),
            action: step_of(&notice.pointer),
        })
        .collect()
}
