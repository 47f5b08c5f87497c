//! What the writer has done since the process began, for the operator's figures.

use std::time::Duration;

use prometheus_client::metrics::{counter::Counter, histogram::Histogram};

/// Seconds: from a commit on a fast disk to the limit of a statement.
const TIMES: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
/// Jobs.
const SIZES: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 500.0];

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct WriterFigures {
    /// Seconds that a job waited until its batch began.
    pub waited: Histogram,
    /// Jobs of a batch.
    pub batch_jobs: Histogram,
    /// Seconds that a batch took, commit and repeats included.
    pub batch_seconds: Histogram,
    /// Jobs that found no room in the queue.
    pub refused: Counter,
}

impl Default for WriterFigures {
    fn default() -> Self {
        Self {
            waited: Histogram::new(TIMES),
            batch_jobs: Histogram::new(SIZES),
            batch_seconds: Histogram::new(TIMES),
            refused: Counter::default(),
        }
    }
}

impl WriterFigures {
    /// A batch begins; its jobs have waited so long.
    pub(super) fn begun(&self, waited: impl Iterator<Item = Duration>) {
        let mut jobs = 0_u32;
        for waited in waited {
            self.waited.observe(waited.as_secs_f64());
            jobs = jobs.saturating_add(1);
        }
        self.batch_jobs.observe(f64::from(jobs));
    }

    /// It has ended, well or not.
    pub(super) fn ended(&self, took: Duration) {
        self.batch_seconds.observe(took.as_secs_f64());
    }
}
