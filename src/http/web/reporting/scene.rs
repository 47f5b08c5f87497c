//! The pages of the flow, drawn from what was typed so far.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{
    entry::{Entry, reply_names},
    kept::{self, Kept, address},
    notice::Notice,
    questions::{self, Faults, Questions},
    review::Review,
    steps::Step,
};
use crate::{
    finding::Violation,
    form::{Form, Scope},
    http::{
        Problem, ProblemType,
        web::{
            Frame, Page, redirect,
            ui::{Fault, Question, StepView},
        },
    },
    record::Sender,
    submit::{self, SubmitError},
    validate::{self},
    value::Language,
};

/// The form as the page carries it; also named by the buttons outside of it.
const FORM_ID: &str = "report";

#[derive(Template)]
#[template(path = "report-step.html")]
struct StepPage {
    frame: Frame,
    steps: Vec<StepView>,
    step: Step,
    /// Where the page is sent to: its own address.
    action: String,
    title: String,
    intro: String,
    faults: Vec<Fault>,
    notice: Option<&'static str>,
    questions: Vec<Question>,
    /// Which questions the page shows: they are answered anew by what it sends.
    shown: String,
    /// Shows whose page it is, also when the login has ended.
    ticket: String,
    /// Whether it leads back to the check.
    returns: bool,
    review: Option<Review>,
}

/// What a page is drawn from.
pub struct Scene<'a> {
    kept: &'a Kept<'a>,
    entry: &'a Entry,
    pub form: &'a Form,
    /// All steps of the report, as far as the answers tell.
    pub steps: Vec<Step>,
    returns: bool,
}

impl<'a> Scene<'a> {
    pub fn new(kept: &'a Kept<'a>, entry: &'a Entry, returns: bool) -> Result<Self, Problem> {
        let form = kept::form_of(kept.app, entry)?;
        Ok(Self {
            steps: Step::all(form, entry),
            kept,
            entry,
            form,
            returns,
        })
    }

    /// The company itself; who of it is logged in is in the audit.
    pub fn sender(&self) -> Sender {
        Sender {
            cvr: self.kept.owner.cvr.clone(),
            credential: None,
        }
    }

    /// Why the page is not left yet: something on it is wrong, or an answer brought questions that it has not shown. `Some(None)`: the
    /// faults say it themselves.
    pub fn stays(&self, step: &Step, shown: &str) -> Option<Option<Notice>> {
        let asked = step.asked(self.form, self.entry);
        let shown: Vec<&str> = shown.split(' ').collect();
        let more = asked.iter().any(|(field, _)| !shown.contains(&field.id.as_str()));
        let faults = self.faults_of(step, false, Language::Da);
        (more || !faults.is_empty()).then(|| more.then_some(Notice::MoreQuestions))
    }

    /// A page as it is now.
    pub async fn page(&self, frame: Frame, step: Step, notice: Option<Notice>) -> Result<Response, Problem> {
        if step == Step::Review {
            return self.review(frame, notice).await;
        }
        let faults = self.faults_of(&step, notice == Some(Notice::Faulty), frame.language);
        self.draw(frame, step, &faults, notice, None)
    }

    /// What is wrong on a page, as far as it is told yet, or all of it.
    fn faults_of(&self, step: &Step, all: bool, language: Language) -> Faults {
        let raw = self.entry.submission(self.form, &self.kept.owner.cvr);
        let today = self.kept.app.clock.today();
        let found = validate::validate(self.form, &self.kept.app.rules, &raw, today);
        let mut faults = questions::faults(self.form, &found.err().unwrap_or_default(), language);
        // A person is told all at once; a machine nothing that may yet turn out not to be so.
        for field in step.likely_missing(self.form, self.entry) {
            let missing = validate::messages::missing(field, 0);
            let told = faults.entry(field.id.clone()).or_default();
            if told.is_empty() {
                told.push(questions::sentence(&missing, language));
            }
        }
        let asked = step.asked(self.form, self.entry);
        faults.retain(|id, _| {
            let is_here = asked.iter().any(|(field, _)| field.id == *id);
            is_here && (all || self.entry.is_told(id))
        });
        faults
    }

