//! Who waits for a feed to go on is woken by the writer of this node; what other nodes write is looked for once a second.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::{Store, StoreError};
use crate::value::MunicipalityCode;

/// How often somebody who waits looks for what other nodes have written.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One bell for each municipality that somebody has waited for: at most as many as there are municipalities.
#[derive(Default)]
pub(super) struct News(Mutex<BTreeMap<MunicipalityCode, watch::Sender<()>>>);

impl News {
    /// Wakes those who wait for these municipalities. After the commit: who is woken looks at once.
    pub fn tell(&self, municipalities: &[MunicipalityCode]) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in municipalities.iter().filter_map(|municipality| bells.get(municipality)) {
            bell.send_replace(());
        }
    }

    fn of(&self, municipality: &MunicipalityCode) -> watch::Receiver<()> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = bells.entry(*municipality).or_insert_with(|| watch::Sender::new(()));
        bell.subscribe()
    }
}

impl Store {
    /// Waits until a municipality's feed has another last number than `known`, but no longer than `most` and not beyond the end of
    /// `enough`; the last number there is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wait_for_entries(
        &self,
        municipality: &MunicipalityCode,
        known: i64,
        most: Duration,
        enough: impl Future<Output = ()>,
    ) -> Result<i64, StoreError> {
        let until = Instant::now() + most;
        let mut enough = pin!(enough);
        // Before the first look: what is written between a look and the wait rings too.
        let mut bell = self.news().of(municipality);
        loop {
            let latest = self.latest_sequence(municipality).await?;
            let left = until.saturating_duration_since(Instant::now());
            if latest != known || left.is_zero() {
                return Ok(latest);
            }
            // The bell rang, or it is time to look: either way the database tells. The store keeps the other end of the bell.
            tokio::select! {
                _ = timeout(left.min(LOOK_EVERY), bell.changed()) => {}
                () = enough.as_mut() => return self.latest_sequence(municipality).await,
            }
        }
    }
}
