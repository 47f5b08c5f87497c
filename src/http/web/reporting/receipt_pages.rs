//! The reports of a receipt, so many to a page.

use std::ops::Range;

use axum::http::Uri;

use crate::http::{Problem, ProblemType, web::frame::query_of};

/// Reports on one page: a form each, so that a page stays light.
const ON_A_PAGE: u32 = 20;

/// The word of the address: which page, from 1.
const PAGE: &str = "side";

/// Which reports stand on the page, and where the others are.
pub struct Pages {
    /// Of the first and last report on the page, from 1.
    pub first: usize,
    pub last: usize,
    pub total: usize,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The page that the address asks for, from 1.
pub fn asked(uri: &Uri) -> Result<u32, Problem> {
    let asked = query_of(uri).find(|(name, _)| name == PAGE);
    let page = asked.map_or(Ok(1), |(_, page)| page.parse());
    match page {
        Ok(page @ 1..=500) => Ok(page),
        _ => Err(Problem::new(ProblemType::InvalidParameter)),
    }
}

/// The places of its reports, from 0.
pub fn places(page: u32) -> Range<u32> {
    let first = page.saturating_sub(1) * ON_A_PAGE;
    first..first + ON_A_PAGE
}

impl Pages {
    pub fn new(page: u32, total: usize, path: &str) -> Self {
        let places = places(page);
        let (start, end) = (places.start as usize, (places.end as usize).min(total));
        let address = |page: u32| format!("{path}?{PAGE}={page}");
        Self {
            first: start + 1,
            last: end,
            total,
            before: (page > 1).then(|| address(page - 1)),
            after: (end < total).then(|| address(page + 1)),
        }
    }

    /// Whether all stand on one page.
    pub fn is_single(&self) -> bool {
        self.before.is_none() && self.after.is_none()
    }
}
