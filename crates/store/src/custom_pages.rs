//! Pages of the organisation's own.

use std::sync::Arc;

use model::{CustomPageId, custom_page::CustomPage};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta};

impl Reader<'_> {
    /// One page.
    pub fn custom_page(&self, id: &CustomPageId) -> Result<Option<CustomPage>, StoreError> {
        self.object(Kind::CustomPage, &id.to_string())
    }
}

impl Tx<'_> {
    /// Puts a page.
    pub fn put_custom_page(&mut self, page: &CustomPage) -> Result<(), StoreError> {
        let delta = Delta::CustomPage(page.id, Some(Arc::new(page.clone())));
        self.put_object(Kind::CustomPage, &page.id.to_string(), None, page, delta)
    }
    /// Removes a page. `NotFound` when there is none.
    pub fn remove_custom_page(&mut self, id: &CustomPageId) -> Result<(), StoreError> {
        self.remove_object(Kind::CustomPage, &id.to_string(), Delta::CustomPage(*id, None))
    }
}
