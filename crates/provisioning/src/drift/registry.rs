//! The registry's side of a group: whom SCIM sent, who was filled in, and which provisioned user a person of the directory is.

use std::collections::HashSet;

use idp::entra::Member;
use model::{
    IdpId, ObjectId, ScimId,
    provisioned::{Provisioned, ResourceKind},
};
use store::{ExpandedMember, ProvisionedKey, Reader, StoreError};

use super::compare::{Sent, user_names};

/// The provisioned groups of an object id: usually one; `externalId` is not unique by itself.
pub(crate) fn groups(reader: &Reader<'_>, idp: &IdpId, id: &ObjectId) -> Result<Vec<Provisioned>, StoreError> {
    reader.find_provisioned(idp, ResourceKind::Group, ProvisionedKey::ExternalId, &id.to_string())
}

/// The provisioned people of groups, with those below groups that SCIM itself sent as members; and who was filled in.
pub(crate) fn members(reader: &Reader<'_>, idp: &IdpId, groups: &[ScimId]) -> Result<(Vec<Sent>, Vec<ExpandedMember>), StoreError> {
    let (mut sent, mut filled) = (Vec::new(), Vec::new());
    let mut seen: HashSet<ScimId> = groups.iter().copied().collect();
    for group in groups {
        filled.extend(reader.expanded_members(group)?);
    }
    let mut waiting = groups.to_vec();
    while let Some(group) = waiting.pop() {
        for (member, kind) in reader.members_with_kind(&group)? {
            if !seen.insert(member.id) {
                continue;
            }
            match kind {
                ResourceKind::User => sent.extend(reader.provisioned(idp, kind, &member.id)?.map(Sent::from)),
                ResourceKind::Group => waiting.push(member.id),
            }
        }
    }
    Ok((sent, filled))
}

/// The provisioned user who is this person (ruling 23): by object id, else by user principal name.
pub(crate) fn user(reader: &Reader<'_>, idp: &IdpId, person: &Member) -> Result<Option<ScimId>, StoreError> {
    let strong = reader.find_provisioned(idp, ResourceKind::User, ProvisionedKey::ExternalId, &person.id.to_string())?;
    if let Some(user) = strong.first() {
        return Ok(Some(user.id));
    }
    for name in user_names(person.upn.as_deref()) {
        if let Some(user) = reader.find_provisioned(idp, ResourceKind::User, ProvisionedKey::UserName, &name)?.first() {
            return Ok(Some(user.id));
        }
    }
    Ok(None)
}
