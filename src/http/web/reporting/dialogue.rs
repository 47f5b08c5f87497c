//! What municipalities answered to a submission, and the employer's answers to their questions.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::receipt::ReceiptPage;
use crate::{
    access::{Caller, Grant},
    app::App,
    http::{
        Problem, ProblemType, RequestContext,
        api::free_text,
        web::{
            Frame,
            kept_form::{self, OurForm},
            redirect, standing,
            ui::{Fault, Input, Question},
        },
    },
    record::{Outcome, StoredOutcome},
    value::{OutcomeId, ReportId},
};

/// One outcome as the employer reads it.
pub struct Told {
    pub report_id: String,
    pub outcome_id: String,
    /// `success`, `error` or `info`, as the alert is drawn.
    pub variant: &'static str,
    pub heading: String,
    /// Empty where the municipality wrote nothing.
    pub text: String,
    /// The employer's own answer.
    pub answer: Option<String>,
    /// Where a question waits for one.
    pub question: Option<Question>,
}

impl Told {
    pub fn new(stored: &StoredOutcome, frame: &Frame) -> Self {
        let variant = match &stored.outcome {
            Outcome::Accepted => "success",
            Outcome::Rejected { .. } => "error",
            Outcome::Question { .. } => "info",
        };
        let waits = matches!(stored.outcome, Outcome::Question { .. }) && stored.answer.is_none();
        Self {
            report_id: stored.report_id.to_string(),
            outcome_id: stored.id.to_string(),
            variant,
            heading: standing::answer_words(stored, frame),
            text: stored
                .outcome
                .text()
                .map(|text| text.expose().to_owned())
                .unwrap_or_default(),
            answer: stored.answer.as_ref().map(|answer| answer.text.expose().to_owned()),
            question: waits.then(|| question(stored, frame)),
        }
    }
}

fn question(stored: &StoredOutcome, frame: &Frame) -> Question {
    Question {
        id: format!("answer-{}", stored.id),
        name: "text".to_owned(),
        label: frame.t("Jeres svar", "Your answer").to_owned(),
        input: Input::Area {
            value: String::new(),
            rows: 4,
        },
        ..Question::default()
    }
}

/// `POST /indberet/{id}/svar`: answers a question on one of the reports of a submission.
pub async fn answer(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let Caller::Employer { cvr, .. } = &grant.caller else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let missing = || Problem::new(ProblemType::NotFound);
    let report: ReportId = posted.get("report").parse().map_err(|_| missing())?;
    let asked: OutcomeId = posted.get("question").parse().map_err(|_| missing())?;
    let Ok(text) = free_text(TEXT, posted.get("text")) else {
        return kept_form::faulty(&app, &frame, &format!("/indberet/{id}"), &posted).await;
    };
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    app.store.answer(cvr, (report, asked), text, audit).await?;
    kept_form::carried_out(&app, &frame, &posted).await;
    Ok(redirect(&format!("/indberet/{id}")))
}

/// Where the answer stands in what is sent.
const TEXT: &str = "/text";

impl ReceiptPage {
    /// Puts what was typed back to its question, with what is wrong with it once somebody tried to send it.
    pub fn put_back(&mut self) {
        let Some(posted) = self.again.posted().filter(|_| self.again.is_of("/svar")) else {
            return;
        };
        let asked = posted.get("question");
        let mut waiting = self.told.iter_mut().filter(|told| told.outcome_id == asked);
        let Some(question) = waiting.find_map(|told| told.question.as_mut()) else {
            self.again.comes_too_late(&self.frame);
            return;
        };
        let value = posted.get("text").to_owned();
        let fault = self.again.tried().and_then(|_| free_text(TEXT, &value).err());
        let message = fault.map(|fault| fault.in_language(self.frame.language).message.to_owned());
        question.errors.extend(message);
        question.input = Input::Area { value, rows: 4 };
        self.faults = Fault::of(std::slice::from_ref(question));
    }
}
