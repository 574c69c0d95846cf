//! Bringing one attribute's value into the schema's form: spelling of sub-attributes, booleans, lists, no nulls.

use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::quirk::{Normalised, Quirk, count};
use crate::schema::{self, Attribute, Type};

use super::doc::key_of;

/// Normalises the value of one attribute; `None` when nothing is left of it.
pub(crate) fn attribute(
    definition: Option<&'static Attribute>,
    name: &str,
    value: Value,
    counts: &mut Normalised,
) -> Result<Option<Value>, ScimError> {
    if value.is_null() {
        count(counts, Quirk::NullDropped);
        return Ok(None);
    }
    match definition {
        None => Ok(Some(without_nulls(value, counts))),
        Some(known) if known.is_many() => Ok(Some(Value::Array(list(known, value, counts)?))),
        Some(known) if known.kind == Type::Complex && known.name == "manager" => manager(known, value, counts),
        Some(known) if known.kind == Type::Complex => match value {
            Value::Object(map) => Ok(Some(Value::Object(object(known, map, counts)?))),
            _ => Err(ScimError::invalid_value(format!("{name} must be an object."))),
        },
        Some(known) => scalar(known, name, value, counts),
    }
}

/// Normalises the object of an extension; members of unknown extensions are kept as they are.
pub(crate) fn extension(urn: &str, value: Value, counts: &mut Normalised) -> Result<Option<Value>, ScimError> {
    let map = match value {
        Value::Null => {
            count(counts, Quirk::NullDropped);
            return Ok(None);
        }
        Value::Object(map) => map,
        _ => return Err(ScimError::invalid_value(format!("The extension {} must be an object.", quote(urn)))),
    };
    let mut kept = Map::new();
    for (name, value) in map {
        let definition = schema::extension_attribute(urn, &name);
        let name = spell(definition, name, counts);
        once(&kept, &name)?;
        if let Some(value) = attribute(definition, &name, value, counts)? {
            kept.insert(name, value);
        }
    }
    Ok(Some(Value::Object(kept)))
}

/// Normalises the elements of a list attribute; a single value is taken as a list of one.
pub(crate) fn list(known: &'static Attribute, value: Value, counts: &mut Normalised) -> Result<Vec<Value>, ScimError> {
    let elements = match value {
        Value::Array(elements) => elements,
        single => {
            count(counts, Quirk::SingleAsList);
            vec![single]
        }
    };
    let mut kept = Vec::with_capacity(elements.len());
    for element in elements {
        if let Some(element) = one_element(known, element, counts)? {
            kept.push(element);
        }
    }
    Ok(kept)
}

fn one_element(known: &'static Attribute, element: Value, counts: &mut Normalised) -> Result<Option<Value>, ScimError> {
    let map = match element {
        Value::Null => {
            count(counts, Quirk::NullDropped);
            return Ok(None);
        }
        Value::Object(map) => object(known, map, counts)?,
        scalar @ (Value::String(_) | Value::Number(_)) if known.sub("value").is_some() => {
            count(counts, Quirk::BareElement);
            let value = attribute(known.sub("value"), &format!("{}.value", known.name), scalar, counts)?;
            value.map(|value| ("value".to_owned(), value)).into_iter().collect()
        }
        _ => return Err(ScimError::invalid_value(format!("The values of {} must be objects.", known.name))),
    };
    if known.name == "members" && map.get("value").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(ScimError::invalid_value("Each of members needs a value, the id of a user or group, as a text."));
    }
    Ok(if map.is_empty() { None } else { Some(Value::Object(map)) })
}

fn object(known: &'static Attribute, map: Map<String, Value>, counts: &mut Normalised) -> Result<Map<String, Value>, ScimError> {
    let mut kept = Map::new();
    for (name, value) in map {
        let definition = known.sub(&name);
        let name = spell(definition, name, counts);
        once(&kept, &name)?;
        if let Some(value) = attribute(definition, &format!("{}.{name}", known.name), value, counts)? {
            kept.insert(name, value);
        }
    }
    Ok(kept)
}

