//! The reference pull client: what a municipality's case system does, in the order that loses nothing.
//!
//! A record is durably in the folder before `state.json` counts it, and `state.json` counts it before the service is told. So the client
//! can be ended anywhere: what the service was told is on disk, and what it was not told comes again and lands in the same file.
//!
//! Each entry names the digest of the one before it. So the client notices not only a hole or a double, but also when it talks to
//! another service, or to one set back to an old backup, and stops instead of mixing the two.

mod error;
mod folder;
mod page;
mod service;

use std::path::PathBuf;

use crate::{
    clock::Clock,
    entropy::Entropy,
    reference,
    value::{MunicipalityCode, Redacted},
};

pub use error::PullError;
use folder::Folder;
use service::Service;

/// What the client needs to know.
#[derive(Debug, Clone)]
pub struct PullSettings {
    pub municipality: MunicipalityCode,
    /// Address of the service, e.g. `https://fleksport.example`, with or without a slash at the end.
    pub url: String,
    /// The municipality's key (*adgangsnøgle*).
    pub key: Redacted<String>,
    /// Folder of this municipality's records; made when it is not there.
    pub folder: PathBuf,
    /// Entries to ask for at a time; `None` leaves it to the service.
    pub page_size: Option<u32>,
}

/// What a run did. `Display` is the line to end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSummary {
    pub municipality: MunicipalityCode,
    /// Entries written in this run.
    pub fetched: i64,
    /// The last entry in the folder; 0 when there is none.
    pub stored_up_to: i64,
    /// The last entry that the service knows is here.
    pub acknowledged_up_to: i64,
}

impl std::fmt::Display for PullSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            municipality,
            fetched,
            stored_up_to,
            acknowledged_up_to,
        } = self;
        let (code, name) = (municipality.as_str(), reference::municipality(municipality).name);
        write!(
            f,
            "{code} {name}: {fetched} fetched, {stored_up_to} in the folder, acknowledged up to {acknowledged_up_to}"
        )
    }
}

/// Fetches everything that the folder lacks, and acknowledges it.
///
/// # Errors
/// A [`PullError`] that says what to do. What was stored and acknowledged until then stays so; the next run goes on from there.
pub fn pull(settings: &PullSettings, clock: &Clock, entropy: &Entropy) -> Result<PullSummary, PullError> {
    let mut folder = Folder::open(&settings.folder, &settings.municipality)?;
    let service = Service::new(settings, clock.clone(), entropy.clone())?;
    let began_at = folder.stored().sequence;
    loop {
        let page = service.page(folder.stored().sequence)?;
        page.follow(folder.stored())?;
        folder.store(&page.records)?;
        acknowledge(&service, &mut folder)?;
        if !page.has_more {
            break;
        }
    }
    Ok(PullSummary {
        municipality: settings.municipality,
        fetched: folder.stored().sequence - began_at,
        stored_up_to: folder.stored().sequence,
        acknowledged_up_to: folder.acknowledged_up_to(),
    })
}

/// Tells the service how far the folder goes, unless it knows.
fn acknowledge(service: &Service, folder: &mut Folder) -> Result<(), PullError> {
    let stored = folder.stored().sequence;
    if folder.acknowledged_up_to() < stored {
        let receipt = service.acknowledge(stored)?;
        folder.acknowledged(receipt)?;
    }
    Ok(())
}
