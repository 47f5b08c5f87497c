//! To whom the demo login is offered: to a browser on this machine that came here directly, and to nobody else.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, header},
};

use crate::{app::App, config::is_loopback_authority, http::Peer};

/// Headers by which something in front says that it has passed the request on; so does any that begins with `x-forwarded`.
const FORWARDING: [&str; 9] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
];

/// Whether this request may log in without proof: what the settings say, and all that the request says of where it comes from.
pub fn is_offered(app: &App, request: &Request) -> bool {
    let came_directly = request
        .extensions()
        .get::<Peer>()
        .is_none_or(|peer| peer.address.is_loopback() && !peer.is_forwarded);
    app.config.has_login() && came_directly && !is_forwarded(request.headers()) && asks_for_this_machine(request)
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    let says_so = |name: &HeaderName| {
        let name = name.as_str();
        name.starts_with("x-forwarded") || FORWARDING.contains(&name)
    };
    headers.keys().any(says_so)
}

/// Every host that the request names is loopback, and it names one: a page elsewhere whose name leads here still names itself.
fn asks_for_this_machine(request: &Request) -> bool {
    let in_line = request.uri().authority().map(|authority| authority.as_str());
    let in_headers = request.headers().get_all(header::HOST).iter();
    let in_headers = in_headers.map(|host| host.to_str().unwrap_or_default());
    let mut hosts = in_line.into_iter().chain(in_headers).peekable();
    hosts.peek().is_some() && hosts.all(is_loopback_authority)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(uri: &str, headers: &[(&str, &str)]) -> Request {
        let request = Request::builder().uri(uri);
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn every_host_that_is_named_must_be_this_machine() {
        for (uri, hosts, wanted) in [
            ("/log-ind", &["127.0.0.1:8080"][..], true),
            ("/log-ind", &["localhost"], true),
            ("http://[::1]:8080/log-ind", &["[::1]:8080"], true),
            ("/log-ind", &["fleksport.example"], false),
            ("http://fleksport.example/log-ind", &["127.0.0.1:8080"], false),
            ("http://127.0.0.1:8080/log-ind", &["fleksport.example"], false),
            ("/log-ind", &["127.0.0.1", "fleksport.example"], false),
            ("/log-ind", &["fleksport.example", "127.0.0.1"], false),
            ("/log-ind", &[""], false),
            ("/log-ind", &[], false),
        ] {
            let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
            assert_eq!(
                asks_for_this_machine(&request(uri, &headers)),
                wanted,
                "{uri} {hosts:?}"
            );
        }
    }

    #[test]
    fn whoever_passes_a_request_on_says_so_in_one_of_many_ways() {
        for name in [
            "X-Forwarded-For",
            "x-forwarded-proto",
            "X-Forwarded",
            "Forwarded",
            "Via",
            "X-Real-IP",
        ] {
            assert!(is_forwarded(request("/", &[(name, "203.0.113.9")]).headers()), "{name}");
        }
        let ordinary = [("host", "localhost"), ("accept", "text/html"), ("x-requestid", "1")];
        assert!(!is_forwarded(request("/", &ordinary).headers()));
    }
}
