//! What an answer means: whether the service said it, or something on the way (a proxy, a firewall, a page about maintenance), and
//! whether it may go better next time. Only the service's own problem documents end a call for good.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::PullError;

/// The codes of the problem that a number beyond the end of the feed gets; services of the first version had one for all cursors.
const BEYOND_LATEST: [&str; 2] = ["cursor-beyond-latest", "invalid-cursor"];
/// Most characters of an address that is told on.
const LONGEST_ADDRESS: usize = 200;
/// Members that only the service's own answers have.
const OUR_MEMBERS: [&str; 2] = ["records", "acknowledgement_id"];

/// What is left of an answer once it is read to its end.
pub struct Received {
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// What the answer asks to wait.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// What one try at a call came to.
pub enum Attempt<T> {
    Answered(T),
    /// May go better next time; with the wait that the answer asks for.
    Failed(PassingFault, Option<Duration>),
}

/// Why a try failed, where nobody has to do anything about it.
#[derive(Debug)]
pub enum PassingFault {
    NoAnswer(Box<ureq::Error>),
    /// 429 and 503, whoever says so.
    Busy(u16),
    /// 408 and everything from 500, whoever says so.
    Broken(u16),
    /// Something on the way answered.
    NotOurs(u16),
    Redirected {
        status: u16,
        to: String,
    },
}

/// The parts of a problem document that the client tells on; nothing in them is personal.
#[derive(Debug, Deserialize)]
struct Problem {
    r#type: String,
    code: String,
    latest_sequence: Option<i64>,
    floor_sequence: Option<i64>,
}

impl PassingFault {
    /// After so many tries that all ended like this.
    pub fn given_up(self, tries: usize) -> PullError {
        match self {
            Self::NoAnswer(source) => PullError::NoAnswer { tries, source },
            Self::Busy(status) => PullError::Busy { tries, status },
            Self::Broken(status) => PullError::Broken { tries, status },
            Self::NotOurs(status) => PullError::NotOurs { tries, status },
            Self::Redirected { status, to } => PullError::Redirected { tries, status, to },
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::NoAnswer(_) => None,
            Self::Busy(status) | Self::Broken(status) | Self::NotOurs(status) | Self::Redirected { status, .. } => {
                Some(*status)
            }
        }
    }
}

impl Received {
    /// # Errors
    /// What the service itself refuses, or says against its own interface.
    pub fn meaning<T: DeserializeOwned>(self) -> Result<Attempt<T>, PullError> {
        let status = self.status;
        let fault = match status {
            200..=299 => match read(&self.body)? {
                Some(answer) => return Ok(Attempt::Answered(answer)),
                None => PassingFault::NotOurs(status),
            },
            300..=399 => PassingFault::Redirected {
                status,
                to: self.location.as_deref().map_or("?".to_owned(), address),
            },
            429 | 503 => PassingFault::Busy(status),
            408 | 425 | 500.. => PassingFault::Broken(status),
            _ => match problem(&self.body) {
                Some(problem) => return Err(refused(status, problem)),
                None => PassingFault::NotOurs(status),
            },
        };
        Ok(Attempt::Failed(fault, self.retry_after))
    }
}

/// The answer; `None` when it is not one of the service's.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, PullError> {
    match serde_json::from_slice(body) {
        Ok(answer) => Ok(Some(answer)),
        // Not JSON, or cut off.
        Err(error) if !error.is_data() => Ok(None),
        Err(error) => {
            let whole: Value = serde_json::from_slice(body).unwrap_or_default();
            let ours = OUR_MEMBERS.iter().any(|member| whole.get(member).is_some());
            if ours {
                Err(PullError::AnswerUnreadable(error))
            } else {
                Ok(None)
            }
        }
    }
}

/// The service's own problem document: its code is one of a published list and ends its type. Others write such documents too.
fn problem(body: &[u8]) -> Option<Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    serde_json::from_slice::<Problem>(body).ok().filter(|problem| {
        let of_list = problem.r#type.strip_suffix(&problem.code);
        problem.code.bytes().all(plain) && of_list.is_some_and(|list| list.ends_with("/api/problems#"))
    })
}

fn refused(status: u16, problem: Problem) -> PullError {
    match status {
        401 | 403 => PullError::KeyRefused,
        404 => PullError::NotFound,
        _ => PullError::Refused {
            status,
            code: problem.code,
            latest_sequence: problem.latest_sequence,
            floor_sequence: problem.floor_sequence,
        },
    }
}

