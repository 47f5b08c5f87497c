//! What handlers take out of a request, each fault a problem that says what to do.

use std::sync::{Arc, atomic::AtomicBool};

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::{
    access::{Caller, Grant, Proof},
    app::App,
    finding::{Findings, Violation},
    heavy::{Room, SMALL_BODY},
    http::{
        Problem, ProblemType,
        body::{self, Whole},
    },
    receive::{self, RawSubmission},
    record::{Channel, Sender},
    value::{FreeText, InvalidFreeText, Localized, MunicipalityCode, ReportId},
};

/// A value of the address, parsed; one that does not parse is not found, like one that is foreign.
pub struct PathValue<T>(pub T);

impl<T: std::str::FromStr, S: Send + Sync> FromRequestParts<S> for PathValue<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found = || Problem::new(ProblemType::NotFound);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}

/// A municipality and one of its reports, as the address names them. One that does not parse is not found.
pub struct RecordPath {
    pub code: MunicipalityCode,
    pub report: ReportId,
}

impl<S: Send + Sync> FromRequestParts<S> for RecordPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found = || Problem::new(ProblemType::NotFound);
        let Path((code, report)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| not_found())?;
        Ok(Self {
            code: code.parse().map_err(|_| not_found())?,
            report: report.parse().map_err(|_| not_found())?,
        })
    }
}

/// A text in somebody's own words, from a small body.
pub fn free_text(pointer: &str, text: &str) -> Result<FreeText, Violation> {
    text.parse()
        .map_err(|refusal: InvalidFreeText| Violation::refused(pointer, &refusal))
}

/// A body that says it is JSON.
pub struct JsonBytes(pub Whole);

impl FromRequest<App> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let packed = request
            .headers()
            .get(header::CONTENT_ENCODING)
            .is_some_and(|coding| coding != "identity");
        if essence != "application/json" || packed {
            return Err(Problem::new(ProblemType::UnsupportedMediaType));
        }
        body::read(request, app).await.map(Self)
    }
}

/// The submission in a body; a large one is read aside. The room that the body takes is to be kept until the submission has been checked.
///
/// # Errors
/// When the body is not a submission in JSON at all.
pub async fn submission(app: &App, body: Whole) -> Result<(RawSubmission, Option<Room>), Problem> {
    let Whole { bytes, room } = body;
    let length = bytes.len();
    let raw = if length <= SMALL_BODY {
        receive::json_until(bytes, Findings::new())
    } else {
        let work = move |gone: &Arc<AtomicBool>| receive::json_until(bytes, Findings::until(gone.clone()));
        let read = app.heavy.take_apart(length, work).await;
        read.map_err(|error| Problem::internal(&error))?
    };
    Ok((raw.map_err(malformed)?, room))
}

/// The body is not a submission in JSON at all.
pub fn malformed(violations: Vec<Violation>) -> Problem {
    Problem::new(ProblemType::MalformedBody).with_violations(violations)
}

/// A small body of fixed shape: read by serde, checked by `validator`, every fault with its place.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let JsonBytes(body) = JsonBytes::from_request(request, app).await?;
        let mut reader = serde_json::Deserializer::from_slice(&body.bytes);
        let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(&error))?;
        value.validate().map_err(|errors| out_of_range(&errors))?;
        Ok(Self(value))
    }
}

/// serde's own words may repeat the input, so only the place is told.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let pointer = if path == "." {
        String::new()
    } else {
        format!("/{}", path.replace('.', "/"))
    };
    let message = Localized::new(
        "Feltet mangler, er ukendt eller har en anden type end beskrevet i /api/openapi.json.",
        "The field is missing, unknown or of another type than /api/openapi.json describes.",
    );
    let kind = if error.inner().is_data() {
        ProblemType::InvalidRequest
    } else {
        ProblemType::MalformedBody
    };
    Problem::new(kind).with_violations(vec![Violation::error(pointer, "unreadable-field", message)])
}

fn out_of_range(errors: &validator::ValidationErrors) -> Problem {
    let message = || Localized::new("Værdien er uden for det tilladte.", "The value is out of range.");
    let fields = errors.field_errors();
    let mut violations: Vec<_> = fields
        .keys()
        .map(|field| Violation::error(format!("/{field}"), "out-of-range", message()))
        .collect();
    violations.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Problem::new(ProblemType::InvalidRequest).with_violations(violations)
}

/// The key that makes a repeat the same act. Written with quotes it is the same one.
///
/// # Errors
/// When the header is absent, or there but empty, longer than 255 characters, not visible ASCII, or there twice.
pub fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Err(Problem::new(ProblemType::IdempotencyKeyMissing));
    };
    let text = value.to_str().unwrap_or_default().trim();
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let key = inside.unwrap_or(text);
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if (1..=255).contains(&key.len()) && visible && values.next().is_none() {
        Ok(key.to_owned())
    } else {
        Err(Problem::new(ProblemType::IdempotencyKeyUnfit))
    }
}

/// The sending company behind a grant to submit.
///
/// # Errors
/// When the grant is not an employer's; `access` lets nobody else through.
pub fn sender(grant: &Grant) -> Result<Sender, Problem> {
    match &grant.caller {
        Caller::Employer { cvr, proof } => {
            let credential = match proof {
                Proof::Credential(id) => Some(*id),
                Proof::Session(_) => None,
            };
            Ok(Sender {
                cvr: cvr.clone(),
                credential,
            })
        }
        _ => Err(Problem::new(ProblemType::Forbidden)),
    }
}

/// The channel of the machine interface.
pub const CHANNEL: Channel = Channel::Api;

/// The answer with a link to the next page, if there is one: `next` is its address without the host.
pub fn with_next(app: &App, next: Option<String>, mut response: Response) -> Response {
    let link = next.and_then(|next| HeaderValue::try_from(format!("<{}{next}>; rel=\"next\"", app.public_url)).ok());
    response.headers_mut().extend(link.map(|link| (header::LINK, link)));
    response
}
