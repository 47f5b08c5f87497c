use std::{fmt, net::IpAddr};

use ureq::http::Uri;

use super::Reach;
use crate::value::{Localized, Refusal};

/// Most characters of an address.
const LONGEST: usize = 500;

/// Where a municipality's own system takes pings. Encrypted all the way, and nowhere inside a house as far as the text tells; what its
/// name leads to is looked at for each ping. Its path may be known to few, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PingAddress(String);

/// Why an address can't take pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPingAddress {
    #[error("Write the whole address, at most 500 characters, such as https://fleks.example.dk/ping.")]
    Malformed,
    #[error("Use an address that begins with https://, so that nobody can read or change the ping on its way.")]
    NotEncrypted,
    #[error("Leave out user name, password and what follows a #: the signature proves that the ping is ours.")]
    WithExtras,
    #[error("Use an address on the open internet: this one lies inside a house or on a single machine.")]
    Inside,
    #[error("Use an address that can be reached: this name or port exists nowhere on the internet.")]
    Nowhere,
}

impl Refusal for InvalidPingAddress {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "ping-address-malformed",
            Self::NotEncrypted => "ping-address-not-encrypted",
            Self::WithExtras => "ping-address-with-extras",
            Self::Inside => "ping-address-inside",
            Self::Nowhere => "ping-address-nowhere",
        }
    }

    fn message(&self) -> Localized {
        let danish = match self {
            Self::Malformed => "Skriv hele adressen, højst 500 tegn, for eksempel https://fleks.example.dk/ping.",
            Self::NotEncrypted => {
                "Brug en adresse, der begynder med https://, så ingen kan læse eller ændre pinget undervejs."
            }
            Self::WithExtras => {
                "Udelad brugernavn, adgangskode og det, der følger efter et #: Signaturen viser, at pinget er vores."
            }
            Self::Inside => {
                "Brug en adresse på det åbne internet: Denne ligger på et internt net eller på en enkelt maskine."
            }
            Self::Nowhere => {
                "Brug en adresse, der kan nås: Dette navn eller denne port findes ikke noget sted på internettet."
            }
        };
        Localized::new(danish, self.to_string())
    }
}

impl PingAddress {
    /// Reads an address that a ping may go to.
    ///
    /// # Errors
    /// [`InvalidPingAddress`] says what to write instead.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, InvalidPingAddress> {
        let text = text.trim();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() > LONGEST || !visible {
            return Err(InvalidPingAddress::Malformed);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidPingAddress::Malformed)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(InvalidPingAddress::Malformed);
        };
        if authority.as_str().contains('@') || text.contains('#') {
            return Err(InvalidPingAddress::WithExtras);
        }
        let this_machine = is_allowed(authority.host(), reach)?;
        match scheme {
            "https" => Ok(Self(text.to_owned())),
            "http" if this_machine => Ok(Self(text.to_owned())),
            "http" => Err(InvalidPingAddress::NotEncrypted),
            _ => Err(InvalidPingAddress::Malformed),
        }
    }

    /// Reads an address that is new: one to which no ping could ever go is refused besides.
    ///
    /// # Errors
    /// As [`PingAddress::parse`].
    pub fn register(text: &str, reach: Reach) -> Result<Self, InvalidPingAddress> {
        let address = Self::parse(text, reach)?;
        let uri: Uri = address.0.parse().map_err(|_| InvalidPingAddress::Malformed)?;
        let authority = uri.authority().ok_or(InvalidPingAddress::Malformed)?;
        // Also where a port is written that is none.
        let port = authority.as_str().rsplit_once(':').map(|(_, port)| port);
        let port = port.filter(|port| !port.ends_with(']'));
        let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if has_port && can_exist(authority.host()) {
            Ok(address)
        } else {
            Err(InvalidPingAddress::Nowhere)
        }
    }

    /// The address as it was written: for the municipality that registered it, and for the call.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Whether the host is this machine, where that is allowed.
fn is_allowed(host: &str, reach: Reach) -> Result<bool, InvalidPingAddress> {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return if reach.allows(address) {
            Ok(address.is_loopback())
        } else {
            Err(InvalidPingAddress::Inside)
        };
    }
    let name = bare.to_ascii_lowercase();
    let this_machine = name == "localhost" || name.ends_with(".localhost");
    let inside = [".local", ".internal", ".lan", ".home.arpa", ".intern"];
    match reach {
        Reach::PublicAndLoopback if this_machine => Ok(true),
        // A name without a dot is known in one house only.
        _ if this_machine || !name.contains('.') || inside.iter().any(|end| name.ends_with(end)) => {
            Err(InvalidPingAddress::Inside)
        }
        _ => Ok(false),
    }
}

/// Names set aside so that they lead nowhere (RFC 2606, 6761, 7686), and what leads no further than the house.
const NOWHERE: [&str; 6] = ["example", "invalid", "test", "onion", "alt", "arpa"];

