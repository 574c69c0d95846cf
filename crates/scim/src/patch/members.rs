//! Members of a group by a hash index, so that a PATCH costs what it names and not the square of the group.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::filter::{Filter, Literal, Operator, element_matches};
use crate::fold::fold;
use crate::resource::Doc;
use crate::schema::Attribute;

/// A group's members taken out of its document; removed ones leave a hole until they are put back.
pub(super) struct Members {
    slots: Vec<Option<Value>>,
    by_id: HashMap<String, usize>,
    /// Whether the document had the attribute, empty or not.
    was_there: bool,
}

impl Members {
    /// Takes `members` out of the document, in place: the key stays to keep its position.
    pub(super) fn take(map: &mut Map<String, Value>) -> Self {
        let list = match map.get_mut("members") {
            Some(Value::Array(list)) => Some(std::mem::take(list)),
            _ => None,
        };
        let was_there = list.is_some();
        let mut members = Self { slots: Vec::new(), by_id: HashMap::new(), was_there };
        for member in list.unwrap_or_default() {
            members.add(member);
        }
        members
    }

    /// Adds a member; one that is there already takes over what is said about it.
    pub(super) fn add(&mut self, member: Value) {
        let Some(id) = id_of(&member) else { return };
        if let Some(there) = self.by_id.get(&id).and_then(|&slot| self.slots[slot].as_mut()) {
            if let (Value::Object(there), Value::Object(member)) = (there, member) {
                there.extend(member.into_iter().filter(|(name, _)| name != "value"));
            }
            return;
        }
        self.by_id.insert(id, self.slots.len());
        self.slots.push(Some(member));
    }

    /// Removes the member with the same id, if there is one.
    pub(super) fn remove_member(&mut self, member: &Value) {
        if let Some(id) = id_of(member) {
            self.remove(&id);
        }
    }

    /// Removes a member by its folded id, if it is there.
    pub(super) fn remove(&mut self, id: &str) {
        if let Some(slot) = self.by_id.remove(id) {
            self.slots[slot] = None;
        }
    }

    /// Removes what a filter matches.
    pub(super) fn remove_matching(&mut self, filter: &Filter, known: &'static Attribute) {
        for slot in &mut self.slots {
            if let Some(member) = slot.take_if(|member| element_matches(filter, member, Some(known)))
                && let Some(id) = id_of(&member)
            {
                self.by_id.remove(&id);
            }
        }
    }

    /// Removes all.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.by_id.clear();
    }

    /// How many places are taken, holes included.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The folded id when a filter is `value eq "…"` alone.
    pub(super) fn id_in(filter: &Filter) -> Option<String> {
        match filter {
            Filter::Compare(path, Operator::Eq, Literal::Text(id)) if path.name == "value" && path.sub.is_none() => Some(fold(id)),
            _ => None,
        }
    }

    /// Lets `work` change the one member that `filter` names by its id, as the only one of a small document.
    pub(super) fn change(
        &mut self,
        filter: &Filter,
        work: impl FnOnce(&mut Map<String, Value>) -> Result<(), ScimError>,
    ) -> Result<(), ScimError> {
        let slot = Self::id_in(filter).and_then(|id| self.by_id.remove(&id));
        let there = slot.and_then(|slot| self.slots[slot].take());
        let mut home = Map::from_iter([("members".to_owned(), Value::Array(there.into_iter().collect()))]);
        work(&mut home)?;
        let Some(Value::Array(left)) = home.shift_remove("members") else { return Ok(()) };
        for member in left {
            let id = id_of(&member).ok_or_else(|| ScimError::invalid_value("A member needs a value, the id of a user or group."))?;
            match slot {
                Some(slot) if self.slots[slot].is_none() && !self.by_id.contains_key(&id) => {
                    self.by_id.insert(id, slot);
                    self.slots[slot] = Some(member);
                }
                _ => self.add(member),
            }
        }
        Ok(())
    }

    /// Puts the members that are left back into the document.
    pub(super) fn put_back(self, map: &mut Map<String, Value>) {
        let left: Vec<Value> = self.slots.into_iter().flatten().collect();
        if self.was_there || !left.is_empty() {
            map.insert("members".to_owned(), Value::Array(left));
        }
    }
}

fn id_of(member: &Value) -> Option<String> {
    member.get("value").and_then(Value::as_str).map(fold)
}

/// Who came into a group and who left it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberChange {
    /// Ids, in the order of the document after the change.
    pub added: Vec<String>,
    /// Ids, in the order of the document before the change.
    pub removed: Vec<String>,
}

/// Compares the members of two states of a group; ids are compared caselessly.
#[must_use]
pub fn member_change(before: &Doc, after: &Doc) -> MemberChange {
    let ids = |doc: &Doc| doc.members().map(|member| fold(member.value)).collect::<HashSet<_>>();
    let missing_in = |doc: &Doc, others: &HashSet<String>| {
        doc.members().filter(|m| !others.contains(&fold(m.value))).map(|m| m.value.to_owned()).collect()
    };
    MemberChange { added: missing_in(after, &ids(before)), removed: missing_in(before, &ids(after)) }
}
