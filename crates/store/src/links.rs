//! Joining provisioned users to people of the registry (ruling 23): by object id strongly, by user principal name weakly, never by mail.

use std::{collections::BTreeSet, ops::ControlFlow};

use model::{
    IdpId, ObjectId, Timestamp, UserId,
    identity::SubjectKey,
    provisioned::{Provisioned, ResourceKind},
    provisioning_guard::HeldAction,
    registry::LinkStrength,
    user::User,
};

use crate::{ProvisionedKey, Reader, StoreError, provisioned::read, statement::provisioned as sql};

impl Reader<'_> {
    /// The users of a provider that belong to this person; strong links first, each user once.
    pub fn provisioned_of_person(
        &self,
        idp: &IdpId,
        key: &SubjectKey,
        upn: Option<&str>,
    ) -> Result<Vec<(Provisioned, LinkStrength)>, StoreError> {
        let mut found = Vec::new();
        if let Ok(object_id) = key.subject.parse::<ObjectId>() {
            let strong = self.find_provisioned(idp, ResourceKind::User, ProvisionedKey::ExternalId, &object_id.to_string())?;
            found.extend(strong.into_iter().map(|p| (p, LinkStrength::Strong)));
        }
        if let Some(upn) = upn {
            let weak = self.find_provisioned(idp, ResourceKind::User, ProvisionedKey::UserName, upn)?;
            for user in weak {
                if found.iter().all(|(other, _)| other.id != user.id) {
                    found.push((user, LinkStrength::Weak));
                }
            }
        }
        Ok(found)
    }
    /// The people of an issuer (the tenant of the provider) that belong to this provisioned user; strong links first, each person once.
    pub fn people_of_provisioned(&self, issuer: &str, user: &Provisioned) -> Result<Vec<(User, LinkStrength)>, StoreError> {
        let mut found = Vec::new();
        if let Some(Ok(object_id)) = user.external_id.as_deref().map(str::parse::<ObjectId>) {
            let strong = self.users_by_subject(issuer, &object_id.to_string())?;
            found.extend(strong.into_iter().map(|u| (u, LinkStrength::Strong)));
        }
        if let Some(user_name) = &user.user_name {
            for person in self.users_by_upn(issuer, user_name)? {
                if found.iter().all(|(other, _)| other.id != person.id) {
                    found.push((person, LinkStrength::Weak));
                }
            }
        }
        Ok(found)
    }
    /// People of an issuer with a live session whom a provider has as inactive, or whose deletion the guard holds. Reads all of them: for
    /// when that begins to matter, not for every change.
    pub fn inactive_with_sessions(&self, idp: &IdpId, issuer: &str, now: Timestamp) -> Result<BTreeSet<UserId>, StoreError> {
        let mut found = BTreeSet::new();
        let mut look = |user: &Provisioned| -> Result<(), StoreError> {
            for (person, _) in self.people_of_provisioned(issuer, user)? {
                if !found.contains(&person.id) && !self.sessions_of(&person.id, now)?.is_empty() {
                    found.insert(person.id);
                }
            }
            Ok(())
        };
        let users = self.population(idp, ResourceKind::User)?.unwrap_or_default();
        if users.active < users.total {
            self.each(&sql::INACTIVE, &[users.no.into()], |row| look(&read(row)?).map(ControlFlow::Continue))?;
        }
        for held in self.held(idp, u64::MAX)? {
            if let HeldAction::Delete(held) = held.what {
                look(&held.user)?;
            }
        }
        Ok(found)
    }
}
