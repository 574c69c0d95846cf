//! `azureAD`: membership in an Entra group, by object id within one provider. Unknown groups stay unknown.

use model::{
    IdpId, ObjectId,
    identity::{GroupSource, Groups, Identity},
};

use super::named::Members;
use crate::{Facts, Reason, explain::FactUsed, truth::Finding};

#[derive(Debug)]
pub(crate) struct MemberOf {
    group: ObjectId,
    idp: IdpId,
    /// The reason why nobody is known to be outside.
    outside: Option<Reason>,
}

impl MemberOf {
    /// `None` when nothing is known about the group's members.
    pub(super) const fn new(group: ObjectId, idp: IdpId, members: Members) -> Option<Self> {
        let outside = match members {
            Members::All => None,
            Members::Direct => Some(Reason::GroupNestedUnknown),
            Members::Unknown => return None,
        };
        Some(Self { group, idp, outside })
    }
    /// Provider and group, when somebody who is not in it is known to be outside.
    pub const fn key(&self) -> Option<(IdpId, ObjectId)> {
        if self.outside.is_some() { None } else { Some((self.idp, self.group)) }
    }
    /// True when it speaks of this provider.
    pub fn is_of(&self, idp: &IdpId) -> bool {
        self.idp == *idp
    }
    pub fn judge(&self, identity: &Identity) -> Finding {
        if !self.is_of(&identity.idp) {
            return Finding::no(Reason::OtherProvider);
        }
        match &identity.groups {
            Groups::Unknown { reason, .. } => Finding::unknown(reason.into()),
            Groups::Known { list, .. } => {
                let inside = list.binary_search_by(|group| group.id.cmp(&self.group)).is_ok();
                self.outside.filter(|_| !inside).map_or_else(|| Finding::when(inside), Finding::unknown)
            }
        }
    }
}

/// Where the groups came from, and how old they are.
pub(super) fn fact(facts: &Facts<'_>) -> Option<FactUsed> {
    let (source, at) = match &facts.identity?.groups {
        Groups::Known { source: GroupSource::Token, at, .. } => ("token", *at),
        Groups::Known { source: GroupSource::Graph, at, .. } => ("graph", *at),
        Groups::Known { source: GroupSource::Provisioning, at, .. } => ("provisioning", *at),
        Groups::Unknown { at, .. } => ("none", *at),
    };
    let age = facts.request.now.secs_since(at);
    Some(FactUsed::of_person("groups", source, age))
}
