//! The unit that people write with an amount.

/// Takes off the unit before or after the amount, and a sign that stands before the unit.
pub(super) fn without_currency(raw: &str) -> (bool, &str) {
    let mut body = raw.trim();
    let mut negative = false;
    if let Some(rest) = body.strip_prefix(['-', '\u{2212}']) {
        (negative, body) = (true, rest.trim_start());
    }
    for unit in ["kr.", "kr", "dkk"] {
        if let Some(rest) = strip_prefix_ignoring_case(body, unit) {
            return (negative, without_dash(rest.trim_start()));
        }
        if let Some(rest) = strip_suffix_ignoring_case(body, unit) {
            return (negative, without_dash(rest.trim_end()));
        }
    }
    (negative, without_dash(body))
}

/// Takes off the `,-` of `1.234,-`, which says that there are no øre.
fn without_dash(body: &str) -> &str {
    body.strip_suffix(",-")
        .or_else(|| body.strip_suffix(",\u{2013}"))
        .unwrap_or(body)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
}
