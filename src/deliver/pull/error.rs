use std::{io, path::PathBuf};

/// Why a pull stopped. Nothing that was stored or acknowledged before is lost.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("another pull is at work in {}; wait for it to end", .0.display())]
    FolderInUse(PathBuf),
    #[error("{} belongs to municipality {found}; give each municipality a folder of its own", .path.display())]
    FolderOfAnother { path: PathBuf, found: String },
    #[error("{} can't be read as the state of a pull; put it back from a copy, or start in an empty folder", .0.display())]
    StateUnreadable(PathBuf, #[source] serde_json::Error),
    #[error("{what} {} failed", .path.display())]
    Folder {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("the address of the service must begin with https://, or with http:// on this machine")]
    UnsafeAddress,
    #[error("the service did not answer, {tries} times in a row")]
    NoAnswer { tries: usize, source: Box<ureq::Error> },
    #[error("the service was busy {tries} times in a row (status {status}); try again later")]
    Busy { tries: usize, status: u16 },
    #[error("the service asks to wait {seconds} seconds (status {status}); try again then")]
    AskedToWait { seconds: u64, status: u16 },
    #[error(
        "the service does not accept the key; make a new one with: fleksport credential create --role municipality"
    )]
    KeyRefused,
    #[error("the service knows no such municipality for this key")]
    NotFound,
    #[error("the service refused the call: status {status}, code {code}")]
    Refused { status: u16, code: String },
    #[error("the service's answer is not what the interface promises")]
    AnswerUnreadable(#[source] serde_json::Error),
    #[error("no random bytes for the ids of the calls")]
    NoEntropy(#[from] crate::entropy::NoEntropy),

    #[error(
        "the feed has a hole: entry {expected} should come, {found} came; nothing from there on was stored. Tell the service's owner"
    )]
    Hole { expected: i64, found: i64 },
    #[error(
        "the feed tells entry {found} again; {expected} should come; nothing from there on was stored. Tell the service's owner"
    )]
    Double { expected: i64, found: i64 },
    #[error("the service says that there is more after entry {after}, but sends nothing. Tell the service's owner")]
    Stalled { after: i64 },
    #[error(
        "the folder goes up to entry {here}, the service not so far: it is another service, or one set back to an old backup"
    )]
    FeedShorter { here: i64 },
    #[error(
        "what comes after entry {sequence} does not belong to it: it is another service, or one set back to an old backup"
    )]
    OtherFeed { sequence: i64 },
}
