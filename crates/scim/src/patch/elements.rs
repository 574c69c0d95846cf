//! Changing elements of lists and parts of objects within one attribute.

use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::filter::{Filter, Literal, Operator, element_matches};
use crate::fold;
use crate::path::{PatchPath, spelt};
use crate::quirk::{Normalised, Quirk, count};
use crate::resource::{MAX_ELEMENTS, get, key_of, normalise_attribute, normalise_list};
use crate::schema::{Attribute, Type};

use super::Verb;

/// The elements of a list that an operation means: `key[filter].sub`.
pub(super) struct Wanted<'a> {
    pub key: &'a str,
    pub known: Option<&'static Attribute>,
    pub filter: &'a Filter,
    pub sub: Option<&'a str>,
}

/// The list under a key, created when it is not there.
pub(super) fn list_in<'a>(home: &'a mut Map<String, Value>, key: &str) -> Result<&'a mut Vec<Value>, ScimError> {
    match home.entry(key.to_owned()).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(list) => Ok(list),
        _ => Err(ScimError::no_target(format!("{} is not a list.", quote(key)))),
    }
}

/// Adds an element unless an equal one is there; a new primary one takes over (RFC 7644 section 3.5.2.1).
pub(super) fn append(list: &mut Vec<Value>, element: Value) -> Result<(), ScimError> {
    if list.contains(&element) {
        return Ok(());
    }
    room(list)?;
    list.push(element);
    let last = list.len() - 1;
    only_primary(list, last);
    Ok(())
}

/// Adds one value, or the values of a list, to a list of unknown meaning.
pub(super) fn append_plain(list: &mut Vec<Value>, value: Value) -> Result<(), ScimError> {
    let values = match value {
        Value::Array(values) => values,
        single => vec![single],
    };
    for value in values {
        if !list.contains(&value) {
            room(list)?;
            list.push(value);
        }
    }
    Ok(())
}

/// Lists other than members are short, so that looking through them stays cheap.
fn room(list: &[Value]) -> Result<(), ScimError> {
    if list.len() >= MAX_ELEMENTS {
        return Err(ScimError::too_many(format!("A list has more than {MAX_ELEMENTS} values.")));
    }
    Ok(())
}

/// Takes `primary` from the others when the element at `chosen` has it.
fn only_primary(list: &mut [Value], chosen: usize) {
    if list.get(chosen).and_then(|e| e.get("primary")) != Some(&Value::Bool(true)) {
        return;
    }
    for (i, element) in list.iter_mut().enumerate() {
        if i != chosen
            && let Some(primary) = element.get_mut("primary")
            && *primary == Value::Bool(true)
        {
            *primary = Value::Bool(false);
        }
    }
}

/// `add` and `replace` by a filter: changes what matches, or creates the element.
pub(super) fn set(
    home: &mut Map<String, Value>,
    wanted: &Wanted<'_>,
    verb: Verb,
    value: Value,
    counts: &mut Normalised,
) -> Result<(), ScimError> {
    if wanted.known.is_some_and(|known| !known.is_many()) {
        return Err(ScimError::no_target(format!("{} is not a list and takes no filter.", wanted.key)));
    }
    if value.is_null() {
        count(counts, Quirk::NullDropped);
        if verb == Verb::Replace {
            remove_matching(home, wanted);
        }
        return Ok(());
    }
    let exists = home.contains_key(wanted.key);
    let list = list_in(home, wanted.key)?;
    let matching: Vec<usize> = (0..list.len()).filter(|&i| element_matches(wanted.filter, &list[i], wanted.known)).collect();
    let done = if matching.is_empty() {
        create(list, wanted, value, counts)
    } else {
        matching.into_iter().try_for_each(|at| change(list, at, wanted, verb, value.clone(), counts))
    };
    if done.is_err() && !exists {
        home.shift_remove(wanted.key);
    }
    done
}

fn change(list: &mut [Value], at: usize, wanted: &Wanted<'_>, verb: Verb, value: Value, counts: &mut Normalised) -> Result<(), ScimError> {
    let Some(Value::Object(element)) = list.get_mut(at) else {
        return Err(ScimError::no_target(format!("The values of {} have no parts.", wanted.key)));
    };
    if let Some(sub) = wanted.sub {
        put_part(element, wanted.key, wanted.known, sub, value, counts)?;
    } else {
        let fresh = whole(wanted, value, counts)?;
        if verb == Verb::Replace {
            // What chose the element stays true of it unless the value says otherwise.
            *element = seed(wanted)?;
        }
        merge(element, fresh);
    }
    only_primary(list, at);
    Ok(())
}

