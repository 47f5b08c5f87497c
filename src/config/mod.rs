//! Settings: typed sections, defaults compiled in, unknown keys refused, all problems told at once.

mod exposure;
mod limits;
mod logging;
mod mail;
mod merge;
mod postgres;
mod residence;
mod sections;

use std::{net::SocketAddr, path::PathBuf};

pub use exposure::{Exposure, Way, is_loopback_authority};
pub use limits::{ClockSettings, LimitSettings, Rate};
pub use logging::{LogFilter, LogFormat, LogSettings};
pub use mail::{MailSettings, MailTransport, SmtpSecurity, SmtpSettings};
pub use merge::Origin;
pub use residence::{ResidenceAddress, ResidenceSettings};
pub use sections::{
    AccessSettings, AlarmSettings, ApiSettings, DatabaseSettings, FeedSettings, InboxSettings, MetricsSettings,
    OutboxSettings, PingSettings, RetentionSettings, ServerSettings, SiteSettings,
};

/// The reference and the defaults in one file.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: ServerSettings,
    /// Folder of the database, the keys and the mail files.
    pub data_dir: PathBuf,
    pub database: DatabaseSettings,
    pub access: AccessSettings,
    pub mail: MailSettings,
    pub outbox: OutboxSettings,
    pub feed: FeedSettings,
    pub retention: RetentionSettings,
    pub alarms: AlarmSettings,
    pub limits: LimitSettings,
    pub clock: ClockSettings,
    pub inbox: InboxSettings,
    pub api: ApiSettings,
    pub ping: PingSettings,
    pub residence: ResidenceSettings,
    pub site: SiteSettings,
    pub log: LogSettings,
    pub metrics: MetricsSettings,
}

/// One thing wrong with the settings: where it stands and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// `server.listen`; empty when the whole file is meant.
    pub key: String,
    pub origin: Origin,
    pub what: String,
}

/// All that is wrong with the settings. `Display` lists it, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<ConfigProblem>);

impl std::fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the settings can't be used:")?;
        for ConfigProblem { key, origin, what } in &self.0 {
            write!(
                f,
                "\n  {key}{}{what} ({origin})",
                if key.is_empty() { "" } else { ": " }
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigProblems {}

/// What overrides the files: variables of the process and options of the command line.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Name and value of each variable that begins with `FLEKSPORT__`.
    pub variables: Vec<(String, String)>,
    pub listen: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
    /// Asks for the demo login, whatever the files say.
    pub demo: bool,
}

impl Config {
    /// Defaults, then the file's text, then variables, then options.
    ///
    /// # Errors
    /// Everything that is wrong, together: unknown keys, wrong types, values out of range, and settings that are only safe on
    /// loopback while others can reach the service.
    pub fn load(file: Option<(&str, &str)>, overrides: &Overrides) -> Result<Self, ConfigProblems> {
        let mut merged = merge::Merged::of_defaults(DEFAULTS);
        if let Some((name, text)) = file {
            merged.add_file(name, text);
        }
        merged.add_variables(&overrides.variables);
        let mut config = sections::read(&mut merged);
        if let Some(config) = &mut config {
            if let Some(listen) = overrides.listen {
                config.server.listen = listen;
            }
            if let Some(dir) = &overrides.data_dir {
                config.data_dir.clone_from(dir);
            }
            config.access.demo_login |= overrides.demo;
            merged.problems.extend(config.unsafe_while_exposed());
        }
        match config {
            Some(config) if merged.problems.is_empty() => Ok(config),
            _ => Err(ConfigProblems(merged.problems)),
        }
    }

    /// The address that people and systems use, without a slash at the end.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match self.server.public_url.trim_end_matches('/') {
            "" => format!("http://{bound}"),
            url => url.to_owned(),
        }
    }

    /// Whether others can reach the service.
    pub fn exposure(&self) -> Exposure {
        Exposure::new(self.server.listen, &self.server.public_url)
    }

    /// Whether people can log in on the pages at all. A request still has to come from this machine (`http::web::login`).
    pub fn has_login(&self) -> bool {
        self.access.demo_login && self.exposure().is_loopback()
    }

    fn unsafe_while_exposed(&self) -> Vec<ConfigProblem> {
        let Exposure::Exposed(way) = self.exposure() else {
            return Vec::new();
        };
        let problem = |key: &str, what: &str| ConfigProblem {
            key: key.to_owned(),
            origin: Origin::Safety(way.clone()),
            what: what.to_owned(),
        };
        let mut problems = Vec::new();
        if !exposure::is_https(&self.server.public_url) {
            problems.push(problem(
                "server.public_url",
                "must be the address that people and systems use, beginning with https://",
            ));
        }
        if self.access.demo_login {
            problems.push(problem(
                "access.demo_login",
                "a login without proof is only allowed on loopback; set it to false and start without --demo",
            ));
        }
        if self.ping.allow_loopback {
            problems.push(problem(
                "ping.allow_loopback",
                "pings to this machine are only for trying out on loopback; set it to false",
            ));
        }
        if self.site.reaches_nobody() {
            problems.push(problem(
                "site",
                "the contact of the demonstration reaches nobody; give contact_name, contact_email and contact_phone",
            ));
        }
        if self.site.accessibility_statement_url.is_empty() {
            problems.push(problem(
                "site.accessibility_statement_url",
                "give the address of the authority's accessibility statement, made with the agency's tool (was.digst.dk)",
            ));
        }
        match &self.mail.transport {
            MailTransport::Files => problems.push(problem(
                "mail.transport",
                "mail as files is only allowed on loopback; set it to \"smtp\" or \"off\"",
            )),
            MailTransport::Smtp(smtp) if smtp.security == SmtpSecurity::None && !smtp.is_loopback() => {
                problems.push(problem(
                    "mail.smtp.security",
                    "mail must be encrypted on its way to the relay; use \"starttls\"",
                ));
            }
            MailTransport::Smtp(_) | MailTransport::Off => {}
        }
        problems
    }
}

#[cfg(test)]
mod tests;
