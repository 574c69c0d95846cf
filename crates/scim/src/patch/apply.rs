//! Applying operations to a copy of a document: all of them, or none.

use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::path::{AttrPath, PatchPath};
use crate::quirk::{Normalised, Quirk, count};
use crate::resource::{self, Doc, Kind, key_of, normalise_attribute, normalise_extension, normalise_list};
use crate::schema::{self, Attribute, ENTERPRISE_URN, Type};

use crate::filter::Filter;

use super::members::Members;
use super::{Operation, Origin, PatchRequest, Patched, Verb, elements};

/// Most comparisons of filters with elements in one PATCH; a group of 100,000 may be searched forty times.
const MAX_STEPS: usize = 4_000_000;

/// Applies a PATCH to a copy of `before`, operation by operation (RFC 7644 section 3.5.2).
///
/// Beyond the RFC: `add` on a single value replaces it; `add` and `replace` by a filter that matches nothing create
/// the element from the filter's equalities; `remove` with a value takes away only the elements given; removing what
/// is not there succeeds. `schemas`, `password` and, without path, every read-only attribute are ignored.
///
/// # Errors
/// 400 `mutability` for `id`, `meta` or `groups` in a path and for removing a required attribute; `invalidValue`,
/// `noTarget` and `tooMany` as the text says. Nothing is changed then.
pub fn apply(before: &Doc, request: &PatchRequest) -> Result<Patched, ScimError> {
    let mut work =
        Work { kind: request.kind, map: before.as_map().clone(), members: None, steps: MAX_STEPS, counts: request.normalised.clone() };
    for operation in &request.operations {
        work.run(operation).map_err(|e| e.within(&format!("Operation {}", operation.number)))?;
    }
    work.put_members_back();
    let after = Doc::from_map(work.map);
    resource::check(request.kind, &after)?;
    let changed = after != *before;
    Ok(Patched { after, normalised: work.counts, changed })
}

struct Work {
    kind: Kind,
    map: Map<String, Value>,
    /// The members while they are indexed, taken out of `map`.
    members: Option<Members>,
    /// How many comparisons of filters with elements may still be made.
    steps: usize,
    counts: Normalised,
}

/// Where an attribute lives, under which spelling, and what is known of it.
struct Place {
    /// Key of the extension's object; none for the resource itself.
    extension: Option<String>,
    key: String,
    known: Option<&'static Attribute>,
}

impl Place {
    fn is_active(&self) -> bool {
        self.extension.is_none() && self.key == "active"
    }
}

/// Removes `active` without letting anybody in again.
///
/// RFC 7644 section 3.5.2.2 has a removed attribute be unassigned, and RFC 7643 leaves open what an unassigned `active`
/// means. Here a user who was created without one may sign in, so that simply dropping a `false` would reactivate
/// somebody whom nobody asked to reactivate. Hence a removed `false` leaves `null` in the kept document: it is not
/// shown (the attribute is unassigned on the wire and in filters), but [`Doc::active`] reads it as "no" until `active`
/// is set again.
fn unassign_active(map: &mut Map<String, Value>) {
    match map.get_mut("active") {
        Some(Value::Bool(true)) => {
            map.shift_remove("active");
        }
        Some(other) => *other = Value::Null,
        None => {}
    }
}

impl Work {
    fn run(&mut self, operation: &Operation) -> Result<(), ScimError> {
        let attr = &operation.path.attr;
        if self.ignores(operation)? {
            return Ok(());
        }
        if operation.verb == Verb::Remove {
            self.refuse_removal(&operation.path)?;
        } else if operation.value.is_none() {
            return Err(ScimError::invalid_value("It needs a value."));
        }
        if self.kind == Kind::Group && attr.schema.is_none() && attr.name == "members" {
            if self.members(operation)? {
                return Ok(());
            }
            self.put_members_back();
        }
        if let Some(urn) = self.whole_extension(attr) {
            return self.extension(&urn, operation);
        }
        if let Some(filter) = &operation.path.filter {
            self.charge_scan(filter)?;
        }
        let place = self.place(attr);
        match operation.verb {
            Verb::Remove => self.remove(&place, &operation.path, operation.value.as_ref()),
            _ => self.set(&place, operation),
        }
    }

