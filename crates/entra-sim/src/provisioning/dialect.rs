//! Owns the two PATCH dialects: the default one and the one of the `aadOptscim062020` flag.
//!
//! Source: "Known issues and resolutions with SCIM 2.0 protocol compliance".

use serde_json::{Map, Value, json};

use super::document::{Target, boolean};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const FLAG: &str = "aadOptscim062020";

/// How PATCH requests are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `Replace`, `"False"`, one operation per attribute, removal with a value list.
    Usual,
    /// Lower case, booleans, one operation without path, removal with a filter.
    Compliant,
}

impl Dialect {
    /// Takes the flag off a tenant URL: the plain base and the dialect that it asks for.
    pub fn of(tenant_url: &str) -> (String, Self) {
        let (base, query) = tenant_url.split_once('?').unwrap_or((tenant_url, ""));
        let flagged = query.split('&').any(|part| part.split('=').next() == Some(FLAG));
        let dialect = if flagged { Self::Compliant } else { Self::Usual };
        (base.trim_end_matches('/').to_owned(), dialect)
    }

    fn op(self, word: &str) -> String {
        match self {
            Self::Usual => word.to_owned(),
            Self::Compliant => word.to_lowercase(),
        }
    }

    /// The body that changes attributes.
    pub fn change(self, changes: &[(String, Value)]) -> Value {
        let operations = match self {
            Self::Usual => changes.iter().map(|(path, value)| json!({"op": self.op(verb(path)), "path": path, "value": value})).collect(),
            Self::Compliant => self.compact(changes),
        };
        body(operations)
    }

    fn compact(self, changes: &[(String, Value)]) -> Vec<Value> {
        let mut whole = Map::new();
        let mut separate = Vec::new();
        for (path, value) in changes {
            let value = boolean(path, value);
            match Target::read(path) {
                Target::Typed { .. } => separate.push(json!({"op": self.op(verb(path)), "path": path, "value": value})),
                Target::Plain("active") if changes.len() == 1 => {
                    separate.push(json!({"op": "replace", "path": path, "value": value}));
                }
                _ => {
                    whole.insert(path.clone(), value);
                }
            }
        }
        if !whole.is_empty() {
            separate.insert(0, json!({"op": "replace", "value": whole}));
        }
        separate
    }

    /// The body that adds members.
    pub fn add_members(self, ids: &[String]) -> Value {
        let value: Vec<Value> = ids.iter().map(|id| json!({"$ref": null, "value": id})).collect();
        body(vec![json!({"op": self.op("Add"), "path": "members", "value": value})])
    }

    /// The body that removes members.
    pub fn remove_members(self, ids: &[String]) -> Value {
        let operations = match self {
            Self::Usual => {
                let value: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
                vec![json!({"op": "Remove", "path": "members", "value": value})]
            }
            Self::Compliant => ids.iter().map(|id| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})).collect(),
        };
        body(operations)
    }
}

/// Elements of lists are added, everything else is replaced.
fn verb(path: &str) -> &'static str {
    match Target::read(path) {
        Target::Typed { .. } | Target::Extension(..) => "Add",
        Target::Plain(_) | Target::Sub(..) => "Replace",
    }
}

fn body(operations: Vec<Value>) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(pairs: &[(&str, &str)]) -> Vec<(String, Value)> {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).into())).collect()
    }

    #[test]
    fn the_flag_in_the_tenant_url_chooses_the_dialect_and_vanishes() {
        assert_eq!(Dialect::of("https://a.example/scim/v2/"), ("https://a.example/scim/v2".into(), Dialect::Usual));
        assert_eq!(Dialect::of("https://a.example/scim?aadOptscim062020"), ("https://a.example/scim".into(), Dialect::Compliant));
    }

    #[test]
    fn disabling_is_a_text_in_one_dialect_and_a_boolean_in_the_other() {
        let disable = changes(&[("active", "False")]);
        assert_eq!(Dialect::Usual.change(&disable)["Operations"], json!([{"op": "Replace", "path": "active", "value": "False"}]));
        assert_eq!(Dialect::Compliant.change(&disable)["Operations"], json!([{"op": "replace", "path": "active", "value": false}]));
    }

    #[test]
    fn several_attributes_are_one_operation_only_with_the_flag() {
        let several = changes(&[("displayName", "A"), ("name.givenName", "B"), ("emails[type eq \"work\"].value", "c@x")]);
        let usual = Dialect::Usual.change(&several);
        assert_eq!(usual["Operations"].as_array().unwrap().len(), 3);
        assert_eq!(
            Dialect::Compliant.change(&several)["Operations"],
            json!([
                {"op": "replace", "value": {"displayName": "A", "name.givenName": "B"}},
                {"op": "add", "path": "emails[type eq \"work\"].value", "value": "c@x"},
            ])
        );
    }

    #[test]
    fn members_are_removed_by_value_or_by_filter() {
        let ids = ["u1".to_owned(), "u2".to_owned()];
        assert_eq!(
            Dialect::Usual.remove_members(&ids)["Operations"],
            json!([{"op": "Remove", "path": "members", "value": [{"value": "u1"}, {"value": "u2"}]}])
        );
        assert_eq!(
            Dialect::Compliant.remove_members(&ids)["Operations"],
            json!([
                {"op": "remove", "path": "members[value eq \"u1\"]"},
                {"op": "remove", "path": "members[value eq \"u2\"]"},
            ])
        );
    }
}
