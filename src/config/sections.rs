//! The typed sections, read from the merged values with their ranges.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use jiff::civil::Date;
use validator::ValidateEmail;

use super::{
    Config, LogFormat, LogSettings, MailSettings, MailTransport, ResidenceAddress, ResidenceSettings, SmtpSecurity,
    SmtpSettings, exposure, logging::InvalidFilter, merge::Merged, postgres,
};
use crate::value::{Email, Redacted};

#[derive(Debug, Clone)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// Empty: made from the address.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body of a submission. Other endpoints declare less in their row.
    pub body_limit_bytes: usize,
    pub request_timeout: Duration,
    /// A request head must have come by then.
    pub head_timeout: Duration,
    /// A connection on which nothing happens is closed then.
    pub idle_timeout: Duration,
    /// A connection that takes nothing of its answer for so long is closed.
    pub write_timeout: Duration,
    pub max_connections: usize,
    pub max_connections_per_peer: usize,
    /// How long a stop goes on accepting while it says "not ready".
    pub drain: Duration,
    pub shutdown: Duration,
}

/// Where the records live.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `None`: SQLite in the data folder. Holds a password, so it does not print.
    pub url: Option<Redacted<String>>,
    pub queue_length: usize,
    pub batch_size: usize,
    pub readers: NonZeroU32,
    /// A statement that takes longer is given up, and its connection with it.
    pub statement_timeout: Duration,
    /// Nothing more is written when the disk of the SQLite database has less room than this, in bytes.
    pub disk_reserve_bytes: u64,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.url.is_some() { "PostgreSQL" } else { "SQLite" };
        f.debug_struct("DatabaseSettings")
            .field("kind", &kind)
            .field("readers", &self.readers)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
pub struct AccessSettings {
    pub demo_login: bool,
    pub session_idle: Duration,
    pub session_longest: Duration,
}

#[derive(Debug, Clone)]
pub struct OutboxSettings {
    /// The wait after each failed attempt; after the last one the row is given up.
    pub retry: Vec<Duration>,
    pub lease: Duration,
    pub poll: Duration,
    /// How many mails are under way at a time, and so how many connections to the relay are kept at most.
    pub mails_at_once: usize,
    /// Mail that has waited so long, while none left, is told by `doctor` and `/health/ready`.
    pub late: Duration,
}

#[derive(Debug, Clone)]
pub struct PingSettings {
    /// Pings may go to this machine too, and without encryption there.
    pub allow_loopback: bool,
    pub timeout: Duration,
}

#[derive(Debug, Clone)]
pub struct FeedSettings {
    pub default_limit: u32,
    pub max_limit: u32,
    pub max_wait: Duration,
    /// How long a report may lie unfetched, and a question unanswered, before people are told.
    pub alarm_unfetched: Duration,
    pub alarm_unanswered: Duration,
}

#[derive(Debug, Clone)]
pub struct RetentionSettings {
    /// How long a report is kept after it was settled.
    pub reports: Duration,
    /// How long logins, alarms and outgoing work are kept after they ended.
    pub traces: Duration,
    /// How long a draft is kept after it was last changed.
    pub drafts: Duration,
    /// Most drafts of one person.
    pub drafts_per_person: u32,
}

#[derive(Debug, Clone)]
pub struct AlarmSettings {
    /// Who of the operator is told by mail of what waits too long.
    pub operator_email: Option<Email>,
}

#[derive(Debug, Clone)]
pub struct InboxSettings {
    /// Most reports in one exported file.
    pub export_most: u32,
}

#[derive(Debug, Clone)]
pub struct SiteSettings {
    pub authority: String,
    pub contact_name: String,
    pub contact_email: String,
    pub contact_phone: String,
    pub accessibility_statement_url: String,
    pub accessibility_reviewed: Date,
}

impl SiteSettings {
    /// Whether the contact is still that of the demonstration in `default.toml`.
    pub fn reaches_nobody(&self) -> bool {
        self.contact_email == "support@fleksport.example" || self.contact_phone == "+45 00 00 00 00"
    }
}

