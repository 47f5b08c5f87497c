//! Pings, times and waits as a person reads them.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    clock::in_denmark,
    http::web::Frame,
    ping::PingKind,
    store::{Ping, PingState},
    value::date_to_text,
};

/// One ping in the list.
pub struct PingRow {
    pub id: i64,
    pub ordered: String,
    pub what: String,
    pub attempts: i64,
    pub state: String,
    /// When it came to that, or will be tried again; empty for one that is on its way.
    pub at: String,
    pub badge: &'static str,
    /// What the last failure was; empty for none.
    pub failure: String,
    pub given_up: bool,
}

impl PingRow {
    pub fn new(ping: &Ping, frame: &Frame) -> Self {
        let (badge, state, at) = match ping.state {
            PingState::Waiting { .. } if ping.attempts == 0 => ("", frame.t("På vej", "On its way"), None),
            PingState::Waiting { until } => ("badge-warning", frame.t("Prøves igen", "Tried again"), Some(until)),
            PingState::Arrived { at } => ("badge-success", frame.t("Nåede frem", "Arrived"), Some(at)),
            PingState::GivenUp { at } => ("badge-error", frame.t("Opgivet", "Given up"), Some(at)),
        };
        let up_to = frame.t("Nyt op til nummer", "New up to number");
        let what = match ping.kind {
            PingKind::Test => frame.t("Prøve", "Test").to_owned(),
            PingKind::New => format!("{up_to} {}", ping.up_to_sequence),
            PingKind::Again => format!(
                "{up_to} {}, {}",
                ping.up_to_sequence,
                frame.t("sendt igen", "sent again")
            ),
        };
        let failed = !matches!(ping.state, PingState::Arrived { .. });
        let failure = ping.last_error.as_deref().filter(|_| failed);
        Self {
            id: ping.id,
            ordered: moment(ping.created_at, frame),
            what,
            attempts: ping.attempts,
            state: state.to_owned(),
            at: at.map(|at| moment(at, frame)).unwrap_or_default(),
            badge,
            failure: failure.map(|code| failure_words(code, frame)).unwrap_or_default(),
            given_up: matches!(ping.state, PingState::GivenUp { .. }),
        }
    }
}

/// What a stable code of a failure means, and what to look at.
fn failure_words(code: &str, frame: &Frame) -> String {
    let text = match code {
        "inside" => frame.t(
            "Adressens navn fører til et internt net; dertil sender vi ikke.",
            "The name of the address leads inside a house, where we don't send.",
        ),
        "unknown-name" => frame.t("Adressens navn findes ikke.", "The name of the address is not known."),
        "unreachable" => frame.t("Modtageren kan ikke nås.", "The receiver can't be reached."),
        "too-slow" => frame.t(
            "Modtageren svarede ikke i tide.",
            "The receiver did not answer in time.",
        ),
        "encryption" => frame.t(
            "Forbindelsen kunne ikke krypteres; se på certifikatet.",
            "The connection could not be encrypted; look at the certificate.",
        ),
        "redirect" => frame.t(
            "Modtageren sender videre til en anden adresse, og den følger vi ikke.",
            "The receiver sends on to another address, which we don't follow.",
        ),
        "address-removed" => frame.t("Adressen er fjernet.", "The address was removed."),
        "broken" | "store" => frame.t("Fejlen er hos os.", "The fault is ours."),
        status => return format!("{} {status}.", frame.t("Modtageren svarede", "The receiver answered")),
    };
    text.to_owned()
}

/// A time in Denmark, to the minute.
pub fn moment(at: Timestamp, frame: &Frame) -> String {
    let at = in_denmark(at);
    let date = date_to_text(at.date(), frame.language);
    format!("{date} {} {:02}.{:02}", frame.t("kl.", "at"), at.hour(), at.minute())
}

/// How long something took, in one or two units.
pub fn wait(time: Duration, frame: &Frame) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} {}", frame.t("sek", "s")),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 if minutes % 60 == 0 => format!("{hours} {}", frame.t("t", "h")),
        3_600..86_400 => format!("{hours} {} {} min", frame.t("t", "h"), minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d"),
        _ => format!("{days} d {} {}", hours % 24, frame.t("t", "h")),
    }
}
