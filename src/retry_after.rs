//! How long another service asks to wait: `Retry-After`, in seconds or as a moment.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

/// The wait that a `Retry-After` asks for. `date` is the answer's own `Date`, which a moment is held against so that no clock has to
/// be right; without one it is `now`. `None` when it says neither seconds nor a moment. A moment that has passed is no wait.
pub fn wait_asked(retry_after: &str, date: Option<&str>, now: Timestamp) -> Option<Duration> {
    let text = retry_after.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = date.and_then(moment).unwrap_or(now);
    let wait = moment(text)?.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// A moment as HTTP writes it, such as `Tue, 01 Dec 2026 12:00:00 GMT`.
fn moment(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_moments_are_read_and_nothing_else() {
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let asked = |text: &str| wait_asked(text, None, now).map(|wait| wait.as_secs());
        assert_eq!(asked("0"), Some(0));
        assert_eq!(asked(" 120 "), Some(120));
        assert_eq!(asked("Tue, 01 Dec 2026 12:00:30 GMT"), Some(30));
        assert_eq!(asked("Tue, 01 Dec 2026 11:59:00 GMT"), Some(0), "it has passed");
        for neither in ["", "-1", "1.5", "soon", "2026-12-01T12:00:30Z", "99999999999999999999"] {
            assert_eq!(asked(neither), None, "{neither}");
        }
    }

    #[test]
    fn a_moment_is_held_against_the_clock_of_who_names_it() {
        let wrong = "2026-12-01T09:00:00Z".parse().unwrap();
        let date = Some("Tue, 01 Dec 2026 12:00:00 GMT");
        let wait = wait_asked("Tue, 01 Dec 2026 12:00:30 GMT", date, wrong);
        assert_eq!(wait, Some(Duration::from_secs(30)));
        let without = wait_asked("Tue, 01 Dec 2026 09:00:05 GMT", Some("never"), wrong);
        assert_eq!(without, Some(Duration::from_secs(5)));
    }
}