/// What a refused page means to a copy that goes up to `here`.
pub fn of_page(error: PullError, here: i64) -> PullError {
    match error {
        // What comes after that number is no longer kept there.
        PullError::Refused {
            code, floor_sequence, ..
        } if code == "cursor-too-old" => PullError::EntriesDeleted {
            here,
            floor: floor_sequence,
        },
        // The service refuses to go on from a number that it has not come to.
        PullError::Refused {
            code, latest_sequence, ..
        } if BEYOND_LATEST.contains(&&*code) => PullError::FeedShorter {
            here,
            latest: latest_sequence,
        },
        other => other,
    }
}

/// An address as it is told: without what follows a question mark, and without what no address holds.
fn address(location: &str) -> String {
    let bare = location.split(['?', '#']).next().unwrap_or_default();
    bare.chars()
        .filter(char::is_ascii_graphic)
        .take(LONGEST_ADDRESS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::pull::page::Page;

    fn meaning(status: u16, body: &str) -> Result<Attempt<Page>, PullError> {
        let received = Received {
            status,
            location: Some("https://login.example/page?from=abc".to_owned()),
            retry_after: None,
            body: body.as_bytes().to_vec(),
        };
        received.meaning()
    }

    fn fault(status: u16, body: &str) -> PassingFault {
        match meaning(status, body) {
            Ok(Attempt::Failed(fault, _)) => fault,
            Ok(Attempt::Answered(_)) => panic!("{status} {body} was taken for an answer"),
            Err(error) => panic!("{status} {body} ends the call: {error}"),
        }
    }

    const HTML: &str = "<html>Maintenance</html>";
    const OURS: &str = r#"{"type": "/api/problems#forbidden", "code": "forbidden", "status": 403}"#;

    #[test]
    fn what_something_on_the_way_answers_may_pass() {
        for status in [400, 401, 403, 404, 407, 410, 418, 451] {
            assert!(matches!(fault(status, HTML), PassingFault::NotOurs(_)), "{status}");
            let other = r#"{"type": "about:blank", "code": "forbidden"}"#;
            assert!(matches!(fault(status, other), PassingFault::NotOurs(_)), "{status}");
        }
        for status in [408, 425, 500, 502, 504, 520, 524, 599] {
            assert!(matches!(fault(status, HTML), PassingFault::Broken(_)), "{status}");
            assert!(matches!(fault(status, OURS), PassingFault::Broken(_)), "{status}");
        }
        for status in [429, 503] {
            assert!(matches!(fault(status, ""), PassingFault::Busy(_)), "{status}");
        }
        for body in [
            HTML,
            "",
            r#"{"records": [], "has_mo"#,
            r#"{"error": "login"}"#,
            "[]",
            "null",
        ] {
            assert!(matches!(fault(200, body), PassingFault::NotOurs(200)), "{body}");
        }
        let PassingFault::Redirected { to, .. } = fault(302, HTML) else {
            panic!("a redirect is told as one");
        };
        assert_eq!(to, "https://login.example/page");
    }

    #[test]
    fn what_the_service_itself_refuses_ends_the_call() {
        for status in [401, 403] {
            assert!(matches!(meaning(status, OURS), Err(PullError::KeyRefused)), "{status}");
        }
        assert!(matches!(meaning(404, OURS), Err(PullError::NotFound)));
        let beyond =
            r#"{"type": "/api/problems#cursor-beyond-latest", "code": "cursor-beyond-latest", "latest_sequence": 6}"#;
        let Err(refused) = meaning(400, beyond) else {
            panic!("it ends the call");
        };
        assert!(matches!(
            of_page(refused, 9),
            PullError::FeedShorter {
                here: 9,
                latest: Some(6)
            }
        ));
        let promised = r#"{"records": [{"sequence": 1}], "has_more": false}"#;
        assert!(matches!(meaning(200, promised), Err(PullError::AnswerUnreadable(_))));
    }

    #[test]
    fn a_good_answer_is_read() {
        let page = meaning(200, r#"{"records": [], "has_more": false, "next_cursor": "x"}"#);
        assert!(matches!(page, Ok(Attempt::Answered(Page { has_more: false, .. }))));
    }
}
