//! The schema of answers, gathered from real ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Members that hold whatever somebody else put there.
const OPEN: [&str; 9] =
    ["app_state", "explanation", "custom", "request_body", "claims_seen", "result_of_check", "before", "after", "effects"];
/// Objects that show what was set and nothing else.
const SPARSE: [&str; 4] = ["landing_page_design", "cors_headers", "condition", "subject"];
/// Members that are tables: their keys are ids or names.
const TABLES: [&str; 5] = ["apps", "devicePosture", "device_sessions", "devices_by_id", "normalised"];

/// What was seen at one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    types: BTreeSet<&'static str>,
    /// How many objects were seen here, and in how many each member was.
    objects: usize,
    members: BTreeMap<String, (usize, Seen)>,
    items: Option<Box<Seen>>,
}

impl Seen {
    pub fn add(&mut self, value: &Value) {
        self.types.insert(kind(value));
        match value {
            Value::Object(members) => {
                self.objects += 1;
                for (key, value) in members {
                    let (times, seen) = self.members.entry(key.clone()).or_default();
                    *times += 1;
                    seen.add(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.items.get_or_insert_default().add(item)),
            _ => {}
        }
    }
    /// Takes over what another one saw.
    pub fn merge(&mut self, other: Self) {
        self.types.extend(other.types);
        self.objects += other.objects;
        for (key, (times, seen)) in other.members {
            let mine = self.members.entry(key).or_default();
            mine.0 += times;
            mine.1.merge(seen);
        }
        if let Some(items) = other.items {
            self.items.get_or_insert_default().merge(*items);
        }
    }
    /// Whether an object is of the kind that was seen here: most of its members are known.
    pub fn resembles(&self, value: &Value) -> bool {
        let Some(members) = value.as_object() else { return false };
        let known = members.keys().filter(|key| self.members.contains_key(*key)).count();
        known * 10 >= members.len() * 7 && known * 10 >= self.members.len() * 6
    }
    pub fn schema(&self) -> Value {
        let mut out = Map::new();
        let mut types: Vec<&str> = self.types.iter().copied().collect();
        if types.contains(&"number") {
            types.retain(|t| *t != "integer");
        }
        match types.as_slice() {
            // What it is otherwise was not seen.
            ["null"] => return json!({}),
            [one] => out.insert("type".into(), json!(one)),
            more => out.insert("type".into(), json!(more)),
        };
        if self.types.contains("object") {
            let members = self.members.iter().map(|(key, (_, seen))| (key.clone(), member(key, seen)));
            out.insert("properties".into(), members.collect::<Map<_, _>>().into());
            let always: Vec<&String> = self.members.iter().filter(|(_, (times, _))| *times == self.objects).map(|(key, _)| key).collect();
            if !always.is_empty() {
                out.insert("required".into(), json!(always));
            }
            out.insert("additionalProperties".into(), json!(false));
        }
        if self.types.contains("array") {
            out.insert("items".into(), self.items.as_ref().map_or_else(|| json!({}), |items| items.schema()));
        }
        Value::Object(out)
    }
}

fn member(key: &str, seen: &Seen) -> Value {
    if OPEN.contains(&key) {
        return json!({});
    }
    // They are shown as they are sent.
    if matches!(key, "include" | "exclude" | "require") && seen.types.contains("array") {
        return json!({ "type": "array", "items": { "$ref": "#/components/schemas/rule" } });
    }
    // Keys of a token's resources name accounts and objects.
    let named = key == "resources" && seen.members.keys().any(|key| key.starts_with("com."));
    if (TABLES.contains(&key) || named) && seen.types.contains("object") {
        let values = seen.members.values().map(|(_, seen)| seen.clone()).reduce(|mut a, b| {
            a.merge(b);
            a
        });
        return json!({ "type": "object", "additionalProperties": values.map_or_else(|| json!({}), |v| v.schema()) });
    }
    let mut schema = seen.schema();
    if SPARSE.contains(&key) {
        schema.as_object_mut().unwrap().shift_remove("required");
    }
    schema
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
