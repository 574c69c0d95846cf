//! Graph's JSON of authentication contexts and Conditional Access policies, as far as it is read.

use model::auth_context::{ContextId, ImportedContext, InUse};
use serde_json::Value;

/// Most characters kept of a name or description.
const MAX_TEXT: usize = 256;

/// A context that applications may use; one that is not published, or has no id of a context, is left out.
pub(super) fn published(item: &Value) -> Option<ImportedContext> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().chars().filter(|c| !c.is_control());
    let id: ContextId = item.get("id")?.as_str()?.parse().ok()?;
    let display_name: String = text("displayName").take(MAX_TEXT).collect();
    (item.get("isAvailable")?.as_bool()?).then(|| ImportedContext {
        id,
        display_name: if display_name.trim().is_empty() { id.to_string() } else { display_name },
        description: text("description").take(MAX_TEXT).collect(),
        in_use: InUse::Unknown,
    })
}

/// The contexts that a policy is about, when it is enforced: one that only reports protects nothing.
pub(super) fn contexts_used(policy: &Value) -> Vec<ContextId> {
    if policy.get("state").and_then(Value::as_str) != Some("enabled") {
        return Vec::new();
    }
    let named = policy.pointer("/conditions/applications/includeAuthenticationContextClassReferences").and_then(Value::as_array);
    named.into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_published_contexts_with_an_id_are_read() {
        let read = |item: Value| published(&item).map(|c| (c.id.to_string(), c.display_name, c.description));
        let some = |id: &str, name: &str, about: &str| Some((id.to_owned(), name.to_owned(), about.to_owned()));
        for (item, expected) in [
            (
                json!({"id": "c2", "displayName": "Managed\n device", "description": "d", "isAvailable": true}),
                some("c2", "Managed device", "d"),
            ),
            (json!({"id": "c2", "displayName": null, "isAvailable": true}), some("c2", "c2", "")),
            (json!({"id": "c2", "displayName": "Draft", "isAvailable": false}), None),
            (json!({"id": "c2", "displayName": "Draft"}), None),
            (json!({"id": "c100", "displayName": "x", "isAvailable": true}), None),
            (json!({"displayName": "x", "isAvailable": true}), None),
            (json!("c2"), None),
        ] {
            assert_eq!(read(item.clone()), expected, "{item}");
        }
    }

    #[test]
    fn only_policies_that_are_enforced_count() {
        let policy = |state: &str| {
            let about = json!({"includeAuthenticationContextClassReferences": ["c1", "c3", "x", 7]});
            contexts_used(&json!({"state": state, "conditions": {"applications": about}})).len()
        };
        assert_eq!(["enabled", "disabled", "enabledForReportingButNotEnforced", ""].map(policy), [2, 0, 0, 0]);
        assert!(contexts_used(&json!({"state": "enabled", "conditions": null})).is_empty());
    }
}
