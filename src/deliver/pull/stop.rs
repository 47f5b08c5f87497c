use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::PullError;

/// Ends a pull from outside, between two pages. Waiting for the service can be broken off at any moment: nothing is lost by it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    standing: Mutex<Standing>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Standing {
    asked: bool,
    /// A page is being stored and acknowledged.
    busy: bool,
}

impl Stop {
    /// Asks the pull to end, and waits until the page that is being stored is stored and acknowledged, but no longer than `patience`.
    pub fn ask(&self, patience: Duration) {
        let mut standing = self.standing();
        standing.asked = true;
        self.0.changed.notify_all();
        let waited = self
            .0
            .changed
            .wait_timeout_while(standing, patience, |standing| standing.busy);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Does something that is better not broken off.
    pub(super) fn unless_stopped<T>(&self, work: impl FnOnce() -> Result<T, PullError>) -> Result<T, PullError> {
        {
            let mut standing = self.standing();
            if standing.asked {
                return Err(PullError::Stopped);
            }
            standing.busy = true;
        }
        let done = work();
        self.standing().busy = false;
        self.0.changed.notify_all();
        done
    }

    /// Waits so long.
    ///
    /// # Errors
    /// [`PullError::Stopped`] as soon as somebody asks for the end.
    pub(super) fn wait(&self, time: Duration) -> Result<(), PullError> {
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.standing(), time, |standing| !standing.asked);
        let (standing, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if standing.asked {
            Err(PullError::Stopped)
        } else {
            Ok(())
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_the_end_is_asked_for() {
        let stop = Stop::default();
        assert!(stop.wait(Duration::ZERO).is_ok());
        let waiting = {
            let stop = stop.clone();
            std::thread::spawn(move || stop.wait(Duration::from_secs(600)))
        };
        stop.ask(Duration::ZERO);
        assert!(matches!(waiting.join().unwrap(), Err(PullError::Stopped)));
        assert!(matches!(stop.unless_stopped(|| Ok(())), Err(PullError::Stopped)));
    }

    #[test]
    fn a_page_that_is_being_stored_is_stored_to_the_end() {
        let stop = Stop::default();
        let (begun, wait_for_begun) = std::sync::mpsc::channel();
        let storing = {
            let stop = stop.clone();
            std::thread::spawn(move || {
                stop.unless_stopped(|| {
                    begun.send(()).unwrap();
                    std::thread::sleep(Duration::from_millis(100));
                    Ok(())
                })
            })
        };
        wait_for_begun.recv().unwrap();
        stop.ask(Duration::from_secs(60));
        assert!(!stop.standing().busy);
        assert!(storing.join().unwrap().is_ok());
    }
}
