//! The dialect tables, and what holds for any sequence of operations.

mod dialects;
mod groups;
mod laws;

use serde_json::{Value, json};

use super::*;
use crate::schema::ENTERPRISE_URN;

fn doc(kind: Kind, body: Value) -> Doc {
    crate::resource::parse(kind, body.as_object().unwrap().clone()).unwrap().doc
}

/// Applies operations to a user or group.
fn patched(kind: Kind, before: &Doc, operations: Value) -> Result<Patched, ScimError> {
    let body = json!({"schemas": [PATCH_SCHEMA], "Operations": operations});
    apply(before, &PatchRequest::parse(kind, body.as_object().unwrap())?)
}

fn mara() -> Value {
    json!({
        "userName": "mara@harbourworks.example",
        "externalId": "mara",
        "active": true,
        "displayName": "Mara Zorn",
        "name": {"givenName": "Mara", "familyName": "Zorn"},
        "emails": [{"type": "work", "value": "mara@harbourworks.example", "primary": true}],
        "favouriteTide": "ebb",
        ENTERPRISE_URN: {"department": "Docks"},
    })
}

/// Applies operations to Mara and gives the members of the result that differ from before; `null` for those gone.
fn change(operations: Value) -> Result<Value, ScimError> {
    let before = doc(Kind::User, mara());
    let after = patched(Kind::User, &before, operations)?.after;
    let mut differing = serde_json::Map::new();
    for (name, value) in after.as_map() {
        if before.as_map().get(name) != Some(value) {
            differing.insert(name.clone(), value.clone());
        }
    }
    for name in before.as_map().keys().filter(|name| !after.as_map().contains_key(*name)) {
        differing.insert(name.clone(), Value::Null);
    }
    Ok(Value::Object(differing))
}
