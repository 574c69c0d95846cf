//! Where objects name each other: ids in the API, names in a file.

use serde_json::Value;

/// A place where an object of some kind is named: the end of the path to the text. `*` stands for any member, `[]` for an element.
struct Place {
    path: &'static [&'static str],
    kind: &'static str,
}

const PLACES: &[Place] = &[
    Place { path: &["group", "id"], kind: "groups" },
    Place { path: &["login_method", "id"], kind: "identity_providers" },
    Place { path: &["*", "identity_provider_id"], kind: "identity_providers" },
    Place { path: &["service_token", "token_id"], kind: "service_tokens" },
    Place { path: &["device_posture", "integration_uid"], kind: "posture_rules" },
    Place { path: &["email_list", "id"], kind: "lists" },
    Place { path: &["ip_list", "id"], kind: "lists" },
    Place { path: &["linked_app_token", "app_uid"], kind: "apps" },
    Place { path: &["input", "connection_id"], kind: "posture_integrations" },
    Place { path: &["approval_groups", "[]", "email_list_uuid"], kind: "lists" },
    Place { path: &["allowed_idps", "[]"], kind: "identity_providers" },
    Place { path: &["custom_pages", "[]"], kind: "custom_pages" },
    Place { path: &["custom_pages", "*"], kind: "custom_pages" },
    Place { path: &["policies", "[]"], kind: "policies" },
    Place { path: &["tags", "[]"], kind: "tags" },
];

/// Goes through every reference of an object: kind, JSON pointer and the text, which may be replaced.
pub(super) fn each(object: &mut Value, visit: &mut dyn FnMut(&'static str, &str, &mut String)) {
    walk(object, &mut Vec::new(), visit);
}

/// The references of an object.
pub(super) fn of(object: &Value) -> Vec<(&'static str, String)> {
    let (mut copy, mut found) = (object.clone(), Vec::new());
    each(&mut copy, &mut |kind, _, text| found.push((kind, text.clone())));
    found
}

fn walk(value: &mut Value, path: &mut Vec<String>, visit: &mut dyn FnMut(&'static str, &str, &mut String)) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                path.push(key.clone());
                walk(value, path, visit);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                path.push(at.to_string());
                walk(item, path, visit);
                path.pop();
            }
        }
        Value::String(text) => {
            if let Some(place) = PLACES.iter().find(|place| fits(place.path, path)) {
                let pointer = path.iter().map(|segment| format!("/{}", segment.replace('~', "~0").replace('/', "~1"))).collect::<String>();
                visit(place.kind, &pointer, text);
            }
        }
        _ => {}
    }
}

fn fits(pattern: &[&str], path: &[String]) -> bool {
    let Some(start) = path.len().checked_sub(pattern.len()) else { return false };
    pattern.iter().zip(&path[start..]).all(|(wanted, segment)| match *wanted {
        "*" => segment.parse::<usize>().is_err(),
        "[]" => segment.parse::<usize>().is_ok(),
        wanted => wanted == segment,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let app = json!({
            "name": "wiki", "allowed_idps": ["Entra"], "tags": ["blue"], "custom_pages": ["Sorry"],
            "policies": ["Crew", { "name": "own", "include": [{ "azureAD": { "id": "group-of-entra", "identity_provider_id": "Entra" } }, { "group": { "id": "Pilots" } }],
                "exclude": [{ "ip_list": { "id": "Ships" } }, { "email": { "email": "a@b.example" } }], "approval_groups": [{ "email_list_uuid": "Captains" }] }],
        });
        let expected = [
            ("identity_providers", "Entra"),
            ("tags", "blue"),
            ("custom_pages", "Sorry"),
            ("policies", "Crew"),
            ("identity_providers", "Entra"),
            ("groups", "Pilots"),
            ("lists", "Ships"),
            ("lists", "Captains"),
        ];
        assert_eq!(of(&app), expected.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(of(&json!({ "custom_pages": { "forbidden": "Sorry" } })), [("custom_pages", "Sorry".to_owned())]);
    }
}
