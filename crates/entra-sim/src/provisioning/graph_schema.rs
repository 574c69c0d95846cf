//! Owns Graph's JSON of a job's synchronisation schema: showing it, and taking it from an administrator.

use serde_json::{Value, json};

use super::expression::{Expression, ExpressionError};
use super::mapping::{AttributeMapping, Flow, ObjectMapping, Schema};
use super::scoping::{ScopingError, ScopingFilter};

/// Most lines of one mapping.
const MOST_LINES: usize = 500;

/// Why a schema was refused.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A part is missing or of the wrong kind.
    #[error("{0} is missing or not of the right type")]
    Shape(&'static str),
    /// Two lines for one target attribute.
    #[error("the target attribute {0:?} is mapped twice")]
    Twice(String),
    /// Nothing to match objects by.
    #[error("the mapping of {0} has no line with a matchingPriority")]
    Unmatched(String),
    /// A source expression cannot be used.
    #[error("the mapping for {target:?} cannot be used")]
    Expression {
        /// Target attribute.
        target: String,
        /// What is wrong.
        #[source]
        source: ExpressionError,
    },
    /// A scoping filter cannot be used.
    #[error("objectMappings[].scope is refused")]
    Scope(#[from] ScopingError),
}

/// Graph's JSON.
pub fn show(schema: &Schema, job: &str) -> Value {
    json!({
        "id": job,
        "version": "Date:2026-01-01T00:00:00.0000000Z",
        "directories": [],
        "synchronizationRules": [{
            "id": schema.rule_id.to_string(),
            "name": "USER_OUTBOUND_USER",
            "priority": 1,
            "editable": true,
            "sourceDirectoryName": "Azure Active Directory",
            "targetDirectoryName": "customappsso",
            "objectMappings": [
                object("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", &schema.users),
                object("Group", "urn:ietf:params:scim:schemas:core:2.0:Group", &schema.groups),
            ],
        }],
    })
}

/// Takes Graph's JSON; the rule keeps its id.
pub fn read(schema: &Schema, body: &Value) -> Result<Schema, SchemaError> {
    let mappings = body
        .pointer("/synchronizationRules/0/objectMappings")
        .and_then(Value::as_array)
        .ok_or(SchemaError::Shape("synchronizationRules[0].objectMappings"))?;
    let mut next = schema.clone();
    for mapping in mappings {
        let read = read_object(mapping)?;
        match mapping.get("sourceObjectName").and_then(Value::as_str) {
            Some("User") => next.users = read,
            Some("Group") => next.groups = read,
            _ => return Err(SchemaError::Shape("objectMappings[].sourceObjectName")),
        }
    }
    Ok(next)
}

fn object(source: &str, target: &str, mapping: &ObjectMapping) -> Value {
    let attributes: Vec<Value> = mapping.attributes.iter().map(line).collect();
    json!({
        "enabled": mapping.enabled,
        "flowTypes": "Add, Update, Delete",
        "name": format!("Provision {source}s"),
        "sourceObjectName": source,
        "targetObjectName": target,
        "scope": mapping.filter.graph(),
        "attributeMappings": attributes,
    })
}

fn line(line: &AttributeMapping) -> Value {
    let kind = match Expression::parse(&line.expression) {
        Ok(Expression::Source(_)) => "Attribute",
        Ok(Expression::Constant(_)) => "Constant",
        _ => "Function",
    };
    json!({
        "defaultValue": line.default,
        "exportMissingReferences": false,
        "flowBehavior": "FlowWhenChanged",
        "flowType": line.flow,
        "matchingPriority": line.matching.unwrap_or(0),
        "targetAttributeName": line.target,
        "source": {"expression": line.expression, "name": line.expression.trim_matches(['[', ']', '"']), "type": kind, "parameters": []},
    })
}

fn read_object(body: &Value) -> Result<ObjectMapping, SchemaError> {
    let lines = body
        .get("attributeMappings")
        .and_then(Value::as_array)
        .filter(|lines| lines.len() <= MOST_LINES)
        .ok_or(SchemaError::Shape("objectMappings[].attributeMappings"))?;
    let mut attributes: Vec<AttributeMapping> = Vec::with_capacity(lines.len());
    for entry in lines {
        let read = read_line(entry)?;
        if attributes.iter().any(|known| known.target.eq_ignore_ascii_case(&read.target)) {
            return Err(SchemaError::Twice(read.target));
        }
        attributes.push(read);
    }
    let enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let mapping = ObjectMapping { enabled, attributes, filter: ScopingFilter::read(body.get("scope"))? };
    if mapping.enabled && mapping.matching().is_empty() {
        let name = body.get("sourceObjectName").and_then(Value::as_str).unwrap_or_default();
        return Err(SchemaError::Unmatched(name.to_owned()));
    }
    Ok(mapping)
}

fn read_line(entry: &Value) -> Result<AttributeMapping, SchemaError> {
    let target = entry.get("targetAttributeName").and_then(Value::as_str).ok_or(SchemaError::Shape("targetAttributeName"))?.to_owned();
    let expression = entry.pointer("/source/expression").and_then(Value::as_str).ok_or(SchemaError::Shape("source.expression"))?.to_owned();
    if let Err(source) = Expression::parse(&expression) {
        return Err(SchemaError::Expression { target, source });
    }
    let matching = entry
        .get("matchingPriority")
        .and_then(Value::as_u64)
        .filter(|priority| *priority > 0)
        .and_then(|priority| u32::try_from(priority).ok());
    let flow = match entry.get("flowType").and_then(Value::as_str) {
        None | Some("Always") => Flow::Always,
        Some("ObjectAddOnly") => Flow::ObjectAddOnly,
        Some(_) => return Err(SchemaError::Shape("flowType")),
    };
    let default = entry.get("defaultValue").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(AttributeMapping { expression, target, matching, flow, default })
}
