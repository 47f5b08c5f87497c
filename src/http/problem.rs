//! Errors to the outside: RFC 9457 problem documents. The only place that pairs a fault with a status code.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::limits;
use crate::{
    access::Denial,
    buckets::Left,
    finding::{Violation, ViolationView},
    give_receipt::ReceiptError,
    store::StoreError,
    value::{Language, Localized},
};

/// Where a problem's `type` leads: the list of all problems in the documentation.
pub const TYPE_BASE: &str = "/api/problems#";

/// Declares every kind of problem once: code, status, title in both languages, what to do.
macro_rules! problems {
    ($($name:ident = $code:literal, $status:ident, $title_da:literal, $title_en:literal, $detail_da:literal, $detail_en:literal;)*) => {
        /// Every kind of problem that the interface can answer with. The documentation and the OpenAPI document are made from this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemType { $($name),* }

        impl ProblemType {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Stable, kebab-case, the same in every language.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }

            pub fn title(self) -> Localized {
                match self { $(Self::$name => Localized::new($title_da, $title_en)),* }
            }

            /// What happened and what to do.
            pub fn detail(self) -> Localized {
                match self { $(Self::$name => Localized::new($detail_da, $detail_en)),* }
            }
        }
    };
}

problems! {
    InvalidSubmission = "invalid-submission", UNPROCESSABLE_ENTITY,
        "Indberetningen kan ikke modtages endnu", "The submission can't be taken in yet",
        "Ret det, der står i violations, og send igen. Der er ikke gemt noget.",
        "Correct what violations lists and send again. Nothing was stored.";
    InvalidRequest = "invalid-request", UNPROCESSABLE_ENTITY,
        "Indholdet passer ikke til kaldet", "The content does not fit the call",
        "Ret det, der står i violations, og send igen.",
        "Correct what violations lists and send again.";
    MalformedBody = "malformed-body", BAD_REQUEST,
        "Indholdet kan ikke læses", "The content can't be read",
        "Send gyldig JSON i UTF-8. Stedet er angivet i violations, når det kendes.",
        "Send valid JSON in UTF-8. The place is in violations where it is known.";
    InvalidParameter = "invalid-parameter", BAD_REQUEST,
        "En værdi i adressen kan ikke bruges", "A value in the address can't be used",
        "En parameter mangler, er ukendt, gentaget eller uden for det tilladte; parameters siger hvilken, når den kendes. Se dokumentationen på /api, ret adressen, og prøv igen.",
        "A parameter is missing, unknown, repeated or out of range; parameters says which where it is known. See the documentation at /api, correct the address and try again.";
    InvalidCursor = "invalid-cursor", BAD_REQUEST,
        "Markøren kan ikke bruges her", "The cursor can't be used here",
        "Brug next_cursor fra jeres egen seneste side, eller begynd igen med after og det sidste nummer, I har gemt (after=0 giver alt).",
        "Use next_cursor of your own latest page, or start again with after and the last number you have stored (after=0 gives everything).";
    CursorBeyondLatest = "cursor-beyond-latest", BAD_REQUEST,
        "I er længere fremme end listen", "You are further on than the feed",
        "Jeres seneste nummer findes ikke her; listen slutter ved latest_sequence. Enten er adressen en anden tjenestes, eller tjenesten er sat tilbage til en ældre kopi. Behold jeres data, og kvittér ikke. Sammenlign med records/range til og med latest_sequence, og tal med tjenestens drift, før I henter videre. Skal I begynde forfra, så brug snapshot.",
        "Your last number does not exist here; the feed ends at latest_sequence. Either the address is another service's, or the service was set back to an older copy. Keep your data and acknowledge nothing. Compare with records/range up to latest_sequence, and tell the service's operator before you fetch on. If you have to begin anew, use snapshot.";
    CursorTooOld = "cursor-too-old", GONE,
        "Så gamle poster er slettet", "Entries that old have been deleted",
        "Posterne til og med floor_sequence er gemt længe nok og slettet; I havde kvitteret for dem. Har I dem, så fortsæt med after=floor_sequence. Har I dem ikke, så begynd en ny kopi med snapshot, og fortsæt derfra.",
        "The entries up to floor_sequence have been kept long enough and are deleted; you had acknowledged them. If you have them, go on with after=floor_sequence. If you do not, begin a new copy with snapshot and go on from there.";
    InvalidRange = "invalid-range", BAD_REQUEST,
        "Numrene kan ikke bruges", "The numbers can't be used",
        "Brug numre fra 1 til latest_sequence i jeres egen liste, det første højst lig det sidste og højst 100.000 numre ad gangen.",
        "Use numbers from 1 to latest_sequence of your own feed, the first at most the last, and at most 100,000 numbers at a time.";
    IdempotencyKeyMissing = "idempotency-key-missing", BAD_REQUEST,
        "Idempotency-Key mangler", "Idempotency-Key is missing",
        "Send headeren Idempotency-Key med 1 til 255 tegn, som I selv vælger, og brug den samme, når I gentager kaldet.",
        "Send the header Idempotency-Key with 1 to 255 characters of your choice, and the same one when you repeat the call.";
    IdempotencyKeyUnfit = "idempotency-key-unfit", BAD_REQUEST,
        "Idempotency-Key kan ikke bruges", "The Idempotency-Key can't be used",
        "Brug 1 til 255 synlige ASCII-tegn uden mellemrum, for eksempel en UUID, i én header. Anførselstegn om den tæller ikke med.",
        "Use 1 to 255 visible ASCII characters without blanks, such as a UUID, in one header. Quotes around it do not count.";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY,
        "Nøglen er brugt til et andet indhold", "The key was used with other content",
        "Vælg en ny Idempotency-Key til det nye indhold. Det første indhold er modtaget og uændret; submission_id og receipt_number siger, hvilken indsendelse det blev til.",
        "Choose a new Idempotency-Key for the new content. The first content was received and is unchanged; submission_id and receipt_number name the submission that it became.";
    TransactionHeaderMissing = "transaction-header-missing", BAD_REQUEST,
        "x-TransaktionsId eller x-TransaktionsTid mangler", "x-TransaktionsId or x-TransaktionsTid is missing",
        "Send begge headere med hvert kald: en UUID for transaktionen og dens tidspunkt med tidszone, for eksempel 2026-11-23T13:00:00+01:00.",
        "Send both headers with each call: a UUID for the transaction and its time with offset, such as 2026-11-23T13:00:00+01:00.";
    TransactionHeaderUnfit = "transaction-header-unfit", BAD_REQUEST,
        "En transaktionsheader kan ikke bruges", "A transaction header can't be used",
        "x-TransaktionsId og x-RequestId er UUID'er (8-4-4-4-12 tegn), og x-TransaktionsTid er et tidspunkt med tidszone, for eksempel 2026-11-23T13:00:00+01:00; hver højst én gang.",
        "x-TransaktionsId and x-RequestId are UUIDs (8-4-4-4-12 characters), and x-TransaktionsTid is a time with offset, such as 2026-11-23T13:00:00+01:00; each at most once.";
    Unauthenticated = "unauthenticated", UNAUTHORIZED,
        "Log ind først", "Authenticate first",
        "Send en gyldig nøgle som Authorization: Bearer. Den kan være udløbet eller trukket tilbage.",
        "Send a valid key as Authorization: Bearer. It may have expired or been revoked.";
    Forbidden = "forbidden", FORBIDDEN,
        "Nøglen giver ikke adgang til dette", "The key gives no access to this",
        "Brug en nøgle med den rolle, som dokumentationen på /api angiver for kaldet.",
        "Use a key with the role that the documentation at /api names for the call.";
    EncryptionRequired = "encryption-required", FORBIDDEN,
        "Kaldet kom uden kryptering", "The call came without encryption",
        "Der er ikke gemt noget. Brug adressen med https://, og skift den nøgle, som kaldet kan have vist til andre.",
        "Nothing was stored. Use the address with https://, and replace the key that the call may have shown to others.";
    ForeignEmployer = "foreign-employer", FORBIDDEN,
        "Nøglen gælder et andet CVR-nummer", "The key belongs to another CVR number",
        "Send kun indberetninger for det CVR-nummer, som nøglen er udstedt til.",
        "Send reports only for the CVR number that the key was issued for.";
    NotFound = "not-found", NOT_FOUND,
        "Findes ikke", "Not found",
        "Adressen findes ikke, eller den er ikke jeres. Kontrollér adressen.",
        "The address does not exist, or it is not yours. Check the address.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED,
        "Metoden kan ikke bruges her", "The method can't be used here",
        "Brug en af metoderne i headeren Allow.",
        "Use one of the methods in the header Allow.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE,
        "Indholdets type kan ikke modtages", "The content type can't be taken in",
        "Send indholdet som Content-Type: application/json, upakket (uden Content-Encoding).",
        "Send the content as Content-Type: application/json, not packed (without Content-Encoding).";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE,
        "Indholdet er for stort", "The content is too large",
        "Del indberetningerne i flere kald med hver sin Idempotency-Key.",
        "Split the reports into several calls, each with its own Idempotency-Key.";
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED,
        "If-Match med den viste udgave mangler", "If-Match with the version seen is missing",
        "Hent indberetningen, og send dens ene ETag i headeren If-Match, ikke * og ikke flere, så ingen retter i noget, de ikke har set.",
        "Fetch the report and send its one ETag in the header If-Match, not * and not several, so that nobody corrects what they have not seen.";
    Stale = "stale", PRECONDITION_FAILED,
        "Indberetningen er ændret siden", "The report has changed since",
        "Hent indberetningen igen, se ændringen, og prøv igen med den nye ETag.",
        "Fetch the report again, look at the change and try again with the new ETag.";
    CorrectionTargetUnknown = "correction-target-unknown", UNPROCESSABLE_ENTITY,
        "Den indberetning, der skal rettes, findes ikke", "The report to correct does not exist",
        "Brug report_id fra jeres egen kvittering.",
        "Use report_id from your own receipt.";
    CorrectionTargetClosed = "correction-target-closed", CONFLICT,
        "Indberetningen er allerede rettet eller trukket tilbage", "The report is already corrected or withdrawn",
        "Ret den nyeste indberetning i rækken i stedet; newest_report_id siger hvilken. Er newest_is_withdrawal sand, er der intet at rette: send en ny indberetning.",
        "Correct the newest report of the chain instead; newest_report_id says which. Where newest_is_withdrawal is true there is nothing left to correct: send a new report.";
    OutcomeConflict = "outcome-conflict", CONFLICT,
        "Der er allerede en anden afgørelse", "There is another outcome already",
        "Intet er ændret. Hent indberetningen, og se afgørelsen. Et åbent spørgsmål kan følges af accepted eller rejected; en afgørelse ændres først, når arbejdsgiveren sender en rettelse.",
        "Nothing was changed. Fetch the report and look at its outcome. An open question can be followed by accepted or rejected; a decision changes only with a correction by the employer.";
    ReportClosed = "report-closed", CONFLICT,
        "Indberetningen er rettet eller trukket tilbage", "The report is corrected or withdrawn",
        "Hent indberetningen, og brug den nyeste i rækken i stedet.",
        "Fetch the report and use the newest of its chain instead.";
    QuestionNotOpen = "question-not-open", CONFLICT,
        "Spørgsmålet er ikke åbent", "The question is not open",
        "Hent indsendelsen, og se, om spørgsmålet er besvaret, eller om kommunen har afgjort sagen. Svar på det nyeste spørgsmål.",
        "Fetch the submission and see whether the question is answered or the municipality has decided. Answer the newest question.";
    ReportHandedOn = "report-handed-on", CONFLICT,
        "Indberetningen er allerede overdraget", "The report is handed on already",
        "Se i jeres liste, hvem der har fået den. Skal den videre, må den kommune overdrage den.",
        "See in your feed who has got it. If it has to go on, that municipality must hand it on.";
    ReportNotHeld = "report-not-held", CONFLICT,
        "Indberetningen holdes ikke tilbage", "The report is not held",
        "Hent listen over tilbageholdte indberetninger igen; denne har en kommune eller er trukket tilbage.",
        "Fetch the list of held reports again; this one has a municipality or is withdrawn.";
    NoPingAddress = "no-ping-address", CONFLICT,
        "Der er ingen adresse at sende ping til", "There is no address to send pings to",
        "Registrér en adresse med POST …/settings/ping først.",
        "Register an address with POST …/settings/ping first.";
    AcknowledgedBeyondLatest = "acknowledged-beyond-latest", UNPROCESSABLE_ENTITY,
        "Nummeret findes ikke i jeres liste endnu", "That number is not in your feed yet",
        "Kvittér højst for latest_sequence fra den side, I har hentet.",
        "Acknowledge at most latest_sequence of the page you fetched.";
    Busy = "busy", SERVICE_UNAVAILABLE,
        "Der er meget travlt", "The service is very busy",
        "Intet er gemt. Vent det antal sekunder, der står i Retry-After, og gentag kaldet.",
        "Nothing was stored. Wait the number of seconds in Retry-After and repeat the call.";
    Limited = "rate-limited", TOO_MANY_REQUESTS,
        "Der kommer for mange kald", "Too many calls",
        "Intet er gemt. Vent det antal sekunder, der står i Retry-After, og gentag kaldet.",
        "Nothing was stored. Wait the number of seconds in Retry-After and repeat the call.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        "Tjenesten kan ikke nå sine data lige nu", "The service can't reach its data just now",
        "Gentag kaldet med den samme Idempotency-Key efter det antal sekunder, der står i Retry-After; var det gemt, får I kvitteringen.",
        "Repeat the call with the same Idempotency-Key after the number of seconds in Retry-After; if it was stored you get the receipt.";
    ClockDoubted = "clock-doubted", SERVICE_UNAVAILABLE,
        "Tjenestens ur går forkert", "The service's clock is wrong",
        "Intet er gemt, for kvitteringen ville have et forkert tidspunkt. Driften er adviseret; gentag kaldet senere.",
        "Nothing was stored, because the receipt would carry a wrong time. The operator has been told; repeat the call later.";
    Timeout = "timeout", SERVICE_UNAVAILABLE,
        "Kaldet tog for lang tid", "The call took too long",
        "Gentag kaldet med den samme Idempotency-Key; var det gemt, får I kvitteringen.",
        "Repeat the call with the same Idempotency-Key; if it was stored you get the receipt.";
    Internal = "internal", INTERNAL_SERVER_ERROR,
        "Fejlen er hos os", "The fault is ours",
        "Prøv igen om lidt. Bliver det ved, så oplys transaction_id til supporten.",
        "Try again in a while. If it goes on, tell support the transaction_id.";
}

