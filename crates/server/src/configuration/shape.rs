//! Objects as plain JSON: leaving members out by path, comparing, merging.

use serde_json::{Map, Value};

/// Removes the member that a path names; `[]` goes into every element.
pub(super) fn leave_out(value: &mut Value, path: &str) {
    match path.split_once('/') {
        Some(("[]", rest)) => value.as_array_mut().into_iter().flatten().for_each(|item| leave_out(item, rest)),
        Some((key, rest)) => {
            if let Some(inner) = value.get_mut(key) {
                leave_out(inner, rest);
            }
        }
        None => {
            if let Some(members) = value.as_object_mut() {
                members.shift_remove(path);
            }
        }
    }
}

/// The member that a path names.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('/').try_fold(value, |inner, key| inner.get(key))
}

/// Puts a member where a path says; objects on the way are made.
pub(super) fn put(value: &mut Value, path: &str, member: Value) {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Some(members) = value.as_object_mut() else { return };
    match path.split_once('/') {
        Some((key, rest)) => put(members.entry(key).or_insert(Value::Null), rest, member),
        None => {
            members.insert(path.to_owned(), member);
        }
    }
}

/// A member that is different.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// JSON pointer.
    pub pointer: String,
    /// As the server has it; null where it has none.
    pub before: Value,
    /// As the file has it.
    pub after: Value,
}

/// What of `wanted` is not so in `current`. A member that is not wanted stays as it is; null and absent are the same; lists are compared
/// whole, but for the policies of an application, of which a file may tell a part as of any object.
pub(super) fn differences(wanted: &Value, current: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(wanted, current, &mut String::new(), &mut found);
    found
}

fn compare(wanted: &Value, current: &Value, pointer: &mut String, found: &mut Vec<Difference>) {
    let mut below = |key: &str, wanted: &Value, current: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        compare(wanted, current, pointer, found);
        pointer.truncate(length);
    };
    match (wanted, current) {
        (Value::Object(wanted), Value::Object(_) | Value::Null) => {
            wanted.iter().for_each(|(key, wanted)| below(key, wanted, current.get(key).unwrap_or(&Value::Null)));
        }
        (Value::Array(list), Value::Array(has)) if list.len() == has.len() && is_policies(pointer) => {
            let pairs: Vec<_> = list.iter().zip(has).enumerate().collect();
            for (at, (wanted, current)) in pairs {
                below_element(at, wanted, current, pointer, found);
            }
        }
        (wanted, current) if same(wanted, current) => {}
        (wanted, current) => found.push(Difference { pointer: pointer.clone(), before: current.clone(), after: wanted.clone() }),
    }
}

fn below_element(at: usize, wanted: &Value, current: &Value, pointer: &mut String, found: &mut Vec<Difference>) {
    let length = pointer.len();
    pointer.push_str(&format!("/{at}"));
    match (wanted, current) {
        // A link and a policy in place are two different things.
        (Value::Object(_), Value::Object(_)) => compare(wanted, current, pointer, found),
        _ if same(wanted, current) => {}
        _ => found.push(Difference { pointer: pointer.clone(), before: current.clone(), after: wanted.clone() }),
    }
    pointer.truncate(length);
}

fn is_policies(pointer: &str) -> bool {
    pointer == "/policies"
}

/// Equal, when null counts as absent and 1 as 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let missing = Value::Null;
            let mut keys = a.keys().chain(b.keys());
            keys.all(|key| same(a.get(key).unwrap_or(&missing), b.get(key).unwrap_or(&missing)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// `current` with what is wanted put over it: objects member by member, everything else whole.
pub(super) fn merged(current: &Value, wanted: &Value) -> Value {
    match (current, wanted) {
        (Value::Object(current), Value::Object(wanted)) => {
            let mut out = current.clone();
            for (key, wanted) in wanted {
                let merged = current.get(key).map_or_else(|| wanted.clone(), |current| merged(current, wanted));
                out.insert(key.clone(), merged);
            }
            Value::Object(out)
        }
        (_, wanted) => wanted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_file_does_not_mention_is_no_difference() {
        let current = json!({ "a": 1, "b": { "c": [1, 2], "d": true }, "e": "x", "include": [{ "group": { "id": "1", "more": "2" } }] });
        for (wanted, pointers) in [
            (json!({}), vec![]),
            (json!({ "a": 1.0, "z": null, "b": { "c": [1, 2] } }), vec![]),
            (json!({ "a": 2 }), vec!["/a"]),
            (json!({ "b": { "c": [2, 1], "d": null } }), vec!["/b/c", "/b/d"]),
            (json!({ "n/m": { "o": 1 } }), vec!["/n~1m/o"]),
            (json!({ "include": [{ "group": { "id": "1" } }] }), vec!["/include"]),
        ] {
            let found: Vec<String> = differences(&wanted, &current).into_iter().map(|d| d.pointer).collect();
            assert_eq!(found, pointers, "{wanted}");
            assert_eq!(differences(&wanted, &merged(&current, &wanted)), [], "merging settles it: {wanted}");
        }
    }

    #[test]
    fn policies_in_place_are_compared_by_what_is_told_of_them() {
        let current = json!({ "policies": [{ "name": "own", "decision": "allow", "approval_required": false }] });
        assert_eq!(differences(&json!({ "policies": [{ "name": "own", "decision": "allow" }] }), &current), []);
        assert_eq!(
            differences(&json!({ "policies": [{ "name": "own", "decision": "deny" }] }), &current)[0].pointer,
            "/policies/0/decision"
        );
        assert_eq!(differences(&json!({ "policies": ["linked"] }), &current)[0].pointer, "/policies/0");
        assert_eq!(differences(&json!({ "policies": [] }), &current)[0].pointer, "/policies");
    }

    #[test]
    fn members_are_left_out_and_put_by_path() {
        let mut value = json!({ "id": 1, "config": { "secret": 2, "kept": 3 }, "items": [{ "at": 1, "value": 2 }] });
        for path in ["id", "config/secret", "items/[]/at", "none/of/these"] {
            leave_out(&mut value, path);
        }
        put(&mut value, "config/x/y", json!(true));
        assert_eq!(value, json!({ "config": { "kept": 3, "x": { "y": true } }, "items": [{ "value": 2 }] }));
    }
}
