//! Owns the groups claim: which ids go in, and what stands there when they are too many.
//!
//! Source: "Configure group claims for applications by using Microsoft Entra ID".

use serde_json::{Map, Value, json};

use super::id_token::Leg;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::id::ObjectId;

/// Most ids a token carries.
pub const LIMIT: usize = 200;
/// Most ids in an answer of the authorize endpoint.
pub const FRAGMENT_LIMIT: usize = 5;

/// The ids an application's setting selects for a person.
pub fn selected(directory: &Directory, app: &Application, person: ObjectId) -> Vec<String> {
    let Some(setting) = app.group_membership_claims.as_deref() else {
        return Vec::new();
    };
    let words: Vec<&str> = setting.split(',').map(str::trim).collect();
    let mut found: Vec<ObjectId> = Vec::new();
    if words.iter().any(|word| *word == "SecurityGroup" || *word == "All") {
        let every = words.contains(&"All");
        found.extend(
            directory
                .all_groups(person)
                .into_iter()
                .filter(|id| directory.groups.get(id).is_some_and(|group| group.security_enabled || every)),
        );
    }
    if words.contains(&"ApplicationGroup")
        && let Some(sp) = directory.principal_of(app.app_id)
    {
        let direct = directory.direct_groups(person);
        found.extend(directory.assigned_to(sp.id).map(|assignment| assignment.principal_id).filter(|id| direct.contains(id)));
    }
    found.sort();
    found.dedup();
    found.iter().map(ObjectId::to_string).collect()
}

/// Adds the groups claim, or what replaces it, to a token's claims.
pub fn add(claims: &mut Map<String, Value>, directory: &Directory, app: &Application, person: ObjectId, leg: Leg) {
    let ids = selected(directory, app, person);
    if ids.is_empty() {
        return;
    }
    if leg == Leg::Authorize && ids.len() > FRAGMENT_LIMIT {
        claims.insert("hasgroups".into(), Value::Bool(true));
        return;
    }
    if ids.len() > LIMIT {
        let endpoint = format!("https://graph.windows.net/{}/users/{person}/getMemberObjects", directory.tenant.id);
        claims.insert("_claim_names".into(), json!({"groups": "src1"}));
        claims.insert("_claim_sources".into(), json!({"src1": {"endpoint": endpoint}}));
        return;
    }
    let as_roles = app.optional_claims.as_ref().is_some_and(|optional| {
        optional
            .id_token
            .iter()
            .any(|claim| claim.name == "groups" && claim.additional_properties.iter().any(|word| word == "emit_as_roles"))
    });
    if as_roles {
        claims.insert("roles".into(), json!(ids));
    } else {
        claims.insert("groups".into(), json!(ids));
    }
}
