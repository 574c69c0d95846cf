//! Holds values against the schemas of the description: the part of JSON Schema that they use.

use serde_json::Value;

/// Every place at which a value is not what the schema says. `document` is where references point to.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"));
        return check(document, target, value, at, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(document, part, value, at, found);
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is none of {words:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(more) => more.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|t| is(t, value)) {
        found.push(format!("{at}: {value} is not {}", types.join(" or ")));
        return;
    }
    match value {
        Value::Object(members) => {
            for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !members.contains_key(key) {
                    found.push(format!("{at}: {key} is missing"));
                }
            }
            for (key, value) in members {
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (Value::Null, Value::Bool(false)) => found.push(format!("{at}: {key} is not in the schema")),
                    (Value::Null, Value::Null | Value::Bool(true)) => {}
                    (Value::Null, other) => check(document, other, value, &format!("{at}/{key}"), found),
                    (member, _) => check(document, member, value, &format!("{at}/{key}"), found),
                }
            }
        }
        Value::Array(items) if !schema["items"].is_null() => {
            for (i, item) in items.iter().enumerate() {
                check(document, &schema["items"], item, &format!("{at}/{i}"), found);
            }
        }
        Value::Number(number) => {
            let low = schema["minimum"].as_f64().is_some_and(|least| number.as_f64() < Some(least));
            let high = schema["maximum"].as_f64().is_some_and(|most| number.as_f64() > Some(most));
            if low || high {
                found.push(format!("{at}: {number} is out of bounds"));
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as u64;
            let short = schema["minLength"].as_u64().is_some_and(|least| length < least);
            if short || schema["maxLength"].as_u64().is_some_and(|most| length > most) {
                found.push(format!("{at}: the text has {length} characters"));
            }
        }
        _ => {}
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_i64().is_some() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
