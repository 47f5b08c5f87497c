//! Keys, encryption at rest and the blind index. What is personal enters the store sealed and is looked up by keyed hash only.
//!
//! A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. It is bound to its table, column and row: put
//! anywhere else, it does not open. The newest key seals, every key in the file opens. A key that was added to the file beside a running
//! process is read when the first value turns up that was sealed with it.

mod key_file;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{AeadInOut, KeyInit},
};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};
use key_file::{KeyFile, SecretKey, Stamp};

pub use key_file::{DRAFT_NAME, FILE_NAME, copy_keys};

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
    /// Never changes while the process runs: every hash in the database depends on it.
    index: SecretKey,
    /// Begun with that key, and with the key of each purpose that was asked for: the work that is the same for every value.
    index_mac: Hmac<Sha256>,
    macs: RwLock<BTreeMap<&'static str, Hmac<Sha256>>>,
    sealing: RwLock<Sealing>,
    /// Where the file is, to look again.
    path: PathBuf,
}

struct Sealing {
    /// By key id, newest last; never empty.
    keys: Vec<(u32, Arc<Aes256Gcm>)>,
    /// The file as it was when it was last looked at.
    seen: Option<Stamp>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

/// Why keys or a value can't be used. Says nothing of keys or contents.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the key file {} can't be {doing}", path.display())]
    File {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("the key file {0} can be read by others than its owner: run `chmod 600 {0}`", path.display())]
    OpenToOthers { path: PathBuf },
    #[error("the key file is damaged: {0}")]
    Damaged(&'static str),
    #[error("the sealed value is not in a form that this version knows")]
    UnknownForm,
    #[error("the value was sealed with key {0}, which is not in the key file")]
    UnknownKey(u32),
    #[error("the sealed value does not open: wrong key, changed, or moved from its place")]
    Refused,
    #[error("its index key is not the one that the database was written with: nothing would be found")]
    OtherIndexKey,
    #[error("the mark that proves the keys is missing in the database")]
    NoMark,
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl Vault {
    /// Reads the key file of a data folder. Never makes one: without its keys a database is lost, and new keys would hide that.
    ///
    /// # Errors
    /// When the file is missing, can't be read, is damaged, or is open to others than its owner.
    pub fn read(data_dir: &Path) -> Result<Self, VaultError> {
        Self::of_file(data_dir.join(FILE_NAME))
    }

    /// Reads the keys of an installation that was not finished ([`DRAFT_NAME`]).
    ///
    /// # Errors
    /// As [`Vault::read`].
    pub fn read_draft(data_dir: &Path) -> Result<Self, VaultError> {
        Self::of_file(data_dir.join(DRAFT_NAME))
    }

    /// Writes fresh keys under the draft's name, in place of another draft: they count once [`Vault::keep_draft`] has named them.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn make_draft(data_dir: &Path, entropy: &Entropy, now: Timestamp) -> Result<Self, VaultError> {
        key_file::write_fresh_draft(data_dir, entropy, now)?;
        Self::read_draft(data_dir)
    }

    /// Gives the draft its name, whole and on disk.
    ///
    /// # Errors
    /// When there is none, or the folder can't be written.
    pub fn keep_draft(data_dir: &Path) -> Result<Self, VaultError> {
        key_file::keep_draft(data_dir)?;
        Self::read(data_dir)
    }

    /// Reads the key file, or makes one with fresh keys: for the ground of tests, where a store stands without a service around it.
    ///
    /// # Errors
    /// As [`Vault::read`] and [`Vault::make_draft`].
    #[doc(hidden)]
    pub fn open_or_make(data_dir: &Path, entropy: &Entropy, now: Timestamp) -> Result<Self, VaultError> {
        if !data_dir.join(FILE_NAME).exists() {
            Self::make_draft(data_dir, entropy, now)?;
            return Self::keep_draft(data_dir);
        }
        Self::read(data_dir)
    }

    fn of_file(path: PathBuf) -> Result<Self, VaultError> {
        let seen = Stamp::of(&path);
        Ok(Self::from_file(KeyFile::read(&path)?, path, seen))
    }

    fn from_file(file: KeyFile, path: PathBuf, seen: Option<Stamp>) -> Self {
        let keys = file.sealing.iter().map(|(id, key)| (*id, cipher(key))).collect();
        Self(Arc::new(Keys {
            index_mac: Hmac::new_from_slice(&*file.index).expect("HMAC takes a key of any length"),
            macs: RwLock::default(),
            index: file.index,
            sealing: RwLock::new(Sealing { keys, seen }),
            path,
        }))
    }

    /// Encrypts a value for one place, under the newest key and a fresh random nonce.
    ///
    /// Random nonces are safe for 2^32 values under one key (NIST SP 800-38D, 8.3): far above what one installation writes
    /// between two rotations.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &Entropy) -> Result<Vec<u8>, VaultError> {
        let (id, cipher) = self.newest()?;
        let nonce: [u8; NONCE] = entropy.bytes()?;
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let bound = associated_data(place, id);
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
        let cipher = match self.known(id) {
            Some(cipher) => cipher,
            None => self.look_again(id).ok_or(VaultError::UnknownKey(id))?,
        };
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| VaultError::UnknownForm)?;
        let mut plain = Zeroizing::new(body.to_vec());
        cipher
            .decrypt_in_place(&Nonce::from(nonce), &associated_data(place, id), &mut *plain)
            .map_err(|_| VaultError::Refused)?;
        Ok(plain)
    }

    fn newest(&self) -> Result<(u32, Arc<Aes256Gcm>), VaultError> {
        let sealing = self.0.sealing.read().unwrap_or_else(PoisonError::into_inner);
        let newest = sealing.keys.last().cloned();
        newest.ok_or(VaultError::Damaged("no sealing key"))
    }

    /// The ids of the sealing keys that are loaded, the one that seals last; never empty.
    #[must_use]
    pub fn sealing_keys(&self) -> Vec<u32> {
        let sealing = self.0.sealing.read().unwrap_or_else(PoisonError::into_inner);
        sealing.keys.iter().map(|(id, _)| *id).collect()
    }

    fn known(&self, id: u32) -> Option<Arc<Aes256Gcm>> {
        let sealing = self.0.sealing.read().unwrap_or_else(PoisonError::into_inner);
        find(&sealing.keys, id)
    }

    /// Reads the key file again when it has changed since the last look, and takes keys in that were added. One that is gone from the
    /// file is kept until the process ends, and a file that no longer has our index key is left alone.
    fn look_again(&self, id: u32) -> Option<Arc<Aes256Gcm>> {
        let mut sealing = self.0.sealing.write().unwrap_or_else(PoisonError::into_inner);
        let now = Stamp::of(&self.0.path);
        if now != sealing.seen {
            sealing.seen = now;
            match KeyFile::read(&self.0.path) {
                Ok(file) if file.index == self.0.index => {
                    for (added, key) in &file.sealing {
                        if find(&sealing.keys, *added).is_none() {
                            sealing.keys.push((*added, cipher(key)));
                            tracing::info!(key = added, "a key was added to the key file");
                        }
                    }
                    sealing.keys.sort_by_key(|(id, _)| *id);
                }
                Ok(_) => {
                    tracing::error!("the key file has another index key: it is not that of this installation any more")
                }
                Err(error) => tracing::error!(cause = %error, "the key file has changed and can't be read"),
            }
        }
        find(&sealing.keys, id)
    }

    /// A keyed hash by which equal values are found without being readable. Each purpose gives other hashes.
    pub fn blind_index(&self, purpose: &'static str, value: &[u8]) -> [u8; 32] {
        let mut mac = self.0.index_mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl Vault {
    /// A MAC of this purpose to which nothing was given yet.
    fn begun(&self, purpose: &'static str) -> Hmac<Sha256> {
        if let Some(mac) = self.0.macs.read().unwrap_or_else(PoisonError::into_inner).get(purpose) {
            return mac.clone();
        }
        let key = zeroize::Zeroizing::new(self.blind_index("mac", purpose.as_bytes()));
        let mac = Hmac::<Sha256>::new_from_slice(&*key).expect("HMAC takes a key of any length");
        let mut macs = self.0.macs.write().unwrap_or_else(PoisonError::into_inner);
        macs.entry(purpose).or_insert(mac).clone()
    }

    /// A keyed digest that proves that a value was written by this installation. Each purpose has a key of its own, and no part can run
    /// into the next one: each goes in behind its length.
    pub fn mac(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.begun(purpose);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

fn cipher(key: &SecretKey) -> Arc<Aes256Gcm> {
    Arc::new(Aes256Gcm::new((&**key).into()))
}

fn find(keys: &[(u32, Arc<Aes256Gcm>)], id: u32) -> Option<Arc<Aes256Gcm>> {
    let found = keys.iter().find(|(known, _)| *known == id);
    found.map(|(_, cipher)| cipher.clone())
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
        Vault::open_or_make(folder, &Entropy::seeded(seed), Timestamp::UNIX_EPOCH).unwrap()
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