    /// Read-only attributes and passwords.
    fn ignores(&mut self, operation: &Operation) -> Result<bool, ScimError> {
        let attr = &operation.path.attr;
        if attr.schema.is_some() || !resource::is_left_out(self.kind, &attr.name) {
            return Ok(false);
        }
        if attr.name.eq_ignore_ascii_case("password") {
            count(&mut self.counts, Quirk::PasswordDropped);
        } else if operation.origin == Origin::Path && attr.name != "schemas" {
            return Err(ScimError::mutability(format!("{} is read-only.", attr.name)));
        } else {
            count(&mut self.counts, Quirk::ReadOnlyIgnored);
        }
        Ok(true)
    }

    fn refuse_removal(&self, path: &PatchPath) -> Result<(), ScimError> {
        if path.attr.schema.is_some() {
            return Ok(());
        }
        if path.attr.name == self.kind.unique_attribute() {
            return Err(ScimError::mutability(format!("{} is required and cannot be removed.", path.attr.name)));
        }
        Ok(())
    }

    /// Operations on members, by a hash index. `false` when it is one that needs the list itself.
    fn members(&mut self, operation: &Operation) -> Result<bool, ScimError> {
        let path = &operation.path;
        let Some(known) = schema::core_attribute(Kind::Group, "members") else { return Ok(false) };
        let value = operation.value.as_ref().filter(|value| !value.is_null());
        if path.attr.sub.as_deref() == Some("value") {
            return Err(ScimError::mutability("The value of a member cannot change. Remove the member and add another."));
        }
        match (&path.filter, path.attr.sub.as_deref(), operation.verb, value) {
            (Some(filter), None, Verb::Remove, _) => match Members::id_in(filter) {
                Some(id) => self.indexed()?.remove(&id),
                None => {
                    self.charge_scan(filter)?;
                    self.indexed()?.remove_matching(filter, known);
                }
            },
            (Some(filter), sub, Verb::Add | Verb::Replace, Some(value)) if Members::id_in(filter).is_some() => {
                let wanted = elements::Wanted { key: "members", known: Some(known), filter, sub };
                let mut counts = std::mem::take(&mut self.counts);
                let done = self.indexed().and_then(|members| {
                    members.change(filter, |home| elements::set(home, &wanted, operation.verb, value.clone(), &mut counts))
                });
                self.counts = counts;
                done?;
            }
            (Some(_), ..) | (None, Some(_), ..) => return Ok(false),
            (None, None, Verb::Add, None) => count(&mut self.counts, Quirk::NullDropped),
            (None, None, Verb::Remove | Verb::Replace, None) => {
                self.put_members_back();
                self.map.shift_remove("members");
            }
            (None, None, verb, Some(value)) => {
                if verb == Verb::Remove {
                    count(&mut self.counts, Quirk::RemoveByValue);
                }
                let given = normalise_list(known, value.clone(), &mut self.counts)?;
                let members = self.indexed()?;
                if verb == Verb::Replace {
                    members.clear();
                }
                for member in given {
                    match verb {
                        Verb::Remove => members.remove_member(&member),
                        Verb::Add | Verb::Replace => members.add(member),
                    }
                }
            }
        }
        Ok(true)
    }

    fn indexed(&mut self) -> Result<&mut Members, ScimError> {
        if self.members.is_none() {
            let size = self.map.get("members").and_then(Value::as_array).map_or(0, Vec::len);
            self.charge(size)?;
        }
        let (map, members) = (&mut self.map, &mut self.members);
        Ok(members.get_or_insert_with(|| Members::take(map)))
    }

    fn put_members_back(&mut self) {
        if let Some(members) = self.members.take() {
            members.put_back(&mut self.map);
        }
    }

    /// Pays for asking every element of the longest list once.
    fn charge_scan(&mut self, filter: &Filter) -> Result<(), ScimError> {
        let indexed = self.members.as_ref().map_or(0, Members::len);
        let longest = self.map.values().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
        self.charge(indexed.max(longest).saturating_mul(filter.size()))
    }

