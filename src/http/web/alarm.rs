//! What waits too long with a municipality, in its own words: on its page and above its list.

use std::time::Duration;

use jiff::Timestamp;

use super::Frame;
use crate::{
    app::App,
    clock::in_denmark,
    store::{StoreError, Waiting},
    value::{MunicipalityCode, date_to_text},
};

/// One thing that waits too long, and what to do.
pub struct Alarm {
    pub heading: String,
    pub text: String,
    /// Where to see it; empty where the page shows it.
    pub href: &'static str,
}

impl Alarm {
    /// All of a municipality, those that wait for itself first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(app: &App, code: &MunicipalityCode, frame: &Frame) -> Result<Vec<Self>, StoreError> {
        let (now, feed) = (app.clock.now(), &app.config.feed);
        let before = (now - feed.alarm_unfetched, now - feed.alarm_unanswered);
        let found = app.store.overdue_at(code, before.0, before.1).await?;
        let old = |waiting: &Waiting| Some((waiting.count, waiting.since?));
        let unfetched = old(&found.unfetched).map(|old| unfetched(old, feed.alarm_unfetched, frame));
        let unanswered = old(&found.unanswered).map(|old| unanswered(old, feed.alarm_unanswered, frame));
        Ok(unfetched.into_iter().chain(unanswered).collect())
    }
}

fn unfetched((count, since): (i64, Timestamp), limit: Duration, frame: &Frame) -> Alarm {
    let heading = match count {
        1 => frame
            .t("1 indberetning har ventet for længe", "1 report has waited too long")
            .to_owned(),
        _ => format!(
            "{count} {}",
            frame.t("indberetninger har ventet for længe", "reports have waited too long")
        ),
    };
    let what_to_do = frame.t(
        "Åbn og besvar dem i indbakken, eller se efter, om jeres system henter og kvitterer.",
        "Open and answer them in the inbox, or see whether your system fetches and acknowledges.",
    );
    Alarm {
        heading,
        text: format!("{} {what_to_do}", waited(since, limit, frame)),
        href: "",
    }
}

fn unanswered((count, since): (i64, Timestamp), limit: Duration, frame: &Frame) -> Alarm {
    let heading = match count {
        1 => frame
            .t("1 spørgsmål er ikke besvaret", "1 question has not been answered")
            .to_owned(),
        _ => format!(
            "{count} {}",
            frame.t("spørgsmål er ikke besvaret", "questions have not been answered")
        ),
    };
    let what_to_do = frame.t(
        "Arbejdsgiveren er mindet om det én gang pr. mail. Ring, eller afgør sagen uden svaret.",
        "The employer has been reminded once by mail. Call, or decide without the answer.",
    );
    Alarm {
        heading,
        text: format!("{} {what_to_do}", waited(since, limit, frame)),
        href: "/kommune?sporgsmaal=yes",
    }
}

fn waited(since: Timestamp, limit: Duration, frame: &Frame) -> String {
    let date = date_to_text(in_denmark(since).date(), frame.language);
    let limit = span(limit, frame);
    if frame.is_danish() {
        format!("Grænsen er {limit}; det ældste har ventet siden {date}.")
    } else {
        format!("The limit is {limit}; the oldest has waited since {date}.")
    }
}

/// Whole days where there are at least two, otherwise hours.
fn span(limit: Duration, frame: &Frame) -> String {
    let hours = limit.as_secs() / 3_600;
    match (hours, hours % 24) {
        (1, _) => frame.t("1 time", "1 hour").to_owned(),
        (48.., 0) => format!("{} {}", hours / 24, frame.t("døgn", "days")),
        _ => format!("{hours} {}", frame.t("timer", "hours")),
    }
}
