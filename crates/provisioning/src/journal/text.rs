//! Bodies and resources as texts of the log: no passwords, never longer than a bound, and JSON as long as they were.

use model::{ScimId, provisioned::Provisioned};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use super::Change;
use crate::lifecycle::plan::MembershipChange;

/// Longest text of a body or a resource, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024;
/// Of a longer one that cannot be shortened otherwise, so many bytes are shown.
const BEGINNING: usize = 4 * 1024;
/// Elements of a list that are shown of a body that is too long, and members that are named.
const SHOWN: usize = 50;
/// In place of a password.
const NOT_KEPT: &str = "(not kept)";

/// A body as it is kept; `None` when there was none.
pub(super) fn request(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let text = str::from_utf8(body).ok();
    let secretive = may_name_a_password(body);
    match text {
        Some(text) if !secretive && text.len() <= MAX_TEXT => return Some(text.to_owned()),
        _ => {}
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return Some(match text {
            Some(text) if !secretive => cut(text.to_owned()),
            _ => cut_to_nothing(body.len()),
        });
    };
    if secretive {
        redact(&mut value);
    }
    if body.len() > MAX_TEXT {
        shorten(&mut value);
    }
    Some(cut(value.to_string()))
}

/// The resource on both sides, as far as it changed.
pub(super) fn sides(change: Change<'_>) -> (Option<String>, Option<String>) {
    let Change { before, after, membership } = change;
    if let (Some(before), Some(after)) = (before, after)
        && before.updated_at == after.updated_at
    {
        return (None, None);
    }
    let nobody = MembershipChange::default();
    let on_before = if after.is_none() { membership } else { &nobody };
    (before.and_then(|record| side(record, on_before)), after.and_then(|record| side(record, membership)))
}

fn side(record: &Provisioned, membership: &MembershipChange) -> Option<String> {
    serde_json::to_string(&Side { record, membership }).ok().map(cut)
}

/// A resource as it would be shown, without passwords that an extension may hold, and with who came and went instead of a group's members.
struct Side<'a> {
    record: &'a Provisioned,
    membership: &'a MembershipChange,
}

impl Serialize for Side<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.record.id)?;
        for (name, value) in self.record.document.as_object().into_iter().flatten() {
            entry(&mut map, name, value)?;
        }
        if !self.membership.is_empty() {
            let MembershipChange { added, removed } = self.membership;
            map.serialize_entry("members", &json!({"added": some_of(added), "removed": some_of(removed)}))?;
        }
        map.end()
    }
}

/// A value without what belongs to a member that names a password.
struct Kept<'a>(&'a Value);

impl Serialize for Kept<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(list) => serializer.collect_seq(list.iter().map(Kept)),
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| entry(&mut map, name, value))?;
                map.end()
            }
            plain => plain.serialize(serializer),
        }
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &str, value: &Value) -> Result<(), M::Error> {
    if names_a_password(name) { map.serialize_entry(name, NOT_KEPT) } else { map.serialize_entry(name, &Kept(value)) }
}

fn some_of(members: &[ScimId]) -> Value {
    json!({"count": members.len(), "first": members.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>()})
}

/// Whether a password may be in there. Escapes could spell the word, so they count too.
fn may_name_a_password(body: &[u8]) -> bool {
    body.windows(2).any(|pair| pair == b"\\u") || has_the_word(body)
}

fn names_a_password(text: &str) -> bool {
    has_the_word(text.as_bytes())
}

fn has_the_word(text: &[u8]) -> bool {
    const WORD: &[u8] = b"password";
    text.windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD))
}

/// Takes out what belongs to a member, or a PATCH path, that names a password.
fn redact(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(redact),
        Value::Object(map) => {
            let path = map.iter().find(|(key, _)| key.eq_ignore_ascii_case("path")).and_then(|(_, path)| path.as_str());
            let aimed = path.is_some_and(names_a_password);
            for (key, inner) in map.iter_mut() {
                let is_value = key.eq_ignore_ascii_case("value") || key.eq_ignore_ascii_case("path");
                if names_a_password(key) || (aimed && is_value) {
                    *inner = NOT_KEPT.into();
                } else {
                    redact(inner);
                }
            }
        }
        _ => {}
    }
}

/// Long lists down to their first elements, and how many there were.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(list) => {
            if let Some(more) = list.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                list.truncate(SHOWN);
                list.push(format!("(and {more} more)").into());
            }
            list.iter_mut().for_each(shorten);
        }
        Value::Object(map) => map.values_mut().for_each(shorten),
        _ => {}
    }
}

/// A text that is still too long: its beginning, inside a document that says so.
fn cut(text: String) -> String {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = (0..=BEGINNING).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    json!({"cut": true, "bytes": text.len(), "begins": text.get(..end).unwrap_or_default()}).to_string()
}

/// Nothing of a body that is not JSON and may hold a password.
fn cut_to_nothing(bytes: usize) -> String {
    json!({"cut": true, "bytes": bytes, "begins": NOT_KEPT}).to_string()
}

#[cfg(test)]
mod tests;
