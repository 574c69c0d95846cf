//! What rules name beside rule groups: lists, made ready once for all rules that name them, and posture rules.

use std::{cell::RefCell, collections::BTreeMap};

use model::{IdpId, ListId, ObjectId, list::List, posture::PostureRule};

use super::{email_list, ip_list};
use crate::{Reason, References};

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
    /// False for a group of which nothing is known about those who never signed in.
    pub(super) fn tells(&self, idp: &IdpId, group: &ObjectId) -> bool {
        self.references.told.is_none_or(|told| told.idp != *idp || told.groups.contains(group))
    }
    fn list(&self, id: ListId) -> Result<&'a List, Reason> {
        self.references.lists.get(&id).map(AsRef::as_ref).ok_or(Reason::ListMissing)
    }
}
