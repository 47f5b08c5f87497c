//! Municipality and employer answer each other: outcome, question, answer.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::extract::{Body, PathValue, RecordPath, free_text};
use crate::{
    access::{Caller, Grant},
    app::App,
    finding::Violation,
    http::{Problem, ProblemType, RequestContext},
    record::{Outcome, RejectionReason, StoredOutcome},
    store::StepError,
    value::{FreeText, Localized, OutcomeId, ReportId},
};

/// What a municipality answers to a report.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeBody {
    /// `accepted`, `rejected` or `question`.
    pub outcome: String,
    /// With `rejected`: `unknown_person`, `no_fleksjob`, `old_scheme`, `wrong_amount`, `wrong_period`, `duplicate` or `other`.
    pub reason: Option<String>,
    /// For the employer, 1 to 2,000 characters; needed with `question` and with the reason `other`.
    pub text: Option<String>,
}

/// An outcome, with the employer's answer where it was a question and has one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeAnswer {
    pub outcome_id: String,
    pub report_id: String,
    /// Code of the municipality.
    pub municipality: String,
    pub decided_at: String,
    /// `accepted`, `rejected` or `question`.
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<QuestionAnswerView>,
}

/// What the employer answered to a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionAnswerView {
    pub answered_at: String,
    pub text: String,
}

/// What an employer answers to a question.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// `outcome_id` of the question.
    pub question_id: String,
    /// 1 to 2,000 characters.
    pub text: String,
}

impl OutcomeAnswer {
    pub fn new(stored: &StoredOutcome) -> Self {
        let view = |answer: &crate::record::QuestionAnswer| QuestionAnswerView {
            answered_at: answer.at.to_string(),
            text: answer.text.expose().to_owned(),
        };
        Self {
            outcome_id: stored.id.to_string(),
            report_id: stored.report_id.to_string(),
            municipality: stored.municipality.to_string(),
            decided_at: stored.at.to_string(),
            outcome: stored.outcome.code().to_owned(),
            reason: stored.outcome.reason().map(|reason| reason.as_str().to_owned()),
            text: stored.outcome.text().map(|text| text.expose().to_owned()),
            answer: stored.answer.as_ref().map(view),
        }
    }
}

/// The outcomes of each report.
pub type Outcomes = BTreeMap<ReportId, Vec<StoredOutcome>>;

/// Accepts a report, rejects it, or asks the employer something.
pub async fn decide(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    RecordPath { code, report }: RecordPath,
    Body(body): Body<OutcomeBody>,
) -> Result<(StatusCode, Json<OutcomeAnswer>), Problem> {
    let outcome = outcome_of(&body).map_err(invalid)?;
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    let stored = app.store.decide(&code, report, outcome, audit).await?;
    app.outbox_wakeup.notify_one();
    Ok((StatusCode::CREATED, Json(OutcomeAnswer::new(&stored))))
}

/// Answers a question of the municipality.
pub async fn answer(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(report): PathValue<ReportId>,
    Body(body): Body<AnswerBody>,
) -> Result<(StatusCode, Json<OutcomeAnswer>), Problem> {
    let Caller::Employer { cvr, .. } = &grant.caller else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let question: Result<OutcomeId, _> = body.question_id.parse();
    let question = question.map_err(|refusal| Violation::refused("/question_id", &refusal));
    let (question, text) = both(question, free_text("/text", &body.text)).map_err(invalid)?;
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    let stored = app.store.answer(cvr, (report, question), text, audit).await?;
    Ok((StatusCode::CREATED, Json(OutcomeAnswer::new(&stored))))
}

/// What is wrong with a small body.
pub fn invalid(violations: Vec<Violation>) -> Problem {
    Problem::new(ProblemType::InvalidRequest).with_violations(violations)
}

/// Both values, or everything that is wrong.
pub fn both<A, B>(a: Result<A, Violation>, b: Result<B, Violation>) -> Result<(A, B), Vec<Violation>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}

