//! Owns SCIM resources as documents: putting and reading values at the target paths of mappings.

use serde_json::{Map, Value, json};

use super::job::Kind;
use super::mapping::ENTERPRISE;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const GROUP_EXTENSION: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

/// A target path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'a> {
    /// `userName`
    Plain(&'a str),
    /// `name.givenName`
    Sub(&'a str, &'a str),
    /// `emails[type eq "work"].value`
    Typed {
        /// `emails`
        list: &'a str,
        /// `work`
        kind: &'a str,
        /// `value`
        sub: &'a str,
    },
    /// `urn:...:User:department`
    Extension(&'a str, &'a str),
}

impl<'a> Target<'a> {
    /// Takes a path apart.
    pub fn read(path: &'a str) -> Self {
        if path.starts_with("urn:")
            && let Some((schema, name)) = path.rsplit_once(':')
        {
            return Self::Extension(schema, name);
        }
        if let Some((list, rest)) = path.split_once('[')
            && let Some((condition, sub)) = rest.split_once("].")
        {
            let kind = condition.split('"').nth(1).unwrap_or_default();
            return Self::Typed { list, kind, sub };
        }
        match path.split_once('.') {
            Some((name, sub)) => Self::Sub(name, sub),
            None => Self::Plain(path),
        }
    }
}

fn key<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    map.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Reads a value out of a resource, attribute names without regard to case.
pub fn get<'v>(resource: &'v Value, path: &str) -> Option<&'v Value> {
    let map = resource.as_object()?;
    match Target::read(path) {
        Target::Plain(name) => key(map, name),
        Target::Sub(name, sub) => key(key(map, name)?.as_object()?, sub),
        Target::Typed { list, kind, sub } => {
            let element = key(map, list)?
                .as_array()?
                .iter()
                .filter_map(Value::as_object)
                .find(|element| key(element, "type").and_then(Value::as_str).is_some_and(|held| held.eq_ignore_ascii_case(kind)))?;
            key(element, sub)
        }
        Target::Extension(schema, name) => {
            let held = key(key(map, schema)?.as_object()?, name)?;
            // A manager may be kept as an object around its id.
            Some(held.get("value").unwrap_or(held))
        }
    }
}

fn object<'m>(map: &'m mut Map<String, Value>, name: &str) -> Option<&'m mut Map<String, Value>> {
    map.entry(name.to_owned()).or_insert_with(|| json!({})).as_object_mut()
}

fn put(map: &mut Map<String, Value>, path: &str, value: Value) {
    match Target::read(path) {
        Target::Plain(name) => {
            map.insert(name.to_owned(), value);
        }
        Target::Sub(name, sub) => {
            if let Some(inner) = object(map, name) {
                inner.insert(sub.to_owned(), value);
            }
        }
        Target::Typed { list, kind, sub } => {
            let Some(elements) = map.entry(list.to_owned()).or_insert_with(|| json!([])).as_array_mut() else {
                return;
            };
            let at = elements.iter().position(|element| element["type"] == kind);
            let at = at.unwrap_or_else(|| {
                let primary = list == "emails";
                elements.push(if primary { json!({"primary": true, "type": kind}) } else { json!({ "type": kind }) });
                elements.len() - 1
            });
            elements[at][sub] = value;
        }
        Target::Extension(schema, name) => {
            if let Some(inner) = object(map, schema) {
                inner.insert(name.to_owned(), value);
            }
        }
    }
}

/// Spells the texts "True" and "False" of expressions as booleans.
pub fn boolean(path: &str, value: &Value) -> Value {
    match (path, value.as_str()) {
        ("active", Some("True")) => Value::Bool(true),
        ("active", Some("False")) => Value::Bool(false),
        _ => value.clone(),
    }
}

/// The body of a create request.
pub fn create<'a>(kind: Kind, attributes: impl Iterator<Item = (&'a String, &'a Value)>) -> Value {
    let mut map = Map::new();
    let schemas = match kind {
        Kind::User => json!([USER, ENTERPRISE]),
        Kind::Group => json!([GROUP, GROUP_EXTENSION]),
    };
    map.insert("schemas".into(), schemas);
    for (path, value) in attributes {
        put(&mut map, path, boolean(path, value));
    }
    map.insert("meta".into(), json!({"resourceType": kind.word()}));
    if kind == Kind::User {
        map.insert("roles".into(), json!([]));
    }
    Value::Object(map)
}

/// Whether a target holds a value already; booleans may be held as texts.
pub fn agrees(held: Option<&Value>, wanted: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    held.is_some_and(|held| held == wanted || (wanted.is_string() && (held.is_boolean() || held.is_string()) && text(held) == text(wanted)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_put_at_a_path_can_be_read_there() {
        let attributes: BTreeMap<String, Value> = [
            ("userName", "mara"),
            ("active", "True"),
            ("name.givenName", "Mara"),
            ("emails[type eq \"work\"].value", "m@x.example"),
            ("addresses[type eq \"work\"].locality", "Pier"),
            ("addresses[type eq \"work\"].country", "NL"),
        ]
        .into_iter()
        .map(|(path, value)| (path.to_owned(), value.into()))
        .chain([(format!("{ENTERPRISE}:department"), "Docks".into())])
        .collect();
        let body = create(Kind::User, attributes.iter());
        for (path, value) in &attributes {
            assert!(agrees(get(&body, path), value), "{path}");
        }
        assert_eq!(body["active"], true);
        assert_eq!(body["addresses"].as_array().unwrap().len(), 1);
        assert_eq!(body["emails"][0]["primary"], true);
        assert_eq!(body[ENTERPRISE]["department"], "Docks");
    }

    #[test]
    fn a_reader_forgives_case_and_booleans_as_text() {
        let held = json!({"UserName": "a", "active": false, "Emails": [{"Type": "Work", "Value": "x"}]});
        assert!(agrees(get(&held, "userName"), &"a".into()));
        assert!(agrees(get(&held, "active"), &"False".into()));
        assert!(!agrees(get(&held, "active"), &"True".into()));
        assert!(agrees(get(&held, "emails[type eq \"work\"].value"), &"x".into()));
        assert!(!agrees(get(&held, "name.givenName"), &"x".into()));
    }
}
