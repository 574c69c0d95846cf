//! Owns the groups claim: which ids go in, and what stands there when they are too many.
//!
//! Source: "Configure group claims for applications by using Microsoft Entra ID".

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::id_token::Leg;
use crate::directory::Directory;
use crate::directory::app::{Application, OptionalClaim};
use crate::directory::group::Group;
use crate::directory::id::ObjectId;

/// Most ids a token carries.
pub const LIMIT: usize = 200;
/// Most ids in an answer of the authorize endpoint.
pub const FRAGMENT_LIMIT: usize = 5;

/// Adds the claims that a registration's `groupMembershipClaims` select for a person. `configured` are the optional claims of
/// the token type, among which `groups` may say how groups are written.
pub fn add(
    claims: &mut Map<String, Value>,
    directory: &Directory,
    (app, configured): (&Application, &[OptionalClaim]),
    person: ObjectId,
    leg: Leg,
) {
    let setting = app.group_membership_claims.as_deref().unwrap_or("None");
    let words: Vec<&str> = setting.split(',').map(str::trim).collect();
    if words.iter().any(|word| *word == "All" || *word == "DirectoryRole") {
        let roles: Vec<String> = directory.roles_held(person).map(|role| role.template_id.to_string()).collect();
        if !roles.is_empty() {
            claims.insert("wids".into(), json!(roles));
        }
    }
    let found = selected(directory, app, &words, person);
    if found.is_empty() {
        return;
    }
    if leg == Leg::Authorize && found.len() > FRAGMENT_LIMIT {
        claims.insert("hasgroups".into(), Value::Bool(true));
        return;
    }
    if found.len() > LIMIT {
        let endpoint = format!("https://graph.windows.net/{}/users/{person}/getMemberObjects", directory.tenant.id);
        claims.insert("_claim_names".into(), json!({"groups": "src1"}));
        claims.insert("_claim_sources".into(), json!({"src1": {"endpoint": endpoint}}));
        return;
    }
    let properties: Vec<&str> = configured
        .iter()
        .filter(|claim| claim.name == "groups")
        .flat_map(|claim| claim.additional_properties.iter().map(String::as_str))
        .collect();
    let names: Vec<String> =
        found.iter().filter_map(|id| directory.groups.get(id)).map(|group| written(group, &properties, &words)).collect();
    let claim = if properties.contains(&"emit_as_roles") { "roles" } else { "groups" };
    claims.insert(claim.into(), json!(names));
}

/// The groups that a setting selects: nested ones too, except with `ApplicationGroup`.
fn selected(directory: &Directory, app: &Application, words: &[&str], person: ObjectId) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    let every = words.contains(&"All");
    if every || words.contains(&"SecurityGroup") {
        let counts = |id: &ObjectId| directory.groups.get(id).is_some_and(|group| group.security_enabled || (every && group.mail_enabled));
        found.extend(directory.all_groups(person).into_iter().filter(counts));
    }
    if words.contains(&"ApplicationGroup")
        && let Some(sp) = directory.principal_of(app.app_id)
    {
        let direct = directory.direct_groups(person);
        found.extend(directory.assigned_to(sp.id).map(|assignment| assignment.principal_id).filter(|id| direct.contains(id)));
    }
    found
}

/// How a group stands in the token: its id, unless a name is configured and the group has one of that kind.
fn written(group: &Group, properties: &[&str], words: &[&str]) -> String {
    // Of several properties the first counts.
    const LOCAL: [&str; 3] = ["sam_account_name", "dns_domain_and_sam_account_name", "netbios_domain_and_sam_account_name"];
    let local = group.on_premises.as_ref();
    let with = |domain: &Option<String>, account: &str| domain.as_ref().map(|domain| format!("{domain}\\{account}"));
    let from_directory = properties.iter().find(|word| LOCAL.contains(word)).and_then(|word| match *word {
        "sam_account_name" => local.map(|one| one.sam_account_name.clone()),
        "dns_domain_and_sam_account_name" => local.and_then(|one| with(&one.domain_name, &one.sam_account_name)),
        _ => local.and_then(|one| with(&one.net_bios_name, &one.sam_account_name)),
    });
    let cloud = (properties.contains(&"cloud_displayname") && words.contains(&"ApplicationGroup") && local.is_none())
        .then(|| group.display_name.clone());
    from_directory.or(cloud).unwrap_or_else(|| group.id.to_string())
}