    fn charge(&mut self, steps: usize) -> Result<(), ScimError> {
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| {
            ScimError::too_many("The filters of this body ask too much of so many values. Send fewer operations at once.")
        })?;
        Ok(())
    }

    /// The spelling of an extension when the path names one as a whole.
    fn whole_extension(&self, attr: &AttrPath) -> Option<String> {
        let named = match &attr.schema {
            None if attr.is_schema() || attr.name.contains("://") => attr.name.clone(),
            // A URN that does not end in User or Group is known as an extension's by being there as one.
            Some(urn) if attr.sub.is_none() => {
                let whole = format!("{urn}:{}", attr.name);
                return key_of(&self.map, &whole).filter(|key| self.map[*key].is_object()).map(str::to_owned);
            }
            _ => return None,
        };
        Some(key_of(&self.map, &named).map_or(named.clone(), str::to_owned))
    }

    fn extension(&mut self, urn: &str, operation: &Operation) -> Result<(), ScimError> {
        if operation.path.attr.sub.is_some() || operation.path.filter.is_some() {
            return Err(ScimError::invalid_path("An extension is named with one of its attributes, or alone."));
        }
        let value = match (operation.verb, &operation.value) {
            (Verb::Remove, _) => None,
            (_, Some(Value::Null)) if operation.verb == Verb::Replace => None,
            (_, Some(Value::Object(attributes))) => Some(attributes),
            _ => return Err(ScimError::invalid_value(format!("The extension {} must be an object.", quote(urn)))),
        };
        let Some(attributes) = value else {
            self.map.shift_remove(urn);
            return Ok(());
        };
        // Checks spelling and doubles as a create would; the values are then set one by one.
        normalise_extension(urn, Value::Object(attributes.clone()), &mut Normalised::new())?;
        for (name, value) in attributes {
            let known = schema::extension_attribute(urn, name);
            if known.is_some_and(|known| known.name != name) {
                count(&mut self.counts, Quirk::AttributeCase);
            }
            let place = self.place_in(urn.to_owned(), name, known);
            let attr = AttrPath { schema: Some(urn.to_owned()), name: name.clone(), sub: None };
            let single = Operation { path: PatchPath { attr, filter: None }, value: Some(value.clone()), ..operation.clone() };
            self.set(&place, &single)?;
        }
        Ok(())
    }

    fn place(&mut self, attr: &AttrPath) -> Place {
        if let Some(urn) = &attr.schema {
            let known = schema::extension_attribute(urn, &attr.name);
            let urn = key_of(&self.map, urn).unwrap_or(urn).to_owned();
            return self.place_in(urn, &attr.name, known);
        }
        let known = schema::core_attribute(self.kind, &attr.name);
        let there = key_of(&self.map, &attr.name).map(str::to_owned);
        if known.is_none() && there.is_none() && self.kind == Kind::User {
            let implied = schema::extension_attribute(ENTERPRISE_URN, &attr.name);
            if implied.is_some() {
                count(&mut self.counts, Quirk::ImpliedExtension);
                return self.place_in(ENTERPRISE_URN.to_owned(), &attr.name, implied);
            }
        }
        let key = known.map(|k| k.name.to_owned()).or(there).unwrap_or_else(|| attr.name.clone());
        Place { extension: None, key, known }
    }

    fn place_in(&self, urn: String, name: &str, known: Option<&'static Attribute>) -> Place {
        let there = self.map.get(&urn).and_then(Value::as_object).and_then(|map| key_of(map, name));
        let key = there.or(known.map(|k| k.name)).unwrap_or(name).to_owned();
        Place { extension: Some(urn), key, known }
    }

    /// The object the attribute lives in, created when it is not there.
    fn home(&mut self, place: &Place) -> Result<&mut Map<String, Value>, ScimError> {
        let Some(urn) = &place.extension else { return Ok(&mut self.map) };
        let home = self.map.entry(urn.clone()).or_insert_with(|| Value::Object(Map::new()));
        home.as_object_mut().ok_or_else(|| ScimError::no_target(format!("{} is not an object.", quote(urn))))
    }

    fn leave(&mut self, place: &Place) {
        if let Some(urn) = &place.extension
            && self.map.get(urn).and_then(Value::as_object).is_some_and(Map::is_empty)
        {
            self.map.shift_remove(urn);
        }
    }

    fn set(&mut self, place: &Place, operation: &Operation) -> Result<(), ScimError> {
        let Some(value) = operation.value.clone() else { return Ok(()) };
        let mut counts = std::mem::take(&mut self.counts);
        let kind = self.kind;
        let done = self.home(place).and_then(|home| {
            let target = Target { kind, key: &place.key, known: place.known, verb: operation.verb };
            target.set(home, &operation.path, value, &mut counts)
        });
        self.counts = counts;
        self.leave(place);
        done
    }

    fn remove(&mut self, place: &Place, path: &PatchPath, value: Option<&Value>) -> Result<(), ScimError> {
        if self.kind == Kind::User && place.is_active() {
            if path.attr.sub.is_some() || path.filter.is_some() {
                return Err(ScimError::no_target("active is a single value without parts."));
            }
            unassign_active(&mut self.map);
            return Ok(());
        }
        if place.extension.as_ref().is_some_and(|urn| !self.map.contains_key(urn)) {
            return Ok(());
        }
        let mut counts = std::mem::take(&mut self.counts);
        let done = self
            .home(place)
            .and_then(|home| elements::remove(home, &place.key, place.known, path, value.filter(|v| !v.is_null()), &mut counts));
        self.counts = counts;
        self.leave(place);
        done
    }
}

