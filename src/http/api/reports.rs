//! One report in full, and corrections of it: thin doors to the same pipeline.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    answers::ReportAnswer,
    conditional,
    dialogue::OutcomeAnswer,
    extract::{self, JsonBytes, PathValue, malformed},
    handovers::HandoverAnswer,
    submissions::created,
};
use crate::{
    access::{Caller, Grant},
    app::App,
    fields::{self, CorrectionCode, ReportKind, WHEREABOUTS},
    form::{Form, Scope},
    http::{Problem, ProblemType, RequestContext},
    receive::{self, RawSubmission},
    store::{ReportDetail, StoreError},
    submit::{self, Incoming, SubmitError},
    value::ReportId,
};

/// One report, for the employer that sent it and the municipality that has it.
pub async fn read(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<ReportId>,
) -> Result<Response, Problem> {
    let detail = detail(&app, &context, &grant, id).await?;
    let answer = in_full(&app, &context, &grant, &detail).await;
    let mut response = Json(answer?).into_response();
    let etag = HeaderValue::try_from(format!("\"{}\"", detail.report.version));
    response
        .headers_mut()
        .extend(etag.ok().map(|etag| (header::ETAG, etag)));
    Ok(response)
}

/// With what people have added. Reasons for handing it on are between municipalities.
async fn in_full(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    detail: &ReportDetail,
) -> Result<ReportAnswer, StoreError> {
    let outcomes = app.store.outcomes_of(&detail.report).await?;
    let handovers = match grant.caller {
        Caller::Municipality { .. } => app.store.handovers_of(&detail.report).await?,
        _ => Vec::new(),
    };
    Ok(ReportAnswer {
        outcomes: outcomes.iter().map(OutcomeAnswer::new).collect(),
        handovers: handovers.iter().map(HandoverAnswer::new).collect(),
        ..ReportAnswer::new(&detail.report, context.language)
    })
}

/// Replaces a report: the body holds the new answers, as a report of the kind that is replaced.
pub async fn correct(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<ReportId>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let detail = detail(&app, &context, &grant, id).await?;
    let mut report = receive::json_value(&body.bytes).map_err(malformed)?;
    let kind = detail.report.report.content_kind().as_str();
    let members = report.as_object_mut().ok_or_else(|| malformed(Vec::new()))?;
    members.insert(fields::REPORT_KIND.id().into(), json!(ReportKind::Correction));
    members.insert(fields::CORRECTS_REPORT_ID.id().into(), json!(id.to_string()));
    members.insert(fields::CORRECTION_ACTION.id().into(), json!(CorrectionCode::Replace));
    members.entry(fields::CORRECTED_REPORT_KIND.id()).or_insert(json!(kind));
    send(&app, &context, &grant, &headers, &detail, report).await
}

/// Takes a report back.
pub async fn withdraw(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(id): PathValue<ReportId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let detail = detail(&app, &context, &grant, id).await?;
    let report = json!({
        fields::REPORT_KIND.id(): ReportKind::Correction,
        fields::CORRECTS_REPORT_ID.id(): id.to_string(),
        fields::CORRECTION_ACTION.id(): CorrectionCode::Withdraw,
    });
    send(&app, &context, &grant, &headers, &detail, report).await
}

async fn detail(app: &App, context: &RequestContext, grant: &Grant, id: ReportId) -> Result<ReportDetail, Problem> {
    let found = app.store.read_report(grant, context.transaction_id, id).await;
    found?.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

async fn send(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    headers: &HeaderMap,
    detail: &ReportDetail,
    mut report: Value,
) -> Result<Response, Problem> {
    let seen_version = Some(conditional::seen_version(headers)?);
    let idempotency_key = extract::idempotency_key(headers)?;
    keep_who_and_where(&mut report, detail);
    let form = app.forms.current(&detail.form.id, app.clock.today());
    let incoming = Incoming {
        raw: RawSubmission::of_body(submission_of(form, detail, report)),
        channel: extract::CHANNEL,
        sender: extract::sender(grant)?,
        idempotency_key,
        transaction_id: context.transaction_id,
        seen_version,
    };
    let accepted = submit::submit(app, incoming).await.map_err(in_own_body)?;
    Ok(created(app, &accepted, context.language))
}

/// The caller sent the report alone, so places are told from there.
fn in_own_body(error: SubmitError) -> SubmitError {
    let SubmitError::Invalid(mut violations) = error else {
        return error;
    };
    for violation in &mut violations {
        if let Some(rest) = violation.pointer.strip_prefix("/reports/0") {
            violation.pointer = rest.to_owned();
        }
    }
    SubmitError::Invalid(violations)
}

/// A correction need not repeat who it is about and where the person lives.
fn keep_who_and_where(report: &mut Value, detail: &ReportDetail) {
    let Some(members) = report.as_object_mut() else { return };
    let before = detail.report.report.answers.to_plain_json();
    let of_the_place = WHEREABOUTS.into_iter().chain([fields::PRODUCTION_UNIT_P_NUMBER.id()]);
    let moved = of_the_place.clone().any(|field| members.contains_key(field));
    let kept = [fields::EMPLOYEE_CPR.id(), fields::EMPLOYEE_NAME.id()]
        .into_iter()
        .chain(of_the_place.filter(|_| !moved));
    for field in kept {
        if let Some(value) = before.get(field) {
            members.entry(field).or_insert_with(|| value.clone());
        }
    }
}

/// A submission of the one report, from the same employer and contact as the corrected one and with what else was answered once, on the
/// version now in force.
fn submission_of(form: Option<&Form>, detail: &ReportDetail, report: Value) -> Value {
    let answers = detail.employer.answers().to_plain_json();
    let told = |scope| {
        let fields = form.into_iter().flat_map(move |form| form.fields_of(scope));
        fields.filter_map(|field| Some((field.key.clone(), answers.get(&field.id)?.clone())))
    };
    let employer: Map<String, Value> = told(Scope::Employer).collect();
    let mut body: Map<String, Value> = told(Scope::Submission).collect();
    body.extend([
        ("form".to_owned(), json!(detail.form.id)),
        ("employer".to_owned(), Value::Object(employer)),
        (fields::DECLARATION_ACCEPTED.id().to_owned(), json!(true)),
        ("reports".to_owned(), json!([report])),
    ]);
    Value::Object(body)
}
