//! JSON pointers (RFC 6901) that repeat nothing personal.

/// The longest name that any field has, with room.
const MAX_NAME: usize = 60;

/// The pointer of a member or item. A name that can't be that of a field stays out, since it may hold anything: then the pointer
/// is that of the object around it.
pub(crate) fn child(parent: &str, name: &str) -> String {
    if is_harmless(name) {
        format!("{parent}/{name}")
    } else {
        parent.to_owned()
    }
}

/// Letters, hyphens, underscores, and no more digits in a row than the place of an item in a list has.
fn is_harmless(name: &str) -> bool {
    let is_index = !name.is_empty() && name.len() <= 5 && name.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !name.is_empty()
        && name.len() <= MAX_NAME
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'));
    is_index || is_name
}

/// The position of the report that a pointer leads into.
pub(crate) fn report_position(pointer: &str) -> Option<usize> {
    let rest = pointer.strip_prefix("/reports/")?;
    rest.split('/').next()?.parse().ok()
}

/// The pointer from the report that it leads into; empty for the report as a whole.
pub(crate) fn in_report(pointer: &str) -> &str {
    let inside = pointer
        .strip_prefix("/reports/")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    inside.unwrap_or_default()
}

/// Something to sort pointers by: as text, but places in a list as numbers.
pub(crate) fn sort_key(pointer: &str) -> Vec<(usize, &str)> {
    pointer
        .split('/')
        .map(|step| (step.parse().unwrap_or(0), step))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_sorted_by_number() {
        let mut pointers = vec!["/reports/10/a", "/reports/2/b", "/employer/cvr", "/reports/2/a", ""];
        pointers.sort_by_key(|pointer| sort_key(pointer));
        assert_eq!(
            pointers,
            ["", "/employer/cvr", "/reports/2/a", "/reports/2/b", "/reports/10/a"]
        );
    }

    #[test]
    fn a_name_that_no_field_can_have_is_not_repeated() {
        assert_eq!(child("/reports/0", "emplyee_cpr"), "/reports/0/emplyee_cpr");
        for name in [
            "251248-9996",
            "2512489996",
            "a/b",
            "a~b",
            "Nancy Ann",
            "",
            "løn",
            &"x".repeat(61),
        ] {
            assert_eq!(child("/reports/0", name), "/reports/0");
        }
    }
}
