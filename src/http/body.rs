//! The one reader of bodies: each endpoint says in its row how much it takes, and no more is read.

use axum::{body::Body, extract::Request, http::header};
use http_body_util::BodyExt;

use super::{Problem, ProblemType};
use crate::{
    app::App,
    heavy::{Room, SMALL_BODY},
};

/// The largest body that an endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    /// A body is left unread.
    None,
    /// 16 KiB: a few fields.
    Small,
    /// 64 KiB: one case, one report, or what one page sends.
    Case,
    /// `server.body_limit_bytes`: up to ten thousand reports.
    Submission,
}

impl BodyLimit {
    /// In bytes; the setting is the most of all.
    pub fn bytes(self, app: &App) -> usize {
        let most = app.config.server.body_limit_bytes;
        match self {
            Self::None => 0,
            Self::Small => most.min(16 * 1_024),
            Self::Case => most.min(64 * 1_024),
            Self::Submission => most,
        }
    }

    /// Lets the request through with what it may bring, before anything of its body is read.
    ///
    /// # Errors
    /// When it says itself that it brings more.
    pub(super) fn admit(self, app: &App, request: &mut Request) -> Result<(), Problem> {
        if self == Self::None {
            *request.body_mut() = Body::empty();
            return Ok(());
        }
        let most = self.bytes(app);
        if declared(request).is_some_and(|length| length > most) {
            return Err(Problem::new(ProblemType::TooLarge));
        }
        request.extensions_mut().insert(Allowed(most));
        Ok(())
    }
}

/// In bytes. Nothing is read where the guard has not put it.
#[derive(Clone, Copy)]
struct Allowed(usize);

/// A body that was read to its end.
pub struct Whole {
    pub bytes: Vec<u8>,
    /// Kept as long as the body is worked on.
    pub room: Option<Room>,
}

fn declared(request: &Request) -> Option<usize> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    // One that does not fit into a number is more than anything takes.
    Some(length.to_str().ok()?.parse().unwrap_or(usize::MAX))
}

/// Reads the body to its end.
///
/// # Errors
/// When it is longer than the endpoint takes, or does not arrive.
pub async fn read(request: Request, app: &App) -> Result<Whole, Problem> {
    let Allowed(most) = request.extensions().get().copied().unwrap_or(Allowed(0));
    let expected = declared(&request).unwrap_or(0).min(most);
    let mut room = room(app, expected).await?;
    let mut bytes = Vec::with_capacity(expected);
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(ProblemType::MalformedBody))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::new(ProblemType::TooLarge));
        }
        if room.is_none() && bytes.len() + data.len() > SMALL_BODY {
            // It did not say how long it is.
            room = self::room(app, most).await?;
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes, room })
}

async fn room(app: &App, bytes: usize) -> Result<Option<Room>, Problem> {
    if bytes <= SMALL_BODY {
        return Ok(None);
    }
    let room = app.heavy.room_for(bytes).await;
    room.map(Some)
        .map_err(|_| Problem::new(ProblemType::Busy).with_retry_after(2))
}