fn create(list: &mut Vec<Value>, wanted: &Wanted<'_>, value: Value, counts: &mut Normalised) -> Result<(), ScimError> {
    let mut element = seed(wanted)?;
    match wanted.sub {
        Some(sub) => put_part(&mut element, wanted.key, wanted.known, sub, value, counts)?,
        None => merge(&mut element, whole(wanted, value, counts)?),
    }
    count(counts, Quirk::ElementCreated);
    if wanted.key != "members" {
        room(list)?;
    }
    list.push(Value::Object(element));
    let last = list.len() - 1;
    only_primary(list, last);
    Ok(())
}

/// One whole element from an operation's value, which may be a list of one.
fn whole(wanted: &Wanted<'_>, value: Value, counts: &mut Normalised) -> Result<Map<String, Value>, ScimError> {
    let one = || ScimError::invalid_value(format!("The value for {}[…] must be one object.", wanted.key));
    let value = match value {
        Value::Array(mut list) if list.len() == 1 => {
            count(counts, Quirk::ListAsSingle);
            list.remove(0)
        }
        value => value,
    };
    let Value::Object(_) = &value else { return Err(one()) };
    let fresh = match wanted.known {
        // Members need their id, which the filter may give.
        Some(known) if known.name != "members" => normalise_list(known, Value::Array(vec![value]), counts)?.into_iter().next(),
        _ => normalise_attribute(None, wanted.key, value, counts)?,
    };
    match fresh {
        Some(Value::Object(map)) => Ok(map),
        None => Ok(Map::new()),
        Some(_) => Err(one()),
    }
}

/// The element that a filter describes by its equalities: `type eq "work" and primary eq true`.
fn seed(wanted: &Wanted<'_>) -> Result<Map<String, Value>, ScimError> {
    fn collect(filter: &Filter, wanted: &Wanted<'_>, into: &mut Map<String, Value>) -> Result<(), ScimError> {
        let none = || ScimError::no_target(format!("Nothing in {} matches the filter, and it does not describe a new value.", wanted.key));
        match filter {
            Filter::And(parts) => parts.iter().try_for_each(|part| collect(part, wanted, into)),
            Filter::Compare(path, Operator::Eq, literal) if path.sub.is_none() => {
                let value = match literal {
                    Literal::Text(text) => Value::from(text.as_str()),
                    Literal::Number(number) => Value::Number(number.clone()),
                    Literal::Boolean(boolean) => Value::Bool(*boolean),
                    Literal::Null => return Ok(()),
                };
                let definition = wanted.known.and_then(|known| known.sub(&path.name));
                let value = normalise_attribute(definition, &path.name, value, &mut Normalised::new())?;
                into.extend(value.map(|value| (path.name.clone(), value)));
                Ok(())
            }
            _ => Err(none()),
        }
    }
    let mut element = Map::new();
    collect(wanted.filter, wanted, &mut element)?;
    Ok(element)
}

fn merge(element: &mut Map<String, Value>, fresh: Map<String, Value>) {
    for (name, value) in fresh {
        let key = key_of(element, &name).map_or(name, str::to_owned);
        element.insert(key, value);
    }
}

fn put_part(
    element: &mut Map<String, Value>,
    key: &str,
    known: Option<&'static Attribute>,
    sub: &str,
    value: Value,
    counts: &mut Normalised,
) -> Result<(), ScimError> {
    let definition = known.and_then(|known| known.sub(sub));
    let spelt = spelt(known, sub);
    let name = key_of(element, &spelt).map_or(spelt, str::to_owned);
    match normalise_attribute(definition, &format!("{key}.{name}"), value, counts)? {
        Some(value) => {
            element.insert(name, value);
        }
        None => {
            element.shift_remove(&name);
        }
    }
    Ok(())
}

