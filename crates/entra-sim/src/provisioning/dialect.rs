//! Owns the two PATCH dialects: the default one and the one of the `aadOptscim062020` flag.
//!
//! Source: "Known issues and resolutions with SCIM 2.0 protocol compliance".

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::document::{Target, boolean};
use super::expression::is_growing;
use super::wire::{Booleans, ManagerForm, Wire};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const FLAG: &str = "aadOptscim062020";
const WAY_BACK: &str = "AzureAdScimPatch2017";

/// How PATCH requests are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `Replace`, `"False"`, one operation per attribute, removal with a value list.
    #[default]
    Usual,
    /// Lower case, booleans, one operation without path, removal with a filter.
    Compliant,
}

/// A tenant URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrl {
    /// Without query and without a slash at the end.
    pub base: String,
    /// The dialect that its flag asks for.
    pub dialect: Dialect,
    /// The query, for those who believe that it reaches the endpoint.
    pub query: Option<String>,
}

impl TenantUrl {
    /// Takes it apart; `default` holds without a flag.
    pub fn read(url: &str, default: Dialect) -> Self {
        let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
        let flagged = |flag: &str| query.is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some(flag)));
        let dialect = match (flagged(FLAG), flagged(WAY_BACK)) {
            (true, _) => Dialect::Compliant,
            (false, true) => Dialect::Usual,
            (false, false) => default,
        };
        Self { base: base.trim_end_matches('/').to_owned(), dialect, query: query.filter(|query| !query.is_empty()).map(str::to_owned) }
    }
}

/// One attribute that the target holds differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Target path.
    pub path: String,
    /// What the target holds; null when nothing.
    pub held: Value,
    /// What it should hold.
    pub wanted: Value,
}

/// Writes PATCH bodies in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    dialect: Dialect,
    booleans: Booleans,
    manager: ManagerForm,
}

impl Writer {
    /// With what the switches say.
    pub fn new(dialect: Dialect, wire: &Wire) -> Self {
        Self { dialect, booleans: wire.booleans, manager: wire.manager }
    }

    fn op(self, word: &str) -> String {
        match self.dialect {
            Dialect::Usual => word.to_owned(),
            Dialect::Compliant => word.to_lowercase(),
        }
    }

    fn operation(self, one: &Difference) -> Value {
        json!({"op": self.op(verb(one)), "path": one.path, "value": self.written(one)})
    }

    fn written(self, one: &Difference) -> Value {
        match (self.dialect, self.booleans) {
            (Dialect::Usual, Booleans::Text) => match one.wanted {
                Value::Bool(true) => "True".into(),
                Value::Bool(false) => "False".into(),
                ref other => other.clone(),
            },
            _ => boolean(&one.path, &one.wanted),
        }
    }

    /// The body that changes attributes.
    pub fn change(self, differences: &[Difference]) -> Value {
        let operations = match self.dialect {
            Dialect::Usual => differences.iter().map(|one| self.operation(one)).collect(),
            Dialect::Compliant => self.compact(differences),
        };
        body(operations)
    }

    fn compact(self, differences: &[Difference]) -> Vec<Value> {
        let mut whole = Map::new();
        let mut separate = Vec::new();
        for one in differences {
            match Target::read(&one.path) {
                Target::Typed { .. } | Target::Plain("roles") => separate.push(self.operation(one)),
                Target::Plain("active") if differences.len() == 1 => separate.push(self.operation(one)),
                _ => {
                    whole.insert(one.path.clone(), self.written(one));
                }
            }
        }
        if !whole.is_empty() {
            separate.insert(0, json!({"op": "replace", "value": whole}));
        }
        separate
    }

    /// The body that sets a person's manager.
    pub fn set_manager(self, path: &str, id: &str) -> Value {
        let operation = match (self.dialect, self.manager) {
            (Dialect::Usual, ManagerForm::Text) => json!({"op": "Add", "path": path, "value": id}),
            (Dialect::Usual, ManagerForm::List) => {
                json!({"op": "Add", "path": "manager", "value": [{"$ref": format!("../Users/{id}"), "value": id}]})
            }
            (Dialect::Compliant, _) => json!({"op": "add", "path": path, "value": {"value": id}}),
        };
        body(vec![operation])
    }

    /// The body that adds members.
    pub fn add_members(self, ids: &[String]) -> Value {
        let value: Vec<Value> = ids.iter().map(|id| json!({"$ref": null, "value": id})).collect();
        body(vec![json!({"op": self.op("Add"), "path": "members", "value": value})])
    }

    /// The body that removes members.
    pub fn remove_members(self, ids: &[String]) -> Value {
        let operations = match self.dialect {
            Dialect::Usual => {
                let value: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
                vec![json!({"op": "Remove", "path": "members", "value": value})]
            }
            Dialect::Compliant => ids.iter().map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})).collect(),
        };
        body(operations)
    }
}

/// What the target does not hold yet is added when it is part of a list or of an extension; everything else is replaced.
fn verb(one: &Difference) -> &'static str {
    match Target::read(&one.path) {
        Target::Typed { .. } | Target::Extension(..) if one.held.is_null() => "Add",
        Target::Plain("roles") if is_growing(&one.wanted) => "Add",
        _ => "Replace",
    }
}

fn body(operations: Vec<Value>) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

#[cfg(test)]
mod tests;
