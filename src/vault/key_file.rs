use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
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
    pub fn open_or_create(data_dir: &Path, entropy: &Entropy, now: Timestamp) -> Result<Self, VaultError> {
        let path = data_dir.join(FILE_NAME);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(data_dir, &path, entropy, now)?,
            Err(error) => return Err(file_error("found")(error)),
            Ok(_) => {}
        }
        read(&path)
    }
}

/// Copies the key file into another folder, for the owner's eyes only.
///
/// # Errors
/// When it can't be read, or one is there already.
pub fn copy_keys(data_dir: &Path, target: &Path) -> Result<(), VaultError> {
    let text = Zeroizing::new(fs::read_to_string(data_dir.join(FILE_NAME)).map_err(file_error("read"))?);
    write_draft(&target.join(FILE_NAME), &text).map_err(file_error("copied"))
}

fn file_error(doing: &'static str) -> impl Fn(io::Error) -> VaultError {
    move |source| VaultError::File { doing, source }
}

fn read(path: &Path) -> Result<KeyFile, VaultError> {
    let others_may = fs::metadata(path).map_err(file_error("read"))?.mode() & 0o077;
    if others_may != 0 {
        return Err(VaultError::OpenToOthers);
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(file_error("read"))?);
    parse(&text)
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

/// Writes fresh keys beside the name and links them into place, whole and on disk: a crash leaves no half key file, and of two
/// processes that start at once the second uses the first one's keys.
fn create(data_dir: &Path, path: &Path, entropy: &Entropy, now: Timestamp) -> Result<(), VaultError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(file_error("placed in its folder"))?;
    let suffix = u64::from_be_bytes(entropy.bytes()?) ^ u64::from(std::process::id());
    let draft = data_dir.join(format!("{FILE_NAME}.{suffix:016x}"));
    let linked = write_draft(&draft, &fresh(entropy, now)?).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    linked.and(removed).map_err(file_error("written"))?;
    fs::File::open(data_dir)
        .and_then(|folder| folder.sync_all())
        .map_err(file_error("written"))
}

fn write_draft(draft: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
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

    #[test]
    fn the_file_is_made_for_its_owner_alone_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("var");
        KeyFile::open_or_create(&data, &Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        let path = data.join(FILE_NAME);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let first = fs::read(&path).unwrap();
        KeyFile::open_or_create(&data, &Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_file_that_others_can_read_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let open = || KeyFile::open_or_create(folder.path(), &Entropy::System, Timestamp::UNIX_EPOCH);
        open().unwrap();
        fs::set_permissions(folder.path().join(FILE_NAME), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(open(), Err(VaultError::OpenToOthers)));
    }

    #[test]
    fn an_added_key_seals_and_the_old_one_still_opens() {
        let place = Place {
            table: "t",
            column: "c",
            row: "r",
        };
        let first = fresh(&Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        let old = Vault::from_file(parse(&first).unwrap()).unwrap();
        let key = STANDARD.encode([7; 32]);
        let both = format!(
            "{}\n[[sealing_key]]\nid = 2\nmade_at = \"2027\"\nkey = \"{key}\"\n",
            first.as_str()
        );
        let new = Vault::from_file(parse(&both).unwrap()).unwrap();

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
