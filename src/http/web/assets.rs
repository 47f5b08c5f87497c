//! The front-end files in the program, served under a folder named after their content.

use axum::{
    extract::Path,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One file, as it is and packed.
struct Asset {
    path: &'static str,
    plain: &'static [u8],
    /// Absent where packing gains nothing.
    gzip: Option<&'static [u8]>,
}

/// The address of a file, for use in a page.
///
/// A name that is not in the program gives an address that answers 404; the test below goes through the templates for such.
pub fn address(path: &str) -> String {
    format!("/assets/{FOLDER}/{path}")
}

/// The address of one icon of the design system.
pub fn icon(name: &str) -> String {
    format!("/assets/{FOLDER}/img/all-svg-icons.svg#{name}")
}

/// `GET /assets/{folder}/{*path}`
pub async fn serve(Path((folder, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    match find(&path) {
        Some(asset) if folder == FOLDER => answer(asset, &headers),
        _ => (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")]).into_response(),
    }
}

fn find(path: &str) -> Option<&'static Asset> {
    FILES
        .binary_search_by(|asset| asset.path.cmp(path))
        .ok()
        .map(|place| &FILES[place])
}

fn answer(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let packed = asset.gzip.filter(|_| accepts_gzip(headers));
    let tag = tag(if packed.is_some() { "gzip" } else { "plain" });
    let mut response = if headers.get(IF_NONE_MATCH).is_some_and(|known| matches(known, &tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        packed.unwrap_or(asset.plain).into_response()
    };
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(asset.path)));
    out.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(ETAG, tag);
    }
    if packed.is_some() {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// The folder name changes with any file, so it names the content of each; the packed form is another representation.
fn tag(form: &str) -> String {
    format!("\"{FOLDER}-{form}\"")
}

fn matches(known: &HeaderValue, tag: &str) -> bool {
    known.to_str().is_ok_and(|list| {
        list.split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

/// Whether the browser takes gzip; `gzip;q=0` refuses it.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lists = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.chars().all(|c| matches!(c, '0' | '.')));
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff") => "font/woff",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    async fn get(path: &str, headers: &[(axum::http::HeaderName, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect();
        serve(Path((FOLDER.to_owned(), path.to_owned())), headers).await
    }

    async fn body(response: Response) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap()
            .to_vec()
    }

    #[tokio::test]
    async fn a_browser_that_takes_gzip_gets_the_same_file_packed() {
        let plain = get("css/dkfds-virkdk.min.css", &[(ACCEPT_ENCODING, "identity")]).await;
        let packed = get("css/dkfds-virkdk.min.css", &[(ACCEPT_ENCODING, "br;q=1.0, GZIP;q=0.5")]).await;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(packed.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_ne!(packed.headers()[ETAG], plain.headers()[ETAG]);
        let (plain, packed) = (body(plain).await, body(packed).await);
        assert!(packed.len() * 5 < plain.len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain);
    }

    #[tokio::test]
    async fn gzip_is_not_sent_to_who_refuses_it() {
        for list in ["", "br", "gzip;q=0", "gzip; q=0.000"] {
            let response = get("LICENSES.txt", &[(ACCEPT_ENCODING, list)]).await;
            assert!(!response.headers().contains_key(CONTENT_ENCODING), "{list}");
        }
    }

    #[tokio::test]
    async fn a_browser_that_has_the_file_gets_no_second_copy() {
        let first = get("js/dkfds.min.js", &[]).await;
        let known = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = get("js/dkfds.min.js", &[(IF_NONE_MATCH, &format!("\"other\", W/{known}"))]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(body(again).await.is_empty());
        assert_eq!(
            get("js/dkfds.min.js", &[(IF_NONE_MATCH, "\"other\"")]).await.status(),
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn unknown_files_and_folders_are_not_found() {
        assert_eq!(get("css/../../Cargo.toml", &[]).await.status(), StatusCode::NOT_FOUND);
        let old = serve(
            Path(("0000000000000000".to_owned(), "js/dkfds.min.js".to_owned())),
            HeaderMap::new(),
        )
        .await;
        assert_eq!(old.status(), StatusCode::NOT_FOUND);
        assert_eq!(old.headers()[CACHE_CONTROL], "no-store");
    }

    #[tokio::test]
    async fn the_notices_of_what_others_made_are_served() {
        let text = String::from_utf8(body(get("LICENSES.txt", &[]).await).await).unwrap();
        for needed in [
            "MIT license",
            "SIL OPEN FONT LICENSE Version 1.1",
            "Reserved Font Name",
            "Apache License",
        ] {
            assert!(text.contains(needed), "{needed}");
        }
    }

    #[test]
    fn all_that_the_style_sheets_and_templates_name_is_there() {
        let templates = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/templates")).unwrap();
        let text: String = templates
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        let named: Vec<&str> = text
            .split("asset(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(named.len() > 3, "the templates name no files?");
        for path in named {
            assert!(find(path).is_some(), "{path}");
        }
        let style = std::str::from_utf8(find("css/dkfds-virkdk.min.css").unwrap().plain).unwrap();
        for path in style.split("url(../").skip(1).filter_map(|rest| rest.split(')').next()) {
            let served = path.starts_with("img/svg-icons/") || FILES.iter().any(|asset| asset.path == path);
            assert!(served == find(path).is_some() || path == "img/logo_virk.svg", "{path}");
        }
    }
}
