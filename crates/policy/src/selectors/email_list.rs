//! `email_list`: the person's address stands on a list, compared without regard to case, when it may be trusted (ruling 18).

use std::sync::Arc;

use model::{
    Email,
    identity::Identity,
    list::{Item, Items, List},
};

use super::email::trusted;
use crate::{Reason, truth::Finding};

/// The addresses of a list, lower-cased and sorted. Rules that name the same list hold the same one.
#[derive(Debug, Clone)]
pub(crate) struct Among(Arc<[Box<str>]>);

impl Among {
    /// Fails for a list of another kind.
    pub fn new(list: &List) -> Result<Self, Reason> {
        match &list.items {
            Items::Email(items) => Ok(Self::of(items)),
            Items::Ip(_) => Err(Reason::ListOfAnotherKind),
        }
    }
    fn of(items: &[Item<Email>]) -> Self {
        let mut addresses: Vec<Box<str>> = items.iter().map(|item| item.value.folded().into()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Self(addresses.into())
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if !trusted(identity) {
            return Finding::unknown(Reason::EmailUnverified);
        }
        let wanted = identity.email.as_str().as_bytes();
        let folded = || wanted.iter().map(u8::to_ascii_lowercase);
        Finding::when(self.0.binary_search_by(|address| address.bytes().cmp(folded())).is_ok())
    }
}
