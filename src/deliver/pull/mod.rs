//! The reference pull client: what a municipality's case system does, in the order that loses nothing.
//!
//! A record is durably in the folder before `state.json` counts it, and `state.json` counts it before the service is told. So the client
//! can be ended anywhere: what the service was told is on disk, and what it was not told comes again and lands in the same file.
//!
//! Each run first asks for the last entry that the folder already holds. When the service tells that entry otherwise, or has fewer
//! entries than the folder, it is another service or one set back to an old backup, and the client stops instead of mixing the two.

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
use page::Page;
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
    let began_at = folder.stored_up_to();
    let mut page = reread_last(&service, &folder)?;
    acknowledge(&service, &mut folder)?;
    loop {
        folder.store(&page.records)?;
        acknowledge(&service, &mut folder)?;
        if !page.has_more {
            break;
        }
        page = service.page(folder.stored_up_to())?;
        page.follow(folder.stored_up_to())?;
    }
    Ok(PullSummary {
        municipality: settings.municipality,
        fetched: folder.stored_up_to() - began_at,
        stored_up_to: folder.stored_up_to(),
        acknowledged_up_to: folder.acknowledged_up_to(),
    })
}

/// The first page, beginning at the last entry that the folder holds. That entry must still be the same; it is then taken off.
fn reread_last(service: &Service, folder: &Folder) -> Result<Page, PullError> {
    let Some(last) = folder.last() else {
        let page = service.page(0)?;
        page.follow(0)?;
        return Ok(page);
    };
    let before = last.sequence - 1;
    let mut page = service.page(before)?;
    if page.latest_sequence < last.sequence {
        return Err(PullError::FeedShorter {
            here: last.sequence,
            there: page.latest_sequence,
        });
    }
    page.follow(before)?;
    if page.records.is_empty() {
        return Err(PullError::Stalled { after: before });
    }
    let told = page.records.remove(0);
    if told.transfer_id != last.transfer_id {
        return Err(PullError::OtherFeed {
            sequence: last.sequence,
        });
    }
    Ok(page)
}

fn acknowledge(service: &Service, folder: &mut Folder) -> Result<(), PullError> {
    if folder.acknowledged_up_to() < folder.stored_up_to() {
        let receipt = service.acknowledge(folder.stored_up_to())?;
        folder.acknowledged(receipt)?;
    }
    Ok(())
}
