//! The reference pull client: what a municipality's case system does, in the order that loses nothing.
//!
//! A record is durably in the copy (a folder, a SQLite file, or both) before the copy's state counts it, and the state counts it before
//! the service is told. So the client can be ended anywhere: what the service was told is on disk, and what it was not told comes again.
//!
//! Each entry names the digest of the one before it. So the client notices not only a hole or a double, but also when it talks to
//! another service, or to one set back to an old backup, and stops instead of mixing the two.

mod answer;
mod copies;
mod error;
mod files;
mod folder;
mod follow;
mod key;
mod pace;
mod page;
mod proof;
mod service;
mod stop;
mod table;

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{clock::Clock, entropy::Entropy, reference, value::MunicipalityCode};

pub use error::PullError;
pub use follow::{News, follow};
pub use key::PullKey;
pub use pace::Pace;
pub use stop::Stop;

use copies::Copies;
use page::{Position, Record};
use service::Service;

/// What the client needs to know.
#[derive(Debug, Clone)]
pub struct PullSettings {
    pub municipality: MunicipalityCode,
    /// Address of the service, e.g. `https://fleksport.example`, with or without a slash at the end.
    pub url: String,
    /// The municipality's key (*adgangsnøgle*).
    pub key: PullKey,
    /// Folder of this municipality's records; made when it is not there.
    pub folder: Option<PathBuf>,
    /// SQLite file of this municipality's records; made when it is not there. At least one of the two is named.
    pub table: Option<PathBuf>,
    /// Entries to ask for at a time; `None` leaves it to the service.
    pub page_size: Option<u32>,
    /// File with the certificate authorities (PEM) to trust instead of those that the world trusts.
    pub authorities: Option<PathBuf>,
    pub pace: Pace,
}

/// A place where records are kept durably.
trait Destination {
    /// The last entry that is durably here.
    fn stored(&self) -> &Position;
    /// The last entry that the service knows is here.
    fn acknowledged_up_to(&self) -> i64;
    /// Keeps entries that follow [`Destination::stored`], durably, and counts them.
    ///
    /// # Errors
    /// When they can't be written; then none of them is counted.
    fn store(&mut self, records: &[Record]) -> Result<(), PullError>;
    /// Keeps the service's receipt for what it was told.
    fn acknowledged(&mut self, receipt: &AcknowledgementReceipt) -> Result<(), PullError>;
}

/// The service's receipt for an acknowledgement (*kvittering for modtagelse*).
#[derive(Clone, Serialize, Deserialize)]
struct AcknowledgementReceipt {
    up_to_sequence: i64,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// What a run did. `Display` is the line to end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSummary {
    pub municipality: MunicipalityCode,
    /// Entries written in this run.
    pub fetched: i64,
    /// The last entry in the copy; 0 when there is none.
    pub stored_up_to: i64,
    /// The last entry that the service knows is here.
    pub acknowledged_up_to: i64,
    /// Entries of this run whose reports the service could not read; they are in the copy without content.
    pub withheld: usize,
}

impl std::fmt::Display for PullSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            municipality,
            fetched,
            stored_up_to,
            acknowledged_up_to,
            withheld,
        } = self;
        let (code, name) = (municipality.as_str(), reference::municipality(municipality).name);
        write!(
            f,
            "{code} {name}: {fetched} fetched, {stored_up_to} stored, acknowledged up to {acknowledged_up_to}"
        )?;
        match withheld {
            0 => Ok(()),
            withheld => write!(
                f,
                "; {withheld} withheld, as the service can't read them: tell the service's owner"
            ),
        }
    }
}

/// Fetches everything that the copy lacks, and acknowledges it.
///
/// # Errors
/// A [`PullError`] that says what to do. What was stored and acknowledged until then stays so; the next run goes on from there.
pub fn pull(settings: &PullSettings, clock: &Clock, entropy: &Entropy) -> Result<PullSummary, PullError> {
    let mut run = Run::begin(settings, clock, entropy, &Stop::default())?;
    let began_at = run.copies.stored().sequence;
    while run.step(Duration::ZERO)? {}
    Ok(run.summary(began_at))
}

/// A client at work.
struct Run {
    municipality: MunicipalityCode,
    copies: Copies,
    service: Service,
    stop: Stop,
    withheld: usize,
}

impl Run {
    fn begin(settings: &PullSettings, clock: &Clock, entropy: &Entropy, stop: &Stop) -> Result<Self, PullError> {
        Ok(Self {
            municipality: settings.municipality,
            copies: Copies::open(settings)?,
            service: Service::new(settings, clock.clone(), entropy.clone(), stop.clone())?,
            stop: stop.clone(),
            withheld: 0,
        })
    }

    /// Fetches a page, waiting so long for something new, stores it, and acknowledges; whether there is more.
    fn step(&mut self, wait: Duration) -> Result<bool, PullError> {
        let page = self.service.page(self.copies.stored().sequence, wait)?;
        let Self {
            municipality,
            copies,
            service,
            stop,
            withheld,
        } = self;
        stop.unless_stopped(|| {
            copies.store(&page, municipality)?;
            *withheld += page.records.iter().filter(|record| record.is_withheld()).count();
            acknowledge(service, copies)
        })?;
        Ok(page.has_more)
    }

    fn summary(&self, began_at: i64) -> PullSummary {
        PullSummary {
            municipality: self.municipality,
            fetched: self.copies.stored().sequence - began_at,
            stored_up_to: self.copies.stored().sequence,
            acknowledged_up_to: self.copies.acknowledged_up_to(),
            withheld: self.withheld,
        }
    }
}

/// Tells the service how far the copy goes, unless it knows.
fn acknowledge(service: &Service, copies: &mut Copies) -> Result<(), PullError> {
    let stored = copies.stored().sequence;
    if copies.acknowledged_up_to() < stored {
        let receipt = service.acknowledge(stored)?;
        copies.acknowledged(&receipt)?;
    }
    Ok(())
}
