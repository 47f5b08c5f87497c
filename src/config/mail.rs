//! The settings of mail.

use std::{path::PathBuf, time::Duration};

use crate::value::Redacted;

#[derive(Debug, Clone)]
pub struct MailSettings {
    pub transport: MailTransport,
    /// `Name <address>`.
    pub from: String,
}

#[derive(Debug, Clone)]
pub enum MailTransport {
    /// One file a mail, in `mail/` of the data folder.
    Files,
    Smtp(SmtpSettings),
    Off,
}

#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// User name and password at the relay.
    pub login: Option<(String, Redacted<String>)>,
    /// The longest that one mail may take, from connecting to the relay's last answer.
    pub timeout: Duration,
    /// A file with certificates (PEM) that are believed for the relay besides those of the web.
    pub ca_file: Option<PathBuf>,
}

impl SmtpSettings {
    /// Whether the relay runs on this machine.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    StartTls,
    Tls,
    None,
}
