//! What the inbox is narrowed down to. It stands in the address, so it asks for nothing about a person.

use jiff::{Timestamp, civil::Date};

use crate::{
    app::App,
    http::web::{
        Frame,
        standing::{self, Standing},
        ui::{Choice, Fault, Input, Need, Question, TextInput, Width},
    },
    record::ReportKind,
    store::InboxFilter,
    value::{Cvr, Refusal, parse_date},
};

const STATE: &str = "status";
const KIND: &str = "art";
const EMPLOYER: &str = "cvr";
const FROM: &str = "fra";
const TO: &str = "til";
const QUESTION: &str = "sporgsmaal";

/// The words of the address, in the order of the form.
const NAMES: [&str; 6] = [STATE, KIND, EMPLOYER, FROM, TO, QUESTION];

/// What was asked for, as typed and as understood.
pub struct Filter {
    pub questions: Vec<Question>,
    /// The words that were filled in, for links and for forms that mean the same list.
    pub kept: Vec<(&'static str, String)>,
    /// As far as it could be read.
    pub asked: InboxFilter,
}

impl Filter {
    /// Reads the words of an address or of a form.
    pub fn read(app: &App, frame: &Frame, typed: impl Fn(&str) -> String) -> Self {
        let mut reading = Reading {
            app,
            frame,
            typed: &typed,
            questions: Vec::new(),
        };
        let asked = InboxFilter {
            state: reading.state(),
            kind: reading.kind(),
            employer: reading.employer(),
            received_from: reading.day(FROM, "Modtaget fra og med", "Received from and including", start_of),
            received_before: reading.day(TO, "Modtaget til og med", "Received up to and including", end_of),
            question_waits: reading.question_waits(),
        };
        let filled = NAMES.map(|name| (name, typed(name).trim().to_owned()));
        Self {
            questions: reading.questions,
            kept: filled.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            asked,
        }
    }

    pub fn faults(&self) -> Vec<Fault> {
        Fault::of(&self.questions)
    }

    /// Whether the list is narrowed down at all.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The whole list.
    pub fn none(app: &App, frame: &Frame) -> Self {
        Self::read(app, frame, |_| String::new())
    }

    /// Says what is wrong with the days, though each can be read.
    pub fn refuse_days(&mut self, message: &str) {
        if let Some(question) = self.questions.iter_mut().find(|question| question.name == FROM) {
            question.errors.push(message.to_owned());
        }
    }

    /// The words for an address.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.kept.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// The form while it is read.
struct Reading<'a> {
    app: &'a App,
    frame: &'a Frame,
    typed: &'a dyn Fn(&str) -> String,
    questions: Vec<Question>,
}

impl Reading<'_> {
    fn ask(&mut self, name: &str, label: &str, input: Input, error: Option<String>) {
        self.questions.push(Question {
            id: name.to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            errors: error.into_iter().collect(),
            need: Need::Optional,
            input,
        });
    }

    fn text(&mut self, name: &str, label: &str, error: Option<String>) {
        let input = TextInput {
            value: (self.typed)(name),
            width: Width::Medium,
            autocomplete: "off",
            ..TextInput::default()
        };
        self.ask(name, label, Input::Text(input), error);
    }

    /// A list to choose one of, or none; what is not on it is refused.
    fn list<T: Copy>(&mut self, name: &str, label: &str, all: Vec<(&str, String, T)>) -> Option<T> {
        let typed = (self.typed)(name);
        let chosen = all.iter().find(|(code, ..)| *code == typed).map(|(.., value)| *value);
        let refused = chosen.is_none() && !typed.is_empty();
        let error = refused.then(|| {
            self.frame
                .t("Vælg en fra listen.", "Choose one of the list.")
                .to_owned()
        });
        let options = all.into_iter().map(|(code, label, _)| Choice {
            code: code.to_owned(),
            label,
            hint: String::new(),
            chosen: code == typed,
        });
        self.ask(name, label, Input::Select(options.collect()), error);
        chosen
    }

    fn state(&mut self) -> Option<&'static str> {
        let frame = self.frame;
        let all = Standing::OF_A_MUNICIPALITY.map(|code| (code, standing::short(code, frame).1.to_owned(), code));
        self.list(STATE, frame.t("Status", "State"), all.into())
    }

    fn kind(&mut self) -> Option<ReportKind> {
        let frame = self.frame;
        let form = self.app.forms.current(crate::fields::FORM, self.app.clock.today());
        let label = |kind: ReportKind| {
            let named = form.and_then(|form| form.kind(kind));
            named
                .map_or(kind.as_str(), |named| named.label.get(frame.language))
                .to_owned()
        };
        let all = ReportKind::ALL.iter().map(|kind| (kind.as_str(), label(*kind), *kind));
        self.list(KIND, frame.t("Indberetning", "Report"), all.collect())
    }

    fn employer(&mut self) -> Option<Cvr> {
        let typed = (self.typed)(EMPLOYER);
        let read = (!typed.trim().is_empty()).then(|| Cvr::try_from(typed.as_str()));
        let (cvr, error) = self.told(read);
        self.text(
            EMPLOYER,
            self.frame.t("Arbejdsgiverens CVR-nummer", "The employer's CVR number"),
            error,
        );
        cvr
    }

    fn day(
        &mut self,
        name: &str,
        danish: &'static str,
        english: &'static str,
        moment: impl Fn(Date) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let typed = (self.typed)(name);
        let read = (!typed.trim().is_empty()).then(|| parse_date(&typed));
        let (day, error) = self.told(read);
        self.text(name, self.frame.t(danish, english), error);
        day.and_then(moment)
    }

    fn question_waits(&mut self) -> bool {
        let chosen = (self.typed)(QUESTION) == "yes";
        let label = self.frame.t(
            "Kun hvor et spørgsmål venter på svar fra arbejdsgiveren",
            "Only where a question waits for the employer's answer",
        );
        self.ask(QUESTION, label, Input::Tick { chosen }, None);
        chosen
    }

    /// The value, or what is wrong with it.
    fn told<T, E: Refusal>(&self, read: Option<Result<T, E>>) -> (Option<T>, Option<String>) {
        match read {
            None => (None, None),
            Some(Ok(value)) => (Some(value), None),
            Some(Err(refusal)) => (None, Some(refusal.message().get(self.frame.language).to_owned())),
        }
    }
}

/// Midnight in Denmark, with which the day begins.
fn start_of(day: Date) -> Option<Timestamp> {
    let zone = crate::clock::denmark();
    day.to_zoned_datetime(zone).ok().map(|midnight| midnight.timestamp())
}

fn end_of(day: Date) -> Option<Timestamp> {
    start_of(day.tomorrow().ok()?)
}
