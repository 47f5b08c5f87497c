//! What a case worker does with a report: accepts it, rejects it, asks the employer, hands it on to another municipality.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::handed_on;
use crate::{
    access::{Caller, Grant},
    app::App,
    finding::Violation,
    http::{
        Problem, ProblemType, RequestContext,
        api::{OutcomeBody, free_text, outcome_of},
        web::{
            Frame,
            kept_form::{self, Again, OurForm},
            posted::Posted,
            redirect,
            reporting::danish_order,
            standing,
            ui::{Choice, Fault, Input, Need, Question},
        },
    },
    record::{Outcome, RejectionReason, StoredReport},
    reference,
    value::{FreeText, MunicipalityCode, ReportId},
};

/// The name of the field that takes the person's other reports along.
const ALL: &str = "all";

/// The questions of both forms, as typed.
pub struct Steps {
    /// Empty where the report is decided.
    pub decide: Vec<Question>,
    pub transfer: Vec<Question>,
}

impl Steps {
    /// None where nothing can be done any more: something stands in the report's place, or it takes an earlier one back.
    /// `others`: how many more reports on the person could be handed on with it.
    pub fn of(report: &StoredReport, others: i64, posted: Option<&Posted>, frame: &Frame) -> Option<Self> {
        let state = &report.state;
        let decide = || vec![outcome(posted, frame), reason(posted, frame), text(posted, frame)];
        (state.can_be_handed_on() && !report.report.is_withdrawal()).then(|| Self {
            decide: if state.is_open() { decide() } else { Vec::new() },
            transfer: [to(posted, frame), why(posted, frame)]
                .into_iter()
                .chain((others > 0).then(|| all(others, posted, frame)))
                .collect(),
        })
    }

    pub fn faults(&self) -> Vec<Fault> {
        Fault::of(&[self.decide.as_slice(), self.transfer.as_slice()].concat())
    }

    /// Whether the form that was filled in is still on the page.
    pub fn has_place(&self, again: &Again) -> bool {
        is_handover(again) || !self.decide.is_empty()
    }

    /// What is wrong with the form that somebody tried to send.
    pub fn tell(&mut self, again: &Again, frame: &Frame) {
        let Some(tried) = again.tried() else { return };
        let found = if is_handover(again) {
            handover(tried).err()
        } else {
            decision(tried).err()
        };
        self.explain(&found.unwrap_or_default(), frame);
    }

    /// Puts each violation to the question that its pointer names.
    fn explain(&mut self, violations: &[Violation], frame: &Frame) {
        for violation in violations {
            let id = violation.pointer.trim_start_matches('/');
            let mut questions = self.decide.iter_mut().chain(&mut self.transfer);
            if let Some(question) = questions.find(|question| question.id == id) {
                question
                    .errors
                    .push(violation.in_language(frame.language).message.to_owned());
            }
        }
    }
}

/// Which of the two forms was filled in.
pub fn is_handover(again: &Again) -> bool {
    again.is_of("/oversend")
}

fn typed<'a>(posted: Option<&'a Posted>, name: &str) -> &'a str {
    posted.map(|posted| posted.get(name)).unwrap_or_default()
}

fn question(id: &str, label: &str, hint: &str, need: Need, input: Input) -> Question {
    Question {
        id: id.to_owned(),
        name: id.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        errors: Vec::new(),
        need,
        input,
    }
}

fn choice(code: &str, label: &str, chosen: &str) -> Choice {
    Choice {
        code: code.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        chosen: code == chosen,
    }
}

fn outcome(posted: Option<&Posted>, frame: &Frame) -> Question {
    let chosen = typed(posted, "outcome");
    let options = vec![
        choice("accepted", frame.t("Godkend", "Accept"), chosen),
        choice("rejected", frame.t("Afvis", "Reject"), chosen),
        choice("question", frame.t("Stil et spørgsmål", "Ask a question"), chosen),
    ];
    let label = frame.t("Hvad svarer I?", "What do you answer?");
    let input = Input::Radios { options, opens: false };
    question("outcome", label, "", Need::Required, input)
}

fn reason(posted: Option<&Posted>, frame: &Frame) -> Question {
    let chosen = typed(posted, "reason");
    let options =
        RejectionReason::ALL.map(|reason| choice(reason.as_str(), standing::reason_words(reason, frame), chosen));
    let label = frame.t("Årsag, hvis I afviser", "Reason, if you reject");
    question("reason", label, "", Need::Depends, Input::Select(options.into()))
}

fn text(posted: Option<&Posted>, frame: &Frame) -> Question {
    let label = frame.t("Besked til arbejdsgiveren", "Message to the employer");
    let hint = frame.t(
        "Skal skrives ved et spørgsmål og ved en anden årsag. Arbejdsgiveren læser den efter login; mailen nævner den ikke.",
        "Needed with a question and with another reason. The employer reads it after logging in; the mail does not mention it.",
    );
    let value = typed(posted, "text").to_owned();
    question("text", label, hint, Need::Depends, Input::Area { value, rows: 4 })
}

