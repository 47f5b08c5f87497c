//! The log: to standard error, as text or JSON. What goes into it is decided where it is written: ids, codes, counts and times, never
//! personal data (`docs/logging.md`).

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSettings};

/// Starts the log of this process. A second call does nothing, so that tests can start several services.
pub fn start(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    drop(started);
}
