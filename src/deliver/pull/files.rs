//! Files that only their owner can read, and a lock that two pulls can't both have.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use super::PullError;

pub fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PullError {
    move |source| PullError::Folder {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Takes the lock in the file `name`, or tells that another pull has it; `what` is what the two would share.
pub fn lock(name: &Path, what: &Path) -> Result<File, PullError> {
    let file = private_file()
        .truncate(false)
        .open(name)
        .map_err(failed("opening", name))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PullError::InUse(what.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed("locking", name)(error)),
    }
}

/// Records hold personal data: folder and files are for their owner alone.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create(true);
    options
}
