//! Turning the pages of a list: the address tells the last row of the page before and carries along what the list was narrowed to.

use std::{fmt::Display, str::FromStr};

use axum::http::Uri;

use super::frame::query_of;
use crate::{
    http::{Problem, ProblemType},
    store::{Page, PageRequest},
};

/// The word of the address: older than this row.
pub const BEFORE: &str = "foer";

/// Where the page leads: to the newest rows and to older ones, where there are any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turns {
    pub newest: Option<String>,
    pub older: Option<String>,
}

/// The page that the address asks for.
pub fn asked<Id: FromStr>(uri: &Uri, limit: u32) -> Result<PageRequest<Id>, Problem> {
    let before = query_of(uri).find(|(name, _)| name == BEFORE);
    let before = before.map(|(_, id)| id.parse()).transpose();
    let before = before.map_err(|_| Problem::new(ProblemType::InvalidParameter))?;
    Ok(PageRequest { before, limit })
}

impl Turns {
    /// From the page at `path` that was asked for and found; `kept` is what the list is narrowed to.
    pub fn of<Id: Display + Copy, T>(
        path: &str,
        kept: &[(&str, &str)],
        asked: &PageRequest<Id>,
        found: &Page<T>,
        id: impl Fn(&T) -> Id,
    ) -> Self {
        let last = found.items.last().filter(|_| found.has_more).map(id);
        Self {
            newest: asked.before.as_ref().map(|_| address(path, kept, None)),
            older: last.map(|last| address(path, kept, Some(&last.to_string()))),
        }
    }
}

fn address(path: &str, kept: &[(&str, &str)], before: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).extend_pairs(before.map(|id| (BEFORE, id)));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(items: &[u8], has_more: bool) -> Page<u8> {
        Page {
            items: items.to_vec(),
            has_more,
        }
    }

    #[test]
    fn what_the_list_is_narrowed_to_is_carried_along_and_the_place_is_not() {
        let kept = [("status", "fetched"), ("til", "1-12-2026")];
        let first = PageRequest::<u8>::first(2);
        let turns = Turns::of("/kommune", &kept, &first, &found(&[9, 8], true), |id| *id);
        assert_eq!(turns.newest, None);
        assert_eq!(turns.older.unwrap(), "/kommune?status=fetched&til=1-12-2026&foer=8");
        let second = PageRequest {
            before: Some(8_u8),
            limit: 2,
        };
        let turns = Turns::of("/kommune", &kept, &second, &found(&[7], false), |id| *id);
        assert_eq!(turns.newest.unwrap(), "/kommune?status=fetched&til=1-12-2026");
        assert_eq!(turns.older, None);
        assert_eq!(
            Turns::of("/indberet", &[], &second, &found(&[], false), |id| *id)
                .newest
                .unwrap(),
            "/indberet"
        );
    }

    #[test]
    fn a_place_that_is_none_is_refused() {
        let uri = |text: &str| text.parse::<Uri>().unwrap();
        assert_eq!(asked::<u8>(&uri("/kommune?foer=7"), 5).unwrap().before, Some(7));
        assert_eq!(asked::<u8>(&uri("/kommune"), 5).unwrap().before, None);
        assert!(asked::<u8>(&uri("/kommune?foer=x"), 5).is_err());
    }
}
