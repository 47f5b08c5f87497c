//! Entity tags: what a caller has already, and which version it has seen. Proxies that pack answers weaken tags (`W/"…"`), so they are
//! compared weakly everywhere (decision 0033).

use axum::{
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    http::{Problem, ProblemType},
    record::to_hex,
};

/// Hexadecimal digits of a digest that are enough to tell versions apart.
pub const SHORT: usize = 32;

/// What a caller names in `If-Match` or `If-None-Match`.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// `*`
    Any,
    /// Tags without quotes and without `W/`.
    Tags(Vec<String>),
}

/// Whether the caller has what has this tag (without quotes).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    match named(headers, &header::IF_NONE_MATCH) {
        None => false,
        Some(Named::Any) => true,
        Some(Named::Tags(tags)) => tags.iter().any(|known| known == tag),
    }
}

/// Whether the caller asks only for what it does not have.
pub fn asks(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH)
}

/// A tag as it stands in `ETag`.
pub fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

/// The answer to a caller that has it already.
pub fn not_modified(tag: &str) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, quoted(tag))]).into_response()
}

/// The version in `If-Match`, as this service writes its `ETag`.
///
/// # Errors
/// 428 when absent, or when it names none or several: nobody corrects what they have not seen. One that is not ours can't be current
/// and so is stale.
pub fn seen_version(headers: &HeaderMap) -> Result<i64, Problem> {
    match named(headers, &header::IF_MATCH) {
        Some(Named::Tags(tags)) if tags.len() == 1 => {
            let version = tags.first().and_then(|tag| tag.parse().ok());
            version.ok_or_else(|| Problem::new(ProblemType::Stale))
        }
        None | Some(Named::Any | Named::Tags(_)) => Err(Problem::new(ProblemType::PreconditionRequired)),
    }
}

/// A document that is the same for everybody. It may be kept, and is asked for anew each time: the answer is 304 as long as it is the
/// same.
pub fn public(headers: &HeaderMap, content_type: &'static str, body: impl Into<Vec<u8>>) -> Response {
    let body = body.into();
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let mut tag = to_hex(&digest);
    tag.truncate(SHORT);
    tagged(headers, &tag, content_type, body)
}

/// As [`public`], of a value.
///
/// # Errors
/// When it can't be written, which is a fault of ours.
pub fn public_json(headers: &HeaderMap, value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    Ok(public(headers, "application/json", body))
}

/// As [`public`], with a tag of its own.
pub fn tagged(headers: &HeaderMap, tag: &str, content_type: &'static str, body: Vec<u8>) -> Response {
    let kept = [(header::CACHE_CONTROL, "no-cache"), (header::VARY, "Accept-Language")];
    if is_known(headers, tag) {
        return (kept, not_modified(tag)).into_response();
    }
    let own = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::ETAG, quoted(tag)),
    ];
    (kept, own, body).into_response()
}

fn named(headers: &HeaderMap, name: &HeaderName) -> Option<Named> {
    let values: Vec<_> = headers.get_all(name).iter().collect();
    if values.is_empty() {
        return None;
    }
    let texts: Vec<_> = values.iter().filter_map(|value| value.to_str().ok()).collect();
    let text = texts.join(",");
    Some(if text.trim() == "*" {
        Named::Any
    } else {
        Named::Tags(tags(&text))
    })
}

/// The tags of a list; one without quotes goes up to the next comma.
fn tags(mut rest: &str) -> Vec<String> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_start_matches(|sign: char| sign == ',' || sign.is_ascii_whitespace());
        if rest.is_empty() {
            return tags;
        }
        rest = rest.strip_prefix("W/").unwrap_or(rest);
        let (tag, after) = match rest.strip_prefix('"') {
            Some(inside) => inside.split_once('"').unwrap_or((inside, "")),
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        tags.push(tag.trim().to_owned());
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: HeaderName, text: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(text).unwrap())])
    }

    #[test]
    fn a_tag_is_known_weak_or_strong_alone_or_in_a_list() {
        let known = |text: &str| is_known(&with(header::IF_NONE_MATCH, text), "a-1");
        for text in [
            "\"a-1\"",
            "W/\"a-1\"",
            "\"x\", W/\"a-1\"",
            "\"x,y\",\"a-1\"",
            "*",
            " * ",
        ] {
            assert!(known(text), "{text}");
        }
        for text in ["", "\"a-2\"", "\"x, a-1\"", "W/\"A-1\"", "\"a-1"] {
            assert_eq!(known(text), text == "\"a-1", "{text}");
        }
        assert!(!is_known(&HeaderMap::new(), "a-1"));
    }

    #[test]
    fn one_version_is_named_or_none_is() {
        let seen = |text: &str| seen_version(&with(header::IF_MATCH, text)).map_err(|problem| problem.kind);
        for text in ["\"3\"", "W/\"3\"", "3"] {
            assert_eq!(seen(text), Ok(3), "{text}");
        }
        for text in ["*", "", "\"3\", \"4\""] {
            assert_eq!(seen(text), Err(ProblemType::PreconditionRequired), "{text}");
        }
        assert_eq!(seen("\"x\""), Err(ProblemType::Stale));
        let none = seen_version(&HeaderMap::new()).map_err(|problem| problem.kind);
        assert_eq!(none, Err(ProblemType::PreconditionRequired));
    }
}