/// A problem on its way out. Who called, in which language and under which transaction id is added by [`Problem::render`] in the
/// outermost layer, so that no handler has to carry it.
#[derive(Debug, Clone)]
pub struct Problem {
    pub kind: ProblemType,
    pub violations: Vec<Violation>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// What a machine needs besides to go on, such as `latest_sequence`; nothing personal.
    pub members: Vec<(&'static str, Value)>,
    /// What is wrong in the address, by the parameter's name.
    pub parameters: Vec<ParameterFault>,
    /// What is left of the caller's limit.
    pub limit: Option<Left>,
}

/// The document as it is sent.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    transaction_id: Uuid,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationView<'a>>,
    #[serde(flatten)]
    members: BTreeMap<&'static str, &'a Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterView<'a>>,
}

/// What is wrong with one parameter of an address. Never holds its value.
#[derive(Debug, Clone)]
pub struct ParameterFault {
    pub name: String,
    /// `unknown`, `repeated`, `missing` or `unfit`.
    pub code: &'static str,
    pub message: Localized,
}

impl ParameterFault {
    pub fn new(name: &str, code: &'static str, message: Localized) -> Self {
        Self {
            name: name.chars().take(LONGEST_NAME).collect(),
            code,
            message,
        }
    }

    fn in_language(&self, language: Language) -> ParameterView<'_> {
        ParameterView {
            name: &self.name,
            code: self.code,
            message: self.message.get(language),
        }
    }
}

