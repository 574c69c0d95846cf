//! Members of a group: which of them a change needs to know, and that new ones exist.

use std::collections::{HashMap, HashSet};

use model::{
    ScimId,
    provisioned::{Provisioned, ResourceKind},
};
use scim::{Doc, Kind, PatchRequest, ScimError, patch::TouchedMembers};
use serde_json::{Value, json};
use store::{GroupMember, Reader};

use crate::{credential::ScimCaller, error::Failure, record};

/// Most unknown members named in an error text.
const MAX_NAMED: usize = 10;

/// Which members a PATCH has to see. Adding one person to a group of 10,000 must not read 10,000.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Needed {
    /// None: it does not touch them.
    None,
    /// Only these ids, as the body has them.
    Named(Vec<String>),
    /// All of them.
    All,
}

impl Needed {
    /// What the operations of a PATCH touch.
    pub fn by_patch(request: &PatchRequest) -> Self {
        match request.touched_members() {
            TouchedMembers::None => Self::None,
            TouchedMembers::Ids(ids) => Self::Named(ids),
            TouchedMembers::All => Self::All,
        }
    }
}

/// The members of a group, as far as they are needed.
pub(crate) fn load(tx: &Reader<'_>, group: ScimId, needed: &Needed) -> Result<Vec<GroupMember>, Failure> {
    let named = match needed {
        Needed::None => return Ok(Vec::new()),
        Needed::Named(ids) => ids,
        Needed::All => return Ok(tx.members(&group)?),
    };
    let mut seen = HashSet::with_capacity(named.len());
    let ids: Vec<ScimId> = named.iter().filter_map(|id| id.parse().ok()).filter(|id| seen.insert(*id)).collect();
    Ok(tx.members_among(&group, &ids)?)
}

/// The members of a group that a change has to see, and its document with them. With all of them they are as they are shown: a PATCH may
/// choose them by their type.
pub(crate) fn seen(tx: &Reader<'_>, caller: &ScimCaller, group: &Provisioned, needed: &Needed) -> Result<(Vec<GroupMember>, Doc), Failure> {
    let doc = record::doc(group)?;
    if *needed == Needed::None {
        return Ok((Vec::new(), doc));
    }
    if *needed == Needed::All {
        let all = tx.members_with_kind(&group.id)?;
        let doc = with_shown_members(caller, &doc, &all)?;
        return Ok((all.into_iter().map(|(member, _)| member).collect(), doc));
    }
    let members = load(tx, group.id, needed)?;
    let doc = with_members(&doc, &members)?;
    Ok((members, doc))
}

/// The document of a group together with these members, by id only: enough to change it.
pub(crate) fn with_members(doc: &Doc, members: &[GroupMember]) -> Result<Doc, Failure> {
    joined(doc, members.iter().map(plain).collect())
}

/// The same with `$ref` and `type`, as it is shown.
pub(crate) fn with_shown_members(caller: &ScimCaller, doc: &Doc, members: &[(GroupMember, ResourceKind)]) -> Result<Doc, Failure> {
    let shown = members.iter().map(|(member, kind)| {
        let kind = match kind {
            ResourceKind::User => Kind::User,
            ResourceKind::Group => Kind::Group,
        };
        let mut shown = plain(member);
        shown["$ref"] = format!("{}/{}/{}", caller.base_url, kind.endpoint(), member.id).into();
        shown["type"] = kind.as_str().into();
        shown
    });
    joined(doc, shown.collect())
}

fn joined(doc: &Doc, members: Vec<Value>) -> Result<Doc, Failure> {
    let mut map = doc.as_map().clone();
    map.insert("members".to_owned(), Value::Array(members));
    record::from_map(map)
}

fn plain(member: &GroupMember) -> Value {
    let mut plain = json!({"value": member.id.to_string()});
    if let Some(display) = &member.display {
        plain["display"] = display.as_str().into();
    }
    plain
}

/// What to write so that a group has the members it should have.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// New ones, and those whose `display` is another now.
    pub put: Vec<GroupMember>,
    /// New ones only.
    pub added: Vec<ScimId>,
    /// Ones to take out.
    pub removed: Vec<ScimId>,
}

impl Difference {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }
}

/// Compares two states of a group, of which only the loaded part is looked at.
///
/// # Errors
/// 400 `invalidValue` naming the new members that are neither users nor groups of this provider. The whole request
/// fails: Entra keeps each reference that failed and tries it again by itself, while one that was dropped in silence
/// would never come back, because Entra does not read members.
pub(crate) fn difference(
    tx: &Reader<'_>,
    caller: &ScimCaller,
    group: ScimId,
    before: &[GroupMember],
    after: &Doc,
) -> Result<Difference, Failure> {
    let known: HashMap<ScimId, Option<&str>> = before.iter().map(|m| (m.id, m.display.as_deref())).collect();
    let mut kept = HashSet::with_capacity(known.len());
    let mut difference = Difference::default();
    let mut unknown = Vec::new();
    for member in after.members() {
        let Some(id) = existing(tx, caller, member.value, &known)? else {
            unknown.push(member.value);
            continue;
        };
        if !kept.insert(id) {
            continue;
        }
        if id == group {
            return Err(ScimError::invalid_value("A group cannot be a member of itself.").into());
        }
        let there = known.get(&id);
        if there.is_none() {
            difference.added.push(id);
        }
        if there.is_none_or(|display| member.display.is_some() && *display != member.display) {
            difference.put.push(GroupMember { id, display: member.display.map(str::to_owned) });
        }
    }
    if !unknown.is_empty() {
        return Err(unknown_members(&unknown));
    }
    difference.removed = before.iter().map(|m| m.id).filter(|id| !kept.contains(id)).collect();
    Ok(difference)
}

/// The id of a member, when it is in the group already or is a user or group of this provider.
fn existing(tx: &Reader<'_>, caller: &ScimCaller, value: &str, known: &HashMap<ScimId, Option<&str>>) -> Result<Option<ScimId>, Failure> {
    let Ok(id) = value.parse::<ScimId>() else { return Ok(None) };
    let exists = known.contains_key(&id) || tx.provisioned_kind(&caller.idp, &id)?.is_some();
    Ok(exists.then_some(id))
}

fn unknown_members(ids: &[&str]) -> Failure {
    let shown: Vec<String> = ids.iter().take(MAX_NAMED).map(|id| format!("\"{}\"", id.chars().take(80).collect::<String>())).collect();
    let more = if ids.len() > MAX_NAMED { format!(" and {} more", ids.len() - MAX_NAMED) } else { String::new() };
    ScimError::invalid_value(format!(
        "Not a user or group of this provider: {}{more}. Nothing was changed; create them first, then send their ids.",
        shown.join(", ")
    ))
    .into()
}

#[cfg(test)]
mod tests;
