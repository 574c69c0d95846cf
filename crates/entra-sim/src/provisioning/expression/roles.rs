//! Owns the three ways in which app roles become SCIM roles.
//!
//! Source: "Customize user provisioning attribute-mappings", "Provisioning a role to a SCIM app".

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The type that Entra gives to a role.
const TYPE: &str = "WindowsAzureActiveDirectoryRole";

/// One role's value: the first, since nothing orders them.
pub fn single(assigned: &Value) -> Option<Value> {
    assigned.as_array()?.first().map(|role| role["value"].clone())
}

/// JSON inside a text for each role; they are only ever added.
pub fn complex(assigned: &Value) -> Option<Value> {
    let roles = assigned.as_array().filter(|roles| !roles.is_empty())?;
    Some(roles.iter().map(|role| json!({"value": role.to_string()})).collect())
}

/// All roles, and no others: the list as a whole replaces the target's.
pub fn assertive(assigned: &Value) -> Option<Value> {
    let roles = assigned.as_array()?;
    Some(roles.iter().map(clean).collect())
}

fn clean(role: &Value) -> Value {
    json!({"primary": false, "type": TYPE, "display": role["displayName"], "value": role["value"]})
}

/// Roles as an expression gives them or as a target holds them.
#[derive(Debug, Clone, Copy)]
pub struct Roles<'a>(pub &'a Value);

impl Roles<'_> {
    fn each(&self) -> impl Iterator<Item = &Value> {
        self.0.as_array().into_iter().flatten()
    }

    /// The form that a create request has: objects, never JSON in a text.
    pub fn for_create(self) -> Value {
        self.each().map(|role| inner(role).map_or_else(|| role.clone(), |held| clean(&held))).collect()
    }

    /// The bare values, whatever form they have.
    pub fn values(self) -> BTreeSet<String> {
        let value = |role: &Value| {
            let held = inner(role).unwrap_or_else(|| role.clone());
            held.get("value").and_then(Value::as_str).map(str::to_owned)
        };
        self.each().filter_map(value).collect()
    }
}

/// Whether roles have the form that is only ever added.
pub fn is_growing(roles: &Value) -> bool {
    Roles(roles).each().any(|role| inner(role).is_some())
}

/// The role inside a text.
fn inner(role: &Value) -> Option<Value> {
    serde_json::from_str(role.get("value")?.as_str()?).ok().filter(Value::is_object)
}