/// How much of a name that a caller made up is told back to it, in characters.
const LONGEST_NAME: usize = 60;

/// A [`ParameterFault`] in one language.
#[derive(Serialize)]
struct ParameterView<'a> {
    name: &'a str,
    code: &'static str,
    message: &'a str,
}

impl Problem {
    pub fn new(kind: ProblemType) -> Self {
        Self {
            kind,
            violations: Vec::new(),
            retry_after: None,
            members: Vec::new(),
            parameters: Vec::new(),
            limit: None,
        }
    }

    #[must_use]
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.violations = violations;
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn with_limit(mut self, left: Left) -> Self {
        self.limit = Some(left);
        self
    }

    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn with_parameters(mut self, faults: Vec<ParameterFault>) -> Self {
        self.parameters = faults;
        self
    }

    /// The fault is ours: the chain of causes goes to the log, once, here; the answer says nothing of it.
    pub fn internal(error: &impl OurFault) -> Self {
        Self::noted(error)
    }

    fn noted(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(causes = causes(error), "a request failed");
        Self::new(ProblemType::Internal)
    }

    /// What is asked for is there, and will be again, but not now.
    fn away(kind: ProblemType, error: &StoreError, seconds: u32) -> Self {
        tracing::warn!(causes = causes(error), "a request could not be served");
        Self::new(kind).with_retry_after(seconds)
    }

