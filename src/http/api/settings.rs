//! What a municipality sets for itself, and the pings that wake its system.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    dialogue::invalid,
    extract::{Body, PathValue},
};
use crate::{
    access::Grant,
    app::App,
    audit::Deed,
    finding::Violation,
    http::{Problem, ProblemType, RequestContext},
    ping::PingAddress,
    store::{MunicipalitySettings, Ping, PingRegistration, PingState},
    value::{Email, InvalidEmail, MunicipalityCode},
};

/// Pings in a list.
const PINGS: u32 = 50;

/// Whom to tell when something is wrong.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// Mail address; null for nobody.
    pub email: Option<String>,
}

/// Where pings go.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PingAddressBody {
    /// An `https` address on the open internet, at most 500 characters.
    pub url: String,
}

/// What a municipality has set for itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsAnswer {
    pub contact_email: Option<String>,
    /// Where pings go; null where none are wanted.
    pub ping: Option<PingAddressAnswer>,
}

/// Where pings go.
#[derive(Debug, Serialize, ToSchema)]
pub struct PingAddressAnswer {
    pub url: String,
    pub changed_at: String,
    /// Until when the secret before this one signs too, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<String>,
}

/// The address with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredPing {
    pub url: String,
    /// `whsec_` and 32 bytes in Base64, as Standard Webhooks writes it. Shown this once.
    pub secret: String,
    /// Until when the secret before this one signs too, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<String>,
}

/// The last pings, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PingList {
    pub pings: Vec<PingLine>,
}

/// One ping and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct PingLine {
    pub ping_id: String,
    /// `new`, `again` (asked for after it was given up) or `test`.
    pub kind: &'static str,
    pub up_to_sequence: i64,
    pub ordered_at: String,
    pub attempts: i64,
    /// `waiting`, `arrived` or `given_up`.
    pub state: &'static str,
    /// When it arrived or was given up; for one that waits, its next try.
    pub at: String,
    /// Stable code of the last failure, or the status that the receiver answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A municipality and one of its pings, as the address names them. One that does not parse is not found.
pub struct PingPath {
    code: MunicipalityCode,
    ping: i64,
}

impl<S: Send + Sync> FromRequestParts<S> for PingPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found = || Problem::new(ProblemType::NotFound);
        let Path((code, ping)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| not_found())?;
        Ok(Self {
            code: code.parse().map_err(|_| not_found())?,
            ping: ping.parse().map_err(|_| not_found())?,
        })
    }
}

impl SettingsAnswer {
    fn new(settings: &MunicipalitySettings) -> Self {
        let ping = settings.ping.as_ref().map(|ping| PingAddressAnswer {
            url: ping.address.expose().to_owned(),
            changed_at: ping.changed_at.to_string(),
            old_secret_until: old_until(ping),
        });
        Self {
            contact_email: settings.contact.as_ref().map(|email| email.expose().to_owned()),
            ping,
        }
    }
}

fn old_until(ping: &PingRegistration) -> Option<String> {
    ping.old_secret_until.map(|until| until.to_string())
}

impl PingLine {
    fn new(ping: &Ping) -> Self {
        let (state, at): (_, Timestamp) = match ping.state {
            PingState::Waiting { until } => ("waiting", until),
            PingState::Arrived { at } => ("arrived", at),
            PingState::GivenUp { at } => ("given_up", at),
        };
        Self {
            ping_id: ping.id.to_string(),
            kind: ping.kind.as_str(),
            up_to_sequence: ping.up_to_sequence,
            ordered_at: ping.created_at.to_string(),
            attempts: ping.attempts,
            state,
            at: at.to_string(),
            last_error: ping.last_error.clone(),
        }
    }
}

/// What is set.
pub async fn read(
    State(app): State<App>,
    PathValue(code): PathValue<MunicipalityCode>,
) -> Result<Json<SettingsAnswer>, Problem> {
    let settings = app.store.settings_of(&code, app.clock.now()).await;
    let settings = settings?;
    Ok(Json(SettingsAnswer::new(&settings)))
}

/// Sets whom to tell when something is wrong.
pub async fn set_contact(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    path: PathValue<MunicipalityCode>,
    Body(body): Body<ContactBody>,
) -> Result<Json<SettingsAnswer>, Problem> {
    let email = body.email.as_deref().map(str::parse::<Email>).transpose();
    let email = email.map_err(|refusal: InvalidEmail| invalid(vec![Violation::refused("/email", &refusal)]))?;
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::ContactChanged);
    let done = app.store.set_contact(&path.0, email.as_ref(), audit).await;
    done?;
    read(State(app), path).await
}

/// Registers where pings go, with a new secret.
pub async fn register_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PathValue(code): PathValue<MunicipalityCode>,
    Body(body): Body<PingAddressBody>,
) -> Result<(StatusCode, Json<RegisteredPing>), Problem> {
    let address = PingAddress::register(&body.url, app.ping_reach())
        .map_err(|refusal| invalid(vec![Violation::refused("/url", &refusal)]))?;
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingRegistered);
    let secret = app.store.register_ping(&code, address.clone(), audit).await;
    let secret = secret?;
    let settings = app.store.settings_of(&code, app.clock.now()).await;
    let settings = settings?;
    let answer = RegisteredPing {
        url: address.expose().to_owned(),
        secret: secret.text().expose().clone(),
        old_secret_until: settings.ping.as_ref().and_then(old_until),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Sends no more pings.
pub async fn remove_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    path: PathValue<MunicipalityCode>,
) -> Result<Json<SettingsAnswer>, Problem> {
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingRemoved);
    app.store.remove_ping(&path.0, audit).await?;
    read(State(app), path).await
}

/// The last pings.
pub async fn pings(
    State(app): State<App>,
    PathValue(code): PathValue<MunicipalityCode>,
) -> Result<Json<PingList>, Problem> {
    let pings = app.store.pings_of(&code, PINGS).await;
    let pings = pings?;
    Ok(Json(PingList {
        pings: pings.iter().map(PingLine::new).collect(),
    }))
}

/// Sends a ping to try out whether they arrive.
pub async fn test_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    path: PathValue<MunicipalityCode>,
) -> Result<(StatusCode, Json<PingList>), Problem> {
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingTested);
    if !app.store.test_ping(&path.0, audit).await? {
        return Err(Problem::new(ProblemType::NoPingAddress));
    }
    app.ping_wakeup.notify_one();
    Ok((StatusCode::CREATED, pings(State(app), path).await?))
}

/// Sends a ping again that was given up.
pub async fn ping_again(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    PingPath { code, ping }: PingPath,
) -> Result<(StatusCode, Json<PingList>), Problem> {
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingSentAgain);
    if !app.store.ping_again(&code, ping, audit).await? {
        return Err(Problem::new(ProblemType::NotFound));
    }
    app.ping_wakeup.notify_one();
    Ok((StatusCode::CREATED, pings(State(app), PathValue(code)).await?))
}
