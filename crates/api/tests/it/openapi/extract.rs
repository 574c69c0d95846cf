//! The contract's skeleton (`openapi/contract.json`, made by `openapi/extract.py`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

const TEXT: &str = include_str!("../../../../../openapi/contract.json");

/// The contract.
pub struct Contract {
    file: Value,
}

/// One operation of it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a>(pub &'a Value);

impl Line<'_> {
    /// Verb and path pattern.
    pub fn name(&self) -> &str {
        self.0["operation"].as_str().unwrap()
    }
    pub fn path(&self) -> &str {
        self.name().split_once(' ').unwrap().1
    }
    pub fn tier(&self) -> &str {
        self.0["tier"].as_str().unwrap()
    }
    pub fn deprecated(&self) -> bool {
        self.0["deprecated"] == true
    }
    pub fn status(&self) -> u64 {
        self.0["status"].as_u64().unwrap()
    }
    /// Names of the parameters of the query.
    pub fn parameters(&self) -> Vec<&str> {
        let all = self.0["parameters"].as_array().into_iter().flatten();
        all.filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str()).collect()
    }
}

impl Contract {
    pub fn read() -> Self {
        Self { file: serde_json::from_str(TEXT).unwrap() }
    }
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.file["operations"].as_array().unwrap().iter().map(Line)
    }
    /// An operation by verb and path pattern.
    pub fn line(&self, name: &str) -> Option<Line<'_>> {
        self.lines().find(|line| line.name() == name)
    }
    /// The schemas that a value may follow: references and unions taken apart.
    pub fn variants<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        if let Some(number) = schema["ref"].as_u64() {
            return self.variants(&self.file["schemas"][usize::try_from(number).unwrap()]);
        }
        let parts = schema["anyOf"].as_array().or_else(|| schema["allOf"].as_array());
        match parts {
            Some(parts) => parts.iter().flat_map(|part| self.variants(part)).collect(),
            None => vec![schema],
        }
    }
    /// The members that an object of any variant has, each with what it may be.
    pub fn members<'a>(&'a self, schema: &'a Value) -> BTreeMap<&'a str, Vec<&'a Value>> {
        let mut members = BTreeMap::<&str, Vec<&Value>>::new();
        for variant in self.variants(schema) {
            for (key, member) in variant["properties"].as_object().into_iter().flatten() {
                members.entry(key).or_default().extend(self.variants(member));
            }
        }
        members
    }
    /// JSON types that a value may have; empty when any.
    pub fn types(&self, schemas: &[&Value]) -> Vec<String> {
        let mut types = Vec::new();
        for schema in schemas {
            match &schema["type"] {
                Value::String(one) => types.push(one.clone()),
                Value::Array(more) => types.extend(more.iter().filter_map(|t| t.as_str().map(str::to_owned))),
                _ if schema["properties"].is_object() => types.push("object".into()),
                _ if schema["enum"].is_array() => types.push("string".into()),
                _ => return Vec::new(),
            }
        }
        types
    }
    /// The elements' schema of a list, as one union.
    pub fn items(&self, schemas: &[&Value]) -> Value {
        json!({ "anyOf": schemas.iter().map(|s| s["items"].clone()).filter(|items| !items.is_null()).collect::<Vec<_>>() })
    }
}
