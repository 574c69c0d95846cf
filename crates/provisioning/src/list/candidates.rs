//! Which resources can fulfil a filter at all, by the store's indexes.

use model::{ScimId, provisioned::Provisioned};
use scim::{Filter, Indexed, Kind, filter::index_hint};
use store::{ProvisionedKey, Reader};

use super::member_filter;
use crate::{credential::ScimCaller, error::Failure, record};

/// The resources among which everything that fulfils the filter is, in order of creation; `None` when no index helps
/// and all have to be looked at.
///
/// The index of addresses holds one work address per user, which is all that Entra allows ("type unique within
/// emails"); a second one of the same type is kept and shown but not found by an index look-up.
pub(super) fn narrow(
    reader: &Reader<'_>,
    caller: &ScimCaller,
    kind: Kind,
    filter: Option<&Filter>,
) -> Result<Option<Vec<Provisioned>>, Failure> {
    let Some(filter) = filter else { return Ok(None) };
    if let Some((attribute, value)) = index_hint(filter) {
        let key = match attribute {
            Indexed::Id => ProvisionedKey::Id,
            Indexed::UserName => ProvisionedKey::UserName,
            Indexed::ExternalId => ProvisionedKey::ExternalId,
            Indexed::WorkEmail => ProvisionedKey::Email,
            Indexed::DisplayName => ProvisionedKey::DisplayName,
        };
        return Ok(Some(reader.find_provisioned(&caller.idp, record::stored_kind(kind), key, &value)?));
    }
    match member_filter::one_member(filter).filter(|_| kind == Kind::Group) {
        Some(member) => groups_of(reader, caller, member).map(Some),
        None => Ok(None),
    }
}

fn groups_of(reader: &Reader<'_>, caller: &ScimCaller, member: &str) -> Result<Vec<Provisioned>, Failure> {
    let Ok(member) = member.parse::<ScimId>() else { return Ok(Vec::new()) };
    let mut groups = Vec::new();
    for id in reader.groups_of(&member)? {
        groups.extend(reader.provisioned(&caller.idp, record::stored_kind(Kind::Group), &id)?);
    }
    groups.sort_by_key(|group| (group.created_at, group.id));
    Ok(groups)
}
