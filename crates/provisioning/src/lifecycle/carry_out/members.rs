//! Effects on the members of groups: everybody below a member is found, and met once.

use std::collections::{BTreeSet, HashMap, HashSet};

use model::{ScimId, provisioned::ResourceKind};
use store::StoreError;

use super::{Effect, Reason, Work};

impl Work<'_, '_> {
    /// Carries out what is planned about members.
    pub(super) fn settle_members(&mut self, effects: &[Effect]) -> Result<(), StoreError> {
        let (mut leaving, mut shown) = (HashMap::new(), HashSet::new());
        for effect in effects {
            match effect {
                Effect::RevokeMember { member, why } => {
                    for user in self.users_below(*member)? {
                        leaving.entry(user).or_insert(*why);
                    }
                }
                Effect::UpdateMember { member } => shown.extend(self.users_below(*member)?),
                _ => {}
            }
        }
        for why in [Reason::GroupRemoved, Reason::GroupAdded] {
            let mut people = BTreeSet::new();
            for (user, _) in leaving.iter().filter(|(_, reason)| **reason == why) {
                let user = self.tx.provisioned(&self.idp, ResourceKind::User, user)?;
                people.extend(self.people(user.as_ref())?);
            }
            self.revoke(people, why)?;
        }
        let mut people = BTreeSet::new();
        for user in shown {
            let Some(user) = self.tx.provisioned(&self.idp, ResourceKind::User, &user)? else { continue };
            let tied = self.strongly_tied(Some(&user))?;
            if !tied.is_empty() && self.in_conflict(&user)?.is_empty() {
                people.extend(tied);
            }
        }
        self.updated(people);
        Ok(())
    }

    /// The users a member stands for: itself, or everyone below it when it is a group. Groups may form circles.
    fn users_below(&self, member: ScimId) -> Result<HashSet<ScimId>, StoreError> {
        let (mut users, mut seen) = (HashSet::new(), HashSet::from([member]));
        let mut waiting = vec![member];
        while let Some(id) = waiting.pop() {
            if self.tx.provisioned_kind(&self.idp, &id)? != Some(ResourceKind::Group) {
                users.insert(id);
                continue;
            }
            for below in self.tx.members(&id)? {
                if seen.insert(below.id) {
                    waiting.push(below.id);
                }
            }
        }
        Ok(users)
    }
}
