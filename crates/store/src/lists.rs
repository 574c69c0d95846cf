//! Lists that rules refer to, and tags.

use std::sync::Arc;

use model::{ListId, list::List, tag::Tag};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta};

impl Reader<'_> {
    /// One list.
    pub fn list(&self, id: &ListId) -> Result<Option<List>, StoreError> {
        self.object(Kind::List, &id.to_string())
    }
    /// One tag.
    pub fn tag(&self, name: &str) -> Result<Option<Tag>, StoreError> {
        self.object(Kind::Tag, name)
    }
}

impl Tx<'_> {
    /// Puts a list.
    pub fn put_list(&mut self, list: &List) -> Result<(), StoreError> {
        self.put_object(Kind::List, &list.id.to_string(), None, list, Delta::List(list.id, Some(Arc::new(list.clone()))))
    }
    /// Removes a list. `NotFound` when there is none.
    pub fn remove_list(&mut self, id: &ListId) -> Result<(), StoreError> {
        self.remove_object(Kind::List, &id.to_string(), Delta::List(*id, None))
    }
    /// Puts a tag.
    pub fn put_tag(&mut self, tag: &Tag) -> Result<(), StoreError> {
        self.put_object(Kind::Tag, &tag.name, None, tag, Delta::Tag(tag.name.clone(), Some(Arc::new(tag.clone()))))
    }
    /// Removes a tag. `NotFound` when there is none.
    pub fn remove_tag(&mut self, name: &str) -> Result<(), StoreError> {
        self.remove_object(Kind::Tag, name, Delta::Tag(name.to_owned(), None))
    }
}
