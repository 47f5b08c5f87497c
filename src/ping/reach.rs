//! Which machines a ping may reach: those on the open internet, so that nobody can make the service knock on doors behind its own
//! firewall.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a ping may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Addresses of the open internet.
    Public,
    /// This machine besides, and without encryption there: to try it out.
    PublicAndLoopback,
}

impl Reach {
    /// Whether a ping may be sent to this machine.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::PublicAndLoopback && address.is_loopback())
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Blocks that are not the open internet, by the IANA registry of special-purpose addresses: network and length of its prefix.
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    // "this network"
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // private
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // shared behind a carrier's translation
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // loopback
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // link-local, where clouds keep their metadata service
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // protocol assignments, documentation, relays, benchmarks
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // multicast, reserved, broadcast
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(network, length): &(Ipv4Addr, u32)| {
        let mask = u32::MAX << (32 - length);
        address.to_bits() & mask == network.to_bits()
    };
    !CLOSED_V4.iter().any(within)
}

/// Only what is handed out for the open internet, `2000::/3`: so loopback, ULA, link-local, multicast and every way to write an IPv4
/// address as IPv6 are out without being named. Of that block not the ranges that lead elsewhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let handed_out = first & 0xe000 == 0x2000;
    // 2001::/23 with Teredo, documentation twice, and 6to4, which holds an IPv4 address.
    let leads_elsewhere = matches!(
        (first, second),
        (0x2001, 0..0x0200 | 0x0db8) | (0x3fff, 0..0x1000) | (0x2002, _)
    );
    handed_out && !leads_elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: [&str; 45] = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "ff02::1",
    ];

    const OPEN: [&str; 13] = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "223.255.255.255",
        "2001:200::1",
        "2a00:1450:400f::1",
        "2606:4700::1111",
    ];

    #[test]
    fn only_the_open_internet_is_reached() {
        for text in CLOSED {
            let address: IpAddr = text.parse().unwrap();
            assert!(!Reach::Public.allows(address), "{text} must be closed");
            assert_eq!(
                Reach::PublicAndLoopback.allows(address),
                address.is_loopback(),
                "{text} while trying it out"
            );
        }
        for text in OPEN {
            let address: IpAddr = text.parse().unwrap();
            assert!(Reach::Public.allows(address), "{text} must be open");
        }
    }
}
