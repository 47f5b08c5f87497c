//! `/.well-known/security.txt` (RFC 9116): whom to tell of a weakness.

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;

use crate::{app::App, clock::in_denmark};

/// The RFC asks for less than a year. Who reads it anew gets it anew.
const HOLDS_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// `GET /.well-known/security.txt`
pub async fn show(State(app): State<App>) -> Response {
    // To the day, so that readers of one day see one text.
    let until = in_denmark(app.clock.now() + HOLDS_FOR).date();
    let text = format!(
        "Contact: mailto:{}\nExpires: {until}T00:00:00Z\nPreferred-Languages: da, en\nCanonical: {}/.well-known/security.txt\n",
        app.config.site.contact_email, app.public_url
    );
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