/// `add` and `replace` of `key.sub` without filter: the part of an object, or of every element of a list.
pub(super) fn set_part(
    home: &mut Map<String, Value>,
    key: &str,
    known: Option<&'static Attribute>,
    sub: &str,
    value: Value,
    counts: &mut Normalised,
) -> Result<(), ScimError> {
    let is_list = known.map_or_else(|| home.get(key).is_some_and(Value::is_array), Attribute::is_many);
    if is_list {
        let list = list_in(home, key)?;
        if list.is_empty() && !value.is_null() {
            list.push(Value::Object(Map::new()));
        }
        for element in list.iter_mut() {
            if let Value::Object(element) = element {
                put_part(element, key, known, sub, value.clone(), counts)?;
            }
        }
        return Ok(());
    }
    if known.is_some_and(|known| known.kind != Type::Complex) {
        return Err(ScimError::no_target(format!("{key} has no part {}.", quote(sub))));
    }
    let there = home.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if known.is_some_and(|known| known.name == "manager") && there.is_string() {
        // A manager that was sent as a bare id keeps that form while only the id changes.
        if sub.eq_ignore_ascii_case("value") && value.is_string() {
            *there = value;
            return Ok(());
        }
        *there = Value::Object(Map::from_iter([("value".to_owned(), there.take())]));
    }
    let Value::Object(object) = there else {
        return Err(ScimError::no_target(format!("{} has no parts.", quote(key))));
    };
    put_part(object, key, known, sub, value, counts)?;
    drop_if_empty(home, key);
    Ok(())
}

/// `remove` of `key`, `key.sub`, `key[filter]`, `key[filter].sub`, or of the elements given as a value.
pub(super) fn remove(
    home: &mut Map<String, Value>,
    key: &str,
    known: Option<&'static Attribute>,
    path: &PatchPath,
    value: Option<&Value>,
    counts: &mut Normalised,
) -> Result<(), ScimError> {
    let sub = path.attr.sub.as_deref();
    if let Some(filter) = &path.filter {
        remove_matching(home, &Wanted { key, known, filter, sub });
        return Ok(());
    }
    match (home.get_mut(key), sub, value) {
        (None, _, _) => {}
        (Some(there), Some(sub), _) => {
            remove_part(there, sub);
            drop_if_empty(home, key);
        }
        (Some(Value::Array(list)), None, Some(value)) => {
            count(counts, Quirk::RemoveByValue);
            let given = match known {
                Some(known) if known.name != "members" => normalise_list(known, value.clone(), counts)?,
                _ => match value {
                    Value::Array(given) => given.clone(),
                    single => vec![single.clone()],
                },
            };
            list.retain(|element| !given.iter().any(|given| covers(given, element)));
            drop_if_empty(home, key);
        }
        _ => {
            home.shift_remove(key);
        }
    }
    Ok(())
}

/// Whether everything said by `given` is true of `element`; text is compared caselessly.
fn covers(given: &Value, element: &Value) -> bool {
    match (given, element) {
        (Value::Object(given), Value::Object(element)) => {
            !given.is_empty() && given.iter().all(|(name, value)| get(element, name).is_some_and(|there| covers(value, there)))
        }
        (Value::String(given), Value::String(there)) => fold::eq(given, there),
        (given @ Value::String(_), Value::Object(element)) => element.get("value").is_some_and(|value| covers(given, value)),
        _ => given == element,
    }
}

fn remove_matching(home: &mut Map<String, Value>, wanted: &Wanted<'_>) {
    let Some(Value::Array(list)) = home.get_mut(wanted.key) else { return };
    match wanted.sub {
        None => list.retain(|element| !element_matches(wanted.filter, element, wanted.known)),
        Some(sub) => {
            for element in list.iter_mut().filter(|e| element_matches(wanted.filter, e, wanted.known)) {
                remove_part(element, sub);
            }
            list.retain(|element| !is_empty(element));
        }
    }
    drop_if_empty(home, wanted.key);
}

fn remove_part(value: &mut Value, sub: &str) {
    match value {
        Value::Array(list) => {
            for element in list.iter_mut() {
                remove_part(element, sub);
            }
            list.retain(|element| !is_empty(element));
        }
        Value::Object(map) => {
            if let Some(key) = key_of(map, sub).map(str::to_owned) {
                map.shift_remove(&key);
            }
        }
        bare if sub.eq_ignore_ascii_case("value") => *bare = Value::Object(Map::new()),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn drop_if_empty(home: &mut Map<String, Value>, key: &str) {
    if home.get(key).is_some_and(is_empty) {
        home.shift_remove(key);
    }
}
