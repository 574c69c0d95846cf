//! What rules name beside rule groups: lists, made ready once for all rules that name them, and posture rules.

use std::{cell::RefCell, collections::BTreeMap};

use model::{IdpId, ListId, ObjectId, list::List, posture::PostureRule};

use super::{email_list, ip_list};
use crate::{Reason, References};

/// Which members of a group would be known as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Members {
    /// Everybody in it, through other groups or not.
    All,
    /// Those who are in it directly: others may be in it through another group.
    Direct,
    /// None, of those who never signed in.
    Unknown,
}

/// Serves while a set of policies is compiled.
pub(crate) struct Named<'a> {
    pub references: References<'a>,
    addresses: RefCell<BTreeMap<ListId, Result<email_list::Among, Reason>>>,
    networks: RefCell<BTreeMap<ListId, Result<ip_list::Within, Reason>>>,
}

impl<'a> Named<'a> {
    pub const fn new(references: References<'a>) -> Self {
        Self { references, addresses: RefCell::new(BTreeMap::new()), networks: RefCell::new(BTreeMap::new()) }
    }
    pub(super) fn addresses(&self, id: ListId) -> Result<email_list::Among, Reason> {
        let make = || self.list(id).and_then(email_list::Among::new);
        self.addresses.borrow_mut().entry(id).or_insert_with(make).clone()
    }
    pub(super) fn networks(&self, id: ListId) -> Result<ip_list::Within, Reason> {
        let make = || self.list(id).and_then(ip_list::Within::new);
        self.networks.borrow_mut().entry(id).or_insert_with(make).clone()
    }
    pub(super) fn posture_rule(&self, id: &str) -> Result<&'a PostureRule, Reason> {
        let found = id.parse().ok().and_then(|id| self.references.posture.get(&id));
        found.map(AsRef::as_ref).ok_or(Reason::PostureRuleMissing)
    }
    /// What is known about the members of a group.
    pub(super) fn members(&self, idp: &IdpId, group: &ObjectId) -> Members {
        match self.references.told.filter(|told| told.idp == *idp) {
            None => Members::All,
            Some(told) if told.complete.contains(group) => Members::All,
            Some(told) if told.groups.contains(group) => Members::Direct,
            Some(_) => Members::Unknown,
        }
    }
    fn list(&self, id: ListId) -> Result<&'a List, Reason> {
        self.references.lists.get(&id).map(AsRef::as_ref).ok_or(Reason::ListMissing)
    }
}
