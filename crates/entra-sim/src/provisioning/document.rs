//! Owns SCIM resources as documents: putting and reading values at the target paths of mappings.

use serde_json::{Map, Value, json};

use super::expression::{Roles, is_growing};
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
        /// `type`
        by: &'a str,
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
            let by = condition.split_whitespace().next().unwrap_or_default();
            let kind = condition.split('"').nth(1).unwrap_or_default();
            return Self::Typed { list, by, kind, sub };
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
        Target::Typed { list, by, kind, sub } => {
            let fits = |held: &Value| text(held).eq_ignore_ascii_case(kind);
            let mut elements = key(map, list)?.as_array()?.iter().filter_map(Value::as_object);
            key(elements.find(|element| key(element, by).is_some_and(fits))?, sub)
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
        Target::Typed { list, by, kind, sub } => {
            let Some(elements) = map.entry(list.to_owned()).or_insert_with(|| json!([])).as_array_mut() else {
                return;
            };
            let at = elements.iter().position(|element| element.get(by).is_some_and(|held| text(held) == kind));
            let at = at.unwrap_or_else(|| {
                elements.push(match (list, by) {
                    ("emails", "type") => json!({"primary": true, "type": kind}),
                    (_, "primary") => json!({"primary": kind == "True"}),
                    _ => json!({ (by): kind }),
                });
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

/// The body of a create request, its members in the order in which Entra writes them.
pub fn create<'a>(kind: Kind, attributes: impl Iterator<Item = (&'a String, &'a Value)>) -> Value {
    let mut map = Map::new();
    for (path, value) in attributes {
        let value = if path == "roles" { Roles(value).for_create() } else { boolean(path, value) };
        put(&mut map, path, value);
    }
    map.insert("meta".into(), json!({"resourceType": kind.word()}));
    let schemas = match kind {
        Kind::User => {
            map.entry("roles").or_insert_with(|| json!([]));
            json!([USER, ENTERPRISE])
        }
        Kind::Group => json!([GROUP, GROUP_EXTENSION]),
    };
    let mut names: Vec<String> = map.keys().cloned().collect();
    let first = ["externalId", "userName", "active"];
    names.sort_by_key(|name| {
        let place = first.iter().position(|known| known == name).unwrap_or(first.len());
        (name.starts_with("urn:"), place, name.clone())
    });
    let mut body = Map::new();
    body.insert("schemas".into(), schemas);
    for name in names {
        if let Some(value) = map.get(&name) {
            body.insert(name, value.clone());
        }
    }
    Value::Object(body)
}

fn text(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a target holds a value already. Booleans may be held as texts; of roles that are only ever added, more may be held.
pub fn agrees(path: &str, held: Option<&Value>, wanted: &Value) -> bool {
    if path == "roles" {
        let empty = json!([]);
        let (held, roles) = (Roles(held.unwrap_or(&empty)).values(), Roles(wanted).values());
        return roles.is_subset(&held) && (is_growing(wanted) || held.is_subset(&roles));
    }
    held.is_some_and(|held| held == wanted || (is_simple(held) && is_simple(wanted) && text(held) == text(wanted)))
}

fn is_simple(value: &Value) -> bool {
    value.is_boolean() || value.is_string()
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
            assert!(agrees(path, get(&body, path), value), "{path}");
        }
        assert_eq!(body["active"], true);
        assert_eq!(body["addresses"].as_array().unwrap().len(), 1);
        assert_eq!(body["emails"][0]["primary"], true);
        assert_eq!(body[ENTERPRISE]["department"], "Docks");
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["schemas", "userName", "active", "addresses", "emails", "meta", "name", "roles", ENTERPRISE]);
    }

    #[test]
    fn a_reader_forgives_case_and_booleans_as_text() {
        let held = json!({"UserName": "a", "active": false, "Emails": [{"Type": "Work", "Value": "x"}]});
        assert!(agrees("userName", get(&held, "userName"), &"a".into()));
        assert!(agrees("active", get(&held, "active"), &"False".into()));
        assert!(!agrees("active", get(&held, "active"), &"True".into()));
        assert!(agrees("emails[type eq \"work\"].value", get(&held, "emails[type eq \"work\"].value"), &"x".into()));
        assert!(!agrees("name.givenName", get(&held, "name.givenName"), &"x".into()));
    }

    #[test]
    fn roles_agree_by_their_values_however_they_are_written() {
        let held = json!([{"value": "Admin"}, {"value": "User"}]);
        let growing = json!([{"value": "{\"value\":\"Admin\"}"}]);
        assert!(agrees("roles", Some(&held), &growing));
        assert!(!agrees("roles", None, &growing));
        assert!(!agrees("roles", Some(&held), &json!([{"value": "Admin"}])), "the list as a whole");
        assert!(agrees("roles", None, &json!([])));
        let body = create(Kind::User, std::iter::once((&"roles[primary eq \"True\"].value".to_owned(), &json!("Admin"))));
        assert_eq!(body["roles"], json!([{"primary": true, "value": "Admin"}]));
        assert!(agrees("x", get(&body, "roles[primary eq \"True\"].value"), &json!("Admin")));
    }
}
