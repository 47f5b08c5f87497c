//! The OpenAPI 3.1 document, made from the table of operations, the answer types and the list of problems.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use super::{
    answers::{
        AmountChange, CheckAnswer, CheckedReportAnswer, DifferenceAnswer, FeedReport, FieldChange, MunicipalityAnswer,
        ReplyAnswer, ReportAnswer, ReportReceipt, Reported, SubmissionAnswer, SubmissionLinks, ViolationAnswer,
    },
    cloud_events::{self, CloudEvent},
    code_lists, conditional,
    dialogue::{AnswerBody, OutcomeAnswer, OutcomeBody, QuestionAnswerView},
    feed::{AcknowledgementAnswer, AcknowledgementBody, AnswerTold, FeedAnswer, FeedRecord, Transfer},
    forms::{FormLine, FormList},
    handovers::{AssignmentBody, Candidate, HandoverAnswer, HeldList, HeldReport, TransferBody},
    health::Health,
    operations::{Answer, Body, OPERATIONS, Operation},
    parameters::{PARAMETERS, Parameter},
    receipts::Verification,
    settings::{ContactBody, PingAddressAnswer, PingAddressBody, PingLine, PingList, RegisteredPing, SettingsAnswer},
    snapshot::{RangeAnswer, SnapshotAnswer},
    submissions::{SubmissionLine, SubmissionList},
};
use crate::{
    app::App,
    http::{Problem, ProblemType, RequestContext},
};

/// KL's subject number for fleksløntilskud.
const KLE: &str = "32.27.10";
/// Problems that any call can meet.
const EVERYWHERE: [ProblemType; 8] = [
    ProblemType::TransactionHeaderUnfit,
    ProblemType::Unauthenticated,
    ProblemType::Limited,
    ProblemType::Busy,
    ProblemType::Unavailable,
    ProblemType::ClockDoubted,
    ProblemType::Timeout,
    ProblemType::Internal,
];
/// Calls that are answered 304 when the caller has what is there.
const CONDITIONAL: [&str; 6] = [
    "readFeed",
    "listForms",
    "readFormVersion",
    "readFormSchema",
    "readOpenApi",
    "listProblems",
];
/// Headers that any call takes and gets back.
const TRACKING: [(&str, &str, &str); 3] = [
    (
        "x-TransaktionsId",
        "uuid",
        "Follows the call through answer, audit and log; made when absent, returned unchanged. Municipalities send it with each call where \
         the service asks for it.",
    ),
    (
        "x-TransaktionsTid",
        "date-time",
        "Time of the transaction, with offset; a zone in brackets may follow. Returned unchanged. Asked for as x-TransaktionsId is.",
    ),
    (
        "x-RequestId",
        "uuid",
        "Kept over retries; stands in the log, returned unchanged.",
    ),
];

#[derive(OpenApi)]
#[openapi(components(schemas(
    SubmissionAnswer,
    ReportReceipt,
    MunicipalityAnswer,
    ViolationAnswer,
    ReplyAnswer,
    SubmissionLinks,
    CheckAnswer,
    CheckedReportAnswer,
    Reported,
    ReportAnswer,
    FeedReport,
    FeedAnswer,
    FeedRecord,
    Transfer,
    DifferenceAnswer,
    FieldChange,
    AmountChange,
    AnswerTold,
    OutcomeBody,
    OutcomeAnswer,
    QuestionAnswerView,
    AnswerBody,
    TransferBody,
    HandoverAnswer,
    AssignmentBody,
    HeldList,
    HeldReport,
    Candidate,
    SettingsAnswer,
    PingAddressAnswer,
    ContactBody,
    PingAddressBody,
    RegisteredPing,
    PingList,
    PingLine,
    CloudEvent,
    SnapshotAnswer,
    RangeAnswer,
    AcknowledgementBody,
    AcknowledgementAnswer,
    FormList,
    FormLine,
    Health,
    Verification,
    SubmissionList,
    SubmissionLine,
    ProblemList,
    ProblemLine
)))]
struct Schemas;

