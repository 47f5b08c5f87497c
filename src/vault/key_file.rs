use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::VaultError;
use crate::entropy::Entropy;

/// The name of the key file in the data folder.
pub const FILE_NAME: &str = "keys.toml";
/// Its name while an installation is being made: what is under it counts for nothing yet.
pub const DRAFT_NAME: &str = "keys.toml.new";

/// 256 bits that are wiped when dropped.
pub(super) type SecretKey = Zeroizing<[u8; 32]>;

/// The keys as they stand in the file.
pub(super) struct KeyFile {
    /// By key id, newest last; never empty.
    pub sealing: Vec<(u32, SecretKey)>,
    pub index: SecretKey,
}

/// The file's TOML. Keys are base64; `made_at` is for people.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    index_key: String,
    sealing_key: Vec<WrittenKey>,
}

#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    id: u32,
    #[serde(rename = "made_at")]
    _made_at: String,
    key: String,
}

impl KeyFile {
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let others_may = fs::metadata(path).map_err(file_error(path, "read"))?.mode() & 0o077;
        if others_may != 0 {
            return Err(VaultError::OpenToOthers { path: path.into() });
        }
        parse(&Zeroizing::new(
            fs::read_to_string(path).map_err(file_error(path, "read"))?,
        ))
    }
}

/// Tells whether a file is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// `None` when there is no file.
    pub fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            file: found.ino(),
            length: found.len(),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }
}

/// Copies the key file into another folder, for the owner's eyes only.
///
/// # Errors
/// When it can't be read, or one is there already.
pub fn copy_keys(data_dir: &Path, target: &Path) -> Result<(), VaultError> {
    let (from, to) = (data_dir.join(FILE_NAME), target.join(FILE_NAME));
    let text = Zeroizing::new(fs::read_to_string(&from).map_err(file_error(&from, "read"))?);
    write_new(&to, &text).map_err(file_error(&to, "written"))
}

fn file_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::File { path, doing, source }
}

/// The parser's own message would repeat the line it stumbled over, which may hold a key: it is dropped.
fn parse(text: &str) -> Result<KeyFile, VaultError> {
    let written: Written = toml::from_str(text).map_err(|_| VaultError::Damaged("not the expected TOML"))?;
    if written.version != 1 {
        return Err(VaultError::Damaged("made by a newer version"));
    }
    let mut sealing = Vec::with_capacity(written.sealing_key.len());
    for key in &written.sealing_key {
        sealing.push((key.id, decode(&key.key)?));
    }
    sealing.sort_by_key(|(id, _)| *id);
    if sealing.is_empty() || sealing.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(VaultError::Damaged(
            "it needs one or more sealing keys, each with its own id",
        ));
    }
    Ok(KeyFile {
        sealing,
        index: decode(&written.index_key)?,
    })
}

fn decode(text: &str) -> Result<SecretKey, VaultError> {
    let bytes = STANDARD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Damaged("a key is not base64"))?;
    let key = bytes
        .as_slice()
        .try_into()
        .map_err(|_| VaultError::Damaged("a key is not 256 bits"))?;
    Ok(Zeroizing::new(key))
}

/// Writes fresh keys under the draft's name, whole and on disk.
pub(super) fn write_fresh_draft(data_dir: &Path, entropy: &Entropy, now: Timestamp) -> Result<(), VaultError> {
    let draft = data_dir.join(DRAFT_NAME);
    let written = match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => write_new(&draft, &fresh(entropy, now)?),
    };
    written.map_err(file_error(&draft, "written"))
}