fn scalar(known: &'static Attribute, name: &str, value: Value, counts: &mut Normalised) -> Result<Option<Value>, ScimError> {
    let value = unwrap_list(value, counts);
    if known.kind == Type::Boolean {
        return match value {
            Value::Bool(_) => Ok(Some(value)),
            Value::String(text) => match read_boolean(&text) {
                Some(boolean) => {
                    count(counts, Quirk::BooleanString);
                    Ok(Some(Value::Bool(boolean)))
                }
                None => Err(ScimError::invalid_value(format!("{name} must be true or false, not {}.", quote(&text)))),
            },
            _ => Err(ScimError::invalid_value(format!("{name} must be true or false."))),
        };
    }
    match value {
        Value::Array(_) | Value::Object(_) => {
            Err(ScimError::invalid_value(format!("{name} takes a single value, not a list or an object.")))
        }
        Value::Null => {
            count(counts, Quirk::NullDropped);
            Ok(None)
        }
        // What look-ups go by is never re-shaped: a number as one of these is refused.
        plain if plain.is_string() || KEYS.contains(&name) => Ok(Some(plain)),
        number_or_boolean => {
            count(counts, Quirk::ScalarAsText);
            Ok(Some(Value::String(number_or_boolean.to_string())))
        }
    }
}

/// The attributes that must have been sent as a text.
const KEYS: [&str; 4] = ["userName", "externalId", "displayName", "members.value"];

/// `manager` stays a bare string when it was sent as one: Entra compares it with what it sent and would patch a
/// re-shaped one again in every cycle. A list of one, which no reading of the schema allows, becomes its object.
fn manager(known: &'static Attribute, value: Value, counts: &mut Normalised) -> Result<Option<Value>, ScimError> {
    match value {
        Value::String(_) => {
            count(counts, Quirk::BareManager);
            Ok(Some(value))
        }
        Value::Object(map) => {
            let map = object(known, map, counts)?;
            Ok(if map.is_empty() { None } else { Some(Value::Object(map)) })
        }
        Value::Array(list) if list.len() <= 1 => {
            count(counts, Quirk::ListAsSingle);
            match list.into_iter().next() {
                None | Some(Value::Null) => Ok(None),
                Some(Value::Array(_)) => Err(ScimError::invalid_value("manager must be an object or an id.")),
                Some(inner) => manager(known, inner, counts),
            }
        }
        _ => Err(ScimError::invalid_value("manager must be one object with a value, or an id.")),
    }
}

/// `[{"value": x}]` and `[x]` as `x`: an old dialect wraps single values so.
fn unwrap_list(value: Value, counts: &mut Normalised) -> Value {
    let Value::Array(mut list) = value else { return value };
    if list.len() != 1 {
        return Value::Array(list);
    }
    let inner = match list.remove(0) {
        Value::Object(mut map) => match key_of(&map, "value").map(str::to_owned).and_then(|k| map.shift_remove(&k)) {
            Some(inner) => inner,
            None => return Value::Array(vec![Value::Object(map)]),
        },
        inner => inner,
    };
    if !inner.is_array() && !inner.is_object() {
        count(counts, Quirk::ListAsSingle);
    }
    inner
}

/// `true` and `false` in any capitals.
pub(crate) fn read_boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn spell(definition: Option<&'static Attribute>, name: String, counts: &mut Normalised) -> String {
    match definition {
        Some(known) if known.name != name => {
            count(counts, Quirk::AttributeCase);
            known.name.to_owned()
        }
        _ => name,
    }
}

fn once(kept: &Map<String, Value>, name: &str) -> Result<(), ScimError> {
    if key_of(kept, name).is_some() {
        return Err(ScimError::invalid_syntax(format!("The attribute {} is given twice. Names are caseless; send it once.", quote(name))));
    }
    Ok(())
}

fn without_nulls(value: Value, counts: &mut Normalised) -> Value {
    match value {
        Value::Array(list) => Value::Array(
            list.into_iter()
                .filter_map(|v| {
                    if v.is_null() {
                        count(counts, Quirk::NullDropped);
                        None
                    } else {
                        Some(without_nulls(v, counts))
                    }
                })
                .collect(),
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter_map(|(k, v)| {
                    if v.is_null() {
                        count(counts, Quirk::NullDropped);
                        None
                    } else {
                        Some((k, without_nulls(v, counts)))
                    }
                })
                .collect(),
        ),
        plain => plain,
    }
}