#[derive(Debug, Clone)]
pub struct MetricsSettings {
    pub listen: Option<SocketAddr>,
}

/// What the interface for machines asks of its callers.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Whether a municipality's call without `x-TransaktionsId` and `x-TransaktionsTid` is refused.
    pub require_transaction_headers: bool,
}

/// Reads all sections; `None` when something can't be read, with the reasons in `merged.problems`.
pub fn read(merged: &mut Merged) -> Option<Config> {
    let mut reader = Reader { merged };
    let server = reader.server();
    let data_dir = reader.text("data.dir").map(PathBuf::from);
    let database = reader.database();
    let access = reader.access();
    let mail = reader.mail();
    let outbox = reader.outbox();
    if let (Some(mail), Some(outbox)) = (&mail, &outbox) {
        reader.mail_within_lease(mail, outbox);
    }
    let feed = reader.feed();
    let retention = reader.retention();
    let alarms = reader.alarms();
    let limits = reader.limits();
    let clock = reader.clock();
    let inbox = reader.inbox();
    let api = reader.api();
    let ping = reader.ping();
    let residence = reader.residence();
    let site = reader.site();
    let log = reader.log();
    let metrics = reader
        .optional_address("metrics.listen")
        .map(|listen| MetricsSettings { listen });
    Some(Config {
        server: server?,
        data_dir: data_dir?,
        database: database?,
        access: access?,
        mail: mail?,
        outbox: outbox?,
        feed: feed?,
        retention: retention?,
        alarms: alarms?,
        limits: limits?,
        clock: clock?,
        inbox: inbox?,
        api: api?,
        ping: ping?,
        residence: residence?,
        site: site?,
        log: log?,
        metrics: metrics?,
    })
}

pub(super) struct Reader<'a> {
    merged: &'a mut Merged,
}

