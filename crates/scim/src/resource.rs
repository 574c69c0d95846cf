//! User and Group bodies: reading them on create and replace, and the bounds every stored document keeps.

mod doc;
mod normalise;
#[cfg(test)]
pub(crate) mod tests;
mod wire;

use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::json;
use crate::quirk::{Normalised, Quirk, count};
use crate::schema;

pub use doc::{Doc, Member};
pub(crate) use doc::{get, key_of, subject_value};
pub(crate) use normalise::{attribute as normalise_attribute, extension as normalise_extension, list as normalise_list};
pub use wire::{Meta, Resource, rfc3339};

/// Longest `userName`, `externalId` or group `displayName`, in characters.
pub const MAX_KEY_CHARS: usize = 1024;
/// Largest document without its members, in bytes of names and values.
pub const MAX_DOC_BYTES: usize = 256 * 1024;
/// Most members of one group.
pub const MAX_MEMBERS: usize = 200_000;
/// Most elements of any other list.
pub const MAX_ELEMENTS: usize = 2_000;

/// The two kinds of resource (RFC 7643 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    User,
    Group,
}

impl Kind {
    /// `User` or `Group`, as in `meta.resourceType`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The path segment of the endpoint, `Users` or `Groups`.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// URN of the core schema.
    #[must_use]
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => schema::USER_URN,
            Self::Group => schema::GROUP_URN,
        }
    }

    /// The attribute that must be there and be unique.
    #[must_use]
    pub fn unique_attribute(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// A body that was read: the document to keep and what had to be normalised.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub doc: Doc,
    pub normalised: Normalised,
}

/// Reads the body of a create (RFC 7644 section 3.3).
///
/// Known attributes get the schema's spelling and form, unknown ones and unknown extensions are kept as they are.
/// `id`, `meta`, `schemas`, `groups` of a user and `password` are left out; `null` means absent.
///
/// # Errors
/// 400 `invalidValue` when the required name is missing, a known attribute has the wrong form or a bound is broken;
/// 400 `invalidSyntax` when an attribute is given twice in different capitals.
pub fn parse(kind: Kind, body: Map<String, Value>) -> Result<Parsed, ScimError> {
    let mut normalised = Normalised::new();
    let mut kept = Map::new();
    for (name, value) in unfolded(kind, body) {
        if is_left_out(kind, &name) {
            if name.eq_ignore_ascii_case("password") {
                count(&mut normalised, Quirk::PasswordDropped);
            }
            continue;
        }
        let (name, value) = top_level(kind, name, value, &mut normalised)?;
        if let Some(other) = key_of(&kept, &name) {
            return Err(ScimError::invalid_syntax(format!(
                "The attribute {} is given twice, once as {}. Names are caseless; send it once.",
                quote(&name),
                quote(other)
            )));
        }
        if let Some(value) = value {
            kept.insert(name, value);
        }
    }
    let doc = Doc::from_map(kept);
    check(kind, &doc)?;
    Ok(Parsed { doc, normalised })
}

/// Reads the body of a replace (RFC 7644 section 3.5.1).
///
/// The same as [`parse`], except that a user who was inactive stays so when `active` is not given: the RFC leaves
/// that to the server, and forgetting a flag must not let somebody in again.
///
/// # Errors
/// As [`parse`].
pub fn parse_replacement(kind: Kind, body: Map<String, Value>, before: &Doc) -> Result<Parsed, ScimError> {
    let mut parsed = parse(kind, body)?;
    if kind == Kind::User && !before.active() && get(parsed.doc.as_map(), "active").is_none() {
        // As it was: also the mark that a removed `false` leaves.
        let kept = get(before.as_map(), "active").cloned().unwrap_or(Value::Bool(false));
        parsed.doc.map_mut().insert("active".into(), kept);
    }
    Ok(parsed)
}

/// Whether a client's value for this top-level name is never kept.
pub(crate) fn is_left_out(kind: Kind, name: &str) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    is("id") || is("meta") || is("schemas") || is("password") || (kind == Kind::User && is("groups"))
}