pub(super) fn keep_draft(data_dir: &Path) -> Result<(), VaultError> {
    let path = data_dir.join(FILE_NAME);
    // A link never takes another's place, as a rename would.
    let draft = data_dir.join(DRAFT_NAME);
    fs::hard_link(&draft, &path)
        .and_then(|()| fs::remove_file(&draft))
        .and_then(|()| fs::File::open(data_dir)?.sync_all())
        .map_err(file_error(&path, "written"))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn fresh(entropy: &Entropy, now: Timestamp) -> Result<Zeroizing<String>, VaultError> {
    let sealing = Zeroizing::new(entropy.bytes::<32>()?);
    let index = Zeroizing::new(entropy.bytes::<32>()?);
    let (sealing, index) = (
        Zeroizing::new(STANDARD.encode(*sealing)),
        Zeroizing::new(STANDARD.encode(*index)),
    );
    Ok(Zeroizing::new(format!(
        "# The keys of this installation. Without this file nothing in the database can be read: keep a copy apart from\n\
         # the database and its backups. Nobody but the service's own user may read it (mode 0600).\n\
         version = 1\n\
         # Makes the hashes by which CPR numbers are looked up. Changing it makes all look-ups fail.\n\
         index_key = \"{}\"\n\n\
         # The key with the highest id seals, all of them open.\n\
         [[sealing_key]]\nid = 1\nmade_at = \"{now}\"\nkey = \"{}\"\n",
        index.as_str(),
        sealing.as_str()
    )))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::vault::{Place, Vault};

    fn made(folder: &Path) -> Vault {
        Vault::open_or_make(folder, &Entropy::System, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_file_is_made_for_its_owner_alone_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path());
        let path = folder.path().join(FILE_NAME);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let first = fs::read(&path).unwrap();
        made(folder.path());
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn reading_never_makes_keys_and_a_draft_never_takes_the_place_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Vault::read(folder.path()), Err(VaultError::File { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        made(folder.path());
        let first = fs::read(folder.path().join(FILE_NAME)).unwrap();
        Vault::make_draft(folder.path(), &Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        assert!(Vault::keep_draft(folder.path()).is_err());
        assert_eq!(fs::read(folder.path().join(FILE_NAME)).unwrap(), first);
    }

    #[test]
    fn a_file_that_others_can_read_stops_the_start_and_the_cure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        made(folder.path());
        let path = folder.path().join(FILE_NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Vault::read(folder.path()).unwrap_err();
        assert!(
            error.to_string().contains(&format!("chmod 600 {}", path.display())),
            "{error}"
        );
    }

    #[test]
    fn a_key_added_beside_a_running_process_opens_what_was_sealed_with_it() {
        let place = Place {
            table: "t",
            column: "c",
            row: "r",
        };
        let folder = tempfile::tempdir().unwrap();
        let running = made(folder.path());
        let path = folder.path().join(FILE_NAME);
        let first = fs::read_to_string(&path).unwrap();
        let key = STANDARD.encode([7; 32]);
        let added = format!("\n[[sealing_key]]\nid = 2\nmade_at = \"2027\"\nkey = \"{key}\"\n");
        fs::write(&path, format!("{first}{added}")).unwrap();
        let other = Vault::read(folder.path()).unwrap();
        let sealed = other.seal(place, b"after", &Entropy::System).unwrap();
        // Half written: not taken, and nothing is forgotten.
        fs::write(&path, format!("{first}{}", &added[..20])).unwrap();
        assert!(matches!(running.unseal(place, &sealed), Err(VaultError::UnknownKey(2))));
        fs::write(&path, format!("{first}{added}")).unwrap();
        assert_eq!(running.unseal(place, &sealed).unwrap().as_slice(), b"after");
        // From now on it seals with it too.
        assert_eq!(running.seal(place, b"x", &Entropy::System).unwrap()[1..5], [0, 0, 0, 2]);

        let elsewhere = tempfile::tempdir().unwrap();
        made(elsewhere.path());
        let theirs = fs::read_to_string(elsewhere.path().join(FILE_NAME)).unwrap();
        let third = added.replace("id = 2", "id = 3");
        fs::write(&path, format!("{theirs}{third}")).unwrap();
        let foreign = Vault::read(folder.path()).unwrap();
        let sealed = foreign.seal(place, b"theirs", &Entropy::System).unwrap();
        assert!(matches!(running.unseal(place, &sealed), Err(VaultError::UnknownKey(3))));
    }

    #[test]
    fn an_added_key_seals_and_the_old_one_still_opens() {
        let place = Place {
            table: "t",
            column: "c",
            row: "r",
        };
        let of = |text: &str| Vault::from_file(parse(text).unwrap(), std::path::PathBuf::new(), None);
        let first = fresh(&Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        let old = of(&first);
        let key = STANDARD.encode([7; 32]);
        let both = format!(
            "{}\n[[sealing_key]]\nid = 2\nmade_at = \"2027\"\nkey = \"{key}\"\n",
            first.as_str()
        );
        let new = of(&both);

        let sealed_before = old.seal(place, b"before", &Entropy::System).unwrap();
        let sealed_after = new.seal(place, b"after", &Entropy::System).unwrap();
        assert_eq!(new.unseal(place, &sealed_before).unwrap().as_slice(), b"before");
        assert!(matches!(
            old.unseal(place, &sealed_after),
            Err(VaultError::UnknownKey(2))
        ));
    }

    #[test]
    fn a_damaged_file_is_told_without_its_contents() {
        let key = STANDARD.encode([7; 32]);
        let sealing = format!("[[sealing_key]]\nid = 1\nmade_at = \"x\"\nkey = \"{key}\"\n");
        for text in [
            String::new(),
            format!("version = 1\nindex_key = \"{key}\"\nsealing_key = []\n"),
            format!("version = 2\nindex_key = \"{key}\"\n{sealing}"),
            format!("version = 1\nindex_key = \"AAAA\"\n{sealing}"),
            format!("version = 1\nindex_key = \"{key}\"\nmore = 1\n{sealing}"),
            format!("version = 1\nindex_key = \"{key}\"\n{sealing}{sealing}"),
        ] {
            let Err(error) = parse(&text) else {
                panic!("accepted: {text}")
            };
            assert!(matches!(error, VaultError::Damaged(_)));
            assert!(!error.to_string().contains(&key));
        }
    }
}