impl Reader<'_> {
    fn server(&mut self) -> Option<ServerSettings> {
        let listen = self.parsed("server.listen", "must be an address and a port, such as 127.0.0.1:8080");
        let public_url = self.text("server.public_url");
        if let Some(fault) = public_url.as_deref().and_then(exposure::fault_of_public_url) {
            self.refuse("server.public_url", fault);
        }
        let body_limit_bytes = self.number("server.body_limit_bytes", 1_024, 1 << 30);
        let request_timeout = self.seconds("server.request_timeout_seconds", 1, 600);
        let trusted_proxies = self.networks("server.trusted_proxies");
        let head_timeout = self.seconds("server.head_timeout_seconds", 1, 600);
        let idle_timeout = self.seconds("server.idle_timeout_seconds", 1, 3_600);
        let write_timeout = self.seconds("server.write_timeout_seconds", 1, 3_600);
        let max_connections = self.number("server.max_connections", 1, 1 << 20);
        let max_connections_per_peer = self.number("server.max_connections_per_peer", 1, 1 << 20);
        let drain = self.seconds("server.drain_seconds", 0, 600);
        let shutdown = self.seconds("server.shutdown_seconds", 0, 600);
        Some(ServerSettings {
            listen: listen?,
            public_url: public_url?,
            body_limit_bytes: usize::try_from(body_limit_bytes?).ok()?,
            trusted_proxies: trusted_proxies?,
            request_timeout: request_timeout?,
            head_timeout: head_timeout?,
            idle_timeout: idle_timeout?,
            write_timeout: write_timeout?,
            max_connections: usize::try_from(max_connections?).ok()?,
            max_connections_per_peer: usize::try_from(max_connections_per_peer?).ok()?,
            drain: drain?,
            shutdown: shutdown?,
        })
    }

    fn database(&mut self) -> Option<DatabaseSettings> {
        let url = self.text("database.url")?;
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            self.refuse("database.url", "must be empty (SQLite) or begin with postgres://");
        } else if !url.is_empty() && !postgres::is_safe(&url) {
            self.refuse(
                "database.url",
                "must end with ?sslmode=verify-full, because the database is not on this machine",
            );
        }
        let queue_length = self.number("database.queue_length", 1, 1 << 20);
        let batch_size = self.number("database.batch_size", 1, 10_000);
        let readers = self.number("database.readers", 1, 256);
        let statement_timeout = self.seconds("database.statement_timeout_seconds", 1, 600);
        let disk_reserve_bytes = self.number("database.disk_reserve_bytes", 0, 1 << 40);
        Some(DatabaseSettings {
            url: (!url.is_empty()).then(|| Redacted::new(url)),
            queue_length: usize::try_from(queue_length?).ok()?,
            batch_size: usize::try_from(batch_size?).ok()?,
            readers: NonZeroU32::new(u32::try_from(readers?).ok()?)?,
            statement_timeout: statement_timeout?,
            disk_reserve_bytes: disk_reserve_bytes?,
        })
    }

    fn access(&mut self) -> Option<AccessSettings> {
        let demo_login = self.merged.get("access.demo_login")?.as_bool();
        let session_idle = self.number("access.session_idle_minutes", 1, 1_440);
        let session_longest = self.number("access.session_longest_minutes", 1, 1_440);
        Some(AccessSettings {
            demo_login: demo_login?,
            session_idle: Duration::from_secs(60 * session_idle?),
            session_longest: Duration::from_secs(60 * session_longest?),
        })
    }

    fn mail(&mut self) -> Option<MailSettings> {
        let from = self.text("mail.from")?;
        let address = from
            .rsplit_once('<')
            .map_or(from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
        if !address.validate_email() {
            self.refuse(
                "mail.from",
                "must be a mail address, such as Fleksport <no-reply@example.dk>",
            );
        }
        let transport = match self.text("mail.transport")?.as_str() {
            "files" => MailTransport::Files,
            "off" => MailTransport::Off,
            "smtp" => MailTransport::Smtp(self.smtp()?),
            _ => {
                self.refuse("mail.transport", "must be \"files\", \"smtp\" or \"off\"");
                return None;
            }
        };
        Some(MailSettings { transport, from })
    }

    fn smtp(&mut self) -> Option<SmtpSettings> {
        let host = self.text("mail.smtp.host")?;
        if host.is_empty() {
            self.refuse("mail.smtp.host", "must name the relay when mail.transport is \"smtp\"");
        }
        let port = self.number("mail.smtp.port", 1, 65_535);
        let timeout = self.seconds("mail.smtp.timeout_seconds", 1, 300);
        let ca_file = self.text("mail.smtp.ca_file")?;
        let username = self.text("mail.smtp.username")?;
        let password = self.text("mail.smtp.password")?;
        let security = match self.text("mail.smtp.security")?.as_str() {
            "starttls" => SmtpSecurity::StartTls,
            "tls" => SmtpSecurity::Tls,
            "none" => SmtpSecurity::None,
            _ => {
                self.refuse("mail.smtp.security", "must be \"starttls\", \"tls\" or \"none\"");
                return None;
            }
        };
        let login = (!username.is_empty()).then(|| (username, Redacted::new(password)));
        Some(SmtpSettings {
            host,
            port: u16::try_from(port?).ok()?,
            security,
            login,
            timeout: timeout?,
            ca_file: (!ca_file.is_empty()).then(|| PathBuf::from(ca_file)),
        })
    }

    fn outbox(&mut self) -> Option<OutboxSettings> {
        let waits = self.waits("outbox.retry_seconds");
        let lease = self.seconds("outbox.lease_seconds", 1, 3_600);
        let poll = self.number("outbox.poll_milliseconds", 10, 60_000);
        let mails_at_once = self.number("outbox.mails_at_once", 1, 256);
        let late = self.number("outbox.late_minutes", 1, 10_080);
        Some(OutboxSettings {
            retry: waits?,
            lease: lease?,
            poll: Duration::from_millis(poll?),
            mails_at_once: usize::try_from(mails_at_once?).ok()?,
            late: Duration::from_secs(60 * late?),
        })
    }

    /// A mail that takes longer than its lease would be sent by two.
    fn mail_within_lease(&mut self, mail: &MailSettings, outbox: &OutboxSettings) {
        if let MailTransport::Smtp(smtp) = &mail.transport
            && smtp.timeout >= outbox.lease
        {
            self.refuse("mail.smtp.timeout_seconds", "must be less than outbox.lease_seconds");
        }
    }

    fn feed(&mut self) -> Option<FeedSettings> {
        let default_limit = self.number("feed.default_limit", 1, 10_000);
        let max_limit = self.number("feed.max_limit", 1, 10_000);
        let max_wait = self.seconds("feed.max_wait_seconds", 0, 60);
        let alarm_unfetched = self.number("feed.alarm_unfetched_hours", 1, 8_760);
        let alarm_unanswered = self.number("feed.alarm_unanswered_hours", 1, 8_760);
        if let (Some(default), Some(max)) = (default_limit, max_limit)
            && default > max
        {
            self.refuse("feed.default_limit", "can't be more than feed.max_limit");
        }
        Some(FeedSettings {
            default_limit: u32::try_from(default_limit?).ok()?,
            max_limit: u32::try_from(max_limit?).ok()?,
            max_wait: max_wait?,
            alarm_unfetched: Duration::from_secs(3_600 * alarm_unfetched?),
            alarm_unanswered: Duration::from_secs(3_600 * alarm_unanswered?),
        })
    }

    fn retention(&mut self) -> Option<RetentionSettings> {
        let reports = self.number("retention.report_days", 365, 36_500);
        let traces = self.number("retention.trace_days", 1, 36_500);
        let drafts = self.number("retention.draft_hours", 1, 720);
        let per_person = self.number("retention.drafts_per_person", 1, 1_000);
        Some(RetentionSettings {
            reports: Duration::from_secs(86_400 * reports?),
            traces: Duration::from_secs(86_400 * traces?),
            drafts: Duration::from_secs(3_600 * drafts?),
            drafts_per_person: u32::try_from(per_person?).ok()?,
        })
    }

    /// A list of addresses and networks; an address alone is a network of one.
    fn networks(&mut self, path: &str) -> Option<Vec<IpNet>> {
        let network = |value: &toml::Value| {
            let text = value.as_str()?;
            let alone = || text.parse::<IpAddr>().map(IpNet::from).ok();
            text.parse().ok().or_else(alone)
        };
        let networks: Option<Vec<_>> = self.merged.get(path)?.as_array()?.iter().map(network).collect();
        if networks.is_none() {
            self.refuse(
                path,
                "must be a list of addresses or networks, such as [\"10.1.0.7\", \"10.2.0.0/16\"]",
            );
        }
        networks
    }

    fn alarms(&mut self) -> Option<AlarmSettings> {
        let operator_email = match self.text("alarms.operator_email")?.as_str() {
            "" => None,
            _ => Some(self.parsed("alarms.operator_email", "must be empty or one mail address")?),
        };
        Some(AlarmSettings { operator_email })
    }

    fn api(&mut self) -> Option<ApiSettings> {
        let required = self.merged.get("api.require_transaction_headers")?.as_bool();
        Some(ApiSettings {
            require_transaction_headers: required?,
        })
    }

    fn inbox(&mut self) -> Option<InboxSettings> {
        let export_most = self.number("inbox.export_most", 1, 100_000);
        Some(InboxSettings {
            export_most: u32::try_from(export_most?).ok()?,
        })
    }

    fn ping(&mut self) -> Option<PingSettings> {
        let allow_loopback = self.merged.get("ping.allow_loopback")?.as_bool();
        let timeout = self.seconds("ping.timeout_seconds", 1, 60);
        Some(PingSettings {
            allow_loopback: allow_loopback?,
            timeout: timeout?,
        })
    }

    fn residence(&mut self) -> Option<ResidenceSettings> {
        let url = self.text("residence.url");
        let address = url.as_deref().filter(|url| !url.is_empty()).map(ResidenceAddress::new);
        if matches!(address, Some(None)) {
            self.refuse(
                "residence.url",
                "must be empty or begin with https:// (http:// on loopback)",
            );
        }
        let verify_stated = self.merged.get("residence.verify_stated")?.as_bool();
        if verify_stated == Some(true) && address.is_none() {
            self.refuse("residence.verify_stated", "needs residence.url");
        }
        let token = self.text("residence.token");
        let timeout = self.number("residence.timeout_milliseconds", 100, 60_000);
        let breaker_failures = self.number("residence.breaker_failures", 1, 1_000);
        let breaker_pause = self.seconds("residence.breaker_pause_seconds", 1, 86_400);
        let retry = self.waits("residence.retry_seconds");
        Some(ResidenceSettings {
            address: address.flatten(),
            token: Redacted::new(token?),
            verify_stated: verify_stated?,
            timeout: Duration::from_millis(timeout?),
            retry: retry?,
            breaker_failures: NonZeroU32::new(u32::try_from(breaker_failures?).ok()?)?,
            breaker_pause: breaker_pause?,
        })
    }

    fn site(&mut self) -> Option<SiteSettings> {
        let reviewed = self.parsed("site.accessibility_reviewed", "must be a date, such as 2026-11-23");
        let statement = self.url("site.accessibility_statement_url");
        let contact_email = self.text("site.contact_email")?;
        if !contact_email.validate_email() {
            self.refuse(
                "site.contact_email",
                "must be one mail address, such as support@example.dk",
            );
        }
        Some(SiteSettings {
            authority: self.text("site.authority")?,
            contact_name: self.text("site.contact_name")?,
            contact_email,
            contact_phone: self.text("site.contact_phone")?,
            accessibility_statement_url: statement?,
            accessibility_reviewed: reviewed?,
        })
    }

    fn log(&mut self) -> Option<LogSettings> {
        let format = match self.text("log.format")?.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => {
                self.refuse("log.format", "must be \"text\" or \"json\"");
                return None;
            }
        };
        let filter = self.parsed("log.filter", &InvalidFilter.to_string());
        Some(LogSettings {
            format,
            filter: filter?,
        })
    }

    fn text(&self, path: &str) -> Option<String> {
        self.merged.get(path)?.as_str().map(str::to_owned)
    }

    fn url(&mut self, path: &str) -> Option<String> {
        let url = self.text(path)?;
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
            self.refuse(path, "must be empty or begin with https://");
        }
        Some(url)
    }

    fn parsed<T: std::str::FromStr>(&mut self, path: &str, what: &str) -> Option<T> {
        let value = self.text(path)?.parse().ok();
        if value.is_none() {
            self.refuse(path, what);
        }
        value
    }

    fn optional_address(&mut self, path: &str) -> Option<Option<SocketAddr>> {
        if self.text(path)?.is_empty() {
            return Some(None);
        }
        self.parsed(path, "must be empty or an address and a port, such as 127.0.0.1:9090")
            .map(Some)
    }

    fn waits(&mut self, path: &str) -> Option<Vec<Duration>> {
        let waits: Option<Vec<Duration>> = self.merged.get(path)?.as_array()?.iter().map(wait).collect();
        if waits.as_ref().is_none_or(Vec::is_empty) {
            self.refuse(
                path,
                "must be a list of one or more numbers of seconds, each 1 to 604800",
            );
        }
        waits
    }

    fn seconds(&mut self, path: &str, least: u64, most: u64) -> Option<Duration> {
        self.number(path, least, most).map(Duration::from_secs)
    }

    pub(super) fn number(&mut self, path: &str, least: u64, most: u64) -> Option<u64> {
        let number = self
            .merged
            .get(path)?
            .as_integer()
            .and_then(|number| u64::try_from(number).ok());
        let in_range = number.filter(|number| (least..=most).contains(number));
        if in_range.is_none() {
            self.refuse(path, &format!("must be {least} to {most}"));
        }
        in_range
    }

    pub(super) fn refuse(&mut self, path: &str, what: &str) {
        let origin = self.merged.origin(path);
        self.merged.problem(path, &origin, what.to_owned());
    }
}

fn wait(value: &toml::Value) -> Option<Duration> {
    let seconds = u64::try_from(value.as_integer()?).ok()?;
    (1..=604_800).contains(&seconds).then(|| Duration::from_secs(seconds))
}
