//! Members of a group: which of them a change needs to know, and that new ones exist.

use std::collections::{HashMap, HashSet};

use model::{ScimId, provisioned::ResourceKind};
use scim::{
    Doc, Kind, ScimError,
    filter::{Filter, Literal, Operator},
    path::PatchPath,
};
use serde_json::{Map, Value, json};
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
    /// Looks through the operations of a PATCH body. Whatever is not plainly an addition or removal by id needs all.
    pub fn by_patch(body: &Map<String, Value>) -> Self {
        let operations = member(body, "Operations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut named = Vec::new();
        let mut touched = false;
        for operation in operations.iter().filter_map(Value::as_object) {
            match Touch::of(operation) {
                Touch::Nothing => {}
                Touch::Ids(ids) => {
                    touched = true;
                    named.extend(ids);
                }
                Touch::Everything => return Self::All,
            }
        }
        if touched { Self::Named(named) } else { Self::None }
    }
}

enum Touch {
    Nothing,
    Ids(Vec<String>),
    Everything,
}

impl Touch {
    fn of(operation: &Map<String, Value>) -> Self {
        let verb = member(operation, "op").and_then(Value::as_str).unwrap_or_default();
        let (add, remove) = (verb.eq_ignore_ascii_case("add"), verb.eq_ignore_ascii_case("remove"));
        let path = member(operation, "path").and_then(Value::as_str).unwrap_or_default().trim();
        let value = member(operation, "value");
        if path.is_empty() || scim::schema::is_schema_urn(path) {
            return Self::of_keys(value, add);
        }
        if !mentions_members(path) {
            return Self::Nothing;
        }
        let Ok(path) = PatchPath::parse(path) else { return Self::Nothing };
        if path.attr.sub.is_some() {
            return Self::Everything;
        }
        match &path.filter {
            None if add || remove => value.and_then(ids_in).map_or(Self::Everything, Self::Ids),
            Some(Filter::Compare(of, Operator::Eq, Literal::Text(id)))
                if remove && of.sub.is_none() && of.name == "value" && value.is_none_or(Value::is_null) =>
            {
                Self::Ids(vec![id.clone()])
            }
            _ => Self::Everything,
        }
    }

    fn of_keys(value: Option<&Value>, add: bool) -> Self {
        let keys = value.and_then(Value::as_object);
        let about_members: Vec<_> = keys.into_iter().flatten().filter(|(key, _)| mentions_members(key)).collect();
        match about_members.as_slice() {
            [] => Self::Nothing,
            [(key, value)] if add && key.eq_ignore_ascii_case("members") => ids_in(value).map_or(Self::Everything, Self::Ids),
            _ => Self::Everything,
        }
    }
}

fn mentions_members(path: &str) -> bool {
    path.to_ascii_lowercase().contains("members")
}

/// The ids in a value of `members`: a list of objects or bare texts, or one of them. `None` when it is anything else,
/// also when it is an empty list.
fn ids_in(value: &Value) -> Option<Vec<String>> {
    let id = |element: &Value| match element {
        Value::String(id) => Some(id.clone()),
        Value::Object(map) => member(map, "value").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let ids: Option<Vec<String>> = match value {
        Value::Array(list) => list.iter().map(id).collect(),
        single => Some(vec![id(single)?]),
    };
    ids.filter(|ids| !ids.is_empty())
}

/// A member of an object in any capitals.
fn member<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
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
