//! Work that would hold up the threads that answer requests: reading and checking a large body, unsealing and drawing many reports. It is
//! done aside, as much at a time as there are cores, and stopped when nobody waits for it any more.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies up to this many bytes are read where they arrive: that takes less than handing them over.
pub const SMALL_BODY: usize = 64 * 1_024;

/// From this many bytes on, a body is taken apart alone: what comes of it may be many times as large.
const LARGE_BODY: usize = 1 << 20;

/// What all bodies above [`SMALL_BODY`] may take together while they are read and checked, in units of 1 KiB.
const ROOM: u32 = 32 * 1_024;

/// The bounded place for heavy work. Cheap to clone.
#[derive(Clone)]
pub struct Heavy {
    work: Arc<Semaphore>,
    large: Arc<Semaphore>,
    room: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

/// The work ended before it was done.
#[derive(Debug, thiserror::Error)]
#[error("the work was cut short")]
pub struct CutShort;

/// Room for a large body, given back when dropped.
pub struct Room(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// The turn of long work that takes much memory, given back when dropped.
pub struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// Tells the work that nobody waits for it, once the waiting ends.
struct Waiting {
    gone: Arc<AtomicBool>,
    is_done: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_done {
            self.gone.store(true, Ordering::Relaxed);
        }
    }
}

impl Default for Heavy {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            work: Arc::new(Semaphore::new(cores)),
            large: Arc::new(Semaphore::new(1)),
            room: Arc::new(Semaphore::new(ROOM as usize)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Heavy {
    /// Does the work aside. It is handed a flag to ask now and then: set when the caller has gone.
    ///
    /// # Errors
    /// When the work panicked or the service ends.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<AtomicBool>) -> T + Send + 'static,
    ) -> Result<T, CutShort> {
        let permit = self.work.clone().acquire_owned().await.map_err(|_| CutShort)?;
        let gone = Arc::new(AtomicBool::new(false));
        let mut waiting = Waiting {
            gone: gone.clone(),
            is_done: false,
        };
        let done = tokio::task::spawn_blocking(move || {
            let _held_while_working = permit;
            (!gone.load(Ordering::Relaxed)).then(|| work(&gone))
        });
        let done = done.await;
        waiting.is_done = true;
        done.ok().flatten().ok_or(CutShort)
    }

    /// As [`Heavy::run`], for what comes of a body of `bytes`; large ones one after another.
    ///
    /// # Errors
    /// As [`Heavy::run`].
    pub async fn take_apart<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Arc<AtomicBool>) -> T + Send + 'static,
    ) -> Result<T, CutShort> {
        let alone = match bytes {
            0..LARGE_BODY => None,
            LARGE_BODY.. => Some(self.large.clone().acquire_owned().await.map_err(|_| CutShort)?),
        };
        self.run(move |gone| {
            let _held_while_working = alone;
            work(gone)
        })
        .await
    }

    /// Waits until no other long work of many steps is under way.
    ///
    /// # Errors
    /// When the service ends.
    pub async fn turn(&self) -> Result<Turn, CutShort> {
        self.turn.clone().acquire_owned().await.map(Turn).map_err(|_| CutShort)
    }

    /// Waits until there is room for a body of `bytes`; more than there is in all counts as all.
    ///
    /// # Errors
    /// When the service ends.
    pub async fn room_for(&self, bytes: usize) -> Result<Room, CutShort> {
        let wanted = u32::try_from(bytes.div_ceil(1_024)).unwrap_or(ROOM).min(ROOM);
        let permit = self.room.clone().acquire_many_owned(wanted).await;
        permit.map(Room).map_err(|_| CutShort)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_answer_comes_back_and_a_panic_is_an_error() {
        let heavy = Heavy::default();
        assert_eq!(heavy.run(|_| 7).await.unwrap(), 7);
        assert!(heavy.run(|_| assert_eq!(1, 2)).await.is_err());
        assert_eq!(heavy.take_apart(2 << 20, |_| 8).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_told() {
        let heavy = Heavy::default();
        let (begun, begins) = mpsc::channel();
        let (told, tells) = mpsc::channel();
        let work = tokio::spawn(async move {
            heavy
                .run(move |gone| {
                    begun.send(()).unwrap();
                    while !gone.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    told.send(()).unwrap();
                })
                .await
        });
        tokio::task::spawn_blocking(move || begins.recv_timeout(LONG))
            .await
            .unwrap()
            .unwrap();
        work.abort();
        tokio::task::spawn_blocking(move || tells.recv_timeout(LONG))
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn bodies_wait_for_room() {
        let heavy = Heavy::default();
        let first = heavy.room_for(usize::MAX).await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(20), heavy.room_for(1)).await;
        assert!(second.is_err());
        drop(first);
        assert!(heavy.room_for(1).await.is_ok());
    }
}
