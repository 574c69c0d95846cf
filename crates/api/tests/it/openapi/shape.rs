//! What may stand at a place of a body, gathered from what the readers asked: one shape a request, then all of them in one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::asks::Ask;

/// Members whose elements are rules: their schema is a component.
const RULES: [&str; 3] = ["include", "exclude", "require"];

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    said: Map<String, Value>,
    pub members: BTreeMap<String, Shape>,
    pub items: Option<Box<Shape>>,
}

impl Shape {
    /// The shape of one request's body, if it was read at all.
    pub fn of(asks: &[Ask]) -> Option<Self> {
        let mut tree = Tree::default();
        let mut any = false;
        for (place, said) in asks.iter().filter(|(place, _)| !place.starts_with('?')) {
            tree.note(place, said);
            any = true;
        }
        any.then(|| tree.shape())
    }
    /// A shape that takes what either takes.
    pub fn or(self, other: Self) -> Self {
        let strict = |shape: &Self| shape.said.contains_key("additionalProperties");
        let both_read = strict(&self) && strict(&other);
        let theirs = &other.members;
        let mine = self.members.into_iter().map(|(key, shape)| (theirs.contains_key(&key), key, shape));
        let mut members: BTreeMap<_, _> = mine.map(|(shared, key, shape)| (key, shape.relaxed(both_read && !shared))).collect();
        for (key, shape) in other.members {
            let merged = match members.remove(&key) {
                Some(before) => before.or(shape),
                None => shape.relaxed(both_read),
            };
            members.insert(key, merged);
        }
        let items = match (self.items, other.items) {
            (Some(a), Some(b)) => Some(Box::new(a.or(*b))),
            (a, b) => a.or(b),
        };
        Self { said: either(self.said, other.said), members, items }
    }
    fn relaxed(mut self, relax: bool) -> Self {
        if relax {
            self.said.remove("x-required");
        }
        self
    }
    pub fn flag(&self, key: &str) -> bool {
        self.said.contains_key(key)
    }
    /// The shape of every rule below.
    pub fn rules(&self) -> Option<Self> {
        let own = RULES.iter().filter_map(|key| self.members.get(*key)?.items.as_deref().filter(|s| s.flag("minProperties")).cloned());
        let below = self.members.values().chain(self.items.as_deref()).filter_map(Self::rules);
        own.chain(below).reduce(Self::or)
    }
    /// As a JSON Schema.
    pub fn schema(&self) -> Value {
        self.written(true)
    }

    fn written(&self, needed: bool) -> Value {
        if self.flag("x-not-yet") {
            return json!({ "$ref": "#/components/schemas/not_supported_yet" });
        }
        if self.flag("x-read-only") {
            return json!({ "readOnly": true });
        }
        let said = self.said.iter().filter(|(key, _)| !matches!(key.as_str(), "x-required" | "x-form"));
        let mut out: Map<String, Value> = said.map(|(key, value)| (key.clone(), value.clone())).collect();
        if let Some(Value::String(form)) = self.said.get("x-form") {
            out.extend(written_form(form));
        }
        let mut types = words(out.get("type"));
        if !self.members.is_empty() && types.is_empty() {
            types.push("object".into());
        }
        if !needed {
            if !types.is_empty() {
                types.push("null".into());
            }
            if let Some(Value::Array(words)) = out.get_mut("enum") {
                words.push(Value::Null);
            }
        }
        match types.as_slice() {
            [] => {}
            [one] => drop(out.insert("type".into(), json!(one))),
            more => drop(out.insert("type".into(), json!(more))),
        }
        if !self.members.is_empty() {
            let one_of = self.flag("minProperties");
            let members = self.members.iter().map(|(key, shape)| (key.clone(), shape.member(key, one_of)));
            out.insert("properties".into(), members.collect::<Map<_, _>>().into());
            let required: Vec<&String> = self.members.iter().filter(|(_, s)| s.flag("x-required")).map(|(key, _)| key).collect();
            if !required.is_empty() {
                out.insert("required".into(), json!(required));
            }
        }
        if let Some(items) = &self.items {
            out.insert("items".into(), items.written(true));
        }
        Value::Object(out)
    }