    /// The problem that a bare status code of a library (routing, limits, time-outs) stands for.
    pub fn from_status(status: StatusCode) -> Option<Self> {
        let kind = match status {
            StatusCode::BAD_REQUEST => ProblemType::InvalidParameter,
            StatusCode::NOT_FOUND => ProblemType::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ProblemType::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => ProblemType::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemType::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => ProblemType::InvalidRequest,
            StatusCode::TOO_MANY_REQUESTS => ProblemType::Limited,
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => ProblemType::Timeout,
            status if status.is_server_error() => ProblemType::Internal,
            _ => return None,
        };
        Some(Self::new(kind))
    }

    /// The problem as a machine reads it.
    pub fn render(&self, language: Language, transaction_id: Uuid) -> Response {
        let (title, detail) = (self.kind.title(), self.kind.detail());
        let document = Document {
            r#type: format!("{TYPE_BASE}{}", self.kind.code()),
            title: title.get(language),
            status: self.kind.status().as_u16(),
            detail: detail.get(language),
            code: self.kind.code(),
            transaction_id,
            violations: self
                .violations
                .iter()
                .map(|violation| violation.in_language(language))
                .collect(),
            members: self.members.iter().map(|(name, value)| (*name, value)).collect(),
            parameters: self
                .parameters
                .iter()
                .map(|fault| fault.in_language(language))
                .collect(),
        };
        let mut response = (self.kind.status(), Json(&document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(left) = self.limit {
            limits::tell(left, headers);
        }
        if self.kind == ProblemType::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<String> = std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    causes.join(": ")
}

/// Faults that are nobody's but ours, and that repeating the call does not mend. The store's are not among them: what they mean to
/// the caller is decided in one place, below, and `?` leads there.
pub trait OurFault: std::error::Error + 'static {}

impl OurFault for askama::Error {}
impl OurFault for jiff::Error {}
impl OurFault for serde_json::Error {}
impl OurFault for tokio::task::JoinError {}
impl OurFault for crate::entropy::NoEntropy {}
impl OurFault for ReceiptError {}

impl From<ReceiptError> for Problem {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}
impl OurFault for crate::heavy::CutShort {}

/// Seconds until a call that met a full queue is worth repeating.
const BUSY: u32 = 2;
/// Seconds until a database or a disk may be back.
const AWAY: u32 = 5;
/// Seconds until somebody may have set the clock.
const CLOCK: u32 = 60;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::new(ProblemType::Busy).with_retry_after(BUSY),
            StoreError::Connect(_)
            | StoreError::TimedOut
            | StoreError::Full
            | StoreError::Uncertain(_)
            | StoreError::Closed => Self::away(ProblemType::Unavailable, &error, AWAY),
            StoreError::ClockBack => Self::away(ProblemType::ClockDoubted, &error, CLOCK),
            StoreError::Database { .. }
            | StoreError::Migrate(_)
            | StoreError::Address
            | StoreError::BadRow { .. }
            | StoreError::Vault(_)
            | StoreError::ForeignKeys(_)
            | StoreError::Json(_)
            | StoreError::NoEntropy(_)
            | StoreError::Schema { .. }
            | StoreError::Broken
            | StoreError::LeaseLost => Self::noted(&error),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        Self::new(match denial {
            Denial::Unauthenticated => ProblemType::Unauthenticated,
            Denial::Forbidden => ProblemType::Forbidden,
            Denial::NotFound => ProblemType::NotFound,
        })
    }
}

/// Travels as an extension of a bare response; the outermost layer turns it into a document or a page.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_as_503_with_a_time_and_what_is_ours_as_500() {
        for (error, kind) in [
            (StoreError::Busy, ProblemType::Busy),
            (StoreError::TimedOut, ProblemType::Unavailable),
            (StoreError::Full, ProblemType::Unavailable),
            (StoreError::Closed, ProblemType::Unavailable),
            (StoreError::ClockBack, ProblemType::ClockDoubted),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.kind, kind);
            assert_eq!(problem.kind.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(problem.retry_after.is_some_and(|seconds| seconds > 0));
        }
        for error in [StoreError::Broken, StoreError::LeaseLost, StoreError::Address] {
            assert_eq!(Problem::from(error).kind, ProblemType::Internal);
        }
    }
}
