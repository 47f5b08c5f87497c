//! Stops writing while the disk still has room: a database that runs into a full disk in the middle of a statement works, but leaves no
//! room for logs, for mail files and for whoever has to clear up.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How often the disk is asked.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The reserve is at most this part of the disk: 5 per cent. A small disk would otherwise have nothing but its reserve.
const MOST_OF_DISK: u64 = 20;

/// The disk of the SQLite database.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    /// Bytes.
    reserve: u64,
    start: Instant,
    /// Milliseconds since `start` at which the answer was asked for, doubled, plus one if it was "low".
    answer: AtomicU64,
}

impl Disk {
    pub fn new(folder: PathBuf, reserve: u64) -> Self {
        let disk = Self {
            folder,
            reserve,
            start: Instant::now(),
            answer: AtomicU64::new(0),
        };
        disk.ask();
        disk
    }

    /// Whether less is left than the reserve. Asks the system at most once a second. A disk that can't be asked is not low: the
    /// database will tell what is wrong with it.
    pub fn is_low(&self) -> bool {
        let answer = self.answer.load(Ordering::Relaxed);
        let age = self.now().saturating_sub(answer / 2);
        if u128::from(age) < ASK_EVERY.as_millis() {
            !answer.is_multiple_of(2)
        } else {
            self.ask()
        }
    }

    fn ask(&self) -> bool {
        let low = rustix::fs::statvfs(&self.folder).is_ok_and(|disk| {
            let (left, all) = (
                disk.f_bavail.saturating_mul(disk.f_frsize),
                disk.f_blocks.saturating_mul(disk.f_frsize),
            );
            left < self.reserve.min(all / MOST_OF_DISK)
        });
        let before = self.answer.swap(self.now() * 2 + u64::from(low), Ordering::Relaxed);
        if low && before.is_multiple_of(2) {
            tracing::error!("the disk of the database is nearly full; nothing more is written");
        } else if !low && !before.is_multiple_of(2) {
            tracing::info!("the disk of the database has room again");
        }
        low
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX / 4)
    }
}
