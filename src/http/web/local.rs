//! Addresses on this site. What a request names is somebody else's text: as it stands it may lead to another site.

use std::fmt::Write;

/// A link or redirect that stays on this site, made of any path with or without query.
///
/// Browsers read `//host/…` as another site, take `\` for `/`, and drop tabs and line ends before they look. So the result begins with
/// exactly one `/`, and holds neither `\` nor anything that is not plain ASCII. What was right before is unchanged.
pub fn local(reference: &str) -> String {
    let rest = reference.trim_start_matches(|c: char| matches!(c, '/' | '\\') || c.is_control() || c.is_whitespace());
    let mut local = String::with_capacity(rest.len() + 1);
    local.push('/');
    for byte in rest.bytes() {
        match byte {
            b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => escape(&mut local, byte),
            b'!'..=b'~' => local.push(char::from(byte)),
            _ => escape(&mut local, byte),
        }
    }
    local
}

fn escape(text: &mut String, byte: u8) {
    write!(text, "%{byte:02X}").expect("a string takes whatever is written to it");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::local;

    #[test]
    fn what_would_lead_away_stays_here() {
        for (reference, wanted) in [
            ("/kommune?a=1&b=%C3%A6", "/kommune?a=1&b=%C3%A6"),
            ("/", "/"),
            ("", "/"),
            ("//evil.example/x", "/evil.example/x"),
            ("///evil.example", "/evil.example"),
            ("/\\evil.example", "/evil.example"),
            ("\\\\evil.example", "/evil.example"),
            ("/\t/evil.example", "/evil.example"),
            (" //evil.example", "/evil.example"),
            ("https://evil.example", "/https://evil.example"),
            ("javascript:x", "/javascript:x"),
            ("/a\\..\\..\\b", "/a%5C..%5C..%5Cb"),
            ("/a\r\nb", "/a%0D%0Ab"),
            ("/ø", "/%C3%B8"),
        ] {
            assert_eq!(local(reference), wanted, "{reference:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_leads_away(reference in "[/\\\\\t\r\n .:a-z%ø]{0,12}") {
            let once = local(&reference);
            let second = once.strip_prefix('/').expect("it begins with a slash").bytes().next();
            prop_assert!(!matches!(second, Some(b'/' | b'\\' | b'\t' | b'\r' | b'\n' | b' ')), "{once}");
            prop_assert!(once.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'), "{once}");
            prop_assert_eq!(local(&once), once);
        }
    }
}
