//! The log: to standard error, as text or JSON. What goes into it is decided where it is written: ids, codes, counts and times, never
//! personal data (`docs/logging.md`).

use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::{LogFormat, LogSettings};

/// Starts the log of this process. A second call does nothing, so that tests can start several services.
pub fn start(settings: &LogSettings) {
    let plain = fmt::layer().with_writer(std::io::stderr);
    let written: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Text => plain.boxed(),
        LogFormat::Json => plain.json().boxed(),
    };
    let wanted = settings.filter.to_env().and(ours_or_warnings());
    drop(
        tracing_subscriber::registry()
            .with(written.with_filter(wanted))
            .try_init(),
    );
}

/// Other people's code says what it likes at `debug`: the mail library its login and whole mails, the database library every statement.
/// So it is heard from `warn` upwards, whatever the settings ask for.
fn ours_or_warnings() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(env!("CARGO_PKG_NAME"), LevelFilter::TRACE)
}
