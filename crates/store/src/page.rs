//! Pages of lists.

use crate::reader::signed;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number, counted from 1.
    pub page: u32,
    /// Length.
    pub per_page: u32,
}

impl Page {
    pub(crate) fn limit(self) -> i64 {
        i64::from(self.per_page)
    }
    pub(crate) fn offset(self) -> i64 {
        signed(u64::from(self.page.saturating_sub(1)) * u64::from(self.per_page))
    }
}

/// A page, and how much there is altogether.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The page.
    pub items: Vec<T>,
    /// Number of items on all pages.
    pub total: u64,
}
