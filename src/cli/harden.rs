//! What the process asks of the machine, so that nothing personal lies about.

use rustix::{
    fs::Mode,
    process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask},
};

use super::Failure;

/// Files and folders made from here on are for this process's user alone. Before any thread begins.
pub fn private_files() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// A crash leaves no memory on a disk, and another process of the same user can't look into this one's.
///
/// # Errors
/// When the machine refuses.
pub fn no_core_dumps() -> Result<(), Failure> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)
        .and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable))
        .map_err(|error| Failure::because("Core dumps could not be turned off.", error))
}