/// One attribute to add to or to replace.
struct Target<'a> {
    kind: Kind,
    key: &'a str,
    known: Option<&'static Attribute>,
    verb: Verb,
}

impl Target<'_> {
    fn set(&self, home: &mut Map<String, Value>, path: &PatchPath, value: Value, counts: &mut Normalised) -> Result<(), ScimError> {
        if value.is_null() && self.verb == Verb::Add {
            count(counts, Quirk::NullDropped);
            return Ok(());
        }
        if let Some(filter) = &path.filter {
            let wanted = elements::Wanted { key: self.key, known: self.known, filter, sub: path.attr.sub.as_deref() };
            return elements::set(home, &wanted, self.verb, value, counts);
        }
        if let Some(sub) = &path.attr.sub {
            return elements::set_part(home, self.key, self.known, sub, value, counts);
        }
        if value.is_null() {
            return self.clear(home, counts);
        }
        let merges = match self.known {
            Some(known) if known.is_many() => return self.list(known, home, value, counts),
            Some(known) => known.kind == Type::Complex && known.name != "manager",
            None => value.is_object() && home.get(self.key).is_some_and(Value::is_object),
        };
        if let (true, Value::Object(parts)) = (merges, &value) {
            // Sub-attributes that are not named are left as they are (RFC 7644 sections 3.5.2.1 and 3.5.2.3).
            normalise_attribute(self.known, self.key, value.clone(), &mut Normalised::new())?;
            for (name, part) in parts.iter().filter(|(_, part)| self.verb == Verb::Replace || !part.is_null()) {
                elements::set_part(home, self.key, self.known, name, part.clone(), counts)?;
            }
            return Ok(());
        }
        let grows = self.known.is_none() && self.verb == Verb::Add && home.get(self.key).is_some_and(Value::is_array);
        let Some(value) = normalise_attribute(self.known, self.key, value, counts)? else {
            return self.clear(home, counts);
        };
        match (grows, home.get_mut(self.key)) {
            (true, Some(Value::Array(list))) => elements::append_plain(list, value)?,
            _ => {
                home.insert(self.key.to_owned(), value);
            }
        }
        Ok(())
    }

    fn clear(&self, home: &mut Map<String, Value>, counts: &mut Normalised) -> Result<(), ScimError> {
        count(counts, Quirk::NullDropped);
        if self.verb == Verb::Add {
            return Ok(());
        }
        if self.kind == Kind::User && self.key == "active" {
            unassign_active(home);
            return Ok(());
        }
        home.shift_remove(self.key);
        Ok(())
    }

    fn list(
        &self,
        known: &'static Attribute,
        home: &mut Map<String, Value>,
        value: Value,
        counts: &mut Normalised,
    ) -> Result<(), ScimError> {
        let fresh = normalise_list(known, value, counts)?;
        if self.verb == Verb::Replace {
            home.insert(self.key.to_owned(), Value::Array(fresh));
            return Ok(());
        }
        let list = elements::list_in(home, self.key)?;
        for element in fresh {
            elements::append(list, element)?;
        }
        Ok(())
    }
}
