//! Policies and rule groups.

use std::sync::Arc;

use model::{AccessGroupId, PolicyId, access_group::AccessGroup, access_policy::AccessPolicy};

use crate::{Reader, StoreError, Tx, objects::Kind, snapshot::Delta};

impl Reader<'_> {
    /// One policy, reusable or owned.
    pub fn policy(&self, id: &PolicyId) -> Result<Option<AccessPolicy>, StoreError> {
        self.object(Kind::Policy, &id.to_string())
    }
    /// One rule group.
    pub fn access_group(&self, id: &AccessGroupId) -> Result<Option<AccessGroup>, StoreError> {
        self.object(Kind::AccessGroup, &id.to_string())
    }
}

impl Tx<'_> {
    /// Puts a policy; one with an owner dies with that application.
    pub fn put_policy(&mut self, policy: &AccessPolicy) -> Result<(), StoreError> {
        let owner = policy.owner.map(|app| app.to_string());
        let delta = Delta::Policy(policy.id, Some(Arc::new(policy.clone())));
        self.put_object(Kind::Policy, &policy.id.to_string(), owner.as_deref(), policy, delta)
    }
    /// Removes a policy. `NotFound` when there is none.
    pub fn remove_policy(&mut self, id: &PolicyId) -> Result<(), StoreError> {
        self.remove_object(Kind::Policy, &id.to_string(), Delta::Policy(*id, None))
    }
    /// Puts a rule group.
    pub fn put_access_group(&mut self, group: &AccessGroup) -> Result<(), StoreError> {
        let delta = Delta::AccessGroup(group.id, Some(Arc::new(group.clone())));
        self.put_object(Kind::AccessGroup, &group.id.to_string(), None, group, delta)
    }
    /// Removes a rule group. `NotFound` when there is none.
    pub fn remove_access_group(&mut self, id: &AccessGroupId) -> Result<(), StoreError> {
        self.remove_object(Kind::AccessGroup, &id.to_string(), Delta::AccessGroup(*id, None))
    }
}