    fn member(&self, key: &str, alone: bool) -> Value {
        let mut schema = self.written(alone || self.flag("x-required"));
        if RULES.contains(&key) && self.items.as_ref().is_some_and(|items| items.flag("minProperties")) {
            schema["items"] = json!({ "$ref": "#/components/schemas/rule" });
        }
        schema
    }
}

/// The parameters of the query that were asked for, and what was said of them: whatever asks they are gathered from, [`parameter`] comes last.
pub fn parameters(asks: &[Ask], into: &mut BTreeMap<String, Map<String, Value>>) {
    for (name, said) in asks.iter().filter_map(|(place, said)| Some((place.strip_prefix('?')?, said))) {
        let known = into.entry(name.to_owned()).or_default();
        for (key, value) in said.as_object().unwrap() {
            known.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// A parameter as a JSON Schema.
pub fn parameter(mut said: Map<String, Value>) -> Value {
    if let Some(Value::String(form)) = said.remove("x-form") {
        said.extend(written_form(&form));
    }
    said.into()
}

/// How a text in the form of a type of the server's is described.
fn written_form(form: &str) -> Map<String, Value> {
    let schema = match form {
        "AccountId" => json!({ "pattern": "^[0-9a-f]{32}$" }),
        "String" => json!({}),
        "time" => json!({ "x-form": "RFC 3339" }),
        "Reachable" => json!({ "x-form": "host and path" }),
        id if id.ends_with("Id") => json!({ "format": "uuid" }),
        other => {
            let apart = other.chars().flat_map(|c| c.is_uppercase().then_some(' ').into_iter().chain(c.to_lowercase()));
            json!({ "x-form": apart.collect::<String>().trim() })
        }
    };
    schema.as_object().unwrap().clone()
}

fn words(types: Option<&Value>) -> Vec<String> {
    match types {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(more)) => more.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// What holds whichever of the two was said.
fn either(a: Map<String, Value>, b: Map<String, Value>) -> Map<String, Value> {
    if a.is_empty() || b.is_empty() {
        let mut told = if a.is_empty() { b } else { a };
        told.remove("x-required");
        return told;
    }
    let mut out = Map::new();
    let mut types = words(a.get("type"));
    types.extend(words(b.get("type")));
    types.sort();
    types.dedup();
    if a.contains_key("type") && b.contains_key("type") {
        out.insert("type".into(), json!(types));
    } else if let Some(one) = a.get("type").or(b.get("type")) {
        out.insert("type".into(), one.clone());
    }
    for (key, x) in a {
        let value = match (key.as_str(), b.get(&key)) {
            ("maxLength" | "maxItems" | "maximum", Some(y)) => {
                if y.as_i64() > x.as_i64() {
                    y.clone()
                } else {
                    x
                }
            }
            ("minLength" | "minItems" | "minimum", Some(y)) => {
                if y.as_i64() < x.as_i64() {
                    y.clone()
                } else {
                    x
                }
            }
            ("enum", Some(y)) => {
                let mut words = x.as_array().unwrap().clone();
                words.extend(y.as_array().unwrap().iter().filter(|w| !words.contains(w)).cloned().collect::<Vec<_>>());
                words.into()
            }
            ("additionalProperties", _) => x,
            ("type", _) => continue,
            (_, Some(y)) if *y == x => x,
            _ => continue,
        };
        out.insert(key, value);
    }
    if let Some(closed) = b.get("additionalProperties") {
        out.insert("additionalProperties".into(), closed.clone());
    }
    out
}

/// One request's places, elements apart.
#[derive(Default)]
struct Tree {
    said: Map<String, Value>,
    members: BTreeMap<String, Tree>,
    items: BTreeMap<usize, Tree>,
}

impl Tree {
    fn note(&mut self, place: &str, said: &Value) {
        let mut at = self;
        for step in place.split('/').skip(1) {
            at = match step.parse::<usize>() {
                Ok(index) => at.items.entry(index).or_default(),
                Err(_) => at.members.entry(step.replace("~1", "/").replace("~0", "~")).or_default(),
            };
        }
        for (key, value) in said.as_object().unwrap() {
            // What is said first is the most exact: readers go from a form to the text that it is in.
            at.said.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    fn shape(self) -> Shape {
        let items = self.items.into_values().map(Self::shape).reduce(Shape::or).map(Box::new);
        let members = self.members.into_iter().map(|(key, tree)| (key, tree.shape())).collect();
        Shape { said: self.said, members, items }
    }
}