fn to(posted: Option<&Posted>, frame: &Frame) -> Question {
    let chosen = typed(posted, "to");
    let mut options: Vec<Choice> = reference::municipalities()
        .iter()
        .map(|one| choice(one.code.as_str(), one.name, chosen))
        .collect();
    options.sort_by_cached_key(|choice| danish_order(&choice.label));
    let label = frame.t("Kommune, der skal have den", "Municipality that shall have it");
    question("to", label, "", Need::Required, Input::Select(options))
}

fn why(posted: Option<&Posted>, frame: &Frame) -> Question {
    let label = frame.t("Begrundelse", "Reason");
    let hint = frame.t("Begge kommuner kan læse den.", "Both municipalities can read it.");
    let value = typed(posted, "why").to_owned();
    question("why", label, hint, Need::Required, Input::Area { value, rows: 2 })
}

fn all(others: i64, posted: Option<&Posted>, frame: &Frame) -> Question {
    let label = match (others, frame.is_danish()) {
        (1, true) => "Send også den anden indberetning, som I har om borgeren".to_owned(),
        (_, true) => format!("Send også de {others} andre indberetninger, som I har om borgeren"),
        (1, false) => "Hand on the other report that you have on the citizen too".to_owned(),
        (_, false) => format!("Hand on the {others} other reports that you have on the citizen too"),
    };
    let hint = frame.t(
        "Når borgeren er flyttet, hører de til i den anden kommune. De får samme begrundelse.",
        "When the citizen has moved, they belong to the other municipality. They get the same reason.",
    );
    let chosen = typed(posted, ALL) == "yes";
    question(ALL, &label, hint, Need::Optional, Input::Tick { chosen })
}

/// `POST /kommune/{id}/svar`
pub async fn decide(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let (code, report) = asked(&grant, &id)?;
    let Ok(outcome) = decision(&posted) else {
        return faulty(&app, &grant, &frame, report, &posted).await;
    };
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    app.store.decide(code, report, outcome, audit).await?;
    app.outbox_wakeup.notify_one();
    kept_form::carried_out(&app, &frame, &posted).await;
    Ok(redirect(&format!("/kommune/{report}")))
}

/// `POST /kommune/{id}/oversend`
pub async fn transfer(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let (code, report) = asked(&grant, &id)?;
    let Ok((to, why)) = handover(&posted) else {
        return faulty(&app, &grant, &frame, report, &posted).await;
    };
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    let handed = if posted.get(ALL) == "yes" {
        app.store.transfer_all(code, report, &to, why, audit).await?.len()
    } else {
        app.store.transfer(code, report, &to, why, audit).await.map(|_| 1)?
    };
    kept_form::carried_out(&app, &frame, &posted).await;
    Ok(redirect(&handed_on::confirmed(handed)))
}

/// Leads back to the record with what was typed; a foreign one is as little there as an unknown one.
async fn faulty(
    app: &App,
    grant: &Grant,
    frame: &Frame,
    report: ReportId,
    posted: &Posted,
) -> Result<Response, Problem> {
    if app.store.report(&grant.scope, report).await?.is_none() {
        return Err(Problem::new(ProblemType::NotFound));
    }
    kept_form::faulty(app, frame, &format!("/kommune/{report}"), posted).await
}

fn asked<'g>(grant: &'g Grant, id: &str) -> Result<(&'g MunicipalityCode, ReportId), Problem> {
    let Caller::Municipality { code, .. } = &grant.caller else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let report = id.parse().map_err(|_| Problem::new(ProblemType::NotFound))?;
    Ok((code, report))
}

/// What is left in a field that does not belong to the answer chosen is not sent.
fn decision(posted: &Posted) -> Result<Outcome, Vec<Violation>> {
    let outcome = posted.get("outcome");
    let given = |name: &str, belongs: bool| {
        let text = posted.get(name).trim();
        (belongs && !text.is_empty()).then(|| text.to_owned())
    };
    outcome_of(&OutcomeBody {
        outcome: outcome.to_owned(),
        reason: given("reason", outcome == "rejected"),
        text: given("text", outcome != "accepted"),
    })
}

fn handover(posted: &Posted) -> Result<(MunicipalityCode, FreeText), Vec<Violation>> {
    let to = MunicipalityCode::try_from(posted.get("to")).map_err(|refusal| Violation::refused("/to", &refusal));
    match (to, free_text("/why", posted.get("why"))) {
        (Ok(to), Ok(why)) => Ok((to, why)),
        (to, why) => Err(to.err().into_iter().chain(why.err()).collect()),
    }
}
