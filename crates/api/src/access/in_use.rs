//! What names what: an object that something else names is not removed.

use model::{
    AccessGroupId, AppId, CustomPageId, IdpId, ListId, PolicyId, PostureIntegrationId, PostureRuleId, ServiceTokenId,
    access_policy::AccessPolicy,
    rule::{Rule, RuleSet},
};
use store::Snapshot;

use crate::error::ApiError;

/// Refuses when there are users.
pub(crate) fn refuse(what: &str, users: Vec<String>) -> Result<(), ApiError> {
    const SHOWN: usize = 10;
    if users.is_empty() {
        return Ok(());
    }
    let more = users.len().saturating_sub(SHOWN);
    let mut text = users.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    Err(ApiError::Conflict(format!("{what} is in use by {text}: take it out there first")))
}

/// Who names a provider.
pub(crate) fn of_provider(snapshot: &Snapshot, id: &IdpId) -> Vec<String> {
    let apps = snapshot.apps.values().filter(|app| app.allowed_idps.contains(id));
    let mut users: Vec<String> = apps.map(|app| format!("application {:?}", app.name)).collect();
    users.extend(by_rules(snapshot, |rule| names_provider(rule, id)));
    if snapshot.console.as_ref().is_some_and(|console| console.trusts(id)) {
        users.push("the console's administrators".into());
    }
    users
}

/// Whether a rule is about a provider.
pub(crate) fn names_provider(rule: &Rule, id: &IdpId) -> bool {
    match rule {
        Rule::LoginMethod { id: named }
        | Rule::AzureGroup { identity_provider_id: named, .. }
        | Rule::AuthContext { identity_provider_id: named, .. }
        | Rule::Oidc { identity_provider_id: named, .. }
        | Rule::Saml { identity_provider_id: named, .. }
        | Rule::Okta { identity_provider_id: named, .. }
        | Rule::Gsuite { identity_provider_id: named, .. }
        | Rule::GithubOrganization { identity_provider_id: named, .. } => named == id,
        _ => false,
    }
}

/// Who names a rule group.
pub(crate) fn of_group(snapshot: &Snapshot, id: &AccessGroupId) -> Vec<String> {
    by_rules(snapshot, |rule| matches!(rule, Rule::Group { id: named } if named == id))
}

/// Who names a service token.
pub(crate) fn of_service_token(snapshot: &Snapshot, id: &ServiceTokenId) -> Vec<String> {
    by_rules(snapshot, |rule| matches!(rule, Rule::ServiceToken { token_id } if token_id == id))
}

/// Who names an application in a rule, its own policies aside.
pub(crate) fn of_app(snapshot: &Snapshot, id: &AppId) -> Vec<String> {
    let names = |rules: &RuleSet| rules.iter().any(|rule| matches!(rule, Rule::LinkedAppToken { app_uid } if app_uid == id));
    let policies = snapshot.policies.values().filter(|p| p.owner.as_ref() != Some(id) && names(&p.rules));
    let mut users: Vec<String> = policies.map(|p| format!("policy {:?}", p.name)).collect();
    users.extend(snapshot.access_groups.values().filter(|g| names(&g.rules)).map(|g| format!("group {:?}", g.name)));
    users
}

/// Who shows a page.
pub(crate) fn of_custom_page(snapshot: &Snapshot, id: &CustomPageId) -> Vec<String> {
    let apps = snapshot.apps.values().filter(|app| app.custom_pages.contains(id));
    let mut users: Vec<String> = apps.map(|app| format!("application {:?}", app.name)).collect();
    let pages = snapshot.organization.custom_pages;
    if [pages.identity_denied, pages.forbidden].contains(&Some(*id)) {
        users.push("the organization".into());
    }
    users
}

/// Who names a posture rule.
pub(crate) fn of_posture_rule(snapshot: &Snapshot, id: &PostureRuleId) -> Vec<String> {
    let id = id.to_string();
    by_rules(snapshot, |rule| matches!(rule, Rule::DevicePosture { integration_uid, .. } if integration_uid.eq_ignore_ascii_case(&id)))
}

/// Posture rules that are read through an integration.
pub(crate) fn of_posture_integration(snapshot: &Snapshot, id: &PostureIntegrationId) -> Vec<String> {
    let rules = snapshot.posture_rules.values().filter(|rule| rule.check.connection() == *id);
    rules.map(|rule| format!("device posture rule {:?}", rule.name)).collect()
}

/// Who names a list: rules, and groups of people who approve.
pub(crate) fn of_list(snapshot: &Snapshot, id: &ListId) -> Vec<String> {
    let mut users = by_rules(snapshot, |rule| matches!(rule, Rule::EmailList { id: named } | Rule::IpList { id: named } if named == id));
    let approves = |policy: &AccessPolicy| policy.demands.approval_groups.iter().any(|group| group.email_list.as_ref() == Some(id));
    let asking = snapshot.policies.values().filter(|policy| approves(policy));
    users.extend(asking.map(|policy| format!("approval groups of policy {:?}", policy.name)));
    users
}

/// Applications that a policy is linked to.
pub(crate) fn of_policy(snapshot: &Snapshot, id: &PolicyId) -> Vec<String> {
    let apps = snapshot.apps.values().filter(|app| app.policies.iter().any(|link| link.id == *id));
    apps.map(|app| format!("application {:?}", app.name)).collect()
}

fn by_rules(snapshot: &Snapshot, names: impl Fn(&Rule) -> bool) -> Vec<String> {
    let policies = snapshot.policies.values().filter(|p| p.rules.iter().any(&names)).map(|p| format!("policy {:?}", p.name));
    let groups = snapshot.access_groups.values().filter(|g| g.rules.iter().any(&names)).map(|g| format!("group {:?}", g.name));
    policies.chain(groups).collect()
}
