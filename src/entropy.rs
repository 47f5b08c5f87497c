//! The only caller of the machine's randomness. Everything else is handed bytes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where random bytes come from: the machine, or a seed, so that a test sees the same ids each time.
#[derive(Debug, Clone)]
pub enum Entropy {
    System,
    Seeded(Arc<AtomicU64>),
}

/// The machine gave no random bytes; nothing that needs a secret may go on.
#[derive(Debug, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub struct NoEntropy(#[source] getrandom::Error);

impl Entropy {
    /// Bytes that repeat from run to run. Never for a key that protects real data.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(AtomicU64::new(seed)))
    }

    /// `N` fresh random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
            Self::System => getrandom::fill(&mut bytes).map_err(NoEntropy)?,
            Self::Seeded(next) => {
                for chunk in bytes.chunks_mut(32) {
                    let block = Sha256::digest(next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                    chunk.copy_from_slice(&block[..chunk.len()]);
                }
            }
        }
        Ok(bytes)
    }

    /// A version 7 UUID: sorts by time, so that new rows land at the end of an index.
    pub fn uuid(&self, now: Timestamp) -> Result<Uuid, NoEntropy> {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()?).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_machine_does_not() {
        let (first, second) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(first.bytes::<40>().unwrap(), second.bytes::<40>().unwrap());
        assert_ne!(first.bytes::<16>().unwrap(), first.bytes::<16>().unwrap());
        assert_ne!(
            Entropy::System.bytes::<16>().unwrap(),
            Entropy::System.bytes::<16>().unwrap()
        );
    }
}