    /// The last page; or the first one on which something is still missing.
    async fn review(&self, frame: Frame, notice: Option<Notice>) -> Result<Response, Problem> {
        let declared = self.entry.declared(self.form);
        let raw = declared.submission(self.form, &self.kept.owner.cvr);
        match submit::check(self.kept.app, raw, &self.sender()).await {
            Ok(checked) => {
                let faults = self.faults_of_sending(frame.language).await?;
                let review = Review::new(self.form, self.entry, &checked, &faults, &frame);
                self.draw(frame, Step::Review, &faults, notice, Some(review))
            }
            Err(SubmitError::Invalid(found)) => {
                let faults = questions::faults(self.form, &found, frame.language);
                let step = self.first_faulty(&faults);
                let step = step.ok_or_else(|| Problem::new(ProblemType::InvalidSubmission))?;
                let page = address(self.kept.id, &step, Some(Notice::Faulty), true);
                Ok(redirect(&page))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What kept the report from being sent, once somebody tried.
    async fn faults_of_sending(&self, language: Language) -> Result<Faults, Problem> {
        let mut of_submission = self.form.fields_of(Scope::Submission);
        if !of_submission.any(|field| self.entry.is_told(&field.id)) {
            return Ok(Faults::new());
        }
        let raw = self.entry.submission(self.form, &self.kept.owner.cvr);
        match submit::check(self.kept.app, raw, &self.sender()).await {
            Ok(_) => Ok(Faults::new()),
            Err(SubmitError::Invalid(found)) => {
                let mut faults = questions::faults(self.form, &found, language);
                reply_faults(self.entry, &found, &mut faults, language);
                Ok(faults)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn first_faulty(&self, faults: &Faults) -> Option<Step> {
        let mut steps = self.steps.iter();
        let is_faulty = |step: &&Step| {
            let fields = step.fields(self.form, self.entry);
            fields.iter().any(|field| faults.contains_key(&field.id))
        };
        steps.find(is_faulty).cloned()
    }

    fn draw(
        &self,
        mut frame: Frame,
        step: Step,
        faults: &Faults,
        notice: Option<Notice>,
        review: Option<Review>,
    ) -> Result<Response, Problem> {
        frame.language_form = Some(FORM_ID);
        let fields = step.asked(self.form, self.entry);
        let ids: Vec<&str> = fields.iter().map(|(field, _)| field.id.as_str()).collect();
        let questions = Questions::new(self.form, self.entry, frame.language).all(&fields, faults);
        // What must be put right comes before what may be answered.
        let mut asked = questions.clone();
        asked.extend(review.as_ref().map(Review::questions).unwrap_or_default());
        let ticket = self.kept.app.store.draft_ticket(&self.kept.owner, self.kept.id);
        let page = StepPage {
            steps: self.step_views(&step, &frame),
            action: address(self.kept.id, &step, None, false),
            title: step.title(self.form, frame.language),
            intro: self.intro(&step, &frame),
            notice: notice.and_then(|notice| notice.text(&frame)),
            shown: ids.join(" "),
            ticket: ticket?,
            returns: self.returns,
            faults: Fault::of(&asked),
            questions,
            review,
            step,
            frame,
        };
        Ok(Page(page).into_response())
    }

    fn intro(&self, step: &Step, frame: &Frame) -> String {
        match step {
            Step::Kind => self.form.intro().get(frame.language).to_owned(),
            Step::Section(..) | Step::Employer | Step::Review => String::new(),
        }
    }

    fn step_views(&self, current: &Step, frame: &Frame) -> Vec<StepView> {
        let at = self.steps.iter().position(|step| step == current).unwrap_or_default();
        let view = |(index, step): (usize, &Step)| StepView {
            title: match step {
                Step::Kind => frame.t("Slags", "Kind").to_owned(),
                other => other.title(self.form, frame.language),
            },
            action: format!("to:{}", step.code()),
            form: FORM_ID,
            done: index < at,
            current: index == at,
        };
        self.steps.iter().enumerate().map(view).collect()
    }
}

/// Sorts what is wrong with the answers to hints by their fields. Tells whether a hint that was answered is no longer given.
pub fn reply_faults(entry: &Entry, found: &[Violation], faults: &mut Faults, language: Language) -> bool {
    let replied = entry.replied();
    let mut gone = false;
    for violation in found {
        let rest = violation
            .pointer
            .strip_prefix("/reports/0/hint_answers/")
            .unwrap_or_default();
        let hint = rest
            .split('/')
            .next()
            .and_then(|index| replied.get(index.parse::<usize>().ok()?));
        if let (Some(hint), true) = (hint, rest.ends_with("/text")) {
            let [_, name] = reply_names(hint, "");
            faults
                .entry(name)
                .or_default()
                .push(questions::sentence(violation, language));
        } else {
            gone |= hint.is_some();
        }
    }
    gone
}
