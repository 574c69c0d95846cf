//! `azureAD`: membership in an Entra group, by object id within one provider. Unknown groups stay unknown.

use model::{
    IdpId, ObjectId,
    identity::{GroupSource, Groups, Identity},
};

use crate::{Facts, Reason, explain::FactUsed, truth::Finding};

#[derive(Debug)]
pub(crate) struct MemberOf {
    group: ObjectId,
    idp: IdpId,
}

impl MemberOf {
    pub const fn new(group: ObjectId, idp: IdpId) -> Self {
        Self { group, idp }
    }
    pub const fn key(&self) -> (IdpId, ObjectId) {
        (self.idp, self.group)
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
            Groups::Known { list, .. } => Finding::when(list.binary_search_by(|group| group.id.cmp(&self.group)).is_ok()),
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
