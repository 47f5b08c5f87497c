/// The largest page of a list.
const MAX_LIMIT: u32 = 100;

/// Later than every id: ids are lower-case hexadecimal with hyphens.
const BEYOND_ALL_IDS: &str = "~";

/// Which part of a list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// [`Page::next`] of the page before; the first page when there is none.
    pub after: Option<String>,
    /// How many at most: 1 to 100, bounded here.
    pub limit: u32,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end. Rows that come in while somebody turns pages neither shift nor double others.
    pub next: Option<String>,
}

impl PageRequest {
    /// The first page.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    fn limit(&self) -> u32 {
        self.limit.clamp(1, MAX_LIMIT)
    }

    /// Ids of the page are less than this.
    pub(super) fn before(&self) -> &str {
        self.after.as_deref().unwrap_or(BEYOND_ALL_IDS)
    }

    /// One more than the page holds, to know whether there is another.
    pub(super) fn fetch(&self) -> i64 {
        i64::from(self.limit()) + 1
    }

    pub(super) fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> String) -> Page<T> {
        let limit = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(id) } else { None };
        Page { items, next }
    }
}
