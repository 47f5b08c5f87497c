//! *Tjek dine svar*: everything as it would be sent, where it goes and what follows from it.

use super::{
    entry::{Entry, reply_names},
    questions::{Faults, field_at, sentence},
    steps::Step,
};
use crate::{
    finding::{Violation, pointer::in_report},
    form::{Form, Scope},
    http::web::{
        Frame,
        calculation::Calculation,
        ui::{Choice, Fact, Input, Need, Question},
    },
    record::{Answer, HintReply},
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
    /// How it is answered; none for what is not about the report.
    pub questions: Vec<Question>,
    /// The button that leads to where it can be changed.
    pub action: Option<String>,
}

impl Warning {
    /// Whether something was answered, or is wrong with the answer.
    pub fn is_replied(&self) -> bool {
        self.questions.iter().any(|question| {
            let answered = match &question.input {
                Input::Radios { options, .. } => options.iter().any(|one| one.chosen && !one.code.is_empty()),
                Input::Area { value, .. } => !value.is_empty(),
                _ => false,
            };
            answered || !question.errors.is_empty()
        })
    }
}

impl Review {
    pub fn new(form: &Form, entry: &Entry, checked: &Checked, faults: &Faults, frame: &Frame) -> Self {
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
            warnings: warnings(form, entry, checked, &steps, faults, language),
        }
    }

    /// What the page asks about hints.
    pub fn questions(&self) -> Vec<Question> {
        let each = self.warnings.iter().flat_map(|warning| &warning.questions);
        each.cloned().collect()
    }
}

fn group(step: &Step, form: &Form, entry: &Entry, checked: &Checked, language: Language) -> Option<Group> {
    let answers = &checked.submission.reports.first()?.answers;
    let fact = |field: &crate::form::Field| {
        let value = match (answers.get(&field.id), field.scope) {
            // An id is for machines; the page is about that very report.
            (Some(Answer::Report(_)), _) => String::new(),
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

fn warnings(
    form: &Form,
    entry: &Entry,
    checked: &Checked,
    steps: &[Step],
    faults: &Faults,
    language: Language,
) -> Vec<Warning> {
    let step_of = |pointer: &str| {
        let field = field_at(form, pointer)?;
        let step = steps
            .iter()
            .find(|step| step.fields(form, entry).iter().any(|one| one.id == field.id))?;
        Some(format!("to:{}", step.code()))
    };
    let warning = |notice: &Violation, questions| Warning {
        message: sentence(notice, language),
        questions,
        action: step_of(&notice.pointer),
    };
    let of_whole = checked
        .submission
        .notices
        .iter()
        .map(|notice| warning(notice, Vec::new()));
    let reports = checked.submission.reports.iter().flat_map(|report| &report.notices);
    let of_report = reports.map(|notice| warning(notice, reply_questions(notice, entry, faults, language)));
    of_whole.chain(of_report).collect()
}

/// Whether it is right, or why it is so. Nobody has to answer.
fn reply_questions(notice: &Violation, entry: &Entry, faults: &Faults, language: Language) -> Vec<Question> {
    let t = |da: &'static str, en: &'static str| if language == Language::Da { da } else { en };
    let [name, text_name] = reply_names(&notice.code, in_report(&notice.pointer));
    let choice = |code: &str, label: &str| Choice {
        code: code.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen: entry.reply(&name) == code,
    };
    let options = vec![
        choice(
            HintReply::Confirmed.as_str(),
            t("Det er rigtigt, som det står", "It is right as it stands"),
        ),
        choice(HintReply::Explained.as_str(), t("Jeg forklarer det", "I explain it")),
        choice("", t("Intet svar", "No answer")),
    ];
    let question = |name: &str, label: &str, input| Question {
        id: name.replace(['/', '.'], "-"),
        name: name.to_owned(),
        label: label.to_owned(),
        errors: faults.get(name).cloned().unwrap_or_default(),
        need: Need::Optional,
        input,
        ..Question::default()
    };
    let radios = Input::Radios { options, opens: false };
    let area = Input::Area {
        value: entry.reply(&text_name).to_owned(),
        rows: 2,
    };
    vec![
        question(
            &name,
            t("Jeres svar til kommunen", "Your answer to the municipality"),
            radios,
        ),
        question(&text_name, t("Forklaring", "Explanation"), area),
    ]
}
