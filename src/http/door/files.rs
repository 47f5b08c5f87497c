//! The limit of open files: raised as far as the system lets us, and the connections fitted to what is left.

use std::num::NonZeroUsize;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As high as the limit is raised. Some systems allow a thousand millions, which nobody needs.
const HIGHEST: u64 = 1 << 20;
/// Fewer connections than this would serve nobody; where there is no room even for them, the accept loop waits for files.
const FEWEST: usize = 16;
/// Files that are open for a short time besides: mail, pings, a question to the register, log, exports, listeners.
const SMALL_CHANGE: usize = 48;
/// A SQLite connection holds the database, its log and the index of the log.
const PER_DATABASE_CONNECTION: usize = 3;

/// What is open besides connections of callers.
#[derive(Debug, Clone, Copy)]
pub struct OwnFiles {
    /// Connections to the database, for reading and writing.
    pub database_connections: usize,
    /// Connections at the listener for metrics.
    pub metrics: usize,
}

/// Raises the limit of open files and says how many of the `wanted` connections find room below it.
pub fn fit_to_files(wanted: usize, own: OwnFiles) -> NonZeroUsize {
    let limit = raised();
    let most = room(wanted, limit, own);
    if most.get() < wanted {
        tracing::warn!(
            most = most.get(),
            wanted,
            open_files_limit = limit,
            "fewer connections than set: the limit of open files is too low"
        );
    } else {
        tracing::info!(most = most.get(), open_files_limit = limit, "connections at a time");
    }
    most
}

fn room(wanted: usize, limit: Option<u64>, own: OwnFiles) -> NonZeroUsize {
    let taken = SMALL_CHANGE + own.metrics + PER_DATABASE_CONNECTION * own.database_connections;
    let left = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let most = wanted.min(left.saturating_sub(taken).max(FEWEST));
    NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN)
}

/// The limit after raising it; `None` is no limit.
fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current?;
    let target = maximum.unwrap_or(HIGHEST).min(HIGHEST);
    if target <= current {
        return Some(current);
    }
    let raised = Rlimit {
        current: Some(target),
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => Some(target),
        Err(error) => {
            tracing::warn!(cause = %error, open_files_limit = current, "the limit of open files can't be raised");
            Some(current)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: OwnFiles = OwnFiles {
        database_connections: 9,
        metrics: 16,
    };

    #[test]
    fn connections_are_fitted_to_the_files_that_are_left() {
        assert_eq!(room(4096, Some(20_000), OWN).get(), 4096);
        assert_eq!(room(4096, None, OWN).get(), 4096);
        assert_eq!(room(4096, Some(200), OWN).get(), 200 - 48 - 16 - 27);
        assert_eq!(room(4096, Some(20), OWN).get(), FEWEST);
        assert_eq!(room(5, Some(20), OWN).get(), 5);
    }

    #[test]
    fn the_limit_is_raised_as_far_as_it_goes() {
        let raised = raised();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(raised, current);
        assert!(current.is_none_or(|current| current >= maximum.unwrap_or(HIGHEST).min(HIGHEST)));
    }
}
