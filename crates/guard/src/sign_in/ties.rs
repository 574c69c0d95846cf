//! What ties a person who signs in to provisioning (ruling 23), and whether it has them as inactive (ruling 24).

use model::{
    IdpId, ObjectId,
    identity::Identity,
    provisioned::{Provisioned, ResourceKind},
    user::User,
};
use store::{ProvisionedKey, Reader, StoreError};

/// Refused when a provider of the person's directory has them as inactive, by the name of this sign-in or by the one that ties them. One
/// inactive user is enough, by either link: what is ambiguous fails closed. A deletion that the guard against mass deactivation holds counts
/// as inactive.
pub(crate) fn is_deactivated(r: &Reader<'_>, providers: &[IdpId], identity: &Identity, tie: Option<&str>) -> Result<bool, StoreError> {
    let upn = identity.upn.as_deref();
    for idp in providers {
        for name in [upn, tie.filter(|tie| Some(*tie) != upn)] {
            let found = r.provisioned_of_person(idp, &identity.key, name)?;
            if found.iter().any(|(user, _)| !user.active) || r.is_deletion_held(idp, &identity.key, name)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The user principal name that ties the person to provisioned users: that of this sign-in. But the directory renames people before
/// provisioning follows (never, for those who left its scope), and another login method may not tell the name: while nobody is provisioned
/// under the new name and somebody is under the former one, the former one stays the tie, or a deactivation would no longer find the person.
/// It does not stay when it is another person's by now.
pub(super) fn name(r: &Reader<'_>, providers: &[IdpId], identity: &Identity, known: Option<&User>) -> Result<Option<String>, StoreError> {
    let told = identity.upn.as_deref();
    let Some((person, former)) = known.and_then(|person| Some((person, person.upn.as_deref()?))) else {
        return Ok(identity.upn.clone());
    };
    let renamed = told.is_none_or(|told| !told.eq_ignore_ascii_case(former));
    let is_new = match told {
        Some(told) => renamed && is_provisioned(r, providers, identity, told, |_| true)?,
        None => false,
    };
    if !renamed || is_new || r.users_by_upn(&identity.key.issuer, former)?.iter().any(|other| other.id != person.id) {
        return Ok(identity.upn.clone());
    }
    // An object id says whose user it is: theirs by that in any case, or another's.
    let nameless = |user: &Provisioned| user.external_id.as_deref().is_none_or(|id| id.parse::<ObjectId>().is_err());
    let stays = is_provisioned(r, providers, identity, former, nameless)?;
    Ok(if stays { Some(former.to_owned()) } else { identity.upn.clone() })
}

/// Whether a user of this name, which `counts`, is provisioned, or its deletion is held.
fn is_provisioned(
    r: &Reader<'_>,
    providers: &[IdpId],
    identity: &Identity,
    name: &str,
    counts: impl Fn(&Provisioned) -> bool,
) -> Result<bool, StoreError> {
    for idp in providers {
        let found = r.find_provisioned(idp, ResourceKind::User, ProvisionedKey::UserName, name)?;
        if found.iter().any(&counts) || r.is_deletion_held(idp, &identity.key, Some(name))? {
            return Ok(true);
        }
    }
    Ok(false)
}
