//! The settings of the residence register.

use std::{fmt, num::NonZeroU32, time::Duration};

use crate::value::Redacted;

/// Whom to ask where a person lives, and how patiently.
#[derive(Debug, Clone)]
pub struct ResidenceSettings {
    /// `None`: nobody is asked.
    pub address: Option<ResidenceAddress>,
    /// Shown to the register.
    pub token: Redacted<String>,
    /// Whether the register is asked also where the employer names the municipality.
    pub verify_stated: bool,
    /// For one question with its answer.
    pub timeout: Duration,
    /// The wait after each try that was not answered; the last one is repeated.
    pub retry: Vec<Duration>,
    /// After so many failures in a row the register is left alone for `breaker_pause`.
    pub breaker_failures: NonZeroU32,
    pub breaker_pause: Duration,
}

/// An address of a register: encrypted, or on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidenceAddress {
    url: String,
    is_loopback: bool,
}

impl ResidenceAddress {
    /// `None` where the numbers would go out in the open.
    pub fn new(url: &str) -> Option<Self> {
        let uri: ureq::http::Uri = url.parse().ok()?;
        let host = uri.host()?.trim_matches(['[', ']']);
        let is_loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let is_safe = match uri.scheme_str()? {
            "https" => true,
            "http" => is_loopback,
            _ => false,
        };
        (is_safe
            && uri
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@')))
        .then(|| Self {
            url: url.to_owned(),
            is_loopback,
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Debug for ResidenceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResidenceAddress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_out_encrypted_or_not_at_all() {
        for good in [
            "https://register.example/residence",
            "http://127.0.0.1:9000/x",
            "http://[::1]:9000/",
            "http://localhost/",
        ] {
            assert!(ResidenceAddress::new(good).is_some(), "{good}");
        }
        for bad in [
            "http://register.example/",
            "ftp://localhost/",
            "register.example",
            "https://user:word@register.example/",
            "",
        ] {
            assert!(ResidenceAddress::new(bad).is_none(), "{bad}");
        }
    }
}
