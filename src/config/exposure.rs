//! Whether the service can be reached from another machine, as far as that is known at the start.

use std::{fmt, net::SocketAddr};

use ureq::http::{
    Uri,
    uri::{Authority, Scheme},
};

/// Decides everything that is only safe while nobody elsewhere can get here: mail as files, the contact of the demonstration, mail to
/// a relay in the open, pings to this machine, the demo login, the name of the cookie, `Secure` and HSTS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// The listen address is of this machine, and `server.public_url` is empty or names this machine.
    Loopback,
    /// Others get here, by this way.
    Exposed(Way),
}

/// What tells that others get here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The service listens on an address that is not loopback.
    Address(SocketAddr),
    /// `server.public_url` names another host, so something in front passes requests on.
    PublicUrl(String),
}

impl Exposure {
    /// From the two settings that tell of it. A `public_url` that can't be read counts as another host.
    pub fn new(listen: SocketAddr, public_url: &str) -> Self {
        if !listen.ip().is_loopback() {
            return Self::Exposed(Way::Address(listen));
        }
        match public_url.parse::<Uri>() {
            _ if public_url.is_empty() => Self::Loopback,
            Ok(uri) if uri.authority().is_some_and(is_loopback) => Self::Loopback,
            Ok(uri) => Self::Exposed(Way::PublicUrl(uri.host().unwrap_or_default().to_owned())),
            Err(_) => Self::Exposed(Way::PublicUrl(String::new())),
        }
    }

    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Loopback => true,
            Self::Exposed(_) => false,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "because the service listens on {address}"),
            Self::PublicUrl(host) => write!(f, "because server.public_url names {host}, which is not this machine"),
        }
    }
}

/// Whether a host with or without a port, as in a `Host` header, is this machine. `false` where it can't be read or names a user.
pub fn is_loopback_authority(text: &str) -> bool {
    !text.contains('@') && text.parse().is_ok_and(|authority| is_loopback(&authority))
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = bare.unwrap_or_else(|| host.strip_suffix('.').unwrap_or(host));
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What is wrong with an address for `server.public_url`; `None` when it can be used.
pub fn fault_of_public_url(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return None;
    }
    let wanted = "must be empty or an address such as https://fleksport.example, without user, query and fragment";
    let Ok(uri) = url.parse::<Uri>() else {
        return Some(wanted);
    };
    let is_web = [Scheme::HTTP, Scheme::HTTPS]
        .iter()
        .any(|scheme| uri.scheme() == Some(scheme));
    let is_bare =
        uri.query().is_none() && !url.contains(['@', '#', '\\']) && uri.host().is_some_and(|host| !host.is_empty());
    (!is_web || !is_bare).then_some(wanted)
}

/// Whether an address is encrypted on its way.
pub fn is_https(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| uri.scheme() == Some(&Scheme::HTTPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(listen: &str, public_url: &str) -> Exposure {
        Exposure::new(listen.parse().unwrap(), public_url)
    }

    #[test]
    fn this_machine_has_many_names() {
        for url in [
            "",
            "http://localhost",
            "http://localhost:8080/",
            "HTTP://LocalHost:8080",
            "http://localhost.:8080",
            "https://127.0.0.1",
            "http://127.9.8.7:1",
            "http://127.0.0.1.:1/",
            "http://[::1]:8080",
            "https://[0:0:0:0:0:0:0:1]/",
        ] {
            assert_eq!(of("127.0.0.1:8080", url), Exposure::Loopback, "{url}");
            assert_eq!(of("[::1]:0", url), Exposure::Loopback, "{url}");
            assert_eq!(fault_of_public_url(url), None, "{url}");
        }
    }

    #[test]
    fn what_only_looks_like_this_machine_is_another() {
        for url in [
            "https://fleksport.example",
            "https://localhost.example",
            "https://localhost@fleksport.example/",
            "https://localhost:80@fleksport.example/",
            "https://127.0.0.1.fleksport.example",
            "https://fleksport.example/localhost",
            "https://fleksport.example?http://localhost",
            "https://0.0.0.0",
            "https://[::]",
            "https://[::ffff:127.0.0.1]",
            "https://128.0.0.1",
            "https://127.1",
            "https://localhost..",
            "not an address",
            "//localhost",
            "localhost:8080/",
        ] {
            assert!(!of("127.0.0.1:8080", url).is_loopback(), "{url}");
        }
    }

    #[test]
    fn the_address_goes_before_the_name() {
        for listen in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "[::ffff:127.0.0.1]:80"] {
            let way = Way::Address(listen.parse().unwrap());
            for url in ["", "http://localhost", "https://fleksport.example"] {
                assert_eq!(of(listen, url), Exposure::Exposed(way.clone()), "{listen} {url}");
            }
        }
    }

    #[test]
    fn a_public_url_is_a_host_and_no_more() {
        for bad in [
            "fleksport.example",
            "ftp://fleksport.example",
            "https://",
            "https:///x",
            "https://user:word@fleksport.example",
            "https://fleksport.example/?a=1",
            "https://fleksport.example/#a",
            "https://fleksport.example\\@localhost",
            "https://fleks port.example",
        ] {
            assert!(fault_of_public_url(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_host_header_is_read_like_a_host() {
        for good in [
            "localhost",
            "LOCALHOST:80",
            "localhost.:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_loopback_authority(good), "{good}");
        }
        for bad in [
            "",
            "fleksport.example",
            "a@localhost",
            "localhost@a",
            "localhost/x",
            "localhost, a",
            "::1",
            "[::1",
            "127.0.0.1.a",
        ] {
            assert!(!is_loopback_authority(bad), "{bad}");
        }
    }
}
