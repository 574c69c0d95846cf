//! The registry identity of a person, put together from the last sign-in and what their directory provisions.

use std::collections::{HashSet, VecDeque};

use model::{
    IdpId, ObjectId, ScimId, UserId,
    identity::SubjectKey,
    idp::IdentityProvider,
    provisioned::{Provisioned, ResourceKind},
    registry::{self, Linked, RegistryGroup, RegistryIdentity},
};

use crate::{Reader, StoreError, objects::Kind};

/// Most groups of one person that are shown; a directory that sends more is not gone through to its end.
const MOST_GROUPS: usize = 10_000;

impl Reader<'_> {
    /// What is known about a person, fact by fact with its source. `None` when there is no such person.
    pub fn registry_identity(&self, id: &UserId) -> Result<Option<RegistryIdentity>, StoreError> {
        let Some(person) = self.user(id)? else { return Ok(None) };
        let sign_in = self.last_identity(id)?;
        let linked = match &person.key {
            Some(key) => self.linked_users(key, person.upn.as_deref())?,
            None => Vec::new(),
        };
        Ok(Some(registry::derive(sign_in.as_ref(), &linked)))
    }

    /// The provisioned users of all providers of the directory that are linked to a person, strong links first.
    fn linked_users(&self, key: &SubjectKey, upn: Option<&str>) -> Result<Vec<Linked>, StoreError> {
        let mut linked = Vec::new();
        for provider in self.objects::<IdpId, IdentityProvider>(Kind::Idp)?.into_values() {
            if !provider.scim.enabled || provider.config.directory_issuer().as_ref() != Some(&key.issuer) {
                continue;
            }
            for (user, strength) in self.provisioned_of_person(&provider.id, key, upn)? {
                linked.push(Linked {
                    strength,
                    tied_to_others: self.people_of_provisioned(&key.issuer, &user)?.len() > 1,
                    behavior: provider.scim.identity_update_behavior,
                    groups: self.groups_of_provisioned(&provider.id, &user)?,
                    user,
                });
            }
        }
        linked.sort_by_key(|link| link.strength != registry::LinkStrength::Strong);
        Ok(linked)
    }

    /// The groups that a user is in, those above them and those read through Graph included, by name. `None` while its provider provisions no groups.
    pub fn groups_of_provisioned(&self, idp: &IdpId, user: &Provisioned) -> Result<Option<Vec<RegistryGroup>>, StoreError> {
        let (mut seen, mut waiting) = (HashSet::<ScimId>::new(), VecDeque::from([user.id]));
        let mut groups = Vec::new();
        while let Some(member) = waiting.pop_front() {
            let mut around = self.groups_of(&member)?;
            if member == user.id {
                around.extend(self.expanded_groups_of(&member)?.into_iter().map(|expanded| expanded.group));
            }
            for above in around {
                if groups.len() >= MOST_GROUPS || !seen.insert(above) {
                    continue;
                }
                let Some(group) = self.provisioned(idp, ResourceKind::Group, &above)? else { continue };
                groups.push(RegistryGroup {
                    object_id: group.external_id.as_deref().and_then(|id| id.parse::<ObjectId>().ok()),
                    name: group.display_name,
                    resource: Some(group.id),
                });
                waiting.push_back(above);
            }
        }
        if groups.is_empty() && self.provisioned_counts(idp)?.groups == 0 {
            return Ok(None);
        }
        groups.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.resource.cmp(&b.resource)));
        Ok(Some(groups))
    }
}
