//! Where an address of PostgreSQL leads, and whether what goes there is encrypted and goes to the right server.

use std::net::IpAddr;

/// Whether the database is on this machine or its certificate is checked against its name. An address that can't be read is not safe.
pub fn is_safe(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query = query.split('#').next().unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let host = host_of(authority);
    // The driver takes the last one of each that it meets.
    let (mut hosts, mut mode) = (vec![host], String::new());
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "host" | "hostaddr" => hosts.push(value.into_owned()),
            "sslmode" | "ssl-mode" => mode = value.to_ascii_lowercase(),
            _ => {}
        }
    }
    mode == "verify-full" || hosts.iter().all(|host| is_here(host))
}

/// What stands between the login and the port, without escapes.
fn host_of(authority: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(host, _)| host),
    };
    // As in a query, but for the plus sign, which no host has.
    let decoded = form_urlencoded::parse(host.as_bytes()).next();
    decoded.map(|(host, _)| host.into_owned()).unwrap_or_default()
}

/// A folder is that of a unix socket. Without a host the driver looks for the socket, or takes `localhost`.
fn is_here(host: &str) -> bool {
    host.is_empty()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn a_database_elsewhere_needs_its_certificate_checked() {
        for url in [
            "postgres://u:p@localhost/d",
            "postgres://u@127.0.0.1:5433/d?options[search_path]=x",
            "postgresql://u@[::1]:5432/d",
            "postgres:///d",
            "postgres://u@/d?host=/var/run/postgresql",
            "postgres://%2Fvar%2Frun%2Fpostgresql/d",
            "postgres://u:p@db.internal/d?sslmode=verify-full",
            "postgres://u:p@db.internal/d?x=1&sslmode=verify-full&sslrootcert=/etc/ca.pem",
        ] {
            assert!(is_safe(url), "{url}");
        }
        for url in [
            "postgres://u:p@db.internal/d",
            "postgres://u:p@db.internal/d?sslmode=require",
            "postgres://u:p@db.internal/d?sslmode=verify-ca",
            "postgres://u:p@db.internal/d?sslmode=verify-full&sslmode=disable",
            "postgres://u:p@10.0.0.7:5432/d",
            "postgres://u:p@127.0.0.1@db.internal/d",
            "postgres://u@localhost/d?host=db.internal",
            "postgres://u@/d?hostaddr=10.0.0.7",
            "postgres://localhost.db.internal/d",
            "postgres://[2001:db8::1]/d",
        ] {
            assert!(!is_safe(url), "{url}");
        }
    }
}
