//! Mail to one address is limited: what comes beyond it waits. Counted by a keyed digest of the address, on each node alone.

use std::time::Duration;

use crate::{buckets::Buckets, config::LimitSettings, store::Store, value::Email};

/// Most addresses that are counted each for itself.
const MOST: usize = 50_000;

/// What each address was sent.
pub struct MailLimit {
    sent: Buckets<[u8; 32]>,
}

impl MailLimit {
    pub fn new(settings: &LimitSettings) -> Self {
        Self {
            sent: Buckets::new(settings.mails, MOST),
        }
    }

    /// Counts a mail that is about to be sent; or tells how long it has to wait.
    pub fn wait(&self, store: &Store, address: &Email) -> Option<Duration> {
        let refused = self.sent.take(store.mail_mark(address)).err();
        refused.map(|exhausted| exhausted.wait)
    }
}
