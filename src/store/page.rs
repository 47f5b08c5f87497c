use std::fmt::Display;

use sqlx::any::AnyRow;

use super::{Store, StoreError};

/// The largest page of a list.
const MAX_LIMIT: u32 = 100;

/// Later than every id: ids are lower-case hexadecimal with hyphens.
const BEYOND_ALL_IDS: &str = "~";

/// Which part of a list, newest first. Ids grow with time, so a list is turned by them: rows that come in meanwhile neither shift nor
/// double others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<Id> {
    /// Begin after (older than) this one, the last of the page before; `None` for the first page.
    pub before: Option<Id>,
    /// How many at most: 1 to 100, bounded here.
    pub limit: u32,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Whether older ones follow.
    pub has_more: bool,
}

impl<Id: Display> PageRequest<Id> {
    /// The first page.
    pub fn first(limit: u32) -> Self {
        Self { before: None, limit }
    }

    fn limit(&self) -> u32 {
        self.limit.clamp(1, MAX_LIMIT)
    }

    pub(super) fn before(&self) -> String {
        self.before
            .as_ref()
            .map_or_else(|| BEYOND_ALL_IDS.to_owned(), ToString::to_string)
    }

    /// One more than the page holds, to know whether there is another.
    pub(super) fn fetch(&self) -> i64 {
        i64::from(self.limit()) + 1
    }

    pub(super) fn cut<T>(&self, mut items: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        Page { items, has_more }
    }
}

impl Store {
    /// Reads a page. A row that can't be read is left out and told; only a page of which nothing can be read is refused.
    pub(super) fn page_of<T, Id: Display>(
        &self,
        rows: &[AnyRow],
        page: PageRequest<Id>,
        mut read: impl FnMut(&AnyRow) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let Page { items, has_more } = page.cut(rows.iter().collect());
        let mut refused = None;
        let mut readable = Vec::with_capacity(items.len());
        for row in items {
            match read(row) {
                Ok(item) => readable.push(item),
                Err(error @ StoreError::BadRow { .. }) => {
                    self.note(&error);
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            // Whoever turns pages goes on after the last item, and here there is none.
            Some(error) if readable.is_empty() && has_more => Err(error),
            Some(_) | None => Ok(Page {
                items: readable,
                has_more,
            }),
        }
    }
}
