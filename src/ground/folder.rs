//! The data folder: ours alone, writable, and held by one process at a time while something is made in it.

use std::{
    fs::{self, DirBuilder, File, Permissions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::{Access, access};

use super::{GroundError, look};

/// Who holds the folder does it for moments; so often it is asked again.
const TRIES: u32 = 500;
const BETWEEN: Duration = Duration::from_millis(20);

/// Makes the folder, for its owner alone, with the folders above it that are missing.
pub(super) fn make(path: &Path) -> Result<(), GroundError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(fault("data folder", path, "made"))
}

/// Whether the folder was open to others until now: one of our own user is closed to them, another's is refused.
///
/// # Errors
/// When it is not there, not a folder, another's, shared with others, or can't be written.
pub fn tidy(path: &Path) -> Result<bool, GroundError> {
    let found = fs::metadata(path).map_err(fault("data folder", path, "read"))?;
    if !found.is_dir() {
        return Err(fault("data folder", path, "used")(io::ErrorKind::NotADirectory.into()));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        let (path, owner) = (path.to_owned(), found.uid());
        return Err(GroundError::AnothersFolder { path, owner });
    }
    may_write("data folder", path, Access::WRITE_OK | Access::EXEC_OK)?;
    if found.mode() & 0o077 == 0 {
        return Ok(false);
    }
    if is_shared(path, found.mode())? {
        return Err(GroundError::SharedFolder { path: path.to_owned() });
    }
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(fault("data folder", path, "closed to others"))?;
    Ok(true)
}

/// Closing a folder that the machine or other people use would break it for them: one that everybody may write, and one at the top of
/// the tree with things in it that are not ours.
fn is_shared(path: &Path, mode: u32) -> Result<bool, GroundError> {
    if mode & 0o1002 != 0 {
        return Ok(true);
    }
    let whole = fs::canonicalize(path).map_err(fault("data folder", path, "read"))?;
    let at_the_top = whole.components().count() <= 2;
    let mut inside = fs::read_dir(path).map_err(fault("data folder", path, "read"))?;
    Ok(at_the_top && !look::Found::of(path)?.is_anything() && inside.next().is_some())
}

/// Whether the process may use a file or folder so, in the machine's own words: read-only file systems are told too.
pub(super) fn may_write(what: &'static str, path: &Path, how: Access) -> Result<(), GroundError> {
    access(path, how).map_err(|error| fault(what, path, "written")(error.into()))
}

/// A file of ours must be a file, be closed to others, and be ours to write.
pub(super) fn check_file(what: &'static str, path: &Path) -> Result<(), GroundError> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(fault(what, path, "read"))?,
    };
    if !found.is_file() {
        return Err(fault(what, path, "used")(io::ErrorKind::IsADirectory.into()));
    }
    if found.mode() & 0o077 != 0 {
        let path = path.to_owned();
        return Err(GroundError::OpenToOthers { what, path });
    }
    may_write(what, path, Access::READ_OK | Access::WRITE_OK)
}

/// Holds the folder until it is dropped.
pub(super) struct Held {
    _folder: File,
}

/// Waits until nobody else holds the folder.
pub(super) async fn hold(path: &Path) -> Result<Held, GroundError> {
    let folder = File::open(path).map_err(fault("data folder", path, "read"))?;
    for _ in 0..TRIES {
        match folder.try_lock() {
            Ok(()) => return Ok(Held { _folder: folder }),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(BETWEEN).await,
            Err(TryLockError::Error(error)) => return Err(fault("data folder", path, "held")(error)),
        }
    }
    Err(GroundError::Held { path: path.to_owned() })
}

/// Puts a file in its place, whole and on disk. Only for who holds the folder: the draft has one name.
pub(super) fn replace(folder: &Path, name: &str, text: &[u8]) -> Result<(), GroundError> {
    let (path, draft) = (folder.join(name), draft_of(folder, name));
    let write = || -> io::Result<()> {
        use std::io::Write;
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(fault("file", &path, "written"))
}

fn draft_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.new"))
}

/// For `map_err`.
pub(super) fn fault(
    what: &'static str,
    path: &Path,
    doing: &'static str,
) -> impl FnOnce(io::Error) -> GroundError + use<> {
    let path = path.to_owned();
    move |error| GroundError::Io {
        what,
        path,
        doing,
        cause: error.kind(),
    }
}