/// One kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemLine {
    /// Stable, the same in every language.
    pub code: &'static str,
    /// The status code it comes with.
    pub status: u16,
    pub title: String,
    /// What happened and what to do.
    pub detail: String,
}

/// Every kind of problem that a call can be answered with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemList {
    pub problems: Vec<ProblemLine>,
}

/// Every kind of problem, in the language of the caller.
pub async fn problems(context: RequestContext, headers: HeaderMap) -> Result<Response, Problem> {
    let line = |kind: &ProblemType| ProblemLine {
        code: kind.code(),
        status: kind.status().as_u16(),
        title: kind.title().get(context.language).to_owned(),
        detail: kind.detail().get(context.language).to_owned(),
    };
    let list = ProblemList {
        problems: ProblemType::ALL.iter().map(line).collect(),
    };
    conditional::public_json(&headers, &list)
}

/// The document.
pub async fn openapi(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    conditional::public_json(&headers, &document(&app))
}

/// The document as this build and its form in force make it.
pub fn document(app: &App) -> Value {
    let mut schemas =
        serde_json::to_value(Schemas::openapi()).expect("the schemas have a JSON form")["components"]["schemas"].take();
    if let Some(schemas) = schemas.as_object_mut() {
        schemas.insert("Problem".into(), problem_schema());
        schemas.insert("Submission".into(), submission_schema(app));
        code_lists::put_into(schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fleksport",
            "summary": "One entrance for employers' fleksjob wage and wage-ceiling reports",
            "description": "Employers send reports on KL's one form; each of the 98 municipalities pulls its own, complete and in order. \
                            Errors are problem documents (RFC 9457) in the language of Accept-Language (da or en).",
            "version": env!("CARGO_PKG_VERSION"),
            "contact": {
                "name": app.config.site.contact_name,
                "url": format!("{}/api", app.public_url),
                "email": app.config.site.contact_email,
            },
        },
        "servers": [{ "url": &*app.public_url, "description": "This service" }],
        "paths": paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key made with `fleksport credential create`." }
            }
        }
    })
}

fn paths() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        paths.entry(operation.path).or_insert_with(|| json!({}))[operation.method] = described(operation);
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": parameters(operation),
        "responses": responses(operation),
        "security": if operation.needs_key { json!([{ "key": [] }]) } else { json!([]) },
        "x-klassifikation": KLE,
        "x-dataklassifikation": operation.classification,
    });
    if let Some(schema) = body_schema(operation.body) {
        described["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let own = PARAMETERS
        .iter()
        .filter(|parameter| operation.parameters.contains(&parameter.name));
    let own = own.map(|Parameter { name, place, required, kind, description }| {
        json!({ "name": name, "in": place, "required": required, "description": description, "schema": { "type": kind } })
    });
    let tracking = TRACKING.map(|(name, format, description)| {
        let schema = json!({ "type": "string", "format": format });
        json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema })
    });
    own.chain(tracking).collect()
}

