//! The settings of the log.

use std::str::FromStr;

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// How the log is written and how much of it.
#[derive(Debug, Clone)]
pub struct LogSettings {
    pub format: LogFormat,
    pub filter: LogFilter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// What is let into the log: a level, or directives such as `info,fleksport::store=debug`. Holds only what can be read as that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// The text is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a level (off, error, warn, info, debug, trace) or parts such as info,fleksport::store=debug")]
pub struct InvalidFilter;

impl FromStr for LogFilter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, InvalidFilter> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let bare = parts.join(",");
        if parts.into_iter().all(is_directive) && EnvFilter::try_new(&bare).is_ok() {
            Ok(Self(bare))
        } else {
            Err(InvalidFilter)
        }
    }
}

/// The library takes any single word for the name of a part of some program, so `infoo` would silently mean "almost nothing".
fn is_directive(part: &str) -> bool {
    let is_level = !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let names_one = part
        .split_once('=')
        .is_some_and(|(target, level)| !target.is_empty() && !level.is_empty());
    is_level || names_one || part.split("::").next() == Some(env!("CARGO_PKG_NAME"))
}

impl LogFilter {
    pub fn to_env(&self) -> EnvFilter {
        EnvFilter::try_new(&self.0).expect("what can't be read was refused when it was made")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_directives() {
        for good in [
            "off",
            "info",
            "TRACE",
            "warn,fleksport=debug",
            "fleksport::store",
            "info, hyper=trace",
            "fleksport[answered]=trace",
        ] {
            assert!(good.parse::<LogFilter>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "infoo",
            "verbose",
            "info,",
            "fleksport=loud",
            "info,,debug",
            "=",
            "info;debug",
        ] {
            assert_eq!(bad.parse::<LogFilter>(), Err(InvalidFilter), "{bad}");
        }
    }
}
