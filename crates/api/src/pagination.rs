//! Pages of lists: `page` from 1, `per_page`; a page past the end is empty, never the last one again.

use serde_json::{Value, json};
use store::{Listed, Page};

use crate::{asked, error::ApiError, params::Query};

/// The page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    page: u32,
    per_page: u32,
}

/// `result_info` of a list. All five integers are always there, as some clients stop by them, unless the caller wants no total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageInfo {
    page: u32,
    per_page: u32,
    count: u64,
    total: Option<u64>,
}

/// No page is larger than this; a larger wish gets this many.
const MOST_PER_PAGE: u32 = 1000;

impl Paging {
    /// Reads `page` and `per_page`.
    pub(crate) fn read(query: &Query, default_per_page: u32) -> Result<Self, ApiError> {
        for key in ["page", "per_page"] {
            asked::note(|| format!("?{key}"), || json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX }));
        }
        let page = query.parsed::<u32>("page")?.unwrap_or(1);
        let per_page = query.parsed::<u32>("per_page")?.unwrap_or(default_per_page);
        if page == 0 {
            return Err(ApiError::fault("page", "page is counted from 1"));
        }
        if per_page == 0 {
            return Err(ApiError::fault("per_page", "per_page must be at least 1"));
        }
        Ok(Self { page, per_page: per_page.min(MOST_PER_PAGE) })
    }
    /// Pages of at most so many elements.
    pub(crate) fn at_most(self, most: u32) -> Self {
        Self { per_page: self.per_page.min(most), ..self }
    }
    /// A page of the store's lists.
    pub(crate) const fn page(self) -> Page {
        Page { page: self.page, per_page: self.per_page }
    }
    /// Elements before this page.
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.page - 1) * u64::from(self.per_page)
    }
    /// Elements of a full page.
    pub(crate) fn limit(self) -> u64 {
        u64::from(self.per_page)
    }
    /// Cuts the page out of a whole list.
    pub(crate) fn cut(self, all: impl IntoIterator<Item = Value>) -> (Vec<Value>, PageInfo) {
        let (mut total, offset, limit) = (0u64, self.offset(), self.limit());
        let mut items = Vec::new();
        for item in all {
            if total >= offset && (items.len() as u64) < limit {
                items.push(item);
            }
            total += 1;
        }
        self.with_total(items, total)
    }
    /// Cuts the page out of what was found.
    pub(crate) fn stretch<T>(self, all: Vec<T>) -> Vec<T> {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        all.into_iter().skip(size(self.offset())).take(size(self.limit())).collect()
    }
    /// Takes a page that the store cut.
    pub(crate) fn taken<T>(self, listed: Listed<T>, wire: impl FnMut(T) -> Value) -> (Vec<Value>, PageInfo) {
        self.with_total(listed.items.into_iter().map(wire).collect(), listed.total)
    }
    /// Takes a page of a list of known length.
    pub(crate) fn with_total(self, items: Vec<Value>, total: u64) -> (Vec<Value>, PageInfo) {
        self.told(items, Some(total))
    }
    /// Takes a page of a list that nobody counted.
    pub(crate) fn uncounted(self, items: Vec<Value>) -> (Vec<Value>, PageInfo) {
        self.told(items, None)
    }
    fn told(self, items: Vec<Value>, total: Option<u64>) -> (Vec<Value>, PageInfo) {
        let info = PageInfo { page: self.page, per_page: self.per_page, count: items.len() as u64, total };
        (items, info)
    }
}

impl PageInfo {
    pub(crate) fn to_json(self) -> Value {
        let mut info = json!({ "page": self.page, "per_page": self.per_page, "count": self.count });
        if let Some(total) = self.total {
            info["total_count"] = total.into();
            info["total_pages"] = total.div_ceil(u64::from(self.per_page)).into();
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_past_the_end_is_empty_and_keeps_the_total() {
        let paging = Paging { page: 3, per_page: 2 };
        let all = (0..5).map(Value::from);
        let (items, info) = paging.cut(all);
        assert_eq!(items, [Value::from(4)]);
        assert_eq!(info.to_json(), json!({ "page": 3, "per_page": 2, "count": 1, "total_count": 5, "total_pages": 3 }));
        let (items, info) = Paging { page: 4, per_page: 2 }.cut((0..5).map(Value::from));
        assert!(items.is_empty());
        assert_eq!(info.to_json()["total_count"], 5);
    }

    #[test]
    fn what_nobody_counted_has_no_total() {
        let (_, info) = Paging { page: 2, per_page: 2 }.uncounted(vec![Value::from(1)]);
        assert_eq!(info.to_json(), json!({ "page": 2, "per_page": 2, "count": 1 }));
    }
}
