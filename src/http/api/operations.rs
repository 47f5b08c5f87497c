//! What the documentation says of each endpoint for machines. A test compares this table with the router both ways.

use crate::http::ProblemType::{self, *};

/// The body that a call takes.
#[derive(Clone, Copy)]
pub enum Body {
    None,
    /// A component schema.
    Json(&'static str),
    /// A submission on the form version in force: the schema is made from the form.
    Submission,
    /// One report with the answers that shall stand instead.
    Report,
    /// A case to calculate.
    Case,
}

/// The content of the good answer.
#[derive(Clone, Copy)]
pub enum Answer {
    Json(&'static str),
    /// JSON whose shape is documented elsewhere.
    Object(&'static str),
    Pdf,
}

/// One call.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    /// Names of entries in `PARAMETERS`.
    pub parameters: &'static [&'static str],
    pub body: Body,
    pub status: u16,
    pub answer: Answer,
    pub needs_key: bool,
    /// How sensitive what passes is.
    pub classification: &'static str,
    pub problems: &'static [ProblemType],
}

const OPEN: &str = "Offentlig";
const CONFIDENTIAL: &str = "Fortrolig";

/// A call that takes nothing but its address and is open to everybody; others are written as changes to it.
const READ: Operation = Operation {
    method: "get",
    path: "",
    id: "",
    summary: "",
    description: "",
    parameters: &[],
    body: Body::None,
    status: 200,
    answer: Answer::Object(""),
    needs_key: false,
    classification: OPEN,
    problems: &[],
};

const OWN: Operation = Operation {
    needs_key: true,
    classification: CONFIDENTIAL,
    ..READ
};

/// Every call of the machine interface.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/forms",
        id: "listForms",
        summary: "Published form versions",
        description: "All published versions with id, version, hash and the first day they are in force.",
        answer: Answer::Json("FormList"),
        ..READ
    },
    Operation {
        path: "/api/v1/forms/{id}/versions/{version}",
        id: "readFormVersion",
        summary: "One form version",
        description: "The definition and its texts as canonical JSON (RFC 8785): the bytes whose SHA-256 is the version's hash.",
        parameters: &["id", "version"],
        answer: Answer::Object("The form definition."),
        problems: &[NotFound],
        ..READ
    },
    Operation {
        path: "/api/v1/forms/{id}/versions/{version}/schema",
        id: "readFormSchema",
        summary: "JSON Schema of a submission",
        description: "JSON Schema 2020-12 of a submission on this version.",
        parameters: &["id", "version"],
        answer: Answer::Object("A JSON Schema."),
        problems: &[NotFound],
        ..READ
    },
    Operation {
        method: "post",
        path: "/api/v1/submissions",
        id: "createSubmission",
        summary: "Take in a submission",
        description: "Checks, routes, calculates and stores 1 to 10,000 reports of one employer; the answer is the receipt. Everything that \
                      is wrong is told at once and then nothing is stored. The same key with the same content gets the same answer. A warning or \
                      hint about a report can be answered in the report's `hint_answers`; one that is not answered stops nothing.",
        parameters: &["Idempotency-Key"],
        body: Body::Submission,
        status: 201,
        answer: Answer::Json("SubmissionAnswer"),
        problems: &[
            MalformedBody,
            IdempotencyKeyMissing,
            IdempotencyKeyUnfit,
            ForeignEmployer,
            InvalidSubmission,
            IdempotencyKeyReused,
            UnsupportedMediaType,
            TooLarge,
            CorrectionTargetUnknown,
            CorrectionTargetClosed,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/submissions/validate",
        id: "checkSubmission",
        summary: "Check a submission without storing it",
        description: "The same checks, routing and calculation as taking in; stores nothing.",
        body: Body::Submission,
        answer: Answer::Json("CheckAnswer"),
        problems: &[
            MalformedBody,
            ForeignEmployer,
            InvalidSubmission,
            UnsupportedMediaType,
            TooLarge,
        ],
        ..OWN
    },
    Operation {
        path: "/api/v1/submissions",
        id: "listSubmissions",
        summary: "Own submissions",
        description: "The caller's own submissions, newest first.",
        parameters: &["cursor", "limit"],
        answer: Answer::Json("SubmissionList"),
        problems: &[InvalidParameter, InvalidCursor],
        ..OWN
    },
    Operation {
        path: "/api/v1/submissions/{id}",
        id: "readSubmission",
        summary: "One own submission",
        description: "The receipt with the present state of each report.",
        parameters: &["id"],
        answer: Answer::Json("SubmissionAnswer"),
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        path: "/api/v1/submissions/{id}/receipt.pdf",
        id: "readReceiptPdf",
        summary: "The receipt as PDF",
        description: "PDF/A-3 and PDF/UA, made from the stored record, with the same content attached as JSON.",
        parameters: &["id"],
        answer: Answer::Pdf,
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        path: "/api/v1/submissions/{id}/receipt.json",
        id: "readReceiptJson",
        summary: "The receipt as JSON",
        description: "The same content as the PDF.",
        parameters: &["id"],
        answer: Answer::Object("The receipt."),
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        path: "/api/v1/reports/{id}",
        id: "readReport",
        summary: "One report",
        description: "One report in full, for the employer that sent it and the municipality that has it. The `ETag` is needed to correct it.",
        parameters: &["id"],
        answer: Answer::Json("ReportAnswer"),
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/reports/{id}/corrections",
        id: "correctReport",
        summary: "Replace a report",
        description: "The body holds the answers that shall stand instead. The old report stays in the history.",
        parameters: &["id", "Idempotency-Key", "If-Match"],
        body: Body::Report,
        status: 201,
        answer: Answer::Json("SubmissionAnswer"),
        problems: &[
            MalformedBody,
            IdempotencyKeyMissing,
            IdempotencyKeyUnfit,
            NotFound,
            CorrectionTargetClosed,
            Stale,
            PreconditionRequired,
            InvalidSubmission,
            IdempotencyKeyReused,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/reports/{id}/withdrawal",
        id: "withdrawReport",
        summary: "Take a report back",
        description: "The municipality is told through its feed.",
        parameters: &["id", "Idempotency-Key", "If-Match"],
        status: 201,
        answer: Answer::Json("SubmissionAnswer"),
        problems: &[
            IdempotencyKeyMissing,
            IdempotencyKeyUnfit,
            NotFound,
            CorrectionTargetClosed,
            Stale,
            PreconditionRequired,
            InvalidSubmission,
            IdempotencyKeyReused,
            Busy,
        ],
        ..OWN
    },
    Operation {
        path: "/api/v1/municipalities/{code}/records",
        id: "readFeed",
        summary: "A municipality's records, in order",
        description: "Entries are numbered 1, 2, 3 … without a hole. Store a page, then acknowledge it. Reading is repeatable from any number. \
                      With `Accept: application/cloudevents-batch+json` the same entries come as a batch of CloudEvents 1.0; go on with \
                      `Link: rel=\"next\"` or `after=` and the `sequence` of the last event. An entry says what holds as of its number and does not change; \
                      only where you have handed a report on, as a later entry tells, its content leaves your feed.",
        parameters: &["code", "after", "limit", "wait"],
        answer: Answer::Json("FeedAnswer"),
        problems: &[
            InvalidCursor,
            CursorBeyondLatest,
            CursorTooOld,
            InvalidParameter,
            NotFound,
        ],
        ..OWN
    },
    Operation {
        path: "/api/v1/municipalities/{code}/records/range",
        id: "readFeedRange",
        summary: "Count and digests of a run of entries",
        description: "To prove an unbroken line: take the `digest` of each entry that you have stored from `from` to `to`, each as its 32 bytes, \
                      put them one after the other in the order of `sequence`, and take SHA-256 of it. It equals `combined_digest` when you \
                      have exactly these entries. At most 100,000 numbers at a time. Hands out nothing personal.",
        parameters: &["code", "from", "to"],
        answer: Answer::Json("RangeAnswer"),
        problems: &[CursorTooOld, InvalidRange, InvalidParameter, NotFound],
        ..OWN
    },
    Operation {
        path: "/api/v1/municipalities/{code}/snapshot",
        id: "readSnapshot",
        summary: "What holds as of a number",
        description: "To begin anew without reading everything: of the entries up to `as_of` those that no later one up to there has taken \
                      away. Store all pages, then read the feed with `after=feed_cursor`: you have what a reader of the whole feed has.",
        parameters: &["code", "as_of", "cursor", "limit"],
        answer: Answer::Json("SnapshotAnswer"),
        problems: &[InvalidCursor, CursorTooOld, InvalidRange, InvalidParameter, NotFound],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/acknowledgements",
        id: "acknowledge",
        summary: "Take over everything up to a number",
        description: "Until acknowledged, the responsibility stays with Fleksport. The same number always gets the same receipt.",
        parameters: &["code"],
        body: Body::Json("AcknowledgementBody"),
        status: 201,
        answer: Answer::Json("AcknowledgementAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            AcknowledgedBeyondLatest,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/records/{report_id}/outcome",
        id: "decide",
        summary: "Accept a report, reject it, or ask the employer",
        description: "The employer sees the outcome and is told by mail that there is one. A question is answered by the employer; the \
                      answer comes through the feed as `report.answered`. The same outcome again gets the first answer.",
        parameters: &["code", "report_id"],
        body: Body::Json("OutcomeBody"),
        status: 201,
        answer: Answer::Json("OutcomeAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            OutcomeConflict,
            ReportClosed,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/records/{report_id}/transfer",
        id: "transfer",
        summary: "Hand a report on to another municipality",
        description: "From now on the report is the other municipality's; its content leaves your feed. Your feed tells it as \
                      `report.transferred-out`, theirs as `report.transferred-in`. The same transfer again gets the first answer.",
        parameters: &["code", "report_id"],
        body: Body::Json("TransferBody"),
        status: 201,
        answer: Answer::Json("HandoverAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            ReportHandedOn,
            ReportClosed,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/reports/{id}/answers",
        id: "answerQuestion",
        summary: "Answer a question of the municipality",
        description: "For the employer that sent the report; `GET /submissions/{id}` shows the open question. The same answer again gets \
                      the first one back.",
        parameters: &["id"],
        body: Body::Json("AnswerBody"),
        status: 201,
        answer: Answer::Json("OutcomeAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            QuestionNotOpen,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        path: "/api/v1/municipalities/{code}/settings",
        id: "readSettings",
        summary: "What a municipality has set for itself",
        description: "The mail address for alarms and where pings go. The secret of the pings is not told again.",
        parameters: &["code"],
        answer: Answer::Json("SettingsAnswer"),
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        method: "put",
        path: "/api/v1/municipalities/{code}/settings/contact",
        id: "setContact",
        summary: "Set whom to tell when something is wrong",
        description: "The operator sees the mail address beside what has waited too long.",
        parameters: &["code"],
        body: Body::Json("ContactBody"),
        answer: Answer::Json("SettingsAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/settings/ping",
        id: "registerPing",
        summary: "Register where pings go",
        description: "From now on `records.available` is posted to the address when there are new entries, signed as Standard Webhooks says. \
                      Each call makes a new secret; the one before it goes on signing besides for 24 hours. The feed is complete without pings.",
        parameters: &["code"],
        body: Body::Json("PingAddressBody"),
        status: 201,
        answer: Answer::Json("RegisteredPing"),
        problems: &[
            MalformedBody,
            NotFound,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "delete",
        path: "/api/v1/municipalities/{code}/settings/ping",
        id: "removePing",
        summary: "Send no more pings",
        description: "Forgets address and secret; what waits is called off. The same again changes nothing.",
        parameters: &["code"],
        answer: Answer::Json("SettingsAnswer"),
        problems: &[NotFound, Busy],
        ..OWN
    },
    Operation {
        path: "/api/v1/municipalities/{code}/pings",
        id: "listPings",
        summary: "The last pings",
        description: "The last 50, newest first, with the number of tries and what the last failure was.",
        parameters: &["code"],
        answer: Answer::Json("PingList"),
        problems: &[NotFound],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/pings",
        id: "testPing",
        summary: "Send a test ping",
        description: "Posts a ping of the type `ping.test` to the registered address.",
        parameters: &["code"],
        status: 201,
        answer: Answer::Json("PingList"),
        problems: &[NotFound, NoPingAddress, Busy],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/municipalities/{code}/pings/{ping_id}/again",
        id: "sendPingAgain",
        summary: "Send a ping again that was given up",
        description: "With the same `webhook-id`, and all tries before it.",
        parameters: &["code", "ping_id"],
        status: 201,
        answer: Answer::Json("PingList"),
        problems: &[NotFound, Busy],
        ..OWN
    },
    Operation {
        path: "/api/v1/held",
        id: "listHeld",
        summary: "Reports that wait for a municipality",
        description: "For KL and the operator: reports for which no municipality was found, newest first, with what it takes to find it.",
        parameters: &["cursor", "limit"],
        answer: Answer::Json("HeldList"),
        problems: &[InvalidParameter, InvalidCursor],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/held/{report_id}/assignment",
        id: "assignHeld",
        summary: "Find the municipality of a held report",
        description: "Puts the report into the municipality's feed. The same assignment again gets the first answer.",
        parameters: &["report_id"],
        body: Body::Json("AssignmentBody"),
        status: 201,
        answer: Answer::Json("HandoverAnswer"),
        problems: &[
            MalformedBody,
            NotFound,
            ReportNotHeld,
            ReportHandedOn,
            ReportClosed,
            InvalidRequest,
            UnsupportedMediaType,
            TooLarge,
            Busy,
        ],
        ..OWN
    },
    Operation {
        method: "post",
        path: "/api/v1/calculations",
        id: "calculate",
        summary: "Calculate a subsidy",
        description: "What-if: public and stateless. The answer explains itself step by step with paragraph and date in force. A month of an employee; with `\"scheme\": \"self_employed\"` a year of a self-employed person (`year`, `business_income`, `other_work_income`).",
        body: Body::Case,
        answer: Answer::Object("The assessment with its trace."),
        problems: &[MalformedBody, InvalidRequest, UnsupportedMediaType, TooLarge],
        ..READ
    },
    Operation {
        path: "/api/v1/receipts/{number}/verification",
        id: "verifyReceipt",
        summary: "Whether a receipt is genuine",
        description: "Answers genuine, superseded or altered, and nothing else.",
        parameters: &["number", "fingerprint"],
        answer: Answer::Json("Verification"),
        problems: &[InvalidParameter, NotFound],
        ..READ
    },
    Operation {
        path: "/api/openapi.json",
        id: "readOpenApi",
        summary: "This document",
        description: "OpenAPI 3.1, made from the code that serves it.",
        answer: Answer::Object("An OpenAPI document."),
        ..READ
    },
    Operation {
        path: "/api/problems",
        id: "listProblems",
        summary: "Every kind of problem",
        description: "What the `type` of a problem document leads to: code, status, what happened and what to do.",
        answer: Answer::Json("ProblemList"),
        ..READ
    },
    Operation {
        path: "/health/live",
        id: "live",
        summary: "The process runs",
        description: "Answers as long as the process runs and does its work; 503 with the same shape when only a restart can help. A database \
                      that is away is no reason for it, see `/health/ready`.",
        answer: Answer::Json("Health"),
        ..READ
    },
    Operation {
        path: "/health/ready",
        id: "ready",
        summary: "The service can work",
        description: "Whether the database answers a read and a write within two seconds and there is room on its disk. 503 with the same \
                      shape when not; `wrong` names what, in codes that stay the same.",
        answer: Answer::Json("Health"),
        ..READ
    },
];
