//! Keys, encryption at rest and the blind index. What is personal enters the store sealed and is looked up by keyed hash only.
//!
//! A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. It is bound to its table, column and row: put
//! anywhere else, it does not open. The newest key seals, every key in the file opens.

mod key_file;

use std::{path::Path, sync::Arc};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{AeadInOut, KeyInit},
};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};
use key_file::{KeyFile, SecretKey};

pub use key_file::{FILE_NAME, copy_keys};

/// First byte of every sealed value: AES-256-GCM with a 96-bit random nonce.
const VERSION: u8 = 1;
const NONCE: usize = 12;
const HEADER: usize = 1 + 4 + NONCE;

/// Where a sealed value stands. Part of the associated data, so that a value moved to another row or column is refused.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub table: &'static str,
    pub column: &'static str,
    pub row: &'a str,
}

/// The keys of one installation. Cheap to clone; prints nothing.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

struct Keys {
    /// By key id, newest last.
    sealing: Vec<(u32, Aes256Gcm)>,
    index: SecretKey,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

/// Why keys or a value can't be used. Says nothing of keys or contents.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file can't be {doing}")]
    File {
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("the key file can be read by others than its owner: set its mode to 0600")]
    OpenToOthers,
    #[error("the key file is damaged: {0}")]
    Damaged(&'static str),
    #[error("the sealed value is not in a form that this version knows")]
    UnknownForm,
    #[error("the value was sealed with key {0}, which is not in the key file")]
    UnknownKey(u32),
    #[error("the sealed value does not open: wrong key, changed, or moved from its place")]
    Refused,
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl Vault {
    /// Opens the key file in the data folder; makes folder and file, with fresh keys, the first time.
    ///
    /// # Errors
    /// When the file can't be read or written, is damaged, or is open to others than its owner.
    pub fn open(data_dir: &Path, entropy: &Entropy, now: Timestamp) -> Result<Self, VaultError> {
        Self::from_file(KeyFile::open_or_create(data_dir, entropy, now)?)
    }

    fn from_file(file: KeyFile) -> Result<Self, VaultError> {
        let sealing = file
            .sealing
            .iter()
            .map(|(id, key)| (*id, Aes256Gcm::new((&**key).into())))
            .collect();
        Ok(Self(Arc::new(Keys {
            sealing,
            index: file.index,
        })))
    }

    /// Encrypts a value for one place, under the newest key and a fresh random nonce.
    ///
    /// Random nonces are safe for 2^32 values under one key (NIST SP 800-38D, 8.3): far above what one installation writes
    /// between two rotations.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &Entropy) -> Result<Vec<u8>, VaultError> {
        let (id, cipher) = self.0.sealing.last().ok_or(VaultError::Damaged("no sealing key"))?;
        let nonce: [u8; NONCE] = entropy.bytes()?;
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let bound = associated_data(place, *id);
        let tag = cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &bound, sealed[HEADER..].as_mut().into())
            .map_err(|_| VaultError::Refused)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Decrypts a value that was sealed for this very place.
    ///
    /// # Errors
    /// [`VaultError::Refused`] when it was changed, moved or sealed by another installation.
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (header, body) = sealed.split_at_checked(HEADER).ok_or(VaultError::UnknownForm)?;
        let [VERSION, a, b, c, d, nonce @ ..] = header else {
            return Err(VaultError::UnknownForm);
        };
        let id = u32::from_be_bytes([*a, *b, *c, *d]);
        let (_, cipher) = self
            .0
            .sealing
            .iter()
            .find(|(known, _)| *known == id)
            .ok_or(VaultError::UnknownKey(id))?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| VaultError::UnknownForm)?;
        let mut plain = Zeroizing::new(body.to_vec());
        cipher
            .decrypt_in_place(&Nonce::from(nonce), &associated_data(place, id), &mut *plain)
            .map_err(|_| VaultError::Refused)?;
        Ok(plain)
    }

    /// A keyed hash by which equal values are found without being readable. Each purpose gives other hashes.
    pub fn blind_index(&self, purpose: &'static str, value: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0.index).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl Vault {
    /// A keyed digest that proves that a value was written by this installation. Each purpose has a key of its own, and no part can run
    /// into the next one: each goes in behind its length.
    pub fn mac(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let key = self.blind_index("mac", purpose.as_bytes());
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// No part can run into the next one: table and column are our own names without a zero byte, the row id is last.
fn associated_data(place: Place<'_>, key: u32) -> Vec<u8> {
    let mut data = b"fleksport\0".to_vec();
    data.push(VERSION);
    data.extend_from_slice(&key.to_be_bytes());
    for part in [place.table, place.column] {
        data.extend_from_slice(part.as_bytes());
        data.push(0);
    }
    data.extend_from_slice(place.row.as_bytes());
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        table: "report",
        column: "sealed",
        row: "1",
    };

    fn vault(folder: &Path, seed: u64) -> Vault {
        Vault::open(folder, &Entropy::seeded(seed), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_after_a_restart_and_shows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = vault(folder.path(), 1)
            .seal(PLACE, b"251248-9996", &Entropy::System)
            .unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"251248"));
        // Another seed: the second opening must not make new keys.
        assert_eq!(
            vault(folder.path(), 2).unseal(PLACE, &sealed).unwrap().as_slice(),
            b"251248-9996"
        );
    }

    #[test]
    fn the_same_value_twice_looks_different() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), 1);
        let seal = || vault.seal(PLACE, b"251248-9996", &Entropy::System).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_value_moved_to_another_table_column_or_row_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), 1);
        let sealed = vault.seal(PLACE, b"x", &Entropy::System).unwrap();
        for place in [
            Place {
                table: "submission",
                ..PLACE
            },
            Place {
                column: "route",
                ..PLACE
            },
            Place { row: "2", ..PLACE },
        ] {
            assert!(
                matches!(vault.unseal(place, &sealed), Err(VaultError::Refused)),
                "{place:?}"
            );
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), 1);
        let sealed = vault.seal(PLACE, b"32067.00", &Entropy::System).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.unseal(PLACE, &changed).is_err(), "byte {at}");
        }
        assert!(vault.unseal(PLACE, &sealed[..HEADER - 1]).is_err());
        assert!(vault.unseal(PLACE, &[]).is_err());
    }

    #[test]
    fn the_keys_of_another_installation_do_not_open_it() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sealed = vault(ours.path(), 1).seal(PLACE, b"x", &Entropy::System).unwrap();
        assert!(matches!(
            vault(theirs.path(), 2).unseal(PLACE, &sealed),
            Err(VaultError::Refused)
        ));
    }

    #[test]
    fn the_blind_index_depends_on_purpose_and_installation() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (vault(ours.path(), 1), vault(theirs.path(), 2));
        let index = ours.blind_index("cpr", b"2512489996");
        assert_eq!(index, ours.blind_index("cpr", b"2512489996"));
        assert_ne!(index, ours.blind_index("cpr", b"311258-5000"));
        assert_ne!(index, ours.blind_index("key", b"2512489996"));
        assert_ne!(index, theirs.blind_index("cpr", b"2512489996"));
    }
}
