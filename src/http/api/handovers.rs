//! Whose a report is: handing it on, and finding the municipality of one that is held.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    dialogue::{both, invalid},
    extract::{self, Body, PathValue, RecordPath, free_text},
    query::QueryValues,
    submissions::ListParameters,
};
use crate::{
    access::Grant,
    app::App,
    fields,
    finding::Violation,
    http::{Problem, ProblemType, RequestContext},
    record::{Handover, HeldReason, ReportState},
    reference,
    store::{PageRequest, ReportDetail},
    value::{Language, MunicipalityCode, ReportId},
};

/// To whom, and why.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    /// Code of the municipality that shall have the report.
    pub to: String,
    /// 1 to 2,000 characters; both municipalities can read it.
    pub reason: String,
}

/// Whose a held report is, and why.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignmentBody {
    /// Code of the municipality.
    pub municipality: String,
    /// 1 to 2,000 characters; the municipality can read it.
    pub reason: String,
}

/// A person's decision whose a report is.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverAnswer {
    pub handover_id: String,
    pub report_id: String,
    /// Absent where the report was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub to: String,
    pub at: String,
    pub reason: String,
}

/// One report that is held: what a person needs to find the municipality, and no amount.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldReport {
    pub report_id: String,
    pub held_since: String,
    /// Stable code, e.g. `postcode_in_several`.
    pub reason_code: String,
    pub reason: String,
    /// The municipalities in question, where there are few.
    pub candidates: Vec<Candidate>,
    pub report_kind: String,
    pub employer_cvr: String,
    pub employee_cpr: String,
    pub employee_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_postcode: Option<String>,
}

/// A municipality in question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidate {
    pub code: String,
    pub name: String,
}

/// A page of the reports that are held, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldList {
    pub reports: Vec<HeldReport>,
    pub next_cursor: Option<String>,
    pub has_more: bool,
}

impl HandoverAnswer {
    pub fn new(handover: &Handover) -> Self {
        Self {
            handover_id: handover.id.to_string(),
            report_id: handover.report_id.to_string(),
            from: handover.from.map(|from| from.to_string()),
            to: handover.to.to_string(),
            at: handover.at.to_string(),
            reason: handover.reason.expose().to_owned(),
        }
    }
}

/// Hands a report on to another municipality.
pub async fn transfer(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    RecordPath { code, report }: RecordPath,
    Body(body): Body<TransferBody>,
) -> Result<(StatusCode, Json<HandoverAnswer>), Problem> {
    let to = municipality("/to", &body.to);
    let (to, reason) = both(to, free_text("/reason", &body.reason)).map_err(invalid)?;
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    let handover = app.store.transfer(&code, report, &to, reason, audit).await?;
    Ok((StatusCode::CREATED, Json(HandoverAnswer::new(&handover))))
}

/// The reports that wait for a person to find their municipality.
pub async fn held(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    QueryValues(parameters): QueryValues<ListParameters>,
) -> Result<Response, Problem> {
    let limit = parameters.limit.unwrap_or(50).clamp(1, 100);
    let before = parameters.cursor.as_deref().map(str::parse::<ReportId>).transpose();
    let before = before.map_err(|_| Problem::new(ProblemType::InvalidCursor))?;
    let request = PageRequest { before, limit };
    let page = app.store.read_held(&grant, context.transaction_id, request).await;
    let page = page?;
    let last = page.items.last().filter(|_| page.has_more);
    let next_cursor = last.map(|detail| detail.report.id.to_string());
    let next = next_cursor
        .as_ref()
        .map(|cursor| format!("/api/v1/held?cursor={cursor}&limit={limit}"));
    let reports = page
        .items
        .iter()
        .filter_map(|detail| held_report(detail, context.language));
    let list = HeldList {
        reports: reports.collect(),
        next_cursor,
        has_more: page.has_more,
    };
    Ok(extract::with_next(&app, next, Json(list).into_response()))
}

/// `None` when somebody decided between the look at the list and the look at the report.
fn held_report(detail: &ReportDetail, language: Language) -> Option<HeldReport> {
    let stored = &detail.report;
    let ReportState::Held { reason, since } = &stored.state else {
        return None;
    };
    let candidates: &[MunicipalityCode] = match reason {
        HeldReason::PostcodeInSeveral { candidates } => candidates,
        _ => &[],
    };
    let candidate = |code: &MunicipalityCode| Candidate {
        code: code.to_string(),
        name: reference::municipality(code).full_name.to_owned(),
    };
    Some(HeldReport {
        report_id: stored.id.to_string(),
        held_since: since.to_string(),
        reason_code: reason.code().to_owned(),
        reason: reason.explanation().get(language).to_owned(),
        candidates: candidates.iter().map(candidate).collect(),
        report_kind: stored.report.kind.as_str().to_owned(),
        employer_cvr: detail.employer.cvr.to_string(),
        employee_cpr: stored.report.employee.cpr.expose_formatted(),
        employee_name: stored.report.employee.name.expose().clone(),
        employee_postcode: stored
            .report
            .answers
            .read(fields::EMPLOYEE_POSTCODE)
            .map(ToString::to_string),
    })
}

/// Finds the municipality of a report that is held.
pub async fn assign(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(report): PathValue<ReportId>,
    Body(body): Body<AssignmentBody>,
) -> Result<(StatusCode, Json<HandoverAnswer>), Problem> {
    let to = municipality("/municipality", &body.municipality);
    let (to, reason) = both(to, free_text("/reason", &body.reason)).map_err(invalid)?;
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    let handover = app.store.assign_held(report, &to, reason, audit).await?;
    Ok((StatusCode::CREATED, Json(HandoverAnswer::new(&handover))))
}

fn municipality(pointer: &str, text: &str) -> Result<MunicipalityCode, Violation> {
    text.parse()
        .map_err(|refusal: crate::value::InvalidMunicipalityCode| Violation::refused(pointer, &refusal))
}
