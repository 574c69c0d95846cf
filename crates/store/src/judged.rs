//! People as they were judged, kept apart from the decisions about them: one row for equal ones.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use model::identity::Identity;

use crate::{
    StoreError,
    identities::{self, Parts},
};

/// People that are kept in memory while decisions are gone through.
const KEPT: usize = 1_000;

/// People as judged that were read already, so that each is read once however many decisions refer to them.
#[derive(Debug, Default)]
pub struct JudgedPeople {
    docs: HashMap<String, Arc<str>>,
    last: Option<(String, String, Arc<Identity>)>,
}

impl JudgedPeople {
    /// The person behind a hash and circumstances; `None` when the row is gone.
    pub(crate) fn find(
        &mut self,
        hash: &str,
        circumstances: &str,
        read: impl FnOnce() -> Result<Option<String>, StoreError>,
    ) -> Result<Option<Arc<Identity>>, StoreError> {
        if let Some((h, c, identity)) = &self.last
            && h == hash
            && c == circumstances
        {
            return Ok(Some(Arc::clone(identity)));
        }
        let doc = match self.docs.get(hash) {
            Some(doc) => Arc::clone(doc),
            None => {
                let Some(doc) = read()? else { return Ok(None) };
                if self.docs.len() >= KEPT {
                    self.docs.clear();
                }
                let doc: Arc<str> = doc.into();
                self.docs.insert(hash.to_owned(), Arc::clone(&doc));
                doc
            }
        };
        let identity = Arc::new(identities::join(&doc, circumstances)?);
        self.last = Some((hash.to_owned(), circumstances.to_owned(), Arc::clone(&identity)));
        Ok(Some(identity))
    }
}

/// People taken apart in one piece of work: sessions share their identity, and a refusal is often followed by another.
#[derive(Default)]
pub(crate) struct TakenApart<'a> {
    parts: HashMap<*const Identity, (Parts, &'a Arc<Identity>)>,
}

impl<'a> TakenApart<'a> {
    /// The parts of a person. The pointers stay theirs: the identities are held on to.
    pub fn of(&mut self, identity: &'a Arc<Identity>) -> Result<&Parts, StoreError> {
        Ok(match self.parts.entry(Arc::as_ptr(identity)) {
            Entry::Occupied(known) => &known.into_mut().0,
            Entry::Vacant(place) => {
                // The provider's session id is nobody's business here, and nothing is decided by it.
                let without = Identity { sid: None, ..(**identity).clone() };
                &place.insert((identities::split(&without)?, identity)).0
            }
        })
    }
}
