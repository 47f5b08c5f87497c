use std::{io, path::PathBuf, time::Duration};

use crate::store::CopyError;

/// Why a pull stopped. Nothing that was stored or acknowledged before is lost.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("another pull is at work in {}; wait for it to end", .0.display())]
    InUse(PathBuf),
    #[error("{} belongs to municipality {found}; give each municipality a copy of its own", .path.display())]
    OfAnother { path: PathBuf, found: String },
    #[error("no place was named for the records")]
    NoDestination,
    #[error("{} can't be read as the state of a pull; put it back from a copy, or start in an empty folder", .0.display())]
    StateUnreadable(PathBuf, #[source] serde_json::Error),
    #[error("{what} {} failed", .path.display())]
    Folder {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the SQLite file {} could not be used; nothing of this page is in it", .path.display())]
    Table { path: PathBuf, source: CopyError },
    #[error("the key file {} can't be read", .path.display())]
    KeyFile { path: PathBuf, source: io::Error },
    #[error("the key is empty")]
    NoKey,
    #[error("the key holds characters that no key has; copy it again, it is one word such as fp_municipality_…")]
    UnfitKey,
    #[error("the authorities to trust in {} can't be read", .path.display())]
    Authorities { path: PathBuf, source: io::Error },

    #[error("the address of the service must begin with https://, or with http:// on this machine")]
    UnsafeAddress,
    #[error("the service did not answer, {tries} times in a row")]
    NoAnswer { tries: usize, source: Box<ureq::Error> },
    #[error("the service was busy {tries} times in a row (status {status}); try again later")]
    Busy { tries: usize, status: u16 },
    #[error(
        "the service, or something on the way to it, failed {tries} times in a row (status {status}); try again later"
    )]
    Broken { tries: usize, status: u16 },
    #[error(
        "something on the way answered instead of the service {tries} times in a row (status {status}), such as a proxy, a firewall or a page about maintenance; check the address and the way to it"
    )]
    NotOurs { tries: usize, status: u16 },
    #[error(
        "the address leads on to {to} {tries} times in a row (status {status}), which is not followed with a key; check the address"
    )]
    Redirected { tries: usize, status: u16, to: String },
    #[error(
        "the service's certificate is not one to trust; check the address and the machine's clock, and for an authority of your own use --ca"
    )]
    Certificate(#[source] rustls::Error),
    #[error("the service asks to wait {seconds} seconds (status {status}); try again then")]
    AskedToWait { seconds: u64, status: u16 },
    #[error(
        "the service does not accept the key; make a new one with: fleksport credential create --role municipality"
    )]
    KeyRefused,
    #[error("the service knows no such municipality for this key")]
    NotFound,
    #[error("the service refused the call: status {status}, code {code}")]
    Refused {
        status: u16,
        code: String,
        /// How far the feed goes, where the service tells it.
        latest_sequence: Option<i64>,
        /// Up to where its entries have been deleted, where the service tells it.
        floor_sequence: Option<i64>,
    },
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
        "the copy goes up to entry {here}, the service {}: it is another service, or one set back to an old backup. Nothing was fetched or acknowledged, and the copy is as it was. Check the address, and tell the service's owner; docs/pulling.md says how to go on",
        .latest.map_or("not so far".to_owned(), |latest| format!("only to {latest}"))
    )]
    FeedShorter { here: i64, latest: Option<i64> },
    #[error(
        "the service has deleted the entries up to {}, which were acknowledged and had been kept long enough; this copy goes up to {here} only. Nothing was fetched. Go on with the copy that has them; docs/pulling.md says how to begin a new one",
        .floor.map_or("a later number".to_owned(), |floor| floor.to_string())
    )]
    EntriesDeleted { here: i64, floor: Option<i64> },
    #[error(
        "what comes after entry {sequence} does not belong to it: it is another service, or one set back to an old backup"
    )]
    OtherFeed { sequence: i64 },
    #[error(
        "entry {sequence} does not say what its digest commits to: it was changed on its way or at the service; nothing from there on was stored. Tell the service's owner"
    )]
    Changed { sequence: i64 },
    #[error(
        "entry {sequence} is proven in a way that this version does not know; nothing from there on was stored. Use a newer version of fleksport"
    )]
    NewerRecipe { sequence: i64 },
    #[error("the pull was asked to end")]
    Stopped,
}

impl PullError {
    /// Whether it may go better later without anybody doing something; with the wait that the service asked for.
    pub(super) fn passing(&self) -> Option<Option<Duration>> {
        match self {
            Self::NoAnswer { .. }
            | Self::Busy { .. }
            | Self::Broken { .. }
            | Self::NotOurs { .. }
            | Self::Redirected { .. }
            | Self::Certificate(_) => Some(None),
            Self::AskedToWait { seconds, .. } => Some(Some(Duration::from_secs(*seconds))),
            _ => None,
        }
    }
}