/// The attributes of a body, those under the core schema's own URN among the others.
fn unfolded(kind: Kind, body: Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    body.into_iter().flat_map(move |(name, value)| match value {
        Value::Object(inner) if name.eq_ignore_ascii_case(kind.schema()) => inner.into_iter().collect::<Vec<_>>(),
        value => vec![(name, value)],
    })
}

fn top_level(kind: Kind, name: String, value: Value, counts: &mut Normalised) -> Result<(String, Option<Value>), ScimError> {
    if name.eq_ignore_ascii_case(schema::ENTERPRISE_URN) {
        let value = normalise_extension(schema::ENTERPRISE_URN, value, counts)?;
        return Ok((schema::ENTERPRISE_URN.to_owned(), value));
    }
    let definition = schema::core_attribute(kind, &name);
    let spelt = match definition {
        Some(known) => {
            if known.name != name {
                count(counts, Quirk::AttributeCase);
            }
            known.name.to_owned()
        }
        None => name,
    };
    let value = normalise_attribute(definition, &spelt, value, counts)?;
    Ok((spelt, value))
}

/// The rules every kept document follows, whether it came by create, replace or patch.
pub(crate) fn check(kind: Kind, doc: &Doc) -> Result<(), ScimError> {
    let map = doc.as_map();
    let unique = kind.unique_attribute();
    if doc.text(unique).is_none_or(|name| name.trim().is_empty()) {
        return Err(ScimError::invalid_value(format!("A {} needs a {unique} that is a non-empty text.", kind.as_str())));
    }
    for name in ["externalId", "userName", "displayName"] {
        let Some(value) = get(map, name) else { continue };
        let Value::String(text) = value else {
            return Err(ScimError::invalid_value(format!("{name} must be a text.")));
        };
        if text.chars().count() > MAX_KEY_CHARS {
            return Err(ScimError::invalid_value(format!("{name} has more than {MAX_KEY_CHARS} characters.")));
        }
        if text.chars().any(char::is_control) {
            return Err(ScimError::invalid_value(format!("{name} {} has a control character.", quote(text))));
        }
    }
    if kind == Kind::Group && map.get("members").is_some_and(|members| !all_have_ids(members)) {
        return Err(ScimError::invalid_value("Each of members needs a value, the id of a user or group, as a text."));
    }
    let mut bytes = 0;
    for (name, value) in map {
        let most = if name == "members" { MAX_MEMBERS } else { MAX_ELEMENTS };
        if let Value::Array(list) = value
            && list.len() > most
        {
            return Err(ScimError::too_many(format!("{} has more than {most} values.", quote(name))));
        }
        let weight = weigh(value, 1)?;
        if name != "members" {
            bytes += name.len() + weight;
        }
    }
    if bytes > MAX_DOC_BYTES {
        return Err(ScimError::too_many(format!("The resource has {bytes} bytes; at most {MAX_DOC_BYTES} are kept.")));
    }
    Ok(())
}

fn all_have_ids(members: &Value) -> bool {
    let has_id = |member: &Value| member.get("value").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    members.as_array().is_some_and(|list| list.iter().all(has_id))
}

fn weigh(value: &Value, depth: usize) -> Result<usize, ScimError> {
    if depth > json::MAX_DEPTH {
        return Err(ScimError::invalid_value(format!("Values are nested deeper than {} levels.", json::MAX_DEPTH)));
    }
    match value {
        Value::String(text) if text.len() > json::MAX_TEXT => {
            Err(ScimError::invalid_value(format!("A text has {} bytes; at most {} are kept.", text.len(), json::MAX_TEXT)))
        }
        Value::String(text) => Ok(text.len()),
        Value::Array(list) => list.iter().try_fold(0, |sum, v| Ok(sum + 1 + weigh(v, depth + 1)?)),
        Value::Object(map) => map.iter().try_fold(0, |sum, (k, v)| Ok(sum + k.len() + weigh(v, depth + 1)?)),
        _ => Ok(8),
    }
}