/// The outcome that a body tells, or everything that is wrong with it.
pub fn outcome_of(body: &OutcomeBody) -> Result<Outcome, Vec<Violation>> {
    let text = body.text.as_deref().map(|text| free_text("/text", text)).transpose();
    match body.outcome.as_str() {
        "rejected" => {
            let (reason, text) = both(reason_of(body), text)?;
            if reason == RejectionReason::Other && text.is_none() {
                return Err(vec![missing_text()]);
            }
            Ok(Outcome::Rejected { reason, text })
        }
        _ if body.reason.is_some() => Err(vec![not_here("/reason")]),
        "accepted" if body.text.is_some() => Err(vec![not_here("/text")]),
        "accepted" => Ok(Outcome::Accepted),
        "question" => {
            let text: Option<FreeText> = text.map_err(|violation| vec![violation])?;
            text.map(|text| Outcome::Question { text })
                .ok_or_else(|| vec![missing_text()])
        }
        _ => Err(vec![Violation::error(
            "/outcome",
            "outcome-unknown",
            Localized::new(
                "Skriv accepted, rejected eller question.",
                "Write accepted, rejected or question.",
            ),
        )]),
    }
}

fn reason_of(body: &OutcomeBody) -> Result<RejectionReason, Violation> {
    let reason = body.reason.as_deref().and_then(RejectionReason::from_code);
    reason.ok_or_else(|| {
        let codes = RejectionReason::ALL.map(RejectionReason::as_str).join(", ");
        let message = Localized::new(
            format!("Skriv årsagen til afvisningen som en af koderne {codes}."),
            format!("Write the reason for the rejection as one of the codes {codes}."),
        );
        Violation::error("/reason", "reason-unknown", message)
    })
}

fn missing_text() -> Violation {
    let message = Localized::new(
        "Skriv til arbejdsgiveren, hvad det drejer sig om.",
        "Write to the employer what it is about.",
    );
    Violation::error("/text", "text-missing", message)
}

fn not_here(pointer: &str) -> Violation {
    let message = Localized::new(
        "Udelad feltet: det hører ikke til denne afgørelse.",
        "Leave the field out: it does not belong to this outcome.",
    );
    Violation::error(pointer, "not-applicable", message)
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Unknown => Self::new(ProblemType::NotFound),
            StepError::Closed => Self::new(ProblemType::ReportClosed),
            StepError::Decided => Self::new(ProblemType::OutcomeConflict),
            StepError::NotOpen => Self::new(ProblemType::QuestionNotOpen),
            StepError::HandedOn => Self::new(ProblemType::ReportHandedOn),
            StepError::NotHeld => Self::new(ProblemType::ReportNotHeld),
            StepError::SameMunicipality => {
                let message = Localized::new(
                    "Vælg en anden kommune end den, der har indberetningen.",
                    "Choose another municipality than the one that has the report.",
                );
                invalid(vec![Violation::error("/to", "same-municipality", message)])
            }
            StepError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(outcome: &str, reason: Option<&str>, text: Option<&str>) -> Result<&'static str, String> {
        let body = OutcomeBody {
            outcome: outcome.into(),
            reason: reason.map(Into::into),
            text: text.map(Into::into),
        };
        let told = |violations: Vec<Violation>| {
            let told: Vec<_> = violations
                .iter()
                .map(|one| format!("{} {}", one.pointer, one.code))
                .collect();
            told.join(", ")
        };
        outcome_of(&body).map(|outcome| outcome.code()).map_err(told)
    }

    #[test]
    fn an_outcome_has_what_belongs_to_it_and_nothing_else() {
        assert_eq!(read("accepted", None, None), Ok("accepted"));
        assert_eq!(read("rejected", Some("duplicate"), None), Ok("rejected"));
        assert_eq!(read("rejected", Some("other"), Some("Se brev")), Ok("rejected"));
        assert_eq!(read("question", None, Some("Hvorfor?")), Ok("question"));
        let no = |told: &str| Err(told.to_owned());
        assert_eq!(read("accepted", None, Some("fint")), no("/text not-applicable"));
        assert_eq!(read("accepted", Some("other"), None), no("/reason not-applicable"));
        assert_eq!(
            read("rejected", None, Some(" ")),
            no("/reason reason-unknown, /text text-empty")
        );
        assert_eq!(read("rejected", Some("other"), None), no("/text text-missing"));
        assert_eq!(read("question", None, None), no("/text text-missing"));
        assert_eq!(read("perhaps", None, None), no("/outcome outcome-unknown"));
    }
}
