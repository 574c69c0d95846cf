//! A person's groups with their names: those of the sign-in, of which a provider may tell the ids alone, are named by what is provisioned.

use model::{
    IdpId, Timestamp,
    identity::{Groups, Identity},
    provisioned::ResourceKind,
    registry::{RegistryGroup, RegistryIdentity},
};
use serde_json::{Value, json};
use store::{ProvisionedKey, Reader, StoreError};

use super::facts::fact;

/// Groups of one person that are looked up by their id; the others are shown by it.
const LOOKED_UP: usize = 2_000;

/// A group with the origin of its name.
pub(super) struct Named {
    group: RegistryGroup,
    name_from: Option<&'static str>,
}

/// The groups of the registry identity, in its order. `None` when they are not known.
pub(super) fn named(
    reader: &Reader<'_>,
    identity: &RegistryIdentity,
    sign_in: Option<&Identity>,
) -> Result<Option<Vec<Named>>, StoreError> {
    let Some(told) = &identity.groups else { return Ok(None) };
    let idp = sign_in.map(|identity| identity.idp);
    let mut all = Vec::with_capacity(told.value.len());
    for (place, group) in told.value.iter().enumerate() {
        let mut group = group.clone();
        let mut name_from = group.name.is_some().then_some(if group.resource.is_some() { "scim" } else { "sign_in" });
        if group.name.is_none() && place < LOOKED_UP {
            group.name = provisioned_name(reader, idp, &group)?;
            name_from = group.name.is_some().then_some("scim");
        }
        all.push(Named { group, name_from });
    }
    Ok(Some(all))
}

fn provisioned_name(reader: &Reader<'_>, idp: Option<IdpId>, group: &RegistryGroup) -> Result<Option<String>, StoreError> {
    let (Some(idp), Some(id)) = (idp, group.object_id) else { return Ok(None) };
    let found = reader.find_provisioned(&idp, ResourceKind::Group, ProvisionedKey::ExternalId, &id.to_string())?;
    Ok(found.into_iter().find_map(|group| group.display_name))
}

/// `state` is `known` or `unknown`; with the reason why the sign-in did not tell them.
pub(super) fn write(identity: &RegistryIdentity, named: Option<&[Named]>, sign_in: Option<&Identity>, now: Timestamp) -> Value {
    let Some(named) = named else {
        let reason = sign_in.map_or("never-signed-in", |identity| match &identity.groups {
            Groups::Unknown { reason, .. } => reason.as_str(),
            Groups::Known { .. } => "not-told",
        });
        return json!({ "state": "unknown", "reason": reason });
    };
    let list: Value = named.iter().map(one).collect();
    let mut out = fact(identity.groups.as_ref(), now, |_| Value::Null);
    if let Some(members) = out.as_object_mut() {
        members.remove("value");
        members.insert("state".into(), json!("known"));
        members.insert("list".into(), list);
    }
    out
}

fn one(named: &Named) -> Value {
    let mut out = plain(&named.group);
    out["name_from"] = json!(named.name_from);
    out
}

/// A group without the origin of its name.
pub(super) fn plain(group: &RegistryGroup) -> Value {
    json!({
        "id": group.object_id.map(|id| id.to_string()),
        "name": group.name,
        "resource": group.resource.map(|id| id.to_string()),
    })
}