fn responses(operation: &Operation) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    let content = match operation.answer {
        Answer::Json(name) => json!({ "application/json": { "schema": reference(name) } }),
        Answer::Object(_) if operation.path.ends_with("/schema") => {
            json!({ "application/schema+json": { "schema": { "type": "object" } } })
        }
        Answer::Object(_) => json!({ "application/json": { "schema": { "type": "object" } } }),
        Answer::Pdf => {
            json!({ "application/pdf": { "schema": { "type": "string", "contentMediaType": "application/pdf" } } })
        }
    };
    let text = match operation.answer {
        Answer::Object(text) => text,
        Answer::Json(_) | Answer::Pdf => operation.summary,
    };
    responses.insert(
        operation.status.to_string(),
        json!({ "description": text, "content": content }),
    );
    if operation.id == "readFeed" {
        let batch = json!({ "type": "array", "items": reference("CloudEvent") });
        responses["200"]["content"][cloud_events::MEDIA_TYPE] = json!({ "schema": batch });
    }
    if CONDITIONAL.contains(&operation.id) {
        responses.insert(
            "304".into(),
            json!({ "description": "Nothing has changed since the ETag in If-None-Match" }),
        );
    }
    if let "ready" | "live" = operation.id {
        let content = json!({ "application/json": { "schema": reference("Health") } });
        responses.insert(
            "503".into(),
            json!({ "description": "It does not; `wrong` says why", "content": content }),
        );
    }
    let role = operation.needs_key.then_some(ProblemType::Forbidden);
    let of_municipality = operation
        .path
        .contains("{code}")
        .then_some(ProblemType::TransactionHeaderMissing);
    let told = operation.problems.iter().copied();
    let length = (!matches!(operation.body, Body::None)).then_some(ProblemType::TooLarge);
    let length = length.filter(|kind| !operation.problems.contains(kind));
    let others = EVERYWHERE.into_iter().filter(|kind| !operation.problems.contains(kind));
    for kind in told.chain(others).chain(role).chain(of_municipality).chain(length) {
        let text = kind.title().en;
        let response = responses.entry(kind.status().as_str()).or_insert_with(|| {
            json!({ "description": "", "content": { "application/problem+json": { "schema": reference("Problem") } } })
        });
        let so_far = response["description"].as_str().unwrap_or_default();
        let line = format!("`{}`: {text}", kind.code());
        response["description"] = Value::from(if so_far.is_empty() {
            line
        } else {
            format!("{so_far}; {line}")
        });
    }
    if let Some(limited) = responses.get_mut("429") {
        limited["headers"] = limit_headers();
    }
    Value::Object(responses)
}

/// What an answer tells of the caller's limit; every counted call tells the last three.
fn limit_headers() -> Value {
    let header = |text: &str| json!({ "description": text, "required": true, "schema": { "type": "integer" } });
    json!({
        "Retry-After": header("Seconds until the next call is answered"),
        "RateLimit-Limit": header("Calls that may come at once"),
        "RateLimit-Remaining": header("Calls that are left of them"),
        "RateLimit-Reset": header("Seconds until all of them are there again"),
    })
}

fn body_schema(body: Body) -> Option<Value> {
    match body {
        Body::None => None,
        Body::Json(name) => Some(reference(name)),
        Body::Submission => Some(reference("Submission")),
        Body::Report | Body::Case => Some(json!({ "type": "object" })),
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = ProblemType::ALL.iter().map(|kind| kind.code()).collect();
    json!({
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "transaction_id"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What happened and what to do." },
            "code": { "type": "string", "enum": codes },
            "transaction_id": { "type": "string", "format": "uuid" },
            "violations": { "type": "array", "items": reference("ViolationAnswer") },
            "latest_sequence": {
                "type": "integer",
                "description": "With `cursor-beyond-latest` and `cursor-too-old`: the last number that there is in this feed."
            },
            "floor_sequence": { "type": "integer", "description": "With `cursor-too-old`: the last number that is deleted." },
            "submission_id": { "type": "string", "format": "uuid", "description": "With `idempotency-key-reused`: what the key was used for." },
            "receipt_number": { "type": "string", "description": "With `idempotency-key-reused`: the receipt of that submission." },
            "newest_report_id": {
                "type": "string",
                "format": "uuid",
                "description": "With `correction-target-closed`: the last report of the chain."
            },
            "newest_is_withdrawal": {
                "type": "boolean",
                "description": "With `correction-target-closed`: whether that one takes the report back, so that nothing is left to correct."
            },
            "parameters": {
                "type": "array",
                "description": "With `invalid-parameter`: which, and what to do.",
                "items": {
                    "type": "object",
                    "required": ["name", "code", "message"],
                    "properties": {
                        "name": { "type": "string" },
                        "code": { "type": "string", "enum": ["unknown", "repeated", "missing", "unfit"] },
                        "message": { "type": "string" }
                    }
                }
            }
        }
    })
}

/// The submission on the form version in force, made from the form.
fn submission_schema(app: &App) -> Value {
    let form = app.forms.current(crate::fields::FORM, app.clock.today());
    let mut schema = form.map_or_else(|| json!({ "type": "object" }), crate::form::Form::json_schema);
    if let Some(members) = schema.as_object_mut() {
        // As a component it has no identity of its own.
        members.remove("$schema");
        members.remove("$id");
    }
    schema
}