/// Whether a host can exist on the internet: an address, or a name of labels whose last one is handed out.
fn can_exist(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return true;
    }
    let name = bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let fits = |label: &str| {
        let signs = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (1..=63).contains(&label.len()) && signs && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    // A last label of digits is an address written wrong.
    let handed_out =
        last.len() > 1 && last.starts_with(|sign: char| sign.is_ascii_alphabetic()) && !NOWHERE.contains(&last);
    name.len() <= 253 && name.split('.').all(fits) && handed_out
}

impl fmt::Debug for PingAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PingAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPingAddress::*, *};

    #[test]
    fn an_address_is_encrypted_whole_and_on_the_open_internet() {
        for (text, wanted) in [
            ("https://fleks.example.dk/ping", Ok(())),
            ("  https://fleks.example.dk:8443/ping?a=b  ", Ok(())),
            ("https://[2a00:1450:400f::1]/x", Ok(())),
            ("https://1.1.1.1", Ok(())),
            ("http://fleks.example.dk/ping", Err(NotEncrypted)),
            ("ftp://fleks.example.dk/ping", Err(Malformed)),
            ("fleks.example.dk", Err(Malformed)),
            ("/ping", Err(Malformed)),
            ("", Err(Malformed)),
            ("https://", Err(Malformed)),
            ("https://fleks.example.dk/p ing", Err(Malformed)),
            ("https://fleks.example.dk/ø", Err(Malformed)),
            ("https://user:secret@fleks.example.dk/", Err(WithExtras)),
            ("https://fleks.example.dk/#there", Err(WithExtras)),
            ("https://localhost/ping", Err(Inside)),
            ("https://LOCALHOST./ping", Err(Inside)),
            ("https://a.localhost/ping", Err(Inside)),
            ("https://server/ping", Err(Inside)),
            ("https://server.intern/ping", Err(Inside)),
            ("https://metadata.google.internal/", Err(Inside)),
            ("https://127.0.0.1/ping", Err(Inside)),
            ("https://10.1.2.3/ping", Err(Inside)),
            ("https://169.254.169.254/latest", Err(Inside)),
            ("https://[::1]/ping", Err(Inside)),
            ("https://[::ffff:10.0.0.1]/ping", Err(Inside)),
            ("https://[fd00::1]/ping", Err(Inside)),
            ("https://2130706433/ping", Err(Inside)),
        ] {
            let read = PingAddress::parse(text, Reach::Public);
            assert_eq!(read.map(drop), wanted, "{text}");
        }
        let long = format!("https://fleks.example.dk/{}", "a".repeat(500));
        assert_eq!(PingAddress::parse(&long, Reach::Public), Err(Malformed));
    }

    #[test]
    fn an_address_that_can_never_work_is_refused_when_it_is_new() {
        for text in [
            "https://fleks.example.dk/ping",
            "https://fleks.example.dk.:8443/ping",
            "https://xn--kbenhavn-54a.dk/",
            "https://under_score.kommune.dk/",
            "https://1.1.1.1:443/",
            "https://[2a00:1450:400f::1]/",
            "https://[2a00:1450:400f::1]:8443/",
        ] {
            assert_eq!(PingAddress::register(text, Reach::Public).map(drop), Ok(()), "{text}");
        }
        let long = format!("https://{}.dk/", "a".repeat(64));
        for text in [
            "https://fleks.kommunen.example/ping",
            "https://fleks.test/",
            "https://fleks.INVALID/",
            "https://abc.onion/",
            "https://fleks.example.dk:0/",
            "https://fleks..dk/",
            "https://.dk/",
            "https://-fleks.dk/",
            "https://fleks-.dk/",
            "https://1.2.3/",
            "https://1.2.3.4.5/",
            "https://fleks.d/",
            &long,
        ] {
            assert_eq!(
                PingAddress::register(text, Reach::Public).map(drop),
                Err(Nowhere),
                "{text}"
            );
        }
        for text in ["https://fleks.example.dk:99999/", "https://fleks.example.dk:x/"] {
            let refused = PingAddress::register(text, Reach::Public);
            assert!(matches!(refused, Err(Nowhere | Malformed)), "{text}");
        }
        assert!(PingAddress::register("http://127.0.0.1:9000/", Reach::PublicAndLoopback).is_ok());
    }

    #[test]
    fn this_machine_is_an_address_only_where_that_is_set() {
        for text in ["http://127.0.0.1:9000/ping", "http://localhost:9000", "https://[::1]/"] {
            assert!(PingAddress::parse(text, Reach::PublicAndLoopback).is_ok(), "{text}");
        }
        for (text, why) in [
            ("http://fleks.example.dk/", NotEncrypted),
            ("https://10.0.0.1/", Inside),
            ("https://server/", Inside),
        ] {
            assert_eq!(PingAddress::parse(text, Reach::PublicAndLoopback), Err(why), "{text}");
        }
    }
}
