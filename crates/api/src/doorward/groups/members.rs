//! The members of a provisioned group, a page at a time: those that SCIM sent, then those that were read through the groups in it.

use model::{
    IdpId, ScimId, Timestamp,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Value, json};
use store::{ExpandedMember, Reader, StoreError};

use crate::pagination::Paging;

/// Whose members.
pub(super) struct Of {
    pub idp: IdpId,
    pub group: ScimId,
    /// Of the directory, by which members are found in the registry.
    pub issuer: Option<String>,
}

/// A page, and how many there are.
pub(super) fn page(reader: &Reader<'_>, of: &Of, paging: Paging) -> Result<(Vec<Value>, u64), StoreError> {
    let direct = reader.member_page(&of.group, paging.offset(), paging.limit())?;
    let filled = reader.expanded_count(&of.group)?;
    let mut rows = Vec::new();
    for (member, kind) in direct.items {
        let resource = reader.provisioned(&of.idp, kind, &member.id)?;
        let name = member.display.or_else(|| resource.as_ref().and_then(name));
        rows.push(row(reader, of, (&member.id.to_string(), kind), name, resource.as_ref())?);
    }
    let room = paging.limit().saturating_sub(rows.len() as u64);
    if filled > 0 && room > 0 {
        let read_at = reader.expansion(&of.group)?.and_then(|found| found.read_at);
        for member in reader.expanded_page(&of.group, paging.offset().saturating_sub(direct.total), room)? {
            rows.push(read_through(reader, of, member, read_at)?);
        }
    }
    Ok((rows, direct.total + filled))
}

fn read_through(reader: &Reader<'_>, of: &Of, member: ExpandedMember, read_at: Option<Timestamp>) -> Result<Value, StoreError> {
    let resource = member.user.map(|user| reader.provisioned(&of.idp, ResourceKind::User, &user)).transpose()?.flatten();
    let id = member.user.map(|user| user.to_string());
    let name = member.display.or_else(|| resource.as_ref().and_then(name));
    let mut row = row(reader, of, (id.as_deref().unwrap_or_default(), ResourceKind::User), name, resource.as_ref())?;
    row["id"] = json!(id);
    row["object_id"] = json!(member.object_id.to_string());
    row["source"] = json!("graph");
    row["since"] = json!(member.since.rfc3339());
    row["read_at"] = json!(read_at.map(Timestamp::rfc3339));
    Ok(row)
}

/// `user_uid` is the person of the registry, when somebody ever signed in as this user.
fn row(
    reader: &Reader<'_>,
    of: &Of,
    (id, kind): (&str, ResourceKind),
    name: Option<String>,
    resource: Option<&Provisioned>,
) -> Result<Value, StoreError> {
    let person = match (resource, &of.issuer) {
        (Some(user), Some(issuer)) if kind == ResourceKind::User => reader.people_of_provisioned(issuer, user)?.into_iter().next(),
        _ => None,
    };
    Ok(json!({
        "id": id,
        "kind": match kind { ResourceKind::User => "user", ResourceKind::Group => "group" },
        "object_id": resource.and_then(|resource| resource.external_id.clone()),
        "name": name,
        "user_name": resource.and_then(|resource| resource.user_name.clone()),
        "active": resource.filter(|_| kind == ResourceKind::User).map(|resource| resource.active),
        "user_uid": person.map(|(person, _)| person.id.to_string()),
        "source": "scim",
        "since": null,
        "read_at": null,
    }))
}

fn name(resource: &Provisioned) -> Option<String> {
    resource.display_name.clone().or_else(|| resource.user_name.clone())
}
