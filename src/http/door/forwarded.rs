//! Who is at the other end of a request: the peer of the connection or, where a trusted proxy stands there, whom the proxy names.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::http::Peer;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Whether an address is one of the trusted proxies. An IPv4 address in IPv6 clothes is the IPv4 address.
pub fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The other end of a request that came from `peer` with these headers.
pub fn peer_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Peer {
    let peer = peer.to_canonical();
    let address = if is_trusted(peer, trusted) {
        named_by_proxy(peer, headers, trusted)
    } else {
        peer
    };
    Peer {
        address,
        is_forwarded: is_forwarded(headers),
        certificate: None,
    }
}

/// The rightmost address that is not a trusted proxy's. Each proxy adds the address that it saw at the right end, so what stands
/// further left may have been written by anybody. What is no address ends the search at the last one that a trusted proxy has named.
fn named_by_proxy(proxy: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = proxy;
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return nearest };
        for entry in line.rsplit(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let Some(address) = address_in(entry) else {
                return nearest;
            };
            if !is_trusted(address, trusted) {
                return address;
            }
            nearest = address;
        }
    }
    nearest
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`, each in quotes too.
fn address_in(entry: &str) -> Option<IpAddr> {
    let entry = entry
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(entry);
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare {
        Some(bare) => bare.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::V6),
        None => entry.parse::<IpAddr>().ok(),
    };
    let address = address.or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address| address.to_canonical())
}

/// Whether somebody says to have passed the request on.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let says_so = |name: &HeaderName| {
        *name == header::FORWARDED
            || *name == header::VIA
            || *name == REAL_IP
            || name.as_str().starts_with("x-forwarded-")
    };
    headers.keys().any(says_so)
}

/// Whether the trusted proxy says that the request came to it without encryption.
pub fn is_in_clear(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let last = headers.get_all(FORWARDED_PROTO).iter().next_back();
    let protocol = last.and_then(|line| line.to_str().ok()?.rsplit(',').next());
    protocol.is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("http")) && is_trusted(peer, trusted)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.1.0.7";

    fn trusted() -> Vec<IpNet> {
        ["10.1.0.0/16", "2001:db8:1::/48", "127.0.0.1/32"]
            .map(|network| network.parse().unwrap())
            .into()
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn caller(peer: &str, forwarded_for: &[&str]) -> String {
        let lines: Vec<_> = forwarded_for.iter().map(|line| ("x-forwarded-for", *line)).collect();
        peer_of(peer.parse().unwrap(), &headers(&lines), &trusted())
            .address
            .to_string()
    }

    #[test]
    fn of_anybody_but_a_trusted_proxy_the_header_is_ignored() {
        assert_eq!(caller("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(caller("10.2.0.1", &["198.51.100.1"]), "10.2.0.1");
        assert_eq!(caller("::1", &["198.51.100.1"]), "::1");
    }

    #[test]
    fn the_caller_is_the_rightmost_address_that_is_no_trusted_proxy() {
        for (lines, expected) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["203.0.113.66, 198.51.100.1"], "198.51.100.1"),
            (&["203.0.113.66, 198.51.100.1, 10.1.9.9"], "198.51.100.1"),
            (&["203.0.113.66", "198.51.100.1", "10.1.9.9,10.1.0.8"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["\"198.51.100.1\""], "198.51.100.1"),
            (&["2001:db8::5"], "2001:db8::5"),
            (&["[2001:db8::5]"], "2001:db8::5"),
            (&["\"[2001:db8::5]:4711\""], "2001:db8::5"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1, ::ffff:10.1.2.3"], "198.51.100.1"),
            (&["198.51.100.1, , 2001:db8:1::2,"], "198.51.100.1"),
        ] {
            assert_eq!(caller(PROXY, lines), expected, "{lines:?}");
            assert_eq!(caller("::ffff:10.1.0.7", lines), expected, "{lines:?} over IPv6");
        }
    }

    #[test]
    fn where_the_proxy_names_nobody_it_is_the_caller_itself() {
        for lines in [
            &[][..],
            &[""],
            &[" , ,"],
            &["unknown"],
            &["_hidden"],
            &["198.51.100.1, rubbish"],
            &["300.1.1.1"],
            &["[198.51.100.1]"],
            &["198.51.100.1:port"],
            &["blåbær"],
        ] {
            assert_eq!(caller(PROXY, lines), PROXY, "{lines:?}");
        }
        // Trusted proxies alone: the first of them asked for itself.
        assert_eq!(caller(PROXY, &["10.1.5.5, 10.1.6.6"]), "10.1.5.5");
        assert_eq!(caller(PROXY, &["rubbish, 10.1.6.6"]), "10.1.6.6");
    }

    #[test]
    fn whoever_says_to_have_passed_a_request_on_is_heard_whether_believed_or_not() {
        let forwarded =
            |lines: &[(&'static str, &str)]| peer_of("192.0.2.9".parse().unwrap(), &headers(lines), &[]).is_forwarded;
        for name in [
            "forwarded",
            "via",
            "x-real-ip",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-port",
        ] {
            assert!(forwarded(&[(name, "")]), "{name}");
        }
        assert!(!forwarded(&[
            ("host", "localhost"),
            ("x-forward", "1"),
            ("x-requestid", "1")
        ]));
    }

    #[test]
    fn only_a_trusted_proxy_can_say_that_a_request_came_in_clear() {
        let in_clear = |peer: &str, lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-proto", *line)).collect();
            is_in_clear(peer.parse().unwrap(), &headers(&lines), &trusted())
        };
        for lines in [&["http"][..], &[" HTTP "], &["https, http"], &["https", "http"]] {
            assert!(in_clear(PROXY, lines), "{lines:?}");
            assert!(!in_clear("192.0.2.9", lines), "{lines:?}");
        }
        for lines in [&[][..], &[""], &["https"], &["http, https"], &["httpx"]] {
            assert!(!in_clear(PROXY, lines), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_caller_writes_never_moves_the_address_that_the_proxy_saw(
            written in prop::collection::vec("[ -~]{0,40}", 0..4),
            seen in any::<u32>(),
        ) {
            let seen = IpAddr::from(seen.to_be_bytes());
            prop_assume!(!is_trusted(seen, &trusted()));
            let line = format!("{}, {seen}", written.join(","));
            prop_assert_eq!(caller(PROXY, &[&line]), seen.to_string());
            let mut lines: Vec<&str> = written.iter().map(String::as_str).collect();
            let alone = seen.to_string();
            lines.push(&alone);
            prop_assert_eq!(caller(PROXY, &lines), seen.to_string());
        }

        #[test]
        fn any_address_is_read_back_as_written(octets in any::<[u8; 16]>(), port in any::<u16>()) {
            let address = IpAddr::from(octets);
            let expected = Some(address.to_canonical());
            prop_assert_eq!(address_in(&address.to_string()), expected);
            prop_assert_eq!(address_in(&format!("[{address}]")), expected);
            prop_assert_eq!(address_in(&format!("[{address}]:{port}")), expected);
        }
    }
}
